"""`dr-compile --explain`: what a code means, what the objectives or costs come to, or where a resource comes from."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from compiler.diagnostics.model import RejectedError
from compiler.diagnostics.suggest import near
from compiler.reporting import explain
from compiler.reporting.console import FINE, FOUND, USAGE, say
from compiler.reporting.result import Line
from compiler.rules.registry import RULES

KEY_POLICY = "key-policy"
_ACCOUNT = "<account>"


def run(arguments: argparse.Namespace) -> int:
    """Prints the explanation; returns the exit code."""
    subject: str = arguments.explain
    rule = RULES.get(subject.upper())
    if rule is not None:
        return _print(explain.code(rule))
    if arguments.spec is None:
        guess = near(subject.upper(), RULES)
        hint = f"; did you mean `{guess}`?" if guess else ""
        others = "`objectives`, `costs`, `key-policy` or a resource"
        say(f"dr-compile: there is no code `{subject}`{hint}; for {others}, name the spec too")
        return USAGE
    from compiler.commands.compile import refusal, write

    try:
        return _in_spec(arguments, subject)
    except RejectedError as error:
        write(error.diagnostics, arguments.format)
        return refusal(error.diagnostics)


def _in_spec(arguments: argparse.Namespace, subject: str) -> int:
    """Explains objectives, costs, the policies of keys or a resource of a spec; raises `RejectedError`."""
    from compiler import pipeline, planning
    from compiler.commands.targets import Options, target
    from compiler.objectives.record import costs as cost_record
    from compiler.services import existing_keys
    from compiler.spec.compose import open_spec

    spec = Path(arguments.spec)
    if subject in ("objectives", "costs", KEY_POLICY):
        document = open_spec(spec, arguments.spec)
        _, topology, computation = pipeline.plan_document(document)
        if subject == "objectives":
            return _print(explain.objectives(computation))
        if subject == KEY_POLICY:
            documents = existing_keys.key_policies(topology, topology.spec.account or _ACCOUNT)
            sys.stdout.write(json.dumps(documents, indent=2) + "\n")
            return FINE
        bill = planning.bill(topology)
        if arguments.format == "json":
            sys.stdout.write(json.dumps(cost_record(bill, computation), indent=2) + "\n")
            return FINE
        return _print(explain.costs(bill, computation))
    partials = target(spec, Options(partials=arguments.partials)).partials
    compiled = pipeline.compile_spec(spec, arguments.spec, partials=partials, lint=False)
    lines = explain.resource(compiled, subject)
    if lines:
        return _print(lines)
    known = {name.lower(): name for template in compiled.templates for name in sorted(template.body["Resources"])}
    guess = near(subject, known)
    hint = f"; did you mean `{known[guess]}`?" if guess else ""
    say(f"dr-compile: no template has a resource `{subject}`{hint}")
    return FOUND


def _print(lines: Iterable[Line]) -> int:
    from compiler.reporting.page import show

    show(lines, sys.stdout)
    return FINE
