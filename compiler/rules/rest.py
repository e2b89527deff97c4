"""API Gateway and AWS WAF: the document of a REST API, its deployments, and the web ACL in front of it."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.apigateway import (
    API_MAPPING,
    DEPLOYMENT,
    PLACEHOLDER,
    REST_API,
    REST_STAGE,
    WEB_ACL_ASSOCIATION,
)
from compiler.aws.values import ResourceId, keys, members, references, region_of
from compiler.diagnostics.model import Rule, Severity
from compiler.findings.finding import Finding
from compiler.rendering.digests import api_parts, digest
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports

DR511 = Rule(
    "DR511",
    "rest-document",
    says="a REST API changes from wave to wave",
    why="Clients get what was deployed, and a deployment is made once. What a value of another stack changes later is "
    "in the API and in no deployment.",
    fix="write values that can be computed, such as ARNs made of names and of `AWS::Region`",
    source=DOCS + "apigateway/latest/developerguide/how-to-deploy-api.html",
    traps=(73,),
)
_CHANGING = frozenset(("Fn::If", "Fn::ImportValue"))


@reports(DR511)
def documents(deployed: Deployed) -> Iterator[Finding]:
    """A document, or a method, holds no condition, no import and no parameter that another stack fills."""
    for api in deployed.of(REST_API):
        stack = deployed.states[api.stack].stack
        wired = {wire.parameter for wire in stack.wires}
        document = members(api.body.get("Properties")).get("Body")
        for id_, content in ((api.id, document), *api_parts(api.id, stack.bodies)):
            named = {name for _, name in references(content)}
            if found := _CHANGING.intersection(keys(content)) | (wired & named):
                what = f"the document of `{id_}`" if id_ == api.id else f"`{id_}`"
                message = f"{what} depends on {', '.join(f'`{name}`' for name in sorted(found))}"
                yield Finding(DR511, message, ResourceId(stack.key, id_))


DR512 = Rule(
    "DR512",
    "rest-deployment",
    says="a change of a REST API makes no other deployment",
    why="CloudFormation creates a deployment once. After a change of the document, or of a method, the stage still "
    "points to the old one, and clients see nothing of the change.",
    fix=f"let the logical id of the deployment end with `{PLACEHOLDER}` in the partial: the compiler puts the digest "
    "of the API there, and follows it in all references",
    source=DOCS + "AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html",
    severity=Severity.WARNING,
    traps=(73,),
)


@reports(DR512)
def deployments(deployed: Deployed) -> Iterator[Finding]:
    """The id of a deployment ends with the digest of its API, where its stack says what the API is."""
    for deployment in deployed.of(DEPLOYMENT):
        api = deployed.owner(deployment.get("RestApiId"))
        if api is None:
            continue
        bodies = deployed.states[api.stack].stack.bodies
        parts = any(api_parts(api.id, bodies))
        if (parts or api.get("Body")) and not deployment.id.endswith(digest(api.id, bodies)):
            message = f"`{deployment.id}` does not follow the {'methods' if parts else 'document'} of `{api.id}`"
            yield Finding(DR512, message, deployment.owner, related=((api.owner, "the API"),))


DR513 = Rule(
    "DR513",
    "web-acl",
    says="a web ACL does not protect what it should",
    why="AWS WAF rejects a web ACL of another region or with the scope CLOUDFRONT, and an HTTP API. A stage without a "
    "web ACL lets through what the other region stops.",
    fix="associate a REGIONAL web ACL of the same region with the stage of the REST API",
    source=DOCS + "waf/latest/APIReference/API_AssociateWebACL.html",
    traps=(74,),
)


@reports(DR513)
def web_acls(deployed: Deployed) -> Iterator[Finding]:
    """A web ACL is of its region, and every stage that clients reach has one if the spec names one."""
    protected = set()
    for association in deployed.of(WEB_ACL_ASSOCIATION):
        target = association.text("ResourceArn")
        protected.add((association.stack, target))
        for fault in _faults(association, association.text("WebACLArn"), target):
            yield Finding(DR513, f"`{association.id}` {fault}", association.owner)
    for stage in deployed.of(REST_STAGE) if deployed.topology.spec.api.web_acl else ():
        mine = f"/restapis/{stage.get('RestApiId')}/stages/{stage.name}"
        has = any(stack == stage.stack and target.endswith(mine) for stack, target in protected)
        if _reached(deployed, stage) and not has:
            message = f"`{stage.id}` in {stage.region} has no web ACL, although the spec names one"
            yield Finding(DR513, message, stage.owner)


def _faults(association: Resource, web_acl: str, target: str) -> Iterator[str]:
    """What is wrong with an association; completes "the association ..."."""
    region = region_of(web_acl)
    if ":global/" in web_acl:
        yield "uses a web ACL with the scope CLOUDFRONT"
    elif region and region != association.region:
        yield f"uses a web ACL in {region} and is in {association.region}"
    if ":apigateway:" in target and "/restapis/" not in target:
        yield "is to protect an HTTP API, which AWS WAF cannot"


def _reached(deployed: Deployed, stage: Resource) -> bool:
    """Whether a domain is mapped to the stage."""
    mappings = deployed.within(stage.stack, API_MAPPING)
    return any((item.get("ApiId"), item.get("Stage")) == (stage.get("RestApiId"), stage.ref) for item in mappings)
