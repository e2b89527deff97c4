"""The command dr-deploy: what it does in which order, and its exit codes.

Exit codes: 0 deployed, or nothing to do; 1 the spec has errors, the templates have drifted, or AWS or a person
said no; 2 wrong command line or unreadable file; 3 a fault of ours; 130 stopped by a person; 141 the reader of the
output went away before the person had agreed. After that, and with `--yes`, the run goes on without a reader.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from compiler.commands.compile import refusal
from compiler.commands.completion import about
from compiler.commands.paths import display_path
from compiler.deploy import connected, operating, person, printing
from compiler.deploy.arguments import parser
from compiler.deploy.options import Options, check, parse
from compiler.reporting.console import FINE, FOUND, USAGE, complain, guarded, outlive_reader, say

if TYPE_CHECKING:
    from compiler.deploy.proposal import Proposal
    from compiler.pipeline import Compiled
    from compiler.rollout.deployment import Deployment

STOPPED = 130
Chosen = TypeVar("Chosen", str, Path)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    return guarded(_stoppable, argv, "dr-deploy")


def _stoppable(argv: Sequence[str]) -> int:
    command = parser()
    try:
        options = parse(command, argv)
        if options.version or options.completion:
            return about(command, options.completion)
        return _execute(command, options, options.execute) if options.execute else _run(command, options)
    except KeyboardInterrupt:
        say(
            "\ndr-deploy: stopped. CloudFormation finishes what it has begun; run dr-deploy again to complete the rest."
        )
        return STOPPED


def _execute(command: argparse.ArgumentParser, options: Options, path: Path) -> int:
    """Runs a proposal: its file says what is deployed, and how."""
    from compiler.deploy.bound import options_of
    from compiler.deploy.proposal_file import read
    from compiler.diagnostics.model import RejectedError

    try:
        proposal = read(path)
    except RejectedError as error:
        person.report_all(error.diagnostics, None)
        return USAGE
    return _run(command, options_of(proposal, options), proposal)


def _run(command: argparse.ArgumentParser, options: Options, proposal: Proposal | None = None) -> int:
    from compiler.commands.beside import compare
    from compiler.commands.targets import Options as CompileOptions
    from compiler.commands.targets import target
    from compiler.deploy import uploads
    from compiler.deploy.values import refused
    from compiler.diagnostics.codes import Code
    from compiler.diagnostics.model import RejectedError, has_errors
    from compiler.output import emit
    from compiler.pipeline import compile_spec
    from compiler.services import kms
    from compiler.topology.neighbours import of_copy

    if options.yes:
        outlive_reader()
    spec = Path(options.spec)
    try:
        found = target(spec, CompileOptions(options.output, options.partials))
        beside = compare((found,), environment=options.environment, suffix=options.suffix)
        compiled = compile_spec(spec, options.spec, partials=found.partials, beside=beside.of(found), lint=False)
    except RejectedError as error:
        person.report_all(error.diagnostics, None)
        return refusal(error.diagnostics)
    profile = found.profile if options.profile is None else options.profile
    # A proposal has all its tags, whatever the configuration says by now.
    tags = options.tags if proposal else {**found.tags, **options.tags}
    options = replace(options, profile=profile or None, tags=tags)
    deployment = compiled.deployment.named(options.environment, options.suffix)
    if proposal and _bound(proposal, compiled, deployment) != FINE:
        return FOUND
    check(command, options, deployment)
    if wrong := tuple(refused(options, deployment)):
        for message in wrong:
            complain(Code.DR870, message)
        return USAGE
    if options.operates or options.destroy:
        return _without_templates(compiled, deployment, options)
    # Code alone is released into the templates that are deployed, whatever is committed by now.
    shown = display_path(found.output)
    drift = () if options.only_code else emit.compare(compiled.bundle, found.output, shown, found.command)
    person.report_all((*found.findings, *compiled.diagnostics, *beside.elsewhere, *drift), compiled)
    if has_errors(drift):
        return FOUND
    if proposal and options.plan:
        return printing.proposal(proposal, options)
    if proposal:
        return connected.run(compiled, deployment, options, {}, {}, proposal)
    alias = options.parameters.get(kms.SHARED_ALIAS) != "false"
    copy = of_copy(compiled.topology.spec, deployment.environment, deployment.suffix, alias=alias)
    person.tell((copy,) if copy else (), compiled)
    chosen = _chosen(command, compiled, options.code)
    digests = _chosen(command, compiled, options.digests)
    paths = {**chosen, **dict.fromkeys(digests)}
    packed, problems = uploads.gather(compiled.topology, deployment, spec.parent, paths)
    if person.tell(problems, compiled) != FINE:
        return FOUND
    packages = {package.function: package for package in packed}
    if options.plan:
        from compiler.deploy.intended import Plan

        return printing.plan(Plan(deployment, options, packages, digests), shown)
    return connected.run(compiled, deployment, options, packages, digests)


def _without_templates(compiled: Compiled, deployment: Deployment, options: Options) -> int:
    """What does not depend on the committed templates and the code: destroy, status, hold, release and rights."""
    if options.destroy:
        return connected.run(compiled, deployment, options, {}, {})
    return operating.run(compiled, deployment, options)


def _chosen(command: argparse.ArgumentParser, compiled: Compiled, code: Mapping[str, Chosen]) -> dict[str, Chosen]:
    """What `--code` gives, by the name under which each function is deployed; a name of none ends the command."""
    from compiler.diagnostics.suggest import near

    deployed = {function.title or function.name: function.name for _, function in compiled.topology.functions()}
    for name in code:
        if name not in deployed:
            guess = near(name, deployed)
            command.error(f"--code: there is no function {name}" + (f"; did you mean {guess}?" if guess else ""))
    return {deployed[name]: given for name, given in code.items()}


def _bound(proposal: Proposal, compiled: Compiled, deployment: Deployment) -> int:
    """Compares a proposal with what the spec compiles to; the exit code."""
    from compiler.deploy import bound
    from compiler.rollout.manifest import MANIFEST

    place = person.tell(bound.check_place(proposal, deployment), compiled)
    templates = bound.check_templates(proposal, deployment, compiled.bundle.files[MANIFEST])
    return place if place != FINE else person.tell(templates, compiled)
