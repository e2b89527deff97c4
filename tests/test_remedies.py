"""Remedies that name a command, followed as they are printed: then the finding is gone, and no other one came.

tests/test_bad_corpus.py follows the remedies that name a value. A command of this machine is run here, in a repository
whose folders have spaces and quotes in their names. A command of the AWS CLI cannot be run: its words are held against
AWS's own description of the call.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from compiler.commands import main
from compiler.commands.hook import command as hook
from compiler.deploy import command as deploy
from tests.test_bad_corpus import FILES, diagnose

ROOT = Path(__file__).resolve().parent.parent
GOOD = (ROOT / "tests" / "bad_partials" / "spec.yaml").read_text(encoding="utf-8")
PLACE = "the bank's pay ments/$HOME"
SPEC = f"{PLACE}/specs/a shop.yaml"
TEMPLATES = f"{PLACE}/templates/a shop"
PROGRAMS = {"dr-compile": main.main, "dr-compile-hook": hook.main, "dr-deploy": deploy.main}
_QUOTED = re.compile(r"`((?:dr-compile|dr-compile-hook|dr-deploy|git|rm|aws) [^`]+)`")
_LINE = re.compile(r"^ +((?:dr-compile|dr-compile-hook|dr-deploy|git) .+)$", re.MULTILINE)


class Repository:
    """A repository with one compiled and committed spec."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        (folder / PLACE / "specs").mkdir(parents=True)
        shutil.copytree(ROOT / "tests" / "bad_partials" / "code", folder / PLACE / "specs" / "code")
        (folder / SPEC).write_text(GOOD, encoding="utf-8")
        self.git("init", "-q")
        assert self.run("dr-compile", SPEC, "--no-lint")[0] == 0
        self.commit()

    def git(self, *words: str) -> None:
        given = ("-c", "user.name=a team", "-c", "user.email=team@example.com", *words)
        subprocess.run(["git", *given], cwd=self.folder, check=True, capture_output=True, timeout=60)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "-q", "-m", "as it is")

    def run(self, program: str, *arguments: str) -> tuple[int, str]:
        """The exit code, and all that was said."""
        self._capsys.readouterr()
        try:
            code = PROGRAMS[program](arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, "".join(self._capsys.readouterr())

    def follow(self, said: str) -> list[str]:
        """Runs each command that was printed, as a shell would read it; the commands."""
        commands = list(dict.fromkeys(commands_in(said)))
        for words in map(shlex.split, commands):
            if words[0] in PROGRAMS:
                quick = () if set(words) & {"--check", "--diff", "--init"} else ("--no-lint",)
                assert self.run(words[0], *words[1:], *quick)[0] == 0, words
            else:
                subprocess.run(words, cwd=self.folder, check=True, capture_output=True, timeout=60)
        return commands

    def edit(self, old: str, new: str) -> None:
        path = self.folder / SPEC
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


def commands_in(said: str) -> Iterator[str]:
    yield from (match[1] for match in _QUOTED.finditer(said))
    yield from (match[1] for match in _LINE.finditer(said))


@pytest.fixture
def repository(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.chdir(tmp_path)
    return Repository(tmp_path, capsys)


def _edited(repository: Repository) -> None:
    repository.edit("memory: 128MB", "memory: 256MB")


def _by_hand(repository: Repository) -> None:
    path = repository.folder / TEMPLATES / "primary.us-east-1.json"
    path.write_text(path.read_text().replace("Template", "template"))


def _removed(repository: Repository) -> None:
    (repository.folder / TEMPLATES / "manifest.json").unlink()


def _region(repository: Repository) -> None:
    repository.edit("us-west-2", "us-east-2")


def _broken(repository: Repository) -> None:
    (repository.folder / TEMPLATES / "manifest.json").write_text("{")


def _stray(repository: Repository) -> None:
    (repository.folder / TEMPLATES / "notes.json").write_text("{}")


def _gone(repository: Repository) -> None:
    (repository.folder / SPEC).rename(repository.folder / PLACE / "specs" / "other shop.yaml")


CHANGES: list[Callable[[Repository], None]] = [_edited, _by_hand, _removed, _region, _broken, _stray]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_drift_is_fixed_by_what_a_check_says(repository: Repository, change: Callable[[Repository], None]) -> None:
    change(repository)
    code, said = repository.run("dr-compile", SPEC, "--check")
    assert code == 1
    assert repository.follow(said), f"no command in: {said}"
    assert repository.run("dr-compile", SPEC, "--check")[0] == 0


@pytest.mark.parametrize("change", [*CHANGES, _gone], ids=lambda change: change.__name__.strip("_"))
@pytest.mark.parametrize("mode", [("--check",), ()])
def test_drift_is_fixed_by_what_a_hook_says(
    repository: Repository, change: Callable[[Repository], None], mode: tuple[str, ...]
) -> None:
    change(repository)
    repository.git("add", "--all")
    code, said = repository.run("dr-compile-hook", *mode)
    assert code == 1
    for _ in range(2):  # A spec with another name is compiled, and then its old templates go.
        assert repository.follow(said), f"no command in: {said}"
        code, said = repository.run("dr-compile-hook", *mode)
        if code == 0:
            break
    assert code == 0, said
    assert repository.run("dr-compile-hook", "--check") == (0, "")


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_drift_is_fixed_by_what_a_deployment_says(repository: Repository, change: Callable[[Repository], None]) -> None:
    change(repository)
    code, said = repository.run("dr-deploy", SPEC, "--plan")
    assert code == 1
    assert repository.follow(said), f"no command in: {said}"
    assert repository.run("dr-deploy", SPEC, "--plan")[0] == 0


def test_an_empty_file_is_replaced_by_what_its_remedy_says(repository: Repository) -> None:
    (repository.folder / "empty.yaml").write_text("")
    _, said = repository.run("dr-compile", "empty.yaml")
    (command,) = repository.follow(said)
    made = Path(shlex.split(command)[-1])
    assert repository.run("dr-compile", str(made), "--no-lint")[0] == 0


# Commands of the AWS CLI

GLOBAL = {"region", "profile", "query", "output"}
"""Options that every call has."""


def of_aws() -> Iterator[str]:
    for path in FILES:
        for found in diagnose(path):
            yield from (c for c in commands_in(found.help or found.rule.fix) if c.startswith("aws "))
    for source in sorted((ROOT / "compiler").rglob("*.py")):
        joined = re.sub(r'"\s*\n\s*f?"', "", source.read_text(encoding="utf-8"))
        for command in re.findall(r"`(aws [a-z0-9-]+ [a-z][a-z0-9-]+(?: [^`\\]*)?)`", joined):
            yield re.sub(r"\{[^}]*\}", "x", command)


def test_a_command_of_aws_is_one_that_aws_has() -> None:
    session = botocore.session.Session()
    commands = sorted(set(of_aws()))
    assert len(commands) > 5
    for command in commands:
        _, service, operation, *rest = shlex.split(command)
        model = session.get_service_model(service)
        (name,) = [each for each in model.operation_names if xform_name(each, "-") == operation]
        shape = model.operation_model(name).input_shape
        members = {xform_name(member, "-") for member in (shape.members if shape else ())}
        for word in (word[2:] for word in rest if word.startswith("--")):
            assert word.removeprefix("no-") in members | GLOBAL, f"{command}: {service} {operation} has no --{word}"
