"""The specs next to the ones that a command compiles, and what they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from compiler.commands.targets import Target, named
from compiler.diagnostics.model import Diagnostic, RejectedError
from compiler.support.frozen import frozen

if TYPE_CHECKING:
    from compiler.findings.finding import Finding
    from compiler.topology.neighbours import Neighbour


@frozen
class Beside:
    """What each spec of a command has in common with one before it, and what is to be said at the other specs.

    `compared` says whether there were others at all.
    """

    compared: bool = False
    expires: tuple[str, ...] = ()
    """Last days of what the specs accept."""
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    elsewhere: tuple[Diagnostic, ...] = ()

    def of(self, target: Target) -> tuple[Finding, ...] | None:
        """The findings at one spec; None where there was nothing to compare it with."""
        return self.findings.get(target.identity, ()) if self.compared else None


def compare(
    chosen: Sequence[Target], known: Iterable[Target] = (), *, environment: str | None = None, suffix: str | None = None
) -> Beside:
    """Compares the chosen specs with each other, with those that are `known`, and with those of their configurations.

    A finding is at the second spec, in the order of the configuration or the command line. `environment` and `suffix`
    stand for those of the chosen specs, where they are deployed under others.
    """
    everybody = {target.identity: target for target in (*named(chosen), *known)}
    everybody |= {target.identity: target for target in chosen}
    if not chosen or len(everybody) < 2:
        return Beside()
    # A spec alone, which is the most frequent case, is done here, before its YAML is read.
    from compiler.topology.neighbours import in_common, renamed

    asked = {target.identity for target in chosen}
    read = [(identity, spec) for identity, target in everybody.items() if (spec := read_spec(target))]
    read = [
        (identity, replace(item, spec=renamed(item.spec, environment, suffix)) if identity in asked else item)
        for identity, item in read
    ]
    findings: dict[str, tuple[Finding, ...]] = {}
    elsewhere: list[Diagnostic] = []
    for position, (identity, second) in enumerate(read):
        before = [first for other, first in read[:position] if asked & {identity, other}]
        found = tuple(in_common(before, second))
        if identity in asked:
            findings[identity] = found
        else:
            elsewhere += _left(second, found)
    expires = tuple(entry.expires for _, neighbour in read for entry in neighbour.spec.accept if entry.expires)
    return Beside(compared=True, expires=expires, findings=findings, elsewhere=tuple(elsewhere))


def read_spec(target: Target) -> Neighbour | None:
    """A spec that can be compared: what is wrong with it is said when it is compiled itself."""
    from compiler.spec.compose import open_spec
    from compiler.spec.parse import parse
    from compiler.topology.neighbours import Neighbour

    try:
        document = open_spec(target.spec, str(target.spec))
        return Neighbour(document, parse(document), target.profile)
    except RejectedError:
        return None


def _left(neighbour: Neighbour, found: Sequence[Finding]) -> Iterator[Diagnostic]:
    """What a spec that is not compiled now does not accept."""
    from compiler.findings.finding import located
    from compiler.findings.report import Suppressions, today
    from compiler.rules.registry import find_rule

    entries = Suppressions(neighbour.spec, neighbour.document, find_rule, today())
    yield from entries.apply(located(found, neighbour.document))[0]
