"""API Gateway: a REST API in place of the HTTP API, for signatures of both regions and a web ACL."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import pytest

from compiler.commands.main import main
from compiler.deploy import rights
from compiler.objectives.costs import Cost
from compiler.pipeline import Compiled, compile_document
from compiler.planning import bill
from compiler.reading.document import load_document
from compiler.rules.policy import allows, statements
from tests.helpers import ODD, ROOT, SHIPPED, compiled, odd, topology_of

Json = Any
EXAMPLE = ROOT / "examples" / "rest-sigv4a" / "specs" / "rest-sigv4a.yaml"
HTTP = (
    ("  kind: rest\n", "  kind: http\n"),
    ("  - finding: rpo-watched\n", "  - {finding: auth-iam-regional, reason: x}\n  - finding: rpo-watched\n"),
)


def changed(*edits: tuple[str, str]) -> Compiled:
    """The example with texts replaced; where it becomes an HTTP API, without web ACLs."""
    text = EXAMPLE.read_text(encoding="utf-8")
    if edits[:1] == HTTP[:1]:
        lines = text.splitlines(keepends=True)
        text = "".join(line for line in lines if "web_acl:" not in line and ":wafv2:" not in line)
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return compile_document(load_document(text, "specs/spec.yaml"), lint=False)


def test_either_api_is_there_with_all_its_parts_and_nothing_of_the_other() -> None:
    rest, http = (topology_of(made.bundle.files) for made in (compiled(EXAMPLE), changed(*HTTP)))
    for mine, other in zip(rest.serving, http.serving, strict=True):
        names = {name for name in mine.resources if not name.startswith("RestDeployment")}
        assert names - set(other.resources) == {"RestApi", "RestStage", "RestApiMayCallBooking", "WebAclAssociation"}
        assert set(other.resources) - names == {
            "Api", "ApiStage", "ApiMayCallBooking", "IntegrationBooking", "RouteHealth", "RoutePostTransactions",
            "RouteGetTransactionsByTransactionId",
        }  # fmt: skip
        for name in ("FailoverDomain", "RegionalDomain", "ApiLogs"):
            assert mine.resources[name].properties == other.resources[name].properties


def test_the_document_says_who_may_call_what_and_names_functions_by_their_arns() -> None:
    for stack in odd("rest").serving:
        paths = stack.resources["RestApi"].properties["Body"]["paths"]
        signed = {(path, method) for path, item in paths.items() for method in item if "security" in item[method]}
        assert signed == {("/entries", "post"), ("/entries", "get")}
        assert set(paths) == {"/entries", "/{proxy+}", "/alive/now"}
        assert set(paths["/{proxy+}"]) == {"x-amazon-apigateway-any-method"}
        called = paths["/entries"]["post"]["x-amazon-apigateway-integration"]
        function = f"arn:aws:lambda:{stack.region}:123456789012:function:function-post-dev-b2"
        assert called["uri"] == (
            f"arn:aws:apigateway:{stack.region}:lambda:path/2015-03-31/functions/{function}/invocations"
        )
        assert called["timeoutInMillis"] == 29_000
        assert called["type"] == "aws_proxy"


def test_the_stage_has_the_throttle_of_the_objectives_and_one_for_people() -> None:
    for stack in odd("rest").serving:
        every, people = stack.resources["RestStage"].properties["MethodSettings"]
        assert (every["ResourcePath"], every["HttpMethod"], every["ThrottlingRateLimit"]) == ("/*", "*", 240)
        assert (people["ResourcePath"], people["HttpMethod"], people["ThrottlingRateLimit"]) == (
            "/~1alive~1now", "GET", 10,
        )  # fmt: skip
        assert not any(setting["DataTraceEnabled"] for setting in (every, people)), "what is sent is not logged"


def test_the_access_log_is_the_one_of_the_http_api_with_the_same_members() -> None:
    rest, http = (topology_of(made.bundle.files) for made in (compiled(EXAMPLE), changed(*HTTP)))
    for mine, other in zip(rest.serving, http.serving, strict=True):
        setting = mine.resources["RestStage"].properties["AccessLogSetting"]
        old = other.resources["ApiStage"].properties["AccessLogSettings"]
        assert setting["DestinationArn"] == old["DestinationArn"]
        assert set(json.loads(setting["Format"])) == {*json.loads(old["Format"]), "webAcl"}


def test_the_alarms_watch_the_metrics_that_rest_apis_have() -> None:
    for stack in odd("rest").serving:
        name = {"Name": "ApiName", "Value": stack.resources["RestApi"].properties["Name"]}
        stage = {"Name": "Stage", "Value": stack.resources["RestStage"].properties["StageName"]}
        assert name in stack.resources["AlarmApiSlow"].properties["Dimensions"]
        errors, requests, _ = stack.resources["AlarmApiErrors"].properties["Metrics"]
        for query, metric in ((errors, "5XXError"), (requests, "Count")):
            assert query["MetricStat"]["Metric"]["MetricName"] == metric
            assert {*map(str, query["MetricStat"]["Metric"]["Dimensions"])} == {str(name), str(stage)}


def test_nobody_signs_again_after_a_failover() -> None:
    rest, http = compiled(EXAMPLE), changed(*HTTP)

    def terms(made: Compiled) -> set[str]:
        return {term.id for term in made.computation.recovery_time.terms}

    assert terms(http) - terms(rest) == {"rto.sign"}


def test_requests_cost_what_requests_to_rest_apis_cost() -> None:
    def cost(made: Compiled) -> dict[str, Cost]:
        return {item.id: item for item, _ in bill(made.topology).lines if item.id.startswith("api.")}

    rest, http = cost(compiled(EXAMPLE)), cost(changed(*HTTP))
    assert rest["api.requests"].load == http["api.requests"].load == rest["api.inspected"].load
    assert rest["api.requests"].price.value.of(rest["api.requests"].load) > 2 * (
        http["api.requests"].price.value.of(http["api.requests"].load)
    )
    assert "api.inspected" not in http


def explained(spec: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([spec, "--explain", "caller-policy"])
    return code, out.getvalue(), err.getvalue()


def test_clients_get_a_policy_for_both_regions() -> None:
    made = topology_of(compiled(EXAMPLE).bundle.files)
    policy = json.loads(made.global_.outputs["CallerPolicy"])
    apis = [stack.resources["RestApi"].ref for stack in made.serving]
    wanted = [
        f"arn:aws:execute-api:{stack.region}:123456789012:{api}/live/*"
        for stack, api in zip(made.serving, apis, strict=True)
    ]
    assert policy["Statement"] == [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": wanted}]

    code, out, _ = explained(str(EXAMPLE))
    assert code == 0
    printed = json.loads(out)["Statement"][0]["Resource"]
    assert printed[1] == "arn:aws:execute-api:us-west-2:012345678901:<ApiId of secondary.us-west-2>/live/*"


def test_there_is_no_policy_where_nobody_signs() -> None:
    assert "CallerPolicy" not in topology_of(compiled(SHIPPED).bundle.files).global_.outputs
    code, out, err = explained(str(SHIPPED))
    assert (code, out) == (1, "")
    assert "no client needs one" in err


@pytest.mark.parametrize("on_delete", ["retain", "delete"])
def test_another_web_acl_never_leaves_the_stage_without_one(on_delete: str) -> None:
    """AWS associates the new one first; deleting the old association would take the new one away."""
    accepted = "  - {finding: data-deleted, reason: Developers book made-up transactions.}\n" * (on_delete == "delete")
    made = changed(
        ("dns:\n", f"deployment: {{on_delete: {on_delete}}}\ndns:\n"),
        ("accept:\n", f"accept:\n{accepted}"),
    )
    for template in made.templates:
        if template.stack.serves:
            body = template.body["Resources"]["WebAclAssociation"]
            assert body["UpdateReplacePolicy"] == "Retain"
            assert body["DeletionPolicy"] == ("Delete" if on_delete == "delete" else "Retain")


def test_the_deployer_may_make_apis_of_both_kinds() -> None:
    """ARNs of API Gateway have no account, except those of few kinds."""
    made = compiled(EXAMPLE)
    documents = rights.policies(made.deployment, made.topology.spec)
    held = tuple(item for document in documents.values() for item in statements(document))
    for region in ("us-east-1", "us-west-2"):
        context = {"aws:RequestedRegion": region}
        for path in ("/restapis", "/restapis/abc123/stages", "/domainnames/settlements.example.com/apimappings"):
            assert allows(held, "apigateway:POST", f"arn:aws:apigateway:{region}::{path}", context=context)
        acl = f"arn:aws:wafv2:{region}:012345678901:regional/webacl/edge/0a1b2c3d"
        assert allows(held, "wafv2:AssociateWebACL", acl, context=context)


def test_a_partial_that_replaces_the_document_changes_the_deployment(tmp_path: Any) -> None:
    partial = tmp_path / "apigateway" / "rest-api.json.j2"
    partial.parent.mkdir()
    text = (ROOT / "partials" / "apigateway" / "rest-api.json.j2").read_text(encoding="utf-8")
    partial.write_text(text.replace('"FailOnWarnings": true', '"FailOnWarnings": true, "MinimumCompressionSize": 1024'))
    from compiler.pipeline import compile_spec

    own = compile_spec(ODD / "rest.yaml", "rest.yaml", partials=(tmp_path,), lint=False)

    def deployments(made: Compiled) -> set[str]:
        return {n for template in made.templates for n in template.body["Resources"] if n.startswith("RestDeployment")}

    assert len(deployments(own)) == 1
    assert deployments(own) != deployments(compiled(ODD / "rest.yaml"))
