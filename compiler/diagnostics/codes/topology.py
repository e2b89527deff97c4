"""DR3xx: regions, objectives, and what the section `accept` accepts."""

from __future__ import annotations

from compiler.diagnostics.model import Rule, Severity

_AWS = "https://docs.aws.amazon.com/"


class Regions:
    DR301 = Rule(
        "DR301",
        "region",
        says="a region does not exist",
        why="The compiler does not know its availability zones, endpoints and services.",
        fix="write the code of an AWS region, such as `us-west-2`",
        source=_AWS + "global-infrastructure/latest/regions/aws-regions.html",
    )
    DR302 = Rule(
        "DR302",
        "roles",
        says="the roles of the regions do not form an active-passive pair",
        why="Failover needs exactly one primary and one secondary region. All other regions only hold data.",
        fix="give one region `role: primary`, one region `role: secondary`, and all other regions `role: replica`",
    )
    DR303 = Rule(
        "DR303",
        "same-region",
        says="a region is listed twice",
        why="If both regions of a pair are the same, one outage stops both.",
        fix="choose a different region",
    )
    DR304 = Rule(
        "DR304",
        "cidr",
        says="an address range cannot be used",
        why="A VPC takes a range from /16 to /28. The ranges of peered VPCs must not overlap.",
        fix="choose a private range that does not overlap another one, such as `10.20.0.0/16`",
        source=_AWS + "vpc/latest/peering/vpc-peering-basics.html",
        traps=(36,),
    )
    DR305 = Rule(
        "DR305",
        "partition",
        says="the regions are in different AWS partitions",
        why="A role or resource of one partition has no access to another partition.",
        fix="choose regions of the partition `aws`, such as `us-east-1` and `us-west-2`; no other one is supported",
    )
    DR306 = Rule(
        "DR306",
        "service-region",
        says="a region does not offer a resource type that it needs",
        why="The stack of that region would fail when it is created.",
        fix="choose another region",
        source="Resource types per region as bundled with cfn-lint",
    )
    DR307 = Rule(
        "DR307",
        "reference",
        says="a name refers to an entry that does not exist",
        why="The spec has no entry with this name.",
        fix="use the name of an entry in the spec",
    )
    DR308 = Rule(
        "DR308",
        "data-deleted",
        says="AWS deletes the data of this system together with its resources",
        why="With `on_delete: delete` nothing is retained: neither tables and buckets nor logs and keys. Data is gone "
        "when a stack is deleted, when a resource is replaced, and when the spec no longer has an entry.",
        fix="remove `on_delete: delete`; if nobody needs the data, accept this finding with the reason",
        source=_AWS + "AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html",
        acceptable=True,
    )
    DR524 = Rule(
        "DR524",
        "part-of-health",
        says="the function behind the health path is in a part of its region",
        why="The API of a region is in its first stack, and so are its route for the health path and the function that "
        "answers Route 53 with the code and the role of this one. Parts are deployed after the first stack.",
        fix="remove `stack` from this entry, and put other entries into a part",
    )


class Objectives:
    DR311 = Rule(
        "DR311",
        "quota",
        says="an account quota is too low for the throughput",
        why="AWS would throttle requests at peak load, or when the standby takes over. AWS raises quotas per region, "
        "and that takes time.",
        fix="request a higher quota, then write the granted value under `quotas`",
        source=_AWS + "servicequotas/latest/userguide/request-quota-increase.html",
        traps=(1, 45),
    )
    DR312 = Rule(
        "DR312",
        "request-rate",
        says="a request rate exceeds a fixed limit of AWS",
        why="AWS rejects requests above the limit, also the requests of replication. No quota raises this limit.",
        fix="distribute the keys over more prefixes, or write fewer objects per transaction",
        source=_AWS + "AmazonS3/latest/userguide/replication-time-control.html",
    )
    DR313 = Rule(
        "DR313",
        "replication-rate",
        says="replication would exceed the transfer rate of S3 Replication Time Control",
        why="Above this rate S3 does not guarantee replication within 15 minutes.",
        fix="write fewer or smaller objects, or accept the finding with a reason",
        source=_AWS + "AmazonS3/latest/userguide/replication-time-control.html",
        acceptable=True,
    )
    DR321 = Rule(
        "DR321",
        "rto",
        says="the topology does not meet the recovery time objective",
        why="The steps from the loss of a region to the first answer of the other region take longer than `rto` in "
        "the worst case.",
        fix="check the health more often, or raise `rto`",
        source=_AWS + "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
    )
    DR322 = Rule(
        "DR322",
        "latency",
        says="the topology does not meet the latency objective",
        why="The steps of one transaction take longer than `latency` in the worst case.",
        fix="shorten the duration of the function, or raise `latency`",
    )
    DR323 = Rule(
        "DR323",
        "rpo",
        says="the topology does not meet the recovery point objective",
        why="A table or bucket can lose more data than `rpo` allows.",
        fix="raise `rpo`, or choose another kind of replication",
        source=_AWS + "amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
    )
    DR324 = Rule(
        "DR324",
        "rpo-zero",
        says="`rpo: 0s` needs strong consistency between regions, and its conditions are not met",
        why="A global table replicates a write after it has answered. Only a table with strong consistency replicates "
        "before it answers, and it needs three regions of one region set.",
        fix="meet the conditions that the message names, or raise `rpo`",
        source=_AWS + "amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
    )
    DR325 = Rule(
        "DR325",
        "rpo-watched",
        says="alarms monitor the recovery point, but AWS does not guarantee it",
        why="AWS guarantees no time for the replication of tables, and 15 minutes for most objects of buckets. "
        "An alarm reports a delay before the objective is exceeded.",
        fix="nothing, if an alarm is enough; else `rpo: 0s` for tables and `write: dual-write` for buckets",
        source=_AWS + "AmazonS3/latest/userguide/replication-time-control.html",
        severity=Severity.INFO,
    )
    DR331 = Rule(
        "DR331",
        "rpo-unwatched",
        says="no alarm rings before more data is lost than the recovery point objective allows",
        why="AWS does not guarantee the recovery point, and an alarm needs whole minutes of a metric. Someone must "
        "know this and accept it.",
        fix="raise `rpo`, choose `rpo: 0s` or `write: dual-write`, or accept the finding with a reason",
        source=_AWS + "AmazonCloudWatch/latest/monitoring/alarm-evaluation.html",
        severity=Severity.WARNING,
    )
    DR332 = Rule(
        "DR332",
        "client-shares",
        says="the classes of clients are more than 100 % of all clients together",
        why="A class states its share of all clients. Clients that no class names count as users at large.",
        fix="lower the shares of the classes",
    )
    DR333 = Rule(
        "DR333",
        "client-stays",
        says="a class of clients does not move to the other region within the recovery time objective",
        why="A client that does not resolve the name again, or keeps a connection, keeps the old address.",
        fix="make these clients resolve the name again and limit the age of their connections, or accept the finding",
        source="https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/jvm-ttl-dns.html",
        severity=Severity.WARNING,
    )
    DR335 = Rule(
        "DR335",
        "old-versions-longer",
        says="an expired object stays as an old version for longer than it was an object",
        why="In a bucket with versions, expiry only adds a delete marker. The object stays, and is billed, until "
        "`noncurrent_retention` is over as well.",
        fix="shorten `noncurrent_retention`, or accept the finding with a reason",
        source=_AWS + "AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html",
        severity=Severity.WARNING,
    )
    DR336 = Rule(
        "DR336",
        "retention-below-rpo",
        says="data expires before the other region must have it",
        why="The recovery point objective allows replication to be as late as this. Data that is deleted before then "
        "can never be in the other region, and no alarm reports it.",
        fix="raise `retention` above `rpo`",
    )
    DR327 = Rule(
        "DR327",
        "failback-automatic",
        says="clients return to the primary region before it has all data",
        why="As soon as the primary answers again, it books without the writes that the standby took meanwhile. A "
        "health check that changes back and forth makes both regions write.",
        fix="write `failback: manual`, or accept the finding with a reason",
        source="https://aws.amazon.com/blogs/compute/implementing-multi-region-failover-for-amazon-api-gateway",
        severity=Severity.WARNING,
        traps=(34,),
    )
    DR377 = Rule(
        "DR377",
        "stack-of-deployed",
        says="an entry is deployed in another stack of its region than the spec says",
        why="No update moves a resource between stacks. It would be created anew while the old one has its name.",
        fix="write `stack` as it was",
        source=_AWS + "AWSCloudFormation/latest/UserGuide/refactor-stacks.html",
    )


class Existing:
    DR362 = Rule(
        "DR362",
        "existing-regions",
        says="what exists already is not named once for each region that needs it",
        why="AWS encrypts with a key of the region only. An alarm reports to a topic of its region, and a log group "
        "sends to a destination of its region.",
        fix="write one ARN for each region that the message names, and no other",
        source=_AWS + "AWSCloudFormation/latest/TemplateReference/"
        "aws-properties-dynamodb-globaltable-replicassespecification.html",
    )
    DR363 = Rule(
        "DR363",
        "existing-without-effect",
        says="a field has no effect, because what it is about exists already",
        why="Its owner decides what this field would say.",
        fix="remove the field; where the base of the spec has it, write the default over it",
    )
    DR364 = Rule(
        "DR364",
        "existing-account",
        says="what exists already belongs to another partition than the spec, or a key to another account",
        why="Partitions are separate: nothing of one works in another. The quotas and the policy of a key are those of "
        "its account, about which this compiler knows nothing.",
        fix="name one of the partition of the spec, and a key of its account",
    )


class Acceptance:
    DR341 = Rule(
        "DR341",
        "acceptance-unused",
        says="an entry of `accept` does not match any finding",
        why="The accepted finding no longer exists, or its name is misspelled. The entry could hide a future finding.",
        fix="remove the entry, or correct its `finding` and `at`",
        severity=Severity.WARNING,
    )
    DR342 = Rule(
        "DR342",
        "acceptance-refused",
        says="an entry of `accept` names an error that cannot be accepted",
        why="AWS would reject the template, or the system would not work. An acceptance does not change that.",
        fix="fix the error and remove the entry",
    )
    DR343 = Rule(
        "DR343",
        "acceptance-expired",
        says="an acceptance has expired",
        why="The finding was accepted until a certain day. That day has passed, so someone must decide again.",
        fix="fix the accepted finding and remove the entry, or set a later day in `expires`",
    )
    DR344 = Rule(
        "DR344",
        "acceptance-ambiguous",
        says="an entry of `accept` matches several findings",
        why="An entry accepts one finding. An entry for all findings of a kind would also hide future ones.",
        fix="name the finding by its id, or add `at` with its place",
    )
