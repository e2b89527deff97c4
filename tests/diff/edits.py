"""Edits of specs, each with what it does to every resource: the table that `test_edits` holds the diff against.

A line of `expected` is `<stack> | <class> | <resources> | <what else>`:

- stack: its kind; `both` for the primary and the secondary; `+primary` and `-primary` for a stack that is new or is no
  longer described (with the region after a dot where there are several of a kind);
- class: added, in place, interrupted, removed, REPLACED;
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


TABLE = "    writes: 1\n    reads: 1\n"
BUCKET = "    object_size: 100KB\n"
FUNCTION = "    memory: 1024MB\n"
ROUTE = "    - {method: POST, path: /transactions, function: transaction-processor, auth: iam}\n"
EAST = "us-east-1, role: primary, cidr: 10.10.0.0/16, zones: 3}"
WEST = "us-west-2, role: secondary, cidr: 10.20.0.0/16, zones: 3}"
INDEX = "    indexes:\n      - {name: by-account, key: {partition: account}}\n"
OTHER_INDEX = "      - {name: by-day, key: {partition: day}}\n"
TTL = "    ttl: expires_at\n"
NAME = "\nname: transactions\n"

NETWORK = (
    "Endpoint* FlowLog FunctionSecurityGroup PeerRoute PrivateRoutes PrivateSubnet1 PrivateSubnet2 PrivateSubnet3 "
    "PrivateSubnet1Routes PrivateSubnet2Routes PrivateSubnet3Routes Vpc"
)
TAGGED = """
    global | in place | Alarm* AlertTopic HealthCheck* HostedZone Key
    both   | in place | AccessLogs Alarm* AlertTopic Api ApiLogs ApiStage BucketDocuments Certificate *Role Endpoint*
    both   | in place | FailoverDomain FlowLog FlowLogGroup Function*Processor Function*Logs FunctionSecurityGroup Key
    both   | in place | LogArchive LogDelivery LogDeliveryGroup LogDestination LogStream PrivateRoutes
    both   | in place | PrivateSubnet1 PrivateSubnet2 PrivateSubnet3 RegionUnhealthy RegionalDomain Vpc
    primary | in place | Peering TableTransactions
"""
GONE = """
    -global    | removed | *
    -primary   | removed | AccessLogs BucketDocuments LogArchive | data lost
    -primary   | removed | ApiLogs FlowLogGroup FunctionTransactionProcessorLogs LogDeliveryGroup LogStream | data lost
    -primary   | removed | TableTransactions | data lost
    -primary   | removed | *
    -secondary | removed | AccessLogs BucketDocuments LogArchive | data lost
    -secondary | removed | ApiLogs FlowLogGroup FunctionTransactionProcessorLogs LogDeliveryGroup LogStream | data lost
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
    Edit("fewer reads, still below what every table starts with", "", ((TABLE, "    writes: 1\n    reads: 0.5\n"),)),
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
        both    | in place | FunctionTransactionProcessor
        """,
        (("{partition: transaction_id}", "{partition: id}"),),
    ),
    Edit(
        "a sort key",
        """
        primary | REPLACED | TableTransactions | data lost refused
        both    | in place | FunctionTransactionProcessor
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
        both    | in place | RegionUnhealthy
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
        both    | in place | RegionUnhealthy
        """,
        ((TABLE, TABLE + "  - {name: audit, key: {partition: id}, item_size: 1KB, writes: 1, reads: 0}\n"),),
    ),
    Edit(
        "one table of three less",
        """
        primary | removed  | TableCounters | data lost
        both    | removed  | AlarmTableCounters*
        both    | in place | FunctionMarketRole CrossRegionRole RegionUnhealthy
        """,
        (
            (
                "  - name: counters\n    key: {partition: shard, sort: name}\n    types: {shard: number}\n"
                "    item_size: 100B\n    writes: 0.5\n    reads: 0.5\n",
                "",
            ),
        ),
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
    Edit("expiry begins", "primary | in place | TableTransactions", ((TABLE, TABLE + TTL),)),
    Edit(
        "expiry by another attribute: two changes of one hour",
        "primary | in place | TableTransactions | refused",
        (("ttl: expires_at", "ttl: gone_at"),),
        before=((TABLE, TABLE + TTL),),
    ),
    Edit(
        "expiry ends, or does not",
        "primary | in place | TableTransactions | perhaps",
        ((TTL, ""),),
        before=((TABLE, TABLE + TTL),),
    ),
    Edit("a shorter backup", "primary | in place | TableTransactions", ((TABLE, TABLE + "    backup: 7d\n"),)),
)

OBJECTIVES = (
    Edit(
        "more transactions a second",
        """
        primary | in place | TableTransactions
        both    | in place | AlarmAccountConcurrencyHigh AlarmBucketDocumentsBacklog* *NearReservation ApiStage
        both    | in place | FunctionTransactionProcessor LogStream
        secondary | in place | AlarmTrafficTakenOver
        """,
        (("throughput: 10000/s", "throughput: 11000/s"),),
    ),
    Edit(
        "fewer transactions a second",
        """
        primary | in place | TableTransactions | refused
        both    | in place | AlarmAccountConcurrencyHigh AlarmBucketDocumentsBacklog* *NearReservation ApiStage
        both    | in place | FunctionTransactionProcessor LogStream
        secondary | in place | AlarmTrafficTakenOver
        """,
        (("throughput: 10000/s", "throughput: 8000/s"),),
    ),
    Edit(
        "a looser recovery point",
        "both | in place | AlarmBucketDocumentsBacklog* AlarmBucketDocumentsLag* AlarmLogStreamBehind "
        "AlarmTableTransactionsLate* AlarmTableTransactionsSlow*",
        (("rpo: 5m", "rpo: 10m"),),
    ),
    Edit(
        "no loss at all: tables of another consistency",
        """
        primary | in place | TableOrders | refused
        both    | removed  | AlarmTableOrdersLate* AlarmTableOrdersSlow*
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
        secondary | in place | FunctionTransactionProcessor
        primary   | REPLACED | Peering PeerRoute
        primary   | interrupted | EndpointSecurityGroup
        """,
        (("10.20.0.0/16", "10.30.0.0/16"),),
    ),
    Edit(
        "other addresses of the primary",
        f"""
        primary   | REPLACED | {NETWORK} Peering
        primary   | in place | FunctionTransactionProcessor
        secondary | REPLACED | PeerRoute
        secondary | interrupted | EndpointSecurityGroup
        """,
        (("10.10.0.0/16", "10.11.0.0/16"),),
    ),
    Edit(
        "a zone less: the others' subnets get other addresses, which overlap",
        """
        secondary | REPLACED | PrivateSubnet1 PrivateSubnet2 | refused
        secondary | REPLACED | PrivateSubnet1Routes PrivateSubnet2Routes
        secondary | removed  | PrivateSubnet3 PrivateSubnet3Routes
        secondary | in place | EndpointKms EndpointLogs EndpointSns EndpointSts FunctionTransactionProcessor
        """,
        ((WEST, WEST.replace("zones: 3", "zones: 2")),),
    ),
    Edit(
        "a zone more, where there is room: nothing else moves",
        """
        primary | added    | PrivateSubnet4 PrivateSubnet4Routes
        primary | in place | EndpointKms EndpointLogs EndpointSns EndpointSts FunctionTransactionProcessor
        """,
        ((EAST, EAST.replace("zones: 3", "zones: 4")),),
    ),
    Edit(
        "a further region: one gate closes on the way",
        """
        +replica  | added    | *
        primary   | in place | BucketDocuments BucketDocumentsReplicationRole Dashboard TableTransactions
        both      | added    | AlarmBucketDocumentsFailed* AlarmTableTransactionsLate* AlarmTableTransactionsSlow*
        secondary | in place | BucketDocuments Dashboard
        secondary | REPLACED | BucketDocumentsReplicationRole | refused
        """,
        ((WEST, WEST + "\n  - {region: us-east-2, role: replica}"),),
    ),
    Edit(
        "the further region less: its copies are lost, its table is protected",
        """
        primary  | in place | TableOrders | standby copy lost refused
        both     | in place | BucketInvoices BucketInvoicesReplicationRole Dashboard
        both     | removed  | AlarmBucketInvoicesFailed* AlarmTableOrdersLate* AlarmTableOrdersSlow*
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
        secondary | in place | BucketInvoices Dashboard
        secondary | REPLACED | BucketInvoicesReplicationRole | refused
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
        global  | REPLACED | HostSecondaryA HostSecondaryAAAA
        global  | in place | AlarmSecondaryUnhealthy HealthCheckSecondary FailoverSecondaryA FailoverSecondaryAAAA
        primary | in place | TableTransactions | standby copy lost refused
        primary | REPLACED | Peering
        primary | in place | BucketDocuments BucketDocumentsReplicationRole CrossRegionRole Dashboard PeerRoute
        primary | in place | FunctionTransactionProcessor FunctionTransactionProcessorRole
        primary | in place | LogArchiveRole LogDelivery LogDestination LogDestinationRole
        primary | removed  | *UsWest2
        primary | added    | *UsEast2
        +secondary | added | *
        -secondary | removed | BucketDocuments | standby copy lost
        -secondary | removed | AccessLogs LogArchive ApiLogs FlowLogGroup LogDeliveryGroup LogStream | data lost
        -secondary | removed | FunctionTransactionProcessorLogs | data lost
        -secondary | removed | *
        """,
        (("us-west-2, role", "us-east-2, role"),),
    ),
    Edit(
        "primary and standby trade places: new stacks beside the old ones, whose names are taken",
        f"""
        global     | REPLACED | HealthCheck* FailoverPrimaryA FailoverPrimaryAAAA FailoverSecondaryA
        global     | REPLACED | FailoverSecondaryAAAA
        global     | REPLACED | HostPrimaryA HostPrimaryAAAA HostSecondaryA HostSecondaryAAAA | refused
        {GONE}
        """,
        (("us-east-1, role: primary", "us-east-1, role: secondary"), (WEST, WEST.replace("secondary", "primary"))),
    ),
)
