"""Stands in for Route 53 in front of the emulator, which keeps health checks and records but acts on neither.

It reads both as they were deployed, asks each checked host at the API that its record and mapping lead to, counts
failures as the check's `FailureThreshold` says at the check's `RequestInterval`, and answers queries by the failover
records. A caller waits for the alias's time to live before it asks again. All times are those of the templates,
divided by `speed`; how long an answer takes is not.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Json = Any
ALIAS_SECONDS = 60.0
"""Time to live of an alias to an API: assumed in `compiler.aws.facts`, since no source states it."""
ANSWER_SECONDS = 4.0 + 2.0
"""A check connects within 4 s and is answered within 2 s, or it failed (Route 53 Developer Guide)."""
HEALTHY = range(200, 400)


@dataclass
class Check:
    """One health check: what it asks, and what it has seen."""

    id: str
    host: str
    path: str
    interval_seconds: float
    threshold: int
    healthy: bool = True
    """A new check counts as healthy until it knows better."""
    failures: int = 0
    successes: int = 0
    last: str = ""

    def note(self, *, passed: bool, what: str) -> None:
        self.last = what
        self.failures, self.successes = (0, self.successes + 1) if passed else (self.failures + 1, 0)
        if self.failures >= self.threshold:
            self.healthy = False
        elif self.successes >= self.threshold:
            self.healthy = True


@dataclass
class StandIn:
    """Answers for one hosted zone."""

    checks: Mapping[str, Check]
    records: list[Mapping[str, Json]]
    speed: float
    changes: list[tuple[float, str, bool]] = field(default_factory=list)
    """When (monotonic) a check changed its mind, which one, and to what."""

    def resolve(self, name: str, family: str = "A") -> str:
        """Target of an alias record by the failover rules: PRIMARY also where both are unhealthy."""
        found = [r for r in self.records if r["Name"].rstrip(".") == name.rstrip(".") and r["Type"] == family]
        assert found, f"there is no {family} record of {name}"
        if "Failover" not in found[0]:
            return _target(found[0])
        by_role = {record["Failover"]: record for record in found}
        assert set(by_role) == {"PRIMARY", "SECONDARY"}
        assert len({record["SetIdentifier"] for record in found}) == len(found)
        for role in ("PRIMARY", "SECONDARY"):
            check = by_role[role].get("HealthCheckId")
            if check is None or self.checks[check].healthy:
                return _target(by_role[role])
        return _target(by_role["PRIMARY"])


@dataclass(frozen=True)
class Names:
    """Where the names of APIs lead. The emulator serves every API at one address, so a name ends as an API's id."""

    client: Callable[[str], Any]
    """API Gateway of a region."""
    regions: tuple[str, ...]
    endpoint: str

    def behind(self, domain: str, target: str) -> tuple[str, str]:
        """Region and id of the API that `target` is the regional name of, under the custom domain `domain`."""
        for region in self.regions:
            for found in self.client(region).get_domain_names()["Items"]:
                (configured,) = found["DomainNameConfigurations"]
                if found["DomainName"] == domain and configured["ApiGatewayDomainName"].rstrip(".") == target:
                    (mapping,) = self.client(region).get_api_mappings(DomainName=domain)["Items"]
                    return region, mapping["ApiId"]
        raise AssertionError(f"{target} of {domain} leads to no API")


def _target(record: Mapping[str, Json]) -> str:
    return str(record["AliasTarget"]["DNSName"]).rstrip(".")


@contextmanager
def watching(client: Any, zone: str, names: Names, speed: float) -> Iterator[StandIn]:
    """The stand-in for a zone; `client` is one of Route 53."""
    records = client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    checks = {}
    for found in client.list_health_checks()["HealthChecks"]:
        config = found["HealthCheckConfig"]
        assert config["Type"] == "HTTPS", f"a check of type {config['Type']} is not stood in for"
        checks[found["Id"]] = Check(
            found["Id"], config["FullyQualifiedDomainName"], config["ResourcePath"],
            config["RequestInterval"] / speed, config["FailureThreshold"],
        )  # fmt: skip
    standin = StandIn(checks, records, speed)
    stop = threading.Event()
    threads = [
        threading.Thread(target=_watch, args=(check, standin, names, stop), daemon=True) for check in checks.values()
    ]
    for thread in threads:
        thread.start()
    try:
        yield standin
    finally:
        stop.set()
        for thread in threads:
            thread.join(ANSWER_SECONDS)


def _watch(check: Check, standin: StandIn, names: Names, stop: threading.Event) -> None:
    _, api = names.behind(check.host, standin.resolve(check.host))
    while not stop.is_set():
        before = check.healthy
        try:
            status, _ = ask(names.endpoint, "GET", api, check.path, timeout=ANSWER_SECONDS)
            check.note(passed=status in HEALTHY, what=str(status))
        except OSError as error:
            check.note(passed=False, what=type(error).__name__)
        if check.healthy != before:
            standin.changes.append((time.monotonic(), check.id, check.healthy))
        # The interval runs from the answer on.
        stop.wait(check.interval_seconds)


def ask(
    endpoint: str,
    method: str,
    api: str,
    path: str,
    body: Mapping[str, Json] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30.0,
) -> tuple[int, dict[str, Json]]:
    """Status and JSON body of an API's answer."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=timeout)
    try:
        sent = json.dumps(body) if body is not None else None
        connection.request(method, f"/_aws/execute-api/{api}/$default{path}", sent, dict(headers or {}))
        answer = connection.getresponse()
        data = answer.read()
    finally:
        connection.close()
    try:
        return answer.status, json.loads(data or b"{}")
    except ValueError:
        return answer.status, {"text": data.decode(errors="replace")}
