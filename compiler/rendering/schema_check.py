"""What a partial of a user may return, by schema/partial.schema.json. The only user of jsonschema."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, RejectedError
from compiler.diagnostics.suggest import near
from compiler.rendering import intrinsics
from compiler.rendering.fragment import Fragment
from compiler.rendering.partials import Partials
from compiler.support.data_files import schemas


@cache
def _validator() -> Any:
    import jsonschema

    schema = json.loads((schemas() / "partial.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def check_fragment(partials: Partials, name: str, fragment: Fragment) -> None:
    """Holds a user's fragment against the schema; raises `RejectedError` with DR505 at the partial's lines."""
    found: list[Diagnostic] = []
    sections = dict(fragment.sections)
    for error in _validator().iter_errors(sections):
        path = [str(step) for step in error.absolute_path]
        place = fragment.places.get((path[0], path[1])) if len(path) > 1 else None
        file, line = (place.partial, place.line) if place else (name, 1)
        message, remedy = _words(error, "/".join(path) or "the fragment")
        found += partials.fault(Code.DR505, message, file, line, remedy).diagnostics
    for (section, key), place in fragment.places.items():
        for message, remedy in intrinsics.faults(sections[section][key]):
            said = f"{section}/{key}: {message}"
            found += partials.fault(Code.DR505, said, place.partial, place.line, remedy).diagnostics
        try:
            json.dumps(sections[section][key], ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            message = f"{section}/{key}: a text contains half of a surrogate pair, which is not a character"
            found += partials.fault(Code.DR505, message, place.partial, place.line).diagnostics
    if found:
        raise RejectedError(found)


def _words(error: Any, where: str) -> tuple[str, str | None]:
    """One finding of jsonschema: what is wrong, and what would be right."""
    schema, instance = error.schema, error.instance
    hint = schema.get("description") if isinstance(schema, dict) else None
    if error.validator == "additionalProperties":
        known = sorted(schema["properties"])
        unknown = sorted(set(instance) - set(known))
        close = near(unknown[0], known)
        remedy = f"did you mean `{close}`?" if close else f"allowed here: {', '.join(known)}"
        return f"{where}: `{unknown[0]}` is not allowed here", _LEFT_TO_US.get(unknown[0], remedy)
    if error.validator == "required":
        missing = re.findall(r"'([^']+)'", error.message)[0]
        return f"{where}: `{missing}` is missing", f"add `{missing}`"
    if error.validator == "type":
        wanted = {"object": "an object", "string": "a text"}.get(str(schema["type"]), str(schema["type"]))
        return f"{where} must be {wanted}", hint
    if error.validator == "minProperties":
        return f"{where} is empty", "define a resource, or remove the partial"
    shown = str(instance)
    return f"{where}: `{shown[:60]}` is not allowed here", hint


_OURS = "remove it: the compiler adds it to every resource"
_LEFT_TO_US = {
    "DeletionPolicy": _OURS,
    "UpdateReplacePolicy": _OURS,
    "Condition": "remove it: the compiler adds a condition to what waits for a value of another stack",
    "Outputs": "remove it: a partial defines resources only",
    "Parameters": "remove it: a partial defines resources only",
    "Conditions": "remove it: a partial defines resources only",
}
