"""The editor schema: its shape, and that its verdict is the compiler's wherever a schema can express the rule."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from compiler import planning
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Position, RejectedError, Route, Rule, Span
from compiler.findings.finding import located
from compiler.objectives.evaluate import evaluate
from compiler.reading.chain import OF_FILE
from compiler.reading.document import Document, load_document, open_document
from compiler.rules.registry import RULES
from compiler.spec.compose import compose
from compiler.spec.model import Spec
from compiler.spec.parse import parse
from compiler.support.frozen import frozen
from tools import schema

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = schema.schema()
VALIDATOR = jsonschema.Draft7Validator(schema.for_editors())
SPECS = sorted(
    path
    for pattern in ("specs/*.yaml", "tests/specs/*.yaml", "tests/golden/*/*.yaml", "examples/**/specs/*.yaml")
    for path in ROOT.glob(pattern)
)
BAD = sorted(ROOT.glob("tests/bad/**/*.yaml"))

EXPRESSIBLE = (
    Code.DR201,
    Code.DR202,
    Code.DR203,
    Code.DR204,
    Code.DR205,
    Code.DR206,
    Code.DR207,
    Code.DR208,
    Code.DR210,
    Code.DR301,
    Code.DR305,
    Code.DR403,
)
"""Rules that look at one value alone; DR205 only where the value is no text in a form that the schema accepts."""

Found = set[tuple[str, Position]]


def nodes(node: dict[str, Any], route: str = "spec") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema in the schema, with a route for the test's message."""
    yield route, node
    for name, child in node.get("properties", {}).items():
        yield from nodes(child, f"{route}.{name}")
    for child in node.get("patternProperties", {}).values():
        yield from nodes(child, f"{route}.*")
    if "items" in node:
        yield from nodes(node["items"], f"{route}[]")


NODES = dict(nodes(SCHEMA))


def test_it_is_a_schema_of_draft_7() -> None:
    jsonschema.Draft7Validator.check_schema(schema.for_editors())
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_objects_are_closed_and_nothing_is_a_union_or_a_reference() -> None:
    for route, node in NODES.items():
        assert not {"anyOf", "oneOf", "allOf", "$ref", "$defs"} & node.keys(), route
        if "object" in node.get("type", ()):
            assert node["additionalProperties"] is False, route
            assert node.get("properties") or node.get("patternProperties"), route


def test_every_field_has_hover_text_and_a_type() -> None:
    for route, node in NODES.items():
        assert "type" in node, route
        if not route.endswith(("[]", "*")):
            assert node["description"].endswith("."), route
            assert node["title"], route


def test_every_quantity_says_its_units_and_shows_an_example() -> None:
    quantities = {route: node for route, node in NODES.items() if "with a unit" in node.get("errorMessage", "")}
    assert {"spec.objectives.rto", "spec.tables[].item_size", "spec.objectives.throughput"} <= quantities.keys()
    for route, node in quantities.items():
        assert "a number followed by" in node["description"], route
        assert node["examples"], route


@pytest.mark.parametrize("route", [route for route, node in NODES.items() if "pattern" in node])
def test_examples_and_defaults_fit_their_pattern(route: str) -> None:
    node = NODES[route]
    for text in (*node["examples"], *([node["default"]] if "default" in node else [])):
        assert re.search(node["pattern"], text), text


def test_the_same_bytes_every_time() -> None:
    assert schema.encoded() == schema.encoded()
    assert list(SCHEMA["properties"]) == list(Spec.model_fields)


def by_us(document: Document, folder: Path) -> Found:
    """Code and place of everything the compiler says of the spec alone and of its regions and services."""
    try:
        spec = parse(document)
        topology, found = planning.topology(spec)
        findings = (*found, *(evaluate(topology, planning.objectives(topology)) if topology else ()))
        diagnostics = located(findings, document)
    except RejectedError as error:
        diagnostics = error.diagnostics
    return {(d.rule.code, d.span.start) for d in diagnostics}


def by_schema(document: Document) -> set[tuple[Position, Route]]:
    """Place and route of everything the schema says."""
    found: set[tuple[Position, Route]] = set()
    for error in VALIDATOR.iter_errors(document.value):
        path: Route = tuple(error.absolute_path)
        if error.validator == "required":
            route = (*path, str(re.findall(r"'([^']+)' is a required", error.message)[0]))
            found.add((document.first_line(route).start, route))
        elif error.validator == "additionalProperties":
            for key in unknown_keys(error.instance, error.schema):
                found.add((document.span((*path, key), key=True).start, (*path, key)))
        else:
            found.add((document.first_line(path).start, path))
    return found


def unknown_keys(instance: dict[str, Any], node: dict[str, Any]) -> Iterator[str]:
    for key in instance:
        if key not in node.get("properties", {}) and not any(
            re.search(p, key) for p in node.get("patternProperties", {})
        ):
            yield key


def expressible(rule: Rule, document: Document, at: Position) -> bool:
    """Whether a schema can hold this finding against the spec."""
    if rule not in EXPRESSIBLE:
        return False
    routes = [route for route, span in document.values.items() if span.start == at]
    for route in routes:
        node = node_at(route)
        value = value_at(document, route)
        # `168h` are seven days: what a text means is beyond its form.
        if rule is Code.DR205 and isinstance(value, str) and "enum" not in node:
            return False
        # A whole number written 3.0 is an integer to draft 7.
        if rule is Code.DR203 and isinstance(value, float) and value.is_integer() and "integer" in node.get("type", ()):
            return False
    return True


def node_at(route: Route) -> dict[str, Any]:
    node = SCHEMA
    for step in route:
        if isinstance(step, int):
            node = node.get("items", {})
        else:
            patterns = list(node.get("patternProperties", {}).values())
            node = node.get("properties", {}).get(step) or (patterns[0] if patterns else {})
    return node


def value_at(document: Document, route: Route) -> Any:
    value: Any = document.value
    for step in route:
        value = value[step]
    return value


def assert_agreement(document: Document, folder: Path) -> None:
    """What the schema refuses the compiler refuses at the same place, and the reverse where it can be expressed."""
    ours = by_us(document, folder)
    theirs = by_schema(document)
    places = {at for _, at in ours}
    # Services are asked only about a spec that parsed; in one that did not, the schema may well see more.
    parsed = not any(code.startswith("DR2") for code, _ in ours)
    for at, route in theirs:
        beyond = not parsed and "enum" in node_at(route)
        assert at in places or beyond, f"only the schema refuses {route} at {at}"
    for code, at in ours:
        if expressible(RULES[code], document, at):
            assert at in {place for place, _ in theirs}, f"only the compiler says {code} at {at}"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.relative_to(ROOT)))
def test_good_specs_are_good(path: Path) -> None:
    document = open_document(path, path.name)
    assert list(VALIDATOR.iter_errors(document.value)) == []


@pytest.mark.parametrize("path", BAD, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_bad_corpus_has_one_verdict(path: Path) -> None:
    try:
        document = open_document(path, path.name)
    except RejectedError:
        return  # not YAML: no value that a schema could look at
    if isinstance(document.value, dict) and document.value.keys() & set(OF_FILE):
        return  # a part of a spec; the mutants of an environment are held against the schema below
    assert_agreement(document, path.parent)


def changes(value: Any, route: Route = ()) -> Iterator[tuple[str, Route, Any]]:
    """Ways to break one place of a spec: what is done, where, and the new value (`...` to remove it)."""
    if route:
        for wrong in (None, True, 7, 0, -1, 2.5, "x", "", "15", "15:00", "10 s", "5 parsecs", "{{resolve:ssm:x}}"):
            yield f"becomes {wrong!r}", route, wrong
        yield "becomes a list", route, ["x"]
        yield "becomes a section", route, {"x": 1}
        yield "is gone", route, ...
    if isinstance(value, dict):
        yield "gets an unknown key", (*route, "unknwon"), 1
        for key, item in value.items():
            yield from changes(item, (*route, key))
    elif isinstance(value, list):
        yield "is empty", route, []
        for position, item in enumerate(value):
            yield from changes(item, (*route, position))


def changed(value: Any, route: Route, new: Any) -> Any:
    made = copy.deepcopy(value)
    parent = made
    for step in route[:-1]:
        parent = parent[step]
    if new is ...:
        del parent[route[-1]]
    else:
        parent[route[-1]] = new
    return made


def document_of(value: Any) -> Document:
    """A document that holds `value`, every key and value on its own line; reading YAML would take most of the time."""
    values: dict[Route, Span] = {}
    keys: dict[Route, Span] = {}

    def place(item: Any, route: Route) -> None:
        at = Position(len(values) + 1, 5)
        values[route] = Span("spec.yaml", at, at)
        if isinstance(item, dict):
            for key, child in item.items():
                place(child, (*route, key))
                at = Position(values[(*route, key)].start.line, 1)
                keys[(*route, key)] = Span("spec.yaml", at, at)
        elif isinstance(item, list):
            for position, child in enumerate(item):
                place(child, (*route, position))

    place(value, ())
    return Document("spec.yaml", "\n" * len(values), value, values, keys)


SHIPPED = load_document((ROOT / "specs/dr-topology.yaml").read_text(encoding="utf-8"), "spec.yaml").value
SECTIONS = list(SHIPPED) if isinstance(SHIPPED, dict) else []


@pytest.mark.parametrize("section", SECTIONS)
def test_mutants_of_the_shipped_spec_have_one_verdict(section: str) -> None:
    assert isinstance(SHIPPED, dict)
    mutants = 0
    for what, route, new in changes(SHIPPED[section], (section,)):
        document = document_of(changed(SHIPPED, route, new))
        mutants += 1
        try:
            assert_agreement(document, ROOT / "specs")
        except AssertionError as error:
            raise AssertionError(f"{'.'.join(map(str, route))} {what}: {error}") from error
    assert mutants > 10


@frozen
class _Base:
    """The shipped spec as a base."""

    def read(self, path: str) -> bytes:
        assert path == "base.yaml"
        assert isinstance(SHIPPED, dict)
        return json.dumps({"base": True, **SHIPPED}).encode()

    def names(self, folder: str) -> Iterable[str]:
        return ("base.yaml",) if folder == "." else ()


@pytest.mark.parametrize("section", ["naming", "objectives", "tables", "api", "accept"])
def test_mutants_of_an_environment_have_one_verdict(section: str) -> None:
    """What the schema refuses in a file that extends a base, the compiler refuses there as well; and the reverse."""
    assert isinstance(SHIPPED, dict)
    whole = {"extends": "base.yaml", section: SHIPPED[section]}
    for what, route, new in list(changes(SHIPPED[section], (section,)))[::3]:
        document = document_of(changed(whole, route, new))
        theirs = {at for at, _ in by_schema(document)}
        try:
            composed = compose(document, _Base())
            parse(composed)
            ours: set[tuple[str, Position]] = set()
        except RejectedError as error:
            found = [item for item in error.diagnostics if item.span.file == document.file]
            ours = {(item.rule.code, item.span.start) for item in found}
        where = f"{'.'.join(map(str, route))} {what}"
        # An entry that does not say which one it is is not looked into.
        unnamed = any(code == "DR126" for code, _ in ours)
        assert unnamed or theirs <= {at for _, at in ours}, f"only the schema refuses {where}: {theirs}"
        own = {at for code, at in ours if code in ("DR201", "DR202", "DR203", "DR204", "DR206", "DR207", "DR210")}
        assert own <= theirs, f"only the compiler refuses {where}: {ours}"
