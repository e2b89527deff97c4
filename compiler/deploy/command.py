"""The command dr-deploy: what it does in which order, its exit codes, questions and answers.

Exit codes: 0 deployed, or nothing to do; 1 the spec has errors, the templates have drifted, or AWS or a person
said no; 2 wrong command line or unreadable file; 3 a fault of ours; 130 stopped by a person; 141 the reader of the
output went away before the person had agreed. After that, and with `--yes`, the run goes on without a reader.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from compiler.commands.compile import refusal
from compiler.commands.options import display_path
from compiler.deploy.options import Options, check, parse, parser
from compiler.reporting.console import FINE, FOUND, USAGE, complain, guarded, outlive_reader, report, say

if TYPE_CHECKING:
    from compiler.deploy.aws import Aws
    from compiler.deploy.packing import Package
    from compiler.deploy.proposal import Proposal
    from compiler.deploy.session import Session
    from compiler.diagnostics.model import Diagnostic
    from compiler.findings.finding import Finding
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
        return _execute(command, options, options.execute) if options.execute else _run(command, options)
    except KeyboardInterrupt:
        say(
            "\ndr-deploy: stopped. CloudFormation finishes what it has begun; run dr-deploy again to complete the rest."
        )
        return STOPPED


def _execute(command: argparse.ArgumentParser, options: Options, path: Path) -> int:
    """The run of a proposal: what is deployed and how is as its file says."""
    from compiler.deploy.bound import options_of
    from compiler.deploy.proposal_file import read
    from compiler.diagnostics.model import RejectedError

    try:
        proposal = read(path)
    except RejectedError as error:
        _report(error.diagnostics, None)
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

    if options.yes and not (options.plan or options.status):
        outlive_reader()
    spec = Path(options.spec)
    try:
        found = target(spec, CompileOptions(options.output, options.partials))
        beside = compare((found,), environment=options.environment, suffix=options.suffix)
        compiled = compile_spec(spec, options.spec, partials=found.partials, beside=beside.of(found), lint=False)
    except RejectedError as error:
        _report(error.diagnostics, None)
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
    drift = () if options.only_code else emit.compare(compiled.bundle, found.output, display_path(found.output))
    _report((*found.findings, *compiled.diagnostics, *beside.elsewhere, *drift), compiled)
    if has_errors(drift):
        say(f"The committed templates are not what the spec compiles to; `{found.command}` writes them again.")
        return FOUND
    if proposal and options.plan:
        return _show_proposal(proposal, options)
    if proposal:
        return _deploy(compiled, deployment, options, {}, {}, proposal)
    alias = options.parameters.get(kms.SHARED_ALIAS) != "false"
    copy = of_copy(compiled.topology.spec, deployment.environment, deployment.suffix, alias=alias)
    _findings((copy,) if copy else (), compiled)
    chosen = _chosen(command, compiled, options.code)
    digests = _chosen(command, compiled, options.digests)
    paths = {**chosen, **dict.fromkeys(digests)}
    packed, problems = uploads.gather(compiled.topology, deployment, spec.parent, paths)
    if _findings(problems, compiled) != FINE:
        return FOUND
    packages = {package.function: package for package in packed}
    if options.plan:
        return _show_plan(deployment, options, packages, digests, display_path(found.output))
    return _deploy(compiled, deployment, options, packages, digests)


def _without_templates(compiled: Compiled, deployment: Deployment, options: Options) -> int:
    """What is done whatever the committed templates and the code are by now."""
    if options.destroy:
        return _deploy(compiled, deployment, options, {}, {})
    return _operate(compiled, deployment, options)


def _operate(compiled: Compiled, deployment: Deployment, options: Options) -> int:
    """Status, hold, release or rights: whatever the committed templates are, the names are those of the spec."""
    if options.policy:
        from compiler.deploy import rights

        sys.stdout.write(json.dumps(rights.policies(deployment, compiled.topology.spec), indent=2) + "\n")
        return FINE
    if not (options.yes or options.status) and not sys.stdin.isatty():
        say("dr-deploy: there is no terminal to ask on; use --yes to go on without a question")
        return USAGE
    if missing := _missing_library(options):
        say(f"dr-deploy: {missing} is not installed; `pip install 'dr-compile[deploy]'` installs it")
        return USAGE

    from compiler.deploy import operate, status
    from compiler.deploy.aws import Aws
    from compiler.deploy.cloud import CloudError, DeploymentError, call_failed
    from compiler.deploy.preflight import no_account
    from compiler.reporting.page import show

    try:
        aws = Aws(options.profile, options.endpoint_url, threading.Event())
    except CloudError as error:
        return _findings((no_account(error),), compiled)
    system = status.System(compiled.topology, deployment, aws, options.resolvers)
    if options.status:
        found = status.read(system)
        if options.format == "json":
            sys.stdout.write(status.json_text(found) + "\n")
        else:
            show(status.lines(found), sys.stdout)
        return FOUND if found.problems else FINE
    account = f" in account {deployment.account}" if deployment.account else ""
    question = f"Go on{account}? [y/N]"
    operator = operate.Operator(lambda lines: show(lines, sys.stdout), lambda: options.yes or _agreed(question))
    try:
        if options.hold:
            done = operate.hold(system, operator)
        else:
            done = operate.release(system, operator, although_down=options.although_down)
    except DeploymentError as error:
        return _findings(error.findings, compiled)
    except CloudError as error:
        return _findings((call_failed(error),), compiled)
    if not done:
        say("dr-deploy: nothing was changed")
    return FINE if done else FOUND


def _chosen(command: argparse.ArgumentParser, compiled: Compiled, code: Mapping[str, Chosen]) -> dict[str, Chosen]:
    """What `--code` gives, by the name under which each function is deployed; a name of none ends the command."""
    from compiler.diagnostics.suggest import near

    deployed = {function.title or function.name: function.name for _, function in compiled.topology.functions()}
    for name in code:
        if name not in deployed:
            guess = near(name, deployed)
            command.error(f"--code: there is no function {name}" + (f"; did you mean {guess}?" if guess else ""))
    return {deployed[name]: given for name, given in code.items()}


def _show_plan(
    deployment: Deployment, options: Options, packages: Mapping[str, Package], digests: Mapping[str, str], folder: str
) -> int:
    from compiler.deploy import summary
    from compiler.reporting.page import show

    if options.archives:
        options.archives.mkdir(parents=True, exist_ok=True)
        for package in packages.values():
            (options.archives / package.key.rpartition("/")[2]).write_bytes(package.content)
    if options.format == "json":
        sys.stdout.write(summary.plan_json(deployment, folder, packages, digests) + "\n")
    elif options.format == "markdown":
        from compiler.reporting.markdown import comment

        sys.stdout.write(comment(summary.plan_report(deployment, packages, digests), "dr-deploy SPEC --plan") + "\n")
    else:
        show(summary.plan(deployment, packages, digests), sys.stdout)
    return FINE


def _deploy(
    compiled: Compiled,
    deployment: Deployment,
    options: Options,
    packages: Mapping[str, Package],
    digests: Mapping[str, str],
    proposal: Proposal | None = None,
) -> int:
    if not (options.yes or options.propose or _can_ask(options)):
        return USAGE
    if missing := _missing_library(options):
        say(f"dr-deploy: {missing} is not installed; `pip install 'dr-compile[deploy]'` installs it")
        return USAGE

    from compiler.deploy import preflight
    from compiler.deploy.aws import Aws, is_this_machine
    from compiler.deploy.cloud import CloudError, DeploymentError, StoppedError, call_failed
    from compiler.deploy.session import Session
    from compiler.diagnostics.model import RejectedError
    from compiler.reporting.progress import Progress

    where = options.endpoint_url or os.environ.get("AWS_ENDPOINT_URL", "")
    if where and not is_this_machine(where):
        say(f"note: requests and credentials go to {where}, not to AWS")
    stop = threading.Event()
    try:
        aws = Aws(options.profile, options.endpoint_url, stop)
        # Not just any region: the one that is left out may be the one that fails.
        selected = next(stack for stack in deployment.stacks if not options.only or stack.key in options.only)
        account = preflight.account(aws, selected.region)
    except CloudError as error:
        return _findings((preflight.no_account(error),), compiled)
    if wrong := preflight.wrong_account(compiled.topology, account):
        return _findings((wrong,), compiled)
    session = Session(compiled.topology, deployment, packages, options, aws, account, Progress(), stop, digests)
    try:
        with ExitStack() as end:
            # Before anything else is printed, the lines that are drawn anew are left as they are.
            end.callback(session.progress.settle)
            return _run_session(session, aws, compiled, proposal)
    except RejectedError as error:
        _report(error.diagnostics, None)
        return USAGE
    except DeploymentError as error:
        return _findings(error.findings, compiled, session)
    except CloudError as error:
        return _findings((call_failed(error),), compiled, session)
    except StoppedError:
        raise KeyboardInterrupt from None
    except KeyboardInterrupt:
        stop.set()
        raise
    except Exception as error:
        # A fault of ours is printed with what it says, which may hold a token.
        error.args = tuple(session.hide(part) if isinstance(part, str) else part for part in error.args)
        raise


def _can_ask(options: Options) -> bool:
    """Whether there is a terminal for the question; says what to do where there is none."""
    if sys.stdin.isatty():
        return True
    way = "--yes --confirm NAME to delete" if options.destroy else "--yes to deploy, or --plan to see the plan"
    say(f"dr-deploy: there is no terminal for the question; use {way}")
    return False


def _missing_library(options: Options) -> str | None:
    """A library of the extra `deploy` that this run needs and that is not installed."""
    libraries = {"boto3": "boto3"} if options.assume_delegated else {"boto3": "boto3", "dns": "dnspython"}
    for module, library in libraries.items():
        try:
            importlib.import_module(module)
        except ImportError:
            return library
    return None


def _bound(proposal: Proposal, compiled: Compiled, deployment: Deployment) -> int:
    """Holds a proposal against the compile; the exit code that it calls for."""
    from compiler.deploy import bound
    from compiler.rollout.manifest import MANIFEST

    place = _findings(bound.check_place(proposal, deployment), compiled)
    templates = bound.check_templates(proposal, deployment, compiled.bundle.files[MANIFEST])
    return place if place != FINE else _findings(templates, compiled)


def _show_proposal(proposal: Proposal, options: Options) -> int:
    from compiler.deploy import overview
    from compiler.deploy.proposal import overview as shown
    from compiler.deploy.proposal_file import encoded
    from compiler.reporting.markdown import comment
    from compiler.reporting.page import show

    if options.format == "json":
        sys.stdout.write(encoded(proposal).decode())
    elif options.format == "markdown":
        sys.stdout.write(comment(overview.report(shown(proposal)), "dr-deploy SPEC --execute FILE --plan") + "\n")
    else:
        show(overview.lines(shown(proposal)), sys.stdout)
    return FINE


def _run_session(session: Session, aws: Aws, compiled: Compiled, proposal: Proposal | None) -> int:
    def tell(findings: Iterable[Finding]) -> int:
        return _findings(findings, compiled, session)

    if session.options.destroy:
        from compiler.deploy import destroy

        def confirmed() -> bool:
            name = session.deployment.name
            return _agreed(f"Type {name} to delete all this in {_account(session)}:", (name,))

        return destroy.run(session, aws, tell, confirmed)
    if proposal or session.options.propose:
        from compiler.deploy import approval
        from compiler.rollout.manifest import MANIFEST

        if proposal:
            return approval.run_execute(session, aws, proposal, tell, lambda: _agreed(_question(session)))
        if path := session.options.propose:
            return approval.run_propose(session, aws, compiled.bundle.files[MANIFEST], path, tell)
    from compiler.deploy.aws import PATIENT_SECONDS
    from compiler.deploy.discovery import discard, discover, preview_changes
    from compiler.deploy.overview import lines
    from compiler.deploy.run import deploy
    from compiler.deploy.summary import outcome, summary

    begun = time.monotonic()
    findings = discover(session)
    session.progress.settle()
    if _findings(findings, compiled, session) != FINE:
        return FOUND
    aws.patience_seconds = PATIENT_SECONDS
    previews = preview_changes(session)
    session.progress.settle()
    for line in lines(summary(session, previews)):
        session.progress.say(line)
    if not session.options.yes and not _agreed(_question(session)):
        discard(session, previews)
        say("dr-deploy: nothing was deployed")
        return FOUND
    changed = deploy(session, previews)
    for line in outcome(session, changed, time.monotonic() - begun):
        session.progress.say(line)
    return FINE


def _question(session: Session) -> str:
    return f"Deploy to {_account(session)}? [y/N]"


def _account(session: Session) -> str:
    from compiler.deploy.preflight import account_alias

    # In an outage nothing waits for a name that is only nice to have.
    alias = "" if session.silent else account_alias(session.api, session.selected[0].region)
    return f"account {session.account}{f' ({alias})' if alias else ''}"


def _agreed(question: str, answers: Collection[str] = ("y", "yes", "Y", "YES", "Yes")) -> bool:
    try:
        answer = input(f"{question} ")
    except EOFError:
        return False
    agreed = answer.strip() in answers
    if agreed:
        outlive_reader()
    return agreed


def _findings(findings: Iterable[Finding], compiled: Compiled, session: Session | None = None) -> int:
    """Prints findings as diagnostics at their places in the spec; the exit code they call for."""
    from compiler.diagnostics.model import has_errors
    from compiler.findings.finding import located

    if session:
        # What AWS says may quote a token.
        hide = session.hide
        findings = [replace(f, message=hide(f.message), help=f.help and hide(f.help)) for f in findings]
    diagnostics = located(findings, compiled.document, compiled.templates)
    _report(diagnostics, compiled)
    return FOUND if has_errors(diagnostics) else FINE


def _report(diagnostics: Sequence[Diagnostic], compiled: Compiled | None) -> None:
    """Prints diagnostics, with the lines of the spec where it could be read."""
    report(diagnostics, compiled.document.texts if compiled else {})
