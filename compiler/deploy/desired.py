"""What a stack is to become: its template, and the value of each parameter. Reports DR834.

Two rules protect a running system. An empty value never replaces a known one: a gate would close, and its resources
would leave the stack. And a value that a person has set stays: what differs from the default of the deployed template
is kept until somebody gives another value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.deploy import artifacts, rotation
from compiler.deploy.cloud import DeploymentError, ExistingStack
from compiler.deploy.session import CODE_BUCKET, Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.ir.template import compact
from compiler.linking.waves import Source
from compiler.rollout.deployment import Stack
from compiler.support.frozen import frozen

Json = Any


@frozen
class Parameter:
    """One parameter's value; `kept` where the stack has it already and keeps it."""

    text: str
    kept: bool = False


@frozen
class DesiredStack:
    """What a stack is to become, with the template of `body` or `url`; without either it keeps its own."""

    stack: Stack
    body: str | None
    url: str | None
    parameters: Mapping[str, Parameter]

    @property
    def unknown(self) -> frozenset[str]:
        """Parameters whose values are still to come from other stacks."""
        return frozenset(
            name for name in self.stack.wiring if name in self.parameters and not self.parameters[name].text
        )

    @property
    def fingerprint(self) -> tuple[object, ...]:
        """Equal for two that lead to the same stack."""
        return (self.body or self.url, tuple(sorted((name, value.text) for name, value in self.parameters.items())))


def desired_stack(
    session: Session, stack: Stack, expected: tuple[str, ...], existing: ExistingStack | None
) -> DesiredStack:
    """What the stack is to become, with the values known now.

    Raises `DeploymentError` where one of the parameters `expected` has no value yet.
    """
    if session.options.only_code and existing:
        code = session.code.get(stack.region, {})
        kept = {name: Parameter(value, kept=True) for name, value in existing.parameters.items()}
        return DesiredStack(stack, None, None, kept | {name: Parameter(code[name]) for name in kept if name in code})
    given = {**session.parameters, **rotation.parameters(session, stack, existing)}
    if stack.id.serves:
        given |= session.code.get(stack.region, {})
        if bucket := session.artifacts.given(stack.region):
            given[CODE_BUCKET] = bucket
    parameters = resolve(
        stack.template.body,
        stack.wiring,
        {id_: other.outputs for id_, other in session.existing.items() if other},
        given,
        existing,
        session.cloudformation.template(stack.region, stack.name) if existing else {},
    )
    missing = [name for name in expected if name in parameters and not parameters[name].text]
    if missing and not session.options.only:
        raise DeploymentError(*(_missing(stack, name) for name in missing))
    body = compact(stack.template.body)
    if artifacts.fits_request(body):
        return DesiredStack(stack, body, None, parameters)
    return DesiredStack(stack, None, session.artifacts.template_url(stack.region, stack.name, body), parameters)


def resolve(
    template: Mapping[str, Json],
    wiring: Mapping[str, Source],
    outputs: Mapping[StackId, Mapping[str, str]],
    given: Mapping[str, str],
    existing: ExistingStack | None,
    old_template: Mapping[str, Json],
) -> dict[str, Parameter]:
    """Every parameter of `template` with its value.

    `outputs` are those of each stack, `given` what this run sets (names that this stack does not have are left
    out), `existing` the stack as it is and `old_template` what it was deployed from.
    """
    before = existing.parameters if existing else {}
    old_defaults = {name: _text(body.get("Default")) for name, body in old_template.get("Parameters", {}).items()}
    found: dict[str, Parameter] = {}
    for name, body in template.get("Parameters", {}).items():
        if name in wiring:
            value = outputs.get(wiring[name].stack, {}).get(wiring[name].output, "")
            found[name] = Parameter(value) if value else Parameter(before.get(name, ""), kept=bool(before.get(name)))
        elif name in given:
            found[name] = Parameter(given[name])
        else:
            found[name] = _own(name, _text(body.get("Default")), before, old_defaults)
    return found


def _own(name: str, default: str, before: Mapping[str, str], old_defaults: Mapping[str, str]) -> Parameter:
    """The default, unless a person set another value."""
    value = before.get(name, "")
    chosen = name in old_defaults and value not in ("", default, old_defaults[name])
    return Parameter(value, kept=True) if chosen else Parameter(default)


def _text(value: Json) -> str:
    """A default as CloudFormation reports it: always a text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return "" if value is None else str(value)


def _missing(stack: Stack, parameter: str) -> Finding:
    message = f"{stack.name} needs {stack.wiring[parameter]} in this wave, but that stack has no such output"
    return Finding(Code.DR834, message, ())
