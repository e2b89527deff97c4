"""The order of an update, as the simulation has it: what it says about a resource, an export, and some stacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from compiler.aws.types.lambda_ import FUNCTION
from compiler.aws.types.route53 import HEALTH_CHECK
from compiler.aws.values import ResourceId
from compiler.diagnostics.codes import Code
from compiler.diff.change import Change, Note, Wave
from compiler.rollout.endpoints import called_by_checks
from compiler.rollout.inventory import Inventory
from compiler.rollout.simulation import Simulation

_FOUND = (Code.DR610, Code.DR611, Code.DR612, Code.DR620, Code.DR621, Code.DR622, Code.DR625)
"""What is wrong with the order of an update, though it is right when everything is created."""


class Order:
    """Holds what the simulation of an update says about its order; `bake_minutes` is how long a region bakes."""

    def __init__(self, rollout: Simulation, bake_minutes: int) -> None:
        self.rollout = rollout
        self.bake_minutes = bake_minutes
        self._found = {finding.at: finding for finding in rollout.findings if finding.rule in _FOUND}
        self._refused = {finding.at for finding in rollout.findings if finding.rule is Code.DR616}

    @property
    def waves(self) -> tuple[Wave, ...]:
        """The stacks of each wave."""
        return tuple(
            Wave(tuple(step.stack.name for step in wave), any(step.bakes for step in wave))
            for wave in self.rollout.waves
        )

    def refuses(self, output: ResourceId) -> bool:
        """Whether AWS refuses a change of an output in every order."""
        return output in self._refused

    def sequence(self, stacks: Iterable[str]) -> str:
        """Some stacks in the order in which they are first deployed, in words."""
        wanted = set(stacks)
        found: list[str] = []
        for wave in self.waves:
            fresh = sorted(wanted & {*wave.stacks})
            wanted -= {*fresh}
            if fresh:
                bake = f" and a bake of {self.bake_minutes} min" if wave.bakes and self.bake_minutes else ""
                found.append(f"{'then' if found else 'first'} {' and '.join(fresh)}{bake if wanted else ''}")
        return ", ".join(found)

    def notes(self, change: Change) -> Iterator[Note]:
        """What the order means for the change of a resource."""
        owner = ResourceId(change.stack, change.id)
        if owner in self._found:
            yield Note(self._found[owner].message, self._found[owner].rule.source)
        elif change.type == HEALTH_CHECK and any(item.path[-1:] == ("ResourcePath",) for item in change.properties):
            says = self.sequence(stack for wave in self.waves for stack in wave.stacks)
            yield Note(f"the new path is asked once it is answered: {says}")
        elif change.type == FUNCTION and owner in self._asked:
            stacks = {other.stack for other in self._asked if other.id == change.id}
            yield Note(f"Route 53 asks it: {self.sequence(stacks)}")

    @cached_property
    def _asked(self) -> frozenset[ResourceId]:
        """Functions that a health check calls."""
        if not self.rollout.updates:
            return frozenset()
        return frozenset(item.owner for item in called_by_checks(Inventory(self.rollout.final, self.rollout.index)))
