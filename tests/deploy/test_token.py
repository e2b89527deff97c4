"""The token that Route 53 asks: at no moment of any run is a token asked that a region does not answer.

A model of the stacks is updated step by step, in every order, and stopped anywhere. It is stricter than AWS: the two
routes of a region change one after the other, and the checkers ask the old token until the run has ended.
"""

from __future__ import annotations

import io
import itertools
import random
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.deploy import discovery
from compiler.deploy.command import main
from compiler.deploy.token import Served, Tokens, hidden, new_token
from tests.deploy.account import error
from tests.deploy.test_codes import EAST, GLOBAL, PRIMARY, SECONDARY, SPEC, WEST, Desk, checkout, compiled, desk

__all__ = ("checkout", "compiled", "desk")
Json = Any


class StoppedError(Exception):
    """The run ends here."""


@dataclass
class World:
    """Two regions and the health checks. Each region answers what its two routes say."""

    regions: list[Served | None]
    asked: str = ""
    checkers: set[str] = field(default_factory=set)
    """Tokens that some checker asks: also the one before, until a run has ended."""
    steps: int = 0
    stop_at: int | None = None
    seen: list[str] = field(default_factory=list)

    def tick(self) -> None:
        self.steps += 1
        if self.steps == self.stop_at:
            raise StoppedError

    def tokens(self) -> Tokens:
        return Tokens(tuple(region for region in self.regions if region), self.asked)

    def check(self, number: int, answered: set[str]) -> None:
        assert self.checkers <= answered, f"region {number} answers {answered}, checkers ask {self.checkers}"

    def serve(self, number: int, wanted: Served, order: random.Random) -> None:
        before = self.regions[number]
        self.tick()
        if before is not None and before != wanted:
            routes = [_routes(before), _routes(wanted)]
            changing = [0, 1]
            order.shuffle(changing)
            now = list(routes[0])
            for route in changing:
                now[route] = routes[1][route]
                self.check(number, set(now))
        self.regions[number] = wanted
        self.tick()

    def ask(self, wanted: str) -> None:
        self.tick()
        self.asked = wanted
        self.checkers.add(wanted)
        for number, region in enumerate(self.regions):
            if region:
                self.check(number, set(_routes(region)))
        self.tick()


def _routes(region: Served) -> tuple[str, str]:
    return region.current, region.previous or region.current


def run(world: World, fresh: str, *, rotate: bool, order: random.Random) -> None:
    """What dr-deploy does: every stack in one wave, each given what was read before the wave, then the checks."""
    if world.asked:
        world.checkers = {world.asked}
    start = world.tokens()
    before, rotating = start.asked, rotate and start.resting
    # Stacks of a wave run at the same time, so that the tokens are those of its beginning.
    target = start.target(fresh, rotate=rotating)
    numbers = [0, 1]
    order.shuffle(numbers)
    for number in numbers:
        world.serve(number, start.of_region(target, before), order)
    for _ in range(2):
        now = world.tokens()
        target = now.target(fresh, rotate=rotating)
        if world.asked != now.of_global(target):
            world.ask(now.of_global(target))


def deployed() -> World:
    return World([Served("a"), Served("a")], "a", {"a"})


@given(
    st.lists(st.tuples(st.booleans(), st.none() | st.integers(1, 7)), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_runs_that_stop_anywhere_never_fail_a_check_and_come_to_an_end(
    runs: list[tuple[bool, int | None]], order: random.Random
) -> None:
    world = deployed()
    for number, (rotate, stop) in enumerate(runs):
        world.steps, world.stop_at = 0, stop
        try:
            run(world, f"new-{number}", rotate=rotate, order=order)
        except StoppedError:
            continue
    world.stop_at = None
    for number in range(2):
        run(world, f"last-{number}", rotate=False, order=order)
    assert world.tokens().resting


@pytest.mark.parametrize("stop", [None, *range(1, 7)])
def test_a_rotation_that_stops_at_any_step_is_completed_by_the_next_run(stop: int | None) -> None:
    for seed in range(4):
        world = deployed()
        world.stop_at = stop
        try:
            run(world, "b", rotate=True, order=random.Random(seed))
        except StoppedError:
            world.stop_at = None
            # Said again, the command goes on with what is under way instead of a second rotation.
            run(world, "c", rotate=True, order=random.Random(seed))
            if stop == 1:
                assert world.asked == "c", "nothing was done yet"
                continue
        assert world.asked == "b"
        if stop != 6:
            assert world.regions == [Served("b", "a")] * 2, "the old one stays answered until the next run"
        run(world, "d", rotate=False, order=random.Random(seed))
        assert (world.asked, world.regions) == ("b", [Served("b")] * 2)


def test_one_region_at_a_time_leaves_the_checks_alone_until_both_answer() -> None:
    start = Tokens((Served("a"), Served("a")), "a")
    half = Tokens((Served("b", "a"), Served("a")), "a")
    assert start.target("b", rotate=True) == "b"
    assert half.target("c", rotate=False) == "b", "the newest goes on"
    assert half.of_global("b") == "a"
    assert half.of_region("b", "a") == Served("b", "a")
    assert Tokens((Served("b", "a"), Served("b", "a")), "a").of_global("b") == "b"
    assert Tokens((Served("b", "a"),), "a", complete=False).of_global("b") == "a", "a region is dark"


def test_the_first_token_is_the_same_everywhere_also_after_a_run_that_was_stopped() -> None:
    nothing = Tokens()
    assert nothing.target("a", rotate=False) == "a"
    assert nothing.of_region("a", "") == Served("a")
    for some in (Tokens((Served("a"),)), Tokens((), "a"), Tokens((Served("a"), Served("a")), "a")):
        assert some.target("b", rotate=False) == "a"


def test_two_first_runs_at_once_end_with_one_token() -> None:
    """One was faster with a region, the other with the global stack; nothing is checked before the last wave."""
    world = World([Served("a"), None], "b", {"b"})
    world.checkers = set()
    target = world.tokens().target("c", rotate=False)
    assert target == "a"
    assert world.tokens().of_region(target, "b") == Served("a", "b")
    for one, other in itertools.permutations((Served("a", "b"), Served("a"))):
        assert Tokens((one, other), "b").of_global("a") == "a"


def test_a_token_is_random_and_long_enough() -> None:
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) == 32 and int(token, 16) >= 0 for token in tokens)


def test_only_tokens_are_taken_out_of_a_text() -> None:
    token = new_token()
    assert hidden(f"GET /health/{token}: 404", (token, "", "no token")) == "GET /health/****: 404"


# In front of an account


@dataclass
class Stopping:
    """Lets the run end when it executes a change set for the nth time, before it or after it."""

    desk: Desk
    count: int = 0
    at: int | None = None
    after: bool = False

    def __call__(self, region: str, given: Mapping[str, Json]) -> dict[str, Json] | None:
        self.count += 1
        if self.count != self.at:
            return None
        if self.after:
            self.desk.account._cloudformation_ExecuteChangeSet(region, given)
        raise error("cloudformation:ExecuteChangeSet", region, "AccessDenied", "the run ends here")


def _tokens(desk: Desk) -> dict[str, tuple[str, ...]]:
    """The token's parameters of every stack."""
    return {
        name: tuple(p["ParameterValue"] for p in stack["Parameters"] if p["ParameterKey"].startswith("healthToken"))
        for (_, name), stack in desk.account.stacks.items()
    }


def _watch(desk: Desk) -> None:
    """After every operation of a stack, what is asked is answered by every region that is there."""
    execute = desk.account._cloudformation_ExecuteChangeSet

    def answer(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        done = execute(region, given)
        found = _tokens(desk)
        asked = found.get(GLOBAL, ())
        for name in (PRIMARY, SECONDARY):
            served = found.get(name) or asked
            assert not asked or asked[0] in served, "a checker asks what is not answered"
        return done

    desk.account._cloudformation_ExecuteChangeSet = answer  # type: ignore[method-assign]


def test_every_stack_is_given_the_same_token_which_later_runs_keep(desk: Desk) -> None:
    assert desk.deploy().code == 0
    first = _tokens(desk)
    (token,) = {values[0] for values in first.values()}
    assert first == {GLOBAL: (token,), PRIMARY: (token, ""), SECONDARY: (token, "")}
    assert "nothing had to be changed" in desk.deploy().out
    assert _tokens(desk) == first


def test_a_rotation_takes_two_runs(desk: Desk) -> None:
    assert desk.deploy().code == 0
    (old,) = _tokens(desk)[GLOBAL]
    _watch(desk)
    rotated = desk.deploy("--assume-delegated", "--rotate-token")
    assert rotated.code == 0, rotated
    (new,) = _tokens(desk)[GLOBAL]
    assert new != old
    assert _tokens(desk)[PRIMARY] == _tokens(desk)[SECONDARY] == (new, old)
    assert "run dr-deploy again in ten minutes" in rotated.out
    assert desk.deploy().code == 0
    assert _tokens(desk) == {GLOBAL: (new,), PRIMARY: (new, ""), SECONDARY: (new, "")}


def test_the_previous_token_is_kept_for_ten_minutes(desk: Desk) -> None:
    assert desk.deploy().code == 0
    assert desk.deploy("--assume-delegated", "--rotate-token").code == 0
    rotated = _tokens(desk)
    stack = desk.account.stacks[EAST, GLOBAL]
    stack["LastUpdatedTime"] = datetime.now(UTC) - timedelta(minutes=9)
    assert "nothing had to be changed" in desk.deploy().out
    assert _tokens(desk) == rotated
    stack["LastUpdatedTime"] = datetime.now(UTC) - timedelta(minutes=11)
    assert desk.deploy().code == 0
    assert {values[1] for values in _tokens(desk).values() if len(values) > 1} == {""}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_rotation_that_ends_anywhere_goes_on_in_the_next_run(desk: Desk, at: int, after: bool) -> None:
    assert desk.deploy().code == 0
    (old,) = _tokens(desk)[GLOBAL]
    _watch(desk)
    stopping = Stopping(desk, at=at, after=after)
    desk.account.says["cloudformation:ExecuteChangeSet"] = stopping
    assert desk.deploy("--assume-delegated", "--rotate-token").code == 1
    begun = {values[0] for values in _tokens(desk).values()} - {old}
    del desk.account.says["cloudformation:ExecuteChangeSet"]
    for _ in range(2):
        assert desk.deploy().code == 0
    tokens = _tokens(desk)
    assert begun <= set(tokens[GLOBAL])
    assert tokens[PRIMARY] == tokens[SECONDARY] == (*tokens[GLOBAL], "")


def test_a_first_deployment_that_was_stopped_goes_on_with_its_token(desk: Desk) -> None:
    desk.account.says["cloudformation:ExecuteChangeSet"] = Stopping(desk, at=3)
    assert desk.deploy().code == 1
    begun = {values[0] for values in _tokens(desk).values() if values}
    del desk.account.says["cloudformation:ExecuteChangeSet"]
    assert desk.deploy().code == 0
    assert {values[0] for values in _tokens(desk).values()} == begun
    assert len(begun) == 1


def test_a_fault_of_ours_holds_no_token_either(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.deploy().code == 0
    (token,) = _tokens(desk)[GLOBAL]

    def broken(*_: object) -> None:
        raise KeyError(f"/health/{token}")

    monkeypatch.setattr(discovery, "preview_changes", broken)
    err = io.StringIO()
    with redirect_stdout(io.StringIO()), redirect_stderr(err):
        assert main([SPEC, "--yes", "--assume-delegated"]) == 3
    assert "/health/****" in err.getvalue()
    assert token not in err.getvalue()


def test_a_second_rotation_waits_for_the_first(desk: Desk) -> None:
    assert desk.deploy().code == 0
    assert "a new one for the regions" in desk.deploy("--assume-delegated", "--rotate-token").out
    (first,) = _tokens(desk)[GLOBAL]
    assert "a rotation is under way" in desk.deploy("--assume-delegated", "--rotate-token").out
    assert _tokens(desk)[PRIMARY] == (first, "")


def test_no_rotation_without_every_region(desk: Desk) -> None:
    assert desk.deploy().code == 0
    before = _tokens(desk)
    (told,) = desk.refused("DR843", "--assume-delegated", "--rotate-token", "--only", f"secondary.{WEST}")
    assert "`--only` leaves global.us-east-1 and primary.us-east-1 out" in told.message
    assert _tokens(desk) == before


def test_in_the_night_a_dark_region_changes_no_token(desk: Desk) -> None:
    """A rotation that was under way rests: what the dark stacks ask cannot be read, so all stays answered."""
    assert desk.deploy().code == 0
    assert desk.deploy("--assume-delegated", "--rotate-token").code == 0
    before = _tokens(desk)
    desk.account.dead.add(EAST)
    given = ("--only", f"secondary.{WEST}", "--parameter", "reservedConcurrencyWorker=123", "--assume-delegated")
    assert desk.deploy(*given).code == 0
    assert _tokens(desk) == before


def test_a_token_is_given_by_nobody_but_dr_deploy(desk: Desk) -> None:
    with pytest.raises(SystemExit) as ended:
        desk.deploy("--parameter", f"healthToken={new_token()}")
    assert ended.value.code == 2


def test_no_output_holds_a_token(desk: Desk) -> None:
    """Whatever AWS says: names of resources, reasons of failures, refused calls."""
    outcomes = [desk.deploy(), desk.deploy("--assume-delegated", "--rotate-token"), desk.deploy()]

    def quoting(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        quoted = " ".join(value for values in _tokens(desk).values() for value in values)
        raise error("cloudformation:CreateChangeSet", region, "ValidationError", f"no path /health/{quoted}")

    desk.account.says["cloudformation:CreateChangeSet"] = quoting
    outcomes.append(desk.deploy("--assume-delegated", "--rotate-token"))
    assert "no path /health/****" in outcomes[-1].err
    plan = io.StringIO()
    with redirect_stdout(plan):
        assert main([SPEC, "--plan", "--format", "json"]) == 0
    texts = [plan.getvalue(), *(outcome.out + outcome.err for outcome in outcomes)]
    tokens = {value for _, given in desk.account.made("cloudformation:CreateChangeSet")
              for parameter in given["Parameters"] if parameter["ParameterKey"].startswith("healthToken")
              if (value := parameter.get("ParameterValue"))}  # fmt: skip
    assert len(tokens) >= 2
    assert not any(token in text for token in tokens for text in texts)
