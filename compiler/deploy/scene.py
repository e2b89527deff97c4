"""What the checks before a deployment are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compiler.deploy.cloud import Resource, Stack
from compiler.deploy.plan import Plan
from compiler.diagnostics.model import Route
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.topology.model import Topology

Json = Any


@dataclass(frozen=True, slots=True)
class Scene:
    """The stacks that are to be deployed with their templates, and all stacks as they are, by stack key."""

    topology: Topology
    plan: Plan
    account: str
    templates: Mapping[str, Mapping[str, Json]]
    stacks: Mapping[str, Stack | None]
    resources: Mapping[str, tuple[Resource, ...]]
    given: Mapping[str, str]
    origins: Mapping[tuple[str, str], Route]
    """Spec entry that asks for a resource, by stack key and logical id."""

    @property
    def ours(self) -> frozenset[str]:
        """Physical ids of everything that our stacks hold."""
        return frozenset(r.physical for resources in self.resources.values() for r in resources)


def unchecked(what: str) -> Finding:
    """What could not be looked at, and why."""
    return Finding(Code.DR828, f"not checked: {what}", ())
