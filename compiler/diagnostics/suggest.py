"""Near names, for "did you mean": one helper for keys, values, regions and references."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from itertools import takewhile

_LONGEST = 64
"""Characters beyond which a word is no misspelling of a name of ours, and comparing would take long."""

_ALIKE = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LATIN", "FULLWIDTH", "MATHEMATICAL", "MODIFIER")
_MARKS = ("Pd", "Pi", "Pf", "Zs")
"""Dashes, quotes and spaces."""


def near(word: str, known: Iterable[str]) -> str | None:
    """The known name closest to `word`, whatever its case, if any is close."""
    if len(word) > _LONGEST:
        return None
    wanted = word.strip().casefold()
    by_fold = {name.casefold(): name for name in sorted(known, reverse=True)}
    found = get_close_matches(wanted, by_fold, n=20, cutoff=0.6)
    if not found:
        return None

    def likeness(candidate: str) -> tuple[float, bool, int]:
        # Of names that are equally close, the one of the same letters, then the one that begins alike.
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(candidate, wanted, strict=False))
        same = sorted(candidate) == sorted(wanted)
        return SequenceMatcher(None, candidate, wanted).ratio(), same, sum(1 for _ in alike)

    return by_fold[max(sorted(found), key=likeness)]


def meant(word: str, known: Iterable[str]) -> str | None:
    """The remedy that asks whether the closest known name was meant; None where none is close."""
    close = near(word, known)
    return f"did you mean `{close}`?" if close else None


def odd_letter(word: str) -> str | None:
    """A remark on the first character of `word` that only looks like one of ours."""
    for letter in word:
        name = unicodedata.name(letter, "")
        if not letter.isascii() and (name.startswith(_ALIKE) or unicodedata.category(letter) in _MARKS):
            return f"`{letter}` is U+{ord(letter):04X}, {name.lower()}"
    return None
