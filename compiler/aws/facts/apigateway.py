"""API Gateway: throttles of an account and limits of HTTP and REST APIs. Source: the API Gateway Developer Guide."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, QuotaCode, Source

_GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_LIMITS = Source("Amazon API Gateway Developer Guide: Quotas", _GUIDE + "limits.html")
_HTTP = Source("Amazon API Gateway Developer Guide: Quotas for HTTP APIs", _GUIDE + "http-api-quotas.html")
_REST = Source(
    "Amazon API Gateway Developer Guide: Quotas for REST APIs",
    _GUIDE + "api-gateway-execution-service-limits-table.html",
)
_JWT = Source("Amazon API Gateway Developer Guide: JWT authorizers", _GUIDE + "http-api-jwt-authorizer.html")

ACCOUNT_RATE: Final = Fact(
    "apigateway.account_rate",
    10_000,
    "requests/s per account and region",
    Grade.DOCUMENTED,
    "All APIs of an account in a region together may serve 10,000 requests a second unless the quota is raised.",
    _LIMITS,
)
ACCOUNT_RATE_QUOTA: Final = Fact(
    "apigateway.account_rate_quota",
    QuotaCode("apigateway", "L-8A5B8E43", "Throttle rate"),
    "Service Quotas code",
    Grade.DOCUMENTED,
    "The request rate of an account is raised through this quota.",
    _LIMITS,
)
ACCOUNT_BURST: Final = Fact(
    "apigateway.account_burst",
    5_000,
    "requests per account and region",
    Grade.DOCUMENTED,
    "The token bucket of an account holds 5,000 requests; a customer cannot choose its size.",
    _LIMITS,
)
SMALL_REGIONS: Final = Fact(
    "apigateway.small_regions",
    (
        "af-south-1",
        "ap-south-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-7",
        "ca-west-1",
        "eu-central-2",
        "eu-south-1",
        "eu-south-2",
        "il-central-1",
        "me-central-1",
        "mx-central-1",
    ),
    "regions",
    Grade.DOCUMENTED,
    "In these regions the throttles of an account start lower.",
    _LIMITS,
)
SMALL_REGION_RATE: Final = Fact(
    "apigateway.small_region_rate",
    2_500,
    "requests/s per account and region",
    Grade.DOCUMENTED,
    "In the smaller regions all APIs of an account together may serve 2,500 requests a second by default.",
    _LIMITS,
)
SMALL_REGION_BURST: Final = Fact(
    "apigateway.small_region_burst",
    1_250,
    "requests per account and region",
    Grade.DOCUMENTED,
    "In the smaller regions the token bucket of an account holds 1,250 requests.",
    _LIMITS,
)
INTEGRATION_SECONDS: Final = Fact(
    "apigateway.integration_seconds",
    30,
    "seconds",
    Grade.DOCUMENTED,
    "An HTTP API waits at most 30 seconds for its integration, and this cannot be raised.",
    _HTTP,
)
REST_INTEGRATION_SECONDS: Final = Fact(
    "apigateway.rest_integration_seconds",
    29,
    "seconds",
    Grade.DOCUMENTED,
    "A REST API waits 29 seconds for its integration. AWS may grant more to Regional APIs for a lower throttle.",
    _REST,
)
REST_RESOURCES: Final = Fact(
    "apigateway.rest_resources",
    300,
    "resources per API",
    Grade.DOCUMENTED,
    "A REST API has at most 300 resources, which are the steps of its paths, unless the quota is raised.",
    _REST,
)
REST_APIS: Final = Fact(
    "apigateway.rest_apis",
    600,
    "regional APIs per account and region",
    Grade.DOCUMENTED,
    "An account has at most 600 regional REST APIs in a region, and this cannot be raised.",
    _REST,
    read="2026-11-27",
)
AUTHORIZERS: Final = Fact(
    "apigateway.authorizers",
    10,
    "authorizers per API",
    Grade.DOCUMENTED,
    "An HTTP API has at most 10 authorizers unless AWS Support raises the quota.",
    _HTTP,
)
AUDIENCES: Final = Fact(
    "apigateway.audiences",
    50,
    "audiences per authorizer",
    Grade.DOCUMENTED,
    "An authorizer names at most 50 audiences, and this cannot be raised.",
    _HTTP,
)
SCOPES: Final = Fact(
    "apigateway.scopes",
    10,
    "scopes per route",
    Grade.DOCUMENTED,
    "A route names at most 10 scopes, and this cannot be raised.",
    _HTTP,
)
ISSUER_MILLISECONDS: Final = Fact(
    "apigateway.issuer_milliseconds",
    1_500,
    "milliseconds",
    Grade.DOCUMENTED,
    "API Gateway waits 1.5 seconds for an issuer's discovery document, and as long for its keys.",
    _HTTP,
)
KEY_SET_BYTES: Final = Fact(
    "apigateway.key_set_bytes",
    150_000,
    "bytes",
    Grade.DOCUMENTED,
    "API Gateway reads at most 150,000 bytes of an issuer's key set.",
    _HTTP,
)
KEY_CACHE_SECONDS: Final = Fact(
    "apigateway.key_cache_seconds",
    7_200,
    "seconds",
    Grade.DOCUMENTED,
    "API Gateway can keep the public keys of an issuer for two hours; it promises no shortest time.",
    _JWT,
)
OVERHEAD_MILLISECONDS: Final = Fact(
    "apigateway.overhead_milliseconds",
    30,
    "milliseconds per request",
    Grade.ASSUMED,
    "An HTTP API is taken to add 30 milliseconds to the function behind it; the metric Latency less "
    "IntegrationLatency shows the real figure.",
    _LIMITS,
    verified=False,
)
REST_OVERHEAD_MILLISECONDS: Final = Fact(
    "apigateway.rest_overhead_milliseconds",
    60,
    "milliseconds per request",
    Grade.ASSUMED,
    "A REST API is taken to add 60 milliseconds, a web ACL included; the metric Latency less IntegrationLatency shows "
    "the real figure.",
    _LIMITS,
    verified=False,
)
ROUTES: Final = Fact(
    "apigateway.routes",
    300,
    "routes per API",
    Grade.DOCUMENTED,
    "An HTTP API has at most 300 routes, unless the quota is raised for that API.",
    _HTTP,
    read="2026-11-27",
)
ROUTES_QUOTA: Final = Fact(
    "apigateway.routes_quota",
    QuotaCode("apigateway", "L-65B5C802", "Routes per HTTP API"),
    "Service Quotas code",
    Grade.DOCUMENTED,
    "The routes of an HTTP API are raised through this quota, for a single API only.",
    _HTTP,
    read="2026-11-27",
)
INTEGRATIONS: Final = Fact(
    "apigateway.integrations",
    300,
    "integrations per API",
    Grade.DOCUMENTED,
    "An HTTP API has at most 300 integrations, and this cannot be raised.",
    _HTTP,
    read="2026-11-27",
)
