"""What `--destroy` would delete and what would stay, as the deployed templates say it. Reports DR627.

Both the spec and the deployed templates must allow the deletion: the templates decide what AWS does with each resource
when its stack is deleted. So a spec for another environment deletes nothing of this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from compiler import planning
from compiler.aws.types import registry
from compiler.aws.types.acm import CERTIFICATE
from compiler.aws.types.backup import VAULT
from compiler.aws.types.dynamodb import GLOBAL_TABLE
from compiler.aws.types.kms import KEY
from compiler.aws.types.route53 import HOSTED_ZONE
from compiler.aws.types.update_rules import Data
from compiler.aws.values import Json, deletes, dig, members
from compiler.deploy import backups
from compiler.deploy.apply import wait_until_idle
from compiler.deploy.artifacts import Artifacts
from compiler.deploy.cloud import DeploymentError, ExistingStack, Resource
from compiler.deploy.parts import stray
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.template import Template
from compiler.linking.waves import Source
from compiler.reporting.result import LOST, Line
from compiler.rollout.deployment import Stack
from compiler.rollout.manifest import is_template
from compiler.support.frozen import frozen

_AT = ("deployment", "on_delete")
_GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")
_NAMED = 8
"""How many resources a message names."""


@frozen
class Part:
    """One stack that exists, with the resources that AWS has; `bodies` are those of the deployed template."""

    stack: Stack
    existing: ExistingStack
    bodies: Mapping[str, Json]
    resources: tuple[Resource, ...]
    foreign: bool = False
    """Whether the template is none that a compile has written."""

    @cached_property
    def stays(self) -> tuple[Resource, ...]:
        """What AWS keeps when the stack is deleted."""
        return tuple(each for each in self.resources if not deletes(members(self.bodies.get(each.id))))

    @cached_property
    def goes(self) -> tuple[Resource, ...]:
        """What AWS deletes with the stack."""
        return tuple(each for each in self.resources if each not in self.stays)

    def of(self, type_: str) -> tuple[Resource, ...]:
        """Resources of a type that go."""
        return tuple(each for each in self.goes if each.type == type_ and each.physical)


@frozen
class Survey:
    """Everything that there is of a system. `buckets` are the code buckets that dr-deploy made, by region."""

    parts: tuple[Part, ...]
    buckets: Mapping[str, str]
    foreign: tuple[str, ...]
    """Code buckets that a person chose: they stay."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the system is left that dr-deploy could delete."""
        return not self.parts and not self.buckets


def survey(session: Session) -> Survey:
    """Reads every stack once nothing runs on it, and looks for the code buckets.

    Raises `CloudError`, and `DeploymentError` where an operation does not end.
    """
    waits = session.each(session.deployment.stacks, lambda stack: wait_until_idle(session, stack))
    if endless := [finding for _, finding in waits if finding]:
        raise DeploymentError(*endless)
    session.refresh()
    there = [(stack, found) for stack in session.deployment.stacks if (found := session.existing[stack.id])]
    there += _left(session)
    parts = session.each(there, lambda item: _part(session, *item))
    made = code_buckets(session)
    names = {region: made.name(region) for region in session.deployment.regions}
    chosen = {session.artifacts.given(region) for region in names} - {"", *names.values()}
    buckets = {region: name for region, name in names.items() if _is_ours(made, region)}
    return Survey(tuple(part for _, part in parts), buckets, tuple(sorted(chosen)))


def _left(session: Session) -> Iterator[tuple[Stack, ExistingStack]]:
    """Parts that the spec has no more: they import from the first stack of their region, so they go before it."""
    for id_, name in stray(session).items():
        if found := session.cloudformation.describe(id_.region, name):
            body = session.cloudformation.template(id_.region, name)
            template = Template(id_, body if is_template(body) else {"Resources": {}}, {}, {})
            yield Stack(id_, name, template, (), (Source(id_.base, ""), Source(session.topology.global_, ""))), found


def code_buckets(session: Session) -> Artifacts:
    """The buckets that dr-deploy makes by itself."""
    names = {region: session.deployment.code_bucket(region, session.account) for region in session.deployment.regions}
    return Artifacts(session.api, session.account, {}, names)


def _is_ours(made: Artifacts, region: str) -> bool:
    try:
        return made.exists(region)
    except DeploymentError:
        return False  # of another account


def _part(session: Session, stack: Stack, existing: ExistingStack) -> Part:
    resources = [each for each in session.read_resources(stack) if each.status not in _GONE]
    bodies = session.deployed(stack, existing).bodies
    known = tuple(each for each in resources if each.id in bodies)
    return Part(stack, existing, bodies, known, foreign=bool(resources) and not bodies)


def refusals(session: Session, found: Survey) -> Iterator[Finding]:
    """Why the system may not be deleted; none where it may."""
    if session.topology.spec.deployment.retains:
        count = sum(len(part.stays) for part in found.parts)
        message = (
            f"`on_delete` is retain: {count} resources of {session.deployment.name} would stay without their stacks"
        )
        yield Finding(Code.DR627, message if count else "`on_delete` is retain", _AT)
        return
    for part in found.parts:
        if part.foreign:
            message = f"{part.stack.name} was deployed from a template that dr-compile has not written"
            yield Finding(Code.DR627, message, (), help="delete this stack by the tool that deployed it")
        yield from backups.held(session, part.stack.region, part.of(VAULT))
        kept = [each for each in part.stays if deletes(members(part.stack.bodies.get(each.id)))]
        if kept:
            names = ", ".join(f"`{each.id}`" for each in kept[:_NAMED])
            more = f" and {len(kept) - _NAMED} more" if len(kept) > _NAMED else ""
            message = f"{part.stack.name} was deployed with `on_delete: retain` and would keep {names}{more}"
            help_text = "deploy the spec first, so that its templates delete them, then run --destroy again"
            yield Finding(Code.DR627, message, _AT, help=help_text)


def lines(session: Session, found: Survey) -> Iterator[Line]:
    """What stays, then what goes."""
    yield Line(f"destroy {session.deployment.name}: ", f"account {session.account}", "bold")
    yield Line("", "  what stays", "bold")
    yield from tuple(_staying(session, found)) or (Line("    ", "nothing"),)
    yield Line("", "  what goes, with all that it holds", "bold")
    for part in found.parts:
        yield Line(f"    {part.stack.key:<24} ", f"{part.stack.name}, {len(part.goes)} resources")
        for each in part.goes:
            holding = registry.of(each.type).holds
            if holding and holding.data is not Data.NONE:
                yield Line("      ", f"{each.physical} ({each.type}): {holding.what}", LOST)
    for region, bucket in found.buckets.items():
        yield Line(f"    {region:<24} ", f"{bucket}, with every archive of code and every template")


def _staying(session: Session, found: Survey) -> Iterator[Line]:
    for part in found.parts:
        if part.stays:
            yield Line(f"    {part.stack.key:<24} ", f"{len(part.stays)} of {len(part.resources)} resources")
        for each in part.stays:
            if registry.of(each.type).holds or part.goes:
                yield Line("      ", f"{each.physical} ({each.type})")
    if session.topology.spec.deployment.retains and found.parts:
        idle = float(planning.bill(session.topology).total.idle)
        spec = session.options.spec
        words = f"all of it costs about ${idle:,.0f} a month without any client: `dr-compile {spec} --explain costs`"
        yield Line("    ", words)
    yield from (Line("    ", f"the bucket {bucket}, which --code-bucket named") for bucket in found.foreign)
    for part in found.parts:
        for key in part.of(KEY):
            days = dig(part.bodies, key.id, "Properties", "PendingWindowInDays")
            time = f"for {days} days" if days else "until AWS deletes it"
            yield Line("    ", f"the key {key.physical} {time}, at no cost: until then it can be taken back")
        for own in part.of(HOSTED_ZONE):
            domain = dig(part.bodies, own.id, "Properties", "Name")
            words = (
                f"the delegation of {domain} at its parent: take the name servers out there, or others may get the name"
            )
            yield Line("    ", words)
    zone = session.topology.spec.dns.hosted_zone
    if zone and any(part.of(CERTIFICATE) for part in found.parts):
        yield Line(
            "    ", f"the records in zone {zone} by which the certificates were validated: AWS leaves them there"
        )
    if any(part.of(GLOBAL_TABLE) for part in found.parts):
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/pointintimerecovery_howitworks.html
        yield Line("    ", "a system backup of each table with recovery, which DynamoDB deletes by itself, at no cost")
