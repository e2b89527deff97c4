"""Who refers to what, and whether it is there. Reports DR502 and DR602."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics.model import Route
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import Block, Gate, Json, OptionalRef, Output, Ref, StackId, references_in


class References:
    """The references of all blocks and outputs, collected once."""

    def __init__(self, blocks: tuple[Block, ...], outputs: tuple[Output, ...]) -> None:
        self._blocks = blocks
        self._outputs = outputs
        self.home = {(block.stack, name): block for block in blocks for name in block.provides}
        """The block that provides a resource."""
        walked = {block.key: tuple(references_in(block.view)) for block in blocks}
        self.all = {block.key: (*all_in(walked[block.key]), *block.after) for block in blocks}
        """Every reference of a block, needed or not."""
        self.required = {block.key: (*required_in(walked[block.key]), *block.after) for block in blocks}
        """The references that a block cannot do without."""
        self._used: dict[StackId, set[Ref]] = {}
        consumers = [(block.stack, self.all[block.key]) for block in blocks]
        consumers += [(output.stack, tuple(all_in(output.value))) for output in outputs]
        for consumer, refs in consumers:
            for ref in refs:
                if ref.stack != consumer:
                    self._used.setdefault(ref.stack, set()).add(ref)

    def used_elsewhere(self, stack: StackId) -> list[Ref]:
        """Values of a stack that other stacks use, in the order of their outputs."""
        return sorted(self._used.get(stack, ()), key=lambda ref: ref.output)

    def check(self) -> tuple[Finding, ...]:
        """Ids that are there twice, and references to resources that do not exist."""
        return (*self._twice(), *self._dangling())

    def _twice(self) -> Iterator[Finding]:
        """An id holds letters and digits only, so two names that differ in other characters give the same one."""
        first: dict[tuple[StackId, str], Block] = {}
        reported: set[tuple[Route, Route]] = set()
        for block in self._blocks:
            for name in block.provides:
                other = first.setdefault((block.stack, name), block)
                if other is block or (other.at, block.at) in reported:
                    continue
                reported.add((other.at, block.at))
                message = f"two entries would have the same logical id, `{name}` in {block.stack.name}"
                related = ((other.at, "the other entry"),)
                help_text = "rename one of them: a logical id has no hyphens"
                yield Finding(Code.DR502, message, block.at, help=help_text, related=related)

    def _dangling(self) -> Iterator[Finding]:
        users: list[tuple[str, Route, tuple[Ref, ...]]] = [
            (f"`{block.id}`", block.at, self.all[block.key]) for block in self._blocks
        ]
        users += [(f"the output `{item.name}`", item.at, tuple(all_in(item.value))) for item in self._outputs]
        for who, at, refs in users:
            for ref in refs:
                if (ref.stack, ref.resource) not in self.home:
                    message = f"{who} refers to `{ref.resource}`, which the stack {ref.stack.name} does not define"
                    yield Finding(Code.DR602, message, at)


def all_in(value: Json) -> list[Ref]:
    """Every reference in a value, needed or not."""
    found: list[Ref] = []
    for item in references_in(value):
        if isinstance(item, Gate):
            found += item.refs
        elif isinstance(item, OptionalRef):
            found.append(item.ref)
        elif isinstance(item, Ref):
            found.append(item)
    return found


def required_in(value: Json) -> list[Ref]:
    """The references that a value cannot do without."""
    return [item for item in references_in(value) if isinstance(item, Ref)]
