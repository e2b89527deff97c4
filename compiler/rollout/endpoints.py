"""The domain, API, route and function that answer a host name and a path, for rules on health checks and functions."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.apigateway import API_MAPPING, DOMAIN_NAME, INTEGRATION, ROUTE
from compiler.aws.types.lambda_ import FUNCTION
from compiler.aws.types.route53 import HEALTH_CHECK
from compiler.aws.values import members, text
from compiler.rollout.inventory import Inventory
from compiler.rollout.state import Resource

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


def route_for(inventory: Inventory, api: Resource, path: str) -> Resource | None:
    """The route that API Gateway chooses for a GET of a path: an exact one, one with parameters, or the default.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html (read 2026-11-22)
    """
    ranked: list[tuple[int, str, Resource]] = []
    for route in inventory.within(api.stack, ROUTE):
        if route.get("ApiId") != api.ref:
            continue
        rank = _rank(route.text("RouteKey"), path)
        if rank is not None:
            ranked.append((rank, route.id, route))
    return min(ranked)[2] if ranked else None


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


def function_behind(inventory: Inventory, route: Resource) -> Resource | None:
    """The function that a route leads to."""
    integration = inventory.owner(route.get("Target"))
    return inventory.owner(_function_arn(integration)) if integration else None


def _function_arn(integration: Resource) -> str:
    """The ARN of the function, taken out of the longer URI for an invocation if needed."""
    uri = integration.text("IntegrationUri")
    return uri.partition("/functions/")[2].removesuffix("/invocations") or uri


def called_by_apis(inventory: Inventory) -> tuple[Resource, ...]:
    """Functions that an API calls."""
    found = (inventory.owner(_function_arn(item)) for item in inventory.of(INTEGRATION))
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
