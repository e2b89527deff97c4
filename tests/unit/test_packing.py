"""The archive of a function's code: all that is in a folder, the same bytes for the same contents, or a reason."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.aws.facts import lambda_
from compiler.deploy import packing
from compiler.deploy.packing import PackingError, pack
from compiler.diagnostics.codes import Code
from compiler.reading.document import load_document
from compiler.spec.model import Spec
from compiler.spec.parse import parse
from tests.helpers import SHIPPED
from tests.unprivileged import unprivileged


def _names(source: Path) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(pack(source))).namelist()


def _write(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def _zip(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def _limited(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(lambda_, "UNZIPPED_BYTES", dataclasses.replace(lambda_.UNZIPPED_BYTES, value=size))


def test_times_owners_and_order_do_not_count(tmp_path: Path) -> None:
    first = _write(tmp_path / "first", a_dot_py=b"a", lib__b_dot_py=b"b")
    second = _write(tmp_path / "second", lib__b_dot_py=b"b", a_dot_py=b"a")
    os.utime(second / "a.py", (1, 1))
    (second / "a.py").chmod(0o600)
    assert pack(first) == pack(second)


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


def test_every_byte_stays_as_it_is(tmp_path: Path) -> None:
    """A dependency may have data in which a line end means something, and no zero byte says that it is no text."""
    data = bytes(range(1, 256)) + b"\r\n"
    folder = _write(tmp_path, app_dot_py=b"one\r\ntwo\r\n", model_dot_bin=data)
    made = zipfile.ZipFile(io.BytesIO(pack(folder)))
    assert (made.read("app.py"), made.read("model.bin")) == (b"one\r\ntwo\r\n", data)


def test_what_tools_leave_behind_stays_out(tmp_path: Path) -> None:
    folder = _write(tmp_path, app_dot_py=b"", app_dot_pyc=b"", pkg__app_dot_py=b"", node_modules__x_dot_js=b"")
    for name in ("__pycache__", ".git", "tests", ".venv", "pkg/__pycache__", "node_modules/.cache"):
        _write(folder / name, x_dot_py=b"")
    (folder / ".DS_Store").write_bytes(b"")
    assert _names(folder) == ["app.py", "node_modules/x.js", "pkg/app.py"]


def test_what_a_dependency_may_import_stays_in(tmp_path: Path) -> None:
    """Packages import their own `tests`, and some come without sources."""
    folder = _write(tmp_path, app_dot_py=b"", lib__tests__data_dot_py=b"", closed__core_dot_pyc=b"c")
    assert _names(folder) == ["app.py", "closed/core.pyc", "lib/tests/data.py"]


def test_what_git_ignores_is_in_it(tmp_path: Path) -> None:
    folder = _write(tmp_path, app_dot_py=b"", node_modules__sdk__index_dot_js=b"", _dot_gitignore=b"node_modules/")
    assert "node_modules/sdk/index.js" in _names(folder)


def test_an_archive_is_taken_as_it_is(tmp_path: Path) -> None:
    for name in ("code.zip", "app.jar", "APP.ZIP"):
        made = _zip(tmp_path / name, ("app.py", b"a" * 100))
        assert pack(made) == made.read_bytes()


def _missing(folder: Path) -> Path:
    return folder / "nothing"


def _below_a_file(folder: Path) -> Path:
    return _write(folder, a=b"") / "a" / "b"


def _empty(folder: Path) -> Path:
    return _write(folder, tests__a_dot_py=b"")


def _outside(folder: Path) -> Path:
    (folder / "secret").write_bytes(b"x")
    inner = _write(folder / "inner", a_dot_py=b"a")
    (inner / "link.py").symlink_to(folder / "secret")
    return inner


def _linked_folder(folder: Path) -> Path:
    inner = _write(folder / "inner", a_dot_py=b"a", real__b_dot_py=b"b")
    (inner / "lib").symlink_to(inner / "real", target_is_directory=True)
    return inner


def _linked_to_itself(folder: Path) -> Path:
    (folder / "loop").symlink_to(folder / "loop")
    return folder


def _linked_to_nothing(folder: Path) -> Path:
    (folder / "gone.py").symlink_to(folder / "nothing.py")
    return folder


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder


def _source_is_a_pipe(folder: Path) -> Path:
    return _pipe(folder) / "pipe"


def _name_of_no_text(folder: Path) -> Path:
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.py")).write_bytes(b"")
    return folder


def _deep(folder: Path) -> Path:
    """Deeper than a path may be long: every step is made from the folder before."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("deeper", dir_fd=here)
        inner = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    return folder


def _sparse(folder: Path) -> Path:
    (folder / "huge.bin").touch()
    os.truncate(folder / "huge.bin", 30 * 1024**3)
    return folder


def _no_archive(folder: Path) -> Path:
    return _write(folder, app_dot_py=b"print()") / "app.py"


def _cut_off(folder: Path) -> Path:
    path = _zip(folder / "code.zip", ("app.py", b"a" * 1000))
    path.write_bytes(path.read_bytes()[:-30])
    return path


def _empty_archive(folder: Path) -> Path:
    return _zip(folder / "code.zip")


def _leading_out(folder: Path) -> Path:
    return _zip(folder / "code.zip", ("../app.py", b""))


def _linking_out(folder: Path) -> Path:
    link = zipfile.ZipInfo("lib/secrets")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return _zip(folder / "code.zip", ("app.py", b""), (link, b"../../etc/passwd"))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_missing, "does not exist"),
        (_below_a_file, "does not exist"),
        (_empty, "has no files"),
        (_outside, "`link.py` is a link to .*secret`, which is outside the folder"),
        (_linked_folder, "`lib` is a link to a folder"),
        (_linked_to_itself, "`loop` cannot be read"),
        (_linked_to_nothing, "`gone.py` cannot be read"),
        (_pipe, "`pipe` is not a file"),
        (_source_is_a_pipe, "neither a folder nor an archive"),
        (_name_of_no_text, r"the name `caf\\udce9.py` is not UTF-8 text"),
        (_deep, "cannot be read: File name too long"),
        (_sparse, "32,212,254,720 bytes unzipped; Lambda allows 250 MB"),
        (_no_archive, "it is a file, but not a zip archive"),
        (_cut_off, "it is a file, but not a zip archive"),
        (_empty_archive, "the archive has no files"),
        (_leading_out, "`../app.py` in it leads out of the archive"),
        (_linking_out, "`lib/secrets` in it leads out of the archive"),
    ],
)
def test_what_cannot_be_packed_says_why(tmp_path: Path, make: Callable[[Path], Path], says: str) -> None:
    try:
        with pytest.raises(PackingError, match=says):
            pack(make(tmp_path))
    finally:
        # pytest cannot remove what is this deep.
        subprocess.run(["rm", "-rf", str(tmp_path)], check=True)


def test_nothing_is_left_out_because_it_cannot_be_read() -> None:
    with unprivileged() as folder:
        _write(folder, app_dot_py=b"", lib__sdk_dot_py=b"")
        (folder / "lib").chmod(0)
        with pytest.raises(PackingError, match="`lib` cannot be read: Permission denied"):
            pack(folder)
        (folder / "lib").chmod(0o700)
        (folder / "app.py").chmod(0)
        with pytest.raises(PackingError, match=r"`app.py` cannot be read: Permission denied"):
            pack(folder)


def test_a_source_below_a_folder_that_nobody_may_enter_says_so() -> None:
    with unprivileged() as folder:
        source = _write(folder / "closed" / "code", app_dot_py=b"")
        (folder / "closed").chmod(0)
        with pytest.raises(PackingError, match="it cannot be read: Permission denied"):
            pack(source)


def test_a_link_within_the_folder_is_its_file(tmp_path: Path) -> None:
    folder = _write(tmp_path, a_dot_py=b"a")
    (folder / "b.py").symlink_to(folder / "a.py")
    assert _names(folder) == ["a.py", "b.py"]


def test_more_than_lambda_takes_is_refused_unzipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _limited(monkeypatch, 10)
    assert pack(_write(tmp_path / "folder", a_dot_py=b"a" * 10))
    with pytest.raises(PackingError, match="it has 11 bytes"):
        pack(_write(tmp_path / "folder", b_dot_py=b"b"))
    with pytest.raises(PackingError, match="bytes unzipped"):
        pack(_zip(tmp_path / "code.zip", ("a.py", b"a" * 11)))


def _spec(*sources: str | None) -> Spec:
    """The shipped spec with one function for each source."""
    tree = load_document(SHIPPED.read_text(encoding="utf-8"), "spec.yaml").value
    assert isinstance(tree, dict)
    (first,) = tree["functions"]
    tree["functions"] = [
        {**first, "name": f"work-{n}", **({"source": source} if source else {})} for n, source in enumerate(sources)
    ]
    for entry, source in zip(tree["functions"], sources, strict=True):
        if source is None:
            del entry["source"]
    for route in tree["api"]["routes"]:
        route["function"] = "work-0"
    return parse(load_document(json.dumps(tree), "spec.yaml"))


def test_every_function_with_a_source_is_packed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path / "code", app_dot_py=b"a")
    read: list[Path] = []

    def noted(source: Path) -> bytes:
        read.append(source)
        return pack(source)

    monkeypatch.setattr(packing, "pack", noted)
    packages, findings = packing.read(_spec("code", None, "code"), tmp_path, {})
    assert findings == ()
    assert [package.function for package in packages] == ["work-0", "work-2"]
    assert read == [tmp_path / "code"]
    # What is uploaded is what was looked at, whatever happens to the folder.
    _write(tmp_path / "code", app_dot_py=b"b")
    assert packages[0].open().read("app.py") == b"a"
    assert packages[0].key == f"functions/work-0/{hashlib.sha256(packages[0].content).hexdigest()}.zip"


def test_a_path_that_a_person_gives_replaces_the_source(tmp_path: Path) -> None:
    chosen = _write(tmp_path / "built", app_dot_py=b"b")
    packages, findings = packing.read(_spec("nothing", None), tmp_path, {"work-0": chosen, "work-1": chosen})
    assert findings == ()
    assert {package.content for package in packages} == {pack(chosen)}


def test_what_cannot_be_packed_is_told_at_its_source(tmp_path: Path) -> None:
    packages, (found,) = packing.read(_spec("code"), tmp_path, {})
    assert packages == ()
    assert (found.rule, found.at) == (Code.DR404, ("functions", 0, "source"))
    assert "`work-0`" in found.message
