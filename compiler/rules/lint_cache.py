"""What was found clean before: cfn-lint takes seconds for a template that it saw unchanged a minute ago.

Only clean verdicts are remembered, each under a digest of everything it depends on, as an empty file in the user's
cache folder. Losing the folder costs time and nothing else; where there is none, nothing is remembered.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


def digest(parts: Iterable[bytes]) -> str:
    """One digest of several byte strings; where one ends is part of it."""
    sum_ = hashlib.sha256()
    for part in parts:
        sum_.update(len(part).to_bytes(8, "big"))
        sum_.update(part)
    return sum_.hexdigest()


def _folder() -> Path | None:
    base = os.environ.get("XDG_CACHE_HOME") or ""
    try:
        root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return root / "dr-compile" / "clean"


def known(name: str) -> bool:
    """Whether this digest was found clean before."""
    folder = _folder()
    try:
        return folder is not None and (folder / name).is_file()
    except OSError:
        return False


def remember(name: str) -> None:
    """Notes that this digest was found clean; silently nothing where the folder cannot be written."""
    folder = _folder()
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    except OSError:
        return
