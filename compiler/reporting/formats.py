"""The output formats of `dr-compile`. To add one: a module with a `render`, and a row in each table here.

`text` goes to stderr, every other format to stdout. None changes an exit code.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from compiler.reporting.result import Result

FORMATS = {
    "text": "for people",
    "json": "for programs",
    "sarif": "for code scanners",
    "github": "for annotations on GitHub",
    "markdown": "for a comment on a pull request",
}
"""Each format, and what it is for."""


def render(form: str, result: Result) -> str:
    """A result in one of the formats, without the last line end."""
    # `--help` needs the table above only.
    from compiler.reporting import github, json_object, markdown, sarif, text

    renders: dict[str, Callable[[Result], str]] = {
        "text": lambda result: text.render(result.diagnostics, result.texts),
        "json": json_object.render,
        "sarif": sarif.render,
        "github": github.render,
        "markdown": markdown.render,
    }
    return renders[form](result)
