"""The stage: waves run in thought, then every rule over what they end in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.aws.intrinsics import Account
from compiler.aws.values import SAMPLE_ACCOUNT
from compiler.findings.finding import Finding
from compiler.ir.template import Template
from compiler.linking.link import Linked
from compiler.rollout.simulation import Run, plan, run
from compiler.rules.deployed import Deployed, build
from compiler.rules.quotas import quotas
from compiler.rules.table import CHECKS
from compiler.topology.model import Topology


def judge(templates: Iterable[Template], linked: Linked, topology: Topology) -> Iterator[Finding]:
    """Everything found on the merged templates; reports DR401, DR402, DR406, DR420 to DR474, DR610 to DR619."""
    merged = tuple(templates)
    ran = carried(merged, linked, topology)
    yield from ran.found
    yield from rules(build(topology, ran))
    yield from quotas(topology)


def carried(templates: tuple[Template, ...], linked: Linked, topology: Topology) -> Run:
    """The templates after the last wave."""
    account = Account(topology.spec.account or SAMPLE_ACCOUNT, topology.partition)
    return run(plan(templates, linked, account))


def rules(world: Deployed) -> Iterator[Finding]:
    """What the rules find, in the order of their table."""
    for check in CHECKS:
        yield from check.function(world)
