"""Changes of which something is known beyond the schemas: where it holds, and where it nearly does."""

from __future__ import annotations

from typing import Any

from compiler.aws.types.update_rules import Update

TABLE, BUCKET, GROUP = "AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::Logs::LogGroup"
STREAM, KEY, CHECK = "AWS::Kinesis::Stream", "AWS::KMS::Key", "AWS::Route53::HealthCheck"
AUTHORIZER, ROUTE = "AWS::ApiGatewayV2::Authorizer", "AWS::ApiGatewayV2::Route"
PLAN, VAULT = "AWS::Backup::BackupPlan", "AWS::Backup::BackupVault"
REST_API, MAPPING = "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::ApiMapping"
GROUPED, FUNCTION = "AWS::EC2::SecurityGroup", "AWS::Lambda::Function"
HERE = "us-east-1"


def replicas(*regions: str, **members: Any) -> dict[str, Any]:
    return {"Replicas": [{"Region": region, **members} for region in regions]}


def keyed(**keys: str) -> dict[str, Any]:
    return {
        "Replicas": [
            {"Region": region.replace("_", "-"), "SSESpecification": {"KMSMasterKeyId": key}}
            for region, key in keys.items()
        ]
    }


def indexes(**names: Any) -> dict[str, Any]:
    return {"GlobalSecondaryIndexes": [{"IndexName": name, **members} for name, members in names.items()]}


def warm(reads: Any, writes: Any) -> dict[str, Any]:
    return {"WarmThroughput": {"ReadUnitsPerSecond": reads, "WriteUnitsPerSecond": writes}}


def recovery(days: int) -> dict[str, Any]:
    return replicas(HERE, PointInTimeRecoverySpecification={"RecoveryPeriodInDays": days})


def ttl(name: str) -> dict[str, Any]:
    return {"TimeToLiveSpecification": {"AttributeName": name, "Enabled": True}}


def attributes(key: str, **kinds: str) -> dict[str, Any]:
    return {
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()],
    }


def lifecycle(**members: Any) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [{"Id": "r", "Status": "Enabled", **members}]}}


def locked(**days: int) -> dict[str, Any]:
    return {"LockConfiguration": days}


def planned(**kept: int) -> dict[str, Any]:
    rules = [{"RuleName": name, "Lifecycle": {"DeleteAfterDays": days}} for name, days in kept.items()]
    return {"BackupPlan": {"BackupPlanRule": rules}}


def replicated(*names: str, **members: Any) -> dict[str, Any]:
    rules = [{"Status": "Enabled", "Destination": {"Bucket": f"arn:aws:s3:::{name}"}} for name in names]
    return {"ReplicationConfiguration": {"Rules": rules}, **members}


VERSIONED = {"VersioningConfiguration": {"Status": "Enabled"}}
SUSPENDED = {"VersioningConfiguration": {"Status": "Suspended"}}


def trusts(issuer: str, *audience: str) -> dict[str, Any]:
    return {"JwtConfiguration": {"Issuer": issuer, "Audience": list(audience)}}


Row = tuple[str, str, dict[str, Any], dict[str, Any], tuple[dict[str, Any], dict[str, Any]] | None]

ROWS: list[Row] = [
    # type, when, before, after, and a change of which it is not to be said
    (MAPPING, "it leads to another API", {"ApiId": "a", "Stage": "$default"}, {"ApiId": "b", "Stage": "live"},
     ({"ApiId": "a", "Stage": "$default"}, {"ApiId": "a", "Stage": "live"})),
    (REST_API, "its document changes", {"Body": {"paths": {}}}, {"Body": {"paths": {"/a": {}}}},
     ({"Name": "a", "Body": {}}, {"Name": "b", "Body": {}})),
    (TABLE, "a replica is removed", replicas(HERE, "us-west-2"), replicas(HERE),
     (replicas(HERE), replicas(HERE, "us-west-2"))),
    (TABLE, "the replica in the stack's own region is removed", replicas(HERE, "us-west-2"), replicas("us-west-2"),
     (replicas(HERE, "us-west-2"), replicas(HERE))),
    (TABLE, "a replica is removed while its deletion protection is on",
     replicas(HERE, "us-west-2", DeletionProtectionEnabled=True), replicas(HERE, DeletionProtectionEnabled=True),
     (replicas(HERE, "us-west-2", DeletionProtectionEnabled=False), replicas(HERE))),
    (TABLE, "more than one replica is added or removed", replicas(HERE, "us-west-2"), replicas(HERE, "us-east-2"),
     (replicas(HERE), replicas(HERE, "us-west-2"))),
    (TABLE, "a replica is added", replicas(HERE), replicas(HERE, "us-west-2"),
     (replicas(HERE, "us-west-2"), replicas(HERE))),
    (TABLE, "the key of a replica changes", keyed(us_east_1="a", us_west_2="b"), keyed(us_east_1="a", us_west_2="c"),
     (keyed(us_east_1="a", us_west_2="b"), keyed(us_east_1="c", us_west_2="b"))),
    (TABLE, "the key of the replica in the stack's own region changes", keyed(us_east_1="a"), keyed(us_east_1="b"),
     (keyed(us_east_1="a"), keyed(us_east_1="a", us_west_2="b"))),
    (TABLE, "the point-in-time recovery of a replica covers a shorter period", recovery(35), recovery(7),
     (recovery(7), recovery(35))),
    (TABLE, "the warm throughput of the table or of an index is lowered", warm(12000, 10000), warm(12000, "9000"),
     (warm(12000, 9000), warm(12000, 10000))),
    (TABLE, "the warm throughput of the table or of an index is lowered", indexes(i=warm(12000, 10000)),
     indexes(i=warm(11000, 10000)), (indexes(i=warm(11000, 1)), indexes(j=warm(1, 1)))),
    (TABLE, "more than one index is added or removed", indexes(a={}), indexes(b={}),
     (indexes(a={}), indexes(a={}, b={}))),
    (TABLE, "an index is added", indexes(), indexes(a={}), (indexes(a={}), indexes())),
    (TABLE, "an index is removed", indexes(a={}), indexes(), (indexes(), indexes(a={}))),
    (TABLE, "the key or projection of an index changes under the same name",
     indexes(a={"Projection": {"ProjectionType": "ALL"}}), indexes(a={"Projection": {"ProjectionType": "KEYS_ONLY"}}),
     (indexes(a={}), indexes(a=warm(1, 1)))),
    (TABLE, "its key changes", attributes("a", a="S"), attributes("b", b="S"),
     (attributes("a", a="S"), attributes("a", a="S", b="S"))),
    (TABLE, "its local secondary indexes change", {"LocalSecondaryIndexes": [{"IndexName": "a"}]}, {},
     (indexes(a={}), indexes())),
    (TABLE, "the type of an attribute of the table's key changes", attributes("a", a="S"), attributes("a", a="N"),
     (attributes("a", a="S", b="S"), attributes("a", a="S", b="N"))),
    (TABLE, "the type of an attribute of an index's key changes", attributes("a", a="S", b="S"),
     attributes("a", a="S", b="N"), (attributes("a", a="S"), attributes("a", a="N"))),
    (TABLE, "the stream's settings change while there is more than one replica",
     {**replicas(HERE, "us-west-2"), "StreamSpecification": {"StreamViewType": "KEYS_ONLY"}},
     {**replicas(HERE, "us-west-2"), "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}},
     (replicas(HERE), {**replicas(HERE), "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}})),
    (TABLE, "the consistency between regions changes", replicas(HERE),
     {**replicas(HERE), "MultiRegionConsistency": "STRONG"},
     (replicas(HERE), {**replicas(HERE), "MultiRegionConsistency": "EVENTUAL"})),
    (TABLE, "the TTL attribute changes", ttl("a"), ttl("b"), ({}, ttl("a"))),
    (TABLE, "TTL is enabled", {}, ttl("a"), (ttl("a"), {})),
    (TABLE, "TTL is disabled", ttl("a"), {}, (ttl("a"), ttl("b"))),
    (BUCKET, "objects or old versions expire sooner",
     lifecycle(NoncurrentVersionExpiration={"NoncurrentDays": 365}),
     lifecycle(NoncurrentVersionExpiration={"NoncurrentDays": 30}), (lifecycle(ExpirationInDays=3), {})),
    (BUCKET, "objects or old versions expire sooner", {}, lifecycle(ExpirationInDays=30),
     (lifecycle(ExpirationInDays=30), lifecycle(ExpirationInDays=60))),
    (BUCKET, "objects are no longer replicated to a bucket", replicated("a", "b"), replicated("a"),
     (replicated("a"), replicated("a", "b"))),
    (BUCKET, "objects are replicated to another bucket", replicated("a"), replicated("b"),
     (replicated("a"), replicated())),
    (BUCKET, "its encryption changes", {"BucketEncryption": {"k": "a"}}, {"BucketEncryption": {"k": "b"}},
     (VERSIONED, SUSPENDED)),
    (BUCKET, "its versioning is suspended", replicated("a", **VERSIONED), replicated("a", **SUSPENDED),
     (VERSIONED, SUSPENDED)),
    (BUCKET, "Transfer Acceleration is disabled", {"AccelerateConfiguration": {"AccelerationStatus": "Enabled"}}, {},
     ({}, {"AccelerateConfiguration": {"AccelerationStatus": "Enabled"}})),
    (GROUP, "its retention becomes shorter", {"RetentionInDays": 90}, {"RetentionInDays": 30},
     ({"RetentionInDays": 30}, {"RetentionInDays": 90})),
    (GROUP, "its retention becomes shorter", {}, {"RetentionInDays": 30}, ({"RetentionInDays": 30}, {})),
    (GROUP, "its log class changes", {}, {"LogGroupClass": "INFREQUENT_ACCESS"}, ({}, {"LogGroupClass": "STANDARD"})),
    (GROUP, "its key changes", {"KmsKeyId": "a"}, {"KmsKeyId": "b"}, ({}, {"RetentionInDays": 1})),
    (STREAM, "its retention becomes shorter", {"RetentionPeriodHours": 48}, {"RetentionPeriodHours": 24},
     ({"RetentionPeriodHours": 24}, {"RetentionPeriodHours": 48})),
    (STREAM, "the number of shards more than doubles, or falls below half", {"ShardCount": 10}, {"ShardCount": 21},
     ({"ShardCount": 10}, {"ShardCount": 20})),
    (STREAM, "the number of shards more than doubles, or falls below half", {"ShardCount": 10}, {"ShardCount": 4},
     ({"ShardCount": 10}, {"ShardCount": 5})),
    (STREAM, "the number of shards changes", {"ShardCount": 1}, {"ShardCount": 2}, ({"Tags": []}, {"Tags": [1]})),
    (KEY, "its key spec, usage or multi-Region setting changes", {}, {"MultiRegion": True},
     ({}, {"MultiRegion": False})),
    (KEY, "it is disabled", {}, {"Enabled": False}, ({"Enabled": False}, {"Enabled": True})),
    (KEY, "its policy changes", {"KeyPolicy": {"a": 1}}, {"KeyPolicy": {"a": 2}}, ({}, {"Description": "d"})),
    (GROUPED, "its rules change", {"SecurityGroupIngress": []}, {"SecurityGroupIngress": [{"FromPort": 1}]},
     ({}, {"Tags": [{"Key": "a", "Value": "b"}]})),
    ("AWS::EC2::VPC", "its tenancy changes to dedicated", {}, {"InstanceTenancy": "dedicated"},
     ({"InstanceTenancy": "dedicated"}, {"InstanceTenancy": "default"})),
    ("AWS::Route53::RecordSet", "its name changes", {"Name": "a.example"}, {"Name": "b.example"},
     ({"Name": "a.example"}, {"Name": "A.example."})),
    ("AWS::CertificateManager::Certificate", "its validation method changes", {"ValidationMethod": "DNS"},
     {"ValidationMethod": "EMAIL"}, ({}, {"Tags": [{"Key": "a", "Value": "b"}]})),
    (CHECK, "it runs less often, or must fail more often", {"HealthCheckConfig": {"FailureThreshold": 3}},
     {"HealthCheckConfig": {"FailureThreshold": 5}},
     ({"HealthCheckConfig": {"FailureThreshold": 5}}, {"HealthCheckConfig": {"FailureThreshold": 3}})),
    (FUNCTION, "its reserved concurrency becomes lower", {"ReservedConcurrentExecutions": 100},
     {"ReservedConcurrentExecutions": 50},
     ({"ReservedConcurrentExecutions": 50}, {"ReservedConcurrentExecutions": 100})),
    (FUNCTION, "its reserved concurrency becomes lower", {}, {"ReservedConcurrentExecutions": 50},
     ({"ReservedConcurrentExecutions": 50}, {})),
    (FUNCTION, "its runtime or architecture changes", {"Runtime": "python3.13"}, {"Runtime": "python3.14"},
     ({"Timeout": 1}, {"Timeout": 2})),
    (AUTHORIZER, "its issuer or an audience changes", trusts("https://a.example", "x"),
     trusts("https://b.example", "x"),
     (trusts("https://a.example", "x"), trusts("https://a.example", "x", "y"))),
    (AUTHORIZER, "its issuer or an audience changes", trusts("https://a.example", "x", "y"),
     trusts("https://a.example", "y"), None),
    (ROUTE, "its authorization or a scope changes", {"AuthorizationType": "AWS_IAM"}, {"AuthorizationType": "JWT"},
     ({"AuthorizationType": "JWT"}, {"AuthorizationType": "JWT", "Target": "integrations/x"})),
    (ROUTE, "its authorization or a scope changes", {"AuthorizationScopes": ["a"]}, {"AuthorizationScopes": ["b"]},
     ({"AuthorizationScopes": ["a"]}, {})),
    (VAULT, "its lock becomes weaker", locked(MinRetentionDays=30), locked(MinRetentionDays=7),
     (locked(MinRetentionDays=7), locked(MinRetentionDays=30))),
    (VAULT, "its lock becomes weaker", locked(MinRetentionDays=30), {}, ({}, locked(MinRetentionDays=30))),
    (VAULT, "its lock becomes one for good", locked(MinRetentionDays=30),
     locked(MinRetentionDays=30, ChangeableForDays=3), (locked(MinRetentionDays=30), locked(MinRetentionDays=31))),
    (PLAN, "its rules make fewer backups or keep them for less", planned(daily=35), planned(daily=30),
     (planned(daily=30), planned(daily=35, monthly=400))),
    (PLAN, "its rules make fewer backups or keep them for less", planned(daily=35, monthly=400), planned(daily=35),
     None),
    ("Custom::Thing", "its service token changes", {"ServiceToken": "a"}, {"ServiceToken": "b"}, ({}, {"Other": 1})),
]  # fmt: skip


def update(kind: str, old: dict[str, Any], new: dict[str, Any]) -> Update:
    return Update("primary.us-east-1", HERE, "R", kind, "name", old, new)
