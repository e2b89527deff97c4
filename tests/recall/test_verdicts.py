"""A verdict of cfn-lint counts only where cfn-lint would say the same, and then nothing of it is loaded.

Each test has a copy of cfn-lint in front of the installed one, whose files it may change.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from compiler.recall import inputs, replay, verdicts
from compiler.recall.verdicts import Verdicts
from tests.helpers import ROOT
from tests.tiers import one_of

_RUN = """
import json, sys
from compiler.ir.elements import StackId, StackKind
from compiler.ir.template import Template
from compiler.recall import inputs
from compiler.recall.verdicts import Verdicts
from compiler.rules import cfn_lint

inputs._TICKS = 0
shown = []
stack = StackId(StackKind.PRIMARY, "us-east-1")
templates = [Template(stack, {"Resources": body}, {}, {}) for body in json.loads(sys.argv[1])]
found = cfn_lint.lint(templates, Verdicts(()), observe=lambda *news: shown.append(news))
found = [finding.message for finding in found]
loaded = [name for name in sys.modules if name.partition(".")[0] in ("cfnlint", "networkx", "jsonpatch")]
print(json.dumps({"found": found, "shown": shown, "loaded": loaded}))
"""
QUEUE: Any = {"Queue": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}}
_RULE = """
from cfnlint.rules import CloudFormationLintRule, RuleMatch

class Ours(CloudFormationLintRule):
    id = "E9001"
    shortdesc = description = "Ours"
    def match(self, cfn):
        return [RuleMatch(["Resources"], "no queues")]
"""


@dataclass(frozen=True)
class Answer:
    """What was found, how many templates were checked, and what was loaded for it."""

    found: list[str]
    shown: list[Any]
    loaded: list[str] = field(compare=False)

    @property
    def remembered(self) -> bool:
        return not self.shown and not self.loaded


@dataclass(frozen=True)
class Place:
    """A working directory, the home of a user, and a cfn-lint of their own."""

    work: Path
    home: Path
    site: Path

    @property
    def data(self) -> Path:
        return self.site / "cfnlint" / "data"

    @property
    def store(self) -> Path:
        return self.home / "cache" / "dr-compile"

    def lint(self, *templates: Any) -> Answer:
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "XDG_CACHE_HOME": str(self.home / "cache"),
            "PYTHONPATH": f"{self.site}:{ROOT}",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", _RUN, json.dumps(templates or (QUEUE,))],
            cwd=self.work, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return Answer(**json.loads(done.stdout))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages with a copy of the installed cfn-lint, as its installer left it."""
    folder = tmp_path_factory.mktemp("site")
    spec = find_spec("cfnlint")
    assert spec
    assert spec.origin
    shutil.copytree(Path(spec.origin).parent, folder / "cfnlint", ignore=shutil.ignore_patterns("__pycache__"))
    record = distribution("cfn-lint").locate_file(f"cfn_lint-{distribution('cfn-lint').version}.dist-info")
    shutil.copytree(str(record), folder / Path(str(record)).name)
    return folder


@pytest.fixture
def place(tmp_path: Path, site: Path) -> Iterator[Place]:
    """A template that cfn-lint has checked, whose verdict is known; what a test changes in cfn-lint is undone."""
    made = Place(tmp_path / "work", tmp_path / "home", site)
    made.work.mkdir()
    made.home.mkdir()
    before = {path: path.read_bytes() for path in _changed(site)}
    assert made.lint().found == []
    yield made
    (site / "cfnlint/rules/resources/ours.py").unlink(missing_ok=True)
    for path, text in before.items():
        path.write_bytes(text)


def _changed(site: Path) -> tuple[Path, ...]:
    """The files of cfn-lint that tests change."""
    return _schema(site, "AWS::SQS::Queue"), _schema(site, "AWS::SNS::Topic"), *site.glob("*.dist-info/RECORD")


def _schema(site: Path, name: str) -> Path:
    schemas = site / "cfnlint" / "data" / "schemas"
    kinds = json.loads((schemas / "providers" / "us-east-1.json").read_text())
    return schemas / "resources" / f"{kinds[name]}.json"


def test_what_is_known_is_said_without_cfn_lint(place: Place) -> None:
    assert place.lint() == Answer([], [], [])
    assert place.lint().remembered


def test_what_was_found_is_found_again(place: Place) -> None:
    wrong = {"Queue": {**QUEUE["Queue"], "Properties": {"Colour": "red"}}}
    first, again = place.lint(wrong), place.lint(wrong)
    assert len(first.found) == 1
    assert "Colour" in first.found[0]
    assert again.remembered
    assert again.found == first.found


def test_of_several_templates_only_the_changed_ones_are_checked(place: Place) -> None:
    other = {"Other": QUEUE["Queue"]}
    assert [number for _, *number in place.lint(QUEUE, other).shown] == [[1, 1]]
    assert place.lint(other, QUEUE).remembered


# What decides


def _data(place: Place) -> None:
    """As long as before, with the time of before."""
    schema = _schema(place.site, "AWS::SQS::Queue")
    before = schema.stat()
    text = schema.read_text()
    schema.write_text(text.replace('"KmsMasterKeyId"', '"KmsMasterKeyIt"'))
    assert schema.read_text() != text
    os.utime(schema, ns=(before.st_atime_ns, before.st_mtime_ns))


def _rule_in_the_package(place: Place) -> None:
    (place.site / "cfnlint/rules/resources/ours.py").write_text(_RULE)


def _rule_of_the_settings(place: Place) -> None:
    (place.work / "rules").mkdir()
    (place.work / "rules/ours.py").write_text(_RULE)
    (place.work / ".cfnlintrc").write_text("append_rules: [rules]\n")


def _settings_at_home(place: Place) -> None:
    (place.home / ".cfnlintrc.yaml").write_text("include_checks: [I]\n")


def _newer_schemas(place: Place) -> None:
    """As `cfn-lint --update-specs` leaves them."""
    newer = place.home / "cache/aws/cfn-lint/schemas"
    shutil.copytree(place.data / "schemas/providers", newer / "providers")
    shutil.copytree(place.data / "schemas/resources", newer / "resources")
    (newer / "version.json").write_text('{"schema_date": "2999-01-01"}')


def _another_release(place: Place) -> None:
    (record,) = place.site.glob("*.dist-info/RECORD")
    record.write_text(record.read_text().replace("sha256=", "sha256=x", 1))


CHANGES = (
    _data, _rule_in_the_package, _rule_of_the_settings, _newer_schemas, _settings_at_home, _another_release,
)  # fmt: skip


@pytest.mark.parametrize("change", one_of(2, CHANGES), ids=lambda change: change.__name__.strip("_"))
def test_a_change_of_what_decides_is_noticed(place: Place, change: Callable[[Place], None]) -> None:
    change(place)
    found = place.lint()
    assert len(found.shown) == 1
    assert place.lint().remembered
    assert bool(found.found) is bool({"rule", "settings"}.intersection(change.__name__.split("_")))


@pytest.mark.slow
def test_a_rule_that_settings_name_is_watched(place: Place) -> None:
    _rule_of_the_settings(place)
    assert len(place.lint().found) == 1
    assert place.lint().remembered
    (place.work / "rules/ours.py").write_text(_RULE.replace("no queues", "really no queues"))
    assert "really" in place.lint().found[0]
    (place.work / "rules/another.py").write_text(_RULE.replace("E9001", "E9002"))
    assert len(place.lint().found) == 2


@pytest.mark.slow
def test_newer_schemas_are_watched(place: Place) -> None:
    _newer_schemas(place)
    assert place.lint().shown
    assert place.lint().remembered
    newer = place.home / "cache/aws/cfn-lint/schemas/resources" / _schema(place.site, "AWS::SQS::Queue").name
    newer.write_text(newer.read_text() + "\n")
    assert place.lint().shown


def test_what_decides_nothing_is_not_asked(place: Place) -> None:
    """A schema of another type, a file that was only touched, and what Python makes of modules."""
    other = _schema(place.site, "AWS::SNS::Topic")
    other.write_text(other.read_text() + "\n")
    os.utime(_schema(place.site, "AWS::SQS::Queue"))
    shutil.rmtree(place.site / "cfnlint/rules/__pycache__", ignore_errors=True)
    assert place.lint().remembered


def test_another_region_and_another_text_are_other_templates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    known = Verdicts(())
    names = {known.name("us-east-1", b"{}"), known.name("us-west-2", b"{}"), known.name("us-east-1", b"{ }")}
    assert len(names) == 3
    assert Verdicts(("E1",)).name("us-east-1", b"{}") not in names
    assert Verdicts(()).name("us-east-1", b"{}") in names


# The day, and what cannot be trusted


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], object]:
    """A verdict that is stored with a list of one file; what is called says whether it is known."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(inputs, "_TICKS", 0)
    (tmp_path / "data.json").write_text("{}")
    path = os.fsencode(tmp_path / "data.json")
    listed = inputs.stored({(replay.FILE, path): inputs.state(replay.FILE, path)}, os.fsencode(tmp_path))
    assert listed
    Verdicts(())._store("a" * 64, (), listed)
    return lambda: Verdicts(()).known("a" * 64)


def test_a_verdict_counts_for_a_week(kept: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """A later cfn-lint may have rules that ask for the day."""
    for days, known in ((0, ()), (6, ()), (7, None), (-1, None)):
        day = time.strftime("%Y-%m-%d", time.localtime(time.time() + days * 86400)).encode()
        with monkeypatch.context() as patched:
            patched.setattr(verdicts, "_today", lambda day=day: day)
            assert kept() == known


def test_with_settings_it_counts_for_a_day(
    kept: Callable[[], object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".cfnlintrc").write_text("mandatory_checks: [E2531]\n")
    known = Verdicts(())
    (listed,) = (path.name for path in (tmp_path / "cache/dr-compile/inputs").iterdir())
    known._store("b" * 64, (), listed)
    assert known.known("b" * 64) == ()
    assert known.relied is None
    monkeypatch.setattr(verdicts, "_today", lambda: b"2999-01-01")
    assert known.known("b" * 64) is None


def test_one_list_for_several_verdicts_makes_none_younger(
    kept: Callable[[], object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "more.json").write_text("{}")
    path = os.fsencode(tmp_path / "more.json")
    more = inputs.stored({(replay.FILE, path): inputs.state(replay.FILE, path)}, os.fsencode(tmp_path))
    assert more
    later = time.strftime("%Y-%m-%d", time.localtime(time.time() + 3 * 86400)).encode()
    with monkeypatch.context() as patched:
        patched.setattr(verdicts, "_today", lambda: later)
        Verdicts(())._store("b" * 64, (), more)
        Verdicts(()).join(["a" * 64, "b" * 64])
        known = Verdicts(())
        assert (known.known("a" * 64), known.known("b" * 64)) == ((), ())
        assert len(known._hold) == 1
    late = time.strftime("%Y-%m-%d", time.localtime(time.time() + 8 * 86400)).encode()
    monkeypatch.setattr(verdicts, "_today", lambda: late)
    assert kept() is None
    (tmp_path / "more.json").write_text("[]")
    assert Verdicts(()).known("b" * 64) is None


def test_no_cache_asks_again(kept: Callable[[], object]) -> None:
    assert kept() == ()
    assert Verdicts((), anew=True).known("a" * 64) is None


@pytest.mark.parametrize("store", ["verdicts", "inputs"])
def test_an_entry_that_cannot_be_trusted_is_none(kept: Callable[[], object], tmp_path: Path, store: str) -> None:
    (path,) = (tmp_path / "cache/dr-compile" / store).iterdir()
    whole = path.read_bytes()
    for spoilt in (b"", whole[:-3], whole[:70] + b"x" + whole[71:]):
        path.write_bytes(spoilt)
        assert kept() is None
    path.write_bytes(whole)
    assert kept() == ()
    path.chmod(0o666)
    assert kept() is None
    path.chmod(0o600)
    path.parent.chmod(0o777)
    assert kept() is None


def test_files_are_asked_for_before_they_are_read(
    kept: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the file system says is enough where nothing changed, and the bytes decide where something seems to have."""
    read: list[bytes] = []
    state = replay.state

    def noted(kind: bytes, path: bytes) -> bytes:
        read.append(path)
        return state(kind, path)

    monkeypatch.setattr(replay, "state", noted)
    assert kept() == ()
    assert read == []
    os.utime(tmp_path / "data.json", (1, 1))
    assert kept() == ()
    assert len(read) == 1
    assert kept() == ()
    assert len(read) == 1
    (tmp_path / "data.json").write_text("[]")
    os.utime(tmp_path / "data.json", (1, 1))
    assert kept() is None


def test_what_changed_a_moment_ago_is_read(
    kept: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could change again in the same tick of the clock."""
    monkeypatch.setattr(inputs, "_TICKS", 3_000_000_000)
    (tmp_path / "data.json").write_text("[]")
    assert inputs.signature(os.fsencode(tmp_path), [b"data.json"]) == b"?"
    assert kept() is None


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    Verdicts(())._store("a" * 64, (), "b")
    assert Verdicts(()).known("a" * 64) is None


# A run that is stopped

_STOPPED = """
import json, os, signal, sys
from compiler.ir.elements import StackId, StackKind
from compiler.ir.template import Template
from compiler.recall.verdicts import Verdicts
from compiler.rules import cfn_lint

def matches(body, region):
    import time
    if '"4"' in body:
        while sys.argv[1] == "stop":
            if os.listdir(os.environ["XDG_CACHE_HOME"] + "/dr-compile/verdicts"):
                os.kill(int(os.environ["FIRST"]), signal.SIGKILL)
                os._exit(1)
            time.sleep(0.01)
    return ()

os.environ["FIRST"] = str(os.getpid())
cfn_lint._matches = matches
shown = []
stack = StackId(StackKind.PRIMARY, "us-east-1")
templates = [Template(stack, {str(number): {}}, {}, {}) for number in range(8)]
list(cfn_lint.lint(templates, Verdicts(()), observe=lambda *news: shown.append(news)))
print(shown[0][-1] if shown else 0)
"""


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    (tmp_path / "dr-compile/verdicts").mkdir(parents=True, mode=0o700)

    def run(word: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", _STOPPED, word]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert run("stop").returncode != 0
    left = int(run("go").stdout)
    assert 0 < left < 8
    assert run("go").stdout == "0\n"
