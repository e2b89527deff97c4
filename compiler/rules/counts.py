"""How many there are of something, against what an account, an API or a plan may have.

Resources of users' partials count too. Other systems of the account do not: nobody knows them here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from compiler.aws.facts import apigateway as api_facts
from compiler.aws.facts import backup as backup_facts
from compiler.aws.facts import cloudwatch, dynamodb, iam, s3
from compiler.aws.facts.model import Fact, QuotaCode, figure
from compiler.aws.types import apigateway, backup, registry
from compiler.aws.types.cloudwatch import ALARM, COMPOSITE_ALARM
from compiler.aws.types.dynamodb import TABLES
from compiler.aws.types.iam import ROLE
from compiler.aws.types.s3 import BUCKET
from compiler.aws.values import members
from compiler.diagnostics.model import Route, Rule
from compiler.findings.finding import Finding
from compiler.objectives.evaluate import requested
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.spec.model import Spec
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

Holder = tuple[str, str]
"""Whose resources are counted together: a region, and an API or a plan in it. An account has no region."""
_Holders = Callable[[Deployed, Resource], Iterable[Holder]]
_ACCOUNT: Holder = ("", "")
_HOME = "us-east-1"
"""Where quotas of a whole account are asked for.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html (read 2026-11-27)
"""


@frozen
class Counted:
    """What is counted. `field` of `quotas` says what was granted; empty where AWS raises it for nobody.

    `ask` is how more is asked for, where Service Quotas does not raise it for a whole account; or what else to do.
    """

    what: str
    kinds: tuple[str, ...]
    most: Fact[int]
    holders: _Holders
    field: str = ""
    quota: Fact[QuotaCode] | None = None
    ask: str = ""


def _regions(_: Deployed, resource: Resource) -> Iterator[Holder]:
    """The regions that a resource is in: those of its replicas too."""
    found = registry.of(resource.type).regions(resource.stack.region, members(resource.properties))
    return ((region, "") for region in dict.fromkeys(found))


def _account(_: Deployed, __: Resource) -> Iterator[Holder]:
    return iter((_ACCOUNT,))


def _parent(property_: str, deployed: Deployed, resource: Resource) -> Iterator[Holder]:
    """The API or plan that a resource names."""
    value = resource.get(property_)
    owner = deployed.owner(value)
    yield resource.stack.region, owner.owner.id if owner else str(value)


COUNTED = (
    Counted("tables", TABLES, dynamodb.TABLES, _regions, "tables", dynamodb.TABLES_QUOTA),
    Counted(
        "alarms", (ALARM, COMPOSITE_ALARM), cloudwatch.ALARMS, _regions, "alarms",
        ask="ask AWS Support for more alarms",
    ),
    Counted("roles", (ROLE,), iam.ROLES, _account, "iam_roles", iam.ROLES_QUOTA),
    Counted("buckets", (BUCKET,), s3.BUCKETS, _account, "buckets", s3.BUCKETS_QUOTA),
    Counted(
        "routes of the API", (apigateway.ROUTE,), api_facts.ROUTES, partial(_parent, "ApiId"), "api_routes",
        ask=f"AWS raises it for an API that exists: deploy no more routes than that first, then request "
        f"`{api_facts.ROUTES_QUOTA.value.name}` ({api_facts.ROUTES_QUOTA.value}) for this API",
    ),
    Counted(
        "integrations of the API", (apigateway.INTEGRATION,), api_facts.INTEGRATIONS, partial(_parent, "ApiId"),
        ask="let one function answer several routes, or move functions with their routes to a second spec, with a "
        "suffix and a domain of its own",
    ),
    Counted(
        "assignments of the backup plan", (backup.SELECTION,), backup_facts.PLAN_SELECTIONS,
        partial(_parent, "BackupPlanId"),
        ask="name the tables and buckets that need backups most in `backup.tables` and `backup.buckets`; all have the "
        "recovery of their own service in any case",
    ),
)  # fmt: skip

DR375 = Rule(
    "DR375",
    "quota-count",
    says="the system has more of something than a quota of the account allows",
    why="The stack that creates one too many fails in the middle of a deployment, and an increase takes days. Other "
    "systems of the account count too, so the compiler can only say what this one needs.",
    fix="request the quota, and write what AWS has granted under `quotas`",
    source=DOCS + "servicequotas/latest/userguide/intro.html",
)
DR376 = Rule(
    "DR376",
    "fixed-count",
    says="the system has more of something than AWS allows anybody",
    why="The stack that creates one too many fails in the middle of a deployment.",
    fix="have fewer of them",
    source=DOCS + "general/latest/gr/aws_service_limits.html",
)


@reports(DR375, DR376)
def counts(deployed: Deployed) -> Iterator[Finding]:
    """What there is too much of."""
    for counted in COUNTED:
        held: dict[Holder, list[Resource]] = {}
        for resource in deployed.of(*counted.kinds):
            for holder in counted.holders(deployed, resource):
                held.setdefault(holder, []).append(resource)
        yield from _beyond(deployed, counted, held)


def _beyond(deployed: Deployed, counted: Counted, held: Mapping[Holder, list[Resource]]) -> Iterator[Finding]:
    """One finding, since one line of the spec answers for all regions: about those with most of it."""
    allowed = {h: _granted(deployed.topology, counted.field, h[0]) or counted.most.value for h in held}
    beyond = {holder: len(resources) for holder, resources in held.items() if len(resources) > allowed[holder]}
    if not beyond:
        return
    count = max(beyond.values())
    largest = [holder for holder, own in beyond.items() if own == count]
    most = allowed[largest[0]]
    regions, further = (list(dict.fromkeys(region for region, _ in holders)) for holders in (largest, beyond))
    everywhere = regions == [_ACCOUNT[0]]
    where = "the account" if everywhere else " and ".join(regions)
    message = f"{where} {'needs' if len(regions) == 1 else 'each need'} {figure(count)} {counted.what}; "
    in_order = sorted(held[largest[0]], key=lambda resource: _order(deployed.route(resource)))
    at, label = in_order[most].owner, "one too many"
    if not counted.field:
        yield Finding(DR376, f"{message}AWS allows {figure(most)}", at, label, counted.ask)
        return
    message += f"{'AWS allows by default' if most == counted.most.value else 'granted'}: {figure(most)}"
    ask = f"{counted.ask} in {' and '.join(further)}"
    if counted.quota:
        ask = requested(counted.quota.value, count, [_HOME] if everywhere else further)
    help_text = f"{ask}; when AWS has granted it, write `{counted.field}: {count}` under `quotas`"
    yield Finding(DR375, message, at, label, help_text)


def _granted(topology: Topology, field: str, region: str) -> int | None:
    """What the spec says of a quota, for a region or the account."""
    own = next((entry.quotas for entry in topology.spec.regions if entry.region == region), None)
    stated = [getattr(quotas, field, None) for quotas in (own, topology.spec.quotas)] if field else []
    return next((value for value in stated if value), None)


def _order(route: Route) -> tuple[int, int]:
    """Where an entry is in the spec; what no entry asks for comes first."""
    section = list(Spec.model_fields).index(str(route[0])) if route else -1
    return section, next((step for step in route[1:2] if isinstance(step, int)), -1)
