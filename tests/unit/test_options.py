"""No option is ignored in silence: every pair of options of a command works together, or is refused with a sentence.

The pairs come from the parsers themselves, so a new option has to be given a place. That an option which is taken has
an effect is seen from a run: each of them is read after the command line was checked.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from compiler.commands import main, options
from compiler.commands.hook import run as hook
from compiler.commands.together import Purposes, flag, refuse_idle
from compiler.deploy import arguments as deploy_arguments
from compiler.deploy import options as deploy_options
from tests.unit.test_cli import Shop

Check = Callable[[argparse.ArgumentParser, argparse.Namespace], None]
COMMANDS: dict[str, tuple[Callable[[], argparse.ArgumentParser], Purposes, Check, tuple[str, ...]]] = {
    "dr-compile": (
        options.parser, options.PURPOSES, lambda command, given: main._refuse_idle(given, command), (),
    ),
    "dr-compile-hook": (
        hook.parser, hook.PURPOSES, lambda command, given: refuse_idle(command, given, hook.PURPOSES), (),
    ),
    "dr-deploy": (deploy_arguments.parser, deploy_options.PURPOSES, deploy_options._check_together, ("SPEC",)),
}  # fmt: skip
"""The parser of each command, what goes together, what checks it, and what has to be there."""
VALUES = {
    "--resolver": "192.0.2.1", "--parameter": "a=b", "--tags": "a=b", "--code": "a=b", "--code-bucket": "us-east-1=b",
}  # fmt: skip


def words(action: argparse.Action) -> list[str]:
    """One use of an option."""
    if not action.option_strings:
        return ["a.yaml"]
    option = action.option_strings[-1]
    if action.nargs == 0:
        return [option]
    other = [str(choice) for choice in action.choices or () if choice != action.default]
    return [option, other[0] if other else VALUES.get(option, "x")]


def offered(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [a for a in parser._actions if a.dest != "help" and (a.option_strings or a.dest != "spec")]


def pairs() -> Iterator[tuple[str, argparse.Action, argparse.Action]]:
    for name, (parser, *_) in COMMANDS.items():
        for one, other in combinations(offered(parser()), 2):
            yield name, one, other


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_place(name: str) -> None:
    parser, purposes, _, _ = COMMANDS[name]
    placed = {purpose for purpose in purposes if purpose} | {each for taken in purposes.values() for each in taken}
    assert {action.dest for action in offered(parser())} == placed


@pytest.mark.parametrize("name", COMMANDS)
def test_each_pair_works_together_or_is_refused_with_a_sentence(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser, purposes, check, needed = COMMANDS[name]
    taken = 0
    for command, one, other in pairs():
        if command != name:
            continue
        made = parser()
        line = [*needed, *words(one), *words(other)]
        said = refusal(check, made, line, capsys)
        if said:
            assert any(flag(each.dest) in said for each in (one, other)), (line, said)
            assert " goes with " in said or " does not go with " in said, (line, said)
        else:
            taken += 1
            both = {one.dest, other.dest}
            assert any(both <= {purpose, *with_it} for purpose, with_it in purposes.items()), line
    assert taken


READ: set[str] = set()
"""Names of options that were read since this was last emptied."""


def refusal(
    check: Check, command: argparse.ArgumentParser, line: list[str], capsys: pytest.CaptureFixture[str]
) -> str | None:
    """What a command line is refused with, which is exit code 2; None where it is taken."""
    code: object = None
    try:
        check(command, command.parse_args(line))
    except SystemExit as ended:
        code = ended.code
    said = capsys.readouterr().err.splitlines()
    assert code == (2 if said else None), line
    return said[-1] if said else None


class Traced(argparse.Namespace):
    """Options that note by which name they are read."""

    def __getattribute__(self, name: str) -> Any:
        READ.add(name)
        return super().__getattribute__(name)


RUNS: Mapping[str, tuple[str, ...]] = {
    "": ("SPEC --no-lint --no-cache --strict --output out --partials own", "SPEC --no-lint --quiet",
         "SPEC --no-lint --format json"),
    "check": ("SPEC --check --no-lint --no-cache --strict --partials own --format json", "SPEC --check --quiet -o out",
              "absent.yaml --check --lint"),
    "diff": (
        "SPEC --diff --no-lint --no-cache --strict --exit-code --quiet --partials own -o out",
        "SPEC --diff --check --against HEAD --format json", "absent.yaml --diff --lint",
    ),
    "explain": ("SPEC --explain objectives --sources", "SPEC --explain costs --format json",
                "SPEC --explain Table --partials own"),
    "show": ("SPEC --show",),
}  # fmt: skip
"""Command lines that together have every option of a purpose."""


@pytest.mark.parametrize("purpose", RUNS)
def test_an_option_that_is_taken_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, purpose: str
) -> None:
    monkeypatch.chdir(tmp_path)
    shop = Shop(tmp_path, capsys)
    (shop.folder / "own").mkdir()
    used: set[str] = set()
    for line in RUNS[purpose]:
        traced = Traced()
        real, check = argparse.ArgumentParser.parse_args, main._refuse_idle

        def parse(self: argparse.ArgumentParser, argv: Any, into: Traced = traced, call: Any = real) -> Any:
            return call(self, argv, into)

        def checked(arguments: Traced, command: argparse.ArgumentParser, call: Any = check) -> None:
            call(arguments, command)
            READ.clear()

        with monkeypatch.context() as patch:
            patch.setattr(argparse.ArgumentParser, "parse_args", parse)
            patch.setattr(main, "_refuse_idle", checked)
            patch.setenv("XDG_CACHE_HOME", str(shop.folder / "cache"))
            patch.setattr(sys, "argv", ["dr-compile", *line.replace("SPEC", "specs/shop.yaml").split()])
            main.main()
        asked = [word for word in line.split() if word.startswith("-")]
        names = {a.dest for a in offered(options.parser()) if set(a.option_strings) & set(asked)}
        assert names <= READ, f"{line}: nobody reads {names - READ}"
        used |= names
    assert used == {*options.PURPOSES[purpose], purpose} - {"", "specs"}, "each option is tried"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--yes --plan", "--yes does not go with --plan"),
        ("--plan --allow-replace T", "--allow-replace does not go with --plan"),
        ("--format json", "--format goes with --execute or --policy or --status or --plan"),
        ("--hold --format json", "--format goes with --execute or --policy or --status or --plan, not with --hold"),
        ("--status --format markdown", "--format markdown goes with --plan"),
        ("--propose x --format json", "not with --propose"),
        ("--execute x --format json", "--format json goes with"),
        ("--execute x --plan --yes", "--yes does not go with --execute --plan"),
        ("--execute x --plan --profile a", "--profile does not go with --execute --plan"),
        ("--archives x", "--archives goes with --plan"),
        ("--confirm x", "--confirm goes with --destroy"),
        ("--even-if-primary-is-down", "--even-if-primary-is-down goes with --release"),
        ("--only-code --tags a=b", "--tags does not go with --only-code"),
        ("--only-code --rotate-token", "--rotate-token does not go with --only-code"),
        ("--policy --code a=b", "--code does not go with --policy"),
        ("--destroy --resolver 192.0.2.1", "--resolver does not go with --destroy"),
        ("--assume-delegated --no-wait-delegation", "--no-wait-delegation does not go with --assume-delegated"),
        ("--tags a=b --tags a=c", "--tags: a is given twice, as `b` and as `c`"),
        ("--code f=x --code f=y", "--code: f is given twice, as `x` and as `y`"),
    ],
)
def test_a_deployment_ignores_no_option(line: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        deploy_options.parse(deploy_arguments.parser(), ["specs/shop.yaml", *line.split()])
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh", "fish"])
def test_a_shell_completes_every_option(name: str, shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    from compiler.commands.completion import about

    parser = COMMANDS[name][0]()
    assert about(parser, shell) == 0
    script = capsys.readouterr().out
    for action in offered(parser):
        for option in action.option_strings:
            assert option.lstrip("-") in script, option
