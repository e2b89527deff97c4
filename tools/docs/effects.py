"""What each field of a spec changes in the templates, found by changing it and looking.

Each field of a spec that uses all of them is changed alone (left out, where it may be), the result is placed and
linked, and the resources of pieces that came out otherwise are compared. So the reference cannot say of a field what
the compiler does not do.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from compiler import planning
from compiler.diagnostics.model import RejectedError
from compiler.ir.template import Template
from compiler.linking import link
from compiler.objectives.model import Computation
from compiler.objectives.record import record
from compiler.pipeline import plan_document
from compiler.reading.chain import OF_FILE
from compiler.reading.document import Document
from compiler.rendering import partials
from compiler.rollout import manifest
from compiler.rollout.deployment import build
from compiler.support.data_files import bundled_partials
from compiler.topology.model import Topology
from tools import schema
from tools.docs.fields import Field, fields

Steps = tuple[str | int, ...]
_TRIES = 2
"""Legal changes after which a field that showed no effect on a template is taken to have none."""
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Effect:
    """What comes out otherwise: resource types (nearly all of them, perhaps), parameters, or only the manifest."""

    types: tuple[str, ...]
    nearly_all: bool
    parameters: bool
    manifest: bool

    @property
    def empty(self) -> bool:
        return not (self.types or self.parameters or self.manifest)


@dataclass(frozen=True)
class Deployed:
    """A linked spec and the means to see the resources of its pieces."""

    topology: Topology
    computation: Computation
    linked: link.Linked
    library: partials.Partials

    @cached_property
    def blocks(self) -> Mapping[tuple[str, str], link.LinkedBlock]:
        """Every piece by the name of its stack and its own id."""
        return {(stack.stack.name, block.block.id): block for stack in self.linked.stacks for block in stack.blocks}

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """Parameters of every stack."""
        return {stack.stack.name: stack.parameters for stack in self.linked.stacks}

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """The manifest's value."""
        files = tuple(Template(stack.stack, {}, {}, {}) for stack in self.linked.stacks)
        return manifest.write(build(self.topology, self.linked, files, record(self.computation)))

    @property
    def policy(self) -> str:
        """What AWS does with resources that leave their stack."""
        return self.topology.spec.deployment.on_delete.policy

    def resources(self, key: tuple[str, str]) -> Mapping[str, Any]:
        """Resources of a piece with what gates and keeps them; none where there is no such piece."""
        block = self.blocks.get(key)
        if block is None:
            return {}
        rendered = partials.render(self.library, block.block.partial, block.view)
        extra = {"Condition": block.condition, "DependsOn": block.depends_on, "DeletionPolicy": self.policy}
        return {name: {**body, **extra} for name, body in rendered.resources.items()}


def effects(base: Any, without: Container[str] = ()) -> Mapping[str, Effect | None]:
    """What each plain field that `base` uses changes, by its route; None where it cannot be changed alone.

    `base` is a spec as plain values. Fields in `without` are left out.
    """
    unused = uses_all(base)
    world = _world(base, partials.open_partials(bundled_partials(), ()))
    everything = frozenset(body["Type"] for key in world.blocks for body in world.resources(key).values())
    return {
        field.route: _effect(field, base, world, everything)
        for field in fields()
        if field.section is None and field.route not in (*OF_FILE, *unused) and field.route not in without
    }


def _effect(field: Field, base: Any, world: Deployed, everything: frozenset[str]) -> Effect | None:
    """The effect of the first change that has one."""
    last: Effect | None = None
    tried = 0
    for changed in _changes(field, base, _place(base, field.route)):
        if tried == _TRIES:
            break
        try:
            other = _world(changed, world.library)
        except RejectedError:
            continue
        types = _differing(world, other)
        parameters = world.parameters != other.parameters
        changes_manifest = not types and not parameters and world.manifest != other.manifest
        last = Effect(tuple(sorted(types)), 10 * len(types) >= 7 * len(everything), parameters, changes_manifest)
        tried += 1
        if types or parameters:
            break
    return last


def _world(value: Any, library: partials.Partials) -> Deployed:
    """A spec up to its links; raises `RejectedError`."""
    document = Document("spec", "", value, {})
    report, topology, computation = plan_document(document)
    linked = report.require(link.link(topology.spec.name, topology.all_stacks, planning.declare(topology)))
    return Deployed(topology, computation, linked, library)


def _differing(one: Deployed, other: Deployed) -> frozenset[str]:
    """Types of the resources that only one of two worlds has, or that differ."""
    types: set[str] = set()
    for key in one.blocks.keys() | other.blocks.keys():
        left, right = one.blocks.get(key), other.blocks.get(key)
        if left and right and one.policy == other.policy and _same(left, right):
            continue
        had, has = one.resources(key), other.resources(key)
        for name in had.keys() | has.keys():
            if had.get(name) != has.get(name):
                types |= {body["Type"] for body in (had.get(name), has.get(name)) if body}
    return frozenset(types)


def _same(left: link.LinkedBlock, right: link.LinkedBlock) -> bool:
    return (left.view, left.condition, left.depends_on) == (right.view, right.condition, right.depends_on)


def _place(base: Any, route: str) -> Steps:
    """The first place in `base` that has a field; raises KeyError where no place does."""

    def search(value: Any, parts: tuple[str, ...], steps: Steps) -> Steps | None:
        if not parts:
            return steps
        name = parts[0].removesuffix("[]")
        if not isinstance(value, dict) or name not in value:
            return None
        if not parts[0].endswith("[]"):
            return search(value[name], parts[1:], (*steps, name))
        tried = (search(item, parts[1:], (*steps, name, n)) for n, item in enumerate(value[name]))
        return next((found for found in tried if found is not None), None)

    found = search(base, tuple(route.split(".")), ())
    if found is None:
        raise KeyError(route)
    return found


def _changes(field: Field, base: Any, steps: Steps) -> Iterator[Any]:
    """Copies of `base` with one field changed, the most telling first: left out, then other values."""
    if not field.required:
        yield _with(base, steps, ...)
    value = _at(base, steps)
    for other in (*_others(field, value), *_fellows(base, value)):
        if other != value:
            yield _with(base, steps, other)
    if field.name == "name" and isinstance(value, str):
        yield _renamed(base, value, f"{value}-too")
    if field.route == "regions[].role":
        # Roles change in pairs: the secondary becomes the primary.
        swapped = copy.deepcopy(base)
        swapped["regions"][0]["role"], swapped["regions"][1]["role"] = "secondary", "primary"
        yield swapped


def _others(field: Field, value: Any) -> Iterator[Any]:
    node = field.node
    yield from (choice for choice in node.get("enum", ()) if choice is not None)
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value * 20, value * 2, value + 1, value - 1)
    elif node.get("pattern") and isinstance(value, str) and "a number followed by" in node["description"]:
        number = int(str(_DIGITS.match(value)[0]))  # type: ignore[index]
        yield from (value.replace(str(number), str(other), 1) for other in (number * 20, number * 2, number + 1))
    elif isinstance(value, str):
        yield from (example for example in node.get("examples", ()) if isinstance(example, str))
        yield from (f"{value}x", f"{value}/..", f"x{value}")
    elif isinstance(value, list):
        yield value[:-1]


def _fellows(base: Any, value: Any) -> Iterator[str]:
    """Names of the other entries of a list in which one is called `value`: what a reference may name instead."""
    for entries in base.values():
        listed = entries if isinstance(entries, list) else ()
        names = [str(item["name"]) for item in listed if isinstance(item, dict) and "name" in item]
        if value in names:
            yield from (name for name in names if name != value)


def _at(value: Any, steps: Steps) -> Any:
    for step in steps:
        value = value[step]
    return value


def _with(base: Any, steps: Steps, value: Any) -> Any:
    changed = copy.deepcopy(base)
    parent = _at(changed, steps[:-1])
    if value is ...:
        del parent[steps[-1]]
    else:
        parent[steps[-1]] = value
    return changed


def _renamed(value: Any, old: str, new: str) -> Any:
    """`value` with an entry's name changed wherever it stands, so that references go on holding."""
    if isinstance(value, dict):
        return {key: _renamed(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, old, new) for item in value]
    return new if value == old else value


def uses_all(base: Any) -> tuple[str, ...]:
    """Routes of the fields that `base` does not use anywhere."""
    missing = []
    for field in (field for field in fields(schema.schema()) if field.route not in OF_FILE):
        try:
            _place(base, field.route)
        except KeyError:
            missing.append(field.route)
    return tuple(missing)
