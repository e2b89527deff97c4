"""The handler of a function: its form in each language, and whether the code has it as far as that can be seen."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from compiler.aws.facts import lambda_
from compiler.aws.runtimes import LANGUAGES, language, newest
from compiler.deploy.handlers import check
from compiler.deploy.package import Package
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import RejectedError
from compiler.findings.finding import Finding
from compiler.reading.document import load_document
from compiler.spec.compute import Function
from compiler.spec.parse import parse
from tests.helpers import SHIPPED

PYTHON, NODE, JAVA, DOTNET, RUBY = "python3.14", "nodejs24.x", "java25", "dotnet10", "ruby4.0"
OWN = "provided.al2023"


def function(runtime: str, handler: str) -> Function:
    """The shipped function with another runtime and handler; raises `RejectedError`."""
    tree: Any = load_document(SHIPPED.read_text(encoding="utf-8"), "spec.yaml").value
    tree["functions"][0] |= {"runtime": runtime, "handler": handler}
    return parse(load_document(json.dumps(tree), "spec.yaml")).functions[0]


def zipped(files: Mapping[str, bytes], mode: int = 0o755) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def found(runtime: str, handler: str, files: Mapping[str, bytes], mode: int = 0o755) -> list[Finding]:
    return list(check(function(runtime, handler), 3, Package("work", zipped(files, mode))))


# Form


@pytest.mark.parametrize(
    ("runtime", "handler"),
    [
        (PYTHON, "app.handler"),
        (PYTHON, "src/app.handler"),
        (PYTHON, "src.pay-ments.app.handler"),
        (NODE, "index.handler"),
        (NODE, "dist-1.0/index.handler.inner"),
        (NODE, "node_modules/@scope/lib/dist/handler.handler"),
        (JAVA, "com.example.Handler"),
        (JAVA, "com.example.Handler::handleRequest"),
        (JAVA, "Handler"),
        (JAVA, "com.example.Outer$Inner::handle"),
        ("java8.al2023", "org.springframework.cloud.function.adapter.aws.FunctionInvoker::handleRequest"),
        (DOTNET, "Payments::Payments.Function::HandleAsync"),
        (DOTNET, "Payments.Api::Payments.Api.Startup+Entry::Run"),
        (DOTNET, "Payments"),
        (RUBY, "function.handler"),
        (RUBY, "lib/source.LambdaFunctions::Handler.process"),
        (OWN, "bootstrap"),
        (OWN, "not-used"),
        (OWN, "hello.handler::with(anything)"),
        (OWN, "x" * 128),
    ],
)
def test_each_runtime_takes_handlers_of_its_own_form(runtime: str, handler: str) -> None:
    assert function(runtime, handler).handler == handler


@pytest.mark.parametrize(
    ("runtime", "handler", "says"),
    [
        (PYTHON, "app", "`module.function` for this runtime"),
        (PYTHON, "com.example.Handler::handleRequest", "`module.function` for this runtime"),
        (NODE, "index", "`file.function` for this runtime"),
        (NODE, "../index.handler", "`file.function` for this runtime"),
        (JAVA, "com.example.Handler:handle", "`package.Class` or `package.Class::method` for this runtime"),
        (JAVA, "src/Handler", "`package.Class` or `package.Class::method` for this runtime"),
        (DOTNET, "Payments::Payments.Function", "`Assembly::Namespace.Class::Method`, or `Assembly` alone for this"),
        (RUBY, "function", "`file.method` or `file.Module::Class.method` for this runtime"),
        (OWN, "two words", "a text without spaces of at most 128 characters"),
        (OWN, "x" * 129, "a text without spaces of at most 128 characters"),
        (OWN, "", "a text without spaces of at most 128 characters"),
    ],
)
def test_a_handler_of_another_form_is_refused(runtime: str, handler: str, says: str) -> None:
    with pytest.raises(RejectedError) as caught:
        function(runtime, handler)
    (problem,) = caught.value.diagnostics
    assert problem.rule is Code.DR206
    assert says in problem.message


def test_every_runtime_has_a_language_and_every_example_its_form() -> None:
    assert all(language(runtime) for runtime in lambda_.RUNTIME_END.value)
    for each in LANGUAGES:
        runtime = newest(each.prefix)
        assert runtime
        assert function(runtime, each.example).handler == each.example


@pytest.mark.parametrize(
    ("runtime", "best"),
    [
        ("python3.7", "python3.14"),
        ("nodejs20.x", "nodejs24.x"),
        ("dotnet8", "dotnet10"),
        ("java8.al2", "java25"),
        ("ruby3.2", "ruby4.0"),
        ("provided.al2", "provided.al2023"),
        ("provided", "provided.al2023"),
        ("python4", "python3.14"),
        ("cobol1", None),
    ],
)
def test_the_newest_runtime_is_one_of_the_same_language(runtime: str, best: str | None) -> None:
    assert newest(runtime) == best


# Code


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event, context): ...",
        "async def handler(event, context): ...",
        "class handler: ...",
        "handler = lambda event, context: None",
        "handler: object = build()",
        "first, (handler, *rest) = build()",
        "if True:\n    handler = None",
        "try:\n    import a as handler\nexcept ImportError:\n    pass",
        "from service import handler",
        "from service import run as handler",
        "import handler",
        "with open('x') as handler: ...",
        "for handler in range(3): ...",
        "(handler := build())",
        "def install():\n    global handler\n    handler = 1\ninstall()",
        # What follows cannot be seen.
        "from service import *",
        "globals()['handler'] = print",
        "def __getattr__(name): ...",
        "import sys\nsetattr(sys.modules[__name__], 'handler', print)",
        "this is python 9",
    ],
)
def test_a_python_function_that_is_there_or_may_be(source: str) -> None:
    assert found(PYTHON, "app.handler", {"app.py": source.encode()}) == []


@pytest.mark.parametrize(
    "source",
    ["", "def other(): ...", "def outer():\n    def handler(): ...", "class Service:\n    def handler(self): ...",
     "def f(handler): ...", "handler", "'handler'", "f(handler=1)"],
)  # fmt: skip
def test_a_python_function_that_is_not_there(source: str) -> None:
    (missing,) = found(PYTHON, "app.handler", {"app.py": source.encode()})
    assert (missing.rule, missing.at) == (Code.DR416, ("functions", 3, "handler"))
    assert "is in `app.py`, which does not define `handler`" in missing.message


def test_a_function_of_nearly_this_name_is_suggested() -> None:
    (missing,) = found(PYTHON, "main.handlr", {"main.py": b"def handler(event, context): ...\ndef helper(): ..."})
    assert missing.help == "did you mean `main.handler`?"


HANDLER = b"def handler(event, context): ..."
CLASS = {"com/example/Handler.class": b""}


@pytest.mark.parametrize(
    ("runtime", "handler", "files"),
    [
        (PYTHON, "src/app.handler", {"src/app.py": HANDLER}),
        (PYTHON, "src.app.handler", {"src/app.py": HANDLER}),
        (PYTHON, "app.handler", {"app/__init__.py": HANDLER}),
        (PYTHON, "app.handler", {"app.cpython-314-aarch64-linux-gnu.so": b""}),
        (PYTHON, "app.handler", {"app.pyc": b""}),
        (NODE, "index.handler", {"index.mjs": b""}),
        (NODE, "./src/index.handler.inner", {"src/index.cjs": b""}),
        (NODE, "lib.handler", {"node_modules/lib/package.json": b"{}"}),
        (NODE, "node_modules/lib/dist/handler.handler", {"node_modules/lib/dist/handler.js": b""}),
        (RUBY, "function.handler", {"function.rb": b""}),
        (RUBY, "lib/source.Functions::Handler.process", {"lib/source.rb": b""}),
        (JAVA, "com.example.Handler::handleRequest", CLASS),
        (JAVA, "com.example.Handler", {"lib/app.jar": zipped(CLASS), "lib/broken.jar": b"?"}),
        (DOTNET, "Payments::Payments.Function::Run", {"Payments.dll": b""}),
        (DOTNET, "Payments", {"bootstrap": b""}),
        (OWN, "anything", {"bootstrap": b""}),
    ],
)
def test_a_file_that_is_there(runtime: str, handler: str, files: Mapping[str, bytes]) -> None:
    assert found(runtime, handler, files) == []


@pytest.mark.parametrize(
    ("runtime", "handler", "files", "missing", "guess"),
    [
        (PYTHON, "ap.handler", {"app.py": HANDLER}, "ap.py", "app.handler"),
        (PYTHON, "app.handler", {"code/app.py": HANDLER}, "app.py", "code/app.handler"),
        (PYTHON, "app.handler", {"app.mjs": b""}, "app.py", None),
        (NODE, "idnex.handler", {"index.mjs": b""}, "idnex.js", "index.handler"),
        (NODE, "index.handler", {"index.ts": b""}, "index.js", None),
        (NODE, "index.handler", {"src/index.js": b""}, "index.js", "src/index.handler"),
        (RUBY, "functon.handler", {"function.rb": b""}, "functon.rb", "function.handler"),
        (JAVA, "com.example.Handlr::run", CLASS, "com/example/Handlr.class", "com.example.Handler::run"),
        (JAVA, "com.exampel.Handler", {"lib/a.jar": zipped(CLASS)}, "com/exampel/Handler.class", "com.example.Handler"),
        (JAVA, "com.example.Handler", {"app.jar": zipped(CLASS)}, "com/example/Handler.class", None),
        (DOTNET, "Paymnets::P.F::Run", {"Payments.dll": b""}, "Paymnets.dll", "Payments::P.F::Run"),
        (OWN, "anything", {"main": b""}, "bootstrap", None),
    ],
)
def test_a_file_that_is_not_there(
    runtime: str, handler: str, files: Mapping[str, bytes], missing: str, guess: str | None
) -> None:
    (problem,) = found(runtime, handler, files)
    assert f"`{missing}`" in problem.message
    assert problem.help == (f"did you mean `{guess}`?" if guess else None)


def test_a_bootstrap_has_to_be_executable() -> None:
    (problem,) = found(OWN, "anything", {"bootstrap": b""}, mode=0o644)
    assert "does not mark as executable" in problem.message
