"""Replacement verdicts of `@aws-cdk/cloudformation-diff`, and where ours differ from them, with the reason.

The package's verdicts come from its own data base of resource types and look at top-level properties of one template
at a time. docs/diff.md prints the table below; `test_against_cdk` holds that it is complete.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from compiler.aws.schemas import Pointer, schema
from compiler.aws.types.update_rules import Action, Update
from compiler.diff.change import Change
from compiler.diff.impact import UpdateImpact, classify
from tests import node
from tests.diff.worlds import deployment
from tests.helpers import odd_specs

PACKAGE = "@aws-cdk/cloudformation-diff"
REGION = "us-east-1"
_SCRIPT = """
const { fullDiff } = require(process.argv[1]);
const impl = require(process.argv[1] + '/lib/diff');
let given = '';
process.stdin.on('data', (part) => given += part).on('end', () => {
  const { resources, templates } = JSON.parse(given);
  const one = ([before, after]) => impl.diffResource(before, after, 'R').changeImpact;
  const all = ([before, after]) => {
    const found = {};
    fullDiff(before, after).resources.forEachDifference((id, change) => { found[id] = change.changeImpact; });
    return found;
  };
  console.log(JSON.stringify({ resources: resources.map(one), templates: templates.map(all) }));
});
"""

NESTED = "it looks at the top-level property only, whose schema lets parts of it change in place"
NEWER = "the schema that cfn-lint bundles is newer than its data base"
CONDITION = "the schema calls it create-only under conditions; its data base knows nothing of that"
STATED = "the condition is known and stated above, so that nothing is left open"

PROPERTIES: dict[tuple[str, str], str] = {
    ("AWS::DynamoDB::GlobalTable", "GlobalTableSourceArn"): CONDITION,
    ("AWS::EC2::VPC", "InstanceTenancy"): STATED,
    ("AWS::EC2::VPCEndpoint", "DnsOptions/PrivateDnsPreference"): NESTED,
    ("AWS::EC2::VPCEndpoint", "DnsOptions/PrivateDnsSpecifiedDomains"): NESTED,
    ("AWS::EC2::VPCPeeringConnection", "AssumeRoleRegion"): NEWER,
    ("AWS::EC2::VPCPeeringConnection", "PeerRoleArn"): NEWER,
    ("AWS::KinesisFirehose::DeliveryStream", "AmazonOpenSearchServerlessDestinationConfiguration/VpcConfiguration"):
        NESTED,
    ("AWS::KinesisFirehose::DeliveryStream", "AmazonopensearchserviceDestinationConfiguration/VpcConfiguration"):
        NESTED,
    ("AWS::KinesisFirehose::DeliveryStream", "ElasticsearchDestinationConfiguration/VpcConfiguration"): NESTED,
    ("AWS::KinesisFirehose::DeliveryStream", "IcebergDestinationConfiguration/CatalogConfiguration"): NESTED,
    ("AWS::KinesisFirehose::DeliveryStream", "SnowflakeDestinationConfiguration/SnowflakeVpcConfiguration"): NESTED,
    ("AWS::Lambda::Function", "DurableConfig"): CONDITION,
    ("AWS::Route53::HealthCheck", "HealthCheckConfig/MeasureLatency"): NESTED,
    ("AWS::Route53::HealthCheck", "HealthCheckConfig/RequestInterval"): NESTED,
    ("AWS::Route53::HealthCheck", "HealthCheckConfig/Type"): NESTED,
    ("AWS::Route53::HostedZone", "DelegationSetId"): NEWER,
    ("AWS::S3::Bucket", "ObjectLockEnabled"): NEWER,
    ("AWS::SNS::Subscription", "Region"): CONDITION,
}  # fmt: skip
"""Single properties of the types that templates of ours hold, where the verdicts differ."""

WORLD: dict[str, str] = {
    "other stack": "it sees one template, and not that a value comes from a resource that another stack replaces",
    "parameter": "it compares templates as they are written, and not what a parameter's default makes of them",
    "nested": NESTED,
    "key type": "it takes the definition of an attribute for one that can be changed, also where it is the table's key",
}
"""What makes the verdicts on whole edits differ."""


def letter(action: str, *, certain: bool = True) -> str:
    """R where a resource is replaced, M where it may be, - where it is not; of either side's words."""
    if action in ("WILL_REPLACE", str(Action.REPLACED)):
        return "R" if certain else "M"
    return "M" if action == "MAY_REPLACE" else "-"


@dataclass(frozen=True)
class Case:
    """One property of one type, with another value than before."""

    type: str
    pointer: Pointer
    old: dict[str, Any]
    new: dict[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        return self.type, "/".join(self.pointer)

    @property
    def pair(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"Type": self.type, "Properties": self.old}, {"Type": self.type, "Properties": self.new}

    @property
    def verdict(self) -> UpdateImpact:
        return classify(Update("primary.us-east-1", REGION, "R", self.type, "", self.old, self.new))


def types() -> list[str]:
    """Every resource type in a template of ours."""
    bases = ("shipped", *odd_specs())
    found = {body["Type"] for base in bases for stack in deployment(base).stacks for body in stack.bodies.values()}
    return sorted(found)


def cases() -> Iterator[Case]:
    """Every property that the schemas name as create-only, and every top-level one, of every type."""
    for kind in types():
        known = schema(kind, REGION)
        assert known is not None, kind
        nested = (pointer for pointer in (*known.created, *known.sometimes) if len(pointer) > 1)
        for pointer in (*((name,) for name in known.properties), *nested):
            if pointer not in known.computed:
                yield Case(kind, pointer, _at(pointer, "a"), _at(pointer, "b"))


def _at(pointer: Pointer, value: Any) -> dict[str, Any]:
    for step in reversed(pointer):
        value = [value] if step == "*" else {step: value}
    return dict(value)


@dataclass(frozen=True)
class Verdicts:
    """The package's words for each pair of resources, and for each resource that differs in a pair of templates."""

    resources: list[str]
    templates: list[dict[str, str]]


def verdicts(resources: Sequence[tuple[Any, Any]], templates: Sequence[tuple[Any, Any]]) -> Verdicts:
    """What the package says of pairs of resources and of pairs of templates."""
    program = shutil.which("node")
    if program is None:
        pytest.fail("node is not installed")
    given = json.dumps({"resources": resources, "templates": templates})
    done = subprocess.run(
        [program, "-e", _SCRIPT, str(_package())], input=given, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return Verdicts(**json.loads(done.stdout))


@cache
def _package() -> Path:
    return node.package(PACKAGE)


def reason(change: Change | None, *, same_text: bool) -> str:
    """Why the package says otherwise of a change, as a key of `WORLD`."""
    assert change is not None, "the package sees a change that we do not"
    if same_text:
        return "other stack" if change.follows else "parameter"
    if any(item.forces and item.path[0] == "HealthCheckConfig" for item in change.properties):
        return "nested"
    assert [item.path[0] for item in change.properties] == ["AttributeDefinitions"], change
    return "key type"
