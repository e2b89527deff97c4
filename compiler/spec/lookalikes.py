"""Findings on keys and values that are right but for a character that only looks like one of ours. Reports DR131."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from compiler.diagnostics.model import Diagnostic, RejectedError, Route
from compiler.reading.document import Document
from compiler.reading.lookalikes import WAYS, Way, meant, occurrences
from compiler.reading.yaml_tree import build
from compiler.spec.base import tuples
from compiler.spec.model import Spec


def explained(items: Sequence[Any], plain: Any, document: Document) -> Iterator[tuple[Any, tuple[Diagnostic, ...]]]:
    """The findings of pydantic that such characters cause, each with what to report instead of it.

    A field that is missing since its key has such a character needs no words of its own.
    """
    missing = {item["loc"]: item for item in items if item["type"] == "missing"}
    for item in items:
        route: Route = item["loc"]
        # A key with such a colon has no value of its own.
        of_key = route[-1:] == ("[key]",) or item["type"] == "extra_forbidden" or item["input"] is None
        route = route[:-1] if route[-1:] == ("[key]",) else route
        text = route[-1] if of_key and route else item["input"]
        if not isinstance(text, str) or all(meant(letter) is None for letter in text):
            continue
        quoted = document.cut(document.first_line(route))[:1] in ("'", '"')
        for way in WAYS:
            name, tree = _with(plain, route, way, of_key=of_key, quoted=quoted)
            if tree is None or _is_wrong(tree, (*route[:-1], name)):
                continue
            span = document.span(route, key=of_key)
            found = occurrences(document.texts[span.file], span)
            yield item, tuple(way.diagnostic(character, at) for character, at in found)
            follows = missing.get((*route[:-1], name))
            if follows is not None:
                yield follows, ()
            break


def _with(plain: Any, route: Route, way: Way, *, of_key: bool, quoted: bool) -> tuple[str | int, Any]:
    """The spec with other characters in the key or value at `route`, and the step that leads to it then."""
    step = route[-1]
    *above, holder = _path(plain, route[:-1])
    name, value = step, holder[step]
    if of_key:
        read = _read(f"{way.applied(str(step))}:" if value is not None else way.applied(str(step)))
        if not isinstance(read, dict) or len(read) != 1:
            return step, None
        ((name, inner),) = read.items()
        value = value if inner is None else inner
        changed: Any = {name if key == step else key: value if key == step else held for key, held in holder.items()}
    else:
        value = way.applied(value) if quoted else _read(way.applied(value))
        changed = _replaced(holder, step, value)
    for container, passed in zip(reversed(above), reversed(route[:-1]), strict=True):
        changed = _replaced(container, passed, changed)
    return name, changed


def _path(plain: Any, route: Route) -> Iterator[Any]:
    yield plain
    for step in route:
        plain = plain[step]
        yield plain


def _replaced(holder: Any, step: str | int, value: Any) -> Any:
    if isinstance(holder, dict):
        return holder | {step: value}
    return tuple(value if position == step else held for position, held in enumerate(holder))


def _read(text: str) -> Any:
    try:
        return tuples(build(text, "").value)
    except RejectedError:
        return None


def _is_wrong(tree: Any, route: Route) -> bool:
    """Whether anything is wrong with what is at `route` of a spec, or below it."""
    try:
        Spec.model_validate(tree)
    except ValidationError as error:
        return any(item["loc"][: len(route)] == route for item in error.errors(include_url=False))
    return False
