"""The stage: what the simulation of the waves found, and what every check finds in the stacks that result."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.findings.finding import Finding
from compiler.rollout.simulation import Simulation
from compiler.rules.deployed import Deployed
from compiler.rules.registry import CHECKS
from compiler.topology.model import Topology


def inspect(simulation: Simulation, topology: Topology) -> Iterator[Finding]:
    """The findings on a deployment; reports DR401, DR402, DR406, DR420 to DR474, DR610 to DR619."""
    yield from simulation.findings
    deployed = Deployed(topology, simulation.final, simulation.index)
    for check in CHECKS:
        yield from check(deployed)
