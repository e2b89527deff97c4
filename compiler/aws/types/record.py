"""The record of a resource type: its names, what its values look like, what it needs, holds and does when it changes.

Sources, unless a record names another: the page of the type in the CloudFormation Template Reference (section "Return
values" for `Ref` and attributes); ARNs as in the Service Authorization Reference, "Resource types defined by" each
service (both read 2026-11-22).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import NamedTuple

from compiler.aws.facts.model import Fact
from compiler.aws.schemas import Pointer
from compiler.aws.types.protection import PROTECTIONS, Protection
from compiler.aws.types.update_rules import Data, UpdateRule
from compiler.aws.values import UNKNOWN, Json, dig, listed
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Rule
from compiler.support.frozen import frozen

ANYWHERE = "*"
"""In place of a region: a name is looked up in all of them."""

Properties = Mapping[str, Json]
"""Properties of a resource without intrinsics."""

Key = tuple[str, ...]


class Prerequisite(NamedTuple):
    """A value that names what must be there before a resource; `says` completes "needs … first".

    `kinds` are the types that a bare name may belong to, `region` where it is looked up (the resource's own where
    empty). `earlier` asks for an earlier operation, because something has to happen in between. `acts` says that a role
    is tried out at once, so that policies attached to it must be effective by then. `versioned` says that a bucket's
    versioning must be on.
    """

    value: Json
    says: str
    rule: Rule = Code.DR610
    kinds: tuple[str, ...] = ()
    region: str = ""
    earlier: bool = False
    acts: bool = False
    versioned: bool = False


Needs = Callable[[Properties], Iterator[Prerequisite]]


def tried_out(*wanted: tuple[Json, str]) -> Iterator[Prerequisite]:
    """Roles that AWS tries out while it creates a resource: each value, and the words that complete "needs … first".

    Its policies must be attached by then (DR610), and the role be visible everywhere, which takes time (DR622).
    CloudFormation begins with what depends on a role before its check of consistency has ended.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html,
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-resource-configuration-complete.html
    (read 2026-11-26)
    """
    for value, says in wanted:
        yield Prerequisite(value, says, acts=True)
        yield Prerequisite(value, says, Code.DR622, earlier=True, acts=True)


def members_needed(*wanted: tuple[str, str], kinds: tuple[str, ...] = ()) -> Needs:
    """Prerequisites that are one property each: its dotted path, and the words that complete "needs … first"."""

    def needs(properties: Properties) -> Iterator[Prerequisite]:
        for path, says in wanted:
            for value in listed(dig(properties, *path.split("."))):
                yield Prerequisite(value, says, kinds=kinds)

    return needs


@frozen
class Lookup:
    """The one call of AWS's API that tells whether a name is taken.

    In `parameters`, `{name}` and `{arn}` are filled in. An error that says "not found" means that the name is free.
    An operation that lists names in `answers` where: a member of the answer, and the member of its entries that holds
    the name.
    """

    service: str
    operation: str
    parameters: Mapping[str, Json]
    answers: tuple[tuple[str, str], ...] = ()


@frozen
class Name:
    """The physical name of a type whose name can be chosen.

    `member` is the property that holds it; another value replaces the resource. `limit` is the most characters it may
    have; None where our names cannot reach it, which the record explains. `lookup` tells whether a name is taken; None
    where the name is unique below another resource, so that a new one of these cannot find it taken.
    """

    member: str
    limit: Fact[int] | None
    lookup: Lookup | None


@frozen
class Holding:
    """What resources of a type hold: `what` completes "… starts without", `data` says how losing it counts."""

    what: str
    data: Data


@frozen
class ResourceType:
    """What is known of one type.

    The forms `ref`, `arn` and those in `attributes` are filled with `partition`, `region`, `account`, `name` (the
    physical name, or a placeholder where AWS chooses one), `path` and `id` (a placeholder). An attribute that is not
    listed gives a placeholder.
    """

    type: str
    """Such as `AWS::S3::Bucket`."""

    name: Name | None
    """None where AWS chooses the name, or where the type has none."""

    holds: Holding | None
    """None where everything it has stands in the template. Losing a key or a zone loses no data while the old one is
    kept."""

    identity: tuple[str, ...] = ()
    """Properties that nothing else in the same region may have in common; the name alone where this is empty."""

    account_wide: bool = False
    """Whether the name is unique in all regions together: https://docs.aws.amazon.com/IAM/latest/UserGuide/
    reference_iam-quotas.html, https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html and
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html (read 2026-11-22)"""

    shares_names_with: str = ""
    """The type whose names count as its own names too."""

    further_regions: Callable[[Properties], Iterable[str]] | None = None
    """Regions beside that of its stack in which the resource is there under the same name and ARN."""

    ref: str = "{id}"
    """What `Ref` gives."""

    arn: str | None = None
    """The ARN, also where no attribute gives it; None where it is not needed, or holds what only AWS knows."""

    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What `Fn::GetAtt` gives."""

    dimension: tuple[str, str] | None = None
    """Namespace and dimension of metrics that name a resource of the type."""

    policies: tuple[str, ...] = ()
    """Properties that are policy documents."""

    needs: Needs | None = None
    """What must be there before a resource is created or changed. A reference makes CloudFormation wait within a
    stack. It does not wait for what is named by a computed ARN or is in another stack."""

    replaced: str = ""
    """What a replacement means beyond there being a new resource."""

    left: str = ""
    """What a resource goes on doing after it has left its stack."""

    settled: frozenset[Pointer] = frozenset()
    """Properties that the schema calls create-only under conditions, where a rule of `updates` states the condition."""

    updates: tuple[UpdateRule, ...] = ()
    """What is known of updates beyond the schema."""

    @property
    def protection(self) -> Protection | None:
        """The property that makes AWS refuse to delete a resource; None where the type has none."""
        return PROTECTIONS.get(self.type)

    def prerequisites(self, properties: Properties) -> Iterator[Prerequisite]:
        """What must be there before a resource with these properties."""
        found = self.needs(properties) if self.needs else ()
        return (need for need in found if isinstance(need.value, str) and need.value)

    def regions(self, region: str, properties: Properties) -> tuple[str, ...]:
        """Regions in which a resource of a stack in `region` is there, that one first."""
        further = self.further_regions(properties) if self.further_regions else ()
        return tuple(dict.fromkeys((region, *further)))

    def identify(self, properties: Properties) -> Key:
        """The values that nothing else may have in common; empty where AWS chooses what tells resources apart."""
        named = self.name.member if self.name else None
        members = self.identity or ((named,) if named else ())
        values = {member: properties.get(member) for member in members}
        if UNKNOWN in values.values() or not (values.get(named) if named else any(values.values())):
            return ()
        return tuple("" if value is None else str(value) for value in values.values())

    def keys(self, region: str, properties: Properties) -> Iterator[Key]:
        """Type, region and identity, for each region: what nothing else in the account may have too."""
        identity = self.identify(properties)
        if not identity:
            return
        space = self.shares_names_with or self.type
        if self.account_wide:
            # IAM tells names apart without regard to case, and buckets have no capitals.
            # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html (read 2026-11-22)
            yield (space, "", *(part.casefold() for part in identity))
            return
        for place in self.regions(region, properties):
            yield (space, place, *identity)
