"""Quotas in the spec: those of the standby are not lower than those of the primary region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType

from compiler.aws import regions
from compiler.aws.facts import apigateway, cloudwatch, dynamodb, lambda_, logs
from compiler.diagnostics.model import Route, Rule
from compiler.findings.finding import Finding
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.spec.objectives import Quotas
from compiler.spec.regions import Region
from compiler.spec.units import Rate
from compiler.topology.model import Topology

DEFAULTS: Mapping[str, Callable[[str], int]] = MappingProxyType(
    {
        "lambda_concurrency": lambda _: lambda_.ACCOUNT_CONCURRENCY.value,
        "api_requests": lambda region: regions.api_gateway_default_rate(region).value,
        "table_writes": lambda _: dynamodb.TABLE_WRITES.value,
        "table_reads": lambda _: dynamodb.TABLE_READS.value,
        "kms_requests": lambda region: regions.kms_request_quota(region).value,
        "log_requests": lambda _: logs.PUT_RATE.value,
        "tables": lambda _: dynamodb.TABLES.value,
        "alarms": lambda _: cloudwatch.ALARMS.value,
        "api_routes": lambda _: apigateway.ROUTES.value,
    }
)
"""The default quotas of AWS by field of the section `quotas`."""


DR473 = Rule(
    "DR473",
    "parity-quota",
    says="a quota in the standby region is lower than in the primary region",
    why="AWS does not copy quotas between regions. The standby could not take over the load.",
    fix="request the same quota in the standby region, and write the granted value into the spec",
    source=DOCS + "servicequotas/latest/userguide/intro.html",
    acceptable=True,
    traps=(45,),
)


@reports(DR473)
def quotas(deployed: Deployed) -> Iterator[Finding]:
    """Fields with a lower quota in the standby, where the spec sets the quota for one of the two regions."""
    topology = deployed.topology
    primary, secondary = (topology.region(stack) for stack in topology.serving)
    at: Route = ("regions", topology.position(topology.secondary))
    other: Route = ("regions", topology.position(topology.primary))
    for field in Quotas.model_fields:
        mine, theirs = _own(primary, field), _own(secondary, field)
        if mine is None and theirs is None:
            continue
        common = _amount(getattr(topology.spec.quotas, field))
        granted = mine or common or _default(field, primary.region)
        standby = theirs or common or _default(field, secondary.region)
        if granted is None or standby is None or standby >= granted:
            continue
        message = (
            f"the standby {secondary.region} has a quota of {_figure(standby)} for `{field}`, the primary "
            f"{primary.region} has {_figure(granted)}: the standby could not take over the load"
        )
        where: Route = (*at, "quotas", field) if theirs is not None else (*at, "region")
        there: Route = (*other, "quotas", field) if mine is not None else (*other, "region")
        label = "" if theirs is not None else f"sets no `{field}`"
        yield Finding(DR473, message, where, label, related=((there, f"{_figure(granted)} here"),),
                      id=f"quota-parity-{field.replace('_', '-')}")  # fmt: skip


def same_quotas(topology: Topology) -> bool:
    """Whether both serving regions have the same quotas, in the spec and by AWS's defaults."""
    primary, secondary = (topology.region(stack) for stack in topology.serving)
    same_defaults = all(of(primary.region) == of(secondary.region) for of in DEFAULTS.values())
    return primary.quotas == secondary.quotas and same_defaults


def _own(region: Region, field: str) -> Fraction | None:
    return _amount(getattr(region.quotas, field)) if region.quotas else None


def _default(field: str, region: str) -> Fraction | None:
    default = DEFAULTS.get(field)
    return Fraction(default(region)) if default else None


def _amount(value: object) -> Fraction | None:
    if isinstance(value, Rate):
        return value.per_second
    return Fraction(value) if isinstance(value, int) else None


def _figure(value: Fraction) -> str:
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):,.3f}"
