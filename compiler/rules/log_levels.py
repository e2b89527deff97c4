"""Lambda: the log lines of functions that are written, and those that are dropped."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.facts import lambda_
from compiler.aws.types.cloudwatch import ALARM
from compiler.aws.types.lambda_ import FUNCTION
from compiler.diagnostics.model import Rule, Severity
from compiler.findings.finding import Finding
from compiler.rollout.endpoints import called_by_apis, called_by_checks
from compiler.rules.cloudwatch import watched
from compiler.rules.deployed import DOCS, Deployed, reports

DR490 = Rule(
    "DR490",
    "system-log-level",
    says="a function logs the start and the report of each run",
    why="By default Lambda logs the start and the report of each run. At a high rate these lines are about half of the "
    "logs that are paid for, and they say what metrics say too.",
    fix="set `LogFormat` to `JSON` and `SystemLogLevel` to `WARN`",
    source=DOCS + "lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html",
    severity=Severity.WARNING,
    traps=(68,),
)


@reports(DR490)
def system_lines(deployed: Deployed) -> Iterator[Finding]:
    """A function that an API calls logs no line of Lambda's own for a run that succeeds."""
    for function in called_by_apis(deployed):
        level = function.text("LoggingConfig", "SystemLogLevel") or lambda_.SYSTEM_LOG_LEVEL.value
        as_text = function.text("LoggingConfig", "LogFormat") != "JSON"
        if as_text or level != "WARN":
            logs = "as text, which has no levels" if as_text else f"at the level `{level}`"
            message = f"Lambda logs the start and the report of each run of `{function.id}`: it logs {logs}"
            yield Finding(DR490, message, function.owner)


DR491 = Rule(
    "DR491",
    "log-level",
    says="log lines or metrics that a function writes on purpose are dropped",
    why="Lambda drops lines below the level in `LoggingConfig`, whatever the code is told. A metric in the embedded "
    "format has no level and counts as INFO.",
    fix="lower `ApplicationLogLevel`: to the level in `LOG_LEVEL`, and to `INFO` at most for a function with metrics",
    source=DOCS + "lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html",
    traps=(68,),
)


@reports(DR491)
def dropped_lines(deployed: Deployed) -> Iterator[Finding]:
    """Lambda lets through what `LOG_LEVEL` asks for, and the metrics that alarms watch.

    Alarms watch metrics of the functions that health checks call: the heartbeat, and the latch.
    """
    measuring = {function.owner for function in called_by_checks(deployed)}
    spaces = {metric.namespace for alarm in deployed.of(ALARM) for metric in watched(alarm)}
    for function in deployed.of(FUNCTION):
        if function.text("LoggingConfig", "LogFormat") != "JSON":
            continue
        level = function.text("LoggingConfig", "ApplicationLogLevel") or lambda_.APPLICATION_LOG_LEVEL.value
        asked = function.text("Environment", "Variables", "LOG_LEVEL")
        space = function.text("Environment", "Variables", "METRIC_NAMESPACE")
        if _rank(asked) < _rank(level):
            message = f"`LOG_LEVEL` of `{function.id}` is `{asked}`, and Lambda drops all lines below `{level}`"
            yield Finding(DR491, message, function.owner)
        elif function.owner in measuring and space in spaces and _rank(level) > _rank("INFO"):
            message = f"Lambda drops the metrics of `{function.id}`, which alarms watch: its log level is `{level}`"
            yield Finding(DR491, message, function.owner)


def _rank(level: str) -> int:
    """The place of a level, the most talkative first; a text that is no level is beyond all of them."""
    levels = lambda_.LOG_LEVELS.value
    return levels.index(level) if level in levels else len(levels)
