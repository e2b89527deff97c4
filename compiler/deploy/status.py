"""How a deployed system is: which region answers, whether the latch holds, how far behind data is, which code runs.

It asks the DNS, and in each serving region CloudWatch and Lambda; in the standby also the table of the latch. It asks
neither CloudFormation nor STS, IAM or the API of Route 53. No question depends on another one: if a region does not
answer, the status says so and tells the rest.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from compiler.deploy import answers, latch, running
from compiler.deploy.answers import Answering
from compiler.deploy.cloud import Api, CloudError
from compiler.deploy.latch import Latch
from compiler.deploy.running import Running
from compiler.reporting.result import Line
from compiler.rollout.deployment import Deployment, Stack
from compiler.services.base import namespace
from compiler.services.dynamodb import HEARTBEAT_AGE
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

Json = Any
_PERIOD_SECONDS = 60
_LOOK_BACK = timedelta(minutes=5)


@frozen
class System:
    """What is asked about, and how."""

    topology: Topology
    deployment: Deployment
    api: Api
    resolvers: tuple[tuple[str, int], ...] = ()

    @property
    def primary(self) -> Stack:
        """The stack of the primary region."""
        return self.deployment.stack(self.topology.primary)

    @property
    def standby(self) -> Stack:
        """The stack of the secondary region."""
        return self.deployment.stack(self.topology.secondary)


@frozen
class Status:
    """What was found. Ages and code are by region, code then by function; what could not be asked is missing.

    `expects_age` says that every region measures how far it is behind.
    """

    answering: Answering
    primary: str
    standby: str
    latch: Latch | None
    ages: Mapping[str, float]
    code: Mapping[str, Mapping[str, Running]]
    unasked: tuple[str, ...]
    rpo_seconds: float
    expects_age: bool
    bake_minutes: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What looks unusual and may be part of a release that is on its way."""
        return tuple(said for said, releasing in running.differing(self.code, self.bake_minutes) if releasing)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is not as in normal operation, most important first."""
        code = (said for said, releasing in running.differing(self.code, self.bake_minutes) if not releasing)
        unasked = (f"could not ask {what}" for what in self.unasked)
        return (*self._about_names(), *self._about_data(), *code, *unasked)

    def _about_names(self) -> Iterator[str]:
        if self.answering.problem:
            yield f"the DNS does not say which region answers: {self.answering.problem}"
        elif not self.answering.region:
            yield "the DNS has no record that says which region answers"
        elif self.answering.region != self.primary:
            yield f"{self.answering.region} answers, not the primary region {self.primary}"
        if self.answering.differs:
            yield "the name servers do not agree: a change is on its way"
        if self.latch and self.latch.held:
            yield f"clients are held in {self.standby}"

    def _about_data(self) -> Iterator[str]:
        for region in (self.primary, self.standby) if self.expects_age else ():
            other = self.standby if region == self.primary else self.primary
            if region in self.ages:
                if self.ages[region] > self.rpo_seconds > 0:
                    yield f"{region} is {self.ages[region]:,.0f} s behind {other}; the RPO is {self.rpo_seconds:,.0f} s"
            elif not any(question.startswith(f"how far {region} ") for question in self.unasked):
                yield f"{region} has not measured for 5 min how far it is behind {other}"


def read(system: System) -> Status:
    """Asks everything at the same time."""
    unasked: list[str] = []
    measured, code = {}, {}
    held: Latch | None = None
    serving = (system.primary, system.standby)
    table = latch.table(system.topology, system.deployment)
    with ThreadPoolExecutor(2 * len(serving) + 2) as pool:
        answer = pool.submit(answers.answering, system.topology.region_host, system.resolvers)
        ages = {s.region: pool.submit(_asked, partial(behind, system, s)) for s in serving}
        codes = {
            s.region: pool.submit(_asked, partial(running.read, system.topology, system.deployment, system.api, s))
            for s in serving
        }
        latched = pool.submit(_asked, partial(table.read, system.api)) if table else None
    for stack, other in (serving, serving[::-1]):
        age, problem = ages[stack.region].result()
        if problem:
            unasked.append(f"how far {stack.region} is behind {other.region}: {problem}")
        elif age is not None:
            measured[stack.region] = age
        digests, problem = codes[stack.region].result()
        if digests is not None:
            code[stack.region] = digests
        else:
            unasked.append(f"which code runs in {stack.region}: {problem}")
    if latched:
        held, problem = latched.result()
        if problem:
            unasked.append(f"whether the latch holds: {problem}")
    return Status(
        answer.result(), system.primary.region, system.standby.region, held, measured, code, tuple(unasked),
        float(system.topology.spec.objectives.rpo.seconds), all(_measures(stack) for stack in serving),
        system.deployment.bake_minutes,
    )  # fmt: skip


def _asked(question: Callable[[], Json]) -> tuple[Json, str]:
    """The answer, or why there is none."""
    try:
        return question(), ""
    except CloudError as error:
        return None, f"{error.service} in {error.region} says {error.code}"


def _measures(stack: Stack) -> bool:
    """Whether an alarm of a stack watches the age of the peer's heartbeat."""
    return any(HEARTBEAT_AGE in str(body.get("Properties")) for body in stack.bodies.values())


def behind(system: System, stack: Stack) -> float | None:
    """Seconds that a region is behind the other one, as it measured last; None where it has not lately."""
    now = datetime.now(UTC)
    asked = {
        "Namespace": system.deployment.plain(namespace(system.topology)),
        "MetricName": HEARTBEAT_AGE,
        "StartTime": now - _LOOK_BACK,
        "EndTime": now,
        "Period": _PERIOD_SECONDS,
        "Statistics": ["Maximum"],
    }
    found = system.api.call("cloudwatch", stack.region, "GetMetricStatistics", asked).get("Datapoints", [])
    latest = max(found, key=lambda point: str(point["Timestamp"]), default=None)
    return float(latest["Maximum"]) if latest else None


def lines(status: Status) -> Iterator[Line]:
    """The status for people."""
    answer, ages = status.answering, status.ages
    region = answer.region or "not known"
    yield Line(f"{'answers':<10} ", region, "bold" if region == status.primary else "bold red")
    if answer.differs:
        yield from (Line(f"  {name:<24} ", said or "no answer") for name, said in answer.servers)
    yield Line(f"{'latch':<10} ", latch_words(status.latch, time.time()) if status.latch else "none, or not known")
    for here, there in ((status.primary, status.standby), (status.standby, status.primary)):
        age = f"{ages[here]:,.0f} s behind {there}" if here in ages else f"not known how far behind {there}"
        yield Line(f"{here:<10} ", age)
        yield from (Line(f"  {name:<24} ", code.digest) for name, code in status.code.get(here, {}).items())
    problems = status.problems
    yield from (Line("note: ", note) for note in status.notes)
    yield from (Line("! ", problem, "red") for problem in problems)
    if not problems:
        yield Line("", "everything is as in normal operation", "green")


def latch_words(found: Latch, now: float) -> str:
    """The latch in words."""
    who = f" by {found.by} at {moment(found.at)}" if found.by else ""
    if found.held:
        return f"held{who}"
    if found.is_released(now):
        return f"not held: released{who}, until {moment(found.released_until)} at the latest"
    return f"not held{f', last changed{who}' if who else ''}"


def moment(seconds: float) -> str:
    """A time as people of every region read it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def json_text(status: Status) -> str:
    """The status for programs: one object."""
    found = status.latch
    value = {
        "answers": status.answering.region or None,
        "nameServers": {name: said or None for name, said in status.answering.servers},
        "primary": status.primary,
        "standby": status.standby,
        "latch": found
        and {
            "held": found.held,
            "by": found.by,
            "at": moment(found.at) if found.at else None,
            "releasedUntil": moment(found.released_until) if found.released_until else None,
        },
        "secondsBehind": {region: status.ages.get(region) for region in (status.primary, status.standby)},
        "code": {region: {name: found.digest for name, found in code.items()} for region, code in status.code.items()},
        "problems": list(status.problems),
        "notes": list(status.notes),
    }
    return json.dumps(value, indent=2)
