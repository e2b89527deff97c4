"""docs/diff.md: the page with its example, made by really running it, and the tables of what is known.

`diff.md` beside this module is the page with those parts left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from compiler.aws.types import registry
from compiler.aws.types.record import ResourceType
from compiler.aws.types.update_rules import Action, Data, UpdateRule
from compiler.diff.causes import Causes, explained
from compiler.diff.change import Diff
from compiler.diff.compare import Comparison
from compiler.diff.record import record
from compiler.reading.document import load_document
from compiler.rollout.manifest import read
from tests import node
from tests.diff import cdk
from tests.diff.edits import EDITS, Texts
from tests.diff.rows import ROWS, update
from tests.diff.worlds import SHOWN, laid_out, text
from tests.diff.worlds import files as compiled
from tests.terminal import diff_text

_FRAME = Path(__file__).with_suffix(".md")
_FOLDER = "templates/dr-topology"
_EDITS: Texts = (
    ("key: {partition: transaction_id}", "key: {partition: transaction_id, sort: booked_at}"),
    ("memory: 1024MB", "memory: 2048MB"),
    ("interval: 10s", "interval: 30s"),
    ("retention: 90d", "retention: 30d"),
)
_WIDTH = 110
_LETTERS = {"R": "replaced", "M": "only AWS can tell", "-": "in place"}


def example() -> Diff:
    """What the edits of the example do to the shipped topology."""
    document, topology, new = laid_out(text("shipped", _EDITS))
    old, after = read(compiled("shipped"), _FOLDER), read(new, _FOLDER)
    comparison = Comparison(old, after)
    found = comparison.diff(_FOLDER, _FOLDER)
    before = load_document(text("shipped"), SHOWN).value
    causes = Causes(before, document, topology)
    return explained(found, causes, comparison.old, comparison.new)


def files() -> dict[str, bytes]:
    diff = example()
    parts = {
        "edits": "\n".join(f"-{old}\n+{new}" for old, new in _EDITS),
        "example": diff_text(diff, width=_WIDTH).rstrip("\n"),
        "known": "\n\n".join(_known(record) for record in registry.RECORDS.values() if record.updates),
        "replaced": _table({kind: record.replaced for kind, record in registry.RECORDS.items()}),
        "left": _table({kind: record.left for kind, record in registry.RECORDS.items()}),
        "cdk": node.PACKAGES[cdk.PACKAGE],
        "cases": str(len(list(cdk.cases()))),
        "edits_count": str(len(EDITS)),
        "properties": "\n".join(_property(case) for case in cdk.cases() if case.key in cdk.PROPERTIES),
        "world": "\n".join(f"- {why}" for why in cdk.WORLD.values()),
        "json": json.dumps(_shortened(diff), indent=2),
    }
    page = _FRAME.read_text(encoding="utf-8")
    for name, part in parts.items():
        page = page.replace(f"<<{name}>>", part)
    return {"docs/diff.md": page.encode()}


def _known(record: ResourceType) -> str:
    rows = [
        f"| {rule.when} | {_meaning(rule)} | {_says(record.type, rule)} | [{_name(rule)}]({rule.source}) |"
        for rule in record.updates
    ]
    return "\n".join(
        [f"**{record.type}**, when", "", "| | it means | says, for example | source |", "|---|---|---|---|", *rows]
    )


def _meaning(rule: UpdateRule) -> str:
    says = []
    if rule.refused:
        says.append("refused")
    if rule.action is not Action.IN_PLACE:
        says.append(str(rule.action))
    if rule.data is not Data.NONE:
        says.append(str(rule.data))
    return ", ".join(says or ["in place"]) + ("" if rule.certain else ", as far as is known")


def _says(kind: str, rule: UpdateRule) -> str:
    """What is said where it happens, and what to do where AWS refuses it."""
    kind, _, old, new, _ = next(row for row in ROWS if row[1] == rule.when and registry.of(row[0]).type == kind)
    sentence = next(rule.find(update(kind, old, new)))
    return f"{sentence}; help: {rule.remedy}" if rule.remedy else sentence


def _name(rule: UpdateRule) -> str:
    return rule.source.rstrip("/").rsplit("/", 1)[-1].removesuffix(".html")


def _table(says: Mapping[str, str]) -> str:
    return "\n".join(f"| `{kind}` | {what} |" for kind, what in says.items() if what)


def _property(case: cdk.Case) -> str:
    verdict = case.verdict
    here = cdk.letter(str(verdict.action), certain=verdict.certain)
    kind, pointer = case.key
    return f"| `{kind}` `{pointer}` | {_LETTERS[here]} | {_theirs(here, pointer)} | {cdk.PROPERTIES[case.key]} |"


def _theirs(here: str, pointer: str) -> str:
    """What the package says where it differs: the test holds that it does, this only words it."""
    return {"InstanceTenancy": _LETTERS["M"]}.get(pointer, _LETTERS["R"] if here == "-" else _LETTERS["-"])


def _shortened(diff: Diff) -> dict[str, object]:
    """The JSON form of the example with one stack and one change in it."""
    value = record(diff)
    stack = next(stack for stack in value["stacks"] if stack["stack"].startswith("global"))
    stack["changes"] = [change for change in stack["changes"] if change["refused"] or change["properties"]][:1]
    return {"diff": {**value, "stacks": [stack]}}
