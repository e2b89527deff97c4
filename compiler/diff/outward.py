"""What a stack shows to the outside: its parameters, its outputs, and what other stacks import."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from compiler.aws.types.update_rules import Action
from compiler.diff import sources
from compiler.diff.change import Json, OutputChange, ParameterChange, Refusal
from compiler.diff.side import Snapshot
from compiler.rollout.deployment import Stack

_CONSTRAINTS = ("Type", "AllowedPattern", "AllowedValues", "MinValue", "MaxValue", "MinLength", "MaxLength", "NoEcho")


def parameters(old: Stack, new: Stack) -> Iterator[ParameterChange]:
    """Parameters that come, go, or take other values than before."""
    before, after = old.section("Parameters"), new.section("Parameters")
    for name in (*after, *(name for name in before if name not in after)):
        was, is_ = before.get(name), after.get(name)
        if was is None and is_ is not None:
            source = new.wiring.get(name)
            says = f"filled with {source}" if source else "whoever deploys may set it"
            yield ParameterChange(new.key, name, Action.ADDED, None, is_.get("Default"), says)
        elif is_ is None and was is not None:
            says = "" if name in old.wiring else "a deployment that still sets it is refused"
            yield ParameterChange(new.key, name, Action.REMOVED, was.get("Default"), None, says)
        elif was is not None and is_ is not None:
            yield from _parameter(new.key, name, was, is_)


def _parameter(stack: str, name: str, old: Json, new: Json) -> Iterator[ParameterChange]:
    narrowed = [member for member in _CONSTRAINTS if old.get(member) != new.get(member)]
    if old.get("Default") != new.get("Default"):
        says = "a stack that was given another value keeps it"
        if narrowed:
            says += f", unless {' and '.join(narrowed)} forbids it now"
        yield ParameterChange(stack, name, Action.IN_PLACE, old.get("Default"), new.get("Default"), says)
    elif narrowed:
        was, is_ = ({member: value.get(member) for member in narrowed} for value in (old, new))
        yield ParameterChange(stack, name, Action.IN_PLACE, was, is_, "a value that is no longer allowed is refused")


def outputs(old: Snapshot, new: Snapshot, key: str, after: Callable[[Json], Json]) -> Iterator[OutputChange]:
    """Outputs of a stack that come, go, or get another value; `after` renews values of replaced resources."""
    before, now = old.outputs(key), new.outputs(key)
    for name in (*now, *(name for name in before if name not in now)):
        was = old.resolver(key).resolved(before[name].get("Value"))[0] if name in before else None
        is_ = after(new.resolver(key).resolved(now[name].get("Value"))[0]) if name in now else None
        exported = old.export(key, name) if name in before else ""
        export = new.export(key, name) if name in now else ""
        if was == is_ and (name not in before or exported == export):
            continue
        action = Action.ADDED if name not in before else Action.REMOVED if name not in now else Action.IN_PLACE
        importers = tuple(_importers(old, key, name)) if exported else ()
        refusals = tuple(_refusals(exported, action, importers))
        yield OutputChange(key, name, exported or export, action, was, is_, importers, refusals)


def _importers(side: Snapshot, key: str, output: str) -> Iterator[str]:
    for other, stack in side.stacks.items():
        if any(source.stack.name == key and source.output == output for source in stack.imports):
            yield other


def _refusals(export: str, action: Action, importers: tuple[str, ...]) -> Iterator[Refusal]:
    if importers and action is not Action.ADDED:
        what = "goes" if action is Action.REMOVED else "changes"
        says = f"the export `{export}` {what}, and {', '.join(importers)} imports it"
        remedy = "first deploy a spec in which nobody imports it, or make a second system beside this one"
        yield Refusal(says, remedy, sources.EXPORTS)
