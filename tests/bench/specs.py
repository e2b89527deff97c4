"""Specs of many sizes, made from the shipped one: more tables, more regions, more specs beside each other."""

from __future__ import annotations

import copy
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from compiler.aws import regions
from tests.bench.timing import ROOT

SHIPPED = ROOT / "specs" / "dr-topology.yaml"
Tree = dict[str, Any]
_IN_A_PART = 12
"""Tables, buckets and functions of a part: about 40 resources for the three."""
_ROUTES = 250
"""Functions of a large spec that have a route of their own; an API has a limited number of routes."""


def shipped() -> Tree:
    tree: Tree = YAML(typ="safe").load(SHIPPED.read_text(encoding="utf-8"))
    return tree


def more_tables(count: int) -> Tree:
    """The shipped spec with so many tables more, which no function uses."""
    tree = shipped()
    table = tree["tables"][0]
    for function in tree["functions"]:
        function["tables"] = [table["name"]]
    tree["tables"] += [{**copy.deepcopy(table), "name": f"more-{number}"} for number in range(count)]
    return tree


def of_each(count: int) -> Tree:
    """So many tables, buckets and functions, in parts that have room for them."""
    tree: Tree = YAML(typ="safe").load((ROOT / "tests" / "specs" / "minimal.yaml").read_text(encoding="utf-8"))
    (function,), (route,) = tree["functions"], tree["api"]["routes"]
    table = shipped()["tables"][0]
    tree["tables"], tree["buckets"] = [], []
    function |= {"tables": [], "buckets": []}
    for number in range(count):
        stack = {"stack": f"p{number // _IN_A_PART}"}
        tree["tables"].append({**copy.deepcopy(table), "name": f"t{number}", **stack})
        tree["buckets"].append({"name": f"b{number}", "objects": 0.001, "object_size": "1MB", **stack})
        more = {"name": f"f{number}", "share": 0.0001, "tables": [f"t{number}"], "buckets": [f"b{number}"], **stack}
        tree["functions"].append({**function, **more})
        if number < _ROUTES:
            tree["api"]["routes"].append({**route, "path": f"/f{number}", "function": f"f{number}"})
    tree["quotas"] = {"lambda_concurrency": 200_000, "alarms": 50_000, "iam_roles": 5000}
    return tree


def many_regions(count: int) -> Tree:
    """The shipped spec with replicas in further regions, so many regions in all."""
    tree = shipped()
    held = {region["region"] for region in tree["regions"]}
    free = [
        name
        for name in regions.COMMERCIAL
        if name not in held and not regions.lacking(name) and regions.supports_acceleration(name)
    ]
    tree["regions"] += [{"region": name, "role": "replica"} for name in free[: count - len(held)]]
    return tree


def apart(count: int) -> Iterator[tuple[str, Tree]]:
    """So many specs that share nothing, by name."""
    ranges = ipaddress.ip_network("10.0.0.0/8").subnets(new_prefix=18)
    for number in range(count):
        tree = shipped()
        tree["name"] = f"system-{number}"
        tree["naming"] = {**tree["naming"], "suffix": f"s{number}"}
        tree["dns"] = {**tree["dns"], "domain": f"system-{number}.example.com"}
        tree["encryption"] = {**tree["encryption"], "alias": f"alias/system-{number}"}
        for region in tree["regions"]:
            if "cidr" in region:
                region["cidr"] = str(next(ranges))
        yield f"system-{number}", tree


def write(tree: Tree, path: Path) -> Path:
    """The spec in a file below a folder `specs`; the code of its functions stands beside that folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(tree, file)
    functions = path.parent.parent / "functions"
    if not functions.exists():
        functions.symlink_to(ROOT / "functions")
    return path
