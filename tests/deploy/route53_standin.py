"""Stands in for Route 53 in front of the emulator, which keeps health checks and records but acts on neither.

It reads both as they were deployed, asks each checked host at the API that its record and mapping lead to, counts
failures as the check's `FailureThreshold` says at the check's `RequestInterval`, turns the answer of an inverted check
around, counts the healthy children of a calculated one, and answers queries by the failover records, also over UDP.
A caller waits for the alias's time to live before it asks again. All times are those of the templates,
divided by `speed`; how long an answer takes is not.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
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
_SETTLE_SECONDS = 30.0


@dataclass
class Check:
    """One health check: what it asks, and what it has seen."""

    id: str
    host: str
    path: str
    interval_seconds: float
    threshold: int
    inverted: bool = False
    passing: bool = True
    """A new check counts as passing until it knows better."""
    failures: int = 0
    successes: int = 0
    last: str = ""

    def note(self, *, passed: bool, what: str) -> None:
        self.last = what
        self.failures, self.successes = (0, self.successes + 1) if passed else (self.failures + 1, 0)
        if self.failures >= self.threshold:
            self.passing = False
        elif self.successes >= self.threshold:
            self.passing = True

    @property
    def healthy(self) -> bool:
        return self.passing != self.inverted


@dataclass(frozen=True)
class Calculated:
    """A check that is healthy while enough of its children are."""

    children: tuple[Check, ...]
    threshold: int

    @property
    def healthy(self) -> bool:
        return sum(child.healthy for child in self.children) >= self.threshold


@dataclass
class StandIn:
    """Answers for one hosted zone."""

    checks: Mapping[str, Check]
    calculated: Mapping[str, Calculated]
    records: list[Mapping[str, Json]]
    speed: float
    changes: list[tuple[float, str, bool]] = field(default_factory=list)
    """When (monotonic) a check changed its mind, which one, and to what."""

    def checks_of(self, host: str) -> list[Check]:
        """The checks that ask a host whose name begins so."""
        return [check for check in self.checks.values() if check.host.startswith(host)]

    def resolve(self, name: str, family: str = "A") -> str:
        """Target of an alias record, or the text of another one, by the failover rules.

        PRIMARY is answered also where both are unhealthy.
        """
        found = [r for r in self.records if r["Name"].rstrip(".") == name.rstrip(".") and r["Type"] == family]
        assert found, f"there is no {family} record of {name}"
        if "Failover" not in found[0]:
            return _target(found[0])
        by_role = {record["Failover"]: record for record in found}
        assert set(by_role) == {"PRIMARY", "SECONDARY"}
        assert len({record["SetIdentifier"] for record in found}) == len(found)
        for role in ("PRIMARY", "SECONDARY"):
            check = by_role[role].get("HealthCheckId")
            if check is None or (self.calculated.get(check) or self.checks[check]).healthy:
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
    if "ResourceRecords" in record:
        return str(record["ResourceRecords"][0]["Value"]).strip('"')
    return str(record["AliasTarget"]["DNSName"]).rstrip(".")


@contextmanager
def watching(client: Any, zone: str, names: Names, speed: float) -> Iterator[StandIn]:
    """The stand-in for a zone; `client` is one of Route 53."""
    records = client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    checks, parents = {}, {}
    for found in client.list_health_checks()["HealthChecks"]:
        config = {**found["HealthCheckConfig"], **_lost(client, found["Id"])}
        if config["Type"] == "CALCULATED":
            parents[found["Id"]] = config
            continue
        assert config["Type"] == "HTTPS", f"a check of type {config['Type']} is not stood in for"
        checks[found["Id"]] = Check(
            found["Id"], config["FullyQualifiedDomainName"], config["ResourcePath"],
            config["RequestInterval"] / speed, config["FailureThreshold"], config["Inverted"] in (True, "true"),
        )  # fmt: skip
    calculated = {
        id_: Calculated(tuple(checks[child] for child in config["ChildHealthChecks"]), int(config["HealthThreshold"]))
        for id_, config in parents.items()
    }
    standin = StandIn(checks, calculated, records, speed)
    stop = threading.Event()
    threads = [
        threading.Thread(target=_watch, args=(check, standin, names, stop), daemon=True) for check in checks.values()
    ]
    for thread in threads:
        thread.start()
    try:
        _settle(checks.values())
        yield standin
    finally:
        stop.set()
        for thread in threads:
            thread.join(ANSWER_SECONDS)


def _lost(client: Any, id_: str) -> dict[str, Json]:
    """What the emulator does not keep of a health check; see `provider`."""
    tags = client.list_tags_for_resource(ResourceType="healthcheck", ResourceId=id_)["ResourceTagSet"]["Tags"]
    (kept,) = (tag["Value"] for tag in tags if tag["Key"] == "emulated")
    found: dict[str, Json] = json.loads(kept)
    return found


def _settle(checks: Iterable[Check]) -> None:
    """Waits until every check knows better: records follow a check a wave after it was made."""
    end = time.monotonic() + _SETTLE_SECONDS
    while any(check.failures + check.successes < check.threshold for check in checks):
        assert time.monotonic() < end, [(check.host, check.last) for check in checks]
        time.sleep(0.02)


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
