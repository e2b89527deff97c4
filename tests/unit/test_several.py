"""Many specs are compiled by several processes: what they say and what they read is that of one process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from compiler.commands import several
from compiler.commands.main import main
from tests.team import CODE, SPEC

COUNT = several.LEAST + 1


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Specs of a folder, all different; the third has an error, and the fifth is drifted."""
    for number in range(COUNT):
        name = f"shop{number}"
        text = SPEC.format(name=name).replace("a1", f"s{number}")
        text = text.replace("10.10.", f"10.{100 + number}.").replace("10.20.", f"10.{200 + number}.")
        text = text.replace("{rotation: 365d}", f"{{alias: alias/{name}}}")
        path = tmp_path / "specs" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        code = tmp_path / "functions" / name / "app.py"
        code.parent.mkdir(parents=True)
        code.write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(several, "cores", lambda: 2)
    return [f"specs/shop{number}.yaml" for number in range(COUNT)]


def run(words: list[str], capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main(words)
    said = capfd.readouterr()
    return code, said.out, said.err


def test_as_one_process_would_say_it(
    specs: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run([*specs, "--no-lint"], capfd)[0] == 0
    broken, drifted = Path(specs[2]), Path(specs[4])
    broken.write_text(broken.read_text(encoding="utf-8").replace("memory: 128MB", "memory: 1MB"), encoding="utf-8")
    drifted.write_text(drifted.read_text(encoding="utf-8").replace("30d", "60d"), encoding="utf-8")
    together = run([*specs, "--check"], capfd)
    monkeypatch.setattr(several, "LEAST", COUNT + 1)
    assert together == run([*specs, "--check"], capfd)
    code, out, err = together
    assert code == 1
    assert out.count("files match") == COUNT - 2
    assert f"{broken}:" in err
    assert f"`dr-compile {drifted}` fixes them" in err


def test_a_format_for_programs_is_one_document(specs: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run([*specs, "--no-lint", "--format", "json"], capfd)
    assert code == 0
    assert out.count('"diagnostics"') == 1


def test_what_the_processes_read_is_remembered(specs: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """The next run is answered from memory, and an edit of any of the specs is noticed."""
    loaded = "import sys; sys.exit(main() or 10 * ('pydantic' in sys.modules))"
    two = "from compiler.commands import several; several.cores = lambda: 2"
    command = [sys.executable, "-c", f"from compiler.commands.main import main; {two}; {loaded}", *specs, "--no-lint"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}

    def code() -> int:
        return subprocess.run(command, env=environment, check=False, capture_output=True).returncode

    assert (code(), code(), code()) == (10, 10, 0)
    for spec in (specs[0], specs[-1]):
        with Path(spec).open("a", encoding="utf-8") as file:
            file.write("# A remark.\n")
        assert (code(), code()) == (10, 0)


def test_a_fault_of_one_process_is_the_fault_of_all(
    specs: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of a test")

    monkeypatch.setattr("compiler.pipeline.compile_document", fail)
    code, _, err = run([*specs, "--no-lint"], capfd)
    assert code == 3
    assert "error[DR901]" in err
    assert "ZeroDivisionError: of a test" in err


def test_a_process_that_is_killed_ends_the_command(
    specs: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    first = os.getpid()

    def killed(*_: object, **__: object) -> None:
        assert os.getpid() != first
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr("compiler.pipeline.compile_document", killed)
    code, _, err = run([*specs, "--no-lint"], capfd)
    assert code == 3
    assert "error[DR901]" in err
