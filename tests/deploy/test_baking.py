"""A change reaches one region first, and only then the other: what rings there keeps it from the second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from compiler.deploy import baking, plan
from compiler.deploy.cloud import Alarm, ExistingStack, Watch
from compiler.deploy.options import Options
from compiler.deploy.resolving import NoAnswerError
from compiler.deploy.session import Session
from compiler.linking.waves import Step
from compiler.pipeline import Compiled
from tests.deploy.account import Account, session_of
from tests.deploy.gateway import Call, unwatched
from tests.deploy.resolver import Resolver, answered
from tests.deploy.site import Killed, Reaper, Site, Within
from tests.helpers import SHIPPED, compiled

Json = Any
SMALL = Path(__file__).with_name("small.yaml")
EAST, WEST = "us-east-1", "us-west-2"
PRIMARY, SECONDARY, GLOBAL = "primary.us-east-1", "secondary.us-west-2", "global.us-east-1"
TRIGGER = "RollbackConfiguration.RollbackTriggers.member.1.Arn"
MINUTES = "RollbackConfiguration.MonitoringTimeInMinutes"


@pytest.fixture
def small(site_of: Callable[[Path], Site]) -> Site:
    return site_of(SMALL)


@pytest.fixture
def quick(small: Site, monkeypatch: pytest.MonkeyPatch) -> Within:
    return Within(small, monkeypatch)


def change(site: Site, old: str, new: str) -> None:
    site.edit((old, new))
    site.compile()


def memory(site: Site, key: str) -> int:
    client = site.gateway.client("lambda", key.partition(".")[2])
    name = site.resources(key)["FunctionWorker"]
    return int(client.get_function_configuration(FunctionName=name)["MemorySize"])


def alarm(site: Site, key: str) -> str:
    return site.outputs(key)["RegionUnhealthyAlarmArn"].partition(":alarm:")[2]


def ring(site: Site, key: str, state: str = "ALARM") -> None:
    client = site.gateway.client("cloudwatch", key.partition(".")[2])
    client.set_alarm_state(AlarmName=alarm(site, key), StateValue=state, StateReason="the code is broken")


def executed(calls: list[Call]) -> list[tuple[str, str, str]]:
    """Updates that were begun: stack by its kind, whether an alarm was watched, and for how many minutes after."""
    asked = {call.form["ChangeSetName"]: call.form for call in calls if call.operation == "CreateChangeSet"}
    begun = [call.form for call in calls if call.operation == "ExecuteChangeSet"]
    forms = [asked[form["ChangeSetName"]] for form in begun]
    return [(form["StackName"].split("-")[1], "watched" if TRIGGER in form else "", form[MINUTES]) for form in forms]


@pytest.mark.slow
def test_what_rings_in_one_region_never_reaches_the_other(small: Site, quick: Within) -> None:
    gateway = small.gateway
    assert quick.deploy().code == 0
    created = executed(gateway.calls)
    assert {(watched, minutes) for _, watched, minutes in created} == {("", "0")}, "an alarm to come is no trigger"
    untouched = small.events(PRIMARY)
    change(small, "memory: 128MB", "memory: 256MB")
    gateway.minute_seconds = 0.2
    gateway.baking = lambda region, _: ring(small, SECONDARY) if region == WEST else None
    begun = len(gateway.calls)

    failed = quick.deploy()

    assert (failed.code, failed.codes) == (1, ["DR861"]), failed
    assert f"`{alarm(small, SECONDARY)}` rang" in failed.err
    assert "the code is broken" in failed.err
    assert f"{EAST} is untouched" in failed.err
    assert executed(gateway.calls[begun:]) == [("secondary", "watched", "15")]
    assert (memory(small, SECONDARY), memory(small, PRIMARY)) == (128, 128)
    assert small.events(PRIMARY) == untouched

    gateway.baking = unwatched
    begun = len(gateway.calls)
    refused = quick.deploy()
    assert (refused.code, refused.codes) == (1, ["DR860"]), refused
    assert executed(gateway.calls[begun:]) == []

    ring(small, SECONDARY, "OK")
    begun = len(gateway.calls)
    done = quick.deploy()
    assert done.code == 0, done
    assert executed(gateway.calls[begun:]) == [("secondary", "watched", "15"), ("primary", "watched", "15")]
    assert (memory(small, SECONDARY), memory(small, PRIMARY)) == (256, 256)


@pytest.mark.slow
def test_a_run_that_is_killed_while_a_region_bakes_is_completed_by_the_next(small: Site, quick: Within) -> None:
    gateway = small.gateway
    assert quick.deploy().code == 0
    change(small, "memory: 128MB", "memory: 256MB")
    gateway.minute_seconds = 0.1
    with pytest.raises(Killed):
        quick.deploy(reaper=Reaper(("Execute",), before=False))
    assert memory(small, PRIMARY) == 128

    begun = len(gateway.calls)
    done = quick.deploy()

    assert done.code == 0, done
    assert executed(gateway.calls[begun:]) == [("primary", "watched", "15")]
    assert (memory(small, SECONDARY), memory(small, PRIMARY)) == (256, 256)


@contextmanager
def serving(resolver: Resolver, region: str) -> Iterator[tuple[str, ...]]:
    """Options of a run whose DNS says that a region serves clients."""
    text = region.encode()
    resolver.answer = lambda question: answered(question, (16, bytes([len(text)]) + text))
    yield "--resolver", f"127.0.0.1:{resolver.address[1]}"


@pytest.mark.slow
def test_where_the_standby_serves_the_primary_is_changed_first(small: Site, quick: Within, resolver: Resolver) -> None:
    """And what an operator asks for at night neither waits nor asks for an alarm."""
    gateway = small.gateway
    assert quick.deploy().code == 0
    change(small, "memory: 128MB", "memory: 256MB")
    with serving(resolver, WEST) as options:
        begun = len(gateway.calls)
        done = quick.deploy(*options)
        assert done.code == 0, done
        assert f"{WEST} serves clients now, so {EAST} is changed first" in done.out
        assert executed(gateway.calls[begun:]) == [("primary", "watched", "15"), ("secondary", "watched", "15")]

        ring(small, PRIMARY)
        change(small, "memory: 256MB", "memory: 512MB")
        begun = len(gateway.calls)
        assert quick.deploy(*options, "--through-alarm").code == 0
        assert executed(gateway.calls[begun:]) == [("primary", "", "15"), ("secondary", "", "15")]
        change(small, "memory: 512MB", "memory: 1024MB")
        begun = len(gateway.calls)
        assert quick.deploy(*options, "--no-bake").code == 0
        assert executed(gateway.calls[begun:]) == [("primary", "", "0"), ("secondary", "", "0")]


# In memory


def of_session(account: Account, options: Options | None = None, made: Compiled | None = None) -> Session:
    """A session in front of stacks that are deployed as they are compiled."""
    session = session_of(made or compiled(SHIPPED), account, options)
    for stack in session.deployment.stacks:
        account.stacks[stack.region, stack.name] = {"template": stack.template.body}
        outputs = {name: f"{stack.key}-{name}" for name in stack.section("Outputs")}
        if stack.id.serves:
            name = f"unhealthy-{stack.id.label if made else stack.region}"
            outputs["RegionUnhealthyAlarmArn"] = f"arn:aws:cloudwatch:{stack.region}:1:alarm:{name}"
        session.existing[stack.id] = ExistingStack("id", stack.name, "UPDATE_COMPLETE", "", "", True, {}, outputs)
    for stack in session.deployment.stacks:
        wired = {name: session.outputs(source.stack)[source.output] for name, source in stack.wiring.items()}
        found = session.existing[stack.id]
        assert found
        session.existing[stack.id] = ExistingStack(**{**vars(found), "parameters": wired})
    return session


def with_alarm(state: str) -> Account:
    def answer(region: str, given: Json) -> Json:
        alarms = [{"AlarmName": name, "StateValue": state, "StateReason": "why"} for name in given["AlarmNames"]]
        return {"CompositeAlarms": alarms}

    return Account(says={"cloudwatch:DescribeAlarms": answer})


def test_the_last_operation_on_a_region_is_watched_and_no_other() -> None:
    session = of_session(with_alarm("OK"))
    stack = session.topology.secondary
    existing = session.existing[stack]
    watched = baking.watch(session, Step(stack, (), bakes=True), existing)
    arn = "arn:aws:cloudwatch:us-west-2:1:alarm:unhealthy-us-west-2"
    assert watched.configuration == {
        "RollbackTriggers": [{"Arn": arn, "Type": "AWS::CloudWatch::CompositeAlarm"}], "MonitoringTimeInMinutes": 15,
    }  # fmt: skip
    nothing = {"RollbackTriggers": [], "MonitoringTimeInMinutes": 0}
    assert baking.watch(session, Step(stack, ()), existing).configuration == nothing
    assert baking.watch(session, Step(stack, (), bakes=True), None).configuration == nothing, "it is created"


def test_an_alarm_that_is_not_there_is_no_trigger() -> None:
    """A missing trigger fails the operation: one that the operation creates, or that somebody has deleted."""
    session = of_session(Account())
    stack = session.topology.secondary
    step = Step(stack, (), bakes=True)
    assert baking.watch(session, step, session.existing[stack]) == Watch((), 15), "deleted by hand"
    existing = session.existing[stack]
    assert existing
    without = {name: value for name, value in existing.outputs.items() if name != "RegionUnhealthyAlarmArn"}
    session.existing[stack] = ExistingStack(**{**vars(existing), "outputs": without})
    session.api = with_alarm("OK")
    assert baking.watch(session, step, session.existing[stack]) == Watch((), 15), "created by this operation"


@pytest.mark.parametrize(
    ("options", "watched"),
    [
        (Options(), Watch((Alarm("arn:aws:cloudwatch:us-west-2:1:alarm:unhealthy-us-west-2",
                                 "AWS::CloudWatch::CompositeAlarm", True, "why"),), 15)),
        (Options(through_alarm=True), Watch((), 15)),
        (Options(no_bake=True), Watch()),
    ],
    ids=["as usual", "through the alarm", "no bake"],
)  # fmt: skip
def test_options_of_the_bake(options: Options, watched: Watch) -> None:
    session = of_session(with_alarm("ALARM"), options)
    stack = session.topology.secondary
    assert baking.watch(session, Step(stack, (), bakes=True), session.existing[stack]) == watched


@pytest.mark.parametrize(
    ("told", "serving_", "says"),
    [
        (EAST, EAST, ""),
        (WEST, WEST, f"{WEST} serves clients now, so {EAST} is changed first"),
        ("", EAST, f"region.tx.example.com does not say which region serves (no record): {EAST} counts as serving"),
        ("eu-west-1", EAST, f"does not say which region serves (eu-west-1): {EAST} counts as serving"),
        (None, EAST, f"does not say which region serves (no answer): {EAST} counts as serving"),
    ],
)
def test_the_dns_says_which_region_is_changed_last(
    told: str | None, serving_: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def text_of(host: str, servers: Json) -> str:
        assert host == "region.tx.example.com"
        if told is None:
            raise NoAnswerError("no answer")
        return told

    monkeypatch.setattr("compiler.deploy.answers.text_of", text_of)
    monkeypatch.setattr("compiler.deploy.answers.authoritative", lambda host, resolvers: ())
    session = of_session(Account())
    assert plan.find_serving(session).endswith(says)
    assert session.serving == serving_
    first = plan.plan(session, tuple(session.existing))[0]
    assert [step.stack.region for step in first] == [WEST if serving_ == EAST else EAST]


def test_without_access_to_the_dns_nobody_asks_it() -> None:
    session = of_session(Account(), Options(assume_delegated=True))
    assert f"{EAST} counts as serving" in plan.find_serving(session)
    assert session.serving == EAST
