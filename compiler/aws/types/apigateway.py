"""Resource types of Amazon API Gateway."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compiler.aws.types.record import Lookup, Name, Prerequisite, Properties, ResourceType, members_needed
from compiler.aws.values import listed, members

API = "AWS::ApiGatewayV2::Api"
API_MAPPING = "AWS::ApiGatewayV2::ApiMapping"
DOMAIN_NAME = "AWS::ApiGatewayV2::DomainName"
INTEGRATION = "AWS::ApiGatewayV2::Integration"
ROUTE = "AWS::ApiGatewayV2::Route"
STAGE = "AWS::ApiGatewayV2::Stage"


def _certificates(properties: Properties) -> Iterator[Prerequisite]:
    for configuration in listed(properties.get("DomainNameConfigurations")):
        yield Prerequisite(members(configuration).get("CertificateArn"), "its certificate")


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
        ROUTE,
        name=None,
        holds=None,
        needs=members_needed(("ApiId", "its API"), ("Target", "its integration")),
        left="it continues to answer",
    ),
    ResourceType(
        STAGE,
        name=Name("StageName", None, None),  # unique below its API
        holds=None,
        identity=("ApiId", "StageName"),
        ref="{name}",
        needs=members_needed(("AccessLogSettings.DestinationArn", "its log group")),
    ),
)
