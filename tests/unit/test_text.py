"""Diagnostics as people and machines see them: whole renderings, so that the look is a decision and not an accident."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Rule, Severity, Span
from compiler.reading.document import load_document
from compiler.reading.textfile import oddities
from compiler.reporting import json_object
from compiler.reporting.console import LEAST, wants_colour
from compiler.reporting.result import Result, Stack
from compiler.reporting.text import Sources, cells, render
from compiler.spec.parse import parse
from tests.terminal import Terminal
from tests.tiers import examples

WARNING = Rule("DR399", "doubtful", "says", "why", "look at it", severity=Severity.WARNING)
NOTE = Rule("DR398", "notable", "says", "why", "know it", severity=Severity.INFO)


def span(line: int, column: int, end: int, file: str = "spec.yaml") -> Span:
    return Span(file, Position(line, column), Position(line, end))


def at(line: int, column: int, end: int, text: str = "", file: str = "spec.yaml") -> Label:
    return Label(span(line, column, end, file), text)


def rendered(source_text: str, *found: Diagnostic, width: int | None = None, colour: bool = False) -> str:
    return render(found, {"spec.yaml": source_text}, width=width, colour=colour)


def of_spec(text: str) -> str:
    """What a spec's own mistakes look like."""
    with pytest.raises(RejectedError) as caught:
        parse(load_document(text, "specs/shop.yaml"))
    return render(caught.value.diagnostics, {"specs/shop.yaml": text})


BASE = """\
version: 1
name: shop
naming: {environment: prod, suffix: a1}
objectives: {rto: 15m, rpo: 5m, throughput: 10/s, latency: 1s}
regions:
  - {region: us-east-1, role: primary, cidr: 10.10.0.0/16}
  - {region: us-west-2, role: secondary, cidr: 10.20.0.0/16}
functions:
  - {name: work, source: code, runtime: python3.13, handler: app.handler, memory: 128MB, timeout: 10s, duration: 40ms}
api: {routes: [{method: GET, path: /things, function: work}]}
dns: {domain: tx.example.com}
"""


def test_one_error() -> None:
    assert (
        of_spec(BASE.replace("rto: 15m", "rto: 15"))
        == """\
error[DR204]: `15` has no unit
 --> specs/shop.yaml:4:19
  |
4 | objectives: {rto: 15, rpo: 5m, throughput: 10/s, latency: 1s}
  |                   ^^
  = help: write `15m` or `15s` or `15h`

1 error
"""
    )


def test_two_labels_and_line_numbers_of_two_widths() -> None:
    text = BASE + "buckets:\n- name: files\n  objects: 1\n  object_size: 1KB\n- name: files\n  objects: 1\n"
    assert (
        of_spec(text)
        == """\
error[DR202]: `object_size` is missing in `buckets[1]`
  --> specs/shop.yaml:16:3
   |
16 | - name: files
   |   ^^^^^^^^^^^ needs `object_size`
   = help: add `object_size:` (Mean size of an object)

error[DR209]: `files` occurs twice in `buckets`
  --> specs/shop.yaml:16:9
   |
16 | - name: files
   |         ^^^^^ again here
  ::: specs/shop.yaml:13:9
   |
13 | - name: files
   |         ^^^^^ first here
   = help: give each entry a different name

2 errors
"""
    )


def test_wide_characters_move_the_carets() -> None:
    text = BASE.replace("suffix: a1}", 'suffix: "東京支店", tags: {since: 2026-01-31}}')
    assert (
        of_spec(text)
        == """\
error[DR206]: `東京支店` is not allowed here: it must be 1 to 8 lower-case letters and digits
 --> specs/shop.yaml:3:37
  |
3 | naming: {environment: prod, suffix: "東京支店", tags: {since: 2026-01-31}}
  |                                     ^^^^^^^^^^ `東`, `京`, `支`, `店` are not allowed
  = help: for example: a1, blue2

error[DR212]: other YAML parsers read `2026-01-31` without quotes as a date
 --> specs/shop.yaml:3:59
  |
3 | naming: {environment: prod, suffix: "東京支店", tags: {since: 2026-01-31}}
  |                                                               ^^^^^^^^^^
  = help: write "2026-01-31"

2 errors
"""
    )


def test_what_hides_is_shown() -> None:
    text = BASE.replace("name: shop", "name: shop # \u202efor reviewers")
    with pytest.raises(RejectedError) as caught:
        load_document(text, "specs/shop.yaml")
    assert (
        render(caught.value.diagnostics, {"specs/shop.yaml": text})
        == """\
error[DR115]: the character U+202E (right-to-left override) is invisible or changes the direction of the text
 --> specs/shop.yaml:2:14
  |
2 | name: shop # <U+202E>for reviewers
  |              ^^^^^^^^
  = help: remove the character

1 error
"""
    )


def test_a_quote_that_is_never_closed() -> None:
    text = BASE + 'alerts:\n  email: "oncall@example.com\nlogs: {}\n'
    with pytest.raises(RejectedError) as caught:
        load_document(text, "specs/shop.yaml")
    assert (
        render(caught.value.diagnostics, {"specs/shop.yaml": text})
        == """\
error[DR103]: a quoted text is never closed
  --> specs/shop.yaml:13:10
   |
13 |   email: "oncall@example.com
   |          ^ never closed
  ::: specs/shop.yaml:14:9
   |
14 | logs: {}
   |         ^ the file ends here
   = help: close the quote

1 error
"""
    )


def test_errors_warnings_and_notes_are_counted_and_in_the_order_of_the_file() -> None:
    found = (
        Diagnostic(NOTE, "third", (at(3, 1, 2),)),
        Diagnostic(Code.DR205, "second", (at(2, 3, 4),)),
        Diagnostic(WARNING, "first", (at(2, 1, 2),), "do this", lint="W1"),
        Diagnostic(Code.DR205, "second", (at(2, 3, 4),)),
    )
    assert (
        rendered("a\nb c\nd\n", *found)
        == """\
warning[DR399 W1]: first
 --> spec.yaml:2:1
  |
2 | b c
  | ^
  = help: do this

error[DR205]: second
 --> spec.yaml:2:3
  |
2 | b c
  |   ^
  = help: choose an allowed value

info[DR398]: third
 --> spec.yaml:3:1
  |
3 | d
  | ^
  = help: know it

1 error, 1 warning, 1 note
"""
    )


def test_a_line_too_long_for_any_terminal_is_cut_around_the_place() -> None:
    text = "x" * 5000 + " here " + "y" * 5000
    shown = rendered(text, Diagnostic(Code.DR205, "message", (at(1, 5002, 5006, "this"),)))
    line, carets = shown.split("\n")[3:5]
    assert line == "1 | …" + "x" * 58 + " here " + "y" * 94 + "…"
    assert carets == "  | " + " " * 60 + "^^^^ this"


def test_a_place_wider_than_any_terminal_is_cut_too() -> None:
    shown = rendered("k: " + "v" * 500, Diagnostic(Code.DR205, "message", (at(1, 4, 504),)))
    line, carets = shown.split("\n")[3:5]
    assert line == "1 | k: " + "v" * 156 + "…"
    assert carets == "  |    " + "^" * 157


def test_a_place_without_a_text_is_named_all_the_same() -> None:
    found = Diagnostic(Code.DR101, "`none.yaml` does not exist", (at(1, 1, 1, "said", file="none.yaml"),))
    assert (
        rendered("", found)
        == """\
error[DR101]: `none.yaml` does not exist
 --> none.yaml:1:1
  | said
  = help: name a readable YAML file, such as `specs/dr-topology.yaml`

1 error
"""
    )


def test_nothing_is_nothing() -> None:
    assert rendered("a\n") == ""


def test_colour() -> None:
    shown = rendered("a b\n", Diagnostic(Code.DR205, "message", (at(1, 3, 4), at(1, 1, 2, "first"))), colour=True)
    assert "\x1b[1;31merror[DR205]\x1b[0m: \x1b[1mmessage\x1b[0m" in shown
    assert "\x1b[1;31m^\x1b[0m" in shown
    assert "\x1b[1;34m^ first\x1b[0m" in shown
    plain = rendered("a b\n", Diagnostic(Code.DR205, "message", (at(1, 3, 4), at(1, 1, 2, "first"))))
    assert "\x1b" not in plain


@pytest.mark.parametrize(
    ("environment", "terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "xterm"}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": ""}, False, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_when_to_paint(environment: dict[str, str], terminal: bool, wanted: bool) -> None:
    assert wants_colour(Terminal() if terminal else io.StringIO(), environment) is wanted


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("日本", 4), ("e\u0301", 1), ("👨\u200d👩", 4), ("ＡＢ", 4), ("☺\ufe0f", 1), ("", 0), ("é", 1)],
)
def test_columns_on_a_terminal(text: str, columns: int) -> None:
    assert cells(text) == columns


def test_a_terminal_cannot_be_steered_from_a_spec() -> None:
    """A value with escape sequences, a file name with a line break: shown, never sent."""
    found = Diagnostic(
        Code.DR206,
        "`\x1b[2J\x07` is not allowed\nhere",
        (at(1, 1, 4, "\u202eit", file="a\nb\x9b.yaml"),),
        "\x1b]0;x\x07",
    )
    shown = rendered("", found)
    assert "`<U+001B>[2J<U+0007>` is not allowed\\nhere" in shown
    assert "a\\nb<U+009B>.yaml:1:1" in shown
    assert "<U+202E>it" in shown
    assert "help: <U+001B>]0;x<U+0007>" in shown


@examples(60)
@given(st.text(max_size=60), st.integers(1, 70), st.integers(1, 70), st.text(max_size=20))
def test_whatever_is_shown_is_printable_and_ends_where_it_should(line: str, start: int, end: int, said: str) -> None:
    shown = rendered(line, Diagnostic(Code.DR205, said, (at(1, start, end, said),), said or None))
    assert not any(oddities(shown))
    assert "\t" not in shown
    assert shown.split("\n")[-2] == "1 error"
    assert shown.encode("utf-8")


WORDS = st.text(st.sampled_from("ab 日語é\u0301\u200b`-<_"), max_size=200)
PATH = re.compile(r" *(-->|:::) ")


@examples(200)
@example(40, "", 0, 37, "", "", "", 1)
@given(
    st.integers(LEAST, 200), WORDS, st.integers(0, 80), st.integers(1, 60), WORDS, WORDS, WORDS, st.integers(1, 99999)
)
def test_every_line_fits_and_carets_are_under_the_marked_text(
    width: int, before: str, gap: int, length: int, after: str, said: str, message: str, line: int
) -> None:
    """At every width, whatever the texts: the marked X are what the carets are under, as far as they are in sight."""
    source_line = before + " " * gap + "X" * length + after
    start = len(before) + gap + 1
    text = "\n" * (line - 1) + source_line
    found = Diagnostic(Code.DR205, message, (at(line, start, start + length, said),), said or "help")
    shown = rendered(text, found, width=width).split("\n")
    assert not [row for row in shown if cells(row) > width and not PATH.match(row)]
    assert not [row for row in shown if re.fullmatch(r" *\| +", row)], "a line of nothing"
    number = next(index for index, row in enumerate(shown) if PATH.match(row)) + 2
    assert shown[number].startswith(f"{line} | ")
    lead = len(f"{line} | ")
    row, carets = shown[number][lead:], shown[number + 1][lead:]
    marked = row.index("X")
    assert cells(row[:marked]) == carets.index("^")
    under = row[marked : marked + carets.count("^")]
    assert under.rstrip("…") == "X" * len(under.rstrip("…"))
    assert under.count("X") == length or under.endswith("…")


def test_a_narrow_terminal() -> None:
    """Words are kept whole, lines go on under their text, a label that does not fit goes below its carets."""
    text = "name: shop\nnaming: {environment: prod, suffix: a1, tags: {owner: payments}}\n"
    found = Diagnostic(
        Code.DR205,
        "`production` is not an environment that this organisation knows",
        (at(2, 23, 27, "not one of the environments"),),
        "choose one of `dev`, `test`, `prod`, `audit`",
    )
    assert (
        rendered(text, found, width=40)
        == """\
error[DR205]: `production` is not an
  environment that this organisation
  knows
 --> spec.yaml:2:23
  |
2 | …nvironment: prod, suffix: a1, tags…
  |              ^^^^
  |             not one of the
  |             environments
  = help: choose one of `dev`, `test`,
          `prod`, `audit`

1 error
"""
    )


def test_a_line_is_looked_up_in_files_that_were_not_handed_in(tmp_path: Path) -> None:
    (tmp_path / "marked.yaml").write_bytes(b"\xef\xbb\xbfname: caf\xe9\r\nnext: 1\r\n")
    (tmp_path / "binary").write_bytes(b"a\0b\n")
    os.mkfifo(tmp_path / "pipe")
    sources = Sources({})
    assert sources.line(f"{tmp_path}/marked.yaml", 1) == "name: caf\ufffd"
    assert sources.line(f"{tmp_path}/marked.yaml", 2) == "next: 1"
    assert sources.line(f"{tmp_path}/marked.yaml", 99) is None
    assert sources.line(f"{tmp_path}/binary", 1) is None
    assert sources.line(f"{tmp_path}/pipe", 1) is None
    assert sources.line(f"{tmp_path}", 1) is None


def test_a_bundled_partial_is_shown_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Sources({}).line("partials/sns/topic.json.j2", 1) == "{"


def test_json_has_the_same_and_is_ascii() -> None:
    found = (
        Diagnostic(Code.DR209, "`é` occurs \ud800 twice", (at(2, 3, 4), at(1, 1, 2, "first here")), None),
        Diagnostic(WARNING, "warned", (at(1, 1, 2),), "do this", lint="W1"),
    )
    text = json_object.render(
        Result(found, stacks=(Stack("primary", "us-east-1", "primary.us-east-1.json", 82, "spec.yaml"),))
    )
    assert text.isascii()
    assert json.loads(text) == {
        "diagnostics": [
            {
                "code": "DR399", "severity": "warning", "message": "warned", "file": "spec.yaml", "line": 1,
                "column": 1, "help": "do this", "related": [], "lint": "W1",
            },
            {
                "code": "DR209", "severity": "error", "message": "`é` occurs \ud800 twice", "file": "spec.yaml",
                "line": 2, "column": 3, "help": "give each entry a different name",
                "related": [{"file": "spec.yaml", "line": 1, "column": 1, "text": "first here"}],
            },
        ],
        "accepted": [],
        "stacks": [
            {
                "stack": "primary", "region": "us-east-1", "template": "primary.us-east-1.json", "resources": 82,
                "spec": "spec.yaml",
            }
        ],
    }  # fmt: skip
