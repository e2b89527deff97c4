"""Which value each parameter of a stack gets, and where it comes from.

Two rules keep a running system whole. An empty value never replaces a known one: a gate that closed would drop its
resources from the stack. And what a person set stays set: a value that differs from the deployed template's default
is kept until somebody gives another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compiler.deploy.cloud import Stack, Value
from compiler.deploy.plan import Source

Json = Any


@dataclass(frozen=True, slots=True)
class Given:
    """One parameter's value: `text` is what it comes to, `kept` that the stack has it already, `origin` for people."""

    text: str
    kept: bool
    origin: str

    @property
    def value(self) -> Value:
        return Value(None if self.kept else self.text)


def resolve(
    template: Mapping[str, Json],
    wired: Mapping[str, Source],
    outputs: Mapping[str, Mapping[str, str]],
    given: Mapping[str, str],
    deployed: Stack | None,
    old_template: Mapping[str, Json],
) -> dict[str, Given]:
    """Every parameter of `template` with its value.

    `outputs` are those of each stack by key, `given` what this run was told (names this stack does not have are
    left out), `deployed` the stack as it is and `old_template` what it was deployed from.
    """
    before = deployed.parameters if deployed else {}
    old_defaults = {name: _text(body.get("Default")) for name, body in old_template.get("Parameters", {}).items()}
    found: dict[str, Given] = {}
    for name, body in template.get("Parameters", {}).items():
        if name in wired:
            found[name] = _wired(name, wired[name], outputs, before)
        elif name in given:
            found[name] = Given(given[name], False, "given")
        else:
            found[name] = _own(name, _text(body.get("Default")), before, old_defaults)
    return found


def _wired(name: str, source: Source, outputs: Mapping[str, Mapping[str, str]], before: Mapping[str, str]) -> Given:
    value = outputs.get(source.stack, {}).get(source.output, "")
    if value:
        return Given(value, False, str(source))
    if before.get(name):
        return Given(before[name], True, f"kept: {source} is not there now")
    return Given("", False, f"empty until {source} is there")


def _own(name: str, default: str, before: Mapping[str, str], old_defaults: Mapping[str, str]) -> Given:
    if name in before:
        chosen = name in old_defaults and before[name] != old_defaults[name]
        if before[name] == default:
            return Given(default, False, "default")
        if chosen and before[name]:
            return Given(before[name], True, "kept: set by a person")
    return Given(default, False, "default")


def _text(value: Json) -> str:
    """A default as CloudFormation reports it: always a text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return "" if value is None else str(value)


def missing(values: Mapping[str, Given], expected: tuple[str, ...]) -> tuple[str, ...]:
    """Parameters that should be known by now and are not."""
    return tuple(name for name in expected if name in values and not values[name].text)
