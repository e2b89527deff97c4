"""Questions to `git` itself, so that its attributes, filters and a temporary index hold."""

from __future__ import annotations

import subprocess
from pathlib import Path


class GitError(Exception):
    """git could not answer; the message says why."""


def ask(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What a git command run in `folder` prints, with `given` on its standard input; raises `GitError`."""
    # Without replacements of objects: what is committed is what counts.
    command = ["git", "--no-replace-objects", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, input=given, capture_output=True, check=False)  # noqa: S603
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror or error}") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.returncode}"
        raise GitError(f"`git {arguments[0]}` says: {said}")
    return done.stdout
