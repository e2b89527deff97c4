"""One set of templates with its manifest, carried in thought to where every value that travels has arrived.

Reports DR853 and DR854.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property

from compiler.codes import Code, Rule
from compiler.diagnostics import Diagnostic, Label, Position, Rejected, Span
from compiler.diff.change import Json
from compiler.facts import regions
from compiler.manifest import VERSION
from compiler.merge import Template
from compiler.names import ENVIRONMENT, SUFFIX
from compiler.refs import StackId, StackKind
from compiler.symbolic.resolve import Account, Resolver, Use
from compiler.symbolic.values import SAMPLE_ACCOUNT, members
from compiler.values import frozen

MANIFEST = "manifest.json"
_SECTIONS = ("Parameters", "Conditions", "Outputs", "Mappings")

Identity = tuple[str, str, str]
"""Account, region and name of a stack: what makes it the same stack."""


@frozen
class Source:
    """An output of a stack."""

    stack: str
    output: str


@frozen
class Stack:
    """One stack as the manifest and its template describe it; `name` is what CloudFormation calls it."""

    id: StackId
    name: str
    account: str
    file: str
    template: Template
    wiring: Mapping[str, Source]
    imports: tuple[Source, ...]

    @property
    def key(self) -> str:
        return self.id.name

    @property
    def identity(self) -> Identity:
        return (self.account, self.id.region, self.name)

    @property
    def bodies(self) -> Mapping[str, Json]:
        """Every resource of the template, whether its condition holds or not."""
        bodies: Mapping[str, Json] = self.template.body["Resources"]
        return bodies

    def section(self, name: str) -> Mapping[str, Json]:
        return members(self.template.body.get(name))


@frozen
class WaveStep:
    """One operation on one stack, with the parameters that are known by then."""

    stack: str
    parameters: tuple[str, ...]


class Side:
    """The stacks of one set of templates; properties are resolved when they are asked for."""

    def __init__(self, stacks: tuple[Stack, ...], waves: tuple[tuple[WaveStep, ...], ...], partition: str) -> None:
        self.stacks: Mapping[str, Stack] = {stack.key: stack for stack in stacks}
        self.waves = waves
        self._account = Account(stacks[0].account or SAMPLE_ACCOUNT if stacks else SAMPLE_ACCOUNT, partition)
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
            made = {
                key: Resolver(stack.template, self._account, *given[key]) for key, stack in self.stacks.items()
            }
        return made

    def _given(self, stack: Stack, made: Mapping[str, Resolver]) -> tuple[dict[str, Json], dict[str, Json]]:
        parameters = {}
        for name, source in stack.wiring.items():
            value = self._output(source, made)
            if value:
                parameters[name] = value
        imports = {}
        for source in stack.imports:
            resolver = made.get(source.stack)
            body = self._declared(source)
            name = resolver.resolved(members(body.get("Export")).get("Name"))[0] if resolver else None
            if isinstance(name, str):
                imports[name] = self._output(source, made)
        return parameters, imports

    def _output(self, source: Source, made: Mapping[str, Resolver]) -> Json:
        body = self._declared(source)
        resolver = made.get(source.stack)
        if resolver is None or "Value" not in body:
            return None
        if body.get("Condition") and not resolver.holds(body["Condition"]):
            return None
        return resolver.resolved(body["Value"])[0]

    def _declared(self, source: Source) -> Mapping[str, Json]:
        stack = self.stacks.get(source.stack)
        return members(stack.section("Outputs").get(source.output)) if stack else {}


def empty() -> Side:
    """A side on which nothing is deployed."""
    return Side((), (), "aws")


def read(files: Mapping[str, bytes], shown: str) -> Side:
    """The side that the files of an output folder, shown to people as `shown`, describe.

    Raises `Rejected`: DR853 where there is no manifest, DR854 where a file is not what a compile writes.
    """
    if MANIFEST not in files:
        raise _refused(Code.DR853, f"`{shown}` has templates but no `{MANIFEST}`", f"{shown}/{MANIFEST}")
    manifest = _json(files[MANIFEST], f"{shown}/{MANIFEST}")
    try:
        if manifest["manifest"] != VERSION:
            message = f"`{MANIFEST}` is of version {manifest['manifest']}; this compiler compares version {VERSION}"
            raise _refused(Code.DR854, message, f"{shown}/{MANIFEST}")
        stacks = tuple(_stack(entry, manifest, files, shown) for entry in manifest["stacks"])
        waves = tuple(
            tuple(WaveStep(str(step["stack"]), tuple(map(str, step["parameters"]))) for step in wave)
            for wave in manifest["waves"]
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"`{MANIFEST}` is not one that a compile writes: {type(error).__name__} {error}"
        raise _refused(Code.DR854, message, f"{shown}/{MANIFEST}") from None
    return Side(stacks, waves, regions.partition(stacks[0].id.region) if stacks else "aws")


def _stack(entry: Mapping[str, Json], manifest: Mapping[str, Json], files: Mapping[str, bytes], shown: str) -> Stack:
    identity = StackId(StackKind(entry["kind"]), str(entry["region"]))
    name = str(entry["stackName"])
    for parameter, value in ((ENVIRONMENT, "environment"), (SUFFIX, "suffix")):
        name = name.replace(f"${{{parameter.name}}}", str(manifest["naming"][value]))
    file = str(entry["template"])
    if file not in files:
        raise _refused(Code.DR853, f"`{file}` is missing, though `{MANIFEST}` names it", f"{shown}/{file}")
    body = _template(files[file], f"{shown}/{file}")
    return Stack(
        id=identity,
        name=name,
        account=str(manifest.get("account") or ""),
        file=file,
        template=Template(identity, body, {}, {}),
        wiring={str(name): _source(given) for name, given in entry["parameters"].items()},
        imports=tuple(_source(given) for given in entry["imports"]),
    )


def _source(given: Mapping[str, Json]) -> Source:
    return Source(str(given["stack"]), str(given["output"]))


def _template(data: bytes, file: str) -> Mapping[str, Json]:
    """A template whose outer levels are what the resolver takes for granted; it may have been edited by hand."""
    body: Mapping[str, Json] = _json(data, file)
    resources = body.get("Resources")
    sound = isinstance(resources, dict) and all(_is_resource(item) for item in resources.values())
    for section in _SECTIONS:
        declared = body.get(section, {})
        sound = sound and isinstance(declared, dict) and all(isinstance(item, dict) for item in declared.values())
    outputs = members(body.get("Outputs")) if sound else {}
    if not sound or not all(isinstance(item.get("Condition", ""), str) for item in outputs.values()):
        raise _refused(Code.DR854, f"`{file.rsplit('/', 1)[-1]}` is not a template that a compile writes", file)
    return body


def _is_resource(item: Json) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("Type"), str)
        and isinstance(item.get("Properties", {}), dict)
        and isinstance(item.get("Condition", ""), str)
    )


def _json(data: bytes, file: str) -> dict[str, Json]:
    at = Position(1, 1)
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        at, why = Position(error.lineno, error.colno), error.msg[:1].lower() + error.msg[1:]
    except UnicodeDecodeError:
        why = "it is not UTF-8 text"
    except RecursionError:
        why = "it is nested too deeply"
    else:
        if isinstance(value, dict):
            return value
        why = "it is no object"
    name = file.rsplit("/", 1)[-1]
    raise _refused(Code.DR854, f"`{name}` is not JSON that a compile writes: {why}", file, at)


def _refused(rule: Rule, message: str, file: str, at: Position = Position(1, 1)) -> Rejected:
    return Rejected([Diagnostic(rule, message, (Label(Span(file, at, at)),))])
