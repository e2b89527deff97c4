"""What a partial may do: lay out the fields of its view, and nothing else.

Python decides, a partial lays out. It may write a value, drop a block on a flag, loop over a list and include a
shared partial; every other construct belongs in a service module. Reports DR503, DR504, DR506 and DR509.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import jinja2
from jinja2 import meta, nodes

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, RejectedError
from compiler.diagnostics.suggest import near
from compiler.rendering.environment import STUMBLES, UnreadablePartialError
from compiler.rendering.partials import Partials

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.If, nodes.For,
    nodes.Include, nodes.Not,
)  # fmt: skip
_WHAT = {
    nodes.Filter: "a filter", nodes.FilterBlock: "a filter", nodes.Assign: "`set`", nodes.AssignBlock: "`set`",
    nodes.Macro: "a macro", nodes.CallBlock: "`call`", nodes.Call: "a call", nodes.Compare: "a comparison",
    nodes.Concat: "a concatenation", nodes.BinExpr: "arithmetic or `and`/`or`", nodes.CondExpr: "an inline `if`",
    nodes.Getitem: "an index", nodes.Import: "an import", nodes.FromImport: "an import", nodes.Extends: "`extends`",
    nodes.Block: "a block", nodes.Test: "a test", nodes.With: "`with`", nodes.Const: "a constant",
    nodes.Literal: "a list or section of values",
}  # fmt: skip
_INCLUDES = 8
"""Partials that include each other in a row; deeper than any layout needs."""


def check(partials: Partials, name: str, fields: frozenset[str], *, exact: bool = True) -> list[Diagnostic]:
    """What is wrong with a partial and those it includes, before anything is rendered.

    `fields` are those of the view it is given. `exact` also reports fields that it does not use.
    """
    found: list[Diagnostic] = []
    used: set[str] = set()
    for part, tree in _parsed(partials, name, found):
        found += _constructs(partials, part, tree)
        found += _quoted(partials, part)
        unknown = _names(tree)
        used |= unknown
        for word in sorted(unknown - fields):
            found += _unknown(partials, name, part, word, fields).diagnostics
    if exact:
        for unused in sorted(fields - used):
            found += partials.fault(Code.DR503, f"the view's field `{unused}` is not used", name, 1).diagnostics
    return found


def _names(tree: nodes.Template) -> set[str]:
    """Names that a partial takes from its view; none where it uses what is refused anyway."""
    try:
        return meta.find_undeclared_variables(tree)
    except (jinja2.TemplateError, *STUMBLES):
        return set()


def _unknown(partials: Partials, name: str, part: str, word: str, fields: frozenset[str]) -> RejectedError:
    lines = partials.text(part).split("\n")
    inside = re.compile(rf"{{[{{%][^}}]*(?<![\w.]){re.escape(word)}(?!\w)")
    line = next((n for n, text in enumerate(lines, 1) if inside.search(text)), 1)
    close = near(word, fields)
    remedy = f"did you mean `{close}`?" if close else f"the view has {', '.join(sorted(fields))}"
    replaced = None if partials.is_bundled(name) else near(name, partials.bundled())
    if replaced and not close:
        remedy += f"; a partial that replaces `{replaced}` must have the same name"
    return partials.fault(Code.DR503, f"`{word}` is not a field of the view", part, line, remedy, word=word)


def _parsed(partials: Partials, name: str, found: list[Diagnostic]) -> Iterator[tuple[str, nodes.Template]]:
    """The partial and all that it includes, each once, as syntax trees."""
    waiting: list[tuple[str, tuple[str, ...]]] = [(name, ())]
    seen: set[str] = set()
    while waiting:
        part, path = waiting.pop()
        try:
            tree = partials.environment.parse(partials.text(part), part)
        except (UnreadablePartialError, jinja2.TemplateError, *STUMBLES) as error:
            found += partials.unusable(error, part).diagnostics
            continue
        if part not in seen:
            seen.add(part)
            yield part, tree
        for node in _includes(tree):
            included = node.template.value if isinstance(node.template, nodes.Const) else None
            if not isinstance(included, str):
                message = "an include must name its partial in quotes"
                found += partials.fault(Code.DR504, message, part, node.lineno).diagnostics
            elif included in (*path, part) or len(path) >= _INCLUDES:
                message = (
                    f"`{included}` includes itself" if included in (*path, part) else "includes are nested too deeply"
                )
                found += partials.fault(Code.DR506, message, part, node.lineno, word=included).diagnostics
            elif partials.environment.files.path(included) is None:
                message = f"there is no partial `{included}`"
                found += partials.fault(Code.DR506, message, part, node.lineno, word=included).diagnostics
            elif included not in seen:
                waiting.append((included, (*path, part)))


def _includes(tree: nodes.Template) -> Iterator[nodes.Include]:
    """Every include, in the order of the text; trees may be deeper than Python's stack."""
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.Include):
            yield node
        waiting += [*node.iter_child_nodes()][::-1]


def _constructs(partials: Partials, name: str, tree: nodes.Template) -> list[Diagnostic]:
    """Constructs that do not belong in a partial, each reported as a whole."""
    found: list[Diagnostic] = []
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, _ALLOWED):
            what = next((words for kind, words in _WHAT.items() if isinstance(node, kind)), f"`{type(node).__name__}`")
            found += partials.fault(Code.DR504, f"{what} is not allowed in a partial", name, node.lineno).diagnostics
        elif not isinstance(node, nodes.Include):
            # The name of an included partial is a constant, and the only one.
            waiting += [*node.iter_child_nodes()][::-1]
    return found


def _quoted(partials: Partials, name: str) -> list[Diagnostic]:
    """Values that stand inside the quotes of a JSON string of the partial's own text."""
    found: list[Diagnostic] = []
    inside = escaped = False
    values: dict[int, int] = {}
    for line, kind, text in partials.environment.lex(partials.text(name), name):
        if kind == "variable_begin":
            values[line] = values.get(line, -1) + 1
            if inside:
                at = partials.span(name, line, "{{", values[line])
                found.append(Diagnostic(Code.DR509, "a value is inside quotes", (Label(at),)))
        for character in text if kind == "data" else "\n" * text.count("\n"):
            if escaped:
                escaped = False
            elif character == "\\" and inside:
                escaped = True
            elif character == '"':
                inside = not inside
            elif character == "\n":
                # A JSON string ends on its line: what follows is judged afresh.
                inside = False
    return found
