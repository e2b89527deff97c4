"""Lambda: each function in both serving regions, with the same code, its own role and its own log group."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from compiler.aws import runtimes
from compiler.aws.facts import dynamodb as dynamodb_facts
from compiler.aws.facts import lambda_ as facts
from compiler.aws.facts import prices
from compiler.aws.facts.model import figure, summed
from compiler.aws.runtimes import Support
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir import policies
from compiler.ir.elements import (
    ACCOUNT,
    Block,
    Condition,
    Element,
    Json,
    Output,
    Param,
    Parameter,
    Ref,
    StackId,
    Text,
    join,
    pascal,
)
from compiler.ir.names import ENVIRONMENT, SUFFIX, arn, bucket, longest, physical
from compiler.ir.template import View
from compiler.objectives.costs import Cost, used
from compiler.objectives.model import Demand, Provision, Term, granted
from compiler.services import dynamodb, iam, kms, logs, s3, vpc
from compiler.services.base import Alarm, Metric, Query, is_given, namespace, parameter, unknown_entries
from compiler.spec.compute import Architecture, Function
from compiler.spec.data import BucketWrite, Table
from compiler.spec.operations import LogLevel
from compiler.topology.model import CodeParameters, Topology

_P99_SHARE = 2
_BILLED = "Lambda"
HEALTH = "FunctionHealth"
"""Logical id of the function that answers Route 53, in each serving stack."""
HEALTH_PATH = "/health"
"""What Route 53 asks in each region, followed by a token: the same whatever path people call."""
_HEALTH_ENTRY = "health"
# Stands for a value that only AWS will know, such as the DNS name of an endpoint.
_UNKNOWN = "?" * 100


class FunctionView(View, partial="lambda/function.json.j2"):
    """A function whose runtime gets the patches of AWS when the function is updated, one region after the other.

    By default AWS updates functions at a time of its own, which may be the same in both regions.
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html (read 2026-11-26)
    """

    id: str
    name: Json
    description: Text
    runtime: str
    handler: str
    architecture: str
    memory_mb: int
    timeout_seconds: int
    code: Json
    role_arn: Ref
    key_arn: Ref
    reserved: Param
    variables: Json
    log_level: str
    group: Ref
    subnet_ids: tuple[Ref, ...]
    security_group_id: Ref
    tags: Json


def function_id(function: Function) -> str:
    """Logical id of a function, the same in every stack."""
    return f"Function{pascal(function.name)}"


def function_ref(function: Function, stack: StackId) -> Ref:
    """A function as a resource."""
    return Ref(stack, function_id(function))


def function_arn(function: Function, stack: StackId) -> Ref:
    """ARN of a function."""
    return function_ref(function, stack).att("Arn")


def function_name(function: Function) -> Text:
    """Name of a function, the same in every region."""
    return physical("function", function.name)


def declare(topology: Topology) -> Iterator[Element]:
    """The functions of each serving region, and the parameters with their code."""
    for stack in topology.serving:
        for home in dict.fromkeys((stack, *(topology.home(stack, entry) for entry in topology.spec.functions))):
            yield from _code_bucket(home)
        for position, function in topology.functions():
            yield from _code(stack, function.name, ("functions", position))
            yield from _function(topology, stack, function, ("functions", position))


def _code_bucket(stack: StackId) -> Iterator[Element]:
    yield parameter(
        stack,
        "codeBucket",
        f"Bucket in {stack.region} with the code of the functions; empty for the bucket with the default name.",
        Default="",
        AllowedPattern=r"^$|^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        ConstraintDescription="must be empty or a bucket name",
    )
    yield Condition(stack, "HasCodeBucket", is_given("codeBucket"))


def _code(stack: StackId, function: str, at: Route) -> Iterator[Parameter]:
    """Which archive a function runs: without a default, so that an update that gives no value keeps the one it has."""
    code = CodeParameters(function)
    key, version = facts.CODE_KEY_CHARACTERS.value, facts.CODE_VERSION_CHARACTERS.value
    yield parameter(
        stack,
        code.key,
        f"Key of the archive that {function} runs, in the code bucket.",
        at,
        AllowedPattern=rf"^\S{{1,{key}}}$",
        ConstraintDescription=f"must be an object key of at most {key} characters, without spaces",
    )
    yield parameter(
        stack,
        code.version,
        f"Version of the archive that {function} runs, as S3 names it: the object under the key may change.",
        at,
        AllowedPattern=rf"^\S{{1,{version}}}$",
        ConstraintDescription=f"must be an object version of at most {version} characters",
    )


def _function(topology: Topology, stack: StackId, function: Function, at: Route) -> Iterator[Element]:
    id_ = function_ref(function, stack).resource
    group, role = log_group(function_ref(function, stack)), _role(function, stack)
    reserved = reservation(stack, function.name, topology.capacity.functions[function.name].reserved, at)
    yield reserved
    yield logs.group(topology, group, f"function-{function.name}", at)
    yield logs.copied(topology, group, f"function-{function.name}", at)
    yield iam.role(
        topology, role, iam.function_role_entry(function),
        f"Execution role of {function.name} in {stack.region}.",
        iam.trust(policies.service("lambda")), _permissions(topology, stack, function), at,
    )  # fmt: skip
    described = join(function.description or f"{function.name} of {topology.spec.name}")
    view = _view(topology, function, function_ref(function, stack), function_name(function), described, reserved)
    derived_from = ("lambda.concurrency", f"latency.{function.name}")
    yield Block(stack, view, at, derived_from=derived_from)
    says = f"ARN of the function {function.name} in {stack.region}."
    yield Output(stack, f"{id_}Arn", function_arn(function, stack), says, at)


def log_group(ref: Ref) -> Ref:
    """The log group of a function."""
    return Ref(ref.stack, f"{ref.resource}Logs")


def _role(function: Function, stack: StackId) -> Ref:
    return Ref(stack, f"{function_id(function)}Role")


def reservation(stack: StackId, name: str, least: int, at: Route) -> Parameter:
    """The reserved concurrency of a function as a parameter."""
    return parameter(
        stack,
        f"reservedConcurrency{pascal(name)}",
        f"Execution environments reserved for {name}; never fewer than the objectives need.",
        at,
        Type="Number",
        Default=least,
        MinValue=least,
    )


def health_function(topology: Topology, stack: StackId) -> Iterator[Element]:
    """The function that answers Route 53: code, role and settings of the one behind the clients' health path.

    Its reservation and its log group are its own, so that traffic leaves it room and its lines are found.
    """
    function = topology.health_function
    at: Route = ("api", "health")
    ref = Ref(stack, HEALTH)
    group = log_group(ref)
    reserved = reservation(stack, _HEALTH_ENTRY, topology.capacity.own_function, at)
    yield reserved
    yield logs.group(topology, group, f"function-{_HEALTH_ENTRY}", at)
    yield logs.copied(topology, group, f"function-{_HEALTH_ENTRY}", at)
    described = join(f"{function.name} of {topology.spec.name}, for the health checks of Route 53")
    view = _view(topology, function, ref, physical("function", _HEALTH_ENTRY), described, reserved)
    yield Block(stack, view, at, derived_from=("lambda.concurrency",))
    says = f"ARN of the function that answers Route 53 in {stack.region}."
    yield Output(stack, f"{HEALTH}Arn", ref.att("Arn"), says, at)


def _view(
    topology: Topology, function: Function, ref: Ref, name: Text, described: Text, reserved: Parameter
) -> FunctionView:
    """The function `ref` with the code and the role of `function`."""
    stack, code = ref.stack, CodeParameters(function.name)
    return FunctionView(
        id=ref.resource,
        name=name,
        description=described,
        runtime=function.runtime,
        handler=function.handler,
        architecture=str(function.architecture),
        memory_mb=int(function.memory.megabytes),
        timeout_seconds=int(function.timeout.seconds),
        code={
            "S3Bucket": {"Fn::If": ("HasCodeBucket", Param("codeBucket"), code_bucket(stack))},
            "S3Key": Param(code.key),
            "S3ObjectVersion": Param(code.version),
        },
        role_arn=_role(function, stack).att("Arn"),
        key_arn=kms.key_arn(stack),
        reserved=Param(reserved.name),
        variables=_variables(
            topology, stack, function, HEALTH_PATH if ref.resource == HEALTH else topology.spec.api.health
        ),
        log_level=log_level(topology, measures=function.heartbeat or ref.resource == HEALTH),
        group=log_group(ref),
        subnet_ids=vpc.subnet_ids(topology, stack),
        security_group_id=vpc.function_group(stack),
        tags=topology.tag_list(stack),
    )


def log_level(topology: Topology, *, measures: bool) -> str:
    """The lowest level of lines that Lambda lets through; `measures` for code that publishes metrics in its log.

    Lambda counts a line without a level as INFO, and a metric in the embedded format has none. So nothing above INFO is
    dropped of such a function, which may be any that Route 53 calls, and the code goes by `LOG_LEVEL` alone.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html (read 2026-11-26)
    """
    level = topology.spec.logs.level
    return str(LogLevel.INFO if measures and level in (LogLevel.WARN, LogLevel.ERROR) else level).upper()


def code_bucket(stack: StackId) -> Text:
    """Name of the bucket that archives are looked up in by convention; a function's code must lie in its region."""
    return bucket("bucket", s3.CODE, stack.region)


def _variables(topology: Topology, stack: StackId, function: Function, health_path: str) -> Json:
    """The environment: what the code needs to know about where it runs, then what the spec adds."""
    peer = topology.peer(stack)
    tables = topology.tables_of(function)
    buckets = topology.buckets_of(function)
    described = {
        table.name: {
            "name": dynamodb.table_name(table),
            "partition": table.key.partition,
            "sort": table.key.sort,
            **_expiry(table),
        }
        for table in tables
    }
    stored = {
        entry.name: {
            "name": s3.bucket_name(entry, stack),
            "mode": str(entry.write),
            "peer_name": s3.bucket_name(entry, peer),
            "peer_region": peer.region,
            "peer_endpoint": vpc.storage_endpoint(peer) if entry.write is BucketWrite.DUAL else "",
            "on_peer_failure": str(entry.on_peer_failure),
        }
        for entry in buckets
    }
    shared = bool(topology.spec.tables or topology.spec.buckets)
    return {
        "REGION_ROLE": str(stack.kind),
        "PEER_REGION": peer.region,
        "ENVIRONMENT": ENVIRONMENT,
        "ENVIRONMENT_SUFFIX": SUFFIX,
        "LOG_LEVEL": topology.spec.logs.level.upper(),
        "LOG_SAMPLE": f"{float(topology.spec.logs.sample.percent / 100):g}",
        "HEALTH_PATH": health_path,
        "TABLES": policies.json_text(described),
        "PRIMARY_TABLE": tables[0].name if tables else "",
        "BUCKETS": policies.json_text(stored),
        "DOCUMENT_BUCKET": buckets[0].name if buckets else "",
        "METRIC_NAMESPACE": namespace(topology),
        "CROSS_REGION_ROLE_ARN": iam.role_arn(topology, iam.CROSS_REGION, peer) if shared else "",
        **{name: join(value) for name, value in sorted(function.environment.items())},
    }


def _expiry(table: Table) -> dict[str, Json]:
    """The attribute of a table that the code writes, and how many seconds after now an item expires."""
    if table.retention is None:
        return {}
    return {"expires": table.expires, "retention_seconds": int(table.retention.seconds)}


def _environment_bytes(topology: Topology, function: Function) -> tuple[int, int]:
    """Bytes of the compiler's own variables and of all of them, at the longest names, in the larger region.

    Lambda measures the variables written as JSON.
    """
    sizes = []
    for stack in topology.serving:
        variables = _variables(topology, stack, function, max(topology.spec.api.health, HEALTH_PATH, key=len))
        spelled = {name: longest(value, _UNKNOWN) for name, value in variables.items()}
        own = {name: value for name, value in spelled.items() if name not in function.environment}
        sizes.append(tuple(len(json.dumps(part, ensure_ascii=False).encode()) for part in (own, spelled)))
    own_bytes, all_bytes = (max(column) for column in zip(*sizes, strict=True))
    return own_bytes, all_bytes


def _permissions(topology: Topology, stack: StackId, function: Function) -> Iterator[policies.Statement]:
    """What a function may do; where it is the one behind the health path, the function for Route 53 may too."""
    entries = (function.name, *((_HEALTH_ENTRY,) if function == topology.health_function else ()))
    yield from running(stack, entries)
    yield from _data(topology, stack, function)


def running(stack: StackId, entries: tuple[str, ...]) -> Iterator[policies.Statement]:
    """What Lambda needs to run functions of these entry names in the VPC."""
    groups = tuple(
        arn("logs", stack.region, join("log-group:", logs.group_name(f"function-{entry}"), ":*")) for entry in entries
    )
    functions = tuple(arn("lambda", stack.region, join("function:", physical("function", entry))) for entry in entries)
    yield policies.statement(
        "WriteLogs",
        ("logs:CreateLogStream", "logs:PutLogEvents"),
        groups if len(groups) > 1 else groups[0],
        reason="`*` stands for the streams of one log group",
    )
    yield policies.statement(
        "AttachToVpc",
        (
            "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
        ),
        "*",
        reason="Lambda manages network interfaces with this role; these actions know no narrower resource",
    )  # fmt: skip
    yield policies.statement(
        "CodeMayNotManageInterfaces",
        (
            "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
        ),
        "*",
        condition={
            "ArnEquals": {"lambda:SourceFunctionArn": functions if len(functions) > 1 else functions[0]}
        },
        effect="Deny",
        reason="a refusal has to hold for everything",
    )  # fmt: skip


def _data(topology: Topology, stack: StackId, function: Function) -> Iterator[policies.Statement]:
    """What a function may do with data: that of its own tables and buckets, here and in the other region."""
    tables = topology.tables_of(function)
    if tables:
        arns = tuple(part for table in tables for part in _with_indexes(dynamodb.table_arn(table, stack), table))
        wild = any(table.indexes for table in tables)
        reason = "`*` stands for the indexes of one table" if wild else None
        yield policies.statement("UseTables", iam.TABLE_ACTIONS, arns, reason=reason)
    objects = tuple(join(s3.bucket_arn(entry, stack), "/*") for entry in topology.buckets_of(function))
    if objects:
        reason = "`*` stands for the objects of one bucket"
        yield policies.statement("UseObjects", iam.OBJECT_ACTIONS, objects, reason=reason)
    yield policies.statement(
        "UseKey", iam.KEY_ACTIONS, kms.key_arn(stack), condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}}
    )
    if topology.spec.tables or topology.spec.buckets:
        there = iam.role_arn(topology, iam.CROSS_REGION, topology.peer(stack))
        yield policies.statement("ReachOtherRegion", ("sts:AssumeRole",), there)


def _with_indexes(table_arn: Text, table: Table) -> tuple[Text, ...]:
    return (table_arn, join(table_arn, "/index/*")) if table.indexes else (table_arn,)


def alarms(topology: Topology) -> Iterator[Alarm]:
    """Each function of the spec, and the concurrency of the account in a region."""
    for stack in topology.serving:
        for position, function in topology.functions():
            yield from _function_alarms(topology, stack, function, ("functions", position))
        quota = topology.capacity.concurrency[stack.region]
        # What is reserved counts as claimed even while nothing runs, so nine tenths are taken of the rest.
        # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html (read 2026-11-22)
        reserved = _reserved(topology, latch=topology.latched and stack == topology.secondary)
        yield Alarm(
            stack, "AccountConcurrencyHigh", "account-concurrency-high",
            f"Nine tenths of the unreserved concurrency in {stack.region} are in use. The account has {quota}.",
            ("quotas",), threshold=float(reserved + (quota - reserved) * 9 // 10),
            metric=Metric("AWS/Lambda", "ClaimedAccountConcurrency", {}, "Maximum"),
        )  # fmt: skip


def _reserved(topology: Topology, *, latch: bool) -> int:
    """Environments reserved in a serving region: for the functions of the spec, and for ours."""
    return sum(capacity.reserved for capacity in topology.capacity.functions.values()) + _own(topology, latch=latch)


def _own(topology: Topology, *, latch: bool) -> int:
    """Environments reserved for the function that answers Route 53, and for the latch, which is in the standby only."""
    return (2 if latch else 1) * topology.capacity.own_function


def small_alarms(topology: Topology, ref: Ref, entry: str, at: Route, *, unhealthy: bool = True) -> Iterator[Alarm]:
    """Alarms of a function of ours that Route 53 calls; `unhealthy` where they speak of the region's service."""
    dimensions = {"FunctionName": ref}
    yield Alarm(
        ref.stack, f"{ref.resource}NearReservation", f"function-{entry}-near-reservation",
        f"The function {entry}, which Route 53 calls, uses nine tenths of its environments in {ref.stack.region}.", at,
        threshold=float(ceil(topology.capacity.own_function * 9 / 10)),
        metric=Metric("AWS/Lambda", "ConcurrentExecutions", dimensions, "Maximum"),
    )  # fmt: skip
    for kind, word, says in (
        ("Errors", "errors", "fails"), ("Throttles", "throttles", "is refused: its reservation is used up")
    ):  # fmt: skip
        yield Alarm(
            ref.stack, f"{ref.resource}{kind}", f"function-{entry}-{word}",
            f"The function {entry}, which Route 53 calls, {says} in {ref.stack.region}.", at, threshold=0,
            metric=Metric("AWS/Lambda", kind, dimensions, "Sum"), unhealthy=unhealthy,
        )  # fmt: skip


def _function_alarms(topology: Topology, stack: StackId, function: Function, at: Route) -> Iterator[Alarm]:
    ref = function_ref(function, stack)
    id_, dimensions = ref.resource, {"FunctionName": ref}

    def metric(name: str, statistic: str) -> Metric:
        return Metric("AWS/Lambda", name, dimensions, statistic)

    rate = topology.spec.monitoring.error_rate
    yield Alarm(
        stack, f"{id_}Errors", f"function-{function.name}-errors",
        f"More than {rate} of the runs of {function.name} fail in {stack.region}.", at,
        threshold=float(rate.percent),
        queries=(
            Query("errors", metric("Errors", "Sum")),
            Query("runs", metric("Invocations", "Sum")),
            Query("rate", expression="IF(runs > 0, 100 * errors / runs, 0)", returned=True),
        ),
        unhealthy=True,
    )  # fmt: skip
    yield Alarm(
        stack, f"{id_}Throttles", f"function-{function.name}-throttles",
        f"Runs of {function.name} are throttled in {stack.region}: its reserved concurrency is used up.", at,
        threshold=0, metric=metric("Throttles", "Sum"), unhealthy=True,
    )  # fmt: skip
    latency = topology.spec.objectives.latency
    yield Alarm(
        stack, f"{id_}Slow", f"function-{function.name}-slow",
        f"One run of {function.name} in a hundred takes more than half of the latency objective {latency}.", at,
        threshold=float(latency.milliseconds / _P99_SHARE), metric=metric("Duration", "p99"),
        derived_from=("latency",),
    )  # fmt: skip
    capacity = topology.capacity.functions[function.name]
    yield Alarm(
        stack, f"{id_}NearReservation", f"function-{function.name}-near-reservation",
        f"Nine tenths of the execution environments reserved for {function.name} are busy in {stack.region}.", at,
        threshold=float(capacity.reserved * 9 // 10), metric=metric("ConcurrentExecutions", "Maximum"),
        derived_from=("lambda.concurrency",),
    )  # fmt: skip
    if capacity.by_rate:
        # A short function is refused by its rate, long before its environments are all busy.
        per_minute = capacity.reserved * facts.REQUESTS_PER_CONCURRENCY.value * 60
        yield Alarm(
            stack, f"{id_}NearRate", f"function-{function.name}-near-rate",
            f"{function.name} runs nine tenths as often as its reservation allows in {stack.region}.", at,
            threshold=float(ceil(per_minute * 9 / 10)), metric=metric("Invocations", "Sum"),
            derived_from=("lambda.concurrency",),
        )  # fmt: skip


def rules(topology: Topology) -> Iterator[Finding]:
    """Runtime, timeout, environment and heartbeat of functions; reports DR307, DR403, DR406, DR411 and DR480."""
    spec = topology.spec
    for position, function in topology.functions():
        at: Route = ("functions", position)
        yield from _runtime(function, at)
        yield from unknown_entries(spec, function, at)
        own, size = _environment_bytes(topology, function)
        limit = facts.ENVIRONMENT_BYTES.value
        if size > limit:
            message = (
                f"the environment of `{function.name}` needs up to {size:,} bytes, {own:,} of them for its tables and "
                f"buckets; Lambda allows {limit:,}"
            )
            hint = "give the function fewer `tables` and `buckets`, or move configuration out of `environment`"
            yield Finding(Code.DR411, message, (*at, "environment") if function.environment else at, help=hint)
        called = spec.api.health_function or spec.api.routes[0].function
        if function.heartbeat and function.name != called:
            message = f"nothing calls `{function.name}` all the time: it is not the function behind the health path"
            hint = "declare the heartbeat on that function, or name this one in `api.health_function`"
            yield Finding(Code.DR480, message, (*at, "heartbeat"), help=hint)
        elif function.heartbeat and not topology.tables_of(function):
            message = f"`{function.name}` has no table to write a heartbeat to"
            yield Finding(Code.DR480, message, (*at, "heartbeat"), help="remove `heartbeat`, or give it a table")
        if function.duration > function.timeout:
            message = f"`{function.name}` runs {function.duration} on average but is stopped after {function.timeout}"
            related = (((*at, "duration"), "takes this long"),)
            yield Finding(Code.DR406, message, (*at, "timeout"), related=related, help="raise the timeout")


def _runtime(function: Function, at: Route) -> Iterator[Finding]:
    """A runtime with which Lambda creates nothing; one that only gets no support is judged with the templates."""
    state = runtimes.state(function.runtime)
    if state.support in (Support.UNKNOWN, Support.BLOCKED):
        yield Finding(Code.DR403, state.says, (*at, "runtime"), help=state.remedy)


def demands(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Concurrent executions, and runs a second; the quota is the account's in a region."""
    if not stack.serves:
        return
    quota, route = granted(topology, stack, "lambda_concurrency")
    allowed = quota if quota is not None else Fraction(facts.ACCOUNT_CONCURRENCY.value)
    reserved = {name: capacity.reserved for name, capacity in topology.capacity.functions.items()}
    kept = facts.UNRESERVED_CONCURRENCY.value
    # Both regions are asked for the environments of the latch, so that they can change places.
    parts = summed(figure(value) for value in (*reserved.values(), _own(topology, latch=topology.latched), kept))
    yield Demand(
        id="lambda.concurrency",
        says="execution environments reserved for all functions, those that Route 53 calls included, and those Lambda "
        "keeps back",
        formula=parts,
        region=stack.region,
        needed=Fraction(_reserved(topology, latch=topology.latched) + kept),
        allowed=allowed,
        unit="concurrent executions",
        granted=quota is not None,
        facts=(facts.ACCOUNT_CONCURRENCY, facts.UNRESERVED_CONCURRENCY, facts.REQUESTS_PER_CONCURRENCY),
        route=route,
        quota=facts.ACCOUNT_CONCURRENCY_QUOTA,
        field="lambda_concurrency: {}",
    )
    rate = sum((capacity.rate for capacity in topology.capacity.functions.values()), Fraction(0))
    per = facts.REQUESTS_PER_CONCURRENCY.value
    yield Demand(
        id="lambda.requests",
        says=f"runs of all functions; an account can start {per} times its concurrency per second",
        formula=summed(f"{figure(capacity.rate)}/s" for capacity in topology.capacity.functions.values()),
        region=stack.region,
        needed=rate,
        allowed=allowed * per,
        unit="runs/s",
        granted=quota is not None,
        facts=(facts.REQUESTS_PER_CONCURRENCY, facts.ACCOUNT_CONCURRENCY),
        route=route,
        quota=facts.ACCOUNT_CONCURRENCY_QUOTA,
        field="lambda_concurrency: {}",
        per=per,
    )


def provisions(topology: Topology) -> Iterator[Provision]:
    """Reserved concurrency; the same in both serving regions, so that the standby can take over."""
    for name, capacity in topology.capacity.functions.items():
        yield Provision(
            f"function.{name}.reserved", f"environments reserved for {name}", capacity.formula, capacity.reserved,
            "execution environments", (facts.REQUESTS_PER_CONCURRENCY,),
        )  # fmt: skip


def latency(topology: Topology, function: Function) -> Iterator[Term]:
    """A run of a function, and its cold start at worst."""
    at = topology.place("functions", function)
    duration = function.duration.milliseconds
    requests = len(topology.tables_of(function))
    table = f", its requests to {requests} table{'s' if requests > 1 else ''} included" if requests else ""
    yield Term(
        f"latency.{function.name}", f"{function.name} runs{table}", str(function.duration),
        duration, duration, "ms", (dynamodb_facts.REQUEST_MILLISECONDS,) if requests else (), ((*at, "duration"),),
    )  # fmt: skip
    cold = function.cold_start.milliseconds
    yield Term(
        f"latency.{function.name}.cold", f"a new environment of {function.name} starts", str(function.cold_start),
        Fraction(0), cold, "ms", (), ((*at, "cold_start"),),
    )  # fmt: skip


def costs(topology: Topology) -> Iterator[Cost]:
    """Runs in the region that serves, by their measured mean duration. What is only reserved costs nothing."""
    for _, function in topology.functions():
        rate = topology.capacity.functions[function.name].rate
        yield from running_costs(f"function.{function.name}", topology.primary, f"runs of {function.name}",
                                 function, int(function.memory.megabytes), rate)  # fmt: skip


def running_costs(
    id_: str, stack: StackId, says: str, like: Function, memory_mb: int, rate: Fraction, *, idle: bool = False
) -> Iterator[Cost]:
    """Runs at `rate` a second with this memory, on the processor of `like` and as long as it runs."""
    still = rate if idle else Fraction(0)
    yield used(f"{id_}.runs", _BILLED, stack.region, says, f"{figure(rate)}/s", prices.FUNCTION_RUNS, rate, idle=still)
    seconds = like.duration.seconds * memory_mb / 1024
    price = prices.FUNCTION_TIME_ARM if like.architecture is Architecture.ARM64 else prices.FUNCTION_TIME_X86
    formula = f"{figure(rate)}/s x {like.duration} x {figure(Fraction(memory_mb, 1024))} GB"
    yield used(f"{id_}.time", _BILLED, stack.region, f"time of {says}", formula, price, rate * seconds,
               idle=still * seconds)  # fmt: skip
