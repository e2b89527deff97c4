"""What the hook said before, if everything that decides it is staged as it was then.

The object ids of an index are digests of what is staged. One question to git lists those that decide: what can be a
spec or a configuration, and what lies in the folders that a run watched. A result belongs to that list and to the
changed files in it; the other files of a commit have no part in it. `compiler.recall.record` writes the entries.

This module is on the way of every commit, and imports as little as `compiler.recall.replay`.
"""

from __future__ import annotations

import os

from compiler.recall import replay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

WATCHED = b"dr-compile watched 1"
SUFFIXES = (".yaml", ".yml", "dr-compile.toml", "manifest.json")
"""Endings of paths that are watched everywhere: specs, bases, configurations, and what a spec may have left behind."""

_FLAGS = ("--check", "--strict", "--quiet", "-q")
_VALUES = ("--spec", "--partials", "--output")
_RANGE = ("PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF")
"""Where these are set, a range of commits decides which files were deleted."""


def divided(words: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """Options and changed files of a command line; None for one that is never remembered."""
    if any(name in os.environ for name in _RANGE):
        return None
    options: list[str] = []
    files: list[str] = []
    ahead = iter(words)
    for word in ahead:
        if word == "--":
            files += ahead
        elif word in _VALUES:
            value = next(ahead, "-")
            if value.startswith("-"):
                return None
            options += (word, value)
        elif word in _FLAGS or word.startswith(tuple(f"{name}=" for name in _VALUES)):
            options.append(word)
        elif word.startswith("-"):
            return None
        else:
            files.append(word)
    return options, files


def relevant(path: str, folders: Collection[str]) -> bool:
    """Whether a path, from the top of the repository, is watched."""
    if path.endswith(SUFFIXES) or "." in folders:
        return True
    at = len(path)
    while at > 0:
        if path[:at] in folders:
            return True
        at = path.rfind("/", 0, at)
    return False


def listing(folders: Collection[str], *, deleted: bool, meanwhile: Callable[[], object] = lambda: None) -> bytes | None:
    """Mode, object, stage and path of what is watched in the index; None where git does not answer.

    With `deleted`, what HEAD has and the index does not have is listed too, as stage 1. `meanwhile` is done while git
    looks.
    https://git-scm.com/docs/git-ls-files (`--with-tree`, `--format`; read 2026-11-27)
    """
    words = ["git", "ls-files", "-z", "--full-name", "--format=%(objectmode) %(objectname) %(stage) %(path)"]
    words += ["--with-tree=HEAD"] if deleted else []
    words += ["--", *(f":(top)*{suffix}" for suffix in SUFFIXES)]
    words += [":(top)" if folder == "." else f":(top,literal){folder}" for folder in sorted(folders)]
    ours, theirs = os.pipe()
    try:
        actions = ((os.POSIX_SPAWN_DUP2, theirs, 1), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0))
        child = os.posix_spawnp("git", words, os.environ, file_actions=actions)
        os.close(theirs)
        theirs = -1
        meanwhile()
        pieces = []
        while piece := os.read(ours, 1 << 20):
            pieces.append(piece)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(ours)
        if theirs >= 0:
            os.close(theirs)
    return b"".join(pieces) if status == 0 else None


def plan(options: Sequence[str], *, deleted: bool) -> str:
    """The name of the entry that says what is watched."""
    return replay.key(("dr-compile-hook", "watched", str(deleted), *options))


def result(options: Sequence[str], listed: bytes, changed: Collection[str] | None) -> str:
    """The name of the entry of a result; `changed` are those of the changed files that are watched, None for all."""
    files = ["everything"] if changed is None else ["changed", *sorted(changed)]
    return replay.key(("dr-compile-hook", "result", *options, "", replay.digest((listed,)).hex(), *files))


def from_top(files: Sequence[str], top: str) -> list[str]:
    """Files that a command line names, as paths from the top of the repository."""
    return [os.path.relpath(name, top) for name in files]


def replayed(words: Sequence[str]) -> int | None:
    """The exit code of the hook where it was answered from an entry; else None."""
    return replay.answered(lambda: _named(words))


def _named(words: Sequence[str]) -> tuple[str, replay.States] | None:
    parts = divided(words)
    if parts is None or not hasattr(os, "posix_spawnp"):
        return None
    options, files = parts
    kept = replay.entry(plan(options, deleted=bool(files)))
    if kept is None:
        return None
    magic, top, *watched = kept.split(replay.END)
    if magic != WATCHED:
        return None
    folders = {os.fsdecode(folder) for folder in watched}
    known: dict[tuple[bytes, bytes], bytes] = {}
    compiler = (replay.TREE, os.fsencode(replay.PACKAGE))
    listed = listing(folders, deleted=bool(files), meanwhile=lambda: known.update({compiler: replay.state(*compiler)}))
    if listed is None:
        return None
    changed = {path for path in from_top(files, os.fsdecode(top)) if relevant(path, folders)} if files else None
    return result(options, listed, changed), known
