"""Rules that stand for no trap of the list, and the finer points of those that do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from compiler.aws import metrics
from compiler.aws.types.logs import QUERY_LOGS, VENDED
from compiler.aws.types.registry import RECORDS
from compiler.aws.values import SAMPLE_ACCOUNT
from compiler.diagnostics.model import Severity
from compiler.rules.policy import allows, matches, statements
from tests.rules.changes import (
    Bodies,
    Change,
    Json,
    all_statements,
    both,
    codes,
    each,
    judged,
    of,
    one,
    reworded,
    role_policy,
    variant,
)
from tests.rules.seeds import BUCKET, FUNCTION, ROLE, TABLE


def nothing(bodies: Bodies) -> None:
    """No change."""


OTHERS: list[tuple[str, str, Change]] = []


def other(code: str, says: str) -> Callable[[Change], Change]:
    """Registers a change that some rule beside the traps must find."""

    def register(change: Change) -> Change:
        OTHERS.append((code, says, change))
        return change

    return register


def _added(kind: str, name: str = "Added", **properties: Json) -> Change:
    """A resource in both serving stacks, as an added partial would put it there."""

    def add(body: Json) -> None:
        kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        body["Resources"][name] = {"Type": f"AWS::{kind}", **kept, "Properties": properties}

    return both(add)


@other("DR401", "the RoleName of `LogArchiveRole` would have 66 characters, but AWS allows 64")
def role_name_grows_too_long(bodies: Bodies) -> None:
    suffix = "${environment}-${environmentSuffix}-"
    reworded(f"role-log-archive-{suffix}", f"role-log-archive-of-a-much-longer-name-{suffix}")(bodies)


@other("DR401", "the export of `VpcId` would have 258 characters, but AWS allows 255")
def export_grows_too_long(bodies: Bodies) -> None:
    both(lambda body: body["Outputs"]["VpcId"]["Export"].update(Name={"Fn::Sub": "x" * 250 + "${environment}"}))(bodies)
    # One export for each region.
    assert bodies["primary"]["Outputs"]["VpcId"]["Export"]["Name"]


@other("DR401", "the PolicyName of `FlowLogRole` would have 130 characters, but AWS allows 128")
def policy_name_too_long(bodies: Bodies) -> None:
    both(lambda body: of(body, "FlowLogRole")["Policies"][0].update(PolicyName="p" * 130))(bodies)


@other("DR402", "S3 allows 3 to 63")
def bucket_name_at_its_longest(bodies: Bodies) -> None:
    # 60 characters as it is deployed by default, 70 with the longest environment and suffix.
    old = "bucket-documents-${environment}"
    reworded(old, "bucket-documents-xxxxxxxxx-${environment}")(bodies)


@other("DR402", "has a form that S3 does not allow")
def bucket_name_in_capitals(bodies: Bodies) -> None:
    reworded("bucket-documents-${environment}", "bucket-Documents-${environment}")(bodies)


@other("DR423", "`other_id` is a key of `TableTransactions` but is not in")
def key_not_defined(bodies: Bodies) -> None:
    table = of(bodies["primary"], TABLE)
    table["KeySchema"].append({"AttributeName": "other_id", "KeyType": "RANGE"})


@other("DR423", "`spare` is defined")
def defined_for_nothing(bodies: Bodies) -> None:
    of(bodies["primary"], TABLE)["AttributeDefinitions"].append({"AttributeName": "spare", "AttributeType": "S"})


@other("DR424", "`PROVISIONED (the default)`")
def billing_left_out(bodies: Bodies) -> None:
    del of(bodies["primary"], TABLE)["BillingMode"]


@other("DR424", "us-west-2 has no point-in-time recovery")
def recovery_in_one_region(bodies: Bodies) -> None:
    of(bodies["primary"], TABLE)["Replicas"][1].pop("PointInTimeRecoverySpecification")


@other("DR424", "us-west-2 has no deletion protection")
def protection_in_one_region(bodies: Bodies) -> None:
    of(bodies["primary"], TABLE)["Replicas"][1]["DeletionProtectionEnabled"] = False


@other("DR427", "2 replicas and 0 witnesses, but it needs 3 regions")
def strong_in_two_regions(bodies: Bodies) -> None:
    of(bodies["primary"], TABLE).update(MultiRegionConsistency="STRONG")


@other("DR420", "no replica in us-west-2: that region would not have its data")
def no_replica_in_the_standby(bodies: Bodies) -> None:
    del of(bodies["primary"], TABLE)["Replicas"][1]
    for name in [name for name in bodies["primary"]["Resources"] if name.endswith("ToUsWest2") and TABLE in name]:
        del bodies["primary"]["Resources"][name]
        del bodies["secondary"]["Resources"][name.replace("UsWest2", "UsEast1")]
    bodies["secondary"]["Resources"] = {
        name: body for name, body in bodies["secondary"]["Resources"].items() if f"Alarm{TABLE}" not in name
    }
    bodies["primary"]["Resources"] = {
        name: body for name, body in bodies["primary"]["Resources"].items() if f"Alarm{TABLE}" not in name
    }
    for body in (bodies["primary"], bodies["secondary"]):
        del body["Resources"]["RegionUnhealthy"]
        del body["Outputs"]["RegionUnhealthyAlarmArn"]
        body["Resources"].pop("Dashboard", None)


@other("DR430", "replicates within")
def replication_at_home(bodies: Bodies) -> None:
    def home(body: Json, own: str, peer: str) -> None:
        rule = of(body, BUCKET)["ReplicationConfiguration"]["Fn::If"][1]["Rules"][0]
        rule["Destination"]["Bucket"] = {"Fn::GetAtt": ["LogArchive", "Arn"]}
        rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"] = {"Fn::GetAtt": ["Key", "Arn"]}
        for item in all_statements(role_policy(body, ROLE)):
            if item["Sid"].startswith(("WriteReplicas", "EncryptReplica")):
                key = {"Fn::GetAtt": ["Key", "Arn"]}
                item["Resource"], _ = key if "Encrypt" in item["Sid"] else "*", item.pop("Condition", None)
        body["Resources"][ROLE]["Metadata"]["Wildcards"].update(
            dict.fromkeys(("WriteReplicas", f"EncryptReplica{''.join(p.title() for p in peer.split('-'))}"), "seeded")
        )
        for name in [name for name in body["Resources"] if name.startswith(f"Alarm{BUCKET}")]:
            del body["Resources"][name]
        body["Resources"].pop("Dashboard", None)

    each(home)(bodies)


@other("DR433", "does not replicate changes made to replicas")
def changes_of_replicas_left_out(bodies: Bodies) -> None:
    def out(body: Json) -> None:
        rule = of(body, BUCKET)["ReplicationConfiguration"]["Fn::If"][1]["Rules"][0]
        rule["SourceSelectionCriteria"].pop("ReplicaModifications")

    both(out)(bodies)


@other("DR434", "does not allow `logging.s3.amazonaws.com` to write access logs")
def log_bucket_closed(bodies: Bodies) -> None:
    def closed(body: Json) -> None:
        document = of(body, "AccessLogsPolicy")["PolicyDocument"]
        document["Statement"] = [item for item in document["Statement"] if item["Effect"] == "Deny"]

    both(closed)(bodies)


@other("DR447", "no matching PRIMARY record of type A")
def two_secondaries(bodies: Bodies) -> None:
    record = of(bodies["global"], "FailoverPrimaryA")
    record["Failover"] = "SECONDARY"
    del record["HealthCheckId"]


@other("DR495", "AWS supports `ruby3.2` only until 2026-03-31, and creates no functions with it from 2027-02-01 on")
def runtime_without_support(bodies: Bodies) -> None:
    both(lambda body: of(body, FUNCTION).update(Runtime="ruby3.2"))(bodies)


@other("DR449", "`LogStream` has no customer managed key (`StreamEncryption.KeyId`)")
def stream_in_the_clear(bodies: Bodies) -> None:
    both(lambda body: of(body, "LogStream").pop("StreamEncryption"))(bodies)


@other("DR449", "`LogArchive` has no customer managed key")
def archive_under_the_vendors_key(bodies: Bodies) -> None:
    def plain(body: Json) -> None:
        rule = of(body, "LogArchive")["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
        rule["ServerSideEncryptionByDefault"] = {"SSEAlgorithm": "AES256"}

    both(plain)(bodies)


@other("DR452", "in us-east-1 uses a key in us-west-2")
def group_under_a_key_elsewhere(bodies: Bodies) -> None:
    for body, peer in ((bodies["primary"], "Secondary"), (bodies["secondary"], "Primary")):
        of(body, "ApiLogs")["KmsKeyId"] = {"Ref": f"{peer}KeyArn"}
        for name in ("ApiLogs", "ApiStage", "FailoverDomainMapping", "RegionalDomainMapping"):
            body["Resources"][name]["Condition"] = f"Has{peer}KeyArnAndHas{peer}LogStreamArn"


@other("DR455", "copies the log of the delivery itself")
def delivery_copies_itself(bodies: Bodies) -> None:
    both(lambda body: of(body, "ApiLogsSubscription").update(LogGroupName={"Ref": "LogDeliveryGroup"}))(bodies)


@other("DR455", "whose class `INFREQUENT_ACCESS` does not support filters")
def group_of_another_class(bodies: Bodies) -> None:
    both(lambda body: of(body, "ApiLogs").update(LogGroupClass="INFREQUENT_ACCESS"))(bodies)


@other("DR455", "one filter too many")
def three_filters(bodies: Bodies) -> None:
    def more(body: Json) -> None:
        first = body["Resources"]["ApiLogsSubscription"]
        for number in (2, 3):
            properties = {**first["Properties"], "FilterName": f"filter-{number}"}
            body["Resources"][f"ApiLogsSubscription{number}"] = {**first, "Properties": properties}

    both(more)(bodies)


@other("DR455", "is not a JSON text")
def destination_policy_no_json(bodies: Bodies) -> None:
    both(lambda body: of(body, "LogDestination").update(DestinationPolicy="allow everything"))(bodies)


@other("DR456", "names us-west-1 as the region of the other VPC, which is in us-west-2")
def peering_to_the_wrong_region(bodies: Bodies) -> None:
    of(bodies["primary"], "Peering")["PeerRegion"] = "us-west-1"


@other("DR458", "uses s3 in us-west-2")
def told_to_write_twice(bodies: Bodies) -> None:
    def told(body: Json) -> None:
        variables = of(body, FUNCTION)["Environment"]["Variables"]
        variables["BUCKETS"]["Fn::Sub"] = variables["BUCKETS"]["Fn::Sub"].replace('"replicated"', '"dual-write"')

    both(told)(bodies)


@other("DR461", "which AWS does not publish")
def metric_misspelt(bodies: Bodies) -> None:
    both(lambda body: of(body, "AlarmApiSlow").update(MetricName="latency"))(bodies)


@other("DR461", "uses the rule `other` of `BucketDocuments`")
def rule_of_another_name(bodies: Bodies) -> None:
    def renamed(body: Json) -> None:
        for name, item in body["Resources"].items():
            for dimension in item["Properties"].get("Dimensions", []) if "LagFrom" in name else []:
                if dimension["Name"] == "RuleId":
                    dimension["Value"] = "other"

    both(renamed)(bodies)


@other("DR464", "of `nobodys`, which does not exist in us-east-1")
def alarm_about_nothing(bodies: Bodies) -> None:
    dimensions = [{"Name": "FunctionName", "Value": "nobodys"}]
    both(lambda body: of(body, f"Alarm{FUNCTION}Throttles").update(Dimensions=dimensions))(bodies)


def _named(kind: str, path: str, group: Json) -> Change:
    """A resource in both serving stacks whose property at `path` names a log group."""
    properties: Json = group
    for step in reversed(path.split(".")):
        properties = {step: [properties] if step.endswith("s") and isinstance(properties, dict) else properties}
    return _added(kind.removeprefix("AWS::"), **properties)


@pytest.mark.parametrize(("kind", "path"), [*VENDED.items(), *QUERY_LOGS.items()])
def test_each_source_of_delivered_logs(kind: str, path: str) -> None:
    """By name or by ARN, in a list or not; with a group of the topology, or one of elsewhere."""
    prefix = "/aws/route53/" if kind in QUERY_LOGS else "/aws/vendedlogs/"
    groups = f"arn:aws:logs:us-east-1:{SAMPLE_ACCOUNT}:log-group:"
    for group in ("mine", f"{groups}mine:*", {"Ref": "FlowLogGroup"}, {"Fn::GetAtt": ["FlowLogGroup", "Arn"]}):
        found = [item for item in judged(_named(kind, path, group)) if item.rule.code == "DR485"]
        assert [item.help for item in found] == [f"begin the name with `{prefix}`"] * 2, group
    stream = f"arn:aws:firehose:us-east-1:{SAMPLE_ACCOUNT}:deliverystream/x"
    for group in (f"{prefix}mine", f"{groups}{prefix}mine", stream):
        assert "DR485" not in codes(judged(_named(kind, path, group))), group


def test_a_log_group_with_a_policy_of_its_own_may_have_any_name() -> None:
    def own(body: Json) -> None:
        allowed = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*",
                   "Principal": {"Service": "delivery.logs.amazonaws.com"}, "Sid": "Deliver"}  # fmt: skip
        of(body, "FlowLogGroup")["ResourcePolicyDocument"] = {"Version": "2012-10-17", "Statement": [allowed]}

    def change(bodies: Bodies) -> None:
        both(own)(bodies)
        _named("AWS::ApiGateway::Stage", "AccessLogSetting.DestinationArn", {"Ref": "FlowLogGroup"})(bodies)

    assert "DR485" not in codes(judged(change))


@other("DR465", "the statement `Wide` of `Added` uses a wildcard without a reason")
def wildcard_without_a_reason(bodies: Bodies) -> None:
    allowed = {"Sid": "Wide", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::x"}
    _added("IAM::ManagedPolicy", PolicyDocument={"Statement": [allowed]})(bodies)


@other("DR465", "a statement without `Sid`")
def actions_without_an_id(bodies: Bodies) -> None:
    ours = {"AWS": "123456789012"}
    allowed = {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:::x", "Principal": ours}
    _added("SQS::QueuePolicy", Queues=[], PolicyDocument={"Statement": allowed})(bodies)


@pytest.mark.parametrize(("code", "says", "change"), OTHERS, ids=[item[2].__name__ for item in OTHERS])
def test_found_by_exactly_its_rule(code: str, says: str, change: Change) -> None:
    found = judged(change)
    assert codes(found) == [code], [item.message for item in found]
    assert any(says in item.message for item in found), [item.message for item in found]


def test_the_runtime_of_a_function_that_only_a_partial_brings_is_looked_at() -> None:
    old = [item for item in judged(_added("Lambda::Function", Runtime="nodejs18.x")) if item.rule.code == "DR495"]
    assert len(old) == 2
    assert all("`nodejs18.x`" in item.message and ".json)" in item.message for item in old)
    assert old[0].help == "move to `nodejs24.x`"


def test_a_check_of_the_name_that_it_decides_about_is_found_with_all_that_is_wrong_with_it() -> None:
    def asks(bodies: Bodies) -> None:
        check = of(bodies["global"], "HealthCheckPrimary")["HealthCheckConfig"]
        check["FullyQualifiedDomainName"] = "tx.example.com"

    found = judged(asks)
    assert any("whose DNS answer depends on this health check" in item.message for item in found)
    assert codes(found) == ["DR442", "DR443", "DR475", "DR620"]


def test_a_slow_start_of_the_health_function_is_a_warning() -> None:
    made = variant(("    cold_start: 500ms\n", "    cold_start: 2500ms\n"), ("latency: 1s", "latency: 5s"))
    found = judged(nothing, made)
    assert [(item.rule.code, item.severity) for item in found] == [("DR444", Severity.WARNING)] * 2
    assert "waits 2 s for an answer; a cold start of `FunctionHealth` takes 2500ms" in found[0].message


def test_a_deny_needs_no_reason() -> None:
    refused = {"Sid": "No", "Effect": "Deny", "Action": "*", "Resource": "*"}
    assert judged(_added("IAM::ManagedPolicy", PolicyDocument={"Statement": [refused]})) == []


def test_a_reason_beside_it_is_enough() -> None:
    allowed = {"Sid": "Wide", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::x"}

    def reasoned(bodies: Bodies) -> None:
        _added("IAM::ManagedPolicy", PolicyDocument={"Statement": [allowed]})(bodies)
        both(lambda body: body["Resources"]["Added"].update(Metadata={"Wildcards": {"Wide": "told so"}}))(bodies)

    assert judged(reasoned) == []


def test_a_queue_for_an_asynchronous_caller_is_right() -> None:
    def queued(bodies: Bodies) -> None:
        target = {"TargetArn": {"Fn::Sub": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:dead"}}
        both(lambda body: of(body, FUNCTION).update(DeadLetterConfig=target))(bodies)
        arn = {"Fn::GetAtt": [FUNCTION, "Arn"]}
        _added("Events::Rule", ScheduleExpression="rate(1 day)", Targets=[{"Id": "a", "Arn": arn}])(bodies)

    assert judged(queued) == []


def test_a_way_out_makes_far_calls_possible() -> None:
    def routed(bodies: Bodies) -> None:
        next(change for code, _, change in OTHERS if code == "DR458")(bodies)
        _added("EC2::Route", RouteTableId={"Ref": "PrivateRoutes"}, DestinationCidrBlock="0.0.0.0/0", GatewayId="x")(
            bodies
        )

    assert judged(routed) == []


def test_an_endpoint_over_there_makes_far_calls_possible() -> None:
    def reached(bodies: Bodies) -> None:
        next(change for code, _, change in OTHERS if code == "DR458")(bodies)
        service = {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"}
        _added("EC2::VPCEndpoint", VpcEndpointType="Interface", ServiceName=service, VpcId={"Ref": "Vpc"})(bodies)

    # Nobody said whom the endpoint lets in, which is another matter.
    assert codes(judged(reached)) == ["DR498"]


def test_a_certificate_for_all_names_below_covers_a_domain() -> None:
    def wild(body: Json) -> None:
        certificate = one(body, "CertificateManager::Certificate")
        certificate["DomainName"], certificate["SubjectAlternativeNames"] = "tx.example.com", ["*.tx.example.com"]
        certificate["DomainValidationOptions"][1]["DomainName"] = "*.tx.example.com"

    assert judged(both(wild)) == []


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("s3:*", "s3:GetObject", True),
        ("*", "anything", True),
        ("arn:aws:s3:::a/*", "arn:aws:s3:::a/b/c", True),
        ("arn:aws:s3:::a/*", "arn:aws:s3:::a", False),
        ("dynamodb.?s.amazonaws.com", "dynamodb.us.amazonaws.com", True),
        ("a.b", "axb", False),
        ("[a]", "a", False),
    ],
)
def test_wildcards_of_policies(pattern: str, value: str, fits: bool) -> None:
    assert matches(pattern, value) is fits


def test_what_a_statement_allows() -> None:
    held = statements(
        {
            "Statement": {
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Principal": {"Service": "logs.amazonaws.com"},
                "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}, "StringNotLike": {"a": "b"}},
            }
        }
    )
    assert allows(held, "KMS:decrypt", "key")
    assert not allows(held, "kms:Encrypt", "key")
    assert allows(held, "kms:Decrypt", principal=("Service", "logs.amazonaws.com"))
    assert not allows(held, "kms:Decrypt", principal=("Service", "sns.amazonaws.com"))
    assert allows(held, "kms:Decrypt", context={"kms:viaservice": "s3.eu-west-1.amazonaws.com"})
    assert not allows(held, "kms:Decrypt", context={"kms:ViaService": "lambda.eu-west-1.amazonaws.com"})


@pytest.mark.parametrize("document", ["not json", [], 7, {"Statement": "x"}, {"Statement": [1, {"Action": 2}]}, None])
def test_a_policy_of_any_form_is_read(document: Json) -> None:
    assert not allows(statements(document), "s3:GetObject")


def test_metrics_are_named_once() -> None:
    for namespace, known in metrics.METRICS.items():
        lowered = [name.lower() for name in known]
        assert len(lowered) == len(set(lowered)), namespace
    assert {record.dimension[0] for record in RECORDS.values() if record.dimension} <= set(metrics.METRICS)
    assert set(metrics.ONLY_IN) <= set(metrics.METRICS)
    assert set(metrics.METRICS["AWS/S3"]) >= metrics.AT_DESTINATION


def test_where_everything_is_deleted_nothing_is_kept_and_nothing_refuses() -> None:
    lines = "  - {finding: data-deleted, reason: nobody needs it}\ndeployment: {on_delete: delete}\n"
    made = variant(lines=lines)
    bodies = [body for template in made.templates for body in template.body["Resources"].values()]
    assert {(body["DeletionPolicy"], body["UpdateReplacePolicy"]) for body in bodies} == {("Delete", "Delete")}
    assert codes(judged(nothing, made)) == []

    def keep(body: Json) -> None:
        body["Resources"]["ApiLogs"]["DeletionPolicy"] = "Retain"

    def refuse(body: Json) -> None:
        body["Resources"]["ApiLogs"]["Properties"]["DeletionProtectionEnabled"] = True

    kept = judged(both(keep), made)
    assert codes(kept) == ["DR466"]
    assert "`ApiLogs` has `DeletionPolicy: Retain` instead of `Delete`" in kept[0].message
    refused = [item for item in judged(both(refuse), made) if item.rule.code == "DR466"]
    assert "`ApiLogs` refuses to be deleted (`DeletionProtectionEnabled`)" in refused[0].message
    assert refused[0].help == "turn `DeletionProtectionEnabled` off"
