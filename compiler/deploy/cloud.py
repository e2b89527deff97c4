"""What a deployment asks of AWS, as values and as a protocol: `aws` keeps it with the SDK, tests in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Json = Any


class CloudError(Exception):
    """AWS refused a call or did not answer. `code` is AWS's word, `missing` that the API is not there at all."""

    def __init__(
        self, service: str, operation: str, region: str, code: str, message: str, *, missing: bool = False
    ) -> None:
        super().__init__(f"{service}:{operation} in {region}: {code}: {message}")
        self.service = service
        self.operation = operation
        self.region = region
        self.code = code
        self.message = message
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as CloudFormation describes it. `defaults` are those of the deployed template's parameters."""

    id: str
    name: str
    status: str
    reason: str
    changed: str
    """When it was last created or updated; two looks with the same text saw the same deployment."""
    protected: bool
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    change_set: str = ""
    """Id of the change set it was last deployed with; empty for a deployment without one, or where not told."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a change set does to one resource; `replacement` is AWS's True, False or Conditional."""

    action: str
    id: str
    type: str
    replacement: str = "False"
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set once it is ready or has failed."""

    status: str
    execution: str
    reason: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """What a parameter is given: a text, or None to keep what the stack has."""

    text: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """A change set to be made. One of `body` and `url` is given."""

    stack: str
    name: str
    create: bool
    body: str | None
    url: str | None
    parameters: Mapping[str, Value]
    capabilities: tuple[str, ...]
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stack: `token` is that of the operation it belongs to, where told."""

    at: str
    id: str
    type: str
    status: str
    reason: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a stack."""

    id: str
    physical: str
    type: str
    status: str


class Stacks(Protocol):
    """CloudFormation in every region. All calls raise `CloudError`."""

    def describe(self, region: str, name: str) -> Stack | None: ...

    def template(self, region: str, name: str) -> Mapping[str, Json]:
        """The deployed template; empty for a stack that has none yet."""
        ...

    def propose(self, region: str, request: Request) -> None: ...

    def change_set(self, region: str, stack: str, name: str) -> ChangeSet | None: ...

    def drop_change_set(self, region: str, stack: str, name: str) -> None: ...

    def execute(self, region: str, stack: str, name: str, token: str) -> None: ...

    def events(self, region: str, stack: str) -> tuple[Event, ...]:
        """Latest first, those of one operation at least."""
        ...

    def resources(self, region: str, stack: str) -> tuple[Resource, ...]: ...

    def protect(self, region: str, stack: str) -> None: ...

    def delete(self, region: str, stack: str) -> None: ...

    def rejections(self, region: str, stack: str, change_set: str) -> tuple[tuple[str, str], ...]:
        """What validation before deployment found wrong with a change set, or with the last operation where none is
        named: logical id and reason."""
        ...
