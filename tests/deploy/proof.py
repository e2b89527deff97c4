"""docs/proof.md lists what was really created; the end-to-end test holds the list against what it saw."""

from __future__ import annotations

import re
from pathlib import Path

from tests.deploy.complement import Record

PROOF = Path(__file__).resolve().parents[2] / "docs" / "proof.md"
BEGIN, END = "<!-- types: begin -->", "<!-- types: end -->"


def table(record: Record) -> str:
    """The table as docs/proof.md holds it."""
    lines = ["| resource type | against the emulator |", "|---|---|"]
    for kind in sorted(record.created | set(record.complemented) | record.absent):
        if kind in record.absent:
            says = "not covered: the emulator has no API for it"
        elif kind not in record.complemented:
            says = "created by its CloudFormation"
        elif kind in record.created:
            says = f"created by its CloudFormation, complemented: {record.complemented[kind]}"
        else:
            says = f"complemented: {record.complemented[kind]}, through its own API"
        lines.append(f"| `{kind}` | {says} |")
    return "\n".join(lines)


def check(record: Record) -> None:
    """Fails where the list is not what this run saw."""
    text = PROOF.read_text(encoding="utf-8")
    found = re.search(f"{BEGIN}\n(.*?)\n{END}", text, re.DOTALL)
    assert found, f"{PROOF.name} has no list of types"
    assert found[1].strip() == table(record), f"docs/proof.md should list:\n{table(record)}"
