"""Policy statements for IAM, resource and key policies.

A wildcard in an action or a resource needs a reason, which goes into the metadata of the resource that carries
the policy; `statement` refuses one without.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from compiler.ir.elements import ACCOUNT, PARTITION, Gate, If, Json, OptionalRef, Param, Part, Ref, Text, join
from compiler.support.frozen import frozen


@frozen
class Statement:
    """One statement; `reason` is why it has a wildcard. With a gate it is left out until the gate opens."""

    body: Mapping[str, Json]
    reason: str | None = None
    gate: Gate | None = None

    @property
    def sid(self) -> str:
        return str(self.body["Sid"])


def statement(
    sid: str,
    actions: Iterable[str],
    resources: Json,
    *,
    principal: Json = None,
    condition: Mapping[str, Json] | None = None,
    effect: str = "Allow",
    reason: str | None = None,
    gate: Gate | None = None,
) -> Statement:
    """A statement; raises `ValueError` for a wildcard without a reason."""
    listed = tuple(actions)
    wild = any("*" in action for action in listed) or resources == "*" or principal == "*"
    if wild and reason is None:
        raise ValueError(f"the statement {sid} has a wildcard and no reason for it")
    body: dict[str, Json] = {"Sid": sid, "Effect": effect}
    if principal is not None:
        body["Principal"] = principal
    body["Action"] = listed[0] if len(listed) == 1 else listed
    body["Resource"] = resources
    if condition:
        body["Condition"] = dict(condition)
    return Statement(body, reason, gate)


def document(statements: Iterable[Statement]) -> Json:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": tuple(map(_stands, statements))}


def _stands(item: Statement) -> Json:
    return item.body if item.gate is None else If(item.gate, item.body)


def reasons(statements: Iterable[Statement]) -> dict[str, str]:
    """Why statements have wildcards, by their ids; goes into a resource's metadata."""
    return {item.sid: item.reason for item in statements if item.reason}


ROOT = {"AWS": join("arn:", PARTITION, ":iam::", ACCOUNT, ":root")}
"""The account itself: whom its IAM policies allow."""

SAME_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
"""Against the confused deputy: the service acts for this account only."""


def service(*names: str) -> dict[str, Json]:
    """An AWS service as principal."""
    hosts = tuple(f"{name}.amazonaws.com" for name in names)
    return {"Service": hosts[0] if len(hosts) == 1 else hosts}


def json_text(value: Json) -> Text:
    """A JSON value as one text, for properties that take a document as a string."""
    parts: list[Part] = []

    def add(item: Json) -> None:
        match item:
            case Text():
                parts.append('"')
                parts.extend(json.dumps(part)[1:-1] if isinstance(part, str) else part for part in item.parts)
                parts.append('"')
            case Param() | Ref() | OptionalRef() | If():
                parts.extend(('"', item, '"'))
            case Mapping():
                parts.append("{")
                for position, (key, member) in enumerate(item.items()):
                    parts.append((", " if position else "") + json.dumps(key) + ": ")
                    add(member)
                parts.append("}")
            case list() | tuple():
                parts.append("[")
                for position, member in enumerate(item):
                    if position:
                        parts.append(", ")
                    add(member)
                parts.append("]")
            case _:
                parts.append(json.dumps(item))

    add(value)
    return Text(tuple(parts))
