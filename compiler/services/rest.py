"""API Gateway: a REST API in each serving region, in place of the HTTP API, from one OpenAPI document.

A REST API takes Signature Version 4A, which is valid in both regions, and a web ACL of AWS WAF. An HTTP API takes none.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
and https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html (read 2026-11-26)

Clients get what was deployed: a deployment is a copy of the API, and the stage points to one. So the id of the
deployment ends with the digest of the document (`rendering/digests.py`), and another document makes another deployment.
The document is the same in both regions and in every wave: it holds no value of another stack, and no condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from compiler.aws import regions
from compiler.aws.facts import apigateway as facts
from compiler.aws.facts import prices
from compiler.aws.facts.model import figure
from compiler.ir.elements import (
    ACCOUNT,
    PARTITION,
    Block,
    Element,
    Json,
    Output,
    Param,
    Ref,
    StackId,
    Text,
    join,
    pascal,
)
from compiler.ir.names import arn, physical
from compiler.ir.template import View
from compiler.objectives.costs import Cost, used
from compiler.services import lambda_
from compiler.spec.compute import ApiKind, Auth, Function, Method
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

_AT = ("api",)
STAGE_NAME = "live"
"""A REST API has no `$default` stage."""
_REGION = Param("AWS::Region")


@frozen
class Operation:
    """One method of a path; `method` is its word in OpenAPI."""

    method: str
    signed: bool
    uri: Text
    timeout_ms: int


@frozen
class Path:
    """One path of the document."""

    path: str
    operations: tuple[Operation, ...]


class RestApiView(View, partial="apigateway/rest-api.json.j2"):
    id: str
    name: Json
    description: str
    paths: tuple[Path, ...]
    tags: Json


class DeploymentView(View, partial="apigateway/rest-deployment.json.j2"):
    id: str
    api_id: Ref


class PermissionView(View, partial="apigateway/rest-permission.json.j2"):
    id: str
    function_arn: Ref
    source_arn: Json


class RestStageView(View, partial="apigateway/rest-stage.json.j2"):
    id: str
    api_id: Ref
    deployment_id: Ref
    name: str
    settings: Json
    log_group_arn: Text
    log_format: str
    tags: Json


class AssociationView(View, partial="apigateway/web-acl-association.json.j2"):
    id: str
    stage_arn: Text
    web_acl_arn: Text


def api(stack: StackId) -> Ref:
    """The REST API of a serving region."""
    return Ref(stack, "RestApi")


def stage(stack: StackId) -> Ref:
    """The only stage of the REST API; its `Ref` is its name."""
    return Ref(stack, "RestStage")


def _deployment(stack: StackId) -> Ref:
    return Ref(stack, "RestDeploymentDigest")


def _association(stack: StackId) -> Ref:
    return Ref(stack, "WebAclAssociation")


def region_of(web_acl: str) -> str:
    """The region in the ARN of a web ACL."""
    return web_acl.split(":")[3]


def elements(
    topology: Topology, stack: StackId, log: Ref, log_group_arn: Text, log_format: str, people_rate: int
) -> Iterator[Element]:
    """The API of one region with its deployment, its stage and what stands in front of it.

    `log` is the log group of the access log, `people_rate` the throttle of the health path, in requests a second.
    """
    description = f"API of {topology.spec.name} in {stack.region}"
    view = RestApiView(api(stack).resource, physical("api"), description, _paths(topology), topology.tag_list(stack))
    yield Block(stack, view, _AT)
    called = _called(topology)
    permissions = tuple(Ref(stack, f"RestApiMayCall{pascal(function.name)}") for _, function in called)
    for permission, (position, function) in zip(permissions, called, strict=True):
        source = arn("execute-api", stack.region, join(api(stack), "/*/*"))
        yield Block(
            stack,
            PermissionView(permission.resource, lambda_.function_arn(function, stack), source),
            ("functions", position),
        )
    yield Block(stack, DeploymentView(_deployment(stack).resource, api(stack)), _AT)
    settings = RestStageView(
        id=stage(stack).resource,
        api_id=api(stack),
        deployment_id=_deployment(stack),
        name=STAGE_NAME,
        settings=_settings(topology, stack, people_rate),
        log_group_arn=log_group_arn,
        log_format=log_format,
        tags=topology.tag_list(stack),
    )
    # The domains move to the stage, so that whoever it calls must let it by then.
    yield Block(stack, settings, _AT, (log, *permissions), derived_from=("api.requests",))
    for position, web_acl in enumerate(topology.spec.api.web_acl):
        if region_of(web_acl) == stack.region:
            on = join(
                "arn:", PARTITION, f":apigateway:{stack.region}::/restapis/", api(stack), "/stages/", stage(stack)
            )
            view_ = AssociationView(_association(stack).resource, on, _local(web_acl, stack))
            yield Block(stack, view_, ("api", "web_acl", position))
    yield Output(stack, "ApiId", api(stack), f"Id of the API in {stack.region}.", _AT)


def _local(web_acl: str, stack: StackId) -> Text:
    """The ARN of a web ACL with the account and partition that the stack is deployed to, as all ARNs of ours."""
    return arn("wafv2", stack.region, web_acl.split(":", 5)[5])


def mapped_after(topology: Topology, stack: StackId) -> tuple[Ref, ...]:
    """What must be there before clients reach the stage: its web ACL."""
    has = any(region_of(web_acl) == stack.region for web_acl in topology.spec.api.web_acl)
    return (_association(stack),) if has else ()


def _called(topology: Topology) -> tuple[tuple[int, Function], ...]:
    """Functions that the API calls, with their positions in the spec."""
    names = {route.function for route in topology.spec.api.routes} | {topology.health_function.name}
    return tuple((position, function) for position, function in topology.functions() if function.name in names)


def _paths(topology: Topology) -> tuple[Path, ...]:
    functions = {function.name: function for function in topology.spec.functions}
    found = [
        (route.path, _operation(route.method, functions[route.function], signed=route.auth is Auth.IAM))
        for route in topology.spec.api.routes
    ]
    found.append((topology.spec.api.health, _operation(Method.GET, topology.health_function, signed=False)))
    found.sort(key=lambda item: (item[0], item[1].method))
    return tuple(
        Path(path, tuple(operation for _, operation in items))
        for path, items in groupby(found, key=lambda item: item[0])
    )


def _operation(method: Method, function: Function, *, signed: bool) -> Operation:
    """The invocation of a function by its ARN, which is computed: the document refers to no resource."""
    code = join("arn:", PARTITION, ":lambda:", _REGION, ":", ACCOUNT, ":function:", lambda_.function_name(function))
    uri = join("arn:", PARTITION, ":apigateway:", _REGION, ":lambda:path/2015-03-31/functions/", code, "/invocations")
    word = "x-amazon-apigateway-any-method" if method is Method.ANY else str(method).lower()
    limit = facts.REST_INTEGRATION_SECONDS.value * 1000
    return Operation(word, signed, uri, min(int(function.timeout.milliseconds), limit))


def _settings(topology: Topology, stack: StackId, people_rate: int) -> list[Mapping[str, Json]]:
    """Throttles and metrics of all methods, and of the health path, which is open and has a throttle of its own.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
    aws-properties-apigateway-stage-methodsetting.html (read 2026-11-26)
    """
    burst = regions.api_gateway_default_burst(stack.region).value
    health = "/" + topology.spec.api.health.replace("/", "~1")
    return [
        _setting("/*", "*", topology.capacity.api_rate, burst),
        _setting(health, "GET", people_rate, people_rate),
    ]


def _setting(path: str, method: str, rate: int, burst: int) -> Mapping[str, Json]:
    return {
        "ResourcePath": path,
        "HttpMethod": method,
        "MetricsEnabled": True,
        "DataTraceEnabled": False,
        "ThrottlingRateLimit": rate,
        "ThrottlingBurstLimit": burst,
    }


def declare(topology: Topology) -> Iterator[Element]:
    """The output with the policy that whoever calls the API needs: with one signature they call both regions.

    The API itself is declared by `apigateway`, which decides between the two kinds.
    """
    if not signed(topology):
        return
    resources = [_invoked(stack.region, ACCOUNT, api(stack)) for stack in topology.serving]
    head = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":["'
    says = "Policy for the role or user of each client: it may call the API of both regions."
    yield Output(topology.global_, "CallerPolicy", join(head, resources[0], '","', resources[1], '"]}]}'), says, _AT)


def _invoked(region: str, account: str | Param, api_id: str | Ref) -> Text:
    return join("arn:", PARTITION, f":execute-api:{region}:", account, ":", api_id, f"/{STAGE_NAME}/*")


def signed(topology: Topology) -> bool:
    """Whether clients sign requests to a REST API."""
    api_ = topology.spec.api
    return api_.kind is ApiKind.REST and any(route.auth is Auth.IAM for route in api_.routes)


def plain_policy(topology: Topology, account: str) -> dict[str, Json]:
    """The same policy before anything is deployed: in place of each id of an API, the output that has it.

    It is empty where no client needs one.
    """
    if not signed(topology):
        return {}
    found = [
        f"arn:{topology.partition}:execute-api:{stack.region}:{account}:<ApiId of {stack.name}>/{STAGE_NAME}/*"
        for stack in topology.serving
    ]
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": found}
    return {"Version": "2012-10-17", "Statement": [statement]}


def costs(topology: Topology, service: str) -> Iterator[Cost]:
    """Requests of clients, and their inspection by the web ACL."""
    rate = topology.capacity.api_requests
    region = topology.primary.region
    formula = f"{figure(rate)}/s"
    yield used("api.requests", service, region, "requests of clients", formula, prices.REST_REQUESTS, rate)
    if topology.spec.api.web_acl:
        says = "requests that the web ACL inspects"
        yield used("api.inspected", "AWS WAF", region, says, formula, prices.INSPECTED_REQUESTS, rate)
