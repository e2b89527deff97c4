"""Sections `functions`, `api` and `dns`: what processes a transaction, and how it is reached."""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from compiler.aws.facts import apigateway, lambda_, route53
from compiler.aws.runtimes import language
from compiler.spec.base import Entry, Form, Model, Name, PathForm, PlacedEntry
from compiler.spec.data import PositiveSize
from compiler.spec.objectives import PositiveDuration
from compiler.spec.units import Duration, Size

# Lambda sets or refuses these. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (2026-11-22)
_RESERVED = ("AWS_", "LAMBDA_", "_")
# Names that the compiler sets itself, so that code in both regions finds its tables and its peer.
COMPILER_VARIABLES = (
    "REGION_ROLE", "PEER_REGION", "ENVIRONMENT", "ENVIRONMENT_SUFFIX", "LOG_LEVEL", "LOG_SAMPLE", "HEALTH_PATH",
    "TABLES", "PRIMARY_TABLE", "BUCKETS", "DOCUMENT_BUCKET", "CROSS_REGION_ROLE_ARN", "METRIC_NAMESPACE",
)  # fmt: skip

Source = Annotated[
    str,
    PathForm(
        r"[A-Za-z0-9_./ @+()-]{1,200}",
        "a folder, a .zip or a .jar, relative to the file that names it",
        "../functions/transaction-processor",
        "../build/payments.jar",
    ),
]
FunctionDescription = Annotated[
    str,
    Form(
        rf"[^\x00]{{1,{lambda_.DESCRIPTION_CHARACTERS.value}}}",
        f"a text of at most {lambda_.DESCRIPTION_CHARACTERS.value} characters",
        "moves money between accounts",
    ),
]


def _handler(value: str, info: ValidationInfo) -> str:
    """A handler in the form of its runtime, which stands before it in the model."""
    found = language(str(info.data.get("runtime", "")))
    if found and not re.fullmatch(found.handler, value):
        says = f"{found.says} for this runtime"
        raise PydanticCustomError("form", "`{shown}` is not allowed here: it must be {says}",
                                  {"shown": value, "says": says, "examples": found.example})  # fmt: skip
    return value


Handler = Annotated[
    str,
    Form(
        rf"\S{{1,{lambda_.HANDLER_CHARACTERS.value}}}",
        f"a text without spaces of at most {lambda_.HANDLER_CHARACTERS.value} characters",
        "app.handler",
        "com.example.Handler::handleRequest",
    ),
    AfterValidator(_handler),
]
Runtime = Annotated[str, Form(r"[a-z0-9.]{3,40}", "a Lambda runtime", "python3.13", "nodejs24.x")]


def _variable(key: str) -> str:
    if key.startswith(_RESERVED) or key in ("Ref", "Condition"):
        raise PydanticCustomError("reserved", "the variable `{key}` is reserved by AWS", {"key": key})
    if key in COMPILER_VARIABLES:
        raise PydanticCustomError("reserved", "the variable `{key}` is set by the compiler", {"key": key})
    return key


VariableName = Annotated[
    str,
    # https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html (read 2026-11-22)
    Form(
        r"[A-Za-z][A-Za-z0-9_]{1,63}",
        "two letters, digits or `_` at least, beginning with a letter",
        "FEATURE_LIMITS",
    ),
    AfterValidator(_variable),
]
VariableValue = Annotated[str, Form(r"[^\x00]{0,1024}", "a text of at most 1,024 characters", "on")]


def _timeout(value: Duration) -> Duration:
    if value.seconds.denominator != 1 or not 1 <= value.seconds <= lambda_.TIMEOUT_SECONDS.value:
        raise PydanticCustomError("range", "`{value}` is not a timeout of whole seconds from `1s` to `15m`",
                                  {"value": str(value)})  # fmt: skip
    return value


def _memory(value: Size) -> Size:
    low, high = lambda_.MEMORY_MEGABYTES_MIN.value, lambda_.MEMORY_MEGABYTES.value
    if value.megabytes.denominator != 1 or not low <= value.megabytes <= high:
        raise PydanticCustomError(
            "range",
            "`{value}` is not a memory size of whole MB from `{low}MB` to `{high}MB`",
            {"value": str(value), "low": low, "high": high},
        )
    return value


class Architecture(StrEnum):
    """Processor of a function."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


class Function(PlacedEntry):
    """A Lambda function that runs with identical code in both serving regions."""

    source: Source | None = Field(
        default=None,
        description="Folder, .zip or .jar with the code, relative to this file. dr-deploy packs and uploads it. "
        "Without it, the code is released elsewhere.",
    )
    runtime: Runtime = Field(description="Lambda runtime.")
    handler: Handler = Field(description="Entry point in the code, in the form of the runtime.")
    description: FunctionDescription | None = Field(
        default=None, description="What the function does, as the AWS console shows it."
    )
    architecture: Annotated[Architecture, Field(strict=False)] = Field(
        default=Architecture.ARM64, description="Processor architecture."
    )
    memory: Annotated[Size, AfterValidator(_memory)] = Field(description="Memory.", examples=["1024MB"])
    timeout: Annotated[Duration, AfterValidator(_timeout)] = Field(
        description="Time after which Lambda stops a run.", examples=["10s"]
    )
    duration: PositiveDuration = Field(
        description="Measured mean duration of a run; the concurrency is computed from it.", examples=["40ms"]
    )
    cold_start: PositiveDuration = Field(
        default=Duration(Fraction(1, 2)),
        description="Measured time that a new environment needs before its first run.",
        examples=["500ms"],
    )
    share: float = Field(default=1.0, gt=0, le=100, description="Runs of this function per transaction.", examples=[1])
    tables: tuple[Name, ...] | None = Field(
        default=None, description="Tables that the function may use, its main table first; by default all tables."
    )
    buckets: tuple[Name, ...] | None = Field(
        default=None, description="Buckets that the function may use, its main bucket first; by default all buckets."
    )
    heartbeat: bool = Field(
        default=False,
        description="Whether the code writes a heartbeat to its first table in each health check, and publishes how "
        "old the other region's heartbeat is. Then alarms tell when replication has stopped.",
    )
    environment: dict[VariableName, VariableValue] = Field(
        default_factory=dict, description="Additional environment variables, the same in both regions."
    )
    log_size: PositiveSize = Field(
        default=Size(1024), description="Mean size of the log lines of a run that is logged.", examples=["1KB"]
    )


class Method(StrEnum):
    """HTTP methods a route may answer."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"
    HEAD = "HEAD"
    ANY = "ANY"


class Auth(StrEnum):
    """Who may call a route."""

    JWT = "jwt"
    IAM = "iam"
    NONE = "none"


class ApiKind(StrEnum):
    """Which kind of API Gateway's APIs clients call."""

    HTTP = "http"
    REST = "rest"


RoutePath = Annotated[
    str,
    Form(
        r"/(?:(?:[A-Za-z0-9_.~-]+|\{[A-Za-z0-9_.]+\+?\})(?:/(?!$)|$))*",
        "a path such as `/transactions/{transaction_id}`",
        "/transactions",
        "/transactions/{transaction_id}",
    ),
]
HealthPath = Annotated[
    str,
    Form(
        rf"(?=.{{1,{route53.PATH_CHARACTERS.value}}}$)(?:/[A-Za-z0-9_.~-]+)+",
        f"a plain path such as `/health`, at most {route53.PATH_CHARACTERS.value} characters",
        "/health",
    ),
]


# The lengths are those of the service model of API Gateway (`CreateAuthorizer`, `CreateRoute`). The REST guide says
# what an issuer is: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-create.html
# (read 2026-11-26)
Issuer = Annotated[
    str,
    Form(
        r"(?=.{1,2048}$)https://(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~%+-]+)*/?",
        "a URL that begins with `https://`, without a query and a fragment",
        "https://login.example.com",
        "https://login.example.com/realms/bank",
    ),
]
Audience = Annotated[
    str, Form(r"[^\s\x00]{1,256}", "a text without spaces, of at most 256 characters", "https://tx.example.com")
]
Scope = Annotated[
    str,
    # https://www.rfc-editor.org/rfc/rfc6749#section-3.3 (read 2026-11-26)
    Form(r"[!#-\[\]-~]{1,64}", "a scope of OAuth 2.0, of at most 64 characters", "transactions:write"),
]


class Authorizer(Entry):
    """An issuer of tokens that the API trusts."""

    issuer: Issuer = Field(
        description="Base URL of the issuer, exactly as `iss` in its tokens. API Gateway reads its discovery document."
    )
    audience: tuple[Audience, ...] = Field(
        min_length=1,
        max_length=apigateway.AUDIENCES.value,
        description="A token needs one of these in `aud`, or in `client_id` if it has no `aud`.",
    )


class ApiRoute(Model):
    """One method and path of the API."""

    entry_key = ("method", "path")

    method: Annotated[Method, Field(strict=False)] = Field(description="HTTP method.")
    path: RoutePath = Field(description="Path, with parameters in braces.")
    function: Name = Field(description="Name of the function that answers.")
    auth: Annotated[Auth, Field(strict=False)] = Field(
        default=Auth.JWT,
        description="jwt: requests with a token of an authorizer (`kind: http` only); iam: signed requests, which a "
        "REST API takes in both regions and an HTTP API in one; none: requests from anybody.",
    )
    authorizer: Name | None = Field(
        default=None, description="With jwt: name of the authorizer. Needed only if there are several."
    )
    scopes: tuple[Scope, ...] = Field(
        default=(),
        min_length=1,
        max_length=apigateway.SCOPES.value,
        description="With jwt: a token needs one of these scopes. Without scopes, every token of the issuer passes.",
    )


WebAclArn = Annotated[
    str,
    Form(
        r"arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:(?:regional|global)/webacl/[A-Za-z0-9_-]{1,128}/[0-9a-f-]{36}",
        "the ARN of a web ACL of AWS WAF",
        "arn:aws:wafv2:us-east-1:012345678901:regional/webacl/edge/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
    ),
]


class Api(Model):
    """The API of each serving region that clients call."""

    kind: Annotated[ApiKind, Field(strict=False)] = Field(
        default=ApiKind.HTTP,
        description="http: cheaper, for tokens; rest: for signatures that are valid in both regions (`auth: iam`), and "
        "for a web ACL.",
    )
    web_acl: tuple[WebAclArn, ...] = Field(
        default=(),
        max_length=2,
        description="With rest: ARNs of web ACLs of this account that exist, one for each serving region. They stand "
        "in front of the API.",
    )
    authorizers: tuple[Authorizer, ...] = Field(
        default=(),
        max_length=apigateway.AUTHORIZERS.value,
        description="Issuers of the tokens that routes accept, the same in both regions.",
    )
    routes: tuple[ApiRoute, ...] = Field(min_length=1, description="Routes of the API.")
    health: HealthPath = Field(
        default="/health",
        description="Health path for people. Route 53 asks `/health/<token>` on a host name of its own, whatever this "
        "path is. The function behind both reads its path in `HEALTH_PATH`. Both need no credentials, and must fail "
        "when a table fails.",
    )
    health_function: Name | None = Field(
        default=None,
        description="Function that answers the health path; by default the function of the first route.",
    )


Domain = Annotated[
    str,
    Form(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", "a domain name in lower case", "tx.example.com"),
]
ZoneId = Annotated[
    str, Form(r"Z[A-Z0-9]{4,31}", "the id of a hosted zone, without `/hostedzone/`", "Z0123456789ABCDEFGHIJ")
]


class Failback(StrEnum):
    """How service returns to the primary region."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


def _interval(value: Duration) -> Duration:
    if value.seconds not in route53.INTERVALS_SECONDS.value:
        raise PydanticCustomError("range", "Route 53 checks every `10s` or every `30s`, not `{value}`",
                                  {"value": str(value)})  # fmt: skip
    return value


class HealthCheck(Model):
    """How Route 53 decides that a region is gone."""

    interval: Annotated[Duration, AfterValidator(_interval)] = Field(
        default=Duration(10),
        description="Time between two requests of one health checker: 10s or 30s.",
        examples=["10s"],
    )
    failures: int = Field(
        default=3, ge=1, le=10, description="Failed requests in a row after which a region counts as unhealthy."
    )


def _zone(value: str | None, info: ValidationInfo) -> str | None:
    if value is not None and info.data.get("accelerated_recovery"):
        raise PydanticCustomError(
            "range",
            "`accelerated_recovery` is for a zone that is created: enable it where `{zone}` is managed",
            {"zone": value},
        )
    return value


class Dns(Model):
    """The name clients use, and how it fails over."""

    domain: Domain = Field(description="Domain name that clients use; it resolves to the healthy region.")
    accelerated_recovery: bool = Field(
        default=False,
        description="Whether records of the created zone can be changed again about an hour after the loss of "
        "us-east-1. No failover needs that. Such a zone cannot be deleted before this is disabled.",
    )
    hosted_zone: Annotated[ZoneId | None, AfterValidator(_zone)] = Field(
        default=None,
        description="Id of an existing public hosted zone for `domain` in this account; by default a zone is created.",
    )
    health_check: HealthCheck = Field(
        default_factory=HealthCheck, description="How Route 53 detects that a region has failed."
    )
    failback: Annotated[Failback, Field(strict=False)] = Field(
        default=Failback.MANUAL,
        description="automatic: clients return when the primary answers again; manual: when an operator releases them.",
    )
