"""Waits until the parent of the zone sends the world to the zone's name servers.

A certificate is validated by a record in the zone: asked for before the zone is delegated, it is never issued, and
its stack hangs until CloudFormation gives up. So nothing that waits for one is begun before. Reports DR825.
https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html (read 2026-11-22)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.deploy import dns
from compiler.deploy.api import Api
from compiler.deploy.cloud import Resource
from compiler.deploy.plan import Step
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.topology.model import Topology

Json = Any
CERTIFICATE = "AWS::CertificateManager::Certificate"
PAUSE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Delegation:
    """What the world is told about a domain, against what it should be told."""

    domain: str
    wanted: frozenset[str]
    found: frozenset[str]
    problem: str = ""

    @property
    def done(self) -> bool:
        # A set that names servers of another zone as well would send half of the world there.
        return bool(self.found) and self.found <= self.wanted

    def says(self) -> str:
        if self.problem:
            return f"nobody could be asked for the name servers of `{self.domain}`: {self.problem}"
        if not self.found:
            return f"`{self.domain}` is not delegated: no name servers are found for it"
        return f"`{self.domain}` is delegated to {', '.join(sorted(self.found))}, which are not all those of this zone"


def needed(
    wave: tuple[Step, ...],
    templates: Mapping[str, Mapping[str, Json]],
    resources: Callable[[str], tuple[Resource, ...]],
) -> bool:
    """Whether a wave asks for a certificate that is not there yet."""
    for step in wave:
        wanted = {id_ for id_, body in templates[step.stack]["Resources"].items() if body["Type"] == CERTIFICATE}
        if wanted and not wanted <= {r.id for r in resources(step.stack) if r.status.endswith("_COMPLETE")}:
            return True
    return False


def zone(api: Api, topology: Topology, outputs: Mapping[str, Mapping[str, str]]) -> tuple[str, frozenset[str]] | None:
    """Name and name servers of the zone, made by the topology or there before; None while it is not there.

    Raises `CloudError`.
    """
    id_ = topology.spec.dns.hosted_zone
    if id_ is None:
        listed = outputs.get(topology.global_.name, {}).get("NameServers")
        return (topology.spec.dns.domain, _plain(listed.split(","))) if listed else None
    # A zone that was there before may be that of a parent domain; then the parent is what has to be delegated.
    answer = api.call("route53", topology.global_.region, "GetHostedZone", {"Id": id_})
    name = str(answer["HostedZone"]["Name"]).rstrip(".")
    return name, _plain(answer.get("DelegationSet", {}).get("NameServers", []))


def _plain(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.strip().rstrip(".").lower() for name in names)


def look(domain: str, wanted: frozenset[str], resolvers: tuple[tuple[str, int], ...]) -> Delegation:
    """What the resolvers say now."""
    try:
        return Delegation(domain, wanted, dns.name_servers(domain, resolvers))
    except dns.NoAnswer as error:
        return Delegation(domain, wanted, frozenset(), str(error))


def wait(
    ask: Callable[[], Delegation],
    say: Callable[[str], None],
    stop: threading.Event,
    *,
    once: bool,
    pause_seconds: float = PAUSE_SECONDS,
) -> Finding | None:
    """None once the zone is delegated; the finding where nobody is to wait for it, or the run was stopped."""
    state = ask()
    if state.done:
        return None
    if once:
        return finding(state)
    for line in instructions(state):
        say(line)
    begun = time.monotonic()
    told = state.says()
    while not stop.wait(pause_seconds):
        state = ask()
        if state.done:
            say(f"`{state.domain}` is delegated; going on after {time.monotonic() - begun:,.0f} s")
            return None
        if state.says() != told:
            told = state.says()
            say(told)
    return finding(state)


def instructions(state: Delegation) -> tuple[str, ...]:
    """What a person is asked to do."""
    return (
        state.says(),
        f"Enter these name servers for `{state.domain}` at its parent domain or registrar:",
        *(f"    {name}" for name in sorted(state.wanted)),
        "This run goes on by itself once they are known. You may also stop it: the next run goes on from here.",
    )


def finding(state: Delegation) -> Finding:
    listed = ", ".join(sorted(state.wanted))
    help_text = f"enter {listed} at the parent of `{state.domain}` and run dr-deploy again: it goes on from here"
    return Finding(Code.DR825, state.says(), ("dns", "domain"), help=help_text)
