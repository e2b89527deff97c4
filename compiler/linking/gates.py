"""Which way a value travels from stack to stack, and what each block has to wait for because of that."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.ir.elements import Block, Ref, StackId

BlockKey = tuple[StackId, str]


class Gating:
    """Says of every reference whether it is imported, and of every block which values of other stacks it waits for.

    `home` finds the block that provides a resource, `required` has the references that each block cannot do without.
    """

    def __init__(
        self,
        stacks: tuple[StackId, ...],
        blocks: tuple[Block, ...],
        home: Mapping[BlockKey, Block],
        required: Mapping[BlockKey, tuple[Ref, ...]],
    ) -> None:
        self._home = home
        self.gates: dict[BlockKey, frozenset[Ref]] = {}
        """Values of other stacks that a block needs, for itself or for what it refers to."""
        self.conditions: dict[BlockKey, frozenset[str]] = {}
        """Conditions of a service's own that a block is under, and so is everything that refers to it."""
        self._spread(stacks, blocks, required)

    def imported(self, consumer: StackId, ref: Ref) -> bool:
        """Whether a value arrives by `Fn::ImportValue`: from a lower rank of the region, and from the first wave on."""
        producer = self._home[ref.stack, ref.resource]
        same_region = ref.stack.region == consumer.region
        always = not self.gates.get(producer.key) and not self.conditions.get(producer.key)
        return same_region and ref.stack.rank < consumer.rank and always

    def gates_of(self, consumer: StackId, ref: Ref) -> frozenset[Ref]:
        """The values of other stacks without which `consumer` cannot have `ref`."""
        if ref.stack == consumer:
            return self.gates.get(self._home[ref.stack, ref.resource].key, frozenset())
        return frozenset() if self.imported(consumer, ref) else frozenset((ref,))

    def conditions_of(self, consumer: StackId, ref: Ref) -> frozenset[str]:
        """The conditions that a resource of the same stack is under; none for one of another stack."""
        own = ref.stack == consumer
        return self.conditions[self._home[ref.stack, ref.resource].key] if own else frozenset()

    def _spread(
        self, stacks: tuple[StackId, ...], blocks: tuple[Block, ...], required: Mapping[BlockKey, tuple[Ref, ...]]
    ) -> None:
        """Gates of every block, to a fixed point: stacks by rank, since imports ask about lower ranks only."""
        for stack in stacks:
            own = tuple(block for block in blocks if block.stack == stack)
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
