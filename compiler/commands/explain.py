"""Answers to `--explain`: what a code means, what the objectives come to, where a resource comes from.

Text only, one function per kind of question; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from compiler.ir.elements import Block
from compiler.objectives.model import Computation, Demand, Objective, Term
from compiler.pipeline import Compiled
from compiler.rules.registry import RULES
from compiler.spec.labels import label
from compiler.support.numbers import figure


def code(name: str) -> str | None:
    """What a diagnostic code says, why it exists, its remedy and source; None where there is no such code."""
    rule = RULES.get(name.upper())
    if rule is None:
        return None
    title = f"{rule.code} ({rule.slug}, {rule.severity}): {rule.says}"
    lines = [title, "", f"Why:    {rule.why}", f"Remedy: {rule.fix}"]
    if rule.source:
        lines.append(f"Source: {rule.source}")
    return "\n".join(lines)


def objectives(computation: Computation) -> str:
    """Every objective with its terms, what is provided, every demand beside what is allowed, and the sources."""
    blocks = [_objective(objective) for objective in computation.objectives]
    rows = [(figure(p.value), p.unit, "", f"{p.says}: {p.formula}") for p in computation.provided]
    blocks.append("Provided by the templates\n" + _table(rows))
    regions = dict.fromkeys(demand.region for demand in computation.demands)
    blocks += [_demands(region, [d for d in computation.demands if d.region == region]) for region in regions]
    sources = [
        f"  {fact.id:<36} {_value(fact.value):>12} {fact.unit} ({fact.grade})\n{'':>4}{fact.source}"
        for fact in computation.facts.values()
    ]
    blocks.append("Figures of AWS these rest on\n" + "\n".join(sources))
    return "\n\n".join(blocks)


def _value(value: object) -> str:
    if isinstance(value, int | float):
        return figure(Fraction(str(value)))
    return ", ".join(str(part) for part in value) if isinstance(value, tuple) else str(value)


def _objective(objective: Objective) -> str:
    rows = [("typical", "worst", "", "")]
    rows += [(figure(t.typical), figure(t.worst), _grade(t), f"{t.says} ({t.formula})") for t in objective.terms]
    rows.append((figure(objective.typical), figure(objective.worst), "", "together"))
    asked = f"{figure(objective.asked)} {objective.unit}"
    worst = f"{figure(objective.worst)} {objective.unit}"
    title = f"{objective.title}: {asked} asked for, at worst {worst}: {objective.verdict}"
    return f"{title}\n{_table(rows)}\n  {objective.why}"


def _grade(term: Term) -> str:
    return str(term.grade) if term.facts else "from the spec"


def _demands(region: str, demands: Sequence[Demand]) -> str:
    rows = [("needed", "allowed", "used", "")]
    for demand in demands:
        share = f"{float(100 * demand.needed / demand.allowed):.0f} %"
        where = "granted" if demand.granted else "default"
        says = f"{demand.unit}: {demand.says} ({demand.formula}; {where})"
        rows.append((figure(demand.needed), figure(demand.allowed), share, says))
    return f"Capacity in {region}\n{_table(rows)}"


def _table(rows: Sequence[tuple[str, str, str, str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        f"  {row[0]:>{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]}".rstrip() for row in rows
    )


def resource(compiled: Compiled, name: str) -> str | None:
    """Where a resource comes from in each stack, what it waits for and which figures shaped it; None if unknown."""
    blocks = []
    for stack, template in zip(compiled.linked.stacks, compiled.templates, strict=True):
        body = template.body["Resources"].get(name)
        if body is None:
            continue
        origin = template.origins[name]
        span = compiled.document.span(origin.route, key=True)
        entry = label(compiled.topology.spec, origin.route)
        lines = [
            f"{name} ({body['Type']}) in {template.file}",
            f"  asked for by  {entry or 'the spec'}, {span.file}:{span.start.line}:{span.start.column}",
            f"  laid out by   {origin.partial}:{origin.line}",
        ]
        linked = next((block for block in stack.blocks if name in block.block.provides), None)
        if linked and linked.gates:
            sources = {wire.parameter: wire.source for wire in stack.wires}
            lines.append(f"  waits for     {', '.join(str(sources[gate]) for gate in linked.gates)}")
        if "DependsOn" in body:
            lines.append(f"  after         {', '.join(body['DependsOn'])}")
        if linked:
            lines += _shapes(linked.block, compiled.computation, template.stack.region)
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) or None


def _shapes(block: Block, computation: Computation, region: str) -> Iterable[str]:
    """The figures behind a piece: terms of objectives and demands of its own region."""
    for name in block.derived_from:
        for objective in computation.objectives:
            if objective.id == name:
                yield f"  shaped by     {objective.title}: {figure(objective.asked)} {objective.unit} asked for"
            for term in objective.terms:
                if term.id == name and objective.id != name:
                    yield f"  shaped by     {term.says}: {term.formula} = {figure(term.worst)} {term.unit}"
        for demand in computation.demands:
            if demand.id == name and demand.region == region:
                yield f"  shaped by     {demand.says}: {demand.formula} = {figure(demand.needed)} {demand.unit}"
