"""The manifest, written and read: what comes back is the deployment that was written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from compiler.diagnostics.model import RejectedError
from compiler.ir.elements import StackId, StackKind
from compiler.linking.waves import Source, Step, Wire
from compiler.output.emit import encode
from compiler.rollout import manifest
from compiler.rollout.deployment import Deployment, Stack
from tests.helpers import ODD, SHIPPED, compiled, odd_specs
from tests.rollout.plans import Json, resource, template

FIRST = StackId(StackKind.PRIMARY, "us-east-1")
DATA = StackId(StackKind.PRIMARY, "us-east-1", "data")


def reread(deployment: Deployment) -> Deployment:
    """A deployment after it was written to files and read again."""
    files = {item.file: encode(item.body) for item in deployment.templates}
    return manifest.read({**files, manifest.MANIFEST: encode(manifest.write(deployment))}, "out")


@pytest.mark.parametrize("name", ["shipped", *odd_specs()])
def test_what_is_read_is_what_was_written(name: str) -> None:
    made = compiled(SHIPPED if name == "shipped" else ODD / f"{name}.yaml").deployment
    read = reread(made)
    assert manifest.write(read) == json.loads(encode(manifest.write(made)))
    # A file knows nothing of partials and lines.
    bare = tuple(replace(s, template=replace(s.template, origins={}, routes={})) for s in made.stacks)
    assert read.stacks == bare
    assert (read.waves, read.functions, read.partition) == (made.waves, made.functions, made.partition)


def test_names_for_another_environment_and_suffix() -> None:
    made = compiled(SHIPPED).deployment
    other = made.named("test", "b2")
    assert [stack.name for stack in other.stacks] == [
        stack.name.replace("-prod-a1", "-test-b2") for stack in made.stacks
    ]
    assert other.code_bucket("us-east-1", "123456789012") == "bucket-code-test-b2-123456789012-us-east-1"
    assert manifest.write(other)["stacks"] == manifest.write(made)["stacks"], "the manifest leaves both open"
    assert made.named(None, None) == made


def in_parts() -> Deployment:
    """Two stacks of one kind in one region; the second one imports from the first, and gives a value back."""
    first = Stack(
        FIRST, "pay-primary-prod-a1", template(FIRST, {"Key": resource("KMS::Key")}, {"KeyId": {"Ref": "Key"}}),
        (Wire("DataPrimaryTableId", Source(DATA, "TableId")),), (),
    )  # fmt: skip
    data = Stack(
        DATA, "pay-primary-data-prod-a1", template(DATA, {"Table": resource("DynamoDB::Table")}), (),
        (Source(FIRST, "KeyId"),),
    )  # fmt: skip
    waves = ((Step(FIRST, ()),), (Step(DATA, ()),), (Step(FIRST, ("DataPrimaryTableId",)),))
    return Deployment("pay", None, "prod", "a1", (first, data), waves)


def test_a_region_can_have_several_stacks_of_one_kind() -> None:
    """The first one is called as if it were alone, so that a second one renames nothing."""
    assert (FIRST.name, FIRST.token, FIRST.label) == ("primary.us-east-1", "Primary", "primary")
    assert (DATA.name, DATA.token, DATA.label) == ("primary-data.us-east-1", "DataPrimary", "primary-data")
    assert FIRST.rank < DATA.rank < StackId(StackKind.SECONDARY, "us-east-1").rank
    made = in_parts()
    assert [item.file for item in made.templates] == ["primary.us-east-1.json", "primary-data.us-east-1.json"]
    assert made.named("test", None).stack(DATA).name == "pay-primary-data-test-a1"
    first, data = manifest.write(made)["stacks"]
    assert "part" not in first
    assert (data["part"], data["stackName"]) == ("data", "pay-primary-data-${environment}-${environmentSuffix}")
    read = reread(made)
    assert read.stacks == made.stacks
    assert read.waves == made.waves


SPOILT: dict[str, Callable[[Json], object]] = {
    "another version": lambda value: value.update(manifest=99),
    "a wave of a stack that is not there": lambda value: value["waves"][0][0].update(stack="gone.us-east-1"),
    "a parameter from a stack that is not there": lambda value: value["stacks"][0]["parameters"].update(
        X={"stack": "gone.us-east-1", "output": "Y"}
    ),
    "a kind that does not exist": lambda value: value["stacks"][0].update(kind="main"),
    "no stacks": lambda value: value.pop("stacks"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_manifest_that_no_compile_writes_is_refused(name: str) -> None:
    made = in_parts()
    value = manifest.write(made)
    SPOILT[name](value)
    files = {item.file: encode(item.body) for item in made.templates}
    with pytest.raises(RejectedError) as caught:
        manifest.read({**files, manifest.MANIFEST: encode(value)}, "out")
    assert [item.rule.code for item in caught.value.diagnostics] == ["DR854"]


@pytest.mark.parametrize("path", [SHIPPED, ODD / "three-regions.yaml"], ids=lambda path: path.stem)
def test_it_says_which_parameters_a_person_must_give(path: Path) -> None:
    """The token and the code: whoever deploys without dr-deploy makes them, and no template has one."""
    written = manifest.write(compiled(path).deployment)
    required = {stack["kind"]: set(stack["required"]) for stack in written["stacks"]}
    code = {code[member] for code in written["functions"] for member in ("keyParameter", "versionParameter")}
    serving = {"healthToken", *code}
    expected = {"global": {"healthToken"}, "primary": serving, "secondary": serving, "replica": set()}
    assert required == {kind: expected[kind] for kind in required}
