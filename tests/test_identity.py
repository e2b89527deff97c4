"""No version replaces a resource of a running system, unless CHANGELOG.md says how to get to the new one."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest

from tests.generated import identity

SPECS = identity.specs()
SHIPPED = SPECS[0]


def migrations(text: str, version: str) -> str:
    """The section `Migrations` of a version in a changelog; empty if there is none."""
    found = re.search(rf"^## {re.escape(version)}\b.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    section = re.search(r"^### Migrations\n(.*?)(?=^### |\Z)", found[0] if found else "", re.MULTILINE | re.DOTALL)
    return section[1] if section else ""


def unnamed(lock: dict[str, object], changelog: str) -> list[str]:
    """Superseded identities that the changelog does not name under the version that superseded them."""
    gone = lock["superseded"]
    assert isinstance(gone, list)
    return [
        name
        for item in gone
        if f"`{(name := item['stack'] + '/' + item['id'])}`" not in migrations(changelog, item["version"])
    ]


@pytest.mark.parametrize("spec", SPECS, ids=identity.name)
def test_identities_are_those_of_the_lock(spec: Path) -> None:
    changed = identity.superseded(identity.read(spec)["resources"], identity.identities(spec))
    lines = [f"- `{stack}/{name}`: was {was}" for stack, entries in changed.items() for name, was in entries.items()]
    assert not lines, (
        f"{spec.name}: these resources would be replaced. If that is meant, write under `Migrations` of CHANGELOG.md "
        "how an operator gets to the new ones without losing data, then run `make goldens`:\n" + "\n".join(lines)
    )


@pytest.mark.parametrize("spec", SPECS, ids=identity.name)
def test_what_was_superseded_has_a_migration(spec: Path) -> None:
    changelog = (identity.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert not unnamed(identity.read(spec), changelog), "CHANGELOG.md does not name these under `Migrations`"


def test_every_spec_and_every_example_is_locked() -> None:
    locked = {path.stem for path in (identity.ROOT / identity.LOCKS).glob("*.json")}
    assert locked == {identity.name(spec) for spec in SPECS}
    table = identity.read(SHIPPED)["resources"]
    assert set(table) == {"global.us-east-1", "primary.us-east-1", "secondary.us-west-2"}
    assert table["primary.us-east-1"]["TableTransactions"]["name"] == "table-transactions-prod-a1"
    assert table["secondary.us-west-2"]["PrivateSubnet1"]["fixed"]["CidrBlock"]
    assert "name" not in table["primary.us-east-1"]["Key"]


@pytest.mark.parametrize("what", ["type", "name", "fixed", "gone", "moved"])
def test_a_changed_identity_is_noticed_and_needs_a_migration(what: str) -> None:
    lock = identity.read(SHIPPED)
    new = copy.deepcopy(lock["resources"])
    stack, name = "primary.us-east-1", "TableTransactions"
    if what in ("gone", "moved"):
        entry = new[stack].pop(name)
        new["secondary.us-west-2"].update({name: entry} if what == "moved" else {})
    elif what == "fixed":
        new[stack][name]["fixed"]["KeySchema"] = "another"
    else:
        new[stack][name][what] = "another"
    after = identity.renewed(lock, new, "0.2.0")
    assert [(item["stack"], item["id"]) for item in after["superseded"]] == [(stack, name)]
    assert identity.renewed(after, new, "0.2.0") == after, "a second run loses nothing and adds nothing"
    assert unnamed(after, "## 0.2.0\n\n### Migrations\n\nNone.\n") == [f"{stack}/{name}"]
    assert unnamed(after, f"## 0.1.0\n\n### Migrations\n\n- `{stack}/{name}`: move it.\n") == [f"{stack}/{name}"]
    assert not unnamed(after, f"## 0.2.0\n\n### Migrations\n\n- `{stack}/{name}`: export, then import.\n")


def test_a_new_resource_needs_no_migration() -> None:
    lock = identity.read(SHIPPED)
    new = copy.deepcopy(lock["resources"])
    new["primary.us-east-1"]["Another"] = {"type": "AWS::SNS::Topic"}
    assert identity.renewed(lock, new, "0.2.0")["superseded"] == []
