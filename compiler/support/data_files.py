"""Where the compiler's own data files lie: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def _folder(name: str) -> Path:
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def bundled_partials() -> Path:
    return _folder("partials")


@cache
def latch_code() -> str:
    """Source of the function behind the latch, which templates hold as it is."""
    installed = _PACKAGE / "_data" / "latch"
    folder = installed if installed.is_dir() else _PACKAGE.parent / "functions" / "latch"
    return (folder / "index.py").read_text("utf-8")


def schemas() -> Path:
    return _folder("schema")


def editor_schema() -> Path:
    """The schema with which editors check a spec, made from the models by `tools.schema`."""
    return schemas() / "dr-topology.schema.json"
