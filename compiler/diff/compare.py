"""Two deployments, stack by stack and resource by resource: what CloudFormation would do to get from one to the other.

Values are compared as they are once every wave has run. Where a resource is replaced, whatever uses a value of it
that only AWS knows changes too, in its own stack and, by exports and wired parameters, in the others; and so on, until
nothing changes any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from compiler.aws.types.apigateway import DEPLOYMENT, successor
from compiler.aws.types.cloudwatch import ALARMS
from compiler.aws.types.ec2 import SUBNET
from compiler.aws.types.update_rules import Action, Update
from compiler.aws.values import Json, ResourceId, deletes, dig, renewed, text
from compiler.diff import consequences, names
from compiler.diff.change import Blocker, Change, Diff, Note, Property, StackDiff
from compiler.diff.impact import SAME, UpdateImpact, classify, with_policies
from compiler.diff.order import Order
from compiler.diff.outward import outputs, parameters
from compiler.ir.elements import StackKind
from compiler.rollout.deployment import Deployment, Stack
from compiler.rollout.simulation import deployed, simulate
from compiler.rollout.state import Resource, Snapshot
from compiler.rollout.updates import GateClosure
from compiler.services.route53 import SERVICE_URL

_UPDATE_BEHAVIOURS = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html"
)


class Comparison:
    """Holds the tables of one comparison; `stacks` is the outcome."""

    def __init__(self, old: Deployment | None, new: Deployment) -> None:
        same_account = old is None or old.shares_account(new)
        self.old = deployed(old, new.account) if old else Snapshot({})
        existing = self.old if same_account else None
        rollout = simulate(existing, new)
        self.new = rollout.final
        same = (old.system, old.environment, old.suffix) if old else ()
        self._same_system = same_account and same == (new.system, new.environment, new.suffix)
        # In another account nothing is in the way.
        self.taken = names.TakenNames(self.old if same_account else Snapshot({}))
        olds = {state.stack.identity for state in self.old.states.values()} if same_account else set()
        self.kept = tuple(key for key, state in self.new.by_key.items() if state.stack.identity in olds)
        self.added = tuple(key for key in self.new.by_key if key not in self.kept)
        self.removed = tuple(key for key in self.old.by_key if key not in self.kept)
        self.replaced: set[ResourceId] = set()
        self.impacts: dict[ResourceId, UpdateImpact] = {}
        self._settle()
        # Values of what is replaced are others, so whoever uses them has one more operation.
        if self.replaced:
            rollout = simulate(existing, new, replaced=self.replaced)
        self.order = Order(rollout, new.bake_minutes)
        self.closures: dict[ResourceId, list[GateClosure]] = {}
        for closure in rollout.closures:
            self.closures.setdefault(closure.resource, []).append(closure)

    def diff(self, old: str, new: str) -> Diff:
        """The whole comparison; `old` and `new` say what is compared."""
        updates, minutes = self.order.rollout.updates, self.order.bake_minutes
        return Diff(old, new, self.stacks(), self.order.waves, updates=updates, bake_minutes=minutes)

    def stacks(self) -> tuple[StackDiff, ...]:
        """Every stack of both: kept and new ones in the order of the new deployment, then those that go."""
        made = [self._kept(key) if key in self.kept else self._added(key) for key in self.new.by_key]
        return (*made, *(self._removed(key) for key in self.removed))

    # Updates

    def _settle(self) -> None:
        """Classifies every resource that may have changed, again and again while replacements spread."""
        waiting: Iterable[ResourceId] = tuple(self._candidates())
        while waiting:
            for owner in waiting:
                self.impacts[owner] = self._impact(owner)
            fresh = {o for o in waiting if self.impacts[o].action is Action.REPLACED} - self.replaced
            self.replaced |= fresh
            waiting = tuple(user for user, used in self._mentions.items() if used & fresh) if fresh else ()

    def _candidates(self) -> Iterator[ResourceId]:
        """Resources that are there before and after, and whose definition or surroundings differ."""
        for key in self.kept:
            old, new = self.old.by_key[key].stack, self.new.by_key[key].stack
            moved = self._surroundings_moved(key)
            for name in self._lasting[key]:
                if moved or old.bodies[name] != new.bodies[name]:
                    yield ResourceId(key, name)

    def _surroundings_moved(self, key: str) -> bool:
        old, new = self.old.by_key[key].resolver, self.new.by_key[key].resolver
        shared = old.parameters.keys() & new.parameters.keys()
        both = old.conditions.keys() & new.conditions.keys()
        mappings = [snapshot.by_key[key].stack.section("Mappings") for snapshot in (self.old, self.new)]
        return (
            any(old.parameters[name] != new.parameters[name] for name in shared)
            or any(old.holds(name) != new.holds(name) for name in both)
            or any(new.imports.get(name) != value for name, value in old.imports.items())
            or mappings[0] != mappings[1]
        )

    @cached_property
    def _lasting(self) -> Mapping[str, tuple[str, ...]]:
        """Resources that are there before and after, by stack."""
        found = {}
        for key in self.kept:
            before = self.old.by_key[key].resources
            found[key] = tuple(name for name in self.new.by_key[key].resources if name in before)
        return found

    @cached_property
    def _mentions(self) -> Mapping[ResourceId, frozenset[ResourceId]]:
        """The resources whose values each lasting resource uses."""
        lasting = (ResourceId(key, name) for key, ids in self._lasting.items() for name in ids)
        return {owner: self._used(self.new.resource(owner)) for owner in lasting}

    def _used(self, resource: Resource) -> frozenset[ResourceId]:
        referred = (ResourceId(resource.owner.stack, other) for kind, other in resource.uses if kind == "resource")
        return frozenset((*names.owners(resource.properties), *referred))

    def _impact(self, owner: ResourceId) -> UpdateImpact:
        old, new = self.old.resource(owner), self.new.resource(owner)
        if old.type != new.type:
            message = f"a resource cannot become another type: {old.type} is to become {new.type}"
            remedy = "give the new resource another logical id"
            return UpdateImpact(Action.REPLACED, blockers=(Blocker(message, remedy, _UPDATE_BEHAVIOURS),))
        name = names.name_of(new.type, old.properties)
        after = self.after(new.properties)
        update = Update(owner.stack, new.region, owner.id, new.type, name, old.properties, after)
        return with_policies(classify(update), update.type, old.body, new.body)

    def after(self, value: Json) -> Json:
        """A value of the new deployment, in which values of replaced resources say that they are new."""
        return renewed(value, self._is_new) if self.replaced or self.added else value

    def _is_new(self, owner: ResourceId) -> bool:
        """Replaced in its stack, or created where another stack has the place of its own."""
        return owner in self.replaced or (owner.stack in self.added and owner.stack in self.old.by_key)

    # Stacks

    def _kept(self, key: str) -> StackDiff:
        old, new = self.old.by_key[key], self.new.by_key[key]
        changes = [self._change(ResourceId(key, name)) for name in self._lasting[key]]
        changes += [self._created(item) for name, item in new.resources.items() if name not in old.resources]
        changes += [self._gone(item, alone=True) for name, item in old.resources.items() if name not in new.resources]
        found = tuple(sorted((change for change in changes if change is not None), key=_order))
        declared = tuple(parameters(old.stack, new.stack))
        given = tuple(outputs(self.old, self.new, key, self.after, self.order))
        found = consequences.blocked_by_exports(found, given)
        action = Action.IN_PLACE if found or declared or given else Action.SAME
        total = len(new.resources)
        made = StackDiff(key, new.stack.region, new.stack.name, action, total, found, declared, given)
        if not self._same_system:
            return made
        urls = (text(state.outputs.get(SERVICE_URL)) for state in (old, new))
        return replace(made, blockers=tuple(consequences.domain_changed(*urls)))

    def _change(self, owner: ResourceId) -> Change | None:
        impact = self.impacts.get(owner, SAME)
        closures = self.closures.get(owner)
        if impact.action is Action.SAME and not closures:
            return None
        old, new = self.old.resource(owner), self.new.resource(owner)
        change = replace(
            _plain(new, impact.action, names.name_of(new.type, old.properties)),
            data=impact.data,
            certain=impact.certain,
            properties=impact.properties,
            notes=impact.notes,
            blockers=impact.blockers,
            follows=tuple(f"{o.stack}/{o.id}" for o in sorted(self._follows(impact.properties))),
        )
        for closure in closures or ():
            named = any(names.keys(new, old.properties)) and not deletes(old.body)
            change = consequences.gate_closes(change, closure, named=named)
        if change.action is Action.REPLACED:
            held = consequences.data(old, self.old, self._survives)
            change = consequences.replaced(
                change, held, deleted=any(deletes(item.body, "UpdateReplacePolicy") for item in (old, new))
            )
            if impact.action is Action.REPLACED:
                change = self._named(new, change)
        elif new.type in ALARMS:
            change = consequences.not_followed(change, self.new, self._untouched)
        return self._ordered(change)

    def _survives(self, owner: ResourceId) -> bool:
        """Whether a resource of the old deployment goes on in its stack as it is, or updated."""
        return owner.id in self._lasting.get(owner.stack, ()) and owner not in self.replaced

    def _untouched(self, owner: ResourceId) -> bool:
        return self._survives(owner) and self.impacts.get(owner, SAME).action is Action.SAME

    def _follows(self, properties: tuple[Property, ...]) -> set[ResourceId]:
        """Replaced resources whose values are in changed properties."""
        owners = {owner for item in properties for owner in names.renewed_owners(item.new)}
        # An ARN that is made of names is no placeholder.
        index = self.order.rollout.index
        found = (index.find(text) for item in properties for text in names.texts(item.new))
        return {owner for owner in (*owners, *found) if owner} & self.replaced

    def _created(self, resource: Resource) -> Change:
        name = names.name_of(resource.type, resource.properties)
        return self._named(resource, self._ordered(_plain(resource, Action.ADDED, name)))

    def _ordered(self, change: Change) -> Change:
        """The change with what the order of the update means for it."""
        return replace(change, notes=(*change.notes, *self.order.notes(change)))

    def _gone(self, resource: Resource, *, alone: bool) -> Change:
        change = _plain(resource, Action.REMOVED, names.name_of(resource.type, resource.properties))
        newer = self._newer(resource)
        if newer:
            return consequences.superseded(change, newer, deleted=deletes(resource.body))
        held = consequences.data(resource, self.old, self._survives)
        if alone and deletes(resource.body):
            return consequences.deleted(change, held)
        return consequences.left(change, held) if alone else consequences.left_with_stack(change, held)

    def _newer(self, resource: Resource) -> str | None:
        """The deployment that takes the place of an older one of the same API, which CloudFormation removes last."""
        state = self.new.by_key.get(resource.stack.name)
        if state is None or resource.type != DEPLOYMENT:
            return None
        before = self.old.by_key[resource.stack.name]
        bodies = ({id_: item.body for id_, item in there.resources.items()} for there in (before, state))
        return successor(resource.id, *bodies)

    def _added(self, key: str) -> StackDiff:
        state = self.new.by_key[key]
        found = tuple(sorted((self._created(item) for item in state.resources.values()), key=_order))
        blockers = tuple(consequences.role_changed(state.stack.id, self._had_role(state.stack)))
        added = StackDiff(key, state.stack.region, state.stack.name, Action.ADDED, len(found), found)
        return replace(added, blockers=blockers)

    def _had_role(self, stack: Stack) -> StackKind | None:
        """The role that a stack's region has had in the same system; None where it had none, or the same."""
        if stack.id.kind is StackKind.GLOBAL or not self._same_system:
            return None
        kinds = [
            old.stack.id.kind for old in self.old.states.values()
            if old.stack.region == stack.region and old.stack.id.kind is not StackKind.GLOBAL
        ]  # fmt: skip
        return kinds[0] if kinds and stack.id.kind not in kinds else None

    def _removed(self, key: str) -> StackDiff:
        state = self.old.by_key[key]
        found = tuple(sorted((self._gone(item, alone=False) for item in state.resources.values()), key=_order))
        message = "the stack is not deleted: it keeps running, and even if somebody deletes it, its resources stay"
        notes = (Note(message, consequences.RETAIN),)
        return StackDiff(key, state.stack.region, state.stack.name, Action.REMOVED, len(found), found, notes=notes)

    def _named(self, resource: Resource, change: Change) -> Change:
        """The change of a resource that is created, blocked where its name is taken by one that stays."""
        properties = self.after(resource.properties)
        taken = self.taken.owner(resource, properties)
        if taken is not None:
            wanted, by = taken
            itself = by.owner == resource.owner and by.owner.stack in self.kept
            stack = self.old.by_key[by.owner.stack].stack.name
            if _moved(resource, by):
                return consequences.moved(change, stack)
            return consequences.name_taken(change, wanted, None if itself else (by.owner, stack))
        subnet = self.taken.overlapping(properties) if change.type == SUBNET else None
        return consequences.addresses_taken(change, subnet.owner) if subnet else change


def compare(old: Deployment | None, new: Deployment) -> tuple[StackDiff, ...]:
    """The differences of every stack; those without any are among them, empty."""
    return Comparison(old, new).stacks()


def _plain(resource: Resource, action: Action, name: str) -> Change:
    entry = text(dig(resource.body, "Metadata", "Spec"))
    return Change(resource.owner.stack, resource.id, resource.type, action, name=name, entry=entry)


def _order(change: Change) -> tuple[tuple[bool, ...], bool, str]:
    """The important first; what follows from another change after it."""
    return change.rank, bool(change.follows), change.id


def _moved(resource: Resource, holder: Resource) -> bool:
    """Whether a resource is to leave one part of its region for another: the one that is there keeps the name."""
    here, there = resource.stack, holder.stack
    return resource.id == holder.id and here != there and here.base == there.base
