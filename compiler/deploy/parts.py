"""Parts of a system as AWS has them: those that the spec has no more, entries in another one, values that are missing.

No update moves a resource from one stack to another, so an entry stays where it is deployed. Reports DR377 and DR834.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from compiler.aws.values import ResourceId
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId, StackKind
from compiler.linking.waves import Source
from compiler.rollout.deployment import stack_name

_ENTRIES = ("tables", "buckets", "functions")
_GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED", "REVIEW_IN_PROGRESS")
_PART = "PART"
"""Stands for the name of a part: no name has capital letters."""


def stray(session: Session) -> dict[StackId, str]:
    """The names of parts that are deployed and that the spec does not have. Raises `CloudError`."""
    found: dict[StackId, str] = {}
    deployment = session.deployment
    for base in session.topology.regional:
        if base.region in session.silent:
            continue
        parted = stack_name(
            deployment.system, StackId(base.kind, base.region, _PART), deployment.environment, deployment.suffix
        )
        # Another system may be called like this one with a kind of stack behind it.
        kinds = "|".join(StackKind)
        form = re.compile(re.escape(parted).replace(_PART, f"((?!(?:{kinds})-)[a-z][a-z0-9]*)"))
        for name in session.cloudformation.names(base.region):
            if match := form.fullmatch(name):
                found[StackId(base.kind, base.region, match[1])] = name
    return {stack: name for stack, name in found.items() if stack not in deployment.by_id}


def moved(session: Session) -> Mapping[ResourceId, tuple[Route, StackId]]:
    """Resources to be created that another stack of the region has: their entry, and that stack.

    Raises `CloudError`.
    """
    left = stray(session)
    there = {
        **session.resources,
        **{id_: session.cloudformation.resources(id_.region, name) for id_, name in left.items()},
    }
    homes = {
        (stack.base, resource.id): stack
        for stack, resources in there.items()
        for resource in resources
        if resource.status not in _GONE
    }
    found: dict[ResourceId, tuple[Route, StackId]] = {}
    for stack in session.selected:
        own = {resource.id for resource in there.get(stack.id, ())}
        for id_ in stack.bodies.keys() - own:
            route = stack.template.route(id_)[:2]
            home = homes.get((stack.id.base, id_))
            if home and home != stack.id and route[:1] in {(section,) for section in _ENTRIES}:
                found[ResourceId(stack.key, id_)] = route, home
    return found


def stays(session: Session, found: Mapping[ResourceId, tuple[Route, StackId]]) -> Iterator[Finding]:
    """One finding for each entry that cannot go where the spec has it."""
    first: dict[Route, StackId] = {}
    for route, home in sorted(found.values(), key=lambda item: item[1].rank):
        first.setdefault(route, home)
    for (section, position), home in first.items():
        entry = getattr(session.topology.spec, str(section))[position]
        name = entry.title or entry.name
        message = f"`{name}` is deployed in {home.name}, and the spec puts it into {_place(entry.stack)}"
        again = f"write `stack: {home.part}` at" if home.part else "take `stack` out of"
        help_text = f"{again} `{name}` again: nothing moves between stacks; docs/large.md says how an entry moves"
        yield Finding(Code.DR377, message, (section, position), help=help_text)


def _place(part: str | None) -> str:
    return f"the part `{part}`" if part else "the first stack of its region"


def unimportable(session: Session) -> Iterator[Finding]:
    """Stacks that import from another one, which this run leaves out and which does not give the value."""
    for stack in session.selected:
        lacking = {source.stack for source in stack.imports if _lacks(session, source)}
        for home in sorted(lacking, key=lambda id_: id_.rank):
            message = f"{stack.name} imports values of {home.name} that are not there yet, and `--only` leaves that out"
            yield Finding(Code.DR834, message, (), help=f"add `--only {home.name}`, or leave `--only` out")


def _lacks(session: Session, source: Source) -> bool:
    home = session.deployment.stack(source.stack)
    left_out = not session.selects(home) and home.region not in session.silent
    return left_out and not session.outputs(home.id).get(source.output)
