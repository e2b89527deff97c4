"""What cfn-lint said about a template before, if everything that decides it is as it was then.

A verdict is named after the template, the region, the settings files, and where cfn-lint is. It holds what was found,
the days on which it counts, and the name of a list of all that cfn-lint read (`compiler.recall.linting`). Nothing of
cfn-lint is imported to find it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from compiler.recall import inputs, replay
from compiler.recall.replay import END

if TYPE_CHECKING:
    from compiler.recall.linting import Watch

STORE = "verdicts"
_MAGIC = b"dr-compile verdict 1"
_LISTED = 3
"""Where the name of the list of inputs is in a verdict."""
_DAYS = 6
"""How many days more a verdict counts: a later cfn-lint may have rules that ask for the day."""

Said = tuple[str, str, tuple[str, ...], str]
"""One match: the id of its rule, what it says, the path in the template, and what the rule says of itself."""


def _home() -> str:
    return os.path.expanduser("~")


def settings_files() -> tuple[str, ...]:
    """Where cfn-lint looks for settings.

    https://github.com/aws-cloudformation/cfn-lint#config-file (read 2026-11-27)
    """
    names = (".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml")
    return tuple(f"{folder}/{name}" for folder in (_home(), os.getcwd()) for name in names)


def schemas_folder() -> str:
    """Where `cfn-lint --update-specs` puts newer schemas, which it then prefers to its own.

    It is what `get_cache_dir` of `cfnlint/helpers.py` says (cfn-lint 1.58, read 2026-11-27).
    """
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(_home(), "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(_home(), "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", os.path.join(_home(), ".cache"))
    return os.path.join(base, "aws", "cfn-lint", "schemas")


def _package() -> str:
    """The folder of cfn-lint."""
    for path in sys.path:
        place = os.path.join(path or os.getcwd(), "cfnlint")
        if os.path.isfile(os.path.join(place, "__init__.py")):
            return place
    # Of an installation that leads to a work tree, an import hook knows the folder.
    from importlib.util import find_spec

    found = find_spec("cfnlint")
    return os.path.dirname(found.origin) if found and found.origin else ""


def _given() -> tuple[bytes, ...]:
    """The settings files, and where relative paths in them lead to."""
    found = tuple(map(_bytes, settings_files()))
    return (*found, *((os.fsencode(os.getcwd()), os.fsencode(_home())) if any(found) else ()))


def _bytes(path: str) -> bytes:
    try:
        return replay.read(path) if os.path.exists(path) else b""
    except OSError:
        return b""


_watch: Watch | None = None


class Verdicts:
    """The verdicts of one compile; `arguments` are what else cfn-lint is given. With `anew` none is known."""

    def __init__(self, arguments: Iterable[str], *, anew: bool = False) -> None:
        self._anew = anew
        self._given = _given()
        words = (repr(tuple(arguments)), sys.version, _package(), schemas_folder())
        self._context = (_MAGIC, *map(os.fsencode, words), *self._given)
        self._hold: dict[str, bool] = {}
        self._asked = False
        self._last = b"9999-12-31"

    @property
    def relied(self) -> dict[tuple[bytes, bytes], bytes] | None:
        """All that the verdicts rely on, by kind and path; None where cfn-lint was asked, or settings decide too."""
        found = None if self._asked or any(self._given) else inputs.content(self._hold)
        return found if found is not None and all(map(inputs.hold, self._hold)) else None

    @property
    def last(self) -> str:
        """The last day on which all of them count, wherever the day begins."""
        return str(date.fromisoformat(self._last.decode()) - timedelta(1))

    def name(self, region: str, body: bytes) -> str:
        """The name of the verdict on a template."""
        # Templates are long, and this one takes two thirds of the time of `replay.digest`.
        return replay.digest((*self._context, region.encode(), sha256(body).digest())).hex()

    def known(self, name: str) -> tuple[Said, ...] | None:
        """What cfn-lint said; None where it has to be asked."""
        kept = None if self._anew else _entry(name)
        try:
            said = self._read(kept) if kept else None
        except (OSError, ValueError):
            said = None
        self._asked = self._asked or said is None
        return said

    def _read(self, kept: bytes) -> tuple[Said, ...] | None:
        magic, first, last, listed, said = kept.split(END)
        if magic != _MAGIC or not first <= _today() <= last:
            return None
        name = listed.decode()
        if name not in self._hold:
            self._hold[name] = inputs.hold(name)
        if not self._hold[name]:
            return None
        self._last = min(self._last, last)
        return tuple((rule, message, tuple(path), about) for rule, message, path, about in json.loads(said))

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Notes what cfn-lint reads meanwhile; to be there when it is imported."""
        global _watch
        if _watch is None:
            from compiler.recall.linting import Watch

            _watch = Watch(_package(), schemas_folder())
        _watch.on = True
        try:
            yield
        finally:
            _watch.on = False

    def keep(self, name: str, said: tuple[Said, ...]) -> None:
        """Stores what cfn-lint just said in this process, if all that it read is known and still the same."""
        listed = _watch.stored() if _watch else None
        if listed is None or _given() != self._given:
            return
        self._store(name, said, listed)

    def join(self, names: Sequence[str]) -> None:
        """Gives verdicts that several processes stored one list of inputs, so that each file is asked for once."""
        from compiler.recall.store import keep, sealed

        entries = {name: kept.split(END) for name in names if (kept := _entry(name))}
        lists = {parts[_LISTED].decode() for parts in entries.values()}
        found = inputs.content(lists) if len(lists) > 1 else None
        listed = inputs.stored(found, os.fsencode(_package())) if found else None
        for name, parts in entries.items() if listed else ():
            parts[_LISTED] = os.fsencode(listed or "")
            keep(name, sealed(END.join(parts)), STORE)

    def _store(self, name: str, said: tuple[Said, ...], listed: str) -> None:
        from compiler.recall.store import keep, sealed

        # Settings may switch rules on that ask for the day.
        last = _today() if any(self._given) else _after(_DAYS)
        keep(name, sealed(END.join((_MAGIC, _today(), last, listed.encode(), json.dumps(said).encode()))), STORE)


def _entry(name: str) -> bytes | None:
    try:
        return replay.entry(name, STORE)
    except (OSError, AttributeError):
        return None


def _today() -> bytes:
    """The day as cfn-lint sees it, in the time zone of the user."""
    return time.strftime("%Y-%m-%d").encode()


def _after(days: int) -> bytes:
    return str(date.fromisoformat(_today().decode()) + timedelta(days)).encode()
