"""The command line of dr-deploy: arguments, exit codes, questions and answers.

Exit codes: 0 deployed, or nothing to do; 1 the spec has errors, the templates have drifted, or AWS or a person
said no; 2 wrong command line or unreadable file; 3 a fault of ours. Stopped by a person: 130.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compiler.cli import output_folder
from compiler.console import FINE, FOUND, USAGE, coloured, guarded
from compiler.console import say as _say

if TYPE_CHECKING:
    from compiler.deploy.aws import Aws
    from compiler.deploy.plan import Plan
    from compiler.deploy.run import Options, Preview, Run, Wanted
    from compiler.diagnostics import Diagnostic
    from compiler.findings import Finding
    from compiler.pipeline import Compiled

Json = Any
STOPPED = 130
_UNREADABLE = {"DR101", "DR507"}


def parser() -> argparse.ArgumentParser:
    """The options, as `--help` and docs/deploy.md show them."""
    made = argparse.ArgumentParser(
        prog="dr-deploy",
        description="Deploys a compiled disaster-recovery topology in waves of CloudFormation change sets.",
        allow_abbrev=False,
    )
    made.add_argument("spec", metavar="SPEC", help="the YAML spec, such as specs/dr-topology.yaml")
    made.add_argument("-o", "--output", metavar="DIR", type=Path, help="folder of the committed templates")
    plan = made.add_argument_group("plan")
    plan.add_argument("--plan", action="store_true", help="print what would be done, in order; needs no AWS")
    plan.add_argument(
        "--format", choices=("text", "json", "commands"), default="text",
        help="form of the plan; commands: a shell script of AWS CLI commands",
    )  # fmt: skip
    plan.add_argument("--archives", metavar="DIR", type=Path, help="with --plan: write the functions' archives there")
    what = made.add_argument_group("what is deployed")
    what.add_argument("--environment", metavar="E", help="another environment than the spec's, part of every name")
    what.add_argument("--suffix", metavar="S", help="another suffix than the spec's, for a second, separate copy")
    what.add_argument(
        "--only", metavar="STACK", action="append", default=[],
        help="deploy this stack alone, such as primary.us-east-1; may be given more than once",
    )  # fmt: skip
    what.add_argument(
        "--parameter", metavar="NAME=VALUE", action="append", default=[],
        help="value of a template's parameter, in every stack that has it",
    )  # fmt: skip
    what.add_argument("--tags", metavar="KEY=VALUE", action="append", default=[], help="tags of the stacks")
    what.add_argument(
        "--code-bucket", metavar="REGION=NAME", action="append", default=[],
        help="bucket for code and templates, where it is not to be made by dr-deploy",
    )  # fmt: skip
    how = made.add_argument_group("how")
    how.add_argument("--yes", action="store_true", help="do not ask before anything is changed")
    how.add_argument(
        "--allow-replace", metavar="LOGICAL_ID", action="append", default=[],
        help="let this resource be replaced or removed though it holds data",
    )  # fmt: skip
    how.add_argument(
        "--no-wait-delegation", action="store_true",
        help="end where the zone is not delegated yet; the next run goes on from there",
    )  # fmt: skip
    how.add_argument(
        "--assume-delegated", action="store_true",
        help="do not ask whether the zone is delegated, for networks that see another DNS than the world",
    )  # fmt: skip
    how.add_argument("--resolver", metavar="ADDRESS", action="append", default=[], help="DNS resolver to ask instead")
    aws = made.add_argument_group("AWS")
    aws.add_argument("--profile", metavar="NAME", help="profile of the AWS configuration; else the standard chain")
    aws.add_argument("--endpoint-url", metavar="URL", help="address of an emulator, for every service")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    return guarded(_stoppable, argv, "dr-deploy")


def _stoppable(argv: Sequence[str]) -> int:
    try:
        return _run(argv)
    except KeyboardInterrupt:
        _say("\ndr-deploy: stopped. What CloudFormation has begun goes on there; run dr-deploy again to complete it.")
        return STOPPED


def _run(argv: Sequence[str]) -> int:
    options = parser()
    arguments = options.parse_args(argv)
    if arguments.archives and not arguments.plan:
        options.error("--archives goes with --plan")
    settings = _settings(options, arguments)

    from compiler import emit
    from compiler.diagnostics import Rejected, has_errors
    from compiler.pipeline import compile_spec

    spec = Path(arguments.spec)
    folder: Path = arguments.output or output_folder(spec)
    try:
        compiled = compile_spec(spec, arguments.spec, lint=False)
    except Rejected as error:
        _report(error.diagnostics, None)
        codes = {diagnostic.rule.code for diagnostic in error.diagnostics}
        return USAGE if codes <= _UNREADABLE else FOUND
    drift = emit.compare(compiled.bundle, folder, _shown(folder))
    _report((*compiled.diagnostics, *drift), compiled)
    if has_errors(drift):
        _say(f"The committed templates are not what the spec compiles to; `dr-compile {arguments.spec}` mends them.")
        return FOUND

    from compiler.deploy import plan as plans

    try:
        plan = plans.from_manifest(
            json.loads(compiled.bundle.files[emit.MANIFEST]),
            environment=arguments.environment, suffix=arguments.suffix,
        )  # fmt: skip
    except plans.Unplannable as error:
        _say(f"dr-deploy: {error}")
        return FOUND
    unknown = sorted(settings.only - {stack.key for stack in plan.stacks})
    if unknown:
        options.error(f"--only: there is no stack {unknown[0]}; there are {', '.join(s.key for s in plan.stacks)}")
    _check_given(options, settings, compiled, plan)
    wanted = _wanted(compiled, plan, spec.parent)
    if arguments.plan:
        return _plan(wanted, arguments, _shown(folder))
    return _deploy(wanted, settings, arguments, compiled)


# Reading the command line


def _settings(options: argparse.ArgumentParser, arguments: argparse.Namespace) -> Options:
    from compiler.deploy import dns
    from compiler.deploy.run import Options

    def pairs(name: str) -> dict[str, str]:
        found = {}
        for item in getattr(arguments, name):
            key, equals, value = item.partition("=")
            if not key or not equals:
                options.error(f"--{name.replace('_', '-')}: `{item}` is not of the form NAME=VALUE")
            found[key] = value
        return found

    resolvers = []
    for item in arguments.resolver:
        try:
            resolvers.append(dns.address(item))
        except (OSError, ValueError):
            options.error(f"--resolver: `{item}` is not an address such as 192.0.2.1 or 192.0.2.1:53")
    return Options(
        only=frozenset(arguments.only),
        given=pairs("parameter"),
        tags=pairs("tags"),
        code_buckets=pairs("code_bucket"),
        resolvers=tuple(resolvers) or dns.resolvers(),
        wait_for_delegation=not arguments.no_wait_delegation,
        assume_delegated=arguments.assume_delegated,
    )


def _check_given(options: argparse.ArgumentParser, settings: Options, compiled: Compiled, plan: Plan) -> None:
    """Parameters that exist and may be given, and regions of this topology; a mistake ends the command."""
    from compiler.names import ENVIRONMENT, SUFFIX
    from compiler.suggest import near

    wired = {name for stack in plan.stacks for name in stack.wired}
    known = {name for template in compiled.templates for name in template.body.get("Parameters", {})} - wired
    for name in settings.given:
        if name in (ENVIRONMENT.name, SUFFIX.name):
            options.error(f"--parameter: {name} is part of the stacks' names; use --environment or --suffix")
        if name not in known:
            guess = near(name, known)
            options.error(f"--parameter: no template takes {name}" + (f"; did you mean {guess}?" if guess else ""))
    for region in settings.code_buckets:
        if region not in plan.regions:
            options.error(f"--code-bucket: {region} is no region of this topology")


def _wanted(compiled: Compiled, plan: Plan, folder: Path) -> Wanted:
    from compiler import archive
    from compiler.deploy.run import Wanted

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
    from compiler.deploy import commands, show_plan

    if arguments.archives:
        arguments.archives.mkdir(parents=True, exist_ok=True)
        for key, content in wanted.archives.items():
            (arguments.archives / key.rpartition("/")[2]).write_bytes(content)
    match arguments.format:
        case "json":
            print(show_plan.as_json(wanted.plan, wanted.templates, folder))
        case "commands":
            print(commands.script(wanted.plan, wanted.templates, folder), end="")
        case _:
            print(show_plan.text(wanted.plan, wanted.templates), end="")
    return FINE


# Deploying


def _deploy(wanted: Wanted, settings: Options, arguments: argparse.Namespace, compiled: Compiled) -> int:
    from compiler.deploy import preflight
    from compiler.deploy.aws import Aws, NoSdk
    from compiler.deploy.cloud import CloudError
    from compiler.deploy.operation import Failed, Stopped
    from compiler.deploy.run import called

    if not arguments.yes and not sys.stdin.isatty():
        _say("dr-deploy: nobody can be asked here; give --yes to deploy without a question, or --plan to look only")
        return USAGE
    stop = threading.Event()
    try:
        aws = Aws(arguments.profile, arguments.endpoint_url, stop)
        account = preflight.account(aws, wanted.plan.regions[0])
    except NoSdk:
        _say("dr-deploy: boto3 is not installed; `pip install 'dr-compile[deploy]'` brings it")
        return USAGE
    except CloudError as error:
        return _findings((preflight.credentials(error),), compiled)
    wrong = preflight.wrong_account(wanted.topology, account)
    if wrong:
        return _findings((wrong,), compiled)
    try:
        return _carry_out(wanted, settings, arguments, compiled, aws, account, stop)
    except Failed as failure:
        return _findings(failure.findings, compiled)
    except CloudError as error:
        return _findings((called(error),), compiled)
    except Stopped:
        raise KeyboardInterrupt from None
    except KeyboardInterrupt:
        stop.set()
        raise


def _carry_out(
    wanted: Wanted,
    settings: Options,
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
    run = Run(wanted, settings, aws, stacks, operator, progress, stop)
    if _findings(run.look(account), compiled) != FINE:
        return FOUND
    aws.patience_seconds = PATIENT_SECONDS
    previews = run.previews()
    progress.settle()
    for line in summary(wanted.plan, account, wanted.templates, previews):
        progress.say(line)
    if not arguments.yes and not _agreed():
        run.discard(previews)
        _say("dr-deploy: nothing was deployed")
        return FOUND
    changed = run.deploy(previews)
    for line in _closing(run, wanted.plan, changed, time.monotonic() - begun):
        progress.say(line)
    return FINE


def summary(
    plan: Plan, account: str, templates: Mapping[str, Mapping[str, Json]], previews: Iterable[Preview]
) -> list[str]:
    """What is about to happen to each stack, as far as it is known."""
    from compiler.deploy import review

    lines = [f"{plan.system}: environment {plan.environment}, suffix {plan.suffix}, account {account}"]
    for preview in previews:
        lines.append(f"  {preview.stack.key:<24} {preview.stack.name:<40} {_state(preview, templates)}")
        if preview.proposal:
            lines += (
                f"      {review.word(change):<8} {change.id} ({change.type})"
                + (f": {', '.join(change.properties)}" if change.properties else "")
                for change in preview.proposal.changes
            )
    return lines


def _state(preview: Preview, templates: Mapping[str, Mapping[str, Json]]) -> str:
    from compiler.deploy import review

    if preview.proposal is not None:
        return str(review.counts(preview.proposal.changes)) if preview.proposal.name else "nothing to change"
    resources = len(templates[preview.stack.key]["Resources"])
    if preview.found is None:
        return f"new, {resources} resources"
    return f"{preview.found.status}, changes not known yet"


def _agreed() -> bool:
    try:
        answer = input("Go on? [y/N] ")
    except EOFError:
        return False
    return answer.strip().lower() in ("y", "yes")


def _closing(run: Run, plan: Plan, changed: Mapping[str, object], seconds: float) -> list[str]:
    if changed:
        lines = [f"deployed in {seconds:,.0f} s"]
        lines += (f"  {key:<24} {counts}" for key, counts in changed.items())
    else:
        lines = [f"nothing had to be changed ({seconds:,.0f} s)"]
    for stack in plan.stacks:
        outputs = run.outputs(stack.key)
        lines += (
            f"  {name:<24} {outputs[name]}" for name in ("ServiceUrl", "Endpoint") if outputs.get(name)
        )  # fmt: skip
    return lines


# Saying things


def _findings(found: Sequence[Finding], compiled: Compiled) -> int:
    """Prints findings as diagnostics at their places in the spec; the exit code they call for."""
    from compiler.diagnostics import has_errors
    from compiler.findings import located

    diagnostics = located(found, compiled.document)
    _report(diagnostics, compiled)
    return FOUND if has_errors(diagnostics) else FINE


def _report(diagnostics: Sequence[Diagnostic], compiled: Compiled | None) -> None:
    from compiler import show

    sources = show.Sources({compiled.document.file: compiled.document.text} if compiled else {})
    _say(show.text(diagnostics, sources, colour=coloured()), end="")


def _shown(folder: Path) -> str:
    """The folder as people see it: relative to where they stand, if it lies below."""
    try:
        return folder.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return folder.as_posix()
