"""What exists already and the spec names by ARNs, one for each region: how they are found, judged and written out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir.elements import ACCOUNT, PARTITION, Json, Param, StackId, StackKind, Text
from compiler.spec.base import Model
from compiler.topology.model import Topology


def region_of(arn: str) -> str:
    """The region in an ARN."""
    return arn.split(":")[3]


def in_region(arns: Iterable[str], stack: StackId) -> str | None:
    """The one of some ARNs that is in the region of a stack."""
    return next((arn for arn in arns if region_of(arn) == stack.region), None)


def one_each(
    topology: Topology, arns: tuple[str, ...], at: Route, stacks: Iterable[StackId], what: str, *, foreign: bool = True
) -> Iterator[Finding]:
    """The ARNs are one for each region of `stacks`, in our partition; `foreign` lets them be of another account.

    Reports DR362 and DR364.
    """
    needed = {stack.region: stack for stack in stacks}
    for number, arn in enumerate(arns):
        _, partition, _, region, account, _ = arn.split(":", 5)
        first = next(n for n, other in enumerate(arns) if region_of(other) == region)
        own = foreign or topology.spec.account in (None, account)
        if partition != topology.partition or not own:
            spec = f"the account {topology.spec.account}" if topology.spec.account else "another one"
            spec = spec if partition == topology.partition else f"the partition {topology.partition}"
            message = f"this {what} is of the account {account} in the partition {partition}; the spec is for {spec}"
            yield Finding(Code.DR364, message, (*at, number))
        elif region not in needed:
            where = " or ".join(sorted(needed))
            message = f"nothing of this topology in {region} needs a {what}"
            yield Finding(Code.DR362, message, (*at, number), help=f"remove it; {what}s are needed in {where} only")
        elif first != number:
            related = (((*at, first), "first here"),)
            yield Finding(Code.DR362, f"another {what} of {region} is listed already", (*at, number), related=related)
    for region in sorted(needed.keys() - set(map(region_of, arns))):
        why = "the global stack is there" if needed[region].kind is StackKind.GLOBAL else "the region is in the spec"
        message = f"no {what} of {region} is listed: {why}"
        yield Finding(Code.DR362, message, at, help=f"add the ARN of a {what} in {region}")


def without_effect(section: str, given: Model, names: Iterable[str], what: str) -> Iterator[Finding]:
    """Fields `names` of a section that say something although what they are about exists; reports DR363.

    A default says nothing: it is what a spec writes over the value of its base.
    """
    for name in names:
        if getattr(given, name) != type(given).model_fields[name].default:
            message = f"`{name}` has no effect: the {what} exist, and who owns them decides"
            yield Finding(Code.DR363, message, (section, name), related=(((section, "existing"), f"the {what}"),))


def plain(value: Json, account: str, partition: str) -> Json:
    """A part of a policy without references: those to the account and the partition are filled in."""
    known = {ACCOUNT: account, PARTITION: partition}
    match value:
        case Text():
            return "".join(part if isinstance(part, str) else known[part] for part in value.parts)  # type: ignore[index]
        case Param():
            return known[value]
        case Mapping():
            return {key: plain(item, account, partition) for key, item in value.items()}
        case tuple() | list():
            return [plain(item, account, partition) for item in value]
    return value
