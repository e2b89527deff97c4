"""Questions to the DNS, by dnspython."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dns.resolver

_DNS_PORT = 53
_TRY_SECONDS, _GIVE_UP_SECONDS = 2.0, 6.0
"""How long one question to a resolver is waited for, and all questions of one look together."""


class NoAnswerError(Exception):
    """No resolver gave a usable answer; the message says why."""


def name_servers(domain: str, resolvers: tuple[tuple[str, int], ...]) -> frozenset[str]:
    """Name servers of `domain`, in lower case and without the last dot; empty where it has none.

    `resolvers` are asked in their order, those of this machine where none is given. Raises `NoAnswerError`.
    """
    import dns.exception
    import dns.name
    import dns.resolver

    try:
        answer = resolver_of(resolvers).resolve(
            dns.name.from_text(domain), "NS", raise_on_no_answer=False, search=False
        )
    except dns.resolver.NXDOMAIN:
        return frozenset()
    except (dns.exception.DNSException, OSError) as error:
        raise NoAnswerError(str(error)) from None
    return plain(str(record.target) for record in answer.rrset or ())


def resolver_of(servers: tuple[tuple[str, int], ...]) -> dns.resolver.Resolver:
    """A resolver that asks these servers, those of this machine where none is given; raises `DNSException`."""
    import dns.nameserver
    import dns.resolver

    resolver = dns.resolver.Resolver(configure=not servers)
    if servers:
        resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in servers]
    resolver.timeout, resolver.lifetime = _TRY_SECONDS, _GIVE_UP_SECONDS
    return resolver


def text_of(host: str, servers: tuple[tuple[str, int], ...]) -> str:
    """The TXT record of a host, empty where there is none; raises `NoAnswerError`."""
    import dns.exception
    import dns.resolver

    try:
        answer = resolver_of(servers).resolve(f"{host}.", "TXT", raise_on_no_answer=False, search=False)
    except dns.resolver.NXDOMAIN:
        return ""
    except (dns.exception.DNSException, OSError) as error:
        raise NoAnswerError(str(error)) from None
    return next((b"".join(record.strings).decode("ascii", "replace") for record in answer.rrset or ()), "")


def authoritative(
    host: str, resolvers: tuple[tuple[str, int], ...]
) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
    """Name servers of the zone of a host with their addresses; none where they cannot be found out."""
    import dns.exception
    import dns.resolver

    try:
        resolver = resolver_of(resolvers)
        zone = dns.resolver.zone_for_name(f"{host}.", resolver=resolver)
        names = sorted(str(record.target) for record in resolver.resolve(zone, "NS"))
        return tuple(
            (name.rstrip("."), tuple((str(a), _DNS_PORT) for a in resolver.resolve(name, "A", search=False)))
            for name in names
        )
    except (dns.exception.DNSException, OSError):
        return ()


def plain(names: Iterable[str]) -> frozenset[str]:
    """Names of servers as they are compared: in lower case and without the last dot."""
    return frozenset(name.strip().rstrip(".").lower() for name in names)
