"""The identity lock: what must not change about the resources of the shipped spec and of each example.

A table in `tests/identity` lists, for each stack and logical id, the type, the physical name, and every value that AWS
fixes when it creates the resource. If one of them changes, a system that runs would get a new resource. So the table
keeps what it listed before, under `superseded`. `tests/test_identity.py` demands a migration for it in CHANGELOG.md.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from compiler import __version__
from compiler.aws import schemas
from compiler.aws.types.apigateway import DEPLOYMENT
from compiler.aws.values import marked
from compiler.pipeline import compile_spec
from compiler.rollout.state import Resource

ROOT = Path(__file__).resolve().parents[2]
LOCKS = "tests/identity"

Entry = dict[str, Any]
Table = dict[str, dict[str, Entry]]
"""Stack, then logical id, to the identity of a resource."""


def specs() -> list[Path]:
    """The shipped spec and the specs of the examples; a base is none."""
    examples = sorted((ROOT / "examples").glob("*/specs/*.yaml"))
    whole = [path for path in examples if "\nbase: true\n" not in path.read_text(encoding="utf-8")]
    return [ROOT / "specs" / "dr-topology.yaml", *whole]


def name(spec: Path) -> str:
    """What a spec is called among all: by its example too, where that has several."""
    example = spec.parents[1].name
    return spec.stem if example == spec.stem or spec.parent.parent == ROOT else f"{example}-{spec.stem}"


def lock(spec: Path) -> Path:
    """The file that locks what a spec compiles to."""
    return ROOT / LOCKS / f"{name(spec)}.json"


@cache
def identities(spec: Path) -> Table:
    """The identity of every resource of a spec, after the last wave of a creation."""
    compiled = compile_spec(spec, spec.relative_to(ROOT).as_posix(), lint=False)
    return {
        key: {_lasting(resource): identity(resource) for _, resource in sorted(state.resources.items())}
        for key, state in compiled.simulation.final.by_key.items()
    }


def _lasting(resource: Resource) -> str:
    """The id of a resource; of a deployment without the digest, which is there to change."""
    return re.sub("[0-9a-f]{12}$", "", resource.id) if resource.type == DEPLOYMENT else resource.id


def identity(resource: Resource) -> Entry:
    """Type, physical name where one is chosen, and the create-only values of a resource."""
    entry: Entry = {"type": resource.type}
    if marked(resource.name) is None:
        entry["name"] = resource.name
    schema = schemas.schema(resource.type, resource.region)
    fixed = {}
    for pointer in (*schema.created, *schema.sometimes) if schema else ():
        if schema and pointer in schema.computed:
            continue
        values = list(schemas.select(resource.properties, pointer))
        if values:
            fixed["/".join(pointer)] = values if "*" in pointer or len(values) > 1 else values[0]
    return {**entry, **({"fixed": fixed} if fixed else {})}


def superseded(old: Table, new: Table) -> Table:
    """The entries of `old` that are gone from `new` or differ there."""
    found = {
        stack: {name: entry for name, entry in entries.items() if new.get(stack, {}).get(name) != entry}
        for stack, entries in old.items()
    }
    return {stack: entries for stack, entries in found.items() if entries}


def read(spec: Path) -> dict[str, Any]:
    """The committed lock of a spec; an empty one if there is none yet."""
    path = lock(spec)
    if not path.is_file():
        return {"resources": {}, "superseded": []}
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


def renewed(old: dict[str, Any], new: Table, release: str) -> dict[str, Any]:
    """A lock brought up to date: nothing that it listed before is lost."""
    gone = [
        {"version": release, "stack": stack, "id": name, "was": entry}
        for stack, entries in superseded(old["resources"], new).items()
        for name, entry in entries.items()
    ]
    return {"resources": new, "superseded": [*old["superseded"], *gone]}


def files() -> dict[str, bytes]:
    return {
        lock(spec).relative_to(ROOT).as_posix(): (
            json.dumps(renewed(read(spec), identities(spec), __version__), indent=1) + "\n"
        ).encode()
        for spec in specs()
    }
