"""Characters that only look like what YAML needs, and markers of a conflict: each is named at its place.

Every case is the shipped spec with an edit. What the remedies say is done to the letter, and the spec is right again.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, RejectedError
from compiler.reading.document import load_document
from compiler.reading.lookalikes import meant
from compiler.spec.compose import open_spec
from compiler.spec.parse import parse
from tests.helpers import SHIPPED

TEXT = SHIPPED.read_text(encoding="utf-8")
SPACES = "\u00a0\u2009\u202f\u3000\u2800\u200c\u200d"
PLACES = (
    ("throughput: 10000/s", "throughput:¤10000/s"),
    ("throughput: 10000/s", "throughput: ¤10000/s"),
    ("  rto: 15m", "  ¤rto: 15m"),
    ("  rto: 15m", "¤ rto: 15m"),
    ("  rto: 15m", "¤¤rto: 15m"),
    ("  latency: 1s", "¤¤latency: 1s"),
    ("rpo: 5m", "rpo: 5m¤"),
    ("rpo: 5m", "rpo: 5¤m"),
    ("rpo: 5m", "rpo¤: 5m"),
    ("rpo: 5m", 'rpo: "5m¤"'),
    ("failback: manual", "failback:¤manual"),
    ("  - name: transactions", "  -¤name: transactions"),
    ("  - name: documents", "¤¤- name: documents"),
    ("dns:\n", "dns:¤\n"),
    ("logs:\n  retention: 90d", "logs:\n  retention:¤90d"),
    ("writes: 1\n", "writes: 1¤\n"),
    ("heartbeat: true ", "heartbeat: true¤ "),
    ("key: {partition: transaction_id}", "key: {partition:¤transaction_id}"),
    ("key: {partition: transaction_id}", "key: {¤partition: transaction_id}"),
    ("role: primary, cidr", "role: primary,¤cidr"),
    ("owner: payments", "owner:¤payments"),
    ("owner: payments", "owner: payments¤"),
)
OTHERS = (
    ("domain: tx.example.com", "domain: “tx.example.com”"),
    ("domain: tx.example.com", "domain: ‘tx.example.com’"),
    ("owner: payments", "owner: „payments“"),
    ("rpo: 5m", "rpo: «5m»"),
    ("finding: rpo-watched", "finding: ＂rpo-watched＂"),
    ("rpo: 5m", "rpo：5m"),
    ("rpo: 5m", "rpo： 5m"),
    ("rpo: 5m", "rpo꞉ 5m"),
    ("dns:\n", "dns：\n"),
    ("key: {partition: transaction_id}", "key: {partition：transaction_id}"),
    ("key: {partition: transaction_id}", "key: ｛partition: transaction_id｝"),
    ("endpoints: []", "endpoints: ［］"),
    ("role: primary, cidr", "role: primary， cidr"),
    ("role: primary, cidr", "role: primary、cidr"),
    ("  - name: transactions", "  – name: transactions"),
    ("  - name: documents", "  • name: documents"),
    ("  - name: documents", "  − name: documents"),
    ("rpo: 5m", "rpo: 5m ＃ at most"),
    ("rpo: 5m", "rpo: ５m"),
    ("throughput: 10000/s", "throughput: 10000／s"),
    ("error_rate: 1%", "error_rate: 1％"),
    ("region: us-east-1", "region: us‑east‑1"),
    ("cidr: 10.20.0.0/16", "cidr: 10.20.0.0⁄16"),
)


def findings(text: str) -> tuple[Diagnostic, ...]:
    try:
        parse(load_document(text, "spec.yaml"))
    except RejectedError as error:
        return error.diagnostics
    return ()


def follow(text: str, found: tuple[Diagnostic, ...]) -> str:
    """What the remedies of DR131 say, done to the letter, the last character first."""
    lines = text.split("\n")
    for item in sorted(found, key=lambda item: item.span, reverse=True):
        line, column = item.span.start.line - 1, item.span.start.column - 1
        said = re.fullmatch(r"remove it|replace it with (a space|`(.)`)( and a space)?", item.help or "")
        assert said, item.help
        new = "" if item.help == "remove it" else (said[2] or " ") + (" " if said[3] else "")
        lines[line] = lines[line][:column] + new + lines[line][column + 1 :]
    return "\n".join(lines)


def named(old: str, new: str) -> None:
    assert TEXT.count(old) >= 1
    text = TEXT.replace(old, new, 1)
    found = findings(text)
    assert {item.rule for item in found} == {Code.DR131}, [(item.rule.code, item.message) for item in found]
    begin = len(TEXT.split(old)[0])
    odd = [begin + n for n, character in enumerate(new) if meant(character) is not None]
    places = [(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at), text[at]) for at in odd]
    assert [(item.span.start.line, item.span.start.column) for item in found] == [place[:2] for place in places]
    for item, (*_, character) in zip(found, places, strict=True):
        assert f"U+{ord(character):04X}" in item.message
        assert item.span.end.column == item.span.start.column + 1
    assert findings(follow(text, found)) == ()


@pytest.mark.parametrize("space", SPACES, ids=lambda space: f"{ord(space):04x}")
@pytest.mark.parametrize(("old", "new"), PLACES)
def test_what_only_looks_like_a_space(old: str, new: str, space: str) -> None:
    named(old, new.replace("¤", space))


@pytest.mark.parametrize(("old", "new"), OTHERS)
def test_what_only_looks_like_a_mark(old: str, new: str) -> None:
    named(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("reason: What a lost", "reason: Was 5\u00a0% „der Kunden“ heißt – à\u00a0peu près："),
        ("# What the business", "# “What” the business："),
        ("heartbeat: true", 'description: "Zahlungen\u00a0Süd\u00a0"\n    heartbeat: true'),
        (
            "heartbeat: true",
            'environment: {GREETING: "“hello”", HEART: "\u2764\ufe0f", WAVE: 👩\u200d💻}\n    heartbeat: true',
        ),
    ],
)
def test_where_such_a_character_is_meant(old: str, new: str) -> None:
    """In prose, in comments and between quotes."""
    assert findings(TEXT.replace(old, new, 1)) == ()


def test_another_mistake_is_not_put_down_to_a_character_that_does_no_harm() -> None:
    text = TEXT.replace("reason: What", "reason: 5\u00a0% of what").replace("# What the business", "# “What” the")
    found = findings(text.replace("  latency: 1s", "   latency: 1s"))
    assert [item.rule for item in found] == [Code.DR103]
    found = findings(text.replace("latency: 1s", "latency: 1"))
    assert [item.rule for item in found] == [Code.DR204]


HUNK = "<<<<<<< HEAD\n  rpo: 5m\n=======\n  rpo: 6m\n>>>>>>> topic\n"


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("  rpo: 5m\n", HUNK, [[0, 2, 4]]),
        ("  rpo: 5m\n", HUNK.replace("=======", "||||||| 1a2b3c4\n  rpo: 4m\n======="), [[0, 2, 4, 6]]),
        ("  rpo: 5m\n", f"{HUNK}{HUNK}", [[0, 2, 4], [5, 7, 9]]),
        ("  rpo: 5m\n", "  rpo: 5m\n=======\n", [[1]]),
        ("  rpo: 5m\n", "  rpo: 5m\n>>>>>>> topic\n", [[1]]),
        ("  rpo: 5m\n", "<<<<<<< HEAD\n  rpo: 5m\n", [[0]]),
        ("# What the business", "<<<<<<< HEAD\n# one\n=======\n# two\n>>>>>>> topic\n# What the business", [[0, 2, 4]]),
        ("version: 1", "<<<<<<< ours\nversion: 1\n=======\nversion: 1\n>>>>>>> theirs", [[0, 2, 4]]),
        ("  rpo: 5m\n", HUNK.replace("\n", "\r\n"), [[0, 2, 4]]),
        ("  rpo: 5m\n", "<<<<<<<<<< HEAD\n  rpo: 5m\n==========\n  rpo: 6m\n>>>>>>>>>> topic\n", [[0, 2, 4]]),
    ],
)
def test_a_conflict_is_named_at_its_markers(old: str, new: str, lines: list[list[int]]) -> None:
    text = TEXT.replace(old, new, 1)
    begin = TEXT.split(old)[0].count("\n") + 1
    found = findings(text)
    assert {item.rule for item in found} == {Code.DR130}
    assert [[label.at.start.line - begin for label in item.labels] for item in found] == lines
    assert all(item.span.start.column == 1 for item in found)


def test_a_conflict_at_the_end_and_a_text_of_such_lines() -> None:
    (found,) = findings(f"{TEXT}<<<<<<< HEAD\n=======\nalerts: {{}}\n>>>>>>> topic")
    assert (found.rule, len(found.labels)) == (Code.DR130, 3)
    heading = "reason: |\n      Agreed\n      =======\n      <<<<<<< as written\n  #"
    assert findings(TEXT.replace("reason: What", heading)) == ()


@pytest.mark.parametrize(
    ("line", "place", "code"),
    [
        ("  rpo:\u00a05m", "rpo:", Code.DR131),
        ("<<<<<<< HEAD\n  rpo: 5m\n=======\n  rpo: 6m\n>>>>>>> topic", "<<<<", Code.DR130),
        ("  rpo: “5m”", "“", Code.DR131),
    ],
)
def test_in_a_base_too(line: str, place: str, code: object, tmp_path: Path) -> None:
    base = f"base: true\n{TEXT}".replace("  rpo: 5m", line)
    (tmp_path / "base.yaml").write_text(base, encoding="utf-8")
    (tmp_path / "spec.yaml").write_text("extends: base.yaml\n", encoding="utf-8")
    with pytest.raises(RejectedError) as caught:
        parse(open_spec(tmp_path / "spec.yaml", "spec.yaml"))
    first = caught.value.diagnostics[0]
    at = base.index(place)
    assert (first.rule, first.span.file, first.span.start.line) == (code, "base.yaml", base.count("\n", 0, at) + 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  rto: 15m", "\trto: 15m"), ("  rto: 15m", " \trto: 15m"), ("rpo: 5m", "rpo:\t5m"), ("rpo: 5m", "rpo: 5m\t"),
        ("rpo: 5m", "rpo\t: 5m"), ("retention: 90d\n", "retention: 90d\n\t\n"), ("dns:\n", "dns:\n\t# names\n"),
        ("rpo: 5m", "rpo: 5m\t# at most"), ("- name: documents", "-\tname: documents"), ("dns:\n", "\t\ndns:\n"),
    ],
)  # fmt: skip
def test_a_tab_is_named_at_its_place(old: str, new: str) -> None:
    text = TEXT.replace(old, new, 1)
    (found,) = findings(text)
    at = text.index("\t")
    assert (found.rule, found.span.start.line) == (Code.DR104, text.count("\n", 0, at) + 1)
    assert found.span.start.column == at - text.rfind("\n", 0, at)
    assert found.help or found.rule.fix == "replace the tab with spaces"
    assert findings(text.replace("\t", " ")) == () or findings(text.replace("\t", "  ")) == ()
