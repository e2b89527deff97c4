"""Writes to the bucket of the other region: the rights, the endpoint, and the groups that let them in."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from compiler.aws.types.ec2 import SECURITY_GROUP, SUBNET
from compiler.aws.types.iam import ROLE
from compiler.aws.types.lambda_ import FUNCTION
from compiler.aws.types.s3 import BUCKET
from compiler.aws.values import Json, dig, members, number, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.rules.policy import allows, granted, key_behind, statements
from compiler.rules.s3 import encryption
from compiler.rules.vpc import interface_endpoints, told_buckets

_ROLE = "CROSS_REGION_ROLE_ARN"
_HTTPS = 443

DR498 = Rule(
    "DR498",
    "dual-write",
    says="a function cannot write to the bucket of the other region",
    why="Each write fails or times out, although both regions work.",
    fix="allow what the message names: in the role of the other region, in the policy of the endpoint, or in its "
    "security group",
    source=DOCS + "AmazonS3/latest/userguide/privatelink-interface-endpoints.html",
)


@reports(DR498)
def writes(deployed: Deployed) -> Iterator[Finding]:
    """A function that writes to both regions reaches the bucket of the other one, and may write to it."""
    for function in deployed.of(FUNCTION):
        for entry in told_buckets(function):
            bucket = deployed.owner(entry.get("peer_name"), (BUCKET,), text(entry.get("peer_region")))
            if entry.get("mode") != "dual-write" or bucket is None:
                continue
            related = ((bucket.owner, "the bucket of the other region"),)
            for fault in (*_rights(deployed, function, bucket), *_way(deployed, function, bucket)):
                message = (
                    f"`{function.id}` in {function.region} cannot write to `{bucket.id}` in {bucket.region}: {fault}"
                )
                yield Finding(DR498, message, function.owner, related=related)


def _role(deployed: Deployed, function: Resource) -> Resource | None:
    """The role that a function uses in the other region."""
    return deployed.owner(function.get("Environment", "Variables", _ROLE), (ROLE,))


def _rights(deployed: Deployed, function: Resource, bucket: Resource) -> Iterator[str]:
    own, there = deployed.owner(function.get("Role")), _role(deployed, function)
    if own is None or there is None:
        yield f"`{_ROLE}` names no role of the topology"
        return
    if not allows(granted(deployed, own), "sts:AssumeRole", there.arn):
        yield f"`{own.id}` does not allow `sts:AssumeRole` on `{there.id}`"
    account = deployed.states[there.stack].resolver.account
    root = ("AWS", f"arn:{account.partition}:iam::{account.id}:root")
    trust = statements(there.get("AssumeRolePolicyDocument"))
    if not allows(trust, "sts:AssumeRole", principal=root, context={"aws:PrincipalArn": own.arn}):
        yield f"`{there.id}` does not trust `{own.id}`"
    rights = granted(deployed, there)
    if not allows(rights, "s3:PutObject", f"{bucket.arn}/x", context={"aws:RequestedRegion": bucket.region}):
        yield f"`{there.id}` does not allow `s3:PutObject` on its objects"
    named = dig(encryption(bucket), "ServerSideEncryptionByDefault", "KMSMasterKeyID")
    key = key_behind(deployed, named, bucket.region)
    if key is not None and not allows(rights, "kms:GenerateDataKey", key.arn):
        yield f"`{there.id}` does not allow `kms:GenerateDataKey` on its key"


def _way(deployed: Deployed, function: Resource, bucket: Resource) -> Iterator[str]:
    """What keeps a call from the endpoint of the other region; that there is one, another rule says."""
    subnets = [
        found for value in function.list("VpcConfig", "SubnetIds") if (found := deployed.owner(value, (SUBNET,)))
    ]
    there = _role(deployed, function)
    for endpoint in interface_endpoints(deployed, subnets[0].get("VpcId"), "s3", bucket.region) if subnets else ():
        context = {"aws:PrincipalArn": there.arn if there else ""}
        held = endpoint.get("PolicyDocument")
        if held is not None and not allows(statements(held), "s3:PutObject", f"{bucket.arn}/x", context=context):
            yield f"the policy of `{endpoint.id}` does not allow `s3:PutObject` for its role"
        for subnet in subnets:
            if not _lets(deployed, endpoint.list("SecurityGroupIds"), "SecurityGroupIngress", subnet):
                yield f"the security group of `{endpoint.id}` does not let `{subnet.id}` in"
        reached = [found for value in endpoint.list("SubnetIds") if (found := deployed.owner(value, (SUBNET,)))]
        for subnet in reached:
            if not _lets(deployed, function.list("VpcConfig", "SecurityGroupIds"), "SecurityGroupEgress", subnet):
                yield f"its security group does not let it out to `{subnet.id}` of {bucket.region}"


def _lets(deployed: Deployed, groups: list[Json], member: str, subnet: Resource) -> bool:
    """Whether one of some security groups lets HTTPS through from or to all addresses of a subnet."""
    other = ip_network(subnet.text("CidrBlock"))
    for group in (deployed.owner(value, (SECURITY_GROUP,)) for value in groups):
        for rule in map(members, group.list(member)) if group else ():
            low, high = number(rule.get("FromPort")), number(rule.get("ToPort"))
            ports = rule.get("IpProtocol") == "-1" or (low or 0) <= _HTTPS <= (high or 0)
            if ports and rule.get("CidrIp") and other.subnet_of(ip_network(text(rule["CidrIp"]))):  # type: ignore[arg-type]
                return True
    return False
