"""What two specs have in common that only one system of an account may have. Reports DR880 to DR884.

Two specs are in one account if both say so, by `account` or by the profile that their configuration names. Where that
is not known, they count as in one account if they have the same environment: environments are usually kept apart in
accounts of their own, and those that extend one base have its alias and its address ranges in common.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Label, Route, Rule, Span
from compiler.findings.finding import Finding
from compiler.reading.document import Document
from compiler.reading.textfile import START
from compiler.spec.model import Spec
from compiler.support.frozen import frozen

_PRIVATE = IPv4Network("10.0.0.0/8")
_SHOWN = 3
"""Other systems whose places are shown."""
_APART = "if the systems are in different accounts, write `account` into both specs"


@frozen
class Neighbour:
    """A spec next to others, and the AWS profile that it is deployed with, if one is known."""

    document: Document
    spec: Spec
    profile: str | None = None


@frozen
class _Common:
    """What two specs have in common: a sentence, its place in both, and what to do."""

    rule: Rule
    message: str
    at: Route
    other: Route
    remedy: str | None = None


def in_common(others: Sequence[Neighbour], spec: Neighbour) -> Iterator[Finding]:
    """The findings at a spec: one for each place of it, however many of the others have the same.

    What a remedy proposes, none of the others has.
    """
    free = _Free(spec.spec, [other.spec for other in others])
    found: dict[tuple[Rule, Route], list[tuple[_Common, Label]]] = {}
    for other in others:
        together = _in_one_account(other, spec)
        for common in _common(other.spec, spec.spec, f"`{other.document.file}`", free):
            if together or common.rule is Code.DR881:
                there = Label(_own(other.document, common.other), "of this system")
                found.setdefault((common.rule, common.at), []).append((common, there))
    for (rule, at), having in found.items():
        common = having[0][0]
        more = len(having) - 1
        message = (
            f"{common.message}; {more} more {'spec has' if more == 1 else 'specs have'} it too"
            if more
            else common.message
        )
        places = [Label(_own(spec.document, at)), *(there for _, there in having[:_SHOWN])]
        if spec.document.is_inherited(at):
            places.append(Label(spec.document.first_line(at), "said by the base"))
        yield Finding(rule, message, at, help=common.remedy, places=tuple(places))


class _Free:
    """What a spec may be given instead: none of the specs has it."""

    def __init__(self, spec: Spec, others: Iterable[Spec]) -> None:
        specs = (spec, *others)
        self._spec = spec
        self._suffixes = {item.naming.suffix for item in specs}
        self._aliases = {item.encryption.alias for item in specs}
        self._used = [network for item in specs for network in networks(item)]
        self._ranges: dict[int, IPv4Network] = {}

    def suffix(self) -> str:
        return free_suffix(self._spec.name, self._suffixes)

    def alias(self) -> str:
        made = f"alias/{self._spec.name}-{self._spec.naming.environment}"
        return f"{made}-{self.suffix()}" if made in self._aliases else made

    def range(self, region: int, prefix: int) -> IPv4Network:
        """A range for a region, by its position."""
        if region not in self._ranges:
            self._ranges[region] = free_range(self._spec.name, self._used, prefix)
            self._used.append(self._ranges[region])
        return self._ranges[region]


def _own(document: Document, route: Route) -> Span:
    """A place in the file of a spec itself, also for what its base says."""
    for place in (route, route[:-1], ("naming", "environment"), ("account",), ("name",)):
        if place in document.values and not document.is_inherited(place):
            return document.first_line(place)
    return Span(document.file, START, START)


def _in_one_account(first: Neighbour, second: Neighbour) -> bool:
    if first.spec.account and second.spec.account:
        return first.spec.account == second.spec.account
    if first.profile and second.profile:
        return first.profile == second.profile
    return first.spec.naming.environment == second.spec.naming.environment


def _common(first: Spec, second: Spec, name: str, free: _Free) -> Iterator[_Common]:
    """What both have, whichever account they are in."""
    yield from _names(first, second, name, free)
    domain = second.dns.domain.rstrip(".")
    if domain.casefold() == first.dns.domain.rstrip(".").casefold():
        at = ("dns", "domain")
        yield _Common(Code.DR881, f"{name} has the domain `{domain}` too", at, at)
    regions = [region.region for region in second.regions if region.region in {item.region for item in first.regions}]
    alias = second.encryption.alias
    # With keys that exist, a topology makes no alias.
    makes = not (first.encryption.existing or second.encryption.existing)
    if regions and makes and alias == first.encryption.alias:
        at = ("encryption", "alias")
        where = " and ".join(regions)
        remedy = f"write another alias, such as `encryption: {{alias: {free.alias()}}}`; {_APART}"
        yield _Common(Code.DR882, f"the key of {name} has the alias `{alias}` too, in {where}", at, at, remedy)
    yield from _ranges(first, second, name, free)


def _names(first: Spec, second: Spec, name: str, free: _Free) -> Iterator[_Common]:
    one, other = first.naming, second.naming
    if (one.environment, one.suffix) != (other.environment, other.suffix):
        return
    ending, at = f"{other.environment}-{other.suffix}", ("naming", "suffix")
    message = f"all names end with `-{ending}`, and so do those of {name}"
    if first.name == second.name:
        message = (
            f"{name} has the same stacks: both systems are called `{second.name}`, and their names end with `-{ending}`"
        )
    remedy = f"write another suffix, such as `suffix: {free.suffix()}`"
    yield _Common(Code.DR880, message, at, at, f"{remedy}; {_APART}")


def _ranges(first: Spec, second: Spec, name: str, free: _Free) -> Iterator[_Common]:
    for number, region in enumerate(second.regions):
        for position, other in enumerate(first.regions):
            mine, theirs = _network(region.cidr), _network(other.cidr)
            if region.region != other.region or not mine or not theirs or not mine.overlaps(theirs):
                continue
            message = f"`{mine}` in {region.region} overlaps `{theirs}` of {name}"
            at, there = ("regions", number, "cidr"), ("regions", position, "cidr")
            remedy = f"write another range, such as `cidr: {free.range(number, mine.prefixlen)}`; {_APART}"
            yield _Common(Code.DR883, message, at, there, remedy)


def _network(cidr: str | None) -> IPv4Network | None:
    try:
        return IPv4Network(cidr) if cidr else None
    except ValueError:  # DR304 says so
        return None


def networks(spec: Spec) -> Iterator[IPv4Network]:
    """The address ranges of a spec."""
    yield from (found for region in spec.regions if (found := _network(region.cidr)))


def digest(name: str, attempt: int) -> int:
    """A number that follows from a name, the same on every machine, and another one for each attempt."""
    return int.from_bytes(hashlib.sha256(f"{name}/{attempt}".encode()).digest()[:8])


def free_suffix(name: str, used: Iterable[str]) -> str:
    """A suffix of four characters that follows from a name and is none of those that are used."""
    taken, letters = set(used), "abcdefghijklmnopqrstuvwxyz0123456789"
    for attempt in range(len(taken) + 100):
        number = digest(name, attempt)
        suffix = letters[number % 26] + "".join(letters[number // 26 // 36**place % 36] for place in range(3))
        if suffix not in taken:
            return suffix
    raise ValueError(name)


def free_range(name: str, used: Iterable[IPv4Network], prefix: int) -> IPv4Network:
    """A private range that follows from a name and overlaps none of those that are used, if there is one left."""
    taken = tuple(used)
    prefix = max(prefix, _PRIVATE.prefixlen)
    count = 1 << (prefix - _PRIVATE.prefixlen)
    begin, size = digest(name, 0) % count, 1 << (32 - prefix)
    found = (
        IPv4Network((int(_PRIVATE.network_address) + (begin + step) % count * size, prefix)) for step in range(count)
    )
    return next((network for network in found if not any(network.overlaps(other) for other in taken)), _PRIVATE)


def renamed(spec: Spec, environment: str | None, suffix: str | None) -> Spec:
    """A spec under another environment or suffix; None keeps what it says."""
    given = {"environment": environment, "suffix": suffix}
    naming = spec.naming.model_copy(update={key: value for key, value in given.items() if value})
    return spec.model_copy(update={"naming": naming})


def of_copy(spec: Spec, environment: str, suffix: str, *, alias: bool) -> Finding | None:
    """What a copy under another environment or suffix would share with the system of the spec; None for no copy.

    `alias` says whether the copy makes the alias of the key too.
    """
    naming = spec.naming
    if (environment, suffix) == (naming.environment, naming.suffix):
        return None
    copy = renamed(spec, environment, suffix)
    zone = f"both write into the zone `{spec.dns.hosted_zone}`" if spec.dns.hosted_zone else "each makes a zone of it"
    more = {Code.DR881: f", and {zone}", Code.DR882: "; `--parameter createSharedAlias=false` leaves it to that one"}
    (domain, says), *others = [
        (common.at, common.message + more.get(common.rule, ""))
        for common in _common(spec, copy, "the system of the spec", _Free(copy, [spec]))
        if alias or common.rule is not Code.DR882
    ]
    message = f"the copy `{environment}-{suffix}` shares with `{naming.environment}-{naming.suffix}` what the spec says"
    return Finding(Code.DR884, message, domain, says, related=tuple(others))
