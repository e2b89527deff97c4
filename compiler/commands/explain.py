"""`dr-compile --explain`: what a code or a finding means, what objectives and costs come to, whence a resource."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compiler.diagnostics.model import Diagnostic, RejectedError, Rule
from compiler.diagnostics.suggest import near
from compiler.findings.report import LINT_ID
from compiler.reporting import explain
from compiler.reporting.console import FINE, FOUND, USAGE, say
from compiler.reporting.result import Line
from compiler.rules.registry import RULES, find_rule

if TYPE_CHECKING:
    from compiler.topology.model import Topology

POLICIES = {
    "key-policy": "the spec has no `encryption.existing`; write the ARNs there first",
    "topic-policy": "the spec has no `alerts.existing`; write the ARNs there first",
    "log-policy": "the spec has no `logs.existing`; write the ARNs there first",
    "caller-policy": "no client needs one: the spec has no route with `auth: iam` behind `kind: rest`",
}
"""What is printed for the owners of what exists and of clients, with what is said where nothing is needed."""
_PLANNED = ("objectives", "costs", *POLICIES)
_ACCOUNT = "<account>"


def run(arguments: argparse.Namespace, options: argparse.ArgumentParser) -> int:
    """Prints the explanation; returns the exit code."""
    subject: str = arguments.explain
    _refuse_idle(arguments, options)
    rule = _rule(subject)
    if arguments.spec is None:
        if rule:
            return _print(explain.code(rule))
        if LINT_ID.fullmatch(subject):
            return _print(explain.lint(subject))
        guess = near(subject.upper(), RULES) or near(subject, {each.slug for each in RULES.values()})
        hint = f"; did you mean `{guess}`?" if guess else ""
        others = f"{', '.join(f'`{name}`' for name in _PLANNED)}, a resource or a finding"
        say(f"dr-compile: there is no code `{subject}`{hint}; for {others}, name the spec too")
        return USAGE
    from compiler.commands.compile import refusal, write

    try:
        return _in_spec(arguments, subject, rule)
    except RejectedError as error:
        # A finding that stops the compile has a name as well.
        if found := _named(subject, rule, error.diagnostics):
            return _print(explain.findings(found))
        write(error.diagnostics, "text")
        return refusal(error.diagnostics)


def _rule(name: str) -> Rule | None:
    return find_rule(name.upper()) or find_rule(name)


def _named(name: str, rule: Rule | None, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings that have a name: their own, or that of their code."""
    return [item for item in diagnostics if item.id == name or item.rule is rule]


def _refuse_idle(arguments: argparse.Namespace, options: argparse.ArgumentParser) -> None:
    """Ends the command where an option says nothing about this subject."""
    subject: str = arguments.explain
    if arguments.format != "text" and (subject not in ("objectives", "costs") or arguments.format != "json"):
        options.error("--format goes with --explain for `objectives` and `costs` only, as json")
    if arguments.sources and (subject != "objectives" or arguments.format == "json"):
        options.error("--sources goes with --explain for `objectives` only, as text: json always has the sources")
    if arguments.spec and LINT_ID.fullmatch(subject):
        options.error(f"a spec does not go with --explain {subject}: cfn-lint is not run for it")
    if arguments.partials and (subject in _PLANNED or not arguments.spec):
        options.error(f"--partials does not go with --explain {subject}: partials do not change it")


def _in_spec(arguments: argparse.Namespace, subject: str, rule: Rule | None) -> int:
    """Explains objectives, costs, policies for owners, a resource or a finding; raises `RejectedError`."""
    from compiler import pipeline, planning
    from compiler.commands.targets import Options, target
    from compiler.objectives import record
    from compiler.spec.compose import open_spec

    spec = Path(arguments.spec)
    if subject in _PLANNED:
        document = open_spec(spec, arguments.spec)
        _, topology, computation = pipeline.plan_document(document)
        if subject in POLICIES:
            return _policies(topology, subject)
        if subject == "objectives":
            if arguments.format == "json":
                return _json(record.explained(computation))
            return _print(explain.objectives(computation, sources=arguments.sources))
        bill = planning.bill(topology)
        if arguments.format == "json":
            return _json(record.costs(bill, computation))
        return _print(explain.costs(bill, computation))
    partials = target(spec, Options(partials=arguments.partials)).partials
    compiled = pipeline.compile_spec(spec, arguments.spec, partials=partials, lint=False)
    lines = explain.resource(compiled, subject)
    if lines:
        return _print(lines)
    findings = (*compiled.diagnostics, *(item.diagnostic for item in compiled.suppressed))
    if found := _named(subject, rule, findings):
        return _print(explain.findings(found))
    if rule:
        say(f"note: {arguments.spec} has no such finding")
        return _print(explain.code(rule))
    known = {name.lower(): name for template in compiled.templates for name in sorted(template.body["Resources"])}
    known |= {name: name for name in (*_PLANNED, *(item.id for item in findings if item.id))}
    guess = near(subject, known)
    hint = f"; did you mean `{known[guess]}`?" if guess else ""
    say(f"dr-compile: no template has a resource `{subject}`, and there is no such finding{hint}")
    return FOUND


def _policies(topology: Topology, subject: str) -> int:
    """Prints what the owners of what exists must allow, by region, and what clients need."""
    from compiler.services import existing_keys, existing_receivers, rest

    made: dict[str, Callable[[Topology, str], dict[str, Any]]] = {
        "key-policy": existing_keys.key_policies,
        "topic-policy": existing_receivers.topic_policies,
        "log-policy": existing_receivers.log_policies,
        "caller-policy": rest.plain_policy,
    }
    documents = made[subject](topology, topology.spec.account or _ACCOUNT)
    if not documents:
        say(f"dr-compile: {POLICIES[subject]}")
        return FOUND
    return _json(documents)


def _json(value: object) -> int:
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
    return FINE


def _print(lines: Iterable[Line]) -> int:
    from compiler.reporting.page import show

    show(lines, sys.stdout)
    return FINE
