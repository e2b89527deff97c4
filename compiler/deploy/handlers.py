"""Whether the code of a function has the handler that the spec names, as far as that can be seen in its archive.

Lambda does not look at the handler before the first call. Python code is parsed with `ast`; of other languages only the
file is looked for. Names that a module makes while it runs cannot be seen, and nothing is reported then. Reports DR416.
"""

from __future__ import annotations

import ast
import io
import posixpath
import re
import warnings
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from compiler.aws.runtimes import language
from compiler.deploy.package import Package
from compiler.diagnostics.codes import Code
from compiler.diagnostics.suggest import meant
from compiler.findings.finding import Finding
from compiler.spec.compute import Function
from compiler.support.frozen import frozen


@frozen
class Missing:
    """What the code lacks, as the end of a sentence; `known` are handlers that it does have."""

    says: str
    known: Collection[str] = ()


def check(function: Function, position: int, package: Package) -> Iterator[Finding]:
    """A finding where Lambda would find nothing to run; `position` is that of the function in the spec."""
    found = language(function.runtime)
    look = _LOOKS.get(found.prefix) if found else None
    with package.open() as archive:
        missing = look(function.handler, archive) if look else None
    if missing:
        name = function.title or function.name
        help_text = meant(function.handler, missing.known)
        message = f"the handler `{function.handler}` of `{name}` {missing.says}"
        yield Finding(Code.DR416, message, ("functions", position, "handler"), help=help_text)


def _files(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if not name.endswith("/")]


def _handlers(names: Iterable[str], endings: Collection[str], function: str) -> set[str]:
    """The handlers that files with these endings could have."""
    paths = (PurePosixPath(name) for name in names)
    return {f"{path.with_suffix('').as_posix()}.{function}" for path in paths if path.suffix in endings}


# Python


def _python(handler: str, archive: zipfile.ZipFile) -> Missing | None:
    module, _, function = handler.rpartition(".")
    path = module.replace(".", "/")
    names = _files(archive)
    source = next((name for name in (f"{path}.py", f"{path}/__init__.py") if name in names), None)
    if source is None:
        compiled = re.compile(rf"{re.escape(path)}(/__init__)?\.(pyc|so|[^/]*\.so)")
        if any(compiled.fullmatch(name) for name in names):
            return None
        return Missing(f"is in `{path}.py`, but the code has no such file", _handlers(names, (".py",), function))
    defined = _defined(archive.read(source))
    if defined is None or function in defined:
        return None
    return Missing(f"is in `{source}`, which does not define `{function}`", {f"{module}.{name}" for name in defined})


def _defined(source: bytes) -> set[str] | None:
    """The names that a module has; None where that cannot be seen.

    It cannot where the module imports all names of another one, computes names, or is of a newer Python than this one.
    """
    with warnings.catch_warnings():
        # What Python has to say about a file of somebody else is nothing for the person who deploys.
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    found: set[str] = set()
    waiting: list[ast.AST] = [*tree.body]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
                # What is in it belongs to it, but for names that a function declares as global.
                found.update(other for part in ast.walk(node) if isinstance(part, ast.Global) for other in part.names)
                continue
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found.update((alias.asname or alias.name).split(".")[0] for alias in names)
            case ast.Name(id=name, ctx=ast.Store()) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.Call(func=ast.Name(id="globals" | "setattr" | "exec" | "vars" | "locals")):
                return None
            case ast.Lambda():
                continue
        waiting += ast.iter_child_nodes(node)
    return None if found & {"*", "__getattr__"} else found


# Files of other languages


_SCRIPTS = (".js", ".mjs", ".cjs")


def _node(handler: str, archive: zipfile.ZipFile) -> Missing | None:
    folder, slash, name = handler.rpartition("/")
    file, _, function = name.partition(".")
    module = posixpath.normpath(folder + slash + file)
    names = _files(archive)
    # Node.js resolves a module that is no file: a package, or a folder with an index.
    beginnings = (f"{module}/", f"node_modules/{module}/", f"{folder}{slash}node_modules/{file}/")
    if any(f"{module}{ending}" in names for ending in ("", *_SCRIPTS)) or any(n.startswith(beginnings) for n in names):
        return None
    return Missing(f"is in `{module}.js`, but the code has no such file", _handlers(names, _SCRIPTS, function))


def _ruby(handler: str, archive: zipfile.ZipFile) -> Missing | None:
    file, _, function = handler.partition(".")
    names = _files(archive)
    if any(name in names for name in (f"{file}.rb", f"{file}.so")):
        return None
    return Missing(f"is in `{file}.rb`, but the code has no such file", _handlers(names, (".rb",), function))


def _java(handler: str, archive: zipfile.ZipFile) -> Missing | None:
    name, colons, method = handler.partition("::")
    path = name.replace(".", "/") + ".class"
    classes = [*_files(archive)]
    # The class path of a function has its root and the archives in `lib`.
    # https://docs.aws.amazon.com/lambda/latest/dg/java-package.html (read 2026-11-26)
    for jar in (inner for inner in classes if re.fullmatch(r"lib/[^/]+\.jar", inner)):
        try:
            with zipfile.ZipFile(io.BytesIO(archive.read(jar))) as inside:
                classes = [*classes, *inside.namelist()]
        except zipfile.BadZipFile:
            continue
    if path in classes:
        return None
    # An archive can have many thousand classes: only those are compared that are in the package, or have the name.
    package, _, own = path.rpartition("/")
    beside = (each for each in classes if each.endswith(".class") and "$" not in each)
    alike = (each for each in beside if each.rpartition("/")[0] == package or each.rpartition("/")[2] == own)
    known = {each.removesuffix(".class").replace("/", ".") + colons + method for each in alike}
    return Missing(f"is in `{path}`, but neither the code nor an archive in `lib/` has this class", known)


def _dotnet(handler: str, archive: zipfile.ZipFile) -> Missing | None:
    assembly, colons, rest = handler.partition("::")
    names = _files(archive)
    # Code that is compiled ahead of time is started as with an OS-only runtime.
    if f"{assembly}.dll" in names or "bootstrap" in names:
        return None
    known = {name.removesuffix(".dll") + colons + rest for name in names if name.endswith(".dll")}
    return Missing(f"is in `{assembly}.dll`, but the code has no such file", known)


def _provided(handler: str, archive: zipfile.ZipFile) -> Missing | None:
    del handler
    try:
        member = archive.getinfo("bootstrap")
    except KeyError:
        return Missing("is started by the file `bootstrap`, but the code has no such file")
    if not member.external_attr >> 16 & 0o111:
        return Missing("is started by the file `bootstrap`, which the archive does not mark as executable")
    return None


_LOOKS: Mapping[str, Callable[[str, zipfile.ZipFile], Missing | None]] = {
    "python": _python, "nodejs": _node, "ruby": _ruby, "java": _java, "dotnet": _dotnet, "provided": _provided,
}  # fmt: skip
"""By the prefix of a language's runtimes."""
