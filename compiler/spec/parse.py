"""A document to a `Spec`: what pydantic finds becomes diagnostics at the places that cause it.

Reports DR131 and DR201 to DR212, all of them in one run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, RejectedError, Route, Rule
from compiler.ir.elements import pascal
from compiler.reading.document import Document
from compiler.reading.scalars import DATE, elsewhere, kind, shown
from compiler.reading.yaml_errors import GLUED
from compiler.spec.base import NAME, tuples
from compiler.spec.data import INDEX_NAME
from compiler.spec.lookalikes import explained
from compiler.spec.messages import Case, cleared, message_for
from compiler.spec.model import Spec
from compiler.spec.renames import under_old_names
from compiler.spec.routes import entry_key, form_at, show_route

_BY_TYPE: Mapping[str, Rule] = {
    "extra_forbidden": Code.DR201,
    "missing": Code.DR202,
    "unit_type": Code.DR204,
    "unit_clock": Code.DR204,
    "unit_missing": Code.DR204,
    "unit_unknown": Code.DR204,
    "unit_sign": Code.DR205,
    "unit_digits": Code.DR205,
    "range": Code.DR205,
    "enum": Code.DR205,
    "greater_than": Code.DR205,
    "greater_than_equal": Code.DR205,
    "less_than": Code.DR205,
    "less_than_equal": Code.DR205,
    "finite_number": Code.DR205,
    "too_short": Code.DR205,
    "too_long": Code.DR205,
    "form": Code.DR206,
    "unquoted": Code.DR207,
    "literal_error": Code.DR208,
    "interpolation": Code.DR210,
    "reserved": Code.DR211,
}
_GUESSES = 100
"""Findings of one run for which a near name is searched: each search takes a while."""


def parse(document: Document) -> Spec:
    """The spec that `document` states; raises `RejectedError` with everything found."""
    plain = tuples(document.value)
    if not isinstance(plain, dict):
        label = Label(document.first_line(()))
        what = "a list" if isinstance(plain, tuple) else kind(plain)
        message = f"a spec is a section of `key: value` lines, not {what}"
        raise RejectedError([Diagnostic(Code.DR203, message, (label,))])
    spec: Spec | None = None
    problems: list[Diagnostic] = []
    wrong: set[Route] = set()
    try:
        spec = Spec.model_validate(plain)
    except ValidationError as error:
        # pydantic calls a list too short if its entries are wrong: only the entries are reported.
        found = error.errors(include_url=False)
        glued = {(*item["loc"][:-1], key) for item in found if (key := _glued(item))}
        items = [item for item in found if not _follows(item, glued)]
        alike = [(id(item), found) for item, found in explained(items[:_GUESSES], plain, document)]
        problems += (one for _, found in alike for one in found)
        left = [item for item in items if id(item) not in dict(alike)]
        problems += (_diagnostic(item, document, guess=n < _GUESSES) for n, item in enumerate(left))
        wrong = {item["loc"] for item in items}
    problems += _duplicates(plain, document)
    problems += _doubtful(document, wrong)
    if problems or spec is None:
        # A text may fail as a key and below it: one message for one place.
        raise RejectedError(dict.fromkeys(problems))
    return under_old_names(spec, document)


def _glued(item: Any) -> str | None:
    """The key that a finding is about, where its value is a part of it for want of a space."""
    found = GLUED.fullmatch(str(item["loc"][-1])) if item["type"] == "extra_forbidden" else None
    return found[1] if found else None


def _follows(item: Any, glued: Collection[Route]) -> bool:
    """Whether a finding only repeats others, as that of a list that is too short since its entries are wrong."""
    if item["type"] == "missing":
        return item["loc"] in glued
    return bool(item["type"] == "too_short" and len(item["input"]) >= item["ctx"]["min_length"])


def _diagnostic(item: Any, document: Document, *, guess: bool) -> Diagnostic:
    route: Route = item["loc"]
    of_key = route[-1:] == ("[key]",) and route not in document.values
    if of_key:
        # For a key of a free map pydantic adds this word to the route of the key.
        route = route[:-1]
    rule = _BY_TYPE.get(item["type"], Code.DR203)
    if rule is Code.DR211 and not of_key:
        # What is wrong with two keys of a map is reported at one of them.
        route = (*route, item["ctx"]["key"])
    at_key = of_key or rule in (Code.DR201, Code.DR211)
    span = document.first_line(route, key=at_key)
    around = document.value
    for step in route[:-1]:
        around = around[step]  # type: ignore[index]
    beside = frozenset(around) if guess and isinstance(around, dict) else frozenset()
    written, context = document.cut(span), item.get("ctx", {})
    case = Case(item["type"], route, item["input"], written, item["msg"], context, of_key, guess, beside)
    message = cleared(case) if route in document.cleared else message_for(case)
    labels = [Label(span, message.label)]
    if rule is Code.DR202 and span.file != document.file:
        # A base may leave this to the files that extend it.
        labels.append(Label(document.first_line(()), "and this file does not add it"))
    return Diagnostic(rule, message.text, tuple(labels), message.help)


def _lists(value: Any, route: Route = ()) -> Iterator[tuple[Route, tuple[Any, ...]]]:
    """Every list in plain values, with its route."""
    if isinstance(value, tuple):
        yield route, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple) else ()
    for step, child in children:
        yield from _lists(child, (*route, step))


def _duplicates(plain: Mapping[str, Any], document: Document) -> Iterator[Diagnostic]:
    """Entries of one list that share a name, and texts that a list has twice; reports DR209.

    Entries that are told apart by something else, such as regions, have rules of their own.
    """
    for route, entries in _lists(plain):
        key = entry_key(route)
        if key is None or len(key) > 1 or (key and form_at((*route, *key)) not in (NAME, INDEX_NAME)):
            continue
        field = key[0] if key else None
        seen: dict[str, tuple[str, Route]] = {}
        for position, entry in enumerate(entries):
            name = entry.get(field) if field and isinstance(entry, dict) else entry
            if not isinstance(name, str):
                continue
            at: Route = (*route, position, field) if field else (*route, position)
            # Logical ids have letters and digits only: `a-1` and `a1` would both be `A1`.
            first, before = seen.setdefault(pascal(name) if field else name, (name, at))
            if before == at:
                continue
            labels = (Label(document.span(at), "again here"), Label(document.span(before), "first here"))
            what = f"`{shown(name)}` occurs twice"
            if first != name:
                alike = f"the same logical ids, with `{shown(pascal(name))}`"
                what = f"`{shown(name)}` and `{shown(first)}` would have {alike}"
            yield Diagnostic(Code.DR209, f"{what} in `{show_route(route)}`", labels)


def _doubtful(document: Document, wrong: set[Route]) -> Iterator[Diagnostic]:
    """Texts without quotes that other YAML parsers read as something else; reports DR212.

    A text that has another error is left out. So is a day where a day is expected: all readers understand it alike.
    """
    for route, what in document.doubtful.items():
        form = form_at(route)
        meant = what == DATE and form is not None and any(elsewhere(example) == DATE for example in form.examples)
        if meant or any(route[:end] in wrong for end in range(1, len(route) + 1)):
            continue
        span = document.span(route)
        written = document.cut(span)
        message = f"other YAML parsers read `{shown(written)}` without quotes as {what}"
        yield Diagnostic(Code.DR212, message, (Label(span),), f'write "{shown(written)}"')
