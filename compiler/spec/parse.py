"""A read document to a `Spec`: pydantic's findings become diagnostics at the place that causes them.

Reports DR201 to DR211, all of them in one run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from compiler.codes import Code, Rule
from compiler.diagnostics import Diagnostic, Label, Rejected, has_errors
from compiler.source import Document, Route
from compiler.spec.model import Spec
from compiler.suggest import near

_BY_TYPE: Mapping[str, Rule] = {
    "extra_forbidden": Code.DR201,
    "missing": Code.DR202,
    "unit_type": Code.DR204,
    "unit_clock": Code.DR204,
    "unit_missing": Code.DR204,
    "unit_unknown": Code.DR204,
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
_KINDS = {
    dict: "a section",
    tuple: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
}
_BOUNDS = {"too_short", "too_long", "greater_than_equal", "less_than_equal", "greater_than", "less_than"}
_WANTED = {
    "dict_type": "a section of `key: value` lines",
    "model_type": "a section of `key: value` lines",
    "tuple_type": "a list of entries, each after a `-`",
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
}


def parse(document: Document) -> Spec:
    """The spec that `document` states; raises `Rejected` with everything found."""
    plain = _tuples(document.value)
    if not isinstance(plain, dict):
        found = _KINDS.get(type(plain), "nothing")
        label = Label(document.span(()).first_line(document.text))
        raise Rejected([Diagnostic(Code.DR203, f"a spec is a section of `key: value` lines, not {found}", (label,))])
    try:
        spec = Spec.model_validate(plain)
    except ValidationError as error:
        # One text may fail both as a key and below it; the closest place is said once.
        problems = (_diagnostic(item, document) for item in error.errors() if not _follows(item))
        raise Rejected(dict.fromkeys(problems)) from None
    duplicates = tuple(_duplicates(spec, document))
    if has_errors(duplicates):
        raise Rejected(duplicates)
    return spec


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def _follows(item: Any) -> bool:
    """Whether a finding only repeats others: pydantic calls a list too short when its entries are at fault."""
    return bool(item["type"] == "too_short" and len(item["input"]) >= item["ctx"]["min_length"])


def _diagnostic(item: Any, document: Document) -> Diagnostic:
    kind: str = item["type"]
    location: Route = item["loc"]
    at_key = kind == "extra_forbidden" or (bool(location) and location[-1] == "[key]")
    route = tuple(step for step in location if step != "[key]")
    rule = _BY_TYPE.get(kind, Code.DR203)
    if rule is Code.DR211 and route not in document.values:
        at_key = True
    span = document.span(route, key=at_key).first_line(document.text)
    message, help_text, label = _words(kind, item, route, document.cut(span))
    if rule is Code.DR211 and item.get("ctx", {}).get("key"):
        span = document.span((*route, item["ctx"]["key"]), key=True)
    return Diagnostic(rule, message, (Label(span, label),), help_text)


def _words(kind: str, item: Any, route: Route, written: str) -> tuple[str, str | None, str]:
    """Message, help and label of one pydantic finding."""
    name = route[-1] if route else "spec"
    where = f" in `{show_route(route[:-1])}`" if len(route) > 1 else ""
    if kind == "extra_forbidden":
        known = fields_at(route[:-1])
        guess = near(str(name), known)
        help_text = f"did you mean `{guess}`?" if guess else f"known here: {', '.join(sorted(known))}"
        return f"`{name}` is not a field{where}", help_text, "unknown"
    if kind == "missing":
        described = field_at(route)
        wanted = f"add `{name}:`" + (f" ({described.rstrip('.')})" if described else "")
        return f"`{name}` is missing{where}", wanted, f"needs `{name}`"
    if kind == "enum":
        allowed = str(item["ctx"]["expected"]).replace("'", "`")
        guess = near(str(item["input"]), [word.strip("` ") for word in allowed.replace(" or ", ",").split(",")])
        hint = f"did you mean `{guess}`?" if guess else None
        return f"`{_shown(item['input'])}` is not one of {allowed}", hint, ""
    if kind == "literal_error":
        return f"this compiler reads version 1, not `{_shown(item['input'])}`", None, ""
    if kind in _WANTED:
        found = "nothing" if item["input"] is None else f"`{_shown(item['input'])}`"
        if isinstance(item["input"], dict | tuple):
            found = _KINDS[type(item["input"])]
        return f"`{name}` must be {_WANTED[kind]}, not {found}", f"write {_WANTED[kind]}", ""
    if kind == "unquoted":
        what = "truth value" if isinstance(item["input"], bool) else "number"
        return f"`{written}` without quotes is a {what} to YAML, not a text", f'write "{written}"', ""
    if kind == "form" and item["ctx"].get("examples"):
        return str(item["msg"]), f"for example: {item['ctx']['examples']}", ""
    if kind in _BOUNDS:
        said = str(item["msg"]).replace("Input should", "must").replace("Tuple should", "must")
        return f"`{name}` {said.replace('Dictionary should', 'must')}", None, ""
    return str(item["msg"]), None, ""


def _shown(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def show_route(route: Route) -> str:
    """A route as people write it: `tables[0].key`."""
    shown = ""
    for step in route:
        shown += f"[{step}]" if isinstance(step, int) else f".{step}" if shown else step
    return shown


def fields_at(route: Route) -> tuple[str, ...]:
    """Names of the fields that the section at `route` may have."""
    model = _model_at(route)
    return tuple(model.model_fields) if model else ()


def field_at(route: Route) -> str | None:
    """Description of the field at `route`."""
    model = _model_at(route[:-1])
    field = model.model_fields.get(str(route[-1])) if model and route else None
    return field.description if field else None


def _model_at(route: Route) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Spec
    for step in route:
        if isinstance(step, int):
            continue
        field = model.model_fields.get(step) if model else None
        model = _inner(field.annotation) if field else None
    return model


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part))), None)


def _duplicates(spec: Spec, document: Document) -> list[Diagnostic]:
    """Entries of one list that share a name; reports DR209."""
    lists: list[tuple[Route, list[str]]] = [
        (("tables",), [t.name for t in spec.tables]),
        (("buckets",), [b.name for b in spec.buckets]),
        (("functions",), [f.name for f in spec.functions]),
    ]
    lists += [(("tables", n, "indexes"), [i.name for i in t.indexes]) for n, t in enumerate(spec.tables)]
    found: list[Diagnostic] = []
    for route, names in lists:
        for position, name in enumerate(names):
            first = names.index(name)
            if first != position:
                again = Label(document.span((*route, position, "name")), "again here")
                before = Label(document.span((*route, first, "name")), "first here")
                what = show_route(route)
                found.append(Diagnostic(Code.DR209, f"`{name}` occurs twice in `{what}`", (again, before)))
    return found
