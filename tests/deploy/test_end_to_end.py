"""The shipped topology from nothing to a survived loss of its primary region, against real Lambda code.

One deployment carries all steps, in order; what a step needs is asserted in the one before.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from tests.deploy import guide, latch_standin, proof
from tests.deploy.complement import ADDED, mentions
from tests.deploy.route53_standin import ALIAS_SECONDS, Names, StandIn, ask, watching
from tests.deploy.site import ROOT, Outcome, Site
from tests.issuer import new_key

Json = Any
EAST, WEST = "us-east-1", "us-west-2"
DOMAIN = "tx.example.com"
SPEED = 20.0
"""The stand-in's clock runs so much faster than that of Route 53."""
_GIVE_UP_SECONDS = 60.0


@dataclass
class Client:
    """A client of the service: asks for its name, keeps the answer for the alias's time to live, and sends a token."""

    site: Site
    standin: StandIn
    names: Names
    token: str
    _target: str = ""
    _until: float = 0.0

    def send(self, method: str, path: str, body: Mapping[str, Json] | None = None) -> tuple[int, dict[str, Json], str]:
        """Status and body of the answer, and the region it came from."""
        if time.monotonic() >= self._until:
            self._target = self.standin.resolve(DOMAIN)
            self._until = time.monotonic() + ALIAS_SECONDS / self.standin.speed
        region, api = self.names.behind(DOMAIN, self._target)
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return *ask(self.site.emulator.endpoint_url, method, api, path, body, sent), region

    def book(self, **changes: Json) -> tuple[int, dict[str, Json], str]:
        wanted = {"transaction_id": f"tx-{uuid.uuid4().hex[:12]}", "amount": "12.50", "currency": "EUR", **changes}
        return self.send("POST", "/transactions", wanted)


def eventually(what: str, check: Callable[[], Json]) -> Json:
    """The first result of `check` that is true."""
    end = time.monotonic() + _GIVE_UP_SECONDS
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"never happened: {what}")


def booked(site: Site, region: str) -> dict[str, dict[str, Json]]:
    """Items of the table's replica in a region, by transaction id."""
    client = site.gateway.client("dynamodb", region)
    (table,) = (name for name in client.list_tables()["TableNames"] if "transactions" in name)
    items = client.scan(TableName=table, ConsistentRead=True)["Items"]
    return {item["transaction_id"]["S"]: item for item in items if not item["transaction_id"]["S"].startswith("#")}


def _all_booked(site: Site, region: str, ids: set[str]) -> bool:
    return ids <= set(booked(site, region))


def objects(site: Site, key: str) -> list[str]:
    """Keys in the documents bucket of a stack."""
    bucket = site.resources(key)["BucketDocuments"]
    found = site.gateway.client("s3", key.partition(".")[2]).list_objects_v2(Bucket=bucket)
    return [entry["Key"] for entry in found.get("Contents", [])]


@dataclass(frozen=True)
class Operator:
    """A person with a shell, whose resolver answers as Route 53's stand-in does."""

    site: Site
    resolver: str

    def run(self, *arguments: str) -> Outcome:
        return self.site.run(self.site.spec, *arguments, *self._where)

    def status(self) -> tuple[int, dict[str, Json]]:
        done = self.run("--status", "--format", "json")
        found: dict[str, Json] = json.loads(done.out)
        return done.code, found

    @property
    def _where(self) -> tuple[str, ...]:
        return "--endpoint-url", self.site.gateway.url, "--resolver", self.resolver


@contextmanager
def operators(site: Site, client: Client) -> Iterator[Operator]:
    """An operator, and a latch that resolves names as they do."""
    function = site.resources("secondary.us-west-2")["FunctionLatch"]
    lambda_ = site.gateway.client("lambda", WEST)
    with latch_standin.resolving(client.standin, f"region.{DOMAIN}", lambda_, function) as resolver:
        yield Operator(site, resolver)


@contextmanager
def clients(site: Site) -> Iterator[Client]:
    """A client, and the stand-in that tells it where to go."""
    names = Names(partial(site.gateway.client, "apigatewayv2"), (EAST, WEST), site.emulator.endpoint_url)
    zone = site.outputs("global.us-east-1")["HostedZoneId"]
    with watching(site.gateway.client("route53", EAST), zone, names, SPEED) as standin:
        yield Client(site, standin, names, site.issuer.token())


@pytest.mark.slow
def test_a_transaction_survives_the_loss_of_a_region(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    done = site.deploy()
    assert done.code == 0, done
    guide.check(done.out)
    with clients(site) as client, operators(site, client) as operator:
        _transaction_and_document(site, client)
        _refuses_other_credentials(site, client)
        measured = _lose_the_primary(site, client, client.standin)
        _comes_back(site, client, operator)
        _planned_move(site, client, operator)
    _changes_only_what_the_spec_changes(site)
    with clients(site) as client:
        assert client.book()[0] == 201
    with capsys.disabled():
        print(f"\n  {measured}")
    proof.check(site.gateway.record)


def _transaction_and_document(site: Site, client: Client) -> None:
    """A transaction through the primary lands in its table, is read in the other region, and its document too."""
    status, first, region = client.book()
    assert (status, region, first["booked_in"]) == (201, EAST, EAST), first
    assert first["transaction_id"] in booked(site, EAST)
    eventually("the item is in the other region", lambda: first["transaction_id"] in booked(site, WEST))
    api = site.outputs("secondary.us-west-2")["ApiId"]
    token = {"Authorization": f"Bearer {client.token}"}
    path = f"/transactions/{first['transaction_id']}"
    status, there = ask(site.emulator.endpoint_url, "GET", api, path, headers=token)
    assert (status, there["transaction_id"], there["booked_in"]) == (200, first["transaction_id"], EAST)

    status, second, _ = client.book(document={"content_type": "text/plain", "text": "a contract"})
    assert status == 201, second
    key = second["document"]["key"]
    assert objects(site, "primary.us-east-1") == [key]
    eventually("the document is in the other region", lambda: key in objects(site, "secondary.us-west-2"))
    status, answer, _ = client.send("POST", "/transactions", {"transaction_id": "x"})
    assert status == 400, answer


def _refuses_other_credentials(site: Site, client: Client) -> None:
    """A request without a token that is right in every way does not reach the code; another caller's books nothing."""
    issuer, now = site.issuer, int(time.time())
    refused = {
        "without a token": ("", 401),
        "expired": (issuer.token(exp=now - 1), 401),
        "not yet valid": (issuer.token(nbf=now + 600), 401),
        "of another issuer": (issuer.token(iss=f"{issuer.url}/other"), 401),
        "signed with another key": (issuer.token(key=new_key()), 401),
        "for another audience": (issuer.token(aud="https://else.example.com"), 401),
        "without the scope": (issuer.token(scope="transactions:read"), 403),
        "without any scope": (issuer.token(scope=None), 403),
    }
    before = {where: booked(site, where).keys() for where in (EAST, WEST)}
    for what, (token, expected) in refused.items():
        status, answer, _ = replace(client, token=token).book()
        assert status == expected, f"{what}: {status} {answer}"
    assert {where: booked(site, where).keys() for where in (EAST, WEST)} == before

    mine = client.book()[1]["transaction_id"]
    stranger = replace(client, token=issuer.token(sub="other-app", client_id="other-app"))
    assert stranger.book(transaction_id=mine)[0] == 409
    assert stranger.send("GET", f"/transactions/{mine}")[0] == 404
    assert client.send("GET", f"/transactions/{mine}")[0] == 200
    eventually("it is in the other region", lambda: mine in booked(site, WEST))


@dataclass(frozen=True)
class Measured:
    """What the loss of the region came to."""

    seconds: float
    failed: int
    lost: int

    def __str__(self) -> str:
        minutes = self.seconds * SPEED / 60
        return (
            f"loss of {EAST} to the first transaction in {WEST}: {self.seconds:.1f} s at {SPEED:.0f} times the speed, "
            f"{minutes:.1f} min of Route 53's time at most; "
            f"{self.failed} attempts failed, {self.lost} transactions lost"
        )


def _set_primary(site: Site, *, works: bool) -> None:
    """Lets the functions of the primary run, or none of them, so that its APIs answer with errors."""
    resources, client = site.resources("primary.us-east-1"), site.gateway.client("lambda", EAST)
    for id_ in ("FunctionTransactionProcessor", "FunctionHealth"):
        if works:
            client.delete_function_concurrency(FunctionName=resources[id_])
        else:
            client.put_function_concurrency(FunctionName=resources[id_], ReservedConcurrentExecutions=0)


def _lose_the_primary(site: Site, client: Client, standin: StandIn) -> Measured:
    """The function of the primary stops; health check and records move the client to the other region."""
    acknowledged = [client.book()[1]["transaction_id"] for _ in range(3)]
    _set_primary(site, works=False)
    begun = time.monotonic()
    wanted = {"transaction_id": f"tx-{uuid.uuid4().hex[:12]}", "amount": "1", "currency": "EUR"}
    failed = 0
    while True:
        status, answer, region = client.send("POST", "/transactions", wanted)
        if status == 201:
            break
        failed += 1
        assert status >= 429, answer
        assert time.monotonic() - begun < _GIVE_UP_SECONDS, "traffic never moved"
        time.sleep(0.05)
    seconds = time.monotonic() - begun
    # With the very token that it had before: a token names no region.
    assert (region, answer["booked_in"]) == (WEST, WEST)
    assert failed > 0
    acknowledged.append(wanted["transaction_id"])
    (east,) = standin.checks_of(f"health-{EAST}")
    assert not east.healthy
    assert any(check.healthy for check in standin.checks_of(f"health-{WEST}"))
    # Detection takes threshold x interval at least, and the time to live of a cached answer comes on top.
    assert seconds >= east.interval_seconds * (east.threshold - 1)

    # The same transaction again: answered from what is booked, in both regions one item.
    status, again, region = client.send("POST", "/transactions", wanted)
    assert (status, again["replayed"], region) == (200, True, WEST)
    for where in (EAST, WEST):
        eventually(f"all are in {where}", partial(_all_booked, site, where, set(acknowledged)))
        assert sum(id_ == wanted["transaction_id"] for id_ in booked(site, where)) == 1
    lost = len(set(acknowledged) - set(booked(site, EAST)) - set(booked(site, WEST)))
    assert lost == 0
    return Measured(seconds, failed, lost)


def _comes_back(site: Site, client: Client, operator: Operator) -> None:
    """The primary answers again and clients stay; they go back when an operator releases them."""
    (latch,) = (check for check in client.standin.checks_of(f"health-{WEST}") if check.inverted)
    # A loss that ends before the latch has seen it for long enough is none that it holds: see docs/failback.md.
    eventually("the latch holds, and Route 53 has seen it", lambda: not latch.healthy)
    _set_primary(site, works=True)
    east = client.standin.checks_of(f"health-{EAST}")[0]
    eventually("the primary's check passes", lambda: east.healthy)
    for _ in range(10):
        assert client.book()[2] == WEST, "held"
        time.sleep(ALIAS_SECONDS / SPEED / 5)
    code, status = operator.status()
    assert (code, status["answers"], status["latch"]["held"], status["latch"]["by"]) == (1, WEST, True, "latch")
    # The names of the system do not lead to the emulator, so nobody can tell from here that the primary answers.
    refused = operator.run("--release", "--yes")
    assert (refused.code, set(refused.codes)) == (1, {"DR845"}), refused
    assert client.book()[2] == WEST
    assert operator.run("--release", "--yes", "--even-if-primary-is-down").code == 0
    eventually("clients are back", lambda: client.book()[2] == EAST)
    eventually("all is normal", lambda: operator.status()[1]["latch"]["releasedUntil"] is None)
    assert client.book()[2] == EAST


def _planned_move(site: Site, client: Client, operator: Operator) -> None:
    """An operator moves clients away from a primary that answers, with one write in the standby's region."""
    begun = len(site.gateway.calls)
    assert operator.run("--hold", "--yes").code == 0
    asked = {(call.service, call.region) for call in site.gateway.calls[begun:]}
    assert asked == {("dynamodb", WEST)}
    eventually("clients have moved", lambda: client.book()[2] == WEST)
    assert client.standin.checks_of(f"health-{EAST}")[0].healthy
    assert operator.run("--release", "--yes", "--even-if-primary-is-down").code == 0
    eventually("clients are back", lambda: client.book()[2] == EAST)


def told(out: str, key: str) -> dict[str, str]:
    """What a run said it would do to each resource of a stack: logical id to word."""
    block = re.search(rf"^  {re.escape(key)} .*\n((?:      .*\n)*)", out, re.MULTILINE)
    assert block, out
    return {id_: word for word, id_ in re.findall(r"^ +(\S+) +(\S+) \(", block[1], re.MULTILINE)}


def _changes_only_what_the_spec_changes(site: Site) -> None:
    """A second table, a longer retention and a new route: the update run changes those, and nothing is lost."""
    before = {where: booked(site, where) for where in (EAST, WEST)}
    kept = {key: site.resources(key) for key in ("primary.us-east-1", "secondary.us-west-2")}
    table = "    writes: 1\n    reads: 1\n    retention: 3650d\n"
    ledger = "  - {name: ledger, key: {partition: entry_id}, item_size: 1KB, writes: 0.1, reads: 0}\n"
    health = "  health: /health"
    route = "    - {method: GET, path: /ledger, function: transaction-processor}\n"
    site.edit((table, table + ledger), ("retention: 90d", "retention: 180d"), (health, route + health))
    refused = site.deploy()
    assert (refused.code, set(refused.codes)) == (1, {"DR801"}), refused
    old = {key: site.template(key) for key in kept}
    site.compile()

    done = site.deploy()

    assert done.code == 0, done
    for key, ids in kept.items():
        now, new = site.resources(key), site.template(key)
        ours = {(id_, name) for id_, name in ids.items() if not id_.endswith(ADDED)}
        assert ours <= now.items(), "what was there is still the same"
        added = set(new) - set(old[key])
        changed = {id_ for id_ in old[key] if old[key][id_] != new.get(id_)}
        listed = told(done.out, key)
        assert any("Ledger" in id_ for id_ in added)
        assert {id_ for id_, word in listed.items() if word == "add"} == added
        assert changed <= set(listed)
        # CloudFormation also lists what refers to an attribute of something that changes.
        for id_ in set(listed) - added - changed:
            assert mentions(new[id_], changed | set(listed)), id_
        assert {"remove", "replace"}.isdisjoint(listed.values())
    for where, items in before.items():
        assert items.items() <= booked(site, where).items()
        names = site.gateway.client("dynamodb", where).list_tables()["TableNames"]
        assert len([name for name in names if "ledger" in name]) == 1
    again = site.deploy()
    assert "nothing had to be changed" in again.out, again


def test_shipped_spec_is_what_is_deployed() -> None:
    """The site's spec is a copy of the shipped one, not of a variant."""
    assert (ROOT / "specs" / "dr-topology.yaml").read_text().count("retention: 90d") == 1
