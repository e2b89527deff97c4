"""docs/traps.md: the fifty traps of a topology in two regions, and what becomes of each."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics.model import Rule
from compiler.diagnostics.rules import RULES
from compiler.rules.table import CHECKS
from compiler.rules.traps import TRAPS, Trap

INTRODUCTION = """\
# Traps of a topology in two regions

Mistakes that AWS accepts, or refuses in the middle of a deployment, and that no single template shows. Most cannot
arise from a spec; all of them are looked for in the merged templates of all stacks together, so that partials of
your own are held to them too. `dr-compile --explain CODE` prints why a rule exists and the page that states the fact.

Each finding names the line of the spec that asked for the resource and the line of the partial that laid it out. An
error stops the compile; a warning does not, and can be accepted with a reason (section `accept` of the spec).

This file is made from `compiler/rules/traps.py`; `tests/rules/seeds.py` brings each trap into the templates and shows
that exactly its rule finds it.

| | trap | found by | severity |
|---:|---|---|---|
"""

LEFT = """
## What a rule cannot say

Some of it lies outside the templates: in the account, in two versions of a deployment, or in what people do.

"""

OTHERS = """
## Rules beside the traps

| | reports that | severity |
|---|---|---|
"""


def files() -> dict[str, bytes]:
    """The page."""
    text = INTRODUCTION + "".join(_row(trap) for trap in TRAPS)
    text += LEFT + "".join(f"{trap.number}. {_item(trap)}\n" for trap in TRAPS if trap.reason)
    text += OTHERS + "".join(f"| `{rule.code}` | {rule.says} | {rule.severity} |\n" for rule in _others())
    return {"docs/traps.md": text.encode()}


def _row(trap: Trap) -> str:
    rules = trap.rules
    found = "<br>".join(f"`{rule.code}` {rule.says}" for rule in rules) or "see below"
    severity = ", ".join(dict.fromkeys(str(rule.severity) for rule in rules)) or "-"
    return f"| {trap.number} | {trap.says} | {found} | {severity} |\n"


def _item(trap: Trap) -> str:
    return f"**{trap.says}** {trap.reason}"


def _others() -> Iterator[Rule]:
    """Rules over merged templates that stand for no trap, and those of the order of waves."""
    used = {rule.code for trap in TRAPS for rule in trap.rules}
    listed = {rule.code for check in CHECKS for rule in check.codes}
    listed |= {code for code in RULES if code.startswith(("DR47", "DR61"))}
    yield from (RULES[code] for code in sorted(listed - used))
