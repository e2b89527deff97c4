"""Actions of IAM: those that CloudFormation's handlers of a type need, and what an action can be narrowed to.

Both are data that cfn-lint bundles: the resource schemas (`handlers` and `tagging`, described in
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html), and a table made of the
Service Authorization Reference (https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html).
The files are read without importing cfn-lint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache

from compiler.aws import schemas
from compiler.aws.values import Json, listed, members

_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9*]+")
_FILE = "AdditionalSpecs/Policies.json"
_UNFILLED = re.compile(r"\$\{[A-Za-z0-9]+\}")


def needed(kind: str, region: str) -> tuple[str, ...]:
    """Actions that whoever deploys a resource of a type must be allowed; none for a type without a schema."""
    body = schemas.body(kind, region)
    handlers = members(body.get("handlers")).values()
    found = [action for handler in handlers for action in listed(members(handler).get("permissions"))]
    found += listed(members(body.get("tagging")).get("permissions"))
    return tuple(dict.fromkeys(action for action in found if _ACTION.fullmatch(action)))


def forms(action: str) -> tuple[str, ...] | None:
    """Forms of the ARNs that an action is narrowed to, with `*` for what differs and `{account}` for the account.

    Empty for an action that takes no resource, None for one that the table does not know, such as a pattern.
    """
    service, _, name = action.partition(":")
    known = members(_table().get(service))
    entry = members(known.get("Actions")).get(name.lower())
    if entry is None:
        return None
    resources = members(known.get("Resources"))
    kinds = [members(resources.get(str(kind).lower())) for kind in listed(members(entry).get("Resources"))]
    formats = [str(written) for kind in kinds for written in listed(kind.get("ARNFormats"))]
    # Backups have ARNs of many services: what is narrowed to them is not narrowed.
    return tuple(dict.fromkeys(_form(written) for written in formats if "${Vendor}" not in written))


def _form(written: str) -> str:
    for old, new in (("${Partition}", "{partition}"), ("${Region}", "*"), ("${Account}", "{account}"), (".*", "*")):
        written = written.replace(old, new)
    # The rest, such as `${Vendor}` of snapshots, differs too.
    return _UNFILLED.sub("*", written)


@cache
def _table() -> Mapping[str, Json]:
    folder = schemas.folder()
    path = folder.parent / _FILE if folder else None
    if path is None or not path.is_file():
        return {}
    value = json.loads(path.read_bytes())
    return value if isinstance(value, dict) else {}
