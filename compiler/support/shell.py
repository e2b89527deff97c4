"""Commands that a person can paste into a shell, whatever the names of files are."""

from __future__ import annotations

import shlex


def command(*words: object) -> str:
    """The words of a command, each quoted where a shell would read more than a word from it."""
    return shlex.join(map(str, words))


def path(name: object) -> str:
    """A path as a word of a command: one that begins with a hyphen would be an option."""
    return f"./{name}" if str(name).startswith("-") else str(name)
