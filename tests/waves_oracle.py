"""Deploys compiled stacks in the waves of their manifest, without AWS.

It knows nothing but what the manifest says, and stops where anything refers to what is not there yet. Written apart
from the compiler's own simulation, so that the two can disagree.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.world import AbsentError, Json, Stack, evaluate

Wave = Mapping[str, Stack]
"""Every stack deployed so far, as it stands after a wave."""


def deploy(
    manifest: Mapping[str, Json],
    templates: Mapping[str, Mapping[str, Json]],
    chosen: Mapping[str, Json] | None = None,
    *,
    strict: bool = True,
) -> list[Wave]:
    """The state after each wave, with `chosen` given to every stack that has such a parameter.

    Raises `AbsentError` where a step lacks what it refers to, or a value that the manifest promises it. Templates
    that a test has spoilt on purpose are carried on to their end where `strict` is false.
    """
    described = {stack["stack"]: stack for stack in manifest["stacks"]}
    state: dict[str, Stack] = {}
    waves: list[Wave] = []
    for wave in manifest["waves"]:
        before = dict(state)
        for step in wave:
            name = step["stack"]
            about = described[name]
            template = templates[about["template"]]
            given = {key: value for key, value in (chosen or {}).items() if key in template.get("Parameters", {})}
            for parameter in step["parameters"]:
                source = about["parameters"][parameter]
                given[parameter] = _produced(before, source, f"{name}: {parameter}" if strict else None)
            exports = _exports(before, about["region"], name)
            state[name] = evaluate(name, about["region"], template, given, exports, strict=strict)
        waves.append(dict(state))
    return waves


def _produced(before: Wave, source: Mapping[str, str], who: str | None) -> Json:
    """The value of an output; what is not there is an error of `who`, or a text where nobody is to blame."""
    stack = before.get(source["stack"])
    if stack is not None and source["output"] in stack.outputs:
        return stack.outputs[source["output"]]
    if who:
        raise AbsentError(f"{who} needs {source['output']} of {source['stack']}, which is not there yet")
    return f"<{source['stack']}:{source['output']}>"


def _exports(before: Wave, region: str, without: str) -> dict[str, Json]:
    """Exports of a region as one stack of it sees them; raises `AbsentError` where two stacks export one name."""
    found: dict[str, Json] = {}
    for stack in before.values():
        if stack.region == region and stack.name != without:
            twice = set(found) & set(stack.exports)
            if twice:
                raise AbsentError(f"{sorted(twice)} are exported twice in {region}")
            found.update(stack.exports)
    return found
