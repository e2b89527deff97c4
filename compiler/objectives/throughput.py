"""What the throughput asks of each region, against what the account may use there.

Every serving region must hold the whole load alone: the standby's quotas are not raised on the day it is needed.
Figures: `compiler.aws.facts`; how each demand comes about: docs/objectives.md.
"""

from __future__ import annotations

from compiler.objectives import serving, storage
from compiler.objectives.model import Demand
from compiler.topology.model import Topology


def demands(topology: Topology) -> tuple[Demand, ...]:
    """Every demand of every region, the serving ones first."""
    found: list[Demand] = []
    for stack in topology.regional:
        if stack.serves:
            found += serving.demands(topology, stack)
        found += storage.demands(topology, stack)
    return tuple(found)
