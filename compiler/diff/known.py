"""The form of what we know of changes beyond the resource schemas: when it holds, what it means, who says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from compiler.aws.values import dig, listed, number
from compiler.diff.change import Action, Data, Json
from compiler.diff.paths import key_of
from compiler.support.frozen import frozen


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
        old, new = self.both(*path)
        return bool(old != new)

    def entries(self, *path: str) -> Iterator[tuple[str, Mapping[str, Json] | None, Mapping[str, Json] | None]]:
        """Entries of a list by what names them, before and after; None where an entry is not there."""
        olds, news = ([item for item in listed(value) if isinstance(item, dict)] for value in self.both(*path))
        key = key_of(olds, news)
        if key is not None:
            before, after = ({item[key]: item for item in items} for items in (olds, news))
            for name in dict.fromkeys((*before, *after)):
                yield name, before.get(name), after.get(name)


def lowered(old: Json, new: Json) -> bool:
    """Whether a number became smaller."""
    was, is_ = number(old), number(new)
    return was is not None and is_ is not None and is_ < was


def figure(value: Json) -> str:
    """A number as people read it."""
    found = number(value)
    return str(value) if found is None else f"{found:,.0f}" if found == int(found) else f"{found:,}"


@frozen
class Known:
    """One thing we know of a type.

    `when` completes "when …"; `find` gives a sentence for each time it happens. `action` is what it makes of the
    update at least, `data` what it means for data; with a `remedy` AWS refuses the update, and that is the way.
    """

    type: str
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


Finder = Callable[[Update], Iterator[str]]


class Register:
    """What one module knows, in the order in which it is written down."""

    def __init__(self) -> None:
        self.known: list[Known] = []

    def says(
        self, kind: str, when: str, source: str, *, action: Action = Action.IN_PLACE, data: Data = Data.NONE,
        remedy: str | None = None, certain: bool = True,
    ) -> Callable[[Finder], Finder]:  # fmt: skip
        """Writes down what the decorated function finds."""

        def note(find: Finder) -> Finder:
            self.known.append(Known(kind, when, source, find, action, data, remedy, certain))
            return find

        return note
