"""The example of a central account, deployed into networks, keys and a boundary that somebody made before."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from compiler.commands.main import main as compile_command
from tests.deploy.site import ROOT, Site, Within

EXAMPLE = ROOT / "examples" / "central-account" / "specs" / "central-account.yaml"
ACCOUNT = "000000000000"
REGIONS = {"us-east-1": "use1", "us-west-2": "usw2"}


def prepare(site: Site) -> dict[str, str]:
    """What a central team makes, in the emulator; returns what stands in the example in place of each id."""
    limit = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    site.gateway.client("iam", "us-east-1").create_policy(
        PolicyName="workload-boundary", Path="/platform/", PolicyDocument=json.dumps(limit)
    )
    text = EXAMPLE.read_text(encoding="utf-8")
    changes = {"012345678901": ACCOUNT}
    for region, prefix in REGIONS.items():
        entry = text[text.index(f"    - region: {region}") :]
        ec2 = site.gateway.client("ec2", region)
        zones = {zone["ZoneId"]: zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
        vpc = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
        changes[_first(r"vpc-\w+", entry)] = vpc
        for number in (1, 2):
            zone = f"{prefix}-az{number}"
            made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.30.{number}.0/24", AvailabilityZone=zones[zone])
            changes[_first(rf"zone: {zone}, id: (subnet-\w+)", entry)] = made["Subnet"]["SubnetId"]
        for service in ("s3", "dynamodb", "sts"):
            ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{region}.{service}")
        key = site.gateway.client("kms", region).create_key()["KeyMetadata"]["KeyId"]
        arn = f"kms:{region}:{ACCOUNT}:key/"
        changes[f"{arn}mrk-0123456789abcdef0123456789abcdef"] = arn + key
    return changes


def let_in(site: Site) -> None:
    """What the owner of the keys does: the statements that are printed become a part of each policy."""
    out = io.StringIO()
    with redirect_stdout(out):
        assert compile_command([str(site.folder / site.spec), "--explain", "key-policy"]) == 0
    for region, document in json.loads(out.getvalue()).items():
        kms = site.gateway.client("kms", region)
        for arn in re.findall(rf"arn:aws:kms:{region}:\S+", (site.folder / site.spec).read_text(encoding="utf-8")):
            held = json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
            held["Statement"] += document["Statement"]
            kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=json.dumps(held))


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found
    return found[found.lastindex or 0]


@pytest.fixture
def prepared(site_of: Callable[[Path], Site]) -> Site:
    site = site_of(EXAMPLE)
    path = site.folder / site.spec
    text = path.read_text(encoding="utf-8")
    for old, new in prepare(site).items():
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    site.compile()
    return site


@pytest.mark.slow
def test_it_deploys_into_what_exists_and_a_second_run_changes_nothing(
    prepared: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Within(prepared, monkeypatch)
    refused = run.deploy()
    assert set(refused.codes) == {"DR841"}, "the policies that KMS makes by itself let no service use the key"
    let_in(prepared)
    first, second = run.deploy(), run.deploy()
    assert first.code == 0, first
    assert second.code == 0, second
    assert "nothing had to be changed" in second.out
    for kind, region in (("primary", "us-east-1"), ("secondary", "us-west-2")):
        made = prepared.template(f"{kind}.{region}")
        function: Any = prepared.gateway.client("lambda", region).get_function_configuration(
            FunctionName="function-booking-prod-c1"
        )
        assert function["Role"].startswith(f"arn:aws:iam::{ACCOUNT}:role/workloads/payments/role-")
        group = prepared.resources(f"{kind}.{region}")["FunctionSecurityGroup"]
        (found,) = prepared.gateway.client("ec2", region).describe_security_groups(GroupIds=[group])["SecurityGroups"]
        assert found["VpcId"] == made["FunctionSecurityGroup"]["Properties"]["VpcId"]
        assert not [body for body in made.values() if body["Type"] in ("AWS::EC2::VPC", "AWS::KMS::Key")]
