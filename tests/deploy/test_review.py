"""The review of a deployment as a person reads it."""

from __future__ import annotations

import io
import re

import pytest

from compiler.deploy import summary
from compiler.deploy.change_sets import ChangeSet
from compiler.deploy.cloud import Change
from compiler.deploy.discovery import Preview
from compiler.deploy.review import Danger
from compiler.reporting.page import show
from tests.deploy.account import Account, session_of
from tests.helpers import SHIPPED, compiled

TABLE = "AWS::DynamoDB::GlobalTable"


def plain(text: str) -> str:
    """A text without the control codes of a terminal."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_what_happens_to_data_looks_as_serious_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of(compiled(SHIPPED), Account())
    stack = session.deployment.stack(session.topology.primary)
    changes = (Change("Modify", "Logs", "AWS::Logs::LogGroup"), Change("Modify", "Table", TABLE, "True"))
    danger = Danger("Table", TABLE, "would be replaced", "the items")
    previews = (Preview(stack, None, ChangeSet("n", False, changes, None, (danger,))),)

    def shown() -> str:
        out = io.StringIO()
        show(summary.summary(session, previews), out)
        return out.getvalue()

    usual = shown()
    assert "      change   Logs (AWS::Logs::LogGroup)\n" in usual
    assert "               DATA AT STAKE: the items; `Table` would be replaced\n" in usual
    monkeypatch.setenv("FORCE_COLOR", "1")
    painted = shown()
    assert plain(painted) == usual
    assert re.search(r"\x1b\[1;7;31m\s*DATA AT STAKE", painted), "bold, red and reversed"
    assert re.search(r"\x1b\[1;31m\s*replace +Table", painted)
