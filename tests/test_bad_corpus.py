"""Every file of tests/bad is refused with exactly the diagnostics that its own lines expect.

tests/bad/README.md describes the notation. What no text file can hold is built here.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
from pathlib import Path

import pytest

from compiler.diagnostics.model import Diagnostic, RejectedError, Severity, in_order
from compiler.pipeline import compile_document
from compiler.reading.document import MAX_BYTES, load_document
from compiler.rules.registry import RULES
from compiler.spec.compose import open_spec
from tests.expectations import compare, expected
from tests.remedies import followed
from tests.unprivileged import unprivileged

ROOT = Path(__file__).resolve().parent.parent
BAD = ROOT / "tests" / "bad"
BAD_PARTIALS = ROOT / "tests" / "bad_partials"
BAD_CONFIGURATIONS = ROOT / "tests" / "bad_configurations"
FILES = sorted(BAD.glob("*.yaml"))
GOOD = (BAD / "version-unknown.yaml").read_text(encoding="utf-8").replace("version: 2", "version: 1").split("\n", 1)[1]

ELSEWHERE = {
    code: file
    for file, codes in {
        "tests/deploy/test_codes.py": (
            "DR820 DR821 DR822 DR823 DR824 DR825 DR826 DR827 DR828 DR830 DR831 DR832 DR833 DR834 "
            "DR835 DR837 DR838 DR842 DR857 DR864 DR865 DR870"
        ),
        "tests/deploy/test_poisoned_bucket.py": "DR895",
        "tests/deploy/test_proposals.py": "DR885 DR886 DR887 DR888 DR889 DR890 DR891 DR892 DR893 DR894",
        "tests/deploy/test_destroy.py": "DR496 DR627",
        "tests/deploy/test_only_code.py": "DR626 DR869",
        "tests/deploy/test_releases.py": "DR628 DR629 DR866 DR867 DR868",
        "tests/deploy/test_surroundings.py": "DR379 DR846 DR847 DR848 DR859",
        "tests/deploy/test_aws.py": "DR871",
        "tests/deploy/test_existing.py": "DR839 DR840 DR841 DR849 DR850 DR855 DR856 DR858 DR862",
        "tests/deploy/test_baking.py": "DR860 DR861",
        "tests/deploy/test_parts_running.py": "DR377",
        "tests/deploy/test_token.py": "DR843",
        "tests/deploy/test_operate.py": "DR844 DR845",
        "tests/deploy/test_issuers.py": "DR829 DR836",
        "tests/diff/test_order.py": "DR625",
        "tests/diff/test_run.py": "DR851 DR852 DR853 DR854",
        "tests/rules/seeds.py": (
            "DR337 DR420 DR421 DR422 DR425 DR426 DR430 DR431 DR432 DR433 DR434 DR435 DR436 DR437 DR438 "
            "DR439 DR440 DR441 DR442 DR443 DR445 DR446 DR447 DR448 DR450 DR451 DR452 DR453 DR454 "
            "DR455 DR456 DR457 DR458 DR459 DR460 DR461 DR462 DR463 DR466 DR467 DR469 DR475 DR476 DR477 DR478 DR479 "
            "DR485 DR489 DR490 DR491 DR492 DR493 DR518 DR519 DR520 DR610 DR611 DR612 DR615 DR617"
        ),
        "tests/rules/test_parity.py": "DR470 DR471 DR472 DR474",
        "tests/rules/test_outsiders.py": "DR872 DR873 DR874 DR875 DR876 DR877",
        "tests/rules/test_guardrails.py": "DR510",
        "tests/rules/test_rest.py": "DR511 DR512 DR513",
        "tests/rules/test_quotas.py": "DR473",
        "tests/rules/test_counts.py": "DR375 DR376",
        "tests/rules/test_found_good.py": "DR498 DR896 DR897 DR898 DR899",
        "tests/rules/test_rules.py": "DR423 DR424 DR427 DR444 DR449 DR464 DR465",
        "tests/rollout/test_run.py": "DR613 DR614 DR616 DR618 DR619 DR620",
        "tests/test_configuration.py": "DR140 DR148 DR149",
        "tests/test_hook.py": "DR150 DR151 DR878 DR879",
        "tests/test_cfn_lint.py": "DR701",
        "tests/unit/test_suppressions.py": "DR702",
        "tests/unit/test_cli.py": "DR152 DR507 DR801 DR802 DR803 DR804 DR901",
        "tests/unit/test_merge.py": "DR603",
        "tests/unit/test_handlers.py": "DR416",
        "tests/unit/test_neighbours.py": "DR880 DR881 DR882 DR883 DR884",
        "tests/unit/test_packing.py": "DR404",
        "tests/unit/test_link.py": "DR601",
    }.items()
    for code in codes.split()
}
"""Codes that no spec and no partial alone can cause, and the test that proves each."""


def diagnose(path: Path) -> tuple[Diagnostic, ...]:
    """What a compile of a spec file reports."""
    shown = path.name
    try:
        document = open_spec(path, shown)
        return in_order(compile_document(document, lint=False).diagnostics)
    except RejectedError as error:
        return in_order(error.diagnostics)


def the_only(path: Path) -> tuple[str, int, int, str]:
    """Code, line, column and message of the only diagnostic of a file."""
    (found,) = diagnose(path)
    assert found.help or found.rule.fix
    return found.rule.code, found.span.start.line, found.span.start.column, found.message


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_exactly_what_the_file_expects(path: Path) -> None:
    texts = {file.relative_to(BAD).as_posix(): file.read_text(encoding="utf-8") for file in chain(path)}
    assert any(map(expected, texts.values())), "the file expects nothing"
    found = diagnose(path)
    for name, text in texts.items():
        assert compare(text, [item for item in found if item.span.file == name]) == [], name
    assert {item.span.file for item in found} <= set(texts)


def test_remedies_that_name_a_value_work_to_the_letter(tmp_path: Path) -> None:
    """The finding is gone and no error came instead, for the first value; other values are choices of the author.

    A file with several mistakes keeps the others. Findings in bases are left out: the corpus has each once as a spec.
    """
    shutil.copytree(BAD, tmp_path / "bad")
    followed_ = 0
    for path in FILES:
        text, before = path.read_text(encoding="utf-8"), diagnose(path)
        known = {(item.rule, item.message) for item in before}
        for item in (item for item in before if item.span.file == path.name):
            beside = [other for other in before if other.rule is item.rule]
            for choice, new in enumerate(followed(text, item, beside)):
                (tmp_path / "bad" / path.name).write_text(new, encoding="utf-8")
                after = diagnose(tmp_path / "bad" / path.name)
                says = f"{path.name}: {item.message}: {item.help or item.rule.fix}"
                still = [other for other in after if (other.rule, other.message) == (item.rule, item.message)]
                assert len(still) < sum((o.rule, o.message) == (item.rule, item.message) for o in before), says
                fresh = [o for o in after if o.severity is Severity.ERROR and (o.rule, o.message) not in known]
                assert choice or not fresh, f"{says}, but then: {fresh[0].message}"
                followed_ += 1
        (tmp_path / "bad" / path.name).write_text(text, encoding="utf-8")
    assert followed_ > 100


def chain(path: Path) -> list[Path]:
    """A file of the corpus and the bases that it extends, without those that are cases themselves."""
    found = [path]
    while name := re.search(r"^extends: ([\w./-]+)", found[-1].read_text(encoding="utf-8"), re.MULTILINE):
        base = Path(os.path.normpath(found[-1].parent / name[1]))
        if not base.is_file() or base in (*found, *FILES):
            break
        found.append(base)
    return found


def test_the_base_of_the_corpus_is_good(tmp_path: Path) -> None:
    path = BAD / "base-of-the-corpus.yaml"
    assert not path.exists()
    document = load_document(GOOD, path.name)
    assert compile_document(document, lint=False).diagnostics == ()


def test_the_corpus_is_large_and_says_why_each_file_is_there() -> None:
    assert len(FILES) >= 100
    firsts = [path.read_text(encoding="utf-8").split("\n", 1)[0] for path in FILES]
    assert all(re.fullmatch(r"# .+[.?]", first) for first in firsts), [f for f in firsts if not f.startswith("# ")]
    assert len(set(firsts)) == len(firsts)


BYTES = {
    "empty": (b"", "DR106", 1, 1, "the file is empty"),
    "nul": (b"version: 1\nname: sh\x00op\n", "DR102", 2, 9, "U+0000"),
    "control": (b"version: 1\nname: sh\x1bop\n", "DR102", 2, 9, "U+001B"),
    "utf-16": (GOOD.encode("utf-16"), "DR102", 1, 1, "encoded as UTF-16"),
    "utf-16-without-mark": (GOOD.encode("utf-16-le"), "DR102", 1, 1, "UTF-16"),
    "utf-16-big-endian": (GOOD.encode("utf-16-be"), "DR102", 1, 1, "UTF-16"),
    "utf-32": (GOOD.encode("utf-32"), "DR102", 1, 1, "encoded as UTF-32"),
    "latin-1": ("version: 1\nname: café\n".encode("latin-1"), "DR102", 2, 10, "byte 0xe9 is not UTF-8"),
    "cut-short": ("version: 1\nname: café".encode()[:-1], "DR102", 2, 10, "byte 0xc3 is not UTF-8"),
    "surrogate": (b"name: \xed\xa0\x80\n", "DR102", 1, 7, "byte 0xed"),
    "zip": (b"PK\x03\x04\x14\x00\x00\x00", "DR102", 1, 3, "U+0003"),
    "old-macintosh": (
        b"version: 1\rname: shop\r",
        "DR102",
        1,
        11,
        "a carriage return ends a line only in some programs",
    ),
    "next-line": ("version: 1\x85name: shop\n".encode(), "DR102", 1, 11, "U+0085"),
    "mark-twice": (b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD.encode(), "DR115", 1, 1, "U+FEFF"),
    "too-large": (b"#" * (MAX_BYTES + 1), "DR101", 1, 1, "has 1,000,001 bytes; at most 1,000,000 are allowed"),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_spec(name: str, tmp_path: Path) -> None:
    data, code, line, column, message = BYTES[name]
    path = tmp_path / "spec.yaml"
    path.write_bytes(data)
    found = min(diagnose(path), key=lambda item: item.span)
    assert (found.rule.code, found.span.start.line, found.span.start.column) == (code, line, column)
    assert message in found.message


def test_latin_1_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes("name: café\n".encode("latin-1"))
    assert diagnose(path)[0].help == "if `é` is meant, the file is Latin-1: save it as UTF-8"


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()])
def test_a_byte_order_mark_and_windows_line_ends_are_read(data: bytes, tmp_path: Path) -> None:
    path = BAD / "read-from-elsewhere.yaml"
    (tmp_path / "spec.yaml").write_bytes(data)
    document = open_spec(tmp_path / "spec.yaml", path.name)
    assert compile_document(document, lint=False).diagnostics == ()


def test_columns_are_right_behind_mark_and_carriage_returns(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"\xef\xbb\xbfversion: 3\r\nname: Shop\r\n")
    places = [(item.rule.code, item.span.start.line, item.span.start.column) for item in diagnose(path)]
    assert ("DR208", 1, 10) in places
    assert ("DR206", 2, 7) in places


def test_what_is_no_file(tmp_path: Path) -> None:
    """None of these may hang, and none may be read."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("version: 1\n", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "link-to-nothing").symlink_to(tmp_path / "nothing")
    (tmp_path / "link-to-device").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        said = {
            name: the_only(tmp_path / name)
            for name in (
                "folder", "pipe", "loop", "link-to-nothing", "link-to-device", "socket", "nothing", "file/below",
                "x" * 300, "nul\0", "half\udcff",
            )
        }  # fmt: skip
    assert {found[:3] for found in said.values()} == {("DR101", 1, 1)}
    messages = {name: found[3].split("` ", 1)[1] for name, found in said.items()}
    assert messages["folder"] == "is a folder, not a file"
    assert messages["pipe"] == "is a pipe, not a file"
    assert messages["socket"] == "is a socket, not a file"
    assert messages["link-to-device"] == "is a device, not a file"
    assert messages["nothing"] == messages["link-to-nothing"] == messages["half\udcff"] == "does not exist"
    assert messages["file/below"] == "does not exist: a part of its path is a file"
    assert messages["loop"].startswith("cannot be read")
    assert messages["x" * 300] == "cannot be read: File name too long"
    assert messages["nul\0"] == "cannot be read: a file name cannot contain this character"


def test_what_may_not_be_read() -> None:
    with unprivileged() as folder:
        (folder / "spec.yaml").write_text(GOOD, encoding="utf-8")
        (folder / "spec.yaml").chmod(0)
        assert the_only(folder / "spec.yaml") == ("DR101", 1, 1, "`spec.yaml` cannot be read: Permission denied")


def test_a_spec_that_is_a_link_out_of_the_repository(tmp_path: Path) -> None:
    """A message quotes lines of what it reads; a pull request must not choose which file that is."""
    (tmp_path / "credentials").write_text("aws_secret_access_key = x y: z\n", encoding="utf-8")
    specs = tmp_path / "repository" / "specs"
    specs.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    (specs / "good.yaml").write_text(GOOD, encoding="utf-8")
    for target in ("../../credentials", str(tmp_path / "credentials")):
        (specs / "spec.yaml").unlink(missing_ok=True)
        (specs / "spec.yaml").symlink_to(target)
        message = "`spec.yaml` is outside of the repository, which begins at `repository`"
        assert the_only(specs / "spec.yaml") == ("DR101", 1, 1, message)
    (specs / "spec.yaml").unlink()
    (specs / "spec.yaml").symlink_to("good.yaml")
    assert "outside" not in " ".join(found.message for found in diagnose(specs / "spec.yaml"))


def test_a_link_to_a_spec_is_a_spec(tmp_path: Path) -> None:
    (tmp_path / "code").symlink_to(BAD / "code")
    (tmp_path / "real.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "spec.yaml").symlink_to("real.yaml")
    assert diagnose(tmp_path / "spec.yaml") == ()


def codes_in(folder: Path, pattern: str) -> set[str]:
    return {item.code for path in folder.rglob(pattern) if path.is_file() for item in expected(path.read_text("utf-8"))}


def test_every_code_is_proven() -> None:
    """In the corpus, in the corpus of partials, or in the test that the table names."""
    here = codes_in(BAD, "*.yaml") | {code for _, code, *_ in BYTES.values()} | codes_in(BAD_PARTIALS, "*.j2")
    here |= codes_in(BAD_CONFIGURATIONS, "*.toml")
    assert here <= set(RULES), "a code of the corpus does not exist"
    assert not here & set(ELSEWHERE), "proven here: leave it out of the table"
    services = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests/services").glob("test_*.py"))
    unproven = sorted(code for code in set(RULES) - here - set(ELSEWHERE) if code not in services)
    remedy = "add a test of its service, a file to tests/bad, or a seed to tests/rules/seeds.py"
    assert not unproven, f"nothing provokes {unproven}: {remedy}"
    for code, file in ELSEWHERE.items():
        assert code in (ROOT / file).read_text(encoding="utf-8"), f"{file} says nothing of {code}"
