"""What the resource schemas say of a change: which properties AWS fixes at creation, and what identifies a resource.

The schemas are those that cfn-lint bundles (https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/
resource-type-schema.html says what each member means, read 2026-11-22). Their files are read without importing
cfn-lint, which takes a second, and only those of types that changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from compiler.aws.values import Json
from compiler.support.frozen import frozen

FALLBACK = "us-east-1"
"""Region whose schema stands in where another region's is not bundled."""

Pointer = tuple[str, ...]
"""A property as a schema writes it, below `/properties`; `*` stands for every entry of a list or map."""


@frozen
class Schema:
    """What one resource type's schema says about changes.

    `properties` are the names of all top-level ones, `created` the create-only properties, `sometimes` those that are
    create-only under conditions the schema does not state, `computed` the read-only ones; `identifier` is what AWS
    tells resources of the type apart by.
    """

    type: str
    properties: tuple[str, ...]
    created: tuple[Pointer, ...]
    sometimes: tuple[Pointer, ...]
    computed: frozenset[Pointer]
    identifier: tuple[Pointer, ...]


def schema(kind: str, region: str) -> Schema | None:
    """The schema of a type in a region; None for types that have none, such as custom resources."""
    digest = _types(region).get(kind) or _types(FALLBACK).get(kind)
    return _read(kind, digest) if digest else None


def body(kind: str, region: str) -> Mapping[str, Json]:
    """The whole schema of a type in a region as it is written; empty for types that have none."""
    digest = _types(region).get(kind) or _types(FALLBACK).get(kind)
    return _load(f"resources/{digest}.json") if digest else {}


@cache
def folder() -> Path | None:
    """Where cfn-lint keeps its schemas; None where it is not installed."""
    found = find_spec("cfnlint")
    origin = found.origin if found else None
    return Path(origin).parent / "data" / "schemas" if origin else None


@cache
def _types(region: str) -> Mapping[str, str]:
    """Type to the digest that its file is called by."""
    value = _load(f"providers/{region}.json")
    return {str(kind): str(digest) for kind, digest in value.items()}


@cache
def _read(kind: str, digest: str) -> Schema | None:
    value = _load(f"resources/{digest}.json")
    if not value:
        return None
    return Schema(
        type=kind,
        properties=tuple(value.get("properties", ())),
        created=_pointers(value, "createOnlyProperties"),
        sometimes=_pointers(value, "conditionalCreateOnlyProperties"),
        computed=frozenset(_pointers(value, "readOnlyProperties")),
        identifier=_pointers(value, "primaryIdentifier"),
    )


def _load(name: str) -> Mapping[str, Json]:
    root = folder()
    path = root / name if root else None
    if path is None or not path.is_file():
        return {}
    value = json.loads(path.read_bytes())
    return value if isinstance(value, dict) else {}


def _pointers(value: Mapping[str, Json], member: str) -> tuple[Pointer, ...]:
    return tuple(pointer(written) for written in value.get(member, ()))


def pointer(written: str) -> Pointer:
    """`/properties/Rules/*/Id` as `("Rules", "*", "Id")`; JSON Pointer's escapes are undone (RFC 6901)."""
    steps = written.split("/")[1:]
    if steps and steps[0] == "properties":
        steps = steps[1:]
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


def select(value: Json, place: Sequence[str]) -> Iterator[Json]:
    """Every value at a pointer, in order; nothing where a part of the way is not there."""
    if not place:
        yield value
        return
    step, rest = place[0], place[1:]
    if step == "*":
        if isinstance(value, list):
            for item in value:
                yield from select(item, rest)
        elif isinstance(value, dict):
            for name in sorted(value):
                yield from select(value[name], rest)
    elif isinstance(value, dict):
        if step in value:
            yield from select(value[step], rest)
    elif isinstance(value, list):
        # Some schemas leave the `*` of a list out.
        for item in value:
            yield from select(item, place)
