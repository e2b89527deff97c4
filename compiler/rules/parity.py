"""What the standby needs to take over: everything that the primary region has, with the regions exchanged.

The stacks of both regions are compared resource by resource, value by value. Both are first written with the words
`{here}` and `{there}` instead of their regions, and likewise for what else belongs to one of them. The standby may have
more resources, such as those that monitor a takeover. A partial for one region (`….primary.json.j2`) is an intended
difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from compiler.aws import regions
from compiler.aws.types import apigateway, backup, cloudwatch, dynamodb, ec2, iam, kms, lambda_, others, s3, sns
from compiler.aws.values import Json, ResourceId, members, text
from compiler.diagnostics.model import Route, Rule
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.rollout.state import Resource
from compiler.rules.deployed import Deployed, reports
from compiler.rules.quotas import same_quotas
from compiler.rules.region_view import AS_IT_IS, RegionView, views

_ONE_SIDED = frozenset(
    (dynamodb.GLOBAL_TABLE, ec2.VPC_PEERING_CONNECTION, others.APP,
     others.RESILIENCY_POLICY)
)  # fmt: skip
"""Types that one stack owns for both regions."""

_OF_BACKUPS = frozenset((backup.PLAN, backup.SELECTION))

_NUMBERED = frozenset((ec2.SUBNET, ec2.SUBNET_ROUTE_TABLE_ASSOCIATION))
"""Types of which each region has as many as it has zones."""

_PLACED = frozenset(("CidrBlock", "AvailabilityZone", "AvailabilityZoneId"))
"""Where a subnet is: each region has zones and a range of its own."""

_FUNCTION = lambda_.FUNCTION
_RIGHTS = frozenset(
    (iam.ROLE, iam.POLICY, iam.MANAGED_POLICY, iam.ROLE_POLICY, kms.KEY,
     lambda_.PERMISSION, s3.BUCKET_POLICY, sns.TOPIC_POLICY)
)  # fmt: skip
_PROSE = frozenset(("Description", "AlarmDescription", "GroupDescription"))
_TRUST = "JwtConfiguration"
_VARIABLES = ("Environment", "Variables")
_SHOWN = 80


DR470 = Rule(
    "DR470",
    "parity-missing",
    says="the standby does not have a resource or output that the primary region has",
    why="The standby needs it when it takes over.",
    fix="add it to both regions; if it is for one region only, name the partial `….primary.json.j2`",
)


DR471 = Rule(
    "DR471",
    "parity-function",
    says="a function in the standby differs from the one in the primary region",
    why="To take over, the standby needs the same code, capacity and configuration.",
    fix="remove the cause of the difference",
)


DR472 = Rule(
    "DR472",
    "parity-permission",
    says="permissions in the standby differ from those in the primary region",
    why="If a permission is missing in the standby, you notice it only during a failover.",
    fix="use the same policy statements in both regions",
)


DR474 = Rule(
    "DR474",
    "parity-differs",
    says="a resource in the standby differs from the one in the primary region",
    why="To take over, the standby needs the same endpoints, routes, alarms and log copies.",
    fix="remove the cause of the difference",
)


DIFFERENCES = frozenset((DR471, DR472, DR474))
"""Rules that say no more than that two values differ."""


@reports(DR470, DR471, DR472, DR474)
def standby(deployed: Deployed) -> Iterator[Finding]:
    """The standby has each resource of the primary region, with the same properties."""
    for primary, secondary in deployed.topology.twins:
        yield from _missing_or_different(deployed, primary, secondary)


def _missing_or_different(deployed: Deployed, primary: StackId, secondary: StackId) -> Iterator[Finding]:
    here, there = views(deployed.topology, primary.part)
    ours = deployed.states[primary].resources.values()
    theirs = {there.text(item.id): item for item in deployed.states[secondary].resources.values()}
    for resource in ours:
        if resource.type in _ONE_SIDED or _meant_for_one(deployed, resource) or _backs_up(deployed, resource):
            continue
        twin = theirs.get(here.text(resource.id))
        if (twin is None or twin.type != resource.type) and resource.type not in _NUMBERED:
            kind = resource.type.removeprefix("AWS::")
            message = (
                f"the standby {secondary.region} has no resource like `{resource.id}` ({kind}) in {primary.region}"
            )
            yield Finding(DR470, message, resource.owner, related=_standby(deployed))
        elif twin is not None and resource.type != cloudwatch.DASHBOARD and not _meant_for_one(deployed, twin):
            yield from _differences(deployed, resource, twin, here, there)


@reports(DR474)
def replicas(deployed: Deployed) -> Iterator[Finding]:
    """The replica of a table in the standby is set up like the one in the primary region."""
    primary, secondary = deployed.topology.serving
    here, there = views(deployed.topology)
    for table in deployed.around(primary, dynamodb.GLOBAL_TABLE):
        held = {text(members(replica).get("Region")): replica for replica in table.list("Replicas")}
        ours, theirs = held.get(primary.region), held.get(secondary.region)
        for path, mine, other in _unequal(here, there, ours, theirs) if ours and theirs else ():
            message = (
                f"the replica of `{table.id}` in the standby {secondary.region} differs from the primary in `{path}`: "
                f"{_shown(other)} here, {_shown(mine)} in the primary"
            )
            yield Finding(
                DR474, message, table.owner, related=((table.owner, f"{_shown(mine)} in the primary region"),)
            )


def _standby(deployed: Deployed) -> tuple[tuple[Route, str], ...]:
    """The standby's entry in the spec."""
    position = deployed.topology.position(deployed.topology.secondary)
    return ((("regions", position, "region"), "missing here"),)


@reports(DR470, DR474)
def outputs(deployed: Deployed) -> Iterator[Finding]:
    """The stack of the standby has each output of the primary stack, with the same value.

    What only the primary itself reads, in a later wave, is no output for others.
    """
    for primary, secondary in deployed.topology.twins:
        yield from _unequal_outputs(deployed, primary, secondary)


def _unequal_outputs(deployed: Deployed, primary: StackId, secondary: StackId) -> Iterator[Finding]:
    here, there = views(deployed.topology, primary.part)
    state = deployed.states[primary]
    given = {there.text(name): (name, value) for name, value in deployed.states[secondary].outputs.items()}
    own = {source.output for source in state.stack.wiring.values() if source.stack == primary}
    for name, uses in state.output_uses.items():
        used = [state.resources[target].type for kind, target in uses
                if kind == "resource" and target in state.resources]  # fmt: skip
        if _NUMBERED.intersection(used):
            continue
        twin = given.get(here.text(name))
        owner = ResourceId(primary.name, name)
        if twin is None and name not in own and not _ONE_SIDED.intersection(used):
            message = f"the stack of the standby {secondary.region} has no output like `{name}` in {primary.region}"
            yield Finding(DR470, message, owner, related=_standby(deployed))
        for _, mine, other in _unequal(here, there, state.outputs[name], twin[1]) if twin else ():
            message = (
                f"the output `{twin[0] if twin else ''}` of the standby {secondary.region} differs from the primary: "
                f"{_shown(other)} here, {_shown(mine)} in the primary"
            )
            where = ResourceId(secondary.name, twin[0] if twin else "")
            yield Finding(DR474, message, where, related=((owner, f"{_shown(mine)} in the primary region"),))


def _backs_up(deployed: Deployed, resource: Resource) -> bool:
    """Whether a resource is there for backups, which the spec lets the primary region make alone."""
    alone = deployed.topology.backing_up == (deployed.topology.primary,)
    return alone and (deployed.route(resource)[:1] == ("backup",) or resource.type in _OF_BACKUPS)


def _meant_for_one(deployed: Deployed, resource: Resource) -> bool:
    """Whether the partial says by its name that it is for one kind of stack."""
    origin = deployed.states[resource.stack].template.origins.get(resource.id)
    return origin is not None and origin.partial.endswith(f".{resource.stack.kind}.json.j2")


def _differences(
    deployed: Deployed, ours: Resource, theirs: Resource, here: RegionView, there: RegionView
) -> Iterator[Finding]:
    same = _literal(deployed, ours), _literal(deployed, theirs)
    left, right = (_compared(deployed, resource, given) for resource, given in zip((ours, theirs), same, strict=True))
    differences = chain(_unequal(AS_IT_IS, AS_IT_IS, *same), _unequal(here, there, left, right))
    for path, mine, other in differences:
        message = (
            f"`{theirs.id}` of the standby {theirs.region} differs from the primary in `{path}`: "
            f"{_shown(other)} here, {_shown(mine)} in the primary"
        )
        yield Finding(
            _rule(ours.type), message, theirs.owner, related=((ours.owner, f"{_shown(mine)} in the primary region"),)
        )


def _rule(kind: str) -> Rule:
    if kind == _FUNCTION:
        return DR471
    return DR472 if kind in _RIGHTS else DR474


def _literal(deployed: Deployed, resource: Resource) -> dict[str, Json]:
    """What must be the same text in both regions, also where it names a region; by its path."""
    if resource.type == apigateway.AUTHORIZER:
        # Both regions must accept the same token.
        return {_TRUST: resource.get(_TRUST)}
    function = deployed.function(resource) if resource.type == _FUNCTION else None
    variables = members(resource.get(*_VARIABLES))
    return {".".join((*_VARIABLES, name)): variables.get(name) for name in (function.environment if function else ())}


def _compared(deployed: Deployed, resource: Resource, literal: Mapping[str, Json]) -> dict[str, Json]:
    """The properties that must be the same as seen from each region; what is `literal` is left out."""
    left_out = set(_PROSE)
    found = {name: value for name, value in resource.properties.items() if name not in literal}
    match resource.type:
        case lambda_.FUNCTION:
            variables = members(resource.get(*_VARIABLES))
            kept = {key: value for key, value in variables.items() if ".".join((*_VARIABLES, key)) not in literal}
            found["Environment"] = {"Variables": kept}
            found["VpcConfig"] = {**members(resource.get("VpcConfig")), **_subnets(deployed, resource, "VpcConfig")}
        case ec2.VPC_ENDPOINT:
            found |= _subnets(deployed, resource)
        case ec2.SUBNET:
            left_out |= _PLACED
        case ec2.ROUTE:
            # The connection belongs to the primary stack, which is the own one in one region only.
            left_out |= {"VpcPeeringConnectionId"}
        case apigateway.STAGE:
            settings = members(resource.get("DefaultRouteSettings"))
            default = regions.api_gateway_default_burst(resource.region).value
            if settings.get("ThrottlingBurstLimit") == default:
                found["DefaultRouteSettings"] = {**settings, "ThrottlingBurstLimit": "{burst limit of the region}"}
        case apigateway.REST_STAGE:
            found["MethodSettings"] = [
                _any_burst(resource.region, setting) for setting in resource.list("MethodSettings")
            ]
        case apigateway.WEB_ACL_ASSOCIATION:
            # AWS gives each region's web ACL an id of its own. The spec names both.
            left_out |= {"WebACLArn"}
        case cloudwatch.ALARM if deployed.route(resource)[:1] == ("quotas",) and (
            deployed.topology.latched or not same_quotas(deployed.topology)
        ):
            # Depends on the quota of each region, which another rule compares, and on the latch, which is in one.
            left_out |= {"Threshold"}
    return {name: value for name, value in found.items() if name not in left_out}


def _any_burst(region: str, setting: Json) -> Json:
    """Settings of methods without the burst limit, where it is the default of the region."""
    default = regions.api_gateway_default_burst(region).value
    same = members(setting).get("ThrottlingBurstLimit") == default
    return {**members(setting), "ThrottlingBurstLimit": "{burst limit of the region}"} if same else setting


def _subnets(deployed: Deployed, resource: Resource, *path: str) -> dict[str, Json]:
    """Each region has as many subnets as zones; what counts is whether a resource is in all of them."""
    used = {found.owner for value in resource.list(*path, "SubnetIds") if (found := deployed.owner(value))}
    held = {subnet.owner for subnet in deployed.around(resource.stack, ec2.SUBNET)}
    return {"SubnetIds": "{all subnets}"} if used and used == held else {}


def _unequal(
    here: RegionView, there: RegionView, left: Json, right: Json, path: str = ""
) -> Iterator[tuple[str, Json, Json]]:
    """Paths at which two values differ, each seen from its own side, with both values."""
    if isinstance(left, dict) and isinstance(right, dict):
        ours, theirs = ({side.text(key): item for key, item in value.items()}
                        for side, value in ((here, left), (there, right)))  # fmt: skip
        for key in sorted(ours.keys() | theirs.keys()):
            yield from _unequal(here, there, ours.get(key), theirs.get(key), f"{path}.{key}" if path else key)
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for position, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _unequal(here, there, one, other, f"{path}[{position}]")
    elif (mine := here.plain(left)) != (other := there.plain(right)) and not (left == right and here.is_written(left)):
        yield path, mine, other


def _shown(value: Json) -> str:
    if value is None:
        return "nothing"
    text = str(value)
    return f"`{text}`" if len(text) <= _SHOWN else f"`{text[: _SHOWN - 1]}…`"
