"""How long a run looks and waits: pauses that grow, an end to patience, and a stop in between. Reports DR838."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from compiler.deploy.plan import PlannedStack
from compiler.deploy.work import Stopped
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding

PATIENCE_SECONDS = 4 * 3600.0
"""How long one operation is waited for: our own choice, since AWS states no bound for a certificate or a replica."""
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.05, 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """The patience of one run."""

    stop: threading.Event
    patience_seconds: float

    def pauses(self, stack: PlannedStack) -> Iterator[None]:
        """One pass for each look; pauses grow between them, so that little things are quick and long ones quiet.

        Raises `Stopped`.
        """
        pause = _SHORTEST_SECONDS
        end = time.monotonic() + self.patience_seconds
        while time.monotonic() < end:
            yield
            if self.stop.wait(random.uniform(0.75, 1.25) * pause):  # noqa: S311 - jitter, no secret
                raise Stopped(stack.key)
            pause = min(pause * 1.5, _LONGEST_SECONDS)

    def step_aside(self) -> None:
        """A short, uneven pause after a collision with somebody else."""
        self.stop.wait(random.uniform(0.1, 1.0))  # noqa: S311 - jitter, no secret

    def late(self, stack: PlannedStack, what: str) -> Finding:
        """The finding where patience has ended."""
        return Finding(Code.DR838, f"{stack.name}: {what}; gave up after {self.patience_seconds / 60:,.0f} min", ())
