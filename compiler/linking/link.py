"""References to values: same stack, same region, other region; and the waves in which stacks are deployed.

- same stack: `Ref` or `Fn::GetAtt`;
- same region: an exported output and `Fn::ImportValue`, where the producer ranks before the consumer and its
  resource is there from the first wave on (two stacks that import from each other could never be deleted);
- else: an output, a parameter (default "") that the manifest says how to fill, and a gate: the condition
  `Has<Parameter>`. A piece that needs the value gets the condition, and so does, in turn, whatever refers to it.

Reports DR502, DR601 and DR602.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import (
    Block,
    Condition,
    Gate,
    Json,
    OptionalRef,
    Output,
    Parameter,
    Ref,
    StackId,
    references_in,
)
from compiler.linking.gates import Gating
from compiler.linking.lowering import Speller, conjunction, export_name, parameter_name
from compiler.linking.waves import Interface, Source, Wave, Wire, waves
from compiler.support.frozen import frozen


@frozen
class LinkedBlock:
    """A piece whose view holds JSON values only."""

    block: Block
    view: Mapping[str, Any]
    condition: str | None
    depends_on: tuple[str, ...]
    gates: tuple[str, ...]


@frozen
class LinkedStack:
    """Everything of one stack but its rendered resources."""

    stack: StackId
    blocks: tuple[LinkedBlock, ...]
    parameters: Mapping[str, Json]
    conditions: Mapping[str, Json]
    outputs: Mapping[str, Json]
    wires: tuple[Wire, ...]
    imports: tuple[Source, ...]
    routes: Mapping[str, tuple[str | int, ...]]


@frozen
class Linked:
    """All stacks with their wiring, and the order that follows from it."""

    stacks: tuple[LinkedStack, ...]
    waves: tuple[Wave, ...]


class Linker:
    """Holds the tables of one link run; `run` is the stage."""

    def __init__(self, system: str, stacks: tuple[StackId, ...], placed: Iterable[Any]) -> None:
        items = tuple(placed)
        self.system = system
        self.stacks = stacks
        self.blocks = tuple(item for item in items if isinstance(item, Block))
        self.outputs = tuple(item for item in items if isinstance(item, Output))
        self.given = tuple(item for item in items if isinstance(item, Parameter))
        self.conditions = tuple(item for item in items if isinstance(item, Condition))
        self.home = {(block.stack, name): block for block in self.blocks for name in block.provides}
        self.findings: list[Finding] = []
        # A view is walked once; who refers to whom is asked many times.
        walked = {block.key: tuple(references_in(block.view)) for block in self.blocks}
        self.refs = {block.key: (*_refs(walked[block.key]), *block.after) for block in self.blocks}
        self.required = {block.key: (*_required(walked[block.key]), *block.after) for block in self.blocks}
        self.wanted: dict[StackId, set[Ref]] = {stack: set() for stack in stacks}
        consumers = [(block.stack, self.refs[block.key]) for block in self.blocks]
        consumers += [(output.stack, tuple(_refs(output.value))) for output in self.outputs]
        for consumer, refs in consumers:
            for ref in refs:
                if ref.stack != consumer:
                    self.wanted.setdefault(ref.stack, set()).add(ref)

    def run(self) -> tuple[Linked | None, tuple[Finding, ...]]:
        """The linked stacks, or None and what stands in the way."""
        self._check_ids()
        self._check_targets()
        if self.findings:
            return None, tuple(self.findings)
        self.gating = Gating(self.stacks, self.blocks, self.home, self.required)
        self.speller = Speller(self.system, self.gating)
        linked = tuple(self._stack(stack) for stack in self.stacks)
        order, stuck = waves(self._interfaces(linked))
        if stuck:
            return None, tuple(self._cycle(stuck))
        return Linked(linked, order), ()

    def _check_ids(self) -> None:
        """Ids hold no signs, so that entries whose names differ in signs only would be one resource."""
        first: dict[tuple[StackId, str], Block] = {}
        told: set[tuple[object, object]] = set()
        for block in self.blocks:
            for name in block.provides:
                other = first.setdefault((block.stack, name), block)
                if other is block or (other.at, block.at) in told:
                    continue
                told.add((other.at, block.at))
                message = f"two entries would be one resource, `{name}` of {block.stack.name}"
                related = ((other.at, "the other entry"),)
                help_text = "rename one of them: hyphens do not count in an id"
                self.findings.append(Finding(Code.DR502, message, block.at, help=help_text, related=related))

    def _check_targets(self) -> None:
        for block in self.blocks:
            for ref in self.refs[block.key]:
                if (ref.stack, ref.resource) not in self.home:
                    self._dangling(ref, block.at, f"`{block.id}`")
        for output in self.outputs:
            for ref in _refs(output.value):
                if (ref.stack, ref.resource) not in self.home:
                    self._dangling(ref, output.at, f"the output `{output.name}`")

    def _dangling(self, ref: Ref, at: tuple[str | int, ...], who: str) -> None:
        message = f"{who} refers to `{ref.resource}`, which the stack {ref.stack.name} does not define"
        self.findings.append(Finding(Code.DR602, message, at))

    # One stack

    def _stack(self, stack: StackId) -> LinkedStack:
        own = tuple(block for block in self.blocks if block.stack == stack)
        wired: dict[str, Source] = {}
        imports: dict[Source, None] = {}
        conditions: dict[str, Json] = {
            item.name: self.speller.write(stack, item.body) for item in self.conditions if item.stack == stack
        }
        for ref in (ref for block in own for ref in self.refs[block.key]):
            self._note_foreign(stack, ref, wired, imports)
        linked = tuple(self._piece(stack, block, conditions) for block in own)
        outputs, routes = self._outputs(stack, conditions, wired, imports)
        parameters = {item.name: self.speller.write(stack, item.body) for item in self.given if item.stack == stack}
        for name in sorted(wired):
            source = wired[name]
            parameters[name] = {
                "Type": "String",
                "Default": "",
                "Description": f"{source.output} of the stack {source.stack.name}; empty until that stack has it.",
            }
            conditions[f"Has{name}"] = {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]}
        return LinkedStack(
            stack=stack,
            blocks=linked,
            parameters=parameters,
            conditions={name: conditions[name] for name in sorted(conditions)},
            outputs=outputs,
            wires=tuple(Wire(name, wired[name]) for name in sorted(wired)),
            imports=tuple(imports),
            routes=routes,
        )

    def _note_foreign(self, stack: StackId, ref: Ref, wired: dict[str, Source], imports: dict[Source, None]) -> None:
        if ref.stack == stack:
            return
        if self.gating.imported(stack, ref):
            imports[Source(ref.stack, ref.output)] = None
        else:
            wired[parameter_name(ref)] = Source(ref.stack, ref.output)

    def _piece(self, stack: StackId, block: Block, conditions: dict[str, Json]) -> LinkedBlock:
        view = {
            member.name: self.speller.write(stack, getattr(block.view, member.name), conditions)
            for member in fields(block.view)
        }
        gates = tuple(sorted(parameter_name(ref) for ref in self.gating.gates[block.key]))
        names = [*sorted(self.gating.toggles[block.key]), *(f"Has{name}" for name in gates)]
        depends = sorted({ref.resource for ref in block.after if ref.stack == stack})
        return LinkedBlock(block, view, conjunction(names, conditions), tuple(depends), gates)

    def _outputs(
        self, stack: StackId, conditions: dict[str, Json], wired: dict[str, Source], imports: dict[Source, None]
    ) -> tuple[dict[str, Json], dict[str, tuple[str | int, ...]]]:
        declared = {item.name: item for item in self.outputs if item.stack == stack}
        for ref in self._wanted_elsewhere(stack):
            if ref.output not in declared:
                producer = self.home[ref.stack, ref.resource]
                says = f"{ref.attr or 'Id'} of {ref.resource}, for other stacks of this topology."
                declared[ref.output] = Output(stack, ref.output, ref, says, producer.at)
        bodies: dict[str, Json] = {}
        routes: dict[str, tuple[str | int, ...]] = {}
        for name in sorted(declared):
            item = declared[name]
            for ref in _refs(item.value):
                self._note_foreign(stack, ref, wired, imports)
            needed = _required(item.value)
            gates = frozenset[Ref]().union(*(self.gating.waits_for(stack, ref) for ref in needed))
            names = [f"Has{parameter_name(ref)}" for ref in gates]
            names += frozenset[str]().union(*(self.gating.stands_under(stack, ref) for ref in needed))
            condition = conjunction(sorted(set(names)), conditions)
            body: dict[str, Json] = {"Description": item.description}
            if condition:
                body["Condition"] = condition
            body["Value"] = self.speller.write(stack, item.value, conditions)
            body["Export"] = {"Name": self.speller.write(stack, export_name(self.system, stack, name))}
            bodies[name] = body
            routes[name] = item.at
        return bodies, routes

    def _wanted_elsewhere(self, stack: StackId) -> list[Ref]:
        """Values of this stack that others use, sorted by output name."""
        return sorted(self.wanted[stack], key=lambda ref: ref.output)

    # Order

    def _interfaces(self, linked: tuple[LinkedStack, ...]) -> tuple[Interface, ...]:
        """What each stack takes from others, and what it must have before it can give something."""
        found = []
        for item in linked:
            gives: dict[str, frozenset[str]] = {}
            for ref in self._wanted_elsewhere(item.stack):
                gates = self.gating.waits_for(item.stack, ref)
                gives[ref.output] = frozenset(parameter_name(gate) for gate in gates)
            takes = {wire.parameter: wire.source for wire in item.wires}
            found.append(Interface(item.stack, takes, frozenset(item.imports), gives))
        return tuple(found)

    def _cycle(self, stuck: tuple[tuple[StackId, str], ...]) -> list[Finding]:
        path = " -> ".join(f"{stack.name} needs {what}" for stack, what in stuck)
        stack, what = stuck[0]
        block = next(
            (
                p
                for p in self.blocks
                if p.stack == stack and what in {parameter_name(ref) for ref in self.gating.gates[p.key]}
            ),
            self.blocks[0],
        )
        message = f"the stacks wait for each other and would never be complete: {path}"
        return [Finding(Code.DR601, message, block.at)]


def link(system: str, stacks: tuple[StackId, ...], placed: Iterable[Any]) -> tuple[Linked | None, tuple[Finding, ...]]:
    """The stage: placed pieces to linked stacks and waves."""
    return Linker(system, stacks, placed).run()


def _refs(value: Json) -> list[Ref]:
    """Every reference in a value, needed or not."""
    found: list[Ref] = []
    for item in references_in(value):
        if isinstance(item, Gate):
            found += item.refs
        elif isinstance(item, OptionalRef):
            found.append(item.ref)
        elif isinstance(item, Ref):
            found.append(item)
    return found


def _required(value: Json) -> list[Ref]:
    return [item for item in references_in(value) if isinstance(item, Ref)]
