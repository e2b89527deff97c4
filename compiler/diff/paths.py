"""Two values side by side: the smallest parts that differ, with entries of lists paired by what names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.diff.change import Json, Path, Property

_KEYS = (
    "Region", "IndexName", "AttributeName", "Key", "Sid", "Id", "PolicyName", "DomainName", "Name",
)  # fmt: skip
"""Members that name an entry of a list, the first that all entries have with different values."""

_NOTHING = object()


def differences(old: Json, new: Json, path: Path = ()) -> Iterator[Property]:
    """The smallest parts in which two JSON values differ; a part that is not there is None."""
    if old == new and type(old) is type(new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in (*old, *(name for name in new if name not in old)):
            yield from _pair(old.get(name, _NOTHING), new.get(name, _NOTHING), (*path, name))
    elif isinstance(old, list) and isinstance(new, list) and _has_objects(old, new):
        yield from _lists(old, new, path)
    elif not _same_number(old, new):
        yield Property(path, old, new)


def same(old: Json, new: Json) -> bool:
    """Whether CloudFormation takes two values for the same."""
    return next(differences(old, new), None) is None


def _pair(old: Json, new: Json, path: Path) -> Iterator[Property]:
    if old is _NOTHING or new is _NOTHING:
        was, is_ = (None if value is _NOTHING else value for value in (old, new))
        if was is not None or is_ is not None:
            yield Property(path, was, is_)
    else:
        yield from differences(old, new, path)


def _lists(old: list[Json], new: list[Json], path: Path) -> Iterator[Property]:
    key = key_of(old, new)
    if key is None:
        for position in range(max(len(old), len(new))):
            was = old[position] if position < len(old) else _NOTHING
            is_ = new[position] if position < len(new) else _NOTHING
            yield from _pair(was, is_, (*path, position))
        return
    olds, news = ({item[key]: item for item in items} for items in (old, new))
    names = list(dict.fromkeys((*olds, *news)))
    found = [
        change
        for name in names
        for change in _pair(olds.get(name, _NOTHING), news.get(name, _NOTHING), (*path, f"[{name}]"))
    ]
    yield from found
    if not found:
        yield Property((*path, "order"), list(olds), list(news))


def key_of(*lists: Sequence[Json]) -> str | None:
    """The member by which the entries of some lists differ; None where there is none."""
    for key in _KEYS:
        if all(_distinguishes(items, key) for items in lists):
            return key
    return None


def _distinguishes(items: Sequence[Json], key: str) -> bool:
    values = [item.get(key) if isinstance(item, dict) else None for item in items]
    return all(isinstance(value, str) for value in values) and len(set(values)) == len(values)


def _has_objects(*lists: list[Json]) -> bool:
    return any(isinstance(item, dict) for items in lists for item in items)


def _same_number(old: Json, new: Json) -> bool:
    # CloudFormation takes 30 and "30", true and "true" for the same value of a scalar property.
    scalars = (str, int, float)
    if isinstance(old, scalars) and isinstance(new, scalars):
        return _text(old) == _text(new)
    return False


def _text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def written(path: Path) -> str:
    """A path as people write it: `Replicas[us-west-2].SSESpecification`."""
    shown = ""
    for step in path:
        if isinstance(step, int):
            shown += f"[{step}]"
        elif step.startswith("["):
            shown += step
        else:
            shown += f".{step}" if shown else step
    return shown
