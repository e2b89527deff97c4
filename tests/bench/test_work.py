"""What is counted instead of timed: each file is read once, each partial is compiled once, and nothing twice."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.bench.goals import commit
from tests.bench.timing import ROOT

_COUNTED = """
import json, os, sys
opened = []
def hook(name, arguments):
    if name == "open" and isinstance(arguments[0], str) and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
        opened.append(os.path.realpath(arguments[0]))
sys.addaudithook(hook)
from compiler.commands.main import main
code = main(sys.argv[1:])
import jinja2, ruamel.yaml
print(json.dumps({"code": code, "opened": opened}))
"""


def work(words: tuple[str, ...], cache: Path, counted: str = _COUNTED, *, folder: Path = ROOT) -> Mapping[str, object]:
    """What a command in the checkout, or in another folder, did as a process of its own."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "TMPDIR": str(cache), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", counted, *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    assert found["code"] == 0, done.stderr
    return found


@pytest.fixture
def compile_words(tmp_path: Path) -> tuple[str, ...]:
    return ("specs/dr-topology.yaml", "--no-lint", "--no-cache", "-o", str(tmp_path / "out"))


def test_each_file_is_read_once(compile_words: tuple[str, ...], tmp_path: Path) -> None:
    opened = work(compile_words, tmp_path)["opened"]
    assert isinstance(opened, list)
    read = Counter(
        path for path in opened if path.startswith((f"{ROOT}/specs", f"{ROOT}/partials", f"{ROOT}/compiler/"))
    )
    assert read[f"{ROOT}/specs/dr-topology.yaml"] == 1
    partials = {path for path in read if path.endswith(".j2")}
    assert len(partials) > 20
    assert {path: count for path, count in read.items() if count > 1 and not path.endswith(".pyc")} == {}


_COMPOSED = """
import json, sys
from compiler.commands.main import main
import jinja2, pydantic, ruamel.yaml
from compiler.reading import document
from compiler.spec.model import Spec
from pydantic_core import SchemaValidator
counts = {"composed": 0, "environments": 0, "templates": 0}
def counted(owner, name, key):
    was = getattr(owner, name)
    def call(*arguments, **named):
        counts[key] += 1
        return was(*arguments, **named)
    setattr(owner, name, call)
counted(document, "build", "composed")
counted(jinja2.Environment, "__init__", "environments")
counted(jinja2.Environment, "compile", "templates")
code = main(sys.argv[1:])
print(json.dumps({"code": code, **counts}))
"""


def test_nothing_is_made_twice(compile_words: tuple[str, ...], tmp_path: Path) -> None:
    """One YAML tree, one environment; partials that were compiled before are not compiled again."""
    first = work(compile_words, tmp_path, _COMPOSED)
    again = work(compile_words, tmp_path, _COMPOSED)
    assert (first["composed"], first["environments"]) == (1, 1)
    assert isinstance(first["templates"], int)
    assert 20 < first["templates"] < 200
    assert again["templates"] == 0


_PROCESSES = """
import json, sys
started = []
sys.addaudithook(lambda name, _: started.append(name) if name in ("subprocess.Popen", "os.posix_spawn") else None)
from compiler.commands.main import main
print(json.dumps({"code": main(sys.argv[1:]), "processes": len(started)}))
"""


@pytest.mark.parametrize("against", [(), ("--against", "HEAD")], ids=" ".join)
def test_a_diff_starts_one_process_of_git(tmp_path: Path, against: tuple[str, ...]) -> None:
    """For the spec, its base and all templates of a revision."""
    top = tmp_path / "repository"
    shutil.copytree(ROOT / "examples" / "environments", top)
    command = ("specs/dev.yaml", "--no-cache")
    work((*command, "--no-lint"), tmp_path, _PROCESSES, folder=top)
    commit(top)
    found = work((*command, "--diff", *against), tmp_path, _PROCESSES, folder=top)
    assert found["processes"] == 1


_CALLS = """
import json, sys
from pathlib import Path
from tests.bench import specs, stages
dict(stages.stages(specs.SHIPPED))
found = []
for number in map(int, sys.argv[2:]):
    spec = specs.write(specs.of_each(number), Path(sys.argv[1]) / "specs" / f"{number}.yaml")
    calls = 0
    def count(frame, event, argument):
        global calls
        calls += event == "call"
    sys.setprofile(count)
    resources = dict(stages.stages(spec))["resources"]
    sys.setprofile(None)
    found.append((resources, calls))
print(json.dumps({"code": 0, "found": found}))
"""


@pytest.mark.slow
def test_work_grows_with_the_resources_and_not_with_their_square(tmp_path: Path) -> None:
    """Each further part costs as many calls of functions as the one before it, in all stages together."""
    sizes = ("12", "36", "84")
    found = work((str(tmp_path), *sizes), tmp_path, _CALLS)["found"]
    assert isinstance(found, list)
    (few, first), (more, second), (most, third) = found
    per_resource = (second - first) / (more - few)
    assert (third - second) / (most - more) < 1.01 * per_resource


_FORMS = """
import json, sys
from pathlib import Path
from compiler.rendering import partials
from tests.bench import specs, stages
read = []
was = partials.read_fragment
partials.read_fragment = lambda *arguments: read.append(1) or was(*arguments)
found = []
for number in map(int, sys.argv[2:]):
    read.clear()
    spec = specs.write(specs.of_each(number), Path(sys.argv[1]) / "specs" / f"{number}.yaml")
    found.append((dict(stages.stages(spec))["resources"], len(read)))
print(json.dumps({"code": 0, "found": found}))
"""


def test_what_partials_lay_out_is_read_as_often_however_many_resources_there_are(tmp_path: Path) -> None:
    found = work((str(tmp_path), "12", "24"), tmp_path, _FORMS)["found"]
    assert isinstance(found, list)
    (few, first), (more, second) = found
    assert more > 1.5 * few
    assert second == first


_LINTED = """
import json, sys
from compiler.commands.main import main
from compiler.output import emit
encoded, was = [], emit.encode
emit.encode = lambda value: encoded.append(value) or was(value)
code = main(sys.argv[1:])
loaded = [name for name in sys.modules if name.partition(".")[0] in ("cfnlint", "networkx", "multiprocessing")]
print(json.dumps({"code": code, "encoded": len(encoded), "loaded": loaded}))
"""


def test_known_templates_are_linted_without_cfn_lint(tmp_path: Path) -> None:
    """Each template becomes text once, and where every verdict is known, nothing of cfn-lint is imported."""
    words = ("tests/specs/minimal.yaml", "-o", str(tmp_path / "out"))
    first, again, anew = (work((*words, *more), tmp_path, _LINTED) for more in ((), (), ("--no-cache",)))
    files = len(list((tmp_path / "out").iterdir()))
    assert [found["encoded"] for found in (first, again, anew)] == [files, files, files]
    assert [bool(found["loaded"]) for found in (first, again, anew)] == [True, False, True]
