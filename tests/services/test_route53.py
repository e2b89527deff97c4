"""Route 53: zone, health checks, and records that move clients without anybody's hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.helpers import Topology, each_odd_spec, odd, shipped
from tests.services.placement import placed
from tests.services.test_dynamodb import alarms
from tests.world import Resource

TYPES = ("Route53::HostedZone", "Route53::HealthCheck", "Route53::RecordSet")
CHECKS = {"HealthCheckPrimary", "HealthCheckSecondary"}
RECORDS = {f"{word}{role}{family}" for word in ("Failover", "Host") for role in ("Primary", "Secondary")
           for family in ("A", "AAAA")}  # fmt: skip


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        (shipped, {"global": {"HostedZone"} | CHECKS | RECORDS}),
        (lambda: odd("three-regions"), {"global": {"HostedZone"} | CHECKS | RECORDS}),
        (lambda: odd("existing-zone"), {"global": CHECKS | RECORDS}),
    ],
    ids=["two regions", "three regions", "a zone that exists"],
)
def test_placement(topology: Callable[[], Topology], expected: dict[str, set[str]]) -> None:
    assert placed(topology, TYPES) == expected


@pytest.mark.parametrize("name", each_odd_spec())
def test_the_global_stack_lies_where_the_metrics_are(name: str) -> None:
    topology = odd(name)
    assert topology.global_.region == "us-east-1"
    for stack in topology.regional:
        found = [p for p in alarms(stack, "HealthCheckStatus") if p["Namespace"] == "AWS/Route53"]
        assert not found, "only us-east-1 has this metric, so its alarms belong to the global stack"


def _check(topology: Topology, role: str) -> Resource:
    return topology.global_.resources[f"HealthCheck{role}"]


@pytest.mark.parametrize("name", each_odd_spec())
def test_each_region_is_asked_under_its_own_name(name: str) -> None:
    """Never under the failover name, which would follow the answer it decides about."""
    topology = odd(name)
    for stack, role in zip(topology.serving, ("Primary", "Secondary"), strict=True):
        check = _check(topology, role).properties["HealthCheckConfig"]
        host = stack.resources["RegionalDomain"].properties["DomainName"]
        failover = stack.resources["FailoverDomain"].properties["DomainName"]
        assert check["Type"] == "HTTPS"
        assert check["FullyQualifiedDomainName"] == host != failover
        assert check["Port"] == 443
        assert check["EnableSNI"] is True
        assert check["RequestInterval"] in (10, 30)
        assert 1 <= check["FailureThreshold"] <= 10
        path = check["ResourcePath"]
        open_routes = {
            r.properties["RouteKey"]
            for r in stack.of("ApiGatewayV2::Route")
            if r.properties["AuthorizationType"] == "NONE"
        }
        assert f"GET {path}" in open_routes, "behind an authorizer the region would always look dead"


def test_interval_and_threshold_are_those_of_the_spec() -> None:
    for role in ("Primary", "Secondary"):
        check = _check(shipped(), role).properties["HealthCheckConfig"]
        assert (check["RequestInterval"], check["FailureThreshold"]) == (10, 3)
        check = _check(odd("existing-zone"), role).properties["HealthCheckConfig"]
        assert (check["RequestInterval"], check["FailureThreshold"]) == (30, 2)


def _records(topology: Topology) -> dict[str, Resource]:
    return {record.id: record for record in topology.all("Route53::RecordSet")}


@pytest.mark.parametrize("name", each_odd_spec())
def test_both_families_fail_over(name: str) -> None:
    topology = odd(name)
    records = _records(topology)
    for family in ("A", "AAAA"):
        first, second = records[f"FailoverPrimary{family}"], records[f"FailoverSecondary{family}"]
        assert first.properties["Name"] == second.properties["Name"]
        assert first.properties["Type"] == second.properties["Type"] == family
        assert (first.properties["Failover"], second.properties["Failover"]) == ("PRIMARY", "SECONDARY")
        assert first.properties["SetIdentifier"] != second.properties["SetIdentifier"]


@pytest.mark.parametrize("name", each_odd_spec())
def test_the_primary_record_follows_a_check_and_the_secondary_none(name: str) -> None:
    """An unhealthy standby's check would pin clients to a dead primary."""
    topology = odd(name)
    for family in ("A", "AAAA"):
        records = _records(topology)
        expected = "HealthCheckPrimaryHeld" if name == "manual-failback" else "HealthCheckPrimary"
        followed = records[f"FailoverPrimary{family}"].properties["HealthCheckId"]
        assert followed == topology.global_.resources[expected].ref
        assert "HealthCheckId" not in records[f"FailoverSecondary{family}"].properties


@pytest.mark.parametrize("name", each_odd_spec())
def test_records_are_aliases_of_the_domain_of_their_region_and_name(name: str) -> None:
    topology = odd(name)
    records = _records(topology)
    for stack, role in zip(topology.serving, ("Primary", "Secondary"), strict=True):
        for word, domain in (("Failover", "FailoverDomain"), ("Host", "RegionalDomain")):
            for family in ("A", "AAAA"):
                record = records[f"{word}{role}{family}"].properties
                assert record["Name"] == stack.resources[domain].properties["DomainName"]
                assert record["AliasTarget"] == {
                    "DNSName": f"<{stack.name}/{domain}.RegionalDomainName>",
                    "HostedZoneId": f"<{stack.name}/{domain}.RegionalHostedZoneId>",
                    "EvaluateTargetHealth": False,
                }
                assert "TTL" not in record
                assert ("Failover" in record) == (word == "Failover")


def test_an_existing_zone_is_used_as_it_is() -> None:
    topology = odd("existing-zone")
    assert {r.properties["HostedZoneId"] for r in _records(topology).values()} == {"Z0123456789ABCDEFGHIJ"}
    assert topology.global_.outputs["HostedZoneId"] == "Z0123456789ABCDEFGHIJ"
    assert "NameServers" not in topology.global_.outputs
    for template in topology.templates.values():
        assert not [name for name in template["Parameters"] if "HostedZone" in name and name.startswith("Global")]


def test_a_new_zone_tells_its_name_servers() -> None:
    topology = shipped()
    zone = topology.global_.one("Route53::HostedZone")
    assert zone.properties["Name"] == "tx.example.com"
    assert topology.global_.outputs["NameServers"] == f"<{topology.global_.name}/HostedZone.NameServers>"
    assert {r.properties["HostedZoneId"] for r in _records(topology).values()} == {zone.ref}


def test_checks_wait_for_the_host_they_call() -> None:
    """A new check counts as healthy until it has data."""
    topology = shipped()
    early = topology.waves[0][topology.global_.name]
    assert early.of("Route53::HealthCheck") == []
    assert early.of("Route53::RecordSet") == []
    assert early.of("Route53::HostedZone") != [], "the zone can be delegated before anything waits for a certificate"


@pytest.mark.parametrize("name", ["europe", "west-first", "manual-failback"])
def test_health_of_both_regions_raises_alarms(name: str) -> None:
    topology = odd(name)
    found = {p["Dimensions"][0]["Value"]: p for p in alarms(topology.global_, "HealthCheckStatus")}
    followed = topology.global_.resources["FailoverPrimaryA"].properties["HealthCheckId"]
    assert {followed, _check(topology, "Secondary").ref} == set(found)
    for p in found.values():
        assert (p["ComparisonOperator"], p["Threshold"], p["Statistic"]) == ("LessThanThreshold", 1, "Minimum")
        assert p["TreatMissingData"] == "breaching"
        assert p["AlarmActions"] == [topology.global_.resources["AlertTopic"].ref]


def test_a_manual_failback_is_held_by_checks_on_alarms_of_the_standby() -> None:
    topology = odd("manual-failback")
    held = topology.global_.resources["HealthCheckPrimaryHeld"].properties["HealthCheckConfig"]
    assert held["Type"] == "CALCULATED"
    assert held["HealthThreshold"] == 2
    assert len(held["ChildHealthChecks"]) == 3
    assert _check(topology, "Primary").ref in held["ChildHealthChecks"]
    names = {a.properties["AlarmName"]: a for a in topology.secondary.of("CloudWatch::Alarm")}
    watched = [
        check.properties["HealthCheckConfig"]["AlarmIdentifier"]
        for check in topology.global_.of("Route53::HealthCheck")
        if check.properties["HealthCheckConfig"]["Type"] == "CLOUDWATCH_METRIC"
    ]
    assert len(watched) == 2
    for identifier in watched:
        assert identifier["Region"] == topology.secondary.region
        alarm = names[identifier["Name"]].properties
        # Such a check reads one metric by a plain statistic: no percentile, no metric math, no M of N.
        assert alarm["Statistic"] in ("Average", "Minimum", "Maximum", "Sum", "SampleCount")
        assert "Metrics" not in alarm
        assert alarm["EvaluationPeriods"] == alarm["DatapointsToAlarm"]
