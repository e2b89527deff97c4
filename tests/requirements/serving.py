"""What clients meet: names that fail over, APIs, functions, networks, and the objectives they keep."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from tests.helpers import Topology
from tests.world import Resource, Stack

TPS = 10_000
RTO_SECONDS = 15 * 60
RPO_SECONDS = 5 * 60
LATENCY_MS = 1_000

# Read in AWS's documents beside the compiler's own figures, and written down once more to check them.
_ANSWER_SECONDS = 6
_STATUS_SECONDS = 60
_CLIENT_SECONDS = 60 * (10 / 3) ** (1 / 0.594)
"""Until 97 % of users have moved: 10 % are left after 60 s, 2 % after 900 s, a power law between (LANMAN 2014)."""
_RAMP_PER_10_SECONDS = 1_000
_REQUESTS_PER_ENVIRONMENT = 10


def regions(topology: Topology) -> None:
    """There is one stack for us-east-1 as primary and one for us-west-2 as secondary."""
    kinds = {about["kind"]: about["region"] for about in topology.manifest["stacks"]}
    assert kinds.get("primary") == "us-east-1"
    assert kinds.get("secondary") == "us-west-2"
    assert topology.primary.region == "us-east-1"
    assert topology.secondary.region == "us-west-2"


def primary_region(topology: Topology) -> None:
    """The stack called primary is deployed to us-east-1 and its records are the primary ones."""
    assert topology.primary.region == "us-east-1"
    for record in _failover(topology, "PRIMARY"):
        assert record["AliasTarget"]["DNSName"].startswith(f"<{topology.primary.name}/")


def secondary_region(topology: Topology) -> None:
    """The stack called secondary is deployed to us-west-2 and its records are the secondary ones."""
    assert topology.secondary.region == "us-west-2"
    for record in _failover(topology, "SECONDARY"):
        assert record["AliasTarget"]["DNSName"].startswith(f"<{topology.secondary.name}/")


def _failover(topology: Topology, role: str) -> list[dict[str, Any]]:
    records = (dict(r.properties) for r in topology.all("Route53::RecordSet"))
    found = [r for r in records if r.get("Failover") == role and r["Type"] != "TXT"]
    assert sorted(record["Type"] for record in found) == ["A", "AAAA"], f"{role} records of both families"
    return found


def failover_zone(topology: Topology) -> None:
    """A hosted zone holds a primary and a secondary failover record of both families under one name."""
    zone = topology.global_.one("Route53::HostedZone")
    records = [*_failover(topology, "PRIMARY"), *_failover(topology, "SECONDARY")]
    assert {record["HostedZoneId"] for record in records} == {zone.ref}
    assert {record["Name"] for record in records} == {zone.properties["Name"]}
    assert len({(record["Type"], record["SetIdentifier"]) for record in records}) == 4


def checks(topology: Topology) -> Iterator[tuple[Stack, dict[str, Any]]]:
    """The endpoint check of each serving region."""
    for stack in topology.serving:
        host = stack.resources["HealthDomain"].properties["DomainName"]
        found = [
            dict(check.properties["HealthCheckConfig"])
            for check in topology.all("Route53::HealthCheck")
            if check.properties["HealthCheckConfig"].get("FullyQualifiedDomainName") == host
            and not check.properties["HealthCheckConfig"].get("Inverted")
        ]
        assert len(found) == 1, f"{stack.region} has {len(found)} health checks under its own name"
        yield stack, found[0]


def health_checks(topology: Topology) -> None:
    """A host name of each region is asked over HTTPS every 10 s for an open path that an API of its own answers."""
    for stack, check in checks(topology):
        assert check["Type"] == "HTTPS"
        assert check["RequestInterval"] == 10
        assert check["EnableSNI"] is True
        routes = {r.properties["RouteKey"]: r.properties for r in stack.of("ApiGatewayV2::Route")}
        route = routes.get(f"GET {check['ResourcePath']}")
        assert route, f"nothing answers {check['ResourcePath']} in {stack.region}"
        assert route["AuthorizationType"] == "NONE"


def automatic_failover(topology: Topology) -> None:
    """The primary record follows the primary's health check and the latch, the secondary answers without one: no hand
    is needed.
    """
    failover_zone(topology)
    health_checks(topology)
    check = topology.global_.resources.get("HealthCheckPrimaryFree")
    assert check, "there is no check of the primary region"
    config = check.properties["HealthCheckConfig"]
    assert topology.global_.resources["HealthCheckPrimary"].ref in config["ChildHealthChecks"]
    assert config["HealthThreshold"] == len(config["ChildHealthChecks"])
    for record in _failover(topology, "PRIMARY"):
        assert record.get("HealthCheckId") == check.ref
        assert record["AliasTarget"]["DNSName"] == f"<{topology.primary.name}/FailoverDomain.RegionalDomainName>"
    for record in _failover(topology, "SECONDARY"):
        assert "HealthCheckId" not in record, "an unhealthy standby's check would pin clients to the primary"
        assert record["AliasTarget"]["DNSName"] == f"<{topology.secondary.name}/FailoverDomain.RegionalDomainName>"


def functions(stack: Stack) -> list[Resource]:
    """Functions that serve; the latch is of the standby alone."""
    found = [function for function in stack.of("Lambda::Function") if function.id != "FunctionLatch"]
    assert found, f"{stack.name} has no function"
    return found


def functions_in_both(topology: Topology) -> None:
    """Both serving stacks hold the same functions, each reached by routes of its region's API and allowed to be
    called.
    """
    primary, secondary = topology.serving
    assert {f.id for f in functions(primary)} == {f.id for f in functions(secondary)}
    for stack in topology.serving:
        integrations = {i.ref: i.properties["IntegrationUri"] for i in stack.of("ApiGatewayV2::Integration")}
        targets = {
            route.properties["Target"].removeprefix("integrations/") for route in stack.of("ApiGatewayV2::Route")
        }
        called = {integrations[target] for target in targets}
        assert called
        assert called <= {f.arn for f in stack.of("Lambda::Function")}
        assert called <= {p.properties["FunctionName"] for p in stack.of("Lambda::Permission")}


def identical_code(topology: Topology) -> None:
    """Runtime, handler, memory and timeout are equal in both regions, and so is the parameter that names the archive.

    dr-deploy gives it one archive by its digest, and afterwards compares what runs in each region with it.
    """
    primary, secondary = topology.serving
    code = {told["keyParameter"] for told in topology.manifest["functions"]}
    for here in functions(primary):
        there = secondary.resources[here.id].properties
        for member in ("Runtime", "Handler", "MemorySize", "Timeout", "Architectures"):
            assert here.properties[member] == there[member]
        one, other = (topology.template(stack)["Resources"][here.id]["Properties"] for stack in topology.serving)
        assert one["Code"]["S3Key"] == other["Code"]["S3Key"]
        assert one["Code"]["S3Key"].get("Ref") in code


def regional_variables(topology: Topology) -> None:
    """Every function's variables say its role, its peer region, and tables and buckets of its own region."""
    primary, secondary = topology.serving
    for here, there, role in ((primary, secondary, "primary"), (secondary, primary, "secondary")):
        for function in functions(here):
            variables = function.properties.get("Environment", {}).get("Variables", {})
            assert variables.get("REGION_ROLE") == role
            assert variables["PEER_REGION"] == there.region
            table = topology.primary.of("DynamoDB::GlobalTable")[0].properties["TableName"]
            assert table in variables["TABLES"]
            bucket = next(b for b in here.of("S3::Bucket") if b.id.startswith("Bucket"))
            assert bucket.properties["BucketName"] in variables["BUCKETS"]


def reserved_concurrency(topology: Topology) -> None:
    """Every function reserves at least 100 environments, and the parameter that sets it admits no fewer."""
    for stack in topology.serving:
        for function in functions(stack):
            reserved = function.properties.get("ReservedConcurrentExecutions", 0)
            assert isinstance(reserved, int), "the parameter it refers to is not there"
            assert reserved >= 100
        template = topology.template(stack)
        limits = [body["MinValue"] for name, body in template["Parameters"].items() if name.startswith("reservedConc")]
        assert len(limits) == len(stack.of("Lambda::Function"))
        assert min(limits) >= 100


def complete_functions(topology: Topology) -> None:
    """Every function names runtime, handler, and bucket and key of its code, in a bucket of its own region."""
    for stack in topology.serving:
        for function in functions(stack):
            p = function.properties
            assert p.get("Runtime")
            assert p.get("Handler")
            assert p.get("Code", {}).get("S3Key", "").endswith(".zip")
            assert p["Code"]["S3Bucket"].endswith(stack.region)


def networks(topology: Topology) -> None:
    """Each VPC has private subnets in three zones, no way to the internet, and a route to the other through the
    peering.
    """
    primary, secondary = topology.serving
    peering = primary.one("EC2::VPCPeeringConnection")
    assert peering.properties["PeerVpcId"] == secondary.one("EC2::VPC").ref
    assert peering.properties["VpcId"] == primary.one("EC2::VPC").ref
    assert peering.properties["PeerRegion"] == secondary.region
    out = ("InternetGateway", "NatGateway", "EgressOnlyInternetGateway")
    assert not [resource for kind in out for resource in topology.all(f"EC2::{kind}")]
    for here, there in ((primary, secondary), (secondary, primary)):
        subnets = here.of("EC2::Subnet")
        assert len({subnet.properties["AvailabilityZoneId"] for subnet in subnets}) == 3
        assert all(subnet.properties["MapPublicIpOnLaunch"] is False for subnet in subnets)
        routes = {
            r.properties["DestinationCidrBlock"]: r.properties["VpcPeeringConnectionId"] for r in here.of("EC2::Route")
        }
        assert routes == {there.one("EC2::VPC").properties["CidrBlock"]: peering.ref}
        for function in functions(here):
            assert sorted(function.properties["VpcConfig"]["SubnetIds"]) == sorted(subnet.ref for subnet in subnets)
    ranges = [ip_network(stack.one("EC2::VPC").properties["CidrBlock"]) for stack in topology.serving]
    assert not ranges[0].overlaps(ranges[1])


def _objective(topology: Topology, id_: str) -> dict[str, Any]:
    (found,) = (item for item in topology.manifest["objectives"]["objectives"] if item["id"] == id_)
    return dict(found)


def recovery_time(topology: Topology) -> None:
    """Detection by the checks as configured, DNS, 97 % of client caches and the ramp add up to less than 15 minutes,
    as the manifest says.
    """
    automatic_failover(topology)
    for _, check in checks(topology):
        detection = check["FailureThreshold"] * (check["RequestInterval"] + _ANSWER_SECONDS)
        reserved = sum(f.properties["ReservedConcurrentExecutions"] for f in functions(topology.secondary))
        ramp = (-(-reserved // _RAMP_PER_10_SECONDS) - 1) * 10
        worst = detection + _STATUS_SECONDS + _CLIENT_SECONDS + ramp
        assert worst < RTO_SECONDS
        told = _objective(topology, "rto")
        assert (told["asked"], told["share"]) == (RTO_SECONDS, 97)
        assert worst <= told["worst"] < RTO_SECONDS


def recovery_point(topology: Topology) -> None:
    """Lag of tables and documents raises an alarm before 5 minutes are lost, and the manifest says that AWS promises
    neither.
    """
    for stack in topology.serving:
        lags = [
            a.properties
            for a in stack.of("CloudWatch::Alarm")
            if a.properties.get("MetricName") == "ReplicationLatency"
        ]
        by_store = {(p["Namespace"], p["Threshold"]) for p in lags}
        assert ("AWS/DynamoDB", RPO_SECONDS * 1_000) in by_store, "in milliseconds"
        assert ("AWS/S3", RPO_SECONDS - 60) in by_store, "in seconds"
        rings: dict[str, list[float]] = {p["Namespace"]: [] for p in lags}
        for p in lags:
            seconds = p["Threshold"] / (1_000 if p["Namespace"] == "AWS/DynamoDB" else 1)
            rings[p["Namespace"]].append(seconds + p["Period"] * p["DatapointsToAlarm"])
        assert all(min(times) <= RPO_SECONDS for times in rings.values())
    for table in topology.primary.of("DynamoDB::GlobalTable"):
        name = table.properties["TableName"].split("-")[1]
        told = _objective(topology, f"rpo.{name}")
        assert told["asked"] == RPO_SECONDS
        assert told["typical"] < RPO_SECONDS
        assert told["verdict"] == "watched, not promised"


def throughput(topology: Topology) -> None:
    """Reservations, API throttles and warm throughput carry 10,000/s in each region alone; alarms watch one second."""
    for stack in topology.serving:
        carried = (
            sum(f.properties["ReservedConcurrentExecutions"] for f in functions(stack)) * _REQUESTS_PER_ENVIRONMENT
        )
        assert carried >= TPS
        stage = stack.resources["ApiStage"].properties["DefaultRouteSettings"]
        assert stage["ThrottlingRateLimit"] >= TPS
        slow = [
            a.properties["Threshold"]
            for a in stack.of("CloudWatch::Alarm")
            if a.properties.get("Namespace") == "AWS/ApiGateway" and a.properties.get("ExtendedStatistic") == "p99"
        ]
        assert slow
        assert max(slow) <= LATENCY_MS
    for table in topology.primary.of("DynamoDB::GlobalTable"):
        warm = table.properties.get("WarmThroughput", {})
        assert warm.get("WriteUnitsPerSecond", 0) >= TPS
        assert warm.get("ReadUnitsPerSecond", 0) >= TPS
    told = _objective(topology, "latency")
    assert told["worst"] <= told["asked"] == LATENCY_MS


def performance(topology: Topology) -> None:
    """The three objectives together: recovery time, recovery point, throughput."""
    recovery_time(topology)
    recovery_point(topology)
    throughput(topology)
