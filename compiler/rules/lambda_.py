"""Lambda: capacity, code, and functions behind an API or in the standby."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws import regions as known_regions
from compiler.aws import runtimes
from compiler.aws.facts import apigateway, lambda_
from compiler.aws.runtimes import Support
from compiler.aws.types.apigateway import REST_API
from compiler.aws.types.cloudwatch import ALARM
from compiler.aws.types.lambda_ import EVENT_INVOKE_CONFIG, EVENT_SOURCE_MAPPING, FUNCTION
from compiler.aws.types.logs import SUBSCRIPTION_FILTER
from compiler.aws.types.others import RULE, SCHEDULE, STATE_MACHINE
from compiler.aws.types.s3 import BUCKET
from compiler.aws.types.sns import SUBSCRIPTION
from compiler.aws.values import ResourceId, number
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Rule, Severity
from compiler.findings.finding import Finding, Place
from compiler.rollout.endpoints import called_by_apis, called_by_checks, function_behind, operations
from compiler.rollout.state import Resource
from compiler.rules.cloudwatch import watched
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.services.lambda_ import HEALTH

_SOURCES = (EVENT_SOURCE_MAPPING, EVENT_INVOKE_CONFIG, RULE,
            SUBSCRIPTION, BUCKET, SUBSCRIPTION_FILTER, SCHEDULE,
            STATE_MACHINE)  # fmt: skip
"""Types that can call a function asynchronously."""


def _reserved(function: Resource) -> float | None:
    return number(function.get("ReservedConcurrentExecutions"))


DR435 = Rule(
    "DR435",
    "reservations",
    says="the functions reserve more concurrency than the account can reserve",
    why="Lambda rejects the last reservation.",
    fix="write the granted quota into `quotas.lambda_concurrency`, or reserve less",
    source=DOCS + "lambda/latest/dg/configuration-concurrency.html",
    traps=(1,),
)


@reports(DR435)
def reservations(deployed: Deployed) -> Iterator[Finding]:
    """The functions of a region together reserve no more than the account can reserve there."""
    kept = lambda_.UNRESERVED_CONCURRENCY.value
    for stack in deployed.topology.serving:
        functions = [item for item in deployed.of(FUNCTION) if item.region == stack.region and _reserved(item)]
        total = sum(_reserved(item) or 0 for item in functions)
        quota = deployed.topology.capacity.concurrency[stack.region]
        if functions and total > quota - kept:
            largest = max(functions, key=lambda item: (_reserved(item) or 0, item.id))
            message = (
                f"the functions in {stack.region} reserve {total:,.0f} execution environments; the account has "
                f"{quota:,} "
                f"there and can reserve {quota - kept:,} of them"
            )
            yield Finding(DR435, message, largest.owner)


DR436 = Rule(
    "DR436",
    "reservation-small",
    says="the reserved concurrency of a function is too low for its load",
    why="An execution environment serves at most ten requests per second, even if the code is faster.",
    fix="reserve at least one execution environment for every ten requests per second",
    source=DOCS + "lambda/latest/dg/lambda-concurrency.html",
    traps=(2,),
)


@reports(DR436)
def reserved_enough(deployed: Deployed) -> Iterator[Finding]:
    """The reserved concurrency carries the load, with at most ten requests per second for an execution environment."""
    factor = lambda_.REQUESTS_PER_CONCURRENCY.value
    for function in deployed.of(FUNCTION):
        entry = deployed.function(function)
        if entry is None:
            continue
        rate = float(deployed.topology.capacity.functions[entry.name].rate)
        reserved = _reserved(function)
        if reserved is None:
            message = (
                f"`{function.id}` has no reserved concurrency and shares the rest of the account with all other "
                "functions"
            )
            yield Finding(DR436, message, function.owner)
        elif reserved * factor < rate:
            message = (
                f"`{function.id}` reserves {reserved:,.0f} execution environments, which serve at most "
                f"{reserved * factor:,.0f} requests/s; the spec asks for {rate:,.0f}/s"
            )
            yield Finding(DR436, message, function.owner)


DR495 = Rule(
    "DR495",
    "runtime-ended",
    says="AWS no longer supports the runtime of a function",
    why="The runtime gets no security updates. From a later day on, Lambda creates no functions with it: the system "
    "could not be set up again in another account or region.",
    fix="move the function to the newest runtime of its language",
    source=DOCS + "lambda/latest/dg/lambda-runtimes.html",
    severity=Severity.WARNING,
)


@reports(DR495, Code.DR403)
def runtimes_supported(deployed: Deployed) -> Iterator[Finding]:
    """The runtime of every function is supported; what the spec itself names is refused before, where it is blocked."""
    for function in deployed.of(FUNCTION):
        runtime = function.text("Runtime")
        entry = deployed.topology.health_function if function.id == HEALTH else deployed.function(function)
        at: Place = function.owner
        # A partial may give a function another runtime than the spec.
        if entry and entry.runtime == runtime:
            at = (*deployed.topology.place("functions", entry), "runtime")
        state = runtimes.state(runtime)
        if state.support is Support.ENDED:
            yield Finding(DR495, state.says, at, help=state.remedy)
        elif state.support is not Support.FULL and runtime:
            yield Finding(Code.DR403, state.says, at, help=state.remedy)


DR437 = Rule(
    "DR437",
    "code-region",
    says="a function loads its code from a bucket in another region",
    why="Lambda does not create the function.",
    fix="name a bucket in the region of the function",
    source=DOCS + "lambda/latest/dg/configuration-function-zip.html",
    traps=(23,),
)


@reports(DR437)
def code_region(deployed: Deployed) -> Iterator[Finding]:
    """Lambda loads code from a bucket in the region of the function."""
    for function in deployed.of(FUNCTION):
        name = function.text("Code", "S3Bucket")
        bucket = deployed.owner(name, (BUCKET,))
        named = bucket.region if bucket else next((r for r in known_regions.KNOWN if name.endswith(f"-{r}")), None)
        if named and named != function.region:
            message = f"`{function.id}` runs in {function.region} and loads its code from `{name}` in {named}"
            yield Finding(DR437, message, function.owner)


DR438 = Rule(
    "DR438",
    "standby-idle",
    says="nothing calls a function of the standby before a failover",
    why="After two weeks without a call, Lambda removes the network interfaces of the function. The first calls "
    "of a failover then fail.",
    fix="add a health check that calls a function with the same subnets and security groups",
    source=DOCS + "lambda/latest/dg/configuration-vpc.html",
    traps=(44,),
)


@reports(DR438)
def idle(deployed: Deployed) -> Iterator[Finding]:
    """If nothing calls a function in a VPC for two weeks, its next calls fail: those of the failover.

    Functions with the same subnets and security groups share network interfaces. One of them keeps these in use.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-22)
    """
    called = called_by_checks(deployed)
    awake = {_network(function) for function in called}
    for function in deployed.of(FUNCTION):
        waits = function.stack.base == deployed.topology.secondary
        if waits and function.get("VpcConfig") and _network(function) not in awake:
            message = (
                f"nothing calls `{function.id}` in {function.region} until a failover; after {lambda_.IDLE_DAYS.value} "
                "days without a call it loses its network interfaces, and the first calls fail"
            )
            yield Finding(DR438, message, function.owner)


def _network(function: Resource) -> tuple[str, ...]:
    """The subnets and security groups of a function."""
    subnets = function.list("VpcConfig", "SubnetIds")
    groups = function.list("VpcConfig", "SecurityGroupIds")
    return tuple(sorted(str(item) for item in (*subnets, *groups)))


@reports(Code.DR406)
def timeouts(deployed: Deployed) -> Iterator[Finding]:
    """The timeout of a function is not longer than that of its API."""
    of_rest = {found.owner for operation in operations(deployed)
               if operation.place.type == REST_API and (found := function_behind(deployed, operation))}  # fmt: skip
    for function in called_by_apis(deployed):
        waits = apigateway.REST_INTEGRATION_SECONDS if function.owner in of_rest else apigateway.INTEGRATION_SECONDS
        limit, timeout = waits.value, number(function.get("Timeout"))
        if timeout is not None and timeout > limit:
            message = f"`{function.id}` has a timeout of {timeout:,.0f} s; its API stops waiting after {limit} s"
            yield Finding(Code.DR406, message, function.owner, help=f"write a timeout of at most `{limit}s`")


DR439 = Rule(
    "DR439",
    "dead-letters",
    says="a dead-letter queue never receives a message",
    why="Lambda uses the queue for failed asynchronous calls only. An API calls its function synchronously.",
    fix="remove the queue, and let clients repeat a failed request with the same transaction id",
    source=DOCS + "lambda/latest/dg/invocation-async-retain-records.html",
    severity=Severity.WARNING,
    traps=(48,),
)


@reports(DR439)
def dead_letters(deployed: Deployed) -> Iterator[Finding]:
    """A dead-letter queue receives failed asynchronous calls, and an API calls synchronously."""
    for function in called_by_apis(deployed):
        if not function.get("DeadLetterConfig", "TargetArn"):
            continue
        if not any(function.arn in str(item.properties) for item in deployed.around(function.stack, *_SOURCES)):
            message = (
                f"`{function.id}` has a dead-letter queue, but only its API calls it: the queue never receives a "
                "message"
            )
            yield Finding(DR439, message, function.owner)


DR459 = Rule(
    "DR459",
    "reservation-alarm",
    says="no alarm is raised before a function has used up its reservation",
    why="A dependency that becomes slow keeps all execution environments busy at a rate that is still normal. Lambda "
    "then refuses calls, and only this metric shows it coming.",
    fix="add an alarm on the maximum of `ConcurrentExecutions` with a threshold below the reservation",
    source=DOCS + "lambda/latest/dg/monitoring-concurrency.html",
    severity=Severity.WARNING,
    traps=(55,),
)


@reports(DR459)
def near_reservation(deployed: Deployed) -> Iterator[Finding]:
    """Every function with a reservation has an alarm on its concurrent executions that is raised below it."""
    warning = _warning(deployed)
    for function in deployed.of(FUNCTION):
        reserved, entry = _reserved(function), deployed.function(function)
        # A reservation below what the spec needs is another finding.
        needed = deployed.topology.capacity.functions[entry.name].reserved if entry else 0
        limit = max(reserved or 0, needed)
        if reserved and not any(_warns(alarm, limit) for alarm in warning.get(function.owner, ())):
            message = (
                f"no alarm is raised before `{function.id}` in {function.region} uses all of its {reserved:,.0f} "
                "execution environments"
            )
            yield Finding(DR459, message, function.owner)


def _warning(deployed: Deployed) -> dict[ResourceId, list[Resource]]:
    """Alarms on concurrent executions, by the function in their region that they are about."""
    found: dict[ResourceId, list[Resource]] = {}
    for alarm in deployed.of(ALARM):
        for metric in watched(alarm):
            if metric.name == "ConcurrentExecutions":
                owner = deployed.owner(metric.dimensions.get("FunctionName"), (FUNCTION,), alarm.region)
                if owner is not None and owner.region == alarm.region:
                    found.setdefault(owner.owner, []).append(alarm)
    return found


def _warns(alarm: Resource, reserved: float) -> bool:
    threshold = number(alarm.get("Threshold"))
    above = alarm.text("ComparisonOperator").startswith("GreaterThan")
    return above and threshold is not None and threshold < reserved
