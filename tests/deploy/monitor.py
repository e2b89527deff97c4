"""CloudFormation's rollback triggers, which the emulator ignores: an operation is watched, and taken back on an alarm.

While its alarm is watched, a stack says that it is still being updated. A trigger that is missing, or that rings during
the operation or the monitoring time after it, takes the operation back: the stack is updated to what it was, and says
that this is a rollback. Minutes of AWS are `Clock.minute_seconds` here.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html (read 2026-11-26)
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any
_LOOK_SECONDS = 0.02
_CONFIGURATION = "RollbackConfiguration."
_STATUS = re.compile(rb"<StackStatus>[A-Z_]+</StackStatus>")


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What an operation asks for: ARNs of alarms, and minutes after it."""

    triggers: tuple[str, ...] = ()
    minutes: int = 0


def asked(form: Mapping[str, str], before: Monitoring) -> Monitoring:
    """What a request asks for; CloudFormation keeps what an earlier one asked for where it says nothing."""
    if not any(name.startswith(_CONFIGURATION) for name in form):
        return before
    triggers = before.triggers
    if any(name.startswith(f"{_CONFIGURATION}RollbackTriggers") for name in form):
        named = (form.get(f"{_CONFIGURATION}RollbackTriggers.member.{number}.Arn") for number in range(1, 6))
        triggers = tuple(arn for arn in named if arn)
    return Monitoring(triggers, int(form.get(f"{_CONFIGURATION}MonitoringTimeInMinutes", before.minutes)))


@dataclass
class Watched:
    """One operation on a stack, watched by a thread of its own; `status` is what the stack says meanwhile and after."""

    region: str
    stack: str
    monitoring: Monitoring
    minute_seconds: float
    client: Callable[[str, str], Any]
    take_back: Callable[[], None]
    begins: Callable[[str, str], None]
    status: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        try:
            if self._deploying() or self._monitored():
                self.status = "UPDATE_ROLLBACK_IN_PROGRESS"
                self.take_back()
                self._wait()
                self.status = "UPDATE_ROLLBACK_COMPLETE"
            else:
                self.status = ""
        finally:
            self.ended.set()

    def _deploying(self) -> bool:
        """Waits for the operation itself; whether an alarm rang meanwhile, and it is one that can be taken back."""
        rang = self._rings()
        while (state := self._state()).endswith("_IN_PROGRESS"):
            rang = rang or self._rings()
            time.sleep(_LOOK_SECONDS)
        return rang and state == "UPDATE_COMPLETE"

    def _monitored(self) -> bool:
        """Whether an alarm rings within the monitoring time."""
        if self._state() != "UPDATE_COMPLETE":
            self.status = ""
            return False
        self.begins(self.region, self.stack)
        end = time.monotonic() + self.monitoring.minutes * self.minute_seconds
        while True:
            if self._rings():
                return True
            if time.monotonic() >= end:
                return False
            time.sleep(_LOOK_SECONDS)

    def _wait(self) -> None:
        while self._state().endswith("_IN_PROGRESS"):
            time.sleep(_LOOK_SECONDS)

    def _state(self) -> str:
        stacks = self.client("cloudformation", self.region).describe_stacks(StackName=self.stack)["Stacks"]
        return str(stacks[0]["StackStatus"])

    def _rings(self) -> bool:
        """Whether a trigger rings, or is missing."""
        for arn in self.monitoring.triggers:
            name = arn.partition(":alarm:")[2]
            found = self.client("cloudwatch", self.region).describe_alarms(
                AlarmNames=[name], AlarmTypes=["CompositeAlarm", "MetricAlarm"]
            )
            alarms = found.get("CompositeAlarms", []) + found.get("MetricAlarms", [])
            if not alarms or alarms[0]["StateValue"] == "ALARM":
                return True
        return False


def told(answer: bytes, status: str) -> bytes:
    """An answer to DescribeStacks about one stack, with what the stack says while it is watched."""
    return _STATUS.sub(f"<StackStatus>{status}</StackStatus>".encode(), answer) if status else answer


def described(answer: bytes, monitoring: Monitoring) -> bytes:
    """An answer to DescribeChangeSet, with what the change set asks for."""
    triggers = "".join(f"<member><Arn>{arn}</Arn></member>" for arn in monitoring.triggers)
    configuration = (
        f"<RollbackConfiguration><RollbackTriggers>{triggers}</RollbackTriggers>"
        f"<MonitoringTimeInMinutes>{monitoring.minutes}</MonitoringTimeInMinutes></RollbackConfiguration>"
    )
    return answer.replace(b"</DescribeChangeSetResult>", configuration.encode() + b"</DescribeChangeSetResult>")
