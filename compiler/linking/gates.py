"""Which way a value travels from stack to stack, and what each piece has to wait for on account of it."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.ir.elements import Block, Ref, StackId

BlockKey = tuple[StackId, str]


class Gating:
    """Says of every reference whether it is imported, and of every piece which foreign values it waits for."""

    def __init__(
        self,
        stacks: tuple[StackId, ...],
        blocks: tuple[Block, ...],
        home: Mapping[BlockKey, Block],
        required: Mapping[BlockKey, tuple[Ref, ...]],
    ) -> None:
        self._home = home
        self.gates: dict[BlockKey, frozenset[Ref]] = {}
        """Foreign values that a piece cannot do without, of its own or of what it refers to."""
        self.toggles: dict[BlockKey, frozenset[str]] = {}
        """Conditions of their own that pieces stand under, and with them whatever refers to them."""
        self._spread(stacks, blocks, required)

    def imported(self, consumer: StackId, ref: Ref) -> bool:
        """Whether a value arrives by `Fn::ImportValue`: from a lower rank of the region, and from the first wave on."""
        producer = self._home[ref.stack, ref.resource]
        same_region = ref.stack.region == consumer.region
        always = not self.gates.get(producer.key) and not self.toggles.get(producer.key)
        return same_region and ref.stack.rank < consumer.rank and always

    def waits_for(self, consumer: StackId, ref: Ref) -> frozenset[Ref]:
        """The foreign values without which `ref` cannot be had in `consumer`."""
        if ref.stack == consumer:
            return self.gates.get(self._home[ref.stack, ref.resource].key, frozenset())
        return frozenset() if self.imported(consumer, ref) else frozenset((ref,))

    def stands_under(self, consumer: StackId, ref: Ref) -> frozenset[str]:
        """The conditions of its own that a resource of the same stack stands under."""
        own = ref.stack == consumer
        return self.toggles[self._home[ref.stack, ref.resource].key] if own else frozenset()

    def _spread(
        self, stacks: tuple[StackId, ...], blocks: tuple[Block, ...], required: Mapping[BlockKey, tuple[Ref, ...]]
    ) -> None:
        """Gates of every piece, to a fixed point: stacks by rank, since imports ask about lower ranks only."""
        for stack in stacks:
            own = tuple(block for block in blocks if block.stack == stack)
            self.gates.update((block.key, frozenset()) for block in own)
            self.toggles.update((block.key, frozenset([block.condition] if block.condition else [])) for block in own)
            changed = True
            while changed:
                changed = False
                for block in own:
                    needed = required[block.key]
                    gates = frozenset[Ref]().union(*(self.waits_for(stack, ref) for ref in needed))
                    toggles = self.toggles[block.key].union(*(self.stands_under(stack, ref) for ref in needed))
                    if gates != self.gates[block.key] or toggles != self.toggles[block.key]:
                        self.gates[block.key] = gates
                        self.toggles[block.key] = toggles
                        changed = True
