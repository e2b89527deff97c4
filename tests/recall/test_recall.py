"""A remembered result is given only where a compile would say the same, and then nothing heavy is loaded."""

from __future__ import annotations

import ast
import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compiler.recall import replay
from compiler.recall.record import Run
from tests.helpers import ROOT
from tests.recall.place import Place, copied_compiler, repository
from tests.tiers import FACTOR, one_of

SPEC, CHECK = "specs/dev.yaml", ("specs/dev.yaml", "--check")


@pytest.fixture
def place(tmp_path: Path, compiler: Path) -> Iterator[Place]:
    """A repository whose check has been remembered."""
    made = Place(repository(tmp_path / "work" / "repository"), compiler, tmp_path / "home")
    made.home.mkdir()
    assert made.run(SPEC, "--no-lint").code == 0
    assert made.run(*CHECK).code == 0
    yield made
    (tmp_path / "work" / "dr-compile.toml").unlink(missing_ok=True)


def test_the_second_time_nothing_heavy_is_loaded(place: Place) -> None:
    fresh, again = place.run(*CHECK, "--no-cache"), place.run(*CHECK)
    assert not fresh.remembered
    assert again.remembered
    assert again == fresh
    assert "files match" in again.out


def test_a_file_that_was_only_touched_is_no_other_file(place: Place) -> None:
    for path in (place.top / SPEC, place.top / "templates/dev/manifest.json"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert place.run(*CHECK).remembered


def test_help_and_version_compile_nothing(place: Place) -> None:
    for words in (("--help",), ("--version",)):
        assert not place.run(*words).loaded.intersection({"pydantic", "jinja2", "ruamel.yaml", "compiler.pipeline"})


@pytest.mark.parametrize("words", [("--no-lint",), ("--check", "--format", "json")], ids=" ".join)
def test_other_results_that_files_decide_are_remembered_too(place: Place, words: tuple[str, ...]) -> None:
    first = place.run(SPEC, *words)
    again = place.run(SPEC, *words)
    assert (first.remembered, again.remembered) == (False, True)
    assert again == first


@pytest.mark.slow
def test_a_check_with_lint_is_remembered_once_all_verdicts_are_known(place: Place) -> None:
    words = (*CHECK, "--lint")
    linted, known, again = (place.run(*words) for _ in range(3))
    assert [answer.remembered for answer in (linted, known, again)] == [False, False, True]
    assert "cfnlint.api" in linted.loaded - known.loaded
    assert linted == known == again
    (place.home / ".cfnlintrc").write_text("ignore_checks: [W3002]\n")
    for _ in range(3):
        assert not place.run(*words).remembered, "settings may ask for the day"


def test_what_hands_changed_is_written_again_each_time(place: Place) -> None:
    """A file of another length is replaced without being read."""
    path = place.top / "templates/dev/primary.eu-west-1.json"
    before = path.read_text()
    for _ in range(3):
        path.write_text("{}")
        place.run(SPEC, "--no-lint")
        assert path.read_text() == before


def test_what_fails_is_looked_at_again_each_time(place: Place) -> None:
    (place.top / "templates/dev/manifest.json").write_text("{}")
    for _ in range(3):
        found = place.run(*CHECK)
        assert (found.code, found.remembered) == (1, False)


def test_a_repository_may_be_called_like_a_cache(tmp_path: Path) -> None:
    spec = tmp_path / "_jinja2-cache-0" / "spec.yaml"
    spec.parent.mkdir()
    spec.write_text("")
    noted = Run()
    noted.event("open", (str(spec), "r", 0))
    assert len(noted.inputs) == 1


# What decides a result


def _write(name: str, text: str) -> Callable[[Place], None]:
    def change(place: Place) -> None:
        path = place.top / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text + (path.read_text() if path.exists() else ""))

    change.__name__ = f"write-{name}"
    return change


def _remove(name: str) -> Callable[[Place], None]:
    def change(place: Place) -> None:
        (place.top / name).unlink()

    change.__name__ = f"remove-{name}"
    return change


def _linked(place: Place) -> None:
    (place.top / "elsewhere").mkdir()
    shutil.move(place.top / "templates/dev", place.top / "elsewhere/dev")
    (place.top / "templates/dev").symlink_to("../elsewhere/dev")
    (place.top / "templates/dev/primary.eu-west-1.json").write_text("{}")


def _without_the_partials_of_another_spec(place: Place) -> None:
    shutil.rmtree(place.top / "other")


def _another_spec_behind_a_name(place: Place) -> None:
    (place.top / "specs/prod.yaml").unlink()
    (place.top / "specs/prod.yaml").symlink_to("dev.yaml")


CHANGES = (
    _without_the_partials_of_another_spec,
    _another_spec_behind_a_name,
    _write(SPEC, "# a comment\n"),
    _write("specs/base.yaml", "# a comment\n"),
    _remove("specs/base.yaml"),
    _write("dr-compile.toml", "output = 'templates'\n"),
    _remove("dr-compile.toml"),
    _write("specs/dr-compile.toml", "requires = '9.9'\n"),
    _write("partials/sqs/receipts.json.j2", " "),
    _write("partials/sqs/other.json.j2", "{}"),
    _write("partials/sns/topic.json.j2", "{}"),
    _remove("partials/sqs/receipts.json.j2"),
    _write("templates/dev/primary.eu-west-1.json", " "),
    _write("templates/dev/stray.json", "{}"),
    _remove("templates/dev/manifest.json"),
    _linked,
)


@pytest.mark.parametrize("change", one_of(4, CHANGES), ids=lambda change: change.__name__.strip("_"))
def test_a_change_of_what_decides_is_noticed(place: Place, change: Callable[[Place], None]) -> None:
    change(place)
    cached = place.run(*CHECK)
    assert not cached.remembered
    assert cached == place.run(*CHECK, "--no-cache")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compiler/rules/vpc.py", "partials/sns/topic.json.j2", "schema/partial.schema.json"])
def test_another_compiler_is_noticed(place: Place, tmp_path: Path, name: str) -> None:
    other = Place(place.top, copied_compiler(tmp_path / "other"), place.home)
    other.run(*CHECK)
    assert other.run(*CHECK).remembered
    path = other.compiler / name
    path.write_text(path.read_text() + "\n")
    assert not other.run(*CHECK).remembered


def test_another_environment_is_another_command(place: Place) -> None:
    for environment in ({"NO_COLOR": "1"}, {"COLUMNS": "60"}, {"LC_ALL": "C"}, {"SOURCE_DATE_EPOCH": "99999999999"}):
        assert not place.run(*CHECK, **environment).remembered
    assert place.run(*CHECK).remembered


def test_every_variable_that_the_compiler_asks_decides() -> None:
    """A variable that is asked somewhere and is not part of the key could change a result in silence."""
    asked = set()
    for path in (ROOT / "compiler").rglob("*.py"):
        text = path.read_text("utf-8")
        if "os.environ" in text and "deploy" not in path.parts and path.name not in ("replay.py", "staged.py"):
            constants = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
            asked |= {word for word in constants if isinstance(word, str) and re.fullmatch("[A-Z]{2,}(_[A-Z]+)*", word)}
    names = asked - {"PYDANTIC_DISABLE_PLUGINS", "FROM", "TO", "MERGE_HEAD"}
    assert {"TERM", "COLUMNS", "SOURCE_DATE_EPOCH", "XDG_CACHE_HOME"} <= names
    # What is in an index is asked, and not what the index is called.
    assert {name for name in names if not replay._decides(name)} <= {"GIT_INDEX_FILE"}


def test_an_acceptance_that_expires_ends_what_is_remembered(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    words = ("x", "--check")
    noted = Run()
    noted.until("2031-02-03")
    noted.until("2030-01-02")
    noted.until(None)
    entry = noted.stored("fine\n", "")
    assert entry
    folder = tmp_path / "dr-compile" / "runs"
    folder.mkdir(parents=True, mode=0o700)
    (folder / replay.key(words)).write_bytes(entry)
    (folder / replay.key(words)).chmod(0o600)
    assert replay._answer(replay.key(words), {}) == (0, b"", b"fine\n")
    for day, known in ((b"2030-01-02", True), (b"2030-01-03", False), (b"2001-01-01", False)):
        monkeypatch.setattr(replay, "today", lambda day=day: day)
        assert (replay._answer(replay.key(words), {}) is not None) is known


# An entry that cannot be trusted


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _turned(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _open_to_others(path: Path) -> None:
    path.chmod(0o666)


def _folder_open_to_others(path: Path) -> None:
    path.parent.chmod(0o777)


def _another_command(path: Path) -> None:
    """What somebody stored for another command, under the name of this one."""
    path.write_bytes(path.read_bytes().replace(b"files match", b"files catch"))


def _link(path: Path) -> None:
    path.rename(path.with_suffix(".x"))
    path.symlink_to(path.with_suffix(".x"))


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


SPOILT = (
    _cut, _turned, _emptied, _open_to_others, _folder_open_to_others, _another_command, _link, _a_folder,
)  # fmt: skip


def test_an_entry_that_cannot_be_trusted_is_no_entry(place: Place) -> None:
    fresh = place.run(*CHECK, "--no-cache")
    for spoil in SPOILT:
        assert place.run(*CHECK).remembered
        for path in list(place.cache.iterdir()):
            spoil(path)
        found = place.run(*CHECK)
        assert not found.remembered, spoil.__name__
        assert found == fresh
        shutil.rmtree(place.cache)
        place.run(*CHECK)


def test_a_cache_that_cannot_be_written_changes_nothing(place: Place) -> None:
    shutil.rmtree(place.cache)
    place.cache.write_text("a file in its place")
    for _ in range(2):
        found = place.run(*CHECK)
        assert (found.code, found.remembered) == (0, False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6 * FACTOR))
def test_it_never_says_what_a_compile_would_not(place: Place, seed: int) -> None:
    """Random edits of any file that has a part in it, one after the other; each answer is that of a compile."""
    chance = random.Random(seed)
    files = [path for path in sorted(place.top.rglob("*")) if path.is_file() and ".git" not in path.parts]
    before = {path: path.read_bytes() for path in files}
    for _ in range(6):
        path = chance.choice(files)
        data = path.read_bytes() if path.exists() else b""
        at = chance.randrange(len(data) + 1)
        edits: list[bytes | None] = [before[path], data[:at] + b"\n" + data[at:], data[:at] + data[at + 1 :], None]
        edit = chance.choice(edits)
        if edit is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(edit)
        assert place.run(*CHECK) == place.run(*CHECK, "--no-cache"), path
