"""What the topology may do beyond itself: rights, ways into its network, routes without authorization, hidden parts."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from compiler.aws.types.apigateway import REST_API
from compiler.aws.types.ec2 import SECURITY_GROUP, SECURITY_GROUP_INGRESS, VPC_ENDPOINT, VPC_PEERING_CONNECTION
from compiler.aws.types.others import CUSTOM_RESOURCE
from compiler.aws.values import Json, members, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.endpoints import operations
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, named, reports
from compiler.rules.policy import allows, documents

DR873 = Rule(
    "DR873",
    "open-network",
    says="the network lets in addresses that are not of the topology",
    why="The functions and endpoints are in private subnets: only the networks of the regions reach them.",
    fix="allow the ranges of the regions or a security group of the topology; if more is intended, accept the finding "
    "with a reason",
    source=DOCS + "vpc/latest/userguide/security-group-rules.html",
    acceptable=True,
)

_WAYS_IN = {
    "AWS::EC2::InternetGateway": "connects the network to the internet",
    "AWS::EC2::VPNGateway": "connects the network to another one",
    "AWS::EC2::TransitGatewayAttachment": "connects the network to another one",
    "AWS::EC2::TransitGatewayVpcAttachment": "connects the network to another one",
    "AWS::EC2::ClientVpnEndpoint": "lets people into the network",
    "AWS::EC2::VPCEndpointService": "offers a part of the network to others",
}


@reports(DR873)
def networks(deployed: Deployed) -> Iterator[Finding]:
    """Security groups let in the ranges of the regions and groups of the topology, and nothing else leads inside."""
    for group in deployed.of(SECURITY_GROUP, SECURITY_GROUP_INGRESS):
        rules = group.list("SecurityGroupIngress") if group.type == SECURITY_GROUP else [group.properties]
        for rule in map(members, rules):
            if (source := _source(deployed, rule)) is not None:
                message = f"`{group.id}` lets {source} in, on {_ports(rule)}"
                yield Finding(DR873, message, group.owner, id=named("open-network", group))
    for peering in deployed.of(VPC_PEERING_CONNECTION):
        if deployed.owner(peering.get("PeerVpcId")) is None:
            message = f"`{peering.id}` connects the network to `{peering.get('PeerVpcId')}`"
            yield Finding(DR873, message, peering.owner, id=named("open-network", peering))
    for way in deployed.of(*_WAYS_IN):
        yield Finding(DR873, f"`{way.id}` {_WAYS_IN[way.type]}", way.owner, id=named("open-network", way))


def _source(deployed: Deployed, rule: Json) -> str | None:
    """The source of a rule in words; None where it belongs to the topology."""
    ranges = [ip_network(region.cidr) for region in deployed.topology.spec.regions if region.cidr]
    for member in ("CidrIp", "CidrIpv6"):
        if (written := rule.get(member)) is not None:
            try:
                asked = ip_network(text(written), strict=False)
            except ValueError:
                return f"`{written}`"
            inside = any(asked.version == one.version and asked.subnet_of(one) for one in ranges)  # type: ignore[arg-type]
            return None if inside else ("everybody" if asked.prefixlen == 0 else f"`{written}`")
    for member in ("SourceSecurityGroupId", "SourceSecurityGroupName", "SourcePrefixListId"):
        if (written := rule.get(member)) is not None:
            return None if deployed.owner(written) else f"`{written}`"
    return None


def _ports(rule: Json) -> str:
    if str(rule.get("IpProtocol")) == "-1":
        return "all ports"
    first, last = rule.get("FromPort"), rule.get("ToPort")
    return f"port {first}" if first == last and first is not None else f"ports {first} to {last}"


DR875 = Rule(
    "DR875",
    "rights",
    says="a role has rights on more than the topology",
    why="Code of the topology, and whoever gets into it, could read or change other systems of the account, or give "
    "itself more rights. A policy that is not in the templates is seen by no reviewer.",
    fix="write the statements that the role needs, with the resources of the topology; if more is intended, accept the "
    "finding with a reason",
    source=DOCS + "IAM/latest/UserGuide/best-practices.html",
    acceptable=True,
)

_PROBES = (
    ("iam:CreateAccessKey", "arn:{partition}:iam::{account}:user/somebody"),
    ("iam:AttachRolePolicy", "arn:{partition}:iam::{account}:role/somebody"),
    ("iam:PassRole", "arn:{partition}:iam::{account}:role/somebody"),
    ("sts:AssumeRole", "arn:{partition}:iam::{account}:role/somebody"),
    ("lambda:UpdateFunctionCode", "arn:{partition}:lambda:{region}:{account}:function:another"),
    ("kms:Decrypt", "arn:{partition}:kms:{region}:{account}:key/another"),
    ("s3:GetObject", "arn:{partition}:s3:::another/object"),
    ("s3:PutObject", "arn:{partition}:s3:::another/object"),
    ("dynamodb:GetItem", "arn:{partition}:dynamodb:{region}:{account}:table/another"),
    ("dynamodb:PutItem", "arn:{partition}:dynamodb:{region}:{account}:table/another"),
    ("secretsmanager:GetSecretValue", "arn:{partition}:secretsmanager:{region}:{account}:secret:another"),
    ("sqs:ReceiveMessage", "arn:{partition}:sqs:{region}:{account}:another"),
    ("cloudformation:UpdateStack", "arn:{partition}:cloudformation:{region}:{account}:stack/another/id"),
)
"""Actions that give data or power, each on a resource that no topology has."""


@reports(DR875)
def rights(deployed: Deployed) -> Iterator[Finding]:
    """No identity is attached a policy that the topology does not have, or is allowed what lies outside of it."""
    for resource in deployed.resources:
        for policy in resource.list("ManagedPolicyArns"):
            if deployed.owner(policy) is None:
                message = f"`{resource.id}` has the policy `{policy}`, which is not part of the topology"
                yield Finding(DR875, message, resource.owner, id=named("rights", resource))
        beyond = dict.fromkeys(_beyond(deployed, resource))
        if beyond:
            message = f"`{resource.id}` allows {', '.join(f'`{action}`' for action in beyond)} outside of the topology"
            yield Finding(DR875, message, resource.owner, id=named("rights", resource))


def _beyond(deployed: Deployed, resource: Resource) -> Iterator[str]:
    """Actions that the identity policies of a resource allow on what is not of the topology."""
    account = deployed.states[resource.stack].resolver.account
    for document in documents(resource) if resource.type != VPC_ENDPOINT else ():
        held = [item for item in document if item.allows and not (item.principals or item.excepts)]
        for action, form in _PROBES:
            other = form.format(partition=account.partition, region=resource.region, account=account.id)
            if any(item.negated and not item.conditions for item in held) or allows(held, action, other):
                yield action


DR876 = Rule(
    "DR876",
    "unseen",
    says="a resource brings what no template shows",
    why="A nested stack, a custom resource or a macro decides during the deployment what is created. No rule and no "
    "reviewer sees it, and it is not in the committed templates.",
    fix="write the resources themselves into the partial; if it is intended, accept the finding with a reason",
    source=DOCS + "AWSCloudFormation/latest/UserGuide/template-macros.html",
    acceptable=True,
)

_HIDDEN = ("AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet", "AWS::CloudFormation::Macro",
           "AWS::Serverless::Application", "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
           CUSTOM_RESOURCE)  # fmt: skip


@reports(DR876)
def unseen(deployed: Deployed) -> Iterator[Finding]:
    """Nothing is created that is not in the templates."""
    for resource in deployed.resources:
        if resource.type in _HIDDEN or resource.type.startswith("Custom::"):
            message = f"`{resource.id}` is of the type {resource.type}: what it brings is in no template"
            yield Finding(DR876, message, resource.owner, id=named("unseen", resource))
        elif "Fn::Transform" in resource.functions:
            message = f"`{resource.id}` uses a macro: what it brings is in no template"
            yield Finding(DR876, message, resource.owner, id=named("unseen", resource))


DR877 = Rule(
    "DR877",
    "route-open",
    says="a route answers everybody although the spec does not say so",
    why="Without authorization anybody on the internet can call the function behind the route.",
    fix="let the route use the authorization that the spec asks for; if it is to be open, write it into `api.routes` "
    "with `auth: none`",
    source=DOCS + "apigateway/latest/developerguide/http-api-access-control.html",
    acceptable=True,
)

_URL = "AWS::Lambda::Url"


@reports(DR877)
def routes(deployed: Deployed) -> Iterator[Finding]:
    """Only routes that the spec opens, and those that Route 53 asks, need no authorization."""
    declared = {f"{route.method} {route.path}" for route in deployed.topology.spec.api.routes if route.auth == "none"}
    declared.add(f"GET {deployed.topology.spec.api.health}")
    for operation in operations(deployed):
        place = operation.place
        # The other routes of the compiler end with a token, or answer the health path.
        for_clients = place.type == REST_API or deployed.route(place)[:2] in ((), ("api", "routes"))
        if operation.authorization == "NONE" and for_clients and operation.key not in declared:
            message = f"`{place.id}` answers `{operation.key}` without authorization"
            yield Finding(DR877, message, place.owner, id=named("route-open", place))
    for url in deployed.of(_URL):
        if url.get("AuthType") != "AWS_IAM":
            yield Finding(DR877, f"`{url.id}` answers everybody", url.owner, id=named("route-open", url))
