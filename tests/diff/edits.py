"""Edits of specs, each with what it does to every resource: the table that `test_edits` holds the diff against.

A line of `expected` is `<stack> | <class> | <resources> | <what else>`:

- stack: its kind; `both` for the primary and the secondary; `+primary` and `-primary` for a stack that is new or is no
  longer described (with the region after a dot where there are several of a kind);
- class: added, superseded, in place, interrupted, removed, REPLACED;
- resources: logical ids, `*` standing for letters and digits; every one has to match a changed resource, and every
  changed resource has to be matched by exactly one line;
- what else: `data lost`, `standby copy lost`, `refused`, `perhaps` (only AWS can tell), in this order.
"""

from __future__ import annotations

from dataclasses import dataclass

Texts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Edit:
    """One change of a spec: `change` replaces texts of the spec `base`, on which `before` was done first."""

    name: str
    expected: str
    change: Texts
    base: str = "shipped"
    before: Texts = ()


TABLE = "    writes: 1\n    reads: 1\n    retention: 3650d\n"
KEPT_TABLE = "    writes: 1\n    reads: 1\n"
BUCKET = "    object_size: 100KB\n    retention: 3650d\n"
FUNCTION = "    memory: 1024MB\n"
ROUTE = "    - {method: POST, path: /transactions, function: transaction-processor, scopes: [transactions:write]}\n"
AUDIENCE = "      audience: [https://tx.example.com]\n"
EAST = "us-east-1, role: primary, cidr: 10.10.0.0/16, zones: [use1-az1, use1-az2, use1-az4]}"
WEST = "us-west-2, role: secondary, cidr: 10.20.0.0/16, zones: [usw2-az1, usw2-az2, usw2-az3]}"
INDEX = "    indexes:\n      - {name: by-account, key: {partition: account}}\n"
OTHER_INDEX = "      - {name: by-day, key: {partition: day}}\n"
TTL = "    ttl: expires_at\n"
COUNTERS = """\
  - name: counters
    key: {partition: shard, sort: name}
    types: {shard: number}
    item_size: 100B
    writes: 0.5
    reads: 0.5
"""
THUMBNAILS = "  - {name: thumbnails, objects: 4, object_size: 20KB, acceleration: false, noncurrent_retention: 30d}\n"
REPORTER = """\
  - name: reporter
    source: ../functions/transaction-processor
    runtime: python3.13
    handler: app.handler
    memory: 128MB
    timeout: 5s
    duration: 10ms
    share: 0.01
"""
NAME = "\nname: transactions\n"
WEB_ACLS = """\
  kind: rest
  web_acl:
    - arn:aws:wafv2:eu-central-1:012345678901:regional/webacl/edge/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f1
    - arn:aws:wafv2:eu-west-1:012345678901:regional/webacl/other/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f2
"""
EXISTING_KEYS = """\
  existing:
    - arn:aws:kms:us-east-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef
    - arn:aws:kms:us-west-2:123456789012:key/mrk-0123456789abcdef0123456789abcdef
"""
EXISTING_NETWORKS = """\
  existing:
    - region: us-east-1
      vpc: vpc-0a1b2c3d4e5f60001
      subnets:
        - {zone: use1-az1, id: subnet-0a1b2c3d4e5f60011}
        - {zone: use1-az2, id: subnet-0a1b2c3d4e5f60012}
      endpoints: [s3, dynamodb]
    - region: us-west-2
      vpc: vpc-0a1b2c3d4e5f60002
      subnets:
        - {zone: usw2-az1, id: subnet-0a1b2c3d4e5f60013}
        - {zone: usw2-az2, id: subnet-0a1b2c3d4e5f60014}
      endpoints: [s3, dynamodb]
"""
SUBSCRIBED = "  subscriptions:\n    - {kind: email, to: oncall@example.com}\n"
EXISTING_TOPICS = """\
  existing:
    - arn:aws:sns:us-east-1:210987654321:alerts
    - arn:aws:sns:us-west-2:210987654321:alerts
"""
EXISTING_LOGS = """\
  existing:
    - arn:aws:logs:us-east-1:210987654321:destination:central
    - arn:aws:logs:us-west-2:210987654321:destination:central
"""

NETWORK = (
    "Endpoint* FlowLog FunctionSecurityGroup PeerRoute PrivateRoutes PrivateSubnet1 PrivateSubnet2 PrivateSubnet3 "
    "PrivateSubnet1Routes PrivateSubnet2Routes PrivateSubnet3Routes Vpc"
)
TAGGED = """
    global | in place | Alarm* AlertTopic AlertFallbackTopic HealthCheck* HostedZone Key
    both   | in place | FunctionHealth HealthApi HealthApiLogs HealthDomain HealthStage
    both   | in place | AccessLogs Alarm* AlertTopic Api ApiLogs ApiStage BucketDocuments Certificate *Role Endpoint*
    both   | in place | Dashboard FailoverDomain FlowLog FlowLogGroup Function*Processor Function*Logs
    both   | in place | FunctionSecurityGroup Key LogArchive LogDelivery LogDeliveryGroup LogDestination LogStream
    both   | in place | AlertFallbackTopic PrivateRoutes
    both   | in place | PrivateSubnet1 PrivateSubnet2 PrivateSubnet3 RegionUnhealthy RegionalDomain Vpc
    primary | in place | Peering TableTransactions
    secondary | in place | FunctionLatch TableLatch
"""
NO_NAMES = (
    "AlertToEmail* AlertFallbackToEmail* AlertTopicPolicy AlertFallbackTopicPolicy Api ApiMayCall* ApiStage "
    "Authorizer* Certificate Endpoint* *DomainMapping FlowLog FunctionSecurityGroup Integration* Key PeerRoute "
    "HealthApi HealthApiMayCall* HealthIntegration HealthRoute* HealthStage "
    "Private* Route* Vpc"
)
"""Regional resources whose names AWS chooses, or that have none, or one within another resource only."""

UNNAMED = f"""
    +primary   | added | {NO_NAMES} Peering
    +secondary | added | {NO_NAMES} HeldIntegration HeldRoute*
"""
GONE = """
    -primary   | removed | AccessLogs BucketDocuments LogArchive | data lost
    -primary   | removed | ApiLogs FlowLogGroup FunctionTransactionProcessorLogs LogDeliveryGroup LogStream | data lost
    -primary   | removed | FunctionHealthLogs HealthApiLogs TableTransactions | data lost
    -primary   | removed | *
    -secondary | removed | AccessLogs BucketDocuments LogArchive | data lost
    -secondary | removed | ApiLogs FlowLogGroup FunctionTransactionProcessorLogs LogDeliveryGroup LogStream | data lost
    -secondary | removed | FunctionHealthLogs FunctionLatchLogs HealthApiLogs TableLatch | data lost
    -secondary | removed | *
"""

TABLES = (
    Edit("a larger item", "primary | in place | TableTransactions", (("item_size: 1KB", "item_size: 4KB"),)),
    Edit(
        "a smaller item: warm throughput cannot fall",
        "primary | in place | TableTransactions | refused",
        (("item_size: 4KB", "item_size: 1KB"),),
        before=(("item_size: 1KB", "item_size: 4KB"),),
    ),
    Edit("more writes", "primary | in place | TableTransactions", (("writes: 1\n", "writes: 2\n"),)),
    Edit(
        "fewer reads: warm throughput cannot fall",
        "primary | in place | TableTransactions | refused",
        (("reads: 3\n", "reads: 2\n"),),
        before=(("    reads: 1\n", "    reads: 3\n"),),
    ),
    Edit(
        "fewer reads, still below what every table starts with", "", ((TABLE, TABLE.replace("reads: 1", "reads: 0.5")),)
    ),
    Edit(
        "eventual reads: warm throughput cannot fall",
        "primary | in place | TableTransactions | refused",
        (("reads: 3\n", "reads: 3\n    consistency: eventual\n"),),
        before=(("    reads: 1\n", "    reads: 3\n"),),
    ),
    Edit(
        "another partition key: a new table, which cannot have the old one's name",
        """
        primary | REPLACED | TableTransactions | data lost refused
        both    | in place | FunctionHealth FunctionTransactionProcessor
        """,
        (("{partition: transaction_id}", "{partition: id}"),),
    ),
    Edit(
        "a sort key",
        """
        primary | REPLACED | TableTransactions | data lost refused
        both    | in place | FunctionHealth FunctionTransactionProcessor
        """,
        (("{partition: transaction_id}", "{partition: transaction_id, sort: booked_at}"),),
    ),
    Edit(
        "another type of the key",
        "primary | REPLACED | TableTransactions | data lost refused",
        ((TABLE, TABLE + "    types: {transaction_id: number}\n"),),
    ),
    Edit(
        "a renamed table: another one",
        """
        primary | removed  | TableTransactions | data lost
        primary | added    | TableLedger
        both    | removed  | AlarmTableTransactions*
        both    | added    | AlarmTableLedger*
        both    | in place | CrossRegionRole Dashboard FunctionTransactionProcessor FunctionTransactionProcessorRole
        both    | in place | FunctionHealth RegionUnhealthy
        """,
        (("- name: transactions", "- name: ledger"),),
    ),
    Edit(
        "a renamed table that says what it was: the same one",
        "",
        (("- name: transactions", "- name: ledger\n    was: transactions"),),
    ),
    Edit(
        "a second table",
        """
        primary | added    | TableAudit
        both    | added    | AlarmTableAudit*
        both    | in place | CrossRegionRole Dashboard FunctionTransactionProcessor FunctionTransactionProcessorRole
        both    | in place | FunctionHealth RegionUnhealthy
        """,
        ((TABLE, TABLE + "  - {name: audit, key: {partition: id}, item_size: 1KB, writes: 1, reads: 0}\n"),),
    ),
    Edit(
        "one table of three less",
        """
        primary | removed  | TableCounters | data lost
        both    | removed  | AlarmTableCounters*
        both    | in place | CrossRegionRole RegionUnhealthy
        """,
        ((COUNTERS, ""),),
        base="many-tables",
    ),
    Edit(
        "an index",
        """
        primary | in place | TableTransactions
        both    | in place | Dashboard FunctionTransactionProcessorRole
        both    | added    | AlarmTableTransactionsIndexByAccount*
        """,
        ((TABLE, TABLE + INDEX),),
    ),
    Edit(
        "two indexes at once: one too many",
        """
        primary | in place | TableTransactions | refused
        both    | in place | Dashboard FunctionTransactionProcessorRole
        both    | added    | AlarmTableTransactionsIndexBy*
        """,
        ((TABLE, TABLE + INDEX + OTHER_INDEX),),
    ),
    Edit(
        "an index less",
        """
        primary | in place | TableTransactions
        both    | in place | Dashboard FunctionTransactionProcessorRole
        both    | removed  | AlarmTableTransactionsIndexByAccount*
        """,
        ((INDEX, ""),),
        before=((TABLE, TABLE + INDEX),),
    ),
    Edit(
        "an index under another name: one comes, one goes",
        """
        primary | in place | TableTransactions | refused
        both    | in place | Dashboard
        both    | removed  | AlarmTableTransactionsIndexByAccount*
        both    | added    | AlarmTableTransactionsIndexByOwner*
        """,
        (("name: by-account", "name: by-owner"),),
        before=((TABLE, TABLE + INDEX),),
    ),
    Edit(
        "another key of an index",
        "primary | in place | TableTransactions | refused",
        (("{partition: account}", "{partition: owner}"),),
        before=((TABLE, TABLE + INDEX),),
    ),
    Edit(
        "another projection of an index",
        "primary | in place | TableTransactions | refused",
        (("{partition: account}}", "{partition: account}, projection: keys}"),),
        before=((TABLE, TABLE + INDEX),),
    ),
    Edit(
        "another type of an index's key",
        "primary | in place | TableTransactions | refused",
        ((INDEX, INDEX + "    types: {account: number}\n"),),
        before=((TABLE, TABLE + INDEX),),
    ),
    Edit(
        "more writes through an index",
        "primary | in place | TableTransactions",
        (("{partition: account}}", "{partition: account}, writes: 2}"),),
        before=((TABLE, TABLE + INDEX),),
    ),
    Edit(
        "TTL is enabled",
        "primary | in place | TableTransactions",
        ((KEPT_TABLE, KEPT_TABLE + TTL),),
        before=((TABLE, KEPT_TABLE),),
    ),
    Edit(
        "expiry by another attribute: two changes of one hour",
        "primary | in place | TableTransactions | refused\n"
        "both | in place | FunctionHealth FunctionTransactionProcessor",
        (("ttl: expires_at", "ttl: gone_at"),),
        before=((TABLE, TABLE + TTL),),
    ),
    Edit(
        "expiry ends, or does not",
        "primary | in place | TableTransactions | perhaps",
        ((TTL, ""),),
        before=((TABLE, KEPT_TABLE + TTL),),
    ),
    Edit("a shorter backup", "primary | in place | TableTransactions", ((TABLE, TABLE + "    backup: 7d\n"),)),
)

OBJECTIVES = (
    Edit(
        "more transactions a second",
        """
        primary | in place | TableTransactions
        both    | in place | AlarmAccountConcurrencyHigh AlarmBucketDocumentsBacklog* *NearReservation ApiStage
        both    | in place | *NearRate FunctionTransactionProcessor LogStream
        """,
        (("throughput: 10000/s", "throughput: 11000/s"),),
    ),
    Edit(
        "fewer transactions a second",
        """
        primary | in place | TableTransactions | refused
        both    | in place | AlarmAccountConcurrencyHigh AlarmBucketDocumentsBacklog* *NearReservation ApiStage
        both    | in place | *NearRate FunctionTransactionProcessor LogStream
        """,
        (("throughput: 10000/s", "throughput: 8000/s"),),
    ),
    Edit(
        "a looser recovery point",
        "both | in place | AlarmBucketDocumentsBacklog* AlarmBucketDocumentsLag* AlarmLogStreamBehind "
        "AlarmTableTransactionsHeartbeat* AlarmTableTransactionsLate* AlarmTableTransactionsSlow*",
        (("rpo: 5m", "rpo: 10m"),),
    ),
    Edit(
        "no loss at all: tables of another consistency",
        """
        primary | in place | TableOrders | refused
        both    | removed  | AlarmTableOrdersLate* AlarmTableOrdersSlow* AlarmTableOrdersStalled*
        both    | in place | AlarmBucketInvoicesBacklog* AlarmBucketInvoicesLag* AlarmLogStreamBehind Dashboard
        replica | in place | AlarmBucketInvoicesBacklog* AlarmBucketInvoicesLag*
        """,
        (("rpo: 30m", "rpo: 0s"),),
        base="three-regions",
    ),
    Edit("a looser recovery time: nothing is built from it", "", (("rto: 15m", "rto: 20m"),)),
    Edit(
        "a looser latency",
        "both | in place | AlarmApiSlow AlarmFunctionTransactionProcessorSlow",
        (("latency: 1s", "latency: 2s"),),
    ),
    Edit(
        "a larger account",
        "both | in place | AlarmAccountConcurrencyHigh",
        (("lambda_concurrency: 5000", "lambda_concurrency: 6000"),),
    ),
    Edit("more API requests granted: nothing is built from it", "", (("20000/s", "30000/s"),)),
)

REGIONS = (
    Edit(
        "other addresses of the standby: a new network, and the peering with it",
        f"""
        secondary | REPLACED | {NETWORK}
        secondary | in place | FunctionHealth FunctionLatch FunctionTransactionProcessor
        primary   | REPLACED | Peering PeerRoute
        primary   | interrupted | EndpointSecurityGroup
        """,
        (("10.20.0.0/16", "10.30.0.0/16"),),
    ),
    Edit(
        "other addresses of the primary",
        f"""
        primary   | REPLACED | {NETWORK} Peering
        primary   | in place | FunctionHealth FunctionTransactionProcessor
        secondary | REPLACED | PeerRoute
        secondary | interrupted | EndpointSecurityGroup
        """,
        (("10.10.0.0/16", "10.11.0.0/16"),),
    ),
    Edit(
        "the last zone less: nothing else moves",
        """
        secondary | removed  | PrivateSubnet3 PrivateSubnet3Routes
        secondary | in place | FunctionTransactionProcessor FunctionHealth FunctionLatch
        """,
        ((", usw2-az3]", "]"),),
    ),
    Edit(
        "a zone more at the end: nothing else moves",
        """
        primary | added    | PrivateSubnet4 PrivateSubnet4Routes
        primary | in place | FunctionHealth FunctionTransactionProcessor
        """,
        (("use1-az4]", "use1-az4, use1-az6]"),),
    ),
    Edit(
        "a third zone, from two: nothing else moves",
        """
        both | added    | PrivateSubnet3 PrivateSubnet3Routes
        both | in place | EndpointS3Peer EndpointSts Function*
        """,
        (("zones: 2", "zones: 3"),),
        base="dual-write",
    ),
    Edit(
        "a zone in front of others: their subnets would have to move, and keep their addresses",
        """
        primary | REPLACED | PrivateSubnet2 PrivateSubnet3 | refused
        primary | REPLACED | PrivateSubnet2Routes PrivateSubnet3Routes
        primary | added    | PrivateSubnet4 PrivateSubnet4Routes
        primary | in place | FunctionHealth FunctionTransactionProcessor
        """,
        (("use1-az1, use1-az2", "use1-az1, use1-az6, use1-az2"),),
    ),
    Edit(
        "a number instead of the ids that it stands for: nothing at all",
        "",
        (("zones: [use1-az1, use1-az2, use1-az4]", "zones: 3"),),
    ),
    Edit(
        "a further region: everything there stays through every wave",
        """
        +replica  | added    | *
        primary   | in place | BucketDocuments BucketDocumentsReplicationRole Dashboard TableTransactions
        both      | added    | AlarmBucketDocumentsFailed* AlarmTableTransactionsLate* AlarmTableTransactionsSlow*
        both      | added    | AlarmTableTransactionsStalled*
        secondary | in place | BucketDocuments BucketDocumentsReplicationRole Dashboard
        """,
        ((WEST, WEST + "\n  - {region: us-east-2, role: replica}"),),
    ),
    Edit(
        "a further region, where the primary stack is deployed before its key is known: the table stays too",
        """
        +replica  | added    | *
        primary   | in place | TableTrades
        both      | in place | BucketTickets BucketTicketsReplicationRole
        both      | added    | AlarmBucketTicketsFailed* AlarmTableTradesLate* AlarmTableTradesSlow*
        both      | added    | AlarmTableTradesStalled*
        """,
        (("tables:", "  - {region: eu-west-1, role: replica}\ntables:"),),
        base="west-first",
    ),
    Edit(
        "the further region less: its copies are lost, its table is protected",
        """
        primary  | in place | TableOrders | standby copy lost refused
        both     | in place | BucketInvoices BucketInvoicesReplicationRole Dashboard
        both     | removed  | AlarmBucketInvoicesFailed* AlarmTableOrders*ToUsEast2
        -replica | removed  | BucketInvoices | standby copy lost
        -replica | removed  | AccessLogs | data lost
        -replica | removed  | *
        """,
        (("  - {region: us-east-2, role: replica}\n", ""),),
        base="three-regions",
    ),
    Edit(
        "the further region elsewhere: two replicas change at once",
        """
        primary   | in place | TableOrders | standby copy lost refused
        primary   | in place | BucketInvoices BucketInvoicesReplicationRole Dashboard
        secondary | in place | BucketInvoices BucketInvoicesReplicationRole Dashboard
        both      | removed  | *ToUsEast2
        both      | added    | *ToCaCentral1
        +replica.ca-central-1 | added | *
        -replica.us-east-2 | removed | BucketInvoices | standby copy lost
        -replica.us-east-2 | removed | AccessLogs | data lost
        -replica.us-east-2 | removed | *
        """,
        (("us-east-2, role: replica", "ca-central-1, role: replica"),),
        base="three-regions",
    ),
    Edit(
        "another standby region",
        """
        global  | REPLACED | HealthHostSecondaryA HealthHostSecondaryAAAA HostSecondaryA HostSecondaryAAAA
        global  | in place | AlarmSecondaryUnhealthy HealthCheckSecondary FailoverSecondaryA FailoverSecondaryAAAA
        global  | in place | HealthCheckHeld RegionSecondary
        primary | in place | TableTransactions | standby copy lost refused
        primary | REPLACED | Peering
        primary | in place | BucketDocuments BucketDocumentsReplicationRole CrossRegionRole Dashboard PeerRoute
        primary | in place | AlarmLogStreamSilent FunctionHealth FunctionTransactionProcessor
        primary | in place | FunctionTransactionProcessorRole
        primary | in place | LogArchiveRole LogDelivery LogDestination LogDestinationRole
        primary | removed  | *UsWest2
        primary | added    | *UsEast2
        +secondary | added | *
        -secondary | removed | BucketDocuments | standby copy lost
        -secondary | removed | AccessLogs LogArchive ApiLogs FlowLogGroup LogDeliveryGroup LogStream | data lost
        -secondary | removed | FunctionTransactionProcessorLogs | data lost
        -secondary | removed | FunctionHealthLogs FunctionLatchLogs HealthApiLogs TableLatch | data lost
        -secondary | removed | *
        """,
        ((WEST, "us-east-2, role: secondary, cidr: 10.20.0.0/16, zones: 3}"),),
    ),
    Edit(
        "primary and standby trade places: new stacks beside the old ones, whose names are taken",
        f"""
        global     | REPLACED | HostPrimaryA HostPrimaryAAAA HostSecondaryA HostSecondaryAAAA | refused
        global     | REPLACED | HealthHostPrimary* HealthHostSecondary* | refused
        global     | in place | HealthCheckHeld RegionPrimary RegionSecondary
        global     | in place | AlarmPrimaryUnhealthy AlarmSecondaryUnhealthy HealthCheckPrimary HealthCheckSecondary
        global     | in place | FailoverPrimaryA FailoverPrimaryAAAA FailoverSecondaryA FailoverSecondaryAAAA
        {UNNAMED}
        +secondary | added | AlarmFunctionLatch* AlarmLatch* AlarmTrafficTakenOver FunctionLatch* TableLatch
        +primary   | added | * | refused
        +secondary | added | * | refused
        {GONE}
        """,
        (("us-east-1, role: primary", "us-east-1, role: secondary"), (WEST, WEST.replace("secondary", "primary"))),
    ),
)

NAMING = (
    Edit(
        "another suffix: a second system beside the first, but for the shared alias and the domain's names",
        f"""
        +global    | added | *
        +primary   | added | FailoverDomain HealthDomain RegionalDomain KeySharedAlias | refused
        +primary   | added | *
        +secondary | added | FailoverDomain HealthDomain RegionalDomain KeySharedAlias | refused
        +secondary | added | *
        -global    | removed | *
        {GONE}
        """,
        (("suffix: a1", "suffix: b2"),),
    ),
    Edit(
        "another environment: a second system too",
        f"""
        +global    | added | *
        +primary   | added | FailoverDomain HealthDomain RegionalDomain KeySharedAlias | refused
        +primary   | added | *
        +secondary | added | FailoverDomain HealthDomain RegionalDomain KeySharedAlias | refused
        +secondary | added | *
        -global    | removed | *
        {GONE}
        """,
        (("environment: prod", "environment: test"),),
    ),
    Edit(
        "another name of the system: new stacks, and every name is taken",
        f"""
        +global    | added | AlarmAlertTopicUndelivered AlarmPrimaryUnhealthy AlarmSecondaryUnhealthy | refused
        +global    | added | AlertTopic AlertFallbackTopic KeyAlias | refused
        +global    | added | *
        {UNNAMED}
        +primary   | added | * | refused
        +secondary | added | * | refused
        -global    | removed | *
        {GONE}
        """,
        ((NAME, "\nname: payments\n"),),
    ),
    Edit("the account is named for the first time", "", ((NAME, '\naccount: "111122223333"' + NAME),)),
    Edit(
        "another account: everything is new there",
        f"""
        +global    | added | *
        +primary   | added | *
        +secondary | added | *
        -global    | removed | *
        {GONE}
        """,
        (("111122223333", "444455556666"),),
        before=((NAME, '\naccount: "111122223333"' + NAME),),
    ),
    Edit("another value of a tag", TAGGED, (("owner: payments", "owner: ledgers"),)),
    Edit("a tag more", TAGGED, (("{owner: payments", "{stage: live, owner: payments"),)),
    Edit("a tag less", TAGGED, ((", cost-center: core-banking", ""),)),
)

DAILY = "\nbackup:\n  rules: [{name: daily, every: day, retention: 35d}]\nencryption:"
WITH_BACKUPS = (("\nencryption:", DAILY),)

BACKUPS = (
    Edit(
        "backups of a running system",
        """
        both | added    | AlarmBackups* Backup*
        both | in place | BucketDocuments Dashboard Key
        """,
        WITH_BACKUPS,
    ),
    Edit(
        "no backups any more: all that was made stays behind",
        """
        both | removed  | BackupVault | data lost
        both | removed  | AlarmBackups* BackupPlan BackupRole BackupTableTransactions BackupBucketDocuments
        both | in place | BucketDocuments Dashboard Key
        """,
        ((DAILY, "\nencryption:"),),
        before=WITH_BACKUPS,
    ),
    Edit(
        "backups kept for less: the lock goes down with them",
        "both | in place | BackupPlan BackupVault",
        (("retention: 35d}]", "retention: 30d}]"),),
        before=WITH_BACKUPS,
    ),
    Edit(
        "copies to the other region",
        """
        both | added    | AlarmBackupCopiesFailed
        both | in place | BackupPlan BackupRole Dashboard
        """,
        (("retention: 35d}]", "retention: 35d}]\n  regions: each-copied"),),
        before=WITH_BACKUPS,
    ),
    Edit(
        "a table more replaces no selection",
        """
        both    | added    | BackupTableAudit AlarmTableAudit*
        primary | added    | TableAudit
        both    | in place | BackupRole CrossRegionRole Dashboard Function*Processor Function*Role
        both    | in place | FunctionHealth RegionUnhealthy
        """,
        ((TABLE, TABLE + "  - {name: audit, key: {partition: id}, item_size: 1KB, writes: 1, reads: 0}\n"),),
        before=WITH_BACKUPS,
    ),
    Edit(
        "vaults cannot change to other keys",
        """
        global | removed | Key KeyAlias
        global | in place | AlertFallbackTopic AlertTopic
        both | removed | Key KeyAlias KeySharedAlias
        both | REPLACED | BackupVault | data lost refused
        primary | interrupted | TableTransactions | standby copy lost refused perhaps
        secondary | in place | TableLatch | refused perhaps
        both | in place | AlertFallbackTopic AlertTopic ApiLogs BackupRole BucketDocuments
        both | in place | BucketDocumentsReplicationRole CrossRegionRole FlowLogGroup Function* HealthApiLogs Log*
        """,
        (("  alias: alias/transaction-encryption\n  rotation: 365d\n", EXISTING_KEYS),),
        before=WITH_BACKUPS,
    ),
)

KEYS_AND_NETWORK = (
    Edit(
        "another alias",
        """
        global | REPLACED | KeyAlias
        both   | REPLACED | KeyAlias KeySharedAlias
        """,
        (("alias/transaction-encryption", "alias/ledger-encryption"),),
    ),
    Edit(
        "a path for roles",
        """
        both | REPLACED | *Role LogDelivery | refused
        both | REPLACED | FlowLog
        both | in place | BucketDocuments Endpoint* FunctionHealth FunctionTransactionProcessor LogDestination
        secondary | in place | FunctionLatch
        """,
        (("\nencryption:", "\niam: {path: /workloads/}\nencryption:"),),
    ),
    Edit(
        "a permissions boundary for roles",
        "both | in place | *Role",
        (("\nencryption:", "\niam: {permissions_boundary: limit}\nencryption:"),),
    ),
    Edit(
        "keys that exist",
        """
        global | removed | Key KeyAlias
        global | in place | AlertFallbackTopic AlertTopic
        both | removed | Key KeyAlias KeySharedAlias
        primary | interrupted | TableTransactions | standby copy lost refused perhaps
        secondary | in place | TableLatch | refused perhaps
        both | in place | AlertFallbackTopic AlertTopic ApiLogs BucketDocuments BucketDocumentsReplicationRole
        both | in place | CrossRegionRole FlowLogGroup Function* HealthApiLogs Log*
        """,
        (("  alias: alias/transaction-encryption\n  rotation: 365d\n", EXISTING_KEYS),),
    ),
    Edit(
        "networks that exist: what was in the old ones stays behind, and functions change their subnets",
        """
        both | removed | EndpointDynamodb EndpointS3 EndpointSecurityGroup FlowLog FlowLogRole PeerRoute Private* Vpc
        both | removed | FlowLogGroup | data lost
        primary | removed | Peering
        both | REPLACED | FunctionSecurityGroup
        both | in place | FunctionHealth FunctionTransactionProcessor
        secondary | in place | FunctionLatch
        """,
        (
            (EAST, "us-east-1, role: primary}"),
            (WEST, "us-west-2, role: secondary}"),
            ("network:\n", f"network:\n{EXISTING_NETWORKS}"),
        ),
    ),
    Edit("another rotation", "global | in place | Key\nboth | in place | Key", (("365d\n\n# Fun", "180d\n\n# Fun"),)),
    Edit(
        "a shorter deletion window",
        "global | in place | Key\nboth | in place | Key",
        (("rotation: 365d", "rotation: 365d\n  deletion_window: 7d"),),
    ),
    Edit(
        "an endpoint more",
        "both | added | EndpointSqs\nboth | in place | Key",
        (("endpoints: []", "endpoints: [sqs]"),),
    ),
)

BUCKETS = (
    Edit(
        "a renamed bucket: another one",
        """
        both | removed  | BucketDocuments | data lost
        both | removed  | BucketDocumentsPolicy BucketDocumentsReplicationRole AlarmBucketDocuments*
        both | added    | BucketPapers BucketPapersPolicy BucketPapersReplicationRole AlarmBucketPapers*
        both | in place | CrossRegionRole Dashboard FunctionTransactionProcessor FunctionTransactionProcessorRole
        both | in place | FunctionHealth
        """,
        (("- name: documents", "- name: papers"),),
    ),
    Edit(
        "a second bucket",
        """
        both | added    | BucketScans BucketScansPolicy BucketScansReplicationRole AlarmBucketScans*
        both | in place | CrossRegionRole Dashboard FunctionTransactionProcessor FunctionTransactionProcessorRole
        both | in place | FunctionHealth
        """,
        ((BUCKET, BUCKET + "  - {name: scans, objects: 0.01, object_size: 10KB}\n"),),
    ),
    Edit(
        "a bucket of two less",
        """
        both | removed  | BucketThumbnails | data lost
        both | removed  | BucketThumbnailsPolicy BucketThumbnailsReplicationRole AlarmBucketThumbnails*
        both | in place | CrossRegionRole Dashboard FunctionHealth FunctionUpload FunctionUploadRole
        """,
        ((THUMBNAILS, ""), ("buckets: [thumbnails, uploads]", "buckets: [uploads]")),
        base="two-buckets",
    ),
    Edit(
        "old versions are kept for a shorter time: the older ones are deleted",
        "both | in place | BucketDocuments | data lost",
        ((BUCKET, BUCKET + "    noncurrent_retention: 30d\n"),),
    ),
    Edit(
        "old versions are kept longer",
        "both | in place | BucketDocuments",
        ((BUCKET, BUCKET + "    noncurrent_retention: 500d\n"),),
    ),
    Edit("no acceleration", "both | in place | BucketDocuments", ((BUCKET, BUCKET + "    acceleration: false\n"),)),
    Edit(
        "documents are written twice",
        "both | added | EndpointS3Peer EndpointSts\n"
        "both | in place | AlarmBucketDocumentsLag* FunctionHealth FunctionTransactionProcessor",
        ((BUCKET, BUCKET + "    write: dual-write\n"),),
    ),
    Edit(
        "more objects",
        "both | in place | AlarmBucketDocumentsBacklog*",
        (("objects: 0.01", "objects: 0.02"),),
    ),
)

CODE = "both | in place | FunctionHealth FunctionTransactionProcessor"
"""The health API has a function of its own, which runs the same code."""

FUNCTIONS = (
    Edit("more memory", CODE, (("memory: 1024MB", "memory: 2048MB"),)),
    Edit(
        "a longer timeout",
        CODE + " HealthIntegration IntegrationTransactionProcessor",
        (("timeout: 10s", "timeout: 20s"),),
    ),
    Edit("another runtime", CODE, (("python3.13", "python3.14"),)),
    Edit(
        "another processor",
        CODE,
        ((FUNCTION, "    architecture: x86_64\n" + FUNCTION),),
    ),
    Edit("another entry point", CODE, (("app.handler", "app.other"),)),
    Edit(
        "a description",
        "both | in place | FunctionTransactionProcessor",
        ((FUNCTION, "    description: books what clients send\n" + FUNCTION),),
    ),
    Edit(
        "a variable",
        CODE,
        ((FUNCTION, '    environment: {LEVEL: "2"}\n' + FUNCTION),),
    ),
    Edit(
        "other code: dr-deploy releases it, no template changes",
        "",
        (("source: ../functions/transaction-processor", "source: ../tests/specs/code/python"),),
    ),
    Edit(
        "longer runs: more of them at a time",
        """
        both | in place | AlarmAccountConcurrencyHigh *NearReservation Dashboard FunctionTransactionProcessor LogStream
        both | removed  | *NearRate
        """,
        (("duration: 40ms", "duration: 200ms"),),
    ),
    Edit("shorter runs: the least reservation stays", "", (("duration: 40ms", "duration: 20ms"),)),
    Edit(
        "somewhat more to log: shards are split",
        "both | in place | LogStream",
        ((FUNCTION, "    log_size: 1500B\n" + FUNCTION),),
    ),
    Edit(
        "far more to log: more than twice the shards",
        "both | in place | LogStream | refused",
        ((FUNCTION, "    log_size: 4KB\n" + FUNCTION),),
    ),
    Edit(
        "a renamed function: another one",
        """
        both | removed  | FunctionTransactionProcessorLogs | data lost
        both | removed  | FunctionTransactionProcessor* AlarmFunctionTransactionProcessor*
        both | removed  | ApiMayCallTransactionProcessor IntegrationTransactionProcessor
        both | added    | FunctionBooker* AlarmFunctionBooker* ApiMayCallBooker IntegrationBooker
        both | in place | CrossRegionRole Dashboard FunctionHealth RegionUnhealthy RouteGet* RouteHealth RoutePost*
        """,
        (("name: transaction-processor", "name: booker"), ("function: transaction-processor", "function: booker")),
    ),
    Edit(
        "a second function, behind a route of its own",
        """
        both | added    | FunctionReporter* AlarmFunctionReporter* ApiMayCallReporter IntegrationReporter
        both | added    | RouteGetReports
        both | in place | AlarmAccountConcurrencyHigh ApiStage CrossRegionRole Dashboard LogStream RegionUnhealthy
        """,
        (
            ("\n# Clients send a token", REPORTER + "\n# Clients send a token"),
            (ROUTE, ROUTE + "    - {method: GET, path: /reports, function: reporter}\n"),
        ),
    ),
)

API_AND_DNS = (
    Edit("a route more", "both | added | RouteDeleteTransactions", ((ROUTE, ROUTE + ROUTE.replace("POST", "DELETE")),)),
    Edit(
        "a REST API in place of the HTTP API: the domains lead to it once it is there",
        """
        both   | added    | RestApi RestApiMayCall* RestDeployment* RestStage
        both   | in place | AlarmApiErrors AlarmApiSlow Dashboard FailoverDomainMapping RegionalDomainMapping
        both   | removed  | Api ApiMayCall* ApiStage Integration* Route*
        """,
        (("kind: http", "kind: rest"),),
        base="rest",
        before=((WEB_ACLS, "  kind: http\n"),),
    ),
    Edit(
        "web ACLs in front of a REST API",
        "both | added | WebAclAssociation",
        (("  kind: rest\n", WEB_ACLS),),
        base="rest",
        before=((WEB_ACLS, "  kind: rest\n"),),
    ),
    Edit(
        "another web ACL: the new association takes the place of the old one",
        "primary | REPLACED | WebAclAssociation",
        (("webacl/edge", "webacl/border"),),
        base="rest",
    ),
    Edit(
        "another route of a REST API: a deployment that supersedes the old one",
        """
        both | added      | RestDeployment*
        both | superseded | RestDeployment*
        both | in place   | RestApi RestStage
        """,
        (("method: ANY", "method: GET"),),
        base="rest",
    ),
    Edit("a route less", "both | removed | RoutePostTransactions", ((ROUTE, ""),)),
    Edit(
        "a route for anybody",
        "both | in place | RoutePostTransactions",
        ((ROUTE, ROUTE.replace("scopes: [transactions:write]", "auth: none")),),
    ),
    Edit("another scope", "both | in place | RoutePostTransactions", (("transactions:write", "transactions:book"),)),
    Edit(
        "another issuer: tokens of the old one are rejected",
        "both | in place | AuthorizerBank",
        (("issuer: https://login.example.com", "issuer: https://id.example.com"),),
    ),
    Edit(
        "another audience",
        "both | in place | AuthorizerBank",
        (("[https://tx.example.com]", "[tx, https://tx.example.com]"),),
    ),
    Edit(
        "a renamed authorizer: another one",
        """
        both | removed  | AuthorizerBank
        both | added    | AuthorizerIdentity
        both | in place | RouteGetTransactionsByTransactionId RoutePostTransactions
        """,
        (("name: bank", "name: identity"),),
    ),
    Edit("a renamed authorizer that keeps its old name", "", (("name: bank", "name: identity\n      was: bank"),)),
    Edit(
        "a second authorizer, for one route",
        "both | added | AuthorizerPartners\nboth | in place | RoutePostTransactions",
        (
            (
                AUDIENCE,
                AUDIENCE + "    - {name: partners, issuer: https://partners.example.net, audience: [tx]}\n",
            ),
            (ROUTE, ROUTE.replace("scopes: [transactions:write]", "authorizer: partners")),
            ("scopes: [transactions:read]", "scopes: [transactions:read], authorizer: bank"),
        ),
    ),
    Edit(
        "another path of a route",
        "both | removed | RoutePostTransactions\nboth | added | RoutePostPayments",
        ((ROUTE, ROUTE.replace("path: /transactions", "path: /payments")),),
    ),
    Edit(
        "another health path: Route 53 asks what it has asked before",
        "both | in place | ApiStage FunctionTransactionProcessor RouteHealth",
        (("health: /health", "health: /alive"),),
    ),
    Edit(
        "another domain: a new zone, whose id another stack imports",
        """
        global | REPLACED | HostedZone | refused
        global | REPLACED | FailoverPrimaryA FailoverPrimaryAAAA FailoverSecondaryA FailoverSecondaryAAAA
        global | REPLACED | HostPrimaryA HostPrimaryAAAA HostSecondaryA HostSecondaryAAAA
        global | REPLACED | HealthHostPrimary* HealthHostSecondary* RegionPrimary RegionSecondary
        global | in place | HealthCheckHeld HealthCheckPrimary HealthCheckSecondary
        both   | REPLACED | Certificate FailoverDomain HealthDomain RegionalDomain
        both   | REPLACED | FailoverDomainMapping HealthDomainMapping RegionalDomainMapping
        both   | in place | AlarmCertificateExpires AuthorizerBank Dashboard
        secondary | in place | FunctionLatch
        """,
        (("tx.example.com", "pay.example.com"),),
    ),
    Edit(
        "a zone that exists instead of one of its own",
        """
        global | removed  | HostedZone
        global | REPLACED | FailoverPrimaryA FailoverPrimaryAAAA FailoverSecondaryA FailoverSecondaryAAAA
        global | REPLACED | HostPrimaryA HostPrimaryAAAA HostSecondaryA HostSecondaryAAAA
        global | REPLACED | HealthHostPrimary* HealthHostSecondary* RegionPrimary RegionSecondary
        both   | REPLACED | Certificate
        both   | in place | AlarmCertificateExpires Dashboard FailoverDomain HealthDomain RegionalDomain
        """,
        (("domain: tx.example.com", "domain: tx.example.com\n  hosted_zone: Z0123456789ABCDEFGHIJ"),),
    ),
    Edit(
        "checks less often: new health checks",
        """
        global | REPLACED | HealthCheckPrimary HealthCheckSecondary
        global | in place | AlarmSecondaryUnhealthy HealthCheckPrimaryFree
        """,
        (("interval: 10s", "interval: 30s"),),
    ),
    Edit(
        "fewer failures in a row",
        "global | in place | HealthCheckHeld HealthCheckPrimary HealthCheckSecondary",
        (("failures: 3", "failures: 2"),),
    ),
    Edit(
        "failback by hand: what clients use stays through every wave",
        """
        global    | added    | HealthCheckHeld HealthCheckPrimaryFree
        global    | in place | AlarmPrimaryUnhealthy FailoverPrimaryA FailoverPrimaryAAAA RegionPrimary
        secondary | in place | AlarmAccountConcurrencyHigh
        secondary | added    | AlarmFunctionLatch* AlarmLatchHeld AlarmLatchSilent FunctionLatch* TableLatch
        secondary | added    | HealthApiMayCallLatch HeldIntegration HeldRoute HeldRoutePrevious
        secondary | in place | AlarmTrafficTakenOver
        secondary | in place | Dashboard
        """,
        (("failback: automatic", "failback: manual"),),
        before=(("failback: manual", "failback: automatic"),),
    ),
    Edit(
        "failback by itself again",
        """
        global    | removed  | HealthCheckHeld HealthCheckPrimaryFree
        global    | in place | AlarmPrimaryUnhealthy FailoverPrimaryA FailoverPrimaryAAAA RegionPrimary
        secondary | in place | AlarmAccountConcurrencyHigh
        secondary | removed  | FunctionLatchLogs TableLatch | data lost
        secondary | removed  | AlarmFunctionLatch* AlarmLatchHeld AlarmLatchSilent FunctionLatch*
        secondary | removed  | HealthApiMayCallLatch HeldIntegration HeldRoute HeldRoutePrevious
        secondary | in place | AlarmTrafficTakenOver
        secondary | in place | Dashboard
        """,
        (("failback: manual", "failback: automatic"),),
        base="manual-failback",
    ),
)

LOG_GROUPS = (
    "both | in place | ApiLogs FlowLogGroup FunctionHealthLogs FunctionTransactionProcessorLogs LogDeliveryGroup\n"
    "both | in place | HealthApiLogs\n"
    "secondary | in place | FunctionLatchLogs"
)

OPERATIONS = (
    Edit(
        "topics that exist",
        """
        global | removed | AlarmAlertTopicUndelivered Alert*
        global | in place | AlarmPrimaryUnhealthy AlarmSecondaryUnhealthy
        both | removed | AlarmAlertTopicUndelivered Alert*
        both | in place | Alarm* Dashboard RegionUnhealthy
        """,
        ((SUBSCRIBED, EXISTING_TOPICS),),
    ),
    Edit(
        "log destinations that exist: the archive stays behind with what it holds",
        """
        both | removed | LogArchive LogDeliveryGroup LogStream | data lost
        both | removed | AlarmLog* LogArchivePolicy LogArchiveRole LogDelivery LogDeliveryStream LogDestination*
        both | in place | ApiLogsSubscription Dashboard Function*Subscription HealthApiLogsSubscription
        """,
        (("logs:\n  retention", f"logs:\n{EXISTING_LOGS}  retention"),),
    ),
    Edit(
        "somebody else is told as well",
        "global | added | AlertToHttps5b0484a1\nboth | added | AlertToHttps5b0484a1",
        (
            (
                "to: oncall@example.com}",
                'to: oncall@example.com}\n    - {kind: https, to: "https://events.example.com/aws"}',
            ),
        ),
    ),
    Edit(
        "somebody else is told: the first one as well, until it is removed by hand",
        """
        global | added | AlertFallbackToEmailf912f0b9 AlertToEmailf912f0b9
        global | removed | AlertFallbackToEmaild876c66b AlertToEmaild876c66b
        both | added | AlertFallbackToEmailf912f0b9 AlertToEmailf912f0b9
        both | removed | AlertFallbackToEmaild876c66b AlertToEmaild876c66b
        """,
        (("to: oncall@", "to: night@"),),
    ),
    Edit(
        "nobody is told any more",
        """
        global | removed | AlertFallbackToEmaild876c66b AlertToEmaild876c66b
        both | removed | AlertFallbackToEmaild876c66b AlertToEmaild876c66b
        """,
        (("subscriptions:\n    - {kind: email, to: oncall@example.com}", "subscriptions: []"),),
    ),
    Edit(
        "logs are kept for a shorter time: the older ones are deleted",
        LOG_GROUPS.replace("\n", " | data lost\n") + " | data lost",
        (("retention: 90d", "retention: 30d"),),
    ),
    Edit(
        "logs are kept longer",
        LOG_GROUPS,
        (("retention: 90d", "retention: 180d"),),
    ),
    Edit(
        "the archive is kept for a shorter time",
        "both | in place | LogArchive | data lost",
        (("retention: 90d", "retention: 90d\n  archive_retention: 180d"),),
    ),
    Edit(
        "more errors are borne",
        "both | in place | AlarmApiErrors AlarmFunctionTransactionProcessorErrors",
        (("error_rate: 1%", "error_rate: 2%"),),
    ),
    Edit("no dashboard", "both | removed | Dashboard", (("dashboard: true", "dashboard: false"),)),
    Edit(
        "Resilience Hub",
        "primary | added | ResilienceApp ResiliencyPolicy",
        (("dashboard: true", "dashboard: true\n  resilience_hub: true"),),
    ),
    Edit("other words for the same", "", (("rto: 15m", "rto: 900s"), ("item_size: 1KB", "item_size: 1024B"))),
    Edit("comments and blank lines", "", (("# What the business requires.", "# What is asked for.\n\n#"),)),
    Edit(
        "another reason for what is accepted",
        "",
        (("What a lost region still holds", "What is left in a lost region"),),
    ),
)

EDITS = (
    *TABLES, *OBJECTIVES, *REGIONS, *NAMING, *BACKUPS, *KEYS_AND_NETWORK, *BUCKETS, *FUNCTIONS, *API_AND_DNS,
    *OPERATIONS,
)  # fmt: skip
