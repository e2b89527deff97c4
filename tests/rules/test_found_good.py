"""What was found good stays good: the ways of clients through DNS, and the calls that services make on their own.

Each case breaks one thing in both regions alike, so that no comparison of the regions finds it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.diagnostics.model import Severity
from compiler.pipeline import Compiled
from compiler.rules.registry import RULES
from tests.helpers import ODD, SHIPPED, compiled, each_odd_spec, odd, statements
from tests.rules.changes import (
    Bodies,
    Change,
    Json,
    all_statements,
    codes,
    judged,
    of,
    role_policy,
    statement,
    without,
)
from tests.tiers import slow_unless

SPECS = [SHIPPED, *(ODD / f"{name}.yaml" for name in ("three-regions", "west-first", "existing-zone"))]
FAMILIES = ("A", "AAAA")

Case = tuple[str, str, Change]
GRAPH: list[Case] = []
"""What is broken on the way of a client, the code that says so, and a part of its message."""
WORK: list[Case] = []
"""The same for what services do on their own."""
WRITES: list[Case] = []
"""The same for writes to the other region."""


def case(cases: list[Case], code: str, says: str) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        cases.append((code, says, change))
        return change

    return register


def record(bodies: Bodies, name: str) -> Json:
    return of(bodies["global"], name)


def target(bodies: Bodies, name: str) -> Json:
    return record(bodies, name)["AliasTarget"]


def check(bodies: Bodies, name: str) -> Json:
    return record(bodies, name)["HealthCheckConfig"]


def both_stacks(change: Callable[[Json], object]) -> Change:
    def apply(bodies: Bodies) -> None:
        for kind in ("primary", "secondary"):
            change(bodies[kind])

    return apply


def leave_out(bodies: Bodies, *names: str) -> None:
    for name in names:
        del bodies["global"]["Resources"][name]


# Clients


@case(GRAPH, "DR896", "is the PRIMARY record and leads to")
def each_role_leads_to_the_other_region(bodies: Bodies) -> None:
    for family in FAMILIES:
        first, second = target(bodies, f"FailoverPrimary{family}"), target(bodies, f"FailoverSecondary{family}")
        kept = copy.deepcopy(first)
        first.update(second)
        second.update(kept)


@case(GRAPH, "DR896", "is the SECONDARY record and leads to")
def one_family_stays_in_the_primary(bodies: Bodies) -> None:
    target(bodies, "FailoverSecondaryAAAA").update(target(bodies, "FailoverPrimaryAAAA"))


@case(GRAPH, "DR896", "to `RegionalDomain`, which answers only requests for")
def the_failover_name_leads_to_the_domain_of_the_region(bodies: Bodies) -> None:
    for family in FAMILIES:
        target(bodies, f"FailoverSecondary{family}").update(target(bodies, f"HostSecondary{family}"))


@case(GRAPH, "DR896", "does not take its hosted zone from there")
def the_zone_of_the_other_region(bodies: Bodies) -> None:
    zone = target(bodies, "FailoverPrimaryA")["HostedZoneId"]
    target(bodies, "FailoverSecondaryA")["HostedZoneId"] = zone


@case(GRAPH, "DR896", "to `HealthDomain`, which answers only requests for")
def health_hosts_are_exchanged(bodies: Bodies) -> None:
    for family in FAMILIES:
        first, second = target(bodies, f"HealthHostPrimary{family}"), target(bodies, f"HealthHostSecondary{family}")
        kept = copy.deepcopy(first)
        first.update(second)
        second.update(kept)


@case(GRAPH, "DR896", "has no API mapping: 403")
def no_api_behind_the_failover_domain(bodies: Bodies) -> None:
    both_stacks(lambda body: body["Resources"].pop("FailoverDomainMapping"))(bodies)


@case(GRAPH, "DR896", "has no AAAA record")
def hosts_of_the_regions_without_ipv6(bodies: Bodies) -> None:
    leave_out(bodies, "HostPrimaryAAAA", "HostSecondaryAAAA")


@case(GRAPH, "DR896", "has no DNS record: nobody can call the API of one region")
def no_hosts_of_the_regions(bodies: Bodies) -> None:
    leave_out(bodies, *(f"Host{role}{family}" for role in ("Primary", "Secondary") for family in FAMILIES))


@case(GRAPH, "DR896", "has no failover records of type A or CNAME: clients stay in one region")
def nothing_fails_over(bodies: Bodies) -> None:
    for role in ("Primary", "Secondary"):
        for family in FAMILIES:
            record(bodies, f"Failover{role}{family}").update(Weight=1)
            del record(bodies, f"Failover{role}{family}")["Failover"]


@case(GRAPH, "DR896", "has no failover records of type TXT")
def nothing_says_which_region_answers(bodies: Bodies) -> None:
    leave_out(bodies, "RegionPrimary", "RegionSecondary")


@case(GRAPH, "DR896", "is the SECONDARY record and says")
def the_standby_says_that_the_primary_answers(bodies: Bodies) -> None:
    answer = record(bodies, "RegionPrimary")["ResourceRecords"]
    record(bodies, "RegionSecondary")["ResourceRecords"] = answer


@case(GRAPH, "DR448", "has `EvaluateTargetHealth`: if it fails too")
def the_standby_is_evaluated(bodies: Bodies) -> None:
    target(bodies, "FailoverSecondaryA")["EvaluateTargetHealth"] = True


@case(GRAPH, "DR448", "has a health check: if it fails too")
def the_standby_is_checked(bodies: Bodies) -> None:
    record(bodies, "RegionSecondary")["HealthCheckId"] = {"Ref": "HealthCheckSecondary"}


@case(GRAPH, "DR897", "follows `HealthCheckSecondary`, which stays healthy while")
def one_record_follows_the_other_region(bodies: Bodies) -> None:
    record(bodies, "FailoverPrimaryAAAA")["HealthCheckId"] = {"Ref": "HealthCheckSecondary"}


@case(GRAPH, "DR897", "which stays healthy while")
def the_check_asks_the_other_region(bodies: Bodies) -> None:
    host = check(bodies, "HealthCheckSecondary")["FullyQualifiedDomainName"]
    check(bodies, "HealthCheckPrimary")["FullyQualifiedDomainName"] = host


@case(GRAPH, "DR897", "which stays healthy while")
def the_check_is_disabled(bodies: Bodies) -> None:
    check(bodies, "HealthCheckPrimary")["Disabled"] = True


@case(GRAPH, "DR897", "which stays healthy while")
def the_check_is_inverted(bodies: Bodies) -> None:
    check(bodies, "HealthCheckPrimary")["Inverted"] = True


@case(GRAPH, "DR897", "follows no health check of the topology")
def a_record_trusts_its_target(bodies: Bodies) -> None:
    del record(bodies, "FailoverPrimaryA")["HealthCheckId"]
    target(bodies, "FailoverPrimaryA")["EvaluateTargetHealth"] = True


LATCH: list[Case] = []


@case(LATCH, "DR897", "which stays healthy while us-east-1 does not answer")
def one_healthy_part_is_enough(bodies: Bodies) -> None:
    check(bodies, "HealthCheckPrimaryFree")["HealthThreshold"] = 1


@case(LATCH, "DR897", "which is healthy while clients are held in us-west-2")
def the_latch_holds_nobody(bodies: Bodies) -> None:
    config = check(bodies, "HealthCheckPrimaryFree")
    config.update(ChildHealthChecks=config["ChildHealthChecks"][:1], HealthThreshold=1)


@case(LATCH, "DR897", "which is unhealthy while only us-west-2 does not answer")
def the_latch_holds_everybody(bodies: Bodies) -> None:
    del check(bodies, "HealthCheckHeld")["Inverted"]


@case(LATCH, "DR897", "which is unhealthy while both regions answer")
def more_parts_are_wanted_than_there_are(bodies: Bodies) -> None:
    check(bodies, "HealthCheckPrimaryFree")["HealthThreshold"] = 3


# Services


def _taken(role: str, sid: str) -> Change:
    """A statement that a role no longer has."""
    change = both_stacks(lambda body: without(role_policy(body, role), sid))
    change.__name__ = f"{role}-{sid}"
    return change


def _trusts_another(role: str) -> Change:
    def closed(body: Json) -> None:
        of(body, role)["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"Service": "sns.amazonaws.com"}

    change = both_stacks(closed)
    change.__name__ = f"{role}-trust"
    return change


WORK += [
    ("DR898", "`kinesis:ListShards` on `LogStream`", _taken("LogArchiveRole", "ReadStream")),
    ("DR898", "`s3:ListBucketMultipartUploads` on `LogArchive`", _taken("LogArchiveRole", "UseBucket")),
    ("DR898", "`s3:AbortMultipartUpload` on the objects of `LogArchive`", _taken("LogArchiveRole", "WriteObjects")),
    ("DR898", "`kms:GenerateDataKey` on the key of its objects", _taken("LogArchiveRole", "UseKey")),
    ("DR898", "`logs:PutLogEvents` on `LogDeliveryGroup`", _taken("LogArchiveRole", "WriteErrors")),
    ("DR898", "`kinesis:PutRecord` on `LogStream`", _taken("LogDestinationRole", "PutRecords")),
    ("DR898", "`kms:GenerateDataKey` on the key of `LogStream`", _taken("LogDestinationRole", "UseKeyOfStream")),
    ("DR898", "`firehose.amazonaws.com` cannot assume", _trusts_another("LogArchiveRole")),
    ("DR898", "`logs.amazonaws.com` cannot assume", _trusts_another("LogDestinationRole")),
    ("DR898", "`vpc-flow-logs.amazonaws.com` cannot assume", _trusts_another("FlowLogRole")),
]


@case(WORK, "DR898", "`firehose.amazonaws.com` cannot assume `LogArchiveRole` for `LogDelivery`")
def trusted_for_another_region_only(bodies: Bodies) -> None:
    def elsewhere(body: Json) -> None:
        met = of(body, "LogArchiveRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["ArnLike"]
        met["aws:SourceArn"] = {"Fn::Sub": "arn:${AWS::Partition}:firehose:sa-east-1:${AWS::AccountId}:*"}

    both_stacks(elsewhere)(bodies)


def _not_through(service: str) -> Change:
    """The account no longer uses the keys through a service."""

    def closed(body: Json) -> None:
        used = statement(of(body, "Key")["KeyPolicy"], "AccountUsesKeyThroughServices")
        met = used["Condition"]["StringLike"]
        met["kms:ViaService"] = [item for item in met["kms:ViaService"] if not item.startswith(f"{service}.")]

    change = both_stacks(closed)
    change.__name__ = f"key-{service}"
    return change


WORK += [("DR899", f"`kms:Decrypt` through {service}", _not_through(service)) for service in ("sns", "kinesis")]


@case(WORK, "DR899", "nobody could manage the key")
def a_key_that_nobody_manages(bodies: Bodies) -> None:
    without(of(bodies["global"], "Key")["KeyPolicy"], "AccountAdministersKey")


@case(WORK, "DR440", "in the hosted zone `Z000000000OTHER`, but its records are in another one")
def validated_in_another_zone(bodies: Bodies) -> None:
    def other(body: Json) -> None:
        for option in of(body, "Certificate")["DomainValidationOptions"]:
            option["HostedZoneId"] = "Z000000000OTHER"

    both_stacks(other)(bodies)


@case(WORK, "DR456", "`PrivateSubnet2` in")
def a_subnet_without_the_routes(bodies: Bodies) -> None:
    both_stacks(lambda body: body["Resources"].pop("PrivateSubnet2Routes"))(bodies)


# Writes to the other region


def _not_there(role: str, mark: str) -> Change:
    def fewer(body: Json) -> None:
        held = role_policy(body, role)
        held["Statement"] = [item for item in all_statements(held) if not item["Sid"].startswith(mark)]

    change = both_stacks(fewer)
    change.__name__ = f"{role}-{mark}"
    return change


WRITES += [
    ("DR498", "does not allow `s3:PutObject` on its objects", _not_there("CrossRegionRole", "UseObjects")),
    ("DR498", "does not allow `kms:GenerateDataKey` on its key", _not_there("CrossRegionRole", "UseKey")),
    ("DR498", "does not allow `sts:AssumeRole`", _not_there("FunctionDeedRole", "ReachOtherRegion")),
    ("DR498", "`CrossRegionRole` does not trust `FunctionDeedRole`", _trusts_another("CrossRegionRole")),
]


@case(WRITES, "DR498", "`CROSS_REGION_ROLE_ARN` names no role of the topology")
def no_role_to_write_with(bodies: Bodies) -> None:
    def none(body: Json) -> None:
        del of(body, "FunctionDeed")["Environment"]["Variables"]["CROSS_REGION_ROLE_ARN"]

    both_stacks(none)(bodies)


@case(WRITES, "DR498", "the policy of `EndpointS3Peer` does not allow `s3:PutObject`")
def the_endpoint_lets_nothing_through(bodies: Bodies) -> None:
    both_stacks(lambda body: of(body, "EndpointS3Peer").update(PolicyDocument={"Statement": []}))(bodies)


@case(WRITES, "DR498", "the security group of `EndpointS3Peer` does not let `PrivateSubnet1` in")
def the_endpoint_lets_in_its_own_region_only(bodies: Bodies) -> None:
    both_stacks(lambda body: of(body, "EndpointSecurityGroup")["SecurityGroupIngress"].pop())(bodies)


@case(WRITES, "DR498", "its security group does not let it out to `PrivateSubnet1`")
def functions_get_out_to_their_own_region_only(bodies: Bodies) -> None:
    def narrow(body: Json) -> None:
        of(body, "FunctionSecurityGroup")["SecurityGroupEgress"][0]["CidrIp"] = of(body, "Vpc")["CidrBlock"]

    both_stacks(narrow)(bodies)


@case(WRITES, "DR458", "uses s3 in")
def no_endpoint_in_the_other_region(bodies: Bodies) -> None:
    both_stacks(lambda body: body["Resources"].pop("EndpointS3Peer"))(bodies)


def _named(cases: list[Case]) -> list[str]:
    return [item[2].__name__ for item in cases]


def _found(made: Compiled, code: str, says: str, change: Change) -> None:
    found = [item for item in judged(change, made) if item.rule.code == code]
    assert any(says in item.message for item in found), [item.message for item in found]


@pytest.mark.parametrize("spec", slow_unless(lambda path: path == SHIPPED, SPECS), ids=lambda path: path.stem)
@pytest.mark.parametrize(("code", "says", "change"), GRAPH + WORK, ids=_named(GRAPH + WORK))
def test_what_breaks_is_found(spec: Path, code: str, says: str, change: Change) -> None:
    _found(compiled(spec), code, says, change)


@pytest.mark.parametrize(("code", "says", "change"), LATCH, ids=_named(LATCH))
def test_a_latch_that_does_not_hold_is_found(code: str, says: str, change: Change) -> None:
    _found(compiled(SHIPPED), code, says, change)


@pytest.mark.parametrize(("code", "says", "change"), WRITES, ids=_named(WRITES))
def test_a_write_that_does_not_arrive_is_found(code: str, says: str, change: Change) -> None:
    _found(compiled(ODD / "dual-write.yaml"), code, says, change)


@pytest.mark.parametrize("name", each_odd_spec())
def test_nothing_is_found_where_nothing_is_broken(name: str) -> None:
    ours = {"DR440", "DR448", "DR456", "DR498", "DR896", "DR897", "DR898", "DR899"}
    assert not ours.intersection(codes(list(compiled(ODD / f"{name}.yaml").diagnostics)))


def test_a_way_of_ones_own_can_be_accepted() -> None:
    """A team may let routing controls decide, or answer under a name of its own; a service without rights cannot be."""
    assert RULES["DR896"].acceptable
    assert RULES["DR897"].acceptable
    assert not any(RULES[code].acceptable for code in ("DR498", "DR898", "DR899"))
    found = [item for item in judged(one_record_follows_the_other_region) if item.rule.code == "DR897"]
    assert {(item.severity, item.id) for item in found} == {(Severity.ERROR, "failover-check-failover-primary-aaaa")}


# What no rule needs to hold: it is the same in every topology.


@pytest.mark.parametrize("name", each_odd_spec())
def test_alarms_watch_the_api_that_they_are_named_after(name: str) -> None:
    for stack in odd(name).serving:
        for word, api in (("AlarmApi", "Api"), ("AlarmHealthApi", "HealthApi")):
            watched = [item for item in stack.of("CloudWatch::Alarm") if item.id.startswith(word)]
            assert watched
            for alarm in watched:
                for dimensions in _dimensions(alarm.properties):
                    if "ApiName" in dimensions:
                        assert word == "AlarmApi"
                        assert dimensions["ApiName"] == stack.resources["RestApi"].properties["Name"], alarm.id
                    elif "ApiId" in dimensions:
                        assert dimensions["ApiId"] == stack.resources[api].ref, alarm.id


def _dimensions(properties: Json) -> list[dict[str, Json]]:
    metrics = [query["MetricStat"]["Metric"] for query in properties.get("Metrics", []) if "MetricStat" in query]
    return [{item["Name"]: item["Value"] for item in metric.get("Dimensions", [])} for metric in (properties, *metrics)]


@pytest.mark.parametrize("name", each_odd_spec())
def test_tags_of_objects_are_replicated(name: str) -> None:
    """Without these rights S3 replicates the objects without their tags."""
    wanted = {"s3:GetObjectVersionTagging", "s3:ReplicateTags"}
    for stack in odd(name).serving:
        for role in stack.of("IAM::Role"):
            if role.id.startswith("Bucket") and role.id.endswith("ReplicationRole"):
                held = statements(role.properties["Policies"][0]["PolicyDocument"])
                assert wanted <= {action for item in held for action in item["Action"] if item["Effect"] == "Allow"}
