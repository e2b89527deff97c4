"""The services this compiler knows, as a literal table: a new one is a module, a partial folder and a line here.

A service may import those above it in the table, to refer to their resources.
"""

from __future__ import annotations

from compiler.services import (
    acm,
    apigateway,
    cloudwatch,
    dynamodb,
    iam,
    kms,
    lambda_,
    logs,
    resiliencehub,
    route53,
    s3,
    sns,
    vpc,
)
from compiler.services.base import Service

SERVICES: tuple[Service, ...] = (
    kms,
    sns,
    iam,
    s3,
    logs,
    vpc,
    dynamodb,
    lambda_,
    acm,
    apigateway,
    route53,
    resiliencehub,
    cloudwatch,
)
