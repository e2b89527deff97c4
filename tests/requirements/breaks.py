"""Ways to spoil templates, to show that the assertion of a requirement notices.

Each function gives a `Break`: it changes the plain templates and manifest in place, and fails if it changed nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.helpers import Topology

Files = dict[str, Any]
"""Templates by file name, and the manifest under `manifest.json`."""


@dataclass(frozen=True, slots=True)
class Break:
    """One mutation, with the words that name it."""

    says: str
    change: Callable[[Files], int]


def spoilt(topology: Topology, mutation: Break) -> Topology:
    """A copy of the topology with the mutation done; nothing is checked on the way."""
    files: Files = {name: copy.deepcopy(dict(template)) for name, template in topology.templates.items()}
    files["manifest.json"] = copy.deepcopy(dict(topology.manifest))
    changed = mutation.change(files)
    assert changed, f"`{mutation.says}` changed nothing"
    manifest = files.pop("manifest.json")
    return Topology(manifest, files, strict=False)


def _resources(files: Files, kind: str, where: str) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    """Every resource of a type (without `AWS::`), in files whose name begins with `where`."""
    for name, template in files.items():
        if name == "manifest.json" or not name.startswith(where):
            continue
        for id_, body in list(template["Resources"].items()):
            if kind in ("*", body["Type"].removeprefix("AWS::")):
                yield template["Resources"], id_, body


def without(kind: str, where: str = "", id_: str = "") -> Break:
    """Takes every resource of a type away, or those whose logical id begins with `id_`."""

    def change(files: Files) -> int:
        found = [(all_, key) for all_, key, _ in _resources(files, kind, where) if key.startswith(id_)]
        for all_, key in found:
            del all_[key]
        return len(found)

    return Break(f"no {id_ or kind}{f' in {where}' if where else ''}", change)


def _parents(value: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    """Objects that the path leads to; `*` stands for every item or member, an `Fn::If` for what is inside it."""
    if isinstance(value, dict) and set(value) == {"Fn::If"}:
        value = value["Fn::If"][1]
    if not steps:
        yield value
    elif steps[0] == "*":
        for item in value.values() if isinstance(value, dict) else value:
            yield from _parents(item, steps[1:])
    elif isinstance(value, dict) and steps[0] in value:
        yield from _parents(value[steps[0]], steps[1:])


def lacking(kind: str, path: str, where: str = "") -> Break:
    """Takes a member away wherever a resource of the type has it; the path has dots, and `*` for every item."""
    *steps, last = path.split(".")

    def change(files: Files) -> int:
        count = 0
        for _, _, body in _resources(files, kind, where):
            for parent in _parents(body, tuple(steps)):
                if isinstance(parent, dict) and last in parent:
                    del parent[last]
                    count += 1
        return count

    return Break(f"{kind} without {path}{f' in {where}' if where else ''}", change)


def saying(kind: str, path: str, value: Any, where: str = "") -> Break:
    """Gives a member another value wherever a resource of the type may have it."""
    *steps, last = path.split(".")

    def change(files: Files) -> int:
        count = 0
        for _, _, body in _resources(files, kind, where):
            for parent in _parents(body, tuple(steps)):
                if isinstance(parent, dict) and parent.get(last) != value:
                    parent[last] = value
                    count += 1
        return count

    return Break(f"{kind} with {path} = {value}{f' in {where}' if where else ''}", change)


def section_lacking(section: str, name: str, member: str = "", where: str = "") -> Break:
    """Takes a parameter or output away, or a member of it; `*` means each."""

    def change(files: Files) -> int:
        count = 0
        for file, template in files.items():
            if file == "manifest.json" or not file.startswith(where):
                continue
            for key in list(template.get(section, {})):
                if name not in ("*", key):
                    continue
                if not member:
                    del template[section][key]
                    count += 1
                elif member in template[section][key]:
                    del template[section][key][member]
                    count += 1
        return count

    return Break(f"{section} {name}{f' without {member}' if member else ' away'}", change)


def top(member: str, value: Any, where: str = "") -> Break:
    """Gives a member of the template itself another value, or takes it away where that is None."""

    def change(files: Files) -> int:
        count = 0
        for file, template in files.items():
            if file != "manifest.json" and file.startswith(where):
                count += 1
                if value is None:
                    template.pop(member, None)
                else:
                    template[member] = value
        return count

    return Break(f"{member} = {value}", change)


def manifest(says: str, change: Callable[[Any], None]) -> Break:
    """Changes the manifest."""

    def run(files: Files) -> int:
        before = copy.deepcopy(files["manifest.json"])
        change(files["manifest.json"])
        return int(files["manifest.json"] != before)

    return Break(says, run)


def without_alarm(metric: str, where: str = "") -> Break:
    """Takes away every alarm on a metric, alone or in metric math."""

    def change(files: Files) -> int:
        found = []
        for all_, key, body in _resources(files, "CloudWatch::Alarm", where):
            p = body["Properties"]
            names = [p.get("MetricName")]
            names += [q["MetricStat"]["Metric"]["MetricName"] for q in p.get("Metrics", []) if "MetricStat" in q]
            if metric in names:
                found.append((all_, key))
        for all_, key in found:
            del all_[key]
        return len(found)

    return Break(f"no alarm on {metric}{f' in {where}' if where else ''}", change)


def wildcard_action() -> Break:
    """Lets every role do everything with S3."""

    def change(files: Files) -> int:
        count = 0
        for _, _, body in _resources(files, "IAM::Role", ""):
            for policy in body["Properties"]["Policies"]:
                policy["PolicyDocument"]["Statement"][0]["Action"] = "s3:*"
                count += 1
        return count

    return Break("roles that may do s3:*", change)
