"""The stage: what the simulation of the waves found, then every rule over what they end in."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.findings.finding import Finding
from compiler.rollout.simulation import Simulation
from compiler.rules.deployed import Deployed, build
from compiler.rules.quotas import quotas
from compiler.rules.table import CHECKS
from compiler.topology.model import Topology


def judge(simulation: Simulation, topology: Topology) -> Iterator[Finding]:
    """Everything found on a deployment; reports DR401, DR402, DR406, DR420 to DR474, DR610 to DR619."""
    yield from simulation.findings
    yield from rules(build(topology, simulation))
    yield from quotas(topology)


def rules(world: Deployed) -> Iterator[Finding]:
    """What the rules find, in the order of their table."""
    for check in CHECKS:
        yield from check.function(world)
