"""The command dr-deploy: what it does in which order, its exit codes, questions and answers.

Exit codes: 0 deployed, or nothing to do; 1 the spec has errors, the templates have drifted, or AWS or a person
said no; 2 wrong command line or unreadable file; 3 a fault of ours. Stopped by a person: 130.
"""

from __future__ import annotations

import argparse
import importlib
import json
import secrets
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.commands.options import output_folder
from compiler.deploy.arguments import check, parser, settings
from compiler.deploy.telling import closing, findings, report, summary
from compiler.reporting.console import FINE, FOUND, USAGE, guarded, say

if TYPE_CHECKING:
    from compiler.deploy.aws import Aws
    from compiler.deploy.plan import Plan
    from compiler.deploy.wanted import Options, Wanted
    from compiler.pipeline import Compiled

__all__ = ["main", "parser"]

STOPPED = 130
_UNREADABLE = {"DR101", "DR507"}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    return guarded(_stoppable, argv, "dr-deploy")


def _stoppable(argv: Sequence[str]) -> int:
    try:
        return _run(argv)
    except KeyboardInterrupt:
        say("\ndr-deploy: stopped. What CloudFormation has begun goes on there; run dr-deploy again to complete it.")
        return STOPPED


def _run(argv: Sequence[str]) -> int:
    options = parser()
    arguments = options.parse_args(argv)
    if arguments.archives and not arguments.plan:
        options.error("--archives goes with --plan")
    wish = settings(options, arguments)

    from compiler.diagnostics.model import RejectedError, has_errors
    from compiler.output import emit
    from compiler.pipeline import compile_spec

    spec = Path(arguments.spec)
    folder: Path = arguments.output or output_folder(spec)
    try:
        compiled = compile_spec(spec, arguments.spec, lint=False)
    except RejectedError as error:
        report(error.diagnostics, None)
        codes = {diagnostic.rule.code for diagnostic in error.diagnostics}
        return USAGE if codes <= _UNREADABLE else FOUND
    drift = emit.compare(compiled.bundle, folder, _shown(folder))
    report((*compiled.diagnostics, *drift), compiled)
    if has_errors(drift):
        say(f"The committed templates are not what the spec compiles to; `dr-compile {arguments.spec}` mends them.")
        return FOUND

    from compiler.deploy import plan as plans
    from compiler.rollout.manifest import MANIFEST

    try:
        plan = plans.from_manifest(
            json.loads(compiled.bundle.files[MANIFEST]),
            environment=arguments.environment, suffix=arguments.suffix,
        )  # fmt: skip
    except plans.Unplannable as error:
        say(f"dr-deploy: {error}")
        return FOUND
    check(options, wish, compiled, plan)
    wanted = _wanted(compiled, plan, spec.parent)
    if arguments.plan:
        return _plan(wanted, arguments, _shown(folder))
    return _deploy(wanted, wish, arguments, compiled)


def _wanted(compiled: Compiled, plan: Plan, folder: Path) -> Wanted:
    from compiler.code import archive
    from compiler.deploy.wanted import Wanted

    topology = compiled.topology
    contents = {
        topology.archive(function).key: archive.pack(folder / function.source) for _, function in topology.functions()
    }
    return Wanted(
        topology=topology,
        plan=plan,
        templates={template.stack.name: template.body for template in compiled.templates},
        origins={
            (template.stack.name, name): origin.route
            for template in compiled.templates
            for name, origin in template.origins.items()
        },
        archives=contents,
    )


def _plan(wanted: Wanted, arguments: argparse.Namespace, folder: str) -> int:
    from compiler.deploy import show_plan

    if arguments.archives:
        arguments.archives.mkdir(parents=True, exist_ok=True)
        for key, content in wanted.archives.items():
            (arguments.archives / key.rpartition("/")[2]).write_bytes(content)
    if arguments.format == "json":
        print(show_plan.as_json(wanted.plan, wanted.templates, folder))
    else:
        print(show_plan.text(wanted.plan, wanted.templates), end="")
    return FINE


def _deploy(wanted: Wanted, wish: Options, arguments: argparse.Namespace, compiled: Compiled) -> int:
    from compiler.deploy import preflight
    from compiler.deploy.aws import Aws
    from compiler.deploy.cloud import CloudError
    from compiler.deploy.work import Failed, Stopped, called

    if not arguments.yes and not sys.stdin.isatty():
        say("dr-deploy: nobody can be asked here; give --yes to deploy without a question, or --plan to look only")
        return USAGE
    if missing := _missing_library(wish):
        say(f"dr-deploy: {missing} is not installed; `pip install 'dr-compile[deploy]'` installs it")
        return USAGE
    stop = threading.Event()
    try:
        aws = Aws(arguments.profile, arguments.endpoint_url, stop)
        # Not just any region: the one that is left out may be the one that fails.
        meant = next(stack for stack in wanted.plan.stacks if not wish.only or stack.key in wish.only)
        account = preflight.account(aws, meant.region)
    except CloudError as error:
        return findings((preflight.credentials(error),), compiled)
    wrong = preflight.wrong_account(wanted.topology, account)
    if wrong:
        return findings((wrong,), compiled)
    try:
        return _carry_out(wanted, wish, arguments, compiled, aws, account, stop)
    except Failed as failure:
        return findings(failure.findings, compiled)
    except CloudError as error:
        return findings((called(error),), compiled)
    except Stopped:
        raise KeyboardInterrupt from None
    except KeyboardInterrupt:
        stop.set()
        raise


def _missing_library(wish: Options) -> str | None:
    """A library of the extra `deploy` that this run needs and that is not installed."""
    libraries = {"boto3": "boto3"} if wish.assume_delegated else {"boto3": "boto3", "dns": "dnspython"}
    for module, library in libraries.items():
        try:
            importlib.import_module(module)
        except ImportError:
            return library
    return None


def _carry_out(
    wanted: Wanted,
    wish: Options,
    arguments: argparse.Namespace,
    compiled: Compiled,
    aws: Aws,
    account: str,
    stop: threading.Event,
) -> int:
    from compiler.deploy.aws import PATIENT_SECONDS
    from compiler.deploy.cloudformation import CloudFormation
    from compiler.deploy.operation import Operator
    from compiler.deploy.progress import Progress
    from compiler.deploy.run import Run

    begun = time.monotonic()
    progress = Progress()
    stacks = CloudFormation(aws)
    operator = Operator(stacks, secrets.token_hex(4), progress, stop, allowed=frozenset(arguments.allow_replace))
    run = Run(wanted, wish, aws, stacks, operator, progress, stop)
    if findings(run.look(account), compiled) != FINE:
        return FOUND
    aws.patience_seconds = PATIENT_SECONDS
    previews = run.previews()
    progress.settle()
    for line in summary(wanted.plan, account, wanted.templates, previews):
        progress.say(line)
    if not arguments.yes and not _agreed():
        run.discard(previews)
        say("dr-deploy: nothing was deployed")
        return FOUND
    changed = run.deploy(previews)
    outputs = {stack.key: run.outputs(stack.key) for stack in wanted.plan.stacks}
    for line in closing(wanted.plan, changed, outputs, time.monotonic() - begun):
        progress.say(line)
    return FINE


def _agreed() -> bool:
    try:
        answer = input("Go on? [y/N] ")
    except EOFError:
        return False
    return answer.strip().lower() in ("y", "yes")


def _shown(folder: Path) -> str:
    """The folder as people see it: relative to where they stand, if it lies below."""
    try:
        return folder.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return folder.as_posix()
