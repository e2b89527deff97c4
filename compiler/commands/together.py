"""Which options of a command go together: none may have no effect and say nothing."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Mapping, Sequence

Purposes = Mapping[str, Collection[str]]
"""By the option that says what a command is for: the options that have an effect beside it. The first one that is given
counts. The name "" stands for the command with none of them."""


def given(command: ArgumentParser, arguments: Namespace) -> tuple[str, ...]:
    """The names of the options that are not as they are by default, in the order of `--help`."""
    values = vars(arguments)
    return tuple(name for name in values if values[name] != command.get_default(name) and values[name] != [])


def refuse_idle(
    command: ArgumentParser, arguments: Namespace, purposes: Purposes, always: Collection[str] = ()
) -> None:
    """Ends the command where an option would have no effect beside the others; `always` are those that have one."""
    found = [name for name in given(command, arguments) if name not in always]
    purpose = next((name for name in purposes if name in found), "")
    idle = next((name for name in found if name != purpose and name not in purposes[purpose]), None)
    if idle is None:
        return
    able = [name for name, options in purposes.items() if name and idle in options]
    if not able or idle in purposes or (purpose and idle in purposes[""]):
        command.error(f"{flag(idle)} does not go with {flag(purpose)}")
    command.error(f"{flag(idle)} goes with {one_of(able)}{f', not with {flag(purpose)}' if purpose else ''}")


def flag(name: str) -> str:
    """An option as it is typed."""
    return "a spec" if name == "specs" else "--" + name.replace("_", "-")


def one_of(names: Sequence[str]) -> str:
    """Options, of which any one will do."""
    return " or ".join(map(flag, names))
