"""The latch of a manual failback: what it makes of stale answers, several environments, lost writes and odd clocks."""

from __future__ import annotations

import importlib.util
import json
import socket
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from compiler.aws.facts import route53
from compiler.deploy import latch as operator
from compiler.objectives import failback
from tests.deploy.resolver import answered, open_resolver
from tests.emulator import Emulator

FILE = Path(__file__).resolve().parents[2] / "functions" / "latch" / "index.py"
OWN, PRIMARY, TTL = "us-west-2", "us-east-1", 10
RECORD = "region.tx.example.com"
ENVIRON = {
    "TABLE": "table-latch", "RECORD": RECORD, "AWS_REGION": OWN, "PRIMARY_REGION": PRIMARY, "TTL_SECONDS": str(TTL),
    "METRIC_NAMESPACE": "DR/transactions/prod/a1",
}  # fmt: skip


def loaded() -> ModuleType:
    """The code as a module, as a new execution environment has it."""
    spec = importlib.util.spec_from_file_location("latch_index", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


INDEX = loaded()


def test_the_code_has_the_times_that_are_computed_with() -> None:
    """What the objectives and `--release` say of the latch is what the code does."""
    latch = INDEX.Latch(client=None, environ={**ENVIRON, "TTL_SECONDS": str(route53.REGION_RECORD_SECONDS.value)})
    assert failback.LOOK_SECONDS == INDEX.LOOK_SECONDS
    assert failback.SEEN_LIFETIMES * route53.REGION_RECORD_SECONDS.value == latch._long
    assert operator.RELEASE_SECONDS == INDEX.RELEASE_SECONDS


class Refused(Exception):  # noqa: N818 - named as the SDK names it
    """The condition of an update does not hold."""


class Table:
    """The one item of the latch's table, with the conditions that the code uses; the emulator knows them all."""

    class exceptions:  # noqa: N801 - as a client of the SDK has it
        ConditionalCheckFailedException = Refused

    def __init__(self) -> None:
        self.item: dict[str, dict[str, Any]] = {}
        self.reachable, self.loses_writes = True, False
        self.changes: list[str] = []

    def number(self, name: str) -> float | None:
        return float(self.item[name]["N"]) if name in self.item else None

    def get_item(self, **_: object) -> Mapping[str, Any]:
        if not self.reachable:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")
        return {"Item": dict(self.item)} if self.item else {}

    def update_item(self, *, UpdateExpression: str, **given: Any) -> None:  # noqa: N803 - as the SDK calls it
        if not self.reachable:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")
        values = given["ExpressionAttributeValues"]
        if not self._holds(given.get("ConditionExpression", ""), values):
            raise Refused
        if self.loses_writes:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "UpdateItem")
        sets, _, removes = UpdateExpression.partition(" REMOVE ")
        if UpdateExpression.startswith("REMOVE"):
            removes, _, sets = UpdateExpression.removeprefix("REMOVE ").partition(" SET ")
            sets = f"SET {sets}"
        for part in sets.removeprefix("SET ").split(", "):
            name, _, value = part.partition(" = ")
            self.item[name.removeprefix("#")] = values[value]
        self.item.pop(removes.strip(), None)
        self.changes.append(UpdateExpression)

    def _holds(self, condition: str, values: Mapping[str, Any]) -> bool:
        number = {name: float(value["N"]) for name, value in values.items() if "N" in value}
        released, primary = self.number("released_until"), self.number("seen_primary_at")
        if condition in ("", "released_until = :had"):
            return not condition or released == number[":had"]
        assert "released_until <= :now" in condition
        assert "NOT seen_primary_at BETWEEN :long AND :now" in condition
        no_release = released is None or released <= number[":now"]
        return no_release and (primary is None or not number[":long"] <= primary <= number[":now"])


class Behaviour(RuleBasedStateMachine):
    """DNS, two environments with clocks of their own, an operator; everything may go wrong at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.now = Table(), 1_000_000.0
        self.answers: list[tuple[float, str]] = [(0.0, PRIMARY)]
        self.lag: float | None = 0.0
        self.latches = [INDEX.Latch(self.table, ENVIRON, look=lambda _: self.seen()) for _ in range(2)]
        self.clocks = [0.0, 0.0]
        self.steps = 0
        self.held = False
        self.odd_clock = False

    def seen(self) -> str | None:
        """What the resolver says: an answer may be as old as it may live."""
        if self.lag is None:
            return None
        return next(name for at, name in reversed(self.answers) if at <= self.now - self.lag)

    def ask(self, which: int) -> bool | None:
        held: bool | None = self.latches[which].held(lambda: self.now + self.clocks[which])
        by_latch = bool(self.table.item.get("held", {}).get("BOOL")) and not self.held
        if by_latch:
            # Whatever the clocks did: the record has named this region within the time that an answer lives.
            recent = [name for at, name in self.answers if at >= self.now - TTL]
            recent.append(next(name for at, name in reversed(self.answers) if at <= self.now - TTL))
            assert OWN in recent, "held by a stale answer"
            assert not self.releasing() or self.odd_clock, "held while a release runs"
            self.held = True
        return held

    def releasing(self) -> bool:
        until = self.table.number("released_until")
        return until is not None and until > self.now

    @rule(seconds=st.sampled_from([1, 5, 6, 20, 40, 400]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule(name=st.sampled_from([OWN, PRIMARY]))
    def dns_changes(self, name: str) -> None:
        self.answers.append((self.now, name))

    @rule(which=st.integers(0, 1), lag=st.one_of(st.none(), st.floats(0, TTL)), times=st.integers(1, 8))
    def requests(self, which: int, lag: float | None, times: int) -> None:
        self.lag = lag
        for _ in range(times):
            held = self.ask(which)
            assert held is None or self.table.loses_writes or not self.table.reachable or held == self.held
            self.now += 5

    @rule(reachable=st.booleans(), loses=st.booleans())
    def the_table_fails(self, *, reachable: bool, loses: bool) -> None:
        self.table.reachable, self.table.loses_writes = reachable, loses

    @precondition(lambda self: self.steps < 1)
    @rule(which=st.integers(0, 1), by=st.sampled_from([-3600, -20, 28, 3600]))
    def a_clock_is_set(self, which: int, by: float) -> None:
        self.clocks[which] += by
        self.steps += 1
        self.odd_clock = True

    @rule()
    def an_operator_releases(self) -> None:
        self.table.item |= {"held": {"BOOL": False}, "released_until": {"N": str(int(self.now) + 900)}}
        self.held = False

    @rule()
    def an_operator_holds(self) -> None:
        self.table.item["held"] = {"BOOL": True}
        self.table.item.pop("released_until", None)
        self.held = True

    @rule(name=st.sampled_from([OWN, PRIMARY]))
    def a_quiet_while(self, name: str) -> None:
        """Without faults it comes to what it is for, however it got here."""
        self.table.reachable, self.table.loses_writes, self.lag = True, False, 0.0
        self.dns_changes(name)
        releasing = self.releasing()
        for _ in range(30):
            self.ask(0)
            self.now += 5
        if name == OWN:
            assert self.held or releasing or self.odd_clock
        else:
            assert not self.releasing() or self.odd_clock, "a release ends once the primary answers"

    @invariant()
    def nobody_but_an_operator_lets_go(self) -> None:
        assert bool(self.table.item.get("held", {}).get("BOOL")) is self.held

    @invariant()
    def a_release_ends(self) -> None:
        assert (self.table.number("released_until") or 0) <= self.now + 900 or self.odd_clock


TestBehaviour = Behaviour.TestCase
TestBehaviour.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def latch(table: Table, answer: str | None) -> Any:
    return INDEX.Latch(table, ENVIRON, look=lambda _: answer)


def watch(made: Any, seconds: int, begin: int = 0) -> bool | None:
    """Asks every five seconds; the last answer."""
    found = None
    for now in range(begin, begin + seconds + 1, 5):
        found = made.held(lambda now=now: 1_000_000.0 + now)
    return found


def test_it_closes_after_three_lives_of_an_answer_and_not_before() -> None:
    table = Table()
    made = latch(table, OWN)
    assert watch(made, 30) is False
    assert watch(made, 5, begin=35) is True
    assert table.item["by"] == {"S": "latch"}


def test_a_clock_that_is_set_forward_makes_no_answer_older() -> None:
    """The record named this region, then a stale answer did, and between them the clock went on by half a minute."""
    table = Table()
    made = latch(table, OWN)
    watch(made, 5)
    assert watch(made, 5, begin=5 + 28) is False


def test_nobody_looked_while_it_slept() -> None:
    """Before and after a pause the record names this region; what it named meanwhile is not known."""
    table = Table()
    made = latch(table, OWN)
    watch(made, 25)
    assert watch(made, 25, begin=300) is False
    assert watch(made, 10, begin=330) is True


def test_another_environment_that_sees_the_primary_keeps_it_open() -> None:
    table = Table()
    stale, right = latch(table, OWN), latch(table, PRIMARY)
    for now in range(0, 200, 5):
        right.held(lambda now=now: 1_000_000.0 + now)
        assert stale.held(lambda now=now: 1_000_000.0 + now) is False


def test_a_table_that_cannot_be_read_is_believed_for_a_minute_then_holds_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What was read last stands through a short fault. Then it is 503: such a standby serves nobody either."""
    table = Table()
    table.item = {"held": {"BOOL": True}}
    made = latch(table, OWN)
    assert watch(made, 0) is True
    table.reachable = False
    assert watch(made, 50, begin=5) is True
    assert watch(made, 5, begin=65) is None
    assert '"event": "latch.table"' in capsys.readouterr().out


def test_a_new_environment_that_cannot_read_holds_nobody() -> None:
    table = Table()
    table.item, table.reachable = {"held": {"BOOL": True}}, False
    assert watch(latch(table, OWN), 0) is None


def test_a_release_of_a_wrong_clock_is_cut_to_fifteen_minutes() -> None:
    table = Table()
    table.item = {"held": {"BOOL": False}, "released_until": {"N": str(1_000_000 + 86_400)}}
    watch(latch(table, OWN), 0)
    assert table.number("released_until") == 1_000_900


def test_it_publishes_what_it_sees_and_logs_nothing_of_the_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = loaded()
    monkeypatch.setattr(module, "_latch", module.Latch(Table(), ENVIRON, look=lambda _: OWN))
    answer = module.handler({"rawPath": "/held/5ec4e7"}, None)
    assert (answer["statusCode"], answer["body"]) == (404, '{"held": false}')
    written = capsys.readouterr().out
    assert "5ec4e7" not in written
    line = json.loads(written)
    assert (line["AnswersHere"], line["Held"]) == (1, 0)
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == ENVIRON["METRIC_NAMESPACE"]
    assert [m["Name"] for m in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]] == ["AnswersHere", "Held"]


@pytest.mark.parametrize(("held", "status"), [(True, 200), (False, 404), (None, 503)])
def test_answers(held: bool | None, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    module = loaded()
    monkeypatch.setattr(module, "_latch", type("Known", (), {"held": lambda _: held})())
    assert module.handler({}, None)["statusCode"] == status


# DNS


@pytest.fixture
def resolve() -> Iterator[Any]:
    with open_resolver() as resolver:
        resolver.texts = [OWN]
        host, port = resolver.address
        yield resolver, lambda: INDEX.resolve(RECORD, [host], port)


def test_the_record_is_read_over_udp_and_where_it_does_not_fit_over_tcp(resolve: Any) -> None:
    resolver, ask = resolve
    assert ask() == OWN
    resolver.truncates = True
    assert ask() == OWN
    assert [kind for kind, _ in resolver.questions] == ["udp", "udp", "tcp"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda q: answered(q, flags=0x8182),
        lambda q: answered(q, flags=0x8183),
        lambda q: answered(q),
        lambda q: answered(q, (16, b"\x09us-east-1"), (16, b"\x09us-west-2")),
        lambda q: b"\0\0" + answered(q, (16, b"\x09us-west-2"))[2:],
        lambda q: answered(q, (16, b"\x09us-west-2"))[:-3],
        lambda _: b"",
        lambda _: None,
    ],
    ids=["failure", "no such name", "no text", "two texts", "another question", "cut off", "nothing", "silence"],
)
def test_what_is_no_answer_is_not_known(resolve: Any, answer: Any) -> None:
    resolver, ask = resolve
    resolver.answer = answer
    assert ask() is None


def test_a_name_server_that_is_gone_is_passed_over(resolve: Any) -> None:
    resolver, _ = resolve
    host, port = resolver.address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.2", port))
        assert INDEX.resolve(RECORD, ["127.0.0.2", host], port) == OWN


def test_the_resolver_of_the_vpc_comes_last(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("search x\nnameserver 10.0.0.2\nnameserver\n", encoding="ascii")
    assert INDEX.name_servers(file) == ["10.0.0.2", INDEX.RESOLVER]
    assert INDEX.name_servers(tmp_path / "absent") == [INDEX.RESOLVER]


def test_its_expressions_are_those_of_dynamodb(emulator: Emulator) -> None:
    """Every change that it makes, against the emulator: sight of the primary, closing, cut release, ended release."""
    environ = {**emulator.environ(OWN), **ENVIRON, "TABLE": f"latch-{uuid.uuid4().hex[:8]}"}
    client = boto3.client(
        "dynamodb", region_name=OWN, endpoint_url=environ["AWS_ENDPOINT_URL"], aws_access_key_id="x",
        aws_secret_access_key="x",
    )  # fmt: skip
    client.create_table(
        TableName=environ["TABLE"], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )  # fmt: skip

    def item() -> Mapping[str, Any]:
        found: Mapping[str, Any] = client.get_item(TableName=environ["TABLE"], Key={"id": {"S": "latch"}})["Item"]
        return found

    watch(INDEX.Latch(client, environ, look=lambda _: PRIMARY), 0)
    assert float(item()["seen_primary_at"]["N"]) == 1_000_000
    made = INDEX.Latch(client, environ, look=lambda _: OWN)
    assert watch(made, 25, begin=5) is False
    assert watch(made, 15, begin=30) is True
    assert item()["held"] == {"BOOL": True}
    client.update_item(
        TableName=environ["TABLE"], Key={"id": {"S": "latch"}}, UpdateExpression="SET held = :no, released_until = :t",
        ExpressionAttributeValues={":no": {"BOOL": False}, ":t": {"N": "1090000"}},
    )  # fmt: skip
    assert watch(made, 60, begin=50) is False
    assert float(item()["released_until"]["N"]) < 1_001_000
    watch(INDEX.Latch(client, environ, look=lambda _: PRIMARY), 60, begin=200)
    assert "released_until" not in item()
