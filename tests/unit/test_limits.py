"""More than a stack takes: the remedy names the lines to add, and they make room."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler.aws.facts import cloudformation, iam
from compiler.diagnostics.model import RejectedError
from compiler.output import emit
from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import Document, load_document
from tests.bench.specs import write
from tests.helpers import ODD

MINIMAL: Any = load_document((ODD / "minimal.yaml").read_text(encoding="utf-8"), "spec.yaml").value


def spec(functions: int, parts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The smallest spec with some functions more, each in the part that is said."""
    tree: dict[str, Any] = copy.deepcopy(MINIMAL)
    (first,), (route,) = tree["functions"], tree["api"]["routes"]
    for name in (f"f{number}" for number in range(functions)):
        more = {"stack": parts[name]} if parts and name in parts else {}
        tree["functions"].append({**first, "name": name, "share": 0.001, **more})
        tree["api"]["routes"].append({**route, "path": f"/{name}", "function": name})
    tree["quotas"] = {"lambda_concurrency": 20_000}
    return tree


def made(tree: dict[str, Any], output: Path | None = None) -> Compiled:
    return compile_document(Document("spec.yaml", "", tree, {}), output=output, lint=False)


def remedies(tree: dict[str, Any], output: Path | None = None) -> set[str]:
    """What is said to do about templates that are too large."""
    with pytest.raises(RejectedError) as refused:
        made(tree, output)
    assert {item.rule.code for item in refused.value.diagnostics if item.severity == "error"} == {"DR603"}
    return {str(item.help) for item in refused.value.diagnostics if item.rule.code == "DR603"}


def followed(remedy: str) -> dict[str, str]:
    """The part that each entry is to be given."""
    return {
        name: line[1]
        for part in remedy.split("; ")
        if (line := re.match("add `stack: ([a-z0-9]+)` to ", part))
        for name in re.findall("`([a-z0-9-]+)`", part)
    }


def test_the_lines_that_the_error_prints_make_room() -> None:
    (remedy,) = remedies(spec(50))
    parts = followed(remedy)
    assert parts
    compiled = made(spec(50, parts))
    assert {stack.id.part for stack in compiled.deployment.stacks} == {"", *parts.values()}


def test_what_is_committed_stays_where_it_is(tmp_path: Path) -> None:
    """The entries of the last compile that passed are in its templates, so only later ones are named."""
    emit.write(made(spec(30)).bundle, tmp_path)
    (remedy,) = remedies(spec(50), tmp_path)
    parts = followed(remedy)
    assert parts
    assert not set(parts) & {f"f{number}" for number in range(30)}
    made(spec(50, parts), tmp_path)


def test_a_further_part_is_named_where_one_is_full() -> None:
    parts = {f"f{number}": "a" for number in range(50)}
    (remedy,) = remedies(spec(50, parts))
    assert set(followed(remedy).values()) == {"b"}
    made(spec(50, {**parts, **followed(remedy)}))


def test_no_entry_is_named_where_all_are_committed(tmp_path: Path) -> None:
    ids: dict[str, Any] = {f"FunctionF{number}": {} for number in range(50)}
    for file in ("primary.us-east-1.json", "secondary.us-west-2.json"):
        (tmp_path / file).write_text(json.dumps({"Resources": ids}), encoding="utf-8")
    (remedy,) = remedies(spec(50), tmp_path)
    assert remedy.startswith("entries that are committed cannot move to another stack")


def large(tables: int, functions: int) -> dict[str, Any]:
    """A system with so many entries, 50 tables and 35 functions to a part."""
    tree = spec(functions, {f"f{number}": f"f{number // 35}" for number in range(functions)})
    for number, function in enumerate(tree["functions"]):
        function["tables"] = [f"t{number % tables}"]
    tree["tables"] = [
        {"name": f"t{number}", "stack": f"t{number // 50}", "key": {"partition": "id"}, "item_size": "1KB",
         "writes": 0.01, "reads": 0.01, "retention": "30d"}
        for number in range(tables)
    ]  # fmt: skip
    tree["quotas"] = {"lambda_concurrency": 40_000, "alarms": 8_000}
    return tree


def policies_of(compiled: Compiled) -> dict[str, int]:
    """The length of each role's inline policies, without white space."""
    return {
        f"{stack.key}/{id_}": len(json.dumps(body["Properties"]["Policies"], separators=(",", ":")))
        for stack in compiled.deployment.stacks
        for id_, body in stack.bodies.items()
        if body["Type"] == "AWS::IAM::Role"
    }


def test_the_role_for_the_other_region_stays_within_its_policy() -> None:
    compiled = made(large(120, 2))
    assert max(policies_of(compiled).values()) <= iam.INLINE_POLICY_CHARACTERS.value


@pytest.mark.soak
def test_a_thousand_tables_and_two_hundred_functions_compile() -> None:
    compiled = made(large(1000, 200))
    assert sum(len(stack.bodies) for stack in compiled.deployment.stacks) > 15_000
    assert all(len(stack.bodies) <= cloudformation.RESOURCES_PER_TEMPLATE.value for stack in compiled.deployment.stacks)
    assert max(policies_of(compiled).values()) <= iam.INLINE_POLICY_CHARACTERS.value


@pytest.mark.soak
def test_a_thousand_tables_and_two_hundred_functions_are_linted(tmp_path: Path) -> None:
    """cfn-lint has nothing to say of any template; after a change, it is asked about those that are other ones."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    output, kept = tmp_path / "templates" / "large", tmp_path / "cache" / "dr-compile" / "verdicts"

    def run(tree: dict[str, Any]) -> dict[str, bytes]:
        spec = write(tree, tmp_path / "specs" / "large.yaml")
        command = [sys.executable, "-m", "compiler", str(spec)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "DR70" not in done.stderr
        return {path.name: path.read_bytes() for path in output.iterdir() if path.name != "manifest.json"}

    tree = large(1000, 200)
    before = run(tree)
    assert len(before) > 40
    assert len(list(kept.iterdir())) == len(before)
    tree["tables"][999]["retention"] = "60d"
    after = run(tree)
    changed = [name for name in after if after[name] != before[name]]
    assert 0 < len(changed) < len(before) / 2
    assert len(list(kept.iterdir())) == len(before) + len(changed)
