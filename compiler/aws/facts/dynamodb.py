"""DynamoDB: capacity, global tables and their keys. Source: the DynamoDB Developer Guide."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, QuotaCode, Source

_GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
_CFN = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
_ON_DEMAND = Source("Amazon DynamoDB Developer Guide: On-demand capacity mode", _GUIDE + "on-demand-capacity-mode.html")
_QUOTAS = Source("Amazon DynamoDB Developer Guide: Quotas", _GUIDE + "ServiceQuotas.html")
_ENDPOINTS = Source(
    "AWS General Reference: Amazon DynamoDB endpoints and quotas",
    "https://docs.aws.amazon.com/general/latest/gr/ddb.html",
)
_PARTITIONS = Source(
    "Amazon DynamoDB Developer Guide: Best practices for partition keys",
    _GUIDE + "bp-partition-key-design.html",
)
_UNITS = Source("Amazon DynamoDB Developer Guide: Read and write operations", _GUIDE + "read-write-operations.html")
_SIZES = Source("Amazon DynamoDB Developer Guide: Item sizes and formats", _GUIDE + "CapacityUnitCalculations.html")
_REPLICATION = Source(
    "Amazon DynamoDB Developer Guide: How global tables work", _GUIDE + "V2globaltables_HowItWorks.html"
)
_INCIDENT = Source(
    "AWS: Summary of the Amazon DynamoDB Service Disruption in the Northern Virginia (US-EAST-1) Region",
    "https://aws.amazon.com/message/101925/",
)
_ENCRYPTION = Source(
    "Amazon DynamoDB Developer Guide: How encryption at rest works", _GUIDE + "encryption.howitworks.html"
)
_TABLE = Source(
    "AWS CloudFormation Template Reference: AWS::DynamoDB::GlobalTable",
    _CFN + "aws-resource-dynamodb-globaltable.html",
)
_WITNESS = Source(
    "AWS CloudFormation Template Reference: GlobalTableWitness",
    _CFN + "aws-properties-dynamodb-globaltable-globaltablewitness.html",
)
_RECOVERY = Source(
    "AWS CloudFormation Template Reference: PointInTimeRecoverySpecification",
    _CFN + "aws-properties-dynamodb-globaltable-pointintimerecoveryspecification.html",
)
_RESTORE = Source(
    "Amazon DynamoDB Developer Guide: Point-in-time recovery",
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html",
)
_CREATE_TABLE = Source(
    "Amazon DynamoDB API Reference: CreateTable",
    "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html",
)

INITIAL_WRITES: Final = Fact(
    "dynamodb.initial_writes",
    4_000,
    "write units/s",
    Grade.DOCUMENTED,
    "A new on-demand table serves 4,000 write units a second at once; more throttles until it has scaled.",
    _ON_DEMAND,
)
INITIAL_READS: Final = Fact(
    "dynamodb.initial_reads",
    12_000,
    "read units/s",
    Grade.DOCUMENTED,
    "A new on-demand table serves 12,000 read units a second at once; more throttles until it has scaled.",
    _ON_DEMAND,
)
TABLE_WRITES: Final = Fact(
    "dynamodb.table_writes",
    40_000,
    "write units/s per table",
    Grade.DOCUMENTED,
    "By default a table or index may use at most 40,000 write units a second.",
    _QUOTAS,
)
TABLE_READS: Final = Fact(
    "dynamodb.table_reads",
    40_000,
    "read units/s per table",
    Grade.DOCUMENTED,
    "By default a table or index may use at most 40,000 read units a second.",
    _QUOTAS,
)
TABLE_WRITES_QUOTA: Final = Fact(
    "dynamodb.table_writes_quota",
    QuotaCode("dynamodb", "L-AB614373", "Table-level write throughput limit"),
    "Service Quotas code",
    Grade.DOCUMENTED,
    "The write throughput of a table is raised through this quota.",
    _ENDPOINTS,
)
TABLE_READS_QUOTA: Final = Fact(
    "dynamodb.table_reads_quota",
    QuotaCode("dynamodb", "L-CF0CBE56", "Table-level read throughput limit"),
    "Service Quotas code",
    Grade.DOCUMENTED,
    "The read throughput of a table is raised through this quota.",
    _ENDPOINTS,
)
PARTITION_WRITES: Final = Fact(
    "dynamodb.partition_writes",
    1_000,
    "write units/s per partition",
    Grade.DOCUMENTED,
    "One partition serves at most 1,000 write units a second, whatever the table may do.",
    _PARTITIONS,
)
PARTITION_READS: Final = Fact(
    "dynamodb.partition_reads",
    3_000,
    "read units/s per partition",
    Grade.DOCUMENTED,
    "One partition serves at most 3,000 read units a second, whatever the table may do.",
    _PARTITIONS,
)
WRITE_UNIT_BYTES: Final = Fact(
    "dynamodb.write_unit_bytes",
    1_024,
    "bytes per write unit",
    Grade.DOCUMENTED,
    "A write unit covers one write of an item of up to 1 KB; larger items take one unit per started KB.",
    _UNITS,
)
READ_UNIT_BYTES: Final = Fact(
    "dynamodb.read_unit_bytes",
    4_096,
    "bytes per read unit",
    Grade.DOCUMENTED,
    "A read unit covers one strongly consistent read of up to 4 KB; larger items take one unit per started 4 KB.",
    _UNITS,
)
EVENTUAL_READ_FACTOR: Final = Fact(
    "dynamodb.eventual_read_factor",
    0.5,
    "read units per eventually consistent read of one unit's size",
    Grade.DOCUMENTED,
    "An eventually consistent read costs half of a strongly consistent one.",
    _UNITS,
)
TRANSACTION_WRITE_FACTOR: Final = Fact(
    "dynamodb.transaction_write_factor",
    2,
    "times the units of a plain write",
    Grade.DOCUMENTED,
    "A write inside a transaction costs twice the units of a plain one.",
    _UNITS,
)
REPLICATION_TYPICAL_SECONDS: Final = Fact(
    "dynamodb.replication_typical_seconds",
    1.0,
    "seconds",
    Grade.TYPICAL,
    "A write usually reaches the other replicas in about a second; there is no service-level agreement on it.",
    _REPLICATION,
)
REPLICATION_SLOW_SECONDS: Final = Fact(
    "dynamodb.replication_slow_seconds",
    5.0,
    "seconds",
    Grade.ASSUMED,
    "The few seconds that replication takes between distant regions are taken as five.",
    _REPLICATION,
    verified=False,
)
INCIDENT_LAG_MINUTES: Final = Fact(
    "dynamodb.incident_lag_minutes",
    164,
    "minutes",
    Grade.MEASURED,
    "On 2025-10-20 global tables lagged to and from us-east-1 for up to 164 minutes, from 23:48 to 02:32 PDT, until "
    "all replicas had caught up.",
    _INCIDENT,
    read="2026-11-26",
)
RECOVERY_DAYS_MIN: Final = Fact(
    "dynamodb.recovery_days_min",
    1,
    "days",
    Grade.DOCUMENTED,
    "Point-in-time recovery keeps at least 1 day.",
    _RECOVERY,
)
RECOVERY_LAG_MINUTES: Final = Fact(
    "dynamodb.recovery_lag_minutes",
    5,
    "minutes",
    Grade.TYPICAL,
    "The latest time that a table can be restored to is typically five minutes ago.",
    _RESTORE,
    read="2026-11-26",
)
RECOVERY_DAYS_MAX: Final = Fact(
    "dynamodb.recovery_days_max",
    35,
    "days",
    Grade.DOCUMENTED,
    "Point-in-time recovery keeps at most 35 days.",
    _RECOVERY,
)
KEY_CACHE_SECONDS: Final = Fact(
    "dynamodb.key_cache_seconds",
    300,
    "seconds per caller",
    Grade.DOCUMENTED,
    "DynamoDB keeps a table key for about five minutes per caller before it asks KMS again.",
    _ENCRYPTION,
)
STRONG_REGIONS: Final = Fact(
    "dynamodb.strong_regions",
    3,
    "regions per strongly consistent global table",
    Grade.DOCUMENTED,
    "Strong consistency takes exactly three regions: three replicas, or two replicas and a witness.",
    _WITNESS,
)
STRONG_WITNESSES_MAX: Final = Fact(
    "dynamodb.strong_witnesses_max",
    1,
    "witnesses per strongly consistent global table",
    Grade.DOCUMENTED,
    "At most one of the three regions of a strongly consistent table may be a witness.",
    _WITNESS,
)
STRONG_REGION_SETS: Final = Fact(
    "dynamodb.strong_region_sets",
    (
        ("us-east-1", "us-east-2", "us-west-2"),
        ("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3"),
        ("ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
    ),
    "sets of regions",
    Grade.DOCUMENTED,
    "All three regions of a strongly consistent table must come from one of these sets.",
    _WITNESS,
)
REPLICA_CHANGES_PER_UPDATE: Final = Fact(
    "dynamodb.replica_changes_per_update",
    1,
    "replicas per stack update",
    Grade.DOCUMENTED,
    "After creation a stack update may add or remove one replica of a table.",
    _TABLE,
)
INDEX_CHANGES_PER_UPDATE: Final = Fact(
    "dynamodb.index_changes_per_update",
    1,
    "global secondary indexes per stack operation",
    Grade.DOCUMENTED,
    "A stack operation may create or delete one global secondary index of a table.",
    _TABLE,
)
ITEM_OVERHEAD_BYTES: Final = Fact(
    "dynamodb.item_overhead_bytes",
    100,
    "bytes per item",
    Grade.DOCUMENTED,
    "Storage is billed with 100 bytes for each item in addition to its own, in a table and in an index.",
    _SIZES,
    read="2026-11-26",
)
REPLICA_OVERHEAD_BYTES: Final = Fact(
    "dynamodb.replica_overhead_bytes",
    48,
    "bytes per item of a global table",
    Grade.DOCUMENTED,
    "An item of a global table takes 48 bytes more, for what the system writes into it.",
    _SIZES,
    read="2026-11-26",
)
TABLE_NAME_CHARACTERS_MIN: Final = Fact(
    "dynamodb.table_name_characters_min",
    3,
    "characters",
    Grade.DOCUMENTED,
    "A name of a table or an index has at least 3 characters.",
    _CREATE_TABLE,
)
TABLE_NAME_CHARACTERS: Final = Fact(
    "dynamodb.table_name_characters",
    255,
    "characters",
    Grade.DOCUMENTED,
    "A table name has at most 255 characters.",
    _CREATE_TABLE,
)
REQUEST_MILLISECONDS: Final = Fact(
    "dynamodb.request_milliseconds",
    10,
    "milliseconds per request of one item",
    Grade.ASSUMED,
    "A request of one item is taken to last ten milliseconds, the upper end of the single digits that DynamoDB "
    "aims at; SuccessfulRequestLatency shows the real figure.",
    _PARTITIONS,
    verified=False,
)
TABLES: Final = Fact(
    "dynamodb.tables",
    2_500,
    "tables per account and region",
    Grade.DOCUMENTED,
    "An account has at most 2,500 tables in a region unless the quota is raised, 10,000 at most.",
    _QUOTAS,
    read="2026-11-27",
)
TABLES_QUOTA: Final = Fact(
    "dynamodb.tables_quota",
    QuotaCode("dynamodb", "L-F98FE922", "Maximum number of tables"),
    "Service Quotas code",
    Grade.DOCUMENTED,
    "The number of tables in a region is raised through this quota.",
    _ENDPOINTS,
    read="2026-11-27",
)
