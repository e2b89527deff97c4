"""Entries in further stacks of a region: what goes with them, what stays, and who refers to whom."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from compiler import planning
from compiler.ir.elements import Block, StackId, StackKind
from compiler.pipeline import Compiled, compile_spec
from compiler.topology.placing import placed
from tests.helpers import ODD, SHIPPED, compiled

PARTS = ODD / "parts.yaml"
PRIMARY = StackId(StackKind.PRIMARY, "us-east-1")


def test_a_spec_without_parts_is_placed_as_it_is() -> None:
    topology = compiled(SHIPPED).topology
    elements = planning.declare(topology)
    assert placed(topology, elements) == elements
    assert topology.all_stacks == topology.stacks


def test_stacks_are_there_where_something_is_in_them() -> None:
    """A part with functions alone has nothing to do in a region that serves nobody."""
    names = [stack.name for stack in compiled(PARTS).topology.all_stacks]
    assert names == [
        "global.us-east-1",
        "primary.us-east-1", "primary-archive.us-east-1", "primary-data.us-east-1", "primary-work.us-east-1",
        "secondary.us-west-2", "secondary-archive.us-west-2", "secondary-data.us-west-2", "secondary-work.us-west-2",
        "replica.us-east-2", "replica-archive.us-east-2", "replica-data.us-east-2",
    ]  # fmt: skip
    for stack in compiled(PARTS).deployment.stacks:
        assert stack.bodies, f"{stack.key} is empty"


def test_all_that_belongs_to_an_entry_goes_with_it() -> None:
    """Whatever has the name of an entry in its id is in the part of the entry, in every region."""
    made = compiled(PARTS)
    entries = (*made.topology.spec.tables, *made.topology.spec.buckets, *made.topology.spec.functions)
    homes = defaultdict(set)
    for stack in made.deployment.stacks:
        for id_ in (*stack.bodies, *stack.section("Outputs"), *stack.section("Parameters")):
            for entry in entries:
                kinds = ("Table", "Bucket", "Function", "codeKey", "codeVersion", "Integration", "ApiMayCall",
                         "reservedConcurrency", "AlarmTable", "AlarmBucket", "AlarmFunction")  # fmt: skip
                if id_.startswith(tuple(f"{kind}{entry.name.capitalize()}" for kind in kinds)):
                    homes[entry.name].add(stack.id.part)
    assert homes == {entry.name: {entry.stack or ""} for entry in entries}


def test_a_route_is_in_the_part_of_its_function() -> None:
    deployment = compiled(PARTS).deployment
    routes = {
        body["Properties"]["RouteKey"]: stack.id.part
        for stack in deployment.stacks if stack.id.base == PRIMARY
        for body in stack.bodies.values()
        if body["Type"] == "AWS::ApiGatewayV2::Route" and isinstance(body["Properties"]["RouteKey"], str)
    }  # fmt: skip
    assert routes.items() >= {"POST /entries": "", "GET /reports/{account_id}": "work", "POST /days": "data"}.items()


@pytest.mark.parametrize("kind", StackKind)
def test_parts_take_from_the_first_stack_and_give_it_nothing(kind: StackKind) -> None:
    """An export that is in use cannot change, so values go in one direction only; between parts go none."""
    for stack in compiled(PARTS).deployment.stacks:
        sources = [*(wire.source for wire in stack.wires), *stack.imports]
        near = {source.stack.part for source in sources if source.stack.base == stack.id.base}
        if stack.id.kind is kind:
            assert near <= {"", stack.id.part}, f"{stack.key} takes from {near}"


def test_a_composite_alarm_sums_up_its_own_stack() -> None:
    """A child of a composite alarm cannot be deleted, and parts are deleted first."""
    for stack in compiled(PARTS).deployment.stacks:
        for body in stack.bodies.values():
            if body["Type"] == "AWS::CloudWatch::CompositeAlarm":
                assert "Fn::ImportValue" not in str(body["Properties"]["AlarmRule"])


def test_tables_are_protected_once_their_own_stack_has_the_keys() -> None:
    """The name of the value does not follow from the order of tables: a table more takes no protection away."""
    made = compiled(PARTS)
    part = made.deployment.stack(StackId(StackKind.PRIMARY, "us-east-1", "data"))
    assert {output for output in part.section("Outputs") if "Joined" in output} == {
        "RegionUnhealthyJoinedUsEast2", "RegionUnhealthyJoinedUsWest2",
    }  # fmt: skip
    for name in ("TableEntries", "TableAudit"):
        replicas = part.bodies[name]["Properties"]["Replicas"]
        assert all("DeletionProtectionEnabled" in str(replica) for replica in replicas)


def test_every_block_is_in_a_stack_of_the_topology() -> None:
    topology = compiled(PARTS).topology
    blocks = [element for element in planning.declare(topology) if isinstance(element, Block)]
    assert {block.stack for block in blocks} == set(topology.all_stacks)


def edited(folder: Path, *changes: tuple[str, str], base: str = "") -> Compiled:
    """The spec with parts, changed; with `base` as an overlay of it."""
    text = PARTS.read_text(encoding="utf-8").replace("source: code/", f"source: {ODD}/code/")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    marked = f"base: true\n{text}" if base else text
    (folder / "parts.yaml").write_text(marked, encoding="utf-8")
    if base:
        (folder / "over.yaml").write_text(f"extends: parts.yaml\n{base}", encoding="utf-8")
    path = folder / ("over.yaml" if base else "parts.yaml")
    return compile_spec(path, path.name, lint=False)


@pytest.mark.parametrize("names", [("a", "aa"), ("globals", "primary1"), ("part", "part1"), ("alarm", "latch")])
def test_parts_whose_names_are_alike_are_kept_apart(tmp_path: Path, names: tuple[str, str]) -> None:
    """Names of stacks, alarms and dashboards hold the part, and nothing has the name of another one."""
    made = edited(tmp_path, ("stack: data", f"stack: {names[0]}"), ("stack: work", f"stack: {names[1]}"))
    stacks = [(stack.region, stack.name) for stack in made.deployment.stacks]
    assert len(set(stacks)) == len(stacks) == len(compiled(PARTS).deployment.stacks)
    files = [stack.template.file for stack in made.deployment.stacks]
    assert len(set(files)) == len(files)


def test_an_overlay_puts_an_entry_into_a_part(tmp_path: Path) -> None:
    made = edited(tmp_path, base="name: other\ntables:\n  - {name: accounts, stack: books}\n")
    homes = [stack.id.part for stack in made.deployment.stacks if "TableAccounts" in stack.bodies]
    assert homes == ["books"]
