"""What an account has already and dr-deploy looks at before the first wave, in front of an account in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler.aws.regions import zone_ids
from compiler.aws.values import ResourceId
from compiler.deploy import backups, log_policies, networks, preflight
from compiler.deploy.artifacts import Artifacts
from compiler.deploy.cloud import ExistingStack, Resource
from compiler.deploy.session import Session
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import load_document
from tests.deploy.account import ACCOUNT, Account, session_of
from tests.helpers import compiled

Json = Any
SMALL = Path(__file__).parent / "small.yaml"
EAST, WEST = "us-east-1", "us-west-2"
DELIVERY, DNS = "delivery.logs.amazonaws.com", "route53.amazonaws.com"
AWS_POLICY = "AWSLogDeliveryWrite20150319"


def found(account: Account, check: Callable[[Session, str], Iterator[Finding]]) -> list[Finding]:
    """What a check says of the region of the primary stack, with nothing deployed."""
    return list(check(session_of(compiled(SMALL), account), EAST))


def policy(name: str, groups: str, principal: str = DELIVERY) -> dict[str, str]:
    """A resource policy of CloudWatch Logs for some log groups."""
    arn = f"arn:aws:logs:{EAST}:{ACCOUNT}:log-group:{groups}:log-stream:*"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    statement = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": actions, "Resource": arn}
    return {"policyName": name, "policyDocument": json.dumps({"Statement": [statement]})}


def with_policies(*policies: dict[str, str]) -> Account:
    account = Account()
    account.says["logs:DescribeResourcePolicies"] = lambda region, _: {"resourcePolicies": list(policies)}
    return account


NINE = tuple(policy(f"dns-{number}", "/aws/route53/*", DNS) for number in range(9))


@pytest.mark.parametrize(
    ("policies", "problem"),
    [
        ((*NINE, policy("dns-9", "/aws/route53/*", DNS)), "CloudWatch Logs has 10 resource policies, the most"),
        ((policy(AWS_POLICY, "x" * 4850),), "has 5,075 of 5,120 characters"),
        ((policy(AWS_POLICY, "x" * 50_900),), "has 51,125 of 51,200 characters"),
    ],
    ids=["ten policies for others", "a policy near the old limit", "a policy near the limit of today"],
)
def test_no_room_for_a_log_group(policies: tuple[dict[str, str], ...], problem: str) -> None:
    told = found(with_policies(*policies), log_policies.check)
    assert {finding.rule.code for finding in told} == {"DR846"}
    assert all(problem in finding.message for finding in told), [finding.message for finding in told]
    groups = ("ApiLogs", "HealthApiLogs")
    assert [finding.message.rpartition("deliver logs to ")[2] for finding in told] == [f"`{name}`" for name in groups]


@pytest.mark.parametrize(
    "policies",
    [
        (),
        NINE,
        (*NINE, policy(AWS_POLICY, "other")),
        (*NINE, policy("own", "/aws/vendedlogs/*")),
        (policy(AWS_POLICY, "x" * 900),),
        (policy(AWS_POLICY, "x" * 20_000),),
    ],
    ids=["none", "nine for others", "ten with AWS's own", "ten, one covers it", "room", "room since the limit rose"],
)
def test_room_for_a_log_group(policies: tuple[dict[str, str], ...]) -> None:
    assert found(with_policies(*policies), log_policies.check) == []


def test_log_groups_that_exist_need_no_room() -> None:
    account = with_policies(*NINE, policy("dns-9", "/aws/route53/*", DNS))
    session = session_of(compiled(SMALL), account)
    primary = session.topology.primary
    session.resources[primary] = tuple(
        Resource(name, name, "AWS::Logs::LogGroup", "CREATE_COMPLETE") for name in ("ApiLogs", "HealthApiLogs")
    )
    assert list(log_policies.check(session, EAST)) == []
    assert not account.made("logs:DescribeResourcePolicies")


def test_policies_that_cannot_be_read_are_not_guessed() -> None:
    account = Account()
    account.refuse("logs:DescribeResourcePolicies", "AccessDeniedException", "not you")
    (told,) = found(account, log_policies.check)
    assert told.rule.code == "DR828"
    assert told.message == "not checked: resource policies of CloudWatch Logs in us-east-1: not you"


def in_zones(**states: str) -> Account:
    """An account that sees the zones 1, 2 and 4 of each region, with another state where one is given."""
    account = Account()

    def zones(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        prefix = zone_ids(region)[0].partition("-")[0]
        listed = [(f"{prefix}-az{n}", letter) for n, letter in ((1, "c"), (2, "a"), (4, "b"))]
        return {
            "AvailabilityZones": [
                {
                    "ZoneId": id_,
                    "ZoneName": f"{region}{letter}",
                    "State": states.get(id_.replace("-", "_"), "available"),
                }
                for id_, letter in listed
            ]
        }

    account.says["ec2:DescribeAvailabilityZones"] = zones
    return account


def small_with(zones: str) -> Compiled:
    text = SMALL.read_text(encoding="utf-8")
    assert text.count("cidr: 10.10.0.0/16, zones: 2") == 1
    changed = text.replace("cidr: 10.10.0.0/16, zones: 2", f"cidr: 10.10.0.0/16, zones: {zones}")
    document = load_document(f"{changed}network: {{endpoints: [sns, sts]}}\n", SMALL.name)
    return compile_document(document, lint=False)


@pytest.mark.parametrize(
    ("zones", "account", "route", "says"),
    [
        (
            "[use1-az1, use1-az5]",
            in_zones(),
            ("regions", 0, "zones", 1),
            "`use1-az5`: it has use1-az1, use1-az2, use1-az4",
        ),
        ("3", in_zones(use1_az2="constrained"), ("regions", 0, "zones"), "`use1-az2`: the zone is constrained"),
        ("[use1-az1, use1-az4]", in_zones(use1_az4="unavailable"), ("regions", 0, "zones", 1), "is unavailable"),
    ],
    ids=["not seen by the account", "constrained", "unavailable"],
)
def test_a_zone_that_the_account_cannot_use(zones: str, account: Account, route: Route, says: str) -> None:
    (told,) = networks.zones(session_of(small_with(zones), account), EAST)
    assert (told.rule.code, told.at) == ("DR847", route)
    assert says in told.message


@pytest.mark.parametrize("by", ["ids", "names of the account"])
def test_an_endpoint_service_that_a_zone_lacks(by: str) -> None:
    account = in_zones()

    def services(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        names = given["Filters"][0]["Values"]
        some = {"AvailabilityZoneIds": ["use1-az1"]} if by == "ids" else {"AvailabilityZones": ["us-east-1c"]}
        everywhere = {"AvailabilityZoneIds": ["use1-az1", "use1-az2", "use1-az4"]}
        return {
            "ServiceDetails": [
                {"ServiceName": name, **(some if name.endswith(".sns") else everywhere)} for name in names
            ]
        }

    account.says["ec2:DescribeVpcEndpointServices"] = services
    (told,) = networks.zones(session_of(small_with("[use1-az1, use1-az2]"), account), EAST)
    assert (told.rule.code, told.at) == ("DR847", ("regions", 0, "zones", 1))
    assert told.message == "`com.amazonaws.us-east-1.sns` is not offered in `use1-az2`: only in use1-az1"


def test_an_endpoint_service_that_the_region_lacks() -> None:
    account = in_zones()
    account.says["ec2:DescribeVpcEndpointServices"] = lambda region, given: {
        "ServiceDetails": [
            {"ServiceName": name, "AvailabilityZoneIds": ["use1-az1", "use1-az2"]}
            for name in given["Filters"][0]["Values"]
            if not name.endswith(".sts")
        ]
    }
    session = session_of(small_with("2"), account)
    told = list(networks.zones(session, EAST))
    assert {finding.rule.code for finding in told} == {"DR847"}
    assert {finding.at for finding in told} == {ResourceId(session.topology.primary.name, "EndpointSts")}


def test_a_zone_that_fails_after_the_deployment_keeps_nobody_from_an_update() -> None:
    """What exists is not created; the further zone is looked at."""
    account = in_zones(use1_az1="unavailable", use1_az4="constrained")
    session = session_of(small_with("[use1-az1, use1-az2, use1-az4]"), account)
    (stack,) = (stack for stack in session.deployment.stacks if stack.id == session.topology.primary)
    session.resources[stack.id] = tuple(
        Resource(id_, id_, body["Type"], "CREATE_COMPLETE")
        for id_, body in stack.bodies.items()
        if id_ != "PrivateSubnet3"
    )
    (told,) = networks.zones(session, EAST)
    assert "`use1-az4`: the zone is constrained" in told.message


def test_zones_that_cannot_be_read_are_not_guessed() -> None:
    account = Account()
    account.refuse("ec2:DescribeAvailabilityZones", "UnauthorizedOperation", "not you")
    (told,) = found(account, networks.zones)
    assert (told.rule.code, told.message) == ("DR828", "not checked: zones and endpoint services of us-east-1: not you")


def test_a_system_that_is_deployed_under_another_domain() -> None:
    session = session_of(compiled(SMALL), Account())
    urls = {"ServiceUrl": "https://old.example.com"}
    session.existing[session.topology.global_] = ExistingStack(
        "id", "small-global-prod-a1", "UPDATE_COMPLETE", "", "", True, {}, urls, "changeSet/dr-deploy-1"
    )
    (told,) = (finding for finding in preflight.check(session) if finding.rule.code == "DR848")
    assert told.at == ("dns", "domain")
    assert told.message == "clients use https://old.example.com; the spec would replace it by https://small.example.com"
    urls["ServiceUrl"] = "https://small.example.com"
    assert [finding.rule.code for finding in preflight.check(session)] == []


def made_and_settled(existing: dict[str, Json]) -> Account:
    """An account after the code bucket was prepared twice, with the encryption that the bucket had already."""
    account = Account()
    settings = dict(existing)

    def answer(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return settings

    def put(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        settings["ServerSideEncryptionConfiguration"] = given["ServerSideEncryptionConfiguration"]
        return {}

    account.says |= {"s3:GetBucketEncryption": answer, "s3:PutBucketEncryption": put}
    for _ in range(2):
        Artifacts(account, ACCOUNT, {}, {EAST: "bucket-code"}).bucket(EAST)
    return account


def test_the_code_bucket_needs_no_key_of_the_topology() -> None:
    """The key is not there yet, and later a template from the bucket must be readable to repair it."""
    ((_, asked),) = made_and_settled({}).made("s3:PutBucketEncryption")
    (rule,) = asked["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule == {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def test_an_encryption_that_somebody_chose_for_the_code_bucket_stays() -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key-of-the-pipeline"}}
    account = made_and_settled({"ServerSideEncryptionConfiguration": {"Rules": [rule]}})
    assert account.made("s3:PutBucketEncryption") == []


BACKUP = "backup:\n  rules: [{name: daily, every: day, retention: 35d}]\n"


def with_backups(lines: str = BACKUP) -> Compiled:
    """The small spec with a section `backup`."""
    text = SMALL.read_text().replace("source: ../specs/code", f"source: {SMALL.parent.parent}/specs/code")
    return compile_document(load_document(text + lines, str(SMALL)), lint=False)


@pytest.mark.parametrize(
    ("settings", "told"),
    [({"DynamoDB": False}, ["DR379"]), ({"DynamoDB": True}, []), ({}, [])],
    ids=["off", "on", "not said"],
)
def test_advanced_backup_of_tables_is_asked_for_and_never_changed(settings: Json, told: list[str]) -> None:
    account = Account()
    account.says["backup:DescribeRegionSettings"] = lambda region, _: {"ResourceTypeManagementPreference": settings}
    found_ = list(backups.settings(session_of(with_backups(), account), EAST))
    assert [finding.rule.code for finding in found_] == told
    assert all("DynamoDB=true" in (finding.help or "") for finding in found_)
    assert not account.made("backup:UpdateRegionSettings")


def test_a_region_without_backups_is_not_asked() -> None:
    account = Account()
    alone = with_backups(BACKUP + "  regions: primary-copied\n")
    assert list(backups.settings(session_of(compiled(SMALL), account), EAST)) == []
    assert list(backups.settings(session_of(alone, account), WEST)) == []
    assert not account.made("backup:DescribeRegionSettings")


COPIED = BACKUP + (
    "  copy_to:\n"
    f"    - arn:aws:backup:{EAST}:{ACCOUNT}:backup-vault:ours\n"
    f"    - arn:aws:backup:{EAST}:210987654321:backup-vault:theirs\n"
)


@pytest.mark.parametrize(
    ("lines", "settings", "told"),
    [
        (COPIED, {"isCrossAccountBackupEnabled": "false"}, [("backup", "copy_to", 1)]),
        (COPIED, {"isCrossAccountBackupEnabled": "true"}, []),
        (COPIED, {}, []),
        (BACKUP, {"isCrossAccountBackupEnabled": "false"}, []),
    ],
    ids=["off", "on", "not said", "no copy for another account"],
)
def test_copies_for_another_account_need_a_setting_of_the_organization(
    lines: str, settings: Json, told: list[tuple[str | int, ...]]
) -> None:
    account = Account()
    account.says["backup:DescribeGlobalSettings"] = lambda region, _: {"GlobalSettings": settings}
    session = session_of(with_backups(lines), account)
    found_ = [finding for region in (EAST, WEST) for finding in backups.organization(session, region)]
    assert [(finding.rule.code, finding.at) for finding in found_] == [("DR859", at) for at in told]
    assert not account.made("backup:UpdateGlobalSettings")
    assert len(account.made("backup:DescribeGlobalSettings")) == (lines == COPIED), "it is the same in every region"


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidRequestException"])
def test_a_setting_of_the_organization_that_may_not_be_read_is_said(code: str) -> None:
    account = Account()
    account.refuse("backup:DescribeGlobalSettings", code, "not you")
    (told,) = backups.organization(session_of(with_backups(COPIED), account), EAST)
    assert told.message == "not checked: whether the organization allows backups across accounts: not you"


def test_settings_that_may_not_be_read_are_said() -> None:
    account = Account()
    account.refuse("backup:DescribeRegionSettings", "AccessDeniedException", "not you")
    (told,) = backups.settings(session_of(with_backups(), account), EAST)
    assert (told.rule.code, "not you" in told.message) == ("DR828", True)


@pytest.mark.parametrize(("points", "told"), [(3, ["DR627"]), (0, [])], ids=["three backups", "empty"])
def test_a_vault_with_backups_keeps_its_system(points: int, told: list[str]) -> None:
    account = Account()
    account.says["backup:DescribeBackupVault"] = lambda region, _: {"NumberOfRecoveryPoints": points}
    vault = Resource("BackupVault", "backup-vault-prod-a1", "AWS::Backup::BackupVault", "CREATE_COMPLETE")
    found_ = list(backups.held(session_of(with_backups(), account), EAST, (vault,)))
    assert [finding.rule.code for finding in found_] == told
    assert all("holds 3 backups" in finding.message for finding in found_)


def test_a_vault_that_is_gone_keeps_nothing() -> None:
    account = Account()
    account.refuse("backup:DescribeBackupVault", "AccessDeniedException", "Insufficient privileges")
    vault = Resource("BackupVault", "backup-vault-prod-a1", "AWS::Backup::BackupVault", "CREATE_COMPLETE")
    assert list(backups.held(session_of(with_backups(), account), EAST, (vault,))) == []
