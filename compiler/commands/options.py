"""The options of `dr-compile`, and where its templates lie if none says."""

from __future__ import annotations

import argparse
from pathlib import Path

INIT = {
    "name": "name of the system",
    "primary": "region that serves",
    "secondary": "region that takes over",
    "domain": "domain name that clients use",
}
"""What `--init` asks for, each with its flag."""


def parser() -> argparse.ArgumentParser:
    """The options, as `--help` and docs/cli.md show them."""
    made = argparse.ArgumentParser(
        prog="dr-compile",
        description="Compiles a disaster-recovery topology into per-region CloudFormation templates.",
        allow_abbrev=False,
    )
    made.add_argument("spec", metavar="SPEC", nargs="?", help="the YAML spec, such as specs/dr-topology.yaml")
    made.add_argument(
        "-o", "--output", metavar="DIR", type=Path,
        help="folder of the templates; templates/<spec file stem> beside the folder `specs` if left out",
    )  # fmt: skip
    made.add_argument(
        "--check", action="store_true", help="write nothing; fail where the folder is not what the spec compiles to"
    )
    made.add_argument(
        "--diff", action="store_true",
        help="write nothing; say what deploying the result would do to what was deployed from the committed templates",
    )  # fmt: skip
    made.add_argument(
        "--against", metavar="REV",
        help="with --diff, compare with a branch, tag or commit instead of the files in the folder",
    )  # fmt: skip
    made.add_argument("--no-lint", action="store_true", help="leave cfn-lint out")
    made.add_argument(
        "--format", choices=("text", "json", "sarif", "github"), default="text",
        help="form of the diagnostics: for people, for programs, for code scanners, for GitHub's annotations",
    )  # fmt: skip
    made.add_argument("--partials", metavar="DIR", type=Path, help="folder whose partials replace or join the bundled")
    made.add_argument(
        "--explain",
        metavar="CODE-OR-LOGICAL-ID",
        help="say what a code means; with SPEC, where a resource comes from, or what its `objectives` come to",
    )
    made.add_argument("--schema", action="store_true", help="print the JSON Schema with which editors check a spec")
    made.add_argument("--version", action="store_true", help="print the version")
    init = made.add_argument_group("a first spec")
    init.add_argument(
        "--init", metavar="PATH", type=Path,
        help="write a commented spec that compiles, with code for its function; a file, or a folder to begin in",
    )  # fmt: skip
    for name, what in INIT.items():
        init.add_argument(f"--{name}", metavar=name.upper(), help=f"{what}; asked for on a terminal if left out")
    return made


def output_folder(spec: Path) -> Path:
    """`templates/<stem>` beside the folder `specs` that the spec lies in, or beside the spec itself."""
    parent = spec.absolute().parent
    return (parent.parent if parent.name == "specs" else parent) / "templates" / spec.stem
