"""A first spec for a new team, its function's code and the editor's schema; and what to paste into hook and CI.

What keeps a system apart from others of its account follows from its name, and is used by no spec next to it. The spec
is added to the configuration. Nothing that exists is overwritten. What is written is compiled first, in memory, so that
it is known to compile.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from pydantic_core import PydanticCustomError

from compiler import __version__
from compiler.aws import regions
from compiler.commands.apart import Listing, Separation, listing, separation
from compiler.commands.options import INIT
from compiler.commands.paths import display_path
from compiler.diagnostics.model import RejectedError, has_errors
from compiler.reporting.console import FINE, USAGE, say
from compiler.spec.base import Form, Name
from compiler.spec.compute import Domain, Issuer
from compiler.support.data_files import editor_schema
from compiler.support.shell import command, path

FUNCTION = "processor"
_ZONES = 2
_STARTER = Path(__file__).resolve().parent / "starter"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a starter spec depends on."""

    name: str
    primary: str
    secondary: str
    domain: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Question:
    """One answer: its flag, what is asked on a terminal, the check, and a default made of earlier answers."""

    field: str
    text: str
    check: Callable[[str, Mapping[str, str]], str | None]
    default: Callable[[Mapping[str, str]], str]


class RefusedError(Exception):
    """Nothing can be written; the message says why."""


def run(arguments: argparse.Namespace) -> int:
    """Runs `dr-compile --init`; returns its exit code."""
    where: Path = arguments.init
    is_file = where.suffix in (".yaml", ".yml")
    flags = {name: getattr(arguments, name) for name in INIT}
    try:
        asks = sys.stdin.isatty() and sys.stderr.isatty()
        # A folder of specs is what others are put into, not a system.
        around = where.absolute()
        top = around if around.name != "specs" else around.parent
        answers = answer(where.stem if is_file else top.name, flags, ask if asks else None)
        folder = where if around.name == "specs" else where / "specs"
        starter = plan(where if is_file else folder / f"{answers.name}.yaml", answers)
        for written in write(starter):
            added = starter.listing.appends and written == starter.listing.file
            sys.stdout.write(f"{'added the spec to' if added else 'wrote'} {display_path(written)}\n")
    except RefusedError as error:
        say(f"dr-compile: {error}")
        return USAGE
    except RejectedError as error:
        for item in error.diagnostics:
            say(f"dr-compile: {item.message}; {item.help or item.rule.fix}")
        return USAGE
    sys.stdout.write("".join(f"{line}\n" for line in advice(starter, __version__)))
    assumed = [name for name in INIT if flags[name] is None]
    if assumed and not asks:
        chosen = command(*(word for name in assumed for word in (f"--{name}", getattr(answers, name))))
        say(f"note: nobody could be asked, so it is as with `{chosen}`")
    return FINE


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
    """What is wrong with a region: unknown, its zones unknown, in another partition than Route 53's metrics, or the
    same again."""
    if not regions.known(value):
        guess = regions.near(value)
        return f"`{value}` is not an AWS region" + (f"; did you mean `{guess}`?" if guess else "")
    if value not in regions.COMMERCIAL:
        return f"`{value}` is in the partition {regions.partition(value)}; a topology must be in the partition aws"
    if not regions.zones_in_order(value):
        return (
            f"the zones of `{value}` are not known yet; begin with another region, and then write `region` and `zones`"
        )
    if value == earlier.get("primary"):
        return f"`{value}` is the primary region; the standby region must be another one"
    return None


def questions(stem: str) -> tuple[Question, ...]:
    """What is asked, in order; `stem` is the spec's file name without its ending."""
    name = _form(Name)
    named = stem.lower().replace("_", "-").replace(" ", "-")
    return (
        Question("name", "Name of the system", name, lambda _: "payments" if name(named, {}) else named),
        Question("primary", "Primary region", _region, lambda _: "us-east-1"),
        Question(
            "secondary", "Standby region", _region,
            lambda a: "us-west-2" if a["primary"] != "us-west-2" else "us-east-1",
        ),
        Question("domain", "Domain name that clients use", _form(Domain), lambda a: f"{a['name']}.example.com"),
        Question(
            "issuer", "Issuer of the tokens that clients send", _form(Issuer),
            lambda a: f"https://login.{a['domain'].partition('.')[2]}",
        ),
    )  # fmt: skip


def answer(stem: str, flags: Mapping[str, str | None], ask: Callable[[str], str | None] | None) -> Answers:
    """The answers from flags, from `ask` (one line for each question; None at the end of input), or by default."""
    answers: dict[str, str] = {}
    for question in questions(stem):
        value = flags.get(question.field)
        default = question.default(answers)
        if value is None and ask is not None:
            value = _asked(question, default, answers, ask)
        value = value or default
        problem = question.check(value, answers)
        if problem:
            raise RefusedError(f"--{question.field}: {problem}")
        answers[question.field] = value
    return Answers(**answers)


def _asked(question: Question, default: str, answers: Mapping[str, str], ask: Callable[[str], str | None]) -> str:
    while True:
        line = ask(f"{question.text} [{default}]: ")
        if line is None:
            raise RefusedError("the input ended before all questions were answered; nothing was written")
        value = line.strip() or default
        problem = question.check(value, answers)
        if problem is None:
            return value
        say(f"  {problem}")


@dataclass(frozen=True, slots=True)
class Starter:
    """The files of a starter by their path, those that exist left out; the folder of the code; the configuration."""

    spec: Path
    source: Path
    files: Mapping[Path, bytes]
    listing: Listing


def plan(path: Path, answers: Answers) -> Starter:
    """What to write for a spec at `path`; raises `RefusedError` where it exists, `RejectedError` where it
    would not compile."""
    if path.exists():
        raise RefusedError(f"`{path}` exists; nothing was written")
    beside = path.parent
    top = beside.parent if beside.name == "specs" else beside
    source = top / "functions" / FUNCTION
    schema = top / "schema" / "dr-topology.schema.json"
    text = _spec(path, source, schema, answers, separation(path, answers.name))
    files = {path: text.encode()}
    if not source.exists():
        files[source / "app.py"] = (_STARTER / "app.py.txt").read_bytes()
    if not schema.exists():
        files[schema] = editor_schema().read_bytes()
    _compiles(text, path)
    listed = listing(path, top)
    if listed.is_new:
        files[listed.file] = listed.text.encode()
    return Starter(path, source, files, listed)


def _spec(path: Path, source: Path, schema: Path, answers: Answers, apart: Separation) -> str:
    def relative(target: Path) -> str:
        return Path(os.path.relpath(target, path.parent)).as_posix()

    accelerated = all(regions.supports_acceleration(name) for name in (answers.primary, answers.secondary))
    return _template("spec.yaml.txt").substitute(
        name=answers.name,
        primary=answers.primary,
        primary_zones=_zones(answers.primary),
        secondary=answers.secondary,
        secondary_zones=_zones(answers.secondary),
        domain=answers.domain,
        issuer=answers.issuer,
        suffix=apart.suffix,
        alias=apart.alias,
        primary_range=apart.ranges[0],
        secondary_range=apart.ranges[1],
        spec=path.as_posix(),
        source=relative(source),
        schema=relative(schema),
        acceleration="true    # of clients' uploads" if accelerated else "false   # not offered in both regions",
    )


def _zones(region: str) -> str:
    """The ids of two zones, as a spec lists them."""
    return ", ".join(regions.zones_in_order(region)[:_ZONES])


def _compiles(text: str, path: Path) -> None:
    """Raises `RejectedError` unless `text` compiles."""
    from compiler.pipeline import compile_document
    from compiler.reading.document import load_document

    compiled = compile_document(load_document(text, path.as_posix()), lint=False)
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
        if starter.listing.appends:
            starter.listing.append()
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise RefusedError(f"`{error.filename}` cannot be written: {error.strerror}; nothing was written") from None
    yield from written
    if starter.listing.appends:
        yield starter.listing.file


def advice(starter: Starter, version: str) -> Iterator[str]:
    """What to do next, with what to paste into the hook's configuration and into a workflow."""
    spec = starter.spec.as_posix()
    if not any(starter.source in path.parents for path in starter.files):
        yield f"The code in {starter.source.as_posix()} already existed and was not changed."
    if starter.listing.by_hand:
        where = display_path(starter.listing.file)
        yield f"{where} could not be added to; write these lines at its end:\n{starter.listing.text}"
    yield f"\nRead {spec} and change what your system needs, then run:\n\n  {command('dr-compile', path(spec))}\n"
    for name in ("hook.yaml.txt", "attributes.txt", "workflow.yaml.txt"):
        yield _template(name).substitute(version=version, spec=spec)


def _template(name: str) -> Template:
    return Template((_STARTER / name).read_text(encoding="utf-8"))


def ask(question: str) -> str | None:
    """One line from the terminal; None at its end."""
    say(question, end="")
    sys.stderr.flush()
    return sys.stdin.readline() or None
