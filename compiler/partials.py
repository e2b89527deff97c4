"""Partials: Jinja templates that lay out JSON. The only user of jinja2.

A value is written as one whole JSON value, so no text of a spec can break out of its string. Every line of a
partial's own text carries a mark through rendering, so that whatever is wrong with the output is reported at the
partial's line. Reports DR501 to DR509.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from compiler.codes import Code, Rule
from compiler.diagnostics import Diagnostic, Label, Position, Rejected, Span
from compiler.fragment import Fragment, read_fragment

# Private-use characters: json.dumps escapes them in values, so a mark can only come from here.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}([0-9]+):([0-9]+){_CLOSE}")
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.If, nodes.For,
    nodes.Include, nodes.Const, nodes.Not,
)  # fmt: skip
_WHY = {
    nodes.Filter: "a filter", nodes.Assign: "`set`", nodes.AssignBlock: "`set`", nodes.Macro: "a macro",
    nodes.Call: "a call", nodes.Compare: "a comparison", nodes.Concat: "a concatenation",
    nodes.CondExpr: "an inline if",
    nodes.Getitem: "an index", nodes.Import: "an import", nodes.FromImport: "an import", nodes.Extends: "`extends`",
    nodes.Block: "a block", nodes.Test: "a test", nodes.With: "`with`",
}  # fmt: skip
LOOP = frozenset({"loop"})


class _Marks(Extension):
    """Begins every line of a partial's own text with a mark of the partial and the line."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        name = self.environment.partial_number(stream.name or "")  # type: ignore[attr-defined]
        for token in stream:
            if token.type != "data":
                yield token
                continue
            first, *rest = token.value.split("\n")
            marked = f"{_OPEN}{name}:{token.lineno}{_CLOSE}{first}"
            for offset, line in enumerate(rest, 1):
                marked += f"\n{_OPEN}{name}:{token.lineno + offset}{_CLOSE}{line}"
            yield Token(token.lineno, "data", marked)


class _Environment(jinja2.Environment):
    """Members of a view before attributes of Python's own objects: `row.items` is a field, not a method."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self.numbers: dict[str, int] = {}
        super().__init__(
            loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
            undefined=jinja2.StrictUndefined,
            finalize=_written,
            extensions=[_Marks],
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            auto_reload=False,
            cache_size=-1,
        )
        self.globals.clear()
        self.filters.clear()
        self.tests.clear()

    def partial_number(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers))

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


def _written(value: Any) -> str:
    if isinstance(value, jinja2.Undefined):
        return str(value)  # raises, naming the variable
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(", ", ": "))


@dataclass(frozen=True, slots=True)
class Partials:
    """The folders partials are looked up in, the user's own first, and the environment that renders them."""

    folders: tuple[Path, ...]
    shown: Mapping[Path, str]
    environment: _Environment

    def path(self, name: str) -> Path | None:
        return next((folder / name for folder in self.folders if (folder / name).is_file()), None)

    def is_overlay(self, name: str) -> bool:
        """Whether the user's folder provides this partial."""
        return len(self.folders) > 1 and (self.folders[0] / name).is_file()

    def is_bundled(self, name: str) -> bool:
        """Whether the compiler itself has a partial of this name."""
        return (self.folders[-1] / name).is_file()

    def file(self, name: str) -> str:
        """The partial's path as people see it."""
        folder = next((folder for folder in self.folders if (folder / name).is_file()), self.folders[-1])
        return f"{self.shown[folder]}/{name}"

    def names(self) -> tuple[str, ...]:
        """Every partial there is, shared ones left out."""
        found = {path.relative_to(folder).as_posix() for folder in self.folders for path in folder.rglob("*.json.j2")}
        return tuple(sorted(name for name in found if not name.startswith("_shared/")))

    def fault(self, rule: Rule, message: str, name: str, line: int, help_text: str | None = None) -> Rejected:
        at = Position(line, 1)
        return Rejected([Diagnostic(rule, message, (Label(Span(self.file(name), at, at)),), help_text)])


def open_partials(bundled: Path, overlay: Path | None) -> Partials:
    """The bundled partials with a user's folder over them; reports DR507."""
    shown = {bundled: "partials"}
    folders: tuple[Path, ...] = (bundled,)
    if overlay is not None:
        if not overlay.is_dir():
            at = Position(1, 1)
            message = f"`{overlay}` is not a folder of partials"
            raise Rejected([Diagnostic(Code.DR507, message, (Label(Span(str(overlay), at, at)),))])
        shown[overlay] = overlay.as_posix()
        folders = (overlay, bundled)
    return Partials(folders, shown, _Environment(folders))


def render(partials: Partials, name: str, view: Mapping[str, Any]) -> Fragment:
    """The fragment that a partial makes of a view; raises `Rejected` with a place in the partial."""
    try:
        template = partials.environment.get_template(name)
        marked = template.render(view)
    except jinja2.TemplateNotFound as error:
        raise partials.fault(Code.DR506, f"there is no partial `{error.name}`", name, 1) from None
    except jinja2.TemplateSyntaxError as error:
        raise partials.fault(Code.DR506, str(error.message), error.name or name, error.lineno) from None
    except jinja2.UndefinedError as error:
        line = _line_of(error, partials, name)
        raise partials.fault(Code.DR503, f"the view does not have it: {error.message}", *line) from None
    except (TypeError, ValueError, RecursionError, AttributeError, KeyError) as error:
        raise partials.fault(Code.DR506, f"it cannot be rendered: {error}", *_line_of(error, partials, name)) from None
    text, lines = _unmarked(marked)
    names = {number: partial for partial, number in partials.environment.numbers.items()}
    try:
        return read_fragment(text, [(offset, names[number], line) for offset, number, line in lines])
    except Rejected as error:
        raise _shown(partials, error) from None


def _shown(partials: Partials, error: Rejected) -> Rejected:
    """The diagnostics with each partial's name as people see it."""
    moved = []
    for item in error.diagnostics:
        labels = tuple(
            Label(Span(partials.file(label.at.file), label.at.start, label.at.end), label.text) for label in item.labels
        )
        moved.append(Diagnostic(item.rule, item.message, labels, item.help))
    return Rejected(moved)


def _unmarked(marked: str) -> tuple[str, list[tuple[int, int, int]]]:
    """The text without its marks, and (offset, number of the partial, line) where each stood."""
    pieces: list[str] = []
    lines: list[tuple[int, int, int]] = []
    length = position = 0
    for match in _MARK.finditer(marked):
        pieces.append(marked[position : match.start()])
        length += match.start() - position
        lines.append((length, int(match[1]), int(match[2])))
        position = match.end()
    pieces.append(marked[position:])
    return "".join(pieces), lines


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


def check_contract(partials: Partials, name: str, fields: frozenset[str], *, exact: bool = True) -> list[Diagnostic]:
    """Whether a partial keeps to what a partial may do, and uses the fields of its view.

    `exact` also reports fields that the partial does not use. Reports DR503, DR504, DR506, DR509.
    """
    found: list[Diagnostic] = []
    used: set[str] = set()
    for part in _with_includes(partials, name, found):
        source = (partials.path(part) or Path()).read_text(encoding="utf-8")
        try:
            tree = partials.environment.parse(source, part)
        except jinja2.TemplateSyntaxError as error:
            found += partials.fault(Code.DR506, str(error.message), part, error.lineno).diagnostics
            continue
        found += _constructs(partials, part, tree)
        found += _quoted(partials, part, source)
        from jinja2 import meta

        used |= meta.find_undeclared_variables(tree)
    for unknown in sorted(used - fields):
        line = _mention(partials, name, unknown)
        message = f"`{unknown}` is not a field of the view"
        found += partials.fault(
            Code.DR503, message, name, line, f"the view has {', '.join(sorted(fields))}"
        ).diagnostics
    if exact:
        for unused in sorted(fields - used):
            message = f"the view's field `{unused}` is not used"
            found += partials.fault(Code.DR503, message, name, 1).diagnostics
    return found


def _with_includes(partials: Partials, name: str, found: list[Diagnostic]) -> Iterator[str]:
    waiting, seen = [name], {name}
    while waiting:
        part = waiting.pop()
        path = partials.path(part)
        if path is None:
            found += partials.fault(Code.DR506, f"there is no partial `{part}`", name, 1).diagnostics
            continue
        yield part
        for included in re.findall(r'{%-?\s*include\s+"([^"]+)"', path.read_text(encoding="utf-8")):
            if included not in seen:
                seen.add(included)
                waiting.append(included)


def _constructs(partials: Partials, name: str, tree: nodes.Template) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for node in tree.find_all(nodes.Node):
        if isinstance(node, _ALLOWED):
            continue
        what = next((words for kind, words in _WHY.items() if isinstance(node, kind)), type(node).__name__)
        found += partials.fault(Code.DR504, f"{what} does not belong in a partial", name, node.lineno).diagnostics
    return found


def _quoted(partials: Partials, name: str, source: str) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for number, line in enumerate(source.split("\n"), 1):
        outside = re.sub(r"{%.*?%}|{#.*?#}", "", line)
        if re.search(r'"[^"{}]*{{[^}]*}}[^"]*"', re.sub(r'"[^"{}]*"', "", outside)):
            message = "a value is written inside quotes"
            found += partials.fault(Code.DR509, message, name, number).diagnostics
    return found


def _mention(partials: Partials, name: str, word: str) -> int:
    path = partials.path(name)
    lines = path.read_text(encoding="utf-8").split("\n") if path else []
    return next((n for n, line in enumerate(lines, 1) if re.search(rf"\b{re.escape(word)}\b", line)), 1)
