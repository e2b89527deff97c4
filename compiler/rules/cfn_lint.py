"""What cfn-lint says about the templates, as findings on the resources."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from compiler.aws.values import ResourceId
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.template import Template

_OF_THE_CLOCK = ("W2531", "E2531", "E2533")
"""Rules on the age of a runtime: they ask what day it is. DR403 and DR495 look at the same functions and do not."""

Observe = Callable[[str, int, int], None]
"""Called before cfn-lint checks a template, with its stack's name, its number from 1, and how many there are."""


def lint(
    templates: Sequence[Template], *, informational: bool = False, observe: Observe | None = None
) -> Iterator[Finding]:
    """Runs cfn-lint on each template for its region; reports DR701 and DR702 with the id of the cfn-lint rule.

    A template that had no findings before, with the same cfn-lint and settings in the same week, is not checked again.
    """
    settings = tuple(_settings())
    # With rules or schemas of somebody's own, only a new look tells what they say.
    remembers = not any(word in text for text in settings for word in _OWN)
    context = (*settings, *_cfn_lint_itself(), str(informational).encode())
    for number, template in enumerate(templates, 1):
        body = json.dumps(template.body, indent=2)
        name = digest((*context, template.stack.region.encode(), body.encode()))
        if remembers and is_clean(name):
            continue
        if observe:
            observe(template.stack.name, number, len(templates))
        findings = [_finding(match, template) for match in _matches(body, template, informational)]
        if remembers and not findings:
            mark_clean(name)
        yield from findings


_OWN = (b"append_rules", b"override_spec", b"registry_schemas", b"custom_rules")
"""Settings that name other files: https://github.com/aws-cloudformation/cfn-lint#parameters (read 2026-11-26)"""


def _settings() -> Iterator[bytes]:
    """The settings files that cfn-lint reads."""
    for folder in (Path.home(), Path.cwd()):
        for name in (".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml"):
            path = folder / name
            yield path.read_bytes() if path.is_file() else b""


def _cfn_lint_itself() -> Iterator[bytes]:
    """What else the result depends on: versions, the schemas, which can be renewed without a new version, and time.

    cfn-lint knows days: on which a runtime is deprecated, for example. A week is what a verdict is remembered for.
    """
    from importlib.metadata import version
    from importlib.util import find_spec

    yield version("cfn-lint").encode()
    yield sys.version.encode()
    yield str(datetime.now(UTC).isocalendar()[:2]).encode()
    found = find_spec("cfnlint")
    data = Path(found.origin).parent / "data" if found and found.origin else Path()
    files = (os.path.join(folder, name) for folder, _, names in os.walk(data) for name in names)  # noqa: PTH118 - many
    for path in sorted(name for name in files if name.endswith(".json")):
        status = os.stat(path)  # noqa: PTH116 - thousands of files
        yield f"{path} {status.st_size} {status.st_mtime_ns}".encode()


def _matches(body: str, template: Template, informational: bool) -> Iterable[Any]:
    from cfnlint.api import lint as run
    from cfnlint.config import ManualArgs

    arguments = ManualArgs(
        regions=[template.stack.region],
        include_checks=["I"] if informational else [],
        ignore_checks=list(_OF_THE_CLOCK),
        configure_rules={},
    )
    matches: Iterable[Any] = run(body, config=arguments)
    return matches


def _finding(match: Any, template: Template) -> Finding:
    identifier = str(match.rule.id)
    path = [str(step) for step in match.path or []]
    name = path[1] if len(path) > 1 and path[0] in ("Resources", "Outputs") else ""
    where = f" at {'/'.join(path[2:])}" if len(path) > 2 else ""
    rule = Code.DR701 if identifier.startswith("E") else Code.DR702
    at = ResourceId(template.stack.name, name)
    return Finding(rule, f"{match.message}{where}", at, help=match.rule.description, lint=identifier)


def digest(parts: Iterable[bytes]) -> str:
    """One digest of several byte strings, with their lengths, so that ("ab", "c") and ("a", "bc") differ."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(len(part).to_bytes(8, "big"))
        sha.update(part)
    return sha.hexdigest()


def _folder() -> Path | None:
    base = os.environ.get("XDG_CACHE_HOME") or ""
    try:
        root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return root / "dr-compile" / "clean"


def is_clean(name: str) -> bool:
    """Whether the template of this digest had no findings before."""
    folder = _folder()
    try:
        # In a folder that others write to, a file of theirs is no verdict.
        return folder is not None and _is_mine((folder / name).stat())
    except OSError:
        return False


def _is_mine(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid())


def mark_clean(name: str) -> None:
    """Stores that the template of this digest has no findings; does nothing if the folder cannot be written."""
    folder = _folder()
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    except OSError:
        return
