"""The file of a proposal: written whole or not at all, and read with care. Reports DR886 to DR888, and DR804."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from compiler import __version__
from compiler.deploy.proposal import FORMAT, Proposal, digest_of
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Rule, Span
from compiler.output.emit import encode
from compiler.reading import textfile

Json = Any
_MAX_BYTES = 16 * 1024 * 1024  # not a figure: a bound of ours


def encoded(proposal: Proposal) -> bytes:
    """The bytes of a proposal, with its digest."""
    value = proposal.model_dump(mode="json", by_alias=True, exclude={"digest"})
    return encode({**value, "digest": digest_of(value)})


@contextmanager
def draft(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Yields what puts a file in its place: whole or not at all, and readable by its owner only.

    The room is made at once, so that a folder that cannot be written is found before anything else is done. Raises
    `RejectedError`.
    """
    try:
        if path.is_dir():
            raise _refused(Code.DR804, f"cannot write `{path}`: it is a folder", str(path))
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise _refused(Code.DR804, f"cannot write `{path}`: {error.strerror or error}", str(path)) from None

    def keep(data: bytes) -> None:
        try:
            with open(handle, "wb", closefd=False) as file:
                file.write(data)
            Path(temporary).replace(path)
        except OSError as error:
            raise _refused(Code.DR804, f"cannot write `{path}`: {error.strerror or error}", str(path)) from None

    try:
        yield keep
    finally:
        os.close(handle)
        with suppress(OSError):
            Path(temporary).unlink()


def read(path: Path) -> Proposal:
    """The proposal in a file, made by this version of the compiler; raises `RejectedError`."""
    shown = str(path)
    try:
        data = textfile.read_bytes(path, _MAX_BYTES)
    except textfile.UnreadableError as error:
        raise _refused(Code.DR886, f"`{shown}` {error}", shown) from None
    value = _json(data, shown)
    made = value.get("format")
    if "format" in value and made != FORMAT:
        message = f"`{shown}` has format {json.dumps(made)}; this dr-deploy reads format {FORMAT}"
        raise _refused(Code.DR887, message, shown)
    try:
        proposal = Proposal.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise _refused(Code.DR886, f"`{shown}` is not a proposal: {where}: {first['msg']}", shown) from None
    if digest_of({name: item for name, item in value.items() if name != "digest"}) != proposal.digest:
        raise _refused(Code.DR888, f"`{shown}` is not as dr-deploy wrote it: its content has another digest", shown)
    compiler = __version__
    if proposal.compiler != compiler:
        message = f"`{shown}` was made by dr-compile {proposal.compiler}; this is {compiler}"
        raise _refused(Code.DR887, message, shown, f"install dr-compile {proposal.compiler}, or propose again")
    return proposal


def _json(data: bytes, shown: str) -> dict[str, Json]:
    at = textfile.START
    try:
        value = json.loads(data.decode())
    except json.JSONDecodeError as error:
        at, why = Position(error.lineno, error.colno), f"is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
    except UnicodeDecodeError:
        why = "is not UTF-8 text"
    except (RecursionError, ValueError):
        why = "is nested too deeply, or has a number with too many digits"
    else:
        if isinstance(value, dict):
            return value
        why = "is not a JSON object"
    raise _refused(Code.DR886, f"`{shown}` {why}", shown, at=at)


def _refused(
    rule: Rule, message: str, file: str, help_text: str | None = None, at: Position = textfile.START
) -> RejectedError:
    return RejectedError([Diagnostic(rule, message, (Label(Span(file, at, at)),), help_text)])
