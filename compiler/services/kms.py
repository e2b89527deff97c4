"""KMS: a customer managed key for every stack, its policy, and the aliases it is known by.

The key can be used through AWS services only, and by whom IAM policies of the account allow; service principals
get what they need and no more. Key policies never name roles: one that does not exist yet would make the key fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from compiler.aws import regions
from compiler.aws.facts import dynamodb, lambda_, prices, s3
from compiler.aws.facts import kms as facts
from compiler.aws.facts.model import figure
from compiler.ir import policies
from compiler.ir.elements import (
    ACCOUNT,
    PARTITION,
    Block,
    Condition,
    Element,
    Given,
    Json,
    Output,
    Ref,
    StackId,
    StackKind,
    Text,
    join,
)
from compiler.ir.names import ENVIRONMENT, SUFFIX, arn
from compiler.ir.template import View
from compiler.objectives.costs import YEAR, Cost, standing, used
from compiler.objectives.model import Demand, Term, granted
from compiler.services.base import is_true, parameter, views
from compiler.services.existing import in_region
from compiler.spec.compute import Function
from compiler.spec.data import Bucket, BucketWrite
from compiler.spec.regions import EndpointService
from compiler.topology.model import Topology

SHARED_ALIAS = "createSharedAlias"
"""Parameter of a region's stack that says whether it owns the alias of the spec."""
_AT = ("encryption",)
_BILLED = "KMS"
_BILLED_ROTATIONS = 2
_MONTH_DAYS = Fraction(prices.MONTH_HOURS.value, 24)
# What an added partial may keep under the key, once functions reach the service; each calls KMS under this name.
# https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service (2026-11-22)
_STORES = (EndpointService.SECRETS_MANAGER, EndpointService.SQS, EndpointService.SSM)
# Copies between regions may be asked for in either.
_BACKUP = "backup.*.amazonaws.com"
ADMINISTERS = "AccountAdministersKey"
_ONLY_THIS_KEY = "in a key policy `*` means this key"


class KeyView(View, partial="kms/key.json.j2"):
    id: str
    description: str
    rotation_days: int
    deletion_days: int
    policy: Json
    reasons: Json
    tags: Json


class AliasView(View, partial="kms/alias.json.j2"):
    id: str
    name: Json
    key_id: Ref


def key(stack: StackId) -> Ref:
    """The key of a stack; its `Ref` is its id."""
    return Ref(stack, "Key")


def key_arn(stack: StackId) -> Ref:
    """ARN of the key of a stack."""
    return key(stack).att("Arn")


def existing(topology: Topology, stack: StackId) -> str | None:
    """The ARN of the key that exists already in the region of a stack; None where the topology makes one."""
    return in_region(topology.spec.encryption.existing, stack)


def twin_alias(topology: Topology, stack: StackId) -> Text:
    """The alias that carries environment and suffix, and is unique next to a second environment."""
    scope = "-global" if stack.kind is StackKind.GLOBAL else ""
    return join(f"{topology.spec.encryption.alias}{scope}-", ENVIRONMENT, "-", SUFFIX)


def declare(topology: Topology) -> Iterator[Element]:
    """A key with its aliases in each stack, or the existing one of its region."""
    encryption = topology.spec.encryption
    for stack in topology.stacks:
        known = existing(topology, stack)
        if known is not None:
            yield Given(stack, key(stack).resource, {None: known.rpartition("/")[2], "Arn": known})
            yield Output(stack, "KeyArn", known, "ARN of the key that encrypts the data in this stack.", _AT)
            continue
        allowed = tuple(statements(topology, stack))
        yield Block(
            stack,
            KeyView(
                id=key(stack).resource,
                description=f"Encrypts the data of {topology.spec.name} in {stack.region} ({stack.kind} stack).",
                rotation_days=int(encryption.rotation.days),
                deletion_days=int(encryption.deletion_window.days),
                policy=policies.document(allowed),
                reasons=policies.reasons(allowed),
                tags=topology.tag_list(stack),
            ),
            _AT,
        )
        twin = AliasView("KeyAlias", twin_alias(topology, stack), key(stack))
        yield Block(stack, twin, _AT)
        yield Output(stack, "KeyArn", key_arn(stack), "ARN of the key that encrypts the data in this stack.", _AT)
        if stack.kind is not StackKind.GLOBAL:
            yield from _shared_alias(topology, stack)


def _shared_alias(topology: Topology, stack: StackId) -> Iterator[Element]:
    alias = topology.spec.encryption.alias
    yield parameter(
        stack,
        SHARED_ALIAS,
        f"Whether this stack owns {alias}. Set it to false for a second environment in the same account.",
        Default="true",
        AllowedValues=("true", "false"),
    )
    yield Condition(stack, "CreateSharedAlias", is_true(SHARED_ALIAS))
    view = AliasView("KeySharedAlias", alias, key(stack))
    yield Block(stack, view, ("encryption", "alias"), condition="CreateSharedAlias")


def statements(topology: Topology, stack: StackId) -> Iterator[policies.Statement]:
    """What the policy of a stack's key must allow."""
    region = stack.region
    yield policies.statement(
        ADMINISTERS,
        (
            "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey", "kms:DisableKey",
            "kms:DisableKeyRotation", "kms:EnableKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy",
            "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListGrants", "kms:ListKeyPolicies",
            "kms:ListKeyRotations", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:RetireGrant", "kms:RevokeGrant",
            "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource",
            "kms:UpdateAlias", "kms:UpdateKeyDescription",
        ),
        "*",
        principal=policies.ROOT,
        reason=_ONLY_THIS_KEY,
    )  # fmt: skip
    # DynamoDB replicates across regions, so its calls may come from any of them.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html (read 2026-11-22)
    asked = topology.spec.network.endpoints if stack.serves else ()
    further = tuple(str(name) for name in _STORES if name in asked)
    backs_up = (_BACKUP,) if topology.spec.backup and stack.serves else ()
    through = ("dynamodb.*.amazonaws.com", *backs_up, *(f"{name}.{region}.amazonaws.com" for name in
               ("s3", "lambda", "sns", "kinesis", "firehose", *further)))  # fmt: skip
    yield policies.statement(
        "AccountUsesKeyThroughServices",
        (
            "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo",
        ),
        "*",
        principal=policies.ROOT,
        condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}, "StringLike": {"kms:ViaService": through}},
        reason=_ONLY_THIS_KEY,
    )  # fmt: skip
    yield alarms_publish()
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html (read 2026-11-22)
    yield policies.statement(
        "LogGroupsEncrypt",
        ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
         "kms:ReEncryptFrom", "kms:ReEncryptTo"),
        "*",
        principal=policies.service(f"logs.{region}"),
        condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn("logs", region, "*")}},
        reason=_ONLY_THIS_KEY,
    )  # fmt: skip
    if stack.serves and (others := backup_accounts(topology)):
        # AWS's page on copies to other accounts asks for it.
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html (read 2026-11-26)
        yield policies.statement(
            "BackupsAreCopiedByOtherAccounts",
            ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:ReEncryptFrom"),
            "*",
            principal=roots(others),
            condition={"StringLike": {"kms:ViaService": _BACKUP}},
            reason=_ONLY_THIS_KEY,
        )


def backup_accounts(topology: Topology) -> tuple[str, ...]:
    """Other accounts that backups are copied to, each once."""
    copied = topology.spec.backup.copy_to if topology.spec.backup else ()
    return tuple(dict.fromkeys(owner for arn in copied if (owner := arn.split(":")[4]) != topology.spec.account))


def roots(accounts: tuple[str, ...]) -> dict[str, Json]:
    """Other accounts as principals."""
    named = tuple(join("arn:", PARTITION, f":iam::{account}:root") for account in accounts)
    return {"AWS": named[0] if len(named) == 1 else named}


def alarms_publish() -> policies.Statement:
    """What the policy of a topic's key must allow: without this, alarms are raised and nobody is told.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html (read 2026-11-22)
    """
    return policies.statement(
        "AlarmsPublishToEncryptedTopics",
        ("kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"),
        "*",
        principal=policies.service("cloudwatch"),
        condition=policies.SAME_ACCOUNT,
        reason=_ONLY_THIS_KEY,
    )


def demands(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Requests for the keys of objects, of tables, and of execution environments that start, all at failover.

    A region that only holds data is asked by what arrives there.
    """
    quota, route = granted(topology, stack, "kms_requests")
    default = regions.kms_request_quota(stack.region)
    for_objects, needed = _for_objects(topology, stack)
    parts = [for_objects]
    behind = [default, s3.BUCKET_KEY_SAVING_PERCENT, s3.KMS_REQUESTS_PER_REPLICA, s3.KMS_REQUESTS_PER_OBJECT]
    if stack.serves:
        callers, starting = Fraction(0), Fraction(0)
        for function in topology.spec.functions:
            reserved = topology.capacity.functions[function.name].reserved
            tables = len(topology.tables_of(function))
            callers += Fraction(reserved * tables, dynamodb.KEY_CACHE_SECONDS.value)
            starts = Fraction(min(reserved, lambda_.RAMP_CONCURRENCY.value), lambda_.RAMP_SECONDS.value)
            starting += starts * (lambda_.KEY_REQUESTS_PER_START.value + tables)
        parts += [f"{figure(callers)} for tables", f"{figure(starting)} for environments that start"]
        needed += callers + starting
        behind += [dynamodb.KEY_CACHE_SECONDS, lambda_.RAMP_CONCURRENCY, lambda_.RAMP_SECONDS,
                   lambda_.KEY_REQUESTS_PER_START]  # fmt: skip
    yield Demand(
        id="kms.requests",
        says="cryptographic requests of S3 under bucket keys, of DynamoDB and of Lambda",
        formula=" + ".join(parts),
        region=stack.region,
        needed=needed,
        allowed=quota if quota is not None else Fraction(default.value),
        unit="requests/s",
        granted=quota is not None,
        facts=tuple(behind),
        route=route,
        quota=facts.REQUESTS_QUOTA,
        field="kms_requests: {}/s",
    )


def _for_objects(topology: Topology, stack: StackId) -> tuple[str, Fraction]:
    """Requests a second for the keys of objects, under bucket keys, and how they are computed."""
    left = Fraction(100 - s3.BUCKET_KEY_SAVING_PERCENT.value, 100)
    stored = sum(
        (
            topology.capacity.objects[bucket.name] * _key_requests(topology, stack, bucket)
            for bucket in topology.spec.buckets
        ),
        Fraction(0),
    )
    return f"{figure(stored)} x {figure(100 * left)} % for objects", stored * left


def _key_requests(topology: Topology, stack: StackId, bucket: Bucket) -> int:
    """Requests to KMS in one region for each new object, without bucket keys; both ends of a copy are counted."""
    arriving = s3.KMS_REQUESTS_PER_REPLICA.value
    # What is written to both regions is replicated from both as well.
    again = arriving if bucket.write is BucketWrite.DUAL else 0
    if not stack.serves:
        return arriving + again
    return s3.KMS_REQUESTS_PER_OBJECT.value + arriving * len(topology.others(stack)) + again


def latency(topology: Topology, function: Function) -> Iterator[Term]:
    """Data keys that a new environment asks for."""
    keys = len(topology.tables_of(function)) + len(topology.buckets_of(function))
    if keys:
        key = Fraction(facts.REQUEST_MILLISECONDS.value)
        yield Term(
            "latency.key", "KMS returns the data keys of tables and buckets; later they are cached",
            f"{keys} x {key} ms", Fraction(0), keys * key, "ms",
            (facts.REQUEST_MILLISECONDS, dynamodb.KEY_CACHE_SECONDS),
        )  # fmt: skip


def costs(topology: Topology) -> Iterator[Cost]:
    """The key of each stack, which costs more once it has been rotated, and requests to it.

    https://aws.amazon.com/kms/pricing/ (read 2026-11-26)
    """
    rotated = min(_BILLED_ROTATIONS, YEAR * _MONTH_DAYS // topology.spec.encryption.rotation.days)
    for stack in topology.stacks:
        keys = len(views(declare(topology), KeyView, stack))
        if not keys:
            continue
        says = f"the key of the {stack.kind} stack, and its rotations"
        line = standing(f"key.{stack.kind}", _BILLED, stack.region, says, f"{keys}", prices.KEYS, keys)
        yield replace(line, year=line.year * (1 + rotated))
    for stack in topology.regional:
        formula, rate = _for_objects(topology, stack)
        if stack == topology.primary:
            functions = topology.capacity.functions
            asking = sum(functions[f.name].environments * len(topology.tables_of(f)) for f in topology.spec.functions)
            callers = Fraction(asking, dynamodb.KEY_CACHE_SECONDS.value)
            formula, rate = f"({formula} + {figure(callers)} for tables)/s", rate + callers
        yield used("key.requests", _BILLED, stack.region, "requests of S3 and DynamoDB for data keys", formula,
                   prices.KEY_REQUESTS, rate)  # fmt: skip
