"""docs/cli.md: every command and option, from the parsers themselves."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

_INTRO = """\
# Commands

<!-- Made of the parsers by `make goldens`; edit the help texts there. -->

Diagnostics for people go to stderr, results and every other form to stdout. No command writes anything before
everything it is about to write is known to be right.

| exit code | meaning |
|---|---|
| 0 | fine |
| 1 | the spec has errors, or templates have drifted from it |
| 2 | wrong command line, or a file that cannot be read |
| 3 | a fault of the program, with a request to report it |

`NO_COLOR` set to anything turns colours off, and so does output that is no terminal. `SOURCE_DATE_EPOCH` (seconds since
1970) is the day that acceptances are held against; templates never depend on it.
"""


def page(parsers: Iterable[argparse.ArgumentParser]) -> str:
    """The whole page."""
    lines = [_INTRO]
    for parser in parsers:
        lines += ["", *_program(parser)]
    return "\n".join(lines) + "\n"


def _program(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f"## {parser.prog}"
    yield ""
    yield str(parser.description)
    for group in parser._action_groups:  # noqa: SLF001 - argparse shows its groups in no other way
        actions = [action for action in group._group_actions if action.help != argparse.SUPPRESS]  # noqa: SLF001
        if not actions:
            continue
        yield ""
        if group.title not in ("positional arguments", "options"):
            yield f"{str(group.title)[:1].upper()}{str(group.title)[1:]}:"
            yield ""
        yield (
            "| argument | meaning | default |"
            if group.title == "positional arguments"
            else "| option | meaning | default |"
        )
        yield "|---|---|---|"
        for action in actions:
            yield f"| {_written(action)} | {_meaning(action)} | {_default(action)} |"


def _written(action: argparse.Action) -> str:
    value = action.metavar if isinstance(action.metavar, str) else None
    if action.choices is not None and value is None:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    if not action.option_strings:
        name = value or action.dest.upper()
        return f"`{name}`" if action.nargs not in ("?", "*") else f"`[{name}]`"
    takes = action.nargs != 0
    value = value or action.dest.upper().replace("_", "-")
    return ", ".join(f"`{option} {value}`" if takes else f"`{option}`" for option in action.option_strings)


def _meaning(action: argparse.Action) -> str:
    words = str(action.help or "").replace("|", "\\|").replace("%%", "%").replace("%(default)s", str(action.default))
    return words[:1].upper() + words[1:]


def _default(action: argparse.Action) -> str:
    if action.default in (None, False, True, argparse.SUPPRESS) or action.default == []:
        return ""
    return f"`{action.default}`"
