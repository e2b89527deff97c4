"""The options of `dr-compile`."""

from __future__ import annotations

import argparse

from compiler.commands import completion
from compiler.reporting.formats import FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

INIT = {
    "name": "name of the system",
    "primary": "primary region",
    "secondary": "standby region",
    "domain": "domain name that clients use",
    "issuer": "issuer of the tokens that clients send, an https URL",
}
"""What `--init` asks for, each with its flag."""
_COMPILED = ("specs", "output", "partials", "format", "no_lint", "no_cache", "strict", "quiet")
PURPOSES = {
    "version": (), "schema": (), "print_completion": (), "init": tuple(INIT),
    "explain": ("specs", "partials", "format", "sources"), "show": ("specs",),
    "diff": (*_COMPILED, "check", "lint", "against", "exit_code"), "check": (*_COMPILED, "lint"), "": _COMPILED,
}  # fmt: skip
"""What the command is for, and which options go with it."""


def parser() -> argparse.ArgumentParser:
    """The options, as `--help` and docs/cli.md show them."""
    options = argparse.ArgumentParser(
        prog="dr-compile",
        description="Compiles a disaster-recovery topology into one CloudFormation template per stack and region.",
        allow_abbrev=False,
    )
    options.add_argument(
        "specs", metavar="SPEC", nargs="*",
        help="YAML specs, for example specs/dr-topology.yaml; default: those that `dr-compile.toml` names",
    )  # fmt: skip
    options.add_argument(
        "-o", "--output", metavar="DIR", type=named_path,
        help="folder for the templates; default: templates/<name of the spec file>, next to the folder `specs`",
    )  # fmt: skip
    options.add_argument(
        "--check", action="store_true", help="write nothing; fail if the folder differs from what the spec compiles to"
    )
    options.add_argument(
        "--diff", action="store_true",
        help="write nothing; show what a deployment would change in a system deployed from the committed templates",
    )  # fmt: skip
    options.add_argument(
        "--against", metavar="REV",
        help="with --diff: compare with this branch, tag or commit instead of the files in the folder",
    )  # fmt: skip
    options.add_argument(
        "--exit-code", action="store_true",
        help="with --diff: exit code 4 if a deployment changes something, 5 if data would be lost",
    )  # fmt: skip
    options.add_argument(
        "--strict",
        action="store_true",
        help="take warnings for errors: with one, nothing is written and the exit code is 1",
    )
    options.add_argument(
        "-q", "--quiet", action="store_true",
        help="print errors only; with --diff --exit-code: print no diff, the exit code says it",
    )  # fmt: skip
    options.add_argument("--no-lint", action="store_true", help="do not run cfn-lint")
    options.add_argument(
        "--lint", action="store_true", help="with --check or --diff: also run cfn-lint, as a compile does by itself"
    )
    options.add_argument(
        "--no-cache", action="store_true", help="compile and lint again, also where nothing has changed"
    )
    purposes = "; ".join(f"{name}: {purpose}" for name, purpose in FORMATS.items())
    options.add_argument("--format", choices=FORMATS, default="text", help=f"format of the diagnostics. {purposes}")
    options.add_argument(
        "--partials", metavar="DIR", type=named_path, help="folder of your own partials, used before the bundled ones"
    )
    options.add_argument(
        "--explain", metavar="CODE-OR-LOGICAL-ID",
        help="explain a diagnostic code, or a finding by the name that `accept` takes; with SPEC: explain a resource "
        "by its logical id, `objectives`, `costs` (both with --format json too), `key-policy`, `topic-policy`, "
        "`log-policy` or `caller-policy`",
    )  # fmt: skip
    options.add_argument(
        "--sources", action="store_true", help="with --explain objectives: also every term and figure, with its source"
    )
    options.add_argument(
        "--show", action="store_true",
        help="write nothing; print the spec and what it extends as one YAML file, with the place of each value",
    )  # fmt: skip
    options.add_argument("--schema", action="store_true", help="print the JSON Schema that editors check a spec with")
    completion.add(options)
    init = options.add_argument_group("a first spec")
    init.add_argument(
        "--init", metavar="PATH", type=named_path, nargs="?", const=".",
        help="write a commented spec that compiles, and code for its function; PATH is a file or a folder, by default "
        "the working directory",
    )  # fmt: skip
    for name, what in INIT.items():
        init.add_argument(f"--{name}", metavar=name.upper(), help=f"{what}; if not given, a question on the terminal")
    return options


def named_path(words: str) -> Path:
    """A path of the command line. `pathlib` is loaded for a command that has one: `--help` has not.

    `Path("")` is the working directory. Nobody means it: a variable of a script was empty.
    """
    from pathlib import Path

    if not words:
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(words)
