"""One document of a spec and the bases that it extends. Reports DR126 and DR127.

What a file says wins over what its base says. Sections merge key by key. Lists whose entries have a key (the field
`entry_key` of their model) merge entry by entry: first those of the base, then those that are new. Every other value
replaces the one of the base. `null` restores the default of a field, and `remove: true` takes an entry of the base
away. A path is relative to the file that says it, and is rewritten so that it is relative to the spec.

Every value keeps its place, so that all that follows (messages, `--explain`, `--diff`) points into the right file.
"""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, RejectedError, Route, Rule, Span
from compiler.diagnostics.suggest import meant
from compiler.reading import chain
from compiler.reading.chain import Disk, Files, Layer
from compiler.reading.document import Document, open_document
from compiler.reading.scalars import shown
from compiler.spec.routes import entry_key, field_at, fields_at, is_path, show_route

REMOVE = "remove"
"""What an entry says of the entry of its base that has the same key."""


def open_spec(path: Path, shown: str) -> Document:
    """The spec file at `path` with its bases, called `shown` in messages; raises `RejectedError`."""
    return compose(open_document(path, shown), Disk(path.parent))


def compose(spec: Document, files: Files) -> Document:
    """A spec with the bases that it extends; `files` has them. Raises `RejectedError` with everything found."""
    layers = chain.read(spec, files)
    if len(layers) == 1:
        return spec
    merged = _stripped(layers[-1])
    for layer in layers[-2::-1]:
        merged = _Merge(merged, _stripped(layer)).document()
    return merged


def _stripped(layer: Layer) -> Document:
    """A file without what it says of itself, its paths as the spec would write them."""
    value = layer.document.value
    if not isinstance(value, dict):
        return layer.document
    kept = {key: _relative(item, (key,), layer.folder) for key, item in value.items() if key not in chain.OF_FILE}
    return dataclasses.replace(layer.document, value=kept)


def _relative(value: Any, route: Route, folder: str) -> Any:
    """A value of a file in `folder` with its paths as seen from the spec."""
    if isinstance(value, dict):
        return {key: _relative(item, (*route, key), folder) for key, item in value.items()}
    if isinstance(value, list):
        return [_relative(item, (*route, number), folder) for number, item in enumerate(value)]
    if folder == "." or not isinstance(value, str) or not is_path(route, value):
        return value
    return posixpath.normpath(posixpath.join(folder, value))


class _Merge:
    """A document over its base. A route of the merged spec leads to other positions in either of the two."""

    def __init__(self, base: Document, over: Document) -> None:
        self._base, self._over = base, over
        self._values: dict[Route, Span] = {}
        self._keys: dict[Route, Span] = {}
        self._doubtful: dict[Route, str] = {}
        self._cleared: dict[Route, Span] = {}
        self._problems: list[Diagnostic] = []

    def document(self) -> Document:
        """The merged document; raises `RejectedError` with everything found."""
        base, over = self._base, self._over
        value = self._both((), (), (), base.value, over.value)
        if self._problems:
            raise RejectedError(self._problems)
        texts = {**base.texts, **over.bases}
        return Document(over.file, over.text, value, self._values, self._keys, self._doubtful, texts, self._cleared)

    def _keep(self, document: Document, at: Route, route: Route) -> None:
        """Keeps the places of what a document says at `at`, which becomes `route`."""
        for known, kept in ((document.values, self._values), (document.keys, self._keys)):
            if at in known:
                kept[route] = known[at]
        if at in document.doubtful:
            self._doubtful[route] = document.doubtful[at]

    def _both(self, route: Route, low: Route, high: Route, base: Any, over: Any) -> Any:
        """What stands at `route`, where the base says `base` at `low` and the document over it `over` at `high`."""
        self._keep(self._over, high, route)
        if isinstance(base, dict) and isinstance(over, dict):
            return self._section(route, low, high, base, over)
        key = entry_key(route)
        if key and isinstance(base, list) and isinstance(over, list):
            return self._entries(route, low, high, base, over)
        return self._upper(route, high, over)

    def _lower(self, route: Route, at: Route, value: Any) -> Any:
        """What only the base says."""
        self._keep(self._base, at, route)
        if isinstance(value, dict):
            self._keep_cleared(at, route)
            return {key: self._lower((*route, key), (*at, key), item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._lower((*route, n), (*at, n), item) for n, item in enumerate(value)]
        return value

    def _keep_cleared(self, at: Route, route: Route) -> None:
        """Keeps the places of what a `null` of the base took back in a section."""
        for place, span in self._base.cleared.items():
            if place[:-1] == at:
                self._cleared[(*route, place[-1])] = span

    def _upper(self, route: Route, at: Route, value: Any) -> Any:
        """What only the document over the base says."""
        self._keep(self._over, at, route)
        if isinstance(value, dict):
            return self._section(route, (), at, {}, value)
        if isinstance(value, list) and entry_key(route):
            return self._entries(route, (), at, [], value)
        if isinstance(value, list):
            return [self._upper((*route, n), (*at, n), item) for n, item in enumerate(value)]
        return value

    def _section(
        self, route: Route, low: Route, high: Route, base: Mapping[str, Any], over: Mapping[str, Any]
    ) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        if base:
            self._keep_cleared(low, route)
        for key in (*base, *(key for key in over if key not in base)):
            child, below, above = (*route, key), (*low, key), (*high, key)
            if key not in over:
                merged[key] = self._lower(child, below, base[key])
            elif over[key] is None and _may_stand(child):
                self._cleared[child] = self._over.values[above]
            elif key in base:
                merged[key] = self._both(child, below, above, base[key], over[key])
            else:
                merged[key] = self._upper(child, above, over[key])
        return merged

    def _entries(self, route: Route, low: Route, high: Route, base: list[Any], over: list[Any]) -> list[Any]:
        """The entries of the base, changed by those over it, then the new ones."""
        members = entry_key(route) or ()
        known = {name: n for n, item in reversed([*enumerate(base)]) if (name := _name(item, members))}
        changes: dict[int, int] = {}
        removed: set[int] = set()
        new: list[int] = []
        for number, item in enumerate(over):
            name = _name(item, members)
            position = known.get(name) if name else None
            if isinstance(item, dict) and REMOVE in item:
                removed.update(self._gone((*high, number), item, members, known))
            elif isinstance(item, dict) and (missing := [m for m in members if m not in item and _needed(route, m)]):
                self._unnamed((*high, number), route, missing)
            elif position is None or position in changes:
                new.append(number)
            else:
                changes[position] = number
        merged: list[Any] = []
        for number, item in enumerate(base):
            place, below = (*route, len(merged)), (*low, number)
            if number in changes:
                above = changes[number]
                merged.append(self._both(place, below, (*high, above), item, over[above]))
            elif number not in removed:
                merged.append(self._lower(place, below, item))
        for number in new:
            merged.append(self._upper((*route, len(merged)), (*high, number), over[number]))
        return merged

    def _gone(
        self, at: Route, item: Mapping[str, Any], members: tuple[str, ...], known: Mapping[_Name, int]
    ) -> Iterator[int]:
        """Where the base has the entry that one with `remove` takes away; reports DR127 if it has none."""
        name = _name(item, members)
        if item[REMOVE] is not True:
            message = f"`{REMOVE}` must be true, not {shown(item[REMOVE])}"
            self._report(Code.DR127, message, (*at, REMOVE), f"write `{REMOVE}: true`, or leave it out")
        elif others := [key for key in item if key not in (*members, REMOVE)]:
            message = f"an entry with `{REMOVE}: true` has no other fields, and this one has `{shown(others[0])}`"
            self._report(Code.DR127, message, (*at, others[0]), f"remove `{shown(others[0])}`, or `{REMOVE}: true`")
        elif name is not None and name in known:
            yield known[name]
        else:
            message = f"the base has no entry `{_shown(name)}` in `{show_route(at[:-1])}` to remove"
            self._report(Code.DR127, message, at, meant(_shown(name), [_shown(other) for other in known]))

    def _unnamed(self, at: Route, route: Route, missing: list[str]) -> None:
        """Reports DR126."""
        listed = " and ".join(f"`{member}`" for member in missing)
        message = f"this entry of `{show_route(route)}` has no {listed}, so it neither changes an entry nor adds one"
        self._report(Code.DR126, message, at, f"add {listed}")

    def _report(self, rule: Rule, message: str, at: Route, remedy: str | None) -> None:
        self._problems.append(Diagnostic(rule, message, (Label(self._over.first_line(at)),), remedy, at=at))


_Name = tuple[Any, ...]


def _name(item: Any, members: tuple[str, ...]) -> _Name | None:
    """What tells an entry apart; None where it is no entry, or is called by something that is no text."""
    if not isinstance(item, dict):
        return None
    name = tuple(item.get(member) for member in members)
    return name if any(name) and all(part is None or isinstance(part, str) for part in name) else None


def _shown(name: _Name | None) -> str:
    return " ".join(shown(part) for part in name or () if part is not None)


def _needed(route: Route, member: str) -> bool:
    """Whether each entry of the list at `route` must have a field."""
    field = field_at((*route, member))
    return field is not None and field.is_required()


def _may_stand(route: Route) -> bool:
    """Whether a spec may have something at `route`: a `null` at another key is as wrong as any other value."""
    known = fields_at(route[:-1])
    return route[-1] in known if known else field_at(route[:-1]) is not None
