"""The manifest: what a deployment needs to know beside the templates.

It changes only when something deployed changes: it holds no compiler version, no time and no path of a machine.
"""

from __future__ import annotations

from typing import Any

from compiler.ir.template import Template
from compiler.linking.link import Linked, LinkedStack
from compiler.linking.waves import Wave
from compiler.objectives.judge import compute
from compiler.objectives.record import record
from compiler.topology.model import Topology

VERSION = 1


def manifest(topology: Topology, linked: Linked, templates: tuple[Template, ...]) -> dict[str, Any]:
    """The manifest's JSON value."""
    spec = topology.spec
    return {
        "manifest": VERSION,
        "name": spec.name,
        **({"account": spec.account} if spec.account else {}),
        "naming": {"environment": spec.naming.environment, "suffix": spec.naming.suffix},
        "stacks": [_stack(topology, stack, template) for stack, template in zip(linked.stacks, templates, strict=True)],
        "waves": [_wave(wave) for wave in linked.waves],
        "functions": [
            {"name": archive.function, "sha256": archive.digest, "key": archive.key} for archive in topology.archives
        ],
        "objectives": record(compute(topology)),
    }


def _stack(topology: Topology, linked: LinkedStack, template: Template) -> dict[str, Any]:
    stack = linked.stack
    return {
        "stack": stack.name,
        "kind": str(stack.kind),
        "region": stack.region,
        "template": template.file,
        "stackName": f"{topology.spec.name}-{stack.kind}-${{environment}}-${{environmentSuffix}}",
        "capabilities": ["CAPABILITY_NAMED_IAM"],
        "parameters": {
            wired.parameter: {"stack": wired.source.stack.name, "output": wired.source.output}
            for wired in linked.wiring
        },
        "imports": [{"stack": ref.stack.name, "output": ref.output} for ref in linked.imports],
    }


def _wave(wave: Wave) -> list[dict[str, Any]]:
    return [{"stack": step.stack.name, "parameters": list(step.parameters)} for step in wave]
