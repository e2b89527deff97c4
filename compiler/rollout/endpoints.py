"""The domain, API, operation and function that answer a host name and a path, for rules on health checks and functions.

An operation is a method and a path: a route of an HTTP API, or a part of the document of a REST API.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.apigateway import API_MAPPING, DOMAIN_NAME, INTEGRATION, REST_API, ROUTE
from compiler.aws.types.lambda_ import FUNCTION
from compiler.aws.types.route53 import HEALTH_CHECK
from compiler.aws.values import Json, listed, members, text
from compiler.ir.elements import StackId
from compiler.rollout.inventory import Inventory
from compiler.rollout.state import Resource
from compiler.support.frozen import frozen


@frozen
class Operation:
    """What an API does with requests of one key, such as `GET /transactions`.

    `calls` is the ARN of the function, also inside of a longer URI. `place` is the resource that it is written in.
    """

    key: str
    authorization: str
    """`NONE`, `JWT`, `AWS_IAM`, or `CUSTOM` for all else."""
    calls: str
    api_id: str
    place: Resource


def operations(inventory: Inventory, *stacks: StackId) -> Iterator[Operation]:
    """The operations of all APIs, or of those of some stacks and their parts."""
    for route in inventory.of(ROUTE):
        if not stacks or route.stack.base in stacks:
            integration = inventory.owner(route.get("Target"))
            calls = integration.text("IntegrationUri") if integration else ""
            authorization = text(route.get("AuthorizationType")) or "NONE"
            yield Operation(route.text("RouteKey"), authorization, calls, route.text("ApiId"), route)
    for api in inventory.of(REST_API):
        if not stacks or api.stack in stacks:
            yield from _documented(api)


_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "x-amazon-apigateway-any-method")


def _documented(api: Resource) -> Iterator[Operation]:
    """The operations in the document of a REST API.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html (read 2026-11-26)
    """
    for path, methods in members(api.get("Body", "paths")).items():
        for method, body in members(methods).items():
            if method in _METHODS:
                word = "ANY" if method.startswith("x-") else method.upper()
                calls = text(members(members(body).get("x-amazon-apigateway-integration")).get("uri"))
                yield Operation(f"{word} {path}", _authorization(api, members(body)), calls, api.ref, api)


def _authorization(api: Resource, body: Json) -> str:
    """Who may call an operation: its own scheme, or that of the document."""
    if members(body.get("x-amazon-apigateway-auth")).get("type") in ("AWS_IAM", "NONE"):
        return text(members(body["x-amazon-apigateway-auth"])["type"])
    given = listed(body["security"] if "security" in body else api.get("Body", "security"))
    names = [name for scheme in given for name in members(scheme)]
    if not names:
        return "NONE"
    schemes = {**members(api.get("Body", "securityDefinitions")),
               **members(api.get("Body", "components", "securitySchemes"))}  # fmt: skip
    kinds = {text(members(schemes.get(name)).get("x-amazon-apigateway-authtype")).lower() for name in names}
    return "AWS_IAM" if kinds == {"awssigv4"} else "CUSTOM"


ENDPOINT_TYPES = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH")
"""Types of health checks that send HTTP requests."""


def checks(inventory: Inventory) -> Iterator[tuple[Resource, str, str]]:
    """Health checks that send HTTP requests, each with its host and path."""
    for check in inventory.of(HEALTH_CHECK):
        config = members(check.get("HealthCheckConfig"))
        if config.get("Type") in ENDPOINT_TYPES and config.get("FullyQualifiedDomainName"):
            host = text(config["FullyQualifiedDomainName"]).rstrip(".")
            yield check, host, text(config.get("ResourcePath")).split("?")[0] or "/"


def apis_at(inventory: Inventory, host: str) -> Iterator[Resource]:
    """APIs that answer a host name."""
    for domain in inventory.of(DOMAIN_NAME):
        if domain.name != host:
            continue
        for mapping in inventory.within(domain.stack, API_MAPPING):
            if mapping.get("DomainName") == domain.ref:
                api = inventory.owner(mapping.get("ApiId"))
                if api is not None:
                    yield api


def route_for(inventory: Inventory, api: Resource, path: str) -> Operation | None:
    """The operation that API Gateway chooses for a GET of a path: an exact one, one with parameters, or the default.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html (read 2026-11-22)
    """
    ranked: list[tuple[int, str, int, Operation]] = []
    for position, operation in enumerate(operations(inventory, api.stack)):
        rank = _rank(operation.key, path) if operation.api_id == api.ref else None
        if rank is not None:
            ranked.append((rank, operation.place.id, position, operation))
    return min(ranked)[3] if ranked else None


def _rank(key: str, path: str) -> int | None:
    """How closely a route key matches a GET of a path; 0 is the closest, None is no match."""
    if key == "$default":
        return 9
    method, _, pattern = key.partition(" ")
    if method not in ("GET", "ANY"):
        return None
    any_method = 1 if method == "ANY" else 0
    if pattern == path:
        return any_method
    wanted, parts = path.split("/"), pattern.split("/")
    greedy = parts[-1].endswith("+}")
    if len(parts) > len(wanted) or (len(parts) < len(wanted) and not greedy):
        return None
    fits = all(part == piece or part.startswith("{") for part, piece in zip(parts, wanted, strict=False))
    return (5 if greedy else 3) + any_method if fits else None


def function_behind(inventory: Inventory, operation: Operation) -> Resource | None:
    """The function that an operation leads to."""
    return inventory.owner(_function_arn(operation.calls))


def _function_arn(uri: str) -> str:
    """The ARN of the function, taken out of the longer URI for an invocation if needed."""
    return uri.partition("/functions/")[2].removesuffix("/invocations") or uri


def called_by_apis(inventory: Inventory) -> tuple[Resource, ...]:
    """Functions that an API calls."""
    calls = [item.text("IntegrationUri") for item in inventory.of(INTEGRATION)]
    calls += [operation.calls for operation in operations(inventory)]
    found = (inventory.owner(_function_arn(uri)) for uri in calls)
    unique = {item.owner: item for item in found if item is not None and item.type == FUNCTION}
    return tuple(unique.values())


def called_by_checks(inventory: Inventory) -> tuple[Resource, ...]:
    """Functions that a health check calls."""
    found: dict[object, Resource] = {}
    for _, host, path in checks(inventory):
        for api in apis_at(inventory, host):
            route = route_for(inventory, api, path)
            function = function_behind(inventory, route) if route else None
            if function is not None:
                found[function.owner] = function
    return tuple(found.values())
