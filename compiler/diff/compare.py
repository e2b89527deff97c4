"""Two sides, stack by stack and resource by resource: what CloudFormation would do to get from one to the other.

Values are compared as they stand once every wave has run. Where a resource is replaced, whatever uses a value of it
that only AWS knows changes too, in its own stack and, by exports and wired parameters, in the others; and so on, until
nothing changes any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from compiler.aws.types import registry
from compiler.aws.types.cloudwatch import ALARMS
from compiler.aws.types.ec2 import SUBNET
from compiler.aws.types.record import Key
from compiler.aws.types.update_rules import Action, Update
from compiler.aws.values import ResourceId
from compiler.diff import gates, marks, meaning, names, sources
from compiler.diff.change import Change, Json, Property, Refusal, Remark, StackDiff
from compiler.diff.judge import SAME, Verdict, judge
from compiler.diff.outward import outputs, parameters
from compiler.diff.side import Snapshot, entry_of
from compiler.rollout.deployment import Stack


class Comparison:
    """Holds the tables of one comparison; `stacks` is the outcome."""

    def __init__(self, old: Snapshot, new: Snapshot) -> None:
        self.old = old
        self.new = new
        self.same_account = not old.account or not new.account or old.account == new.account
        olds = {stack.identity: stack for stack in old.stacks.values()} if self.same_account else {}
        news = {stack.identity: stack for stack in new.stacks.values()}
        self.kept = tuple(stack.key for identity, stack in news.items() if identity in olds)
        self.added = tuple(stack.key for identity, stack in news.items() if identity not in olds)
        self.removed = tuple(stack.key for stack in old.stacks.values() if stack.key not in self.kept)
        self.replaced: set[ResourceId] = set()
        self.verdicts: dict[ResourceId, Verdict] = {}

    def stacks(self) -> tuple[StackDiff, ...]:
        """Every stack of both sides: kept and new ones in the order of the new manifest, then those that go."""
        self._settle()
        made = [self._kept(key) if key in self.kept else self._added(key) for key in self.new.stacks]
        return (*made, *(self._removed(key) for key in self.removed))

    # Updates

    def _settle(self) -> None:
        """Judges every resource that may have changed, again and again while replacements spread."""
        waiting: Iterable[ResourceId] = tuple(self._candidates())
        while waiting:
            for owner in waiting:
                self.verdicts[owner] = self._judged(owner)
            fresh = {o for o in waiting if self.verdicts[o].action is Action.REPLACED} - self.replaced
            self.replaced |= fresh
            waiting = tuple(user for user, used in self._mentions.items() if used & fresh) if fresh else ()

    def _candidates(self) -> Iterator[ResourceId]:
        """Resources that are there before and after, and whose text or surroundings differ."""
        for key in self.kept:
            old, new = self.old.stacks[key], self.new.stacks[key]
            moved = self._surroundings_moved(key)
            for name in self._lasting[key]:
                if moved or old.bodies[name] != new.bodies[name]:
                    yield ResourceId(key, name)

    def _surroundings_moved(self, key: str) -> bool:
        old, new = self.old.resolver(key), self.new.resolver(key)
        shared = old.parameters.keys() & new.parameters.keys()
        both = old.conditions.keys() & new.conditions.keys()
        return (
            any(old.parameters[name] != new.parameters[name] for name in shared)
            or any(old.holds(name) != new.holds(name) for name in both)
            or any(new.imports.get(name) != value for name, value in old.imports.items())
            or self.old.stacks[key].section("Mappings") != self.new.stacks[key].section("Mappings")
        )

    @cached_property
    def _lasting(self) -> Mapping[str, tuple[str, ...]]:
        """Resources that are there before and after, by stack."""
        found = {}
        for key in self.kept:
            before = frozenset(self.old.present(key))
            found[key] = tuple(name for name in self.new.present(key) if name in before)
        return found

    @cached_property
    def _mentions(self) -> Mapping[ResourceId, frozenset[ResourceId]]:
        """Whose values each lasting resource uses, be they known to AWS alone or made of names."""
        return {
            ResourceId(key, name): self._used(key, name)
            for key, all_names in self._lasting.items() for name in all_names
        }  # fmt: skip

    def _used(self, key: str, name: str) -> frozenset[ResourceId]:
        properties, uses = self.new.resolved(key, name)
        named = (ResourceId(key, other) for kind, other in uses if kind == "resource")
        return frozenset((*marks.owners(properties), *named))

    def _judged(self, owner: ResourceId) -> Verdict:
        old, new = (side.stacks[owner.stack].bodies[owner.id]["Type"] for side in (self.old, self.new))
        if old != new:
            says = f"a resource cannot become another type: {old} is to become {new}"
            remedy = "give the new resource another logical id"
            return Verdict(Action.REPLACED, refusals=(Refusal(says, remedy, sources.UPDATE_BEHAVIOURS),))
        return judge(self._update(owner))

    def _update(self, owner: ResourceId) -> Update:
        kind = self.new.stacks[owner.stack].bodies[owner.id]["Type"]
        region = self.new.stacks[owner.stack].id.region
        before = self.old.properties(owner.stack, owner.id)
        after = self.after(self.new.properties(owner.stack, owner.id))
        return Update(owner.stack, region, owner.id, kind, names.shown(kind, before), before, after)

    def after(self, value: Json) -> Json:
        """A value of the new side, in which values of replaced resources say that they are new."""
        return marks.renewed(value, self._is_new) if self.replaced or self.added else value

    def _is_new(self, owner: ResourceId) -> bool:
        """Replaced in its stack, or made anew where another stack has the place of its own."""
        return owner in self.replaced or (owner.stack in self.added and owner.stack in self.old.stacks)

    # Stacks

    def _kept(self, key: str) -> StackDiff:
        stack = self.new.stacks[key]
        before, after = [*self.old.present(key)], [*self.new.present(key)]
        changes = [self._change(ResourceId(key, name)) for name in self._lasting[key]]
        changes += [self._come(stack, name) for name in after if name not in before]
        changes += [self._gone(self.old.stacks[key], name, alone=True) for name in before if name not in after]
        found = tuple(sorted((c for c in changes if c is not None), key=_order))
        declared = tuple(parameters(self.old.stacks[key], stack))
        given = tuple(outputs(self.old, self.new, key, self.after))
        found = meaning.refused_by_exports(found, given)
        action = Action.IN_PLACE if found or declared or given else Action.SAME
        return StackDiff(key, stack.id.region, stack.name, action, len(after), found, declared, given)

    def _change(self, owner: ResourceId) -> Change | None:
        verdict = self.verdicts.get(owner, SAME)
        closing = self._closings.get(owner)
        if verdict.action is Action.SAME and not closing:
            return None
        stack = self.new.stacks[owner.stack]
        before = self.old.properties(owner.stack, owner.id)
        kind = stack.bodies[owner.id]["Type"]
        change = Change(
            owner.stack, owner.id, kind, verdict.action, verdict.data, verdict.certain,
            names.shown(kind, before), verdict.properties, verdict.remarks, verdict.refusals,
            tuple(f"{o.stack}/{o.id}" for o in sorted(self._follows(verdict.properties))),
            entry=entry_of(stack, owner.id),
        )  # fmt: skip
        for item in closing or ():
            named = any(registry.of(kind).keys(stack.id.region, before))
            change = meaning.closed(change, item, named=named)
        if change.action is Action.REPLACED:
            change = meaning.replaced(change, meaning.data(owner, self.old, self._survives))
            if verdict.action is Action.REPLACED:
                change = self._named(stack, owner.id, change)
        elif kind in ALARMS:
            change = meaning.unread(change, self.new, self._untouched)
        return change

    def _survives(self, owner: ResourceId) -> bool:
        """Whether a resource of the old side goes on in its stack as it is, or updated."""
        return owner.id in self._lasting.get(owner.stack, ()) and owner not in self.replaced

    def _untouched(self, owner: ResourceId) -> bool:
        return self._survives(owner) and self.verdicts.get(owner, SAME).action is Action.SAME

    @cached_property
    def _closings(self) -> Mapping[ResourceId, list[gates.Closing]]:
        found: dict[ResourceId, list[gates.Closing]] = {}
        for item in gates.closings(self.old, self.new, self.kept):
            found.setdefault(ResourceId(item.stack, item.id), []).append(item)
        return found

    def _follows(self, properties: tuple[Property, ...]) -> set[ResourceId]:
        """Replaced resources whose values stand in changed properties."""
        owners = {owner for item in properties for owner in marks.renewed_owners(item.new)}
        return owners & self.replaced

    def _come(self, stack: Stack, name: str) -> Change:
        properties = self.new.properties(stack.key, name)
        kind = stack.bodies[name]["Type"]
        shown = names.shown(kind, properties)
        change = Change(stack.key, name, kind, Action.ADDED, name=shown, entry=entry_of(stack, name))
        return self._named(stack, name, change)

    def _gone(self, stack: Stack, name: str, *, alone: bool) -> Change:
        kind = stack.bodies[name]["Type"]
        shown = names.shown(kind, self.old.properties(stack.key, name))
        change = Change(stack.key, name, kind, Action.REMOVED, name=shown, entry=entry_of(stack, name))
        held = meaning.data(ResourceId(stack.key, name), self.old, self._survives)
        return meaning.left(change, held) if alone else meaning.left_with_stack(change, held)

    def _added(self, key: str) -> StackDiff:
        stack = self.new.stacks[key]
        changes = tuple(self._come(stack, name) for name in self.new.present(key))
        found = tuple(sorted(changes, key=_order))
        return StackDiff(key, stack.id.region, stack.name, Action.ADDED, len(found), found)

    def _removed(self, key: str) -> StackDiff:
        stack = self.old.stacks[key]
        changes = tuple(self._gone(stack, name, alone=False) for name in self.old.present(key))
        found = tuple(sorted(changes, key=_order))
        says = (
            "nothing happens to it by itself: the stack runs on until somebody deletes it, and even then it all stays"
        )
        remarks = (Remark(says, sources.RETAIN),)
        return StackDiff(key, stack.id.region, stack.name, Action.REMOVED, len(found), found, remarks=remarks)

    # Names

    @cached_property
    def _owned(self) -> Mapping[Key, ResourceId]:
        """Who has each name before the update; nobody in another account."""
        found: dict[Key, ResourceId] = {}
        for key, stack in self.old.stacks.items() if self.same_account else ():
            for name in self.old.present(key):
                kind = stack.bodies[name]["Type"]
                for taken in registry.of(kind).keys(stack.id.region, self.old.properties(key, name)):
                    found[taken] = ResourceId(key, name)
        return found

    def _named(self, stack: Stack, name: str, change: Change) -> Change:
        """The change of a resource that is created, refused where its name is taken by one that stays."""
        properties = self.after(self.new.properties(stack.key, name))
        for wanted in registry.of(change.type).keys(stack.id.region, properties):
            owner = self._owned.get(wanted)
            if owner is None:
                continue
            itself = owner == ResourceId(stack.key, name) and stack.key in self.kept
            return meaning.taken(change, wanted, None if itself else (owner, self.old.stacks[owner.stack].name))
        if change.type == SUBNET:
            for owner in self._overlapping(properties):
                return meaning.crowded(change, owner)
        return change

    def _overlapping(self, properties: Mapping[str, Json]) -> Iterator[ResourceId]:
        for key, stack in self.old.stacks.items():
            for name in self.old.present(key):
                if stack.bodies[name]["Type"] == SUBNET and names.overlap(properties, self.old.properties(key, name)):
                    yield ResourceId(key, name)


def compare(old: Snapshot, new: Snapshot) -> tuple[StackDiff, ...]:
    """The differences of every stack; those without any are among them, empty."""
    return Comparison(old, new).stacks()


def _order(change: Change) -> tuple[tuple[bool, ...], bool, str]:
    """The important first; what follows from another change after it."""
    return change.rank, bool(change.follows), change.id
