"""Figures of AWS in the README and in docs/ are those of `compiler/aws/facts`.

In a page that people write, a figure of AWS is followed by a comment that names its fact and is not shown:

    Lambda admits 10 <!-- fact: lambda.requests_per_concurrency --> requests a second per environment.

A number of 900 or more that equals a figure must carry such a comment, or one that says what else it is:
`10,000 <!-- not a figure: what was asked for -->`. Code and pages that `make goldens` makes are left out: the former
are the reader's own input or a tool's output, the latter take their figures from the facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from compiler.aws import facts
from compiler.aws.facts.model import figure
from tests import generate
from tests.objectives import page
from tests.unit.test_figures_once import DISTINCTIVE

ROOT = Path(__file__).resolve().parent.parent
NUMBER = r"(?<![\w.,:/#-])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?![\w:/-]|,\d|\.\d)"
MARKED = re.compile(NUMBER + r"[*`]{0,2}[ \n]*<!-- fact: ([\w.]+) -->")
MENTION = re.compile(r"<!-- fact:")
PLAIN = re.compile(NUMBER)
EXCUSED = re.compile(r"[*`]{0,2}[ \n]*<!-- (?:fact: [\w.]+|not a figure: \w[^>]*) -->")
LOAD = re.compile(r"[*`]{0,2}[ \n]+(?:transactions|TPS|a second)\b")
"""What follows the load that was asked for, which is no figure of AWS."""

MADE = re.compile(r'"(docs/[\w/-]+\.md)":')
"""How a module of `tests/generated` names a page that it makes; making them all would take half a minute."""

_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`|\]\([^)\n]*\)", re.MULTILINE | re.DOTALL)


@cache
def pages() -> dict[str, str]:
    """README and docs that people write, by path."""
    made = {name for module in (ROOT / "tests" / "generated").glob("*.py") for name in MADE.findall(module.read_text())}
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths if path.is_file()}
    return {name: text for name, text in texts.items() if name not in made}


def prose(text: str) -> str:
    """A page with its code and links blanked; lines stay where they are."""
    return _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)


def wrong(name: str, text: str) -> Iterator[str]:
    """Marked figures that are not their fact's, and marks that mark nothing."""
    plain = prose(text)
    marked = list(MARKED.finditer(plain))
    for found in marked:
        line = plain.count("\n", 0, found.start()) + 1
        stated = Fraction(found[1].replace(",", "") + (found[2] or ""))
        known = {fact.id: fact.value for fact in facts.ALL}.get(found[3])
        values = known if isinstance(known, tuple) else (known,)
        if known is None:
            yield f"{name}:{line}: there is no fact `{found[3]}`"
        elif not any(isinstance(value, int | float) and Fraction(str(value)) == stated for value in values):
            yield f"{name}:{line}: {found[1]}{found[2] or ''} is not `{found[3]}`, which is {known}"
    starts = {found.end() - len(found[0].rpartition("<!--")[2]) - len("<!--") for found in marked}
    for mention in MENTION.finditer(plain):
        if mention.start() not in starts:
            yield f"{name}:{plain.count(chr(10), 0, mention.start()) + 1}: this names a fact but follows no figure"


def unmarked(name: str, text: str) -> Iterator[str]:
    """Well-known figures that stand without a word about where they come from."""
    plain = prose(text)
    for found in PLAIN.finditer(plain):
        value = int(found[1].replace(",", ""))
        after = plain[found.end() :]
        if found[2] or value not in DISTINCTIVE or EXCUSED.match(after) or LOAD.match(after):
            continue
        line = plain.count("\n", 0, found.start()) + 1
        yield f"{name}:{line}: {found[1]} is a figure of AWS ({' or '.join(DISTINCTIVE[value])})"


def test_marked_figures_are_their_facts() -> None:
    findings = [finding for name, text in pages().items() for finding in wrong(name, text)]
    assert not findings, "\n" + "\n".join(findings)


def test_well_known_figures_are_marked() -> None:
    findings = [finding for name, text in pages().items() for finding in unmarked(name, text)]
    assert not findings, "\n" + "\n".join(findings)


def test_pages_are_looked_at() -> None:
    assert {"README.md", "docs/architecture.md", "docs/decisions.md"} <= set(pages())
    assert set(generate.files("objectives")) == {"docs/objectives.md"}
    assert {"docs/objectives.md", "docs/spec.md", "docs/rules.md"}.isdisjoint(pages())


def test_refusals_that_pages_quote_are_what_the_compiler_says() -> None:
    """A rendering of an objective that cannot be kept is one of those that docs/objectives.md is made with."""
    said = "\n".join(page.refusal(name) for name in page.REFUSED)
    for name, text in pages().items():
        for block in re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            if re.match(r"error\[DR3[12]\d\]", block):
                assert block.rstrip("\n") in said, f"{name} quotes what nobody says:\n{block}"


def test_the_page_on_objectives_quotes_every_figure_of_the_computation() -> None:
    text = generate.files("objectives")["docs/objectives.md"].decode()
    for fact in page.shipped().facts.values():
        row = next(line for line in text.split("\n") if line.startswith(f"| `{fact.id}` |"))
        shown = fact.value if isinstance(fact.value, tuple) else (fact.value,)
        assert all(figure(Fraction(str(value))) in row for value in shown)
        assert fact.source.url in row
        assert f"| {fact.grade} |" in row
    assert not re.search(r"\{\w+\}(?!`)", text.replace("{interval: ", "").replace("failures: 10}", ""))


@pytest.mark.parametrize(
    "text",
    [
        "at most 10 <!-- fact: lambda.requests_per_concurrency --> requests",
        "at most **3,500** <!-- fact: s3.writes_per_prefix --> writes",
        "99.9 <!-- fact: s3.rtc_percent --> % within 15 <!-- fact: s3.rtc_minutes --> minutes",
        "every 30 <!-- fact: route53.intervals_seconds --> s",
        "40,000\n<!-- fact: dynamodb.table_writes --> units",
        "`<!-- fact: nothing.of_the_kind -->`",
    ],
)
def test_a_right_mark(text: str) -> None:
    assert [*wrong("x.md", text), *unmarked("x.md", text)] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("at most 11 <!-- fact: lambda.requests_per_concurrency -->", "x.md:1: 11 is not"),
        ("\n3,501 <!-- fact: s3.writes_per_prefix --> writes", "x.md:2: 3,501 is not"),
        ("10 <!-- fact: lambda.nothing -->", "there is no fact `lambda.nothing`"),
        ("requests <!-- fact: lambda.requests_per_concurrency -->", "follows no figure"),
        ("0.1 <!-- fact: dynamodb.write_unit_bytes -->", "0.1 is not"),
    ],
)
def test_a_wrong_mark(text: str, says: str) -> None:
    findings = list(wrong("x.md", text))
    assert len(findings) == 1
    assert says in findings[0]


@pytest.mark.parametrize(
    "text",
    [
        "3,500 writes a second",
        "at most 40000 units",
        "(5,500)",
        "up to 10,000 requests",
        "| 12,000 | reads |",
        "4,000.",
    ],
)
def test_an_unmarked_figure(text: str) -> None:
    assert len(list(unmarked("x.md", f"line\n{text}"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "10,000 transactions a second",
        "10,000 TPS",
        "what 10,000 a second need",
        "3,500 <!-- fact: s3.writes_per_prefix --> writes",
        "5,000 <!-- not a figure: lines of JSON --> lines",
        "`throughput: 10000/s`",
        "```yaml\nthroughput: 10000/s\napi_requests: 20000\n```",
        "[a page](https://example.com/4000)",
        "1,000 times, 3600 seconds, 2026-11-22, 12 or 13,500,000",
        "us-east-1, v4000, 4000-x, 10.10.0.0/16",
    ],
)
def test_no_figure(text: str) -> None:
    assert list(unmarked("x.md", text)) == []
