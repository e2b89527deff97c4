"""Status, hold, release and rights: what needs neither the committed templates nor code."""

from __future__ import annotations

import json
import sys
import threading
from typing import TYPE_CHECKING

from compiler.deploy import person
from compiler.deploy.options import Options
from compiler.reporting.console import FINE, FOUND, USAGE, say

if TYPE_CHECKING:
    from compiler.pipeline import Compiled
    from compiler.rollout.deployment import Deployment


def run(compiled: Compiled, deployment: Deployment, options: Options) -> int:
    """Status, hold, release or rights: whatever the committed templates are, the names are those of the spec."""
    if options.policy:
        from compiler.deploy import rights

        sys.stdout.write(json.dumps(rights.policies(deployment, compiled.topology.spec), indent=2) + "\n")
        return FINE
    if not (options.yes or options.status) and not sys.stdin.isatty():
        say("dr-deploy: there is no terminal to ask on; use --yes to go on without a question")
        return USAGE
    if missing := person.missing_library(options):
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
        return person.tell((no_account(error),), compiled)
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
    operator = operate.Operator(lambda lines: show(lines, sys.stdout), lambda: options.yes or person.agreed(question))
    try:
        if options.hold:
            done = operate.hold(system, operator)
        else:
            done = operate.release(system, operator, although_down=options.although_down)
    except DeploymentError as error:
        return person.tell(error.findings, compiled)
    except CloudError as error:
        return person.tell((call_failed(error),), compiled)
    if not done:
        say("dr-deploy: nothing was changed")
    return FINE if done else FOUND
