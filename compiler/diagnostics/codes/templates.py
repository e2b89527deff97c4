"""DR420 to DR474: the rules over templates."""

from __future__ import annotations

from compiler.diagnostics.model import Rule, Severity

_AWS = "https://docs.aws.amazon.com/"
_CFN = "https://docs.aws.amazon.com/AWSCloudFormation/latest/"


class Templates:
    DR420 = Rule(
        "DR420",
        "table-replicas",
        says="the replicas of a global table do not match the regions of the topology",
        why="DynamoDB rejects a global table without a replica in its own region. A region without a replica has no "
        "data when it takes over.",
        fix="give the table one replica in each region of the topology, including its own region",
        source=_CFN + "TemplateReference/aws-resource-dynamodb-globaltable.html",
        traps=(3,),
    )
    DR421 = Rule(
        "DR421",
        "table-stream",
        says="a table with several replicas does not have the stream that replication needs",
        why="DynamoDB does not create the table.",
        fix="write `StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}`",
        source=_CFN + "TemplateReference/aws-resource-dynamodb-globaltable.html",
        traps=(5,),
    )
    DR422 = Rule(
        "DR422",
        "table-keys",
        says="a replica of a table does not use a customer managed key of its own region",
        why="All replicas must use the same kind of key, and a key works only in its own region. DynamoDB does not "
        "create the table.",
        fix="set a key of the replica's region in the `SSESpecification` of each replica",
        source=_AWS + "amazondynamodb/latest/developerguide/globaltables-security.html",
        traps=(4,),
    )
    DR423 = Rule(
        "DR423",
        "table-attributes",
        says="the keys of a table do not match its attribute definitions",
        why="DynamoDB rejects a key without a definition, and a definition that no key uses.",
        fix="define exactly the attributes that are keys of the table or of an index",
        source=_CFN + "TemplateReference/aws-resource-dynamodb-globaltable.html",
    )
    DR424 = Rule(
        "DR424",
        "table-protection",
        says="a replica of a table is not protected, or the table does not use on-demand billing",
        why="DynamoDB does not copy point-in-time recovery and deletion protection to other replicas. The default "
        "billing mode is provisioned.",
        fix="set point-in-time recovery and deletion protection on every replica, and `BillingMode: PAY_PER_REQUEST`",
        source=_AWS + "amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
    )
    DR425 = Rule(
        "DR425",
        "table-warmth",
        says="the warm throughput or the maximum throughput of a table is too low",
        why="Warm throughput cannot be lower than that of a new table. A maximum throughput below it rejects requests "
        "that the table could serve.",
        fix="set warm throughput to at least the value of a new table, and do not set a maximum throughput",
        source=_AWS + "amazondynamodb/latest/developerguide/warm-throughput.html",
        traps=(8,),
    )
    DR426 = Rule(
        "DR426",
        "hot-key",
        says="a partition key seems to have only a few values",
        why="One partition accepts 1,000 writes per second, whatever the quota of the table is.",
        fix="choose a key with many evenly used values, such as the transaction id",
        source=_AWS + "amazondynamodb/latest/developerguide/bp-partition-key-uniform-load.html",
        severity=Severity.WARNING,
        traps=(47,),
    )
    DR427 = Rule(
        "DR427",
        "table-strong",
        says="a table does not meet the conditions for strong consistency between regions",
        why="DynamoDB does not create the table.",
        fix="use three regions of one region set, and no time to live and no local secondary indexes",
        source=_AWS + "amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
    )
    DR430 = Rule(
        "DR430",
        "replication-ends",
        says="the source or the destination of a bucket's replication is not suitable",
        why="S3 rejects the configuration, or objects never arrive.",
        fix="replicate between two buckets with versioning, in two regions of the topology",
        source=_AWS + "AmazonS3/latest/userguide/replication-requirements.html",
        acceptable=True,
        traps=(9,),
    )
    DR431 = Rule(
        "DR431",
        "replication-keys",
        says="S3 cannot encrypt replicated objects at the destination",
        why="S3 accepts the configuration. The replication of every object then fails, and S3 reports no error.",
        fix="name a key of the destination region; allow the role to decrypt at the source and to encrypt at the "
        "destination",
        source=_AWS + "AmazonS3/latest/userguide/replication-config-for-kms-objects.html",
        traps=(10,),
    )
    DR432 = Rule(
        "DR432",
        "replication-context",
        says="a condition on KMS permissions names objects, but the bucket uses S3 Bucket Keys",
        why="With S3 Bucket Keys the encryption context is the ARN of the bucket. The condition is never true, and "
        "objects are not replicated. S3 reports no error.",
        fix="use the ARN of the bucket in the condition, without `/*`",
        source=_AWS + "AmazonS3/latest/userguide/replication-config-for-kms-objects.html",
        traps=(11,),
    )
    DR433 = Rule(
        "DR433",
        "replication-rule",
        says="a replication rule is incomplete or inconsistent",
        why="S3 rejects the rule, or it replicates less than intended.",
        fix="change the rule as the message says",
        source=_AWS + "AmazonS3/latest/userguide/replication-time-control.html",
        traps=(12,),
    )
    DR434 = Rule(
        "DR434",
        "access-logs",
        says="S3 cannot deliver access logs to the log bucket",
        why="The log bucket must be in the same region, be encrypted with S3 managed keys, and allow S3 to write to "
        "it.",
        fix="use a log bucket in the same region with `AES256` and a policy that allows `logging.s3.amazonaws.com`",
        source=_AWS + "AmazonS3/latest/userguide/enable-server-access-logging.html",
        traps=(43,),
    )
    DR435 = Rule(
        "DR435",
        "reservations",
        says="the functions reserve more concurrency than the account can reserve",
        why="Lambda rejects the last reservation.",
        fix="write the granted quota into `quotas.lambda_concurrency`, or reserve less",
        source=_AWS + "lambda/latest/dg/configuration-concurrency.html",
        traps=(1,),
    )
    DR436 = Rule(
        "DR436",
        "reservation-small",
        says="the reserved concurrency of a function is too low for its load",
        why="An execution environment serves at most ten requests per second, even if the code is faster.",
        fix="reserve at least one execution environment for every ten requests per second",
        source=_AWS + "lambda/latest/dg/lambda-concurrency.html",
        traps=(2,),
    )
    DR437 = Rule(
        "DR437",
        "code-region",
        says="a function loads its code from a bucket in another region",
        why="Lambda does not create the function.",
        fix="name a bucket in the region of the function",
        source=_AWS + "lambda/latest/dg/configuration-function-zip.html",
        traps=(23,),
    )
    DR438 = Rule(
        "DR438",
        "standby-idle",
        says="nothing calls a function of the standby before a failover",
        why="After two weeks without a call, Lambda removes the network interfaces of the function. The first calls "
        "of a failover then fail.",
        fix="add a health check that calls a function with the same subnets and security groups",
        source=_AWS + "lambda/latest/dg/configuration-vpc.html",
        traps=(44,),
    )
    DR439 = Rule(
        "DR439",
        "dead-letters",
        says="a dead-letter queue never receives a message",
        why="Lambda uses the queue for failed asynchronous calls only. An API calls its function synchronously.",
        fix="remove the queue, and let clients repeat a failed request with the same transaction id",
        source=_AWS + "lambda/latest/dg/invocation-async-retain-records.html",
        severity=Severity.WARNING,
        traps=(48,),
    )
    DR440 = Rule(
        "DR440",
        "certificate",
        says="a certificate cannot be issued or used",
        why="API Gateway needs a certificate in its own region that covers the domain. Without a hosted zone for the "
        "validation, the stack waits until a person validates the certificate.",
        fix="use a certificate in the same region, with DNS validation in the hosted zone",
        source=_CFN + "TemplateReference/aws-resource-certificatemanager-certificate.html",
        traps=(24,),
    )
    DR441 = Rule(
        "DR441",
        "tls-policy",
        says="a domain has a security policy that HTTP APIs do not support",
        why="API Gateway rejects the API mapping.",
        fix="write `SecurityPolicy: TLS_1_2`",
        source=_AWS + "apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html",
        traps=(26,),
    )
    DR442 = Rule(
        "DR442",
        "health-host",
        says="a health check calls a host that cannot answer for its region",
        why="The check would always fail, or its result would depend on the failover that it controls.",
        fix="call the host name of the region, which has a domain and a DNS record",
        source=_AWS + "Route53/latest/DeveloperGuide/health-checks-creating-values.html",
        traps=(27,),
    )
    DR443 = Rule(
        "DR443",
        "health-path",
        says="the path of a health check does not exist or requires credentials",
        why="Route 53 treats the status codes 403 and 404 as a failure of the region.",
        fix="add a GET route without authorization for the path",
        source=_AWS + "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
        traps=(28,),
    )
    DR444 = Rule(
        "DR444",
        "health-slow",
        says="a cold start takes longer than a health check waits",
        why="If a health checker calls a new execution environment, it counts a failure.",
        fix="shorten the cold start, or use a separate function for the health path",
        source=_AWS + "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
        severity=Severity.WARNING,
        traps=(28,),
    )
    DR445 = Rule(
        "DR445",
        "health-shallow",
        says="the function behind a health check cannot read a table",
        why="The check would report a healthy region while the table of that region fails.",
        fix="allow the function to read and write a table",
        source=_AWS + "amazondynamodb/latest/developerguide/bp-global-table-design.html",
        severity=Severity.WARNING,
        traps=(29,),
    )
    DR446 = Rule(
        "DR446",
        "health-alarm",
        says="a health check uses an alarm that Route 53 cannot evaluate",
        why="Route 53 rejects the health check, or the health check never fails.",
        fix="use an alarm on one metric with a standard statistic that counts every period",
        source=_AWS + "Route53/latest/DeveloperGuide/health-checks-creating-values.html",
        traps=(30,),
    )
    DR447 = Rule(
        "DR447",
        "failover-records",
        says="a set of failover records is incomplete",
        why="Route 53 rejects the records, or IPv4 or IPv6 clients are not moved to the other region.",
        fix="create a PRIMARY record with a health check and a SECONDARY record, each with a `SetIdentifier`, for "
        "both A and AAAA",
        source=_AWS + "Route53/latest/APIReference/API_ResourceRecordSet.html",
        traps=(33,),
    )
    DR448 = Rule(
        "DR448",
        "standby-checked",
        says="the DNS record of the standby has a health check",
        why="If both records are unhealthy, Route 53 answers with the primary, which does not work.",
        fix="remove the health check from the SECONDARY record",
        source=_AWS + "Route53/latest/APIReference/API_ResourceRecordSet.html",
        severity=Severity.WARNING,
        traps=(33,),
    )
    DR449 = Rule(
        "DR449",
        "unencrypted",
        says="a resource that stores data is not encrypted with a customer managed key",
        why="All data at rest must be encrypted with the keys of the topology.",
        fix="name the key of the region",
    )
    DR450 = Rule(
        "DR450",
        "topic-key",
        says="alarms cannot use the encryption key of their topic",
        why="An alarm goes off, but nobody receives a message.",
        fix="encrypt the topic with a key whose policy allows `cloudwatch.amazonaws.com` to use it",
        source=_AWS + "sns/latest/dg/sns-key-management.html",
        traps=(17,),
    )
    DR451 = Rule(
        "DR451",
        "topic-policy",
        says="the policy of a topic does not allow alarms to publish",
        why="A custom policy replaces the default policy, which allows alarms to publish.",
        fix="allow `sns:Publish` for `cloudwatch.amazonaws.com`",
        source=_AWS + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
        traps=(18,),
    )
    DR452 = Rule(
        "DR452",
        "log-key",
        says="CloudWatch Logs cannot use the encryption key of a log group",
        why="CloudWatch Logs does not create the log group.",
        fix="allow `logs.<region>.amazonaws.com` with the region of the log group in the key policy",
        source=_AWS + "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
        traps=(19,),
    )
    DR453 = Rule(
        "DR453",
        "key-grant",
        says="a key policy does not allow the account to create a grant that a resource needs",
        why="Lambda and DynamoDB create a grant on the key with the permissions of the principal that deploys.",
        fix="allow `kms:CreateGrant` for the account root in the key policy, limited by `kms:ViaService`",
        source=_AWS + "lambda/latest/dg/configuration-envvars-encryption.html",
        traps=(20,),
    )
    DR454 = Rule(
        "DR454",
        "named-principal",
        says="a key policy or a trust policy names a role or a user",
        why="AWS rejects the policy if the role or user does not exist or is not visible yet.",
        fix="name the account root as principal, and limit it with a condition on `aws:PrincipalArn`",
        source=_AWS + "kms/latest/APIReference/API_CreateKey.html",
        traps=(22,),
    )
    DR455 = Rule(
        "DR455",
        "log-copies",
        says="CloudWatch Logs rejects a copy of logs, or logs are lost",
        why="A subscription filter delivers within its own region, and takes a role only for a stream. Log events "
        "that the destination rejects are lost.",
        fix="use a destination in the same region; its stream can be in another region",
        source=_AWS + "AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html",
        traps=(35,),
    )
    DR456 = Rule(
        "DR456",
        "peering",
        says="a VPC peering connection does not carry traffic in both directions",
        why="Each side needs its own route, and the address ranges must not overlap.",
        fix="add the missing route in the stack of the other region",
        source=_AWS + "vpc/latest/peering/vpc-peering-basics.html",
        traps=(36,),
    )
    DR457 = Rule(
        "DR457",
        "group-region",
        says="a security group refers to a security group in another region",
        why="EC2 rejects the rule.",
        fix="use the address range of the other side",
        source=_AWS + "vpc/latest/peering/vpc-peering-basics.html",
        traps=(36,),
    )
    DR458 = Rule(
        "DR458",
        "far-call",
        says="a function has no network path to a service in another region",
        why="A gateway endpoint reaches only its own region, so calls to another region time out.",
        fix="add an interface endpoint of the service to the VPC of the other region, or remove the call",
        source=_AWS + "vpc/latest/privatelink/vpc-endpoints-ddb.html",
        traps=(37,),
    )
    DR460 = Rule(
        "DR460",
        "alarm-region",
        says="an alarm is in a region where its metric is not published",
        why="The alarm never receives data.",
        fix="move the alarm to the region that the message names",
        source=_AWS + "AmazonCloudWatch/latest/monitoring/Cross-Account-Cross-Region.html",
        traps=(13, 15),
    )
    DR461 = Rule(
        "DR461",
        "alarm-metric",
        says="an alarm uses a metric or dimensions that AWS does not publish",
        why="The alarm never receives data.",
        fix="write the metric and its dimensions exactly as AWS publishes them",
        source=_AWS + "AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html",
        traps=(14,),
    )
    DR462 = Rule(
        "DR462",
        "alarm-stuck",
        says="an alarm on DynamoDB does not return to OK",
        why="Such an alarm keeps its state while there is no data, and DynamoDB publishes error metrics only while "
        "errors occur.",
        fix="fill gaps in the metric with zeros (`FILL(m, 0)`) and write `TreatMissingData: notBreaching`",
        source=_AWS + "AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
        traps=(14,),
    )
    DR463 = Rule(
        "DR463",
        "alarm-topic",
        says="an alarm sends to a topic in another region",
        why="CloudWatch rejects the action.",
        fix="use a topic in the region of the alarm",
        source=_AWS + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
        traps=(16,),
    )
    DR464 = Rule(
        "DR464",
        "alarm-subject",
        says="an alarm monitors a resource that the topology does not have in that region",
        why="The alarm never receives data, unless something outside the topology creates the resource.",
        fix="refer to the resource in the alarm, or accept the finding",
        severity=Severity.WARNING,
    )
    DR465 = Rule(
        "DR465",
        "wildcard",
        says="a policy uses a wildcard without a reason",
        why="A reviewer cannot see whether the wildcard is intended.",
        fix="name the actions and resources, or write the reason into `Metadata.Wildcards` under the id of the "
        "statement",
        source=_AWS + "IAM/latest/UserGuide/best-practices.html",
    )
    DR466 = Rule(
        "DR466",
        "retain",
        says="a resource is deleted with its stack or when it is replaced",
        why="Data, names and shared DNS records would be lost.",
        fix="write `DeletionPolicy: Retain` and `UpdateReplacePolicy: Retain`",
        source=_CFN + "TemplateReference/aws-attribute-updatereplacepolicy.html",
        traps=(25, 40),
    )
    DR467 = Rule(
        "DR467",
        "stack-output",
        says="a template reads a value of another stack with `Fn::GetStackOutput`",
        why="The function does not work everywhere, and the value is not updated when the other stack changes. The "
        "compiler does not see the dependency, so the order of the waves can be wrong.",
        fix="use the values of the view",
        source=_CFN + "TemplateReference/intrinsic-function-reference-getstackoutput.html",
        traps=(46,),
    )
    DR470 = Rule(
        "DR470",
        "parity-missing",
        says="the standby does not have a resource or output that the primary region has",
        why="The standby needs it when it takes over.",
        fix="add it to both regions; if it is for one region only, name the partial `….primary.json.j2`",
    )
    DR471 = Rule(
        "DR471",
        "parity-function",
        says="a function in the standby differs from the one in the primary region",
        why="To take over, the standby needs the same code, capacity and configuration.",
        fix="remove the cause of the difference",
    )
    DR472 = Rule(
        "DR472",
        "parity-permission",
        says="permissions in the standby differ from those in the primary region",
        why="If a permission is missing in the standby, you notice it only during a failover.",
        fix="use the same policy statements in both regions",
    )
    DR473 = Rule(
        "DR473",
        "parity-quota",
        says="a quota in the standby region is lower than in the primary region",
        why="AWS does not copy quotas between regions. The standby could not take over the load.",
        fix="request the same quota in the standby region, and write the granted value into the spec",
        source=_AWS + "servicequotas/latest/userguide/intro.html",
        acceptable=True,
        traps=(45,),
    )
    DR474 = Rule(
        "DR474",
        "parity-differs",
        says="a resource in the standby differs from the one in the primary region",
        why="To take over, the standby needs the same endpoints, routes, alarms and log copies.",
        fix="remove the cause of the difference",
    )
