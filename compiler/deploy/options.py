"""The command line of dr-deploy: its options, parsed and checked against what is to be deployed."""

from __future__ import annotations

import argparse
import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.commands.together import flag, given, one_of, refuse_idle
from compiler.support.frozen import frozen

if TYPE_CHECKING:
    from compiler.rollout.deployment import Deployment

_DNS_PORT = 53
_SYSTEM = ("partials", "environment", "suffix")
_AWS = ("profile", "endpoint_url")
_TOPOLOGY = ("parameter", "tags", "code_bucket", "allow_replace")
_CAREFUL = ("no_bake", "through_alarm")
_ZONE = ("assume_delegated", "resolver")
_DEPLOYS = ("output", *_SYSTEM, "only", *_TOPOLOGY, *_CAREFUL, *_ZONE, *_AWS)
PURPOSES = {
    "version": (), "print_completion": (),
    "destroy": (*_SYSTEM, "yes", "confirm", "assume_delegated", *_AWS),
    "execute": ("output", "partials", "yes", "plan", "format", "no_wait_delegation", *_ZONE, *_AWS),
    "propose": (*_DEPLOYS, "code", "yes"),
    "policy": (*_SYSTEM, "format"),
    "status": (*_SYSTEM, "format", "resolver", *_AWS),
    "hold": (*_SYSTEM, "yes", "resolver", *_AWS),
    "release": (*_SYSTEM, "yes", "even_if_primary_is_down", "resolver", *_AWS),
    "plan": ("output", *_SYSTEM, "only", "parameter", "tags", "code_bucket", "code", "format", "archives"),
    "only_code": (*_SYSTEM, "only", "code", "yes", *_CAREFUL, *_ZONE, *_AWS),
    "rotate_token": (*_DEPLOYS, "code", "yes", "no_wait_delegation"),
    "": (*_DEPLOYS, "code", "yes", "no_wait_delegation"),
}  # fmt: skip
"""What the command is for, and which options have an effect then. A proposal holds what is deployed, and how."""
_OFFLINE = frozenset(("execute", "plan", "format", "output", "partials"))
"""Options of a proposal that is only shown."""
_FORMATS = {"plan": ("json", "markdown"), "status": ("json",), "policy": ("json",)}
_DIGEST, _DIGITS = "sha256:", "[0-9a-f]{4,64}"


@frozen
class Options:
    """What a person asked for on the command line; mappings are by name, resolvers are host and port."""

    spec: str = ""
    version: bool = False
    completion: str | None = None
    output: Path | None = None
    partials: Path | None = None
    plan: bool = False
    policy: bool = False
    format: str = "text"
    archives: Path | None = None
    propose: Path | None = None
    execute: Path | None = None
    environment: str | None = None
    suffix: str | None = None
    only: frozenset[str] = frozenset()
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    code: Mapping[str, Path] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    """By function, the start of the digest of an archive that is in the code buckets."""
    only_code: bool = False
    code_buckets: Mapping[str, str] = field(default_factory=dict)
    yes: bool = False
    allow_replace: frozenset[str] = frozenset()
    no_bake: bool = False
    through_alarm: bool = False
    rotate_token: bool = False
    status: bool = False
    hold: bool = False
    release: bool = False
    although_down: bool = False
    destroy: bool = False
    confirm: str | None = None
    wait_for_delegation: bool = True
    assume_delegated: bool = False
    resolvers: tuple[tuple[str, int], ...] = ()
    profile: str | None = None
    endpoint_url: str | None = None

    @property
    def operates(self) -> bool:
        """Whether nothing is deployed: clients are moved, or looked after, or rights are printed."""
        return self.policy or self.status or self.hold or self.release


def parse(command: argparse.ArgumentParser, argv: Sequence[str]) -> Options:
    """What the command line asks for; a mistake ends the command."""
    arguments = command.parse_args(argv)
    _check_together(command, arguments)

    def pairs(option: str, items: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for item in items:
            key, equals, value = item.partition("=")
            if not key or not equals:
                command.error(f"{option}: `{item}` is not of the form NAME=VALUE")
            if found.get(key, value) != value:
                command.error(f"{option}: {key} is given twice, as `{found[key]}` and as `{value}`")
            found[key] = value
        return found

    code, digests = _code(command, pairs("--code", arguments.code))
    if digests and arguments.archives:
        command.error("--archives writes what is packed: --code NAME=sha256:DIGEST names what is in the code buckets")
    resolvers = []
    for item in arguments.resolver:
        try:
            resolvers.append(address(item))
        except ValueError:
            command.error(f"--resolver: `{item}` is not an address such as 192.0.2.1 or 192.0.2.1:53")
    return Options(
        spec=arguments.spec or "",
        version=arguments.version,
        completion=arguments.print_completion,
        output=arguments.output,
        partials=arguments.partials,
        plan=arguments.plan,
        policy=arguments.policy,
        format=arguments.format,
        archives=arguments.archives,
        propose=arguments.propose,
        execute=arguments.execute,
        environment=arguments.environment,
        suffix=arguments.suffix,
        only=frozenset(arguments.only),
        parameters=pairs("--parameter", arguments.parameter),
        tags=pairs("--tags", arguments.tags),
        code=code,
        digests=digests,
        only_code=arguments.only_code,
        code_buckets=pairs("--code-bucket", arguments.code_bucket),
        yes=arguments.yes,
        allow_replace=frozenset(arguments.allow_replace),
        no_bake=arguments.no_bake,
        through_alarm=arguments.through_alarm,
        rotate_token=arguments.rotate_token,
        status=arguments.status,
        hold=arguments.hold,
        release=arguments.release,
        although_down=arguments.even_if_primary_is_down,
        destroy=arguments.destroy,
        confirm=arguments.confirm,
        wait_for_delegation=not arguments.no_wait_delegation,
        assume_delegated=arguments.assume_delegated,
        resolvers=tuple(resolvers),
        profile=arguments.profile,
        endpoint_url=arguments.endpoint_url,
    )


def _check_together(command: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Ends the command where an option would have no effect beside the others."""
    refuse_idle(command, arguments, PURPOSES, always=("spec",))
    found = given(command, arguments)
    if arguments.execute and arguments.plan:
        idle = next((name for name in found if name not in _OFFLINE and name != "spec"), None)
        if idle:
            command.error(f"{flag(idle)} does not go with --execute --plan, which only shows the proposal")
    purpose = next((name for name in ("plan", "policy", "status") if name in found), None)
    if arguments.format != "text" and arguments.format not in _FORMATS.get(purpose or "", ()):
        able = one_of([name for name, formats in _FORMATS.items() if arguments.format in formats])
        command.error(f"--format {arguments.format} goes with {able}")
    if arguments.assume_delegated and arguments.no_wait_delegation:
        command.error("--no-wait-delegation does not go with --assume-delegated, which asks nobody")
    if arguments.spec is None and not (arguments.version or arguments.print_completion):
        command.error("the following arguments are required: SPEC")


def _code(command: argparse.ArgumentParser, given: Mapping[str, str]) -> tuple[dict[str, Path], dict[str, str]]:
    """Paths, and starts of digests, by function; a digest that is none ends the command."""
    paths = {name: Path(value) for name, value in given.items() if not value.startswith(_DIGEST)}
    digests = {name: value.removeprefix(_DIGEST) for name, value in given.items() if name not in paths}
    for name, digits in digests.items():
        if not re.fullmatch(_DIGITS, digits):
            command.error(
                f"--code {name}: `{_DIGEST}{digits}` is not of the form sha256:DIGEST, with 4 to 64 of the digits 0-9 "
                f"and a-f; a file of this name is ./{_DIGEST}{digits}"
            )
    return paths, digests


def address(text: str) -> tuple[str, int]:
    """`1.2.3.4`, `1.2.3.4:53` or `[::1]:53` as host and port; raises ValueError."""
    host, _, port = text.rpartition(":") if text.count(":") == 1 or "]:" in text else (text, "", "")
    return str(ipaddress.ip_address(host.strip("[]"))), int(port) if port else _DNS_PORT


def check(command: argparse.ArgumentParser, options: Options, deployment: Deployment) -> None:
    """Stacks, parameters and regions that the options name; a mistake ends the command."""
    from compiler.aws.values import dig
    from compiler.diagnostics.suggest import near
    from compiler.ir.names import ENVIRONMENT, SUFFIX
    from compiler.services.health import PREVIOUS, TOKEN

    name = deployment.name
    if options.destroy and (options.yes or options.confirm) and options.confirm != name:
        command.error(f"--destroy asks for the name of what it deletes: answer with --yes --confirm {name}")
    unknown = sorted(options.only - {stack.key for stack in deployment.stacks})
    if unknown:
        command.error(
            f"--only: there is no stack {unknown[0]}; there are {', '.join(s.key for s in deployment.stacks)}"
        )
    wired = {name for stack in deployment.stacks for name in stack.wiring}
    known = {name for template in deployment.templates for name in template.body.get("Parameters", {})} - wired
    for name in options.parameters:
        if name in (ENVIRONMENT.name, SUFFIX.name):
            command.error(f"--parameter: {name} is part of the stacks' names; use --environment or --suffix")
        if options.propose and any(dig(s.section("Parameters"), name, "NoEcho") for s in deployment.stacks):
            command.error(f"--parameter: {name} is a secret (NoEcho), and a proposal is a file that people read")
        if name in (TOKEN, PREVIOUS):
            command.error(f"--parameter: {name} is made and kept by dr-deploy; --rotate-token makes a new one")
        if name in {part for code in deployment.functions for part in (code.key, code.version)}:
            command.error(f"--parameter: {name} differs from region to region; give the code with --code NAME=PATH")
        if name not in known:
            guess = near(name, known)
            command.error(f"--parameter: no template takes {name}" + (f"; did you mean {guess}?" if guess else ""))
    for region in options.code_buckets:
        if region not in deployment.regions:
            command.error(f"--code-bucket: {region} is not a region of this topology")
