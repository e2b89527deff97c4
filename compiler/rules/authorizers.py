"""API Gateway: credentials of clients that are still good after a failover."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from compiler.aws.facts import apigateway as facts
from compiler.aws.types.apigateway import API, AUTHORIZER, ROUTE
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rules.deployed import DOCS, Deployed, reports

DR326 = Rule(
    "DR326",
    "signature-region",
    says="clients sign their requests for one region, and the other region rejects the signature",
    why="HTTP APIs accept only Signature Version 4, and such a signature contains the region. After a failover API "
    "Gateway answers 403 to every client that still signs for the primary region. REST APIs also accept Signature "
    "Version 4A, which is valid in several regions.",
    fix="use tokens (`auth: jwt`), which name no region; or write `kind: rest` into `api`, and let clients sign with "
    "Version 4A; or make clients learn the region that answers and sign for it, then accept the finding under "
    "`accept:` with `finding: auth-iam-regional`",
    source=DOCS + "apigateway/latest/developerguide/http-api-access-control-iam.html",
    traps=(51,),
    acceptable=True,
)


@reports(DR326)
def signatures(deployed: Deployed) -> Iterator[Finding]:
    """No route of an HTTP API needs a signature."""
    signed = [
        route
        for route in deployed.of(ROUTE)
        if route.get("AuthorizationType") == "AWS_IAM"
        and (api := deployed.owner(route.get("ApiId"), (API,))) is not None
        and api.get("ProtocolType") == "HTTP"
    ]
    if not signed:
        return
    first, *others = signed
    primary, secondary = (stack.region for stack in deployed.topology.serving)
    message = (
        f"`{first.text('RouteKey')}` needs a signature; after a failover {secondary} rejects signatures for {primary}"
    )
    related = tuple((route.owner, "needs a signature too") for route in others if route.stack == first.stack)
    yield Finding(DR326, message, first.owner, related=related, id="auth-iam-regional")


DR468 = Rule(
    "DR468",
    "issuer-region",
    says="the issuer of the tokens is in one of the two serving regions only",
    why="If that region is lost, clients get no new tokens, and API Gateway in the other region cannot read the keys "
    "of the issuer again. An endpoint of one region, such as a user pool of Cognito, is lost with its region.",
    fix="use an issuer that is available in both regions, or accept the finding with a reason",
    source=DOCS + "apigateway/latest/developerguide/http-api-jwt-authorizer.html",
    traps=(52,),
    acceptable=True,
)


@reports(DR468)
def issuers(deployed: Deployed) -> Iterator[Finding]:
    """The host of an issuer does not name one of the serving regions."""
    serving = {stack.region for stack in deployed.topology.serving}
    seen: set[str] = set()
    for authorizer in deployed.of(AUTHORIZER):
        issuer = authorizer.text("JwtConfiguration", "Issuer")
        region = next((label for label in _host(issuer).split(".") if label in serving), None)
        if region and issuer not in seen:
            seen.add(issuer)
            hours = facts.KEY_CACHE_SECONDS.value // 3600
            message = (
                f"`{issuer}` is an endpoint of {region} only; if {region} is lost, no client gets a new token, and the "
                f"other region keeps the keys for {hours} hours at most"
            )
            yield Finding(DR468, message, authorizer.owner, id=f"issuer-{region}")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""  # a text of a partial that is no URL
