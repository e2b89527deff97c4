"""References to values: same stack, same region, other region; and the waves in which stacks are deployed.

- same stack: `Ref` or `Fn::GetAtt`;
- same region: an exported output and `Fn::ImportValue`, where the producer ranks before the consumer and its
  resource is there from the first wave on (two stacks that import from each other could never be deleted);
- else: an output, a parameter (default "") that the manifest says how to fill, and a gate: the condition
  `Has<Parameter>`. A piece that needs the value gets the condition, and so does, in turn, whatever refers to it.

Reports DR502, DR601 and DR602.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from hashlib import sha256
from typing import Any

from compiler.codes import Code
from compiler.findings import Finding
from compiler.names import ENVIRONMENT, SUFFIX
from compiler.refs import (
    AnyGate,
    Chosen,
    Condition,
    Gate,
    Json,
    Maybe,
    Output,
    Param,
    Parameter,
    Piece,
    Ref,
    StackId,
    Text,
    found_in,
)
from compiler.refs import join as join_text
from compiler.values import frozen
from compiler.waves import Need, Wave, waves

ALWAYS = "Always"
"""Name of the condition of a gate that is always open; `merge` takes the `Fn::If` around it away."""

_PLAIN = frozenset((str, int, float, bool, type(None)))
_LOOKS_LIKE_REFERENCE = re.compile(r"\$\{[^}]*\}")
_REFERRING = frozenset((Ref, Maybe, Param, Text, Chosen, Gate, AnyGate))
_MAX_NAMED = 2
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
_MAX_PARTS = 10


@frozen
class Wired:
    """A parameter of one stack that is filled from an output of another."""

    stack: StackId
    parameter: str
    source: Ref


@frozen
class LinkedPiece:
    """A piece whose view holds JSON values only."""

    piece: Piece
    view: Mapping[str, Any]
    condition: str | None
    depends_on: tuple[str, ...]
    gates: tuple[str, ...]


@frozen
class LinkedStack:
    """Everything of one stack but its rendered resources."""

    stack: StackId
    pieces: tuple[LinkedPiece, ...]
    parameters: Mapping[str, Json]
    conditions: Mapping[str, Json]
    outputs: Mapping[str, Json]
    wiring: tuple[Wired, ...]
    imports: tuple[Ref, ...]
    routes: Mapping[str, tuple[str | int, ...]]


@frozen
class Linked:
    """All stacks with their wiring, and the order that follows from it."""

    stacks: tuple[LinkedStack, ...]
    waves: tuple[Wave, ...]


def export_name(system: str, stack: StackId, output: str) -> Text:
    """Name under which an output is exported; unique in account and region by environment and suffix."""
    return join_text(f"{system}-", ENVIRONMENT, "-", SUFFIX, f"-{stack.kind}-{output}")


class Linker:
    """Holds the tables of one link run; `run` is the stage."""

    def __init__(self, system: str, stacks: tuple[StackId, ...], placed: Iterable[Any]) -> None:
        items = tuple(placed)
        self.system = system
        self.stacks = stacks
        self.pieces = tuple(item for item in items if isinstance(item, Piece))
        self.outputs = tuple(item for item in items if isinstance(item, Output))
        self.given = tuple(item for item in items if isinstance(item, Parameter))
        self.conditions = tuple(item for item in items if isinstance(item, Condition))
        self.home = {(piece.stack, name): piece for piece in self.pieces for name in piece.provides}
        self.gates: dict[tuple[StackId, str], frozenset[Ref]] = {}
        # Conditions of their own that pieces stand under, and with them whatever refers to them.
        self.toggles: dict[tuple[StackId, str], frozenset[str]] = {}
        self.findings: list[Finding] = []
        # A view is walked once; who refers to whom is asked many times.
        walked = {piece.key: tuple(found_in(piece.view)) for piece in self.pieces}
        self.refs = {piece.key: (*_refs(walked[piece.key]), *piece.after) for piece in self.pieces}
        self.required = {piece.key: (*_required(walked[piece.key]), *piece.after) for piece in self.pieces}
        self.wanted: dict[StackId, set[Ref]] = {stack: set() for stack in stacks}
        consumers = [(piece.stack, self.refs[piece.key]) for piece in self.pieces]
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
        self._spread_gates()
        linked = tuple(self._stack(stack) for stack in self.stacks)
        order, stuck = waves(self._needs(linked))
        if stuck:
            return None, tuple(self._cycle(stuck))
        return Linked(linked, order), ()

    def _check_ids(self) -> None:
        """Ids hold no signs, so that entries whose names differ in signs only would be one resource."""
        first: dict[tuple[StackId, str], Piece] = {}
        told: set[tuple[object, object]] = set()
        for piece in self.pieces:
            for name in piece.provides:
                other = first.setdefault((piece.stack, name), piece)
                if other is piece or (other.at, piece.at) in told:
                    continue
                told.add((other.at, piece.at))
                message = f"two entries would be one resource, `{name}` of {piece.stack.name}"
                related = ((other.at, "the other entry"),)
                help_text = "rename one of them: hyphens do not count in an id"
                self.findings.append(Finding(Code.DR502, message, piece.at, help=help_text, related=related))

    def _check_targets(self) -> None:
        for piece in self.pieces:
            for ref in self.refs[piece.key]:
                if (ref.stack, ref.resource) not in self.home:
                    self._dangling(ref, piece.at, f"`{piece.id}`")
        for output in self.outputs:
            for ref in _refs(output.value):
                if (ref.stack, ref.resource) not in self.home:
                    self._dangling(ref, output.at, f"the output `{output.name}`")

    def _dangling(self, ref: Ref, at: tuple[str | int, ...], who: str) -> None:
        message = f"{who} refers to `{ref.resource}`, which the stack {ref.stack.name} does not define"
        self.findings.append(Finding(Code.DR602, message, at))

    # Which way a value travels

    def _imported(self, consumer: StackId, ref: Ref) -> bool:
        producer = self.home[ref.stack, ref.resource]
        same_region = ref.stack.region == consumer.region
        always = not self.gates.get(producer.key) and not self.toggles.get(producer.key)
        return same_region and ref.stack.rank < consumer.rank and always

    def _waits_for(self, consumer: StackId, ref: Ref) -> frozenset[Ref]:
        """The foreign values without which `ref` cannot be had in `consumer`."""
        if ref.stack == consumer:
            return self.gates.get(self.home[ref.stack, ref.resource].key, frozenset())
        return frozenset() if self._imported(consumer, ref) else frozenset((ref,))

    def _stands_under(self, consumer: StackId, ref: Ref) -> frozenset[str]:
        """The conditions of its own that a resource of the same stack stands under."""
        own = ref.stack == consumer
        return self.toggles[self.home[ref.stack, ref.resource].key] if own else frozenset()

    def _spread_gates(self) -> None:
        """Gates of every piece, to a fixed point: stacks by rank, since imports ask about lower ranks only."""
        for stack in self.stacks:
            own = tuple(piece for piece in self.pieces if piece.stack == stack)
            self.gates.update((piece.key, frozenset()) for piece in own)
            self.toggles.update((piece.key, frozenset([piece.condition] if piece.condition else [])) for piece in own)
            changed = True
            while changed:
                changed = False
                for piece in own:
                    needed = self.required[piece.key]
                    gates = frozenset[Ref]().union(*(self._waits_for(stack, ref) for ref in needed))
                    toggles = self.toggles[piece.key].union(*(self._stands_under(stack, ref) for ref in needed))
                    if gates != self.gates[piece.key] or toggles != self.toggles[piece.key]:
                        self.gates[piece.key] = gates
                        self.toggles[piece.key] = toggles
                        changed = True

    # One stack

    def _stack(self, stack: StackId) -> LinkedStack:
        own = tuple(piece for piece in self.pieces if piece.stack == stack)
        wired: dict[str, Wired] = {}
        imports: dict[Ref, None] = {}
        conditions: dict[str, Json] = {
            item.name: self._resolve(stack, item.body) for item in self.conditions if item.stack == stack
        }
        for ref in (ref for piece in own for ref in self.refs[piece.key]):
            self._note_foreign(stack, ref, wired, imports)
        linked = tuple(self._piece(stack, piece, conditions) for piece in own)
        outputs, routes = self._outputs(stack, conditions, wired, imports)
        parameters = {item.name: item.body for item in self.given if item.stack == stack}
        for name in sorted(wired):
            source = wired[name].source
            parameters[name] = {
                "Type": "String",
                "Default": "",
                "Description": f"{source.output} of the stack {source.stack.name}; empty until that stack has it.",
            }
            conditions[f"Has{name}"] = {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]}
        return LinkedStack(
            stack=stack,
            pieces=linked,
            parameters=parameters,
            conditions={name: conditions[name] for name in sorted(conditions)},
            outputs=outputs,
            wiring=tuple(wired[name] for name in sorted(wired)),
            imports=tuple(imports),
            routes=routes,
        )

    def _note_foreign(self, stack: StackId, ref: Ref, wired: dict[str, Wired], imports: dict[Ref, None]) -> None:
        if ref.stack == stack:
            return
        if self._imported(stack, ref):
            imports[ref] = None
        else:
            name = parameter_name(ref)
            wired[name] = Wired(stack, name, ref)

    def _piece(self, stack: StackId, piece: Piece, conditions: dict[str, Json]) -> LinkedPiece:
        view = {
            member.name: self._resolve(stack, getattr(piece.view, member.name), conditions)
            for member in fields(piece.view)
        }
        gates = tuple(sorted(parameter_name(ref) for ref in self.gates[piece.key]))
        names = [*sorted(self.toggles[piece.key]), *(f"Has{name}" for name in gates)]
        depends = sorted({ref.resource for ref in piece.after if ref.stack == stack})
        return LinkedPiece(piece, view, _conjunction(names, conditions), tuple(depends), gates)

    def _outputs(
        self, stack: StackId, conditions: dict[str, Json], wired: dict[str, Wired], imports: dict[Ref, None]
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
            gates = frozenset[Ref]().union(*(self._waits_for(stack, ref) for ref in needed))
            names = [f"Has{parameter_name(ref)}" for ref in gates]
            names += frozenset[str]().union(*(self._stands_under(stack, ref) for ref in needed))
            condition = _conjunction(sorted(set(names)), conditions)
            body: dict[str, Json] = {"Description": item.description}
            if condition:
                body["Condition"] = condition
            body["Value"] = self._resolve(stack, item.value, conditions)
            body["Export"] = {"Name": self._resolve(stack, export_name(self.system, stack, name))}
            bodies[name] = body
            routes[name] = item.at
        return bodies, routes

    def _wanted_elsewhere(self, stack: StackId) -> list[Ref]:
        """Values of this stack that others use, sorted by output name."""
        return sorted(self.wanted[stack], key=lambda ref: ref.output)

    # Values

    def _resolve(self, stack: StackId, value: Json, conditions: dict[str, Json] | None = None) -> Json:
        """`value` with every reference written as the consumer's template needs it."""
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is tuple or kind is list:
            return [self._resolve(stack, item, conditions) for item in value]
        if kind is dict:
            return {key: self._resolve(stack, item, conditions) for key, item in value.items()}
        if isinstance(value, Mapping):
            return {key: self._resolve(stack, item, conditions) for key, item in value.items()}
        if kind in _REFERRING:
            return self._referred(stack, value, conditions)
        return {f.name: self._resolve(stack, getattr(value, f.name), conditions) for f in fields(value)}

    def _referred(self, stack: StackId, value: Json, conditions: dict[str, Json] | None) -> Json:
        """The same for the values that stand for something."""
        match value:
            case Ref():
                return self._written(stack, value)
            case Maybe():
                return self._written(stack, value.ref)
            case Param():
                return {"Ref": value.name}
            case Text():
                return self._text(stack, value, conditions)
            case Chosen():
                gate = self._resolve(stack, value.gate, conditions)
                choices = (self._resolve(stack, choice, conditions) for choice in (value.then, value.other))
                return {"Fn::If": [gate, *choices]}
            case AnyGate():
                names = sorted({str(self._referred(stack, gate, conditions)) for gate in value.gates})
                return ALWAYS if ALWAYS in names else _disjunction(names, conditions if conditions is not None else {})
        gates = frozenset[Ref]().union(*(self._waits_for(stack, ref) for ref in value.refs))
        names = sorted(f"Has{parameter_name(ref)}" for ref in gates)
        return _conjunction(names, conditions if conditions is not None else {}) or ALWAYS

    def _written(self, stack: StackId, ref: Ref) -> Json:
        if ref.stack == stack:
            return {"Ref": ref.resource} if ref.attr is None else {"Fn::GetAtt": [ref.resource, ref.attr]}
        if self._imported(stack, ref):
            name = self._resolve(stack, export_name(self.system, ref.stack, ref.output))
            return {"Fn::ImportValue": name}
        return {"Ref": parameter_name(ref)}

    def _text(self, stack: StackId, value: Text, conditions: dict[str, Json] | None) -> Json:
        """One `Fn::Sub`; what stood as plain text in the spec is escaped and stays plain."""
        if all(isinstance(part, str) for part in value.parts):
            plain = "".join(str(part) for part in value.parts)
            if not _LOOKS_LIKE_REFERENCE.search(plain):
                return plain
            # A validator takes such a text for a reference that somebody forgot to wrap.
            return {"Fn::Sub": [plain.replace("${", "${Dollar}{"), {"Dollar": "$"}]}
        template = ""
        variables: dict[str, Json] = {}
        for part in value.parts:
            match part:
                case str():
                    # `${!x}` is the documented escape, but a `${` that is never closed has none.
                    if "${" in part:
                        variables["Dollar"] = "$"
                    template += part.replace("${", "${Dollar}{")
                case Param():
                    template += f"${{{part.name}}}"
                case Chosen():
                    name = f"Choice{len(variables) + 1}"
                    variables[name] = self._resolve(stack, part, conditions)
                    template += f"${{{name}}}"
                case Maybe() | Ref():
                    ref = part.ref if isinstance(part, Maybe) else part
                    written = self._written(stack, ref)
                    if "Ref" in written:
                        template += f"${{{written['Ref']}}}"
                    elif "Fn::GetAtt" in written:
                        template += f"${{{'.'.join(written['Fn::GetAtt'])}}}"
                    else:
                        variables[ref.output] = written
                        template += f"${{{ref.output}}}"
        return {"Fn::Sub": [template, variables] if variables else template}

    # Order

    def _needs(self, linked: tuple[LinkedStack, ...]) -> tuple[Need, ...]:
        """What each stack takes from others, and what it must have before it can give something."""
        found = []
        for item in linked:
            gives: dict[str, frozenset[str]] = {}
            for ref in self._wanted_elsewhere(item.stack):
                gates = self._waits_for(item.stack, ref)
                gives[ref.output] = frozenset(parameter_name(gate) for gate in gates)
            takes = {wired.parameter: (wired.source.stack, wired.source.output) for wired in item.wiring}
            imports = frozenset((ref.stack, ref.output) for ref in item.imports)
            found.append(Need(item.stack, takes, imports, gives))
        return tuple(found)

    def _cycle(self, stuck: tuple[tuple[StackId, str], ...]) -> list[Finding]:
        path = " -> ".join(f"{stack.name} needs {what}" for stack, what in stuck)
        stack, what = stuck[0]
        piece = next(
            (p for p in self.pieces if p.stack == stack and what in {parameter_name(ref) for ref in self.gates[p.key]}),
            self.pieces[0],
        )
        message = f"the stacks wait for each other and would never be complete: {path}"
        return [Finding(Code.DR601, message, piece.at)]


def link(system: str, stacks: tuple[StackId, ...], placed: Iterable[Any]) -> tuple[Linked | None, tuple[Finding, ...]]:
    """The stage: placed pieces to linked stacks and waves."""
    return Linker(system, stacks, placed).run()


def parameter_name(ref: Ref) -> str:
    """Name of the parameter that carries `ref` into a stack of another region."""
    return ref.stack.token + ref.output


def _refs(value: Json) -> list[Ref]:
    """Every reference in a value, needed or not."""
    found: list[Ref] = []
    for item in found_in(value):
        if isinstance(item, Gate):
            found += item.refs
        elif isinstance(item, Maybe):
            found.append(item.ref)
        elif isinstance(item, Ref):
            found.append(item)
    return found


def _required(value: Json) -> list[Ref]:
    return [item for item in found_in(value) if isinstance(item, Ref)]


def _conjunction(names: list[str], conditions: dict[str, Json]) -> str | None:
    """Name of a condition that holds when all of `names` do; added to `conditions` where it is a new one."""
    if len(names) <= 1:
        return names[0] if names else None
    return _joined("Fn::And", "All", sorted(names), conditions)


def _disjunction(names: list[str], conditions: dict[str, Json]) -> str:
    """Name of a condition that holds when one of `names` does; added to `conditions` where it is a new one."""
    return names[0] if len(names) == 1 else _joined("Fn::Or", "Any", sorted(names), conditions)


def _joined(function: str, word: str, names: list[str], conditions: dict[str, Json]) -> str:
    if len(names) <= _MAX_NAMED:
        name = function.removeprefix("Fn::").join(names)
    else:
        name = f"{word}{len(names)}Of{sha256(' '.join(names).encode()).hexdigest()[:8]}"
    conditions[name] = _nested(function, [{"Condition": part} for part in names])
    return name


def _nested(function: str, parts: list[Json]) -> Json:
    # Fn::And and Fn::Or take two to ten conditions.
    if len(parts) > _MAX_PARTS:
        return {function: [*parts[: _MAX_PARTS - 1], _nested(function, parts[_MAX_PARTS - 1 :])]}
    return {function: parts}
