"""The codes of all stages.

Codes never change their meaning. Blocks: DR1xx reading, DR2xx shape, DR3xx topology and objectives, DR4xx
services, DR5xx partials, DR6xx links and limits, DR7xx template checks, DR8xx output, drift and deployment, DR9xx
bugs of the compiler. `compiler/rules/registry.py` has all of them.
"""

from __future__ import annotations

from compiler.diagnostics.codes.deployment import Operations, Preflight
from compiler.diagnostics.codes.links import Links, Lint, Waves
from compiler.diagnostics.codes.output import Faults, Output, Revisions
from compiler.diagnostics.codes.partials import Partials
from compiler.diagnostics.codes.reading import Reading
from compiler.diagnostics.codes.services import Services
from compiler.diagnostics.codes.shape import Shape
from compiler.diagnostics.codes.templates import Templates
from compiler.diagnostics.codes.topology import Acceptance, Objectives, Regions
from compiler.diagnostics.model import Rule


class Code(
    Reading, Shape, Regions, Objectives, Acceptance, Services, Templates, Partials, Links, Waves, Lint, Output,
    Preflight, Operations, Revisions, Faults,
):  # fmt: skip
    """Every rule of a stage by its code, such as `Code.DR204`."""


RULES: dict[str, Rule] = {name: getattr(Code, name) for name in sorted(dir(Code)) if name.startswith("DR")}
