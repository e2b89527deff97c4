"""The output formats of `dr-compile`. To add one: a module with a `render`, and a row here.

`text` goes to stderr, every other format to stdout. None changes an exit code.
"""

from __future__ import annotations

from collections.abc import Callable

from compiler.reporting import github, json_object, markdown, sarif, text
from compiler.reporting.result import Result
from compiler.support.frozen import frozen


@frozen
class Format:
    """What a format is for, and the function that makes it, without the last line end."""

    purpose: str
    render: Callable[[Result], str]


FORMATS = {
    "text": Format("for people", lambda result: text.render(result.diagnostics, result.texts)),
    "json": Format("for programs", json_object.render),
    "sarif": Format("for code scanners", sarif.render),
    "github": Format("for annotations on GitHub", github.render),
    "markdown": Format("for a comment on a pull request", markdown.render),
}
