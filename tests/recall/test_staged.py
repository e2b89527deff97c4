"""What the hook remembers is given only where it would say the same of what is staged, by one question to git."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.recall.place import Answer, Place, git, settled
from tests.tiers import FACTOR, one_of

SPEC, TEMPLATE = "specs/dev.yaml", "templates/dev/primary.eu-west-1.json"


@pytest.fixture
def place(tmp_path: Path, compiler: Path) -> Place:
    """A repository, everything committed, whose hook has been run for all files and for one that is no part of it."""
    made = settled(tmp_path, compiler)
    for options in ("--check", "--check README.md", ""):
        assert made.hook(*options.split()).code == 0
    return made


def fresh(place: Place, *words: str, **environment: str) -> Answer:
    """What the hook says without anything remembered."""
    cache = place.home / "fresh"
    shutil.rmtree(cache, ignore_errors=True)
    return place.hook(*words, **{**environment, "XDG_CACHE_HOME": str(cache)})


@pytest.mark.parametrize("words", [("--check",), ("--check", "README.md"), (), ("--check", "./README.md", "Makefile")])
def test_the_second_time_git_is_asked_once_and_nothing_heavy_is_loaded(place: Place, words: tuple[str, ...]) -> None:
    again = place.hook(*words)
    assert again.remembered
    assert again.processes == 1
    assert again == fresh(place, *words)


def test_a_commit_of_other_files_is_answered_whatever_they_are(place: Place) -> None:
    for name in ("README.md", "docs/new.md", "functions/app.py"):
        path = place.top / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("another text\n")
        git(place, "add", "--all")
        found = place.hook("--check", name, GIT_AUTHOR_DATE=f"@{len(name)} +0000", GIT_EDITOR=":")
        assert (found.code, found.remembered) == (0, True)
        git(place, "commit", "-qm", name)


def test_what_fails_or_is_linted_is_looked_at_again_each_time(place: Place) -> None:
    (place.top / TEMPLATE).write_text("{}")
    git(place, "add", "--all")
    for _ in range(3):
        assert (place.hook("--check").code, place.hook("--check").remembered) == (1, False)
    for name in ("PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF"):
        assert not place.hook("--check", "README.md", **{name: "HEAD"}).remembered


# What decides


def edit(path: Path) -> None:
    path.write_text(path.read_text() + "\n")


def staged_edit(place: Place) -> None:
    edit(place.top / TEMPLATE)
    git(place, "add", TEMPLATE)


def staged_edit_and_another_in_the_working_copy(place: Place) -> None:
    before = (place.top / TEMPLATE).read_text()
    staged_edit(place)
    (place.top / TEMPLATE).write_text(before)


def removed_from_the_index_only(place: Place) -> None:
    git(place, "rm", "-q", "--cached", TEMPLATE)


def removed_and_forgotten_by_head_too(place: Place) -> None:
    git(place, "rm", "-q", TEMPLATE)
    git(place, "commit", "-qm", "past the hook", "--no-verify")


def deleted_between_two_commits(place: Place) -> None:
    """The index is as it was; HEAD has a file more."""
    (place.top / "templates/dev/more.json").write_text("{}")
    git(place, "add", "--all")
    git(place, "commit", "-qm", "more", "--no-verify")
    git(place, "rm", "-q", "templates/dev/more.json")


def announced(place: Place) -> None:
    (place.top / "templates/dev/stray.json").write_text("{}")
    git(place, "add", "--intent-to-add", "templates/dev/stray.json")


def conflict(place: Place) -> None:
    blob = git(place, "hash-object", "-w", "README.md").strip()
    lines = "".join(f"100644 {blob} {stage}\t{SPEC}\n" for stage in (1, 2, 3))
    subprocess.run(["git", "update-index", "--index-info"], input=lines, text=True, cwd=place.top, check=True)


def linked(place: Place) -> None:
    (place.top / TEMPLATE).unlink()
    (place.top / TEMPLATE).symlink_to("manifest.json")
    git(place, "add", "--all")


def folder_linked(place: Place) -> None:
    shutil.move(place.top / "templates", place.top / "elsewhere")
    (place.top / "templates").symlink_to("elsewhere")
    git(place, "add", "--all")


def submodule(place: Place) -> None:
    shutil.rmtree(place.top / "partials")
    git(place, "rm", "-rq", "--cached", "partials")
    git(place, "submodule", "--quiet", "add", str(place.top), "partials")


def replaced_object(place: Place) -> None:
    old = git(place, "rev-parse", f":{TEMPLATE}").strip()
    git(place, "replace", old, git(place, "rev-parse", ":README.md").strip())


def configuration(place: Place) -> None:
    (place.top / "dr-compile.toml").write_text('output = "out"\n')
    git(place, "add", "--all")


def configuration_below(place: Place) -> None:
    (place.top / "specs" / "dr-compile.toml").write_text('requires = "9.9"\n')
    git(place, "add", "--all")


def configuration_not_staged(place: Place) -> None:
    git(place, "rm", "-q", "--cached", "dr-compile.toml")


def partial(place: Place) -> None:
    edit(place.top / "partials/sqs/receipts.json.j2")
    git(place, "add", "--all")


def another_spec(place: Place) -> None:
    (place.top / "infra").mkdir()
    shutil.copy(place.top / SPEC, place.top / "infra/specs.yaml")
    shutil.copytree(place.top / "templates/dev", place.top / "templates/old")
    git(place, "add", "--all")


def another_repository_around(place: Place) -> None:
    shutil.move(place.top / ".git", place.top.parent / ".git")


def merging(place: Place) -> None:
    staged_edit(place)
    git(place, "commit", "-qm", "drift", "--no-verify")
    (place.top / ".git/MERGE_HEAD").write_text(git(place, "rev-parse", "HEAD~1"))


CHANGES: tuple[Callable[[Place], None], ...] = (
    staged_edit, staged_edit_and_another_in_the_working_copy, removed_from_the_index_only,
    removed_and_forgotten_by_head_too, deleted_between_two_commits, announced, conflict, linked, folder_linked,
    submodule, replaced_object, configuration, configuration_below, configuration_not_staged, partial, another_spec,
    another_repository_around, merging,
)  # fmt: skip


@pytest.mark.parametrize("change", one_of(4, CHANGES), ids=lambda change: change.__name__)
def test_whatever_is_staged_the_hook_says_what_it_says_without_a_memory(
    place: Place, change: Callable[[Place], None]
) -> None:
    change(place)
    for words in (("--check",), ("--check", "README.md"), ("--check", SPEC), ("--check", "infra/specs.yaml")):
        for _ in range(2):
            assert place.hook(*words) == fresh(place, *words), words


def test_line_ends_and_attributes_do_not_decide(place: Place) -> None:
    """What is stored counts, whatever a checkout would make of it."""
    (place.top / ".gitattributes").write_text("* text eol=crlf\n")
    git(place, "config", "core.autocrlf", "true")
    git(place, "add", "--all")
    assert place.hook("--check").remembered
    assert fresh(place, "--check").code == 0


def test_the_hook_that_writes_puts_back_what_the_working_copy_lost(place: Place) -> None:
    before = (place.top / TEMPLATE).read_text()
    for _ in range(2):
        (place.top / TEMPLATE).write_text("{}")
        assert not place.hook().remembered
        assert (place.top / TEMPLATE).read_text() == before
    place.hook()
    assert place.hook().remembered


def test_an_entry_that_cannot_be_trusted_is_no_entry(place: Place) -> None:
    for path in place.cache.iterdir():
        path.write_bytes(path.read_bytes()[:-3])
    found = place.hook("--check")
    assert (found.code, found.remembered) == (0, False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6 * FACTOR))
def test_it_never_says_what_it_would_not_say_without_a_memory(place: Place, seed: int) -> None:
    """Random edits, some of them staged, committed, taken back or handed over; each answer is that of a full run."""
    chance = random.Random(seed)
    files = [path for path in sorted(place.top.rglob("*")) if path.is_file() and ".git" not in path.parts]
    before = {path: path.read_bytes() for path in files}
    for _ in range(8):
        path = chance.choice(files)
        name = os.fspath(path.relative_to(place.top))
        data = path.read_bytes() if path.exists() else b""
        at = chance.randrange(len(data) + 1)
        edits: list[bytes | None] = [before[path], before[path], data[:at] + b"\n" + data[at:], None]
        made = chance.choice(edits)
        if made is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes(made)
        after: tuple[tuple[str, ...], ...] = (
            ("add", "--all"), ("add", name), ("rm", "-q", "--cached", name), ("reset", "-q", "--hard"),
            ("commit", "-qam", "a change", "--no-verify"), ("reset", "-q", "--soft", "HEAD~1"),
            ("update-index", "--chmod=+x", name), ("update-index", "--skip-worktree", name), ("status",),
        )  # fmt: skip
        git(place, *chance.choice(after))
        words = ("--check", *chance.choice(((), ("README.md",), (name,), (name, "README.md"))))
        assert place.hook(*words) == fresh(place, *words), (name, words)
