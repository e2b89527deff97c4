"""What must hold of the compiled stacks of any legal spec: one function for each rule, which raises where it is
broken.
"""

from __future__ import annotations

import re
from typing import Any

from tests.helpers import Topology
from tests.waves_oracle import deploy
from tests.world import Stack, texts

LONGEST = {"environment": "e2345678", "environmentSuffix": "s2345678"}


def nothing_refers_to_what_is_absent(topology: Topology) -> None:
    """In every wave, what is there refers only to what is there by then.

    Parameters and imports count as far as an earlier wave has produced them; branches of `Fn::If` that are not
    taken do not count.
    """
    assert len(deploy(topology.manifest, topology.templates)) == len(topology.manifest["waves"])


def so_it_is_with_every_switch_the_other_way(topology: Topology) -> None:
    """The same with what a person may choose chosen differently."""
    deploy(topology.manifest, topology.templates, {"createSharedAlias": "false", "codeBucket": "builds"})


def stacks_only_grow(topology: Topology) -> None:
    """A gate never closes again: what once was there stays, and what was open stays open."""
    for before, after in zip(topology.waves, topology.waves[1:], strict=False):
        for name, stack in before.items():
            assert stack.resources.keys() <= after[name].resources.keys()
            assert stack.outputs.keys() <= after[name].outputs.keys()
            held = {condition for condition, holds in stack.conditions.items() if holds}
            assert held <= {condition for condition, holds in after[name].conditions.items() if holds}


def a_value_once_given_is_given_again(topology: Topology) -> None:
    """Every later step of a stack names all parameters of its earlier ones."""
    known: dict[str, set[str]] = {}
    for wave in topology.manifest["waves"]:
        for step in wave:
            assert known.get(step["stack"], set()) <= set(step["parameters"])
            known[step["stack"]] = set(step["parameters"])


def in_the_end_everything_is_there(topology: Topology) -> None:
    """After the last wave all gates are open: every resource and output of every template exists."""
    final = deploy(topology.manifest, topology.templates)[-1]
    for about in topology.manifest["stacks"]:
        stack = final[about["stack"]]
        template = topology.templates[about["template"]]
        assert stack.resources.keys() == template["Resources"].keys()
        assert stack.outputs.keys() == template["Outputs"].keys()
        for parameter in about["parameters"]:
            assert stack.parameters[parameter] != ""


def every_parameter_is_a_persons_or_wired(topology: Topology) -> None:
    """Every parameter that no person sets is empty at first and wired to a stack that the manifest names.

    A wire from the own stack brings a value back in a later wave than the one that creates the stack.
    """
    stacks = {about["stack"] for about in topology.manifest["stacks"]}
    for about in topology.manifest["stacks"]:
        declared = topology.templates[about["template"]]["Parameters"]
        persons = {name for name in declared if name[0].islower()}
        assert set(declared) - persons == set(about["parameters"])
        for name, source in about["parameters"].items():
            assert declared[name]["Default"] == ""
            assert source["stack"] in stacks
            if source["stack"] == about["stack"]:
                given = [step["parameters"] for wave in topology.manifest["waves"] for step in wave
                         if step["stack"] == about["stack"]]  # fmt: skip
                assert name not in given[0]
                assert name in given[-1]


def imports_follow_exports(topology: Topology) -> None:
    """Every import names an export of an earlier wave in the same region, and the manifest tells of it."""
    described = {about["stack"]: about for about in topology.manifest["stacks"]}
    first: dict[str, int] = {}
    for number, wave in enumerate(topology.manifest["waves"]):
        for step in wave:
            first.setdefault(step["stack"], number)
    for name, about in described.items():
        told = set()
        for imported in about["imports"]:
            producer = described[imported["stack"]]
            assert producer["region"] == about["region"]
            assert first[imported["stack"]] < first[name]
            assert name not in {back["stack"] for back in producer["imports"]}, "they could never be deleted"
            told.add(f"-{producer['kind']}-{imported['output']}")
        used = _imports(topology.templates[about["template"]])
        assert {tail for tail in told if any(name_.endswith(tail) for name_ in used)} == told
        assert all(any(name_.endswith(tail) for tail in told) for name_ in used)


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


def names_are_unique(topology: Topology) -> None:
    """Exports are unique per region, physical names in the scope that AWS gives them, whatever their case."""
    exported = [(stack.region, name) for stack in topology.stacks.values() for name in stack.exports]
    assert len(set(exported)) == len(exported)
    final = deploy(topology.manifest, topology.templates)[-1]
    found = [named[:3] for stack in final.values() for named in physical(stack)]
    assert len(set(found)) == len(found)


ACCOUNT_WIDE = "account"
NAMES: dict[str, tuple[str, str, int]] = {
    "AWS::ApiGatewayV2::Api": ("Name", "", 128),
    "AWS::ApiGateway::RestApi": ("Name", "", 1024),
    "AWS::CloudWatch::Alarm": ("AlarmName", "", 255),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", "", 255),
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
"""Property with the name, whether it is unique in the account rather than the region, and its greatest length.

Read in AWS's documents once more, not taken from the compiler's own table.
"""


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


def names_fit(topology: Topology) -> None:
    """With the longest environment and suffix that the parameters take, every name is one that AWS takes."""
    for template in topology.templates.values():
        for section in ("Parameters", "Conditions", "Resources", "Outputs"):
            for name in template.get(section, {}):
                assert re.fullmatch(r"[A-Za-z0-9]{1,255}", name)
    for stack in deploy(topology.manifest, topology.templates, LONGEST)[-1].values():
        for name in stack.exports:
            assert re.fullmatch(r"[A-Za-z0-9:-]{1,255}", name)
        for kind, _, name, most in physical(stack):
            assert len(name.split()[-1]) <= most, f"{kind}: {name}"
            if kind == "AWS::S3::Bucket":
                assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", name)


def templates_say_nothing_of_their_making(topology: Topology) -> None:
    """No path of a machine, no time and no version of the compiler: what is not deployed changes no template."""
    unwanted = re.compile(r"spec\.yaml|\b\d{4}-\d\d-\d\dT|/tmp/|/home/|/tests/|\bdr-compile \d|\b0\.1\.0\b")
    for body in (*topology.templates.values(), topology.manifest):
        for written in texts(body):
            assert not unwanted.search(written), written


RULES = (
    nothing_refers_to_what_is_absent,
    so_it_is_with_every_switch_the_other_way,
    stacks_only_grow,
    a_value_once_given_is_given_again,
    in_the_end_everything_is_there,
    every_parameter_is_a_persons_or_wired,
    imports_follow_exports,
    names_are_unique,
    names_fit,
    templates_say_nothing_of_their_making,
)
