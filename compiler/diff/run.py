"""The comparison that the command line asks for: a compile against what is committed, or against a revision.

Reports DR851 to DR854.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from compiler.diagnostics.model import RejectedError
from compiler.diff import revision as git
from compiler.diff.causes import Causes, explained
from compiler.diff.change import Diff
from compiler.diff.compare import Comparison
from compiler.diff.reservations import fitted
from compiler.pipeline import Compiled
from compiler.reading import textfile
from compiler.reading.document import load_document
from compiler.reading.yaml_tree import Plain
from compiler.recall.replay import UNREAD
from compiler.rollout import manifest
from compiler.spec.compose import compose

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
    near = spec.parent if against is None else folder
    with git.opened(git.HEAD if against is None else against, near) as revision:
        if against is None:
            files, old = _in_folder(folder), shown
        elif revision is None:
            raise git.unknown(against, near)
        else:
            files, old = _at_revision(revision, folder, compiled.bundle.files), f"{shown} at {against}"
        before = manifest.read(files, old) if files else None
        plain = _plain(revision, spec) if revision else None
    comparison = Comparison(before, compiled.deployment)
    found = comparison.diff(old if files else "", shown)
    found = fitted(found, comparison.old, comparison.new, compiled.topology.capacity.concurrency)
    if plain is None:
        return found
    blocks = (block.block for stack in compiled.linked.stacks for block in stack.blocks)
    added = tuple(dict.fromkeys(block.added for block in blocks if block.added))
    causes = Causes(plain, compiled.document, compiled.topology, added)
    return explained(found, causes, comparison.old, comparison.new)


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
            sys.audit(UNREAD, str(path))
    return found


def _at_revision(revision: git.Revision, folder: Path, names: Mapping[str, bytes]) -> dict[str, bytes]:
    """The output folder's files at a revision."""
    wanted = {name: folder / name for name in names}
    found = revision.files(wanted.values())
    files = {name: found[path] for name, path in wanted.items() if path in found}
    listed = manifest.templates_in(files.get(manifest.MANIFEST, b""))
    others = {name: folder / name for name in listed if name not in files}
    more = revision.files(others.values()) if others else {}
    files |= {name: more[path] for name, path in others.items() if path in more}
    return files


def _plain(revision: git.Revision, spec: Path) -> Plain:
    """What a spec and its bases said at a revision, as a plain value.

    None where it cannot be read: causes are worth having, and nothing depends on them.
    """
    files = git.Committed(revision, spec.parent)
    try:
        text = textfile.decode(files.read(spec.name))
        value = compose(load_document(text, spec.name), files).value
    except (RejectedError, textfile.UnreadableError, textfile.NotTextError):
        return None
    # What is committed may be a link, whose text is a path.
    return value if isinstance(value, dict) else None
