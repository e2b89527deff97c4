"""The plan and a proposal, printed in the format that is asked for."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from compiler.deploy.options import Options
from compiler.reporting.console import FINE

if TYPE_CHECKING:
    from compiler.deploy.packing import Package
    from compiler.deploy.proposal import Proposal
    from compiler.rollout.deployment import Deployment


def plan(
    deployment: Deployment, options: Options, packages: Mapping[str, Package], digests: Mapping[str, str], folder: str
) -> int:
    """Prints what a deployment would do, and writes the archives where they are asked for; the exit code."""
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
