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
_RIGHT = Holding("the right to read what the old key encrypted", Data.NONE)
_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html"


@update_rule(
    "its kind, use or reach over regions changes", _REFERENCE,
    remedy="add a second key of the other kind, and move to it",
)  # fmt: skip
def _other_key(update: Update) -> Iterator[str]:
    defaults = (("KeySpec", "SYMMETRIC_DEFAULT"), ("KeyUsage", "ENCRYPT_DECRYPT"), ("MultiRegion", False))
    for member, default in defaults:
        old, new = (default if value is None else value for value in update.both(member))
        if old != new:
            yield f"`{member}` is fixed when a key is created"


@update_rule("it is switched off", _REFERENCE, action=Action.INTERRUPTED)
def _disabled(update: Update) -> Iterator[str]:
    old, new = update.both("Enabled")
    if old is not False and new is False:
        yield "nothing that the key encrypts can be read or written while it is off"


@update_rule("its policy changes", "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html")
def _policy(update: Update) -> Iterator[str]:
    if update.changed("KeyPolicy"):
        if update.new.get("BypassPolicyLockoutSafetyCheck") is True:
            yield "the check against locking everybody out is switched off: a wrong policy cannot be mended by anybody"
        else:
            yield "AWS refuses a policy that would lock its own administrators out"


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
        replaced="what the old key encrypted can be read only as long as the old key is kept",
        left="it can still be used; delete it only once nothing is encrypted with it",
        updates=(_other_key, _disabled, _policy),
    ),
    ResourceType(REPLICA_KEY, name=None, holds=_RIGHT, arn=_ARN, attributes=_ATTRIBUTES, policies=("KeyPolicy",)),
)
