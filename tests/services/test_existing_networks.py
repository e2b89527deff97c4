"""Networks that exist: functions run in their subnets, and the topology makes only security groups in them."""

from __future__ import annotations

import json

import pytest

from compiler.pipeline import Compiled, compile_spec
from tests.helpers import ROOT
from tests.rules.changes import Bodies, judged, resources

EXAMPLE = ROOT / "examples" / "central-account" / "specs" / "central-account.yaml"
NETWORK = {
    "us-east-1": ("vpc-0a1b2c3d4e5f60001", ["subnet-0a1b2c3d4e5f60011", "subnet-0a1b2c3d4e5f60012"]),
    "us-west-2": ("vpc-0a1b2c3d4e5f60002", ["subnet-0a1b2c3d4e5f60013", "subnet-0a1b2c3d4e5f60014"]),
}
HOSTS = {
    "us-east-1": "https://bucket.vpce-0a1b2c3d4e5f60021-abcd1234.s3.us-east-1.vpce.amazonaws.com",
    "us-west-2": "https://bucket.vpce-0a1b2c3d4e5f60022-abcd1234.s3.us-west-2.vpce.amazonaws.com",
}


@pytest.fixture(scope="module")
def made() -> Compiled:
    return compile_spec(EXAMPLE, EXAMPLE.relative_to(ROOT).as_posix(), lint=False)


def test_nothing_of_the_network_is_made_but_security_groups(made: Compiled) -> None:
    for template in made.templates:
        kinds = {body["Type"] for body in template.body["Resources"].values() if "::EC2::" in body["Type"]}
        assert kinds == ({"AWS::EC2::SecurityGroup"} if template.stack.serves else set())
        assert not [kind for kind in ("KMS::Key", "KMS::Alias") if resources(template.body, kind)]


def test_functions_run_in_the_subnets_of_their_region(made: Compiled) -> None:
    for template in (template for template in made.templates if template.stack.serves):
        vpc, subnets = NETWORK[template.stack.region]
        functions = resources(template.body, "Lambda::Function")
        assert len(functions) >= 2
        assert all(item["Properties"]["VpcConfig"]["SubnetIds"] == subnets for item in functions)
        assert {item["Properties"]["VpcId"] for item in resources(template.body, "EC2::SecurityGroup")} == {vpc}
        assert template.body["Outputs"]["VpcId"]["Value"] == vpc


def test_documents_reach_the_other_region_through_the_endpoint_that_is_stated(made: Compiled) -> None:
    for template in (template for template in made.templates if template.stack.serves):
        (there,) = (region for region in HOSTS if region != template.stack.region)
        booking = template.body["Resources"]["FunctionBooking"]["Properties"]["Environment"]["Variables"]["BUCKETS"]
        assert HOSTS[there] in json.dumps(booking)
        assert HOSTS[template.stack.region] not in json.dumps(booking)


def test_addresses_are_left_to_the_pre_flight(made: Compiled) -> None:
    demands = {demand.id for demand in made.computation.demands}
    assert "network.addresses" not in demands
    assert "kms.requests" in demands


def test_a_subnet_of_the_other_region_is_a_difference(made: Compiled) -> None:
    def swapped(bodies: Bodies) -> None:
        config = bodies["secondary"]["Resources"]["FunctionBooking"]["Properties"]["VpcConfig"]
        config["SubnetIds"] = NETWORK["us-east-1"][1]

    assert {item.rule.code for item in judged(swapped, made)} <= {"DR438", "DR471"}
    assert judged(swapped, made)
