"""docs/cli.md: every command and option, from the parsers themselves."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

_INTRO = """\
# Commands

<!-- Made of the parsers by `make goldens`; edit the help texts there. -->

Diagnostics in the format `text` go to stderr. Every other format and all results go to stdout. A command writes files
only after the whole compile has succeeded.

| exit code | meaning |
|---|---|
| 0 | fine |
| 1 | the spec has errors (with `--strict`: or warnings), or templates have drifted from it |
| 2 | wrong command line, or a file that cannot be read |
| 3 | a fault of the program, with a request to report it |
| 4 | with `--diff --exit-code`: a deployment changes something |
| 5 | with `--diff --exit-code`: a deployment would lose data |
| 130 | stopped with Ctrl-C |
| 141 | the program that reads the output ended first, as `head` does |

| environment variable | effect |
|---|---|
| `NO_COLOR` | Not empty: no colours, whatever else is set ([no-color.org](https://no-color.org)) |
| `FORCE_COLOR` | Not empty: colours, also without a terminal ([force-color.org](https://force-color.org)) |
| `TERM` | `dumb`: no colours, and no line that is overwritten |
| `COLUMNS` | Columns of the terminal, instead of its own number |
| `SOURCE_DATE_EPOCH` | Seconds since 1970: today, when it is decided which acceptances have expired |

On a terminal with at least 40 columns every line fits. Messages are wrapped between words, and a long line of the spec
is cut around the place that is meant. Where the output is not a terminal, diagnostics are never wrapped, so that `grep`
finds whole sentences; `--diff` is then as wide as `COLUMNS`, or 100 columns. While cfn-lint works, a line on the
terminal says which template it is checking.
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
