"""From a read spec to a `Spec`: the finer points of what is said; tests/bad holds the cases themselves."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, RejectedError, Route
from compiler.diagnostics.suggest import near, odd_letter
from compiler.reading.document import Document, load_document
from compiler.reading.yaml_tree import Plain
from compiler.spec.model import Spec
from compiler.spec.parse import parse
from compiler.spec.routes import entry_key, field_at, fields_at, form_at, homes, show_route
from compiler.spec.units import Duration, Percent

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (ROOT / "specs" / "dr-topology.yaml").read_text(encoding="utf-8")


def refused(text: str) -> list[Diagnostic]:
    with pytest.raises(RejectedError) as caught:
        parse(load_document(text, "spec.yaml"))
    return list(caught.value.diagnostics)


def problems(document: Document) -> tuple[Diagnostic, ...]:
    try:
        parse(document)
    except RejectedError as error:
        return error.diagnostics
    return ()


def changed(old: str, new: str) -> list[Diagnostic]:
    """What is said of the shipped spec after a change of its text."""
    assert SHIPPED.count(old) == 1
    return refused(SHIPPED.replace(old, new))


def test_the_shipped_spec_is_read() -> None:
    spec = parse(load_document(SHIPPED, "specs/dr-topology.yaml"))
    assert (spec.objectives.rto.within, spec.objectives.rto.share) == (Duration(900), Percent(97))
    assert [region.region for region in spec.regions] == ["us-east-1", "us-west-2"]


def test_a_spec_is_frozen() -> None:
    spec = parse(load_document(SHIPPED, "spec.yaml"))
    with pytest.raises(ValueError, match="frozen"):
        spec.name = "other"  # type: ignore[misc]


def test_a_second_place_is_shown_beside_the_first() -> None:
    name = "  - name: transactions\n    key: {partition: transaction_id}"
    (found,) = changed(name, f"{name}\n    item_size: 1KB\n    writes: 1\n    reads: 1\n{name}")
    assert [label.text for label in found.labels] == ["again here", "first here"]
    assert found.labels[0].at.start.line > found.labels[1].at.start.line


def test_a_wrong_entry_does_not_hide_the_others() -> None:
    """Duplicates and doubtful words are found in what is wrong otherwise, too."""
    text = SHIPPED.replace("rto: 15m", "rto: 15").replace("endpoints: []", "endpoints: [kms, kms]")
    text = text.replace("owner: payments", "owner: yes")
    assert [found.rule for found in refused(text)] == [Code.DR204, Code.DR209, Code.DR212]


def test_what_is_wrong_anyway_is_not_called_doubtful() -> None:
    """`yes` in a field of its own kind of words is wrong there, whatever other readers make of it."""
    assert [found.rule for found in changed("dashboard: true", "dashboard: yes")] == [Code.DR203]
    found = changed("alerts:\n  subscriptions:", "alrets:\n  email: on\n  subscriptions:")
    assert [item.rule for item in found] == [Code.DR201]


def test_a_day_means_the_same_to_every_reader_where_a_day_belongs() -> None:
    entry = "  - {finding: rpo-other, reason: agreed, expires: 2030-01-31}"
    text = SHIPPED + (f"{entry}\n" if "\naccept:" in SHIPPED else f"accept:\n{entry}\n")
    assert parse(load_document(text, "spec.yaml")).accept[-1].expires == "2030-01-31"


EVERY = ROOT / "examples" / "every-field" / "specs" / "every-field.yaml"
OTHERWISE = (
    "no", "Yes", "on", "OFF", "True", "null", "~", "0", "12", "1e3", "1.10", "0x1F", "0o17", "0755", "01e3", "1_000",
    "1_0.5e3", "1:30", "190:20:30", "2026-01-31", "2026-01-31 10:00:00", ".inf", "123456789012345678901",
)  # fmt: skip
"""What some readers of YAML take for something else than a text."""


@pytest.mark.parametrize("word", OTHERWISE)
def test_no_text_without_quotes_is_guessed_at(word: str) -> None:
    """Every text of a spec becomes the word: it is refused there. A day may be where a day belongs, and `null` where a
    field may be left out.

    With quotes it is the text, so that quotes are the remedy wherever the word itself is allowed.
    """
    text = EVERY.read_text(encoding="utf-8")
    read = load_document(text, "spec.yaml")
    whole = [(route, span) for route, span in read.values.items() if _is_text_of_one_line(read, route)]
    assert len(whole) > 80
    for route, span in whole:
        line, start, end = span.start.line - 1, span.start.column - 1, span.end.column - 1
        lines = text.split("\n")
        after = lines[line][end:]
        lines[line] = f"{lines[line][:start]}{word}{after}"
        at = [item for item in _said("\n".join(lines)) if item.span.start == span.start]
        if not at:
            field = field_at(route)
            nothing = word in ("null", "~") and field is not None and not field.is_required()
            day = word == "2026-01-31" and route[-1] == "expires"
            assert nothing or day, f"{word} is accepted at {show_route(route)}"
            continue
        lines[line] = f"{lines[line][:start]}'{word}'{after}"
        quoted = {item.rule for item in _said("\n".join(lines)) if item.span.start == span.start}
        assert not quoted & {Code.DR111, Code.DR114, Code.DR207, Code.DR212}
        if not quoted:
            said = at[0].help or at[0].rule.fix
            assert "quotes" in said or f'"{word}"' in said, f"{show_route(route)}: {at[0].message}: {said}"


def _is_text_of_one_line(document: Document, route: Route) -> bool:
    """Whether the value at a route is a text on one line, with quotes or without."""
    value: Any = document.value
    for step in route:
        value = value[step]
    return isinstance(value, str) and document.cut(document.span(route)).strip("'\"") == value


def _said(text: str) -> tuple[Diagnostic, ...]:
    try:
        return problems(load_document(text, "spec.yaml"))
    except RejectedError as error:
        return error.diagnostics


ODD: list[Plain] = [None, True, 0, -1, 1.5, float("inf"), "", "\u00a0", "a\nb", "{{", [], [1], {}, {"a": 1}]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_what_is_wrong_with_a_value_is_said_on_its_line(odd: Plain) -> None:
    """Each value of the shipped spec becomes an odd one: what is said is said there, and always with a remedy."""
    read = load_document(SHIPPED, "spec.yaml")
    refusals = 0
    for route, span in read.values.items():
        if not route:
            continue
        tree = copy.deepcopy(read.value)
        parent: Any = tree
        for step in route[:-1]:
            parent = parent[step]
        parent[route[-1]] = odd
        left = {at: place for at, place in read.values.items() if at == route or at[: len(route)] != route}
        keys = {at: place for at, place in read.keys.items() if at in left}
        found = problems(Document(read.file, read.text, tree, left, keys))
        refusals += bool(found)
        assert all(item.help or item.rule.fix for item in found)
        lines = {span.start.line, *(read.keys[key].start.line for key in [route] if key in read.keys)}
        assert {item.span.start.line for item in found} <= lines, f"{route}: {found}"
    assert refusals > len(read.values) // 3


def test_only_the_first_hundred_unknown_keys_are_compared_with_the_known_ones() -> None:
    """Guessing takes a while: a spec of nothing but unknown keys is refused in no time all the same."""
    begun = time.process_time()
    found = refused(SHIPPED + "".join(f"unknown_{n}: 1\n" for n in range(3000)))
    assert len(found) == 3000
    assert time.process_time() - begun < 10
    assert refused(SHIPPED + "tabels: 1\n")[0].help == "remove it: `tables` is there already"
    assert refused(SHIPPED.replace("\ntables:", "\ntabels:"))[0].help == "did you mean `tables`?"


@pytest.mark.parametrize(
    ("old", "new", "help_text"),
    [
        ("rotation: 365d", "rotation: 365", "write `365d`"),
        ("error_rate: 1%", "error_rate: 0.01", "write `1%` or `0.01%`"),
        ("error_rate: 1%", "error_rate: 1", "write `1%`"),
        ("memory: 1024MB", "memory: 1024", "write `1024MB`"),
        ("timeout: 10s", "timeout: 10", "write `10s` or `10m`"),
        ("interval: 10s", "interval: 30", "write `30s`"),
        ("rto: 15m", "rto: 15", "write `15m` or `15s` or `15h`"),
        ("rto: 15m", "rto: {within: 15m, share: 0.95}", "write `95%` or `0.95%`"),
        ("logs:\n  retention: 90d", "logs:\n  retention: 90", "write `90d`"),
        ("rto: 15m", "rto: 1h30m", "did you mean `90m`?"),
        ("rto: 15m", "rto: 1h 30 min", "did you mean `90m`?"),
        ("memory: 1024MB", "memory: 1GB512MB", "did you mean `1536MB`?"),
        ("latency: 1s", "latency: 1s 500ms", "did you mean `1500ms`?"),
    ],
)
def test_units_that_are_suggested_are_those_that_the_field_takes(old: str, new: str, help_text: str) -> None:
    (found,) = changed(old, new)
    assert (found.rule, found.help) == (Code.DR204, help_text)


def test_only_the_first_hundred_wrong_texts_are_guessed_at() -> None:
    variables = ", ".join(f"é{n}: x" for n in range(120))
    found = changed("    handler: app.handler\n", f"    handler: app.handler\n    environment: {{{variables}}}\n")
    assert len(found) == 120
    assert found[0].help is not None
    assert "FEATURE_LIMITS" in found[0].help
    assert found[-1].help is None


def test_routes() -> None:
    assert show_route(("tables", 0, "key", "sort")) == "tables[0].key.sort"
    assert fields_at(("tables", 3, "key")) == ("partition", "sort")
    assert fields_at(("name", "below")) == ()
    rto = field_at(("objectives", "rto"))
    assert rto is not None
    assert "Recovery time objective" in str(rto.description)
    assert field_at(()) is None
    assert homes("rto") == ("objectives",)
    assert homes("region") == ("regions[]", "network.existing[]")
    assert homes("name")[0] == ""
    assert homes("nowhere") == ()


def test_forms_of_keys_and_of_values() -> None:
    key = form_at(("functions", 0, "environment", "X"), of_key=True)
    value = form_at(("functions", 0, "environment", "X"))
    assert key is not None
    assert value is not None
    assert "beginning with a letter" in key.says
    assert "1,024 characters" in value.says
    assert form_at(("objectives", "rto")) is None
    assert form_at(("nowhere",)) is None


def test_every_field_says_what_it_is_for() -> None:
    """The remedy for a missing field is its description."""
    waiting = [("", Spec)]
    while waiting:
        name, model = waiting.pop()
        for key, field in model.model_fields.items():
            assert field.description, f"{name}.{key}"
            route: tuple[str | int, ...] = tuple(part for part in f"{name}.{key}".split(".") if part)
            assert field_at(route) is field


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("tabels", ["tables", "buckets"], "tables"),
        ("get", ["GET", "PUT"], "GET"),
        ("Primary", ["primary"], "primary"),
        ("health-check", ["health_check", "hosted_zone"], "health_check"),
        (" rto", ["rto"], "rto"),
        ("colour", ["domain", "failback"], None),
        ("x" * 65, ["x" * 65], None),
        ("", ["a"], None),
    ],
)
def test_near_names(word: str, known: list[str], found: str | None) -> None:
    assert near(word, known) == found


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("sh\u043ep", "`\u043e` is U+043E, cyrillic small letter o"),
        ("a\u2013b", "`\u2013` is U+2013, en dash"),
        ("a\u00a0b", "`\u00a0` is U+00A0, no-break space"),
        ("\uff41", "`\uff41` is U+FF41, fullwidth latin small letter a"),
        ("日本", None),
        ("plain", None),
    ],
)
def test_letters_that_only_look_like_ours(word: str, said: str | None) -> None:
    assert odd_letter(word) == said


def test_entries_of_every_list_are_told_apart() -> None:
    """By the fields that their model names, which an entry cannot do without or which have a default."""
    lists = {route: key for route in list_routes(Spec) if (key := entry_key(route)) is not None}
    assert lists["api", "routes"] == ("method", "path")
    assert lists["accept",] == ("finding", "at")
    assert lists["network", "endpoints"] == ()
    for route, key in lists.items():
        if fields_at(route):
            assert key, f"the model of `{show_route(route)}` names no `entry_key`"
        assert set(key) <= set(fields_at(route))


def list_routes(model: type[BaseModel], route: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The route of every field of the spec."""
    for name in model.model_fields:
        yield (*route, name)
        for found in models(model.model_fields[name].annotation):
            yield from list_routes(found, (*route, name))


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)
