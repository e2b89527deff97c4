"""The order of the waves, broken on purpose: each violation is found, with what is created and what it waits for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compiler.aws.types.registry import RECORDS
from compiler.aws.values import SAMPLE_ACCOUNT, ResourceId
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.ir.template import Template
from compiler.linking.waves import Wave
from compiler.rollout.deployment import Deployment
from compiler.rollout.simulation import simulate
from tests.helpers import ODD, SHIPPED, compiled, each_odd_spec
from tests.rollout.plans import EAST, GLOBAL, WEST, Json, found, messages, plan, resource, template
from tests.rules.changes import Bodies, codes, judged, of

KEY = "arn:aws:kms:us-west-2:123456789012:key/<secondary.us-west-2/Key>"
NAMED_STREAM = f"arn:aws:kinesis:us-west-2:{SAMPLE_ACCOUNT}:stream/logs"
NAMED_BUCKET = "arn:aws:s3:::copy"
VERSIONS = {"Status": "Enabled"}


def _both_at_once(east: dict[str, Json], west: dict[str, Json]) -> list[tuple[str, str]]:
    return found(plan((template(EAST, east), template(WEST, west)), ((EAST, ()), (WEST, ()))))


def _west_first(east: dict[str, Json], west: dict[str, Json]) -> list[tuple[str, str]]:
    return found(plan((template(EAST, east), template(WEST, west)), ((WEST, ()),), ((EAST, ()),)))


def _replicates(**more: Json) -> dict[str, Json]:
    configuration = {"Role": "arn:aws:iam::1:role/r", "Rules": [{"Destination": {"Bucket": NAMED_BUCKET}}]}
    properties = {"VersioningConfiguration": VERSIONS, "ReplicationConfiguration": configuration, **more}
    return {"Bucket": resource("S3::Bucket", BucketName="from", **properties)}


ACROSS: list[tuple[str, str, str, dict[str, Json], dict[str, Json]]] = [
    ("a table before the key of its replica", "DR610", "Table",
     {"Table": resource("DynamoDB::GlobalTable", TableName="t", Replicas=[
         {"Region": "us-west-2", "SSESpecification": {"KMSMasterKeyId": KEY}}])},
     {"Key": resource("KMS::Key")}),
    ("a table before the alias of its replica's key", "DR610", "Table",
     {"Table": resource("DynamoDB::GlobalTable", TableName="t", Replicas=[
         {"Region": "us-west-2", "SSESpecification": {"KMSMasterKeyId": "alias/k"}}])},
     {"Key": resource("KMS::Key"), "Alias": resource("KMS::Alias", AliasName="alias/k", TargetKeyId={"Ref": "Key"})}),
    ("replication before its destination", "DR611", "Bucket", _replicates(),
     {"Copy": resource("S3::Bucket", BucketName="copy", VersioningConfiguration=VERSIONS)}),
    ("a destination before its stream", "DR610", "Destination",
     {"Destination": resource("Logs::Destination", TargetArn=NAMED_STREAM, RoleArn="arn:aws:iam::1:role/r")},
     {"Stream": resource("Kinesis::Stream", Name="logs")}),
    ("a peering before the other VPC", "DR610", "Peering",
     {"Vpc": resource("EC2::VPC"),
      "Peering": resource("EC2::VPCPeeringConnection", VpcId={"Ref": "Vpc"}, PeerVpcId="<secondary.us-west-2/Vpc>")},
     {"Vpc": resource("EC2::VPC")}),
    ("a route before its peering", "DR610", "Route",
     {"Route": resource("EC2::Route", VpcPeeringConnectionId="<secondary.us-west-2/Peering>")},
     {"Peering": resource("EC2::VPCPeeringConnection")}),
    ("a health check before the host it asks", "DR620", "Check",
     {"Check": resource("Route53::HealthCheck", HealthCheckConfig={"FullyQualifiedDomainName": "west.example.com"})},
     {"Domain": resource("ApiGatewayV2::DomainName", DomainName="west.example.com")}),
    ("a health check before the alarm it follows", "DR610", "Check",
     {"Check": resource("Route53::HealthCheck", HealthCheckConfig={
         "AlarmIdentifier": {"Name": "a", "Region": "us-west-2"}})},
     {"Alarm": resource("CloudWatch::Alarm", AlarmName="a")}),
    ("a record before what it leads to", "DR610", "Record",
     {"Record": resource("Route53::RecordSet", Name="x", AliasTarget={
         "DNSName": "d-<secondary.us-west-2/Domain>.execute-api"})},
     {"Domain": resource("ApiGatewayV2::DomainName", DomainName="x")}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "name", "east", "west"), [item[1:] for item in ACROSS], ids=[item[0] for item in ACROSS]
)
def test_across_regions(code: str, name: str, east: dict[str, Json], west: dict[str, Json]) -> None:
    assert _both_at_once(east, west) == [(code, name)]
    assert _west_first(east, west) == []


ROLE = resource("IAM::Role", RoleName="r")
POLICY = resource("IAM::Policy", Roles=[{"Ref": "Role"}], PolicyName="p")
STREAM = resource("Kinesis::Stream", Name="s")
BY_NAME = f"arn:aws:iam::{SAMPLE_ACCOUNT}:role/r"
BY_REFERENCE = {"Fn::GetAtt": ["Role", "Arn"]}
IN_ONE: list[tuple[str, str | None, dict[str, Json]]] = [
    ("a role named by a text", "Function",
     {"Role": ROLE, "Function": resource("Lambda::Function", Role=BY_NAME)}),
    ("the same with DependsOn", None,
     {"Role": ROLE, "Function": resource("Lambda::Function", depends="Role", Role=BY_NAME)}),
    ("the same by reference", None,
     {"Role": ROLE, "Function": resource("Lambda::Function", Role=BY_REFERENCE)}),
    ("a policy on a role that is not tried out", None,
     {"Role": ROLE, "Policy": POLICY, "Function": resource("Lambda::Function", Role=BY_REFERENCE)}),
    ("a policy of a function in a VPC", "Function",
     {"Role": ROLE, "Policy": POLICY, "Function": resource("Lambda::Function", Role=BY_REFERENCE, VpcConfig={})}),
    ("waited for", None,
     {"Role": ROLE, "Policy": POLICY,
      "Function": resource("Lambda::Function", depends="Policy", Role=BY_REFERENCE, VpcConfig={})}),
    ("a log group named by a text", "Stage",
     {"Group": resource("Logs::LogGroup", LogGroupName="g"),
      "Stage": resource("ApiGatewayV2::Stage", AccessLogSettings={
          "DestinationArn": f"arn:aws:logs:us-east-1:{SAMPLE_ACCOUNT}:log-group:g"})}),
    ("a filter before its destination", "Filter",
     {"Destination": resource("Logs::Destination", DestinationName="d"),
      "Filter": resource("Logs::SubscriptionFilter",
                         DestinationArn=f"arn:aws:logs:us-east-1:{SAMPLE_ACCOUNT}:destination:d")}),
    ("a key named by its alias", "Group",
     {"Key": resource("KMS::Key"),
      "Alias": resource("KMS::Alias", AliasName="alias/k", TargetKeyId={"Ref": "Key"}),
      "Group": resource("Logs::LogGroup", LogGroupName="g",
                        KmsKeyId=f"arn:aws:kms:us-east-1:{SAMPLE_ACCOUNT}:alias/k")}),
    ("an alarm named in a rule", "Composite",
     {"Alarm": resource("CloudWatch::Alarm", AlarmName="a"),
      "Composite": resource("CloudWatch::CompositeAlarm", AlarmName="c", AlarmRule="ALARM(a) OR OK('other')")}),
    ("a stranger's key", None, {"Group": resource("Logs::LogGroup", LogGroupName="g", KmsKeyId="arn:aws:kms:::key/x")}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "resources"), [item[1:] for item in IN_ONE], ids=[item[0] for item in IN_ONE])
def test_within_a_stack_only_what_waits_is_later(name: str | None, resources: dict[str, Json]) -> None:
    assert found(plan((template(EAST, resources),), ((EAST, ()),))) == ([("DR610", name)] if name else [])


TRIED_OUT = {
    "a log destination": resource("Logs::Destination", RoleArn=BY_REFERENCE),
    "a subscription with a role": resource("Logs::SubscriptionFilter", RoleArn=BY_REFERENCE),
    "a delivery stream that reads": resource(
        "KinesisFirehose::DeliveryStream", KinesisStreamSourceConfiguration={"RoleARN": BY_REFERENCE}
    ),
    "a delivery stream that writes": resource(
        "KinesisFirehose::DeliveryStream", ExtendedS3DestinationConfiguration={"RoleARN": BY_REFERENCE}
    ),
    "the account of API Gateway": resource("ApiGateway::Account", CloudWatchRoleArn=BY_REFERENCE),
    "a schedule": resource("Scheduler::Schedule", Target={"RoleArn": BY_REFERENCE}),
}


@pytest.mark.parametrize("user", TRIED_OUT.values(), ids=list(TRIED_OUT))
def test_a_role_that_is_tried_out_comes_an_operation_earlier(user: Json) -> None:
    together = template(EAST, {"Role": ROLE, "User": user})
    assert found(plan((together,), ((EAST, ()),))) == [("DR622", "User")]
    later = template(EAST, {"Role": ROLE, "User": {**user, "Condition": "Hasrole"}}, {"Role": BY_REFERENCE}, ("role",))
    waves = (((EAST, ()),), ((EAST, ("role",)),))
    assert found(plan((later,), *waves, primary_role="primary_Role")) == []
    policy = {**POLICY, "Condition": "Hasrole"}
    beside = template(EAST, {**later.body["Resources"], "Policy": policy}, {"Role": BY_REFERENCE}, ("role",))
    # It is not attached in time at all, and would not be visible everywhere either.
    assert {code for code, _ in found(plan((beside,), *waves, primary_role="primary_Role"))} == {"DR610", "DR622"}


PROTECTED = {
    "a table": ("DynamoDB::Table", {"TableName": "t", "DeletionProtectionEnabled": True}),
    "a log group": ("Logs::LogGroup", {"LogGroupName": "g", "DeletionProtectionEnabled": True}),
    "a database": ("RDS::DBCluster", {"DBClusterIdentifier": "d", "DeletionProtection": True}),
    "a flag written as text": ("RDS::DBInstance", {"DeletionProtection": "true"}),
    "an instance": ("EC2::Instance", {"DisableApiTermination": True}),
    "a user pool": ("Cognito::UserPool", {"DeletionProtection": "ACTIVE"}),
    "a zone with accelerated recovery": (
        "Route53::HostedZone", {"HostedZoneFeatures": {"EnableAcceleratedRecovery": True}},
    ),
    "an attribute of a load balancer": (
        "ElasticLoadBalancingV2::LoadBalancer",
        {"LoadBalancerAttributes": [
            {"Key": "idle_timeout.timeout_seconds", "Value": "60"},
            {"Key": "deletion_protection.enabled", "Value": "true"},
        ]},
    ),
    "a graph, which is protected unless it says otherwise": ("NeptuneGraph::Graph", {"ProvisionedMemory": 16}),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "properties"), PROTECTED.values(), ids=list(PROTECTED))
def test_what_is_created_must_be_deletable(kind: str, properties: dict[str, Json]) -> None:
    kept = plan((template(EAST, {"Kept": resource(kind, **properties)}),), ((EAST, ()),))
    assert found(kept) == [("DR621", "Kept")]
    # Nothing is wrong with an update of it, whether the flag was on or comes now.
    named = {name: value for name, value in properties.items() if name.endswith(("Name", "Identifier"))}
    before = plan((template(EAST, {"Kept": resource(kind, **named)}),), ((EAST, ()),))
    changed = plan((template(EAST, {"Kept": resource(kind, **properties, Tags=[])}),), ((EAST, ()),))
    assert [simulate(old, changed).findings for old in (before, kept)] == [(), ()]


def test_each_replica_is_created_without_protection() -> None:
    def table(**protected: bool) -> Deployment:
        replicas = [{"Region": name, "DeletionProtectionEnabled": on} for name, on in protected.items()]
        resources = {"Table": resource("DynamoDB::GlobalTable", TableName="t", Replicas=replicas)}
        return plan((template(EAST, resources),), ((EAST, ()),))

    assert found(table(a=False, b=False)) == []
    assert "creates `Table` in b and protects it" in messages(table(a=False, b=True))
    assert simulate(table(a=False), table(a=True)).findings == ()
    (item,) = simulate(table(a=True), table(a=True, b=True)).findings
    assert (item.rule.code, "in b and" in item.message) == ("DR621", True)
    assert simulate(table(a=True), table(a=True, b=False)).findings == ()


def test_a_demand_is_told_with_its_waves() -> None:
    _, _, _, east, west = ACROSS[0]
    made = plan((template(EAST, east), template(WEST, west)), ((EAST, ()),), ((WEST, ()),))
    assert "`Table` is created in wave 1 and needs the key of the replica in us-west-2 first" in messages(made)
    assert "`Key` of secondary.us-west-2 exists from wave 2" in messages(made)
    (item,) = simulate(None, made).findings
    assert item.related[0][0] == ResourceId("secondary.us-west-2", "Key")


def test_versioning_behind_a_gate_comes_too_late() -> None:
    versions = {"Fn::If": ["Haslater", VERSIONS, {"Ref": "AWS::NoValue"}]}
    copy = {"Copy": resource("S3::Bucket", BucketName="copy", VersioningConfiguration=versions)}
    templates = (template(EAST, _replicates(), {"Out": "x"}), template(WEST, copy, parameters=("later",)))
    made = plan(templates, ((WEST, ()),), ((EAST, ()),), ((WEST, ("later",)),), secondary_later="primary_Out")
    assert found(made) == [("DR611", "Bucket")]
    assert "before its versioning is on" in messages(made)


def test_a_certificate_needs_its_zone_from_an_earlier_operation() -> None:
    certificate = resource(
        "CertificateManager::Certificate", DomainValidationOptions=[{"HostedZoneId": {"Ref": "Zone"}}]
    )
    together = {"Zone": resource("Route53::HostedZone"), "Certificate": certificate}
    assert found(plan((template(EAST, together),), ((EAST, ()),))) == [("DR612", "Certificate")]
    later = {**together, "Certificate": {**certificate, "Condition": "Haszone"}}
    made = plan((template(EAST, later, {"Zone": {"Ref": "Zone"}}, ("zone",)),), ((EAST, ()),), ((EAST, ("zone",)),),
                primary_zone="primary_Zone")  # fmt: skip
    assert found(made) == []


def test_a_reference_behind_a_closed_gate() -> None:
    gated = {"Key": resource("KMS::Key", "Hasvalue"), "Alias": resource("KMS::Alias", TargetKeyId={"Ref": "Key"})}
    made = plan((template(EAST, gated, parameters=("value",)),), ((EAST, ()),))
    assert found(made) == [("DR610", "Alias")]
    assert "refers to `Key`, whose condition is not true yet" in messages(made)


def test_an_output_of_what_is_not_there() -> None:
    gated = {"Key": resource("KMS::Key", "Hasvalue"), "Other": resource("KMS::Key")}
    made = plan((template(EAST, gated, {"Out": {"Ref": "Key"}}, ("value",)),), ((EAST, ()),))
    assert found(made) == [("DR610", "Out")]


def test_a_value_before_its_stack() -> None:
    templates = (
        template(EAST, {"Alias": resource("KMS::Alias", "Haskey", TargetKeyId={"Ref": "key"})}, parameters=("key",)),
        template(WEST, {"Key": resource("KMS::Key")}, {"Key": {"Ref": "Key"}}),
    )
    right = plan(templates, ((WEST, ()),), ((EAST, ("key",)),), primary_key="secondary_Key")
    assert found(right) == []
    early = plan(templates, ((EAST, ("key",)), (WEST, ())), primary_key="secondary_Key")
    assert found(early) == [("DR613", "Alias")]
    never = plan(templates, ((EAST, ()), (WEST, ())), primary_key="secondary_Key")
    assert found(never) == [("DR613", "Alias")]
    assert "leaves its parameter `key` empty" in messages(never)
    nobodys = plan(templates, ((WEST, ()),), ((EAST, ("key",)),))
    assert "a value that no stack gives" in messages(nobodys)


def test_an_import_before_its_export() -> None:
    templates = (
        template(GLOBAL, {"Zone": resource("Route53::HostedZone")}, {"Zone": {"Ref": "Zone"}}),
        template(EAST, {"Record": resource("Route53::RecordSet", HostedZoneId={"Fn::ImportValue": "global-Zone"})}),
    )
    assert found(plan(templates, ((GLOBAL, ()),), ((EAST, ()),))) == []
    assert found(plan(templates, ((GLOBAL, ()), (EAST, ())))) == [("DR613", "Record")]


def test_an_import_does_not_reach_another_region() -> None:
    templates = (
        template(GLOBAL, {"Zone": resource("Route53::HostedZone")}, {"Zone": {"Ref": "Zone"}}),
        template(WEST, {"Record": resource("Route53::RecordSet", HostedZoneId={"Fn::ImportValue": "global-Zone"})}),
    )
    assert found(plan(templates, ((GLOBAL, ()),), ((WEST, ()),))) == [("DR613", "Record")]


def test_a_gate_that_closes_again() -> None:
    templates = (
        template(EAST, {"Key": resource("KMS::Key", "Haskey")}, parameters=("key",)),
        template(WEST, {"Key": resource("KMS::Key")}, {"Key": {"Ref": "Key"}}),
    )
    waves = (((WEST, ()),), ((EAST, ("key",)),), ((EAST, ()),))
    made = plan(templates, *waves, primary_key="secondary_Key")
    assert found(made) == [("DR614", "Key"), ("DR613", "Key")]
    assert "leaves its stack in wave 3: its condition `Haskey` closes" in messages(made)


def test_a_part_that_goes_away_again() -> None:
    part = {"Fn::If": ["Haskey", {"Ref": "key"}, {"Ref": "AWS::NoValue"}]}
    templates = (
        template(EAST, {"Group": resource("Logs::LogGroup", LogGroupName="g", KmsKeyId=part)}, parameters=("key",)),
        template(WEST, {"Key": resource("KMS::Key")}, {"Key": {"Ref": "Key"}}),
    )
    made = plan(templates, ((WEST, ()),), ((EAST, ("key",)),), ((EAST, ()),), primary_key="secondary_Key")
    assert ("DR614", "Group") in found(made)
    assert "a part of `Group` is removed again" in messages(made)


def test_a_name_that_changes_between_waves() -> None:
    named = {"Group": resource("Logs::LogGroup", LogGroupName={"Fn::Sub": "g${key}"})}
    templates = (
        template(EAST, named, parameters=("key",)),
        template(WEST, {"Key": resource("KMS::Key")}, {"Key": "1"}),
    )
    made = plan(templates, ((WEST, ()), (EAST, ())), ((EAST, ("key",)),), primary_key="secondary_Key")
    assert found(made) == [("DR618", "Group")]
    assert "its name changes from `g` to `g1`" in messages(made)


def _table(*regions: str, **more: Json) -> dict[str, Json]:
    replicas: list[Json] = [{"Region": "us-east-1"}]
    replicas += [{"Fn::If": ["Haskey", {"Region": region}, {"Ref": "AWS::NoValue"}]} for region in regions]
    return {"Table": resource("DynamoDB::GlobalTable", TableName="t", Replicas=replicas, **more)}


def _grown(table: dict[str, Json]) -> list[tuple[str, str]]:
    templates = (
        template(EAST, table, parameters=("key",)),
        template(WEST, {"Key": resource("KMS::Key")}, {"Key": "1"}),
    )
    made = plan(templates, ((WEST, ()), (EAST, ())), ((EAST, ("key",)),), primary_key="secondary_Key")
    return found(made)


def test_two_replicas_at_once() -> None:
    assert _grown(_table("us-west-2")) == []
    assert _grown(_table("us-west-2", "eu-west-1")) == [("DR618", "Table")]


def test_warm_throughput_that_goes_down() -> None:
    units = {"Fn::If": ["Haskey", 4000, 9000]}
    assert _grown(_table(WarmThroughput={"WriteUnitsPerSecond": units})) == [("DR618", "Table")]
    more = {"Fn::If": ["Haskey", 9000, 4000]}
    assert _grown(_table(WarmThroughput={"WriteUnitsPerSecond": more})) == []


def test_two_indexes_at_once() -> None:
    def index(name: str) -> Json:
        return {"Fn::If": ["Haskey", {"IndexName": name}, {"Ref": "AWS::NoValue"}]}

    assert _grown(_table(GlobalSecondaryIndexes=[index("a")])) == []
    assert _grown(_table(GlobalSecondaryIndexes=[index("a"), index("b")])) == [("DR618", "Table")]


def test_an_update_that_a_rule_of_the_type_refuses() -> None:
    """What --diff says of an update holds between two waves too."""
    shards = {"Fn::If": ["Haskey", 9, 4]}
    assert _grown({"Stream": resource("Kinesis::Stream", ShardCount=shards)}) == [("DR618", "Stream")]
    tenancy = {"Fn::If": ["Haskey", "dedicated", "default"]}
    assert _grown({"Network": resource("EC2::VPC", InstanceTenancy=tenancy)}) == [("DR618", "Network")]
    retention = {"Fn::If": ["Haskey", 1, 30]}
    assert _grown({"Group": resource("Logs::LogGroup", RetentionInDays=retention)}) == []


def test_an_export_that_changes_while_it_is_imported() -> None:
    templates = (
        template(GLOBAL, {"Zone": resource("Route53::HostedZone")}, {"Zone": {"Fn::Sub": "z${key}"}}, ("key",)),
        template(EAST, {"Record": resource("Route53::RecordSet", HostedZoneId={"Fn::ImportValue": "global-Zone"})},
                 {"Out": "1"}),
    )  # fmt: skip
    made = plan(templates, ((GLOBAL, ()),), ((EAST, ()),), ((GLOBAL, ("key",)),), global_key="primary_Out")
    assert found(made) == [("DR616", "Zone")]
    assert "wave 3 changes the export `global-Zone`, which `Record` of primary.us-east-1 imports" in messages(made)
    alone = (templates[0], template(EAST, {"Key": resource("KMS::Key")}, {"Out": "1"}))
    unused = plan(alone, ((GLOBAL, ()), (EAST, ())), ((GLOBAL, ("key",)),), global_key="primary_Out")
    assert found(unused) == []


TWICE: list[tuple[str, str, dict[str, Json], dict[str, Json]]] = [
    ("roles of one name", "DR615", {"A": resource("IAM::Role", RoleName="Same")},
     {"B": resource("IAM::Role", RoleName="sAME")}),
    ("buckets of one name", "DR615", {"A": resource("S3::Bucket", BucketName="b")},
     {"B": resource("S3::Bucket", BucketName="b")}),
    ("dashboards of one name", "DR615", {"A": resource("CloudWatch::Dashboard", DashboardName="d")},
     {"B": resource("CloudWatch::Dashboard", DashboardName="d")}),
    ("replicas in one region", "DR617",
     {"A": resource("DynamoDB::GlobalTable", TableName="t", Replicas=[{"Region": "us-west-2"}])},
     {"B": resource("DynamoDB::GlobalTable", TableName="t", Replicas=[])}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "east", "west"), [item[1:] for item in TWICE], ids=[item[0] for item in TWICE])
def test_names_of_the_whole_account(code: str, east: dict[str, Json], west: dict[str, Json]) -> None:
    assert _both_at_once(east, west) == [(code, "B")]


def test_names_of_one_region() -> None:
    east, west = {"A": resource("SNS::Topic", TopicName="t")}, {"B": resource("SNS::Topic", TopicName="t")}
    assert _both_at_once(east, west) == []
    both = (template(EAST, east), template(GLOBAL, west))
    assert found(plan(both, ((EAST, ()), (GLOBAL, ())))) == [("DR615", "B")]


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        (resource("CloudWatch::Alarm", AlarmName="a"), resource("CloudWatch::CompositeAlarm", AlarmName="a"), True),
        (
            resource("ApiGatewayV2::Stage", ApiId="1", StageName="s"),
            resource("ApiGatewayV2::Stage", ApiId="2", StageName="s"),
            False,
        ),
        (
            resource("Route53::RecordSet", Name="n", Type="A"),
            resource("Route53::RecordSet", Name="n", Type="AAAA"),
            False,
        ),
        (resource("Route53::RecordSet", Name="n", Type="A"), resource("Route53::RecordSet", Name="n", Type="A"), True),
        (resource("KMS::Key"), resource("KMS::Key"), False),
        (
            resource("EC2::SecurityGroup", VpcId="1", GroupName="g"),
            resource("EC2::SecurityGroup", VpcId="1", GroupName="g"),
            True,
        ),
        (
            resource("EC2::SecurityGroup", VpcId="1", GroupName="g"),
            resource("EC2::SecurityGroup", VpcId="2", GroupName="g"),
            False,
        ),
        (resource("EC2::SecurityGroup", VpcId="1"), resource("EC2::SecurityGroup", VpcId="1"), False),
        (resource("S3::BucketPolicy", Bucket="b"), resource("S3::BucketPolicy", Bucket="b"), True),
        # Types without a record are told apart by the identifier of their schema.
        (resource("ECS::Cluster", ClusterName="c"), resource("ECS::Cluster", ClusterName="c"), True),
        (resource("ECS::Cluster", ClusterName="c"), resource("ECS::Cluster", ClusterName="d"), False),
    ],
)
def test_names_within_a_stack(first: Json, second: Json, clash: bool) -> None:
    made = plan((template(EAST, {"A": first, "B": second}),), ((EAST, ()),))
    assert found(made) == ([("DR615", "B")] if clash else [])


def test_exports_of_one_region() -> None:
    def exporting(stack: StackId) -> Template:
        made = template(stack, {"Key": resource("KMS::Key")}, {"Key": {"Ref": "Key"}})
        made.body["Outputs"]["Key"]["Export"]["Name"] = "same"
        return made

    assert found(plan((exporting(EAST), exporting(WEST)), ((EAST, ()), (WEST, ())))) == []
    assert found(plan((exporting(EAST), exporting(GLOBAL)), ((EAST, ()), (GLOBAL, ())))) == [("DR616", "Key")]


def test_resources_that_wait_for_each_other() -> None:
    circle = {
        "A": resource("EC2::SecurityGroup", SecurityGroupEgress=[{"DestinationSecurityGroupId": {"Ref": "B"}}]),
        "B": resource("EC2::SecurityGroup", SecurityGroupEgress=[{"DestinationSecurityGroupId": {"Ref": "C"}}]),
        "C": resource("EC2::SecurityGroup", depends="A"),
        "D": resource("EC2::SecurityGroup", depends="A"),
    }
    made = plan((template(EAST, circle),), ((EAST, ()),))
    assert found(made) == [("DR619", "A")]
    assert "`A` -> `B` -> `C` -> `A`" in messages(made)


# The shipped topology and others


def _findings(waves: tuple[Wave, ...]) -> tuple[Finding, ...]:
    return simulate(None, replace(compiled(SHIPPED).deployment, waves=waves)).findings


@pytest.mark.parametrize("name", ["shipped", *each_odd_spec()])
def test_nothing_is_found_and_everything_is_there_in_the_end(name: str) -> None:
    made = compiled(SHIPPED if name == "shipped" else ODD / f"{name}.yaml")
    assert made.simulation.findings == ()
    for template_ in made.templates:
        switched = {"CreateSharedAlias"}
        there = made.simulation.final.states[template_.stack].resources
        missing = {
            key for key, body in template_.body["Resources"].items()
            if key not in there and body.get("Condition") not in switched
        }  # fmt: skip
        assert missing == set()


def test_the_waves_turned_round() -> None:
    waves = tuple(reversed(compiled(SHIPPED).deployment.waves))
    found_ = {item.rule.code for item in _findings(waves)}
    assert {"DR613", "DR614"} <= found_


def test_a_wave_left_out() -> None:
    waves = compiled(SHIPPED).deployment.waves[:-1]
    found_ = _findings(waves)
    assert {item.rule.code for item in found_} == {"DR613"}
    assert all("empty" in item.message for item in found_)


def test_all_stacks_at_once_with_everything_given() -> None:
    last = {step.stack: step for wave in compiled(SHIPPED).deployment.waves for step in wave}
    found_ = _findings((tuple(last.values()),))
    assert {item.rule.code for item in found_} == {"DR613"}


@pytest.mark.parametrize("number", range(3))
def test_one_step_too_early(number: int) -> None:
    """Each stack's last step moved one wave forward misses a value."""
    waves = compiled(SHIPPED).deployment.waves
    stack = compiled(SHIPPED).topology.stacks[number]
    at = max(n for n, wave in enumerate(waves) if any(step.stack == stack for step in wave))
    if at == 0:
        pytest.fail("a stack of the shipped topology needs nothing of others")
    moved = next(step for step in waves[at] if step.stack == stack)
    early = [tuple(step for step in wave if n != at or step.stack != stack) for n, wave in enumerate(waves)]
    early[at - 1] = (*(step for step in early[at - 1] if step.stack != stack), moved)
    assert {item.rule.code for item in _findings(tuple(early))} >= {"DR613"}


def test_a_violation_is_shown_with_both_lines() -> None:
    def ungated(bodies: Bodies) -> None:
        alias = bodies["secondary"]["Resources"]["KeySharedAlias"]
        alias["Condition"] = "HasPrimaryKeyArn"
        bodies["primary"]["Resources"]["KeySharedAlias"]["Condition"] = "HasSecondaryKeyArn"
        replica = of(bodies["primary"], "TableTransactions")["Replicas"][1]
        replica["SSESpecification"]["KMSMasterKeyId"] = "alias/transaction-encryption"

    (item,) = judged(ungated)
    assert codes([item]) == ["DR610"]
    places = [(label.at.file, label.text) for label in item.labels]
    assert places == [
        ("specs/dr-topology.yaml", "creates `TableTransactions`"),
        ("partials/dynamodb/table.json.j2", "defined here"),
        ("specs/dr-topology.yaml", "is needed first"),
        ("partials/kms/alias.json.j2", "defined here"),
    ]


def test_every_type_that_names_others_has_its_demands() -> None:
    """Types of the shipped templates without demands hold no value that speaks of another resource's name."""
    free = {
        "AWS::ApiGatewayV2::Api", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard",
        "AWS::EC2::RouteTable", "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet", "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPC", "AWS::EC2::VPCEndpoint", "AWS::IAM::Role", "AWS::KMS::Key", "AWS::Logs::LogStream",
        "AWS::Route53::HostedZone",
    }  # fmt: skip
    kinds = {body["Type"] for item in compiled(SHIPPED).templates for body in item.body["Resources"].values()}
    assert kinds - free <= {record.type for record in RECORDS.values() if record.needs}
