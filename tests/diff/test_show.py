"""The diff as people see it: the important first, as wide as it may be, in colour only where that is wanted."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from compiler.aws.types.update_rules import Action, Data
from compiler.diagnostics.model import Position, Span
from compiler.diff.change import Blocker, Cause, Change, Diff, Json, Note, OutputChange, Property, StackDiff, Wave
from compiler.diff.compare import compare
from compiler.diff.record import record
from compiler.reporting import diff as differences
from compiler.reporting.changes import property_lines
from compiler.reporting.console import LEAST
from compiler.reporting.page import Page
from tests.diff.edits import EDITS
from tests.diff.worlds import deployment
from tests.terminal import ESCAPE, Terminal, diff_text


def line(number: int, file: str = "specs/t.yaml") -> Span:
    """The beginning of a line."""
    return Span(file, Position(number, 1), Position(number, 1))


CAUSE = Cause("tables[a].item_size", "1KB", "4KB", line(44))


def change(id_: str, action: Action, **given: Json) -> Change:
    return replace(Change("primary.us-east-1", id_, "AWS::A::B", action, causes=(CAUSE,)), **given)


def stack(*changes: Change, name: str = "primary.us-east-1", action: Action = Action.IN_PLACE) -> StackDiff:
    ordered = tuple(sorted(changes, key=lambda item: item.rank))
    return StackDiff(name, name.split(".")[1], f"t-{name}", action, 80, ordered)


def told(*stacks: StackDiff, width: int = 100, colour: bool = False, **given: Json) -> str:
    diff = replace(Diff("templates/t", "templates/t", stacks, explained=True, spec=(CAUSE,)), **given)
    return diff_text(diff, width=width, colour=colour)


def edit(name: str) -> Diff:
    (found,) = (edit for edit in EDITS if edit.name.startswith(name))
    stacks = compare(deployment(found.base, found.before), deployment(found.base, found.before, found.change))
    return Diff("templates/t", "templates/t", stacks)


def test_the_important_first() -> None:
    refusal = Blocker("no", "do otherwise")
    changes = [
        change("H", Action.ADDED),
        change("G", Action.IN_PLACE),
        change("F", Action.INTERRUPTED),
        change("E", Action.IN_PLACE, blockers=(refusal,)),
        change("D", Action.REMOVED),
        change("C", Action.IN_PLACE, data=Data.STANDBY),
        change("B", Action.REPLACED),
        change("A", Action.IN_PLACE, data=Data.LOST),
    ]
    words = told(stack(*changes))
    order = re.findall(r"^  \S.{11}(?:\w+ (?:COPY )?LOST  )?([A-H])  ", words, re.MULTILINE)
    assert order == list("ABCDEFGH")
    first, second = words.split("\n")[:2]
    assert first == "What a deployment does, compared with templates/t:"
    assert second == (
        "  1 with DATA LOST, 1 with a STANDBY COPY LOST, 1 replaced, 1 removed, 1 refused by AWS, 1 updated"
    )


def test_stacks_with_important_changes_first() -> None:
    words = told(
        stack(change("A", Action.ADDED), name="global.us-east-1"),
        stack(change("B", Action.REPLACED), name="secondary.us-west-2"),
        stack(name="primary.us-east-1", action=Action.SAME),
    )
    assert words.index("secondary.us-west-2") < words.index("global.us-east-1")
    assert "primary.us-east-1" not in words


def test_a_line_names_what_caused_it() -> None:
    assert "by tables[a].item_size: 1KB -> 4KB (specs/t.yaml:44)" in told(stack(change("A", Action.IN_PLACE)))
    new = replace(CAUSE, old=None)
    assert "by tables[a].item_size, which is new (specs/t.yaml:44)" in told(
        stack(change("A", Action.ADDED, causes=(new,)))
    )
    gone = replace(CAUSE, new=None, at=None)
    assert "by tables[a].item_size, which was removed\n" in told(stack(change("A", Action.REMOVED, causes=(gone,))))
    none = change("A", Action.IN_PLACE, causes=(), entry="tables[a]")
    assert "no change of the spec" in told(stack(none))
    assert "requested by tables[a]" in told(stack(none), explained=False)


def test_changes_of_the_spec_without_effect_are_told() -> None:
    words = told(
        stack(change("A", Action.ADDED)), silent=(Cause("objectives.rto", "15m", "20m", line(17, "specs/base.yaml")),)
    )
    assert words.endswith(
        "Changes of the spec without effect on what is deployed:\n  objectives.rto: 15m -> 20m (specs/base.yaml:17)\n"
    )


def test_the_order_of_an_update_is_told() -> None:
    waves = (Wave(("secondary.w", "replica.x"), bakes=True), Wave(("primary.e",), bakes=True), Wave(("global.e",)))
    changed = stack(change("A", Action.ADDED))
    assert told(changed, waves=waves, updates=True, bake_minutes=15).endswith(
        "Order while the primary region serves clients:\n"
        "  first secondary.w, replica.x, then a bake of 15 min\n"
        "  then  primary.e, then a bake of 15 min\n"
        "  then  global.e\n"
    )
    assert "bake" not in told(changed, waves=waves, updates=True)
    assert "Deployed in 3 waves, as for the first time." in told(changed, waves=waves)
    assert "Order" not in told(changed)


def test_the_same_is_said_once() -> None:
    tag = (Property(("Tags", "[owner]", "Value"), "a", "b"),)
    words = told(stack(*(change(f"R{n}", Action.IN_PLACE, properties=tag) for n in range(30))))
    assert words.count("Tags[owner].Value: a -> b") == 1
    assert "30 AWS::A::B: R0, R1, R2, R3, R4, R5, R6 and 23 more" in words
    other = replace(tag[0], new="c")
    words = told(stack(change("A", Action.IN_PLACE, properties=tag), change("B", Action.IN_PLACE, properties=(other,))))
    assert words.count("Tags[owner].Value") == 2


def test_what_only_follows_is_told_by_its_root() -> None:
    vpc = change("Vpc", Action.REPLACED)
    subnet = change("Subnet", Action.REPLACED, follows=("primary.us-east-1/Vpc",))
    route = change("Route", Action.REPLACED, follows=("primary.us-east-1/Subnet",))
    words = told(stack(vpc, subnet, route))
    assert "2 AWS::A::B: Route, Subnet" in words or "2 AWS::A::B: Subnet, Route" in words
    assert words.count("because Vpc is replaced") == 1
    away = replace(subnet, follows=("secondary.us-west-2/Vpc",), properties=(Property(("A",), 1, 2),) * 2)
    assert "because Vpc of secondary.us-west-2 is replaced" in told(stack(away))


def test_only_aws_can_tell() -> None:
    words = told(stack(change("A", Action.REPLACED, certain=False)))
    assert "REPLACED?" in words
    assert "(only AWS can tell)" in words


def test_a_refused_output() -> None:
    refusal = Blocker("the export `e` goes, and primary imports it", "first deploy otherwise")
    output = OutputChange("global.us-east-1", "Zone", "e", Action.REMOVED, "a", None, ("primary",), (), (refusal,))
    words = told(replace(stack(name="global.us-east-1"), outputs=(output,)))
    assert "1 refused by AWS" in words
    assert "output Zone, exported as e\n    refused by AWS: the export `e` goes" in words


@pytest.mark.parametrize("width", [LEAST, 60, 80, 100, 160])
@pytest.mark.parametrize(
    "name", ["another standby region", "another domain", "another value of a tag", "another suffix"]
)
def test_no_line_is_wider_than_it_may_be(name: str, width: int) -> None:
    words = diff_text(edit(name), width=width)
    for line in words.split("\n"):
        assert len(line) <= width, line
        assert line == line.rstrip()


def test_colour_adds_nothing_but_colour() -> None:
    plain, painted = (diff_text(edit("another standby"), colour=colour) for colour in (False, True))
    assert "\x1b" not in plain
    assert ESCAPE.sub("", painted) == plain
    assert "\x1b[1;31mREPLACED" in painted


def printed(diff: Diff, stream: io.StringIO) -> str:
    differences.show(diff, Page(stream))
    return stream.getvalue()


def test_colour_only_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    diff = edit("more memory")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert "\x1b" in printed(diff, Terminal())
    assert "\x1b" not in printed(diff, io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in printed(diff, Terminal())


def test_lost_data_is_seen_with_colour_and_without() -> None:
    lost = stack(change("A", Action.REPLACED, data=Data.LOST))
    assert "\x1b[1;7;31mDATA LOST\x1b[0m" in told(lost, colour=True)
    assert "REPLACED    DATA LOST  A" in told(lost)


@pytest.mark.parametrize("columns", [70, 130])
def test_the_terminal_says_how_wide(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = printed(edit("another standby region"), io.StringIO()).split("\n")
    assert columns - 15 < max(len(line) for line in lines) <= columns


def test_nothing_moves_the_cursor() -> None:
    evil = "\x1b[2J\u202e\n"
    words = told(
        stack(
            change("A", Action.IN_PLACE, properties=(Property((evil,), evil, [evil]),), notes=(Note(evil),)),
            change("B", Action.ADDED, causes=(Cause("x", evil, evil, line(1)),)),
        )
    )
    assert "\x1b" not in words
    assert "\u202e" not in words


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (10, 30, "P: 10 -> 30"),
        (None, "a", "P: + a"),
        ("a", None, "P: - a"),
        ("", "a", 'P: "" -> a'),
        (True, False, "P: true -> false"),
        (["kms", "sns"], ["kms", "sqs"], 'P: ["sns"] -> ["sqs"]'),
        (["a", "b"], ["b", "a"], 'P: ["a", "b"] -> ["b", "a"]'),
        (["a"], ["a", "b"], 'P: … -> ["b"]'),
        ("<primary.us-east-1/Vpc>", "<new primary.us-east-1/Vpc>", "P: <Vpc> -> <new Vpc>"),
        ({"Ref": 1}, {"Ref": 2}, 'P: {"Ref": 1} -> {"Ref": 2}'),
        ("x" * 200, "y" * 200, f"P: {'x' * 35}… -> {'y' * 35}…"),
        ("a" * 100 + "OLD" + "z" * 90, "a" * 100 + "NEW" + "z" * 90, None),
    ],
)
def test_values_are_shortened_to_where_they_differ(old: Json, new: Json, line: str | None) -> None:
    (shown,) = property_lines(Property(("P",), old, new), 80)
    assert len(shown) <= 80
    if line is None:
        assert "OLD" in shown
        assert "NEW" in shown
    else:
        assert shown == line


def test_a_long_path_has_a_line_of_its_own() -> None:
    lines = property_lines(Property(("Configuration", "x" * 50), "a" * 40, "b" * 40), 66)
    assert lines[0] == f"Configuration.{'x' * 50}:"
    assert lines[1].startswith("  aaaa")
    assert len(lines[1]) <= 66


def test_json_keeps_everything() -> None:
    diff = edit("another standby region")
    value = record(diff)
    assert sum(len(stack["changes"]) for stack in value["stacks"]) == len(diff.changes)
    summary = dict(value["summary"])
    assert summary.pop("refused") == sum(bool(c.blockers) for c in diff.changes)
    assert summary == {
        **{str(a): n for a in Action if (n := sum(c.action is a for c in diff.changes))},
        **{str(d): n for d in Data if d is not Data.NONE and (n := sum(c.data is d for c in diff.changes))},
    }
