"""List prices of AWS in US dollars, all of them those of us-east-1, without free tier, discounts and taxes.

AWS's pages draw most of their prices in the browser, so each was read where somebody quotes the page or AWS's price
list; the title of the source says who. Other regions may cost more: no price here is one of theirs.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

from compiler.aws.facts.model import Fact, Grade, Source

_AWS = "https://aws.amazon.com/"
_TODAY = "2026-11-26"


class Price(NamedTuple):
    """Dollars for `per` units; `tiers` are the units of a month above which another price holds, and that price."""

    dollars: str
    per: int = 1
    tiers: tuple[tuple[int, str], ...] = ()

    def of(self, units: Fraction) -> Fraction:
        """Dollars for the first so many units of a month."""
        steps = ((0, self.dollars), *self.tiers)
        ends = (*(Fraction(start) for start, _ in self.tiers), None)
        total = Fraction(0)
        for (start, dollars), end in zip(steps, ends, strict=True):
            within = (units if end is None else min(units, end)) - start
            total += max(within, Fraction(0)) * Fraction(dollars) / self.per
        return total

    def __str__(self) -> str:
        per = f" per {self.per:,}" if self.per > 1 else ""
        return f"${self.dollars}{per}{', less for more' if self.tiers else ''}"


def _page(title: str, path: str, quoted: str) -> Source:
    return Source(f"{title}, as quoted by {quoted}", _AWS + path)


_DYNAMODB = _page("Amazon DynamoDB pricing", "dynamodb/pricing/on-demand/", "Airbyte on 2025-07-21")
_DYNAMODB_STORAGE = _page("Amazon DynamoDB pricing", "dynamodb/pricing/on-demand/", "the tests of Infracost")
_BACKUP = _page("AWS Backup pricing", "backup/pricing/", "FactualMinds on 2026-06-13")
_BACKUP_OBJECTS = _page("AWS Backup pricing", "backup/pricing/", "CloudBurn on 2026-02-07")
_BACKUP_PAGE = Source("AWS Backup pricing", _AWS + "backup/pricing/")
_LAMBDA = _page("AWS Lambda pricing", "lambda/pricing/", "the tests of Infracost")
_API = _page("Amazon API Gateway pricing", "api-gateway/pricing/", "the tests of Infracost")
_REST = Source(
    "Best Practices for Designing Amazon API Gateway Private APIs: Cost optimization, table 4",
    "https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/"
    "cost-optimization.html",
)
_WAF = _page("AWS WAF pricing", "waf/pricing/", "c3x.dev in 2026")
_S3 = _page("Amazon S3 pricing", "s3/pricing/", "a gist on the cost of serverless systems")
_RTC = Source("Amazon S3 pricing: Replication", _AWS + "s3/pricing/")
_TRANSFER = _page("Amazon EC2 on-demand pricing: Data transfer", "ec2/pricing/on-demand/", "AWS re:Post")
_KINESIS = _page("Amazon Kinesis Data Streams pricing", "kinesis/data-streams/pricing/", "the tests of Infracost")
_FIREHOSE = Source("Amazon Data Firehose pricing", _AWS + "firehose/pricing/")
_LOGS = _page("Amazon CloudWatch pricing: Logs", "cloudwatch/pricing/", "API Evangelist on 2026-05-05")
_LAMBDA_LOGS = _page("Amazon CloudWatch pricing: Vended logs", "cloudwatch/pricing/", "Duckbill in 2025")
_WATCH = _page("Amazon CloudWatch pricing", "cloudwatch/pricing/", "c3x.dev and API Evangelist in 2026")
_KMS = Source("AWS Key Management Service pricing", _AWS + "kms/pricing/")
_KMS_REQUESTS = _page("AWS Key Management Service pricing", "kms/pricing/", "CloudBurn on 2026-03-14")
_ENDPOINTS = _page("AWS PrivateLink pricing", "privatelink/pricing/", "the tests of Infracost")
_ROUTE53 = _page("Amazon Route 53 pricing", "route53/pricing/", "the tests of Infracost")
_CALCULATED = Source("Amazon Route 53 pricing: Health checks", _AWS + "route53/pricing/")
_HUB = _page("AWS Resilience Hub pricing", "resilience-hub/pricing/", "Classmethod on 2024-03-03")
_CALCULATOR = Source(
    "AWS Pricing Calculator: assumptions", "https://docs.aws.amazon.com/pricing-calculator/latest/userguide/"
)

REGION: Final = Fact(
    "prices.region", "us-east-1", "region", Grade.DOCUMENTED,
    "All prices are those of US East (N. Virginia); AWS's pages show them first.", _DYNAMODB, read=_TODAY,
)  # fmt: skip
MONTH_HOURS: Final = Fact(
    "prices.month_hours", 730, "hours in a month", Grade.ASSUMED,
    "A month is taken to have 730 hours, a twelfth of a year, as AWS's calculator does.", _CALCULATOR,
    verified=False, read=_TODAY,
)  # fmt: skip


def _price(name: str, price: Price, unit: str, says: str, source: Source, grade: Grade = Grade.MEASURED) -> Fact[Price]:
    return Fact(f"prices.{name}", price, unit, grade, says, source, grade is not Grade.ASSUMED, _TODAY)


TABLE_WRITES: Final = _price(
    "table_writes", Price("0.625", 1_000_000), "write request units",
    "A million write request units cost 0.625 dollars, replicated ones too.", _DYNAMODB,
)  # fmt: skip
TABLE_READS: Final = _price(
    "table_reads", Price("0.125", 1_000_000), "read request units",
    "A million read request units cost 0.125 dollars.", _DYNAMODB,
)  # fmt: skip
TABLE_STORAGE: Final = _price(
    "table_storage", Price("0.25"), "GB-month", "A GB of items costs 0.25 dollars a month.", _DYNAMODB_STORAGE
)  # fmt: skip
TABLE_RECOVERY: Final = _price(
    "table_recovery", Price("0.20"), "GB-month",
    "Point-in-time recovery costs 0.20 dollars a month for each GB of items, however many days it covers.",
    _DYNAMODB_STORAGE,
)  # fmt: skip
BACKUP_TABLES: Final = _price(
    "backup_tables", Price("0.10"), "GB-month", "A GB of a table's backup costs 0.10 dollars a month.", _BACKUP
)  # fmt: skip
BACKUP_COLD: Final = _price(
    "backup_cold", Price("0.03"), "GB-month",
    "A GB of a table's backup in cold storage is taken to cost 0.03 dollars a month.", _BACKUP_PAGE, Grade.ASSUMED,
)  # fmt: skip
BACKUP_OBJECTS: Final = _price(
    "backup_objects", Price("0.05"), "GB-month", "A GB in the backups of a bucket costs 0.05 dollars a month.",
    _BACKUP_OBJECTS,
)  # fmt: skip
FUNCTION_RUNS: Final = _price(
    "function_runs", Price("0.20", 1_000_000), "runs", "A million runs cost 0.20 dollars.", _LAMBDA
)  # fmt: skip
FUNCTION_TIME_ARM: Final = _price(
    "function_time_arm",
    Price("0.0000133334", 1, ((7_500_000_000, "0.0000120001"), (18_750_000_000, "0.0000106667"))), "GB-seconds",
    "A GB-second on arm64 costs 0.0000133334 dollars, less above 7.5 billion in a month.", _LAMBDA,
)  # fmt: skip
FUNCTION_TIME_X86: Final = _price(
    "function_time_x86",
    Price("0.0000166667", 1, ((6_000_000_000, "0.000015"), (15_000_000_000, "0.0000133334"))), "GB-seconds",
    "A GB-second on x86_64 costs 0.0000166667 dollars, less above 6 billion in a month.", _LAMBDA,
)  # fmt: skip
API_REQUESTS: Final = _price(
    "api_requests", Price("1.00", 1_000_000, ((300_000_000, "0.90"),)), "requests",
    "A million requests to an HTTP API cost one dollar, and 0.90 above 300 million in a month.", _API,
)  # fmt: skip
REST_REQUESTS: Final = _price(
    "rest_requests",
    Price("3.50", 1_000_000, ((333_000_000, "2.80"), (1_000_000_000, "2.38"), (20_000_000_000, "1.51"))), "requests",
    "A million requests to a REST API cost 3.50 dollars, and 2.80, 2.38 and 1.51 above 333 million, 1 billion and "
    "20 billion in a month.", _REST,
)  # fmt: skip
INSPECTED_REQUESTS: Final = _price(
    "inspected_requests", Price("0.60", 1_000_000), "requests",
    "A web ACL costs 0.60 dollars for a million requests, besides what its owner pays for its rules.", _WAF,
)  # fmt: skip
OBJECT_WRITES: Final = _price(
    "object_writes", Price("0.005", 1_000), "PUT requests", "A thousand PUT requests cost 0.005 dollars.", _S3
)  # fmt: skip
OBJECT_STORAGE: Final = _price(
    "object_storage", Price("0.023", 1, ((51_200, "0.022"), (512_000, "0.021"))), "GB-month",
    "A GB in S3 Standard costs 0.023 dollars a month, and is taken to cost 0.022 above 50 TB and 0.021 above 500 TB.",
    _S3, Grade.ASSUMED,
)  # fmt: skip
REPLICATION_TIME: Final = _price(
    "replication_time", Price("0.015"), "GB",
    "Replication Time Control is taken to cost 0.015 dollars for each GB that is replicated.", _RTC, Grade.ASSUMED,
)  # fmt: skip
TRANSFER: Final = _price(
    "transfer", Price("0.02"), "GB", "A GB that leaves for another region costs 0.02 dollars.", _TRANSFER
)  # fmt: skip
SHARD_HOURS: Final = _price(
    "shard_hours", Price("0.015"), "shard-hours", "A shard costs 0.015 dollars an hour.", _KINESIS
)  # fmt: skip
SHARD_PUTS: Final = _price(
    "shard_puts", Price("0.014", 1_000_000), "PUT payload units of 25 KB",
    "A million PUT payload units cost 0.014 dollars.", _KINESIS,
)  # fmt: skip
DELIVERY: Final = _price(
    "delivery", Price("0.029"), "GB",
    "A GB that Data Firehose reads from a stream is taken to cost 0.029 dollars.", _FIREHOSE, Grade.ASSUMED,
)  # fmt: skip
LOG_INGESTION: Final = _price(
    "log_ingestion", Price("0.50"), "GB", "A GB of log events that CloudWatch Logs takes in costs 0.50 dollars.", _LOGS
)  # fmt: skip
FUNCTION_LOGS: Final = _price(
    "function_logs", Price("0.50", 1, ((10_240, "0.25"), (30_720, "0.10"), (51_200, "0.05"))), "GB",
    "A GB of log events of Lambda costs 0.50 dollars, and less above 10, 30 and 50 TB in a month.", _LAMBDA_LOGS,
)  # fmt: skip
LOG_STORAGE: Final = _price(
    "log_storage", Price("0.03"), "GB-month", "A GB of compressed log events costs 0.03 dollars a month.", _LOGS
)  # fmt: skip
ALARM_METRICS: Final = _price(
    "alarm_metrics", Price("0.10"), "metrics of alarms",
    "Each metric of an alarm costs 0.10 dollars a month.", _WATCH,
)  # fmt: skip
COMPOSITE_ALARMS: Final = _price(
    "composite_alarms", Price("0.50"), "composite alarms", "A composite alarm costs 0.50 dollars a month.", _WATCH
)  # fmt: skip
DASHBOARDS: Final = _price("dashboards", Price("3.00"), "dashboards", "A dashboard costs 3 dollars a month.", _WATCH)
OWN_METRICS: Final = _price(
    "own_metrics", Price("0.30", 1, ((10_000, "0.10"), (250_000, "0.05"))), "custom metrics",
    "A metric that code publishes costs 0.30 dollars a month, less above 10,000 of them.", _WATCH,
)  # fmt: skip
KEYS: Final = _price(
    "keys", Price("1.00"), "keys and rotations",
    "A customer managed key costs one dollar a month, and each of its first two rotations one more.", _KMS,
    Grade.DOCUMENTED,
)  # fmt: skip
KEY_REQUESTS: Final = _price(
    "key_requests", Price("0.03", 10_000), "requests", "Ten thousand requests to KMS cost 0.03 dollars.", _KMS_REQUESTS
)  # fmt: skip
ENDPOINT_HOURS: Final = _price(
    "endpoint_hours", Price("0.01"), "zone-hours",
    "An interface endpoint costs 0.01 dollars an hour in each of its zones.", _ENDPOINTS,
)  # fmt: skip
ENDPOINT_DATA: Final = _price(
    "endpoint_data", Price("0.01"), "GB", "A GB through an interface endpoint costs 0.01 dollars.", _ENDPOINTS
)  # fmt: skip
ZONES: Final = _price("zones", Price("0.50"), "hosted zones", "A hosted zone costs 0.50 dollars a month.", _ROUTE53)
HEALTH_CHECKS: Final = _price(
    "health_checks", Price("0.50"), "health checks",
    "A health check of an endpoint in AWS costs 0.50 dollars a month, without options.", _ROUTE53,
)  # fmt: skip
HEALTH_CHECK_OPTIONS: Final = _price(
    "health_check_options", Price("1.00"), "options of health checks",
    "Each option of a health check in AWS, such as HTTPS or an interval of 10 seconds, costs one dollar a month.",
    _ROUTE53,
)  # fmt: skip
CALCULATED_CHECKS: Final = _price(
    "calculated_checks", Price("0.50"), "calculated health checks",
    "A calculated health check is taken to cost as much as one of an endpoint in AWS.", _CALCULATED, Grade.ASSUMED,
)  # fmt: skip
ASSESSED_APPLICATIONS: Final = _price(
    "assessed_applications", Price("15.00"), "applications",
    "Resilience Hub costs 15 dollars a month for each application.", _HUB,
)  # fmt: skip
