"""API Gateway: an HTTP API in each serving region, under the failover name and under a name of the region's own."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from compiler.diagnostics.model import RejectedError, Severity
from compiler.pipeline import compile_document
from compiler.reading.document import load_document
from tests.helpers import HEALTH_TOKEN, ROOT, Topology, compiled, each_odd_spec, odd, shipped, topology_of
from tests.helpers import SHIPPED as SPEC
from tests.services.placement import placed
from tests.services.test_dynamodb import alarms
from tests.waves_oracle import deploy
from tests.world import Stack

EXAMPLE = ROOT / "examples" / "every-field" / "specs" / "every-field.yaml"
TYPES = (
    "ApiGatewayV2::Api",
    "ApiGatewayV2::Stage",
    "ApiGatewayV2::Authorizer",
    "ApiGatewayV2::Route",
    "ApiGatewayV2::Integration",
    "ApiGatewayV2::DomainName",
    "ApiGatewayV2::ApiMapping",
    "Lambda::Permission",
)
API = {"Api", "ApiStage", "RouteHealth", "FailoverDomain", "FailoverDomainMapping", "RegionalDomain",
       "RegionalDomainMapping", "HealthApi", "HealthStage", "HealthRoute", "HealthRoutePrevious", "HealthIntegration",
       "HealthApiMayCallHealth", "HealthDomain", "HealthDomainMapping"}  # fmt: skip
LATCH = {"HeldRoute", "HeldRoutePrevious", "HeldIntegration", "HealthApiMayCallLatch"}
SHIPPED = API | {
    "AuthorizerBank",
    "IntegrationTransactionProcessor",
    "ApiMayCallTransactionProcessor",
    "RoutePostTransactions",
    "RouteGetTransactionsByTransactionId",
}
ORDERS = API | {"AuthorizerIdp", "IntegrationOrder", "ApiMayCallOrder", "RoutePostOrders", "RouteGetOrdersByOrderId"}


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        (shipped, {"primary": SHIPPED, "secondary": SHIPPED | LATCH}),
        (lambda: odd("three-regions"), {"primary": ORDERS, "secondary": ORDERS | LATCH}),
    ],
    ids=["two regions", "three regions"],
)
def test_placement(topology: Callable[[], Topology], expected: dict[str, set[str]]) -> None:
    assert placed(topology, TYPES) == expected


def routes(stack: Stack) -> dict[str, tuple[str, str]]:
    """Route key to authorization and target, of the API that clients call."""
    return {
        route.properties["RouteKey"]: (route.properties["AuthorizationType"], route.properties["Target"])
        for route in stack.of("ApiGatewayV2::Route")
        if route.properties["ApiId"] == stack.resources["Api"].ref
    }


def test_routes_are_those_of_the_spec_and_the_health_path() -> None:
    for stack in shipped().serving:
        target = f"integrations/<{stack.name}/IntegrationTransactionProcessor>"
        assert routes(stack) == {
            "POST /transactions": ("JWT", target),
            "GET /transactions/{transaction_id}": ("JWT", target),
            "GET /health": ("NONE", target),
        }


def test_each_route_leads_to_its_function_and_the_health_path_to_the_one_named() -> None:
    for stack in odd("four-functions").serving:
        found = {key: target.split("/Integration")[1].rstrip(">") for key, (_, target) in routes(stack).items()}
        assert found == {
            "POST /orders": "Api",
            "GET /orders/{id}": "Api",
            "GET /search": "Search",
            "GET /status/health": "Probe",
        }
        assert routes(stack)["GET /search"][0] == "NONE"
        assert routes(stack)["GET /status/health"][0] == "NONE"
        called = {i.properties["IntegrationUri"] for i in stack.of("ApiGatewayV2::Integration")}
        assert f"<{stack.name}/FunctionNightly.Arn>" not in called


def test_paths_that_differ_in_signs_only_are_routes_of_their_own() -> None:
    asked = {
        "ANY /", "ANY /{proxy+}", "GET /a/b", "GET /a-b", "GET /a_b", "GET /a.b", "GET /A/b", "GET /ab", "GET /x/{id}",
        "GET /x/by/id", "GET /x/{a}/b", "PUT /x/{a_b}", "PUT /x/{a}/b", "PATCH /x/~me", "DELETE /x/{id}", "HEAD /x",
        "POST /files/{path+}", "GET /-/alive",
    }  # fmt: skip
    for stack in odd("other-routes").serving:
        assert set(routes(stack)) == asked


@pytest.mark.parametrize("name", each_odd_spec())
def test_functions_may_be_called_by_their_api_only(name: str) -> None:
    for stack in odd(name).serving:
        permissions = {p.properties["FunctionName"]: p.properties for p in stack.of("Lambda::Permission")}
        for integration in stack.of("ApiGatewayV2::Integration"):
            p = integration.properties
            assert p["IntegrationType"] == "AWS_PROXY"
            assert p["PayloadFormatVersion"] == "2.0"
            assert p["TimeoutInMillis"] <= 30_000
            permission = permissions[p["IntegrationUri"]]
            assert permission["Principal"] == "apigateway.amazonaws.com"
            api = p["ApiId"]
            assert permission["SourceArn"] == f"arn:aws:execute-api:{stack.region}:123456789012:{api}/*/*"


@pytest.mark.parametrize("name", each_odd_spec())
def test_both_names_are_answered_under_the_regions_own_certificate(name: str) -> None:
    topology = odd(name)
    failover = {stack.resources["FailoverDomain"].properties["DomainName"] for stack in topology.serving}
    assert len(failover) == 1, "the name clients use is one in both regions"
    for stack in topology.serving:
        certificate = stack.one("CertificateManager::Certificate")
        domains = {domain.ref: domain for domain in stack.of("ApiGatewayV2::DomainName")}
        assert stack.resources["RegionalDomain"].properties["DomainName"] == f"{stack.region}.{next(iter(failover))}"
        for domain in domains.values():
            (configuration,) = domain.properties["DomainNameConfigurations"]
            assert configuration["CertificateArn"] == certificate.ref
            assert configuration["EndpointType"] == "REGIONAL"
            # HTTP APIs, and Route 53's checks, speak no more than TLS 1.2.
            assert configuration["SecurityPolicy"] == "TLS_1_2"
            assert configuration["IpAddressType"] == "dualstack"
        mapped = {m.properties["DomainName"]: m.properties for m in stack.of("ApiGatewayV2::ApiMapping")}
        assert set(mapped) == set(domains)
        for mapping in mapped.values():
            health = mapping is mapped[stack.resources["HealthDomain"].ref]
            api, stage = ("RestApi", "RestStage") if "RestApi" in stack.resources else ("Api", "ApiStage")
            assert mapping["ApiId"] == stack.resources["HealthApi" if health else api].ref
            assert mapping["Stage"] == stack.resources["HealthStage" if health else stage].ref


@pytest.mark.parametrize("name", each_odd_spec())
def test_domain_names_are_made_one_after_the_other(name: str) -> None:
    """API Gateway makes one in half a minute."""
    for stack in odd(name).serving:
        assert "FailoverDomain" in stack.resources["RegionalDomain"].body["DependsOn"]
        assert "RegionalDomain" in stack.resources["HealthDomain"].body["DependsOn"]


def test_the_stage_throttles_above_the_load_logs_and_counts_by_route() -> None:
    for stack in shipped().serving:
        stage = stack.resources["ApiStage"].properties
        assert stage["AutoDeploy"] is True
        settings = stage["DefaultRouteSettings"]
        # A fifth above the load; Route 53 asks another API.
        assert settings["ThrottlingRateLimit"] == 12_000
        assert settings["ThrottlingBurstLimit"] == 5_000
        assert settings["DetailedMetricsEnabled"] is True
        # It is open: whoever uses it up takes nothing from clients.
        health = stage["RouteSettings"]["GET /health"]
        assert (health["ThrottlingRateLimit"], health["ThrottlingBurstLimit"]) == (10, 10)
        group = stack.resources["ApiLogs"].properties["LogGroupName"]
        log = stage["AccessLogSettings"]
        assert log["DestinationArn"] == f"arn:aws:logs:{stack.region}:123456789012:log-group:{group}"
        assert '"requestId": "$context.requestId"' in log["Format"]
        assert stack.resources["ApiStage"].body["DependsOn"] == ["ApiLogs", "RouteHealth"]


def test_a_small_region_gets_its_own_burst() -> None:
    bursts = {
        stack.region: stack.resources["ApiStage"].properties["DefaultRouteSettings"]["ThrottlingBurstLimit"]
        for stack in odd("no-acceleration").serving
    }
    assert bursts == {"eu-north-1": 5_000, "eu-south-1": 1_250}


@pytest.mark.parametrize("name", each_odd_spec())
def test_the_default_endpoint_is_off(name: str) -> None:
    """Clients would keep it, and it never fails over."""
    for api in odd(name).all("ApiGatewayV2::Api"):
        assert api.properties["DisableExecuteApiEndpoint"] is True
        assert api.properties["ProtocolType"] == "HTTP"


def test_alarms_use_the_names_of_http_apis() -> None:
    """Lower case, unlike REST APIs."""
    for stack in shipped().serving:
        dimensions = [
            {"Name": "ApiId", "Value": stack.resources["Api"].ref},
            {"Name": "Stage", "Value": "$default"},
        ]
        (errors,) = (a for a in alarms(stack, "5xx") if "Metrics" in a)
        assert errors["Metrics"][0]["MetricStat"]["Metric"]["Dimensions"] == dimensions
        (slow,) = alarms(stack, "Latency")
        assert (slow["Dimensions"], slow["ExtendedStatistic"], slow["Threshold"]) == (dimensions, "p99", 1_000)


@pytest.mark.parametrize("name", ["minimal", "strong"])
def test_a_takeover_raises_an_alarm_in_the_standby(name: str) -> None:
    """The sign of a failover that does not depend on the region that failed, nor on how much traffic there is.

    The latch asks DNS; without one a few requests a minute are enough, since Route 53 does not ask this API.
    """
    primary, secondary = odd(name).serving
    assert "AlarmTrafficTakenOver" not in primary.resources
    taken = secondary.resources["AlarmTrafficTakenOver"].properties
    metric = ("AWS/ApiGateway", "Count") if name == "strong" else ("DR/minimal/test/a1", "AnswersHere")
    assert (taken["Namespace"], taken["MetricName"]) == metric
    assert taken["Threshold"] == (10 if name == "strong" else 0)


def test_the_api_for_route_53_is_apart() -> None:
    """A host, an API and a function of its own; nothing in its log, outputs or names tells the path."""
    for stack in shipped().serving:
        host = stack.resources["HealthDomain"].properties["DomainName"]
        assert host == f"health-{stack.region}.tx.example.com"
        keys = {r.properties["RouteKey"] for r in stack.of("ApiGatewayV2::Route")
                if r.properties["ApiId"] == stack.resources["HealthApi"].ref}  # fmt: skip
        held = {f"{method} /held/{HEALTH_TOKEN}" for method in ("GET", "ANY") if stack.name.startswith("secondary")}
        assert keys == held | {f"GET /health/{HEALTH_TOKEN}", f"ANY /health/{HEALTH_TOKEN}"}
        stage = stack.resources["HealthStage"].properties
        assert "path" not in stage["AccessLogSettings"]["Format"].lower()
        assert "route" not in stage["AccessLogSettings"]["Format"].lower()
        assert not [value for value in stack.outputs.values() if HEALTH_TOKEN in str(value)]
        ours, theirs = stack.resources["FunctionHealth"].properties, stack.resources["FunctionTransactionProcessor"]
        for member in ("Code", "Role", "Environment", "Handler", "MemorySize", "VpcConfig"):
            assert ours[member] == theirs.properties[member]
        assert ours["ReservedConcurrentExecutions"] == 100


def test_a_token_that_is_replaced_is_answered_until_nobody_asks_with_it() -> None:
    """First the regions get the new one with the old one, then Route 53 asks with the new one, then the old one goes.

    In each step the routes of the step before and after overlap, and no key is there twice.
    """
    topology, old, new = shipped(), "a" * 32, "b" * 32
    steps = ({"healthToken": old}, {"healthToken": new, "healthTokenPrevious": old}, {"healthToken": new})
    seen = []
    for given in steps:
        stack = deploy(topology.manifest, topology.templates, given)[-1]["primary.us-east-1"]
        seen.append(
            {id_: stack.resources[id_].properties["RouteKey"] for id_ in ("HealthRoute", "HealthRoutePrevious")}
        )
    assert seen[0] == {"HealthRoute": f"GET /health/{old}", "HealthRoutePrevious": f"ANY /health/{old}"}
    assert seen[1] == {"HealthRoute": f"GET /health/{new}", "HealthRoutePrevious": f"ANY /health/{old}"}
    assert seen[2] == {"HealthRoute": f"GET /health/{new}", "HealthRoutePrevious": f"ANY /health/{new}"}


def test_whoever_deploys_must_give_the_token() -> None:
    for template in shipped().templates.values():
        assert "Default" not in template["Parameters"]["healthToken"]
        assert template["Parameters"]["healthToken"]["AllowedPattern"] == "^[0-9a-f]{32}$"


def test_outputs_say_where_each_region_answers() -> None:
    for stack in shipped().serving:
        assert stack.outputs["Endpoint"] == f"https://<{stack.name}/RegionalDomain>"
        assert stack.outputs["ApiId"] == stack.resources["Api"].ref


def test_clients_need_a_token_that_is_the_same_in_both_regions() -> None:
    """A token names its issuer and no region: what one region accepts, the other accepts too."""
    seen = []
    for stack in shipped().serving:
        authorizer = stack.one("ApiGatewayV2::Authorizer")
        assert authorizer.properties["ApiId"] == stack.resources["Api"].ref
        assert authorizer.properties["IdentitySource"] == ["$request.header.Authorization"]
        by_key = {route.properties["RouteKey"]: route.properties for route in stack.of("ApiGatewayV2::Route")}
        for key, scope in (("POST /transactions", "write"), ("GET /transactions/{transaction_id}", "read")):
            assert by_key[key]["AuthorizerId"] == authorizer.ref
            assert by_key[key]["AuthorizationScopes"] == [f"transactions:{scope}"]
        assert "AuthorizerId" not in by_key["GET /health"]
        seen.append((authorizer.properties["AuthorizerType"], authorizer.properties["JwtConfiguration"]))
    jwt = {"Issuer": "https://login.example.com", "Audience": ["https://tx.example.com"]}
    assert seen == [("JWT", jwt)] * 2


def test_each_route_has_the_authorizer_that_it_names() -> None:
    for stack in topology_of(compiled(EXAMPLE).bundle.files).serving:
        names = {a.ref: a.properties["Name"] for a in stack.of("ApiGatewayV2::Authorizer")}
        by_key = {route.properties["RouteKey"]: route.properties for route in stack.of("ApiGatewayV2::Route")}
        assert names[by_key["POST /entries"]["AuthorizerId"]] == "authorizer-bank-prod-a1"
        # Renamed in the spec, and deployed under its old name.
        assert names[by_key["GET /entries/{account_id}"]["AuthorizerId"]] == "authorizer-friends-prod-a1"
        assert by_key["PUT /entries/{account_id}"]["AuthorizationType"] == "AWS_IAM"
        assert by_key["GET /rates"]["AuthorizationType"] == "NONE"
        for key in ("PUT /entries/{account_id}", "GET /rates"):
            assert not {"AuthorizerId", "AuthorizationScopes"} & by_key[key].keys()


def test_the_access_log_names_the_client_and_nothing_else_of_the_token() -> None:
    for stack in shipped().serving:
        written = stack.resources["ApiStage"].properties["AccessLogSettings"]["Format"]
        assert json.loads(written)["client"] == "$context.authorizer.claims.client_id"
        assert written.count("$context.authorizer") == 1


def test_signed_routes_are_an_error_until_the_spec_accepts_it() -> None:
    """DR326: a signature names its region, so the standby refuses clients that go on signing for the primary."""
    text = SPEC.read_text(encoding="utf-8")
    signed = text.replace("scopes: [transactions:write]", "auth: iam")
    accepted = signed + "  - {finding: auth-iam-regional, reason: Clients learn the region and sign for it.}\n"
    with pytest.raises(RejectedError) as refused:
        compile_document(load_document(signed, "spec.yaml"), lint=False)
    assert [(d.rule.code, d.severity) for d in refused.value.diagnostics] == [("DR326", Severity.ERROR)]
    assert compile_document(load_document(accepted, "spec.yaml"), lint=False).diagnostics == ()
