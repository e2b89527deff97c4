"""What keeps a new system apart from those next to it, and its place in the configuration of the repository."""

from __future__ import annotations

import os
from ipaddress import IPv4Network
from pathlib import Path

from compiler.commands import configuration
from compiler.commands.beside import read_spec
from compiler.commands.paths import CONFIGURATION, find
from compiler.commands.settings import settings
from compiler.commands.targets import Options, Target, targets
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import RejectedError
from compiler.reading.toml_text import load_toml
from compiler.support.frozen import frozen
from compiler.topology.neighbours import free_range, free_suffix, networks

_PREFIX = 18
"""Of the address range of a region: our own choice. 10.0.0.0/8 has 1,024 of them, and each has 16,384 addresses."""
_YAML = (".yaml", ".yml")


@frozen
class Separation:
    """The suffix of all names, the alias of the key, and the address ranges of the two regions."""

    suffix: str
    alias: str
    ranges: tuple[IPv4Network, IPv4Network]


def separation(spec: Path, name: str) -> Separation:
    """What follows from the name of a system, and is not used by a spec next to it or one of its configuration."""
    found = [neighbour.spec for target in _beside(spec) if (neighbour := read_spec(target))]
    suffix = free_suffix(name, (other.naming.suffix for other in found))
    aliases = {other.encryption.alias for other in found}
    alias = f"alias/{name}" if f"alias/{name}" not in aliases else f"alias/{name}-{suffix}"
    used = [network for other in found for network in networks(other)]
    first = free_range(name, used, _PREFIX)
    return Separation(suffix, alias, (first, free_range(name, (*used, first), _PREFIX)))


def _beside(spec: Path) -> tuple[Target, ...]:
    """The YAML files in the folder of a spec, and the specs that its configuration names."""
    folder = spec.parent
    files = sorted(path for path in folder.iterdir() if path.suffix in _YAML) if folder.is_dir() else []
    try:
        return (*map(Target.bare, files), *targets((), Options(), folder))
    except RejectedError:
        return tuple(map(Target.bare, files))


@frozen
class Listing:
    """The configuration that a new spec is to be in, and the text for it: a new file, or lines for its end.

    `by_hand` says that a person has to write them; the text is empty where the spec is in it already.
    """

    file: Path
    text: str
    is_new: bool = False
    by_hand: bool = False

    @property
    def appends(self) -> bool:
        return bool(self.text) and not self.is_new and not self.by_hand

    def append(self) -> None:
        """Writes the lines to the end of the file, all of them or none."""
        with self.file.open("ab") as file:
            size = file.tell()
            try:
                file.write(self.text.encode())
                file.flush()
            except OSError:
                file.truncate(size)
                raise


def listing(spec: Path, top: Path) -> Listing:
    """How a new spec gets into the configuration that holds for it.

    Where there is none, it is written at the root of the repository, or to `top` outside of one. Raises `RejectedError`
    where the configuration is for another version.
    """
    found = find(spec.parent)
    if found is None:
        folder = next((place for place in top.absolute().parents if (place / ".git").exists()), top)
        folder = top if (top / ".git").exists() else folder
        text = (
            (_STARTER / "configuration.toml.txt").read_text(encoding="utf-8").replace("$series", configuration.ours())
        )
        return Listing(folder / CONFIGURATION, text + _entry(spec, folder), is_new=True)
    lines = _entry(spec, found.parent)
    try:
        there = configuration.parse(found)
        if any(os.path.realpath(path) == os.path.realpath(spec) for path in there.specs):
            return Listing(found, "")
        text = there.document.text + ("" if there.document.text.endswith("\n") else "\n") + lines
        if len(settings(load_toml(text, CONFIGURATION)).specs) == len(there.specs) + 1:
            return Listing(found, text[len(there.document.text) :])
    except RejectedError as error:
        if any(item.rule is Code.DR144 for item in error.diagnostics):
            raise
    return Listing(found, lines, by_hand=True)


def _entry(spec: Path, folder: Path) -> str:
    path = Path(os.path.relpath(spec.absolute(), folder.absolute())).as_posix()
    return f'\n[[specs]]\npath = "{path}"\n'


_STARTER = Path(__file__).resolve().parent / "starter"
