"""What a spec may say of a REST API: who may call it, its paths, and the web ACLs in front of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.aws.facts import apigateway as facts
from compiler.diagnostics.model import Route, Rule
from compiler.findings.finding import Finding
from compiler.services.rest import region_of
from compiler.spec.compute import ApiKind, Auth
from compiler.topology.model import Topology

_DOCS = "https://docs.aws.amazon.com/"
_AT: Route = ("api", "web_acl")
_PART = re.compile(r"[A-Za-z0-9._-]+|\{[A-Za-z0-9._-]+\+?\}")

DR350 = Rule(
    "DR350",
    "rest-tokens",
    says="a route of a REST API takes tokens",
    why="This compiler makes no JWT authorizers of REST APIs. A route without one would answer everybody. Routes take "
    "tokens unless they say otherwise.",
    fix="write `auth: iam` for clients that sign their requests, or `kind: http` for tokens",
    source=_DOCS + "apigateway/latest/developerguide/http-api-vs-rest.html",
)
DR351 = Rule(
    "DR351",
    "web-acl-regions",
    says="the web ACLs are not one for each serving region",
    why="A web ACL stands in front of APIs of its own region only. After a failover, a region without one would let "
    "through what the other one stops.",
    fix="write the ARN of one web ACL in each of the two serving regions",
    source=_DOCS + "waf/latest/developerguide/how-aws-waf-works-resources.html",
)
DR352 = Rule(
    "DR352",
    "web-acl-unusable",
    says="a web ACL cannot be put in front of the API",
    why="AWS WAF takes web ACLs of the same account, and for an API only those with the scope REGIONAL. Those with the "
    "scope CLOUDFRONT are for distributions.",
    fix="use a web ACL of the account of the spec with the scope REGIONAL; its ARN has `:regional/webacl/`",
    source=_DOCS + "waf/latest/APIReference/API_AssociateWebACL.html",
)
DR353 = Rule(
    "DR353",
    "web-acl-without-rest",
    says="a web ACL is named for an HTTP API",
    why="AWS WAF cannot stand in front of an HTTP API.",
    fix="write `kind: rest`, or remove `web_acl`",
    source=_DOCS + "apigateway/latest/developerguide/http-api-vs-rest.html",
)
DR354 = Rule(
    "DR354",
    "rest-path",
    says="a REST API cannot have this path",
    why="A REST API is a tree. Each part of a path is a resource, with letters, digits and `.`, `_`, `-` in it, and "
    "below one resource a single parameter is possible.",
    fix="name the parameter alike in all routes, and use no other characters",
    source=_DOCS + "apigateway/latest/developerguide/api-gateway-method-settings-method-request.html",
)


def rules(topology: Topology) -> Iterator[Finding]:
    """What a REST API does not take, and what only it takes; reports DR350 to DR354."""
    api = topology.spec.api
    if api.kind is ApiKind.HTTP:
        if api.web_acl:
            yield Finding(DR353, "AWS WAF cannot stand in front of an HTTP API", _AT)
        return
    yield from _tokens(topology)
    yield from _web_acls(topology)
    yield from _tree(topology)


def _tokens(topology: Topology) -> Iterator[Finding]:
    for position, route in enumerate(topology.spec.api.routes):
        if route.auth is Auth.JWT:
            yield Finding(
                DR350, "this route takes tokens, which the REST API cannot check", ("api", "routes", position)
            )


def _web_acls(topology: Topology) -> Iterator[Finding]:
    given = topology.spec.api.web_acl
    serving = [stack.region for stack in topology.serving]
    for number, web_acl in enumerate(given):
        _, partition, _, region, account, resource = web_acl.split(":", 5)
        first = next(n for n, other in enumerate(given) if region_of(other) == region)
        if resource.startswith("global/"):
            yield Finding(DR352, "this web ACL has the scope CLOUDFRONT", (*_AT, number))
        elif partition != topology.partition or topology.spec.account not in (None, account):
            spec = f"the account {topology.spec.account}" if topology.spec.account else "another partition"
            message = (
                f"the web ACL belongs to the account {account} in the partition {partition}; the spec is for {spec}"
            )
            yield Finding(DR352, message, (*_AT, number))
        elif region not in serving:
            message = f"this web ACL is in {region}; the API is in {' and '.join(serving)}"
            yield Finding(DR351, message, (*_AT, number))
        elif first != number:
            related = (((*_AT, first), "first here"),)
            yield Finding(DR351, f"another web ACL of {region} is listed already", (*_AT, number), related=related)
    missing = [region for region in serving if region not in map(region_of, given)]
    if given and missing and len(given) < len(serving):
        message = f"no web ACL of {missing[0]} is listed"
        yield Finding(DR351, message, _AT, help=f"add the ARN of a web ACL in {missing[0]}")


def _tree(topology: Topology) -> Iterator[Finding]:
    """The paths as a tree: one parameter below each node, and no more nodes than AWS allows."""
    api = topology.spec.api
    paths: list[tuple[str, Route]] = [
        (route.path, ("api", "routes", position, "path")) for position, route in enumerate(api.routes)
    ]
    paths.append((api.health, ("api", "health")))
    nodes: dict[str, Route] = {"/": ()}
    parameters: dict[str, tuple[str, Route]] = {}
    for path, at in paths:
        above = ""
        for part in filter(None, path.split("/")):
            if not _PART.fullmatch(part):
                yield Finding(DR354, f"`{part}` cannot be a part of a path of a REST API", at)
                break
            name, first = parameters.setdefault(above, (part, at)) if part.startswith("{") else (part, at)
            if name != part:
                message = f"`{part}` stands where another route has `{name}`; a REST API takes one of them"
                yield Finding(DR354, message, at, related=((first, f"`{name}` here"),))
                break
            above += f"/{part}"
            nodes.setdefault(above, at)
    limit = topology.spec.quotas.api_routes or facts.REST_RESOURCES.value
    if len(nodes) > limit:
        message = f"the paths have {len(nodes)} parts together; a REST API has at most {limit}"
        help_text = (
            "answer several paths with one route that ends with a parameter such as `{proxy+}`, or ask AWS for more "
            f"resources of this API and write `api_routes: {len(nodes)}` under `quotas`"
        )
        yield Finding(DR354, message, [*nodes.values()][limit], help=help_text)
