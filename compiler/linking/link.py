"""References to values: same stack, same region, other region; and the waves in which stacks are deployed.

- same stack: `Ref` or `Fn::GetAtt`;
- same region: an exported output and `Fn::ImportValue`, where the producer ranks before the consumer and its
  resource is there from the first wave on (two stacks that import from each other could never be deleted);
- else, and for a `Later` of the stack itself: an output, a parameter (default "") that the manifest says how to fill,
  and a gate: the condition `Has<Parameter>`. A block that needs the value gets the condition, and so does everything
  that refers to it.

Reports DR502, DR601 and DR602.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir.elements import (
    Block,
    Condition,
    Element,
    Json,
    Output,
    Parameter,
    Ref,
    StackId,
)
from compiler.linking.given import stated
from compiler.linking.lowering import Lowering, conjunction, export_name, parameter_name
from compiler.linking.references import Gating, References, all_in, required_in
from compiler.linking.waves import Interface, Source, Wave, Wire, waves
from compiler.support.frozen import frozen


@frozen
class LinkedBlock:
    """A block whose view holds JSON values only, with its condition and what it waits for."""

    block: Block
    condition: str | None
    depends_on: tuple[str, ...]
    gates: tuple[str, ...]

    @property
    def view(self) -> Mapping[str, Any]:
        """The values of the view, by field."""
        values: Mapping[str, Any] = vars(self.block.view)
        return values


@frozen
class LinkedStack:
    """Everything of one stack but its rendered resources; `routes` are the entries behind parameters and outputs."""

    stack: StackId
    blocks: tuple[LinkedBlock, ...]
    parameters: Mapping[str, Json]
    conditions: Mapping[str, Json]
    outputs: Mapping[str, Json]
    wires: tuple[Wire, ...]
    imports: tuple[Source, ...]
    routes: Mapping[str, Route]


@frozen
class Linked:
    """All stacks with their wiring, and the order that follows from it."""

    stacks: tuple[LinkedStack, ...]
    waves: tuple[Wave, ...]


class Linker:
    """Holds the tables of one link run; `run` is the stage."""

    def __init__(self, system: str, stacks: tuple[StackId, ...], elements: Iterable[Element]) -> None:
        self.system = system
        self.blocks: dict[StackId, list[Block]] = {stack: [] for stack in stacks}
        self.outputs: dict[StackId, list[Output]] = {stack: [] for stack in stacks}
        self.parameters: dict[StackId, list[Parameter]] = {stack: [] for stack in stacks}
        self.conditions: dict[StackId, list[Condition]] = {stack: [] for stack in stacks}
        items = stated(elements)
        for item in items:
            if isinstance(item, Block):
                self.blocks[item.stack].append(item)
            elif isinstance(item, Output):
                self.outputs[item.stack].append(item)
            elif isinstance(item, Parameter):
                self.parameters[item.stack].append(item)
            elif isinstance(item, Condition):
                self.conditions[item.stack].append(item)
        self.references = References(items)

    def run(self) -> tuple[Linked | None, tuple[Finding, ...]]:
        """The linked stacks, or None and what stands in the way."""
        findings = self.references.check()
        if findings:
            return None, findings
        self.gating = Gating(self.blocks, self.references.home, self.references.required)
        self.lowering = Lowering(self.system, self.gating)
        linked = tuple(self._stack(stack) for stack in self.blocks)
        order, stuck = waves(self._interfaces(linked))
        if stuck:
            return None, (self._cycle(stuck),)
        return Linked(linked, order), ()

    # One stack

    def _stack(self, stack: StackId) -> LinkedStack:
        own = self.blocks[stack]
        wired: dict[str, Ref] = {}
        imports: dict[Source, None] = {}
        conditions: dict[str, Json] = {
            item.name: self.lowering.lower(stack, item.body) for item in self.conditions[stack]
        }
        for ref in (ref for block in own for ref in self.references.all[block.key]):
            self._note_foreign(stack, ref, wired, imports)
        linked = tuple(self._block(stack, block, conditions) for block in own)
        outputs, routes = self._outputs(stack, conditions, wired, imports)
        parameters = {item.name: self.lowering.lower(stack, item.body) for item in self.parameters[stack]}
        sources = {name: Source(wired[name].stack, wired[name].output) for name in sorted(wired)}
        for name, source in sources.items():
            parameters[name] = {
                "Type": "String",
                "Default": "",
                "Description": f"{source.output} of the stack {source.stack.name}; empty until it has this output.",
            }
            conditions[f"Has{name}"] = {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]}
        return LinkedStack(
            stack=stack,
            blocks=linked,
            parameters=parameters,
            conditions={name: conditions[name] for name in sorted(conditions)},
            outputs=outputs,
            wires=tuple(Wire(name, source) for name, source in sources.items()),
            imports=tuple(imports),
            routes={
                **{name: self.references.home[ref.stack, ref.resource].at for name, ref in wired.items()},
                **{item.name: item.at for item in self.parameters[stack]},
                **routes,
            },
        )

    def _note_foreign(self, stack: StackId, ref: Ref, wired: dict[str, Ref], imports: dict[Source, None]) -> None:
        if ref.within(stack):
            return
        if self.gating.imported(stack, ref):
            imports[Source(ref.stack, ref.output)] = None
        else:
            wired[parameter_name(ref)] = ref

    def _block(self, stack: StackId, block: Block, conditions: dict[str, Json]) -> LinkedBlock:
        kind = type(block.view)
        view = [self.lowering.lower(stack, getattr(block.view, name), conditions) for name in kind.__match_args__]
        gates = tuple(sorted(parameter_name(ref) for ref in self.gating.gates[block.key]))
        names = [*sorted(self.gating.conditions[block.key]), *(f"Has{name}" for name in gates)]
        depends = sorted({ref.resource for ref in block.after if ref.within(stack)})
        # The elements go once all are linked: nothing holds what stood in place of the values.
        lowered = replace(block, view=kind(*view))
        return LinkedBlock(lowered, conjunction(names, conditions), tuple(depends), gates)

    def _outputs(
        self, stack: StackId, conditions: dict[str, Json], wired: dict[str, Ref], imports: dict[Source, None]
    ) -> tuple[dict[str, Json], dict[str, Route]]:
        declared = {item.name: item for item in self.outputs[stack]}
        for ref in self.references.used_elsewhere(stack):
            if ref.output not in declared:
                producer = self.references.home[ref.stack, ref.resource]
                description = f"{ref.attr or 'Id'} of {ref.resource}, for other stacks of this topology."
                declared[ref.output] = Output(stack, ref.output, ref, description, producer.at)
        bodies: dict[str, Json] = {}
        routes: dict[str, Route] = {}
        for name in sorted(declared):
            item = declared[name]
            for ref in all_in(item.value):
                self._note_foreign(stack, ref, wired, imports)
            needed = required_in(item.value)
            gates = frozenset[Ref]().union(*(self.gating.gates_of(stack, ref) for ref in needed))
            names = [f"Has{parameter_name(ref)}" for ref in gates]
            names += frozenset[str]().union(*(self.gating.conditions_of(stack, ref) for ref in needed))
            condition = conjunction(sorted(set(names)), conditions)
            body: dict[str, Json] = {"Description": item.description}
            if condition:
                body["Condition"] = condition
            body["Value"] = self.lowering.lower(stack, item.value, conditions)
            body["Export"] = {"Name": self.lowering.lower(stack, export_name(self.system, stack, name))}
            bodies[name] = body
            routes[name] = item.at
        return bodies, routes

    # Order

    def _interfaces(self, linked: tuple[LinkedStack, ...]) -> tuple[Interface, ...]:
        """What each stack takes from others, and what it must have before it can give something."""
        found = []
        for item in linked:
            gives: dict[str, frozenset[str]] = {}
            declared = {output.name: output for output in self.outputs[item.stack]}
            for ref in self.references.used_elsewhere(item.stack):
                needed = required_in(declared[ref.output].value) if ref.output in declared else [ref]
                gates = frozenset[Ref]().union(*(self.gating.gates_of(item.stack, each) for each in needed))
                gives[ref.output] = frozenset(parameter_name(gate) for gate in gates)
            takes = {wire.parameter: wire.source for wire in item.wires}
            found.append(Interface(item.stack, takes, frozenset(item.imports), gives))
        return tuple(found)

    def _cycle(self, stuck: tuple[tuple[StackId, str], ...]) -> Finding:
        path = " -> ".join(f"{stack.name} needs {what}" for stack, what in stuck)
        stack, what = stuck[0]
        waits = (b for b in self.blocks[stack] if what in {parameter_name(ref) for ref in self.gating.gates[b.key]})
        block = next(waits, self.references.blocks[0])
        message = f"the stacks wait for each other, so that none of them can be completed: {path}"
        return Finding(Code.DR601, message, block.at)


def link(
    system: str, stacks: tuple[StackId, ...], elements: Iterable[Element]
) -> tuple[Linked | None, tuple[Finding, ...]]:
    """The stage: elements to linked stacks and waves."""
    return Linker(system, stacks, elements).run()
