"""What the account has already and the spec names: a permissions boundary, keys.

Reports DR839 to DR841, and DR828 for what may not be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.aws.values import listed
from compiler.deploy.cloud import CloudError, unread
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.rules.policy import Statement, allows, statements
from compiler.services import existing_keys
from compiler.services.existing import region_of

Json = Any
_ABSENT = ("NoSuchEntity", "NotFoundException", "NotFound")


def boundary(session: Session) -> Iterator[Finding]:
    """A permissions boundary that does not exist. Raises `CloudError`."""
    named = session.topology.spec.iam.permissions_boundary
    if named is None:
        return
    at: Route = ("iam", "permissions_boundary")
    partition = session.topology.partition
    arn = named if named.startswith("arn:") else f"arn:{partition}:iam::{session.account}:policy/{named}"
    if arn.split(":")[4] not in (session.account, "aws"):
        yield Finding(Code.DR839, f"`{arn}` is no policy of the account {session.account}", at)
        return
    try:
        session.api.call("iam", session.topology.global_.region, "GetPolicy", {"PolicyArn": arn})
    except CloudError as error:
        if not absent(error):
            yield unread(error, f"whether the policy `{named}` exists")
            return
        yield Finding(Code.DR839, f"the account {session.account} has no policy `{arn}`", at)


def keys(session: Session, region: str) -> Iterator[Finding]:
    """An existing key that cannot be used in a region, or whose policy does not let this system use it.

    Raises `CloudError`.
    """
    for number, arn in enumerate(session.topology.spec.encryption.existing):
        if region_of(arn) == region:
            yield from _key(session, region, arn, ("encryption", "existing", number))


def _key(session: Session, region: str, arn: str, at: Route) -> Iterator[Finding]:
    try:
        found = session.api.call("kms", region, "DescribeKey", {"KeyId": arn})["KeyMetadata"]
    except CloudError as error:
        if absent(error):
            yield Finding(Code.DR840, f"there is no such key in {region}", at)
        else:
            yield unread(error, f"whether the key `{arn}` can be used")
        return
    if problem := _unusable(found):
        yield Finding(Code.DR840, f"the key {problem}", at)
        return
    try:
        held = key_policy(session, region, arn)
    except CloudError as error:
        yield unread(error, f"the policy of the key `{arn}`")
        return
    wanted = existing_keys.key_policies(session.topology, session.account)[region]
    for says in lacking(held, wanted, region):
        yield Finding(Code.DR841, f"the policy of the key does not allow what {says}", at)


def key_policy(session: Session, region: str, arn: str) -> tuple[Statement, ...]:
    """The statements of a key's policy, which only the account of the key can read. Raises `CloudError`."""
    asked = {"KeyId": arn, "PolicyName": "default"}
    return statements(session.api.call("kms", region, "GetKeyPolicy", asked).get("Policy"))


def lacking(
    held: tuple[Statement, ...], wanted: Json, region: str, known: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The statements of a policy `wanted` that another one does not allow, each with the actions that are missing.

    `known` are condition keys of the request, in place of what the statement says of them.
    """
    for statement in statements(wanted):
        missing = [each for each in statement.actions if not _allowed(held, statement, each, region, known or {})]
        if missing:
            yield f"`{statement.sid}` says: {', '.join(missing)}"


def _allowed(
    held: tuple[Statement, ...], wanted: Statement, action: str, region: str, known: Mapping[str, str]
) -> bool:
    """Whether a policy allows an action to all whom a statement names, under what it says of the request."""
    (kind, names), *_ = wanted.principals.items()
    said = {key: value for keys in wanted.conditions.values() for key, value in dict(keys).items()}
    context = {key: str(listed(value)[0]).replace(":*", ":log-group:any") for key, value in said.items()} | dict(known)
    services = [str(one).replace("*", region) for one in listed(said.get("kms:ViaService"))] or [""]
    return all(
        allows(held, action, principal=(kind, name), context={**context, **({"kms:ViaService": via} if via else {})})
        for name in names
        for via in services
    )


def _unusable(key: Mapping[str, Json]) -> str:
    """Why a key is of no use for this system; empty where it can be used."""
    if key.get("KeyState") not in (None, "Enabled"):
        return f"is in the state {key['KeyState']}"
    if key.get("KeyManager") == "AWS":
        return "is managed by AWS, and its policy cannot be changed"
    if key.get("KeySpec") not in (None, "SYMMETRIC_DEFAULT"):
        return f"is a key of the kind {key['KeySpec']}, not for symmetric encryption"
    return ""


def absent(error: CloudError) -> bool:
    """Whether AWS says that there is no such thing, and not that there is no such API."""
    return any(word in error.code for word in _ABSENT) and not error.missing
