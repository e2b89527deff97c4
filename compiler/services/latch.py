"""The latch of a manual failback: it keeps clients in the standby until an operator releases them.

It is in the standby only, and hears no client. A function there resolves the TXT record that says which region
answers; once that has named its own region for a while, it notes so in a table of its region. It answers 200 at
`/held/<token>` while the note stands. The primary record is healthy while the primary's endpoint answers and this
path does not answer 200, so a standby that is gone holds nobody. An operator sets and clears the note in the table,
which takes the data plane of the standby and nothing else.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-invert.html (read 2026-11-26)
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.facts import route53
from compiler.diagnostics.model import Route
from compiler.ir import policies
from compiler.ir.elements import ACCOUNT, Block, Element, If, Json, Output, Param, Ref, StackId, Text, join
from compiler.ir.names import arn, physical
from compiler.ir.template import View
from compiler.services import apigateway, health, iam, kms, lambda_, logs, vpc
from compiler.services.base import Alarm, Metric, namespace, once_there
from compiler.spec.compute import Architecture
from compiler.spec.units import Duration
from compiler.support.data_files import latch_code
from compiler.topology.model import Topology

_AT: Route = ("dns", "failback")
_ENTRY = "latch"
PATH = "/held"
TTL_SECONDS = route53.REGION_RECORD_SECONDS.value
"""Time to live of the TXT records: short, since operators and the latch wait for it, and nothing else asks often."""

RUNTIME = "python3.13"
MEMORY = 1024
_TIMEOUT = Duration(5)


class TableView(View, partial="dynamodb/regional-table.json.j2"):
    id: str
    name: Json
    key: str
    region: str
    key_id: Ref
    protected: If | bool
    tags: Json


def function(topology: Topology) -> Ref:
    """The function that answers the inverted check."""
    return Ref(topology.secondary, "FunctionLatch")


def route(topology: Topology) -> Ref:
    """The route of the path that the inverted check asks."""
    return Ref(topology.secondary, "HeldRoute")


def table(topology: Topology) -> Ref:
    """The table with the note, one item, in the standby."""
    return Ref(topology.secondary, "TableLatch")


def table_name() -> Text:
    """Name of the table with the note."""
    return physical("table", _ENTRY)


def declare(topology: Topology) -> Iterator[Element]:
    """The latch in the standby: a table with one note, the function that reads it, and the route to it."""
    if not topology.latched:
        return
    stack = topology.secondary
    ref = table(topology)
    view = TableView(
        ref.resource, table_name(), "id", stack.region, kms.key(stack), once_there(topology, ref),
        topology.tag_list(stack),
    )  # fmt: skip
    yield Block(stack, view, _AT)
    yield Output(stack, "LatchTableName", table_name(), "Name of the table that holds the latch.", _AT)
    yield from _function(topology, stack)
    called = Ref(stack, "HeldIntegration")
    code = function(topology).att("Arn")
    yield apigateway.integration(health.api(stack), called, "HealthApiMayCallLatch", code, _TIMEOUT, _AT)
    yield from health.routes(stack, route(topology).resource, PATH, called, _AT)


def _function(topology: Topology, stack: StackId) -> Iterator[Element]:
    ref = function(topology)
    group, role = lambda_.log_group(ref), Ref(stack, "FunctionLatchRole")
    reserved = lambda_.reservation(stack, _ENTRY, topology.capacity.own_function, _AT)
    yield reserved
    yield logs.group(topology, group, f"function-{_ENTRY}", _AT)
    yield logs.copied(topology, group, f"function-{_ENTRY}", _AT)
    yield iam.role(
        topology, role, _ENTRY, f"Execution role of the latch in {stack.region}.",
        iam.trust(policies.service("lambda")), _permissions(stack), _AT,
    )  # fmt: skip
    view = lambda_.FunctionView(
        id=ref.resource,
        name=physical("function", _ENTRY),
        description=join(f"Latch of {topology.spec.name}: holds clients in {stack.region} until they are released"),
        runtime=RUNTIME,
        handler="index.handler",
        architecture=str(Architecture.ARM64),
        memory_mb=MEMORY,
        timeout_seconds=int(_TIMEOUT.seconds),
        code={"ZipFile": latch_code()},
        role_arn=role.att("Arn"),
        key_arn=kms.key_arn(stack),
        reserved=Param(reserved.name),
        variables={
            "TABLE": table_name(),
            "RECORD": topology.region_host,
            "TTL_SECONDS": str(TTL_SECONDS),
            "PRIMARY_REGION": topology.primary.region,
            "METRIC_NAMESPACE": namespace(topology),
        },
        log_level=lambda_.log_level(topology, measures=True),
        group=group,
        subnet_ids=vpc.subnet_ids(topology, stack),
        security_group_id=vpc.function_group(stack),
        tags=topology.tag_list(stack),
    )
    # Its first run reads the table.
    yield Block(stack, view, _AT, after=(table(topology),))


def _permissions(stack: StackId) -> Iterator[policies.Statement]:
    yield from lambda_.running(stack, (_ENTRY,))
    there = arn("dynamodb", stack.region, join("table/", table_name()))
    yield policies.statement("UseLatch", ("dynamodb:GetItem", "dynamodb:UpdateItem"), there)
    yield policies.statement(
        "UseKey", iam.KEY_ACTIONS, kms.key_arn(stack), condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}}
    )


def alarms(topology: Topology) -> Iterator[Alarm]:
    """What the latch sees: it asks DNS day and night, so a takeover is noticed without any traffic."""
    if not topology.latched:
        return
    stack = topology.secondary

    def metric(name: str, statistic: str) -> Metric:
        return Metric(namespace(topology), name, {}, statistic)

    yield Alarm(
        stack, "TrafficTakenOver", "traffic-taken-over",
        f"FAILOVER: DNS sends clients to {stack.region}.",
        _AT, threshold=0, metric=metric("AnswersHere", "Maximum"), periods=1, datapoints=1,
    )  # fmt: skip
    yield Alarm(
        stack, "LatchHeld", "latch-held",
        f"Clients stay in {stack.region} until an operator releases them: dr-deploy --release.",
        _AT, threshold=0, metric=metric("Held", "Maximum"), periods=1, datapoints=1,
    )  # fmt: skip
    yield Alarm(
        stack, "LatchSilent", "latch-silent",
        f"The latch in {stack.region} has not said for five minutes which region answers: a takeover would not be "
        "noticed, and a recovered primary would not be held off.",
        _AT, threshold=1, comparison="LessThanThreshold", metric=metric("AnswersHere", "SampleCount"), periods=5,
        datapoints=5, missing="breaching",
    )  # fmt: skip
    yield from lambda_.small_alarms(topology, function(topology), _ENTRY, _AT, unhealthy=False)
