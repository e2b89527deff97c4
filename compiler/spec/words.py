"""What pydantic finds, in words: what was found, what is allowed, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from compiler.facts import regions
from compiler.scalars import shown
from compiler.source import Route
from compiler.spec.routes import field_at, fields_at, form_at, homes, show_route
from compiler.suggest import near, odd_letter
from compiler.values import frozen

_WANTED = {
    "dict_type": "a section of `key: value` lines",
    "model_type": "a section of `key: value` lines",
    "tuple_type": "a list of entries",
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
}
_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
_COUNTS = {"too_short": ("at least", "min_length"), "too_long": ("at most", "max_length")}
_TRUTHS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?")


@frozen
class Words:
    """Message, remedy and label of one finding."""

    message: str
    help: str | None = None
    label: str = ""


def said(item: Any, route: Route, written: str, *, guess: bool) -> Words:
    """The words of one finding of pydantic at `route`, where the author wrote `written`.

    `guess` allows the search for near names, which takes a while and helps nobody after the first hundred.
    """
    kind: str = item["type"]
    value: object = item["input"]
    context: Mapping[str, Any] = item.get("ctx", {})
    name = shown(route[-1]) if route else "spec"
    section = show_route(route[:-1])
    if kind == "extra_forbidden":
        return Words(
            f"`{name}` is not a field of {f'`{section}`' if section else 'a spec'}",
            _unknown_key(route) if guess else None,
            "unknown",
        )
    if kind == "missing":
        field = field_at(route)
        described = f" ({field.description.rstrip('.')})" if field and field.description else ""
        where = f" in `{section}`" if section else ""
        return Words(f"`{name}` is missing{where}", f"add `{name}:`{described}", f"needs `{name}`")
    if kind == "enum":
        allowed = str(context["expected"]).replace("'", "`")
        words = re.findall(r"`([^`]*)`", allowed)
        close = near(value, words) if guess and isinstance(value, str) else None
        return Words(f"`{shown(value)}` is not one of {allowed}", f"did you mean `{close}`?" if close else None)
    if kind == "literal_error":
        return _version(value, written)
    if kind in _WANTED:
        return _wrong_type(kind, name, value, field_at(route))
    if kind == "unquoted":
        what = "truth value" if isinstance(value, bool) else "number"
        return Words(f"`{shown(written)}` without quotes is a {what} to YAML, not a text", f'write "{shown(written)}"')
    if kind == "form":
        return Words(str(item["msg"]), _formed(route, value, context) if guess else None)
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return Words(f"`{name}` must be {word} {context[key]}, not {shown(written)}", f"write {word} {context[key]}")
    if kind in _COUNTS:
        word, key = _COUNTS[kind]
        return Words(f"`{name}` must have {word} {context[key]} entries, and has {context['actual_length']}")
    if kind.startswith("unit_"):
        return _quantity(kind, item, context)
    message = str(item["msg"])
    if "value" in context and isinstance(value, str):
        # As the author wrote it: `1024MB` is not to come back as `1GB`.
        message = message.replace(f"`{context['value']}`", f"`{shown(value)}`")
    return Words(message)


def _unknown_key(route: Route) -> str | None:
    name, known = str(route[-1]), fields_at(route[:-1])
    close = near(name, known)
    letter = odd_letter(name)
    elsewhere = homes(name)
    if close:
        return f"did you mean `{close}`?" + (f" ({letter})" if letter else "")
    if elsewhere:
        places = " or ".join(f"`{place}`" if place else "the outermost level" for place in elsewhere[:3])
        return f"it belongs to {places}"
    return f"known here: {', '.join(sorted(known))}" if known else None


def _version(value: object, written: str) -> Words:
    if isinstance(value, str) and value.strip() == "1":
        return Words("the version is a number, not a text", "write `version: 1`, without quotes")
    return Words(f"this compiler reads version 1, not `{shown(written)}`")


def _wrong_type(kind: str, name: str, value: object, field: Any) -> Words:
    wanted = _WANTED[kind]
    found = "nothing" if value is None else f"`{shown(value)}`"
    if isinstance(value, dict | tuple):
        found = "a section" if isinstance(value, dict) else "a list"
    elif isinstance(value, str) and kind != "tuple_type":
        found = f'the text "{shown(value)}"'
    help_text = f"write {wanted}"
    if value is None and field is not None and not field.is_required():
        help_text += ", or leave the field out"
    elif kind == "bool_type" and str(value).lower() in _TRUTHS:
        help_text = f"write `{_TRUTHS[str(value).lower()]}`"
    elif kind in ("int_type", "float_type") and isinstance(value, str) and _NUMBER.fullmatch(value):
        help_text = f"leave the quotes out: `{value}`"
    elif kind == "tuple_type" and isinstance(value, str | int | float):
        help_text = f"write `[{shown(value)}]`"
    elif kind == "tuple_type":
        help_text = "write a list: each entry after a `-`"
    return Words(f"`{name}` must be {wanted}, not {found}", help_text)


def _formed(route: Route, value: object, context: Mapping[str, Any]) -> str:
    """A remedy for a text of the wrong form: what was probably meant, else examples."""
    text = str(value)
    form = form_at(route)
    lower = re.sub(r"[\s_]+", "-", text.strip().lower())
    tries = (text.strip(), text.strip().lower(), lower, re.sub("-+", "-", lower).strip("-"), text.strip().rstrip("/."))
    close = next((found for found in tries if form and found != text and re.fullmatch(form.pattern, found)), None)
    if route and route[-1] == "region":
        close = regions.near(text) or close
    letter = odd_letter(text)
    examples = f"for example: {context['examples']}" if context.get("examples") else ""
    said_first = f"did you mean `{close}`?" if close else examples
    return "; ".join(part for part in (said_first, letter) if part)


def _quantity(kind: str, item: Any, context: Mapping[str, Any]) -> Words:
    meant = context.get("meant")
    if kind == "unit_unknown" and meant:
        return Words(str(item["msg"]), f"did you mean {meant}?")
    return Words(str(item["msg"]), f"write {meant}" if meant else f"for example: {context['examples']}")
