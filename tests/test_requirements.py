"""Every line of the requirements holds for the committed templates and a fresh compile, and can be seen to fail."""

from __future__ import annotations

import hashlib
import re

import pytest

from tests.helpers import Topology, committed, shipped
from tests.requirements.breaks import Break, spoilt
from tests.requirements_table import ROWS, Row

DIGEST = "027ba4fe5a340e0ea6533835a9ed443ef96689433a64c88f96ae07599369dcb4"
"""Of all lines, section by section: none can be dropped or reworded without somebody noticing here."""


def _name(row: Row) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", f"{row.section[:12]} {row.text[:60]}").strip("-")


def test_the_table_has_every_line() -> None:
    lines = "\n".join(f"{row.section}\n{row.text}" for row in ROWS)
    assert hashlib.sha256(lines.encode()).hexdigest() == DIGEST
    assert len(ROWS) == 78
    assert len({(row.section, row.text) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_met_by_a_fresh_compile(row: Row) -> None:
    row.check(shipped())


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_met_by_the_committed_templates(row: Row) -> None:
    row.check(committed())


BREAKS = [(row, mutation) for row in ROWS for mutation in row.breaks]


@pytest.mark.parametrize(("row", "mutation"), BREAKS, ids=[f"{_name(row)}: {m.says}" for row, m in BREAKS])
def test_the_assertion_notices(row: Row, mutation: Break) -> None:
    with pytest.raises(AssertionError):
        row.check(spoilt(shipped(), mutation))


def test_every_row_says_where_and_how_and_has_a_break() -> None:
    for row in ROWS:
        assert row.where
        assert row.how.endswith(".")
        assert row.breaks


def test_what_a_row_points_at_is_there() -> None:
    """Logical ids, parameters and outputs named in the table exist in the templates."""
    topology: Topology = shipped()
    known: set[str] = set(topology.manifest)
    for template in topology.templates.values():
        for section in ("Resources", "Parameters", "Outputs"):
            known |= set(template[section])
        known |= set(template)
    others = {"DeletionPolicy", "UpdateReplacePolicy", "Metadata.Spec", "Metadata.Wildcards", "write: dual-write"}
    for row in ROWS:
        for word in re.findall(r"`([^`]+)`", row.where):
            assert word in known | others or word.startswith("templates/dr-topology/"), f"{row.text}: {word}"
