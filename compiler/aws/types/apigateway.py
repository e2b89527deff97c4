"""Resource types of Amazon API Gateway, and of AWS WAF in front of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from compiler.aws.types.record import Lookup, Name, Prerequisite, Properties, ResourceType, members_needed
from compiler.aws.types.update_rules import Update, update_rule
from compiler.aws.values import Json, dig, listed, members

API = "AWS::ApiGatewayV2::Api"
AUTHORIZER = "AWS::ApiGatewayV2::Authorizer"
API_MAPPING = "AWS::ApiGatewayV2::ApiMapping"
DOMAIN_NAME = "AWS::ApiGatewayV2::DomainName"
INTEGRATION = "AWS::ApiGatewayV2::Integration"
ROUTE = "AWS::ApiGatewayV2::Route"
STAGE = "AWS::ApiGatewayV2::Stage"
REST_API = "AWS::ApiGateway::RestApi"
DEPLOYMENT = "AWS::ApiGateway::Deployment"
REST_STAGE = "AWS::ApiGateway::Stage"
WEB_ACL_ASSOCIATION = "AWS::WAFv2::WebACLAssociation"
API_PARTS = frozenset(
    f"AWS::ApiGateway::{part}"
    for part in ("Authorizer", "GatewayResponse", "Method", "Model", "RequestValidator", "Resource")
)
"""Types of which a deployment of a REST API copies what belongs to the API."""
PLACEHOLDER = "Digest"
"""Ends the id of a deployment in a partial; the digest of its API takes its place."""
KEPT_WHEN_REPLACED = frozenset((WEB_ACL_ASSOCIATION,))
"""Types of which the old resource is the new one: a stage has one web ACL, and deleting the old association removes it.

https://github.com/pulumi/pulumi-aws/issues/4782 (read 2026-11-26)
"""
_DEPLOYING = "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html"
_MAPPING = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-apimapping.html"
_JWT = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html"


def successor(id_: str, old: Mapping[str, Json], new: Mapping[str, Json]) -> str | None:
    """The new deployment of a REST API that takes the place of the deployment `id_`; None where none does.

    Both mappings are resources of one stack as its templates have them: before, and after the update.
    """
    if old[id_]["Type"] != DEPLOYMENT:
        return None
    api = dig(old[id_], "Properties", "RestApiId")
    later = (name for name in new if name not in old and new[name]["Type"] == DEPLOYMENT)
    return next((name for name in later if dig(new[name], "Properties", "RestApiId") == api), None)


def _certificates(properties: Properties) -> Iterator[Prerequisite]:
    for configuration in listed(properties.get("DomainNameConfigurations")):
        yield Prerequisite(members(configuration).get("CertificateArn"), "its certificate")


@update_rule("its issuer or an audience changes", _JWT)
def _trust(update: Update) -> Iterator[str]:
    """The stage deploys by itself: the old and the new tokens are never accepted at the same time."""
    old, new = update.both("JwtConfiguration", "Issuer")
    if old and old != new:
        yield f"the API rejects tokens of {old} as soon as this is deployed (401)"
    before, after = (listed(value) for value in update.both("JwtConfiguration", "Audience"))
    for audience in before:
        if audience not in after:
            yield f"the API rejects tokens for the audience {audience} as soon as this is deployed (401)"


@update_rule("its authorization or a scope changes", _JWT)
def _authorization(update: Update) -> Iterator[str]:
    old, new = update.both("AuthorizationType")
    if old != new:
        yield f"its authorization changes from {old or 'NONE'} to {new or 'NONE'}; clients must change at the same time"
    scopes = listed(update.both("AuthorizationScopes")[1])
    if scopes and update.changed("AuthorizationScopes"):
        yield f"a token needs one of the scopes {', '.join(map(str, scopes))}; the API rejects others (403)"


@update_rule("it leads to another API", _MAPPING)
def _moved(update: Update) -> Iterator[str]:
    """The domain stays, so that no name and no certificate changes."""
    if update.changed("ApiId"):
        yield "the domain leads to another API from then on; clients must be able to use both while it changes"


@update_rule("its document changes", _DEPLOYING)
def _document(update: Update) -> Iterator[str]:
    """The document alone changes nothing for clients."""
    if update.changed("Body"):
        yield "clients get the change with the new deployment, when the stage points to it"


TYPES = (
    ResourceType(
        API,
        name=None,  # several APIs may have one name
        holds=None,
        attributes=MappingProxyType({"ApiEndpoint": "https://{id}.execute-api.{region}.amazonaws.com"}),
        dimension=("AWS/ApiGateway", "ApiId"),
    ),
    ResourceType(
        API_MAPPING,
        name=None,
        holds=None,
        needs=members_needed(("ApiId", "its API"), ("DomainName", "its domain name")),
        updates=(_moved,),
    ),
    ResourceType(
        AUTHORIZER,
        name=None,  # AWS tells authorizers apart by an id
        holds=None,
        needs=members_needed(("ApiId", "its API")),
        updates=(_trust,),
    ),
    ResourceType(
        DEPLOYMENT,
        name=None,
        holds=None,
        needs=members_needed(("RestApiId", "its API")),
    ),
    ResourceType(
        DOMAIN_NAME,
        # The spec limits the length of domain names.
        name=Name("DomainName", None, Lookup("apigatewayv2", "GetDomainName", {"DomainName": "{name}"})),
        holds=None,
        ref="{name}",
        attributes=MappingProxyType(
            {
                "RegionalDomainName": "d-{id}.execute-api.{region}.amazonaws.com",
                "DomainNameArn": "arn:{partition}:apigateway:{region}::/domainnames/{name}",
            }
        ),
        needs=_certificates,
    ),
    ResourceType(
        INTEGRATION,
        name=None,
        holds=None,
        needs=members_needed(("ApiId", "its API"), ("IntegrationUri", "the function it calls")),
    ),
    ResourceType(
        REST_API,
        name=Name("Name", None, None),  # several APIs may have one name
        holds=None,
        identity=("RestApiId",),
        dimension=("AWS/ApiGateway", "ApiName"),
        policies=("Policy",),
        updates=(_document,),
    ),
    ResourceType(
        REST_STAGE,
        name=Name("StageName", None, None),  # unique below its API
        holds=None,
        identity=("RestApiId", "StageName"),
        ref="{name}",
        needs=members_needed(
            ("RestApiId", "its API"),
            ("DeploymentId", "its deployment"),
            ("AccessLogSetting.DestinationArn", "its log group"),
        ),
    ),
    ResourceType(
        ROUTE,
        name=None,
        holds=None,
        needs=members_needed(("ApiId", "its API"), ("Target", "its integration"), ("AuthorizerId", "its authorizer")),
        left="it continues to answer",
        updates=(_authorization,),
    ),
    ResourceType(
        STAGE,
        name=Name("StageName", None, None),  # unique below its API
        holds=None,
        identity=("ApiId", "StageName"),
        ref="{name}",
        needs=members_needed(("AccessLogSettings.DestinationArn", "its log group")),
    ),
    ResourceType(
        WEB_ACL_ASSOCIATION,
        name=None,
        holds=None,
        identity=("ResourceArn", "WebACLArn"),
        needs=members_needed(("ResourceArn", "the stage that it protects")),
    ),
)
