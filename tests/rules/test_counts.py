"""More of something than an account, an API or a plan may have: said at the entry with which it is too much."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from compiler.aws.facts import apigateway
from compiler.diagnostics.model import Diagnostic, RejectedError
from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import Document, load_document
from compiler.rules import counts
from tests.helpers import ODD

Json = Any
TREE: Json = load_document((ODD / "parts.yaml").read_text(encoding="utf-8"), "parts.yaml").value


def made(tree: dict[str, Json]) -> Compiled:
    return compile_document(Document("spec.yaml", "", tree, {}), lint=False)


def refused(tree: dict[str, Json]) -> tuple[Diagnostic, ...]:
    with pytest.raises(RejectedError) as stopped:
        made(tree)
    return tuple(item for item in stopped.value.diagnostics if item.rule in (counts.DR375, counts.DR376))


def allow(monkeypatch: pytest.MonkeyPatch, what: str, most: int) -> None:
    """An account that may have only so many."""
    limited = (
        replace(counted, most=replace(counted.most, value=most)) if counted.what == what else counted
        for counted in counts.COUNTED
    )
    monkeypatch.setattr(counts, "COUNTED", tuple(limited))


@pytest.mark.parametrize(
    ("what", "most", "says"),
    [
        ("tables", 2, "us-west-2 needs 4 tables; AWS allows by default: 2"),
        ("buckets", 3, "the account needs 8 buckets; AWS allows by default: 3"),
        ("roles", 10, r"the account needs \d\d roles; AWS allows by default: 10"),
        ("alarms", 20, r"us-(east-1|west-2) needs \d\d\d? alarms; AWS allows by default: 20"),
        ("routes of the API", 3, "us-east-1 and us-west-2 each need 4 routes of the API; AWS allows by default: 3"),
    ],
)
def test_what_is_too_much_is_asked_for_once_and_then_it_compiles(
    monkeypatch: pytest.MonkeyPatch, what: str, most: int, says: str
) -> None:
    """Over all parts of a region; replicas count where they are, and what is of the account in all regions together."""
    allow(monkeypatch, what, most)
    (found,) = refused(TREE)
    assert re.match(says, found.message), found.message
    written = re.search(r"write `(\w+): (\d+)` under `quotas`", found.help or "")
    assert written
    name, count = written[1], int(written[2])
    made({**TREE, "quotas": {name: count}})
    (again,) = refused({**TREE, "quotas": {name: count - 1}})
    assert f": {count - 1:,} (" in again.message


def test_a_region_may_be_granted_less_than_the_other() -> None:
    first, *others = TREE["regions"]
    (found,) = refused({**TREE, "regions": [{**first, "quotas": {"tables": 2}}, *others]})
    assert found.message.startswith("us-east-1 needs 3 tables; granted: 2")
    assert found.at == ("tables", 2), "the entry with which it is too much"


def with_functions(number: int) -> dict[str, Json]:
    """A system with a route for each function, thirty of them to a part."""
    tree: Json = load_document((ODD / "minimal.yaml").read_text(encoding="utf-8"), "spec.yaml").value
    (first,), (route,) = tree["functions"], tree["api"]["routes"]
    more = [{**first, "name": f"f{n}", "stack": f"p{n // 30}", "share": 0.001} for n in range(number - 1)]
    routes = [{**route, "path": f"/{entry['name']}", "function": entry["name"]} for entry in more]
    api = {**tree["api"], "routes": [route, *routes]}
    quotas = {"lambda_concurrency": 80_000, "api_routes": 500, "iam_roles": 1500}
    return {**tree, "functions": [first, *more], "api": api, "quotas": quotas}


def test_what_nobody_is_granted_more_of_has_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, "integrations of the API", 3)
    tree = with_functions(5)
    (found,) = refused(tree)
    assert found.rule is counts.DR376
    assert found.message.startswith("us-east-1 and us-west-2 each need")
    assert "let one function answer several routes" in (found.help or "")
    routes = [{**route, "function": "worker"} for route in tree["api"]["routes"]]
    made({**tree, "functions": tree["functions"][:1], "api": {**tree["api"], "routes": routes}})


def test_a_plan_for_backups_has_no_more_assignments_than_aws_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, "assignments of the backup plan", 2)
    rules = [{"name": "daily", "every": "day", "at": "03:00", "retention": "35d"}]
    tree = {**TREE, "backup": {"rules": rules}}
    (found,) = refused(tree)
    assert found.rule is counts.DR376
    made({**tree, "backup": {"rules": rules, "tables": ["accounts", "entries"], "buckets": []}})


def test_rest_resources_that_were_granted_count() -> None:
    tree: Json = load_document((ODD / "rest.yaml").read_text(encoding="utf-8"), "rest.yaml").value
    route = next(route for route in tree["api"]["routes"] if "{" not in route["path"])
    many = [{**route, "path": f"{route['path'].rstrip('/')}/p{number}"} for number in range(310)]
    api = {**tree["api"], "routes": [*tree["api"]["routes"], *many]}
    with pytest.raises(RejectedError) as stopped:
        made({**tree, "api": api})
    (found,) = (item for item in stopped.value.diagnostics if item.rule.code == "DR354")
    written = re.search(r"write `api_routes: (\d+)` under `quotas`", found.help or "")
    assert written
    made({**tree, "api": api, "quotas": {**tree.get("quotas", {}), "api_routes": int(written[1])}})


@pytest.mark.soak
def test_the_figures_of_aws_hold_at_their_edge() -> None:
    made(with_functions(apigateway.INTEGRATIONS.value - 1))
    found = refused(with_functions(apigateway.INTEGRATIONS.value + 1))
    assert [item.rule for item in found] == [counts.DR376]
