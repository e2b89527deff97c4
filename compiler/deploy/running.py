"""Which code the functions of a region run, as Lambda states it, and what it means where it differs."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from compiler.deploy.cloud import Api
from compiler.deploy.latch import physical_name
from compiler.deploy.package import short
from compiler.rollout.deployment import Deployment, Stack
from compiler.services.lambda_ import function_id
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

_RELEASE = timedelta(minutes=15)
"""How long the operations of a release take at most, besides the bake: our own choice."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_DIGEST_BYTES = 32  # not a figure: a SHA-256


@frozen
class Running:
    """The code that a function runs: its digest in hexadecimal digits, and when the function was changed last."""

    digest: str
    changed: datetime


def read(topology: Topology, deployment: Deployment, api: Api, stack: Stack) -> dict[str, Running]:
    """What a region runs, by function; raises `CloudError`."""
    found = {}
    for _, function in topology.functions():
        home = deployment.stack(topology.home(stack.id, function))
        asked = {"FunctionName": physical_name(topology, deployment, home, function_id(function))}
        answer = api.call("lambda", stack.region, "GetFunctionConfiguration", asked)
        digest, changed = str(answer.get("CodeSha256", "")), answer.get("LastModified")
        found[function.title or function.name] = Running(_hexadecimal(digest), _time(changed))
    return found


def differing(code: Mapping[str, Mapping[str, Running]], bake_minutes: int) -> Iterator[tuple[str, bool]]:
    """Functions whose code differs, by region and function, and whether that may be a release on its way.

    It may be as long as a region bakes and the operations take. What is a fault comes with the way out.
    """
    for name in dict.fromkeys(name for functions in code.values() for name in functions):
        runs = {region: functions[name] for region, functions in code.items() if name in functions}
        digests = tuple(dict.fromkeys(found.digest for found in runs.values()))
        if len(digests) < 2:
            continue
        where = " and ".join(f"{short(found.digest)} in {region}" for region, found in runs.items())
        said = f"`{name}` runs different code: {where}"
        latest = max(found.changed for found in runs.values())
        if datetime.now(UTC) - latest < timedelta(minutes=bake_minutes) + _RELEASE:
            since = latest.isoformat(timespec="seconds").replace("+00:00", "Z")
            yield f"{said}; a release may be on its way, since a region was changed at {since}", True
        else:
            ways = " or ".join(f"`--code {name}=sha256:{short(digest)}`" for digest in digests)
            yield f"{said}; release one of them in all regions: dr-deploy --only-code with {ways}", False


def _hexadecimal(digest: str) -> str:
    """A digest that Lambda states in Base64, as the keys of archives and `--code` have it."""
    try:
        decoded = base64.b64decode(digest, validate=True)
    except binascii.Error:
        return digest
    return decoded.hex() if len(decoded) == _DIGEST_BYTES else digest


def _time(text: object) -> datetime:
    """A time as Lambda states it; long ago where it states none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return _NEVER
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
