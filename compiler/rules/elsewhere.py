"""Where data and messages go: to the topology, to its account, and to addresses that the spec knows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.aws.types.route53 import RECORD_SET
from compiler.aws.types.s3 import BUCKET
from compiler.aws.types.sns import SUBSCRIPTION, TOPIC
from compiler.aws.values import Json, arn, marked, members, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, named, reports

DR874 = Rule(
    "DR874",
    "elsewhere",
    says="data, messages or clients go to a place that the spec does not name",
    why="Alarms, logs, objects and requests of the system would reach somebody of whom the spec says nothing. The same "
    "holds for another account, whose owner the reviewers of the spec do not know.",
    fix="use a resource of the topology, or write the address into the spec (`alerts.subscriptions`); if it is "
    "intended, accept the finding with a reason",
    source=DOCS + "wellarchitected/latest/security-pillar/sec_permissions_analyze_cross_account.html",
    acceptable=True,
)

_FOREIGN = re.compile(r"arn:[a-z*-]+:[^:\s\"]*:[^:\s\"]*:([0-9]{12}):[^\s\"]*")
_NUMBER = re.compile("[0-9]{12}")
_OWNERS = ("Account", "AccountId", "Owner", "OwnerId")
"""Ends of the names of members that hold the number of an account."""

_IN_URL = re.compile(r"https?://[^/\s]*amazonaws\.com[^\s]*/([0-9]{12})/")
_ADDRESS = re.compile(
    r"(?:https?|wss?|smtps?)://(?P<host>[^/\s:?#]+)\S*|mailto:\S+|[^@\s/:]+@(?P<mail>[^@\s/:]+\.[a-z]{2,})"
)
_BUCKETS = frozenset(("DestinationBucketName", "S3BucketName"))
"""Members that name a bucket which something is written to, without an ARN."""

_PROSE = frozenset(("Description", "AlarmDescription", "GroupDescription", "Tags", "HealthCheckTags", "HostedZoneTags"))
_TRUSTED = frozenset(("Principal", "NotPrincipal"))
"""Members of policies that say who gets in: another rule looks at them."""

_POLICY = frozenset(("Resource", "NotResource", "Condition"))


@reports(DR874)
def elsewhere(deployed: Deployed) -> Iterator[Finding]:
    """No property names another account, a bucket outside the topology, or an address that the spec does not have."""
    written = frozenset(text for _, text in _leaves(deployed.topology.spec.model_dump(mode="json")))
    for resource in deployed.resources:
        for what in dict.fromkeys(_places(deployed, resource, written)):
            yield Finding(DR874, f"`{resource.id}` {what}", resource.owner, id=named("elsewhere", resource))


def _places(deployed: Deployed, resource: Resource, written: frozenset[str]) -> Iterator[str]:
    """Places that a resource names and that are not known, each completing "`X` ..."."""
    account = deployed.states[resource.stack].resolver.account.id
    for keys, value in _leaves(resource.properties):
        plain = [value] if keys[-1].endswith(_OWNERS) and _NUMBER.fullmatch(value) else []
        # Most texts are seen to name nothing without being looked at closer.
        if ":" not in value and "@" not in value and keys[-1] not in _BUCKETS and not plain:
            continue
        if value in written or _PROSE.intersection(keys) or _TRUSTED.intersection(keys):
            continue
        for other in (*_FOREIGN.findall(value), *_IN_URL.findall(value), *plain):
            if other != account:
                yield f"names the account {other}: `{_short(value)}`"
        if _unknown_bucket(deployed, resource, keys, value):
            yield f"uses the bucket `{_short(value)}`, which is not of the topology"
        if (found := _ADDRESS.fullmatch(value)) and not _known_host(deployed, found):
            yield f"names the address `{_short(value)}`, which the spec does not have"
    yield from _told(deployed, resource, written)
    yield from _answers(deployed, resource)


def _unknown_bucket(deployed: Deployed, resource: Resource, keys: tuple[str, ...], value: str) -> bool:
    # The rules on replication know where objects may go.
    if _POLICY.intersection(keys) or keys[0] == "ReplicationConfiguration":
        return False
    found = arn(value)
    if found is not None and found.service == "s3" and not found.account:
        return deployed.owner(value.partition("/")[0], (BUCKET,)) is None
    return keys[-1] in _BUCKETS and deployed.owner(value, (BUCKET,), resource.region) is None


def _known_host(deployed: Deployed, found: re.Match[str]) -> bool:
    host, domain = (found["host"] or "").lower(), deployed.topology.spec.dns.domain
    return host == domain or host.endswith((f".{domain}", ".amazonaws.com")) or marked(found[0]) is not None


def _told(deployed: Deployed, resource: Resource, written: frozenset[str]) -> Iterator[str]:
    """Subscribers of topics that neither the spec nor the topology has, whatever the protocol."""
    held = resource.list("Subscription") if resource.type == TOPIC else [resource.properties]
    for subscription in map(members, held if resource.type in (TOPIC, SUBSCRIPTION) else ()):
        endpoint = text(subscription.get("Endpoint"))
        if endpoint not in written and deployed.owner(endpoint) is None and not _ADDRESS.fullmatch(endpoint):
            yield f"tells `{_short(endpoint)}`, which the spec does not have"


def _answers(deployed: Deployed, resource: Resource) -> Iterator[str]:
    """Names of the topology that lead to other hosts."""
    if resource.type == RECORD_SET and resource.get("Type") in ("A", "AAAA", "CNAME"):
        aliased = resource.get("AliasTarget", "DNSName")
        for target in (*resource.list("ResourceRecords"), *([aliased] if aliased else [])):
            if deployed.owner(target) is None:
                yield f"sends clients to `{_short(str(target))}`"


def _leaves(value: Json) -> list[tuple[tuple[str, ...], str]]:
    """Every text of a value with the keys that lead to it."""
    found: list[tuple[tuple[str, ...], str]] = []
    _gather(value, (), found)
    return found


def _gather(value: Json, keys: tuple[str, ...], found: list[tuple[tuple[str, ...], str]]) -> None:
    if isinstance(value, str):
        found.append((keys, value))
    elif isinstance(value, dict):
        for key, item in value.items():
            _gather(item, (*keys, str(key)), found)
    elif isinstance(value, list | tuple):
        for item in value:
            _gather(item, keys, found)


def _short(value: str) -> str:
    return value if len(value) <= 80 else value[:79] + "…"
