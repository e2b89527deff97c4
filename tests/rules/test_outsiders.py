"""What belongs to nobody of the topology: who gets in, what gets out, and what no template shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compiler.diagnostics.model import Diagnostic, RejectedError, Severity
from compiler.pipeline import compile_document, compile_spec
from compiler.reading.document import load_document
from compiler.rules.registry import RULES
from tests.helpers import ROOT, SHIPPED
from tests.rules.changes import Bodies, Change, both, codes, judged, of
from tests.rules.seeds import FUNCTION

Json = Any
STRANGER = "999999999999"
OURS = "arn:aws:iam::123456789012:root"


def adds(kind: str, **properties: Json) -> Change:
    """A resource of the same kind in both regions."""

    def apply(body: Json) -> None:
        kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        body["Resources"]["Own"] = {"Type": f"AWS::{kind}", **kept, "Properties": properties}

    return both(apply)


def trusts(principal: Json, **condition: Json) -> Change:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = {"StringEquals": {key.replace("__", ":"): it for key, it in condition.items()}}
    return adds("IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [statement]})


def role(**more: Json) -> Change:
    trust = {
        "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    }
    return adds("IAM::Role", AssumeRolePolicyDocument=trust, **more)


def may(action: Json, resource: Json, **more: Json) -> Change:
    """A role whose inline policy gives a reason for every wildcard, as a careless partial would."""
    statement = {"Sid": "Own", "Effect": "Allow", "Action": action, "Resource": resource, **more}
    made = role(Policies=[{"PolicyName": "own", "PolicyDocument": {"Statement": [statement]}}])

    def apply(bodies: Bodies) -> None:
        made(bodies)
        for kind in ("primary", "secondary"):
            bodies[kind]["Resources"]["Own"]["Metadata"] = {"Wildcards": {"Own": "because"}}

    return apply


def group(**rule: Json) -> Change:
    ingress = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **rule}
    return adds("EC2::SecurityGroup", GroupDescription="own", VpcId={"Ref": "Vpc"}, SecurityGroupIngress=[ingress])


def subscribes(protocol: str, endpoint: str) -> Change:
    return adds("SNS::Subscription", TopicArn={"Ref": "AlertTopic"}, Protocol=protocol, Endpoint=endpoint)


def queue_policy(principal: Json) -> Change:
    statement = {"Sid": "Own", "Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": "a"}
    return adds("SQS::QueuePolicy", Queues=["q"], PolicyDocument={"Statement": [statement]})


def key_for(principal: Json) -> Change:
    def apply(body: Json) -> None:
        statement = {
            "Sid": "Own",
            "Effect": "Allow",
            "Principal": principal,
            "Action": "kms:Decrypt",
            "Resource": "key",
        }
        of(body, "Key")["KeyPolicy"]["Statement"].append(statement)

    return both(apply)


def property_of(name: str, **properties: Json) -> Change:
    return both(lambda body: of(body, name).update(properties))


def copies_objects_to(bucket: str) -> Change:
    def apply(body: Json) -> None:
        of(body, "AccessLogs")["LoggingConfiguration"] = {"DestinationBucketName": bucket}

    return both(apply)


CASES: list[tuple[str, str, str, Change]] = [
    # Who gets in
    (
        "another account",
        "DR872",
        f"lets `arn:aws:iam::{STRANGER}:root` in",
        trusts({"AWS": f"arn:aws:iam::{STRANGER}:root"}),
    ),
    ("an account by its number", "DR872", f"lets `{STRANGER}` in", trusts({"AWS": [OURS, STRANGER]})),
    ("everybody", "DR872", "lets everybody in", trusts("*")),
    ("everybody, otherwise", "DR872", "lets everybody in", trusts({"AWS": "*"})),
    ("roles of any account", "DR872", "arn:aws:iam::*:role/x", trusts({"AWS": "arn:aws:iam::*:role/x"})),
    ("an organization", "DR872", "lets everybody in", trusts("*", aws__PrincipalOrgID="o-1234567890")),
    ("two accounts", "DR872", "lets everybody in", trusts("*", aws__PrincipalAccount=["123456789012", STRANGER])),
    ("a service of others", "DR872", "the service `ec2.amazonaws.com`", trusts({"Service": "ec2.amazonaws.com"})),
    ("an issuer of tokens", "DR872", "token.actions", trusts({"Federated": "token.actions.githubusercontent.com"})),
    (
        "an account behind a function",
        "DR872",
        "in",
        trusts({"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{STRANGER}:root"}}),
    ),
    ("readers of the key", "DR872", f"`{STRANGER}`", key_for({"AWS": STRANGER})),
    ("senders to a queue", "DR872", "lets everybody in", queue_policy("*")),
    (
        "callers of a function",
        "DR872",
        f"`{STRANGER}`",
        adds("Lambda::Permission", FunctionName={"Ref": FUNCTION}, Action="lambda:InvokeFunction", Principal=STRANGER),
    ),
    ("a resource share", "DR872", f"`{STRANGER}`", adds("RAM::ResourceShare", Name="own", Principals=[STRANGER])),
    ("a user with a key", "DR872", "a key that never ends", adds("IAM::AccessKey", UserName="x")),
    # The network
    ("the internet", "DR873", "lets everybody in, on port 443", group(CidrIp="0.0.0.0/0")),
    ("the internet, by IPv6", "DR873", "lets everybody in, on all ports", group(CidrIpv6="::/0", IpProtocol="-1")),
    ("half of the internet", "DR873", "lets `128.0.0.0/1` in", group(CidrIp="128.0.0.0/1")),
    ("more than the ranges", "DR873", "lets `10.0.0.0/8` in", group(CidrIp="10.0.0.0/8")),
    ("a group of others", "DR873", "lets `sg-0123` in", group(SourceSecurityGroupId="sg-0123")),
    (
        "a rule apart",
        "DR873",
        "lets everybody in",
        adds(
            "EC2::SecurityGroupIngress",
            GroupId={"Ref": "FunctionSecurityGroup"},
            IpProtocol="tcp",
            FromPort=0,
            ToPort=65535,
            CidrIp="0.0.0.0/0",
        ),
    ),
    ("a gateway", "DR873", "connects the network to the internet", adds("EC2::InternetGateway")),
    (
        "a peer",
        "DR873",
        "connects the network to `vpc-0123`",
        adds("EC2::VPCPeeringConnection", VpcId={"Ref": "Vpc"}, PeerVpcId="vpc-0123"),
    ),
    # Where things go
    (
        "an address",
        "DR874",
        "`stranger@example.org`, which the spec does not have",
        subscribes("email", "stranger@example.org"),
    ),
    ("a phone", "DR874", "tells `+15550100`", subscribes("sms", "+15550100")),
    (
        "a server",
        "DR874",
        "names the address `https://example.org/alarms`",
        subscribes("https", "https://example.org/alarms"),
    ),
    (
        "a queue of others",
        "DR874",
        f"names the account {STRANGER}",
        subscribes("sqs", f"arn:aws:sqs:us-east-1:{STRANGER}:q"),
    ),
    (
        "a topic of others",
        "DR874",
        f"names the account {STRANGER}",
        property_of(f"Alarm{FUNCTION}Slow", OKActions=[f"arn:aws:sns:us-east-1:{STRANGER}:t"]),
    ),
    (
        "logs",
        "DR874",
        f"names the account {STRANGER}",
        adds(
            "Logs::SubscriptionFilter",
            LogGroupName={"Ref": "ApiLogs"},
            FilterPattern="",
            DestinationArn=f"arn:aws:logs:us-east-1:{STRANGER}:destination:d",
        ),
    ),
    ("a bucket by name", "DR874", "uses the bucket `strangers`", copies_objects_to("strangers")),
    (
        "a bucket by ARN",
        "DR874",
        "uses the bucket `arn:aws:s3:::strangers`",
        adds("S3::StorageLens", Bucket="arn:aws:s3:::strangers"),
    ),
    (
        "an endpoint of events",
        "DR874",
        "names the address",
        adds(
            "Events::ApiDestination",
            ConnectionArn="a",
            HttpMethod="POST",
            InvocationEndpoint="https://collect.example.org/x",
        ),
    ),
    (
        "a role of others",
        "DR874",
        f"names the account {STRANGER}",
        may("sts:AssumeRole", f"arn:aws:iam::{STRANGER}:role/x"),
    ),
    (
        "a replica of others",
        "DR874",
        f"names the account {STRANGER}: `{STRANGER}`",
        adds("S3::Copy", Destination={"Bucket": "b", "Account": STRANGER}),
    ),
    # Rights
    (
        "the administrator",
        "DR875",
        "has the policy `arn:aws:iam::aws:policy/AdministratorAccess`",
        role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
    ),
    (
        "a policy of the account",
        "DR875",
        "which is not part of the topology",
        role(ManagedPolicyArns=["arn:aws:iam::123456789012:policy/x"]),
    ),
    ("everything", "DR875", "`iam:CreateAccessKey`", may("*", "*")),
    ("everything but", "DR875", "`iam:CreateAccessKey`", may("s3:Nothing", "*", NotAction="s3:DeleteBucket")),
    ("all tables", "DR875", "`dynamodb:GetItem`, `dynamodb:PutItem` outside", may("dynamodb:*Item", "*")),
    ("all buckets", "DR875", "`s3:GetObject`", may(["s3:Get*"], "arn:aws:s3:::*")),
    ("all roles", "DR875", "`sts:AssumeRole`", may("sts:AssumeRole", "*")),
    # What no template shows
    (
        "a nested stack",
        "DR876",
        "AWS::CloudFormation::Stack",
        adds("CloudFormation::Stack", TemplateURL="https://s3.us-east-1.amazonaws.com/b/t.json"),
    ),
    ("a macro", "DR876", "uses a macro", property_of("ApiLogs", Tags={"Fn::Transform": {"Name": "Own"}})),
    # Routes
    (
        "a route of ours without authorization",
        "DR877",
        "answers `POST /transactions` without authorization",
        property_of("RoutePostTransactions", AuthorizationType="NONE", AuthorizationScopes=[]),
    ),
    (
        "another route",
        "DR877",
        "answers `ANY /admin`",
        adds("ApiGatewayV2::Route", ApiId={"Ref": "Api"}, RouteKey="ANY /admin"),
    ),
    (
        "an address of a function",
        "DR877",
        "`Own` answers everybody",
        adds("Lambda::Url", TargetFunctionArn={"Ref": FUNCTION}, AuthType="NONE"),
    ),
]


@pytest.mark.parametrize(("code", "says", "change"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_does_not_belong_is_found(code: str, says: str, change: Change) -> None:
    found = [item for item in judged(change) if item.rule.code == code]
    assert found
    assert any(says in item.message for item in found), [item.message for item in found]
    assert {item.severity for item in found} == {Severity.ERROR}
    assert RULES[code].acceptable


BELONGS: list[tuple[str, Change]] = [
    ("the account", trusts({"AWS": OURS})),
    ("the account by its number", trusts({"AWS": "123456789012"})),
    ("the account, behind a condition", trusts("*", aws__PrincipalAccount="123456789012")),
    ("a service that there is", trusts({"Service": ["lambda.amazonaws.com", "logs.us-east-1.amazonaws.com"]})),
    ("the ranges of the regions", group(CidrIp="10.10.3.0/24")),
    ("a group of the topology", group(SourceSecurityGroupId={"Ref": "FunctionSecurityGroup"})),
    ("a bucket of the topology", copies_objects_to({"Ref": "AccessLogs"})),  # type: ignore[arg-type]
    (
        "rights on the topology",
        may("dynamodb:*Item", "arn:aws:dynamodb:us-east-1:123456789012:table/table-own-prod-a1"),
    ),
    ("what is refused to others", trusts({"AWS": OURS})),
]


@pytest.mark.parametrize("change", [case[1] for case in BELONGS], ids=[case[0] for case in BELONGS])
def test_what_belongs_is_not(change: Change) -> None:
    assert not {"DR872", "DR873", "DR874", "DR875", "DR876", "DR877"}.intersection(codes(judged(change)))


# Through the command, with partials of a user

PARTIALS = {
    "own/role.json.j2": """{
  "Resources": {
    "Own": {
      "Type": "AWS::IAM::Role",
      "Properties": {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
          "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"}]},
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]
      }
    }
  }
}
""",
    "own/open.json.j2": """{
  "Resources": {
    "Open": {
      "Type": "AWS::EC2::SecurityGroup",
      "Properties": {
        "GroupDescription": "own", "VpcId": {{ vpc_id }}, "Tags": {{ tags }},
        "SecurityGroupIngress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]
      }
    }
  }
}
""",
    "own/told.json.j2": """{
  "Resources": {
    "Told": {
      "Type": "AWS::SNS::Subscription",
      "Properties": {"TopicArn": {{ topic_arn }}, "Protocol": "email", "Endpoint": "stranger@example.org"}
    }
  }
}
""",
}


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    for name, text in PARTIALS.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def refused(overlay: Path, accept: str = "") -> tuple[Diagnostic, ...]:
    text = SHIPPED.read_text()
    assert text.count("\naccept:\n") == 1
    document = load_document(text.replace("\naccept:\n", f"\naccept:\n{accept}"), "specs/dr-topology.yaml")
    try:
        return compile_document(document, partials=(overlay,), lint=False).diagnostics
    except RejectedError as error:
        return error.diagnostics


def test_an_overlay_that_no_bank_would_deploy(overlay: Path) -> None:
    """A role for a stranger with all rights, a group open to everybody, a stranger who hears the alarms."""
    found = refused(overlay)
    assert codes(list(found)) == ["DR872", "DR873", "DR874", "DR875"]
    for item in found:
        assert item.labels[1].text == "defined here"
        assert item.labels[1].at.file.startswith(overlay.as_posix())
        assert item.labels[1].at.start.line == 3, "the line of the partial"


def test_each_can_be_accepted_with_a_reason(overlay: Path) -> None:
    ids = ("outsider-own", "rights-own", "open-network-open", "elsewhere-told")
    entries = "".join(f"  - {{finding: {name}, reason: an audit asked for it}}\n" for name in ids)
    assert refused(overlay, entries) == ()


def test_a_partial_over_ours_is_held_to_the_same(tmp_path: Path) -> None:
    """The trust policy of a bundled role, with one account more."""
    text = (ROOT / "partials" / "iam" / "role.json.j2").read_text()
    ours = '"AssumeRolePolicyDocument": {{ trust }}'
    assert text.count(ours) == 1
    theirs = '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "999999999999"}, "Action": "sts:AssumeRole"}]}'
    path = tmp_path / "iam" / "role.json.j2"
    path.parent.mkdir()
    path.write_text(text.replace(ours, f'"AssumeRolePolicyDocument": {theirs}'))
    found = refused(tmp_path)
    assert "DR872" in codes(list(found))
    assert all("`999999999999`" in item.message for item in found if item.rule.code == "DR872")


def test_the_shipped_partials_of_an_example_pass() -> None:
    spec = ROOT / "examples" / "every-field" / "specs" / "every-field.yaml"
    made = compile_spec(spec, "every-field.yaml", partials=(ROOT / "examples" / "partials",), lint=False)
    assert not {"DR872", "DR873", "DR874", "DR875", "DR876", "DR877"}.intersection(codes(list(made.diagnostics)))
