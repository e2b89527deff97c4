"""The cases of tests/golden compile to what is expected. They are few, and each has a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.commands.main import main
from tests.generated.goldens import GOLDEN, cases, expected, part, whole, why

MOST_BYTES = 1_300_000
"""Two whole cases: a serving stack has about 110 resources, those of the health API and of the latch included."""
WHOLE = [case for case in cases() if whole(case)]


@pytest.mark.parametrize("case", cases(), ids=lambda case: str(case.name))
def test_a_case_compiles_to_what_is_expected(case: Path) -> None:
    made = expected(case)
    for name, data in made.items():
        assert (case / "expected" / name).read_bytes() == data, f"run `make goldens` and read what changed in {name}"
    # A file that the spec does not produce any more is not expected either.
    assert {path.name for path in (case / "expected").iterdir()} == set(made)


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: str(case.name))
def test_the_command_finds_no_drift(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(case / "spec.yaml"), "-o", str(case / "expected"), "--check"]) == 0, capsys.readouterr().err


def test_the_command_finds_a_changed_byte(tmp_path: Path) -> None:
    case = WHOLE[0]
    for path in (case / "expected").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes().replace(b"Retain", b"Delete", 1))
    assert main([str(case / "spec.yaml"), "-o", str(tmp_path), "--check"]) == 1


def test_a_part_has_what_is_named_and_every_name_counts() -> None:
    file = {"Version": "1", "Resources": {"TableA": 1, "Bucket": 2}, "Outputs": {"Arn": 3}}
    assert part(file, ["Outputs", "Resources/Table*"]) == {"Resources": {"TableA": 1}, "Outputs": {"Arn": 3}}
    with pytest.raises(ValueError, match="Queue"):
        part(file, ["Resources/Queue*"])


def test_there_is_no_golden_without_a_case_and_no_case_without_a_reason() -> None:
    assert {path.name for path in GOLDEN.iterdir() if path.is_dir()} == {case.name for case in cases()}
    assert len(WHOLE) == 2
    assert 5 <= len(cases()) <= 8
    for case in cases():
        assert {path.name for path in case.iterdir()} - {"keep.toml"} == {"spec.yaml", "expected"}
        assert why(case).endswith(".")
    assert len({why(case) for case in cases()}) == len(cases())


def test_goldens_stay_small() -> None:
    assert sum(path.stat().st_size for path in GOLDEN.rglob("*") if path.is_file()) < MOST_BYTES
