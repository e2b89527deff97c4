"""What a partial of a user may return, by schema/partial.schema.json. The only user of jsonschema."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from compiler.codes import Code
from compiler.diagnostics import Diagnostic, Rejected
from compiler.fragment import Fragment
from compiler.partials import Partials
from compiler.resources import schemas


@cache
def _validator() -> Any:
    import jsonschema

    schema = json.loads((schemas() / "partial.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def check_fragment(partials: Partials, name: str, fragment: Fragment) -> None:
    """Holds a user's fragment against the schema; raises `Rejected` with DR505 at the partial's lines."""
    found: list[Diagnostic] = []
    for error in _validator().iter_errors(dict(fragment.sections)):
        path = [str(step) for step in error.absolute_path]
        place = fragment.places.get((path[0], path[1])) if len(path) > 1 else None
        where = "/".join(path) or "the fragment"
        file, line = (place.partial, place.line) if place else (name, 1)
        found += partials.fault(Code.DR505, f"{where}: {error.message[:200]}", file, line).diagnostics
    if found:
        raise Rejected(found)
