"""A team that has never seen the tool: the wheel, the README's own commands, and the hook by its URL and a tag."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import console, wheels
from tests import team as teams
from tests.team import ROOT, Team
from tests.test_hook import CHECK, PRIMARY, WRITE, fails, passes

README = ROOT / "README.md"
TAG = "v0.2.0"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One folder for what pre-commit installs, so that it does so once; and nothing of this checkout may help."""
    return {"PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("pre-commit")), "PYTHONPATH": ""}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with every file of this checkout, committed or not, tagged as a release."""
    top = console.clone(tmp_path_factory.mktemp("published") / "dr-compile")
    Team(top).git("tag", TAG)
    return top


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a new environment that holds the wheel."""
    wheel = wheels.build(tmp_path_factory.mktemp("wheel"))
    return wheels.environment(tmp_path_factory.mktemp("environment") / "venv", wheel)


def environment(installed: Path, store: Mapping[str, str]) -> dict[str, str]:
    """What a newcomer's shell has: the wheel's commands first, pre-commit, git and a name to commit with."""
    path = os.pathsep.join((str(installed), str(Path(sys.executable).parent), os.environ["PATH"]))
    return {**console.ENVIRONMENT, **store, "PATH": path}


def section(text: str) -> str:
    """The part of the README for those who begin."""
    return text.split("\n## Start your own\n")[1].split("\n## ")[0]


@pytest.mark.slow
def test_the_readme_alone_leads_from_an_empty_folder_to_a_passing_hook(
    installed: Path, published: Path, store: dict[str, str], tmp_path: Path
) -> None:
    words = section(README.read_text(encoding="utf-8"))
    (snippet,) = re.findall(r"```yaml\n(.*?)```", words, re.DOTALL)
    assert "`.pre-commit-config.yaml`" in words.split(snippet)[0]
    ours, count = re.subn(r"(?<=repo: )\S+", published.as_uri(), snippet)
    assert (count, f"rev: {TAG}" in ours) == (1, True)
    shell = environment(installed, store)
    here = tmp_path / "payments"
    here.mkdir()
    where = console.run("python -c 'import compiler; print(compiler.__file__)'", here, shell)[1]
    assert Path(where[0]).is_relative_to(installed.parent), "the clone's own package was imported"

    pasted = False
    ran = []
    for command in console.commands(words):
        if command.place == console.TEAM and not pasted:
            (here / ".pre-commit-config.yaml").write_text(ours, encoding="utf-8")
            pasted = True
        code, printed, here = console.run(command.words, here, shell)
        done = console.Outcome(command, code, tuple(printed))
        came = "\n".join(printed)
        assert done.as_shown, f"$ {command.words}\nexit code {code}, came:\n{came}"
        ran.append((command.words, code))

    commits = [code for words, code in ran if words.startswith("git commit")]
    assert commits == [0, 1, 0], "passes, stops a spec without its templates, passes once mended"
    team = Team(here)
    assert team.git("log", "--format=%s").splitlines() == ["Twenty minutes will do", "Payments in two regions"]
    assert team.git("status", "--short") == ""
    committed = team.git("ls-files").splitlines()
    assert {"specs/payments.yaml", "templates/payments/manifest.json", ".pre-commit-config.yaml"} <= set(committed)


@pytest.mark.slow
def test_installed_from_the_repository_by_its_url_and_a_tag(
    published: Path, store: dict[str, str], tmp_path: Path
) -> None:
    team = Team(teams.start(tmp_path / "team").top, store)
    teams.use_hook(team, {"repo": published.as_uri(), "rev": TAG, "hooks": [{"id": CHECK}]})
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.git("add", "--all")
    fails(team, "DR801", PRIMARY)
    # The spec is committed without its templates, past the hook, together with the hook that compiles.
    teams.use_hook(team, {"repo": published.as_uri(), "rev": TAG, "hooks": [{"id": WRITE}]})
    everything = team.run(sys.executable, "-m", "pre_commit", "run", "--all-files")
    assert everything.code == 1
    assert "Compiled again" in everything.said
    team.git("add", "--all", "templates/pay")
    passes(team)
    assert '"RetentionInDays": 60' in team.read(PRIMARY)
    everything = team.run(sys.executable, "-m", "pre_commit", "run", "--all-files")
    assert everything.code == 0, everything.said
