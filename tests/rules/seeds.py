"""One seed per trap: the change that brings it into the shipped topology, and the rule that must find it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.rules.changes import (
    Bodies,
    Change,
    Json,
    all_statements,
    both,
    each,
    of,
    reworded,
    role_policy,
    statement,
    without,
)

FUNCTION = "FunctionTransactionProcessor"
RESERVED = "reservedConcurrencyTransactionProcessor"
TABLE = "TableTransactions"
BUCKET = "BucketDocuments"
ROLE = "BucketDocumentsReplicationRole"
ALIAS = "alias/transaction-encryption"
NAME = "bucket-documents-${environment}-${environmentSuffix}-${AWS::AccountId}"


@dataclass(frozen=True)
class Seed:
    """A trap brought into the templates: its number, the code that must be found and the resource it is found at."""

    trap: int
    code: str
    at: str
    change: Change
    says: str = ""
    """Something the message must say, numbers above all."""

    @property
    def id(self) -> str:
        return f"{self.trap}-{self.change.__name__}"


SEEDS: list[Seed] = []


def seed(trap: int, code: str, at: str, says: str = "") -> _Seeding:
    """Registers the function below it as the seed of a trap, changing all templates."""
    return _Seeding(trap, code, at, says)


@dataclass(frozen=True)
class _Seeding:
    trap: int
    code: str
    at: str
    says: str

    def __call__(self, change: Change) -> Change:
        SEEDS.append(Seed(self.trap, self.code, self.at, change, self.says))
        return change


def _rule(body: Json) -> Json:
    return of(body, BUCKET)["ReplicationConfiguration"]["Fn::If"][1]["Rules"][0]


def _key(body: Json) -> Json:
    return of(body, "Key")["KeyPolicy"]


def _table(bodies: Bodies) -> Json:
    return of(bodies["primary"], TABLE)


def _alarm(body: Json, part: str) -> Json:
    """Properties of the first alarm whose id has a part."""
    return next(item["Properties"] for name, item in sorted(body["Resources"].items())
                if part in name and item["Type"] == "AWS::CloudWatch::Alarm")  # fmt: skip


def _reserved(amount: int) -> Change:
    def apply(body: Json) -> None:
        body["Parameters"][RESERVED]["Default"] = amount

    return both(apply)


@seed(1, "DR435", FUNCTION, "4,901 execution environments; the account has 5,000 there and can reserve 4,900")
def more_reserved_than_can_be(bodies: Bodies) -> None:
    _reserved(4701)(bodies)


@seed(
    2, "DR436", FUNCTION, "100 execution environments, which serve at most 1,000 requests/s; the spec asks for 10,000/s"
)
def a_hundred_reserved(bodies: Bodies) -> None:
    _reserved(100)(bodies)


@seed(2, "DR436", FUNCTION, "has no reserved concurrency")
def nothing_reserved(bodies: Bodies) -> None:
    both(lambda body: of(body, FUNCTION).pop("ReservedConcurrentExecutions"))(bodies)


@seed(3, "DR420", TABLE, "no replica in us-east-1, the region of its own stack")
def own_region_missing(bodies: Bodies) -> None:
    del _table(bodies)["Replicas"][0]


@seed(3, "DR420", TABLE, "lists the replica in us-west-2 2 times")
def replica_listed_twice(bodies: Bodies) -> None:
    _table(bodies)["Replicas"].append(_table(bodies)["Replicas"][1])


@seed(3, "DR420", TABLE, "`us-wset-2`, where this topology has no stack")
def replica_misspelt(bodies: Bodies) -> None:
    _table(bodies)["Replicas"].append({**_table(bodies)["Replicas"][1], "Region": "us-wset-2"})
    del _table(bodies)["Replicas"][-1]["SSESpecification"]
    _table(bodies)["Replicas"][-1]["SSESpecification"] = {"KMSMasterKeyId": "alias/x"}


@seed(3, "DR617", "Again", "again by `TableTransactions` of primary.us-east-1")
def table_in_both_stacks(bodies: Bodies) -> None:
    there = bodies["secondary"]["Resources"]
    there["Again"] = {**bodies["primary"]["Resources"][TABLE], "Condition": "HasPrimaryKeyArn"}
    protected = {"DeletionProtectionEnabled": {"Fn::If": ["HasSecondaryLogDestinationRoleArn", True, False]}}
    here, peer = ({**replica, **protected} for replica in _table(bodies)["Replicas"])
    there["Again"]["Properties"] = {
        **_table(bodies),
        "Replicas": [
            {**here, "SSESpecification": {"KMSMasterKeyId": {"Ref": "PrimaryKeyArn"}}},
            {**peer, "SSESpecification": {"KMSMasterKeyId": {"Ref": "Key"}}},
        ],
    }


@seed(4, "DR422", TABLE, "us-west-2 has no key")
def key_on_one_replica_only(bodies: Bodies) -> None:
    del _table(bodies)["Replicas"][1]["SSESpecification"]


@seed(4, "DR422", TABLE, "us-west-2 uses a key in us-east-1")
def key_of_another_region(bodies: Bodies) -> None:
    _table(bodies)["Replicas"][1]["SSESpecification"]["KMSMasterKeyId"] = {"Fn::GetAtt": ["Key", "Arn"]}


@seed(5, "DR421", TABLE, "2 replicas and no stream")
def no_stream(bodies: Bodies) -> None:
    del _table(bodies)["StreamSpecification"]


@seed(6, "DR610", TABLE, "is created in wave 2 and needs the key of the replica in us-west-2 first")
def key_comes_later(bodies: Bodies) -> None:
    # The alias appears in wave 3 only, and a text makes nothing wait for it.
    bodies["secondary"]["Resources"]["KeySharedAlias"]["Condition"] = "HasPrimaryKeyArn"
    bodies["primary"]["Resources"]["KeySharedAlias"]["Condition"] = "HasSecondaryKeyArn"
    _table(bodies)["Replicas"][1]["SSESpecification"]["KMSMasterKeyId"] = ALIAS


@seed(8, "DR425", TABLE, "warm throughput of 3,999 WriteUnitsPerSecond; a new table has 4,000")
def colder_than_new(bodies: Bodies) -> None:
    _table(bodies)["WarmThroughput"]["WriteUnitsPerSecond"] = 3999


@seed(8, "DR425", TABLE, "rejects writes above 5,000/s but has a warm throughput of 10,000/s")
def ceiling_below_the_load(bodies: Bodies) -> None:
    _table(bodies)["WriteOnDemandThroughputSettings"] = {"MaxWriteRequestUnits": 5000}


@seed(9, "DR430", BUCKET, "has no versioning")
def bucket_without_versions(bodies: Bodies) -> None:
    both(lambda body: of(body, BUCKET).pop("VersioningConfiguration"))(bodies)


@seed(9, "DR430", BUCKET, "which no stack of this topology creates")
def bucket_of_nobody(bodies: Bodies) -> None:
    both(lambda body: _rule(body)["Destination"].update(Bucket="arn:aws:s3:::nobodys"))(bodies)
    # The alarms would find it too: they watch the rule to the bucket that was meant.
    for body in (bodies["primary"], bodies["secondary"]):
        for name in [name for name in body["Resources"] if name.startswith("AlarmBucketDocuments")]:
            del body["Resources"][name]
        body["Resources"].pop("Dashboard", None)


@seed(9, "DR611", BUCKET, "the bucket that it replicates to first")
def replication_before_its_bucket(bodies: Bodies) -> None:
    def ungated(body: Json) -> None:
        bucket = of(body, BUCKET)
        bucket["ReplicationConfiguration"] = bucket["ReplicationConfiguration"]["Fn::If"][1]

    both(ungated)(bodies)


@seed(10, "DR431", BUCKET, "encrypts replicas in us-west-2 with a key in us-east-1")
def replicas_under_the_wrong_key(bodies: Bodies) -> None:
    own = {"Fn::GetAtt": ["Key", "Arn"]}

    def wrong(body: Json) -> None:
        _rule(body)["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"] = own
        for item in all_statements(role_policy(body, ROLE)):
            if item["Sid"].startswith("EncryptReplica"):
                item["Resource"] = own

    both(wrong)(bodies)


@seed(10, "DR431", ROLE, "does not have `kms:Encrypt` on the key of `BucketDocuments` in us-west-2")
def role_may_not_encrypt(bodies: Bodies) -> None:
    def refused(body: Json) -> None:
        held = role_policy(body, ROLE)
        held["Statement"] = [item for item in all_statements(held) if not item["Sid"].startswith("EncryptReplica")]

    both(refused)(bodies)


@seed(10, "DR431", ROLE, "does not have `s3:GetObjectVersionForReplication` on the objects of `BucketDocuments`")
def role_reads_plain_versions_only(bodies: Bodies) -> None:
    both(lambda body: statement(role_policy(body, ROLE), "ReadVersions").update(Action=["s3:GetObjectVersion"]))(bodies)


@seed(11, "DR432", ROLE, "only with the context of an object")
def context_of_objects(bodies: Bodies) -> None:
    def narrowed(body: Json, own: str, peer: str) -> None:
        met = statement(role_policy(body, ROLE), "DecryptSource")["Condition"]["StringLike"]
        met["kms:EncryptionContext:aws:s3:arn"] = {"Fn::Sub": f"arn:aws:s3:::{NAME}-{own}/*"}

    each(narrowed)(bodies)


@seed(12, "DR433", BUCKET, "within 5 minutes; S3 offers only 15")
def five_minutes(bodies: Bodies) -> None:
    both(lambda body: _rule(body)["Destination"]["ReplicationTime"]["Time"].update(Minutes=5))(bodies)


@seed(12, "DR433", BUCKET, "a `Filter` but no `DeleteMarkerReplication`")
def filter_alone(bodies: Bodies) -> None:
    both(lambda body: _rule(body).pop("DeleteMarkerReplication"))(bodies)


@seed(12, "DR433", BUCKET, "no metrics with a threshold of 15 minutes")
def time_without_metrics(bodies: Bodies) -> None:
    both(lambda body: _rule(body)["Destination"].pop("Metrics"))(bodies)


@seed(13, "DR460", "AlarmBucketDocumentsLagFromUsWest2", "exists only in us-west-2")
def lag_watched_at_the_source(bodies: Bodies) -> None:
    def turned(body: Json, own: str, peer: str) -> None:
        dimensions = {item["Name"]: item for item in _alarm(body, "BucketDocumentsLag")["Dimensions"]}
        source, target = dimensions["SourceBucket"], dimensions["DestinationBucket"]
        source["Value"], target["Value"] = target["Value"], source["Value"]
        dimensions["RuleId"]["Value"] = f"{own}-to-{peer}"

    each(turned)(bodies)


@seed(13, "DR460", "AlarmTableTransactionsLateToUsWest2", "exists only in us-west-2")
def table_lag_watched_at_the_destination(bodies: Bodies) -> None:
    def turned(body: Json, own: str, peer: str) -> None:
        for item in _alarm(body, "TransactionsLateTo")["Dimensions"]:
            if item["Name"] == "ReceivingRegion":
                item["Value"] = own

    each(turned)(bodies)


@seed(
    14,
    "DR461",
    "AlarmTableTransactionsFailing",
    "with the dimensions TableName; AWS publishes it with Operation, TableName",
)
def no_operation(bodies: Bodies) -> None:
    def blind(body: Json) -> None:
        metric = _alarm(body, "TransactionsFailing")["Metrics"][0]["MetricStat"]["Metric"]
        metric["Dimensions"] = [item for item in metric["Dimensions"] if item["Name"] != "Operation"]

    both(blind)(bodies)


@seed(14, "DR462", "AlarmTableTransactionsWritesThrottled", "the alarm stays in ALARM")
def never_clears(bodies: Bodies) -> None:
    def plain(body: Json) -> None:
        alarm = _alarm(body, "WritesThrottled")
        metric = alarm.pop("Metrics")[0]["MetricStat"]
        alarm.update(metric["Metric"], Statistic=metric["Stat"], Period=metric["Period"])

    both(plain)(bodies)


@seed(15, "DR460", "Copied", "which exists only in us-east-1")
def health_watched_elsewhere(bodies: Bodies) -> None:
    alarm = {**bodies["global"]["Resources"]["AlarmPrimaryUnhealthy"]}
    del alarm["Condition"]
    alarm["Properties"] = {**alarm["Properties"], "AlarmName": "copied", "AlarmActions": [], "OKActions": []}
    alarm["Properties"]["Dimensions"] = [{"Name": "HealthCheckId", "Value": "1-2-3"}]
    bodies["secondary"]["Resources"]["Copied"] = alarm


@seed(16, "DR463", "AlarmApiSlow", "in us-east-1 sends to a topic in us-west-2")
def topic_elsewhere(bodies: Bodies) -> None:
    def told(body: Json, own: str, peer: str) -> None:
        name = "topic-alerts-${environment}-${environmentSuffix}"
        _alarm(body, "ApiSlow")["AlarmActions"] = [{"Fn::Sub": f"arn:aws:sns:{peer}:${{AWS::AccountId}}:{name}"}]

    each(told)(bodies)


@seed(17, "DR450", "AlertTopic", "`alias/aws/sns`, which CloudWatch cannot use")
def topic_under_the_vendors_key(bodies: Bodies) -> None:
    both(lambda body: of(body, "AlertTopic").update(KmsMasterKeyId="alias/aws/sns"))(bodies)


@seed(17, "DR450", "Key", "does not allow `cloudwatch.amazonaws.com` to use `kms:Decrypt`")
def key_without_alarms(bodies: Bodies) -> None:
    both(lambda body: without(_key(body), "AlarmsPublishToEncryptedTopics"))(bodies)


@seed(18, "DR451", "AlertTopicPolicy", "does not allow `cloudwatch.amazonaws.com` to publish")
def topic_policy_without_alarms(bodies: Bodies) -> None:
    both(lambda body: without(of(body, "AlertTopicPolicy")["PolicyDocument"], "AlarmsPublish"))(bodies)


@seed(19, "DR452", "Key", "does not allow `logs.us-east-1.amazonaws.com` to use `kms:Encrypt`")
def key_without_logs(bodies: Bodies) -> None:
    both(lambda body: without(_key(body), "LogGroupsEncrypt"))(bodies)


@seed(19, "DR452", "Key", "does not allow `logs.us-west-2.amazonaws.com` to use `kms:Encrypt`")
def logs_of_the_other_region(bodies: Bodies) -> None:
    def exchanged(body: Json, own: str, peer: str) -> None:
        statement(_key(body), "LogGroupsEncrypt")["Principal"] = {"Service": f"logs.{peer}.amazonaws.com"}

    each(exchanged)(bodies)


@seed(20, "DR453", "Key", "does not allow the account to use `kms:CreateGrant`")
def no_grants(bodies: Bodies) -> None:
    both(lambda body: statement(_key(body), "AccountUsesKeyThroughServices")["Action"].remove("kms:CreateGrant"))(
        bodies
    )


@seed(21, "DR615", "FlowLogRole", "have the same name `role-flow-log` in the account, in all regions")
def one_role_name(bodies: Bodies) -> None:
    both(lambda body: of(body, "FlowLogRole").update(RoleName="role-flow-log"))(bodies)


@seed(22, "DR454", "Key", "role/role-fn")
def key_names_a_role(bodies: Bodies) -> None:
    named = {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/role-fn"}}
    both(lambda body: statement(_key(body), "AccountUsesKeyThroughServices").update(Principal=named))(bodies)
    # The key still lets the account make grants and use it, which are other rules.
    both(lambda body: _key(body)["Statement"].append(
        {"Sid": "Root", "Effect": "Allow",
         "Action": ["kms:CreateGrant", "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
         "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}, "Resource": "key"}
    ))(bodies)  # fmt: skip


@seed(22, "DR454", "CrossRegionRole", "must exist and be visible first")
def trust_names_a_role(bodies: Bodies) -> None:
    def named(body: Json) -> None:
        trust = of(body, "CrossRegionRole")["AssumeRolePolicyDocument"]["Statement"][0]
        trust["Principal"] = {"AWS": {"Fn::GetAtt": [f"{FUNCTION}Role", "Arn"]}}

    both(named)(bodies)


@seed(23, "DR437", FUNCTION, "runs in us-east-1 and loads its code from `code-us-west-2` in us-west-2")
def code_of_the_other_region(bodies: Bodies) -> None:
    each(lambda body, _, peer: of(body, FUNCTION)["Code"].update(S3Bucket=f"code-{peer}"))(bodies)


@seed(24, "DR440", "FailoverDomain", "in us-east-1 uses a certificate in us-west-2")
def certificate_of_the_other_region(bodies: Bodies) -> None:
    def foreign(body: Json, own: str, peer: str) -> None:
        arn = f"arn:aws:acm:{peer}:123456789012:certificate/1"
        of(body, "FailoverDomain")["DomainNameConfigurations"][0]["CertificateArn"] = arn

    each(foreign)(bodies)


@seed(24, "DR440", "Certificate", "no hosted zone for the validation of `tx.example.com`")
def certificate_without_a_zone(bodies: Bodies) -> None:
    both(lambda body: of(body, "Certificate")["DomainValidationOptions"].pop(0))(bodies)


@seed(24, "DR612", "Certificate", "needs its hosted zone, delegated first")
def zone_at_the_same_time(bodies: Bodies) -> None:
    def together(body: Json) -> None:
        zone = {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "tx.example.com"}}
        body["Resources"]["OwnZone"] = {**zone, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        for option in of(body, "Certificate")["DomainValidationOptions"]:
            option["HostedZoneId"] = {"Ref": "OwnZone"}

    both(together)(bodies)


@seed(25, "DR466", "Certificate", "no `DeletionPolicy`")
def certificate_goes_with_its_stack(bodies: Bodies) -> None:
    both(lambda body: body["Resources"]["Certificate"].pop("DeletionPolicy"))(bodies)


@seed(26, "DR441", "FailoverDomain", "`SecurityPolicy_TLS13_1_3_2025_09`; an HTTP API supports only `TLS_1_2`")
def newest_tls_only(bodies: Bodies) -> None:
    def newest(body: Json) -> None:
        configuration = of(body, "FailoverDomain")["DomainNameConfigurations"][0]
        configuration["SecurityPolicy"] = "SecurityPolicy_TLS13_1_3_2025_09"

    both(newest)(bodies)


def _asks(bodies: Bodies, check: str, **config: Json) -> None:
    of(bodies["global"], check)["HealthCheckConfig"].update(config)


@seed(27, "DR442", "HealthCheckPrimary", "answers only requests for `health-us-east-1.tx.example.com`: 403")
def asks_the_target_name(bodies: Bodies) -> None:
    target = {"Ref": "PrimaryHealthDomainRegionalDomainName"}
    _asks(bodies, "HealthCheckPrimary", FullyQualifiedDomainName=target)


@seed(27, "DR442", "HealthCheckPrimary", "disabled (`DisableExecuteApiEndpoint`)")
def asks_what_is_switched_off(bodies: Bodies) -> None:
    host = "<primary.us-east-1/HealthApi>.execute-api.us-east-1.amazonaws.com"
    _asks(bodies, "HealthCheckPrimary", FullyQualifiedDomainName=host)


@seed(27, "DR442", "HealthCheckPrimary", "no API answers this host name")
def asks_a_misspelt_name(bodies: Bodies) -> None:
    _asks(bodies, "HealthCheckPrimary", FullyQualifiedDomainName="us-esat-1.tx.example.com")


@seed(28, "DR443", "HealthCheckPrimary", "requires credentials in us-east-1 (JWT): 403")
def health_behind_credentials(bodies: Bodies) -> None:
    both(lambda body: of(body, "HealthRoute").update(AuthorizationType="JWT"))(bodies)


@seed(28, "DR443", "HealthCheckPrimary", "has no route for it: 404")
def health_path_misspelt(bodies: Bodies) -> None:
    _asks(bodies, "HealthCheckPrimary", ResourcePath={"Fn::Sub": "/healthz/${healthToken}"})


@seed(29, "DR445", "HealthCheckPrimary", "has no permission to read a table there")
def health_without_a_table(bodies: Bodies) -> None:
    both(lambda body: without(role_policy(body, f"{FUNCTION}Role"), "UseTables"))(bodies)


def _follows(bodies: Bodies, alarm: Json) -> None:
    config = {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Name": alarm, "Region": "us-east-1"}}
    of(bodies["global"], "HealthCheckPrimary")["HealthCheckConfig"] = config


@seed(30, "DR446", "HealthCheckPrimary", "uses p99, not a standard statistic")
def follows_a_percentile(bodies: Bodies) -> None:
    _follows(bodies, {"Fn::Sub": "alarm-function-transaction-processor-slow-${environment}-${environmentSuffix}"})


@seed(30, "DR446", "HealthCheckPrimary", "uses metric math")
def follows_metric_math(bodies: Bodies) -> None:
    _follows(bodies, {"Fn::Sub": "alarm-function-transaction-processor-errors-${environment}-${environmentSuffix}"})


@seed(30, "DR446", "HealthCheckPrimary", "goes off after 1 of 3 periods")
def follows_some_periods(bodies: Bodies) -> None:
    both(lambda body: of(body, "AlarmLogStreamBehind").update(DatapointsToAlarm=1))(bodies)
    _follows(bodies, {"Fn::Sub": "alarm-log-stream-behind-${environment}-${environmentSuffix}"})


@seed(33, "DR447", "FailoverPrimaryA", "without `SetIdentifier`")
def no_identifier(bodies: Bodies) -> None:
    del of(bodies["global"], "FailoverPrimaryA")["SetIdentifier"]


@seed(33, "DR447", "FailoverPrimaryA", "has no AAAA records")
def no_records_for_ipv6(bodies: Bodies) -> None:
    for role in ("Primary", "Secondary"):
        del bodies["global"]["Resources"][f"Failover{role}AAAA"]


@seed(33, "DR447", "FailoverPrimaryA", "no matching SECONDARY record of type A")
def no_second_record(bodies: Bodies) -> None:
    del bodies["global"]["Resources"]["FailoverSecondaryA"]


@seed(33, "DR447", "FailoverPrimaryA", "would never fail over")
def primary_unchecked(bodies: Bodies) -> None:
    del of(bodies["global"], "FailoverPrimaryA")["HealthCheckId"]


@seed(33, "DR448", "FailoverSecondaryA", "Route 53 sends clients to the primary, which does not work")
def standby_checked(bodies: Bodies) -> None:
    of(bodies["global"], "FailoverSecondaryA")["HealthCheckId"] = {"Ref": "HealthCheckSecondary"}


@seed(35, "DR455", "ApiLogsSubscription", "delivers directly to kinesis in us-west-2")
def straight_to_the_other_region(bodies: Bodies) -> None:
    for body, peer in ((bodies["primary"], "Secondary"), (bodies["secondary"], "Primary")):
        role = {"Fn::GetAtt": ["LogDestinationRole", "Arn"]}
        of(body, "ApiLogsSubscription").update(DestinationArn={"Ref": f"{peer}LogStreamArn"}, RoleArn=role)


@seed(35, "DR455", "ApiLogsSubscription", "has a role")
def role_for_a_destination(bodies: Bodies) -> None:
    role = {"Fn::GetAtt": ["LogDestinationRole", "Arn"]}
    both(lambda body: of(body, "ApiLogsSubscription").update(RoleArn=role))(bodies)


@seed(35, "DR455", "LogDestination", "it must name an account id")
def destination_names_an_arn(bodies: Bodies) -> None:
    def named(body: Json) -> None:
        policy = of(body, "LogDestination")["DestinationPolicy"]
        policy["Fn::Sub"] = policy["Fn::Sub"].replace('"${AWS::AccountId}"', '"arn:aws:iam::${AWS::AccountId}:root"')

    both(named)(bodies)


@seed(35, "DR610", "FunctionTransactionProcessor", "before a policy of it exists; add a `DependsOn` on the policy")
def role_policy_beside_the_role(bodies: Bodies) -> None:
    def apart(body: Json) -> None:
        role = body["Resources"]["FunctionTransactionProcessorRole"]
        (policy,) = role["Properties"].pop("Policies")
        body["Resources"]["Apart"] = {
            **role,
            "Type": "AWS::IAM::Policy",
            "Properties": {**policy, "Roles": [{"Ref": "FunctionTransactionProcessorRole"}]},
        }

    both(apart)(bodies)


@seed(36, "DR456", "Peering", "us-west-2 has no route to 10.10.0.0/16 in us-east-1")
def no_way_back(bodies: Bodies) -> None:
    for kind in ("primary", "secondary"):
        of(bodies[kind], "PeerRoute")["DestinationCidrBlock"] = "10.99.0.0/16"


@seed(36, "DR456", "Peering", "which overlap")
def ranges_overlap(bodies: Bodies) -> None:
    for kind in ("primary", "secondary"):
        of(bodies[kind], "Vpc")["CidrBlock"] = "10.30.0.0/16"
        of(bodies[kind], "PeerRoute")["DestinationCidrBlock"] = "10.30.0.0/16"


@seed(36, "DR457", "EndpointSecurityGroup", "refers to `FunctionSecurityGroup` in us-east-1")
def group_of_the_other_region(bodies: Bodies) -> None:
    rule = of(bodies["secondary"], "EndpointSecurityGroup")["SecurityGroupIngress"][1]
    del rule["CidrIp"]
    rule["SourceSecurityGroupId"] = "<primary.us-east-1/FunctionSecurityGroup>"


@seed(37, "DR458", FUNCTION, "uses dynamodb in us-west-2, which its gateway endpoint does not reach")
def table_of_the_other_region(bodies: Bodies) -> None:
    def far(body: Json, own: str, peer: str) -> None:
        table = "table/table-transactions-${environment}-${environmentSuffix}"
        there = {"Fn::Sub": f"arn:aws:dynamodb:{peer}:${{AWS::AccountId}}:{table}"}
        role_policy(body, f"{FUNCTION}Role")["Statement"].append(
            {"Sid": "Far", "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": there}
        )

    each(far)(bodies)


@seed(40, "DR466", TABLE, "no `UpdateReplacePolicy`")
def kept_on_deletion_only(bodies: Bodies) -> None:
    del bodies["primary"]["Resources"][TABLE]["UpdateReplacePolicy"]


def _called(name: str, was: str = NAME) -> Change:
    """The bucket for documents under another name, and its endpoint open to it."""

    def apply(bodies: Bodies) -> None:
        reworded(was, name)(bodies)
        both(lambda body: of(body, "EndpointS3")["PolicyDocument"]["Statement"][0].update(Resource="*"))(bodies)

    return apply


@seed(42, "DR402", BUCKET, "ends with `-an`")
def name_of_the_regional_namespace(bodies: Bodies) -> None:
    for region in ("us-east-1", "us-west-2"):
        _called(f"{NAME}-{region}-an", f"{NAME}-{region}")(bodies)


@seed(42, "DR402", BUCKET, "contains dots, which Transfer Acceleration does not support")
def dots_with_acceleration(bodies: Bodies) -> None:
    _called(NAME.replace("bucket-documents", "bucket.documents"))(bodies)


@seed(42, "DR402", BUCKET, "characters; S3 allows 3 to 63")
def name_grows_too_long(bodies: Bodies) -> None:
    _called(NAME.replace("documents", "documents-of-all-transactions"))(bodies)


@seed(42, "DR402", BUCKET, "starts with `sthree-`")
def name_that_s3_keeps(bodies: Bodies) -> None:
    _called(f"sthree-{NAME.removeprefix('bucket-')}")(bodies)


@seed(43, "DR434", "AccessLogs", "would not arrive")
def access_logs_under_a_key(bodies: Bodies) -> None:
    def encrypted(body: Json) -> None:
        rules = of(body, "AccessLogs")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        key = {"Fn::GetAtt": ["Key", "Arn"]}
        rules[0]["ServerSideEncryptionByDefault"] = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}

    both(encrypted)(bodies)


@seed(
    44, "DR438", FUNCTION, "nothing calls `FunctionTransactionProcessor` in us-west-2 until a failover; after 14 days"
)
def standby_asleep(bodies: Bodies) -> None:
    for check in ("HealthCheckSecondary", "HealthCheckHeld"):
        _asks(bodies, check, FullyQualifiedDomainName="status.example.org")


@seed(46, "DR467", FUNCTION, "the value is not updated")
def value_behind_the_waves(bodies: Bodies) -> None:
    value = {"Fn::GetStackOutput": {"StackName": "other", "OutputName": "X", "Region": "us-west-2"}}
    both(lambda body: of(body, FUNCTION)["Environment"]["Variables"].update(LOG_LEVEL=value))(bodies)


@seed(
    47,
    "DR426",
    TABLE,
    "`booking_date`, which seems to have few values, and receives 10,000 write units/s; one key value accepts 1,000",
)
def key_of_few_values(bodies: Bodies) -> None:
    table = _table(bodies)
    table["KeySchema"][0]["AttributeName"] = table["AttributeDefinitions"][0]["AttributeName"] = "booking_date"


@seed(48, "DR439", FUNCTION, "the queue never receives a message")
def dead_letters_of_an_api(bodies: Bodies) -> None:
    target = {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"}
    both(lambda body: of(body, FUNCTION).update(DeadLetterConfig=target))(bodies)
    del of(bodies["secondary"], FUNCTION)["DeadLetterConfig"]
    of(bodies["secondary"], FUNCTION)["DeadLetterConfig"] = {"TargetArn": "arn:aws:sqs:us-west-2:123456789012:dead"}


@seed(68, "DR490", FUNCTION, "it logs at the level `INFO`")
def lambda_logs_each_run(bodies: Bodies) -> None:
    both(lambda body: of(body, FUNCTION)["LoggingConfig"].pop("SystemLogLevel"))(bodies)


@seed(68, "DR490", FUNCTION, "it logs as text, which has no levels")
def logs_as_text(bodies: Bodies) -> None:
    text = {"LogFormat": "Text", "LogGroup": {"Ref": f"{FUNCTION}Logs"}}
    both(lambda body: of(body, FUNCTION).update(LoggingConfig=text))(bodies)


@seed(
    68, "DR491", FUNCTION, "`LOG_LEVEL` of `FunctionTransactionProcessor` is `INFO`, and Lambda drops all lines below"
)
def lines_that_lambda_drops(bodies: Bodies) -> None:
    both(lambda body: of(body, FUNCTION)["LoggingConfig"].update(ApplicationLogLevel="ERROR"))(bodies)


@seed(68, "DR491", "FunctionLatch", "Lambda drops the metrics of `FunctionLatch`, which alarms watch")
def metrics_that_lambda_drops(bodies: Bodies) -> None:
    of(bodies["secondary"], "FunctionLatch")["LoggingConfig"]["ApplicationLogLevel"] = "WARN"


@seed(69, "DR492", "ApiLogsSubscription", "sends each log stream to one of the 8 shards of `LogStream`")
def grouped_by_log_stream(bodies: Bodies) -> None:
    both(lambda body: of(body, "ApiLogsSubscription").pop("Distribution"))(bodies)


@seed(70, "DR493", "EndpointDynamodb", "does not allow `dynamodb:PutItem`")
def endpoint_that_only_reads(bodies: Bodies) -> None:
    def narrow(body: Json) -> None:
        policy = of(body, "EndpointDynamodb")["PolicyDocument"]
        policy["Statement"][0]["Action"] = ["dynamodb:GetItem", "dynamodb:Query"]

    both(narrow)(bodies)


@seed(70, "DR493", "EndpointS3", "`FunctionTransactionProcessorRole` of `FunctionHealth` allows")
def endpoint_for_other_roles(bodies: Bodies) -> None:
    def narrow(body: Json) -> None:
        condition = of(body, "EndpointS3")["PolicyDocument"]["Statement"][0]["Condition"]
        condition["ArnLike"]["aws:PrincipalArn"] = "arn:aws:iam::123456789012:role/somebody-else"

    both(narrow)(bodies)


@seed(51, "DR326", "RouteGetTransactionsByTransactionId", "after a failover us-west-2 rejects signatures for us-east-1")
def signs_for_one_region(bodies: Bodies) -> None:
    def signed(body: Json) -> None:
        route = of(body, "RouteGetTransactionsByTransactionId")
        route["AuthorizationType"] = "AWS_IAM"
        del route["AuthorizerId"], route["AuthorizationScopes"]

    both(signed)(bodies)


@seed(
    52, "DR468", "AuthorizerBank", "is an endpoint of us-west-2 only; if us-west-2 is lost, no client gets a new token"
)
def issuer_in_the_standby(bodies: Bodies) -> None:
    issuer = "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_Ab1Cd2Ef3"
    both(lambda body: of(body, "AuthorizerBank")["JwtConfiguration"].update(Issuer=issuer))(bodies)


@seed(49, "DR406", FUNCTION, "has a timeout of 60 s; its API stops waiting after 30 s")
def runs_longer_than_its_api(bodies: Bodies) -> None:
    both(lambda body: of(body, FUNCTION).update(Timeout=60))(bodies)


@seed(50, "DR403", FUNCTION, "Lambda creates no functions with `python3.7` since 2024-01-09")
def runtime_that_is_blocked(bodies: Bodies) -> None:
    both(lambda body: of(body, FUNCTION).update(Runtime="python3.7"))(bodies)


def _judged(bodies: Bodies, part: str, expression: str) -> None:
    """The expression of every alarm whose id has a part."""
    for kind in ("primary", "secondary"):
        for name, item in bodies[kind]["Resources"].items():
            if part in name and item["Type"] == "AWS::CloudWatch::Alarm":
                item["Properties"]["Metrics"][-1]["Expression"] = expression


@seed(53, "DR477", TABLE, "no alarm in us-east-1 is raised while `ReplicationLatency` of `TableTransactions`")
def silence_of_a_table_counts_as_no_delay(bodies: Bodies) -> None:
    _judged(bodies, "StalledToUs", "FILL(latency, 0) / 300000")


@seed(53, "DR477", TABLE, "falls to 0")
def a_table_that_only_falls_silent_counts(bodies: Bodies) -> None:
    _judged(bodies, "StalledToUs", "IF(FILL(latency, 0 - 1) < 0, 1, 0)")


@seed(53, "DR477", BUCKET, "in us-west-2 is raised while `ReplicationLatency` of `BucketDocuments` from us-east-1")
def pending_objects_count_only_while_some_arrive(bodies: Bodies) -> None:
    _judged(bodies, "StalledFromUs", "IF(FILL(pending, REPEAT) > 0 AND latency <= 0, 1, 0)")


@seed(53, "DR477", "LogStream", "`IncomingRecords` of logs from us-west-2 to `LogStream` in us-east-1 has no data")
def silence_of_log_copies_is_ignored(bodies: Bodies) -> None:
    both(lambda body: of(body, "AlarmLogStreamSilent").update(TreatMissingData="notBreaching"))(bodies)


@seed(53, "DR477", TABLE, "`PeerHeartbeatAge` of heartbeats of the other region in `TableTransactions` has no data")
def a_heartbeat_that_nobody_measures_is_ignored(bodies: Bodies) -> None:
    both(lambda body: _alarm(body, "HeartbeatOf").update(TreatMissingData="ignore"))(bodies)


@seed(54, "DR469", "AlarmBucketDocumentsStalledFromUsWest2", "takes silence of `BucketDocuments` from us-west-2")
def an_idle_bucket_rings_at_night(bodies: Bodies) -> None:
    both(lambda body: _alarm(body, "StalledFrom").update(TreatMissingData="breaching"))(bodies)


@seed(54, "DR469", "AlarmBucketDocumentsLagFromUsWest2", "is raised while nobody writes")
def a_lag_alarm_rings_when_nobody_writes(bodies: Bodies) -> None:
    both(lambda body: _alarm(body, "LagFrom").update(TreatMissingData="breaching"))(bodies)


@seed(55, "DR459", FUNCTION, "in us-east-1 uses all of its 1,200 execution environments")
def only_the_rate_of_a_function_is_watched(bodies: Bodies) -> None:
    rate: Json = {"MetricName": "Invocations", "Threshold": 648000}
    both(lambda body: _alarm(body, "ProcessorNearReservation").update(rate))(bodies)


@seed(55, "DR459", FUNCTION, "no alarm is raised before")
def told_when_the_reservation_is_used_up(bodies: Bodies) -> None:
    both(lambda body: _alarm(body, "ProcessorNearReservation").update(Threshold=1200))(bodies)


@seed(56, "DR478", "AlertTopic", "nobody is subscribed to `AlertTopic` in us-east-1 and us-west-2")
def nobody_is_told(bodies: Bodies) -> None:
    for kind in ("primary", "secondary"):
        held = bodies[kind]["Resources"]
        bodies[kind]["Resources"] = {name: item for name, item in held.items() if not name.startswith("AlertToEmail")}


@seed(57, "DR479", "AlarmAlertTopicUndelivered", "reports to `AlertTopic`, whose failures it is there for")
def a_topic_tells_of_its_own_failures(bodies: Bodies) -> None:
    both(lambda body: _alarm(body, "TopicUndelivered").update(AlarmActions=[{"Ref": "AlertTopic"}]))(bodies)


@seed(58, "DR475", "HealthCheckPrimary", "calls `/alive`, a path that clients can know")
def health_path_of_a_template(bodies: Bodies) -> None:
    both(lambda body: of(body, "HealthRoute").update(RouteKey="GET /alive"))(bodies)
    _asks(bodies, "HealthCheckPrimary", ResourcePath="/alive")


@seed(
    58, "DR475", "HealthCheckPrimary", "calls `HealthApi` in us-east-1, which also answers `us-east-1.tx.example.com`"
)
def health_on_the_clients_host(bodies: Bodies) -> None:
    mapped = {"ApiId": {"Ref": "HealthApi"}, "Stage": {"Ref": "HealthStage"}}
    both(lambda body: of(body, "RegionalDomainMapping").update(mapped))(bodies)


@seed(58, "DR475", "HealthCheckPrimary", "in us-east-1, which also answers `POST /transactions`")
def health_in_the_environments_of_the_traffic(bodies: Bodies) -> None:
    arn = {"Fn::GetAtt": [FUNCTION, "Arn"]}
    both(lambda body: of(body, "HealthIntegration").update(IntegrationUri=arn))(bodies)


@seed(59, "DR476", "HealthCheckPrimary", "follows `5xx`, which counts requests to `HealthApi`")
def follows_the_answers_of_an_api(bodies: Bodies) -> None:
    _follows(bodies, {"Fn::Sub": "alarm-api-health-errors-${environment}-${environmentSuffix}"})


@seed(59, "DR476", "HealthCheckPrimary", "counts lines of `ApiLogs`, one for each request")
def follows_the_access_log(bodies: Bodies) -> None:
    """The latch as it once was: requests that arrive in the standby under the name of the clients."""

    def counted(body: Json) -> None:
        made = {"MetricNamespace": "DR/x", "MetricName": "TakenOver", "MetricValue": "1"}
        body["Resources"]["Copied"] = {
            **body["Resources"]["ApiLogs"],
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {"LogGroupName": {"Ref": "ApiLogs"}, "FilterPattern": "", "MetricTransformations": [made]},
        }
        of(body, "AlarmHealthApiErrors").update(Namespace="DR/x", MetricName="TakenOver", Dimensions=[])

    both(counted)(bodies)
    _follows(bodies, {"Fn::Sub": "alarm-api-health-errors-${environment}-${environmentSuffix}"})


@seed(60, "DR620", "FailoverPrimaryA", "needs its health check first")
def record_on_a_new_check(bodies: Bodies) -> None:
    found = bodies["global"]["Resources"]
    found["FailoverPrimaryA"]["Condition"] = found["HealthCheckPrimaryFree"]["Condition"]
    found["FailoverPrimaryA"]["Properties"]["HealthCheckId"] = {"Ref": "HealthCheckPrimaryFree"}


@seed(63, "DR485", "ApiStage", "`log-group-api-prod-a1`, whose name does not begin with `/aws/vendedlogs/`")
def access_log_outside_the_prefix(bodies: Bodies) -> None:
    reworded("/aws/vendedlogs/log-group-api-${environment}", "log-group-api-${environment}")(bodies)


@seed(61, "DR621", TABLE, "in us-east-1 and us-west-2 and protects it")
def protected_from_the_start(bodies: Bodies) -> None:
    for replica in of(bodies["primary"], TABLE)["Replicas"]:
        replica["DeletionProtectionEnabled"] = True


@seed(62, "DR622", "LogDestination", "needs the role it delivers with first, which the same operation creates")
@both
def destination_with_its_role(body: Json) -> None:
    found = body["Resources"]
    found["LogDestination"]["Condition"] = found["LogDestinationRole"]["Condition"]
    found["LogDestination"]["Properties"]["RoleArn"] = {"Fn::GetAtt": ["LogDestinationRole", "Arn"]}


def _backup(body: Json, kind: str, **properties: Json) -> None:
    """A resource of AWS Backup, as an added partial would put it there."""
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    body["Resources"][kind] = {"Type": "AWS::Backup::" + _BACKUP[kind], **kept, "Properties": properties}


_BACKUP = {"Again": "BackupVault", "Apart": "BackupPlan", "Copied": "BackupSelection"}


def _vault(body: Json, **lock: int) -> None:
    key = {"Fn::GetAtt": ["Key", "Arn"]}
    through = statement(_key(body), "AccountUsesKeyThroughServices")["Condition"]["StringLike"]["kms:ViaService"]
    through.append("backup.*.amazonaws.com")
    _backup(body, "Again", BackupVaultName="apart", EncryptionKeyArn=key, LockConfiguration=lock)


@seed(76, "DR518", "Again", "after 3 days nobody can undo its lock")
@both
def lock_for_good(body: Json) -> None:
    _vault(body, MinRetentionDays=30, ChangeableForDays=3)


@seed(77, "DR519", "Apart", "keeps backups for 7 days, but `Again` takes at least 30")
@both
def plan_that_its_vault_refuses(body: Json) -> None:
    _vault(body, MinRetentionDays=30)
    rule = {"RuleName": "daily", "TargetBackupVault": {"Ref": "Again"}, "Lifecycle": {"DeleteAfterDays": 7}}
    _backup(body, "Apart", BackupPlan={"BackupPlanName": "daily", "BackupPlanRule": [rule]})


@seed(78, "DR520", "Copied", "selects by `ListOfTags`")
@both
def selection_by_tags(body: Json) -> None:
    _vault(body, MinRetentionDays=7)
    rule = {"RuleName": "daily", "TargetBackupVault": {"Ref": "Again"}, "Lifecycle": {"DeleteAfterDays": 7}}
    _backup(body, "Apart", BackupPlan={"BackupPlanName": "daily", "BackupPlanRule": [rule]})
    tagged = {"ConditionType": "STRINGEQUALS", "ConditionKey": "owner", "ConditionValue": "payments"}
    role = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/backups"}
    selected = {"SelectionName": "tagged", "IamRoleArn": role, "ListOfTags": [tagged]}
    _backup(body, "Copied", BackupPlanId={"Ref": "Apart"}, BackupSelection=selected)


@seed(65, "DR337", TABLE, "should let items expire by `expires_at`, but no item expires")
def no_time_to_live(bodies: Bodies) -> None:
    del _table(bodies)["TimeToLiveSpecification"]


@seed(65, "DR337", TABLE, "should let items expire by `expires_at`, but items expire by `ends`")
def time_to_live_on_another_attribute(bodies: Bodies) -> None:
    _table(bodies)["TimeToLiveSpecification"]["AttributeName"] = "ends"


@seed(65, "DR337", BUCKET, "in us-west-2 should let objects expire after 3650d")
def expiry_of_some_objects(bodies: Bodies) -> None:
    """The rule is there, but for a part of the objects."""
    both(lambda body: of(body, BUCKET)["LifecycleConfiguration"]["Rules"][0].update(Prefix="drafts/"))(bodies)


@seed(64, "DR489", "PrivateSubnet2", "`AvailabilityZone` of `PrivateSubnet2` depends on `Fn::GetAZs`")
def zone_by_number(bodies: Bodies) -> None:
    def numbered(body: Json) -> None:
        subnet = of(body, "PrivateSubnet2")
        del subnet["AvailabilityZoneId"]
        subnet["AvailabilityZone"] = {"Fn::Select": [1, {"Fn::GetAZs": ""}]}

    both(numbered)(bodies)
