"""What cfn-lint reads in this process, from its import on, as a list that verdicts are stored with.

An audit hook of Python sees every file that is opened and every folder that is listed, whichever module does it: the
data of cfn-lint, newer schemas of the user, rules and schemas that settings add. The code of cfn-lint and of
what it needs is known by release instead: by the names in the folder of packages, which tell the versions, and by
`RECORD`, in which the installer wrote down a digest of each file. Code that is not in `RECORD` counts file by file.
"""

from __future__ import annotations

import inspect
import os
import sys
from importlib.util import source_from_cache
from typing import Any

from compiler.recall import inputs
from compiler.recall.replay import ABSENT, FILE, FOLDER, PACKAGE, folder, read
from compiler.recall.store import libraries

_BEYOND = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "socket.connect", "socket.getaddrinfo", "urllib.")
"""Events after which a verdict depends on more than files."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CODE = (b".py", b".pyc")
_IMPORTER = "<frozen importlib._bootstrap_external>"
"""The file name that Python gives to the code that looks for modules."""


def _looks_for_a_module() -> bool:
    """Whether Python lists a folder for an import: the code of modules is known otherwise."""
    frame = inspect.currentframe()
    caller = frame.f_back.f_back if frame and frame.f_back else None
    return caller is not None and caller.f_code.co_filename == _IMPORTER


class Watch:
    """The files that cfn-lint opened and the folders that it listed, each with a digest of the moment before."""

    def __init__(self, package: str, schemas: str) -> None:
        self.on = False
        # What was read before is not known.
        self._sound = "cfnlint" not in sys.modules
        self._package = os.fsencode(package)
        own = (path for path in (PACKAGE, folder("")) if path)
        self._known = tuple(os.fsencode(f"{path}/") for path in (*own, *libraries()))
        self._found: dict[tuple[bytes, bytes], bytes] = {}
        self._code: dict[tuple[bytes, bytes], bytes] = {}
        self._name: str | None = None
        # It is looked for without being opened.
        self._add(FOLDER, os.fsencode(schemas))
        sys.addaudithook(self.event)

    def event(self, name: str, arguments: tuple[Any, ...]) -> None:
        """One event of the audit hook; https://docs.python.org/3/library/audit_events.html (read 2026-11-26)."""
        if not self.on or not self._sound:
            return
        if name in ("os.listdir", "os.scandir") and _looks_for_a_module():
            return
        if name == "open":
            path, mode, flags = arguments
            if not isinstance(path, int) and not set(mode or "") & set("wax+") and not (flags or 0) & _WRITES:
                self._note(FILE, path)
        elif name in ("os.listdir", "os.scandir"):
            self._note(FOLDER, "." if arguments[0] is None else arguments[0])
        elif name.startswith(_BEYOND):
            self._sound = False

    def _note(self, kind: bytes, path: Any) -> None:
        if isinstance(path, int):
            self._sound = False
            return
        name = os.path.abspath(os.fsencode(path))
        if name.endswith(b".pyc"):
            name = os.fsencode(source_from_cache(os.fsdecode(name)))
        if os.path.isdir(name):
            kind = FOLDER
        if name.startswith((b"/dev/", b"/proc/", b"/sys/")) or name.endswith(b"/__pycache__"):
            return
        if (name + b"/").startswith(self._package + b"/"):
            self._add(kind, name, self._code if kind == FILE and name.endswith(_CODE) else self._found)
        elif not (name + b"/").startswith(self._known):
            self._add(kind, name, self._found)

    def _add(self, kind: bytes, name: bytes, into: dict[tuple[bytes, bytes], bytes] | None = None) -> None:
        into = self._found if into is None else into
        if (kind, name) in into or (ABSENT, name) in into:
            return
        was, self.on, self._name = self.on, False, None
        try:
            into[kind, name] = inputs.state(kind, name)
        except FileNotFoundError:
            into[ABSENT, name] = b""
        except OSError:
            self._sound = False
        finally:
            self.on = was

    def stored(self) -> str | None:
        """The name of the list of all that was read so far; None where it is not known, or has changed since."""
        if not self._sound:
            return None
        if self._name is None:
            site = os.path.dirname(self._package)
            self._add(FOLDER, site)
            listed = self._release(site)
            more = {key: was for key, was in self._code.items() if key[1] not in listed}
            name = inputs.stored({**self._found, **more}, self._package)
            self._name = name
        return self._name

    def _release(self, site: bytes) -> frozenset[bytes]:
        """The files that belong to the release of cfn-lint, as its installer wrote them down; none if it did not.

        https://packaging.python.org/en/latest/specifications/recording-installed-packages/ (read 2026-11-27)
        """
        records = [os.path.join(site, name, b"RECORD") for name in os.listdir(site)
                   if name.replace(b"-", b"_").startswith(b"cfn_lint_") and name.endswith(b".dist-info")]  # fmt: skip
        if len(records) != 1 or not os.path.isfile(records[0]):
            return frozenset()
        self._add(FILE, records[0])
        lines = (line.split(b",") for line in read(records[0]).split(b"\n"))
        return frozenset(os.path.join(site, line[0]) for line in lines if len(line) == 3 and line[1])
