"""Regions of a global table's replicas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.aws.values import Json, listed


def replica_regions(properties: Mapping[str, Json], member: str = "Replicas") -> tuple[str, ...]:
    """Regions of a table's replicas in their order; of an `Fn::If` in the list, those of both branches.

    With `member`, those of another list, such as `GlobalTableWitnesses`.
    """
    return tuple(_regions(properties.get(member)))


def _regions(value: Json) -> Iterator[str]:
    for item in listed(value):
        if isinstance(item, list):
            yield from _regions(item)
        elif isinstance(item, dict):
            if "Fn::If" in item:
                yield from _regions(listed(item["Fn::If"])[1:])
            elif isinstance(item.get("Region"), str):
                yield item["Region"]
