"""A run with credentials: the account is checked, the session is made, and each way to fail has its exit code.

The options say what the session does: deploy, propose, execute a proposal, or destroy. Reports DR820 and DR821.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

from compiler.deploy import person
from compiler.deploy.options import Options
from compiler.reporting.console import FINE, FOUND, USAGE, say

if TYPE_CHECKING:
    from compiler.deploy.aws import Aws
    from compiler.deploy.package import Package
    from compiler.deploy.proposal import Proposal
    from compiler.deploy.session import Session
    from compiler.findings.finding import Finding
    from compiler.pipeline import Compiled
    from compiler.rollout.deployment import Deployment


def run(
    compiled: Compiled,
    deployment: Deployment,
    options: Options,
    packages: Mapping[str, Package],
    digests: Mapping[str, str],
    proposal: Proposal | None = None,
) -> int:
    """Checks the account and does what the options ask for; the exit code. `digests` is as in `Session`."""
    if not (options.yes or options.propose or person.can_ask(options)):
        return USAGE
    if missing := person.missing_library(options):
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
        return person.tell((preflight.no_account(error),), compiled)
    if wrong := preflight.wrong_account(compiled.topology, account):
        return person.tell((wrong,), compiled)
    session = Session(compiled.topology, deployment, packages, options, aws, account, Progress(), stop, digests)
    try:
        with ExitStack() as end:
            # Before anything else is printed, the lines that are drawn anew are left as they are.
            end.callback(session.progress.settle)
            return _run_session(session, aws, compiled, proposal)
    except RejectedError as error:
        person.report_all(error.diagnostics, None)
        return USAGE
    except DeploymentError as error:
        return person.tell(error.findings, compiled, session)
    except CloudError as error:
        return person.tell((call_failed(error),), compiled, session)
    except StoppedError:
        raise KeyboardInterrupt from None
    except KeyboardInterrupt:
        stop.set()
        raise
    except Exception as error:
        # A fault of ours is printed with what it says, which may hold a token.
        error.args = tuple(session.hide(part) if isinstance(part, str) else part for part in error.args)
        raise


def _run_session(session: Session, aws: Aws, compiled: Compiled, proposal: Proposal | None) -> int:
    def tell(findings: Iterable[Finding]) -> int:
        return person.tell(findings, compiled, session)

    if session.options.destroy:
        from compiler.deploy import destroy

        def confirmed() -> bool:
            name = session.deployment.name
            return person.agreed(f"Type {name} to delete all this in {person.account(session)}:", (name,))

        return destroy.run(session, aws, tell, confirmed)
    if proposal or session.options.propose:
        from compiler.deploy import approval
        from compiler.rollout.manifest import MANIFEST

        if proposal:
            return approval.run_execute(session, aws, proposal, tell, lambda: person.agreed(person.question(session)))
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
    if person.tell(findings, compiled, session) != FINE:
        return FOUND
    aws.patience_seconds = PATIENT_SECONDS
    previews = preview_changes(session)
    session.progress.settle()
    for line in lines(summary(session, previews)):
        session.progress.say(line)
    if not session.options.yes and not person.agreed(person.question(session)):
        discard(session, previews)
        say("dr-deploy: nothing was deployed")
        return FOUND
    changed = deploy(session, previews)
    for line in outcome(session, changed, time.monotonic() - begun):
        session.progress.say(line)
    return FINE
