"""`--propose` and `--execute`, from what exists to the exit code."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from compiler.commands.paths import display_path
from compiler.deploy import bound, execute, propose
from compiler.deploy.aws import PATIENT_SECONDS, Aws
from compiler.deploy.change_sets import ChangeSet
from compiler.deploy.discovery import Preview, discover
from compiler.deploy.overview import lines
from compiler.deploy.proposal import Proposal, overview
from compiler.deploy.proposal_file import draft, encoded
from compiler.deploy.run import deploy
from compiler.deploy.session import Session
from compiler.deploy.summary import outcome
from compiler.diagnostics.model import RejectedError
from compiler.findings.finding import Finding
from compiler.reporting.console import FINE, FOUND, say

Tell = Callable[[Iterable[Finding]], int]
"""Prints findings and returns the exit code that they call for."""


def run_propose(session: Session, aws: Aws, manifest: bytes, path: Path, tell: Tell) -> int:
    """Proposes and writes the file. Raises `DeploymentError`, `CloudError` and `RejectedError`."""
    with draft(path) as keep:
        findings = discover(session)
        session.progress.settle()
        if tell(findings) != FINE:
            return FOUND
        aws.patience_seconds = PATIENT_SECONDS
        proposal = propose.propose(session, manifest)
        session.progress.settle()
        if proposal is None:
            session.progress.say("nothing to propose: all is as the spec says; no file was written")
            return FINE
        try:
            keep(encoded(proposal))
        except RejectedError:
            propose.forget(session, proposal)
            raise
    for line in lines(overview(proposal)):
        session.progress.say(line)
    shown = display_path(path)
    session.progress.say(f"proposed as {proposal.id} in {shown}; nothing that is deployed was changed")
    session.progress.say(f"another principal executes it: dr-deploy {session.options.spec} --execute {shown}")
    return FINE


def run_execute(session: Session, aws: Aws, proposal: Proposal, tell: Tell, agreed: Callable[[], bool]) -> int:
    """Executes a proposal, or goes on with it. Raises `DeploymentError` and `CloudError`."""
    begun = time.monotonic()
    session.run_id = f"{proposal.id}-{session.run_id[:4]}"
    if tell(bound.check_account(proposal, session.account)) != FINE or tell(bound.take_code(session, proposal)) != FINE:
        return FOUND
    findings = discover(session)
    session.progress.settle()
    if tell(findings) != FINE or tell(bound.check_stacks(session, proposal)) != FINE:
        return FOUND
    aws.patience_seconds = PATIENT_SECONDS
    if bound.finished(session, proposal):
        done = tuple(Preview(s, session.existing[s.id], ChangeSet("", False, (), None)) for s in session.selected)
        session.progress.say(f"the proposal {proposal.id} has been executed already")
        changed = deploy(session, done)
    else:
        previews = execute.previews(session, proposal)
        session.progress.settle()
        for line in lines(overview(proposal)):
            session.progress.say(line)
        if not session.options.yes and not agreed():
            say("dr-deploy: nothing was deployed; the proposal can still be executed")
            return FOUND
        execute.guard(session, proposal)
        changed = deploy(session, previews)
    for line in outcome(session, changed, time.monotonic() - begun):
        session.progress.say(line)
    return FINE
