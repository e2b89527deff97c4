"""The archive of a function as a value, and its key in the code buckets, which holds its digest."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import field
from functools import cached_property

from compiler.support.frozen import frozen

_KEY = re.compile(r"functions/[^/]+/([0-9a-f]{64})\.zip")
_SHORT_DIGITS = 12


@frozen
class Package:
    """The archive of one function; `digest` is the SHA-256 of `content` in hexadecimal digits."""

    function: str
    content: bytes = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the content, as 64 hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def key(self) -> str:
        """Object key in each region's code bucket."""
        return f"{key_prefix(self.function)}{self.digest}.zip"

    def open(self) -> zipfile.ZipFile:
        """The archive, to be read."""
        return zipfile.ZipFile(io.BytesIO(self.content))


def key_prefix(function: str) -> str:
    """How the keys of all archives of a function begin."""
    return f"functions/{function}/"


def digest_of(key: str) -> str:
    """The digest that the key of an archive holds; empty for a key that is not ours."""
    found = _KEY.fullmatch(key)
    return found[1] if found else ""


def short(digest: str) -> str:
    """The start of a digest as people read it; `--code` takes it."""
    return digest[:_SHORT_DIGITS]
