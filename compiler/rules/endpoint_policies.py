"""VPC endpoints: their policies allow what the roles of functions behind them may do."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.ec2 import SUBNET, VPC_ENDPOINT
from compiler.aws.types.iam import ROLE
from compiler.aws.types.lambda_ import FUNCTION
from compiler.aws.values import arn
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.rules.policy import Statement, allows, granted, statements

_PREFIXES = {"monitoring": "cloudwatch", "kinesis-streams": "kinesis", "kinesis-firehose": "firehose"}
"""Prefixes of actions, where they are not the last part of the endpoint's service name."""

DR493 = Rule(
    "DR493",
    "endpoint-policy",
    says="the policy of an endpoint does not allow what the role of a function behind it allows",
    why="A call through an endpoint needs both. The function gets `AccessDenied`, although its role allows the call.",
    fix="add the action and the resource to the policy of the endpoint, or remove them from the role",
    source=DOCS + "vpc/latest/privatelink/vpc-endpoints-access.html",
    traps=(70,),
)


@reports(DR493)
def endpoint_policies(deployed: Deployed) -> Iterator[Finding]:
    """An endpoint lets through each call that the role of a function in its VPC allows on a named resource."""
    found: set[tuple[object, object, str]] = set()
    for function in deployed.of(FUNCTION):
        role = deployed.owner(function.get("Role"), (ROLE,))
        if role is None:
            continue
        for endpoint in _ways(deployed, function):
            for action, resource in _calls(granted(deployed, role), endpoint):
                key = (endpoint.owner, role.owner, action)
                if key not in found and not _passes(endpoint, role, action, resource):
                    found.add(key)
                    message = (
                        f"`{endpoint.id}` does not allow `{action}` on `{resource}`, which `{role.id}` of "
                        f"`{function.id}` allows"
                    )
                    yield Finding(DR493, message, endpoint.owner, related=((role.owner, "the role"),))


def _ways(deployed: Deployed, function: Resource) -> Iterator[Resource]:
    """The endpoints that calls of a function go through, unless it asks for another host name."""
    subnets = (deployed.owner(value, (SUBNET,)) for value in function.list("VpcConfig", "SubnetIds"))
    networks = {subnet.get("VpcId") for subnet in subnets if subnet is not None}
    for endpoint in deployed.of(VPC_ENDPOINT):
        by_name = endpoint.get("VpcEndpointType") != "Interface" or endpoint.get("PrivateDnsEnabled") is not False
        if by_name and endpoint.get("PolicyDocument") is not None and endpoint.get("VpcId") in networks:
            yield endpoint


def _calls(held: tuple[Statement, ...], endpoint: Resource) -> Iterator[tuple[str, str]]:
    """Actions of the service behind an endpoint with the resources that they are allowed on, in the endpoint's region.

    What is allowed on everything names nothing that could be reached or not.
    """
    service = endpoint.text("ServiceName").rpartition(".")[2]
    prefix = _PREFIXES.get(service, service) + ":"
    for statement in held:
        if not statement.allows or statement.negated:
            continue
        for action in statement.actions:
            for resource in statement.resources if action.startswith(prefix) else ():
                named = arn(resource)
                if resource != "*" and (named is None or named.region in ("", endpoint.region)):
                    yield action, resource


def _passes(endpoint: Resource, role: Resource, action: str, resource: str) -> bool:
    context = {"aws:PrincipalArn": role.arn or ""}
    held = statements(endpoint.get("PolicyDocument"))
    return allows(held, action, resource, principal=("AWS", role.arn or ""), context=context)
