"""The reference pages say all there is, and what is written by hand says the same as the code.

That the pages are what they are made of is tests/test_generated.py's.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields as members
from pathlib import Path
from string import Template
from typing import Any

import pytest
from ruamel.yaml import YAML

from compiler.pipeline import compile_spec
from compiler.reading.document import load_document
from compiler.rules.registry import RULES
from compiler.services.added import AddedView
from tests import console
from tests.generated import identity
from tests.generated.docs import CENTRAL, EVERY_FIELD, REST, parsers
from tests.team import ROOT, Team
from tools.docs.effects import uses_all
from tools.docs.fields import fields


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """Cells of every row of every table, without escapes."""
    found = re.findall(r"^\| (.*) \|$", text.replace("\\|", "\0"), re.MULTILINE)
    return [[cell.strip().replace("\0", "|") for cell in row.split(" | ")] for row in found]


def of_spec() -> dict[str, list[str]]:
    """Rows of docs/spec.md by route: meaning, unit and so on, under the heading of its section."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in page("spec.md").split("\n"):
        if line.startswith(("## ", "### ")):
            section = "" if line == "## Fields at the top" else line.lstrip("# ") + "."
        elif line.startswith("| `"):
            (row,) = rows(line)
            found[section + row[0].strip("`")] = row
    return found


SPEC = of_spec()


def test_every_field_has_its_row_with_meaning_default_and_example() -> None:
    for field in fields():
        route = field.route.replace("[]", "")
        if "." not in route and field.section is not None:
            continue  # has a heading and the overview instead
        row = SPEC[route]
        assert row[1], f"{route} does not say what may stand there"
        assert row[2] == "required" if field.required else row[2] != "required", route
        assert row[4].endswith("."), route
        if field.section is None:
            assert row[3], f"{route} has no example"
            assert row[5], f"{route} does not say what it changes"


@pytest.mark.parametrize(
    ("route", "changes"),
    [
        ("logs.retention", "`Logs::LogGroup`"),
        ("encryption.rotation", "`KMS::Key`"),
        ("tables.backup", "`DynamoDB::GlobalTable`"),
        ("monitoring.dashboard", "`CloudWatch::Dashboard`"),
        ("dns.health_check.failures", "`Route53::HealthCheck`"),
        ("buckets.acceleration", "`S3::Bucket`"),
        ("functions.memory", "`Lambda::Function`"),
        ("account", "the manifest"),
        ("alerts.subscriptions.to", "`SNS::Subscription`"),
        ("accept.reason", "-"),
        ("deployment.on_delete", "nearly every resource, a parameter"),
    ],
)
def test_what_a_field_changes_is_what_it_changes(route: str, changes: str) -> None:
    assert SPEC[route][5] == changes


def test_what_a_quantity_is_written_in_is_said() -> None:
    assert SPEC["objectives.rto.within"][1] == "duration in `ms`, `s`, `m`, `h`, `d`"
    assert SPEC["tables.item_size"][1] == "size in `KB`, `MB`, `GB`, `TB`, `B`"
    assert SPEC["monitoring.error_rate"][1] == "percentage in `%`"


def test_the_example_of_every_field_uses_every_field_and_compiles_without_a_word() -> None:
    paths = (CENTRAL, REST, EVERY_FIELD)
    unused = [set(uses_all(load_document(path.read_text(encoding="utf-8"), "x").value)) for path in paths]
    assert set.intersection(*unused) == set(), "a field that excludes others has its place in an example of its own"
    for path in paths:
        assert compile_spec(path, path.name, lint=False).diagnostics == ()


@pytest.mark.slow
def test_examples_are_clean_under_cfn_lint(tmp_path: Path) -> None:
    for spec in identity.specs()[1:]:
        assert compile_spec(spec, spec.name).diagnostics == (), spec
    copy = console.checkout(tmp_path / "copy") / "specs/dr-topology.yaml"
    text = copy.read_text(encoding="utf-8")
    assert "endpoints: []" in text
    text = text.replace("endpoints: []", "endpoints: [sqs]")
    copy.write_text(text, encoding="utf-8")
    compiled = compile_spec(copy, "dr-topology.yaml", partials=(ROOT / "examples/partials",))
    assert compiled.diagnostics == ()
    for template in compiled.templates:
        if template.stack.serves:
            (key,) = (r for r in template.body["Resources"].values() if r["Type"] == "AWS::KMS::Key")
            assert f"sqs.{template.stack.region}.amazonaws.com" in str(key)


def test_every_code_is_explained() -> None:
    text = page("rules.md")
    for code, rule in RULES.items():
        assert f"### {code}\n" in text
        assert rule.why in text
        assert rule.fix in text


def test_every_option_is_there() -> None:
    text = page("cli.md")
    for parser in parsers():
        assert f"## {parser.prog}\n" in text
        for action in parser._actions:
            for option in action.option_strings:
                assert re.search(rf"`{re.escape(option)}[ `]", text), f"{parser.prog} {option}"


def test_what_a_partial_is_given_is_the_view() -> None:
    table = page("partials.md").split("holds this table against the view's fields -->")[1].split("\n\n")[1]
    named = [name for row in rows(table) for name in re.findall(r"`(\w+)`", row[0])]
    assert named == [member.name for member in members(AddedView)]


def test_what_is_to_be_pasted_is_what_init_prints() -> None:
    filled = {"version": "0.2.0", "spec": "specs/dr-topology.yaml"}
    text = page("ci.md")
    hook, workflow = (
        Template((ROOT / "compiler" / "commands" / "starter" / name).read_text(encoding="utf-8")).substitute(filled)
        for name in ("hook.yaml.txt", "workflow.yaml.txt")
    )
    assert hook.split("\n", 1)[1] in text
    assert workflow in text
    assert hook.split("\n", 1)[1] in (ROOT / "README.md").read_text(encoding="utf-8")
    attributes = (ROOT / "compiler" / "commands" / "starter" / "attributes.txt").read_text(encoding="utf-8")
    assert f"```\n{attributes.splitlines()[-1]}\n```" in text


def test_the_steps_of_the_workflow_work(tmp_path: Path) -> None:
    """Every step that runs dr-compile, in the order of the page, in a copy of this repository."""
    copy = console.clone(tmp_path / "copy")
    Team(copy).git("update-ref", "refs/remotes/origin/main", "HEAD")
    (copy / "dr-compile.toml").write_text('[[specs]]\npath = "specs/dr-topology.yaml"\n', encoding="utf-8")
    yaml = YAML(typ="safe", pure=True)
    blocks = re.findall(r"```yaml\n(.*?)```", page("ci.md"), re.DOTALL)
    loaded = [yaml.load(block) for block in blocks]
    commands = [command for block in loaded for command in _commands(block)]
    ran = 0
    for command in commands:
        if not command.startswith("dr-compile "):
            continue
        command = command.replace("dr-compile", f"{shlex.quote(sys.executable)} -m compiler", 1)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command], cwd=copy, capture_output=True, text=True, check=False,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "RUNNER_TEMP": str(tmp_path),
                 "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        ran += 1
    assert ran == 4
    assert (copy / "dr-compile.sarif").is_file()
    assert "Nothing that is deployed changes" in (copy / "dr-compile.md").read_text(encoding="utf-8")


def _commands(block: Any) -> Iterator[str]:
    """The commands of steps, jobs and scripts, in their order."""
    if isinstance(block, list):
        for step in block:
            yield from [step] if isinstance(step, str) else [step["run"]] if "run" in step else []
    elif isinstance(block, dict):
        for name, item in block.items():
            yield from _commands(item) if name in ("jobs", "steps", "script") or isinstance(item, dict) else ()
