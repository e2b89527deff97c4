"""Who refers to what, whether it exists, and what each block has to wait for. Reports DR502 and DR602."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir.elements import Block, Element, Gate, Json, OptionalRef, Output, Ref, StackId, references_in


class References:
    """The references of all blocks and outputs, collected once."""

    def __init__(self, elements: tuple[Element, ...]) -> None:
        blocks = self.blocks = tuple(item for item in elements if isinstance(item, Block))
        self._outputs = tuple(item for item in elements if isinstance(item, Output))
        self.home = {(block.stack, name): block for block in blocks for name in block.provides}
        """The block that provides a resource."""
        walked = {block.key: tuple(references_in(block.view)) for block in blocks}
        self.all = {block.key: (*all_in(walked[block.key]), *block.after) for block in blocks}
        """Every reference of a block, needed or not."""
        self.required = {block.key: (*required_in(walked[block.key]), *block.after) for block in blocks}
        """The references that a block cannot do without."""
        self._used: dict[StackId, set[Ref]] = {}
        consumers = [(block.stack, self.all[block.key]) for block in blocks]
        consumers += [(output.stack, tuple(all_in(output.value))) for output in self._outputs]
        for consumer, refs in consumers:
            for ref in refs:
                if not ref.within(consumer):
                    self._used.setdefault(ref.stack, set()).add(ref.direct())

    def used_elsewhere(self, stack: StackId) -> list[Ref]:
        """Values of a stack that other stacks, or later waves of it, use; in the order of their outputs."""
        return sorted(self._used.get(stack, ()), key=lambda ref: ref.output)

    def check(self) -> tuple[Finding, ...]:
        """Ids that are there twice, and references to resources that do not exist."""
        return (*self._twice(), *self._dangling())

    def _twice(self) -> Iterator[Finding]:
        """Ids that are there twice: that of a part ends with a word, which may be the end of another entry's name."""
        first: dict[tuple[StackId, str], Block] = {}
        reported: set[tuple[Route, Route]] = set()
        for block in self.blocks:
            for name in block.provides:
                other = first.setdefault((block.stack, name), block)
                if other is block or (other.at, block.at) in reported:
                    continue
                reported.add((other.at, block.at))
                message = f"two entries would have the same logical id, `{name}` in {block.stack.name}"
                related = ((other.at, "the other entry"),)
                help_text = "give one of the two entries another name"
                part = self._part(name, other) or self._part(name, block)
                if part:
                    message += f": it is also that of the {part.replace('-', ' ')} of an entry"
                    help_text += f": a name must not be that of another entry with `-{part}` behind it"
                yield Finding(Code.DR502, message, block.at, help=help_text, related=related)

    def _part(self, name: str, block: Block) -> str:
        """What an id adds to that of its entry, as a name would spell it: `role` of `FunctionUserRole`."""
        whole = min((id_ for one in self.blocks if one.at == block.at for id_ in one.provides), key=len)
        rest = name.removeprefix(whole) if name.startswith(whole) else ""
        return re.sub("(?<=[a-z0-9])(?=[A-Z])", "-", rest).lower()

    def _dangling(self) -> Iterator[Finding]:
        users: list[tuple[str, Route, tuple[Ref, ...]]] = [
            (f"`{block.id}`", block.at, self.all[block.key]) for block in self.blocks
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


BlockKey = tuple[StackId, str]


class Gating:
    """Says of every reference whether it is imported, and of every block which values of other stacks it waits for.

    `blocks` are those of each stack, in order of rank. `home` finds the block that provides a resource, `required` has
    the references that each block cannot do without.
    """

    def __init__(
        self,
        blocks: Mapping[StackId, Sequence[Block]],
        home: Mapping[BlockKey, Block],
        required: Mapping[BlockKey, tuple[Ref, ...]],
    ) -> None:
        self._home = home
        self.gates: dict[BlockKey, frozenset[Ref]] = {}
        """Values of other stacks that a block needs, for itself or for what it refers to."""
        self.conditions: dict[BlockKey, frozenset[str]] = {}
        """Conditions of a service's own that a block is under, and so is everything that refers to it."""
        self._spread(blocks, required)

    def imported(self, consumer: StackId, ref: Ref) -> bool:
        """Whether a value arrives by `Fn::ImportValue`: from a lower rank of the region, and from the first wave on."""
        if ref.stack.region != consumer.region or not ref.stack.rank < consumer.rank:
            return False
        producer = self._home[ref.stack, ref.resource].key
        return not self.gates.get(producer) and not self.conditions.get(producer)

    def gates_of(self, consumer: StackId, ref: Ref) -> frozenset[Ref]:
        """The values of other stacks without which `consumer` cannot have `ref`."""
        if ref.within(consumer):
            return self.gates.get(self._home[ref.stack, ref.resource].key, frozenset())
        return frozenset() if self.imported(consumer, ref) else frozenset((ref,))

    def conditions_of(self, consumer: StackId, ref: Ref) -> frozenset[str]:
        """The conditions that a resource of the same stack is under; none for one of another stack."""
        own = ref.within(consumer)
        return self.conditions[self._home[ref.stack, ref.resource].key] if own else frozenset()

    def _spread(self, blocks: Mapping[StackId, Sequence[Block]], required: Mapping[BlockKey, tuple[Ref, ...]]) -> None:
        """Gates of every block, to a fixed point: stacks by rank, since imports ask about lower ranks only."""
        for stack, own in blocks.items():
            self.gates.update((block.key, frozenset()) for block in own)
            self.conditions.update(
                (block.key, frozenset([block.condition] if block.condition else [])) for block in own
            )
            changed = True
            while changed:
                changed = False
                for block in own:
                    needed = required[block.key]
                    gates = frozenset[Ref]().union(*(self.gates_of(stack, ref) for ref in needed))
                    conditions = self.conditions[block.key].union(*(self.conditions_of(stack, ref) for ref in needed))
                    if gates != self.gates[block.key] or conditions != self.conditions[block.key]:
                        self.gates[block.key] = gates
                        self.conditions[block.key] = conditions
                        changed = True
