"""The person at the terminal: what is said to them, and what they are asked."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from compiler.deploy.options import Options
from compiler.reporting.console import FINE, FOUND, outlive_reader, report, say

if TYPE_CHECKING:
    from compiler.deploy.session import Session
    from compiler.diagnostics.model import Diagnostic
    from compiler.findings.finding import Finding
    from compiler.pipeline import Compiled


def can_ask(options: Options) -> bool:
    """Whether there is a terminal for the question; says what to do where there is none."""
    if sys.stdin.isatty():
        return True
    way = "--yes --confirm NAME to delete" if options.destroy else "--yes to deploy, or --plan to see the plan"
    say(f"dr-deploy: there is no terminal for the question; use {way}")
    return False


def missing_library(options: Options) -> str | None:
    """A library of the extra `deploy` that this run needs and that is not installed."""
    libraries = {"boto3": "boto3"} if options.assume_delegated else {"boto3": "boto3", "dns": "dnspython"}
    for module, library in libraries.items():
        try:
            importlib.import_module(module)
        except ImportError:
            return library
    return None


def question(session: Session) -> str:
    """What is asked before anything is deployed."""
    return f"Deploy to {account(session)}? [y/N]"


def account(session: Session) -> str:
    """The account by its number, and by its name where it has one."""
    from compiler.deploy.preflight import account_alias

    # In an outage nothing waits for a name that is only nice to have.
    alias = "" if session.silent else account_alias(session.api, session.selected[0].region)
    return f"account {session.account}{f' ({alias})' if alias else ''}"


def agreed(question: str, answers: Collection[str] = ("y", "yes", "Y", "YES", "Yes")) -> bool:
    """Whether one of some answers is given; the run then goes on without a reader of its output."""
    try:
        answer = input(f"{question} ")
    except EOFError:
        return False
    agreed = answer.strip() in answers
    if agreed:
        outlive_reader()
    return agreed


def tell(findings: Iterable[Finding], compiled: Compiled, session: Session | None = None) -> int:
    """Prints findings as diagnostics at their places in the spec; the exit code they call for."""
    from compiler.diagnostics.model import has_errors
    from compiler.findings.finding import located

    if session:
        # What AWS says may quote a token.
        hide = session.hide
        findings = [replace(f, message=hide(f.message), help=f.help and hide(f.help)) for f in findings]
    diagnostics = located(findings, compiled.document, compiled.templates)
    report_all(diagnostics, compiled)
    return FOUND if has_errors(diagnostics) else FINE


def report_all(diagnostics: Sequence[Diagnostic], compiled: Compiled | None) -> None:
    """Prints diagnostics, with the lines of the spec where it could be read."""
    report(diagnostics, compiled.document.texts if compiled else {})
