"""The file `dr-compile.toml`, which says once what all commands need. Reports DR140 and DR144 to DR147.

It is found by walking up from the folder of a spec to the root of the repository. A mistake in it ends every command
with exit code 2, because a command that ignored a part of it would not agree with the others any more.
`compiler.commands.targets` says what follows from it for a spec.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from compiler import __version__
from compiler.commands.paths import display_path, output_folder
from compiler.commands.settings import Entry, Settings, refused, settings
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, RejectedError, Route, Span
from compiler.diagnostics.suggest import near
from compiler.reading import textfile
from compiler.reading.chain import says_base
from compiler.reading.document import MAX_BYTES, Document
from compiler.reading.toml_text import load_toml
from compiler.support.frozen import frozen

_YAML = (".yaml", ".yml")


@frozen
class Configuration:
    """A configuration that was read: its folder, its text with places, and what it says."""

    folder: Path
    document: Document
    says: Settings

    @cached_property
    def specs(self) -> tuple[Path, ...]:
        """The specs that it names."""
        return tuple(self.path(entry.path) for entry in self.says.specs)

    @cached_property
    def folders(self) -> tuple[Path, ...]:
        """All folders of partials."""
        names = (*self.says.partials, *(name for entry in self.says.specs for name in entry.partials))
        return tuple(map(self.path, names))

    def path(self, name: str) -> Path:
        """A path of the configuration as it is seen from the working directory."""
        return Path(display_path(self.folder / name))

    def output(self, spec: Path, entry: Entry | None) -> Path:
        """The folder of the templates of a spec, which `entry` is about if it is named."""
        if entry and entry.output:
            return self.path(entry.output)
        if self.says.output:
            return self.path(f"{self.says.output}/{spec.stem}")
        return output_folder(spec)

    def partials(self, entry: Entry | None) -> tuple[Path, ...]:
        """The folders of partials, of which the first one wins."""
        return tuple(map(self.path, (entry.partials if entry else ()) or self.says.partials))

    def at(self, *route: str | int) -> Span:
        """The place of a value; the beginning of the file where it is not there."""
        here = Span(self.document.file, textfile.START, textfile.START)
        return self.document.first_line(route) if route in self.document.values else here


def read(path: Path) -> Configuration:
    """The configuration at `path`; raises `RejectedError` with everything found."""
    found = parse(path)
    if problems := check(found):
        raise RejectedError(problems)
    return found


def check(found: Configuration) -> tuple[Diagnostic, ...]:
    """What is wrong with the files that a configuration names."""
    return tuple(_check_paths(found)) or tuple(_check_outputs(found))


def parse(path: Path) -> Configuration:
    """What the text at `path` says; raises `RejectedError`. The files that it names are not looked at."""
    name = display_path(path)
    try:
        text = textfile.decode(textfile.read_bytes(path, MAX_BYTES, textfile.around_link(path)))
    except textfile.UnreadableError as error:
        at = Span(name, textfile.START, textfile.START)
        raise RejectedError([Diagnostic(Code.DR140, f"`{name}` {error}", (Label(at),))]) from None
    except textfile.NotTextError as error:
        at = Span(name, error.at, error.at)
        raise RejectedError([Diagnostic(Code.DR140, str(error), (Label(at),), error.remedy)]) from None
    document = load_toml(text, name)
    _check_version(document)
    return Configuration(path.parent, document, settings(document))


def _check_version(document: Document) -> None:
    """Reports DR144, before anything else: another version may have other keys."""
    says = document.value if isinstance(document.value, dict) else {}
    required, installed = says.get("requires"), __version__
    if not isinstance(required, str) or not re.fullmatch(r"\d+(\.\d+){1,2}", required):
        return
    numbers = required.split(".")
    if installed.split(".")[: len(numbers)] == numbers:
        return
    remedy = f'install dr-compile {required}, or review what {installed} changes and write `requires = "{ours()}"`'
    message = f"this is dr-compile {installed}, and the configuration requires {required}"
    raise RejectedError([refused(Code.DR144, message, document, ("requires",), remedy)])


def ours() -> str:
    """The first two numbers of this version."""
    return ".".join(__version__.split(".")[:2])


def _check_paths(found: Configuration) -> Iterator[Diagnostic]:
    """What is not there, and what is a base; reports DR145 and DR147."""
    for position, (entry, path) in enumerate(zip(found.says.specs, found.specs, strict=True)):
        route: Route = ("specs", position, "path")
        if not path.is_file():
            what = "is not a file" if path.exists() else "does not exist"
            close = near(path.name, _specs_in(path.parent))
            remedy = f'write `path = "{Path(entry.path).with_name(close).as_posix()}"`' if close else None
            yield refused(Code.DR145, f"the spec `{entry.path}` {what}", found.document, route, remedy)
        elif says_base(path.read_bytes()):
            yield refused(Code.DR147, f"`{entry.path}` is a base, which is never compiled", found.document, route)
        yield from _check_folders(found, entry.partials, ("specs", position, "partials"))
    yield from _check_folders(found, found.says.partials, ("partials",))


def _specs_in(folder: Path) -> list[str]:
    """Names of the YAML files in a folder."""
    return [path.name for path in folder.iterdir() if path.suffix in _YAML] if folder.is_dir() else []


def _check_folders(found: Configuration, names: tuple[str, ...], route: Route) -> Iterator[Diagnostic]:
    for number, name in enumerate(names):
        if not found.path(name).is_dir():
            at = (*route, number) if (*route, number) in found.document.values else route
            remedy = "create this folder, or correct the path, which is relative to the folder of the configuration"
            yield refused(Code.DR145, f"the folder of partials `{name}` does not exist", found.document, at, remedy)


def _check_outputs(found: Configuration) -> Iterator[Diagnostic]:
    """What is named twice; reports DR146."""
    seen: list[tuple[Path, Path, int]] = []
    for position, (entry, path) in enumerate(zip(found.says.specs, found.specs, strict=True)):
        spec, output = Path(os.path.realpath(path)), Path(os.path.realpath(found.output(path, entry)))
        route: Route = ("specs", position, "path")
        for other, folder, before in seen:
            first = Label(found.document.first_line(("specs", before, "path")), "first here")
            if spec == other:
                message, remedy = f"the spec `{entry.path}` is named twice", "remove one of the two entries"
            elif output.is_relative_to(folder) or folder.is_relative_to(output):
                message = f"`{entry.path}` and `{found.says.specs[before].path}` have one folder for their templates"
                remedy = (
                    f'write a folder of its own into this entry: `output = "templates/{path.parent.name}-{path.stem}"`'
                )
            else:
                continue
            labels = (Label(found.document.first_line(route), "again here"), first)
            yield Diagnostic(Code.DR146, message, labels, remedy, at=route)
            break
        seen.append((spec, output, position))
