"""The text of `--explain`: a code, the objectives of a spec, or a resource. Nothing is computed here.

On a terminal, long lines are wrapped and go on under their last column; elsewhere a line is never broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from compiler.aws.facts import prices
from compiler.aws.facts.model import figure
from compiler.diagnostics.model import Diagnostic, Rule
from compiler.ir.elements import Block
from compiler.objectives.costs import LEFT_OUT, YEAR, Amounts, Bill, Cost, total
from compiler.objectives.model import ClientClass, Computation, Course, Demand, Objective, Remains
from compiler.objectives.record import grade
from compiler.reporting.result import Line
from compiler.spec.routes import label
from compiler.spec.units import Duration

if TYPE_CHECKING:
    from compiler.pipeline import Compiled

_LABEL = 16
_LINT_RULES = "https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md"
_BLANK = Line("")


def code(rule: Rule) -> Iterator[Line]:
    """What a diagnostic code says, why it exists, its remedy and its source."""
    yield Line(f"{rule.code} ({rule.slug}, {rule.severity}): ", rule.says, "bold")
    yield _BLANK
    yield Line("Why:    ", rule.why)
    yield Line("Remedy: ", rule.fix)
    if rule.source:
        yield Line("Source: ", rule.source)


def objectives(computation: Computation, *, sources: bool = False) -> Iterator[Line]:
    """The verdicts, then every sum term by term, what is provided, and each demand next to what is allowed.

    `sources` adds the figures of AWS behind them.
    """
    yield Line("", "Verdicts", "bold")
    yield from _verdicts(computation)
    yield _BLANK
    for objective in computation.objectives:
        yield from _objective(objective)
        yield _BLANK
    for each in computation.clients:
        yield from _client(each)
        yield _BLANK
    for course in computation.failback:
        yield Line("", f"{course.title}: {figure(course.worst)} s at worst", "bold")
        yield from _terms(course)
        yield _BLANK
    yield Line("", "Provided by the templates", "bold")
    yield from _table([(figure(p.value), p.unit, "", f"{p.says}: {p.formula}") for p in computation.provided])
    for regions, demands in _alike(computation.demands):
        yield _BLANK
        yield from _demands(regions, demands)
    if computation.growth:
        yield _BLANK
        yield from _stored(computation)
    if computation.remains:
        yield _BLANK
        yield from _remaining(computation.remains)
    if sources:
        yield _BLANK
        yield Line("", "Figures of AWS that these numbers use", "bold")
        held = {fact.id: fact for each in computation.remains for fact in each.facts}
        for _, fact in sorted((computation.facts | held).items()):
            yield Line(f"  {fact.id:<36} {_value(fact.value):>12} {fact.unit} ({fact.grade})")
            yield Line(" " * 4, str(fact.source))


def _verdicts(computation: Computation) -> Iterator[Line]:
    """One row for each objective, and one for the capacity that is used most."""
    rows = [("allowed", "worst", "verdict", "")]
    for objective in computation.objectives:
        whom = f" of {figure(100 * objective.share)} % of clients" if objective.share is not None else ""
        asked, worst = _amount(objective.asked, objective.unit), _amount(objective.worst, objective.unit)
        rows.append((asked, worst, str(objective.outcome), f"{objective.title}{whom}"))
    for each in computation.clients:
        worst = "never" if each.worst is None else _amount(each.worst, "s")
        rows.append(("", worst, str(each.outcome), f"Recovery time of {figure(100 * each.share)} % of {each.who}"))
    rows += [("", _amount(course.worst, "s"), "", course.title) for course in computation.failback]
    if computation.demands:
        most = max(computation.demands, key=lambda demand: demand.needed / demand.allowed)
        verdict = "more than is allowed" if most.short else f"{_used(most)} used"
        allowed, needed = _amount(most.allowed, most.unit), _amount(most.needed, most.unit)
        rows.append((allowed, needed, verdict, f"Capacity that is used most: {most.says}"))
    yield from _table(rows)


def _amount(value: Fraction, unit: str) -> str:
    """An amount with its unit; whole minutes as such, as a spec says them."""
    if unit == "s" and value and value % 60 == 0:
        return f"{figure(value / 60)} min"
    return f"{figure(value)} {unit}"


def _remaining(remains: Sequence[Remains]) -> Iterator[Line]:
    """What can be had back after a bad write, for how long, and what is in no sum."""
    yield Line("", "After a bad write, which replication spreads to every region", "bold")
    rows = [("a state", "kept", "newest", "")]
    for each in remains:
        step = f"every {Duration(each.step)}" if each.step else "each write"
        newest = f"{Duration(each.latest)} old" if each.latest else "at once"
        rows.append((step, str(Duration(each.kept)), newest, each.says))
    yield from _table(rows)
    yield Line("  ", "How long a restore takes is in no sum: AWS promises nothing, and a table becomes a new one.")
    if not any(each.id.startswith("backup.") for each in remains):
        yield Line("  ", "No backups are made: the section `backup` adds some that outlive their table.")


def _alike(demands: Sequence[Demand]) -> Iterator[tuple[str, list[Demand]]]:
    """The demands by region; regions that need and allow the same are named together."""
    groups: dict[tuple[object, ...], list[str]] = {}
    of = {region: [d for d in demands if d.region == region] for region in dict.fromkeys(d.region for d in demands)}
    for region, own in of.items():
        same = tuple((d.id, d.needed, d.allowed, d.says, d.formula, d.granted) for d in own)
        groups.setdefault(same, []).append(region)
    for regions in groups.values():
        yield " and ".join(regions), of[regions[0]]


def findings(found: Sequence[Diagnostic]) -> Iterator[Line]:
    """Findings of one spec: what each says there, and then what their code means."""
    for item in found:
        place = item.labels[0].at
        yield Line(f"{item.id or item.rule.slug}: ", item.message, "bold")
        yield _fact("place", f"{place.file}:{place.start.line}:{place.start.column}")
        yield _fact("remedy", item.help or item.rule.fix)
        yield _BLANK
    for rule in dict.fromkeys(item.rule for item in found):
        yield from code(rule)


def lint(name: str) -> Iterator[Line]:
    """A rule of cfn-lint, which has a name of its own."""
    yield Line(f"{name}: ", "a rule of cfn-lint; its findings are reported as DR701 and DR702", "bold")
    yield Line("Source: ", _LINT_RULES)


def costs(bill: Bill, computation: Computation) -> Iterator[Line]:
    """What a system costs a month, by service and region and line by line, what it stores, and what is not counted."""
    region = prices.REGION.value
    title = f"US dollars a month at AWS's list prices of {region}: idle, and at {bill.throughput} day and night"
    yield Line("", title, "bold")
    groups: dict[tuple[str, str], list[Amounts]] = {}
    for cost, amounts in bill.lines:
        groups.setdefault((cost.service, cost.region), []).append(amounts)
    rows = [("idle", "month 1", f"month {YEAR}", "")]
    rows += [_amounts(total(group), f"{service} in {where}") for (service, where), group in groups.items()]
    yield from _table([*rows, _amounts(bill.total, "total")], right=3)
    for service in dict.fromkeys(cost.service for cost, _ in bill.lines):
        yield _BLANK
        yield Line("", service, "bold")
        yield from _table([_amounts(amounts, _line(c)) for c, amounts in bill.lines if c.service == service], right=3)
    yield _BLANK
    yield from _stored(computation)
    yield _BLANK
    yield Line("", "Not counted", "bold")
    yield from (Line("  ", words) for words in LEFT_OUT)
    yield _BLANK
    yield Line("", "Prices", "bold")
    for fact in bill.facts.values():
        yield Line(f"  {fact.id.removeprefix('prices.'):<24} ", f"{fact.value} ({fact.unit}; {fact.grade})")
        yield Line(" " * 4, str(fact.source))


def _amounts(amounts: Amounts, words: str) -> tuple[str, str, str, str]:
    return (_dollars(amounts.idle), _dollars(amounts.load), _dollars(amounts.year), words)


def _dollars(amount: Fraction) -> str:
    """Whole dollars from a hundred on, else cents."""
    return f"{float(amount):,.0f}" if amount >= 100 else f"{float(amount):,.2f}"


def _line(cost: Cost) -> str:
    return f"{cost.region}: {cost.says} ({cost.formula} x {cost.price.value})"


def _stored(computation: Computation) -> Iterator[Line]:
    """Data that a region keeps after a month and after twelve."""
    yield Line("", "GB stored in each region that keeps them", "bold")
    rows = [("month 1", f"month {YEAR}", "kept", "")]
    for growth in computation.growth:
        kept = "for ever" if growth.lifetime is None else f"{figure(growth.lifetime / 86400)} d"
        says = f"{growth.says}: {growth.formula}"
        rows.append((figure(round(growth.stored(1))), figure(round(growth.stored(YEAR))), kept, says))
    yield from _table(rows)


def _value(value: object) -> str:
    if isinstance(value, int | float):
        return figure(Fraction(str(value)))
    return ", ".join(str(part) for part in value) if isinstance(value, tuple) else str(value)


def _objective(objective: Objective) -> Iterator[Line]:
    asked = f"{figure(objective.asked)} {objective.unit}"
    if objective.share is not None:
        asked += f" for {figure(100 * objective.share)} % of clients"
    worst = f"{figure(objective.worst)} {objective.unit}"
    yield Line("", f"{objective.title}: {asked} allowed, {worst} in the worst case: {objective.outcome}", "bold")
    yield from _terms(objective)
    for sentence in (objective.why, *objective.outside):
        yield Line("  ", sentence)


def _client(each: ClientClass) -> Iterator[Line]:
    worst = "never" if each.worst is None else f"{figure(each.worst)} s in the worst case"
    who = f"{each.who} ({figure(100 * each.part)} % of clients)"
    yield Line("", f"Recovery time of {figure(100 * each.share)} % of {who}: {worst}: {each.outcome}", "bold")
    if each.terms:
        yield from _terms(each)
    yield Line("  ", each.why)


def _terms(holder: Objective | ClientClass | Course) -> Iterator[Line]:
    rows = [("typical", "worst", "", "")]
    rows += [(figure(t.typical), figure(t.worst), grade(t), f"{t.says} ({t.formula})") for t in holder.terms]
    typical = sum((term.typical for term in holder.terms), Fraction(0))
    rows.append((figure(typical), figure(holder.worst or 0), "", "total"))
    yield from _table(rows)


def _demands(regions: str, demands: Sequence[Demand]) -> Iterator[Line]:
    rows = [("needed", "allowed", "used", "")]
    for demand in demands:
        where = "granted" if demand.granted else "default"
        says = f"{demand.unit}: {demand.says} ({demand.formula}; {where})"
        rows.append((figure(demand.needed), figure(demand.allowed), _used(demand), says))
    yield Line("", f"Capacity in {regions}", "bold")
    yield from _table(rows)


def _used(demand: Demand) -> str:
    return f"{float(100 * demand.needed / demand.allowed):.0f} %"


def _table(rows: Sequence[tuple[str, str, str, str]], right: int = 2) -> Iterator[Line]:
    """Rows in columns; the first `right` columns are figures."""
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        third = f"{row[2]:>{widths[2]}}" if right > 2 else f"{row[2]:<{widths[2]}}"
        yield Line(f"  {row[0]:>{widths[0]}}  {row[1]:>{widths[1]}}  {third}  ", row[3])


def resource(compiled: Compiled, name: str) -> list[Line]:
    """Where a resource comes from in each stack, what it waits for and which figures shaped it; empty if unknown."""
    lines: list[Line] = []
    for stack, template in zip(compiled.linked.stacks, compiled.templates, strict=True):
        body = template.body["Resources"].get(name)
        if body is None:
            continue
        if lines:
            lines.append(_BLANK)
        origin = template.origins[name]
        span = compiled.document.span(origin.route, key=True)
        entry = label(compiled.topology.spec, origin.route)
        lines.append(Line("", f"{name} ({body['Type']}) in {template.file}", "bold"))
        lines.append(_fact("spec entry", f"{entry or 'the spec'}, {span.file}:{span.start.line}:{span.start.column}"))
        lines.append(_fact("partial", f"{origin.partial}:{origin.line}"))
        linked = next((block for block in stack.blocks if name in block.block.provides), None)
        if linked and linked.gates:
            sources = {wire.parameter: wire.source for wire in stack.wires}
            lines.append(_fact("waits for", ", ".join(str(sources[gate]) for gate in linked.gates)))
        if "DependsOn" in body:
            lines.append(_fact("depends on", ", ".join(body["DependsOn"])))
        if linked:
            lines += _shapes(linked.block, compiled.computation, template.stack.region)
    return lines


def _fact(name: str, words: str) -> Line:
    return Line(f"  {name}".ljust(_LABEL), words)


def _shapes(block: Block, computation: Computation, region: str) -> Iterator[Line]:
    """The figures behind a block: terms of objectives and demands of its own region."""
    for name in block.derived_from:
        for objective in computation.objectives:
            if objective.id == name:
                words = f"{objective.title}: {figure(objective.asked)} {objective.unit} allowed"
                yield _fact("derived from", words)
            for term in objective.terms:
                if term.id == name and objective.id != name:
                    yield _fact("derived from", f"{term.says}: {term.formula} = {figure(term.worst)} {term.unit}")
        for demand in computation.demands:
            if demand.id == name and demand.region == region:
                words = f"{demand.says}: {demand.formula} = {figure(demand.needed)} {demand.unit}"
                yield _fact("derived from", words)
