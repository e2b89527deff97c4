"""What the primary has and the standby lacks, or has otherwise, is an error with both places."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compiler.diagnostics.model import Severity
from compiler.ir.template import Template
from compiler.rollout.simulation import simulate
from compiler.rules.registry import inspect
from tests.helpers import SHIPPED, compiled
from tests.rules.changes import Bodies, Change, Json, changed, codes, judged, of, role_policy, variant, with_templates
from tests.rules.seeds import FUNCTION

ALARM = f"Alarm{FUNCTION}Slow"


def _in_standby(name: str, **properties: Json) -> Change:
    """Properties of one resource changed in the standby only."""

    def apply(bodies: Bodies) -> None:
        of(bodies["secondary"], name).update(properties)

    return apply


def _variables(bodies: Bodies) -> None:
    of(bodies["secondary"], FUNCTION)["Environment"]["Variables"].pop("LOG_LEVEL")


def _code(bodies: Bodies) -> None:
    of(bodies["secondary"], FUNCTION)["Code"]["S3Key"] = "functions/old.zip"


def _reserved(bodies: Bodies) -> None:
    bodies["secondary"]["Parameters"]["reservedConcurrencyTransactionProcessor"]["Default"] = 1300


def _narrower(bodies: Bodies) -> None:
    statement = role_policy(bodies["secondary"], f"{FUNCTION}Role")["Statement"][0]
    statement["Action"] = [statement["Action"][0]]


def _throttled(bodies: Bodies) -> None:
    of(bodies["secondary"], "ApiStage")["DefaultRouteSettings"]["ThrottlingRateLimit"] = 10


def _trusts(issuer: str, kind: str = "secondary") -> Change:
    def apply(bodies: Bodies) -> None:
        of(bodies[kind], "AuthorizerBank")["JwtConfiguration"]["Issuer"] = issuer

    return apply


def _trusts_its_own(bodies: Bodies) -> None:
    """Each region is right by itself, and no token is good in both."""
    for kind, region in (("primary", "us-east-1"), ("secondary", "us-west-2")):
        _trusts(f"https://id.example.com/{region}", kind)(bodies)


def _variable(name: str, value: Json) -> Change:
    def apply(bodies: Bodies) -> None:
        of(bodies["secondary"], FUNCTION)["Environment"]["Variables"][name] = value

    return apply


def _wide_open(bodies: Bodies) -> None:
    of(bodies["secondary"], "EndpointSecurityGroup")["SecurityGroupIngress"][0]["IpProtocol"] = "udp"


def _in_network(bodies: Bodies, **network: Json) -> None:
    """All functions of the standby elsewhere; one alone would have network interfaces that nothing keeps in use."""
    for name in (FUNCTION, "FunctionHealth", "FunctionLatch"):
        of(bodies["secondary"], name)["VpcConfig"].update(network)


def _in_another_group(bodies: Bodies) -> None:
    group = {"Fn::GetAtt": ["EndpointSecurityGroup", "GroupId"]}
    _in_network(bodies, SecurityGroupIds=[group])


def _in_one_zone(bodies: Bodies) -> None:
    _in_network(bodies, SubnetIds=[{"Ref": "PrivateSubnet1"}])


def _tagged(bodies: Bodies) -> None:
    of(bodies["secondary"], "LogStream")["Tags"][0]["Value"] = "somebody-else"


def _without_recovery(bodies: Bodies) -> None:
    replicas = of(bodies["primary"], "TableTransactions")["Replicas"]
    (replica,) = (item for item in replicas if item["Region"] == "us-west-2")
    replica["Tags"] = replica["Tags"][:-1]


def _says_the_wrong_endpoint(bodies: Bodies) -> None:
    bodies["secondary"]["Outputs"]["Endpoint"]["Value"] = "https://elsewhere.example.com"


DIFFERENT: list[tuple[str, str, str, Change]] = [
    ("digest", "DR471", "`Code.S3Key`: `functions/old.zip`", _code),
    ("memory", "DR471", "`MemorySize`: `128` here, `1024` in the primary", _in_standby(FUNCTION, MemorySize=128)),
    ("timeout", "DR471", "`Timeout`: `3` here, `10` in the primary", _in_standby(FUNCTION, Timeout=3)),
    ("reservation", "DR471", "`ReservedConcurrentExecutions`: `1300`", _reserved),
    ("environment", "DR471", "`Environment.Variables.LOG_LEVEL`: nothing here", _variables),
    ("a table", "DR471", "`Environment.Variables.PRIMARY_TABLE`: `payments`", _variable("PRIMARY_TABLE", "payments")),
    ("a share", "DR471", "`Environment.Variables.LOG_SAMPLE`: `1` here", _variable("LOG_SAMPLE", "1")),
    ("a namespace", "DR471", "`Environment.Variables.METRIC_NAMESPACE`: `Own`", _variable("METRIC_NAMESPACE", "Own")),
    ("the region itself", "DR471", "`Environment.Variables.PEER_REGION`", _variable("PEER_REGION", "us-west-2")),
    ("one zone", "DR471", "`VpcConfig.SubnetIds", _in_one_zone),
    ("another group", "DR471", "`VpcConfig.SecurityGroupIds[0]`", _in_another_group),
    ("ingress", "DR474", "`SecurityGroupIngress[0].IpProtocol`: `udp` here", _wide_open),
    ("names in the network", "DR474", "`EnableDnsSupport`: `False` here", _in_standby("Vpc", EnableDnsSupport=False)),
    ("a public subnet", "DR474", "`MapPublicIpOnLaunch`", _in_standby("PrivateSubnet2", MapPublicIpOnLaunch=True)),
    ("a tag", "DR474", "`Tags[0].Value`: `somebody-else` here", _tagged),
    ("a replica", "DR474", "the replica of `TableTransactions` in the standby us-west-2", _without_recovery),
    ("an output's value", "DR474", "the output `Endpoint` of the standby us-west-2", _says_the_wrong_endpoint),
    ("permission", "DR472", "`Policies[0].PolicyDocument.Statement[0].Action`", _narrower),
    ("trust", "DR472", "`MaxSessionDuration`: `7200`", _in_standby("CrossRegionRole", MaxSessionDuration=7200)),
    (
        "route",
        "DR474 DR877",
        "`AuthorizationType`: `NONE`",
        _in_standby("RoutePostTransactions", AuthorizationType="NONE"),
    ),
    (
        "issuer",
        "DR474 DR874",
        "`JwtConfiguration.Issuer`: `https://id.example.com` here",
        _trusts("https://id.example.com"),
    ),
    (
        "issuer of each region",
        "DR474 DR874",
        "`JwtConfiguration.Issuer`: `https://id.example.com/us-west-2` here",
        _trusts_its_own,
    ),
    ("throttle", "DR474", "`DefaultRouteSettings.ThrottlingRateLimit`: `10`", _throttled),
    ("alarm", "DR474", "`Threshold`: `9`", _in_standby(ALARM, Threshold=9)),
    ("log-copy", "DR474", "`FilterPattern`: `ERROR`", _in_standby("ApiLogsSubscription", FilterPattern="ERROR")),
    ("endpoint", "DR474", "`RouteTableIds`", _in_standby("EndpointS3", RouteTableIds=[])),
    ("retention", "DR474", "`RetentionInDays`: `1`", _in_standby("ApiLogs", RetentionInDays=1)),
]


@pytest.mark.parametrize(
    ("code", "says", "change"), [item[1:] for item in DIFFERENT], ids=[item[0] for item in DIFFERENT]
)
def test_a_difference_is_found(code: str, says: str, change: Change) -> None:
    found = judged(change)
    assert codes(found) == code.split(), [item.message for item in found]
    assert any(says in item.message for item in found), [item.message for item in found]
    for item in (item for item in found if item.rule.code in ("DR471", "DR472", "DR474")):
        assert item.severity is Severity.ERROR
        # The standby's own place, and the primary's.
        assert item.span.file == "specs/dr-topology.yaml"
        assert any("in the primary region" in label.text for label in item.labels)


MISSING = [ALARM, "ApiLogsSubscription", "EndpointDynamodb", "FlowLog", "KeyAlias"]


@pytest.mark.parametrize("name", MISSING)
def test_what_the_standby_lacks_is_found(name: str) -> None:
    def gone(bodies: Bodies) -> None:
        del bodies["secondary"]["Resources"][name]
        bodies["secondary"]["Resources"].pop("Dashboard", None)
        bodies["primary"]["Resources"].pop("Dashboard", None)

    found = judged(gone)
    assert codes(found) == ["DR470"]
    assert f"no resource like `{name}`" in found[0].message
    assert "the standby us-west-2" in found[0].message

    last = found[0].labels[-1]
    assert last.text == "missing here"
    assert "us-west-2" in SHIPPED.read_text(encoding="utf-8").split("\n")[last.at.start.line - 1]


def test_an_output_that_the_standby_lacks() -> None:
    def gone(bodies: Bodies) -> None:
        del bodies["secondary"]["Outputs"]["Endpoint"]

    (found,) = judged(gone)
    assert found.rule.code == "DR470"
    assert "no output like `Endpoint`" in found.message


def test_the_standby_may_have_more() -> None:
    def more(bodies: Bodies) -> None:
        alarm = bodies["secondary"]["Resources"][ALARM]
        properties = {**alarm["Properties"], "AlarmName": "another"}
        bodies["secondary"]["Resources"]["Another"] = {**alarm, "Properties": properties}

    assert judged(more) == []


def _from_partial(template: Template, name: str, partial: str) -> Template:
    origin = template.origins[name]
    return replace(template, origins={**template.origins, name: replace(origin, partial=partial)})


def test_a_partial_for_one_region_was_asked_for() -> None:
    made = compiled(SHIPPED)

    def gone(bodies: Bodies) -> None:
        del bodies["secondary"]["Resources"][ALARM]

    templates = tuple(
        _from_partial(template, ALARM, "extra/slow.primary.json.j2") if template.stack.kind == "primary" else template
        for template in changed(gone)
    )
    assert list(inspect(simulate(None, with_templates(made, templates)), made.topology)) == []


def test_zones_and_ranges_may_differ() -> None:
    made = variant(
        (
            "us-west-2, role: secondary, cidr: 10.20.0.0/16, zones: [usw2-az1, usw2-az2, usw2-az3]",
            "us-west-2, role: secondary, cidr: 10.30.0.0/17, zones: 2",
        )
    )
    assert judged(lambda _: None, made) == []


def test_a_resource_that_another_rule_refuses_is_reported_once() -> None:
    """That it differs as well says nothing more, and the compile fails all the same."""

    def far(bodies: Bodies) -> None:
        of(bodies["secondary"], FUNCTION)["VpcConfig"]["SubnetIds"] = [{"Ref": "PrivateSubnet1"}]

    found = judged(far)
    assert codes(found) == ["DR438"]
    assert {item.severity for item in found} == {Severity.ERROR}


def test_a_spec_that_names_a_region_means_it_in_both() -> None:
    """A domain, a variable and a tag that name a region are the same text in both, and no difference."""
    made = variant(
        ("domain: tx.example.com", "domain: tx.us-east-1.example.com"),
        ("tags: {", "tags: {home: us-east-1, books: kept in us-west-2, "),
        ("    handler: app", "    environment: {HOME_REGION: us-east-1, BOOKS: us-west-2/books}\n    handler: app"),
    )
    assert judged(lambda _: None, made) == []
    (found,) = judged(_variable("HOME_REGION", "us-west-2"), made)
    assert "`Environment.Variables.HOME_REGION`" in found.message


def test_a_larger_quota_of_the_standby_moves_its_alarm_only() -> None:
    made = variant(("cidr: 10.20.0.0/16, ", "cidr: 10.20.0.0/16, quotas: {lambda_concurrency: 9000}, "))
    assert judged(lambda _: None, made) == []
