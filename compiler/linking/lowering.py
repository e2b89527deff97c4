"""Values as CloudFormation writes them: references, texts and choices as intrinsics, gates as conditions."""

from __future__ import annotations

import re
from hashlib import sha256

from compiler.ir.elements import AnyGate, Gate, If, Json, Later, OptionalRef, Param, Ref, StackId, Text
from compiler.ir.elements import join as join_text
from compiler.ir.names import ENVIRONMENT, SUFFIX
from compiler.linking.references import Gating

ALWAYS = "Always"
"""Name of the condition of a gate that is always open: what stands behind it needs no `Fn::If`."""

_PLAIN = frozenset((str, int, float, bool, type(None)))
_LOOKS_LIKE_REFERENCE = re.compile(r"\$\{[^}]*\}")
_REFERRING = frozenset((Ref, Later, OptionalRef, Param, Text, If, Gate, AnyGate))
_MAX_NAMED = 2
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
_MAX_PARTS = 10


def export_name(system: str, stack: StackId, output: str) -> Text:
    """Name under which an output is exported; unique in account and region by environment and suffix."""
    return join_text(f"{system}-", ENVIRONMENT, "-", SUFFIX, f"-{stack.label}-{output}")


def parameter_name(ref: Ref) -> str:
    """Name of the parameter that carries `ref` into a stack of another region, or into a later wave of its own."""
    return ref.stack.token + ref.output


class Lowering:
    """Lowers the values of one system to intrinsics; conditions that a value needs are added to those of its stack."""

    def __init__(self, system: str, gating: Gating) -> None:
        self._system = system
        self._gating = gating

    def lower(self, stack: StackId, value: Json, conditions: dict[str, Json] | None = None) -> Json:
        """`value` with every reference as the template of `stack` needs it."""
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is tuple or kind is list:
            return [item if type(item) in _PLAIN else self.lower(stack, item, conditions) for item in value]
        if kind is dict:
            return {
                key: item if type(item) in _PLAIN else self.lower(stack, item, conditions)
                for key, item in value.items()
            }
        if kind is Param:
            return {"Ref": value.name}
        if kind in _REFERRING:
            return self._special(stack, value, conditions)
        return {name: self.lower(stack, getattr(value, name), conditions) for name in kind.__match_args__}

    def _special(self, stack: StackId, value: Json, conditions: dict[str, Json] | None) -> Json:
        """The same for the types of `ir.elements`."""
        match value:
            case Ref():
                return self._reference(stack, value)
            case OptionalRef():
                return self._reference(stack, value.ref)
            case Text():
                return self._text(stack, value, conditions)
            case If():
                gate = self.lower(stack, value.gate, conditions)
                then, other = (self.lower(stack, choice, conditions) for choice in (value.then, value.other))
                return then if gate == ALWAYS else {"Fn::If": [gate, then, other]}
            case AnyGate():
                names = sorted({str(self._special(stack, gate, conditions)) for gate in value.gates})
                return ALWAYS if ALWAYS in names else _disjunction(names, conditions if conditions is not None else {})
        gates = frozenset[Ref]().union(*(self._gating.gates_of(stack, ref) for ref in value.refs))
        names = sorted(f"Has{parameter_name(ref)}" for ref in gates)
        return conjunction(names, conditions if conditions is not None else {}) or ALWAYS

    def _reference(self, stack: StackId, ref: Ref) -> Json:
        if ref.within(stack):
            return {"Ref": ref.resource} if ref.attr is None else {"Fn::GetAtt": [ref.resource, ref.attr]}
        if self._gating.imported(stack, ref):
            name = self.lower(stack, export_name(self._system, ref.stack, ref.output))
            return {"Fn::ImportValue": name}
        return {"Ref": parameter_name(ref)}

    def _text(self, stack: StackId, value: Text, conditions: dict[str, Json] | None) -> Json:
        """One `Fn::Sub`; what is plain text in the spec is escaped and stays plain."""
        if all(type(part) is str for part in value.parts):
            plain = "".join(map(str, value.parts))
            if not _LOOKS_LIKE_REFERENCE.search(plain):
                return plain
            # A validator reports such a text as a reference without its `Fn::Sub`.
            return {"Fn::Sub": [plain.replace("${", "${Dollar}{"), {"Dollar": "$"}]}
        template = ""
        variables: dict[str, Json] = {}
        for part in value.parts:
            # Most parts are texts and parameters.
            if isinstance(part, str):
                # `${!x}` is the documented escape, but a `${` that is never closed has none.
                if "${" in part:
                    variables["Dollar"] = "$"
                template += part.replace("${", "${Dollar}{")
            elif isinstance(part, Param):
                template += f"${{{part.name}}}"
            elif isinstance(part, If):
                name = f"Choice{len(variables) + 1}"
                variables[name] = self.lower(stack, part, conditions)
                template += f"${{{name}}}"
            else:
                ref = part.ref if isinstance(part, OptionalRef) else part
                written = self._reference(stack, ref)
                if "Ref" in written:
                    template += f"${{{written['Ref']}}}"
                elif "Fn::GetAtt" in written:
                    template += f"${{{'.'.join(written['Fn::GetAtt'])}}}"
                else:
                    variables[ref.output] = written
                    template += f"${{{ref.output}}}"
        return {"Fn::Sub": [template, variables] if variables else template}


def conjunction(names: list[str], conditions: dict[str, Json]) -> str | None:
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
