"""A proposal: what one principal wants to deploy, written down so that another one can review and execute it.

It is one JSON file. The digest in it finds accidental edits, and no more: whoever can write the file can write its
digest. What protects the approver is that all that is executed is in the file and shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from compiler.deploy.cloud import Change
from compiler.deploy.overview import Overview, Part
from compiler.deploy.review import Danger, counts

Json = Any
FORMAT = 1


Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class Value(_Model):
    """A parameter: its value, or the SHA-256 of a secret; `source` is the output that fills it, where one does."""

    value: str = ""
    sha256: Literal[""] | Digest = ""
    source: str = Field("", alias="from")

    def fits(self, text: str) -> bool:
        """Whether a text is the value."""
        return sha256(text) == self.sha256 if self.sha256 else text == self.value


class Base(_Model):
    """A stack as it was when the proposal was made; template and parameters are digests."""

    id: str
    changed: str
    template: Digest
    parameters: Digest


class Target(_Model):
    """What becomes of one stack: the digest of its template, and its parameters as far as they were known."""

    name: str
    template: Digest
    parameters: Mapping[str, Value]
    base: Base | None = None


class ChangeSetId(_Model):
    """A change set that was made with the proposal."""

    name: str
    id: str


class Predicted(_Model):
    """One change of a resource, in CloudFormation's words; `stake` and `what` say what it does to data."""

    id: str
    type: str
    action: str
    replacement: str = "False"
    properties: tuple[str, ...] = ()
    superseded: bool = False
    stake: str = ""
    what: str = ""

    @property
    def change(self) -> Change:
        """The change without what it does to data."""
        return Change(self.action, self.id, self.type, self.replacement, self.properties, self.superseded)


class Operation(_Model):
    """One operation on one stack. `follow` are resources that CloudFormation may list for what they refer to.

    The changes are CloudFormation's own where there is a change set, else those of the simulation.
    """

    stack: str
    bakes: bool
    changes: tuple[Predicted, ...]
    follow: tuple[str, ...] = ()
    change_set: ChangeSetId | None = Field(None, alias="changeSet")


class Archive(_Model):
    """The code of a function in one region: a version of an object, and the digest of its content."""

    function: str
    region: str
    bucket: str
    key: str
    version: str
    sha256: Digest


class Choices(_Model):
    """Options of the proposer that decide what is deployed, and how."""

    only: tuple[str, ...]
    parameters: Mapping[str, str]
    allow_replace: tuple[str, ...] = Field(alias="allowReplace")
    code_buckets: Mapping[str, str] = Field(alias="codeBuckets")
    no_bake: bool = Field(alias="noBake")
    through_alarm: bool = Field(alias="throughAlarm")


class Proposal(_Model):
    """All that is bound. `id` is part of the name of each of its change sets; `manifest` is a digest.

    `serving` is the region that served clients; empty where none did.
    """

    format: int
    compiler: str
    id: Annotated[str, Field(pattern="^[0-9a-f]{8}$")]
    system: str
    environment: str
    suffix: str
    account: str
    partition: str
    regions: tuple[str, ...]
    serving: str
    bake_minutes: int = Field(alias="bakeMinutes")
    manifest: Digest
    choices: Choices
    tags: Mapping[str, str]
    code: tuple[Archive, ...]
    stacks: Mapping[str, Target]
    waves: Annotated[tuple[tuple[Operation, ...], ...], Field(min_length=1)]
    digest: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Proposal:
        """Every operation is on a stack of the proposal, and each of the first wave has a change set."""
        unknown = {operation.stack for wave in self.waves for operation in wave} - self.stacks.keys()
        if unknown:
            raise ValueError(f"there is no stack {min(unknown)}")
        if any(operation.change_set is None for operation in self.waves[0]):
            raise ValueError("an operation of the first wave has no change set")
        return self

    def operations(self, stack: str) -> tuple[Operation, ...]:
        """All operations on a stack, in order."""
        return tuple(operation for wave in self.waves for operation in wave if operation.stack == stack)


def sha256(text: str) -> str:
    """Digest of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of(value: Json) -> str:
    """Digest of a JSON value, whatever the order of its members."""
    return sha256(json.dumps(value, sort_keys=True, separators=(",", ":")))


def overview(proposal: Proposal) -> Overview:
    """The review of a proposal."""
    about = f"environment {proposal.environment}, suffix {proposal.suffix}, account {proposal.account}"
    parts: list[Part] = []
    seen: set[str] = set()
    for number, wave in enumerate(proposal.waves, 1):
        for operation in wave:
            target = proposal.stacks[operation.stack]
            changes = tuple(predicted.change for predicted in operation.changes)
            dangers = (Danger(p.id, p.type, p.what, p.stake) for p in operation.changes if p.stake)
            new = target.base is None and operation.stack not in seen
            bakes = f", then a bake of {proposal.bake_minutes} min" if operation.bakes and proposal.bake_minutes else ""
            says = f"wave {number}: {'new, ' if new else ''}{counts(changes)}{bakes}"
            notes = () if operation.stack in seen else tuple(_values(target))
            parts.append(Part(operation.stack, target.name, says, changes, tuple(dangers), notes, new))
            seen.add(operation.stack)
    return Overview(proposal.system, about, tuple(_notes(proposal)), tuple(parts))


def _notes(proposal: Proposal) -> Iterator[tuple[str, str]]:
    choices = proposal.choices
    yield "proposal", f"{proposal.id}, by dr-compile {proposal.compiler}"
    for archive in proposal.code:
        yield f"code of {archive.region}", f"{archive.function}: {archive.sha256}"
    allowed = (
        (choices.only, "only these stacks"),
        (choices.allow_replace, "may be replaced or removed although they hold data"),
        (tuple(f"{key}={value}" for key, value in proposal.tags.items()), "tags"),
        (tuple(f"{region}={name}" for region, name in choices.code_buckets.items()), "code buckets"),
    )
    yield from ((what, ", ".join(items)) for items, what in allowed if items)
    if choices.no_bake:
        yield "no bake", "no region is watched before the change goes to the next one"
    if choices.through_alarm:
        yield "through an alarm", "a region is changed although its alarm rings"


def _values(target: Target) -> Iterator[tuple[str, str]]:
    for name, value in target.parameters.items():
        if value.sha256:
            yield "value", f"{name}: secret, SHA-256 {value.sha256[:12]}"
        elif value.value and not value.source:
            yield "value", f"{name}={value.value}"
