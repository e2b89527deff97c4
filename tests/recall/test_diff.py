"""What `--diff` said before is given only where it would say the same now, of files and of commits."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.recall import replay
from compiler.recall.record import Run
from compiler.support.committed import ASKED
from tests.helpers import ROOT
from tests.recall.place import Place, git, settled
from tests.tiers import FACTOR, one_of

SPEC, TEMPLATE = "specs/dev.yaml", "templates/dev/primary.eu-west-1.json"
DIFF, AGAINST = (SPEC, "--diff"), (SPEC, "--diff", "--against", "main")
FORMS: tuple[tuple[str, ...], ...] = (
    DIFF, AGAINST, ("--diff", "--no-lint"), (*AGAINST, "--format", "json"), (*DIFF, "--format", "markdown"),
    (*DIFF, "--check"), (*DIFF, "--strict"), (*DIFF, "--against=HEAD~0"), (*DIFF, "--output", "templates/dev"),
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, compiler: Path) -> Place:
    """A repository, everything committed, in which a queue was given another retention since, and has been compared."""
    made = settled(tmp_path, compiler)
    git(made, "tag", "begun")
    changed(made)
    for words in (DIFF, AGAINST):
        found = made.run(*words)
        assert (found.code, found.remembered) == (0, False)
        assert "(specs/dev.yaml:" in found.out
    return made


def changed(place: Place, days: int = 14) -> None:
    path = place.top / SPEC
    text = path.read_text()
    path.write_text(re.sub("logs: {retention: [0-9]+d", f"logs: {{retention: {days}d", text))
    assert path.read_text() != text


# What is answered


@pytest.mark.parametrize("words", FORMS, ids=" ".join)
def test_the_second_time_git_is_one_process_and_nothing_heavy_is_loaded(place: Place, words: tuple[str, ...]) -> None:
    fresh, _, again = place.run(*words, "--no-cache"), place.run(*words), place.run(*words)
    assert not fresh.remembered
    assert again == fresh
    if again.code == 0:
        assert (again.remembered, again.processes) == (True, 1)


def test_the_exit_code_is_remembered(place: Place) -> None:
    for days, code in ((30, 4), (3, 5), (7, 0)):
        changed(place, days)
        for words in ((*DIFF, "--exit-code", "--quiet"), (*AGAINST, "--exit-code")):
            first, again = place.run(*words), place.run(*words)
            assert (first.code, first.remembered) == (code, False)
            assert again.remembered
            assert again == first


def test_a_commit_that_moves_nothing_of_it_changes_no_answer(place: Place) -> None:
    """The revision is asked for again, and only the files that were read count."""
    (place.top / "README.md").write_text("another text\n")
    git(place, "commit", "-qm", "another file", "README.md")
    git(place, "gc", "-q")
    for words in (DIFF, AGAINST):
        again = place.run(*words)
        assert again.remembered
        assert again == place.run(*words, "--no-cache")


def test_what_cannot_be_compared_is_looked_at_again_each_time(place: Place) -> None:
    for words, code in (((*DIFF, "--against", "nowhere"), 2), ((*DIFF, "--against", "main:specs"), 2)):
        for _ in range(3):
            found = place.run(*words)
            assert (found.code, found.remembered) == (code, False)


def test_a_spec_outside_of_any_repository_is_compared_from_memory(place: Place) -> None:
    shutil.rmtree(place.top / ".git")
    first, again = place.run(*DIFF), place.run(*DIFF)
    assert "(specs/dev.yaml:" not in first.out
    assert again.remembered
    assert again == first


# What decides


def committed(place: Place) -> None:
    git(place, "commit", "-qam", "the change")


def committed_and_taken_back(place: Place) -> None:
    committed(place)
    for words in (DIFF, AGAINST):
        place.run(*words)
    git(place, "reset", "-q", "--soft", "begun")


def detached(place: Place) -> None:
    git(place, "checkout", "-q", "--detach")
    committed(place)


def another_branch(place: Place) -> None:
    git(place, "checkout", "-qb", "other")
    committed(place)


def a_tag_like_the_branch(place: Place) -> None:
    committed(place)
    git(place, "tag", "main", "begun")


def no_commit_yet(place: Place) -> None:
    git(place, "checkout", "-q", "--orphan", "other")


def no_repository(place: Place) -> None:
    shutil.rmtree(place.top / ".git")


def a_repository_that_is_elsewhere(place: Place) -> None:
    shutil.move(place.top / ".git", place.top.parent / "kept")
    (place.top / ".git").write_text("gitdir: ../kept\n")


def a_file_that_leads_nowhere(place: Place) -> None:
    shutil.rmtree(place.top / ".git")
    (place.top / ".git").write_text("gitdir: ../kept\n")


def a_repository_around_the_specs(place: Place) -> None:
    git(place, "init", "-q", "specs")


def a_repository_around_the_templates(place: Place) -> None:
    git(place, "init", "-q", "templates/dev")


def of_somebody_else(place: Place) -> None:
    """git refuses a repository of another user."""
    if os.getuid() == 0:
        os.chown(place.top / ".git", 12345, 12345)
        os.chown(place.top, 12345, 12345)


def not_committed_any_more(place: Place) -> None:
    git(place, "rm", "-q", "--cached", SPEC)
    git(place, "commit", "-qm", "gone")


def committed_under_another_name(place: Place) -> None:
    git(place, "mv", SPEC, "specs/other.yaml")
    git(place, "commit", "-qm", "renamed")
    (place.top / "specs/other.yaml").rename(place.top / SPEC)


def committed_as_a_link(place: Place) -> None:
    text = (place.top / SPEC).read_text()
    (place.top / SPEC).unlink()
    (place.top / SPEC).symlink_to("base.yaml")
    committed(place)
    (place.top / SPEC).unlink()
    (place.top / SPEC).write_text(text)


def another_base_committed(place: Place) -> None:
    path = place.top / "specs/base.yaml"
    text = path.read_text()
    path.write_text(text.replace("1024MB", "512MB"))
    git(place, "commit", "-qm", "less memory", "specs/base.yaml")
    path.write_text(text)


def another_template_committed(place: Place) -> None:
    path = place.top / TEMPLATE
    text = path.read_text()
    path.write_text(text.replace('"RetentionInDays": 7', '"RetentionInDays": 5'))
    git(place, "commit", "-qm", "other templates", "templates")
    path.write_text(text)


def another_manifest_committed(place: Place) -> None:
    git(place, "rm", "-q", "--cached", "templates/dev/manifest.json")
    git(place, "commit", "-qm", "no manifest")


def templates_gone(place: Place) -> None:
    git(place, "rm", "-rq", "--cached", "templates")
    git(place, "commit", "-qm", "no templates")
    shutil.rmtree(place.top / "templates")


def another_template(place: Place) -> None:
    (place.top / "templates/dev/manifest.json").write_text("{}")


def a_submodule_of_specs(place: Place) -> None:
    blob = git(place, "rev-parse", "HEAD").strip()
    git(place, "rm", "-rq", "--cached", "specs")
    git(place, "update-index", "--add", "--cacheinfo", f"160000,{blob},specs")
    git(place, "commit", "-qm", "a submodule")


def replaced(place: Place) -> None:
    """Replacements are not followed: what is committed is what counts."""
    git(place, "replace", *git(place, "rev-parse", f"main:{SPEC}", "main:README.md").split())
    committed(place)
    git(place, "replace", *git(place, "rev-parse", "main", "begun").split())


def attributes(place: Place) -> None:
    (place.top / ".gitattributes").write_text("* text eol=crlf ident\n")
    git(place, "config", "core.autocrlf", "true")


def a_merge_that_goes_on(place: Place) -> None:
    (place.top / ".git/MERGE_HEAD").write_text(git(place, "rev-parse", "HEAD"))


def grafted(place: Place) -> None:
    committed(place)
    (place.top / ".git/info/grafts").write_text(git(place, "rev-parse", "HEAD"))
    (place.top / ".git/shallow").write_text(git(place, "rev-parse", "HEAD"))


def borrowed_objects(place: Place) -> None:
    objects = place.top / ".git/objects"
    shutil.move(objects, place.top.parent / "objects")
    (objects / "info").mkdir(parents=True)
    (objects / "info/alternates").write_text(f"{place.top.parent}/objects\n")


def no_objects(place: Place) -> None:
    objects = place.top / ".git/objects"
    shutil.rmtree(objects)
    objects.mkdir()


def loose(place: Place, name: str) -> Path:
    found = git(place, "rev-parse", name).strip()
    path = place.top / ".git/objects" / found[:2] / found[2:]
    path.chmod(0o600)
    return path


def a_damaged_object(place: Place) -> None:
    loose(place, f"HEAD:{SPEC}").write_bytes(b"damaged")


def an_object_that_is_damaged_far_inside(place: Place) -> None:
    """Its kind and its length can still be read."""
    for name in (SPEC, TEMPLATE):
        path = loose(place, f"HEAD:{name}")
        path.write_bytes(path.read_bytes()[:-20])


def an_object_that_is_gone(place: Place) -> None:
    loose(place, f"HEAD:{TEMPLATE}").unlink()


CHANGES: tuple[Callable[[Place], None], ...] = (
    committed, committed_and_taken_back, detached, another_branch, a_tag_like_the_branch, no_commit_yet, no_repository,
    a_repository_that_is_elsewhere, a_file_that_leads_nowhere, a_repository_around_the_specs,
    a_repository_around_the_templates, of_somebody_else, not_committed_any_more, committed_under_another_name,
    committed_as_a_link, another_base_committed, another_template_committed, another_manifest_committed,
    templates_gone, another_template, a_submodule_of_specs, replaced, attributes, a_merge_that_goes_on, grafted,
    borrowed_objects, no_objects, a_damaged_object, an_object_that_is_damaged_far_inside, an_object_that_is_gone,
)  # fmt: skip


@pytest.mark.parametrize("change", one_of(5, CHANGES), ids=lambda change: change.__name__)
def test_whatever_is_committed_it_says_what_it_says_without_a_memory(
    place: Place, change: Callable[[Place], None]
) -> None:
    change(place)
    for words in (DIFF, AGAINST):
        fresh = place.run(*words, "--no-cache")
        for _ in range(2):
            assert place.run(*words) == fresh, words


def test_without_git_it_says_what_it_says_without_a_memory(place: Place, tmp_path: Path) -> None:
    """Where git is found is no part of what is remembered: git is asked each time."""
    for words in (DIFF, AGAINST):
        assert place.run(*words).remembered
        fresh = place.run(*words, "--no-cache", PATH=str(tmp_path))
        for _ in range(2):
            assert place.run(*words, PATH=str(tmp_path)) == fresh


def test_a_repository_that_comes_where_the_folder_of_templates_will_be(place: Place) -> None:
    """git is asked in the nearest folder that is there."""
    shutil.rmtree(place.top / "templates")
    place.run(*AGAINST)
    assert place.run(*AGAINST).remembered
    git(place, "init", "-q", "templates")
    assert place.run(*AGAINST) == place.run(*AGAINST, "--no-cache")


def test_what_is_left_out_because_it_cannot_be_read_may_come(place: Place) -> None:
    """A link that leads nowhere yet is looked at again each time."""
    templates = place.top / "templates/dev"
    shutil.rmtree(templates)
    templates.mkdir()
    (templates / "more.json").symlink_to(place.top / "README.json")
    for _ in range(2):
        assert not place.run(*DIFF).remembered
    (place.top / "README.json").write_text("{}")
    assert place.run(*DIFF) == place.run(*DIFF, "--no-cache")


def test_two_answers_of_a_branch_that_moves_are_none(place: Place) -> None:
    for more, sound in (((), True), ((b"other",), False), ((OSError("git ended"),), False)):
        noted = Run()
        for found in (b"text", b"text", *more):
            noted.event(ASKED, (b"\n".join((os.fsencode(place.top), b"HEAD", b"README.md")), found))
        assert noted.sound is sound


def test_a_question_that_git_ends_at_is_not_remembered(place: Place) -> None:
    an_object_that_is_damaged_far_inside(place)
    for _ in range(2):
        found = place.run(*DIFF)
        assert (found.code, found.remembered) == (0, False)


def test_every_variable_that_a_diff_asks_decides(place: Place, tmp_path: Path) -> None:
    """Of the libraries as well: the one that breaks lines asks which characters are wide."""
    program = """
import json, os, sys
asked = set()
class Noted(type(os.environ)):
    def __getitem__(self, name):
        asked.add(name)
        return super().__getitem__(name)
# A process that is started gets all of them.
given, started = dict(os.environ), os.posix_spawnp
os.posix_spawnp = lambda file, words, _, **more: started(file, words, given, **more)
os.environ.__class__ = Noted
from compiler.commands.main import main
main(sys.argv[1:])
sys.stderr.write(json.dumps(sorted(asked)))
"""
    spec = place.top / SPEC
    spec.write_text(spec.read_text().replace("environment: dev", "environment: dev, tags: {team: 支払}"), "utf-8")
    words = [sys.executable, "-c", program, *DIFF]
    home = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "FORCE_COLOR": "1"}
    done = subprocess.run(words, cwd=place.top, env=home, capture_output=True, text=True, check=True)
    asked = set(json.loads(done.stderr))
    assert {"NO_COLOR", "TTY_INTERACTIVE", "UNICODE_VERSION"} <= asked
    # Where temporary files are is no part of any result; what Python is made of is, and the key names it.
    harmless = {
        "TMPDIR",
        "TEMP",
        "TMP",
        "PYDANTIC_DISABLE_PLUGINS",
        "_PYTHON_PROJECT_BASE",
        "_PYTHON_SYSCONFIGDATA_NAME",
    }
    assert {name for name in asked if not replay._decides(name)} <= harmless


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6 * FACTOR))
def test_it_never_says_what_it_would_not_say_without_a_memory(place: Place, seed: int) -> None:
    """Random edits of any file, some of them committed, taken back or elsewhere; each answer is that of a full run."""
    chance = random.Random(seed)
    files = [path for path in sorted(place.top.rglob("*")) if path.is_file() and ".git" not in path.parts]
    before = {path: path.read_bytes() for path in files}
    for _ in range(8):
        path = chance.choice(files)
        name = os.fspath(path.relative_to(place.top))
        data = path.read_bytes() if path.exists() else b""
        at = chance.randrange(len(data) + 1)
        made = chance.choice([before[path], before[path], data[:at] + b"\n" + data[at:], None])
        if made is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes(made)
        after: tuple[tuple[str, ...], ...] = (
            ("commit", "-qam", "a change"), ("commit", "-qm", "one file", name), ("reset", "-q", "--hard"),
            ("reset", "-q", "--soft", "begun"), ("checkout", "-q", "--detach", "begun"), ("checkout", "-qB", "main"),
            ("commit", "-q", "--amend", "-m", "other words"), ("tag", "-f", "main", "begun"), ("gc", "-q"), ("status",),
        )  # fmt: skip
        git(place, *chance.choice(after))
        changed_retention = place.top / SPEC
        if changed_retention.exists() and chance.random() < 0.5:
            text = changed_retention.read_text()
            changed_retention.write_text(text.replace("retention: 14d", "retention: 30d"))
        words = chance.choice(FORMS)
        assert place.run(*words) == place.run(*words, "--no-cache"), (name, words)
