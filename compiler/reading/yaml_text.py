"""A document as YAML text, each value with the place that said it: what `dr-compile --show` prints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from compiler.diagnostics.model import Route
from compiler.reading.document import Document
from compiler.reading.scalars import elsewhere, read

_PLAIN = re.compile(r"[A-Za-z0-9/_.](?:(?:[A-Za-z0-9/_.@+%-]|:(?! )| )*[A-Za-z0-9/_.@+%-])?")
_COLUMN = 56
"""Where the places begin, so that they can be read as a column of their own."""


def lines(document: Document) -> Iterator[str]:
    """The lines of a YAML text that reads as the document does."""
    yield from _block(document, (), document.value, "", "")


def _block(document: Document, route: Route, value: Any, lead: str, indent: str) -> Iterator[str]:
    """The lines of a value: `lead` is before it on its first line, `indent` before what is inside it."""
    if isinstance(value, dict) and value:
        for position, (key, item) in enumerate(value.items()):
            before = lead if position == 0 else indent
            yield from _member(document, (*route, key), item, f"{before}{_scalar(key)}:", indent)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for number, item in enumerate(value):
            before = lead if number == 0 else indent
            yield from _block(document, (*route, number), item, f"{before}- ", f"{indent}  ")
    else:
        at = document.span(route)
        text = f"{lead}{_flow(value)}"
        yield f"{text:<{_COLUMN}} # {at.file}:{at.start.line}"


def _member(document: Document, route: Route, value: Any, lead: str, indent: str) -> Iterator[str]:
    nested = isinstance(value, dict | list) and any(isinstance(item, dict | list) for item in value)
    if (isinstance(value, dict) and value) or nested:
        yield lead
        yield from _block(document, route, value, f"{indent}  ", f"{indent}  ")
    else:
        yield from _block(document, route, value, f"{lead} ", indent)


def _flow(value: Any) -> str:
    """A plain value, or a list of them, on one line; an empty section is `{}`."""
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return f"[{', '.join(_scalar(item) for item in value)}]"
    return _scalar(value)


def _scalar(value: object) -> str:
    """A plain value so that every reader of YAML takes it for what it is."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and read(value) == (value, None) and not elsewhere(value):
        return value
    return json.dumps(value, ensure_ascii=False)
