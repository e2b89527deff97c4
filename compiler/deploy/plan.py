"""The plan of a deployment: the manifest with names filled in. Needs no AWS.

Stack names in a manifest carry `${environment}` and `${environmentSuffix}`; everything else is taken as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compiler.ir.elements import ACCOUNT, Param, StackKind
from compiler.ir.names import ENVIRONMENT, SUFFIX, bucket
from compiler.rollout.manifest import VERSION

Json = Any


class UnplannableError(Exception):
    """The manifest cannot be deployed by this version; the message says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """An output of another stack, by the stack's key."""

    stack: str
    output: str

    def __str__(self) -> str:
        return f"{self.output} of {self.stack}"


@dataclass(frozen=True, slots=True)
class PlannedStack:
    """One stack: `key` names it in the manifest, `name` in CloudFormation."""

    key: str
    kind: str
    region: str
    name: str
    template: str
    capabilities: tuple[str, ...]
    wired: Mapping[str, Source]
    imports: tuple[Source, ...]

    @property
    def serves(self) -> bool:
        """Whether functions run in it, so that its region needs their archives."""
        return self.kind in (StackKind.PRIMARY, StackKind.SECONDARY)


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on one stack; by then the values of `parameters` are known."""

    stack: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedArchive:
    """A function's code: the digest of its zip file (SHA-256 in hex) and its key in every code bucket."""

    function: str
    sha256: str
    key: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a deployment does, in order."""

    system: str
    account: str | None
    environment: str
    suffix: str
    stacks: tuple[PlannedStack, ...]
    waves: tuple[tuple[Step, ...], ...]
    archives: tuple[PlannedArchive, ...]

    def stack(self, key: str) -> PlannedStack:
        return next(stack for stack in self.stacks if stack.key == key)

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region, in the order of the stacks."""
        return tuple(dict.fromkeys(stack.region for stack in self.stacks))

    @property
    def code_regions(self) -> tuple[str, ...]:
        """Regions that functions run in."""
        return tuple(dict.fromkeys(stack.region for stack in self.stacks if stack.serves))

    def code_bucket(self, region: str, account: str) -> str:
        """The bucket that templates look the archives up in by convention."""
        known = {ENVIRONMENT.name: self.environment, SUFFIX.name: self.suffix, ACCOUNT.name: account}
        parts = bucket("bucket", "code", region).parts
        return "".join(known[part.name] if isinstance(part, Param) else str(part) for part in parts)

    def known_in(self, key: str, parameter: str) -> int:
        """Number of the first wave in which a stack is given a parameter's value."""
        return next(
            number
            for number, wave in enumerate(self.waves, 1)
            if any(step.stack == key and parameter in step.parameters for step in wave)
        )


def from_manifest(manifest: Mapping[str, Json], *, environment: str | None = None, suffix: str | None = None) -> Plan:
    """The plan of a manifest, with another environment or suffix where given; raises `UnplannableError`."""
    if manifest.get("manifest") != VERSION:
        raise UnplannableError(f"the manifest is of version {manifest.get('manifest')}; this dr-deploy reads {VERSION}")
    environment = environment or str(manifest["naming"]["environment"])
    suffix = suffix or str(manifest["naming"]["suffix"])
    return Plan(
        system=manifest["name"],
        account=manifest.get("account"),
        environment=environment,
        suffix=suffix,
        stacks=tuple(_stack(entry, environment, suffix) for entry in manifest["stacks"]),
        waves=tuple(
            tuple(Step(step["stack"], tuple(step["parameters"])) for step in wave) for wave in manifest["waves"]
        ),
        archives=tuple(PlannedArchive(f["name"], f["sha256"], f["key"]) for f in manifest["functions"]),
    )


def _stack(entry: Mapping[str, Json], environment: str, suffix: str) -> PlannedStack:
    name = str(entry["stackName"])
    for parameter, value in ((ENVIRONMENT, environment), (SUFFIX, suffix)):
        name = name.replace(f"${{{parameter.name}}}", value)
    return PlannedStack(
        key=entry["stack"],
        kind=entry["kind"],
        region=entry["region"],
        name=name,
        template=entry["template"],
        capabilities=tuple(entry["capabilities"]),
        wired={name: Source(given["stack"], given["output"]) for name, given in entry["parameters"].items()},
        imports=tuple(Source(given["stack"], given["output"]) for given in entry["imports"]),
    )
