"""What a spec is compiled and deployed with: one answer for `dr-compile`, its hooks and dr-deploy.

It follows from the configuration and from what is not said there. An option may only add to it: what would make one
command compile something else than another one is refused. Reports DR148, DR149 and DR152.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.commands.paths import CONFIGURATION, display_path, find, output_folder
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, RejectedError, Span
from compiler.reading.textfile import START
from compiler.support.frozen import frozen
from compiler.support.shell import command, path

if TYPE_CHECKING:
    from compiler.commands.configuration import Configuration
    from compiler.commands.settings import Entry


@frozen
class Options:
    """What a command line says of a compile.

    A command that only `writes` may write to any folder: nothing is compared with what is there.
    """

    output: Path | None = None
    partials: Path | None = None
    writes: bool = False


@frozen
class Target:
    """A spec, the folder of its templates, the folders of partials (the first one wins), and how it is deployed.

    Paths are as messages show them. `findings` are what is to be said of the configuration.
    """

    spec: Path
    output: Path
    partials: tuple[Path, ...] = ()
    profile: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    configuration: Configuration | None = None
    findings: tuple[Diagnostic, ...] = ()

    @classmethod
    def bare(cls, spec: Path) -> Target:
        """A spec of which nothing else is known."""
        return cls(spec, output_folder(spec))

    @cached_property
    def identity(self) -> str:
        """What tells the spec apart, by whatever path it is called."""
        return _real(self.spec)

    @property
    def command(self) -> str:
        """The command that writes its templates, for a person to paste."""
        words: list[object] = ["dr-compile", path(self.spec)]
        if self.configuration is None:
            words += ["--output", self.output] if self.output != _near(output_folder(self.spec)) else []
            words += [word for folder in self.partials for word in ("--partials", folder)]
        return command(*words)


def targets(specs: Sequence[Path], options: Options, folder: Path) -> tuple[Target, ...]:
    """The specs, each with what it is compiled with; without any, those that the configuration of a folder names.

    Raises `RejectedError`.
    """
    read: dict[Path | None, Configuration | None] = {None: None}

    def configured(place: Path) -> Configuration | None:
        path = find(place)
        if path not in read and path:
            # It needs pydantic, and many a repository has none.
            from compiler.commands import configuration

            read[path] = configuration.read(path)
        return read[path]

    if not specs:
        found = configured(folder)
        return tuple(_target(spec, found, options) for spec in (found.specs if found else ()))
    unique = {_real(spec): spec for spec in reversed(specs)}
    return tuple(_target(spec, configured(spec.parent), options) for spec in reversed(unique.values()))


def named(chosen: Iterable[Target]) -> tuple[Target, ...]:
    """Every spec that the configurations of the chosen ones name."""
    known = {found.folder: found for target in chosen if (found := target.configuration)}
    return tuple(_target(spec, found, Options()) for found in known.values() for spec in found.specs)


def target(spec: Path, options: Options) -> Target:
    """What one spec is compiled with; raises `RejectedError`."""
    return targets((spec,), options, spec.parent)[0]


def _target(spec: Path, found: Configuration | None, options: Options) -> Target:
    made = _made(spec, found, options)
    _refuse_shared(made)
    return made


def _made(spec: Path, found: Configuration | None, options: Options) -> Target:
    output, partials = options.output, options.partials
    if found is None:
        return Target(spec, _near(output or output_folder(spec)), (partials,) if partials else ())
    entry = _entry(found, spec)
    made = Target(
        spec,
        _near(found.output(spec, entry)),
        found.partials(entry),
        entry.profile if entry else None,
        entry.tags if entry else {},
        found,
        (_unnamed(found, spec),) if found.says.specs and entry is None else (),
    )
    _refuse(made, entry, "partials", made.partials, partials)
    if not options.writes:
        _refuse(made, entry, "output", (made.output,), output)
    return replace(made, output=_near(output)) if output else made


def _refuse_shared(made: Target) -> None:
    """Raises `RejectedError` for a folder that has more than templates: the compiler owns all files of its folder."""
    folder, spec = Path(_real(made.output)), Path(made.identity)
    if spec.is_relative_to(folder) and spec.exists():
        why = f"`{display_path(made.spec)}` is in it"
    elif os.path.lexists(folder / ".git"):
        why = "a repository begins there"
    else:
        return
    at = Span(made.output.as_posix(), START, START)
    remedy = f"name a folder that has nothing but templates, such as `{display_path(output_folder(made.spec))}`"
    message = f"`{made.output.as_posix()}` cannot be the folder of the templates: {why}"
    raise RejectedError([Diagnostic(Code.DR152, message, (Label(at),), remedy)])


def _near(path: Path) -> Path:
    """A path as it is seen from the working directory."""
    return Path(display_path(path))


def _entry(found: Configuration, spec: Path) -> Entry | None:
    """What the configuration says of a spec, by whatever path it is called."""
    pairs = zip(found.says.specs, found.specs, strict=True)
    return next((entry for entry, path in pairs if _same(path, spec)), None)


def _same(one: Path, other: Path) -> bool:
    return _real(one) == _real(other)


def _real(path: Path) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:  # no file has such a name
        return str(path)


def _from(found: Configuration, path: Path) -> str:
    """A path as the configuration would say it."""
    return Path(os.path.relpath(path.absolute(), found.folder.absolute())).as_posix()


def _unnamed(found: Configuration, spec: Path) -> Diagnostic:
    name = found.document.file
    labels = (Label(Span(str(spec), START, START)), Label(found.at("specs", 0), "the others are named here"))
    remedy = f'add to `{name}` the lines `[[specs]]` and `path = "{_from(found, spec)}"`'
    return Diagnostic(Code.DR149, f"`{name}` does not name this spec, so only this command looks at it", labels, remedy)


def _refuse(made: Target, entry: Entry | None, key: str, decided: Sequence[Path], asked: Path | None) -> None:
    """Raises `RejectedError` for an option that says something else than the configuration."""
    found = made.configuration
    if asked is None or found is None or (len(decided) == 1 and _same(decided[0], asked)):
        return
    own = entry is not None and bool(getattr(entry, key))
    at = found.at("specs", found.says.specs.index(entry), key) if own and entry else found.at(key)
    said = " and ".join(f"`{display_path(path)}`" for path in decided) or "none"
    message = f"`--{key} {display_path(asked)}` is not what `{CONFIGURATION}` says: {said}"
    line, remedy = f'`{key} = "{_from(found, asked)}"`', "remove the option"
    if not _from(found, asked).startswith(".."):
        if entry:
            where = "below the `[[specs]]` of this spec"
        elif key == "partials":
            where = "at its top"
        else:
            where = f'at its end, after the lines `[[specs]]` and `path = "{_from(found, made.spec)}"`'
        remedy += f", or write {line} into `{found.document.file}`, {where}"
    raise RejectedError([Diagnostic(Code.DR148, message, (Label(at),), remedy)])
