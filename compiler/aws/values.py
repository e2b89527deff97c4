"""Plain values with names in them for what only AWS knows, and how to read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Json = Any
"""A JSON value without intrinsics."""

SAMPLE_ACCOUNT = "123456789012"
"""Account that stands for the real one where the spec names none: the one AWS uses in its own examples."""

UNKNOWN = "<unknown>"
"""What an intrinsic that cannot be made sense of comes to."""

MARK = re.compile(r"<([a-z][a-z0-9-]*\.[a-z0-9-]+)/([A-Za-z0-9]+)(?:\.[A-Za-z0-9.]+)?>")
"""Stack name and logical id in what `mark` makes."""
_ARN_PARTS = 6


@dataclass(frozen=True, order=True, slots=True)
class ResourceId:
    """Stack name and logical id of a resource."""

    stack: str
    id: str


def placeholder(stack: str, resource: str, attr: str | None = None) -> str:
    """What stands for a value of a resource that only AWS will know; `stack` is the stack's name."""
    return f"<{stack}/{resource}.{attr}>" if attr else f"<{stack}/{resource}>"


def marked(value: Json) -> ResourceId | None:
    """The resource named in a value, the first where there are several."""
    found = MARK.search(value) if isinstance(value, str) else None
    return ResourceId(found[1], found[2]) if found else None


class Arn(NamedTuple):
    """An ARN taken apart."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def arn(value: Json) -> Arn | None:
    """The ARN that a value is, or None."""
    parts = value.split(":", _ARN_PARTS - 1) if isinstance(value, str) and value.startswith("arn:") else ()
    return Arn(*parts[1:]) if len(parts) == _ARN_PARTS else None


def region_of(value: Json) -> str | None:
    """The region an ARN speaks of; None for another value, and for ARNs of global things."""
    found = arn(value)
    return found.region or None if found else None


def listed(value: Json) -> list[Json]:
    """The items of a list; of a single value, that one; of nothing, none."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def members(value: Json) -> Mapping[str, Json]:
    """A JSON object, or an empty one where the value is none: a partial may write anything."""
    return value if isinstance(value, dict) else {}


def text(value: Json) -> str:
    """A text, or the empty one where the value is none."""
    return value if isinstance(value, str) else ""


def number(value: Json) -> float | None:
    """A number, also where it is written as a text, as parameters are."""
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def dig(value: Json, *path: str) -> Json:
    """The value below `path`; None where something on the way is missing or no object."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
