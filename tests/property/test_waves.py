"""What must hold of the compiled stacks of any legal spec; each class is one rule."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler import facts
from compiler.pipeline import compile_document
from compiler.source import load
from tests.helpers import Topology, topology_of
from tests.property.strategies import FOLDER, specs, text
from tests.world import Stack, deploy, texts

EXAMPLES = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@lru_cache(maxsize=256)
def _compiled(written: str) -> Topology:
    return topology_of(compile_document(load(written, "spec.yaml"), FOLDER, lint=False).bundle.files)


topologies = st.builds(lambda spec: _compiled(text(spec)), specs())
EMAIL = {"alertEmail": "oncall@example.com"}
LONGEST = {"environment": "e2345678", "environmentSuffix": "s2345678", **EMAIL}


class TestNothingRefersToWhatIsAbsent:
    """In every wave, every resource and output that is there refers only to what is there by then.

    Parameters and imports count as far as an earlier wave has produced them; branches of `Fn::If` that are not
    taken do not count.
    """

    @EXAMPLES
    @given(topologies)
    def test_in_every_wave(self, topology: Topology) -> None:
        assert len(deploy(topology.manifest, topology.templates)) == len(topology.manifest["waves"])

    @EXAMPLES
    @given(topologies)
    def test_with_every_switch_the_other_way(self, topology: Topology) -> None:
        chosen = {"createSharedAlias": "false", "codeBucket": "builds", **EMAIL}
        deploy(topology.manifest, topology.templates, chosen)


class TestAGateNeverClosesAgain:
    """From wave to wave a stack only grows: what once was there stays, and what was open stays open."""

    @EXAMPLES
    @given(topologies)
    def test_stacks_grow(self, topology: Topology) -> None:
        waves = deploy(topology.manifest, topology.templates)
        for before, after in zip(waves, waves[1:], strict=False):
            for name, stack in before.items():
                assert stack.resources.keys() <= after[name].resources.keys()
                assert stack.outputs.keys() <= after[name].outputs.keys()
                held = {condition for condition, holds in stack.conditions.items() if holds}
                assert held <= {condition for condition, holds in after[name].conditions.items() if holds}

    @EXAMPLES
    @given(topologies)
    def test_a_value_once_given_is_given_again(self, topology: Topology) -> None:
        known: dict[str, set[str]] = {}
        for wave in topology.manifest["waves"]:
            for step in wave:
                assert known.get(step["stack"], set()) <= set(step["parameters"])
                known[step["stack"]] = set(step["parameters"])


class TestInTheEndEverythingIsThere:
    """After the last wave all gates are open: every resource and output of every template exists."""

    @EXAMPLES
    @given(topologies)
    def test_all_gates_are_open(self, topology: Topology) -> None:
        final = deploy(topology.manifest, topology.templates, EMAIL)[-1]
        for about in topology.manifest["stacks"]:
            stack = final[about["stack"]]
            template = topology.templates[about["template"]]
            assert stack.resources.keys() == template["Resources"].keys()
            assert stack.outputs.keys() == template["Outputs"].keys()
            for parameter in about["parameters"]:
                assert stack.parameters[parameter] != ""

    @EXAMPLES
    @given(topologies)
    def test_every_wired_parameter_is_declared_and_every_declared_one_wired_or_a_persons(self, topology: Topology) -> None:
        for about in topology.manifest["stacks"]:
            declared = topology.templates[about["template"]]["Parameters"]
            persons = {name for name in declared if name[0].islower()}
            assert set(declared) - persons == set(about["parameters"])
            for name in about["parameters"]:
                assert declared[name]["Default"] == ""


class TestImportsFollowExports:
    """Every import names an export of an earlier wave in the same region, and the manifest tells of it."""

    @EXAMPLES
    @given(topologies)
    def test_each_import_is_told_and_there_before(self, topology: Topology) -> None:
        described = {about["stack"]: about for about in topology.manifest["stacks"]}
        first: dict[str, int] = {}
        for number, wave in enumerate(topology.manifest["waves"]):
            for step in wave:
                first.setdefault(step["stack"], number)
        for name, about in described.items():
            for imported in about["imports"]:
                producer = described[imported["stack"]]
                assert producer["region"] == about["region"]
                assert first[imported["stack"]] < first[name]
            used = set(_imports(topology.templates[about["template"]]))
            told = {f"-{described[i['stack']]['kind']}-{i['output']}" for i in about["imports"]}
            assert {next(tail for tail in told if name_.endswith(tail)) for name_ in used} == told

    @EXAMPLES
    @given(topologies)
    def test_no_two_stacks_import_from_each_other(self, topology: Topology) -> None:
        """They could never be deleted."""
        pairs = {(a["stack"], i["stack"]) for a in topology.manifest["stacks"] for i in a["imports"]}
        assert not {(a, b) for a, b in pairs if (b, a) in pairs}


def _imports(value: Any) -> list[str]:
    found: list[str] = []
    if isinstance(value, dict):
        if "Fn::ImportValue" in value:
            found.append(value["Fn::ImportValue"]["Fn::Sub"])
        for item in value.values():
            found += _imports(item)
    elif isinstance(value, list):
        for item in value:
            found += _imports(item)
    return found


class TestNamesAreUnique:
    """Exports per region, physical names in the scope AWS gives them, logical ids per stack."""

    @EXAMPLES
    @given(topologies)
    def test_exports(self, topology: Topology) -> None:
        found = [(stack.region, name) for stack in topology.stacks.values() for name in stack.exports]
        assert len(set(found)) == len(found)

    @EXAMPLES
    @given(topologies)
    def test_physical_names(self, topology: Topology) -> None:
        final = deploy(topology.manifest, topology.templates, EMAIL)[-1]
        found = [named[:3] for stack in final.values() for named in physical(stack)]
        assert len(set(found)) == len(found)

    @EXAMPLES
    @given(specs())
    def test_logical_ids(self, spec: Any) -> None:
        """No object of any file has a key twice, which readers of JSON would not tell."""
        for data in compile_document(load(text(spec), "spec.yaml"), FOLDER, lint=False).bundle.files.values():
            json.loads(data, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)


ACCOUNT_WIDE = "account"
NAMES: dict[str, tuple[str, str, int]] = {
    "AWS::ApiGatewayV2::Api": ("Name", "", 128),
    "AWS::CloudWatch::Alarm": ("AlarmName", "", facts.get("cloudwatch.alarm_name_characters").value),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", "", facts.get("cloudwatch.alarm_name_characters").value),
    "AWS::CloudWatch::Dashboard": ("DashboardName", ACCOUNT_WIDE, 255),
    "AWS::DynamoDB::GlobalTable": ("TableName", ACCOUNT_WIDE, 255),
    "AWS::EC2::SecurityGroup": ("GroupName", "", 255),
    "AWS::IAM::Role": ("RoleName", ACCOUNT_WIDE, 64),
    "AWS::Kinesis::Stream": ("Name", "", 128),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName", "", 64),
    "AWS::KMS::Alias": ("AliasName", "", 256),
    "AWS::Lambda::Function": ("FunctionName", "", 64),
    "AWS::Logs::Destination": ("DestinationName", "", 512),
    "AWS::Logs::LogGroup": ("LogGroupName", "", 512),
    "AWS::Logs::SubscriptionFilter": ("FilterName", "", 512),
    "AWS::S3::Bucket": ("BucketName", ACCOUNT_WIDE, 63),
    "AWS::SNS::Topic": ("TopicName", "", 256),
}
"""Property with the name, whether it is unique in the account rather than the region, and its greatest length."""


def physical(stack: Stack) -> list[tuple[str, str, str, int]]:
    """Kind of name, scope, name as AWS compares it, and its greatest length."""
    found = []
    for resource in stack.resources.values():
        if resource.type in NAMES:
            member, scope, most = NAMES[resource.type]
            kind = "alarm" if member == "AlarmName" else resource.type
            name = resource.properties[member]
            if resource.type == "AWS::Logs::SubscriptionFilter":
                name = f"{resource.properties['LogGroupName']} {name}"
            found.append((kind, scope or stack.region, name.lower(), most))
    return found


class TestNamesFit:
    """With the longest environment and suffix that the parameters take, every name is one that AWS takes."""

    @EXAMPLES
    @given(topologies)
    def test_at_the_longest(self, topology: Topology) -> None:
        for stack in deploy(topology.manifest, topology.templates, LONGEST)[-1].values():
            for kind, _, name, most in physical(stack):
                assert len(name.split()[-1]) <= most, f"{kind}: {name}"
                if kind == "AWS::S3::Bucket":
                    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", name)

    @EXAMPLES
    @given(topologies)
    def test_ids_and_exports(self, topology: Topology) -> None:
        for template in topology.templates.values():
            for section in ("Parameters", "Conditions", "Resources", "Outputs"):
                for name in template.get(section, {}):
                    assert re.fullmatch(r"[A-Za-z0-9]{1,255}", name)
        for stack in deploy(topology.manifest, topology.templates, LONGEST)[-1].values():
            for name in stack.exports:
                assert re.fullmatch(r"[A-Za-z0-9:-]{1,255}", name)


class TestTemplatesSayNothingOfTheirMaking:
    """No path of a machine, no time and no version of the compiler: what is not deployed does not change a template."""

    @EXAMPLES
    @given(topologies)
    def test_no_path_time_or_version(self, topology: Topology) -> None:
        unwanted = re.compile(rf"{re.escape(str(FOLDER))}|spec\.yaml|\b\d{{4}}-\d\d-\d\dT|/tmp/|/home/|\b0\.1\.0\b")
        for body in (*topology.templates.values(), topology.manifest):
            for written in texts(body):
                assert not unwanted.search(written), written
