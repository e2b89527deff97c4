"""The plan as a shell script of AWS CLI commands, for teams that deploy by other means.

It does what a run does, without the reviews: the same change sets in the same order, nothing of a failed first
deployment kept, and a value that is not known yet, or that a person set, left as the stack has it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.deploy.commands_functions import FUNCTIONS
from compiler.deploy.plan import Plan, PlannedStack, Step
from compiler.deploy.sight import CODE_BUCKET
from compiler.deploy.wanted import Options
from compiler.ir.names import ENVIRONMENT, SUFFIX

Json = Any


def script(
    plan: Plan,
    templates: Mapping[str, Mapping[str, Json]],
    folder: str,
    archives: str = "archives",
    options: Options | None = None,
) -> str:
    """The script; `folder` and `archives` are where templates and archives lie as seen from where it is run."""
    return "\n".join(_Script(plan, templates, folder, archives, options or Options()).lines()) + "\n"


class _Script:
    def __init__(
        self, plan: Plan, templates: Mapping[str, Mapping[str, Json]], folder: str, archives: str, options: Options
    ) -> None:
        self._plan = plan
        self._templates = templates
        self._folder = folder
        self._archives = archives
        self._options = options
        self._meant = tuple(stack for stack in plan.stacks if not options.only or stack.key in options.only)
        self._regions = tuple(dict.fromkeys(stack.region for stack in self._meant))

    def lines(self) -> Iterator[str]:
        plan = self._plan
        yield "#!/bin/sh"
        yield f"# Deploys {plan.system} (environment {plan.environment}, suffix {plan.suffix}) with AWS CLI 2."
        yield "# The functions' archives come from: dr-deploy SPEC --plan --archives DIR"
        yield "set -eu"
        yield f"ACCOUNT=$(aws sts get-caller-identity --region {self._regions[0]} --query Account --output text)"
        if plan.account:
            yield f'if [ "$ACCOUNT" != {plan.account} ]; then'
            yield f'  echo "these credentials belong to the account $ACCOUNT, not to {plan.account}" >&2'
            yield "  exit 1"
            yield "fi"
        tags = " ".join(_quoted("Key", key, "Value", value) for key, value in self._options.tags.items())
        yield from FUNCTIONS.replace("@TAGS@", f" \\\n    --tags {tags}" if tags else "").strip("\n").split("\n")
        yield from ("", *self._buckets())
        for number, wave in enumerate(plan.waves, 1):
            steps = tuple(step for step in wave if plan.stack(step.stack) in self._meant)
            if not steps:
                continue
            yield from ("", f"# Wave {number}")
            yield from self._delegation(steps)
            for step in steps:
                yield from self._step(step)

    def _bucket(self, region: str) -> str:
        """A region's bucket, as a word of the shell."""
        named = self._options.code_buckets.get(region)
        return shlex.quote(named) if named else f'"{self._plan.code_bucket(region, "$ACCOUNT")}"'

    def _buckets(self) -> Iterator[str]:
        plan = self._plan
        yield "# Code and templates"
        for region in self._regions:
            bucket = self._bucket(region)
            if region not in self._options.code_buckets:
                yield f"bucket {region} {bucket}"
            if region in plan.code_regions:
                for archive in plan.archives:
                    file = shlex.quote(f"{self._archives}/{archive.key.rpartition('/')[2]}")
                    yield f"upload {region} {bucket} {shlex.quote(archive.key)} {file}"
            for stack in self._meant:
                if stack.region == region:
                    file = shlex.quote(f"{self._folder}/{stack.template}")
                    yield f"upload {region} {bucket} templates/{stack.template} {file}"

    def _delegation(self, steps: tuple[Step, ...]) -> Iterator[str]:
        """Stops before certificates in a zone that this topology makes, until somebody says it is delegated."""
        zone = next((stack for stack in self._plan.stacks if stack.kind == "global"), None)
        if zone is None or zone not in self._meant or self._options.assume_delegated:
            return
        for step in steps:
            stack = self._plan.stack(step.stack)
            known = {stack.wired[name].output for name in step.parameters} | {s.output for s in stack.imports}
            if stack.serves and "HostedZoneId" in known:
                yield f"delegated {stack.region} {stack.name} {zone.region} {zone.name}"

    def _step(self, step: Step) -> Iterator[str]:
        stack = self._plan.stack(step.stack)
        # Of a stack that is left out nothing is asked: its region may be the one that fails.
        asked = [name for name in step.parameters if self._plan.stack(stack.wired[name].stack) in self._meant]
        for name in asked:
            source = stack.wired[name]
            producer = self._plan.stack(source.stack)
            yield f"{name}=$(output {producer.region} {producer.name} {source.output})"
        given = dict(self._given(stack))
        wanted = [_quoted("ParameterKey", name, "ParameterValue", value) for name, value in given.items()]
        wanted += (f'"ParameterKey={name},ParameterValue=${name}"' for name in asked)
        others = [name for name in self._parameters(stack) if name not in given and name not in asked]
        url = f"https://s3.{stack.region}.amazonaws.com/{self._plan.code_bucket(stack.region, '$ACCOUNT')}"
        if stack.region in self._options.code_buckets:
            url = f"https://s3.{stack.region}.amazonaws.com/{self._options.code_buckets[stack.region]}"
        yield f'change {stack.region} {stack.name} "{url}/templates/{stack.template}" \\'
        yield f'  "{" ".join(stack.capabilities)}" "{" ".join(others)}" \\'
        yield from (f"  {item} \\" for item in wanted[:-1])
        yield f"  {wanted[-1]}"

    def _parameters(self, stack: PlannedStack) -> tuple[str, ...]:
        return tuple(self._templates[stack.key].get("Parameters", {}))

    def _given(self, stack: PlannedStack) -> Iterator[tuple[str, str]]:
        """Values that are known without asking AWS."""
        yield ENVIRONMENT.name, self._plan.environment
        yield SUFFIX.name, self._plan.suffix
        if stack.serves and stack.region in self._options.code_buckets:
            yield CODE_BUCKET, self._options.code_buckets[stack.region]
        for name, value in self._options.given.items():
            if name in self._parameters(stack) and name not in stack.wired:
                yield name, value


def _quoted(first: str, key: str, second: str, value: str) -> str:
    """A structure in the CLI's shorthand, as a word of the shell: a value is quoted where it could be misread."""
    if not value or set(value) & set(" ,\"'[]{}=\\"):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        value = f'"{escaped}"'
    return shlex.quote(f"{first}={key},{second}={value}")
