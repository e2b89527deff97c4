"""Waiting for the zone's delegation, in front of a DNS server that says what a test wants."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import dns.resolver
import pytest

from compiler.aws.types.acm import CERTIFICATE
from compiler.deploy import delegation, options, resolving
from compiler.deploy.cloud import ExistingStack
from compiler.ir.elements import StackId
from compiler.linking.waves import Step
from tests.deploy.account import Account, session_of
from tests.deploy.resolver import Resolver, answered, encoded, open_resolver
from tests.helpers import ODD, SHIPPED, compiled

Json = Any
DOMAIN = "tx.example.com"
WANTED = frozenset({"ns-1.example.org", "ns-2.example.net"})


# What a resolver says


def test_the_question_asks_for_the_name_servers_of_the_domain(resolver: Resolver) -> None:
    resolver.servers = ["NS-1.example.org", "ns-2.example.net"]
    assert resolving.name_servers(f"{DOMAIN}.", (resolver.address,)) == WANTED
    ((_, question),) = resolver.questions
    # Recursion desired, one question, its name, NS, IN.
    assert question[2:] == b"\1\0\0\1\0\0\0\0\0\0" + encoded(DOMAIN) + b"\0\2\0\1"


@pytest.mark.parametrize("status", [0, 3])
def test_a_domain_without_name_servers_has_none(resolver: Resolver, status: int) -> None:
    resolver.status = status
    assert resolving.name_servers(DOMAIN, (resolver.address,)) == frozenset()


def test_names_that_point_back_and_records_of_other_types(resolver: Resolver) -> None:
    """`ns-1` before a pointer to the asked name, and a text record that nobody asked for."""
    resolver.answer = lambda question: answered(
        question, (16, b"\4text"), (2, b"\4ns-1\xc0\x0c"), (2, encoded("NS-2.Example.NET"))
    )
    assert resolving.name_servers(DOMAIN, (resolver.address,)) == {f"ns-1.{DOMAIN}", "ns-2.example.net"}


def test_an_answer_that_does_not_fit_is_asked_for_again_over_tcp(resolver: Resolver) -> None:
    resolver.truncates = True
    resolver.servers = [f"ns-{number}.a-name-of-some-length.example.org" for number in range(40)]
    assert resolving.name_servers(DOMAIN, (resolver.address,)) == set(resolver.servers)
    assert [kind for kind, _ in resolver.questions] == ["udp", "tcp"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda question: b"",
        lambda question: question[:11],
        lambda question: answered(question, (2, encoded("ns.example.org")))[:-20],
        lambda question: bytes((question[0] ^ 1,)) + answered(question, (2, encoded("ns-1.example.org")))[1:],
        lambda question: answered(question, flags=0x8185),
        lambda question: answered(question, flags=0x8182),
        # A name that points at itself.
        lambda question: answered(question, (2, b"\xc0" + bytes((len(question) + 12,)))),
    ],
    ids=["empty", "short", "cut off", "of another question", "refused", "failed", "endless"],
)
def test_an_answer_that_is_wrong_is_no_answer(
    resolver: Resolver, answer: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "_GIVE_UP_SECONDS", 0.5)
    resolver.answer = answer
    state = delegation.look_up(DOMAIN, WANTED, (resolver.address,))
    assert (state.complete, state.actual) == (False, frozenset())
    assert state.message.startswith(f"the lookup of the name servers of `{DOMAIN}` failed: ")
    assert f"127.0.0.1 UDP port {resolver.address[1]}" in state.problem or "127.0.0.1@" in state.problem


def test_an_answer_about_another_name_says_nothing_about_ours(resolver: Resolver) -> None:
    """A record of `example.com` in the place of one of the domain that was asked for."""
    lie = encoded("example.com") + b"\0\2\0\1\0\0\0\x3c" + b"\0\x12" + encoded("ns-1.example.org")

    def answer(question: bytes) -> bytes:
        header = bytearray(answered(question))
        header[7] = 1
        return bytes(header) + lie

    resolver.answer = answer
    assert resolving.name_servers(DOMAIN, (resolver.address,)) == frozenset()


def test_the_next_resolver_is_asked_where_one_is_silent(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "_TRY_SECONDS", 0.1)
    monkeypatch.setattr(resolving, "_GIVE_UP_SECONDS", 5.0)
    resolver.servers = list(WANTED)
    with open_resolver() as silent:
        silent.answer = lambda question: None
        assert delegation.look_up(DOMAIN, WANTED, (silent.address, resolver.address)).complete
        assert silent.questions
        monkeypatch.setattr(resolving, "_GIVE_UP_SECONDS", 0.2)
        state = delegation.look_up(DOMAIN, WANTED, (silent.address,))
    assert (state.complete, state.actual) == (False, frozenset())
    assert "timed out" in state.problem


def test_a_machine_without_resolvers_is_reported_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(resolver: object, file: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", none)
    state = delegation.look_up(DOMAIN, WANTED, ())
    assert not state.complete
    assert "Resolver configuration could not be read" in state.problem


def test_an_error_of_the_dns_server_fails_the_test_that_owns_it() -> None:
    def fail(question: bytes) -> bytes:
        raise RuntimeError("a fault of the test")

    def ask() -> None:
        with open_resolver() as resolver, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            resolver.answer = fail
            channel.sendto(b"anything", resolver.address)
            while resolver.error is None:
                time.sleep(0.01)

    with pytest.raises(RuntimeError, match="a fault of the test"):
        ask()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("[::1]:54", ("::1", 54)),
        ("::1", ("::1", 53)),
    ],
)
def test_addresses_of_resolvers(text: str, expected: tuple[str, int]) -> None:
    assert options.address(text) == expected


def test_a_name_is_not_an_address_of_a_resolver() -> None:
    with pytest.raises(ValueError, match="example"):
        options.address("dns.example.com")


# What it takes to be delegated


@pytest.mark.parametrize(
    ("actual", "complete"),
    [
        (WANTED, True),
        ({"ns-1.example.org"}, True),
        ({*WANTED, "ns.of-somebody.else"}, False),
        ({"ns.of-somebody.else"}, False),
        (set(), False),
    ],
)
def test_part_of_the_zones_servers_will_do_and_others_will_not(actual: set[str], complete: bool) -> None:
    assert delegation.Delegation(DOMAIN, WANTED, frozenset(actual)).complete is complete


def test_it_tells_a_change_once_and_goes_on_by_itself() -> None:
    states = iter([set(), set(), {"ns.of-somebody.else"}, {"ns.of-somebody.else"}, WANTED])
    said: list[str] = []

    def ask() -> delegation.Delegation:
        return delegation.Delegation(DOMAIN, WANTED, frozenset(next(states)))

    assert delegation.wait(ask, said.append, threading.Event(), once=False, pause_seconds=0.001) is None
    assert said[:4] == [
        f"`{DOMAIN}` is not delegated: the DNS returns no name servers for it",
        f"Enter these name servers for `{DOMAIN}` at its parent domain or registrar:",
        "    ns-1.example.org",
        "    ns-2.example.net",
    ]
    assert [line for line in said if "ns.of-somebody.else" in line] == [said[5]]
    assert said[-1].startswith(f"`{DOMAIN}` is delegated; the run continues after ")
    assert len(said) == 7


def test_a_run_that_is_stopped_while_it_waits_says_what_is_left_to_do() -> None:
    stop = threading.Event()
    state = delegation.Delegation(DOMAIN, WANTED, frozenset())
    threading.Timer(0.1, stop.set).start()
    found = delegation.wait(lambda: state, lambda line: None, stop, once=False, pause_seconds=30.0)
    assert found is not None
    assert (found.rule.code, found.at) == ("DR825", ("dns", "domain"))
    assert "enter ns-1.example.org, ns-2.example.net at the parent" in (found.help or "")


def test_an_answer_that_is_right_at_once_is_not_spoken_of() -> None:
    said: list[str] = []
    done = delegation.Delegation(DOMAIN, WANTED, WANTED)
    for once in (True, False):
        assert delegation.wait(lambda: done, said.append, threading.Event(), once=once) is None
    assert said == []


def test_a_run_waits_in_front_of_a_resolver_until_it_returns_the_servers(resolver: Resolver) -> None:
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        resolver.servers = ["ns-1.example.org"]

    def ask() -> delegation.Delegation:
        return delegation.look_up(DOMAIN, WANTED, (resolver.address,))

    once = delegation.wait(ask, say, threading.Event(), once=True)
    assert once is not None
    assert once.rule.code == "DR825"
    assert said == []
    assert delegation.wait(ask, say, threading.Event(), once=False, pause_seconds=0.01) is None
    assert any("ns-2.example.net" in line for line in said)


# Which zone, and when


def test_the_zone_is_that_of_the_global_stack_once_it_exists() -> None:
    account = Account()
    session = session_of(compiled(SHIPPED), account)

    def outputs(**values: str) -> None:
        session.existing[session.topology.global_] = ExistingStack(
            "id", "s", "CREATE_COMPLETE", "", "", True, {}, values
        )

    assert delegation.zone(session) is None
    outputs(HostedZoneId="Z1")
    assert delegation.zone(session) is None
    outputs(NameServers="NS-1.example.org., ns-2.example.net")
    assert delegation.zone(session) == (DOMAIN, WANTED)
    assert account.calls == []


def test_a_zone_that_existed_before_may_be_that_of_a_parent() -> None:
    account = Account()
    session = session_of(compiled(ODD / "existing-zone.yaml"), account)
    account.says["route53:GetHostedZone"] = lambda region, given: {
        "HostedZone": {"Name": "example.com."},
        "DelegationSet": {"NameServers": ["NS-1.example.org.", "ns-2.example.net"]},
    }
    assert delegation.zone(session) == ("example.com", WANTED)
    ((_, given),) = account.made("route53:GetHostedZone")
    assert given == {"Id": session.topology.spec.dns.hosted_zone}


def test_only_a_certificate_that_is_still_to_come_is_waited_for() -> None:
    account = Account()
    session = session_of(compiled(SHIPPED), account)
    primary, global_ = session.topology.primary, session.topology.global_
    bodies = session.deployment.stack(primary).bodies
    certificates = [id_ for id_, body in bodies.items() if body["Type"] == CERTIFICATE]
    statuses = dict.fromkeys(bodies, "CREATE_COMPLETE")

    def listed(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {
            "StackResourceSummaries": [
                {"LogicalResourceId": id_, "ResourceType": bodies[id_]["Type"], "ResourceStatus": status}
                for id_, status in statuses.items()
            ]
        }

    def needed(*stacks: StackId) -> bool:
        return delegation.needed(session, tuple(Step(stack, ()) for stack in stacks))

    assert certificates
    assert not needed(global_)
    assert needed(primary, global_), "nothing exists yet"
    account.says["cloudformation:ListStackResources"] = listed
    assert not needed(primary)
    statuses[certificates[0]] = "CREATE_FAILED"
    assert needed(primary)
    del statuses[certificates[0]]
    assert needed(primary)
