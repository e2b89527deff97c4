"""Where the files of a command are: the configuration, the folder of the templates, and how messages show them.

Nothing heavy is imported here: a command that ends with the first lines of a spec needs no more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

CONFIGURATION = "dr-compile.toml"


def find(folder: Path) -> Path | None:
    """The configuration that holds in a folder: the nearest one from there up to the root of the repository."""
    return next((place / CONFIGURATION for place in searched(folder) if os.path.lexists(place / CONFIGURATION)), None)


def searched(folder: Path) -> Iterator[Path]:
    """The folders in which the configuration of a folder is looked for, in this order."""
    folder = folder.absolute()
    for place in (folder, *folder.parents):
        yield place
        if os.path.lexists(place / CONFIGURATION) or (place / ".git").exists():
            return


def above(folder: Path) -> Iterator[Path]:
    """The folders above one, up to the nearest that is there."""
    for place in folder.absolute().parents:
        yield place
        if place.is_dir():
            return


def output_folder(spec: Path) -> Path:
    """`templates/<stem>` next to the folder `specs` that the spec is in, or next to the spec itself."""
    parent = spec.absolute().parent
    return (parent.parent if parent.name == "specs" else parent) / "templates" / spec.stem


def display_path(folder: Path) -> str:
    """A folder as people see it: relative to the working directory where it is inside."""
    try:
        return folder.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return folder.as_posix()
