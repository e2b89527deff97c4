"""The comparison that the command line asks for: a compile against what is committed, or against a revision.

Reports DR851 to DR854.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from compiler.diagnostics.model import RejectedError
from compiler.diff import revision as git
from compiler.diff.causes import Causes, explained
from compiler.diff.change import Diff
from compiler.diff.compare import Comparison
from compiler.linking.waves import Wave
from compiler.pipeline import Compiled
from compiler.reading import textfile
from compiler.reading.document import load_document
from compiler.reading.yaml_tree import Plain
from compiler.rollout import manifest

_MAX_BYTES = 16 * 1024 * 1024
"""More than any file of an output folder has: a template may have one megabyte, and a manifest is smaller."""


def diff(
    compiled: Compiled,
    spec: Path,
    folder: Path,
    shown: str,
    *,
    against: str | None = None,
) -> Diff:
    """What a deployment of `compiled` does to what was deployed from the templates in `folder`, shown as `shown`.

    `spec` is the file it was compiled from; with `against`, spec and templates are taken as they are at that revision
    of git. Raises `RejectedError` where there is nothing to compare.
    """
    if against is None:
        files = _in_folder(folder)
        text = git.committed(spec)
        old = shown
    else:
        revision = git.at(against, folder)
        files, text = _at_revision(revision, folder, spec, compiled.bundle.files)
        old = f"{shown} at {against}"
        if not files:
            # `read` says what is missing.
            manifest.read({}, old)
    before = manifest.read(files, old) if files else None
    comparison = Comparison(before, compiled.deployment)
    waves = (before.waves if before else (), compiled.deployment.waves)
    found = Diff(
        old if files else "", shown, comparison.stacks(), (len(waves[0]), len(waves[1])),
        same_order=[_stacks(wave) for wave in waves[0]] == [_stacks(wave) for wave in waves[1]],
    )  # fmt: skip
    plain = _plain(text)
    if plain is None:
        return found
    blocks = (block.block for stack in compiled.linked.stacks for block in stack.blocks)
    added = tuple(dict.fromkeys(block.added for block in blocks if block.added))
    causes = Causes(plain, compiled.document, compiled.topology, spec.parent, added)
    return explained(found, causes, comparison.old, comparison.new)


def _stacks(wave: Wave) -> list[str]:
    return sorted(step.stack.name for step in wave)


def _in_folder(folder: Path) -> dict[str, bytes]:
    """The JSON files of the output folder; none where it is not there or holds none."""
    if not folder.is_dir():
        return {}
    found: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            found[path.name] = textfile.read_bytes(path, _MAX_BYTES)
        except textfile.UnreadableError:
            # As if it were not there: `read` says so where it matters.
            continue
    return found


def _at_revision(
    revision: git.Revision, folder: Path, spec: Path, names: Mapping[str, bytes]
) -> tuple[dict[str, bytes], bytes | None]:
    """The output folder's files at a revision, and the spec's text there."""
    wanted = {name: folder / name for name in names}
    found = revision.files([*wanted.values(), spec])
    files = {name: found[path] for name, path in wanted.items() if path in found}
    listed = manifest.templates_in(files.get(manifest.MANIFEST, b""))
    others = {name: folder / name for name in listed if name not in files}
    more = revision.files(others.values()) if others else {}
    files |= {name: more[path] for name, path in others.items() if path in more}
    return files, found.get(spec)


def _plain(text: bytes | None) -> Plain:
    """A spec's plain value; None where it cannot be read: causes are worth having, and nothing depends on them."""
    if text is None:
        return None
    try:
        return load_document(textfile.decode(text), "the spec as it was").value
    except (RejectedError, textfile.NotTextError):
        return None
