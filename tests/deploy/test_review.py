"""The review of a deployment as a person reads it."""

from __future__ import annotations

import io
import re

import pytest

from compiler.aws.types.apigateway import DEPLOYMENT
from compiler.aws.types.update_rules import Action
from compiler.deploy import overview, review, summary
from compiler.deploy.change_sets import ChangeSet
from compiler.deploy.cloud import Change
from compiler.deploy.discovery import Preview
from compiler.deploy.proposal import Predicted
from compiler.deploy.review import Danger
from compiler.diff.compare import compare
from compiler.reporting.markdown import MOST_BYTES, comment
from compiler.reporting.page import show
from tests.deploy.account import Account, session_of
from tests.diff.worlds import deployment
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
        show(overview.lines(summary.summary(session, previews)), out)
        return out.getvalue()

    usual = shown()
    assert "      change     Logs (AWS::Logs::LogGroup)\n" in usual
    assert "                 DATA AT STAKE: the items; `Table` would be replaced\n" in usual
    monkeypatch.setenv("FORCE_COLOR", "1")
    painted = shown()
    assert plain(painted) == usual
    assert re.search(r"\x1b\[1;7;31m\s*DATA AT STAKE", painted), "bold, red and reversed"
    assert re.search(r"\x1b\[1;31m\s*replace +Table", painted)


def test_what_matters_most_comes_first_and_only_once() -> None:
    """Over all stacks: data, then replacements, then removals; what is left is below its stack."""
    session = session_of(compiled(SHIPPED), Account())
    kinds = {"a": ("Add", "False"), "b": ("Modify", "False"), "c": ("Remove", "False"), "d": ("Modify", "Conditional"),
             "e": ("Modify", "True"), "f": ("Modify", "Conditional")}  # fmt: skip
    changes = tuple(Change(action, id_, "T", replacement) for id_, (action, replacement) in kinds.items())
    danger = Danger("f", "T", "might be replaced", "the items")
    previews = tuple(
        Preview(session.deployment.stack(stack), None, ChangeSet("n", False, found, None, dangers))
        for stack, found, dangers in (
            (session.topology.global_, changes[:3], ()),
            (session.topology.primary, changes[3:], (danger,)),
        )
    )
    told = [line.lead + line.words for line in overview.lines(summary.summary(session, previews))]
    assert [line[6:].split(" (")[0] for line in told if line.startswith("      ") and "DATA" not in line] == [
        "replace?   f", "replace    e", "replace?   d", "remove     c", "change     b", "add        a",
    ]  # fmt: skip
    assert told.index("  what matters first") == 1


def test_a_review_as_a_comment_shows_what_matters_and_nothing_of_it_is_markup() -> None:
    odd = "x`<img src=y>``@all [a](https://b) | c"
    changes = (Change("Remove", odd, odd), *(Change("Add", f"{odd}{number}", "T") for number in range(3000)))
    parts = tuple(overview.Part(f"stack{n}", odd, odd, changes if n == 1 else ()) for n in range(3))
    text = comment(overview.report(overview.Overview("s", odd, ((odd, odd),), parts, (odd,))), "dr-deploy SPEC --plan")
    assert len(text.encode()) <= MOST_BYTES
    outside = re.sub(r"(?ms)^(`{3,})text$.*?^\1$", "", text)
    for markup in ("<img", "@all", "[a]", "](https"):
        assert markup not in outside, markup
    assert outside.index("remove") < outside.index("<details>")
    assert "more lines; `dr-deploy SPEC --plan` prints them" in text


def test_a_deployment_whose_place_a_newer_one_takes_has_the_word_of_the_diff() -> None:
    """In the review of a run and of a proposal; a deployment without a successor is removed."""
    # Given: a REST API, and the same with another route
    routes = ("  routes:\n", "  routes:\n    - {method: GET, path: /late, function: read, auth: iam}\n")
    old, new = deployment("rest"), deployment("rest", (routes,))
    said = {change.id: change for stack in compare(old, new) for change in stack.changes if change.type == DEPLOYMENT}
    (gone,) = (change for change in said.values() if change.action is Action.SUPERSEDED)
    (come,) = (change for change in said.values() if change.action is Action.ADDED)
    before, after = (s.template.body for side in (old, new) for s in side.stacks if s.key == gone.stack)
    changes = (Change("Add", come.id, DEPLOYMENT), Change("Remove", gone.id, DEPLOYMENT))

    # When: CloudFormation lists both, or only the removal
    replaced, alone = (review.with_superseded(each, before, after) for each in (changes, changes[1:]))

    # Then
    assert [review.word(change) for change in replaced] == ["add", str(gone.action)]
    assert str(review.counts(replaced)) == "1 to add, 1 superseded"
    assert review.rank(replaced[1], None) >= review.GRAVE, "clients lose nothing"
    assert [review.word(change) for change in alone] == ["remove"]
    predicted = Predicted(id=gone.id, type=DEPLOYMENT, action="Remove", superseded=replaced[1].superseded)
    assert review.word(Predicted.model_validate(predicted.model_dump()).change) == str(gone.action)
