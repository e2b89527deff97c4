"""What is looked at before anything is changed: account, regions, quotas, names, zone, networks and issuers.

Only reads. Where an API is not there, as on an emulator, that is said and nothing is assumed.
Reports DR377, DR379, DR820, DR821, DR823, DR824, DR826 to DR829, DR836, DR839 to DR842, DR846 to DR850, DR855, DR856,
DR858, DR859, DR862.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from compiler.aws.intrinsics import Account, Resolver
from compiler.aws.types import registry
from compiler.aws.types.record import Lookup
from compiler.aws.types.s3 import BUCKET
from compiler.aws.values import Json, ResourceId, members
from compiler.deploy import (
    account_settings,
    backups,
    existing,
    existing_networks,
    existing_receivers,
    issuers,
    log_policies,
    networks,
    parts,
    quotas,
)
from compiler.deploy.cloud import Api, CloudError, call_failed, unchecked, unread
from compiler.deploy.session import PREFIX, Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackKind
from compiler.rollout.deployment import Stack
from compiler.services import route53
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

_THREADS = 8


def account(api: Api, region: str) -> str:
    """The account of the credentials; raises `CloudError`."""
    return str(api.call("sts", region, "GetCallerIdentity", {})["Account"])


def account_alias(api: Api, region: str) -> str:
    """What people call the account; empty where it has no alias, or where it may not be read."""
    try:
        found = api.call("iam", region, "ListAccountAliases", {}).get("AccountAliases", [])
    except CloudError:
        return ""
    return str(found[0]) if found else ""


def wrong_account(topology: Topology, found: str) -> Finding | None:
    """The finding where the spec was meant for another account."""
    expected = topology.spec.account
    if expected is None or expected == found:
        return None
    message = f"these credentials belong to the account {found}; the spec is for the account {expected}"
    return Finding(Code.DR821, message, ("account",))


def no_account(error: CloudError) -> Finding:
    """The finding where AWS does not say whose credentials these are."""
    if error.unreadable:
        return call_failed(error)
    return Finding(Code.DR820, f"AWS does not say which account this is: {error.code}: {error.message}", ())


def check(session: Session) -> tuple[Finding, ...]:
    """All findings, and what could not be checked. Raises `CloudError` where a call fails."""
    tasks: list[Callable[[], Iterable[Finding]]] = [partial(_zones, session), partial(existing.boundary, session)]
    for region in dict.fromkeys(stack.region for stack in session.selected):
        tasks += (
            partial(each, session, region)
            for each in (
                quotas.check,
                log_policies.check,
                networks.ranges,
                networks.zones,
                existing.keys,
                existing_receivers.topics,
                existing_receivers.destinations,
                existing_networks.check,
                account_settings.rest_logs,
                account_settings.rest_apis,
                backups.settings,
                backups.organization,
            )
        )
    elsewhere = parts.moved(session)
    tasks += [partial(name_available, session, named) for named in needed(session) if named.owner not in elsewhere]
    tasks += [partial(issuers.check, session, issuer, at) for issuer, at in issuers.authorizers(session)]
    with ThreadPoolExecutor(_THREADS) as pool:
        results = list(pool.map(lambda task: tuple(task()), tasks))
    return tuple(
        dict.fromkeys(
            (
                *_elsewhere(session),
                *_domain(session),
                *parts.stays(session, elsewhere),
                *parts.unimportable(session),
                *(finding for result in results for finding in result),
            )
        )
    )


def _zones(session: Session) -> Iterator[Finding]:
    dns = session.topology.spec.dns
    if dns.hosted_zone is not None or all(stack.id.kind != StackKind.GLOBAL for stack in session.selected):
        return
    query = {"DNSName": dns.domain, "MaxItems": "10"}
    try:
        answer = session.api.call("route53", session.topology.global_.region, "ListHostedZonesByName", query)
    except CloudError as error:
        yield unread(error, f"whether a zone of `{dns.domain}` exists already")
        return
    ours = session.physical_ids
    for zone in answer.get("HostedZones", []):
        id_ = zone["Id"].removeprefix("/hostedzone/")
        public = not zone.get("Config", {}).get("PrivateZone")
        if zone["Name"].rstrip(".") == dns.domain.rstrip(".") and public and id_ not in ours:
            message = f"a public zone of `{dns.domain}` already exists ({id_}), and this topology creates another one"
            yield Finding(Code.DR827, message, ("dns", "domain"))


def _domain(session: Session) -> Iterator[Finding]:
    """A system that is deployed under another domain than the spec's."""
    deployed = session.outputs(session.topology.global_).get(route53.SERVICE_URL)
    asked = route53.service_url(session.topology.spec.dns.domain)
    if deployed and deployed != asked:
        message = f"clients use {deployed}; the spec would replace it by {asked}"
        yield Finding(Code.DR848, message, ("dns", "domain"))


def _elsewhere(session: Session) -> Iterator[Finding]:
    """Stacks whose last deployment was not ours."""
    for stack in session.selected:
        found = session.existing.get(stack.id)
        if found and found.change_set and f"/{PREFIX}" not in found.change_set:
            name = found.change_set.rpartition("changeSet/")[2].partition("/")[0]
            message = f"{stack.name} was last changed by another tool (change set `{name}`)"
            yield Finding(Code.DR842, message, ())


_FREE = ("404", "NotFound", "NoSuchEntity", "NonExistent", "DoesNotExist")
"""Parts of the error codes by which services say that nothing has a name."""


@frozen
class Named:
    """A resource that its stack does not have yet, and the name that it takes in one region."""

    owner: ResourceId
    type: str
    name: str
    arn: str
    region: str
    lookup: Lookup


def needed(session: Session) -> Iterator[Named]:
    """Names that this deployment is about to take, as far as they are known before it.

    A parameter that another stack fills counts as filled, so that every gate is open.
    """
    for stack in session.selected:
        existing = {resource.id for resource in session.resources.get(stack.id, ())}
        resolver = _resolver(session, stack)
        for id_, body in resolver.bodies.items():
            record = registry.of(body["Type"])
            if record.name is None or record.name.lookup is None or id_ in existing:
                continue
            condition, name = body.get("Condition"), resolver.name(id_)
            if "<" in name or (condition and not resolver.holds(condition)):
                continue
            arn = resolver.form(id_, record.arn) if record.arn else ""
            for region in record.regions(stack.region, members(body.get("Properties"))):
                yield Named(ResourceId(stack.key, id_), record.type, name, arn, region, record.name.lookup)


def _resolver(session: Session, stack: Stack) -> Resolver:
    """The stack's values; what only AWS or another stack knows is in angle brackets."""
    given = {name: value for name, value in session.parameters.items() if name not in stack.wiring}
    given |= {name: f"<{name}>" for name in stack.wiring}
    return Resolver(stack.template, Account(session.account, session.topology.partition), given, {})


def name_available(session: Session, named: Named) -> list[Finding]:
    """A finding where a name is taken, or cannot be looked up; none where it is free. Raises `CloudError`."""
    lookup, region = named.lookup, named.region
    try:
        answer = session.api.call(lookup.service, region, lookup.operation, _filled(lookup.parameters, named))
    except CloudError as error:
        if error.missing:
            return [unchecked(f"whether names of {lookup.service} are free in {region}: the API does not exist there")]
        if any(word in error.code for word in _FREE):
            return []
        if error.code in ("403", "301") and named.type == BUCKET:
            return [_taken(named, "another account uses it")]
        return [unread(error, f"whether `{named.name}` is free in {region}")]
    listed = [entry.get(member) for entries, member in lookup.answers for entry in answer.get(entries, ())]
    if lookup.answers and named.name not in listed:
        return []
    return [_taken(named, "it exists and does not belong to a stack of this topology")]


def _filled(value: Json, named: Named) -> Json:
    """Parameters of a look-up with the name and the ARN in their places."""
    if isinstance(value, Mapping):
        return {key: _filled(item, named) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, named) for item in value]
    return {"{name}": named.name, "{arn}": named.arn}.get(value, value)


def _taken(named: Named, why: str) -> Finding:
    message = f"the name `{named.name}` of {named.type} is taken in {named.region}: {why}"
    return Finding(Code.DR824, message, named.owner)
