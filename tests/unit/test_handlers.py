"""The file that a handler names: found in every form Lambda takes, and missed where it is not there."""

from __future__ import annotations

import pytest

from compiler.diagnostics.codes import Code
from compiler.reading.document import load_document
from compiler.spec.compute import Function
from compiler.spec.parse import parse
from compiler.topology.sources import check
from tests.helpers import SHIPPED


def function(runtime: str, handler: str) -> Function:
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in (("handler: app.handler", f"handler: {handler}"), ("runtime: python3.13", f"runtime: {runtime}")):
        assert old in text
        text = text.replace(old, new)
    return parse(load_document(text, "spec.yaml")).functions[0]


@pytest.mark.parametrize(
    ("runtime", "handler", "file"),
    [
        ("python3.13", "app.handler", "app.py"),
        ("python3.13", "src/app.handler", "src/app.py"),
        ("python3.13", "src.app.handler", "src/app.py"),
        ("python3.13", "app.handler", "app/__init__.py"),
        ("python3.13", "app.handler", "app.cpython-313-aarch64-linux-gnu.so"),
        ("nodejs24.x", "index.handler", "index.mjs"),
        ("nodejs24.x", "index.handler", "index.cjs"),
        ("nodejs24.x", "src/index.handler.inner", "src/index.js"),
        ("provided.al2023", "anything.goes", "bootstrap"),
        ("java21", "com.example.Handler", "lib/app.jar"),
    ],
)
def test_a_file_that_is_there(runtime: str, handler: str, file: str) -> None:
    assert list(check(function(runtime, handler), 0, [file])) == []


@pytest.mark.parametrize(
    ("runtime", "handler", "file", "missing", "guess"),
    [
        ("python3.13", "ap.handler", "app.py", "ap.py", "app.handler"),
        ("python3.13", "app.handler", "src/app.py", "app.py", "src/app.handler"),
        ("python3.13", "app.handler", "app.mjs", "app.py", None),
        ("nodejs24.x", "idnex.handler", "index.mjs", "idnex.js", "index.handler"),
        ("nodejs24.x", "index.handler", "index.ts", "index.js", None),
        ("nodejs24.x", "index.handler", "src/index.js", "index.js", "src/index.handler"),
    ],
)
def test_a_file_that_is_not_there(runtime: str, handler: str, file: str, missing: str, guess: str | None) -> None:
    (found,) = check(function(runtime, handler), 3, [file])
    assert (found.rule, found.at) == (Code.DR416, ("functions", 3, "handler"))
    assert f"`{missing}`" in found.message
    assert found.help == (f"did you mean `{guess}`?" if guess else None)
