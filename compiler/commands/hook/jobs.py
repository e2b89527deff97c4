"""Which specs a repository has, and which of them a commit touches."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from compiler.commands.configuration import Configuration
from compiler.commands.hook.index import Index, below
from compiler.commands.paths import output_folder
from compiler.commands.targets import Target
from compiler.reading.chain import MOST, says_base
from compiler.rollout.manifest import MANIFEST, templates_in

_YAML = (".yaml", ".yml")
_CONFIGURATION = (".pre-commit-config.yaml", ".pre-commit-hooks.yaml")
# Three of these at the beginning of a line make a YAML file in a folder `specs` one of ours, legal or not.
_SECTIONS = re.compile(rb"^(objectives|regions|naming|functions|api|dns|tables|buckets|quotas)[ \t]*:", re.MULTILINE)
_ENOUGH = 3
_EXTENDS = re.compile(rb"^extends[ \t]*:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)


def find(index: Index, patterns: Sequence[str], configurations: Sequence[Configuration]) -> tuple[str, ...]:
    """The specs to look at: those that a configuration names, and elsewhere those that match the patterns.

    Without patterns these are the ones in a folder `specs` that look like one. A base is none of them.
    """
    named = [path.as_posix() for found in configurations for path in found.specs]
    usual_places = (path for path in index.files if path.endswith(_YAML) and PurePosixPath(path).parent.name == "specs")
    index.fetch((*(path for path in named if path in index.known), *usual_places))
    found = []
    for path in index.files:
        if patterns:
            wanted = any(_matches(path, pattern) for pattern in patterns)
        else:
            usual = path.endswith(_YAML) and PurePosixPath(path).parent.name == "specs"
            wanted = (
                usual
                and not _is_listed(path, configurations)
                and _is_spec(index, path, _relative(output_folder(index.top / path), index.top))
            )
        if wanted and not says_base(index.content(path)):
            found.append(path)
    return tuple(dict.fromkeys((*named, *found)))


def _is_listed(path: str, configurations: Sequence[Configuration]) -> bool:
    """Whether the nearest configuration names the specs itself, so that nothing is looked for."""
    around = [found for found in configurations if below(path, found.folder.as_posix())]
    nearest = max(around, key=lambda found: len(found.folder.parts), default=None)
    return nearest is not None and bool(nearest.specs)


def idle(specs: Sequence[str], patterns: Sequence[str]) -> tuple[str, ...]:
    """Patterns that match no spec: a typing error would switch the check off for ever."""
    return tuple(pattern for pattern in patterns if not any(_matches(spec, pattern) for spec in specs))


def _matches(path: str, pattern: str) -> bool:
    return fnmatch(path, normal(pattern))


def overlooked(index: Index, specs: Sequence[str], changed: frozenset[str] | None) -> tuple[str, ...]:
    """Changed YAML files that look like a spec and are checked by nobody; without changes, all of them if none is.

    A spec that says `extends`, or is only extended, is looked at with the one that is compiled.
    """
    known = {name for spec in specs for name in (spec, *bases(index, spec))}
    looked = changed if changed is not None else () if specs else index.files
    return tuple(path for path in sorted(looked) if path in index.known and path.endswith(_YAML) and path not in known
                 and _looks_like_a_spec(index, path) and not says_base(index.content(path)))  # fmt: skip


def _is_spec(index: Index, path: str, output: str) -> bool:
    if f"{output}/manifest.json" in index.known:
        return True
    return _looks_like_a_spec(index, path)


def _looks_like_a_spec(index: Index, path: str) -> bool:
    text = b"\n".join(index.content(name) for name in (path, *bases(index, path)) if name in index.known)
    return b"dr-topology.schema.json" in text or len(set(_SECTIONS.findall(text))) >= _ENOUGH


def bases(index: Index, spec: str) -> tuple[str, ...]:
    """The files that a spec extends, from the top of the repository, whether they are staged or not."""
    found = [spec]
    while found[-1] in index.known and len(found) <= MOST and (named := _EXTENDS.search(index.content(found[-1]))):
        path = normal(str(PurePosixPath(found[-1]).parent / os.fsdecode(named[1])))
        if path in found:
            break
        found.append(path)
    return tuple(found[1:])


def neighbours(index: Index, path: str) -> tuple[str, ...]:
    """The YAML files in the folder of a file."""
    folder = PurePosixPath(path).parent
    return tuple(name for name in index.files if name.endswith(_YAML) and PurePosixPath(name).parent == folder)


def _relative(path: Path, top: Path) -> str:
    return Path(os.path.relpath(path, top)).as_posix()


def orphans(
    index: Index, targets: Sequence[Target], changed: frozenset[str] | None, output: str | None = None
) -> Iterator[str]:
    """Output folders whose spec is gone, those that this change touches; None stands for all files.

    `output` is the folder that was named for the only spec.
    """
    outputs = {target.output.as_posix() for target in targets}
    if output and not targets and any(below(path, normal(output)) for path in index.files):
        yield normal(output)
    for folder in map(PurePosixPath, _template_folders(index, targets)):
        if str(folder) in outputs or not templates_in(index.content(f"{folder}/{MANIFEST}")):
            continue
        specs = [f"{folder.parent.parent / place / folder.name}{end}" for place in ("specs", "") for end in _YAML]
        if any(spec in index.known for spec in specs):
            continue
        if changed is None or any(below(name, str(folder)) or name in specs for name in changed):
            yield str(folder)


def _template_folders(index: Index, targets: Sequence[Target]) -> Iterator[str]:
    """Folders that may have the templates of a spec."""
    settings = [found for target in targets if (found := target.configuration)]
    roots = {found.path(found.says.output).as_posix() for found in settings if found.says.output}
    for path in index.files:
        folder = PurePosixPath(path).parent
        if path.endswith(f"/{MANIFEST}") and (folder.parent.name == "templates" or str(folder.parent) in roots):
            yield str(folder)


def watched(index: Index, targets: Sequence[Target], patterns: Sequence[str]) -> frozenset[str]:
    """The files and folders that have a part in what the hook says, besides specs and configurations by their names.

    A pattern may fit a file of any name. Where nothing is staged in a folder, one above it could become a link.
    """
    if not all(pattern.endswith(_YAML) for pattern in patterns):
        return frozenset((".",))
    folders = {path.as_posix() for target in targets for path in (target.spec, target.output, *target.partials)}
    found = {normal(folder) for folder in (*folders, *_template_folders(index, targets))}
    return frozenset(
        folder if any(below(path, folder) for path in index.files) else folder.split("/")[0] for folder in found
    )


def affected(index: Index, target: Target, changed: frozenset[str] | None) -> bool:
    """Whether one of the changed files has a part in what a spec compiles to; None stands for all files.

    The configuration of the hooks has one: another version of the compiler compiles to something else.
    """
    spec, found = target.spec.as_posix(), target.configuration
    files = {spec, *bases(index, spec), *_CONFIGURATION, *((found.document.file,) if found else ())}
    if changed is None or changed & files:
        return True
    folders = [folder.as_posix() for folder in (target.output, *target.partials)]
    return any(below(path, folder) for path in changed for folder in folders)


def normal(path: str) -> str:
    return os.path.normpath(path).replace(os.sep, "/")
