"""A diff for people: the most important first, grouped by stack, as wide as the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.text import Text

from compiler.aws.types.update_rules import Action, Data
from compiler.diff.change import Cause, Change, Diff, OutputChange, ParameterChange, Property, StackDiff
from compiler.diff.names import shown
from compiler.reporting.changes import grouped, own_remarks, properties, property_lines
from compiler.reporting.page import Page
from compiler.reporting.result import LOST, Report
from compiler.reporting.text import clean
from compiler.support.frozen import frozen

_MOST_NAMES = 8
_LABEL = 12
"""Columns of the word that says what happens."""
_INDENT = _LABEL + 2

_WORDS: Mapping[Action, str] = {
    Action.ADDED: "added",
    Action.SUPERSEDED: "superseded",
    Action.IN_PLACE: "in place",
    Action.INTERRUPTED: "interrupted",
    Action.REMOVED: "removed",
    Action.REPLACED: "REPLACED",
}
_STYLES: Mapping[Action, str] = {
    Action.ADDED: "green",
    Action.SUPERSEDED: "green",
    Action.IN_PLACE: "bold blue",
    Action.INTERRUPTED: "bold yellow",
    Action.REMOVED: "bold red",
    Action.REPLACED: "bold red",
}
_REFUSED = "bold red"


@frozen
class _Sheet:
    """The diff that is shown, and the columns there are."""

    diff: Diff
    width: int


Line = tuple[Text, int]
"""A text, and the column in which it goes on where it is too long for one line."""


def show(diff: Diff, page: Page, most: int | None = None) -> int:
    """Prints the diff, or the first `most` lines of it; returns how many lines are left out."""
    lines = tuple(_lines(_Sheet(diff, page.width)))
    for text, indent in lines[:most]:
        page.hanging(text, indent)
    return len(lines[most:]) if most is not None else 0


def report(diff: Diff, width: int) -> Report:
    """The same words as `show` prints, without colour and never broken; values are cut to `width` columns."""
    sheet = _Sheet(diff, width)
    stacks = ((stack.stack, _plain(_stack(stack, sheet))) for stack in _ordered(diff))
    return Report(_plain(_head(sheet)), tuple(stacks), _plain(_foot(sheet)))


def _plain(lines: Iterable[Line]) -> tuple[str, ...]:
    return tuple(text.plain.rstrip() for text, _ in lines)


def _line(words: str | Text, indent: int = 0) -> Line:
    text = Text(clean(shown(words))) if isinstance(words, str) else words
    return Text(" " * indent).append_text(text), indent + 2


def _lines(sheet: _Sheet) -> Iterator[Line]:
    yield from _head(sheet)
    for stack in _ordered(sheet.diff):
        yield _line("")
        yield from _stack(stack, sheet)
    yield from _foot(sheet)


def _ordered(diff: Diff) -> list[StackDiff]:
    """The stacks that change, the most important first."""
    return [stack for stack in sorted(diff.stacks, key=_importance) if not stack.is_empty]


def _importance(stack: StackDiff) -> tuple[bool, ...]:
    least = (True,) * 7
    return min((change.rank for change in stack.changes), default=least)


def _head(sheet: _Sheet) -> Iterator[Line]:
    diff = sheet.diff
    since = f"compared with {diff.old}" if diff.old else f"nothing is committed in {diff.new} yet: everything is new"
    if diff.is_empty:
        yield _line(_titled("Nothing that is deployed changes", f", {since}."))
        return
    yield _line(_titled("What a deployment does", f", {since}:"))
    counts = [Text(f"{number} {what}", style) for what, number, style in _counts(diff) if number]
    yield _line(Text(", ").join(counts) if counts else "parameters and outputs only", 2)


def _titled(title: str, rest: str) -> Text:
    return Text.assemble((title, "bold"), clean(shown(rest)))


def _counts(diff: Diff) -> Iterator[tuple[str, int, str]]:
    """How many resources each thing happens to, the most important first, and its style."""
    changes = diff.changes
    yield "with DATA LOST", sum(change.data is Data.LOST for change in changes), LOST
    yield "with a STANDBY COPY LOST", sum(change.data is Data.STANDBY for change in changes), LOST
    for action in (Action.REPLACED, Action.REMOVED):
        yield str(action), sum(change.action is action for change in changes), ""
    refused = sum(bool(output.blockers) for stack in diff.stacks for output in stack.outputs)
    refused += sum(bool(stack.blockers) for stack in diff.stacks)
    yield "refused by AWS", sum(bool(change.blockers) for change in changes) or refused, ""
    for action in (Action.INTERRUPTED, Action.IN_PLACE, Action.SUPERSEDED, Action.ADDED):
        yield str(action), sum(change.action is action for change in changes), ""


# One stack


def _stack(stack: StackDiff, sheet: _Sheet) -> Iterator[Line]:
    resources = _count(stack.total, "resource")
    if stack.action is Action.ADDED:
        says = f"a new stack, {stack.name}, with {resources}"
    elif stack.action is Action.REMOVED:
        says = f"no longer in the spec; the stack {stack.name} stays, with {resources}"
    else:
        says = f"{len(stack.changes)} of {resources} change"
    yield _line(_titled(stack.stack, f"  {says}"))
    for refusal in stack.blockers:
        yield from _refusal(refusal.message, refusal.remedy, 2)
    for remark in stack.notes:
        yield _line(remark.message, 2)
    whole = stack.action in (Action.ADDED, Action.REMOVED)
    told = [c for c in stack.changes if not whole or c.blockers or c.data is not Data.NONE]
    for group in grouped(told):
        yield from _group(group, stack, sheet)
    if whole:
        yield from _causes(stack.causes, "", sheet, 2)
    for parameter in stack.parameters:
        yield from _parameter(parameter, sheet)
    for output in stack.outputs:
        yield from _output(output)


def _group(group: Sequence[Change], stack: StackDiff, sheet: _Sheet) -> Iterator[Line]:
    first = group[0]
    alone = len(group) == 1
    whole = stack.action in (Action.ADDED, Action.REMOVED)
    yield _title(group)
    follows = sheet.diff.roots(group)
    if follows and (not alone or len(first.properties) > 1):
        verb = "is" if len(follows) == 1 else "are"
        yield _line(f"because {_listed(_short(follows, stack))} {verb} replaced", _INDENT)
    if alone or not follows:
        yield from (_line(line, _INDENT) for line in properties(first.properties, sheet.width - _INDENT))
    for refusal in first.blockers:
        says = refusal.message if alone else refusal.general or refusal.message
        yield from _refusal(says, refusal.remedy, _INDENT)
    if alone or first.action is not Action.REMOVED or whole or first.data is not Data.NONE:
        for remark in first.notes:
            yield _line(remark.message if alone else remark.general or remark.message, _INDENT)
    else:
        says = "they leave their stack but stay in AWS, and no stack manages them; their names stay in use"
        yield _line(says, _INDENT)
        yield from (_line(remark, _INDENT) for remark in own_remarks(group))
    if not whole:
        entries = _listed(list(dict.fromkeys(change.entry for change in group if change.entry)))
        yield from _causes(first.causes, entries, sheet, _INDENT)


def _title(group: Sequence[Change]) -> Line:
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
    text = Text.assemble("  ", (f"{word:<{_LABEL}}", _STYLES[first.action]))
    if first.data is not Data.NONE:
        text.append(str(first.data).upper(), LOST).append("  ")
    return text.append(clean(shown(what))), _INDENT + 2


def _refusal(says: str, remedy: str, indent: int) -> Iterator[Line]:
    yield _line(Text.assemble(("refused by AWS:", _REFUSED), f" {clean(shown(says))}"), indent)
    yield _line(f"= help: {remedy}", indent + 2)


def _causes(causes: Sequence[Cause], entry: str, sheet: _Sheet, indent: int) -> Iterator[Line]:
    for cause in causes:
        yield _line(f"by {_cause(cause)}", indent)
    if causes:
        return
    if sheet.diff.explained and sheet.diff.old:
        yield _line("no change of the spec: the compiler or a partial changed", indent)
    elif entry:
        yield _line(f"requested by {entry}", indent)


def _cause(cause: Cause) -> str:
    if cause.old is None:
        what = f"{cause.route}, which is new"
    elif cause.new is None:
        what = f"{cause.route}, which was removed"
    else:
        what = f"{cause.route}: {clean(cause.old)} -> {clean(cause.new)}"
    return what + (f" ({clean(cause.at.file)}:{cause.at.start.line})" if cause.at else "")


def _parameter(parameter: ParameterChange, sheet: _Sheet) -> Iterator[Line]:
    item = Property((f"parameter {parameter.id}",), parameter.old, parameter.new)
    what = " ".join(line.strip() for line in property_lines(item, sheet.width))
    yield _line(f"{what}; {parameter.message}" if parameter.message else what, 2)


def _output(output: OutputChange) -> Iterator[Line]:
    if output.blockers or output.notes:
        yield _line(f"output {output.id}, exported as {output.export}", 2)
        yield from (_line(remark.message, 4) for remark in output.notes)
        for refusal in output.blockers:
            yield from _refusal(refusal.message, refusal.remedy, 4)


# The end


def _foot(sheet: _Sheet) -> Iterator[Line]:
    diff = sheet.diff
    outputs = [output for stack in diff.stacks for output in stack.outputs if not output.blockers]
    gone = sum(output.action is Action.REMOVED for output in outputs)
    lines: list[tuple[str, int]] = []
    if outputs:
        says = f"{_count(len(outputs), 'output')} change" + ("s" if len(outputs) == 1 else "")
        says += f", {gone} of them are removed" if gone else ""
        lines.append((says, 0))
    if diff.old and diff.updates and diff.waves and not diff.is_empty:
        lines.append(("Order while the primary region serves clients:", 0))
        lines += ((says, 2) for says in _order(diff))
    elif diff.old and diff.waves and not diff.is_empty:
        lines.append((f"Deployed in {_count(len(diff.waves), 'wave')}, as for the first time.", 0))
    if diff.code:
        lines.append(("No template changes with these, but dr-deploy takes the code from another place:", 0))
        lines += ((_cause(cause), 2) for cause in diff.code)
    if diff.silent:
        lines.append(("Changes of the spec without effect on what is deployed:", 0))
        lines += ((_cause(cause), 2) for cause in diff.silent)
    if lines:
        yield _line("")
    for words, indent in lines:
        yield _line(words, indent)


def _order(diff: Diff) -> Iterator[str]:
    for number, wave in enumerate(diff.waves):
        bake = f", then a bake of {diff.bake_minutes} min" if wave.bakes and diff.bake_minutes else ""
        yield f"{'then ' if number else 'first'} {_listed(wave.stacks)}{bake}"


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return ", ".join(names[: _MOST_NAMES - 1]) + f" and {len(names) - _MOST_NAMES + 1} more"


def _short(keys: Iterable[str], stack: StackDiff) -> list[str]:
    """Resources by their ids; those of other stacks with the stack's name."""
    parts = (key.split("/") for key in keys)
    return [name if place == stack.stack else f"{name} of {place}" for place, name in parts]


def _count(number: int, what: str) -> str:
    """A number with what it counts."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
