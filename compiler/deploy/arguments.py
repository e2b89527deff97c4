"""The options of dr-deploy, as `--help` and docs/cli.md show them."""

from __future__ import annotations

import argparse

from compiler.commands import completion
from compiler.commands.options import named_path


def parser() -> argparse.ArgumentParser:
    """The parser with all of them."""
    command = argparse.ArgumentParser(
        prog="dr-deploy",
        description="Deploys a compiled disaster-recovery topology with CloudFormation change sets, wave by wave.",
        allow_abbrev=False,
    )
    command.add_argument("spec", metavar="SPEC", nargs="?", help="the YAML spec, for example specs/dr-topology.yaml")
    command.add_argument("-o", "--output", metavar="DIR", type=named_path, help="folder of the committed templates")
    command.add_argument(
        "--partials",
        metavar="DIR",
        type=named_path,
        help="folder of your own partials, the one that it was compiled with",
    )
    completion.add(command)
    plan = command.add_argument_group("plan")
    plan.add_argument("--plan", action="store_true", help="print what would be done, in order; needs no AWS account")
    plan.add_argument(
        "--policy", action="store_true",
        help="print the rights that a deployment of this spec needs, as IAM policies by name; needs no AWS account",
    )  # fmt: skip
    plan.add_argument(
        "--format",
        choices=("text", "json", "markdown"),
        default="text",
        help="format of the plan and of the status; --policy is always json; markdown is for a comment on a pull "
        "request, and of a plan only",
    )
    plan.add_argument(
        "--archives",
        metavar="DIR",
        type=named_path,
        help="with --plan: also write the functions' archives to this folder",
    )
    approve = command.add_argument_group("propose and approve")
    approve.add_argument(
        "--propose", metavar="FILE", type=named_path,
        help="write what would be done to this file, for another principal to review and execute; deploy nothing",
    )  # fmt: skip
    approve.add_argument(
        "--execute", metavar="FILE", type=named_path,
        help="execute the proposal in this file, or go on with it; with --plan: show it, which needs no AWS account",
    )  # fmt: skip
    operate = command.add_argument_group("operate")
    operate.add_argument(
        "--status", action="store_true", help="show which region answers, the latch, how far data is behind, the code"
    )
    operate.add_argument(
        "--hold", action="store_true", help="move clients to the standby and hold them there until they are released"
    )
    operate.add_argument(
        "--release", action="store_true", help="let clients go back to the primary region, if it answers"
    )
    operate.add_argument(
        "--even-if-primary-is-down", action="store_true",
        help="with --release: also if the primary does not answer from here",
    )  # fmt: skip
    end = command.add_argument_group("end")
    end.add_argument(
        "--destroy", action="store_true",
        help="delete a system with `on_delete: delete`: every stack, what it holds, and the code buckets",
    )  # fmt: skip
    end.add_argument(
        "--confirm",
        metavar="NAME",
        help="with --destroy and --yes: the name that the question asks for, such as ledger-dev-a1",
    )
    what = command.add_argument_group("what is deployed")
    what.add_argument(
        "--environment", metavar="E", help="environment, instead of the one in the spec; it is part of every name"
    )
    what.add_argument(
        "--suffix", metavar="S", help="suffix, instead of the one in the spec, for a second, separate copy"
    )
    what.add_argument(
        "--only", metavar="STACK", action="append", default=[],
        help="deploy only this stack, for example primary.us-east-1; can be given more than once",
    )  # fmt: skip
    what.add_argument(
        "--parameter", metavar="NAME=VALUE", action="append", default=[],
        help="value of a template parameter, in every stack that has it",
    )  # fmt: skip
    what.add_argument("--tags", metavar="KEY=VALUE", action="append", default=[], help="tag for every stack")
    what.add_argument(
        "--code", metavar="NAME=PATH", action="append", default=[],
        help="folder or archive with the code of a function, instead of its `source` in the spec; "
        "NAME=sha256:DIGEST releases an archive again that is in the code bucket (the start of the digest is enough)",
    )  # fmt: skip
    what.add_argument(
        "--only-code", action="store_true",
        help="deploy code alone: each stack keeps the template that it has, and all values but those of the code",
    )  # fmt: skip
    what.add_argument(
        "--code-bucket", metavar="REGION=NAME", action="append", default=[],
        help="your own bucket for code and templates, instead of one that dr-deploy creates",
    )  # fmt: skip
    how = command.add_argument_group("how")
    how.add_argument("--yes", action="store_true", help="do not ask before anything is changed")
    how.add_argument(
        "--allow-replace", metavar="LOGICAL_ID", action="append", default=[],
        help="allow this resource to be replaced or removed although it contains data",
    )  # fmt: skip
    how.add_argument(
        "--no-bake", action="store_true",
        help="for an emergency: do not wait in a region before the change goes to the next one, and watch no alarm",
    )  # fmt: skip
    how.add_argument(
        "--through-alarm", action="store_true",
        help="deploy although an alarm of the region rings already; it is not watched then",
    )  # fmt: skip
    how.add_argument(
        "--rotate-token", action="store_true",
        help="give the path that Route 53 asks a new token: every region first, then the health checks",
    )  # fmt: skip
    how.add_argument(
        "--no-wait-delegation", action="store_true",
        help="stop if the zone is not delegated yet; the next run continues from there",
    )  # fmt: skip
    how.add_argument(
        "--assume-delegated", action="store_true",
        help="do not check that the zone is delegated; for networks without access to the public DNS",
    )  # fmt: skip
    how.add_argument(
        "--resolver", metavar="ADDRESS", action="append", default=[], help="DNS resolver to ask, instead of the default"
    )
    aws = command.add_argument_group("AWS")
    aws.add_argument(
        "--profile", metavar="NAME",
        help="profile of the AWS configuration; default: the one in `dr-compile.toml`, else the standard chain of "
        "credentials, which an empty name stands for",
    )  # fmt: skip
    aws.add_argument("--endpoint-url", metavar="URL", help="address of an AWS emulator, used for every service")
    return command
