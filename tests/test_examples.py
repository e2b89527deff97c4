"""Every folder of examples/ compiles, and no validator finds anything in it that is not explained.

The folders are found, not listed: one with `specs/` is a system, any other one holds partials, which are compiled with
the shipped spec.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from compiler.pipeline import Compiled, compile_document, compile_spec
from compiler.reading.document import load_document
from tests.generated import identity
from tests.helpers import ROOT, SHIPPED, Topology, topology_of
from tests.native import unexplained
from tests.test_lint_clean import in_all

FOLDERS = tuple(sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir()))
SYSTEMS = tuple(spec for spec in identity.specs() if spec != SHIPPED)
PARTIALS = tuple(folder for folder in FOLDERS if not (folder / "specs").is_dir())
EXAMPLES = (*SYSTEMS, *PARTIALS)


def name(example: Path) -> str:
    return identity.name(example) if example.is_file() else example.name


@cache
def made(example: Path) -> Compiled:
    """An example without cfn-lint; partials with the shipped spec, whose functions then reach every service."""
    if example.is_file():
        return compile_spec(example, example.relative_to(ROOT).as_posix(), lint=False)
    text = SHIPPED.read_text(encoding="utf-8").replace("endpoints: []", "endpoints: [sqs, secretsmanager]")
    return compile_document(load_document(text, SHIPPED.name), partials=[example], lint=False)


def topology(example: Path) -> Topology:
    return topology_of(made(example).bundle.files)


def test_every_folder_is_tried() -> None:
    tried = {spec.parents[1] for spec in SYSTEMS} | set(PARTIALS)
    assert tried == set(FOLDERS)
    assert {"central-account", "every-field", "partials"} <= {folder.name for folder in FOLDERS}


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_our_rules_find_nothing_that_is_not_accepted_with_a_reason(example: Path) -> None:
    compiled = made(example)
    assert [item.message for item in compiled.diagnostics] == []
    assert all(item.entry.reason for item in compiled.suppressed)


@pytest.mark.parametrize("folder", PARTIALS, ids=name)
def test_what_a_folder_of_partials_adds_is_in_the_templates(folder: Path) -> None:
    for partial in folder.rglob("*.json.j2"):
        added = set(re.findall(r'^    "(\w+)": \{$', partial.read_text(encoding="utf-8"), re.MULTILINE))
        assert added
        for template in made(folder).templates:
            if template.stack.serves:
                assert added <= template.body["Resources"].keys(), partial


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_the_native_validator_finds_nothing_unexplained(example: Path) -> None:
    laid_out = topology(example)
    for about in laid_out.manifest["stacks"]:
        rest = unexplained(laid_out.templates[about["template"]], about["parameters"])
        assert [f"{f.severity} {f.rule} {f.resource}: {f.message}" for f in rest] == [], about["template"]


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_cfn_lint_finds_nothing_with_its_informational_checks(example: Path) -> None:
    assert in_all(topology(example).templates) == []
