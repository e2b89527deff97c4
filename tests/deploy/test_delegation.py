"""Waiting for the zone's delegation, in front of a DNS server that says what a test wants."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from compiler.deploy import delegation, dns
from compiler.deploy.cloud import Resource
from compiler.deploy.plan import Step
from tests.deploy.account import Account
from tests.deploy.resolver import Resolver
from tests.helpers import ODD, SHIPPED, compiled

Json = Any
DOMAIN = "tx.example.com"
WANTED = frozenset({"ns-1.example.org", "ns-2.example.net"})


def name(text: str) -> bytes:
    return b"".join(bytes((len(part),)) + part.encode() for part in text.split(".")) + b"\0"


def answered(question: bytes, *records: tuple[int, bytes], flags: bytes = b"\x81\x80") -> bytes:
    """An answer with records of the asked name: type and data."""
    body = b"".join(
        b"\xc0\x0c" + kind.to_bytes(2, "big") + b"\0\1\0\0\0\x3c" + len(data).to_bytes(2, "big") + data
        for kind, data in records
    )
    return question[:2] + flags + b"\0\1" + len(records).to_bytes(2, "big") + b"\0\0\0\0" + question[12:] + body


# What a resolver says


def test_the_question_is_one_that_a_resolver_takes(resolver: Resolver) -> None:
    asked: list[bytes] = []

    def answer(question: bytes) -> bytes:
        asked.append(question)
        return answered(question)

    resolver.answer = answer
    assert dns.name_servers(f"{DOMAIN}.", (resolver.address,)) == frozenset()
    (question,) = asked
    # Recursion desired, one question, its name, NS, IN.
    assert question[2:] == b"\1\0\0\1\0\0\0\0\0\0" + name(DOMAIN) + b"\0\2\0\1"


def test_names_that_point_back_and_records_of_other_types(resolver: Resolver) -> None:
    """`ns-1` before a pointer to the asked name, beside a signature that nobody asked for."""
    pointing = b"\4ns-1\xc0\x0c"
    resolver.answer = lambda question: answered(
        question, (46, b"signature"), (2, pointing), (2, name("NS-2.Example.NET"))
    )
    assert dns.name_servers(DOMAIN, (resolver.address,)) == {f"ns-1.{DOMAIN}", "ns-2.example.net"}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda question: b"", "cannot be read"),
        (lambda question: question[:11], "cannot be read"),
        (lambda question: answered(question, (2, name("ns.example.org")))[:-20], "cannot be read"),
        (lambda question: bytes((question[0] ^ 1,)) + answered(question)[1:], "belongs to another question"),
        (lambda question: answered(question, flags=b"\x81\x85"), "failed with code 5"),
        # A name that points at itself.
        (lambda question: answered(question, (2, b"\xc0" + bytes((len(question) + 12,)))), "never ends"),
    ],
)
def test_an_answer_of_no_use_is_none(resolver: Resolver, answer: Callable[[bytes], bytes], says: str) -> None:
    resolver.answer = answer
    with pytest.raises(dns.NoAnswer, match=says):
        dns.name_servers(DOMAIN, (resolver.address,))
    state = delegation.look(DOMAIN, WANTED, (resolver.address,))
    assert not state.done
    assert state.says().startswith(f"nobody could be asked for the name servers of `{DOMAIN}`: 127.0.0.1: ")


@pytest.fixture
def silent() -> Iterator[tuple[str, int]]:
    """A port that takes questions and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.bind(("127.0.0.1", 0))
        yield channel.getsockname()


def test_the_next_resolver_is_asked_where_one_is_silent(
    resolver: Resolver, silent: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns, "_TIMEOUT_SECONDS", 0.1)
    resolver.servers = list(WANTED)
    assert delegation.look(DOMAIN, WANTED, (silent, resolver.address)).done
    state = delegation.look(DOMAIN, WANTED, (silent,))
    assert (state.done, state.found) == (False, frozenset())
    assert "timed out" in state.problem


# What it takes to be delegated


@pytest.mark.parametrize(
    ("found", "done"),
    [
        (WANTED, True),
        ({"ns-1.example.org"}, True),
        ({*WANTED, "ns.of-somebody.else"}, False),
        ({"ns.of-somebody.else"}, False),
        (set(), False),
    ],
)
def test_part_of_the_zones_servers_will_do_and_others_will_not(found: set[str], done: bool) -> None:
    assert delegation.Delegation(DOMAIN, WANTED, frozenset(found)).done is done


def test_it_tells_a_change_once_and_goes_on_by_itself() -> None:
    states = iter([set(), set(), {"ns.of-somebody.else"}, {"ns.of-somebody.else"}, WANTED])
    said: list[str] = []
    ask = lambda: delegation.Delegation(DOMAIN, WANTED, frozenset(next(states)))  # noqa: E731
    assert delegation.wait(ask, said.append, threading.Event(), once=False, pause_seconds=0.001) is None
    assert said[:4] == [
        f"`{DOMAIN}` is not delegated: no name servers are found for it",
        f"Enter these name servers for `{DOMAIN}` at its parent domain or registrar:",
        "    ns-1.example.org",
        "    ns-2.example.net",
    ]
    assert [line for line in said if "ns.of-somebody.else" in line] == [said[5]]
    assert said[-1].startswith(f"`{DOMAIN}` is delegated; going on after ")
    assert len(said) == 7


def test_a_run_that_is_stopped_while_it_waits_says_what_is_left_to_do() -> None:
    stop = threading.Event()
    ask = lambda: delegation.Delegation(DOMAIN, WANTED, frozenset())  # noqa: E731
    threading.Timer(0.1, stop.set).start()
    found = delegation.wait(ask, lambda line: None, stop, once=False, pause_seconds=30.0)
    assert found is not None
    assert (found.rule.code, found.at) == ("DR825", ("dns", "domain"))
    assert "enter ns-1.example.org, ns-2.example.net at the parent" in (found.help or "")


def test_an_answer_that_is_right_at_once_is_not_spoken_of() -> None:
    said: list[str] = []
    done = delegation.Delegation(DOMAIN, WANTED, WANTED)
    for once in (True, False):
        assert delegation.wait(lambda: done, said.append, threading.Event(), once=once) is None
    assert said == []


# Which zone, and when


def test_the_zone_is_that_of_the_global_stack_once_it_is_there() -> None:
    topology = compiled(SHIPPED).topology
    account = Account()
    key = topology.global_.name
    assert delegation.zone(account, topology, {}) is None
    assert delegation.zone(account, topology, {key: {"HostedZoneId": "Z1"}}) is None
    listed = {key: {"NameServers": "NS-1.example.org., ns-2.example.net"}}
    assert delegation.zone(account, topology, listed) == (DOMAIN, WANTED)
    assert account.calls == []


def test_a_zone_that_was_there_before_may_be_that_of_a_parent() -> None:
    topology = compiled(ODD / "existing-zone.yaml").topology
    account = Account()
    account.says["route53:GetHostedZone"] = lambda region, given: {
        "HostedZone": {"Name": "example.com."},
        "DelegationSet": {"NameServers": ["NS-1.example.org.", "ns-2.example.net"]},
    }
    assert delegation.zone(account, topology, {}) == ("example.com", WANTED)
    ((_, given),) = account.made("route53:GetHostedZone")
    assert given == {"Id": topology.spec.dns.hosted_zone}


def test_only_a_certificate_that_is_still_to_come_is_waited_for() -> None:
    templates = {
        "a": {"Resources": {"Certificate": {"Type": delegation.CERTIFICATE}, "Table": {"Type": "T"}}},
        "b": {"Resources": {"Table": {"Type": "T"}}},
    }
    there = Resource("Certificate", "arn", delegation.CERTIFICATE, "CREATE_COMPLETE")

    def needed(stacks: str, *resources: Resource) -> bool:
        return delegation.needed(tuple(Step(stack, ()) for stack in stacks), templates, lambda _: resources)

    assert needed("ab")
    assert needed("a", replace(there, id="Table"))
    assert needed("a", replace(there, status="CREATE_FAILED"))
    assert not needed("a", there)
    assert not needed("b")
