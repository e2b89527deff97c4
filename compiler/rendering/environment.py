"""The Jinja environment of partials: values are written as JSON, and every line of a partial carries a mark.

Nothing of Python's objects can be seen from a partial, and no file outside its folders can be read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.bccache import Bucket
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser
from jinja2.runtime import Context, LoopContext

from compiler.diagnostics.model import Position
from compiler.reading import textfile
from compiler.rendering.form import HOLE, Form, hole

MAX_BYTES = 1_000_000
# Private-use characters: json.dumps escapes them in values, and no partial may hold them, so marks are ours alone.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}([^{_CLOSE}]*):([0-9]+){_CLOSE}")
_LANGUAGE_VERSION = "3"
_LOOP = ("first", "index", "index0", "last", "length")
STUMBLES = (SyntaxError, NameError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""What Jinja and Python's compiler raise over some texts instead of refusing them, such as blocks too deeply nested."""


class UnreadablePartialError(Exception):
    """A partial's file that cannot be used: its name, why, and where."""

    def __init__(self, name: str, message: str, at: Position) -> None:
        self.name = name
        self.at = at
        super().__init__(message)


class _Language(Extension):
    """What partials have beyond Jinja: marks of lines, `gated` and `each`.

    Every line of a partial's own text begins with a mark of the partial and the line. Both tags become `if`, `for` and
    text as the partial could have written it, so that whatever holds for those holds for the tags.
    """

    tags = {"gated", "each"}  # noqa: RUF012 - this is how Jinja asks for the names of tags

    def parse(self, parser: Parser) -> list[nodes.Node]:
        tag = next(parser.stream)
        made = self._gated(parser) if tag.value == "gated" else [self._each(parser)]
        return [node.set_lineno(tag.lineno) for node in made]

    def _gated(self, parser: Parser) -> list[nodes.Node]:
        """`{% gated gate %} value {% endgated %}`: the value once the gate is open; the value alone without a gate."""
        gate = _field(parser, "`gated` takes a field of the view that holds a gate: `{% gated gate %}`")
        body = parser.parse_statements(("name:endgated",), drop_needle=True)

        def around(*parts: nodes.Expr) -> nodes.If:
            return nodes.If(gate, [nodes.Output([*parts])], [], [])

        begin, end = nodes.TemplateData('{"Fn::If": ['), nodes.TemplateData(', {"Ref": "AWS::NoValue"}]}')
        return [around(begin, gate, nodes.TemplateData(", ")), *body, around(end)]

    def _each(self, parser: Parser) -> nodes.For:
        """`{% each entry in list %} value {% endeach %}`: the value of every entry, with commas between them."""
        said = "`each` takes the name of an entry and a list of the view: `{% each entry in list %}`"
        if parser.stream.current.type != "name" or parser.stream.look().value != "in":
            parser.fail(said)
        target = parser.parse_assign_target(name_only=True)
        parser.stream.skip()
        entries = _field(parser, said)
        body = parser.parse_statements(("name:endeach",), drop_needle=True)
        first = nodes.Getattr(nodes.Name("loop", "load"), "first", "load")
        comma = nodes.If(nodes.Not(first), [nodes.Output([nodes.TemplateData(", ")])], [], [])
        return nodes.For(target, entries, [comma, *body], [], None, False)

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        name = stream.name or ""
        for token in stream:
            if token.type != "data":
                yield token
                continue
            first, *rest = token.value.split("\n")
            marked = f"{_OPEN}{name}:{token.lineno}{_CLOSE}{first}"
            for offset, line in enumerate(rest, 1):
                marked += f"\n{_OPEN}{name}:{token.lineno + offset}{_CLOSE}{line}"
            yield Token(token.lineno, "data", marked)


def _field(parser: Parser, said: str) -> nodes.Expr:
    """A field of the view, or a member of one, that ends its tag."""
    if parser.stream.current.type != "name":
        parser.fail(said)
    field = parser.parse_expression()
    if not isinstance(field, nodes.Name | nodes.Getattr) or parser.stream.current.type != "block_end":
        parser.fail(said)
    return field


class Loader(jinja2.BaseLoader):
    """Partials by name, `<service>/<name>.json.j2`, from the first folder that has them."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self.folders = folders
        self.texts: dict[str, str] = {}

    def path(self, name: str) -> Path | None:
        parts = name.split("/")
        if any(part in ("", ".", "..") or os.sep in part or "\0" in part for part in parts):
            return None
        return next((path for folder in self.folders if (path := folder.joinpath(*parts)).is_file()), None)

    def text(self, name: str) -> str:
        """A partial's text; raises `UnreadablePartialError`, or `TemplateNotFound` where there is none."""
        if name not in self.texts:
            path = self.path(name)
            if path is None:
                raise jinja2.TemplateNotFound(name)
            self.texts[name] = _read(path, name, self._top(path))
        return self.texts[name]

    def _top(self, path: Path) -> Path | None:
        """Where a user's partial must be below, also behind a link; those of the package may be installed as links."""
        own = next((folder for folder in self.folders[:-1] if path.is_relative_to(folder)), None)
        return None if own is None else textfile.repository(own)

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        del environment
        return self.text(template), str(self.path(template)), lambda: True


def _read(path: Path, name: str, top: Path | None) -> str:
    try:
        text = textfile.decode(textfile.read_bytes(path, MAX_BYTES, top))
    except textfile.UnreadableError as error:
        raise UnreadablePartialError(name, f"the partial {error}", textfile.START) from None
    except textfile.NotTextError as error:
        raise UnreadablePartialError(name, str(error), error.at) from None
    for odd in textfile.oddities(text):
        raise UnreadablePartialError(name, odd.message, textfile.position(text, odd.offset))
    kept = re.search(f"[{_OPEN}{_CLOSE}{HOLE}]", text)
    if kept:
        message = f"the character U+{ord(kept[0]):04X} is reserved for the compiler"
        raise UnreadablePartialError(name, message, textfile.position(text, kept.start()))
    return text


class Environment(jinja2.Environment):
    """Renders values as JSON, and lets a partial see the members of its view and nothing of Python's objects."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self.files = Loader(folders)
        self.forms: dict[tuple[str, str], Form] = {}
        """What partials lay out, by name and text."""
        self.held: list[Any] | None = None
        """The values that the text being rendered has holes for; None where they are written into it."""
        super().__init__(
            loader=self.files,
            undefined=jinja2.StrictUndefined,
            finalize=_written,
            extensions=[_Language],
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=_bytecode_cache(),
        )
        self.globals.clear()
        self.filters.clear()
        self.tests.clear()

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        with warnings.catch_warnings():
            # Python's remark on an odd backslash in a constant; the contract refuses constants.
            warnings.simplefilter("ignore")
            return super()._parse(source, name, filename)

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)


@cache
def _library() -> str:
    """The version of Jinja2, which is read from the disk."""
    return version("jinja2")


class _Bytecode(jinja2.FileSystemBytecodeCache):
    """Compiled partials of earlier runs, in a folder of the user's own that Jinja checks the owner of.

    A file begins with the digest of what follows. Python ends the process at a damaged code object, so that a file is
    read only if it is what was written; otherwise the partial is compiled afresh.
    """

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return super().get_cache_key(f"{_LANGUAGE_VERSION} {_library()} {name}", filename)

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            data = Path(self._get_cache_filename(bucket)).read_bytes()
        except OSError:
            return
        digest, payload = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
        if hashlib.sha256(payload).digest() == digest:
            bucket.bytecode_from_string(payload)

    def dump_bytecode(self, bucket: Bucket) -> None:
        payload = bucket.bytecode_to_string()
        path = Path(self._get_cache_filename(bucket))
        try:
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, suffix=".tmp", delete=False) as file:
                file.write(hashlib.sha256(payload).digest() + payload)
            Path(file.name).replace(path)
        except OSError:
            return  # the folder is full, or gone: the next run compiles afresh too


_DIGEST_BYTES = hashlib.sha256().digest_size


def _bytecode_cache() -> _Bytecode | None:
    try:
        return _Bytecode()
    except (OSError, RuntimeError):
        # No such folder can be had: partials are compiled afresh.
        return None


_SCALARS = frozenset((str, int, bool, type(None)))
_ENCODER = json.JSONEncoder(ensure_ascii=True, allow_nan=False)


@jinja2.pass_context
def _written(context: Context, value: Any) -> str:
    """A value as JSON, or a hole in its place."""
    if isinstance(value, jinja2.Undefined):
        return str(value)  # raises, naming the variable
    held: list[Any] | None = context.environment.held  # type: ignore[attr-defined]
    if held is None:
        return _ENCODER.encode(value)
    # A partial can make values of its own, such as a tuple, which JSON changes or refuses.
    held.append(value if _is_json(value) else json.loads(_ENCODER.encode(value)))
    return hole(len(held) - 1)


def _is_json(value: Any) -> bool:
    """Whether a value would be the same if it were written and read again."""
    kind = type(value)
    if kind in _SCALARS:
        return True
    if kind is dict:
        return all(type(key) is str and (type(item) is str or _is_json(item)) for key, item in value.items())
    return kind is list and all(type(item) is str or _is_json(item) for item in value)


def unmarked(marked: str) -> tuple[str, list[tuple[int, str, int]]]:
    """The text without its marks, and (offset, partial, line) where each stood."""
    blocks: list[str] = []
    lines: list[tuple[int, str, int]] = []
    length = position = 0
    for match in _MARK.finditer(marked):
        blocks.append(marked[position : match.start()])
        length += match.start() - position
        lines.append((length, match[1], int(match[2])))
        position = match.end()
    blocks.append(marked[position:])
    return "".join(blocks), lines
