"""What every service test begins with: which stack holds which resources of a service."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.helpers import Topology


def placed(topology: Callable[[], Topology] | Any, types: Iterable[str]) -> dict[str, set[str]]:
    """Logical ids of the given types (without `AWS::`) by kind of stack; kinds that hold none are left out."""
    wanted = {f"AWS::{kind}" for kind in types}
    found: dict[str, set[str]] = {}
    made: Topology = topology()
    for about in made.manifest["stacks"]:
        ids = {r.id for r in made.stacks[about["stack"]].resources.values() if r.type in wanted}
        if ids:
            found.setdefault(about["kind"], set()).update(ids)
    return found
