"""A folder in which file permissions count, whoever runs the tests: root may read and write everything."""

from __future__ import annotations

import codecs
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


@contextmanager
def unprivileged() -> Iterator[Path]:
    """A new folder of a user without privileges, who runs what stands inside the `with`."""
    root = os.geteuid() == 0
    codecs.lookup("ascii")  # Python may lie where that user reads nothing, and remembers a codec that it did not find
    folder = Path(tempfile.mkdtemp())
    try:
        if root:
            os.chown(folder, _NOBODY, -1)
            os.seteuid(_NOBODY)
        yield folder
    finally:
        if root:
            os.seteuid(0)
        for path in folder.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o700)
        folder.chmod(0o700)
        shutil.rmtree(folder)
