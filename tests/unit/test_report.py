"""The report of a compile: what stages find is collected, located once, and stops the compile at its errors."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

import pytest

from compiler import pipeline
from compiler.aws.values import ResourceId
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import RejectedError
from compiler.findings.finding import Finding, located
from compiler.findings.report import Report
from compiler.reading.document import load_document
from compiler.rules.registry import find_rule
from compiler.spec.parse import parse
from tests.helpers import SHIPPED, compiled

ERROR, WARNING = Code.DR407, Code.DR419
TABLE = Finding(ERROR, "wrong", ("tables", 0, "key"))
FUNCTION = Finding(WARNING, "doubtful", ("functions", 0, "handler"))


def empty() -> Report:
    document = load_document(SHIPPED.read_text(encoding="utf-8"), "spec.yaml")
    spec = parse(document)
    return Report(document, spec.model_copy(update={"accept": ()}), find_rule)


def said(found: Iterable[object]) -> list[str]:
    return [getattr(item, "message", "") for item in found]


def test_a_stage_with_errors_is_the_last_and_everything_until_then_is_said() -> None:
    report = empty()
    report.check([FUNCTION])
    with pytest.raises(RejectedError) as rejected:
        report.check([TABLE])
    assert said(rejected.value.diagnostics) == ["doubtful", "wrong"]


def test_a_stage_without_a_value_is_the_last() -> None:
    report = empty()
    assert report.require(("a value", [FUNCTION])) == "a value"
    with pytest.raises(RejectedError) as rejected:
        report.require((None, [TABLE]))
    assert said(rejected.value.diagnostics) == ["doubtful", "wrong"]


def test_errors_beside_a_value_are_shown_with_those_of_the_next_check() -> None:
    report = empty()
    report.require(("a value", [TABLE]))
    with pytest.raises(RejectedError) as rejected:
        report.check([FUNCTION])
    assert said(rejected.value.diagnostics) == ["wrong", "doubtful"]


def test_a_resource_is_found_at_the_line_of_the_spec_and_of_its_partial() -> None:
    made = compiled(SHIPPED)
    primary = next(template.stack.name for template in made.templates if template.stack.kind == "primary")
    table, bucket = ResourceId(primary, "TableTransactions"), ("buckets", 0)
    finding = Finding(ERROR, "wrong", table, related=((bucket, "the bucket"), (table, "again")))
    (diagnostic,) = located([finding, finding], made.document, made.templates)
    assert diagnostic.message == f"wrong ({primary}.json)"
    assert diagnostic.at == ("tables", 0)
    assert [(label.at.file, label.text) for label in diagnostic.labels] == [
        ("specs/dr-topology.yaml", "creates `TableTransactions`"),
        ("partials/dynamodb/table.json.j2", "defined here"),
        ("specs/dr-topology.yaml", "the bucket"),
        ("specs/dr-topology.yaml", "again"),
        ("partials/dynamodb/table.json.j2", "defined here"),
    ]


def test_a_whole_template_is_found_at_the_spec_as_a_whole() -> None:
    made = compiled(SHIPPED)
    stack = made.templates[0].stack.name
    (diagnostic,) = located([Finding(ERROR, "wrong", ResourceId(stack, ""))], made.document, made.templates)
    assert diagnostic.message == f"wrong ({stack}.json)"
    assert (diagnostic.at, [label.text for label in diagnostic.labels]) == ((), [""])


def test_the_pipeline_is_a_page_that_can_be_read() -> None:
    """Its stages are one call each: errors are collected, suppressed and raised by the report alone."""
    text = inspect.getsource(pipeline.compile_document)
    body = text.partition('"""\n')[2].rstrip().split("\n")
    assert len(body) <= 16
    assert not any(word in inspect.getsource(pipeline) for word in ("raise ", "has_errors", "located("))
