"""Changed specs and what must be found in them: the words of the tables in `capacity_cases` and `recovery_cases`.

A change replaces a text of the shipped spec. `⟨1⟩` in the new text marks the place that a finding must point at;
figures in the expectations are sums of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from tests.objectives.bench import Change

KB = 1024


@dataclass(frozen=True)
class Found:
    """A finding: its code, the mark it points at, and what its message or its remedy must say."""

    code: str
    mark: int
    says: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One changed spec. Nothing but `found` may be found; `verdicts` are by objective, `values` by term or capacity."""

    name: str
    changes: tuple[Change, ...]
    found: tuple[Found, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)


def found(code: str, mark: int, *says: str | int | Fraction) -> Found:
    return Found(code, mark, tuple(part if isinstance(part, str) else n(part) for part in says))


def n(value: int | Fraction) -> str:
    """A figure as messages write it."""
    if isinstance(value, Fraction) and value.denominator != 1:
        return f"{float(value):,.3f}".rstrip("0").rstrip(".")
    return f"{int(value):,}"


# --- changes -----------------------------------------------------------------------------------------------------

AT_TPS: Change = ("throughput: 10000/s", "throughput: ⟨1⟩10000/s")
QUOTAS = "quotas:\n  lambda_concurrency: 5000\n  api_requests: 20000/s\n"
NO_QUOTAS: Change = (QUOTAS, "")
WEST = "{region: us-west-2, role: secondary, cidr: 10.20.0.0/16, zones: [usw2-az1, usw2-az2, usw2-az3]}"
EAST = "{region: us-east-1, role: primary, cidr: 10.10.0.0/16, zones: [use1-az1, use1-az2, use1-az4]}"
ACCEPT = (
    "accept:\n"
    "  - finding: rpo-watched\n"
    "    reason: What a lost region still holds is reconciled by hand; a document that is late is asked for again.\n"
)
NO_ACCEPT: Change = (ACCEPT, "")
FOR_EVER: Change = ("    reads: 1\n    retention: 3650d\n", "    reads: 1\n")
"""Items of the table do not expire: strongly consistent tables have no expiry."""
BUCKET = "  - name: documents\n    objects: 0.01\n    object_size: 100KB\n    retention: 3650d\n"
FUNCTION_END = (
    "    heartbeat: true   # its health check writes to the first table: a stopped replication raises an alarm\n"
)


def tps(written: str) -> Change:
    """Another throughput, marked."""
    return "throughput: 10000/s", f"throughput: ⟨1⟩{written}"


def quotas(*lines: str) -> Change:
    return QUOTAS, "quotas:\n" + "".join(f"  {line}\n" for line in lines)


def granted(*lines: str) -> Change:
    """Quotas beside the shipped ones."""
    return QUOTAS, QUOTAS + "".join(f"  {line}\n" for line in lines)


def duration(written: str) -> Change:
    return "duration: 40ms", f"duration: {written}"


def instead(which: str, name: str) -> Change:
    """Another region in the place of a serving one, with as many zones."""
    moved = which.replace("us-east-1" if which == EAST else "us-west-2", name)
    return which, re.sub(r"zones: \[[^]]*\]", "zones: 3", moved)


SLOW_UPLOADS: Change = ("object_size: 100KB", "object_size: 100KB\n    acceleration: false")
"""For regions without Transfer Acceleration."""


def region(which: str, **members: str) -> Change:
    """Further members of a region's entry."""
    return which, which[:-1] + "".join(f", {name}: {value}" for name, value in members.items()) + "}"


def third(name: str, **members: str) -> Change:
    """A further region that only holds data."""
    entry = f"{{region: {name}, role: replica" + "".join(f", {k}: {v}" for k, v in members.items()) + "}"
    return WEST, f"{WEST}\n  - {entry}"


def bucket(*lines: str) -> Change:
    """The bucket with its second and third line and more written anew; marks allowed."""
    return BUCKET, "".join(f"{'  - ' if not position else '    '}{line}\n" for position, line in enumerate(lines))


def function(name: str, duration: str, *lines: str) -> Change:
    """A second function, of the same code."""
    text = (
        f"  - name: {name}\n    source: ../functions/transaction-processor\n    runtime: python3.13\n"
        f"    handler: app.handler\n    memory: 1024MB\n    timeout: 10s\n    duration: {duration}\n"
    )
    return FUNCTION_END, FUNCTION_END + text + "".join(f"    {line}\n" for line in lines)


def routed(name: str) -> Change:
    old = "    - {method: POST, path: /transactions, function: transaction-processor, scopes: [transactions:write]}\n"
    return old, f"{old}    - {{method: POST, path: /{name}, function: {name}}}\n"
