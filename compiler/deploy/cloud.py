"""What AWS says, as values, and a call to AWS as a protocol.

`aws` implements the protocol with boto3, tests implement it in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Protocol

from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.support.frozen import frozen


class DeploymentError(Exception):
    """The deployment cannot go on; `findings` say why."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__("; ".join(finding.message for finding in findings))


class StoppedError(Exception):
    """The run was told to stop."""


def call_failed(error: CloudError) -> Finding:
    """The finding for a call to AWS that failed after all its retries; reports DR837 and DR871."""
    if error.unreadable:
        message = f"{error.operation} of {error.service} in {error.region} was not answered by AWS: {error.message}"
        return Finding(Code.DR871, message, ())
    message = f"{error.service} in {error.region} refuses {error.operation}: {error.code}: {error.message}"
    return Finding(Code.DR837, message, ())


def unchecked(what: str) -> Finding:
    """The finding for something that could not be checked, and why; reports DR828."""
    return Finding(Code.DR828, f"not checked: {what}", ())


def unread(error: CloudError, what: str) -> Finding:
    """The finding where this principal may not read something, or where the API is not there; else raises the error."""
    if error.missing or error.denied:
        return unchecked(f"{what}: {error.message or error.code}")
    raise error


Json = Any
_NEXT = "NextToken"
_DENIED = ("AccessDenied", "AuthorizationError", "UnauthorizedOperation")
"""How the error codes begin by which services refuse a principal; the second is SNS's, the third EC2's."""


class CloudError(Exception):
    """AWS refused a call or did not answer. `code` is AWS's word; `missing` says that the API does not exist there.

    `unreadable` says that there was an answer, and that AWS cannot have given it.
    """

    def __init__(
        self, service: str, operation: str, region: str, code: str, message: str, *,
        missing: bool = False, unreadable: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(f"{service}:{operation} in {region}: {code}: {message}")
        self.service = service
        self.operation = operation
        self.region = region
        self.code = code
        self.message = message
        self.missing = missing
        self.unreadable = unreadable

    @property
    def denied(self) -> bool:
        """Whether this principal has no right to the call."""
        return self.code.startswith(_DENIED)


@frozen
class ExistingStack:
    """A stack as CloudFormation describes it; `change_set` is the ARN of the last one that was executed."""

    id: str
    name: str
    status: str
    reason: str
    changed: str
    """When it was last created or updated; two reads with the same text saw the same deployment."""
    protected: bool
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    change_set: str = ""
    """Id of the change set it was last deployed with; empty for a deployment without one, or where not told."""


@frozen
class Change:
    """What a change set does to one resource; `replacement` is AWS's True, False or Conditional."""

    action: str
    id: str
    type: str
    replacement: str = "False"
    properties: tuple[str, ...] = ()
    superseded: bool = False
    """Whether it removes a deployment of an API whose place a newer one takes, which AWS does not say."""


@frozen
class ChangeSetState:
    """A change set as CloudFormation describes it."""

    status: str
    execution: str
    reason: str
    changes: tuple[Change, ...]
    id: str = ""
    """Its ARN, which no other change set ever has; empty where not told."""
    told: Mapping[str, Json] = field(default_factory=dict)
    """All that the description says besides."""


@frozen
class Alarm:
    """An alarm as CloudWatch describes it; `type` is its resource type."""

    arn: str
    type: str
    rings: bool
    reason: str

    @property
    def name(self) -> str:
        """The alarm's name, which ends its ARN."""
        return self.arn.partition(":alarm:")[2]


@frozen
class Watch:
    """What CloudFormation watches during an operation and for some minutes after it."""

    alarms: tuple[Alarm, ...] = ()
    minutes: int = 0

    @property
    def names(self) -> str:
        """The alarms for people; empty where none is watched."""
        return ", ".join(alarm.name for alarm in self.alarms)

    @property
    def configuration(self) -> dict[str, Json]:
        """As CloudFormation takes it: an empty list ends what earlier operations of the stack asked for."""
        triggers = [{"Arn": alarm.arn, "Type": alarm.type} for alarm in self.alarms]
        return {"RollbackTriggers": triggers, "MonitoringTimeInMinutes": self.minutes}


NO_WATCH = Watch()


@frozen
class Request:
    """A change set to be made. Its template is `body` or is at `url`; without both, the stack keeps its own.

    A parameter that is None keeps the value that the stack has.
    """

    stack: str
    name: str
    create: bool
    body: str | None
    url: str | None
    parameters: Mapping[str, str | None]
    capabilities: tuple[str, ...]
    watch: Watch = NO_WATCH
    tags: Mapping[str, str] = field(default_factory=dict)


@frozen
class Event:
    """One event of a stack: `token` is that of the operation it belongs to, where told."""

    at: str
    id: str
    type: str
    status: str
    reason: str
    token: str = ""


@frozen
class Resource:
    """One resource of a stack."""

    id: str
    physical: str
    type: str
    status: str


class Api(Protocol):
    """AWS in every region. Operations and parameters are spelled as in the API reference."""

    def call(self, service: str, region: str, operation: str, parameters: Mapping[str, Json]) -> dict[str, Json]:
        """The answer, a body in bytes; raises `CloudError`."""
        ...


def pages(
    api: Api, service: str, region: str, operation: str, parameters: Mapping[str, Json]
) -> Iterator[dict[str, Json]]:
    """Every page of an answer of an operation that pages by `NextToken`."""
    asked = dict(parameters)
    while True:
        answer = api.call(service, region, operation, asked)
        yield answer
        following = answer.get(_NEXT)
        if not following or following == asked.get(_NEXT):
            return
        asked[_NEXT] = following
