"""The plan and a proposal, printed in the format that is asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from compiler.deploy.options import Options
from compiler.reporting.console import FINE

if TYPE_CHECKING:
    from compiler.deploy.intended import Plan
    from compiler.deploy.proposal import Proposal


def plan(found: Plan, folder: str) -> int:
    """Prints what a deployment would do, and writes the archives where they are asked for; the exit code.

    `folder` is where the templates are.
    """
    from compiler.deploy import intended
    from compiler.reporting.page import show

    options = found.options
    if options.archives:
        options.archives.mkdir(parents=True, exist_ok=True)
        for package in found.packages.values():
            (options.archives / package.key.rpartition("/")[2]).write_bytes(package.content)
    if options.format == "json":
        sys.stdout.write(intended.json_text(found, folder) + "\n")
    elif options.format == "markdown":
        from compiler.reporting.markdown import comment

        sys.stdout.write(comment(intended.report(found), "dr-deploy SPEC --plan") + "\n")
    else:
        show(intended.text(found), sys.stdout)
    return FINE


def proposal(found: Proposal, options: Options) -> int:
    """Prints a proposal; the exit code."""
    from compiler.deploy import overview
    from compiler.deploy.proposal import overview as shown
    from compiler.deploy.proposal_file import encoded
    from compiler.reporting.markdown import comment
    from compiler.reporting.page import show

    if options.format == "json":
        sys.stdout.write(encoded(found).decode())
    elif options.format == "markdown":
        sys.stdout.write(comment(overview.report(shown(found)), "dr-deploy SPEC --execute FILE --plan") + "\n")
    else:
        show(overview.lines(shown(found)), sys.stdout)
    return FINE
