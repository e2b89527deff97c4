"""The expected trees of tests/golden, and the list of its cases.

A case is a folder with a `spec.yaml` whose first line says why it exists; what the spec compiles to lies in
`expected`. Few and lean: a change of wording shows in each of them.
"""

from __future__ import annotations

from pathlib import Path

from compiler.pipeline import compile_spec

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"


def cases() -> list[Path]:
    """The folders of all cases."""
    return sorted(path.parent for path in GOLDEN.glob("*/spec.yaml"))


def why(case: Path) -> str:
    """What the first line of the spec says it is there for."""
    return (case / "spec.yaml").read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("#").strip()


def expected(case: Path) -> dict[str, bytes]:
    """What the case's spec compiles to, by file name."""
    spec = case / "spec.yaml"
    return dict(compile_spec(spec, spec.relative_to(ROOT).as_posix(), lint=False).bundle.files)


def files() -> dict[str, bytes]:
    made = {
        f"tests/golden/{case.name}/expected/{name}": data for case in cases() for name, data in expected(case).items()
    }
    lines = [
        "# Golden cases",
        "",
        "Each folder holds a spec and, in `expected`, what it compiles to; `make goldens` writes them anew.",
        "A person reads the difference before it is committed.",
        "",
        "| case | why it exists |",
        "|---|---|",
        *(f"| `{case.name}` | {why(case)} |" for case in cases()),
    ]
    made["tests/golden/README.md"] = ("\n".join(lines) + "\n").encode()
    return made
