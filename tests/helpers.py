"""What tests share: specs compiled once per process, and the compiled topology as a deployment would see it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from _pytest.mark import ParameterSet

from compiler.pipeline import Compiled, compile_document, compile_spec
from compiler.reading.document import load_document
from tests.tiers import slow_unless
from tests.waves_oracle import Wave, deploy
from tests.world import Resource, Stack

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "specs" / "dr-topology.yaml"
COMMITTED = ROOT / "templates" / "dr-topology"
ODD = ROOT / "tests" / "specs"
HEALTH_TOKEN = "0123456789abcdef" * 2
"""What whoever deploys gives as the token of the health checks."""


def odd_specs() -> list[str]:
    """Names of the specs under tests/specs."""
    return sorted(path.stem for path in ODD.glob("*.yaml"))


def each_odd_spec() -> list[ParameterSet]:
    """The same as parameters of a test. Those that differ most belong to every run."""
    return slow_unless(lambda name: name in ("four-functions", "minimal", "three-regions", "west-first"), odd_specs())


@cache
def compiled(path: Path) -> Compiled:
    """A spec, compiled once per process and without cfn-lint."""
    return compile_spec(path, path.relative_to(ROOT).as_posix(), lint=False)


class _Stacks(dict[str, Stack]):
    """Stacks by name; the name of a part, such as `primary-data.us-east-1`, finds the stack that it belongs to."""

    def __missing__(self, name: str) -> Stack:
        label, _, region = name.partition(".")
        return self[f"{label.partition('-')[0]}.{region}"]


@dataclass(frozen=True)
class Topology:
    """Templates and manifest as plain JSON, whether compiled or committed, and what becomes of them."""

    manifest: Mapping[str, Any]
    templates: Mapping[str, Mapping[str, Any]]
    strict: bool = True

    @cached_property
    def waves(self) -> list[Wave]:
        return deploy(self.manifest, self.templates, {"healthToken": HEALTH_TOKEN, **self.code}, strict=self.strict)

    @cached_property
    def code(self) -> dict[str, str]:
        """What dr-deploy gives as the code of every function, in every serving stack."""
        archives = self.manifest["functions"]
        keys = {item["keyParameter"]: f"functions/{item['name']}/{'0' * 64}.zip" for item in archives}
        return keys | {item["versionParameter"]: "v1" for item in archives}

    @cached_property
    def stacks(self) -> Wave:
        """Every stack once all waves have run, with the resources of its parts: what holds of one holds of all."""
        last = self.waves[-1]
        listed = [about["stack"] for about in self.manifest["stacks"]]
        found = _Stacks((name, last[name]) for name in listed if "-" not in name.partition(".")[0])
        for name in listed:
            if name not in found:
                whole, stack = found[name], last[name]
                # Each has a dashboard and a composite alarm of its own.
                own = {f"{name}/{id_}" if id_ in whole.resources else id_: r for id_, r in stack.resources.items()}
                found[whole.name] = replace(whole, resources={**whole.resources, **own})
        return found

    def kind(self, kind: str) -> Stack:
        """The first stack of a kind: `global`, `primary` or `secondary`."""
        (name,) = (s["stack"] for s in self.manifest["stacks"] if s["kind"] == kind and "part" not in s)
        return self.stacks[name]

    @property
    def global_(self) -> Stack:
        return self.kind("global")

    @property
    def primary(self) -> Stack:
        return self.kind("primary")

    @property
    def secondary(self) -> Stack:
        return self.kind("secondary")

    @property
    def serving(self) -> tuple[Stack, Stack]:
        return (self.primary, self.secondary)

    @property
    def regional(self) -> tuple[Stack, ...]:
        """Every stack that holds data."""
        return tuple(stack for stack in self.stacks.values() if stack is not self.global_)

    def template(self, stack: Stack) -> Mapping[str, Any]:
        return self.templates[f"{stack.name}.json"]

    def all(self, kind: str) -> list[Resource]:
        """Resources of one type in every stack."""
        return [resource for stack in self.stacks.values() for resource in stack.of(kind)]

    def resources(self) -> Iterator[Resource]:
        for stack in self.stacks.values():
            yield from stack.resources.values()


def topology_of(files: Mapping[str, bytes]) -> Topology:
    """The topology that the files of an output folder hold."""
    read = {name: json.loads(data) for name, data in files.items()}
    return Topology(read.pop("manifest.json"), read)


@cache
def shipped() -> Topology:
    """The shipped spec, freshly compiled."""
    return topology_of(compiled(SHIPPED).bundle.files)


@cache
def committed() -> Topology:
    """The shipped spec's templates as they lie in the repository."""
    return topology_of({path.name: path.read_bytes() for path in COMMITTED.glob("*.json")})


@cache
def odd(name: str) -> Topology:
    """One of the specs under tests/specs."""
    return topology_of(compiled(ODD / f"{name}.yaml").bundle.files)


def made_of(spec: Mapping[str, Any]) -> Topology:
    """A spec given as a mapping, compiled without cfn-lint; its relative paths begin in tests/specs."""
    document = load_document(json.dumps(spec, ensure_ascii=False), "spec.yaml")
    return topology_of(compile_document(document, lint=False).bundle.files)


def tags(resource: Resource, member: str = "Tags") -> dict[str, str]:
    """Tags of a resource, whichever form its type writes them in."""
    found = resource.properties.get(member, {})
    return dict(found) if isinstance(found, Mapping) else {tag["Key"]: tag["Value"] for tag in found}


def statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Statements of a policy document."""
    return list(document["Statement"])


def listed(value: Any) -> list[Any]:
    """A member of a policy that may be one value or a list of them."""
    return list(value) if isinstance(value, list) else [value]
