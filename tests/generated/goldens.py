"""The expected output of the cases in tests/golden.

A case is a folder with a `spec.yaml` whose first line is the reason for the case. `expected` holds what the spec
compiles to. A case with a file `keep.toml` expects only a part of each file: the file names a section (`Outputs`) or
entries of a section (`Resources/Table*`).
"""

from __future__ import annotations

import json
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from compiler.pipeline import compile_spec

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"


def cases() -> list[Path]:
    """The folders of all cases."""
    return sorted(path.parent for path in GOLDEN.glob("*/spec.yaml"))


def whole(case: Path) -> bool:
    """Whether everything is expected that the spec of the case compiles to."""
    return not (case / "keep.toml").is_file()


def why(case: Path) -> str:
    """The reason of a case, from the first line of its spec."""
    return (case / "spec.yaml").read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("#").strip()


def expected(case: Path) -> dict[str, bytes]:
    """The expected files of a case by name, from a fresh compile."""
    spec = case / "spec.yaml"
    compiled = compile_spec(spec, spec.relative_to(ROOT).as_posix(), lint=False).bundle.files
    if whole(case):
        return dict(compiled)
    keep = tomllib.loads((case / "keep.toml").read_text(encoding="utf-8"))
    parts = {name: part(json.loads(compiled[name]), patterns) for name, patterns in keep.items()}
    return {name: (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode() for name, value in parts.items()}


def part(file: dict[str, Any], patterns: list[str]) -> dict[str, Any]:
    """The sections and entries of a file that match a pattern; raises `ValueError` for a pattern without a match."""
    found: dict[str, Any] = {}
    unused = set(patterns)
    for section, body in file.items():
        for pattern in patterns:
            if pattern == section:
                found[section] = body
                unused.discard(pattern)
        for name, value in body.items() if isinstance(body, dict) else ():
            for pattern in patterns:
                if fnmatchcase(f"{section}/{name}", pattern):
                    found.setdefault(section, {})[name] = value
                    unused.discard(pattern)
    if unused:
        raise ValueError(f"nothing matches {sorted(unused)}")
    return found


def files() -> dict[str, bytes]:
    made = {
        f"tests/golden/{case.name}/expected/{name}": data for case in cases() for name, data in expected(case).items()
    }
    lines = [
        "# Golden cases",
        "",
        "Each folder holds a spec and, in `expected`, what it compiles to; `make goldens` writes them again.",
        "A person reads the difference before it is committed. A case with a file `keep.toml` expects only the parts",
        "that this file names: those that the reason of the case is about.",
        "",
        "| case | expected | why it exists |",
        "|---|---|---|",
        *(f"| `{case.name}` | {'all' if whole(case) else 'parts'} | {why(case)} |" for case in cases()),
    ]
    made["tests/golden/README.md"] = ("\n".join(lines) + "\n").encode()
    return made
