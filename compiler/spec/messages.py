"""The messages for what pydantic finds: what is there, what is allowed, and what was probably meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from compiler.aws import regions, runtimes
from compiler.diagnostics.model import Route
from compiler.diagnostics.suggest import near, odd_letter
from compiler.reading.scalars import read, shown
from compiler.reading.yaml_errors import GLUED
from compiler.spec.base import Form
from compiler.spec.routes import field_at, fields_at, form_at, homes, show_route
from compiler.support.frozen import frozen

_EXPECTED = {
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
_LACKS: Mapping[Route, str] = {
    ("regions",): "; one region has `role: primary`, and another one `role: secondary`, the standby"
}
"""What is to be added where a list is too short."""
_TRUTHS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_CHOICES = 3
_BLAMED = 5
_LONG = 2000
"""Characters of a text beyond which nothing is guessed."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?")
_ALMOST_A_NUMBER = re.compile(r"([0-9]+)(?:[.,]([0-9]+))? *(%|/ *([1-9][0-9]*))?")
"""A number with a decimal comma, a percentage, or a fraction."""
_COMMENT = re.compile(r"\S#")


@frozen
class Message:
    """Text, remedy and label of one finding."""

    text: str
    help: str | None = None
    label: str = ""


@frozen
class Case:
    """One finding of pydantic: its kind, its route, what the author wrote there, and pydantic's own message.

    `guess` allows the search for near names. It takes a while, and nobody needs it after the first hundred findings.
    """

    kind: str
    route: Route
    value: object
    written: str
    message: str
    context: Mapping[str, Any]
    of_key: bool
    guess: bool
    beside: frozenset[str] = frozenset()
    """Keys of the section around it."""

    @property
    def name(self) -> str:
        return shown(self.route[-1]) if self.route else "spec"

    @property
    def section(self) -> str:
        return show_route(self.route[:-1])


def message_for(case: Case) -> Message:
    """The message for one finding."""
    message = _BY_KIND.get(case.kind, _other)(case)
    if isinstance(case.value, str) and case.written[:1] not in ("'", '"') and _COMMENT.search(case.value):
        return replace(message, help="write a space before `#` if a comment begins there")
    return message


def _unknown_key(case: Case) -> Message:
    return Message(
        f"`{case.name}` is not a field of {f'`{case.section}`' if case.section else 'a spec'}",
        _meant_key(case) if case.guess else None,
        "unknown",
    )


def _meant_key(case: Case) -> str | None:
    name, known = str(case.route[-1]), fields_at(case.route[:-1])
    glued = GLUED.fullmatch(name)
    if glued and glued[1] in known:
        return f"write `{glued[1]}: {glued[2]}`, with a space after the colon"
    close = near(name, known)
    letter = odd_letter(name)
    elsewhere = homes(name)
    if close in case.beside:
        return f"remove it: `{close}` is there already"
    if close:
        return f"did you mean `{close}`?" + (f" ({letter})" if letter else "")
    if elsewhere:
        places = " or ".join(f"`{place}`" if place else "the outermost level" for place in elsewhere[:3])
        return f"it belongs to {places}"
    return f"allowed here: {', '.join(sorted(known))}" if known else None


def _missing(case: Case) -> Message:
    field = field_at(case.route)
    described = f" ({field.description.rstrip('.')})" if field and field.description else ""
    where = f" in `{case.section}`" if case.section else ""
    return Message(f"`{case.name}` is missing{where}", f"add `{case.name}:`{described}", f"needs `{case.name}`")


def cleared(case: Case) -> Message:
    """The message for a field that is missing since a `null` takes it back."""
    where = f" of `{case.section}`" if case.section else ""
    return Message(
        f"`{case.name}`{where} is required, so it has no default that `null` could restore",
        f"write a value, or remove `{case.name}: null` if a base says one",
    )


def _no_choice(case: Case) -> Message:
    allowed = str(case.context["expected"]).replace("'", "`")
    if case.value is None:
        return Message(f"the value is missing; it must be one of {allowed}")
    if isinstance(case.value, dict | tuple):
        return Message(f"`{case.name}` must be one of {allowed}, not {_described(case.value)}")
    choices = re.findall(r"`([^`]*)`", allowed)
    close = near(case.value, choices) if case.guess and isinstance(case.value, str) else None
    return Message(f"`{shown(case.value)}` is not one of {allowed}", f"did you mean `{close}`?" if close else None)


def _version(case: Case) -> Message:
    if isinstance(case.value, str) and case.value.strip() == "1":
        return Message("the version is a number, not a text", "write `version: 1`, without quotes")
    return Message(f"this compiler reads version 1, not `{shown(case.written)}`")


def _wrong_type(case: Case) -> Message:
    kind, value, expected = case.kind, case.value, _EXPECTED[case.kind]
    field = field_at(case.route)
    help_text = f"write {expected}"
    if value is None:
        form = form_at(case.route)
        word = case.written if form is None or re.fullmatch(form.pattern, case.written) else ""
        if kind == "string_type" and word and read(word) == (None, None):
            help_text = f'write "{shown(case.written)}" if this word is the text'
        if field is not None and not field.is_required():
            help_text += ", or leave the field out"
    elif kind == "bool_type" and str(value).lower() in _TRUTHS:
        help_text = f"write `{_TRUTHS[str(value).lower()]}`"
    elif kind in ("int_type", "float_type") and isinstance(value, str):
        help_text = f"remove the quotes: `{value}`" if _NUMBER.fullmatch(value) else _number(value) or help_text
    elif kind in ("dict_type", "model_type") and isinstance(value, str) and (glued := GLUED.fullmatch(case.written)):
        help_text = f"write `{glued[1]}: {glued[2]}`, with a space after the colon"
    elif kind == "tuple_type" and isinstance(value, str | int | float):
        help_text = f"write `[{shown(value)}]`"
    elif kind == "tuple_type":
        help_text = "write a list: each entry after a `-`"
    return Message(f"`{case.name}` must be {expected}, not {_described(value)}", help_text)


def _number(text: str) -> str | None:
    """The number that a text most likely means, as a remedy."""
    found = _ALMOST_A_NUMBER.fullmatch(text)
    if found is None:
        return None
    number = Fraction(f"{found[1]}.{found[2] or 0}") / (100 if found[3] == "%" else int(found[4] or 1))
    return f"write `{float(number):g}`"


def _described(value: object) -> str:
    """A value that is of the wrong type, as a message calls it."""
    if isinstance(value, dict | tuple):
        return "a section" if isinstance(value, dict) else "a list"
    if isinstance(value, str):
        return f'the text "{shown(value)}"'
    return "nothing" if value is None else f"`{shown(value)}`"


def _unquoted(case: Case) -> Message:
    what = "boolean" if isinstance(case.value, bool) else "number"
    written = shown(case.written)
    return Message(f"YAML reads `{written}` without quotes as a {what}, not as a text", f'write "{written}"')


def _formed(case: Case) -> Message:
    """A text of the wrong form, with what was probably meant, else with examples."""
    text = str(case.value)
    if not case.guess or len(text) > _LONG:
        return Message(case.message)
    form = form_at(case.route, of_key=case.of_key)
    # What has the general form and is refused all the same has to be asked for by the examples of its kind.
    general = form is None or form.fits(text)
    close = next((found for found in _tries(text) if form and not general and form.fits(found)), None)
    if case.route[-1:] == ("region",):
        close = regions.near(text) or close
    if case.route[-1:] == ("runtime",):
        close = runtimes.near(text) or close
    examples = f"for example: {case.context['examples']}" if case.context.get("examples") else ""
    meant = f"did you mean `{close}`?" if close and close != text else examples
    if close and unicodedata.normalize("NFC", text) == close:
        meant = f"write each letter and its mark as one character, which looks the same: `{close}`"
    wrong = "".join(letter for letter in text if form is None or not form.fits(letter))
    parts = (meant, odd_letter(wrong))
    label = "" if form is None else _blamed(text, form)
    return Message(case.message, "; ".join(part for part in parts if part) or None, label)


def _tries(text: str) -> Iterator[str]:
    """What a text of the wrong form may mean."""
    bare = text.strip()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", bare)
    for word in (bare, words.lower(), bare.lower(), re.sub(r"[\s_.]+", "-", words.lower())):
        yield word
        yield re.sub("-+", "-", word).strip("-")
    yield bare.rstrip("/.,;")
    yield re.sub(r"[\s_.-]+", "", bare.lower())
    yield unicodedata.normalize("NFC", bare)


def _blamed(text: str, form: Form) -> str:
    """The characters to blame, where the text is right without them."""
    bad = [letter for letter in dict.fromkeys(text) if not form.fits(f"a{letter}a")]
    if not bad or not form.fits("".join("a" if letter in bad else letter for letter in text)):
        return ""
    shown = (
        f"`{c}`" if c.isprintable() and unicodedata.category(c)[0] != "M" else f"U+{ord(c):04X}" for c in bad[:_BLAMED]
    )
    return f"{', '.join(shown)} {'are' if len(bad) > 1 else 'is'} not allowed"


def _beyond(case: Case) -> Message:
    word, key = _BOUNDS[case.kind]
    bound = f"{case.context[key]:g}"
    return Message(f"`{case.name}` must be {word} {bound}, not {shown(case.written)}", f"write {word} {bound}")


def _count(case: Case) -> Message:
    word, key = _COUNTS[case.kind]
    bound = case.context[key]
    entries = "one entry" if bound == 1 else f"{bound} entries"
    actual = case.context["actual_length"]
    less = actual - bound if isinstance(actual, int) else 0
    help_text = (
        f"{'add' if less < 0 else 'remove'} {abs(less)} {'entry' if abs(less) == 1 else 'entries'}" if less else None
    )
    if help_text and less < 0:
        help_text += _LACKS.get(case.route, "")
    return Message(f"`{case.name}` must have {word} {entries}, and has {actual or 'none'}", help_text)


def _infinite(case: Case) -> Message:
    return Message(f"`{case.name}` must be a finite number, not {shown(case.written)}")


def _quantity(case: Case) -> Message:
    usual = re.findall("`([^`]+)`", str(case.context["examples"]))
    field = field_at(case.route)
    own = [str(example) for example in (field.examples or ()) if isinstance(example, str)] if field else []
    examples = _fitting(case.route, [*dict.fromkeys((*own, *usual))])
    # No value of the examples fits where a field takes few: they still show what a quantity is.
    examples = f"for example: {examples.replace(' or ', ', ') or case.context['examples']}"
    meant = _fitting(case.route, re.findall("`([^`]+)`", str(case.context.get("meant", ""))))
    if case.kind == "unit_type":
        return Message(f"{case.message}, not {_described(case.value)}", examples)
    if case.kind == "unit_unknown":
        message = case.message if case.value else f"an empty text is no {case.context['kind']}"
        return Message(message, f"did you mean {meant}?" if meant else examples)
    return Message(case.message, f"write {meant}" if meant else examples)


def _fitting(route: Route, choices: list[str]) -> str:
    """Those of some spellings that the field takes: first the unit of its own examples, then the units next to it."""
    field = field_at(route)
    fits = choices
    if field is not None:
        taken = _adapter(tuple("[]" if isinstance(step, int) else step for step in route))
        usual = {_unit(str(value)) for value in (*(field.examples or ()), field.default)}
        best = next((number for number, choice in enumerate(choices) if _unit(choice) in usual), 0)
        fits = [choice for choice in choices if _takes(taken, choice)]
        fits.sort(key=lambda choice: abs(choices.index(choice) - best))
    return " or ".join(f"`{choice}`" for choice in fits[:_CHOICES])


@cache
def _adapter(route: Route) -> TypeAdapter[Any]:
    """What decides whether a value is right for a field; building it takes much longer than asking it."""
    field = field_at(tuple(0 if step == "[]" else step for step in route))
    assert field is not None  # noqa: S101 - asked by those who have seen it
    return TypeAdapter(Annotated[field.annotation, "field", *field.metadata])  # type: ignore[arg-type]


def _unit(quantity: str) -> str:
    return re.sub("[0-9.]", "", quantity)


def _takes(adapter: TypeAdapter[Any], value: str) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


def _other(case: Case) -> Message:
    message = case.message
    if "value" in case.context and isinstance(case.value, str):
        # As the author wrote it: `1024MB` must not become `1GB` in the message.
        message = message.replace(f"`{case.context['value']}`", f"`{shown(case.value)}`")
    return Message(message)


_BY_KIND: Mapping[str, Callable[[Case], Message]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "enum": _no_choice,
    "literal_error": _version,
    "unquoted": _unquoted,
    "form": _formed,
    "finite_number": _infinite,
    **dict.fromkeys(_EXPECTED, _wrong_type),
    **dict.fromkeys(_BOUNDS, _beyond),
    **dict.fromkeys(_COUNTS, _count),
    **dict.fromkeys(("unit_type", "unit_clock", "unit_missing", "unit_unknown", "unit_sign", "unit_digits"), _quantity),
}
