"""Partials: Jinja templates that lay out JSON.

A value is written as one whole JSON value, so no text of a spec can break out of its string. Every line of a
partial's own text carries a mark through rendering, so that whatever is wrong with the output is reported at the
partial's line. What a partial may do at all is held in `contract`. Reports DR501 to DR503, DR506 and DR507.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Rule, Span
from compiler.diagnostics.suggest import near
from compiler.ir.elements import StackKind
from compiler.reading import textfile
from compiler.reading.textfile import START
from compiler.rendering.environment import STUMBLES, Environment, UnreadablePartialError, unmarked
from compiler.rendering.form import UnfitError, form_of
from compiler.rendering.fragment import Fragment, read_fragment
from compiler.support.frozen import frozen

ENDING = ".json.j2"
"""How the name of every partial ends."""


def strays(folder: Path) -> Iterator[Diagnostic]:
    """What makes a folder no folder of partials, or would be left out of it without a word.

    Files of other kinds (a README, say) may lie there.
    """
    refused: list[OSError] = []
    try:
        if not folder.is_dir():
            what = "is not a folder" if folder.exists() else "does not exist"
            yield _fault(folder, f"the folder of partials `{folder}` {what}")
            return
        walk = os.walk(folder, onerror=refused.append)
        files = sorted(Path(root, name) for root, _, names in walk for name in names)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        yield _fault(folder, f"the folder of partials cannot be used: {said}")
        return
    for found in refused:
        yield _fault(Path(str(found.filename)), f"the folder `{found.filename}` cannot be read: {found.strerror}")
    for path in files:
        if not path.name.startswith(".") and path.name.endswith((".json", ".j2")):
            yield from _stray(path, path.relative_to(folder).as_posix())


def _stray(path: Path, name: str) -> Iterator[Diagnostic]:
    if not name.endswith(ENDING):
        message = f"`{name}` is not used: the name of a partial must end in `{ENDING}`"
        yield _fault(path, message, "rename or remove it")
    elif name.count("/") != 1:
        message = f"`{name}` is not in the folder of a service"
        yield _fault(path, message, f"move it to `<service>/{path.name}`")
    elif not path.is_file():
        yield _fault(path, f"`{name}` is not a file")
    else:
        _, dot, kind = path.name.removesuffix(ENDING).rpartition(".")
        if dot and kind not in tuple(StackKind):
            close = near(kind, tuple(StackKind))
            remedy = f"did you mean `{close}`?" if close else f"the stack kinds are {', '.join(StackKind)}"
            yield _fault(path, f"`{name}`: `{kind}` is not a stack kind", remedy)


def _fault(path: Path, message: str, remedy: str | None = None) -> Diagnostic:
    return Diagnostic(Code.DR507, message, (Label(Span(path.as_posix(), START, START)),), remedy)


_COMMENT = re.compile(r"(?:\s*\{#.*?#\})+\s*$")


@frozen
class Partials:
    """The folders partials are looked up in, the user's own first, and the environment that renders them."""

    folders: tuple[Path, ...]
    shown: Mapping[Path, str]
    environment: Environment

    def text(self, name: str) -> str:
        """A partial's text; raises `UnreadablePartialError`, or jinja2's `TemplateNotFound`."""
        return self.environment.files.text(name)

    def is_overlay(self, name: str) -> bool:
        """Whether a folder of the user provides this partial."""
        return any((folder / name).is_file() for folder in self.folders[:-1])

    def is_bundled(self, name: str) -> bool:
        """Whether the compiler itself has a partial of this name."""
        return (self.folders[-1] / name).is_file()

    def added(self) -> tuple[str, ...]:
        """Names of the partials that the user adds."""
        return tuple(name for name in self.names() if not self.is_bundled(name))

    def bundled(self) -> tuple[str, ...]:
        """Names of the compiler's own partials."""
        return _names(self.folders[-1])

    def file(self, name: str) -> str:
        """The partial's path as people see it."""
        folder = next((folder for folder in self.folders if (folder / name).is_file()), self.folders[-1])
        return f"{self.shown[folder]}/{name}"

    def names(self) -> tuple[str, ...]:
        """Every partial there is, shared ones left out."""
        return tuple(sorted({name for folder in self.folders for name in _names(folder)}))

    def span(self, name: str, line: int, word: str = "", nth: int = 0) -> Span:
        """A line of a partial: the word on it that is meant, the `nth` of its kind, or where its text begins."""
        try:
            lines = self.text(name).split("\n")
        except (UnreadablePartialError, jinja2.TemplateNotFound):
            return Span(self.file(name), textfile.START, textfile.START)
        number = min(max(line, 1), len(lines))
        text = _COMMENT.sub("", lines[number - 1])
        begin, end = len(text) - len(text.lstrip()), len(text.rstrip())
        # A variable's name before a member of that name.
        for before in (r"(?<![\w.])", r"(?<!\w)"):
            found = list(re.finditer(rf"{before}{re.escape(word)}(?!\w)", text)) if word else []
            if len(found) > nth:
                begin, end = found[nth].span()
                break
        return Span(self.file(name), Position(number, begin + 1), Position(number, max(begin, end) + 1))

    def fault(
        self, rule: Rule, message: str, name: str, line: int, help_text: str | None = None, *, word: str = ""
    ) -> RejectedError:
        """What is wrong at a line of a partial, or at a word on it."""
        return RejectedError([Diagnostic(rule, message, (Label(self.span(name, line, word)),), help_text)])

    def unusable(self, error: Exception, name: str) -> RejectedError:
        """The diagnostic for an error that kept a partial from being read or compiled; reports DR506."""
        if isinstance(error, UnreadablePartialError):
            at = Span(self.file(error.name), error.at, error.at)
            return RejectedError([Diagnostic(Code.DR506, str(error), (Label(at),))])
        if isinstance(error, jinja2.TemplateNotFound):
            wanted = str(error.name)
            line, word = _line_of(error, self, name)
            message = f"there is no partial `{wanted}`"
            return self.fault(Code.DR506, message, line, word, word=wanted)
        if isinstance(error, jinja2.TemplateSyntaxError):
            return self.fault(Code.DR506, str(error.message), error.name or name, error.lineno)
        said = error.msg if isinstance(error, SyntaxError) else str(error).split("\n")[0]
        return self.fault(
            Code.DR506, f"it cannot be rendered: {said or type(error).__name__}", *_line_of(error, self, name)
        )


def _names(folder: Path) -> tuple[str, ...]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob(f"*{ENDING}") if path.is_file())
    return tuple(sorted(name for name in found if not name.startswith(("_shared/", "."))))


def open_partials(bundled: Path, own: Sequence[Path]) -> Partials:
    """The bundled partials with a user's folders over them, the first on top; reports DR507."""
    if found := tuple(stray for folder in own for stray in strays(folder)):
        raise RejectedError(found)
    shown = {bundled: "partials", **{folder: folder.as_posix() for folder in own}}
    folders = (*own, bundled)
    return Partials(folders, shown, Environment(folders))


def render(partials: Partials, name: str, view: Mapping[str, Any]) -> Fragment:
    """The fragment that a partial makes of a view, with its values in it; raises `RejectedError` with a place."""
    forms, values = partials.environment.forms, list[Any]()
    text = _rendered(partials, name, view, values)
    try:
        if (name, text) not in forms:
            forms[name, text] = form_of(_read(name, text), len(values))
        return forms[name, text].filled(values)
    except (UnfitError, RejectedError):
        pass
    # What is wrong is to be seen in the text with its values.
    text = _rendered(partials, name, view, None)
    try:
        return _read(name, text)
    except RejectedError as error:
        raise _shown(partials, error) from None


def _rendered(partials: Partials, name: str, view: Mapping[str, Any], held: list[Any] | None) -> str:
    """The text of a partial, each line with its mark; with holes where there is a list to hold the values."""
    partials.environment.held = held
    try:
        return partials.environment.get_template(name).render(view)
    except jinja2.UndefinedError as error:
        said = str(error.message)
        quoted = re.findall(r"'([^']*)'", said)
        word = quoted[-1] if quoted else ""
        message = f"the view has no `{word}` here" if word else f"the view does not have it: {said}"
        raise partials.fault(Code.DR503, message, *_line_of(error, partials, name), word=word) from None
    except (UnreadablePartialError, jinja2.TemplateError, *STUMBLES) as error:
        raise partials.unusable(error, name) from None


def _read(name: str, marked: str) -> Fragment:
    text, lines = unmarked(marked)
    return read_fragment(text, [(0, name, 1), *lines])


def _shown(partials: Partials, error: RejectedError) -> RejectedError:
    """The diagnostics with each partial's name as people see it."""
    moved = []
    for item in error.diagnostics:
        labels = tuple(Label(partials.span(at.at.file, at.at.start.line), at.text) for at in item.labels)
        moved.append(Diagnostic(item.rule, item.message, labels, item.help))
    return RejectedError(moved)


def _line_of(error: BaseException, partials: Partials, name: str) -> tuple[str, int]:
    """Partial and line of the innermost template frame of a traceback."""
    found = (name, 1)
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        for folder in partials.folders:
            if Path(file).is_relative_to(folder):
                found = (Path(file).relative_to(folder).as_posix(), trace.tb_lineno)
        trace = trace.tb_next
    return found
