"""What the standby needs to take over: everything that the primary region has, with the regions exchanged.

The stacks of both regions are compared resource by resource. Both are first written with the words `{here}` and
`{there}` instead of their regions. The standby may have more resources, such as those that monitor a takeover. A
partial for one region (`….primary.json.j2`) is an intended difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.aws.types import apigateway, cloudwatch, dynamodb, ec2, iam, kms, lambda_, others, s3, sns
from compiler.aws.values import Json, ResourceId
from compiler.diagnostics.model import Route, Rule
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId, StackKind, pascal
from compiler.rollout.state import Resource
from compiler.rules.deployed import Deployed, reports

_ONE_SIDED = frozenset(
    (dynamodb.GLOBAL_TABLE, ec2.VPC_PEERING_CONNECTION, others.APP,
     others.RESILIENCY_POLICY)
)  # fmt: skip
"""Types that one stack owns for both regions."""

_OWN = frozenset(
    (ec2.ROUTE, ec2.SUBNET, ec2.SUBNET_ROUTE_TABLE_ASSOCIATION, ec2.SECURITY_GROUP,
     ec2.VPC, cloudwatch.DASHBOARD)
)  # fmt: skip
"""Types that depend on what the spec says about each region, such as its address range and zones."""

_NUMBERED = frozenset((ec2.SUBNET, ec2.SUBNET_ROUTE_TABLE_ASSOCIATION))
_FUNCTION = lambda_.FUNCTION
_RIGHTS = frozenset(
    (iam.ROLE, iam.POLICY, iam.MANAGED_POLICY, iam.ROLE_POLICY, kms.KEY,
     lambda_.PERMISSION, s3.BUCKET_POLICY, sns.TOPIC_POLICY)
)  # fmt: skip
_PROSE = frozenset(("Tags", "Description", "AlarmDescription", "GroupDescription"))
_TRUST = "JwtConfiguration"
_SHOWN = 80


class Snapshot:
    """One of the two regions, as seen from itself: values with the two regions exchanged for words."""

    def __init__(self, own: StackId, peer: StackId) -> None:
        words = {
            own.name: "{own}",
            peer.name: "{peer}",
            # The global stack is in one of the regions, but belongs to neither.
            f"{StackKind.GLOBAL}.{own.region}": "{global}",
            f"{StackKind.GLOBAL}.{peer.region}": "{global}",
            own.region: "{here}",
            peer.region: "{there}",
            pascal(own.region): "{Here}",
            pascal(peer.region): "{There}",
        }
        self._words = words
        self._find = re.compile("|".join(re.escape(word) for word in words))
        self._known: dict[str, str] = {}

    def plain(self, value: Json) -> Json:
        """A value as seen from this side."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        return value

    def text(self, text: str) -> str:
        """A text as seen from this side."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._find.sub(lambda match: self._words[match[0]], text)
        return known


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


@reports(DR470, DR471, DR472, DR474)
def standby(deployed: Deployed) -> Iterator[Finding]:
    """The standby has each resource of the primary region, with the same properties."""
    primary, secondary = deployed.topology.serving
    here, there = Snapshot(primary, secondary), Snapshot(secondary, primary)
    ours = deployed.states[primary].resources.values()
    theirs = {there.text(item.id): item for item in deployed.states[secondary].resources.values()}
    for resource in ours:
        if resource.type in _ONE_SIDED or resource.type in _NUMBERED or _meant_for_one(deployed, resource):
            continue
        twin = theirs.get(here.text(resource.id))
        if twin is None or twin.type != resource.type:
            kind = resource.type.removeprefix("AWS::")
            message = (
                f"the standby {secondary.region} has no resource like `{resource.id}` ({kind}) in {primary.region}"
            )
            yield Finding(DR470, message, resource.owner, related=_standby(deployed))
        elif resource.type not in _OWN and not _meant_for_one(deployed, twin):
            yield from _differences(deployed, resource, twin, here, there)


def _standby(deployed: Deployed) -> tuple[tuple[Route, str], ...]:
    """The standby's entry in the spec."""
    position = deployed.topology.position(deployed.topology.secondary)
    return ((("regions", position, "region"), "missing here"),)


@reports(DR470)
def outputs(deployed: Deployed) -> Iterator[Finding]:
    """The stack of the standby has each output of the primary stack."""
    primary, secondary = deployed.topology.serving
    here, there = Snapshot(primary, secondary), Snapshot(secondary, primary)
    state = deployed.states[primary]
    given = {there.text(name) for name in deployed.states[secondary].outputs}
    for name, uses in state.output_uses.items():
        owned = any(
            kind == "resource" and target in state.resources and state.resources[target].type in _ONE_SIDED
            for kind, target in uses
        )
        if here.text(name) not in given and not owned:
            message = f"the stack of the standby {secondary.region} has no output like `{name}` in {primary.region}"
            yield Finding(DR470, message, ResourceId(primary.name, name), related=_standby(deployed))


def _meant_for_one(deployed: Deployed, resource: Resource) -> bool:
    """Whether the partial says by its name that it is for one kind of stack."""
    origin = deployed.states[resource.stack].template.origins.get(resource.id)
    return origin is not None and origin.partial.endswith(f".{resource.stack.kind}.json.j2")


def _differences(
    deployed: Deployed, ours: Resource, theirs: Resource, here: Snapshot, there: Snapshot
) -> Iterator[Finding]:
    left = here.plain(_compared(deployed, ours))
    right = there.plain(_compared(deployed, theirs))
    if ours.type == apigateway.AUTHORIZER:
        # Both regions must accept the same token. So the issuer is the same too where its name contains a region.
        left, right = ({**plain, _TRUST: it.get(_TRUST)} for plain, it in ((left, ours), (right, theirs)))
    for path, mine, other in _unequal(left, right):
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


def _compared(deployed: Deployed, resource: Resource) -> dict[str, Json]:
    """The properties that must be the same."""
    left_out = set(_PROSE)
    found = dict(resource.properties)
    match resource.type:
        case lambda_.FUNCTION:
            # Subnets depend on the zones of each region. Each region has its own bucket for the code.
            left_out |= {"VpcConfig"}
            variables = resource.get("Environment", "Variables")
            found["Environment"] = sorted(variables) if isinstance(variables, dict) else variables
            code = resource.get("Code")
            found["Code"] = {k: v for k, v in code.items() if k != "S3Bucket"} if isinstance(code, dict) else code
        case ec2.VPC_ENDPOINT:
            left_out |= {"SubnetIds"}
        case apigateway.STAGE:
            # AWS sets the burst limit for each region; nobody asks for it.
            settings = resource.get("DefaultRouteSettings")
            if isinstance(settings, dict):
                found["DefaultRouteSettings"] = {k: v for k, v in settings.items() if k != "ThrottlingBurstLimit"}
        case cloudwatch.ALARM if deployed.route(resource)[:1] == ("quotas",):
            # Depends on the quota of each region; another rule compares the quotas in the spec.
            left_out |= {"Threshold"}
    return {name: value for name, value in found.items() if name not in left_out}


def _unequal(left: Json, right: Json, path: str = "") -> Iterator[tuple[str, Json, Json]]:
    """Paths at which two values differ, with both values."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(left.keys() | right.keys()):
            yield from _unequal(left.get(key), right.get(key), f"{path}.{key}" if path else key)
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for position, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _unequal(one, other, f"{path}[{position}]")
    elif left != right:
        yield path, left, right


def _shown(value: Json) -> str:
    if value is None:
        return "nothing"
    text = str(value)
    return f"`{text}`" if len(text) <= _SHOWN else f"`{text[: _SHOWN - 1]}…`"
