"""The codes of every stage but the rules over templates: those are defined in compiler/rules, next to their functions.

Codes never change their meaning. Blocks: DR1xx reading, DR2xx shape, DR3xx topology and objectives, DR4xx
services, DR5xx partials, DR6xx links and limits, DR7xx template checks, DR8xx output, drift and deployment, DR9xx
bugs of the compiler. `compiler/rules/registry.py` has all of them.
"""

from __future__ import annotations

from compiler.diagnostics.codes.bases import Bases
from compiler.diagnostics.codes.configuration import Configurations, Neighbours
from compiler.diagnostics.codes.deployment import Faults, Hooks, Operations, Output, Preflight, Requests, Revisions
from compiler.diagnostics.codes.links import Links, Lint, Partials, Waves
from compiler.diagnostics.codes.services import Services
from compiler.diagnostics.codes.shape import Reading, Shape
from compiler.diagnostics.codes.topology import Acceptance, Existing, Objectives, Regions


class Code(
    Reading, Bases, Configurations, Shape, Regions, Objectives, Acceptance, Existing, Services, Partials, Links, Waves,
    Lint, Output, Neighbours, Hooks, Preflight, Requests, Operations, Revisions, Faults,
):  # fmt: skip
    """Every rule of a stage by its code, such as `Code.DR204`."""
