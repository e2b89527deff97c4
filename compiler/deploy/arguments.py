"""The command line of dr-deploy: its options, read and held against the compiled topology."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compiler.deploy.plan import Plan
    from compiler.deploy.wanted import Options
    from compiler.pipeline import Compiled


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
    plan.add_argument("--format", choices=("text", "json"), default="text", help="form of the plan")
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


def settings(options: argparse.ArgumentParser, arguments: argparse.Namespace) -> Options:
    """What the command line asks for; a mistake ends the command."""
    from compiler.deploy import delegation
    from compiler.deploy.wanted import Options

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
            resolvers.append(delegation.address(item))
        except ValueError:
            options.error(f"--resolver: `{item}` is not an address such as 192.0.2.1 or 192.0.2.1:53")
    return Options(
        only=frozenset(arguments.only),
        given=pairs("parameter"),
        tags=pairs("tags"),
        code_buckets=pairs("code_bucket"),
        resolvers=tuple(resolvers),
        wait_for_delegation=not arguments.no_wait_delegation,
        assume_delegated=arguments.assume_delegated,
    )


def check(options: argparse.ArgumentParser, settings: Options, compiled: Compiled, plan: Plan) -> None:
    """Stacks, parameters that may be given, and regions of this topology; a mistake ends the command."""
    from compiler.diagnostics.suggest import near
    from compiler.ir.names import ENVIRONMENT, SUFFIX

    unknown = sorted(settings.only - {stack.key for stack in plan.stacks})
    if unknown:
        options.error(f"--only: there is no stack {unknown[0]}; there are {', '.join(s.key for s in plan.stacks)}")
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
