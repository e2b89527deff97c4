"""Route 53: zone, health checks, and records that move clients without anybody's hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from compiler.rollout.simulation import simulate
from tests.helpers import HEALTH_TOKEN, SHIPPED, Topology, compiled, each_odd_spec, odd, shipped
from tests.rules.changes import variant
from tests.services.placement import placed
from tests.services.test_dynamodb import alarms
from tests.world import Resource

TYPES = ("Route53::HostedZone", "Route53::HealthCheck", "Route53::RecordSet")
CHECKS = {"HealthCheckPrimary", "HealthCheckSecondary", "HealthCheckHeld", "HealthCheckPrimaryFree"}
RECORDS = {f"{word}{role}{family}" for word in ("Failover", "Host", "HealthHost") for role in ("Primary", "Secondary")
           for family in ("A", "AAAA")} | {"RegionPrimary", "RegionSecondary"}  # fmt: skip


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
    """Under a name that clients do not use, so never under the failover name, which would follow its own answer."""
    topology = odd(name)
    for stack, role in zip(topology.serving, ("Primary", "Secondary"), strict=True):
        check = _check(topology, role).properties["HealthCheckConfig"]
        host = stack.resources["HealthDomain"].properties["DomainName"]
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


def test_route_53_asks_the_same_path_whatever_people_call() -> None:
    """So no check, and no route that it asks, changes with `api.health`: the order of the regions does not matter."""
    ours, other = compiled(SHIPPED).simulation.final, variant(("health: /health", "health: /alive")).simulation.final
    asked = ("HealthCheckPrimary", "HealthCheckSecondary", "HealthRoute", "HealthRoutePrevious", "FunctionHealth")
    for key, stack in ours.by_key.items():
        for id_ in stack.resources.keys() & set(asked):
            assert other.by_key[key].resources[id_].properties == stack.resources[id_].properties
    told = {
        id_: other.by_key["primary.us-east-1"].resources[id_].get("Environment", "Variables", "HEALTH_PATH")
        for id_ in ("FunctionHealth", "FunctionTransactionProcessor")
    }
    assert told == {"FunctionHealth": "/health", "FunctionTransactionProcessor": "/alive"}


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
        expected = "HealthCheckPrimary" if name == "strong" else "HealthCheckPrimaryFree"
        followed = records[f"FailoverPrimary{family}"].properties["HealthCheckId"]
        assert followed == topology.global_.resources[expected].ref
        assert "HealthCheckId" not in records[f"FailoverSecondary{family}"].properties


@pytest.mark.parametrize("name", each_odd_spec())
def test_records_are_aliases_of_the_domain_of_their_region_and_name(name: str) -> None:
    topology = odd(name)
    records = _records(topology)
    for stack, role in zip(topology.serving, ("Primary", "Secondary"), strict=True):
        domains = (("Failover", "FailoverDomain"), ("Host", "RegionalDomain"), ("HealthHost", "HealthDomain"))
        for word, domain in domains:
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


def test_records_of_a_new_zone_can_be_changed_without_us_east_1_where_the_spec_asks_for_it() -> None:
    """CloudFormation has a property for it; the zone then has a copy in another region."""
    assert "HostedZoneFeatures" not in shipped().global_.one("Route53::HostedZone").properties
    asked = variant(("  failback: manual", "  failback: manual\n  accelerated_recovery: true"))
    zone = asked.simulation.final.by_key["global.us-east-1"].resources["HostedZone"]
    assert zone.properties["HostedZoneFeatures"] == {"EnableAcceleratedRecovery": True}


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


def test_the_record_that_says_which_region_answers_follows_the_same_check() -> None:
    topology = shipped()
    records = _records(topology)
    for stack, role in zip(topology.serving, ("Primary", "Secondary"), strict=True):
        record = records[f"Region{role}"].properties
        assert (record["Name"], record["Type"], record["TTL"]) == ("region.tx.example.com", "TXT", "10")
        assert record["ResourceRecords"] == [f'"{stack.region}"']
        assert record.get("HealthCheckId") == records[f"Failover{role}A"].properties.get("HealthCheckId")
        assert record["Failover"] == role.upper()


def test_a_manual_failback_wants_the_endpoint_and_the_open_latch() -> None:
    """The inverted check is healthy while the standby does not answer 200: a standby that is gone holds nobody."""
    topology = odd("manual-failback")
    checks = topology.global_.resources
    free = checks["HealthCheckPrimaryFree"].properties["HealthCheckConfig"]
    assert (free["Type"], free["HealthThreshold"]) == ("CALCULATED", 2)
    assert free["ChildHealthChecks"] == [checks["HealthCheckPrimary"].ref, checks["HealthCheckHeld"].ref]
    held = checks["HealthCheckHeld"].properties["HealthCheckConfig"]
    assert (held["Inverted"], held["ResourcePath"]) == (True, f"/held/{HEALTH_TOKEN}")
    assert held["FullyQualifiedDomainName"] == f"health-{topology.secondary.region}.tellers.example.com"
    assert not any("AlarmIdentifier" in c.properties["HealthCheckConfig"] for c in topology.all("Route53::HealthCheck"))


def test_the_inverted_check_does_not_follow_the_interval_of_the_spec() -> None:
    """A new interval replaces a check, and a new inverted check counts as unhealthy: all clients would move."""
    changed = variant(("interval: 10s", "interval: 30s")).simulation.final.by_key["global.us-east-1"]
    checks = {name: changed.resources[name].properties["HealthCheckConfig"] for name in CHECKS}
    asked = {name: check.get("RequestInterval") for name, check in checks.items()}
    assert asked == {
        "HealthCheckPrimary": 30, "HealthCheckSecondary": 30, "HealthCheckHeld": 10, "HealthCheckPrimaryFree": None,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["europe", "west-first", "manual-failback", "strong"])
def test_no_record_follows_a_check_that_is_as_new(name: str) -> None:
    """A new check counts as healthy, an inverted one as unhealthy; a standby's record alone would answer for all."""
    topology = odd(name)
    before: set[str] = set()
    for wave in topology.waves:
        if topology.global_.name not in wave:
            continue
        stack = wave[topology.global_.name]
        for record in stack.of("Route53::RecordSet"):
            check = record.properties.get("HealthCheckId")
            assert check is None or check.split("/")[1].rstrip(">") in before
        for check in stack.of("Route53::HealthCheck"):
            host = check.properties["HealthCheckConfig"].get("FullyQualifiedDomainName")
            names = {r.id for r in stack.of("Route53::RecordSet") if r.properties["Name"] == host}
            assert check.id in before or host is None or names <= before
        for family in ("FailoverSecondaryA", "FailoverSecondaryAAAA", "RegionSecondary"):
            assert family not in stack.resources or family.replace("Secondary", "Primary") in stack.resources
        before = set(stack.resources)


def test_a_latch_that_comes_to_a_running_system_moves_no_client() -> None:
    """Records keep the check that they follow; the new one wants one of two until they follow it, then both."""
    automatic = variant(("failback: manual", "failback: automatic"))
    seen = []
    rollout = simulate(automatic.deployment, compiled(SHIPPED).deployment)
    assert not rollout.findings
    assert not rollout.closures
    for snapshot in rollout.snapshots:
        (stack,) = (state for id_, state in snapshot.states.items() if id_.kind == "global")
        check = stack.resources.get("HealthCheckPrimaryFree")
        followed = stack.resources["FailoverPrimaryA"].text("HealthCheckId").split("/")[1].rstrip(">")
        seen.append((followed, check and check.get("HealthCheckConfig", "HealthThreshold")))
    assert list(dict.fromkeys(seen)) == [
        ("HealthCheckPrimary", None), ("HealthCheckPrimary", 1), ("HealthCheckPrimaryFree", 1),
        ("HealthCheckPrimaryFree", 2),
    ]  # fmt: skip
