"""Other topologies than the shipped one: other regions, and a third one for the data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.site import ROOT, Site

SPECS = ROOT / "tests" / "specs"


@pytest.mark.parametrize("name", ["europe", "three-regions", "manual-failback"])
def test_it_deploys_from_nothing_and_a_second_run_finds_nothing(site_of: Callable[[Path], Site], name: str) -> None:
    site = site_of(SPECS / f"{name}.yaml")

    first, second = site.deploy(), site.deploy()

    assert first.code == 0, first
    manifest = json.loads((site.folder / "templates" / name / "manifest.json").read_text())
    for stack in manifest["stacks"]:
        found = site.stack(stack["stack"])
        assert found["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        assert found["EnableTerminationProtection"]
        given = {p["ParameterKey"]: p["ParameterValue"] for p in found["Parameters"]}
        assert all(given[parameter] for parameter in stack["parameters"]), f"{stack['stack']}: {given}"
    assert second.code == 0, second
    assert "nothing had to be changed" in second.out
    tables = [
        id_ for id_ in site.resources(next(s["stack"] for s in manifest["stacks"] if s["kind"] == "primary"))
        if id_.startswith("Table") and not id_.endswith("Emulated")
    ]  # fmt: skip
    assert tables
    regions = {stack["region"] for stack in manifest["stacks"] if stack["kind"] != "global"}
    for region in regions:
        assert len(site.gateway.client("dynamodb", region).list_tables()["TableNames"]) == len(tables)
