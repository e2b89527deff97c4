"""Sections `regions`, `network` and `encryption`: where it runs, how it is reached, under which key."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from compiler.aws.facts import kms
from compiler.spec.base import Form, Model, RegionName
from compiler.spec.objectives import Quotas
from compiler.spec.units import Duration

Cidr = Annotated[
    str,
    Form(
        r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2}",
        "an IPv4 range such as `10.10.0.0/16`",
        "10.10.0.0/16",
        "172.16.0.0/16",
    ),
]


class Role(StrEnum):
    """What a region is there for."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    REPLICA = "replica"


class Region(Model):
    """One region of the topology."""

    region: RegionName = Field(description="The region's AWS name.")
    role: Role = Field(
        strict=False,
        description="primary serves clients; secondary takes over; replica has only another copy of the data.",
    )
    cidr: Cidr | None = Field(
        default=None, description="Address range of the region's VPC; required where functions run."
    )
    zones: int = Field(
        default=3, ge=2, le=6, description="Number of availability zones; each gets a private subnet.", examples=[3]
    )
    quotas: Quotas | None = Field(
        default=None, description="Quotas of this region where they differ from the section `quotas`."
    )


class EndpointService(StrEnum):
    """AWS services that functions reach through an interface endpoint."""

    KMS = "kms"
    SNS = "sns"
    STS = "sts"
    LOGS = "logs"
    LAMBDA = "lambda"
    MONITORING = "monitoring"
    SECRETS_MANAGER = "secretsmanager"
    SSM = "ssm"
    SQS = "sqs"
    XRAY = "xray"
    EVENTS = "events"
    KINESIS = "kinesis-streams"


class Network(Model):
    """The VPC of each serving region: private subnets with no way out but endpoints and the peering."""

    endpoints: tuple[Annotated[EndpointService, Field(strict=False)], ...] = Field(
        default=(EndpointService.KMS, EndpointService.SNS, EndpointService.STS, EndpointService.LOGS),
        description="Services that get an interface endpoint. S3 and DynamoDB always have gateway endpoints. "
        "Functions may use the topology's key for what `sqs`, `secretsmanager` and `ssm` store.",
        examples=[["kms", "sns", "sts", "logs"]],
    )


def days(low: int, high: int, what: str) -> AfterValidator:
    def check(value: Duration) -> Duration:
        if value.days.denominator != 1 or not low <= value.days <= high:
            raise PydanticCustomError(
                "range",
                "{what} is `{value}`; AWS takes whole days from `{low}d` to `{high}d`",
                {"what": what, "value": str(value), "low": low, "high": high},
            )
        return value

    return AfterValidator(check)


class Encryption(Model):
    """The customer managed key of each region."""

    alias: Annotated[
        str,
        Form(
            r"alias/(?!aws/)[A-Za-z0-9/_-]{1,200}",
            "`alias/` followed by letters, digits, `/`, `_`, `-`, and not `alias/aws/`",
            "alias/transaction-encryption",
        ),
    ] = Field(
        default="alias/transaction-encryption",
        description="Alias of the key, the same in every region. A second alias contains environment and suffix.",
    )
    rotation: Annotated[
        Duration, days(kms.ROTATION_DAYS_MIN.value, kms.ROTATION_DAYS_MAX.value, "the rotation period")
    ] = Field(default=Duration(365 * 86400), description="How often the key material is rotated.", examples=["365d"])
    deletion_window: Annotated[
        Duration, days(kms.DELETION_DAYS_MIN.value, kms.DELETION_DAYS_MAX.value, "the deletion window")
    ] = Field(
        default=Duration(30 * 86400),
        description="How long the deletion of a key can still be cancelled.",
        examples=["30d"],
    )
