"""A stream that hands on what is written to another one."""

from __future__ import annotations

import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Whoever prints imports this module, and `typing` takes as long as a quarter of Python's own start.
    from typing import TextIO


class Passing(io.TextIOBase):
    """To whoever asks, it is the stream behind it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, words: str) -> int:
        return self._stream.write(words)

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding
