"""Entries with `was`: they are renamed in the spec, and what is deployed keeps the old name.

The names of tables, buckets, functions and authorizers become logical ids and physical names. With a new logical id
CloudFormation creates a second resource and abandons the first one; with a new physical name it replaces the
resource. So the compiler uses the old name of an entry with `was`, also in references to it. Only labels and messages
use the new name. Nothing that is deployed changes, environment variables that name entries included.

Reports DR209 where two entries claim one old name, and DR307 where a reference still uses an old name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, RejectedError, Route
from compiler.ir.elements import pascal
from compiler.reading.document import Document
from compiler.spec.backup import Backup
from compiler.spec.base import Entry
from compiler.spec.compute import Api, ApiRoute, Function
from compiler.spec.model import Spec

_AUTHORIZERS = "api.authorizers"
_ROUTES: Mapping[str, Route] = {
    "tables": ("tables",), "buckets": ("buckets",), "functions": ("functions",), _AUTHORIZERS: ("api", "authorizers"),
}  # fmt: skip
_Lists = Mapping[str, tuple[Entry, ...]]


def under_old_names(spec: Spec, document: Document) -> Spec:
    """The spec with every renamed entry under its old name; raises `RejectedError` where two names clash."""
    lists: _Lists = {
        "tables": spec.tables,
        "buckets": spec.buckets,
        "functions": spec.functions,
        _AUTHORIZERS: spec.api.authorizers,
    }
    if not any(entry.was for entries in lists.values() for entry in entries):
        return spec
    problems = (*_claims(lists, document), *_stale(spec, lists, document))
    if problems:
        raise RejectedError(problems)
    old = {
        section: {entry.name: entry.was for entry in entries if entry.was is not None}
        for section, entries in lists.items()
    }
    return spec.model_copy(
        update={
            "tables": tuple(table.under_old_name() for table in spec.tables),
            "buckets": tuple(bucket.under_old_name() for bucket in spec.buckets),
            "functions": tuple(_function(function, old).under_old_name() for function in spec.functions),
            "api": _api(spec.api, old),
            "backup": _backup(spec.backup, old),
        }
    )


def _function(function: Function, old: Mapping[str, Mapping[str, str]]) -> Function:
    def through(names: tuple[str, ...] | None, section: str) -> tuple[str, ...] | None:
        return names if names is None else tuple(old[section].get(name, name) for name in names)

    update = {"tables": through(function.tables, "tables"), "buckets": through(function.buckets, "buckets")}
    return function.model_copy(update=update)


def _backup(backup: Backup | None, old: Mapping[str, Mapping[str, str]]) -> Backup | None:
    if backup is None:
        return None
    update = {
        section: None if (names := getattr(backup, section)) is None else tuple(old[section].get(n, n) for n in names)
        for section in ("tables", "buckets")
    }
    return backup.model_copy(update=update)


def _api(api: Api, old: Mapping[str, Mapping[str, str]]) -> Api:
    functions, health = old["functions"], api.health_function

    def route(entry: ApiRoute) -> ApiRoute:
        named = entry.authorizer
        update = {
            "function": functions.get(entry.function, entry.function),
            "authorizer": old[_AUTHORIZERS].get(named, named) if named else None,
        }
        return entry.model_copy(update=update)

    return api.model_copy(
        update={
            "authorizers": tuple(entry.under_old_name() for entry in api.authorizers),
            "routes": tuple(route(entry) for entry in api.routes),
            "health_function": functions.get(health, health) if health else None,
        }
    )


def _claims(lists: _Lists, document: Document) -> Iterator[Diagnostic]:
    """Entries that would be deployed under one name; reports DR209."""
    for section, entries in lists.items():
        first: dict[str, Route] = {}
        for position, entry in enumerate(entries):
            deployed = entry.was or entry.name
            at: Route = (*_ROUTES[section], position, "was" if entry.was else "name")
            before = first.setdefault(pascal(deployed), at)
            if before != at:
                labels = (Label(document.span(at), "again here"), Label(document.span(before), "first here"))
                message = f"two entries of `{section}` would be deployed as `{deployed}`"
                help_text = "give the new entry another name, or remove `was` if nothing is deployed yet"
                yield Diagnostic(Code.DR209, message, labels, help_text)


def _stale(spec: Spec, lists: _Lists, document: Document) -> Iterator[Diagnostic]:
    """References by a name that an entry gave up; reports DR307."""
    for section, name, at in _references(spec):
        names = {entry.name for entry in lists[section]}
        now = next((entry.name for entry in lists[section] if entry.was == name), None)
        if name not in names and now is not None:
            message = f"there is no entry `{name}` in `{section}` any more"
            yield Diagnostic(Code.DR307, message, (Label(document.span(at)),), f"it is called `{now}` now")


def _references(spec: Spec) -> Iterator[tuple[str, str, Route]]:
    """Section, name and place of everything that refers to an entry."""
    for position, function in enumerate(spec.functions):
        for section, names in (("tables", function.tables), ("buckets", function.buckets)):
            for number, name in enumerate(names or ()):
                yield section, name, ("functions", position, section, number)
    for section, names in (("tables", spec.backup.tables), ("buckets", spec.backup.buckets)) if spec.backup else ():
        for number, name in enumerate(names or ()):
            yield section, name, ("backup", section, number)
    for number, route in enumerate(spec.api.routes):
        yield "functions", route.function, ("api", "routes", number, "function")
        if route.authorizer:
            yield _AUTHORIZERS, route.authorizer, ("api", "routes", number, "authorizer")
    if spec.api.health_function:
        yield "functions", spec.api.health_function, ("api", "health_function")
