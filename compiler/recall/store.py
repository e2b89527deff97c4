"""Where entries are kept: one folder for each store, in a private cache of the user."""

from __future__ import annotations

import os
import site
import tempfile
from pathlib import Path

from compiler.recall.replay import END, digest, folder, mine

_MOST = {"runs": 500, "verdicts": 5000, "inputs": 200}  # not a figure: a bound of ours
"""How many entries of each store are kept; the oldest go first."""


def libraries() -> tuple[str, ...]:
    """The folders of installed packages and of Python itself.

    The names in a folder of packages tell the version of each, such as `pydantic-2.12.0.dist-info`.
    """
    packages = [*site.getsitepackages(), site.getusersitepackages()]
    return tuple(dict.fromkeys(path for path in (*packages, os.path.dirname(os.__file__)) if os.path.isdir(path)))


def sealed(rest: bytes) -> bytes:
    """An entry with the digest that tells whether it is whole."""
    return digest((rest,)).hex().encode() + END + rest


def keep(name: str, entry: bytes, store: str = "runs") -> bool:
    """Stores a sealed entry, whole or not at all, and says whether it did.

    It does nothing where the folder cannot be had or is not the user's own.
    """
    place = folder(store)
    if place is None:
        return False
    try:
        Path(place).mkdir(mode=0o700, parents=True, exist_ok=True)
        if not mine(os.lstat(place), 0o040000):
            return False
        with tempfile.NamedTemporaryFile(dir=place, prefix="new-", delete=False) as file:
            file.write(entry)
        Path(file.name).replace(Path(place, name))
        kept = sorted(Path(place).iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for path in kept[: -_MOST[store]]:
            path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
