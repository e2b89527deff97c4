"""What a run is asked for: the compiled topology, and what a person said on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler.deploy.cloud import Stack
from compiler.deploy.plan import Plan, PlannedStack
from compiler.deploy.work import Proposal
from compiler.diagnostics.model import Route
from compiler.topology.model import Topology

Json = Any


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be deployed: the compiled topology and the archives' contents by key."""

    topology: Topology
    plan: Plan
    templates: Mapping[str, Mapping[str, Json]]
    origins: Mapping[tuple[str, str], Route]
    archives: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Options:
    """What a person asked for on the command line."""

    only: frozenset[str] = frozenset()
    given: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    code_buckets: Mapping[str, str] = field(default_factory=dict)
    resolvers: tuple[tuple[str, int], ...] = ()
    wait_for_delegation: bool = True
    assume_delegated: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What is known of one stack before anything is done: its changes, or None where they are not known yet."""

    stack: PlannedStack
    found: Stack | None
    proposal: Proposal | None
    placeholder: tuple[object, ...] = ()
    """`Work.mark` of what was proposed."""
    unknown: frozenset[str] = frozenset()
    """Parameters whose values are still to come from other stacks."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do on this stack."""
        return self.proposal is not None and not self.proposal.name and not self.unknown
