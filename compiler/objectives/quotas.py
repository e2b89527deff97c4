"""What an account may use in a region: what the spec says was granted, and where it says so."""

from __future__ import annotations

from fractions import Fraction

from compiler.diagnostics.model import Route
from compiler.ir.elements import StackId
from compiler.spec.objectives import Quotas
from compiler.topology.model import Topology


def granted(topology: Topology, stack: StackId, field: str) -> tuple[Fraction | None, Route]:
    """What the spec says was granted in a region, and where it says so; the objective's line where it is silent."""
    position = topology.position(stack)
    for quotas, route in (
        (topology.spec.regions[position].quotas, ("regions", position, "quotas", field)),
        (topology.spec.quotas, ("quotas", field)),
    ):
        value = getattr(quotas, field) if isinstance(quotas, Quotas) else None
        if value is not None:
            return (Fraction(value) if isinstance(value, int) else value.per_second), route
    return None, ("objectives", "throughput")
