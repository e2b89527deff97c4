"""What the function is told through its environment variables, read once per execution environment.

| variable | value |
|---|---|
| `AWS_REGION` | region of the function; Lambda sets it |
| `REGION_ROLE` | `primary` or `secondary` |
| `PEER_REGION` | the other region: its heartbeat is read, and it is used where a bucket names no `peer_region` |
| `ENVIRONMENT`, `ENVIRONMENT_SUFFIX` | name the session of the assumed role, for audit logs |
| `TABLES` | JSON: entry -> `{"name", "partition", "sort" or null}`, and perhaps more, see below |
| `PRIMARY_TABLE` | the entry of `TABLES` that transactions are booked in |
| `BUCKETS` | JSON: entry -> `{"name", "mode"}`, mode `replicated` or `dual-write` and then more, see below |
| `DOCUMENT_BUCKET` | the entry of `BUCKETS` for documents; empty where documents are not taken |
| `CROSS_REGION_ROLE_ARN` | role to assume for writes to the peer region; empty for the function's own |
| `METRIC_NAMESPACE` | namespace of the metrics that the function publishes; none where empty |
| `LOG_LEVEL` | DEBUG, INFO (default), WARN or ERROR |
| `LOG_SAMPLE` | share of the successful requests that are logged, 0 to 1 (default); at DEBUG all are |

An entry of `TABLES` that keeps items for a time also has `expires`, the attribute with the time when an item expires,
and `retention_seconds`, how long after its booking that is.

An entry of `BUCKETS` in mode `dual-write` also has `peer_name`, `peer_region`, `peer_endpoint` (a URL, or
empty for the region's usual one) and `on_peer_failure`, `refuse` or `accept`: what becomes of a transaction
whose document cannot be put in the peer region. Refused, it is answered 503 and not booked; accepted, it is
booked and says `replicated: false`.

Keys of the tables are strings. Members of an entry that are not listed here are ignored, so that a template
may say more than this version of the code reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

Role = Literal["primary", "secondary"]
Mode = Literal["replicated", "dual-write"]
OnPeerFailure = Literal["refuse", "accept"]

_ROLES: Mapping[str, Role] = {"primary": "primary", "secondary": "secondary"}
_MODES: Mapping[str, Mode] = {"replicated": "replicated", "dual-write": "dual-write"}
_ON_PEER_FAILURE: Mapping[str, OnPeerFailure] = {"refuse": "refuse", "accept": "accept"}
Choice = TypeVar("Choice")


class ConfigurationError(Exception):
    """An environment variable is missing or wrong; the message names it and holds no value."""


@dataclass(frozen=True, slots=True)
class TableSettings:
    """Physical name and key attributes of one table, and how long it keeps items: for ever where `expires` is empty."""

    name: str
    partition: str
    sort: str | None
    expires: str = ""
    retention_seconds: int = 0


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """One bucket, and in dual-write mode its twin in the peer region."""

    entry: str
    name: str
    mode: Mode
    peer_name: str
    peer_region: str
    peer_endpoint: str
    on_peer_failure: OnPeerFailure


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole environment of the function, checked."""

    region: str
    role: Role
    environment: str
    suffix: str
    table: TableSettings
    bucket: BucketSettings | None
    cross_region_role_arn: str
    peer_region: str = ""
    metric_namespace: str = ""


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from environment variables; raises ConfigurationError if they are not enough to run."""
    document_bucket = environ.get("DOCUMENT_BUCKET", "")
    return Settings(
        region=_required(environ, "AWS_REGION"),
        role=_choice(_ROLES, _required(environ, "REGION_ROLE"), "REGION_ROLE"),
        environment=environ.get("ENVIRONMENT", ""),
        suffix=environ.get("ENVIRONMENT_SUFFIX", ""),
        table=_table(_entry(environ, "TABLES", _required(environ, "PRIMARY_TABLE"))),
        bucket=_bucket(environ, document_bucket) if document_bucket else None,
        cross_region_role_arn=environ.get("CROSS_REGION_ROLE_ARN", ""),
        peer_region=environ.get("PEER_REGION", ""),
        metric_namespace=environ.get("METRIC_NAMESPACE", ""),
    )


def _table(entry: Mapping[str, object]) -> TableSettings:
    expires = _text(entry, "TABLES", "expires") if entry.get("expires") else ""
    seconds = entry.get("retention_seconds", 0)
    if type(seconds) is not int or (seconds > 0) != bool(expires):
        raise ConfigurationError("TABLES: expires and retention_seconds, a number above 0, belong together")
    return TableSettings(
        name=_text(entry, "TABLES", "name"),
        partition=_text(entry, "TABLES", "partition"),
        sort=_text(entry, "TABLES", "sort") if entry.get("sort") else None,
        expires=expires,
        retention_seconds=seconds,
    )


def _bucket(environ: Mapping[str, str], name: str) -> BucketSettings:
    entry = _entry(environ, "BUCKETS", name)
    mode = _choice(_MODES, _text(entry, "BUCKETS", "mode"), "BUCKETS: mode")
    if mode == "replicated":
        return BucketSettings(name, _text(entry, "BUCKETS", "name"), mode, "", "", "", "refuse")
    # No default: whether a dead peer may cost availability (refuse) or durability (accept) is a decision of
    # the business. The role of the region does not answer it either, since both regions can lose their peer.
    wanted = _text(entry, "BUCKETS", "on_peer_failure")
    on_peer_failure = _choice(_ON_PEER_FAILURE, wanted, "BUCKETS: on_peer_failure")
    peer_region = entry.get("peer_region") or environ.get("PEER_REGION")
    if not isinstance(peer_region, str) or not peer_region:
        raise ConfigurationError("BUCKETS: dual-write needs peer_region, or PEER_REGION")
    return BucketSettings(
        entry=name,
        name=_text(entry, "BUCKETS", "name"),
        mode=mode,
        peer_name=_text(entry, "BUCKETS", "peer_name"),
        peer_region=peer_region,
        peer_endpoint=_text(entry, "BUCKETS", "peer_endpoint") if entry.get("peer_endpoint") else "",
        on_peer_failure=on_peer_failure,
    )


def _choice(choices: Mapping[str, Choice], value: str, what: str) -> Choice:
    if value not in choices:
        raise ConfigurationError(f"{what} must be {' or '.join(choices)}")
    return choices[value]


def _required(environ: Mapping[str, str], variable: str) -> str:
    value = environ.get(variable, "")
    if not value:
        raise ConfigurationError(f"{variable} is not set")
    return value


def _entry(environ: Mapping[str, str], variable: str, name: str) -> Mapping[str, object]:
    try:
        entries = json.loads(environ.get(variable, ""))
    except ValueError:
        # The cause would quote the value; a setting is not for the log.
        raise ConfigurationError(f"{variable} is not JSON") from None
    entry = entries.get(name) if isinstance(entries, dict) else None
    if not isinstance(entry, dict):
        raise ConfigurationError(f"{variable} has no entry of the name asked for")
    return entry


def _text(entry: Mapping[str, object], variable: str, member: str) -> str:
    value = entry.get(member)
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"{variable}: {member} must be a text that is not empty")
    return value
