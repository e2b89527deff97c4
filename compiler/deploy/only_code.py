"""`--only-code`: new code for the stacks as they are deployed, and nothing else.

Each stack keeps its template (`UsePreviousTemplate`) and all its values but those of the code. What the spec and the
committed templates say by now is not deployed. Reports DR626 and DR869.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from compiler.aws.values import Json, Target, dig, references
from compiler.deploy.cloud import Change
from compiler.deploy.session import Session
from compiler.deploy.stack_states import StackAction, next_action
from compiler.deploy.uploads import entry
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.linking.waves import Step, Wave
from compiler.rollout.deployment import Stack
from compiler.rollout.staging import groups
from compiler.services.lambda_ import function_id
from compiler.topology.model import CodeParameters

_WITHOUT = "run dr-deploy without `--only-code` first"
_DECIDES = {"Handler": "handler", "Runtime": "runtime"}
"""Properties of a function that its code is written for, with their fields in the spec."""


def prepare(session: Session) -> tuple[Finding, ...]:
    """Puts the deployed templates in the place of the compiled ones; why code cannot be released into them.

    A function of the spec that is not deployed yet is left out, unless its code was named on the command line.
    """
    absent = {
        s.id for s in session.selected if next_action(session.existing[s.id]) in (StackAction.CREATE, StackAction.CLEAR)
    }
    named = {*session.options.code, *session.options.digests}
    needed = {
        function.stack or "" for _, function in session.topology.functions() if {function.name, function.title} & named
    }
    if lacking := [stack for stack in session.selected if stack.id in absent and stack.id.part in {"", *needed}]:
        return tuple(Finding(Code.DR869, f"{stack.name} is not deployed", (), help=_WITHOUT) for stack in lacking)
    # A part that is to come, with functions that are to come, is no business of a release.
    session.unbuilt |= absent
    there = {stack.id: existing for stack in session.selected if (existing := session.existing[stack.id])}
    stacks = tuple(
        session.deployed(stack, there[stack.id]) if stack.id in there else stack for stack in session.deployment.stacks
    )
    session.deployment = replace(session.deployment, stacks=stacks)
    built = [stack for stack in stacks if stack.id.serves and stack.id not in session.unbuilt]
    findings: list[Finding] = []
    for function in tuple(session.packages):
        takers = [stack for stack in built if CodeParameters(function).key in stack.section("Parameters")]
        mine = [stack for stack in takers if session.selects(stack)]
        _, name = entry(session.topology, function)
        if not mine and name not in named:
            session.packages = {name: package for name, package in session.packages.items() if name != function}
            if not takers:
                session.progress.say(f"  `{function}` is not deployed yet: its code is left out")
        elif takers and not mine:
            keys = " and ".join(stack.key for stack in takers)
            ways = " ".join(f"--only {stack.key}" for stack in takers)
            message = f"`{name}` is in {keys}, which `--only` leaves out"
            findings.append(Finding(Code.DR869, message, (), help=f"add `{ways}`, or leave `--only` out"))
        else:
            findings += _unfit(session, function, mine)
    return tuple(findings)


def _unfit(session: Session, function: str, takers: Collection[Stack]) -> Iterator[Finding]:
    """Regions in which none of the `takers` takes the code of a function, and takers for another handler or runtime."""
    position, name = entry(session.topology, function)
    wanted = session.topology.spec.functions[position]
    regions = {stack.region for stack in takers}
    for stack in session.selected:
        if stack.id.part == (wanted.stack or "") and stack.region not in regions:
            message = f"the template that {stack.name} is deployed from takes no code of `{name}`"
            yield Finding(Code.DR869, message, ("functions", position), help=_WITHOUT)
    for stack in takers:
        properties = dig(stack.bodies, function_id(wanted), "Properties")
        for key, field in _DECIDES.items():
            deployed, asked = dig(properties, key), str(getattr(wanted, field))
            if isinstance(deployed, str) and deployed != asked:
                message = f"`{name}` in {stack.region} has the {field} `{deployed}`; the spec says `{asked}`"
                yield Finding(Code.DR869, message, ("functions", position, field), help=_WITHOUT)


def waves(session: Session, touched: Collection[StackId]) -> tuple[Wave, ...]:
    """One operation on each stack: the regions that do not serve clients first, each watched before the next."""
    staged = (
        tuple(Step(stack.id, (), bakes=True) for stack in group if session.selects(stack) and stack.id in touched)
        for group in groups(session.deployment, session.serving or None)
    )
    return tuple(wave for wave in staged if wave)


def beyond(session: Session, stack: Stack, changes: Collection[Change]) -> Iterator[Finding]:
    """Changes of a change set that do not follow from other code."""
    follows = _follows(session, stack)
    for change in changes:
        if change.action != "Modify" or change.id not in follows or change.replacement == "True":
            message = f"{stack.name}: the change set would also {change.action.lower()} `{change.id}` ({change.type})"
            yield Finding(Code.DR626, message, ())


def _follows(session: Session, stack: Stack) -> set[str]:
    """Resources that take the code that is released, and all that refer to one of them."""
    found = {
        name
        for function in session.packages
        for name in (CodeParameters(function).key, CodeParameters(function).version)
    }
    while more := {id_ for id_, body in stack.bodies.items() if id_ not in found and _refers(body, found)}:
        found |= more
    return found


def _refers(body: Json, names: set[str]) -> bool:
    return any(target is Target.VALUE and name in names for target, name in references(body))
