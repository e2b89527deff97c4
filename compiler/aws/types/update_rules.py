"""What is known of updates beyond the resource schemas: when a rule holds, what it means, who says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from compiler.aws.values import Json, dig, listed, number
from compiler.support.frozen import frozen


class Action(StrEnum):
    """What CloudFormation does with a resource, mildest first."""

    SAME = "unchanged"
    ADDED = "added"
    SUPERSEDED = "superseded"
    IN_PLACE = "updated in place"
    INTERRUPTED = "updated with interruption"
    REMOVED = "removed"
    REPLACED = "replaced"

    @property
    def weight(self) -> int:
        return list(Action).index(self)


class Data(StrEnum):
    """What a change means for data, mildest first."""

    NONE = "none"
    STANDBY = "standby copy lost"
    LOST = "data lost"

    @property
    def weight(self) -> int:
        return list(Data).index(self)


@frozen
class Update:
    """One resource before and after, with plain properties; `name` is what people know it by."""

    stack: str
    region: str
    id: str
    type: str
    name: str
    old: Mapping[str, Json]
    new: Mapping[str, Json]

    def both(self, *path: str) -> tuple[Json, Json]:
        """The values at a path, None where it is not there."""
        return dig(self.old, *path), dig(self.new, *path)

    def changed(self, *path: str) -> bool:
        """Whether the value at a path is another one."""
        old, new = self.both(*path)
        return bool(old != new)

    def entries(
        self, member: str, key: str
    ) -> Iterator[tuple[str, Mapping[str, Json] | None, Mapping[str, Json] | None]]:
        """Entries of a list by the value of `key`, before and after; None where an entry is not there."""
        before, after = (_by(value, key) for value in self.both(member))
        for name in dict.fromkeys((*before, *after)):
            yield name, before.get(name), after.get(name)


def _by(value: Json, key: str) -> dict[str, Mapping[str, Json]]:
    return {item[key]: item for item in listed(value) if isinstance(item, dict) and isinstance(item.get(key), str)}


def lowered(old: Json, new: Json) -> bool:
    """Whether a number became smaller."""
    was, is_ = number(old), number(new)
    return was is not None and is_ is not None and is_ < was


def figure(value: Json) -> str:
    """A number as people read it."""
    found = number(value)
    return str(value) if found is None else f"{found:,.0f}" if found == int(found) else f"{found:,}"


@frozen
class UpdateRule:
    """One thing that is known of updates of a type.

    `when` completes "when …"; `find` gives a sentence for each time it happens. `action` is what it makes of the
    update at least, `data` what it means for data. With a `remedy` AWS refuses the update, and the remedy is the way
    to get there. `certain` is false where only AWS can tell.
    """

    when: str
    source: str
    find: Callable[[Update], Iterator[str]]
    action: Action = Action.IN_PLACE
    data: Data = Data.NONE
    remedy: str | None = None
    certain: bool = True

    @property
    def refused(self) -> bool:
        return self.remedy is not None


def update_rule(
    when: str, source: str, *, action: Action = Action.IN_PLACE, data: Data = Data.NONE, remedy: str | None = None,
    certain: bool = True,
) -> Callable[[Callable[[Update], Iterator[str]]], UpdateRule]:  # fmt: skip
    """Makes a rule of the decorated function, for the field `updates` of a record."""

    def rule(find: Callable[[Update], Iterator[str]]) -> UpdateRule:
        return UpdateRule(when, source, find, action, data, remedy, certain)

    return rule
