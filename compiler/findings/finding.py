"""What a stage finds: at a route of the spec, or at a resource or output of a template; lines are looked up last."""

from __future__ import annotations

from compiler.aws.values import ResourceId
from compiler.diagnostics.model import Route, Rule
from compiler.support.frozen import frozen

Place = Route | ResourceId
"""An entry or field of the spec, or a resource or output; a `ResourceId` without an id is the whole template."""


@frozen
class Finding:
    """What is wrong, and where; `findings.locate` makes a `Diagnostic` with lines and columns of it.

    `label` is said at the place itself, `related` pairs further places with what is said there. With `key` the place
    is the key of the route, not its value. `id` names this one finding among those of its rule, as `accept` in the
    spec may; it must not change with positions or figures. `lint` is the id of the cfn-lint rule behind a DR7xx.
    """

    rule: Rule
    message: str
    at: Place
    label: str = ""
    help: str | None = None
    related: tuple[tuple[Place, str], ...] = ()
    key: bool = False
    id: str | None = None
    lint: str | None = None
