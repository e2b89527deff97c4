"""What a plain scalar of YAML means: the 1.2 core schema, less what readers disagree about. Reports DR111, DR114."""

from __future__ import annotations

import re

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Rule

Scalar = None | bool | int | float | str

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_ZEROS = re.compile(r"[-+]?0[0-9_]+(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = ("", "~", "null", "Null", "NULL")
_INT_DIGITS, _FLOAT_DIGITS = 18, 40
_SHOWN = 60

DATE = "a date"
# What YAML 1.1 makes of words that are texts under 1.2: https://yaml.org/type/ (bool, int, float, timestamp and so on).
_ELSEWHERE = (
    (re.compile(r"yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF"), "a boolean"),
    (re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"), "a number of seconds"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9].*)?"), DATE),
    (re.compile(r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+)"), "a number"),
    (re.compile(r"(?=.*_)[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?"), "a number"),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"), "a number"),
    (re.compile(r"="), "a default value"),
    (re.compile(r"<<"), "a merge key"),
)


def shown(value: object) -> str:
    """A value as a message quotes it: short, truth values as YAML spells them."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def kind(value: object) -> str:
    """What a plain value is, in words."""
    if value is None:
        return "nothing"
    return "a boolean" if isinstance(value, bool) else "a number" if isinstance(value, int | float) else "a text"


def read(text: str) -> tuple[Scalar, tuple[Rule, str] | None]:
    """The value of an unquoted scalar, and what is wrong with it."""
    if text in _NULLS:
        return None, None
    if text in _BOOLS:
        return _BOOLS[text], None
    if _ZEROS.fullmatch(text):
        # 010 is 8 to one reader and 10 to another, and an account id would lose its zero.
        return text, (Code.DR111, f"the number `{shown(text)}` begins with a zero")
    whole, real = _INT.fullmatch(text), _FLOAT.fullmatch(text)
    if (whole and len(text) > _INT_DIGITS) or (real and len(text) > _FLOAT_DIGITS):
        return 0, (Code.DR114, f"the number `{shown(text)}` has more digits than any field allows")
    if whole:
        return int(text), None
    return (float(text) if real else text), None


def elsewhere(text: str) -> str | None:
    """What another reader takes an unquoted text for, if not for a text."""
    return next((what for pattern, what in _ELSEWHERE if pattern.fullmatch(text)), None)
