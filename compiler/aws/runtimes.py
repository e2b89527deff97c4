"""Runtimes of Lambda: the form of a handler in each language, and whether AWS still supports a runtime.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (read 2026-11-22)
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from compiler.aws.facts import lambda_
from compiler.aws.facts.model import READ
from compiler.diagnostics import suggest
from compiler.support.frozen import frozen

_GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/"
_WORD = r"[^\s.:/]+"


@frozen
class Language:
    """The runtimes of one language: their names begin with `prefix`, and their handlers match `handler` in full.

    `says` completes "must be …". `source` is the page that has the form.
    """

    prefix: str
    handler: str
    says: str
    example: str
    source: str


LANGUAGES: Final = (
    Language(
        "python", r"[\w./-]+\.\w+", "`module.function`", "app.handler", _GUIDE + "python-handler.html"
    ),
    Language(
        "nodejs", r"(?!\S*\.\.)(?:[^\s:]*/)?[^\s.:/]+\.[^\s:/]+", "`file.function`", "index.handler",
        _GUIDE + "nodejs-handler.html",
    ),
    Language(
        "java", rf"{_WORD}(?:\.{_WORD})*(?:::{_WORD})?", "`package.Class` or `package.Class::method`",
        "com.example.Handler::handleRequest", _GUIDE + "java-handler.html",
    ),
    Language(
        "dotnet", r"[^\s:/]+(?:::[^\s:/]+::[^\s:/]+)?", "`Assembly::Namespace.Class::Method`, or `Assembly` alone",
        "Payments::Payments.Function::HandleAsync", _GUIDE + "csharp-handler.html",
    ),
    Language(
        "ruby", rf"[^\s.:]+\.(?:{_WORD}(?:::{_WORD})*\.)?{_WORD}", "`file.method` or `file.Module::Class.method`",
        "function.handler", _GUIDE + "ruby-handler.html",
    ),
    Language("provided", r"\S+", "a text without spaces", "bootstrap", _GUIDE + "runtimes-custom.html"),
)  # fmt: skip
"""Every language that has a runtime."""


def language(runtime: str) -> Language | None:
    """The language of a runtime, by the beginning of its name."""
    return next((found for found in LANGUAGES if runtime.startswith(found.prefix)), None)


def newest(runtime: str) -> str | None:
    """The newest runtime of the same language, whether `runtime` itself exists or not."""
    of = language(runtime)
    names = [name for name in lambda_.RUNTIME_END.value if of and name.startswith(of.prefix)]
    return max(names, key=_version, default=None)


_COMPILED = ("go", "rust", "c++", "cpp", "custom", "bootstrap")
"""What has no runtime of its own: a program that is called `bootstrap`."""


def near(name: str) -> str | None:
    """The runtime that a name most likely means: of the same language and version, else the newest of the language."""
    word = re.sub(r"[^a-z0-9]", "", name.lower())
    ends = lambda_.RUNTIME_END.value
    written = {re.sub(r"[^a-z0-9]|x$", "", known): known for known in ends if ends[known] > READ}
    if word.removesuffix("x") in written:
        return written[word.removesuffix("x")]
    if word.startswith(_COMPILED):
        return newest("provided")
    return newest(word.replace("node", "nodejs") if re.match(r"node(?!js)", word) else word)


def _version(runtime: str) -> tuple[int, ...]:
    """`java8.al2023` as (8, 2023): what was supported longest need not be the newest."""
    return tuple(int(number) for number in re.findall("[0-9]+", runtime))


class Support(StrEnum):
    """What AWS does about a runtime."""

    FULL = "full"
    ENDED = "ended"
    """Functions with it can be created, and get no security updates."""
    BLOCKED = "blocked"
    """No function can be created with it."""
    UNKNOWN = "unknown"


@frozen
class State:
    """A runtime as it was on the day on which the facts were read; `says` and `remedy` are for a finding."""

    support: Support
    says: str = ""
    remedy: str | None = None


def state(runtime: str) -> State:
    """The state of a runtime on the day of the facts, not today: a spec compiles the same way every day."""
    ends, blocked = lambda_.RUNTIME_END.value.get(runtime), lambda_.RUNTIME_BLOCKED.value.get(runtime)
    best = newest(runtime)
    remedy = f"move to `{best}`"
    if ends is None or blocked is None:
        guess = near(runtime) or suggest.near(runtime, lambda_.RUNTIME_END.value)
        says = f"`{runtime}` is not a Lambda runtime"
        return State(Support.UNKNOWN, says, f"did you mean `{guess}`?" if guess else None)
    if blocked <= READ:
        return State(Support.BLOCKED, f"Lambda creates no functions with `{runtime}` since {blocked}", remedy)
    if ends <= READ:
        says = f"AWS supports `{runtime}` only until {ends}, and creates no functions with it from {blocked} on"
        return State(Support.ENDED, says, remedy)
    return State(Support.FULL)
