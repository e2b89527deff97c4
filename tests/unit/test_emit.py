"""Bytes and files: encoded one way, written whole or not at all, compared with what lies there."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.diagnostics.model import RejectedError
from compiler.ir.elements import StackId, StackKind
from compiler.ir.template import Template
from compiler.output import emit
from compiler.output.emit import Bundle
from compiler.rollout.deployment import Deployment, Stack
from compiler.rollout.manifest import MANIFEST

PRIMARY = StackId(StackKind.PRIMARY, "us-east-1")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(JSON)
def test_encoding_is_indented_ascii_json(value: Any) -> None:
    """As `json.dumps` would write it, whatever the locale."""
    assert emit.encode(value) == (json.dumps(value, indent=2, ensure_ascii=True) + "\n").encode("ascii")


def test_what_json_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        emit.encode({"a": [float("nan")]})


def bundle(**files: bytes) -> Bundle:
    """A bundle of templates by kind, with the manifest that lists them."""
    named = {f"{kind}.us-east-1.json": data for kind, data in files.items()}
    stacks = [{"template": name} for name in named]
    return Bundle({**named, MANIFEST: json.dumps({"stacks": stacks}).encode()})


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def codes(found: Any) -> list[tuple[str, str]]:
    return [(d.rule.code, Path(d.span.file).name) for d in found]


def test_folders_are_made_and_files_written(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert emit.write(bundle(primary=b"1"), folder) == ()
    assert names(folder) == {"primary.us-east-1.json", MANIFEST}
    assert (folder / "primary.us-east-1.json").read_bytes() == b"1"
    assert (folder / "primary.us-east-1.json").stat().st_mode & 0o777 == 0o644


def test_what_did_not_change_is_not_touched(tmp_path: Path) -> None:
    emit.write(bundle(primary=b"1", secondary=b"2"), tmp_path)
    kept = (tmp_path / "primary.us-east-1.json").stat()
    emit.write(bundle(primary=b"1", secondary=b"3"), tmp_path)
    after = (tmp_path / "primary.us-east-1.json").stat()
    assert (kept.st_ino, kept.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert (tmp_path / "secondary.us-east-1.json").read_bytes() == b"3"


def test_what_an_earlier_compile_left_over_goes(tmp_path: Path) -> None:
    emit.write(bundle(primary=b"1", replica=b"2"), tmp_path)
    assert emit.write(bundle(primary=b"1"), tmp_path) == ()
    assert names(tmp_path) == {"primary.us-east-1.json", MANIFEST}


def test_what_no_compile_wrote_stays_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "x.json").write_text("{}", encoding="utf-8")
    assert codes(emit.write(bundle(primary=b"1"), tmp_path)) == [("DR803", "x.json")]
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b'{"stacks": 3}',
        b"\xff",
        b'{"stacks": [{"template": "../victim.json"}]}',
        b'{"stacks": [{"template": "/etc/passwd"}]}',
        b'{"stacks": [{"template": "victim.txt"}]}',
    ],
)
def test_a_manifest_that_lies_or_is_none_removes_nothing(tmp_path: Path, manifest: bytes) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for victim in (tmp_path / "victim.json", folder / "victim.txt"):
        victim.write_bytes(b"keep")
    (folder / MANIFEST).write_bytes(manifest)
    emit.write(bundle(primary=b"1"), folder)
    assert (tmp_path / "victim.json").read_bytes() == b"keep"
    assert (folder / "victim.txt").read_bytes() == b"keep"


def test_a_disk_that_is_full_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is staged before anything is replaced."""
    emit.write(bundle(primary=b"old", secondary=b"old"), tmp_path)
    written: list[int] = []
    make = tempfile.mkstemp

    def mkstemp(*arguments: Any, **named: Any) -> Any:
        written.append(1)
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        return make(*arguments, **named)

    monkeypatch.setattr(tempfile, "mkstemp", mkstemp)
    with pytest.raises(RejectedError, match="No space left on device") as caught:
        emit.write(bundle(primary=b"new", secondary=b"new"), tmp_path)
    assert codes(caught.value.diagnostics) == [("DR804", tmp_path.name)]
    assert names(tmp_path) == {"primary.us-east-1.json", "secondary.us-east-1.json", MANIFEST}
    assert (tmp_path / "primary.us-east-1.json").read_bytes() == b"old"


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    with pytest.raises(RejectedError) as caught:
        emit.write(bundle(primary=b"1"), tmp_path / "out")
    assert codes(caught.value.diagnostics) == [("DR804", "out")]


def test_what_was_written_compares_clean(tmp_path: Path) -> None:
    made = bundle(primary=b"1\n2\n")
    emit.write(made, tmp_path)
    assert emit.compare(made, tmp_path, "out", "dr-compile x.yaml") == ()


def test_line_ends_of_a_checkout_are_no_drift(tmp_path: Path) -> None:
    made = bundle(primary=b"1\n2\n")
    emit.write(made, tmp_path)
    (tmp_path / "primary.us-east-1.json").write_bytes(b"1\r\n2\r\n")
    assert emit.compare(made, tmp_path, "out", "dr-compile x.yaml") == ()


def test_one_drift_is_one_finding_at_the_first_difference(tmp_path: Path) -> None:
    emit.write(bundle(primary=b"1\n2\n3\n", replica=b"1"), tmp_path)
    (tmp_path / "old.json").write_bytes(b"")
    drift, left = emit.compare(bundle(primary=b"1\n2\nthree\n", secondary=b"x"), tmp_path, "out", "dr-compile x.yaml")
    assert (drift.rule.code, drift.span.file, drift.span.start.line) == ("DR801", "out/primary.us-east-1.json", 3)
    assert drift.message == (
        "`out` is not what the spec compiles to: `primary.us-east-1.json` and `manifest.json` differ; "
        "`secondary.us-east-1.json` is missing; `replica.us-east-1.json` is left"
    )
    assert drift.help == "run `dr-compile x.yaml` and commit its output"
    assert (left.rule.code, left.message) == ("DR803", "`old.json` is not a file of this topology")


def test_of_many_files_only_some_are_named(tmp_path: Path) -> None:
    (drift,) = emit.compare(bundle(**{f"r{n}": b"1" for n in range(40)}), tmp_path, "out", "dr-compile x.yaml")
    assert (drift.rule.code, drift.message.count("`")) == ("DR802", 6)
    assert drift.message.endswith("`r1.us-east-1.json` and 39 other files are missing")


@pytest.mark.parametrize("marker", [b"<<<<<<< HEAD", b"=======", b">>>>>>> main"])
def test_a_conflict_of_a_merge_is_called_one(tmp_path: Path, marker: bytes) -> None:
    made = bundle(primary=b"1\n2\n", secondary=b"3")
    emit.write(made, tmp_path)
    (tmp_path / "primary.us-east-1.json").write_bytes(b"0\n2\n")
    (tmp_path / "secondary.us-east-1.json").write_bytes(marker + b"\n3\n")
    (drift,) = emit.compare(made, tmp_path, "out", "dr-compile x.yaml")
    assert drift.message.startswith("a merge left a conflict in `secondary.us-east-1.json`, and `out` is not")
    assert drift.span.file == "out/secondary.us-east-1.json"
    assert "then run `dr-compile x.yaml`" in (drift.help or "")


def _deployment(resources: dict[str, Any]) -> Deployment:
    template = Template(PRIMARY, {"Resources": resources}, {}, {})
    return Deployment("sys", None, "prod", "a1", (Stack(PRIMARY, "sys-primary-prod-a1", template, (), ()),), ())


def test_the_manifest_comes_last() -> None:
    made = emit.bundle(_deployment({"A": {"Type": "X"}}))
    assert list(made.files) == ["primary.us-east-1.json", MANIFEST]


# What others put there


def fifo(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def deep(path: Path) -> None:
    path.write_text("[" * 100_000)


@pytest.mark.parametrize("there", [fifo, endless, deep])
@pytest.mark.parametrize("name", [MANIFEST, "primary.us-east-1.json"])
def test_what_cannot_be_read_is_drift_and_never_waited_for(
    tmp_path: Path, name: str, there: Callable[[Path], None]
) -> None:
    built = bundle(primary=b"1")
    emit.write(built, tmp_path)
    (tmp_path / name).unlink()
    there(tmp_path / name)
    assert codes(emit.compare(built, tmp_path, "out", "dr-compile x.yaml")) == [("DR801", name)]
    assert emit.write(built, tmp_path) == ()
    assert emit.compare(built, tmp_path, "out", "dr-compile x.yaml") == ()


def test_a_link_that_leads_nowhere_is_drift(tmp_path: Path) -> None:
    built = bundle(primary=b"1")
    emit.write(built, tmp_path)
    (tmp_path / MANIFEST).unlink()
    (tmp_path / MANIFEST).symlink_to("nowhere")
    assert codes(emit.compare(built, tmp_path, "out", "dr-compile x.yaml")) == [("DR801", MANIFEST)]


@pytest.mark.parametrize(
    "name", ["package.json", "tsconfig.json", ".eslintrc.json", "other.us-east-1.json", "primary.json", "../up.json"]
)
def test_a_manifest_does_not_decide_which_files_of_others_are_removed(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / name).write_text("mine")
    (folder / MANIFEST).write_text(json.dumps({"stacks": [{"template": name}]}))
    emit.write(bundle(primary=b"1"), folder)
    assert (folder / name).read_text() == "mine"


def test_templates_of_earlier_stacks_are_removed_whatever_their_part(tmp_path: Path) -> None:
    earlier = ("replica.ap-southeast-2.json", "primary-data.us-gov-west-1.json")
    for name in earlier:
        (tmp_path / name).write_text("{}")
    (tmp_path / MANIFEST).write_text(json.dumps({"stacks": [{"template": name} for name in earlier]}))
    emit.write(bundle(primary=b"1"), tmp_path)
    assert names(tmp_path) == {"primary.us-east-1.json", MANIFEST}


def test_what_a_killed_compile_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    left = (".primary.us-east-1.json.a1b2c3_d.tmp", f".{MANIFEST}.00000000.tmp")
    others = (".notes.json.a1b2c3_d.tmp", ".primary.us-east-1.json.tmp")
    for name in (*left, *others):
        (tmp_path / name).touch()
    found = emit.write(bundle(primary=b"1"), tmp_path)
    assert names(tmp_path) == {"primary.us-east-1.json", MANIFEST, *others}
    assert codes(found) == [("DR803", min(others))]
    assert all(name in found[0].message for name in others)


def test_of_two_compiles_at_once_the_files_of_one_are_there(tmp_path: Path) -> None:
    """The first waits in the middle of its work; the second cannot write until it has ended."""
    staged, go_on = threading.Event(), threading.Event()
    stage = emit._stage

    def slow(built: Bundle, folder: Path) -> Any:
        found = stage(built, folder)
        if built.files["primary.us-east-1.json"] == b"first":
            staged.set()
            assert go_on.wait(60)
        return found

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(emit, "_stage", slow)
        first = pool.submit(emit.write, bundle(primary=b"first", secondary=b"first"), tmp_path)
        assert staged.wait(60)
        second = pool.submit(emit.write, bundle(primary=b"other", secondary=b"other"), tmp_path)
        go_on.set()
        assert first.result() == second.result() == ()
    contents = {path.read_bytes() for path in tmp_path.glob("*y.us-east-1.json")}
    assert contents == {b"other"}
