"""What an operator does about a failover: `--status`, `--hold` and `--release`. Reports DR844 and DR845.

To hold or to release is one write to the table of the latch, in the region of the standby. The region of the primary is
only asked whether it answers, and only before a release. No control plane is called there, and none in us-east-1.
"""

from __future__ import annotations

import getpass
import socket
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from compiler.deploy import answers, latch, status
from compiler.deploy.cloud import CloudError, DeploymentError
from compiler.deploy.latch import LatchTable
from compiler.deploy.status import System
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.reporting.result import Line
from compiler.support.frozen import frozen

_AT = ("dns", "failback")


@frozen
class Operator:
    """The person at the keyboard: what is shown to them, and whether they agree."""

    show: Callable[[Iterable[Line]], None]
    agrees: Callable[[], bool]


def hold(system: System, operator: Operator) -> bool:
    """Moves clients to the standby and holds them there if the operator agrees.

    Raises `DeploymentError` and `CloudError`.
    """
    table = _table(system)
    operator.show(_before_hold(system, table))
    if not operator.agrees():
        return False
    table.hold(system.api, _who())
    operator.show(_after("hold", f"`dr-deploy --status` shows {table.region} once the DNS does"))
    return True


def release(system: System, operator: Operator, *, although_down: bool) -> bool:
    """Lets clients go back to the primary region if the operator agrees; raises `DeploymentError` and `CloudError`."""
    table = _table(system)
    url = f"https://{system.topology.host(system.topology.primary)}{system.topology.spec.api.health}"
    problem = answers.endpoint(url)
    operator.show(_before_release(system, table, url, problem))
    if problem and not although_down:
        message = f"{url} does not answer as it should: {problem}; clients would have no region that works"
        raise DeploymentError(Finding(Code.DR845, message, _AT))
    if not operator.agrees():
        return False
    table.release(system.api, _who())
    operator.show(_after("release", f"`dr-deploy --status` shows {system.primary.region} once the DNS does"))
    return True


def _table(system: System) -> LatchTable:
    found = latch.table(system.topology, system.deployment)
    if found is None:
        message = "`failback: automatic` has no latch: clients return by themselves when the primary answers"
        raise DeploymentError(Finding(Code.DR844, message, _AT))
    return found


def _before_hold(system: System, table: LatchTable) -> Iterator[Line]:
    primary, standby = system.primary.region, system.standby.region
    yield Line("hold: ", f"clients go to {standby} and stay there until somebody releases them", "bold")
    yield Line("  latch    ", status.latch_words(table.read(system.api), 0.0))
    yield Line("  then     ", f"Route 53 takes {primary} out of its answers although it may work")
    yield Line("  takes    ", _duration(system))
    yield Line("  undo     ", "dr-deploy --release")


def _before_release(system: System, table: LatchTable, url: str, problem: str) -> Iterator[Line]:
    primary, standby = system.primary.region, system.standby.region
    yield Line("release: ", f"clients go back to {primary}", "bold")
    yield Line("  latch    ", status.latch_words(table.read(system.api), 0.0))
    yield Line("  primary  ", f"{url}: {problem or 'answers'}", "bold red" if problem else "")
    # A region that does not answer is not asked anything else.
    yield Line("  data     ", f"{primary} is not asked" if problem else _behind(system))
    yield Line("  then     ", f"Route 53 answers {primary} again if its health check passes; if not, clients stay")
    yield Line("  takes    ", _duration(system))
    minutes = latch.RELEASE_SECONDS // 60
    yield Line("  at most  ", f"after {minutes} min the latch holds clients again if {standby} still answers")


def _behind(system: System) -> str:
    primary, standby = system.primary.region, system.standby.region
    try:
        age = status.behind(system, system.primary)
    except CloudError as error:
        return f"not known how far {primary} is behind {standby}: {error.service} in {error.region} says {error.code}"
    if age is None:
        return f"not measured how far {primary} is behind {standby}: look at its alarms of replication"
    return f"{primary} is {age:,.0f} s behind {standby}"


def _after(what: str, words: str) -> Iterator[Line]:
    yield Line(f"{what}: ", "written", "bold green")
    yield Line("  next     ", words)


def _duration(system: System) -> str:
    """How long clients need to move, by the same terms as the recovery time."""
    objectives = (system.deployment.objectives or {}).get("objectives", [])
    parts = [t for o in objectives for t in o["terms"] if t["id"] in ("rto.detection", "rto.status", "rto.dns")]
    typical, worst = (sum(Fraction(str(part[name])) for part in parts) / 60 for name in ("typical", "worst"))
    return f"about {float(typical):.0f} min, {float(worst):.0f} min for clients that keep the old address"


def _who() -> str:
    """Who is at the keyboard, without asking AWS."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):
        return "dr-deploy"
