"""Waits until the parent of the zone delegates to the zone's name servers. Reports DR825.

ACM validates a certificate by a record in the zone. A certificate that is requested before the zone is delegated is
never issued, and its stack waits until CloudFormation gives up. So nothing that waits for a certificate begins before.
https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html (read 2026-11-22)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from compiler.aws.types.acm import CERTIFICATE
from compiler.deploy import resolving
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.linking.waves import Step
from compiler.support.frozen import frozen

PAUSE_SECONDS = 15.0


@frozen
class Delegation:
    """The name servers that the DNS returns for a domain, and those that it should return."""

    domain: str
    expected: frozenset[str]
    actual: frozenset[str]
    problem: str = ""

    @property
    def complete(self) -> bool:
        """Whether the DNS leads to this zone and to no other one."""
        # A set that also names servers of another zone would send some of the clients there.
        return bool(self.actual) and self.actual <= self.expected

    @property
    def message(self) -> str:
        """Why it does not, for a domain that is not delegated completely."""
        if self.problem:
            return f"the lookup of the name servers of `{self.domain}` failed: {self.problem}"
        if not self.actual:
            return f"`{self.domain}` is not delegated: the DNS returns no name servers for it"
        return (
            f"`{self.domain}` is delegated to {', '.join(sorted(self.actual))}; some of them do not belong to this zone"
        )


def look_up(domain: str, expected: frozenset[str], resolvers: tuple[tuple[str, int], ...]) -> Delegation:
    """What the resolvers say now."""
    try:
        return Delegation(domain, expected, resolving.name_servers(domain, resolvers))
    except resolving.NoAnswerError as error:
        return Delegation(domain, expected, frozenset(), str(error))


def needed(session: Session, wave: tuple[Step, ...]) -> bool:
    """Whether a wave requests a certificate that does not exist yet."""
    for step in wave:
        stack = session.deployment.stack(step.stack)
        certificates = {id_ for id_, body in stack.bodies.items() if body["Type"] == CERTIFICATE}
        if certificates and not certificates <= {
            resource.id for resource in session.read_resources(stack) if resource.status.endswith("_COMPLETE")
        }:
            return True
    return False


def zone(session: Session) -> tuple[str, frozenset[str]] | None:
    """Name and name servers of the zone, made by the topology or an existing one; None while there is none.

    Raises `CloudError`.
    """
    topology = session.topology
    id_ = topology.spec.dns.hosted_zone
    if id_ is None:
        listed = session.outputs(topology.global_).get("NameServers")
        return (topology.spec.dns.domain, resolving.plain(listed.split(","))) if listed else None
    # An existing zone may be that of a parent domain; then it is the parent that has to be delegated.
    answer = session.api.call("route53", topology.global_.region, "GetHostedZone", {"Id": id_})
    name = str(answer["HostedZone"]["Name"]).rstrip(".")
    return name, resolving.plain(answer.get("DelegationSet", {}).get("NameServers", []))


def wait(
    ask: Callable[[], Delegation],
    say: Callable[[str], None],
    stop: threading.Event,
    *,
    once: bool,
    pause_seconds: float = PAUSE_SECONDS,
) -> Finding | None:
    """None once the zone is delegated; a finding where `once` says not to wait, or the run was stopped."""
    state = ask()
    if state.complete:
        return None
    if once:
        return _finding(state)
    for line in _instructions(state):
        say(line)
    begun = time.monotonic()
    last = state.message
    while not stop.wait(pause_seconds):
        state = ask()
        if state.complete:
            say(f"`{state.domain}` is delegated; the run continues after {time.monotonic() - begun:,.0f} s")
            return None
        if state.message != last:
            last = state.message
            say(last)
    return _finding(state)


def _instructions(state: Delegation) -> tuple[str, ...]:
    return (
        state.message,
        f"Enter these name servers for `{state.domain}` at its parent domain or registrar:",
        *(f"    {name}" for name in sorted(state.expected)),
        "This run continues when the DNS returns them. You can also stop it: the next run continues here.",
    )


def _finding(state: Delegation) -> Finding:
    listed = ", ".join(sorted(state.expected))
    help_text = f"enter {listed} at the parent of `{state.domain}` and run dr-deploy again: it continues from here"
    return Finding(Code.DR825, state.message, ("dns", "domain"), help=help_text)
