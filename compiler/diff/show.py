"""A diff for people: the important first, grouped by stack, as wide as the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from compiler.diff.change import (
    Action,
    Cause,
    Change,
    Data,
    Diff,
    Json,
    OutputChange,
    ParameterChange,
    Property,
    StackDiff,
)
from compiler.diff.lines import LEAST, Page, count, properties, property_lines, wrapped
from compiler.reporting.show import clean

WIDTH = 100
"""Columns where the output is no terminal."""

_MOST_NAMES = 8
_LABEL = 12
"""Columns of the word that says what happens."""

_WORDS: Mapping[Action, str] = {
    Action.ADDED: "added",
    Action.IN_PLACE: "in place",
    Action.INTERRUPTED: "interrupted",
    Action.REMOVED: "removed",
    Action.REPLACED: "REPLACED",
}
_RED, _YELLOW, _GREEN, _BLUE, _BOLD = "1;31", "1;33", "32", "1;34", "1"
_COLOURS: Mapping[Action, str] = {
    Action.ADDED: _GREEN,
    Action.IN_PLACE: _BLUE,
    Action.INTERRUPTED: _YELLOW,
    Action.REMOVED: _RED,
    Action.REPLACED: _RED,
}

_COUNTED = {str(Data.LOST): "with data lost", str(Data.STANDBY): "with a standby copy lost"}


def text(diff: Diff, spec: str, *, width: int = WIDTH, colour: bool = False) -> str:
    """The whole diff as lines of text."""

    def paint(code: str, words: str) -> str:
        return f"\x1b[{code}m{words}\x1b[0m" if colour else words

    page = Page(max(width, LEAST), paint, spec)
    lines = [*_head(diff, page)]
    for stack in sorted(diff.stacks, key=_importance):
        if not stack.is_empty:
            lines += ["", *_stack(stack, diff, page)]
    lines += _foot(diff, page)
    return "\n".join(lines) + "\n"


def _importance(stack: StackDiff) -> tuple[bool, ...]:
    least = (True,) * 7
    return min((change.rank for change in stack.changes), default=least)


def _head(diff: Diff, page: Page) -> Iterator[str]:
    since = f"compared with {diff.old}" if diff.old else f"nothing is committed in {diff.new} yet: everything is new"
    if diff.is_empty:
        yield page.paint(_BOLD, "Nothing that is deployed changes") + f", {since}."
        return
    yield page.paint(_BOLD, "What a deployment does") + f", {since}:"
    counts = [f"{number} {_COUNTED.get(what, what)}" for what, number in _counts(diff) if number]
    yield from wrapped(", ".join(counts) or "parameters and outputs only", "  ", page)


def _counts(diff: Diff) -> Iterator[tuple[str, int]]:
    """How many resources each thing happens to, the important first."""
    changes = diff.changes
    for data in (Data.LOST, Data.STANDBY):
        yield str(data), sum(change.data is data for change in changes)
    for action in (Action.REPLACED, Action.REMOVED):
        yield str(action), sum(change.action is action for change in changes)
    refused = sum(bool(output.refusals) for stack in diff.stacks for output in stack.outputs)
    yield "refused by AWS", sum(bool(change.refusals) for change in changes) or refused
    for action in (Action.INTERRUPTED, Action.IN_PLACE, Action.ADDED):
        yield str(action), sum(change.action is action for change in changes)


# One stack


def _stack(stack: StackDiff, diff: Diff, page: Page) -> Iterator[str]:
    resources = count(stack.total, "resource")
    if stack.action is Action.ADDED:
        says = f"a new stack, {stack.name}, with {resources}"
    elif stack.action is Action.REMOVED:
        says = f"no longer described; the stack {stack.name} stays, with {resources}"
    else:
        says = f"{len(stack.changes)} of {resources} change"
    first, *rest = wrapped(f"{stack.stack}  {says}", "", page)
    yield first.replace(stack.stack, page.paint(_BOLD, stack.stack), 1)
    yield from rest
    for remark in stack.remarks:
        yield from wrapped(remark.says, "  ", page)
    whole = stack.action in (Action.ADDED, Action.REMOVED)
    told = [c for c in stack.changes if not whole or c.refusals or c.data is not Data.NONE]
    for group in _groups(told):
        yield from _group(group, stack, diff, page)
    if whole:
        yield from _causes(stack.causes, "", diff, page, "  ")
    for parameter in stack.parameters:
        yield from _parameter(parameter, page)
    for output in stack.outputs:
        yield from _output(output, page)


def _groups(changes: Iterable[Change]) -> list[list[Change]]:
    """Changes that can be told together: the same happens to them, for the same reason."""
    found: dict[Json, list[Change]] = {}
    for change in changes:
        found.setdefault(_alike(change), []).append(change)
    return list(found.values())


def _alike(change: Change) -> Json:
    common = (change.action, change.data, change.certain, bool(change.refusals), change.causes)
    if change.action in (Action.ADDED, Action.REMOVED) and not change.refusals and change.data is Data.NONE:
        return common
    if change.follows and not change.refusals and change.data is Data.NONE:
        # What only follows from a replacement is told by naming it.
        return (*common, "follows")
    remarks = tuple(remark.general or remark.says for remark in change.remarks)
    refusals = tuple(refusal.general or refusal.says for refusal in change.refusals)
    properties = json.dumps([(item.path, item.old, item.new) for item in change.properties], sort_keys=True)
    return (*common, properties, remarks, refusals)


def _group(group: Sequence[Change], stack: StackDiff, diff: Diff, page: Page) -> Iterator[str]:
    first = group[0]
    alone = len(group) == 1
    indent = " " * (_LABEL + 2)
    whole = stack.action in (Action.ADDED, Action.REMOVED)
    yield from _title(group, page)
    follows = diff.roots(group)
    if follows and (not alone or len(first.properties) > 1):
        yield from wrapped(f"because {_listed(_short(follows, stack))} {_are(follows)} replaced", indent, page)
    if alone or not follows:
        yield from properties(first.properties, page, indent)
    for refusal in first.refusals:
        says = refusal.says if alone else refusal.general or refusal.says
        yield from _refusal(says, refusal.remedy, page, indent)
    if alone or first.action is not Action.REMOVED or whole or first.data is not Data.NONE:
        for remark in first.remarks:
            yield from wrapped(remark.says if alone else remark.general or remark.says, indent, page)
    else:
        says = "they leave their stack and stay in AWS, managed by nobody; their names stay taken"
        yield from wrapped(says, indent, page)
    if not whole:
        entries = _listed(list(dict.fromkeys(change.entry for change in group if change.entry)))
        yield from _causes(first.causes, entries, diff, page, indent)


def _title(group: Sequence[Change], page: Page) -> Iterator[str]:
    first = group[0]
    word = _WORDS[first.action] if first.certain else f"{_WORDS[first.action]}?"
    if len(group) == 1:
        what = f"{first.id}  {first.type}"
    else:
        kinds = {change.type for change in group}
        kind = kinds.pop() if len(kinds) == 1 else "resources"
        what = f"{len(group)} {kind}: {_listed([change.id for change in group])}"
    if not first.certain and first.action is Action.REPLACED:
        what += "  (only AWS can tell)"
    if first.data is not Data.NONE:
        what += f"  {str(first.data).upper()}"
    lines = list(wrapped(what, " " * (_LABEL + 2), page))
    lines[0] = "  " + page.paint(_COLOURS[first.action], f"{word:<{_LABEL}}") + lines[0][_LABEL + 2 :]
    yield from lines


def _refusal(says: str, remedy: str, page: Page, indent: str) -> Iterator[str]:
    lines = list(wrapped(f"refused by AWS: {says}", indent, page))
    lines[0] = lines[0].replace("refused by AWS:", page.paint(_RED, "refused by AWS:"), 1)
    yield from lines
    yield from wrapped(f"= help: {remedy}", indent + "  ", page)


def _causes(causes: Sequence[Cause], entry: str, diff: Diff, page: Page, indent: str) -> Iterator[str]:
    for cause in causes:
        yield from wrapped(f"by {_cause(cause, page)}", indent, page)
    if causes:
        return
    if diff.explained and diff.old:
        yield from wrapped("not by a change of the spec: the compiler, a partial or code changed", indent, page)
    elif entry:
        yield from wrapped(f"asked for by {entry}", indent, page)


def _cause(cause: Cause, page: Page) -> str:
    if cause.old is None:
        what = f"{cause.route}, which is new"
    elif cause.new is None:
        what = f"{cause.route}, which is gone"
    else:
        what = f"{cause.route}: {clean(cause.old)} -> {clean(cause.new)}"
    return what + (f" ({page.spec}:{cause.line})" if cause.line else "")


def _parameter(parameter: ParameterChange, page: Page) -> Iterator[str]:
    item = Property((f"parameter {parameter.id}",), parameter.old, parameter.new)
    what = " ".join(line.strip() for line in property_lines(item, max(page.width, LEAST)))
    yield from wrapped(f"{what}; {parameter.says}" if parameter.says else what, "  ", page)


def _output(output: OutputChange, page: Page) -> Iterator[str]:
    if output.refusals:
        yield from wrapped(f"output {output.id}, exported as {output.export}", "  ", page)
        for refusal in output.refusals:
            yield from _refusal(refusal.says, refusal.remedy, page, "    ")


# The end


def _foot(diff: Diff, page: Page) -> Iterator[str]:
    before, after = diff.waves
    outputs = [output for stack in diff.stacks for output in stack.outputs if not output.refusals]
    gone = sum(output.action is Action.REMOVED for output in outputs)
    lines: list[str] = []
    if outputs:
        says = f"{count(len(outputs), 'output')} change" + ("s" if len(outputs) == 1 else "")
        says += f", {gone} of them go" if gone else ""
        lines += wrapped(f"{says}; an export that somebody else imports cannot change or go", "", page)
    if diff.old and (before != after or not diff.same_order):
        says = f"{after} waves instead of {before}" if before != after else f"{after} waves as before, in another order"
        lines += wrapped(f"Deployed in {says}.", "", page)
    if diff.silent:
        lines += wrapped("Changes of the spec that change nothing deployed:", "", page)
        for cause in diff.silent:
            lines += wrapped(_cause(cause, page), "  ", page)
    if lines:
        yield ""
        yield from lines


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return ", ".join(names[: _MOST_NAMES - 1]) + f" and {len(names) - _MOST_NAMES + 1} more"


def _short(keys: Iterable[str], stack: StackDiff) -> list[str]:
    """Resources by their ids; those of other stacks with the stack's name."""
    parts = (key.split("/") for key in keys)
    return [name if place == stack.stack else f"{name} of {place}" for place, name in parts]


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
