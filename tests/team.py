"""Another team's repository in a temporary folder: git, a small spec and its templates, and the real pre-commit."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent

SPEC = """\
version: 1
name: {name}
naming: {{environment: test, suffix: a1}}
objectives: {{rto: 15m, rpo: 5m, throughput: 10/s, latency: 1s}}
regions:
  - {{region: us-east-1, role: primary, cidr: 10.10.0.0/16}}
  - {{region: us-west-2, role: secondary, cidr: 10.20.0.0/16}}
functions:
  - name: worker
    source: ../functions/{name}
    runtime: python3.13
    handler: app.handler
    memory: 128MB
    timeout: 3s
    duration: 10ms
api:
  routes:
    - {{method: GET, path: /work, function: worker, auth: none}}
dns: {{domain: {name}.example.com}}

# The templates differ with these two lines, far enough from the others to be staged alone.
logs: {{retention: 30d}}
alerts: {{subscriptions: [{{kind: email, to: oncall@example.com}}]}}
encryption: {{rotation: 365d}}
"""
CODE = "def handler(event, context):\n    return {'statusCode': 200}\n"


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    said: str


@dataclass(frozen=True)
class Team:
    """A git repository at `top`; `path` is a folder of commands that come first."""

    top: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *command: str, cwd: str = ".") -> Done:
        done = subprocess.run(
            command, cwd=self.top / cwd, env={**_neutral(), **self.environment}, text=True, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Done(done.returncode, done.stdout)

    def git(self, *arguments: str, cwd: str = ".") -> str:
        done = self.run("git", *arguments, cwd=cwd)
        assert done.code == 0, done.said
        return done.said

    def commit(self, message: str = "a change", cwd: str = ".") -> Done:
        """What `git commit` does with what is staged, hooks and all."""
        return self.run("git", "commit", "-m", message, cwd=cwd)

    def compile(self, name: str, *options: str) -> None:
        done = self.run(sys.executable, "-m", "compiler", f"specs/{name}.yaml", "--no-lint", *options)
        assert done.code == 0, done.said

    def write(self, path: str, text: str) -> None:
        target = self.top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())

    def read(self, path: str) -> str:
        return (self.top / path).read_bytes().decode()

    def replace(self, path: str, old: str, new: str) -> None:
        text = self.read(path)
        assert old in text, f"{path} has no `{old}`"
        self.write(path, text.replace(old, new))

    def add_spec(self, name: str) -> None:
        """A spec, its code and its templates, none of it staged."""
        self.write(f"specs/{name}.yaml", SPEC.format(name=name))
        self.write(f"functions/{name}/app.py", CODE)
        self.compile(name)

    def divide(self, name: str) -> None:
        """Makes a base of a spec, and an environment of a few lines that extends it under the spec's name."""
        text = self.read(f"specs/{name}.yaml")
        naming = "naming: {environment: test, suffix: a1}\n"
        assert naming in text
        self.write("specs/base.yaml", f"base: true\n{text.replace(naming, '')}")
        self.write(f"specs/{name}.yaml", f"extends: base.yaml\n{naming}")


def _neutral() -> dict[str, str]:
    """The environment without what the machine's own git and pip are told."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PRE_COMMIT"))}
    return {
        **kept,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "a team", "GIT_AUTHOR_EMAIL": "team@example.com",
        "GIT_COMMITTER_NAME": "a team", "GIT_COMMITTER_EMAIL": "team@example.com",
        "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1",
        # Compiled with this checkout wherever the command stands.
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def start(top: Path, environment: Mapping[str, str] | None = None, *, names: tuple[str, ...] = ("pay",)) -> Team:
    """A repository with the specs `names`, everything committed, no hook yet."""
    top.mkdir(parents=True)
    team = Team(top, environment or {})
    team.git("init", "--quiet", "--initial-branch=main")
    for name in names:
        team.add_spec(name)
    team.write("README.md", "# A team\n")
    team.git("add", "--all")
    team.git("commit", "--quiet", "-m", "begin")
    return team


def copy(team: Team, top: Path) -> Team:
    """A clone of a team's repository, which costs no compile."""
    team.git("clone", "--quiet", str(team.top), str(top))
    return Team(top, team.environment)


def local_hook(identifier: str, *options: str) -> dict[str, Any]:
    """A hook of .pre-commit-hooks.yaml that runs this checkout's code instead of an installed copy."""
    hooks = YAML(typ="safe", pure=True).load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    hook: dict[str, Any] = next(hook for hook in hooks if hook["id"] == identifier)
    program, *rest = shlex.split(hook["entry"])
    assert program == "dr-compile-hook"
    entry = shlex.join([sys.executable, "-m", "compiler.commands.hook", *rest])
    return {**hook, "language": "system", "entry": entry, "args": list(options)}


def use_hook(team: Team, repo: dict[str, Any]) -> None:
    """Commits a configuration with one repository of hooks and installs it, as a team does."""
    with (team.top / ".pre-commit-config.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump({"repos": [repo]}, file)
    team.git("add", ".pre-commit-config.yaml")
    team.git("commit", "--quiet", "--no-verify", "-m", "use the hook")
    done = team.run(sys.executable, "-m", "pre_commit", "install")
    assert done.code == 0, done.said


def use_local(team: Team, identifier: str, *options: str) -> None:
    use_hook(team, {"repo": "local", "hooks": [local_hook(identifier, *options)]})
