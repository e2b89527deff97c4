"""Names that two resources of the topology would share. Reports DR615 to DR617."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from compiler.aws.attributes import ACCOUNT_WIDE, shape
from compiler.aws.values import ResourceId, dig, marked
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.rollout.state import TABLES, Resource, State, replica_regions

_WITHIN: Mapping[str, str] = MappingProxyType(
    {
        "AWS::ApiGatewayV2::Stage": "ApiId",
        "AWS::Logs::LogStream": "LogGroupName",
        "AWS::Logs::SubscriptionFilter": "LogGroupName",
    }
)
"""Types whose names are unique below another resource, and the property that names that one."""

_ONE_SPACE: Mapping[str, str] = MappingProxyType({"AWS::CloudWatch::CompositeAlarm": "AWS::CloudWatch::Alarm"})
"""Types that share the names of another type."""

_RECORD = "AWS::Route53::RecordSet"


def taken(states: Iterable[State]) -> Iterator[Finding]:
    """Two resources of one name where AWS takes one, and two exports of one name in a region."""
    owners: dict[tuple[str, ...], Resource] = {}
    exports: dict[tuple[str, str], ResourceId] = {}
    for state in states:
        stack = state.template.stack
        for resource in state.resources.values():
            for key in _keys(resource):
                first = owners.setdefault(key, resource)
                if first is not resource:
                    yield _twice(first, resource)
                    break
        exported = _exported(state)
        for name in state.exports:
            here = ResourceId(stack.name, exported[name])
            before = exports.setdefault((stack.region, name), here)
            if before != here:
                message = f"`{name}` is exported twice in {stack.region}"
                yield Finding(Code.DR616, message, here, related=((before, "exports it first"),))


def _exported(state: State) -> Mapping[str, str]:
    """Names of outputs by the name they are exported under."""
    made: dict[str, str] = {}
    for name in state.outputs:
        export = state.resolver.resolved(dig(state.template.body["Outputs"][name], "Export", "Name"))[0]
        made.setdefault(str(export), name)
    return made


def _keys(resource: Resource) -> Iterator[tuple[str, ...]]:
    """What nothing else may have too."""
    kind = resource.type
    if kind == _RECORD:
        parts = (resource.get(part) for part in ("HostedZoneId", "Name", "Type", "SetIdentifier"))
        yield (kind, *(str(part) for part in parts))
    if kind == _RECORD or not shape(kind).name or marked(resource.name):
        return
    space = _ONE_SPACE.get(kind, kind)
    if kind in TABLES:
        for region in dict.fromkeys((resource.region, *replica_regions(resource.get("Replicas")))):
            yield (TABLES[0], region, resource.name)
    elif kind in _WITHIN:
        yield (space, resource.region, str(resource.get(_WITHIN[kind])), resource.name)
    elif kind in ACCOUNT_WIDE:
        # IAM tells names apart without regard to case.
        # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html (read 2026-11-22)
        yield (space, resource.name.casefold())
    else:
        yield (space, resource.region, resource.name)


def _twice(first: Resource, second: Resource) -> Finding:
    related = ((first.owner, "has it first"),)
    if second.type in TABLES:
        message = (
            f"the table `{second.name}` is declared by `{second.id}` and again by `{first.id}` of {first.stack.name}"
        )
        return Finding(Code.DR617, message, second.owner, related=related)
    scope = "in the account, whatever the region" if second.type in ACCOUNT_WIDE else f"in {second.region}"
    message = f"`{second.id}` and `{first.id}` of {first.stack.name} are both called `{second.name}` {scope}"
    return Finding(Code.DR615, message, second.owner, related=related)
