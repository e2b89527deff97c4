"""Lambda: concurrency, limits of a function and runtimes. Source: the Lambda Developer Guide."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from compiler.aws.facts.model import Fact, Grade, QuotaCode, Source

_GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/"
_CONCURRENCY = Source("AWS Lambda Developer Guide: Understanding function scaling", _GUIDE + "lambda-concurrency.html")
_RESERVED = Source(
    "AWS Lambda Developer Guide: Configuring reserved concurrency", _GUIDE + "configuration-concurrency.html"
)
_SCALING = Source("AWS Lambda Developer Guide: Lambda scaling behavior", _GUIDE + "scaling-behavior.html")
_LIMITS = Source("AWS Lambda Developer Guide: Lambda quotas", _GUIDE + "gettingstarted-limits.html")
_VPC = Source("AWS Lambda Developer Guide: Giving functions access to a VPC", _GUIDE + "configuration-vpc.html")
_VARIABLES = Source(
    "AWS Lambda Developer Guide: Securing environment variables", _GUIDE + "configuration-envvars-encryption.html"
)
_RUNTIMES = Source("AWS Lambda Developer Guide: Lambda runtimes", _GUIDE + "lambda-runtimes.html")
_FUNCTION = Source(
    "AWS CloudFormation Template Reference: AWS::Lambda::Function",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html",
)
_LOG_LEVELS = Source(
    "AWS Lambda Developer Guide: Log-level filtering", _GUIDE + "monitoring-cloudwatchlogs-log-level.html"
)
_CODE = Source(
    "AWS CloudFormation Template Reference: AWS::Lambda::Function Code",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html",
)
_CONSOLE = Source(
    "Service Quotas console: Concurrent executions",
    "https://console.aws.amazon.com/servicequotas/home/services/lambda/quotas/L-B99A9384",
)

REQUESTS_PER_CONCURRENCY: Final = Fact(
    "lambda.requests_per_concurrency",
    10,
    "requests/s per execution environment",
    Grade.DOCUMENTED,
    "An account and a function serve at most ten requests a second per unit of concurrency, however fast the code.",
    _CONCURRENCY,
)
ACCOUNT_CONCURRENCY: Final = Fact(
    "lambda.account_concurrency",
    1_000,
    "execution environments per account and region",
    Grade.DOCUMENTED,
    "An account may run 1,000 execution environments in a region unless the quota is raised; a new one has fewer.",
    _LIMITS,
)
ACCOUNT_CONCURRENCY_QUOTA: Final = Fact(
    "lambda.account_concurrency_quota",
    QuotaCode("lambda", "L-B99A9384", "Concurrent executions"),
    "Service Quotas code",
    Grade.DOCUMENTED,
    "The concurrency of an account is raised through this quota.",
    _CONSOLE,
)
UNRESERVED_CONCURRENCY: Final = Fact(
    "lambda.unreserved_concurrency",
    100,
    "execution environments per account and region",
    Grade.DOCUMENTED,
    "Of an account's concurrency 100 always stay unreserved, so the rest is what functions may reserve.",
    _RESERVED,
)
RAMP_CONCURRENCY: Final = Fact(
    "lambda.ramp_concurrency",
    1_000,
    "execution environments per step and function",
    Grade.DOCUMENTED,
    "A function may start 1,000 execution environments at once and 1,000 more per ten seconds, refilled continuously "
    "as far as Lambda can; unused ones are not saved up.",
    _SCALING,
)
RAMP_SECONDS: Final = Fact(
    "lambda.ramp_seconds",
    10,
    "seconds per step",
    Grade.DOCUMENTED,
    "What a function may start is refilled within ten seconds.",
    _SCALING,
)
KEY_REQUESTS_PER_START: Final = Fact(
    "lambda.key_requests_per_start",
    1,
    "KMS requests per execution environment that starts",
    Grade.ASSUMED,
    "A new execution environment is taken to ask KMS once, to read its environment variables.",
    _VARIABLES,
    verified=False,
)
TIMEOUT_SECONDS: Final = Fact(
    "lambda.timeout_seconds",
    900,
    "seconds",
    Grade.DOCUMENTED,
    "A function may run for at most 900 seconds.",
    _LIMITS,
)
MEMORY_MEGABYTES_MIN: Final = Fact(
    "lambda.memory_megabytes_min",
    128,
    "MB",
    Grade.DOCUMENTED,
    "A function has at least 128 MB of memory.",
    _LIMITS,
)
MEMORY_MEGABYTES: Final = Fact(
    "lambda.memory_megabytes",
    10_240,
    "MB",
    Grade.DOCUMENTED,
    "A function has at most 10,240 MB of memory; new accounts may have less.",
    _LIMITS,
)
ENVIRONMENT_BYTES: Final = Fact(
    "lambda.environment_bytes",
    4_096,
    "bytes",
    Grade.DOCUMENTED,
    "All environment variables of a function together may have at most 4 KB.",
    _LIMITS,
)
NAME_CHARACTERS: Final = Fact(
    "lambda.name_characters",
    64,
    "characters",
    Grade.DOCUMENTED,
    "A function name has at most 64 characters.",
    _FUNCTION,
)
DESCRIPTION_CHARACTERS: Final = Fact(
    "lambda.description_characters",
    256,
    "characters",
    Grade.DOCUMENTED,
    "The description of a function has at most 256 characters.",
    _FUNCTION,
)
IDLE_DAYS: Final = Fact(
    "lambda.idle_days",
    14,
    "days",
    Grade.DOCUMENTED,
    "A function in a VPC that is not called for 14 days goes inactive, and the next call to it fails.",
    _VPC,
)
HANDLER_CHARACTERS: Final = Fact(
    "lambda.handler_characters",
    128,
    "characters",
    Grade.DOCUMENTED,
    "A handler has at most 128 characters and no spaces.",
    _FUNCTION,
)
CODE_KEY_CHARACTERS: Final = Fact(
    "lambda.code_key_characters",
    1_024,
    "characters",
    Grade.DOCUMENTED,
    "The key of the object with a function's archive has at most 1,024 characters.",
    _CODE,
)
CODE_VERSION_CHARACTERS: Final = Fact(
    "lambda.code_version_characters",
    1_024,
    "characters",
    Grade.DOCUMENTED,
    "The version of the object with a function's archive has at most 1,024 characters.",
    _CODE,
)
UNZIPPED_BYTES: Final = Fact(
    "lambda.unzipped_bytes",
    250 * 1024**2,
    "bytes",
    Grade.DOCUMENTED,
    "The code of a function has at most 250 MB unzipped, its layers included.",
    _LIMITS,
)
RUNTIME_END: Final[Fact[Mapping[str, str]]] = Fact(
    "lambda.runtime_end",
    MappingProxyType(
        {
            "dotnet10": "2028-11-14",
            "dotnet6": "2024-12-20",
            "dotnet8": "2026-11-10",
            "java11": "2027-06-30",
            "java11.al2023": "2029-06-30",
            "java17": "2027-06-30",
            "java17.al2023": "2029-06-30",
            "java21": "2029-06-30",
            "java25": "2029-06-30",
            "java8": "2024-01-08",
            "java8.al2": "2027-06-30",
            "java8.al2023": "2029-06-30",
            "nodejs14.x": "2023-12-04",
            "nodejs16.x": "2024-06-12",
            "nodejs18.x": "2025-09-01",
            "nodejs20.x": "2026-04-30",
            "nodejs22.x": "2027-04-30",
            "nodejs24.x": "2028-04-30",
            "provided": "2024-01-08",
            "provided.al2": "2026-07-31",
            "provided.al2023": "2029-06-30",
            "python3.10": "2026-10-31",
            "python3.11": "2027-06-30",
            "python3.12": "2028-10-31",
            "python3.13": "2029-06-30",
            "python3.14": "2029-06-30",
            "python3.7": "2023-12-04",
            "python3.8": "2024-10-14",
            "python3.9": "2025-12-15",
            "ruby2.7": "2023-12-07",
            "ruby3.2": "2026-03-31",
            "ruby3.3": "2027-03-31",
            "ruby3.4": "2028-03-31",
            "ruby4.0": "2029-03-31",
        }
    ),
    "runtime to the day its support ends",
    Grade.DOCUMENTED,
    "Lambda ends the support of these runtimes on these days; previews and runtimes long gone are left out.",
    _RUNTIMES,
)
LOG_LEVELS: Final = Fact(
    "lambda.log_levels",
    ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"),
    "levels, the most talkative first",
    Grade.DOCUMENTED,
    "Lambda drops a line of the code below the level of the function. It counts a line as INFO whose level or time is "
    "missing or in another form.",
    _LOG_LEVELS,
    read="2026-11-26",
)
APPLICATION_LOG_LEVEL: Final = Fact(
    "lambda.application_log_level",
    "INFO",
    "level",
    Grade.DOCUMENTED,
    "Without a level of its own a function with logs in JSON loses the lines below INFO.",
    _LOG_LEVELS,
    read="2026-11-26",
)
SYSTEM_LOG_LEVEL: Final = Fact(
    "lambda.system_log_level",
    "INFO",
    "level",
    Grade.DOCUMENTED,
    "Lambda logs the start and the report of each run by default, and neither at the level WARN.",
    _LOG_LEVELS,
    read="2026-11-26",
)
# The sources name no day for `java8.al2023`, `java11.al2023` and `java17.al2023`: theirs is that of `java21`, which has
# the same end.
RUNTIME_BLOCKED: Final[Fact[Mapping[str, str]]] = Fact(
    "lambda.runtime_blocked",
    MappingProxyType(
        {
            "dotnet10": "2028-12-14",
            "dotnet6": "2027-02-01",
            "dotnet8": "2027-02-01",
            "java11": "2027-07-31",
            "java11.al2023": "2029-07-31",
            "java17": "2027-07-31",
            "java17.al2023": "2029-07-31",
            "java21": "2029-07-31",
            "java25": "2029-07-31",
            "java8": "2024-02-08",
            "java8.al2": "2027-07-31",
            "java8.al2023": "2029-07-31",
            "nodejs14.x": "2024-01-09",
            "nodejs16.x": "2027-02-01",
            "nodejs18.x": "2027-02-01",
            "nodejs20.x": "2027-02-01",
            "nodejs22.x": "2027-06-01",
            "nodejs24.x": "2028-06-01",
            "provided": "2024-02-08",
            "provided.al2": "2027-02-01",
            "provided.al2023": "2029-07-31",
            "python3.10": "2027-02-01",
            "python3.11": "2027-07-31",
            "python3.12": "2028-11-30",
            "python3.13": "2029-07-31",
            "python3.14": "2029-07-31",
            "python3.7": "2024-01-09",
            "python3.8": "2027-02-01",
            "python3.9": "2027-02-01",
            "ruby2.7": "2024-01-09",
            "ruby3.2": "2027-02-01",
            "ruby3.3": "2027-04-30",
            "ruby3.4": "2028-04-30",
            "ruby4.0": "2029-04-30",
        }
    ),
    "runtime to the day from which no function can be created with it",
    Grade.DOCUMENTED,
    "Lambda refuses to create functions with these runtimes from these days on.",
    _RUNTIMES,
)
