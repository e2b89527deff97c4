"""All checks over templates, and every rule of every stage by its code.

A new module of checks is added to `MODULES`; a new check in a module needs nothing here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType, ModuleType

from compiler.aws.values import ResourceId, Target, references
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Rule, Severity
from compiler.findings.finding import Finding
from compiler.ir.template import Template
from compiler.rollout.simulation import Simulation
from compiler.rules import (
    apigateway,
    authorizers,
    backup,
    cloudformation,
    cloudwatch,
    counts,
    dual_write,
    dynamodb,
    elsewhere,
    endpoint_policies,
    failover,
    failover_graph,
    growth,
    guardrails,
    health_checks,
    kms,
    lambda_,
    log_levels,
    logs,
    names,
    outsiders,
    parity,
    policy,
    quotas,
    reach,
    replication,
    rest,
    rights,
    s3,
    services,
    silence,
    sns,
    table_load,
    vpc,
)
from compiler.rules.deployed import Check, Deployed
from compiler.services import SERVICES
from compiler.topology.model import Topology

MODULES: tuple[ModuleType, ...] = (
    dynamodb, table_load, s3, replication, lambda_, apigateway, rest, authorizers, health_checks, failover,
    failover_graph, kms, sns, log_levels, logs, vpc, dual_write, endpoint_policies, growth, cloudwatch, silence, reach,
    policy, outsiders, elsewhere, rights, guardrails, services, backup, cloudformation, names, parity, quotas,
    counts,
)  # fmt: skip
"""In the order in which their checks run."""

CHECKS = tuple(value for module in MODULES for value in vars(module).values() if isinstance(value, Check))


def _all() -> dict[str, Rule]:
    stages = (getattr(Code, name) for name in dir(Code) if name.startswith("DR"))
    checked = (rule for check in CHECKS for rule in check.rules)
    functions = (function for service in SERVICES for function in (service.declare, service.rules))
    modules = (sys.modules[function.__module__] for function in functions)
    services = (value for module in modules for value in vars(module).values() if isinstance(value, Rule))
    return {rule.code: rule for rule in sorted((*stages, *services, *checked), key=lambda rule: rule.code)}


RULES: Mapping[str, Rule] = MappingProxyType(_all())
"""Every rule by its code, in the order of the codes."""


def find_rule(name: str) -> Rule | None:
    """The rule that a code or a slug names."""
    return RULES.get(name) or next((rule for rule in RULES.values() if rule.slug == name), None)


def inspect(simulation: Simulation, topology: Topology) -> Iterator[Finding]:
    """The findings on a deployment.

    Reports DR375, DR376, DR401, DR402, DR406, DR420 to DR498, DR510 to DR513, DR518 to DR520, DR610 to DR622, DR872 to
    DR877, DR896 to DR899.
    """
    deployed = Deployed(simulation.final, simulation.index, topology)
    findings = (*simulation.findings, *(finding for check in CHECKS for finding in check(deployed)))
    named = {finding.at for finding in findings if finding.rule not in _GENERAL and _is_final(finding.rule)}
    for finding in findings:
        # Another rule says better what is wrong with the resource. The compile fails either way.
        if finding.rule not in _GENERAL or named.isdisjoint({finding.at, *dict(finding.related)}):
            yield finding


_GENERAL = parity.DIFFERENCES | {elsewhere.DR874, failover_graph.DR896, failover_graph.DR897}
"""Rules that say of any resource that something is not as it should be, and nothing closer."""


def _is_final(rule: Rule) -> bool:
    return rule.severity is Severity.ERROR and not rule.acceptable


def undefined(templates: Iterable[Template]) -> Iterator[Finding]:
    """References to what the template does not define; reports DR602."""
    for template in templates:
        body = template.body
        conditions = set(body.get("Conditions", {}))
        known = set(body.get("Parameters", {})) | set(body["Resources"])
        for section in ("Resources", "Outputs", "Conditions"):
            for name, item in body.get(section, {}).items():
                for kind, target in references(item):
                    if target in (conditions if kind is Target.CONDITION else known):
                        continue
                    message = f"`{name}` refers to the {kind} `{target}`, which does not exist"
                    yield Finding(Code.DR602, message, ResourceId(template.stack.name, name))
