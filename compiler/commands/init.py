"""A first spec for a new team, its function's code and the editor's schema; and what to paste into hook and CI.

Nothing that exists is overwritten. What is written is compiled first, in memory, so that it is known to compile.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from pydantic_core import PydanticCustomError

from compiler.aws import regions
from compiler.diagnostics.model import RejectedError, has_errors
from compiler.spec.base import Form, Name
from compiler.spec.compute import Domain
from compiler.support.data_files import editor_schema

FUNCTION = "processor"
_STARTER = Path(__file__).resolve().parent / "starter"

HOOK = """\
# .pre-commit-config.yaml
repos:
  - repo: https://git.example.com/platform/dr-compile   # your organisation's clone of dr-compile
    rev: v$version   # a tag or commit of that clone
    hooks:
      - id: dr-compile-check
"""
WORKFLOW = """\
# .github/workflows/dr-compile.yml
name: dr-compile
on: pull_request
jobs:
  templates:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {python-version: "3.13"}
      # From your organisation's clone, at a tag or commit of it; an index of your organisation's own does too.
      - run: python -m pip install "dr-compile @ git+https://git.example.com/platform/dr-compile@v$version"
      - run: dr-compile $spec --check --format github
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a starter spec depends on."""

    name: str
    primary: str
    secondary: str
    domain: str


@dataclass(frozen=True, slots=True)
class Question:
    """One answer: its flag, what is asked on a terminal, the check, and a default made of earlier answers."""

    field: str
    text: str
    check: Callable[[str, Mapping[str, str]], str | None]
    default: Callable[[Mapping[str, str]], str]


class RefusedError(Exception):
    """Nothing can be written; the message says why."""


def _form(kind: object) -> Callable[[str, Mapping[str, str]], str | None]:
    (form,) = (part for part in getattr(kind, "__metadata__", ()) if isinstance(part, Form))

    def check(value: str, _earlier: Mapping[str, str]) -> str | None:
        try:
            form.check(value)
        except PydanticCustomError as error:
            return error.message()
        return None

    return check


def _region(value: str, earlier: Mapping[str, str]) -> str | None:
    """What is wrong with a region: unknown, in another partition than Route 53's metrics, or the same again."""
    if not regions.known(value):
        guess = regions.near(value)
        return f"`{value}` is not a region of AWS" + (f"; did you mean `{guess}`?" if guess else "")
    if value not in regions.COMMERCIAL:
        return f"`{value}` lies in the partition {regions.partition(value)}, which a topology cannot span"
    if value == earlier.get("primary"):
        return f"`{value}` is the primary region; a pair in one region fails as one"
    return None


def questions(stem: str) -> tuple[Question, ...]:
    """What is asked, in order; `stem` is the spec's file name without its ending."""
    name = _form(Name)
    named = stem.lower().replace("_", "-").replace(" ", "-")
    return (
        Question("name", "Name of the system", name, lambda _: "payments" if name(named, {}) else named),
        Question("primary", "Region that serves", _region, lambda _: "us-east-1"),
        Question(
            "secondary", "Region that takes over", _region,
            lambda a: "us-west-2" if a["primary"] != "us-west-2" else "us-east-1",
        ),
        Question("domain", "Domain name that clients use", _form(Domain), lambda a: f"{a['name']}.example.com"),
    )  # fmt: skip


def answer(stem: str, given: Mapping[str, str | None], ask: Callable[[str], str | None] | None) -> Answers:
    """The answers from flags, from `ask` (one line a question; None at the end of input), or by default."""
    found: dict[str, str] = {}
    for question in questions(stem):
        value = given.get(question.field)
        default = question.default(found)
        if value is None and ask is not None:
            value = _asked(question, default, found, ask)
        value = value or default
        problem = question.check(value, found)
        if problem:
            raise RefusedError(f"--{question.field}: {problem}")
        found[question.field] = value
    return Answers(**found)


def _asked(question: Question, default: str, found: Mapping[str, str], ask: Callable[[str], str | None]) -> str:
    while True:
        line = ask(f"{question.text} [{default}]: ")
        if line is None:
            raise RefusedError("the input ended before all questions were answered; nothing was written")
        value = line.strip() or default
        problem = question.check(value, found)
        if problem is None:
            return value
        sys.stderr.write(f"  {problem}\n")


@dataclass(frozen=True, slots=True)
class Starter:
    """The files of a starter by their path, those that exist left out, and the folder of the code."""

    spec: Path
    source: Path
    files: Mapping[Path, bytes]


def plan(path: Path, answers: Answers) -> Starter:
    """What to write for a spec at `path`; raises `RefusedError` where it exists, `RejectedError` where it
    would not compile."""
    if path.exists():
        raise RefusedError(f"`{path}` exists; nothing was written")
    beside = path.parent
    top = beside.parent if beside.name == "specs" else beside
    source = top / "functions" / FUNCTION
    schema = top / "schema" / "dr-topology.schema.json"
    text = _spec(path, source, schema, answers)
    files = {path: text.encode()}
    if not source.exists():
        files[source / "app.py"] = (_STARTER / "app.py.txt").read_bytes()
    if not schema.exists():
        files[schema] = editor_schema().read_bytes()
    _compiles(text, path, source, new=source / "app.py" in files)
    return Starter(path, source, files)


def _spec(path: Path, source: Path, schema: Path, answers: Answers) -> str:
    def relative(target: Path) -> str:
        return Path(os.path.relpath(target, path.parent)).as_posix()

    accelerated = all(regions.supports_acceleration(name) for name in (answers.primary, answers.secondary))
    return Template((_STARTER / "spec.yaml.txt").read_text(encoding="utf-8")).substitute(
        name=answers.name,
        primary=answers.primary,
        secondary=answers.secondary,
        domain=answers.domain,
        spec=path.as_posix(),
        source=relative(source),
        schema=relative(schema),
        acceleration="true    # of clients' uploads" if accelerated else "false   # not offered in both regions",
    )


def _compiles(text: str, path: Path, source: Path, *, new: bool) -> None:
    """Raises `RejectedError` unless `text` compiles with the code that is there, or with the starter's where it
    is new."""
    from compiler.pipeline import compile_document
    from compiler.reading.document import load_document

    document = load_document(text, path.as_posix())
    with tempfile.TemporaryDirectory(prefix="dr-compile-") as folder:
        # In a copy, since the folder of the spec may not exist yet.
        beside = Path(folder, "a", "specs")
        beside.mkdir(parents=True)
        code = Path(os.path.normpath(beside / os.path.relpath(source, path.parent)))
        if new:
            code.mkdir(parents=True)
            (code / "app.py").write_bytes((_STARTER / "app.py.txt").read_bytes())
        else:
            shutil.copytree(source, code)
        compiled = compile_document(document, beside, lint=False)
    if has_errors(compiled.diagnostics):
        raise RejectedError(compiled.diagnostics)


def write(starter: Starter) -> Iterator[Path]:
    """Writes the files and yields each; what was written is taken back where one cannot be."""
    written: list[Path] = []
    try:
        for path, data in starter.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                file.write(data)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise RefusedError(f"`{error.filename}` cannot be written: {error.strerror}; nothing was written") from None
    yield from written


def advice(starter: Starter, version: str) -> Iterator[str]:
    """What to do next, with what to paste into the hook's configuration and into a workflow."""
    spec = starter.spec.as_posix()
    if not any(starter.source in path.parents for path in starter.files):
        yield f"The code in {starter.source.as_posix()} was there and is left as it is."
    yield f"\nNow look through {spec}, then:\n\n  dr-compile {spec}\n"
    for text in (HOOK, WORKFLOW):
        yield Template(text).substitute(version=version, spec=spec)


def ask(question: str) -> str | None:
    """One line from the terminal; None at its end."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline() or None
