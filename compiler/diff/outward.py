"""The interface of a stack: its parameters, its outputs, and what other stacks import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from compiler.aws.types.update_rules import Action
from compiler.aws.values import ResourceId, parameters_of
from compiler.diff.change import Blocker, Json, Note, OutputChange, ParameterChange
from compiler.diff.order import Order
from compiler.rollout.deployment import Stack
from compiler.rollout.state import Snapshot, State

_EXPORTS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html"
_CONSTRAINTS = ("Type", "AllowedPattern", "AllowedValues", "MinValue", "MaxValue", "MinLength", "MaxLength", "NoEcho")


def parameters(old: Stack, new: Stack) -> Iterator[ParameterChange]:
    """Parameters that come, go, or take other values than before."""
    before, after = old.section("Parameters"), new.section("Parameters")
    for name in (*after, *(name for name in before if name not in after)):
        was, is_ = before.get(name), after.get(name)
        if was is None and is_ is not None:
            source = new.wiring.get(name)
            message = f"value from {source}" if source else "the operator may set it"
            yield ParameterChange(new.key, name, Action.ADDED, None, is_.get("Default"), message)
        elif is_ is None and was is not None:
            message = "" if name in old.wiring else "a deployment that still sets it is refused"
            yield ParameterChange(new.key, name, Action.REMOVED, was.get("Default"), None, message)
        elif was is not None and is_ is not None:
            yield from _parameter(new.key, name, was, is_)


def _parameter(stack: str, name: str, old: Json, new: Json) -> Iterator[ParameterChange]:
    narrowed = [member for member in _CONSTRAINTS if old.get(member) != new.get(member)]
    if old.get("Default") != new.get("Default"):
        message = "a stack with another value keeps that value"
        if narrowed:
            message += f", unless {' and '.join(narrowed)} no longer allows it"
        yield ParameterChange(stack, name, Action.IN_PLACE, old.get("Default"), new.get("Default"), message)
    elif narrowed:
        was, is_ = ({member: value.get(member) for member in narrowed} for value in (old, new))
        yield ParameterChange(stack, name, Action.IN_PLACE, was, is_, "a value that is no longer allowed is refused")


def outputs(
    old: Snapshot, new: Snapshot, key: str, after: Callable[[Json], Json], order: Order
) -> Iterator[OutputChange]:
    """Outputs of a stack that come, go, or get another value; `after` renews values of replaced resources."""
    before, now = old.by_key[key], new.by_key[key]
    for name in (*now.outputs, *(name for name in before.outputs if name not in now.outputs)):
        was, is_ = before.outputs.get(name), after(now.outputs.get(name))
        exported = before.export_of(name) if name in before.outputs else ""
        export = now.export_of(name) if name in now.outputs else ""
        if was == is_ and (name not in before.outputs or exported == export):
            continue
        action = Action.IN_PLACE
        if name not in before.outputs or name not in now.outputs:
            action = Action.REMOVED if name in before.outputs else Action.ADDED
        importers = tuple(_importers(old, before, exported)) if exported and action is not Action.ADDED else ()
        found = OutputChange(key, name, exported or export, action, was, is_, importers)
        yield _with_importers(found, order) if importers else found


def _importers(old: Snapshot, exporter: State, export: str) -> Iterator[str]:
    """Stacks that import an export."""
    for key, state in old.by_key.items():
        uses = (*(resource.uses for resource in state.resources.values()), *state.output_uses.values())
        if state.stack.region == exporter.stack.region and any(("import", export) in used for used in uses):
            yield key


def _with_importers(output: OutputChange, order: Order) -> OutputChange:
    """The change of an export that others import: in which order it is done, or why it is refused."""
    what = "is removed" if output.action is Action.REMOVED else "changes"
    who = ", ".join(output.imported_by)
    if not order.refuses(ResourceId(output.stack, output.id)):
        message = f"{who} imports it until now: {order.sequence((*output.imported_by, output.stack))}"
        return replace(output, notes=(Note(message, _EXPORTS),))
    message = f"the export `{output.export}` {what}, but {who} goes on importing it, and no order helps"
    remedy = "undo what changes it, or create a second system next to this one (another `naming.suffix`)"
    return replace(output, blockers=(Blocker(message, remedy, _EXPORTS),))


def parameters_behind(there: Snapshot, owner: ResourceId) -> frozenset[str]:
    """Parameters that a resource is made with, or that its condition asks about."""
    resource, conditions = there.resource(owner), there.by_key[owner.stack].resolver.conditions
    found = {name for kind, name in resource.uses if kind == "parameter"}
    asked = {name for kind, name in resource.uses if kind == "condition"} | {resource.body.get("Condition")}
    return frozenset(found).union(*(parameters_of(name, conditions) for name in asked))
