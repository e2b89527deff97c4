"""A repository with everything that a compile reads, and the command as a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.helpers import ROOT

HEAVY = ("pydantic", "jinja2", "ruamel.yaml", "argparse", "json", "re", "typing", "pathlib", "compiler.pipeline")
_RUN = """
import os, sys
started = []
sys.addaudithook(lambda name, _: started.append(name) if name in ("subprocess.Popen", "os.posix_spawn") else None)
from compiler.commands.{module} import main
try:
    sys.exit(main())
finally:
    with open(os.environ["LOADED"], "w") as file:
        file.write("\\n".join(["process"] * len(started) + list(sys.modules)))
"""


@dataclass(frozen=True)
class Answer:
    """What a command said, the modules that it loaded, and how many processes it started."""

    code: int
    out: str
    err: str
    loaded: frozenset[str] = field(compare=False)
    processes: int = field(compare=False)

    @property
    def remembered(self) -> bool:
        """Whether nothing was compiled."""
        return not self.loaded.intersection(HEAVY)


@dataclass(frozen=True)
class Place:
    """The folder of a repository, a copy of the compiler, and the home of a user."""

    top: Path
    compiler: Path
    home: Path

    @property
    def cache(self) -> Path:
        return self.home / "cache" / "dr-compile" / "runs"

    def hook(self, *words: str, **environment: str) -> Answer:
        """Runs `dr-compile-hook` in the repository."""
        return self.run(*words, module="hook.command", **environment)

    def run(self, *words: str, module: str = "main", **environment: str) -> Answer:
        """Runs `dr-compile`, or what begins in another module, in the repository."""
        loaded = self.home / "loaded"
        # Alone: what is installed for the tests is no part of the environment, and neither is the checkout.
        variables = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "XDG_CACHE_HOME": str(self.home / "cache"),
            "PYTHONPATH": str(self.compiler), "LOADED": str(loaded), **environment,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", _RUN.format(module=module), *words],
            cwd=self.top,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1, 2, 4, 5), done.stderr
        names = loaded.read_text().split("\n")
        assert "compiler.deploy" not in names, "what it decides is not in the digest of the compiler"
        return Answer(done.returncode, done.stdout, done.stderr, frozenset(names), names.count("process"))


def copied_compiler(folder: Path) -> Path:
    """The compiler with its data, as it lies in the repository."""
    for name in ("compiler", "partials", "schema", "functions"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def repository(top: Path) -> Path:
    """A base, a spec, partials and a configuration, in a work tree of git."""
    (top / ".git").mkdir(parents=True)
    shutil.copytree(ROOT / "examples" / "environments" / "specs", top / "specs")
    shutil.copytree(ROOT / "examples" / "partials", top / "partials")
    (top / "other").mkdir()
    (top / "other" / "README.md").write_text("Partials of production.\n")
    (top / "dr-compile.toml").write_text(
        'partials = "partials"\n[[specs]]\npath = "specs/dev.yaml"\n'
        '[[specs]]\npath = "specs/prod.yaml"\npartials = "other"\n'
    )
    return top


def git(place: Place, *words: str) -> str:
    """What git says in the repository."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *who, *words], cwd=place.top, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr


def settled(folder: Path, compiler: Path) -> Place:
    """A place below a folder with such a repository, in which everything is committed, its templates too."""
    made = Place(repository(folder / "work" / "repository"), compiler, folder / "home")
    made.home.mkdir()
    shutil.rmtree(made.top / ".git")
    (made.top / "README.md").write_text("# Ours\n")
    assert made.run("--no-lint").code == 0
    for command in ("init -q -b main", "add --all", "commit -qm begin"):
        git(made, *command.split())
    return made
