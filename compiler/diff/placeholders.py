"""Placeholders of values that only AWS knows: found, renewed where a resource is replaced, and shown to people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from compiler.aws.values import MARK, ResourceId
from compiler.diff.change import Json

_NEW = "new "
_RENEWED = re.compile(f"<{_NEW}{MARK.pattern[1:]}")
_ANY = re.compile(f"<({_NEW})?[a-z][a-z0-9-]*\\.[a-z0-9-]+/([A-Za-z0-9.]+)>")


def texts(value: Json) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def owners(value: Json) -> Iterator[ResourceId]:
    """Resources whose values stand in a value."""
    for text in texts(value):
        yield from (ResourceId(found[1], found[2]) for found in MARK.finditer(text))


def renewed_owners(value: Json) -> Iterator[ResourceId]:
    """The same for values that `renewed` made new."""
    for text in texts(value):
        yield from (ResourceId(found[1], found[2]) for found in _RENEWED.finditer(text))


def renewed(value: Json, is_new: Callable[[ResourceId], bool]) -> Json:
    """A value in which every placeholder of a resource that is created again says so."""
    if isinstance(value, str):
        return MARK.sub(lambda m: f"<{_NEW}{m[0][1:]}" if is_new(ResourceId(m[1], m[2])) else m[0], value)
    if isinstance(value, dict):
        return {key: renewed(item, is_new) for key, item in value.items()}
    if isinstance(value, list):
        return [renewed(item, is_new) for item in value]
    return value


def shown(text: str) -> str:
    """A text with placeholders as people read them: `<Vpc>` and `<new Vpc>`."""
    return _ANY.sub(lambda m: f"<{m[1] or ''}{m[2]}>", text)
