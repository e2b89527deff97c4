"""What people write in specs: taken where AWS takes it, else refused at the character that is wrong.

Each is one edit of a small spec. More of the kinds are in test_lookalikes.py, test_what_aws_takes.py and tests/bad.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compiler.diagnostics.model import Diagnostic, RejectedError, Severity
from compiler.pipeline import compile_document
from compiler.reading.document import load_document

GOOD = (Path(__file__).resolve().parents[1] / "bad_partials" / "spec.yaml").read_text(encoding="utf-8")
FUNCTION, TABLE, TAGS = "duration: 40ms}", "reads: 1,", "suffix: a1}"


def errors(text: str) -> list[Diagnostic]:
    """The errors of a spec, the first place first."""
    try:
        found = compile_document(load_document(text, "spec.yaml"), lint=False).diagnostics
    except RejectedError as error:
        found = error.diagnostics
    return sorted((item for item in found if item.severity is Severity.ERROR), key=lambda item: item.span)


def edited(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def refusals(old: str, new: str) -> list[tuple[str, str]]:
    """The code of each error of the edited spec, and the text from its place on."""
    lines = (text := edited(old, new)).split("\n")
    places = ((item.rule.code, item.span.start) for item in errors(text))
    return [(code, lines[at.line - 1][at.column - 1 :]) for code, at in places]


@pytest.mark.parametrize(
    ("old", "new", "code", "at"),
    [
        ("objectives: {rto", "objectives:\u2003{rto", "DR131", "\u2003"),
        ("objectives: {rto", "objectives:\u3000{rto", "DR131", "\u3000"),
        ("version: 1", "version\uff1a 1", "DR131", "\uff1a"),
        ("region: us-east-1", "region: \u201cus-east-1\u201d", "DR131", "\u201c"),
        ("region: us-east-1", "region: \u2018us-east-1\u2019", "DR131", "\u2018"),
        ("  - {name: things", "  \u2013 {name: things", "DR131", "\u2013"),
        ("  - {name: files", "  \u2212 {name: files", "DR131", "\u2212"),
        ("us-east-1", "us-\u00adeast-1", "DR115", "\u00ad"),
        ("rto: 15m", "rto: 15\u200bm", "DR115", "\u200b"),
        ("runtime: python3.13", "runtime: \u0440ython3.13", "DR206", "\u0440"),
        ("name: shop", "<<<<<<< a\nname: shop\n||||||| b\nname: x\n=======\nname: y\n>>>>>>> c", "DR130", "<<<<<<<"),
        ("name: shop", "name: shop\n>>>>>>> theirs", "DR130", ">>>>>>>"),
        (TAGS, "suffix: a1, tags: {country: NO}}", "DR212", "NO"),
        (TAGS, "suffix: a1, tags: {shift: off}}", "DR212", "off"),
        (TAGS, "suffix: a1, tags: {release: 1.10}}", "DR207", "1.10"),
        (FUNCTION, 'duration: 40ms, environment: {ON: "1"}}', "DR112", "ON"),
        (FUNCTION, "duration: 40ms, environment: {OPENS: 12:30:45}}", "DR212", "12:30:45"),
        (FUNCTION, "duration: 40ms, environment: {MODE: 0o17}}", "DR212", "0o17"),
        (FUNCTION, "duration: 40ms, environment: {LIMIT: .inf}}", "DR212", ".inf"),
        (FUNCTION, "duration: 40ms, environment: {FROM: 2026-01-01}}", "DR212", "2026-01-01"),
        (FUNCTION, "duration: 40ms, environment: {SCALE: 1e3}}", "DR207", "1e3"),
    ],
)
def test_what_only_looks_right_is_refused_at_its_character(old: str, new: str, code: str, at: str) -> None:
    first, *_ = refusals(old, new)
    assert first[0] == code
    assert first[1].startswith(at)


NAMING = "naming: {environment: prod, suffix: a1}"


@pytest.mark.parametrize(
    ("old", "new", "at", "remedy"),
    [
        ("name: shop", "name:shop", "name:shop", "write `name: shop`, with a space after the colon"),
        ("name: shop", "name = shop", "name = shop", "write `name: shop`"),
        ("name: shop", "name => shop  # us", "name => shop", "write `name: shop`"),
        ("accept: [", "accept:[", "accept:[{", "put a space after the colon of `accept:`"),
        (NAMING, "naming:\n  environment:prod\n  suffix: a1", "environment:prod", "write `environment: prod`"),
        (NAMING, "naming:\n  environment:prod\n  suffix:a1", "environment:prod", "write `environment: prod`"),
        (NAMING, "naming: {environment: prod, suffix:a1}", "suffix:a1", "write `suffix: a1`"),
        ("suffix: a1", "suffix: {{ suffix }}", "{{ suffix", "let the other program write this file"),
        ("name: shop", "{% if shop %}\nname: shop", "{% if", "let the other program write this file"),
        ("name: shop", "{{- with . }}\nname: shop", "{{- with", "let the other program write this file"),
        ("rto: 15m", "rto: 15m#at most", "15m#at", "write a space before `#` if a comment begins there"),
        ("role: primary", "role: primary#a", "primary#a", "write a space before `#`"),
        ("version: 1", "%YAML 1.1\n---\nversion: 1", "%YAML", "remove the line"),
        ("retention: 30d, noncurrent", "retention: 1y, noncurrent", "1y", "did you mean `365d`?"),
        ("rto: 15m", "rto: '1,5h'", "'1,5h'", "did you mean `1.5h`?"),
        ("throughput: 10/s", "throughput: 10k/s", "10k/s", "did you mean `10000/s`?"),
        ("retention: 30d, noncurrent", "retention: long, noncurrent", "long", "for example: `3650d`, `90d`"),
        ("writes: 1", "writes: 50%", "50%", "write `0.5`"),
        ("writes: 1", "writes: '0,25'", "'0,25'", "write `0.25`"),
        ("writes: 1", "writes: -1", "-1", "write at least 0"),
        ("name: things", "name: MyThings", "MyThings", "did you mean `my-things`?"),
        ("name: shop", "name: shop;", "shop;", "did you mean `shop`?"),
        ("environment: prod", "environment: pre-prod", "pre-prod", "did you mean `preprod`?"),
        (TAGS, 'suffix: a1, tags: {city: "Zu\u0308rich"}}', '"Zu', "write each letter and its mark as one character"),
        ("runtime: python3.13", "runtime: nodejs22", "nodejs22", "did you mean `nodejs22.x`?"),
        ("runtime: python3.13", "runtime: Python-3.12", "Python-3.12", "did you mean `python3.12`?"),
        ("runtime: python3.13", "runtime: nodejs14", "nodejs14", "did you mean `nodejs24.x`?"),
        ("runtime: python3.13", "runtime: go1.x", "go1.x", "did you mean `provided.al2023`?"),
    ],
)
def test_the_remedy_names_what_was_meant(old: str, new: str, at: str, remedy: str) -> None:
    text = edited(old, new)
    (first, *_) = errors(text)
    line = text.split("\n")[first.span.start.line - 1]
    assert line[first.span.start.column - 1 :].startswith(at)
    assert (first.help or first.rule.fix).startswith(remedy) or remedy in (first.help or "")


@pytest.mark.parametrize(
    ("tag", "blamed"),
    [
        ('"R&D"', "`&` is not allowed"),
        ('"a, b (c)"', "`,`, `(`, `)` are not allowed"),
        ('"हिन्दी"', "U+093F, U+094D, U+0940 are"),
    ],
)
def test_the_characters_to_blame_are_named(tag: str, blamed: str) -> None:
    (found,) = errors(edited(TAGS, f"suffix: a1, tags: {{owner: {tag}}}}}"))
    assert found.labels[0].text.startswith(blamed)


RANGE = "cidr: 10.10.0.0/16"


@pytest.mark.parametrize(
    "other", ["8.8.0.0/16", "10.0.0.0/8", "10.20.0.0/16", "10.20.1.0/16", "169.254.0.0/16", "127.0.0.0/16"]
)
def test_the_range_that_a_remedy_names_overlaps_none(other: str) -> None:
    """It was the range of the second region."""
    found, *_ = errors(edited(RANGE, f"cidr: {other}"))
    assert found.rule.code == "DR304"
    (meant,) = re.findall("such as `(.*)`", found.help or "")
    assert refusals(RANGE, f"cidr: {meant}") == []


@pytest.mark.parametrize("range_", ["100.64.0.0/16", "100.127.0.0/16", "172.31.0.0/16", "192.168.0.0/20"])
def test_a_range_that_nobody_else_has_is_taken(range_: str) -> None:
    assert refusals(RANGE, f"cidr: {range_}") == []


def test_line_ends_of_another_program_are_one_finding() -> None:
    for end, name in (("\r", "a carriage return"), ("\u2028", "U+2028")):
        (found,) = errors(GOOD.replace("\n", end))
        assert found.rule.code == "DR102"
        assert found.message.startswith(name)
        assert found.message.endswith(f"; the text has {GOOD.count(chr(10)) - 1} more")


def test_a_region_of_another_partition_is_one_whatever_its_name() -> None:
    """It was refused for its form, with itself as the remedy."""
    (found,) = errors(edited("us-west-2", "eusc-de-east-1"))
    assert (found.rule.code, found.message.partition(";")[0]) == (
        "DR305", "`eusc-de-east-1` is in the partition aws-eusc",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TABLE, "reads: 1, indexes: [{name: GSI1, key: {partition: GSI1PK, sort: GSI1SK}}],"),
        (TABLE, 'reads: 1, indexes: [{name: by_customer.v2-x, key: {partition: "customer#id", sort: created:at}}],'),
        (TABLE, "reads: 1, ttl: at, types: {at: number}, indexes: [{name: next, key: {partition: id, sort: at}}],"),
        ("key: {partition: id}", 'key: {partition: "gr\u00f6\u00dfe"}'),
        (TAGS, 'suffix: a1, tags: {"gr\u00f6\u00dfe": "\u65e5\u672c\u8a9e \u00fc", owner: "\u00dcnal \u00d6z"}}'),
        (TAGS, 'suffix: a1, tags: {"cost:center/a": "a+b=c@d_e.f-g"}}'),
    ],
)
def test_what_aws_takes_is_taken(old: str, new: str) -> None:
    assert refusals(old, new) == []


@pytest.mark.parametrize(
    ("runtime", "handler"),
    [
        ("java21", "com.example.Handler::handleRequest"), ("java25", "com.example.Handler"),
        ("dotnet10", "Assembly::Namespace.Class::Method"), ("ruby3.4", "app.Handler.process"),
        ("nodejs24.x", "dist/index.handler"), ("nodejs22.x", "index.js.handler"), ("provided.al2023", "bootstrap"),
        ("python3.13", "package/module.handler"), ("python3.14", "package.module.handler"),
        ("python3.13", "größe.prüfen"), ("java17", "shop.Outer$Inner::handle"), ("ruby3.3", "lib/app.Shop::App.go"),
    ],
)  # fmt: skip
def test_each_runtime_has_its_own_form_of_handler(runtime: str, handler: str) -> None:
    assert refusals("runtime: python3.13, handler: app.handler", f'runtime: {runtime}, handler: "{handler}"') == []


@pytest.mark.parametrize(
    ("runtime", "handler"),
    [("python3.13", "app"), ("provided.al2023", "a b"), ("nodejs24.x", "index"), ("java21", "a b")],
)
def test_a_handler_of_another_form_is_refused(runtime: str, handler: str) -> None:
    (found,) = refusals("runtime: python3.13, handler: app.handler", f'runtime: {runtime}, handler: "{handler}"')
    assert found[0] == "DR206"
    assert found[1].startswith(f'"{handler}"')


MORE = "source: code, runtime: python3.13, handler: app.handler, memory: 128MB, timeout: 10s, duration: 40ms}"


@pytest.mark.parametrize("name", ["work-role", "work-logs"])
def test_names_that_meet_in_one_logical_id_are_refused_with_the_reason(name: str) -> None:
    (found,) = refusals("  - {name: work,", f"  - {{name: {name}, {MORE}\n  - {{name: work,")
    assert found[0] == "DR502"


@pytest.mark.parametrize("name", ["work-version", "workrole", "worker", "logs", "role"])
def test_names_that_only_sound_alike_are_taken(name: str) -> None:
    assert refusals("  - {name: work,", f"  - {{name: {name}, {MORE}\n  - {{name: work,") == []
