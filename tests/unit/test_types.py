"""The records of resource types: there is one for each compiled type, and each says what it has to."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from compiler.aws.schemas import FALLBACK, schema
from compiler.aws.types import dynamodb_updates, registry
from compiler.aws.types.protection import PROTECTIONS
from compiler.aws.types.record import Holding, Lookup, Name, Prerequisite, ResourceType
from compiler.aws.types.update_rules import UpdateRule
from tests.helpers import SHIPPED, compiled

ROOT = Path(__file__).resolve().parent.parent.parent
LITERAL = re.compile(r'"(AWS::\w+::\w+)"')
MOST_MODULES = 4


EXAMPLE = ROOT / "examples" / "every-field" / "specs" / "every-field.yaml"


@cache
def compiled_types() -> frozenset[str]:
    """Types of every resource of the shipped spec, the goldens and the examples."""
    files = [path for folder in ("templates", "tests/golden") for path in (ROOT / folder).rglob("*.json")]
    templates = [json.loads(path.read_bytes()) for path in files]
    templates += [template.body for path in (SHIPPED, EXAMPLE) for template in compiled(path).templates]
    found = {body["Type"] for template in templates for body in template.get("Resources", {}).values()}
    # What a user's partial may add, as the example of one does.
    partials = (ROOT / "examples" / "partials").rglob("*.j2")
    return frozenset({*found, *(kind for path in partials for kind in LITERAL.findall(path.read_text("utf-8")))})


def test_every_compiled_type_has_a_record() -> None:
    missing = compiled_types() - set(registry.RECORDS)
    assert not missing, f"add a record to compiler/aws/types/ for {', '.join(sorted(missing))}"


@pytest.mark.parametrize("kind", sorted(registry.RECORDS))
def test_what_tells_resources_apart_is_decided(kind: str) -> None:
    """The record agrees with the schema; where AWS computes the identifier, only the record can say."""
    record, known = registry.RECORDS[kind], schema(kind, FALLBACK)
    if known is None or known.computed.intersection(known.identifier):
        return
    assert {(member,) for member in identity(record)} == set(known.identifier)


def identity(record: ResourceType) -> tuple[str, ...]:
    return record.identity or ((record.name.member,) if record.name else ())


def test_a_name_in_use_can_be_seen_or_is_unique_below_something_else() -> None:
    """A compiled type whose name nothing looks up has more than its name to tell it apart."""
    for kind in compiled_types():
        record = registry.RECORDS[kind]
        if record.name and record.name.lookup is None:
            assert len(identity(record)) > 1, kind


def test_a_name_that_varies_has_a_limit() -> None:
    """A name that is made of parameters is held against what AWS takes, unless that is 255 characters or more."""
    ample = {"AWS::CloudWatch::Dashboard", "AWS::EC2::SecurityGroup", "AWS::Logs::LogStream",
             "AWS::Logs::MetricFilter", "AWS::Logs::SubscriptionFilter"}  # fmt: skip
    for template in (*compiled(SHIPPED).templates, *compiled(EXAMPLE).templates):
        for name, body in template.body["Resources"].items():
            named = registry.of(body["Type"]).name
            if named and isinstance(body["Properties"].get(named.member), dict):
                assert named.limit or body["Type"] in ample, f"the record of {body['Type']} has no limit for {name}"


def test_every_rule_of_a_module_is_in_a_record() -> None:
    listed = {rule for record in registry.RECORDS.values() for rule in record.updates}
    modules = [*registry.MODULES, dynamodb_updates]
    written = {value for module in modules for value in vars(module).values() if isinstance(value, UpdateRule)}
    assert written == listed


@pytest.mark.parametrize("value", [ResourceType, Name, Lookup, Holding, Prerequisite, UpdateRule])
def test_every_field_is_read_by_code(value: type) -> None:
    """A field that nothing asks for is a note, and has no place in a record."""
    trees = [ast.parse(path.read_bytes()) for path in (ROOT / "compiler").rglob("*.py")]
    read = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert set(value.__annotations__) - read == set()


def test_a_type_without_a_record_is_known_from_its_schema() -> None:
    cluster = registry.of("AWS::ECS::Cluster")
    assert [*cluster.keys("us-east-1", {"ClusterName": "web"})] == [("AWS::ECS::Cluster", "us-east-1", "web")]
    assert cluster.name
    assert cluster.name.member == "ClusterName"
    assert cluster.holds is None


@pytest.mark.parametrize("kind", ["AWS::No::Such", "Nothing", "", "Org::Own::Thing"])
def test_a_type_that_no_schema_knows_is_no_error(kind: str) -> None:
    record = registry.of(kind)
    assert record.name is None
    assert record.identify({"Name": "x"}) == ()
    assert [*record.prerequisites({"Name": "x"})] == []


def test_a_custom_resource_is_known_by_any_name() -> None:
    assert registry.of("Custom::Thing") is registry.of("AWS::CloudFormation::CustomResource")


SAYS_SO = re.compile(
    r"(?i)(delet|terminat)\w*protect|protect\w*(delet|terminat)|^DeleteProtection|DisableApiTermination"
)
NO_REFUSAL = {
    "AWS::AppConfig::ConfigurationProfile",  # refuses what was used a short time ago
    "AWS::AppConfig::Environment",
    "AWS::Bedrock::DataSource",  # about documents that a connector deletes
    "AWS::EC2::LaunchTemplate",  # about instances that somebody starts from it
    "AWS::ECS::CapacityProvider",  # about the instances of a group
}
OTHERWISE = {"AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::Route53::HostedZone"}
"""Their flags are an entry of a list of keys and values, and a feature that refuses deletion."""


def test_every_flag_of_a_schema_that_refuses_deletion_is_known() -> None:
    package = importlib.util.find_spec("cfnlint")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / "data" / "schemas"
    bundled: dict[str, str] = {}
    for path in (folder / "providers").glob("*.json"):
        bundled |= json.loads(path.read_bytes())
    read = {
        kind: json.loads((folder / "resources" / f"{digest}.json").read_bytes()) for kind, digest in bundled.items()
    }
    flagged = {kind for kind, found in read.items() if any(SAYS_SO.search(name) for name in members_of(found))}
    assert flagged - NO_REFUSAL - set(PROTECTIONS) == set(), "add the type to compiler/aws/types/protection.py"
    assert set(PROTECTIONS) - flagged == OTHERWISE
    assert set(PROTECTIONS) <= set(bundled)


def members_of(schema_: Any) -> Iterator[str]:
    """The names of all properties of a schema, at any depth."""
    if isinstance(schema_, dict):
        properties = schema_.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for value in schema_.values():
            yield from members_of(value)
    elif isinstance(schema_, list):
        for value in schema_:
            yield from members_of(value)


@pytest.mark.parametrize("kind", sorted(PROTECTIONS))
def test_a_flag_that_refuses_deletion_is_a_property_of_its_type(kind: str) -> None:
    known = schema(kind, FALLBACK)
    assert known is None or PROTECTIONS[kind].path[0] in known.properties


def literals() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "compiler").rglob("*.py")):
        for kind in dict.fromkeys(LITERAL.findall(path.read_text(encoding="utf-8"))):
            yield kind, str(path.relative_to(ROOT))


def test_the_name_of_a_type_is_written_in_few_modules() -> None:
    places: dict[str, list[str]] = {}
    for kind, module in literals():
        places.setdefault(kind, []).append(module)
    spread = {kind: modules for kind, modules in places.items() if len(modules) > MOST_MODULES}
    assert not spread, "import the name of a type from compiler/aws/types/"
