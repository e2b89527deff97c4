"""Commands quoted in a document are run, and what it shows of their output is compared with what comes.

A block fenced as `console` holds commands after `$ ` and what they print below them:

    ```console
    $ dr-compile specs/dr-topology.yaml --check
    5 files match templates/dr-topology
    ...
    ```

All blocks of a document run in order, in one clone of this repository (`console empty` goes on in an empty folder
beside it), with the programs of this environment first. `console team` goes on in that folder too, and needs what a
team has: an installed release and a repository of hooks; tests/test_newcomer.py runs these. A line `...` stands for any
lines, and so does no output at all; a command that fails has to be followed by the command `echo $?` with its exit
code, unless its output is shown. Blocks fenced otherwise are not run.

`python -m tests.console README.md` writes what comes into the document, where it differs from what is shown.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.team import ROOT, Team

_BLOCK = re.compile(r"^```console(?P<place>[^\n]*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
_END = "\x1e"
TEAM = "team"
ENVIRONMENT = {
    **os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
    "NO_COLOR": "1", "COLUMNS": "100", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "a team", "GIT_AUTHOR_EMAIL": "team@example.com",
    "GIT_COMMITTER_NAME": "a team", "GIT_COMMITTER_EMAIL": "team@example.com",
}  # fmt: skip


@dataclass(frozen=True)
class Command:
    """One command with the lines that follow it, and the line of the document it stands on."""

    words: str
    shown: tuple[str, ...]
    line: int
    place: str


def commands(text: str) -> Iterator[Command]:
    """Every command of a document, in order."""
    for block in _BLOCK.finditer(text):
        first = text[: block.start("text")].count("\n") + 1
        words, shown, line = "", list[str](), 0
        for number, row in enumerate(block["text"].rstrip("\n").split("\n"), first):
            if row.startswith("$ "):
                if words:
                    yield Command(words, tuple(shown), line, block["place"].strip())
                words, shown, line = row[2:], [], number
            elif words.endswith("\\"):
                words = f"{words}\n{row}"
            else:
                shown.append(row)
        if words:
            yield Command(words, tuple(shown), line, block["place"].strip())


def checkout(folder: Path) -> Path:
    """A copy of every file of this repository that git would commit."""
    listed = Team(ROOT).git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)
    return folder


def clone(folder: Path) -> Path:
    """The same in a repository of git, all of it committed."""
    made = Team(checkout(folder))
    made.git("init", "--quiet", "--initial-branch=main")
    made.git("add", "--all")
    made.git("commit", "--quiet", "-m", "a release")
    return folder


@dataclass(frozen=True)
class Outcome:
    """What a command of a document did."""

    command: Command
    code: int
    printed: tuple[str, ...]

    @property
    def as_shown(self) -> bool:
        return _matches(self.command.shown, list(self.printed)) if self.command.shown else self.code == 0


def outcomes(document: Path, folder: Path) -> Iterator[Outcome]:
    """Runs a document's commands below `folder`, one after the other."""
    places = {"": clone(folder / "dr-compile"), "empty": folder / "empty"}
    places["empty"].mkdir()
    for command in commands(document.read_text(encoding="utf-8")):
        if command.place == TEAM:
            continue
        code, printed, places[command.place] = run(command.words, places[command.place], ENVIRONMENT)
        yield Outcome(command, code, tuple(printed))


def check(document: Path, folder: Path) -> int:
    """Runs a document's commands; raises AssertionError at the first that differs. Returns how many there are."""
    count = 0
    for outcome in outcomes(document, folder):
        shown, came = "\n".join(outcome.command.shown), "\n".join(outcome.printed)
        where = f"{document.name}:{outcome.command.line}: $ {outcome.command.words}"
        assert outcome.as_shown, f"{where}\nshown:\n{shown}\n\nexit code {outcome.code}, came:\n{came}"
        count += 1
    return count


def refresh(document: Path, folder: Path) -> int:
    """Writes what commands print into the document where it differs; returns how many did. Never a fault of ours."""
    lines = document.read_text(encoding="utf-8").split("\n")
    found = [outcome for outcome in outcomes(document, folder) if not outcome.as_shown]
    # From the end, so that line numbers hold.
    for outcome in reversed(found):
        if "DR901" in "\n".join(outcome.printed):
            raise SystemExit(f"`{outcome.command.words}` ends in a fault; nothing was written")
        first = outcome.command.line + outcome.command.words.count("\n")
        lines[first : first + len(outcome.command.shown)] = outcome.printed
    document.write_text("\n".join(lines), encoding="utf-8")
    return len(found)


def run(words: str, here: Path, environment: Mapping[str, str]) -> tuple[int, list[str], Path]:
    """Exit code, lines printed, and the folder a command ends in."""
    script = f'{words}\ncode=$?\nprintf "\\n{_END}%s{_END}%s" "$code" "$PWD"\n'
    done = subprocess.run(
        ["bash", "-c", script], cwd=here, env=environment, text=True, encoding="utf-8", check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    printed, code, folder = done.stdout.rsplit(_END, 2)
    return int(code), [line.rstrip() for line in printed.rstrip("\n").split("\n")], Path(folder)


def _matches(shown: tuple[str, ...], printed: list[str]) -> bool:
    """Whether printed lines are those shown, where `...` stands for any number of them."""
    parts: list[list[str]] = [[]]
    for line in shown:
        if line.strip() == "...":
            parts.append([])
        else:
            parts[-1].append(line.rstrip())
    text = "\n".join(printed).strip("\n") + "\n"
    pattern = r"(?:.*\n)*?".join(re.escape("".join(f"{line}\n" for line in part)) for part in parts)
    return re.fullmatch(pattern, text) is not None or re.fullmatch(pattern, text + "\n") is not None


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as temporary:
            print(f"{name}: {refresh(Path(name), Path(temporary))} outputs written")
