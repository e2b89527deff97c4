"""The example of a central account, deployed into what other teams made before: it books in each region."""

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
from tests.deploy.route53_standin import ask
from tests.deploy.site import ROOT, Site, Within
from tests.deploy.test_end_to_end import booked

OTHERS = (
    "AWS::EC2::VPC", "AWS::KMS::Key", "AWS::Kinesis::Stream", "AWS::Logs::Destination", "AWS::SNS::Topic",
)  # fmt: skip
"""Types of which the topology makes none here."""
EXAMPLE = ROOT / "examples" / "central-account" / "specs" / "central-account.yaml"
ACCOUNT, TEAM = "000000000000", "210987654321"
REGIONS = {"us-east-1": "use1", "us-west-2": "usw2"}


def prepare(site: Site) -> dict[str, str]:
    """What a central team makes, in the emulator; returns what stands in the example in place of each id."""
    limit = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    site.gateway.client("iam", "us-east-1").create_policy(
        PolicyName="workload-boundary", Path="/platform/", PolicyDocument=json.dumps(limit)
    )
    text = EXAMPLE.read_text(encoding="utf-8")
    changes = {"012345678901": ACCOUNT, TEAM: ACCOUNT}
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
        site.gateway.client("sns", region).create_topic(Name="payments-alerts")
        _log_account(site, region)
        key = site.gateway.client("kms", region).create_key()["KeyMetadata"]["KeyId"]
        arn = f"kms:{region}:{ACCOUNT}:key/"
        changes[f"{arn}mrk-0123456789abcdef0123456789abcdef"] = arn + key
    return changes


def _log_account(site: Site, region: str) -> None:
    """A destination with an archive behind it, and no policy yet."""
    stream = site.gateway.client("kinesis", region)
    stream.create_stream(StreamName="central-logs", ShardCount=1)
    target = stream.describe_stream_summary(StreamName="central-logs")["StreamDescriptionSummary"]["StreamARN"]
    role = f"arn:aws:iam::{ACCOUNT}:role/log-team"
    site.gateway.client("logs", region).put_destination(destinationName="central-logs", targetArn=target, roleArn=role)


def printed(site: Site, subject: str) -> dict[str, Any]:
    """What is to be handed to an owner, by region."""
    out = io.StringIO()
    with redirect_stdout(out):
        assert compile_command([str(site.folder / site.spec), "--explain", subject]) == 0
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def let_in(site: Site) -> None:
    """What the owners do: the statements that are printed become a part of each policy."""
    for region, document in printed(site, "log-policy").items():
        site.gateway.client("logs", region).put_destination_policy(
            destinationName="central-logs", accessPolicy=json.dumps(document)
        )
    for region, document in printed(site, "key-policy").items():
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
    assert set(refused.codes) == {"DR841", "DR856"}, "no service may use the keys, and the destinations have no policy"
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
        assert not [body for body in made.values() if body["Type"] in OTHERS]
        _reports_and_logs(prepared, made, region)
        _books(prepared, f"{kind}.{region}")


def _reports_and_logs(site: Site, made: dict[str, Any], region: str) -> None:
    """Alarms report to the topic of others, and log groups send to their destination, in AWS as in the template."""
    topic = f"arn:aws:sns:{region}:{ACCOUNT}:payments-alerts"
    alarms = site.gateway.client("cloudwatch", region).describe_alarms()["MetricAlarms"]
    assert {action for alarm in alarms for action in alarm["AlarmActions"]} == {topic}
    filters = site.gateway.client("logs", region).describe_subscription_filters(
        logGroupName="log-group-function-booking-prod-c1"
    )["subscriptionFilters"]
    assert [found["destinationArn"] for found in filters] == [
        f"arn:aws:logs:{region}:{ACCOUNT}:destination:central-logs"
    ]


def _books(site: Site, key: str) -> None:
    """A transaction through the API of a region is in the table of that region."""
    region = key.partition(".")[2]
    token = site.issuer.token(aud="https://payments.example.com")
    wanted = {"transaction_id": f"tx-{region}", "amount": "12.50", "currency": "EUR"}
    status, answer = ask(
        site.emulator.endpoint_url, "POST", site.outputs(key)["ApiId"], "/transactions", wanted,
        {"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert (status, answer["booked_in"]) == (201, region), answer
    assert f"tx-{region}" in booked(site, region)
