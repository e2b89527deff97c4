"""Resource types of AWS Key Management Service."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compiler.aws.facts import kms
from compiler.aws.types.record import Holding, Lookup, Name, ResourceType, members_needed
from compiler.aws.types.update_rules import Action, Data, Update, update_rule

ALIAS = "AWS::KMS::Alias"
KEY = "AWS::KMS::Key"
REPLICA_KEY = "AWS::KMS::ReplicaKey"
KEYS = (KEY, REPLICA_KEY)

_ARN = "arn:{partition}:kms:{region}:{account}:key/{id}"
_ATTRIBUTES = MappingProxyType({"Arn": _ARN, "KeyId": "{id}"})
_RIGHT = Holding("the permission to read what the old key encrypted", Data.NONE)
_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html"


@update_rule(
    "its key spec, usage or multi-Region setting changes", _REFERENCE,
    remedy="add a second key with these settings, and move to it",
)  # fmt: skip
def _other_key(update: Update) -> Iterator[str]:
    defaults = (("KeySpec", "SYMMETRIC_DEFAULT"), ("KeyUsage", "ENCRYPT_DECRYPT"), ("MultiRegion", False))
    for member, default in defaults:
        old, new = (default if value is None else value for value in update.both(member))
        if old != new:
            yield f"`{member}` is fixed when a key is created"


@update_rule("it is disabled", _REFERENCE, action=Action.INTERRUPTED)
def _disabled(update: Update) -> Iterator[str]:
    old, new = update.both("Enabled")
    if old is not False and new is False:
        yield "nothing that the key encrypts can be read or written while it is disabled"


@update_rule("its policy changes", "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html")
def _policy(update: Update) -> Iterator[str]:
    if update.changed("KeyPolicy"):
        if update.new.get("BypassPolicyLockoutSafetyCheck") is True:
            yield "the lockout safety check is disabled: with a wrong policy, nobody can manage the key any more"
        else:
            yield "AWS rejects a policy that would lock out the administrators of the key"


TYPES = (
    ResourceType(
        ALIAS,
        name=Name("AliasName", kms.ALIAS_CHARACTERS, Lookup("kms", "DescribeKey", {"KeyId": "{name}"})),
        holds=None,
        ref="{name}",
        arn="arn:{partition}:kms:{region}:{account}:{name}",
        needs=members_needed(("TargetKeyId", "its key")),
    ),
    ResourceType(
        KEY,
        name=None,
        holds=_RIGHT,
        arn=_ARN,
        attributes=_ATTRIBUTES,
        policies=("KeyPolicy",),
        replaced="data that the old key encrypted can be read only while the old key exists",
        left="it can still be used; delete it only when no data is encrypted with it",
        updates=(_other_key, _disabled, _policy),
    ),
    ResourceType(REPLICA_KEY, name=None, holds=_RIGHT, arn=_ARN, attributes=_ATTRIBUTES, policies=("KeyPolicy",)),
)
