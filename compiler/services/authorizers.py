"""Authorizers of the HTTP API: whose tokens its routes accept.

A token names its issuer and its audience, but no region. So both regions accept it, before and after a failover.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html (read 2026-11-26)
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.diagnostics.suggest import meant
from compiler.findings.finding import Finding
from compiler.ir.elements import Block, Element, Json, Ref, StackId, pascal
from compiler.ir.names import physical
from compiler.ir.template import View
from compiler.spec.compute import Api, ApiKind, ApiRoute, Auth
from compiler.topology.model import Topology


class AuthorizerView(View, partial="apigateway/authorizer.json.j2"):
    id: str
    api_id: Ref
    name: Json
    issuer: str
    audience: Json


def elements(topology: Topology, stack: StackId, api: Ref) -> Iterator[Element]:
    """The authorizers of one API."""
    for position, entry in enumerate(topology.spec.api.authorizers):
        view = AuthorizerView(
            id=_id(entry.name),
            api_id=api,
            name=physical("authorizer", entry.name),
            issuer=entry.issuer,
            audience=list(entry.audience),
        )
        yield Block(stack, view, ("api", "authorizers", position))


def authorizer(topology: Topology, route: ApiRoute, stack: StackId) -> Ref | None:
    """The authorizer of a route; None where the route accepts no tokens."""
    name = _name(topology.spec.api, route)
    return Ref(stack, _id(name)) if name else None


def _id(name: str) -> str:
    return f"Authorizer{pascal(name)}"


def _name(api: Api, route: ApiRoute) -> str | None:
    """The name that a route gives, or that of the only authorizer."""
    if route.auth is not Auth.JWT:
        return None
    if route.authorizer is None and len(api.authorizers) == 1:
        return api.authorizers[0].name
    return route.authorizer


def findings(topology: Topology) -> Iterator[Finding]:
    """Reports DR307, DR417, DR418 and DR419."""
    api = topology.spec.api
    names = [entry.name for entry in api.authorizers]
    unnamed = [n for n, route in enumerate(api.routes) if route.auth is Auth.JWT and _name(api, route) is None]
    if unnamed and api.kind is ApiKind.HTTP:
        yield _no_authorizer(unnamed, names)
    for position, route in enumerate(api.routes):
        at: Route = ("api", "routes", position)
        if route.auth is not Auth.JWT:
            yield from _without_effect(route, at, "remove the field" if api.kind is ApiKind.REST else None)
        elif route.authorizer is not None and route.authorizer not in names:
            message = f"there is no authorizer `{route.authorizer}`"
            yield Finding(Code.DR307, message, (*at, "authorizer"), help=meant(route.authorizer, names))
    used = {_name(api, route) for route in api.routes}
    for position, name in enumerate(names):
        if name not in used:
            yield Finding(
                Code.DR419, f"no route uses the authorizer `{name}`", ("api", "authorizers", position, "name")
            )


def _no_authorizer(unnamed: list[int], names: list[str]) -> Finding:
    """One finding for all routes, because one entry of the spec fixes all of them."""
    first, *others = (("api", "routes", position) for position in unnamed)
    message = "this route needs a token (`auth: jwt`), but `api.authorizers` names no issuer"
    help_text = (
        "add `authorizers: [{name: bank, issuer: https://login.example.com, audience: [...]}]` to `api`, or write "
        "`auth: none` if anybody may call the route"
    )
    if names:
        message = f"there are {len(names)} authorizers, and this route names none of them"
        help_text = f"add `authorizer:` with one of {', '.join(names)}"
    related = tuple((at, "and this route") for at in others)
    return Finding(Code.DR417, message, first, help=help_text, related=related)


def _without_effect(route: ApiRoute, at: Route, help_text: str | None) -> Iterator[Finding]:
    for field, given in (("authorizer", route.authorizer), ("scopes", route.scopes)):
        if given:
            message = f"`{field}` has no effect on a route with `auth: {route.auth}`"
            yield Finding(Code.DR418, message, (*at, field), help=help_text)
