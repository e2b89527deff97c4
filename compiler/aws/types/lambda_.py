"""Resource types of AWS Lambda."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compiler.aws.facts import lambda_
from compiler.aws.types import kms, logs
from compiler.aws.types.record import Lookup, Name, Prerequisite, Properties, ResourceType, members_needed
from compiler.aws.types.update_rules import Update, figure, lowered, update_rule
from compiler.aws.values import dig, listed, number

EVENT_INVOKE_CONFIG = "AWS::Lambda::EventInvokeConfig"
EVENT_SOURCE_MAPPING = "AWS::Lambda::EventSourceMapping"
FUNCTION = "AWS::Lambda::Function"
PERMISSION = "AWS::Lambda::Permission"
_ARN = "arn:{partition}:lambda:{region}:{account}:function:{name}"
_GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/"


def _needs(properties: Properties) -> Iterator[Prerequisite]:
    yield Prerequisite(properties.get("KmsKeyArn"), "its key", kinds=(kms.ALIAS,))
    # Lambda tries the role's rights on network interfaces when a function joins a VPC.
    yield Prerequisite(properties.get("Role"), "its role", acts="VpcConfig" in properties)
    group = dig(properties, "LoggingConfig", "LogGroup")
    yield Prerequisite(group, "its log group", kinds=(logs.LOG_GROUP,))
    for value in listed(dig(properties, "VpcConfig", "SubnetIds")):
        yield Prerequisite(value, "its subnet")
    yield Prerequisite(dig(properties, "DeadLetterConfig", "TargetArn"), "its dead-letter queue")


@update_rule("its reserved concurrency becomes lower", _GUIDE + "configuration-concurrency.html")
def _reserved(update: Update) -> Iterator[str]:
    old, new = update.both("ReservedConcurrentExecutions")
    if lowered(old, new):
        yield f"runs beyond {figure(new)} at the same time are throttled"
    elif number(old) is None and number(new) is not None:
        yield f"runs beyond {figure(new)} at the same time are throttled, and other functions share less concurrency"


@update_rule("its runtime or architecture changes", _GUIDE + "foundation-arch.html")
def _rebuilt(update: Update) -> Iterator[str]:
    if update.changed("Architectures"):
        yield "build the compiled parts of the code for the other architecture first"
    if update.changed("Runtime"):
        yield "every environment starts again with the other runtime"


TYPES = (
    ResourceType(
        FUNCTION,
        name=Name(
            "FunctionName",
            lambda_.NAME_CHARACTERS,
            Lookup("lambda", "GetFunctionConfiguration", {"FunctionName": "{name}"}),
        ),
        holds=None,
        ref="{name}",
        arn=_ARN,
        attributes=MappingProxyType({"Arn": _ARN}),
        dimension=("AWS/Lambda", "FunctionName"),
        needs=_needs,
        replaced="callers of the old name or ARN still reach the old code",
        left="it can still be called, and its reserved concurrency still counts in the account",
        updates=(_reserved, _rebuilt),
    ),
    ResourceType(
        PERMISSION,
        name=None,
        holds=None,
        needs=members_needed(("FunctionName", "its function"), kinds=(FUNCTION,)),
        replaced="the old permission remains valid until somebody removes it",
        left="it remains valid",
    ),
)
