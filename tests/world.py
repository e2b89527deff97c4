"""One compiled template as a deployed stack: parameters and conditions resolved, references written as plain text.

A value of a resource becomes a text that says whose it is: `<primary.us-east-1/Key.Arn>` is the attribute `Arn`
of the resource `Key` in the stack `primary.us-east-1`, `<primary.us-east-1/Vpc>` what `Ref` of `Vpc` gives.
It stays the same wherever it travels, so that a test can say which key a bucket in another region uses.

`tests/rollout.py` carries the stacks through the waves of a manifest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Any
ACCOUNT = "123456789012"
_ZONES = "abcdef"
_NOTHING = object()
_IN_TEXT = re.compile(r"\$\{(!?)([^}]*)\}")


class AbsentError(Exception):
    """Something refers to a resource, parameter, condition or export that is not there."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource with plain values, as it stands in a deployed stack."""

    stack: str
    id: str
    type: str
    properties: Mapping[str, Json]
    body: Mapping[str, Json]

    @property
    def arn(self) -> str:
        return f"<{self.stack}/{self.id}.Arn>"

    @property
    def ref(self) -> str:
        return f"<{self.stack}/{self.id}>"


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: what is there under the parameters it was given."""

    name: str
    region: str
    parameters: Mapping[str, Json]
    conditions: Mapping[str, bool]
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Json]
    exports: Mapping[str, Json]

    def of(self, kind: str) -> list[Resource]:
        """Resources of one type, the vendor's prefix `AWS::` left out."""
        return [resource for resource in self.resources.values() if resource.type == f"AWS::{kind}"]

    def one(self, kind: str) -> Resource:
        """The only resource of its type."""
        found = self.of(kind)
        assert len(found) == 1, f"{self.name} has {len(found)} of {kind}"
        return found[0]


class _Evaluation:
    """One template under given parameters; where it is not `strict`, what is absent is referred to all the same."""

    def __init__(
        self,
        name: str,
        region: str,
        template: Mapping[str, Json],
        given: Mapping[str, Json],
        exports: Mapping[str, Json],
        *,
        strict: bool,
    ) -> None:
        self.name = name
        self.region = region
        self.template = template
        self.exports = exports
        self.strict = strict
        declared: Mapping[str, Json] = template.get("Parameters", {})
        unknown = set(given) - set(declared)
        if unknown and strict:
            raise AbsentError(f"{name} has no parameters {sorted(unknown)}")
        self.parameters = {key: given.get(key, body.get("Default")) for key, body in declared.items()}
        self.pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::Region": region,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": name,
            "AWS::NoValue": _NOTHING,
        }
        self.conditions: dict[str, bool] = {}
        for condition in template.get("Conditions", {}):
            self.condition(condition)
        self.present = {
            key
            for key, body in template["Resources"].items()
            if "Condition" not in body or self.condition(body["Condition"])
        }

    def condition(self, name: str) -> bool:
        if name not in self.conditions:
            declared = self.template.get("Conditions", {})
            if name not in declared and self.strict:
                raise AbsentError(f"{self.name} has no condition {name}")
            self.conditions[name] = self.holds(declared[name]) if name in declared else True
        return self.conditions[name]

    def holds(self, body: Json) -> bool:
        ((function, argument),) = body.items()
        match function:
            case "Condition":
                return self.condition(argument)
            case "Fn::Equals":
                left, right = (self.resolve(part, "a condition") for part in argument)
                return bool(left == right)
            case "Fn::Not":
                return not self.holds(argument[0])
            case "Fn::And":
                assert 2 <= len(argument) <= 10, "Fn::And takes two to ten conditions"
                return all([self.holds(part) for part in argument])  # noqa: C419 - each is looked at
            case "Fn::Or":
                assert 2 <= len(argument) <= 10, "Fn::Or takes two to ten conditions"
                return any([self.holds(part) for part in argument])  # noqa: C419 - each is looked at
        raise AbsentError(f"{self.name}: {function} is not known in a condition")

    def stack(self) -> Stack:
        resources: dict[str, Resource] = {}
        for key in sorted(self.present):
            body = self.template["Resources"][key]
            depends = body.get("DependsOn", [])
            for other in [depends] if isinstance(depends, str) else depends:
                self.meet(other, key)
            plain = self.resolve(body.get("Properties", {}), key)
            resources[key] = Resource(self.name, key, body["Type"], plain, body)
        outputs: dict[str, Json] = {}
        exports: dict[str, Json] = {}
        for key, body in self.template.get("Outputs", {}).items():
            if "Condition" in body and not self.condition(body["Condition"]):
                continue
            outputs[key] = self.resolve(body["Value"], key)
            if "Export" in body:
                name = self.resolve(body["Export"]["Name"], key)
                if name in exports:
                    raise AbsentError(f"{self.name} exports {name} twice")
                exports[name] = outputs[key]
        return Stack(self.name, self.region, self.parameters, self.conditions, resources, outputs, exports)

    def meet(self, target: str, by: str) -> None:
        if self.strict and target not in self.present:
            raise AbsentError(f"{self.name}: {by} refers to {target}, which is not there")

    def reference(self, target: str, by: str) -> Json:
        if target in self.pseudo:
            return self.pseudo[target]
        if target in self.parameters:
            return self.parameters[target]
        self.meet(target, by)
        return f"<{self.name}/{target}>"

    def attribute(self, target: str, attribute: str, by: str) -> str:
        self.meet(target, by)
        return f"<{self.name}/{target}.{attribute}>"

    def resolve(self, value: Json, by: str) -> Json:
        if isinstance(value, list):
            items = (self.resolve(item, by) for item in value)
            return [item for item in items if item is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            function, argument = next(iter(value.items()))
            if function == "Ref":
                return self.reference(argument, by)
            if function.startswith("Fn::"):
                return self.call(function, argument, by)
        members = {key: self.resolve(item, by) for key, item in value.items()}
        return {key: item for key, item in members.items() if item is not _NOTHING}

    def call(self, function: str, argument: Json, by: str) -> Json:
        match function:
            case "Fn::GetAtt":
                return self.attribute(argument[0], argument[1], by)
            case "Fn::Sub":
                return self.substitute(argument, by)
            case "Fn::If":
                return self.resolve(argument[1] if self.condition(argument[0]) else argument[2], by)
            case "Fn::Join":
                parts = self.resolve(argument[1], by)
                return str(argument[0]).join(parts) if isinstance(parts, list) else parts
            case "Fn::GetAZs":
                return [self.region + letter for letter in _ZONES]
            case "Fn::Select":
                items = self.resolve(argument[1], by)
                return items[int(argument[0])] if isinstance(items, list) else f"{items}[{argument[0]}]"
            case "Fn::Split":
                text = self.resolve(argument[1], by)
                return text if text.startswith("<") else text.split(argument[0])
            case "Fn::ImportValue":
                name = self.resolve(argument, by)
                if self.strict and name not in self.exports:
                    raise AbsentError(f"{self.name}: {by} imports {name}, which nobody exports in {self.region}")
                return self.exports.get(name, f"<{name}>")
        raise AbsentError(f"{self.name}: {by} uses {function}, which is not known here")

    def substitute(self, argument: Json, by: str) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})
        values = {key: self.resolve(item, by) for key, item in variables.items()}

        def value(match: re.Match[str]) -> str:
            if match[1]:
                return "${" + match[2] + "}"
            name = match[2].strip()
            if name in values:
                return str(values[name])
            if "." in name and not name.startswith("AWS::"):
                target, attribute = name.split(".", 1)
                return self.attribute(target, attribute, by)
            return str(self.reference(name, by))

        return _IN_TEXT.sub(value, text)


def evaluate(
    name: str,
    region: str,
    template: Mapping[str, Json],
    given: Mapping[str, Json] | None = None,
    exports: Mapping[str, Json] | None = None,
    *,
    strict: bool = True,
) -> Stack:
    """One stack under the given parameters; raises `AbsentError`."""
    return _Evaluation(name, region, template, given or {}, exports or {}, strict=strict).stack()


def texts(value: Json) -> Iterator[str]:
    """Every text in a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
