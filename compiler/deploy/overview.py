"""What a review shows: what matters first over all stacks, then the rest stack by stack. As lines, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.update_rules import Action
from compiler.deploy import review
from compiler.deploy.cloud import Change
from compiler.reporting.result import LOST, Line, Report
from compiler.support.frozen import frozen

_STYLES = {
    **dict.fromkeys(("add", "import", Action.SUPERSEDED), "green"),
    **dict.fromkeys(("remove", "replace", "replace?", "dynamic"), "bold red"),
}
"""Of the lines of the changes, by their word."""
_WIDTH = len(Action.SUPERSEDED)
"""Columns of the word that says what happens."""


@frozen
class Part:
    """One operation on one stack: `says` sums it up; a part that is `new` creates its stack."""

    key: str
    name: str
    says: str
    changes: tuple[Change, ...] = ()
    dangers: tuple[review.Danger, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    """Lines of a word and a sentence, below the sum."""
    new: bool = False


@frozen
class Overview:
    """A review: what it is about, remarks, the operations, and the order of a change that goes one region first."""

    system: str
    about: str
    notes: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    order: tuple[str, ...] = ()


def lines(overview: Overview) -> Iterator[Line]:
    """The whole review for a terminal or a log. Of a new stack, the resources are only counted."""
    yield Line(f"{overview.system}: ", overview.about, "bold")
    yield from (Line(f"  {what}: ", says) for what, says in overview.notes)
    grave = tuple(_grave(overview))
    if grave:
        yield Line("", "  what matters first", "bold")
    for part, change, danger in grave:
        yield from _change(change, danger, f" of {part.key}")
    for part in overview.parts:
        yield Line(f"  {part.key:<24} {part.name:<40} ", part.says)
        yield from (Line(f"      {what:<{_WIDTH}} ", says) for what, says in part.notes)
        for change in _others(part):
            if not (part.new and change.action == "Add"):
                yield from _change(change, None, "")
    if overview.order:
        yield Line("  order: ", ", ".join(overview.order))


def report(overview: Overview) -> Report:
    """The same for a comment on a pull request: what matters first in sight, the rest stack by stack to unfold."""
    grave = (
        line.lead.strip() + " " + line.words
        for part, change, danger in _grave(overview)
        for line in _change(change, danger, f" of {part.key}")
    )
    notes = (f"{what}: {says}" for what, says in overview.notes)
    stacks = tuple(
        (part.key, (f"{part.key}  {part.name}  {part.says}", *_plain(part)))
        for part in overview.parts
    )  # fmt: skip
    foot = (f"order: {', '.join(overview.order)}",) if overview.order else ()
    return Report((f"{overview.system}: {overview.about}", *grave, *notes), stacks, foot)


def _plain(part: Part) -> Iterator[str]:
    yield from (f"{what:<{_WIDTH}} {says}" for what, says in part.notes)
    for change in _others(part):
        yield from (f"{line.lead.strip():<{_WIDTH}} {line.words}" for line in _change(change, None, ""))


def _grave(overview: Overview) -> Iterator[tuple[Part, Change, review.Danger | None]]:
    """What loses data, replaces or removes, the worst first."""
    found = [(part, change, _danger(part, change)) for part in overview.parts for change in part.changes]
    grave = [item for item in found if review.rank(item[1], item[2]) < review.GRAVE]
    return iter(sorted(grave, key=lambda item: review.rank(item[1], item[2])))


def _danger(part: Part, change: Change) -> review.Danger | None:
    return next((danger for danger in part.dangers if danger.id == change.id), None)


def _others(part: Part) -> list[Change]:
    """All other changes of a part, updates before what is added."""
    found = [change for change in part.changes if review.rank(change, _danger(part, change)) >= review.GRAVE]
    return sorted(found, key=lambda change: review.rank(change, None))


def _change(change: Change, danger: review.Danger | None, where: str) -> Iterator[Line]:
    """One change; what is done to data has a line of its own."""
    word = review.word(change)
    properties = f": {', '.join(change.properties)}" if change.properties else ""
    yield Line(f"      {word:<{_WIDTH}} ", f"{change.id} ({change.type}){where}{properties}", _STYLES.get(word, ""))
    if danger:
        yield Line(f"      {'':<{_WIDTH}} ", f"DATA AT STAKE: {danger.stake}; `{danger.id}` {danger.what}", LOST)
