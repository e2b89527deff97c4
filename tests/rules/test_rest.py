"""REST APIs: what their documents, deployments and web ACLs must be like, whoever wrote them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compiler.pipeline import Compiled, compile_spec
from compiler.rendering.digests import digest
from tests.helpers import ROOT, compiled
from tests.rules.changes import Bodies, both, codes, judged, of

Json = Any
EXAMPLE = ROOT / "examples" / "rest-sigv4a" / "specs" / "rest-sigv4a.yaml"


def made() -> Compiled:
    return compiled(EXAMPLE)


def body(kind: str) -> Json:
    return next(template.body for template in made().templates if template.stack.kind == kind)


def deployment(resources: Json) -> str:
    (found,) = (name for name, item in resources.items() if item["Type"] == "AWS::ApiGateway::Deployment")
    return str(found)


def document(change: Callable[[Json], None]) -> Callable[[Bodies], None]:
    return both(lambda template: change(of(template, "RestApi")["Body"]))


def told(change: Callable[[Bodies], None]) -> list[tuple[str, str]]:
    return [(item.rule.code, item.message.partition(" (")[0]) for item in judged(change, made())]


def test_the_example_has_nothing_to_find() -> None:
    def nothing(bodies: Bodies) -> None:
        """No change."""

    assert judged(nothing, made()) == []


def test_both_regions_have_one_document_and_one_deployment_of_it() -> None:
    east, west = (body(kind)["Resources"] for kind in ("primary", "secondary"))
    assert east["RestApi"]["Properties"]["Body"] == west["RestApi"]["Properties"]["Body"]
    assert deployment(east) == deployment(west) == f"RestDeployment{digest('RestApi', east)}"
    assert east["RestStage"]["Properties"]["DeploymentId"] == {"Ref": deployment(east)}
    assert "RestDeploymentDigest" not in json.dumps(east)


def test_a_document_that_a_later_wave_changes_is_found() -> None:
    def late(document: Json) -> None:
        document["info"]["description"] = {"Fn::If": ["HasPrimaryKeyArn", "now", "later"]}

    found = told(document(late))
    assert ("DR511", "the document of `RestApi` depends on `Fn::If`") in found


def test_a_deployment_that_does_not_follow_its_document_is_found() -> None:
    def changed(document: Json) -> None:
        document["info"]["version"] = "2"

    found = told(document(changed))
    assert {code for code, _ in found} == {"DR512"}
    assert all("does not follow the document of `RestApi`" in message for _, message in found)


def test_an_operation_without_its_signature_is_found() -> None:
    def opened(document: Json) -> None:
        del document["paths"]["/transactions"]["post"]["security"]

    found = told(document(opened))
    assert ("DR877", "`RestApi` answers `POST /transactions` without authorization") in found


FAULTS = {
    "uses a web ACL in eu-west-1": "arn:aws:wafv2:eu-west-1:012345678901:regional/webacl/edge/0a1b2c3d",
    "uses a web ACL with the scope CLOUDFRONT": "arn:aws:wafv2:us-east-1:012345678901:global/webacl/edge/0a1b2c3d",
}


@pytest.mark.parametrize("says", FAULTS)
def test_a_web_acl_that_cannot_protect_the_stage_is_found(says: str) -> None:
    def swap(bodies: Bodies) -> None:
        for kind in ("primary", "secondary"):
            of(bodies[kind], "WebAclAssociation")["WebACLArn"] = FAULTS[says]

    assert any(code == "DR513" and says in message for code, message in told(swap))


def test_a_web_acl_in_front_of_an_http_api_is_found() -> None:
    def http(template: Json) -> None:
        of(template, "WebAclAssociation")["ResourceArn"] = {
            "Fn::Sub": "arn:aws:apigateway:${AWS::Region}::/apis/${HealthApi}/stages/${HealthStage}"
        }

    found = told(both(http))
    assert any("is to protect an HTTP API" in message for _, message in found)
    assert any("`RestStage` in us-west-2 has no web ACL" in message for _, message in found)


def test_a_stage_without_the_web_acl_of_the_spec_is_found() -> None:
    def bare(template: Json) -> None:
        del template["Resources"]["WebAclAssociation"]
        for name in ("FailoverDomain", "FailoverDomainMapping"):
            del template["Resources"][name]["DependsOn"]

    assert codes(judged(both(bare), made())) == ["DR513"]


REPORTS = """{
  "Resources": {
    "ReportsApi": {
      "Type": "AWS::ApiGateway::RestApi",
      "Properties": {
        "Name": "reports",
        "Body": {"openapi": "3.0.1", "info": {"title": "reports", "version": "%s"}, "paths": {}}
      }
    },
    "%s": {
      "Type": "AWS::ApiGateway::Deployment",
      "Properties": {"RestApiId": {"Ref": "ReportsApi"}}
    },
    "ReportsStage": {
      "Type": "AWS::ApiGateway::Stage",
      "DependsOn": "%s",
      "Properties": {
        "RestApiId": {"Ref": "ReportsApi"},
        "StageName": "reports",
        "DeploymentId": {"Ref": "%s"},
        "Description": {"Fn::Sub": ["${%s} ${Other}", {"Other": {"Fn::GetAtt": ["%s", "DeploymentId"]}}]}
      }
    }
  }
}
"""


def reports(folder: Path, version: str, name: str) -> Compiled:
    """The example with an API of a partial beside it."""
    partial = folder / "partials" / "reports" / "api.json.j2"
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.write_text(REPORTS % (version, *5 * [name]), encoding="utf-8")
    return compile_spec(EXAMPLE, "spec.yaml", partials=(folder / "partials",), lint=False)


def test_a_deployment_of_a_partial_follows_its_document_in_every_reference(tmp_path: Path) -> None:
    first, second = (reports(tmp_path, version, "ReportsDeploymentDigest") for version in "12")
    ids = []
    for compiled_ in (first, second):
        template = next(item.body for item in compiled_.templates if item.stack.kind == "primary")
        (name,) = (name for name in template["Resources"] if name.startswith("ReportsDeployment"))
        stage = template["Resources"]["ReportsStage"]
        assert stage["DependsOn"] == [name]
        assert json.dumps(stage).count(name) == 4
        assert "Digest" not in json.dumps(stage)
        assert "DR512" not in codes(list(compiled_.diagnostics))
        ids.append(name)
    assert ids[0] != ids[1]


METHODS = """{
  "Resources": {
    "ReportsApi": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "reports"}},
    "ReportsPath": {
      "Type": "AWS::ApiGateway::Resource",
      "Properties": {
        "RestApiId": {"Ref": "ReportsApi"},
        "ParentId": {"Fn::GetAtt": ["ReportsApi", "RootResourceId"]},
        "PathPart": "reports"
      }
    },
    "ReportsGet": {
      "Type": "AWS::ApiGateway::Method",
      "Properties": {
        "RestApiId": {"Ref": "ReportsApi"},
        "ResourceId": {"Ref": "ReportsPath"},
        "HttpMethod": "GET",
        "AuthorizationType": "AWS_IAM",
        "Integration": {"Type": "MOCK", "RequestTemplates": {"application/json": %s}}
      }
    },
    "%s": {
      "Type": "AWS::ApiGateway::Deployment",
      "DependsOn": ["ReportsGet"],
      "Properties": {"RestApiId": {"Ref": "ReportsApi"}}
    }
  }
}
"""


def methods(folder: Path, answer: str, name: str) -> Compiled:
    """The example with an API whose path and method are resources of their own."""
    partial = folder / "partials" / "reports" / "api.json.j2"
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.write_text(METHODS % (answer, name), encoding="utf-8")
    return compile_spec(EXAMPLE, "spec.yaml", partials=(folder / "partials",), lint=False)


def test_a_deployment_follows_methods_that_are_resources_of_their_own(tmp_path: Path) -> None:
    ids = []
    for answer in ('"one"', '"two"', '"two"'):
        compiled_ = methods(tmp_path, answer, "ReportsDeploymentDigest")
        assert not {"DR511", "DR512"} & {*codes(list(compiled_.diagnostics))}
        template = next(item.body for item in compiled_.templates if item.stack.kind == "primary")
        ids += [name for name in template["Resources"] if name.startswith("ReportsDeployment")]
    first, second, again = ids
    assert first != second == again


def test_a_deployment_that_does_not_follow_its_methods_is_found(tmp_path: Path) -> None:
    found = methods(tmp_path, '"one"', "ReportsDeployment").diagnostics
    (message,) = {item.message.partition(" (")[0] for item in found if item.rule.code == "DR512"}
    assert message == "`ReportsDeployment` does not follow the methods of `ReportsApi`"


def test_a_method_that_a_later_wave_changes_is_found() -> None:
    late = '{"Fn::If": ["HasPrimaryKeyArn", "now", "later"]}'

    def add(template: Json) -> None:
        template["Resources"] |= json.loads(METHODS % (late, "ReportsDeployment"))["Resources"]

    assert ("DR511", "`ReportsGet` depends on `Fn::If`") in told(both(add))


def test_a_deployment_of_a_partial_without_the_digest_is_found(tmp_path: Path) -> None:
    found = reports(tmp_path, "1", "ReportsDeployment").diagnostics
    assert "DR512" in codes(list(found))
