"""A cache of the templates in which cfn-lint found nothing, because cfn-lint takes seconds for each template.

Each entry is an empty file in the user's cache folder. Its name is a digest of everything that the result depends on.
A template with findings is not cached. Without the folder nothing is cached, and the compile only takes longer.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


def digest(parts: Iterable[bytes]) -> str:
    """One digest of several byte strings, with their lengths, so that ("ab", "c") and ("a", "bc") differ."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(len(part).to_bytes(8, "big"))
        sha.update(part)
    return sha.hexdigest()


def _folder() -> Path | None:
    base = os.environ.get("XDG_CACHE_HOME") or ""
    try:
        root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return root / "dr-compile" / "clean"


def is_clean(name: str) -> bool:
    """Whether the template of this digest had no findings before."""
    folder = _folder()
    try:
        return folder is not None and (folder / name).is_file()
    except OSError:
        return False


def mark_clean(name: str) -> None:
    """Stores that the template of this digest has no findings; does nothing if the folder cannot be written."""
    folder = _folder()
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    except OSError:
        return
