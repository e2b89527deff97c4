"""The JSON Schema that editors check a spec with."""

from __future__ import annotations

from tools import schema


def files() -> dict[str, bytes]:
    return {schema.FILE: schema.encoded()}
