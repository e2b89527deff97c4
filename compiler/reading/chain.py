"""A spec file and the bases it extends, read one after the other. Reports DR120 to DR125.

`extends` names a file relative to the one that says it. At most three files make one spec, and a base says that it is
one, so that nobody deploys half a spec. Which values of these files hold is decided in `compiler.spec.compose`.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, RejectedError, Rule, Span
from compiler.diagnostics.suggest import near
from compiler.reading import textfile
from compiler.reading.document import MAX_BYTES, Document, load_document
from compiler.support.frozen import frozen

EXTENDS, BASE = OF_FILE = ("extends", "base")
"""What a file of a spec says of itself; the composed spec has neither."""
PATH = r"(?!/)[A-Za-z0-9_./ -]{1,195}\.ya?ml"
"""A file as `extends` names it."""
MOST = 3
"""Files that make one spec: a reader who looks a value up opens two others at most."""
_YAML = (".yaml", ".yml")
_SAYS_BASE = re.compile(rb"^base[ \t]*:[ \t]*true\b", re.MULTILINE)


def says_base(data: bytes) -> bool:
    """Whether a file calls itself a base, also where it is no YAML."""
    return _SAYS_BASE.search(data) is not None


class Files(Protocol):
    """Where files are: on disk, in the index of git, or at a revision. Paths count from the folder of the spec."""

    def read(self, path: str) -> bytes:
        """The bytes of a file; raises `UnreadableError`."""

    def names(self, folder: str) -> Iterable[str]:
        """Names of the files in a folder; none where nobody can tell."""


@frozen
class Disk:
    """Files next to a spec in `folder`. What is outside of its repository is not read: a base could be any file."""

    folder: Path

    def read(self, path: str) -> bytes:
        textfile.must_be_below(self.folder / path, textfile.repository(self.folder))
        return textfile.read_bytes(self.folder / path, MAX_BYTES)

    def names(self, folder: str) -> Iterable[str]:
        place = self.folder / folder
        inside = place.is_dir() and Path(os.path.realpath(place)).is_relative_to(
            os.path.realpath(textfile.repository(self.folder))
        )
        return sorted(path.name for path in place.iterdir() if path.is_file()) if inside else ()


@frozen
class Layer:
    """One file of a spec, and its folder as seen from that of the spec."""

    document: Document
    folder: str


def read(spec: Document, files: Files) -> tuple[Layer, ...]:
    """The spec and its bases, each before the one that it extends; raises `RejectedError`."""
    if _member(spec, BASE) is True:
        message = f"`{spec.file}` is a base, which is never compiled by itself"
        raise _refused(Code.DR124, message, _label(spec, BASE), remedy=_instead(spec, files))
    paths = [Path(spec.file).name]
    layers = [Layer(spec, ".")]
    while EXTENDS in _members(layers[-1].document):
        document = layers[-1].document
        written = _extended(document)
        path = posixpath.normpath(posixpath.join(layers[-1].folder, written))
        at = _label(document, EXTENDS)
        if path in paths:
            first = layers[paths.index(path)].document
            labels = [at] if first is document else [at, _label(first, EXTENDS, "this leads back to it")]
            raise _refused(Code.DR122, f"`{_shown(spec, path)}` would extend itself", *labels)
        if len(layers) == MOST:
            related = (_label(layer.document, EXTENDS, "extended here") for layer in layers[-2::-1])
            message = f"`{_shown(spec, path)}` would be one file too many: a spec consists of at most {MOST} files"
            raise _refused(Code.DR123, message, at, *related)
        layers.append(Layer(_base(_shown(spec, path), path, written, files, at), posixpath.dirname(path) or "."))
        paths.append(path)
    return tuple(layers)


def _members(document: Document) -> dict[str, object]:
    return document.value if isinstance(document.value, dict) else {}


def _member(document: Document, key: str) -> object:
    return _members(document).get(key)


def _label(document: Document, key: str, text: str = "") -> Label:
    return Label(document.first_line((key,)), text)


def _refused(rule: Rule, message: str, *labels: Label, remedy: str | None = None) -> RejectedError:
    return RejectedError([Diagnostic(rule, message, labels, remedy, at=(EXTENDS,))])


def _extended(document: Document) -> str:
    """What a file extends, as it names it; reports DR120."""
    value = _member(document, EXTENDS)
    if isinstance(value, str) and re.fullmatch(PATH, value):
        return value
    if isinstance(value, str) and value.startswith("/"):
        what = "an absolute path, which other machines do not have"
    else:
        what = "not the path of a YAML file"
    raise _refused(Code.DR120, f"the value of `extends` is {what}", _label(document, EXTENDS))


def _shown(spec: Document, path: str) -> str:
    """A file as messages call it, from the name of the spec."""
    return posixpath.normpath(posixpath.join(Path(spec.file).parent.as_posix(), path))


def _base(shown: str, path: str, written: str, files: Files, at: Label) -> Document:
    """The base at `path`; reports DR121 and DR125 at the line that names it, and what is wrong with its text."""
    try:
        text = textfile.decode(files.read(path))
    except textfile.UnreadableError as error:
        remedy = _guess(path, written, files)
        raise _refused(Code.DR121, f"the base `{shown}` {error}", at, remedy=remedy) from None
    except textfile.NotTextError as error:
        where = Label(Span(shown, error.at, error.at))
        raise _refused(Code.DR102, str(error), where, remedy=error.remedy) from None
    base = load_document(text, shown)
    if _member(base, BASE) is not True:
        top = _label(base, BASE) if BASE in _members(base) else Label(Span(shown, textfile.START, textfile.START))
        missing = Label(top.at, "does not say `base: true`")
        raise _refused(Code.DR125, f"`{shown}` is not marked as a base", at, missing)
    return base


def _instead(spec: Document, files: Files) -> str | None:
    """What to compile instead of a base: a spec in its folder that extends it, if there is one."""
    name = Path(spec.file).name
    extending = re.compile(rf"^extends:\s*[\"']?(?:\./)?{re.escape(name)}\b".encode(), re.MULTILINE)
    for other in files.names("."):
        if other.endswith(_YAML) and other != name and _holds(other, files, extending):
            return f"compile a spec that extends it, such as `{_shown(spec, other)}`"
    return None


def _holds(path: str, files: Files, words: re.Pattern[bytes]) -> bool:
    try:
        return words.search(files.read(path)) is not None
    except textfile.UnreadableError:
        return False


def _guess(path: str, written: str, files: Files) -> str | None:
    """The file in the same folder that may be meant, as `extends` has to name it."""
    folder, name = posixpath.split(path)
    close = near(name, [other for other in files.names(folder or ".") if other.endswith(_YAML)])
    return f"did you mean `{posixpath.join(posixpath.dirname(written), close)}`?" if close else None
