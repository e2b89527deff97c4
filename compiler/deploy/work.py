"""What a stack is to become, what CloudFormation would do for that, and how it can end. Reports DR830, DR831, DR837."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.deploy import review, states
from compiler.deploy.cloud import Change, CloudError, Stack
from compiler.deploy.plan import PlannedStack
from compiler.deploy.values import Given
from compiler.diagnostics.model import Route
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding

Json = Any


class Failed(Exception):  # noqa: N818 - an outcome, told as diagnostics
    """A stack cannot go on; carries what was found."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__("; ".join(finding.message for finding in findings))


class Stopped(Exception):  # noqa: N818 - an outcome
    """The run was told to stop."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a stack is to become."""

    stack: PlannedStack
    template: Mapping[str, Json]
    body: str | None
    url: str | None
    values: Mapping[str, Given]
    tags: Mapping[str, str]
    origins: Mapping[str, Route]

    @property
    def unknown(self) -> frozenset[str]:
        """Values of other stacks that are still to come."""
        return frozenset(name for name, given in self.values.items() if name in self.stack.wired and not given.text)

    @property
    def placeholder(self) -> tuple[object, ...]:
        """Equal for two works that would propose the same."""
        return (self.body or self.url, tuple(sorted((name, given.text) for name, given in self.values.items())))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change set that waits for its execution; one without changes has no name and waits for nothing."""

    name: str
    create: bool
    changes: tuple[Change, ...]
    seen: Stack | None
    dangers: tuple[review.Danger, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """A stack after its operation, what was changed, and what it was to become."""

    stack: Stack
    changes: tuple[Change, ...]
    work: Work


def stuck(stack: PlannedStack, found: Stack | None, verdict: states.Verdict) -> Finding:
    """A stack in a state that allows nothing, with the way out of it."""
    reason = f": {found.reason}" if found and found.reason else ""
    message = f"{stack.name} is {status(found)}{reason}; it cannot be updated as it is"
    return Finding(Code.DR830, message, (), help=verdict.out.format(region=stack.region, name=stack.name))


def refused(work: Work, proposal: Proposal) -> Iterator[Finding]:
    """What a proposal must not do."""
    for danger in proposal.dangers:
        message = f"{work.stack.name}: `{danger.id}` ({danger.type}) {danger.what}; at stake: {danger.stake}"
        help_text = f"if that is meant, say so: --allow-replace {danger.id}"
        yield Finding(Code.DR831, message, work.origins.get(danger.id, ()), help=help_text)


def called(error: CloudError) -> Finding:
    """A call to AWS that failed for good."""
    message = f"{error.service} in {error.region} refuses {error.operation}: {error.code}: {error.message}"
    return Finding(Code.DR837, message, ())


def status(found: Stack | None) -> str:
    """The state of a stack in a word."""
    return found.status if found else "not there"
