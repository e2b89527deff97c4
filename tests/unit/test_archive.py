"""The archive of a function's code: the same bytes for the same contents, and nothing that is not code."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from compiler.topology import sources
from compiler.topology.sources import UnpackableError, pack


def _names(folder: Path) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(pack(folder))).namelist()


def _write(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_times_owners_and_order_do_not_count(tmp_path: Path) -> None:
    first = _write(tmp_path / "first", a_dot_py=b"a", lib__b_dot_py=b"b")
    second = _write(tmp_path / "second", lib__b_dot_py=b"b", a_dot_py=b"a")
    os.utime(second / "a.py", (1, 1))
    (second / "a.py").chmod(0o600)
    assert pack(first) == pack(second)
    assert sources.archive("f", first).digest == hashlib.sha256(pack(second)).hexdigest()


def test_names_and_contents_count(tmp_path: Path) -> None:
    first = _write(tmp_path / "first", a_dot_py=b"a")
    assert pack(first) != pack(_write(tmp_path / "second", a_dot_py=b"b"))
    assert pack(first) != pack(_write(tmp_path / "third", b_dot_py=b"a"))


def test_files_are_sorted_stored_and_executable(tmp_path: Path) -> None:
    """Compressed bytes differ between builds of zlib; a runtime of one's own needs an executable `bootstrap`."""
    folder = _write(tmp_path, z_dot_py=b"z" * 1000, bootstrap=b"#!/bin/sh\n", a__b__c_dot_py=b"")
    made = zipfile.ZipFile(io.BytesIO(pack(folder)))
    assert made.namelist() == ["a/b/c.py", "bootstrap", "z.py"]
    for info in made.infolist():
        assert info.compress_type == zipfile.ZIP_STORED
        assert info.external_attr >> 16 == 0o755
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
    assert made.testzip() is None


def test_line_ends_of_texts_are_those_of_the_repository(tmp_path: Path) -> None:
    unix = _write(tmp_path / "unix", a_dot_py=b"one\ntwo\n", logo_dot_png=b"\x89PNG\r\n\0\r\n")
    windows = _write(tmp_path / "windows", a_dot_py=b"one\r\ntwo\r\n", logo_dot_png=b"\x89PNG\r\n\0\r\n")
    assert pack(unix) == pack(windows)
    assert zipfile.ZipFile(io.BytesIO(pack(windows))).read("logo.png") == b"\x89PNG\r\n\0\r\n"


def test_what_tools_leave_behind_stays_out(tmp_path: Path) -> None:
    folder = _write(
        tmp_path,
        app_dot_py=b"",
        app_dot_pyc=b"",
        pkg__app_dot_py=b"",
        node_modules__lib__index_dot_js=b"",
        node_modules__x_dot_js=b"",
    )
    for name in ("__pycache__", ".git", "tests", ".venv", "pkg/__pycache__", "node_modules/.cache"):
        _write(folder / name, x_dot_py=b"")
    (folder / ".DS_Store").write_bytes(b"")
    assert _names(folder) == ["app.py", "node_modules/lib/index.js", "node_modules/x.js", "pkg/app.py"]


def test_the_key_holds_function_and_digest(tmp_path: Path) -> None:
    made = sources.archive("my-function", _write(tmp_path, a_dot_py=b"a"))
    assert made.key == f"functions/my-function/{made.digest}.zip"


def _missing(folder: Path) -> Path:
    return folder / "nothing"


def _empty(folder: Path) -> Path:
    _write(folder, app_dot_pyc=b"")
    return folder


def _outside(folder: Path) -> Path:
    (folder / "secret").write_bytes(b"x")
    inner = _write(folder / "inner", a_dot_py=b"a")
    (inner / "link.py").symlink_to(folder / "secret")
    return inner


def _linked_folder(folder: Path) -> Path:
    inner = _write(folder / "inner", a_dot_py=b"a", real__b_dot_py=b"b")
    (inner / "lib").symlink_to(inner / "real", target_is_directory=True)
    return inner


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_missing, "no such folder"),
        (_empty, "has no files"),
        (_outside, "`link.py` is a link to a file outside"),
        (_linked_folder, "`lib` is a link to a folder"),
        (_pipe, "`pipe` is not a file"),
    ],
)
def test_what_cannot_be_packed_says_why(tmp_path: Path, make: object, says: str) -> None:
    assert callable(make)
    with pytest.raises(UnpackableError, match=says):
        pack(make(tmp_path))


def test_a_link_within_the_folder_is_its_file(tmp_path: Path) -> None:
    folder = _write(tmp_path, a_dot_py=b"a")
    (folder / "b.py").symlink_to(folder / "a.py")
    assert _names(folder) == ["a.py", "b.py"]


def test_more_than_lambda_takes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 10)
    assert pack(_write(tmp_path, a_dot_py=b"a" * 10))
    with pytest.raises(UnpackableError, match="250 MB"):
        pack(_write(tmp_path, b_dot_py=b"b"))
