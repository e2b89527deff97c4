"""The command line of dr-deploy: its options, parsed and checked against what is to be deployed."""

from __future__ import annotations

import argparse
import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.support.frozen import frozen

if TYPE_CHECKING:
    from compiler.rollout.deployment import Deployment

_DNS_PORT = 53
_OF_TOPOLOGY = ("parameter", "tags", "code_bucket", "allow_replace")
"""Options that change more than code."""
_BOUND = (
    "environment", "suffix", "only", "parameter", "tags", "code", "code_bucket", "allow_replace", "no_bake",
    "through_alarm",
)  # fmt: skip
"""Options that a proposal holds."""
_DIGEST, _DIGITS = "sha256:", "[0-9a-f]{4,64}"


@frozen
class Options:
    """What a person asked for on the command line; mappings are by name, resolvers are host and port."""

    spec: str = ""
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
    if arguments.format == "markdown" and not arguments.plan:
        command.error("--format markdown goes with --plan")
    if arguments.archives and not arguments.plan:
        command.error("--archives goes with --plan")
    chosen = [
        name for name in ("plan", "policy", "status", "hold", "release", "rotate_token") if getattr(arguments, name)
    ]
    if len(chosen) > 1:
        command.error(f"{' and '.join('--' + name.replace('_', '-') for name in chosen)} do not go together")
    topology = [*chosen, *(name for name in _OF_TOPOLOGY if getattr(arguments, name))]
    if arguments.only_code and topology:
        command.error(f"--only-code and --{topology[0].replace('_', '-')} do not go together")
    _check_approval(command, arguments, chosen)
    _check_destroy(command, arguments, topology)
    if arguments.even_if_primary_is_down and not arguments.release:
        command.error("--even-if-primary-is-down goes with --release")

    def pairs(option: str, items: Sequence[str]) -> dict[str, str]:
        found = {}
        for item in items:
            key, equals, value = item.partition("=")
            if not key or not equals:
                command.error(f"{option}: `{item}` is not of the form NAME=VALUE")
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
        spec=arguments.spec,
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


def _check_approval(command: argparse.ArgumentParser, arguments: argparse.Namespace, chosen: Sequence[str]) -> None:
    """Options that do not go with a proposal end the command: what it binds is the proposer's to say."""
    others = {
        "propose": ("execute", "only_code", "archives", *chosen),
        "execute": ("only_code", "archives", *(name for name in chosen if name != "plan"), *_BOUND),
    }
    for option, refused in others.items():
        for name in refused:
            if getattr(arguments, option) and getattr(arguments, name):
                command.error(f"--{option} and --{name.replace('_', '-')} do not go together")


def _check_destroy(command: argparse.ArgumentParser, arguments: argparse.Namespace, others: Sequence[str]) -> None:
    """Options that do not go together with the end of a system."""
    if arguments.confirm is not None and not arguments.destroy:
        command.error("--confirm goes with --destroy")
    found = [
        *others,
        *(name for name in ("only", "only_code", "code", "no_bake", "propose", "execute") if getattr(arguments, name)),
    ]
    if arguments.destroy and found:
        command.error(f"--destroy and --{found[0].replace('_', '-')} do not go together")


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
