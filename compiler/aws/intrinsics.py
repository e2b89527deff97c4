"""Intrinsic functions of one template to plain values, under given parameters and imports.

A function that is malformed, or that cannot be computed without AWS, comes to `<unknown>`: other stages report what
is wrong with a template, this one never fails on it.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import ClassVar

from compiler.aws.types import registry
from compiler.aws.values import UNKNOWN, Json, dig, placeholder
from compiler.ir.template import Template
from compiler.support.frozen import frozen

_IN_TEXT = re.compile(r"\$\{(!?)([^}]*)\}")
_ZONES = "abcdef"
_NOTHING = object()
"""What `AWS::NoValue` comes to; the member or item it stands in is left out."""

Use = tuple[str, str]
"""What a value was made with: `resource`, `parameter`, `condition` or `import`, and its name."""

STACK_OUTPUT: Use = ("output", "")
"""A value was read from another stack by `Fn::GetStackOutput`."""


@frozen
class Account:
    """Where everything is deployed: the account's id and the partition."""

    id: str
    partition: str


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return "" if value is _NOTHING or value is None else json.dumps(value)


def _name(value: Json) -> str:
    """A name as it must stand in a function; raises `TypeError` for anything else."""
    if not isinstance(value, str):
        raise TypeError("a name is a text")
    return value


class Resolver:
    """One template under given parameters; those not given have their defaults."""

    def __init__(
        self, template: Template, account: Account, given: Mapping[str, Json], imports: Mapping[str, Json]
    ) -> None:
        self.stack = template.stack
        self.account = account
        self.imports = imports
        body = template.body
        self.bodies: Mapping[str, Json] = body["Resources"]
        self.parameters: dict[str, Json] = {
            name: given.get(name, declared.get("Default", "")) for name, declared in body.get("Parameters", {}).items()
        }
        self.conditions: Mapping[str, Json] = body.get("Conditions", {})
        self._mappings: Mapping[str, Json] = body.get("Mappings", {})
        self._truth: dict[str, bool] = {}
        self._names: dict[str, str] = {}
        self._forms: dict[tuple[str, str | None], str] = {}
        self._uses: set[Use] = set()
        self._pseudo: dict[str, Json] = {
            "AWS::AccountId": account.id,
            "AWS::Partition": account.partition,
            "AWS::Region": self.stack.region,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": _NOTHING,
            "AWS::StackName": self.stack.name,
            "AWS::StackId": f"arn:{account.partition}:cloudformation:{self.stack.region}:{account.id}:stack/"
            f"{self.stack.name}",
        }

    def resolved(self, value: Json) -> tuple[Json, frozenset[Use]]:
        """A plain value, None where nothing is left of it, and what it was made with."""
        outer, self._uses = self._uses, set()
        try:
            plain = self.value(value)
            return (None if plain is _NOTHING else plain), frozenset(self._uses)
        finally:
            self._uses = outer

    def holds(self, condition: str) -> bool:
        """Whether a condition is true; one that is not there, or is defined by itself, is not."""
        if condition not in self._truth:
            self._truth[condition] = False
            outer, self._uses = self._uses, set()
            try:
                self._truth[condition] = self._condition(self.conditions.get(condition))
            except (TypeError, ValueError, LookupError, AttributeError):
                self._truth[condition] = False
            finally:
                self._uses = outer
        return self._truth[condition]

    def name(self, resource: str) -> str:
        """The physical name of a resource; a mark where AWS chooses it."""
        if resource not in self._names:
            self._names[resource] = placeholder(self.stack.name, resource)
            body = self.bodies.get(resource, {})
            named = registry.of(body.get("Type", "")).name
            given = dig(body, "Properties", named.member) if named else None
            plain = self.resolved(given)[0] if given is not None else None
            if isinstance(plain, str) and plain:
                self._names[resource] = plain
        return self._names[resource]

    def form(self, resource: str, form: str) -> str:
        """A form of a record filled in for one resource."""
        path = dig(self.bodies.get(resource), "Properties", "Path")
        return form.format(
            partition=self.account.partition,
            region=self.stack.region,
            account=self.account.id,
            name=self.name(resource) if "{name}" in form else "",
            id=placeholder(self.stack.name, resource),
            path=path if isinstance(path, str) else "/",
        )

    def reference(self, resource: str, attr: str | None = None) -> str:
        """What `Ref`, or `Fn::GetAtt` where `attr` is given, comes to."""
        self._uses.add(("resource", resource))
        key = (resource, attr)
        if key not in self._forms:
            body = self.bodies.get(resource)
            if body is None:
                return UNKNOWN
            known = registry.of(body.get("Type", ""))
            form = known.ref if attr is None else known.attributes.get(attr)
            self._forms[key] = (
                placeholder(self.stack.name, resource, attr) if form is None else self.form(resource, form)
            )
        return self._forms[key]

    def value(self, value: Json) -> Json:
        """`value` with every intrinsic replaced; the same object where there is none."""
        # What the SDK gives is an `OrderedDict`.
        if isinstance(value, dict):
            if len(value) == 1:
                ((key, argument),) = value.items()
                function = self.FUNCTIONS.get(key)
                if function is not None:
                    try:
                        return function(self, argument)
                    except (TypeError, ValueError, LookupError, AttributeError):
                        return UNKNOWN
            members: dict[str, Json] = {}
            other = False
            for key, item in value.items():
                plain = item if type(item) is str else self.value(item)
                other = other or plain is not item
                if plain is not _NOTHING:
                    members[key] = plain
            return members if other else value
        if isinstance(value, list):
            items = [item if type(item) is str else self.value(item) for item in value]
            if all(map(operator.is_, items, value)):
                return value
            return [plain for plain in items if plain is not _NOTHING]
        return value

    # The intrinsics, each given its argument

    def _ref(self, argument: Json) -> Json:
        name = _name(argument)
        if name in self.parameters:
            self._uses.add(("parameter", name))
            return self.parameters[name]
        return self._pseudo[name] if name in self._pseudo else self.reference(name)

    def _attribute(self, argument: Json) -> Json:
        resource, attr = argument.split(".", 1) if isinstance(argument, str) else argument
        return self.reference(_name(resource), str(self.value(attr)))

    def _substitute(self, argument: Json) -> Json:
        template, variables = argument if isinstance(argument, list) else (argument, {})
        values = {name: self.value(item) for name, item in variables.items()}

        def found(match: re.Match[str]) -> str:
            name = match[2].strip()
            if match[1]:
                return "${" + match[2] + "}"
            if name in values:
                return _text(values[name])
            if name.startswith("AWS::") or "." not in name:
                return _text(self._ref(name))
            return self.reference(*name.split(".", 1))

        return _IN_TEXT.sub(found, template)

    def _join(self, argument: Json) -> Json:
        delimiter, parts = argument
        plain = self.value(parts)
        return str(delimiter).join(_text(part) for part in plain) if isinstance(plain, list) else plain

    def _if(self, argument: Json) -> Json:
        condition, then, otherwise = argument
        self._uses.add(("condition", _name(condition)))
        return self.value(then if self.holds(condition) else otherwise)

    def _import(self, argument: Json) -> Json:
        name = _name(self.value(argument))
        self._uses.add(("import", name))
        return self.imports.get(name, UNKNOWN)

    def _select(self, argument: Json) -> Json:
        position, items = argument
        return self.value(items)[int(self.value(position))]

    def _split(self, argument: Json) -> Json:
        delimiter, text = argument
        return self.value(text).split(delimiter)

    def _find(self, argument: Json) -> Json:
        name, first, second = (self.value(part) for part in argument[:3])
        return self._mappings[name][first][second]

    def _zones(self, argument: Json) -> Json:
        region = self.value(argument) or self.stack.region
        return [f"{region}{letter}" for letter in _ZONES]

    def _stack_output(self, argument: Json) -> Json:
        self._uses.add(STACK_OUTPUT)
        return self._unknown(argument)

    def _json(self, argument: Json) -> Json:
        return json.dumps(self.value(argument))

    # Conditions

    def _condition(self, body: Json) -> bool:
        """The truth of a condition's body."""
        ((key, argument),) = body.items()
        match key:
            case "Condition":
                return self.holds(argument)
            case "Fn::Not":
                return not self._condition(argument[0])
            case "Fn::And":
                return all(self._condition(part) for part in argument)
            case "Fn::Or":
                return any(self._condition(part) for part in argument)
            case "Fn::Equals":
                left, right = argument
                return _text(self.value(left)) == _text(self.value(right))
        return False

    def _unknown(self, argument: Json) -> Json:
        self.value(argument)
        return UNKNOWN

    FUNCTIONS: ClassVar[Mapping[str, Callable[[Resolver, Json], Json]]] = {
        "Ref": _ref,
        "Fn::GetAtt": _attribute,
        "Fn::Sub": _substitute,
        "Fn::Join": _join,
        "Fn::If": _if,
        "Fn::ImportValue": _import,
        "Fn::Select": _select,
        "Fn::Split": _split,
        "Fn::FindInMap": _find,
        "Fn::GetAZs": _zones,
        "Fn::ToJsonString": _json,
        "Fn::Base64": _unknown,
        "Fn::Cidr": _unknown,
        "Fn::Length": _unknown,
        "Fn::GetStackOutput": _stack_output,
        "Fn::Transform": _unknown,
    }
    """Each intrinsic function of a value by its name."""


FUNCTIONS = (*Resolver.FUNCTIONS, "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or")
"""Every intrinsic function that CloudFormation has; the last four stand in conditions only."""
