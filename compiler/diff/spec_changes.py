"""Two specs side by side, as plain values: each change with the route people know it by, and how to take it back."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compiler.diagnostics.model import Route
from compiler.diff.change import Cause
from compiler.reading.document import Document
from compiler.reading.yaml_tree import Plain
from compiler.spec.routes import entry_key
from compiler.support.frozen import frozen

_NOTHING: Any = object()
_SHOWN = 60


@frozen
class SpecChange:
    """One place where two specs differ.

    `steps` lead to it with entries by their names; `old` and `new` are plain values, `_NOTHING` where the place is
    not there, `position` is where an entry that was taken out stood.
    """

    steps: tuple[str, ...]
    old: Any
    new: Any
    position: int = 0

    @property
    def label(self) -> str:
        """The route as people write it: `tables[transactions].item_size`."""
        shown = ""
        for step in self.steps:
            shown += step if step.startswith("[") else f".{step}" if shown else step
        return shown

    @property
    def entry(self) -> str:
        """The section, or the entry of a section, that it is in."""
        in_list = len(self.steps) > 1 and self.steps[1].startswith("[")
        return "".join(self.steps[:2]) if in_list else self.steps[0]

    @property
    def is_new(self) -> bool:
        return self.old is _NOTHING

    @property
    def is_gone(self) -> bool:
        return self.new is _NOTHING

    def cause(self, document: Document) -> Cause:
        """The change as a cause, with its place in the new spec."""
        at = document.first_line(self._route(document), key=True)
        old, new = (_by_name(value, self.steps) for value in (self.old, self.new))
        return Cause(self.label, _written(old), _written(new), at)

    def _route(self, document: Document) -> Route:
        """The place in a spec, as far as it is there."""
        value = document.value
        found: list[str | int] = []
        for step in self.steps:
            if isinstance(value, list):
                position = _position(value, step, tuple(found))
                if position is None:
                    break
                found.append(position)
                value = value[position]
            elif isinstance(value, dict) and step in value:
                found.append(step)
                value = value[step]
            elif (*found, step) in document.cleared:
                return (*found, step)
            else:
                break
        return tuple(found)

    def reverted(self, value: Plain) -> Plain:
        """A spec's plain value with this one change taken back."""
        made = copy.deepcopy(value)
        _revert(made, (), self.steps, self)
        return made


def changes(old: Plain, new: Plain, steps: tuple[str, ...] = ()) -> Iterator[SpecChange]:
    """Every smallest place where two specs differ, in the order of the new one."""
    if old == new and type(old) is type(new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (*new, *(key for key in old if key not in new)):
            was, is_ = old.get(key, _NOTHING), new.get(key, _NOTHING)
            if was is _NOTHING or is_ is _NOTHING:
                yield SpecChange((*steps, key), was, is_)
            else:
                yield from changes(was, is_, (*steps, key))
    elif isinstance(old, list) and isinstance(new, list) and (members := _key_members(steps, old, new)):
        yield from _entries(old, new, members, steps)
    else:
        yield SpecChange(steps, old, new)


def _entries(
    old: Sequence[Any], new: Sequence[Any], members: tuple[str, ...], steps: tuple[str, ...]
) -> Iterator[SpecChange]:
    olds, news = ({_name(item, members): item for item in items} for items in (old, new))
    before = {name: _before(name, item, olds, news) for name, item in news.items()}
    found = False
    for name in news:
        step = f"[{name}]"
        if before[name] in olds:
            inner = changes(olds[before[name]], news[name], (*steps, step))
            # What the entry is called by is taken back last, since the others are found by it.
            for change in sorted(inner, key=lambda change: change.steps[-1] in members):
                found = True
                yield change
        else:
            found = True
            yield SpecChange((*steps, step), _NOTHING, news[name])
    for name in olds:
        if name not in before.values():
            found = True
            yield SpecChange((*steps, f"[{name}]"), olds[name], _NOTHING, list(olds).index(name))
    kept = [name for name in before.values() if name in olds]
    if kept != [name for name in olds if name in kept]:
        # Without the other changes: what this one is behind is the order alone.
        ranks = {name: rank for rank, name in enumerate(olds)}
        ordered = sorted(news, key=lambda name: ranks.get(before[name], len(ranks)))
        yield SpecChange(steps, [news[name] for name in ordered], list(new))
    elif not found:
        yield SpecChange(steps, old, new)


def _before(name: str, item: Any, olds: Mapping[str, Any], news: Mapping[str, Any]) -> str:
    """The name an entry had before: that which its `was` tells of, where it was renamed since."""
    was = item.get("was")
    return was if isinstance(was, str) and was in olds and was not in news else name


def _key_members(route: Route, *lists: Sequence[Any]) -> tuple[str, ...] | None:
    """Members that tell the entries of all these lists apart; None where they do not."""
    members = entry_key(tuple(step for step in route if not str(step).startswith("[")))
    items = [item for entries in lists for item in entries]
    if not members or not items or not all(isinstance(item, dict) and members[0] in item for item in items):
        return None
    apart = all(len({_name(item, members) for item in entries}) == len(entries) for entries in lists)
    return members if apart else None


def _name(item: Any, members: tuple[str, ...]) -> str:
    return " ".join(str(item[member]) for member in members if member in item)


def _position(entries: Sequence[Any], step: str, route: Route) -> int | None:
    members = _key_members(route, entries)
    names = [f"[{_name(item, members)}]" for item in entries] if members else []
    return names.index(step) if step in names else None


def _revert(value: Any, above: tuple[str, ...], steps: tuple[str, ...], change: SpecChange) -> None:
    step, rest = steps[0], steps[1:]
    where: Any = step
    if isinstance(value, list):
        where = _position(value, step, above)
    if rest:
        _revert(value[where], (*above, step), rest, change)
    elif change.old is _NOTHING:
        del value[where]
    elif isinstance(value, list) and where is None:
        value.insert(change.position, copy.deepcopy(change.old))
    else:
        value[where] = copy.deepcopy(change.old)


def _by_name(value: Any, steps: tuple[str, ...]) -> Any:
    """Entries of a list by what tells them apart, so that another order can be seen."""
    members = _key_members(steps, value) if isinstance(value, list) else None
    return [_name(item, members) for item in value] if members else value


def _written(value: Any) -> str | None:
    """A plain value as YAML writes it on one line, cut short; None where there is none."""
    if value is _NOTHING:
        return None
    text = _flow(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
