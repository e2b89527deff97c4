"""Other topologies than the shipped one: other regions, and a third one for the data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.site import ROOT, Site

SPECS = ROOT / "tests" / "specs"


@pytest.mark.parametrize(
    "name", ["europe", *(pytest.param(name, marks=pytest.mark.slow) for name in ("three-regions", "parts"))]
)
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
        id_ for stack in manifest["stacks"] if stack["kind"] == "primary" for id_ in site.resources(stack["stack"])
        if id_.startswith("Table") and not id_.endswith("Emulated")
    ]  # fmt: skip
    assert tables
    regions = {stack["region"] for stack in manifest["stacks"] if stack["kind"] != "global"}
    for region in regions:
        names = site.gateway.client("dynamodb", region).list_tables()["TableNames"]
        # The latch is a table of the standby alone.
        assert len([name for name in names if not name.startswith("table-latch-")]) == len(tables)


@pytest.mark.slow
def test_a_running_system_grows_and_nothing_leaves_it_on_the_way(site_of: Callable[[Path], Site]) -> None:
    """The primary stack is updated in a wave before the further region's key is known, and so are the records."""
    site = site_of(SPECS / "west-first.yaml")
    domain, by_itself = "dns: {domain: trades.example.com}", "dns: {domain: trades.example.com, failback: automatic}"
    site.edit((domain, by_itself))
    site.compile()
    assert site.deploy().code == 0
    stacks = ("primary.us-west-2", "secondary.us-east-1", "global.us-east-1")
    before = {stack: site.resources(stack) for stack in stacks}
    # Resources of the complement are made anew with what they stand for.
    kept = {stack: {id_ for id_ in ids if not id_.endswith("Emulated")} for stack, ids in before.items()}

    for edit in (
        ("tables:", "  - {region: eu-west-1, role: replica}\ntables:"),
        (by_itself, domain),
    ):
        site.edit(edit)
        site.compile()
        done = site.deploy()
        assert done.code == 0, done

    for stack in stacks:
        after = site.resources(stack)
        assert {id_: after.get(id_) for id_ in kept[stack]} == {id_: before[stack][id_] for id_ in kept[stack]}
        gone = {id_ for id_, status in site.events(stack) if status.startswith("DELETE")}
        assert gone & kept[stack] == set()
    tables = site.gateway.client("dynamodb", "eu-west-1").list_tables()["TableNames"]
    assert tables == site.gateway.client("dynamodb", "us-west-2").list_tables()["TableNames"] != []
    assert {"HealthCheckPrimaryFree", "FailoverPrimaryA"} <= set(site.resources("global.us-east-1"))


@pytest.mark.slow
def test_what_is_compiled_with_own_partials_is_deployed_and_stays(site_of: Callable[[Path], Site]) -> None:
    """The configuration says the partials and the tags to both commands; nothing is said on a command line."""
    site = site_of(ROOT / "tests" / "deploy" / "small.yaml")
    own = '{"Resources": {"Inbox": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": {{ key_id }}}}}}'
    (site.folder / "platform" / "sns").mkdir(parents=True)
    (site.folder / "platform" / "sns" / "inbox.json.j2").write_text(own)
    (site.folder / "dr-compile.toml").write_text(
        'partials = "platform"\n[[specs]]\npath = "specs/small.yaml"\ntags = {CostCenter = "4711"}\n'
    )
    before = site.deploy()
    assert (before.code, set(before.codes)) == (1, {"DR801"}), "the templates are older than the partial"
    assert "run `dr-compile specs/small.yaml` and commit its output" in before.err
    site.compile()
    first = site.deploy()
    assert first.code == 0, first
    for stack in ("primary.us-east-1", "secondary.us-west-2"):
        topic = site.resources(stack)["Inbox"]
        topics = site.gateway.client("sns", stack.rpartition(".")[2]).list_topics()["Topics"]
        assert topic in {found["TopicArn"] for found in topics}
        assert {"Key": "CostCenter", "Value": "4711"} in site.stack(stack)["Tags"]
    second = site.deploy()
    assert second.code == 0, second
    assert "nothing had to be changed" in second.out
