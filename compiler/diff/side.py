"""One set of templates with its manifest, carried in thought to where every value that travels has arrived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from compiler.aws.intrinsics import Account, Resolver, Use
from compiler.aws.values import SAMPLE_ACCOUNT, dig, members
from compiler.diff.change import Json
from compiler.linking.waves import Source, Wave
from compiler.rollout.deployment import Deployment, Stack


class Snapshot:
    """The stacks of one set of templates; properties are resolved when they are asked for."""

    def __init__(self, stacks: tuple[Stack, ...], waves: tuple[Wave, ...], partition: str, account: str = "") -> None:
        self.stacks: Mapping[str, Stack] = {stack.key: stack for stack in stacks}
        self.waves = waves
        self.account = account
        """The account it is meant for; empty where the spec names none."""
        # Both sides of a comparison have to agree on it, also where only one of them names the account.
        self._account = Account(SAMPLE_ACCOUNT, partition)
        self._properties: dict[tuple[str, str], tuple[Mapping[str, Json], frozenset[Use]]] = {}

    def resolver(self, key: str) -> Resolver:
        """A stack's values once all waves have run."""
        return self._resolvers[key]

    def resolver_with(self, key: str, known: frozenset[str]) -> Resolver:
        """A stack's values while only some of the parameters from other stacks are known."""
        final = self._resolvers[key]
        given = {name: final.parameters[name] for name in known if name in final.parameters}
        return Resolver(self.stacks[key].template, self._account, given, final.imports)

    def present(self, key: str) -> Iterator[str]:
        """Ids of the resources that are there in the end."""
        resolver = self._resolvers[key]
        for name, body in resolver.bodies.items():
            condition = body.get("Condition")
            if not condition or resolver.holds(condition):
                yield name

    def properties(self, key: str, resource: str) -> Mapping[str, Json]:
        """Plain properties of a resource."""
        return self.resolved(key, resource)[0]

    def resolved(self, key: str, resource: str) -> tuple[Mapping[str, Json], frozenset[Use]]:
        """Plain properties of a resource, and what they were made with."""
        place = (key, resource)
        if place not in self._properties:
            resolver = self._resolvers[key]
            plain, uses = resolver.resolved(resolver.bodies[resource].get("Properties", {}))
            self._properties[place] = (members(plain), uses)
        return self._properties[place]

    def parameters(self, key: str, resource: str) -> frozenset[str]:
        """Parameters that a resource is made with, or that its condition asks about."""
        uses = self.resolved(key, resource)[1]
        found = {name for kind, name in uses if kind == "parameter"}
        waiting = {name for kind, name in uses if kind == "condition"}
        waiting.update(filter(None, [self.stacks[key].bodies[resource].get("Condition")]))
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            seen.add(name)
            asked = list(_asked(self._resolvers[key].conditions.get(name)))
            found.update(target for kind, target in asked if kind == "Ref")
            waiting.update(target for kind, target in asked if kind == "Condition" and target not in seen)
        return frozenset(found)

    def outputs(self, key: str) -> Mapping[str, Json]:
        """Outputs that are there in the end: name to their definition."""
        resolver = self._resolvers[key]
        declared = self.stacks[key].section("Outputs")
        return {name: b for name, b in declared.items() if not b.get("Condition") or resolver.holds(b["Condition"])}

    def export(self, key: str, output: str) -> str:
        """The name under which an output is exported; empty where it is not."""
        body = self.stacks[key].section("Outputs").get(output, {})
        name = self._resolvers[key].resolved(members(body.get("Export")).get("Name"))[0]
        return name if isinstance(name, str) else ""

    @cached_property
    def _resolvers(self) -> Mapping[str, Resolver]:
        """Resolvers of all stacks, each given what the others' outputs come to: as many rounds as there are waves."""
        made = {key: Resolver(stack.template, self._account, {}, {}) for key, stack in self.stacks.items()}
        given: dict[str, tuple[dict[str, Json], dict[str, Json]]] = {}
        for _ in range(len(self.waves) + 1):
            found = {key: self._given(stack, made) for key, stack in self.stacks.items()}
            if found == given:
                break
            given = found
            made = {key: Resolver(stack.template, self._account, *given[key]) for key, stack in self.stacks.items()}
        return made

    def _given(self, stack: Stack, made: Mapping[str, Resolver]) -> tuple[dict[str, Json], dict[str, Json]]:
        parameters = {}
        for name, source in stack.wiring.items():
            value = self._output(source, made)
            if value:
                parameters[name] = value
        imports = {}
        for source in stack.imports:
            resolver = made.get(source.stack.name)
            body = self._declared(source)
            exported = resolver.resolved(members(body.get("Export")).get("Name"))[0] if resolver else None
            if isinstance(exported, str):
                imports[exported] = self._output(source, made)
        return parameters, imports

    def _output(self, source: Source, made: Mapping[str, Resolver]) -> Json:
        body = self._declared(source)
        resolver = made.get(source.stack.name)
        if resolver is None or "Value" not in body:
            return None
        if body.get("Condition") and not resolver.holds(body["Condition"]):
            return None
        return resolver.resolved(body["Value"])[0]

    def _declared(self, source: Source) -> Mapping[str, Json]:
        stack = self.stacks.get(source.stack.name)
        return members(stack.section("Outputs").get(source.output)) if stack else {}


def _asked(body: Json) -> Iterator[tuple[str, str]]:
    """Parameters and conditions that the body of a condition names, as `Ref` or `Condition` with their name."""
    if isinstance(body, dict):
        for key, item in body.items():
            if key in ("Ref", "Condition") and isinstance(item, str):
                yield key, item
            else:
                yield from _asked(item)
    elif isinstance(body, list):
        for item in body:
            yield from _asked(item)


def entry_of(stack: Stack, resource: str) -> str:
    """The entry of the spec that asks for a resource, as its template says."""
    found = dig(stack.bodies.get(resource, {}), "Metadata", "Spec")
    return found if isinstance(found, str) else ""


def of(deployment: Deployment) -> Snapshot:
    """The stacks of a deployment once all its waves have run."""
    return Snapshot(deployment.stacks, deployment.waves, deployment.partition, deployment.account or "")


def empty() -> Snapshot:
    """A side on which nothing is deployed."""
    return Snapshot((), (), "aws")
