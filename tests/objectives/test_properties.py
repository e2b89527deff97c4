"""What holds for every spec: more asked for never yields less, a tighter objective never a looser watch."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compiler.objectives.model import Outcome as Verdict
from compiler.pipeline import plan_document
from compiler.services.base import Alarm
from compiler.spec.compose import open_spec
from compiler.spec.units import Duration, Quantity, Rate, Size
from tests.helpers import SHIPPED
from tests.objectives.bench import compiled
from tests.objectives.systems import Outcome, System, outcome, pairs, systems
from tests.tiers import examples

bounded = examples(60)


def _never_lower(less: dict[Any, Any], more: dict[Any, Any]) -> None:
    assert set(less) == set(more)
    assert {key: (less[key], more[key]) for key in less if more[key] < less[key]} == {}


def _thresholds(found: Outcome) -> dict[Any, float]:
    return {key: alarm.threshold for key, alarm in found.alarms.items() if not alarm.comparison.startswith("Less")}


@given(pairs("tps"))
@example((System(tps=832), System(tps=834)))
@example((System(tps=1), System(tps=100_000)))
@bounded
def test_more_throughput_never_lowers_a_capacity(pair: tuple[System, System]) -> None:
    less, more = map(outcome, pair)
    _never_lower(less.provided(), more.provided())
    _never_lower(less.needed(), more.needed())
    # Alarms on how much there is: what is normal at a higher rate must not ring.
    _never_lower(_thresholds(less), _thresholds(more))
    assert less.codes & {"DR311", "DR312", "DR313"} <= more.codes


@given(pairs("duration"))
@example((System(duration=99), System(duration=101)))
@bounded
def test_longer_runs_never_lower_the_concurrency(pair: tuple[System, System]) -> None:
    short, long = map(outcome, pair)
    _never_lower(short.provided(), long.provided())
    _never_lower(short.needed(), long.needed())
    assert short.computation.recovery_time.worst <= long.computation.recovery_time.worst
    assert short.computation.latency.worst <= long.computation.latency.worst


@pytest.mark.hypothesis  # the property inside is not seen by its plugin
@pytest.mark.parametrize(
    "name", ["item", "object_size", "writes", "reads", "index_writes", "index_reads", "objects", "share"]
)
def test_more_data_never_lowers_units(name: str) -> None:
    @given(pairs(name))
    @examples(25)
    def check(pair: tuple[System, System]) -> None:
        less, more = map(outcome, pair)
        _never_lower(less.provided(), more.provided())
        _never_lower(less.needed(), more.needed())

    check()


def _watch(alarm: Alarm) -> tuple[float, int, int]:
    """How late an alarm rings: above which value, after how many periods of how many seconds."""
    metrics = [alarm.metric, *(query.metric for query in alarm.queries)]
    period = max(metric.period for metric in metrics if metric)
    return alarm.threshold, alarm.datapoints * period, alarm.periods * period


def _never_looser(tight: Outcome, loose: Outcome) -> None:
    assert set(tight.alarms) == set(loose.alarms)
    for key, alarm in tight.alarms.items():
        other = loose.alarms[key]
        assert alarm.comparison == other.comparison
        assert all(mine <= its for mine, its in zip(_watch(alarm), _watch(other), strict=True)), key


@given(pairs("rpo"))
@example((System(rpo=1), System(rpo=900_000)))
@example((System(rpo=119_000), System(rpo=121_000)))
@bounded
def test_a_tighter_recovery_point_never_loosens_an_alarm(pair: tuple[System, System]) -> None:
    tight, loose = map(outcome, pair)
    _never_looser(tight, loose)
    # Above 0 s, which asks for another kind of table, less is never easier.
    assert loose.codes - {"DR325", "DR331"} <= tight.codes
    weaker = {"DR325": 1, "DR331": 2, "DR323": 3}
    worst = [max((weaker.get(code, 0) for code in found.codes), default=0) for found in (loose, tight)]
    assert worst == sorted(worst)


@given(pairs("latency"))
@bounded
def test_a_tighter_latency_never_loosens_an_alarm(pair: tuple[System, System]) -> None:
    tight, loose = map(outcome, pair)
    _never_looser(tight, loose)
    slow = [key for key, alarm in tight.alarms.items() if alarm.metric and alarm.metric.statistic.startswith("p")]
    assert len(slow) == 4
    for key in slow:
        assert tight.alarms[key].threshold / loose.alarms[key].threshold == pytest.approx(
            pair[0].latency / pair[1].latency
        )
    assert loose.codes <= tight.codes


@given(pairs("rto"))
@bounded
def test_a_tighter_recovery_time_never_turns_an_error_into_success(pair: tuple[System, System]) -> None:
    tight, loose = map(outcome, pair)
    assert loose.codes <= tight.codes
    assert tight.computation.recovery_time.terms == loose.computation.recovery_time.terms


@given(pairs("failures"), st.booleans())
@bounded
def test_a_slower_check_never_recovers_sooner(pair: tuple[System, System], by_interval: bool) -> None:
    if by_interval:
        pair = (replace(pair[0], interval=10), replace(pair[0], interval=30))
    fast, slow = map(outcome, pair)
    assert fast.computation.recovery_time.worst <= slow.computation.recovery_time.worst
    assert fast.computation.recovery_time.typical <= slow.computation.recovery_time.typical


@given(systems)
@bounded
def test_verdicts_follow_from_the_sums(system: System) -> None:
    found = outcome(system)
    computation = found.computation
    for objective, code in ((computation.recovery_time, "DR321"), (computation.latency, "DR322")):
        assert objective.typical <= objective.worst
        assert (objective.worst > objective.asked) == (str(objective.outcome) == "missed") == (code in found.codes)
    for demand in computation.demands:
        assert demand.short == (demand.needed > demand.allowed)
    short = {demand.route for demand in computation.demands if demand.short}
    assert short == {f.at for f in found.findings if f.rule.code in ("DR311", "DR312", "DR313")}
    order = [str(outcome) for outcome in Verdict]
    for objective in computation.objectives:
        weakest = max(order.index(str(term.standing)) for term in objective.terms)
        assert order.index(str(objective.outcome)) >= weakest, f"{objective.id} is better than its weakest term"
    unwatched = {
        f.id.removesuffix("-watched").replace("-", ".", 1) for f in found.findings if f.rule.code == "DR331" and f.id
    }
    watched = {o.id for o in computation.recovery_points if o.outcome is Verdict.WATCHED and o.binding}
    assert unwatched <= watched
    assert ("DR325" in found.codes) == bool(watched - unwatched)


SPECS = sorted(
    path
    for pattern in ("specs/*.yaml", "tests/specs/*.yaml", "tests/golden/*/*.yaml", "examples/**/specs/*.yaml")
    for path in SHIPPED.parents[1].glob(pattern)
    if "base: true" not in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_no_verdict_is_better_than_its_weakest_term(path: Path) -> None:
    _, _, computation = plan_document(open_spec(path, path.name))
    order = list(Verdict)
    judged = [(o.outcome, o.terms) for o in computation.objectives]
    judged += [(each.outcome, each.terms) for each in computation.clients]
    for outcome_, terms in judged:
        assert all(order.index(outcome_) >= order.index(term.standing) for term in terms)
    # Nothing that is replicated after the answer is better than watched; only what is written twice is sure.
    for point in computation.recovery_points:
        constructed = all(term.constructed for term in point.terms)
        assert (point.outcome is Verdict.CONSTRUCTION) == (constructed and not point.lacks)
        if "DynamoDB" in point.terms[0].says:
            assert point.outcome is Verdict.WATCHED
            assert point.worst == 164 * 60


@given(systems)
@bounded
def test_what_a_quota_finding_asks_for_is_enough(system: System) -> None:
    """Granted what the remedy writes under `quotas`, and nothing more, no quota is short."""
    found = [f for f in outcome(system).findings if f.rule.code == "DR311"]
    written = dict(re.findall(r"write `(\w+): (\d+)(?:/s)?` under", " ".join(f.help or "" for f in found)))
    wanted = {name: int(figure) for name, figure in written.items()}
    assert len(wanted) == len(found)
    tables = {f"table_{kind}s": wanted.pop(f"table_{kind}s", None) for kind in ("write", "read")}
    others = {name: wanted.pop(name, None) for name in ("kms_requests", "log_requests")}
    raised = replace(
        system,
        concurrency=wanted.pop("lambda_concurrency", system.concurrency),
        requests=wanted.pop("api_requests", system.requests),
    )
    assert wanted == {}
    left = [f for f in outcome(raised).findings if f.rule.code == "DR311"]
    still = {name for f in left for name in re.findall(r"write `(\w+):", f.help or "")}
    assert still == {name for name, figure in (tables | others).items() if figure}
    one_less = (
        outcome(replace(raised, concurrency=raised.concurrency - 1))
        if raised.concurrency > system.concurrency
        else None
    )
    assert one_less is None or "lambda_concurrency" in str([f.help for f in one_less.findings])


_FASTER = re.compile(
    r"change (?:`interval` from 30s to (10)s)?(?: and )?(?:`failures` from \d+ to (\d+))?, which saves "
)


@given(systems)
@example(System(interval=30, failures=10, rto=300_000))
@example(System(interval=30, failures=3, rto=488_000))
@bounded
def test_the_remedy_of_a_slow_recovery_is_enough(system: System) -> None:
    late = next((f for f in outcome(system).findings if f.rule.code == "DR321"), None)
    if late is None:
        return
    assert late.help
    if match := _FASTER.match(late.help):
        changed = replace(system, interval=int(match[1] or system.interval), failures=int(match[2] or system.failures))
        assert changed != system
    else:
        least = re.search(r"raise `rto` to at least (\d+)s", late.help)
        assert least
        changed = replace(system, interval=10, failures=1, rto=int(least[1]) * 1000)
    assert "DR321" not in outcome(changed).codes


# --- units -----------------------------------------------------------------------------------------------------------

_UNITS: dict[type[Quantity], tuple[str, ...]] = {
    Duration: ("ms", "s", "m", "h", "d"),
    Rate: ("s", "m", "h"),
    Size: ("B", "KB", "MB", "GB"),
}


@given(st.sampled_from(sorted(_UNITS, key=str)), st.integers(1, 10_000), st.data())
@bounded
def test_a_quantity_is_the_same_in_every_unit(kind: type[Quantity], whole: int, data: st.DataObject) -> None:
    units = _UNITS[kind]
    large, small = sorted(data.draw(st.tuples(st.sampled_from(units), st.sampled_from(units))), key=units.index)[::-1]
    if kind is Rate:
        large, small = small, large
    ratio = kind.UNITS[large] / kind.UNITS[small]
    assert ratio.denominator == 1
    one, other = kind.parse(f"{whole}{kind.SEPARATOR}{large}"), kind.parse(f"{whole * ratio}{kind.SEPARATOR}{small}")
    assert one == other
    assert (hash(one), str(one)) == (hash(other), str(other))
    assert kind.parse(str(one)).amount == one.amount == whole * kind.UNITS[large]
    assert isinstance(one.amount, Fraction)


SPELLINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "smaller units": (
        ("rto: 15m", "rto: 900s"),
        ("rpo: 5m", "rpo: 300000ms"),
        ("throughput: 10000/s", "throughput: 600000/m"),
        ("latency: 1s", "latency: 1000ms"),
        ("api_requests: 20000/s", "api_requests: 1200000/m"),
        ("rotation: 365d", "rotation: 8760h"),
        ("item_size: 1KB", "item_size: 1024B"),
        ("object_size: 100KB", "object_size: 102400B"),
        ("memory: 1024MB", "memory: 1048576KB"),
        ("timeout: 10s", "timeout: 10000ms"),
        ("interval: 10s", "interval: 10000ms"),
        ("retention: 90d", "retention: 2160h"),
    ),
    "larger units": (
        ("rto: 15m", "rto: 0.25h"),
        ("throughput: 10000/s", "throughput: 36000000/h"),
        ("duration: 40ms", "duration: 0.04s"),
        ("cold_start: 500ms", "cold_start: 0.5s"),
        ("memory: 1024MB", "memory: 1GB"),
    ),
    "defaults written out": (
        ("reads: 1\n", "reads: 1.0\n    consistency: strong\n    transactions: false\n"),
        ("object_size: 100KB", "object_size: 100KB\n    prefixes: 1\n    write: replicated"),
        ("duration: 40ms", "duration: 40ms\n    share: 1\n    log_size: 1KB"),
    ),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_units_do_not_change_a_template(spelling: str) -> None:
    assert compiled(*SPELLINGS[spelling]).bundle.files == compiled().bundle.files


# --- the standby -----------------------------------------------------------------------------------------------------


@given(systems)
@bounded
def test_the_standby_is_asked_and_watched_like_the_primary(system: System) -> None:
    found = outcome(system)
    east, west = (
        {name: figure for (region, name), figure in found.needed().items() if region == wanted}
        for wanted in ("us-east-1", "us-west-2")
    )
    assert east == west
    primary, secondary = (
        {
            re.sub("Us(East1|West2)", "Other", name): alarm
            for (stack, name), alarm in found.alarms.items()
            if stack == wanted
        }
        for wanted in ("primary.us-east-1", "secondary.us-west-2")
    )
    # Only the standby watches for clients who come to it, and has the latch.
    latch = {"LatchHeld", "LatchSilent", "FunctionLatchErrors", "FunctionLatchThrottles"}
    latch |= {"FunctionLatchNearReservation"}
    assert set(secondary) - set(primary) == {"TrafficTakenOver"} | latch
    assert set(primary) <= set(secondary)
    # The latch has a reservation, which leaves less for everything else.
    assert primary.pop("AccountConcurrencyHigh").threshold < secondary["AccountConcurrencyHigh"].threshold
    for name, alarm in primary.items():
        other = secondary[name]
        assert (alarm.threshold, alarm.periods, alarm.datapoints) == (other.threshold, other.periods, other.datapoints)


CAPACITIES = {
    "AWS::Lambda::Function": ("ReservedConcurrentExecutions", "MemorySize", "Timeout"),
    "AWS::ApiGatewayV2::Stage": ("DefaultRouteSettings",),
    "AWS::Kinesis::Stream": ("ShardCount", "RetentionPeriodHours"),
}


@pytest.mark.parametrize(
    "changes",
    [(), (("duration: 40ms", "duration: 300ms"),), (("throughput: 10000/s", "throughput: 400/s"),)],
    ids=["shipped", "long runs", "low rate"],
)
def test_the_standby_is_as_large_as_the_primary(changes: tuple[tuple[str, str], ...]) -> None:
    from tests.helpers import topology_of

    topology = topology_of(compiled(*changes).bundle.files)
    for kind, properties in CAPACITIES.items():
        primary, secondary = (
            {
                resource.id: {name: resource.properties.get(name) for name in properties}
                for resource in stack.of(kind.removeprefix("AWS::"))
                if resource.id != "FunctionLatch"  # of the standby alone
            }
            for stack in topology.serving
        )
        assert primary
        assert primary == secondary
        assert all(value is not None for found in primary.values() for value in found.values())
