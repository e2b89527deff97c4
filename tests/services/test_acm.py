"""ACM: a certificate in each serving region, validated through the zone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.helpers import Topology, each_odd_spec, odd, shipped
from tests.services.placement import placed
from tests.services.test_dynamodb import alarms

TYPES = ("CertificateManager::Certificate",)


@pytest.mark.parametrize(
    "topology",
    [shipped, lambda: odd("three-regions"), lambda: odd("west-first")],
    ids=["two regions", "three regions", "west first"],
)
def test_placement(topology: Callable[[], Topology]) -> None:
    assert placed(topology, TYPES) == {"primary": {"Certificate"}, "secondary": {"Certificate"}}


@pytest.mark.parametrize("name", each_odd_spec())
def test_both_names_are_covered_and_validated_through_the_zone(name: str) -> None:
    topology = odd(name)
    zone = topology.global_.outputs["HostedZoneId"]
    for stack in topology.serving:
        p = stack.one("CertificateManager::Certificate").properties
        names = [p["DomainName"], *p["SubjectAlternativeNames"]]
        assert sorted(names) == sorted(d.properties["DomainName"] for d in stack.of("ApiGatewayV2::DomainName"))
        assert p["ValidationMethod"] == "DNS"
        # Without the zone's id nobody writes the record, and the stack waits until it times out.
        options = {option["DomainName"]: option["HostedZoneId"] for option in p["DomainValidationOptions"]}
        assert options == dict.fromkeys(names, zone)
        assert not zone.startswith("/hostedzone/")
        assert len(p["DomainName"]) <= 64


def test_certificates_wait_for_the_zone() -> None:
    topology = shipped()
    assert topology.waves[0][topology.secondary.name].of("CertificateManager::Certificate") == []
    early = odd("existing-zone")
    assert early.waves[0][early.secondary.name].of("CertificateManager::Certificate") != []


def test_a_failing_renewal_is_noticed() -> None:
    for stack in shipped().serving:
        (p,) = alarms(stack, "DaysToExpiry")
        certificate = stack.one("CertificateManager::Certificate").ref
        assert p["Dimensions"] == [{"Name": "CertificateArn", "Value": certificate}]
        assert (p["ComparisonOperator"], p["Threshold"]) == ("LessThanThreshold", 30)
