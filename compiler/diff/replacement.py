"""Create-only properties that an update changes: CloudFormation replaces the resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.aws.schemas import Pointer, Schema, select
from compiler.aws.values import Json
from compiler.diff.paths import same
from compiler.support.frozen import frozen


@frozen
class RequiresReplacement:
    """A create-only property whose value changed; `certain` is false where AWS decides, or where entries moved."""

    pointer: Pointer
    certain: bool


def forced(known: Schema, old: Mapping[str, Json], new: Mapping[str, Json]) -> Iterator[RequiresReplacement]:
    """The create-only properties that differ between two sets of plain properties, in the schema's order."""
    for group, surely in ((known.created, True), (known.sometimes, False)):
        for place in group:
            if place in known.computed:
                continue
            was, is_ = list(select(old, place)), list(select(new, place))
            if len(was) != len(is_) or not all(map(same, was, is_)):
                # An entry that came or went moves the others: which of them is another one now, only AWS can tell.
                yield RequiresReplacement(place, surely and ("*" not in place or len(was) == len(is_)))
