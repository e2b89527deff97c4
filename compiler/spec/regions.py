"""Sections `regions`, `network` and `encryption`: where it runs, how it is reached, under which key."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, TypeAdapter, WithJsonSchema
from pydantic_core import PydanticCustomError

from compiler.aws import regions
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


SLOTS = 8
"""Equal parts of the address range of a VPC: our own choice. A subnet has the part of its zone's position, so that a
further zone moves no other."""

ZoneId = Annotated[
    str,
    Form(
        r"[a-z]{3,5}[0-9]{1,2}-az[1-9][0-9]?",
        "a zone id, which means the same zone in every account, and not a name such as `us-east-1a`",
        "use1-az1",
        "euc1-az3",
    ),
]
_NUMBER = TypeAdapter(Annotated[int, Field(strict=True, ge=2, le=SLOTS)])
_IDS = TypeAdapter(Annotated[tuple[ZoneId, ...], Field(min_length=2, max_length=SLOTS)])


def _zones(value: Any) -> Any:
    """A number of zones, or their ids: one of the two forms, so that a mistake gets one message."""
    return _IDS.validate_python(value) if isinstance(value, tuple) else _NUMBER.validate_python(value)


Zones = Annotated[
    tuple[ZoneId, ...] | int,
    PlainValidator(_zones),
    # Without it pydantic warns of the list that JSON makes of a tuple.
    PlainSerializer(lambda zones: zones, return_type=Any),
    # An editor checks each member against the type that it is about, so that no union is needed.
    WithJsonSchema({**_IDS.json_schema(), **_NUMBER.json_schema(), "type": ["integer", "array"]}),
]


class Region(Model):
    """One region of the topology."""

    entry_key = ("region",)

    region: RegionName = Field(description="The region's AWS name.")
    role: Role = Field(
        strict=False,
        description="primary serves clients; secondary takes over; replica has only another copy of the data.",
    )
    cidr: Cidr | None = Field(
        default=None, description="Address range of the region's VPC; required where functions run."
    )
    zones: Zones = Field(
        default=3,
        description="Ids of the availability zones; each gets a private subnet, by its position. A number takes the "
        "first zones of a list per region. Add further zones at the end.",
        examples=[["use1-az1", "use1-az2", "use1-az4"]],
    )
    quotas: Quotas | None = Field(
        default=None, description="Quotas of this region where they differ from the section `quotas`."
    )

    @property
    def zone_ids(self) -> tuple[str, ...]:
        """The zones by position; fewer than the spec states where a number is more than the region has."""
        return self.zones if isinstance(self.zones, tuple) else regions.zones_in_order(self.region)[: self.zones]


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


def _id(prefix: str) -> Form:
    return Form(
        rf"{prefix}-[0-9a-f]{{8,17}}", f"an id such as `{prefix}-0123456789abcdef0`", f"{prefix}-0123456789abcdef0"
    )


class ExistingSubnet(Model):
    """A subnet that exists."""

    entry_key = ("zone",)

    zone: ZoneId = Field(description="Id of the availability zone in which it is.")
    id: Annotated[str, _id("subnet")] = Field(description="Id of the subnet.")


class Between(StrEnum):
    """The way from the network of one region to that of the other."""

    PEERING = "peering"
    TRANSIT_GATEWAY = "transit-gateway"
    NONE = "none"


class ExistingNetwork(Model):
    """The network of one region that exists: the topology makes only security groups in it."""

    entry_key = ("region",)

    region: RegionName = Field(description="The region's AWS name.")
    vpc: Annotated[str, _id("vpc")] = Field(description="Id of the VPC.")
    subnets: tuple[ExistingSubnet, ...] = Field(
        min_length=2, max_length=SLOTS, description="Private subnets for the functions, at most one for each zone."
    )
    endpoints: tuple[
        Annotated[str, Form(r"[a-z][a-z0-9.-]{1,39}", "the name of a service as endpoints have it", "s3", "sts")], ...
    ] = Field(
        default=(),
        description="Services with an endpoint in this network, of whatever kind, by the end of their names: `s3` for "
        "`com.amazonaws.us-east-1.s3`.",
        examples=[["s3", "dynamodb"]],
    )
    s3_host: (
        Annotated[
            str,
            Form(
                r"vpce-[0-9a-z-]+\.s3\.[a-z0-9-]+\.vpce\.amazonaws\.com",
                "the regional DNS name of an interface endpoint of S3, without `*.` at its beginning",
                "vpce-0123456789abcdef0-abcd1234.s3.us-east-1.vpce.amazonaws.com",
            ),
        ]
        | None
    ) = Field(
        default=None,
        description="Host of an interface endpoint of S3 that functions of the other region reach; needed for buckets "
        "with `write: dual-write`.",
    )


class Network(Model):
    """The VPC of each serving region: private subnets with no way out but endpoints and the peering."""

    existing: tuple[ExistingNetwork, ...] = Field(
        default=(),
        max_length=10,
        description="Networks that exist, one for each serving region. With them the topology makes no VPC, subnets, "
        "routes, endpoints, peering and flow logs. Leave out `cidr` and `zones` of the regions.",
    )
    between: Annotated[Between, Field(strict=False)] = Field(
        default=Between.NONE,
        description="With `existing`: how both networks are connected. Only `write: dual-write` needs it.",
    )

    endpoints: tuple[Annotated[EndpointService, Field(strict=False)], ...] = Field(
        default=(),
        description="Services that the code calls beside S3 and DynamoDB, which always have gateway endpoints. Each "
        "gets an interface endpoint, which costs money in every zone. `sts` has one anyway where a bucket has "
        "`write: dual-write`. Encryption and logging need none. Functions may use the topology's key for what `sqs`, "
        "`secretsmanager` and `ssm` store.",
        examples=[["sqs", "secretsmanager"]],
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


KeyArn = Annotated[
    str,
    Form(
        r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/(?:mrk-)?[0-9a-f-]{32,36}",
        "the ARN of a KMS key, not of an alias",
        "arn:aws:kms:us-east-1:012345678901:key/mrk-0123456789abcdef0123456789abcdef",
    ),
]


class Encryption(Model):
    """The customer managed key of each region."""

    existing: tuple[KeyArn, ...] = Field(
        default=(),
        max_length=11,
        description="ARNs of keys of this account that exist, one for each region and for us-east-1. With them the "
        "topology makes no keys and no aliases. `--explain key-policy` prints what their policies must allow. A table "
        "cannot change its key: choose before the first deployment.",
    )

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
