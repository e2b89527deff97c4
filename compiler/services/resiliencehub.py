"""Resilience Hub: the objectives in the form AWS itself reads and assesses, where the spec switches it on.

One policy with the spec's RTO and RPO, and one application of the functions, tables and buckets of both serving
regions, in the primary stack. https://docs.aws.amazon.com/resilience-hub/latest/APIReference/
API_PutDraftAppVersionTemplate.html (read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

from compiler.aws import regions
from compiler.aws.facts import prices
from compiler.aws.types.dynamodb import GLOBAL_TABLE
from compiler.aws.types.lambda_ import FUNCTION
from compiler.aws.types.others import APP, RESILIENCY_POLICY
from compiler.aws.types.s3 import BUCKET
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir import policies
from compiler.ir.elements import ACCOUNT, Block, Element, Json, Output, Ref, StackId, Text, join
from compiler.ir.names import arn, physical
from compiler.ir.template import View
from compiler.objectives.costs import Cost, standing
from compiler.services import dynamodb, lambda_, s3
from compiler.services.base import views
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

_AT: Route = ("monitoring", "resilience_hub")
_TYPES = (RESILIENCY_POLICY, APP)
_SCOPES = ("AZ", "Hardware", "Software", "Region")
_TEMPLATE_VERSION = 2


class PolicyView(View, partial="resiliencehub/policy.json.j2"):
    id: str
    name: Json
    description: str
    policy: Json
    tags: Json


class AppView(View, partial="resiliencehub/app.json.j2"):
    id: str
    name: Json
    description: str
    policy_arn: Ref
    template: Text
    mappings: Json
    tags: Json


@frozen
class _Member:
    """One resource of the application and how Resilience Hub finds it."""

    name: str
    type: str
    component: str
    identifier: Json
    by_arn: bool
    region: str


def declare(topology: Topology) -> Iterator[Element]:
    """The application and its policy in the primary region, where the spec wants them."""
    if not topology.spec.monitoring.resilience_hub:
        return
    stack = topology.primary
    objectives = topology.spec.objectives
    # Whole seconds, rounded down: the policy never asks for less than the spec.
    failure = {"RtoInSecs": floor(objectives.rto.within.seconds), "RpoInSecs": floor(objectives.rpo.seconds)}
    policy_ref, app_ref = Ref(stack, "ResiliencyPolicy"), Ref(stack, "ResilienceApp")
    policy = PolicyView(
        id=policy_ref.resource,
        name=physical("resiliency-policy"),
        description=f"Objectives of {topology.spec.name}",
        policy=dict.fromkeys(_SCOPES, failure),
        tags=topology.tags(stack),
    )
    yield Block(stack, policy, _AT)
    members = tuple(member for serving in topology.serving for member in _members(topology, serving))
    app = AppView(
        id=app_ref.resource,
        name=physical("resilience-app"),
        description=f"{topology.spec.name} in {topology.primary.region} and {topology.secondary.region}",
        policy_arn=policy_ref.att("PolicyArn"),
        template=policies.json_text(_template(members)),
        mappings=tuple(_mapping(member) for member in members),
        tags=topology.tags(stack),
    )
    yield Block(stack, app, _AT)
    says = "ARN of the application that Resilience Hub assesses."
    yield Output(stack, "ResilienceAppArn", app_ref.att("AppArn"), says, _AT)


def _members(topology: Topology, stack: StackId) -> Iterator[_Member]:
    region = stack.region
    for n, function in topology.functions():
        identifier = arn("lambda", region, join("function:", lambda_.function_name(function)))
        yield _Member(f"function-{n}-{region}", FUNCTION, "Compute", identifier, True, region)
    for n, table in enumerate(topology.spec.tables):
        name = dynamodb.table_name(table)
        yield _Member(f"table-{n}-{region}", GLOBAL_TABLE, "Database", name, False, region)
    for n, entry in enumerate(topology.spec.buckets):
        name = s3.bucket_name(entry, stack)
        yield _Member(f"bucket-{n}-{region}", BUCKET, "Storage", name, False, region)


def _template(members: tuple[_Member, ...]) -> Json:
    components = dict.fromkeys(member.component for member in members)
    return {
        "resources": [
            {"logicalResourceId": {"identifier": member.name}, "type": member.type, "name": member.name}
            for member in members
        ],
        "appComponents": [
            {
                "name": component,
                "type": f"AWS::ResilienceHub::{component}AppComponent",
                "resourceNames": [member.name for member in members if member.component == component],
            }
            for component in components
        ],
        "excludedResources": {"logicalResourceIds": []},
        "version": _TEMPLATE_VERSION,
    }


def _mapping(member: _Member) -> Json:
    return {
        "MappingType": "Resource",
        "ResourceName": member.name,
        "PhysicalResourceId": {
            "Identifier": member.identifier,
            "Type": "Arn" if member.by_arn else "Native",
            "AwsRegion": member.region,
            "AwsAccountId": ACCOUNT,
        },
    }


def rules(topology: Topology) -> Iterator[Finding]:
    """A primary region without Resilience Hub; reports DR306."""
    if topology.spec.monitoring.resilience_hub:
        region = topology.primary.region
        lacking = [kind for kind in regions.lacking(region) if kind in _TYPES]
        if lacking:
            message = f"`{region}` has no {', '.join(lacking)}"
            related = ((("regions", topology.position(topology.primary), "region"), "this region"),)
            yield Finding(Code.DR306, message, _AT, help="set `resilience_hub: false`", related=related)


def costs(topology: Topology) -> Iterator[Cost]:
    """The application, where it is assessed."""
    stack = topology.primary
    apps = len(views(declare(topology), AppView, stack))
    yield standing("resilience-hub", "Resilience Hub", stack.region, "assessed applications", f"{apps}",
                   prices.ASSESSED_APPLICATIONS, apps)  # fmt: skip
