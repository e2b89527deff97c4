"""The command line: exit codes, what goes where, and that a failing compile leaves everything as it was."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from compiler import pipeline
from compiler.commands import main
from compiler.diagnostics.model import RejectedError
from compiler.output import emit
from compiler.reporting.console import lint_line
from compiler.rules.registry import RULES
from tests.terminal import Terminal
from tests.unprivileged import unprivileged

ROOT = Path(__file__).resolve().parents[2]
GOOD = (ROOT / "tests" / "bad_partials" / "spec.yaml").read_text(encoding="utf-8")
FILES = ["global.us-east-1.json", "manifest.json", "primary.us-east-1.json", "secondary.us-west-2.json"]


class Shop:
    """A folder with a small spec, compiled by the command in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.output = folder / "templates" / "shop"
        self.capsys = capsys
        (folder / "specs").mkdir()
        shutil.copytree(ROOT / "tests" / "bad_partials" / "code", folder / "specs" / "code")
        self.write(GOOD)

    def write(self, text: str) -> None:
        (self.folder / "specs" / "shop.yaml").write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, and what was written to stdout and stderr."""
        self.capsys.readouterr()
        try:
            code = main.main(arguments)
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        out, err = self.capsys.readouterr()
        return code, out, err

    def compile(self, *arguments: str) -> tuple[int, str, str]:
        return self.run("specs/shop.yaml", "--no-lint", *arguments)

    def written(self) -> dict[str, tuple[bytes, int]]:
        """Content and time of every file of the output folder."""
        return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(self.output.iterdir())}


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.chdir(tmp_path)
    return Shop(tmp_path, capsys)


# What it does when all is well


def test_a_compile_writes_beside_the_folder_of_specs(shop: Shop) -> None:
    code, out, err = shop.compile()
    assert (code, err) == (0, "")
    assert out.startswith("4 files written to templates/shop\n  global.us-east-1.json ")
    assert sorted(shop.written()) == FILES
    assert {stat.S_IMODE(path.stat().st_mode) for path in shop.output.iterdir()} == {0o644}


def test_the_folder_does_not_depend_on_where_one_stands(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert shop.run(str(shop.folder / "specs" / "shop.yaml"), "--no-lint")[0] == 0
    assert sorted(shop.written()) == FILES
    (shop.folder / "shop.yaml").write_text(GOOD.replace("source: code", "source: specs/code"), encoding="utf-8")
    shutil.rmtree(shop.output)
    assert shop.run(str(shop.folder / "shop.yaml"), "--no-lint")[0] == 0
    assert sorted(shop.written()) == FILES


def test_another_folder(shop: Shop) -> None:
    assert shop.compile("-o", "a/b")[0] == 0
    assert sorted(path.name for path in (shop.folder / "a" / "b").iterdir()) == FILES
    assert not shop.output.exists()


def test_a_second_compile_touches_nothing(shop: Shop) -> None:
    shop.compile()
    before = shop.written()
    assert shop.compile()[0] == 0
    assert shop.written() == before


def test_only_what_changed_is_written(shop: Shop) -> None:
    shop.compile()
    before = shop.written()
    shop.write(GOOD.replace("tx.example.com", "ty.example.com"))
    shop.compile()
    after = shop.written()
    assert [name for name in FILES if before[name] == after[name]] == ["manifest.json"]
    shop.write(GOOD.replace("tx.example.com", "ty.example.com") + "# a comment\n")
    shop.compile()
    assert shop.written() == after


# Exit codes


def test_errors_of_the_spec(shop: Shop) -> None:
    shop.write(GOOD.replace("rto: 15m", "rto: 15"))
    code, out, err = shop.compile()
    assert (code, out) == (1, "")
    assert err.startswith("error[DR204]: `15` has no unit\n --> specs/shop.yaml:5:19\n")
    assert err.endswith("\n1 error\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "the spec is missing, and no `dr-compile.toml` names one: dr-compile SPEC"),
        (("specs/shop.yaml", "--chekc"), "unrecognized arguments: --chekc"),
        (("specs/shop.yaml", "--che"), "unrecognized arguments: --che"),
        (("specs/shop.yaml", "--format", "xml"), "invalid choice: 'xml'"),
        (("specs/shop.yaml", "-o"), "expected one argument"),
        (("specs/none.yaml",), "error[DR101]: `specs/none.yaml` does not exist"),
        (("specs",), "error[DR101]: `specs` is a folder, not a file"),
        (("specs",), "= help: name the file, such as `specs/shop.yaml`"),
        (("",), "error[DR101]: `.` is a folder, not a file"),
        (("specs/shop.yaml", "--partials", "none"), "error[DR507]: the folder of partials `none` does not exist"),
        (("specs/shop.yaml", "--partials", "specs/shop.yaml"), "is not a folder"),
        (("--explain", "DR999"), "there is no code `DR999`"),
        (("--explain", "dr20"), "did you mean `DR20"),
    ],
)
def test_wrong_command_lines_and_unreadable_files(arguments: tuple[str, ...], said: str, shop: Shop) -> None:
    code, out, err = shop.run(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert not shop.output.exists()


def test_a_fault_of_ours(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """DR901: the code, the traceback, and what to do with them."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("fünf")

    monkeypatch.setattr(pipeline, "compile_document", fail)
    code, out, err = shop.compile()
    assert (code, out) == (3, "")
    assert err.startswith(
        "error[DR901]: dr-compile has a fault; nothing was written after it happened\nplease report it"
    )
    assert "ZeroDivisionError: fünf" in err
    assert not shop.output.exists()


def test_an_interrupt(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "compile_document", interrupt)
    assert shop.compile() == (130, "", "")


# --check


def test_check(shop: Shop) -> None:
    shop.compile()
    before = shop.written()
    code, out, err = shop.compile("--check")
    assert (code, err) == (0, "")
    assert out.startswith("4 files match templates/shop\n")
    assert shop.written() == before


def test_check_finds_what_is_stale_missing_and_left_over(shop: Shop) -> None:
    """One drift is one finding, files of others are another one, and nothing is mended."""
    shop.compile()
    stale = shop.output / "primary.us-east-1.json"
    lines = stale.read_text(encoding="ascii").split("\n")
    lines[7] += " "
    stale.write_text("\n".join(lines), encoding="ascii")
    (shop.output / "global.us-east-1.json").unlink()
    (shop.output / "replica.eu-west-1.json").write_text("{}", encoding="ascii")
    before = shop.written()
    code, out, err = shop.compile("--check")
    assert (code, out) == (1, "")
    assert (
        "error[DR801]: `templates/shop` is not what the spec compiles to: `primary.us-east-1.json` differs; "
        "`global.us-east-1.json` is missing\n"
    ) in err
    assert "= help: run `dr-compile specs/shop.yaml` and commit its output" in err
    assert "--> templates/shop/primary.us-east-1.json:8:1" in err
    assert "error[DR803]: `replica.eu-west-1.json` is not a file of this topology" in err
    assert "`dr-compile specs/shop.yaml` fixes them" in err
    assert shop.written() == before


def test_check_without_a_folder(shop: Shop) -> None:
    code, _, err = shop.compile("--check")
    assert code == 1
    assert err.count("error[") == err.count("error[DR802]") == 1
    assert err.count("\n") <= 24, "at most a screen"
    assert not shop.output.exists()


def test_check_of_a_spec_with_errors(shop: Shop) -> None:
    shop.compile()
    shop.write(GOOD.replace("rto: 15m", "rto: 15"))
    code, _, err = shop.compile("--check")
    assert code == 1
    assert "DR204" in err
    assert "drifted" not in err


# --format json


def test_json(shop: Shop) -> None:
    code, out, err = shop.compile("--format", "json")
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert said["diagnostics"] == []
    assert [(one["stack"], one["region"], one["template"]) for one in said["stacks"]] == [
        ("global.us-east-1", "us-east-1", "global.us-east-1.json"),
        ("primary.us-east-1", "us-east-1", "primary.us-east-1.json"),
        ("secondary.us-west-2", "us-west-2", "secondary.us-west-2.json"),
    ]
    assert all(one["resources"] > 10 for one in said["stacks"])


def test_programs_are_told_what_the_spec_accepts_and_why(shop: Shop) -> None:
    entry = "accept: [{finding: rpo-watched, reason: minutes of May, expires: 2099-01-31}]\n"
    shop.write(GOOD.replace(GOOD.splitlines(keepends=True)[-1], entry).replace("rpo: 1h", "rpo: 5m"))
    code, out, err = shop.compile("--format", "json")
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert said["diagnostics"] == []
    (one,) = said["accepted"]
    assert (one["code"], one["severity"], one["file"]) == ("DR325", "info", "specs/shop.yaml")
    line = GOOD.count("\n")
    assert one["acceptance"] == {
        "file": "specs/shop.yaml", "line": line, "column": 10, "reason": "minutes of May", "expires": "2099-01-31",
    }  # fmt: skip
    assert one["line"] != line, "the finding stays where it is, the acceptance has a place of its own"
    code, out, err = shop.compile("--format", "sarif")
    (result,) = json.loads(out)["runs"][0]["results"]
    assert (code, err, result["ruleId"]) == (0, "", "DR325")
    assert result["suppressions"] == [{"kind": "inSource", "justification": "minutes of May (until 2099-01-31)"}]


def test_json_of_errors(shop: Shop) -> None:
    shop.write(GOOD.replace("rto: 15m", "rto: 15").replace("name: files", 'name: "日本"'))
    code, out, err = shop.compile("--format", "json")
    assert (code, err) == (1, "")
    said = json.loads(out)
    assert said["stacks"] == []
    assert [(one["code"], one["file"], one["line"], one["column"]) for one in said["diagnostics"]] == [
        ("DR204", "specs/shop.yaml", 5, 19),
        ("DR206", "specs/shop.yaml", 12, 12),
    ]
    for one in said["diagnostics"]:
        assert {"code", "severity", "message", "file", "line", "column", "help"} <= set(one)
        assert one["severity"] == "error"
        assert one["help"]


def test_json_of_drift_and_of_an_unreadable_file(shop: Shop) -> None:
    code, out, _ = shop.compile("--check", "--format", "json")
    assert code == 1
    assert {one["code"] for one in json.loads(out)["diagnostics"]} == {"DR802"}
    code, out, _ = shop.run("none.yaml", "--format", "json")
    assert code == 2
    assert [one["code"] for one in json.loads(out)["diagnostics"]] == ["DR101"]


# --explain, --version, --help


@pytest.mark.parametrize("code", RULES)
def test_every_code_is_explained(code: str, shop: Shop) -> None:
    result, out, err = shop.run("--explain", code.lower())
    assert (result, err) == (0, "")
    rule = RULES[code]
    assert out.startswith(f"{code} ({rule.slug}, ")
    assert rule.why in out
    assert rule.fix in out
    assert rule.source is None or rule.source in out


def test_objectives_begin_with_a_verdict_for_each_and_hide_their_sources(shop: Shop) -> None:
    code, out, err = shop.run("specs/shop.yaml", "--explain", "objectives")
    assert (code, err) == (0, "")
    table, *rest = out.split("\n\n")
    first, head, *rows = table.splitlines()
    assert (first, head.split()) == ("Verdicts", ["allowed", "worst", "verdict"])
    titles = ("Recovery time", "table things", "bucket files", "logs", "Latency", "until the standby holds",
              "until clients are back", "Capacity that is used most")  # fmt: skip
    assert len(rows) == len(titles)
    assert all(title in row for title, row in zip(titles, rows, strict=True))
    assert "Capacity in us-east-1 and us-west-2" in out, "regions that are alike are told once"
    assert "https://" not in out
    assert "https://docs.aws.amazon.com" in shop.run("specs/shop.yaml", "--explain", "objectives", "--sources")[1]
    assert rest


def test_objectives_are_explained_for_programs(shop: Shop) -> None:
    shop.compile()
    code, out, err = shop.run("specs/shop.yaml", "--explain", "objectives", "--format", "json")
    assert (code, err) == (0, "")
    told, held = json.loads(out), json.loads((shop.output / "manifest.json").read_text())["objectives"]
    # What is left after a bad write is no figure of the deployment.
    assert told.pop("remains")
    assert told["facts"].items() >= held["facts"].items()
    assert {**told, "facts": held["facts"]} == held


# A finding has several names: that of its code, and its own. `accept` takes each of them.


@pytest.mark.parametrize("name", ["DR326", "dr326", "signature-region", "W3005", "E3034"])
def test_a_finding_is_explained_by_each_of_its_names(shop: Shop, name: str) -> None:
    code, out, err = shop.run("--explain", name)
    assert (code, err) == (0, "")
    assert out.startswith("DR326 (signature-region" if name[0] not in "WE" else name)


@pytest.mark.parametrize(
    ("subject", "close"), [("Objectives", "objectives"), ("cost", "costs"), ("rpo-watch", "rpo-watched")]
)
def test_a_subject_that_is_nearly_right(shop: Shop, subject: str, close: str) -> None:
    code, out, err = shop.run("specs/shop.yaml", "--explain", subject)
    assert (code, out) == (1, "")
    assert f"did you mean `{close}`?" in err


def test_a_finding_of_a_spec_is_explained_whether_it_is_accepted_or_not(shop: Shop) -> None:
    for text in (GOOD, GOOD[: GOOD.index("accept:")]):
        shop.write(text)
        for name in ("rpo-watched", "DR325"):
            code, out, err = shop.run("specs/shop.yaml", "--explain", name)
            assert (code, err) == (0, "")
            assert out.startswith("rpo-watched: ")
            assert "specs/shop.yaml:" in out
            assert "DR325 (" in out
    code, out, err = shop.run("specs/shop.yaml", "--explain", "DR326")
    assert (code, err) == (0, "note: specs/shop.yaml has no such finding\n")
    assert out.startswith("DR326 (")
    shop.write(GOOD.replace("auth: none", "auth: iam"))
    code, out, _ = shop.run("specs/shop.yaml", "--explain", "auth-iam-regional")
    assert (code, out.partition(":")[0]) == (0, "auth-iam-regional"), "also where it stops the compile"
    assert "`finding: auth-iam-regional`" in out
    code, _, err = shop.run("specs/shop.yaml", "--explain", "rpo-watch")
    assert code == 1
    assert "error[DR326]" in err


def test_json_has_the_name_that_accept_takes(shop: Shop) -> None:
    shop.write(GOOD[: GOOD.index("accept:")])
    _, out, _ = shop.compile("--format", "json")
    assert [item["id"] for item in json.loads(out)["diagnostics"]] == ["rpo-watched"]


# --quiet and --strict

WARNS = GOOD.replace("can wait}", "can wait}, {finding: rpo-nothing, reason: there is none}")
"""The spec with an entry that accepts nothing, which is a warning (DR341)."""


@pytest.mark.parametrize("text", [GOOD, WARNS])
def test_quiet_says_nothing_where_all_is_well(shop: Shop, text: str) -> None:
    shop.write(text)
    assert shop.compile("--quiet") == (0, "", "")
    assert shop.compile("-q", "--check") == (0, "", "")
    assert shop.compile("--quiet", "--diff", "--exit-code") == (0, "", "")


def test_quiet_leaves_errors_and_drift(shop: Shop) -> None:
    assert shop.compile("--quiet") == (0, "", "")
    shop.write(GOOD.replace("memory: 128MB", "memory: 256MB"))
    code, out, err = shop.compile("--quiet", "--check")
    assert (code, out) == (1, "")
    assert "error[DR801]" in err
    assert "drifted" in err
    assert shop.compile("--quiet", "--diff", "--exit-code") == (4, "", ""), "the exit code says it"
    shop.write(GOOD.replace("rto: 15m", "rto: 15"))
    code, out, err = shop.compile("--quiet")
    assert (code, out) == (1, "")
    assert "error[DR204]" in err


@pytest.mark.parametrize("more", [(), ("--check",), ("--diff",), ("--format", "json"), ("--quiet",)])
def test_strict_takes_a_warning_for_an_error(shop: Shop, more: tuple[str, ...]) -> None:
    assert shop.compile("--strict")[0] == 0, "a note is no warning"
    before = shop.written()
    shop.write(WARNS.replace("rto: 15m", "rto: 14m"))
    code, out, err = shop.compile("--strict", *more)
    assert code == 1
    assert "DR341" in out + err
    assert ("nothing was written" in err) == ("json" not in more)
    assert shop.written() == before
    assert shop.compile(*more)[0] == (1 if "--check" in more else 0), "without it, a warning stops nothing"


def test_strict_counts_what_is_said_of_other_specs(shop: Shop) -> None:
    other = GOOD.replace("tx.example.com", "two.example.com")
    (shop.folder / "specs" / "other.yaml").write_text(other)
    (shop.folder / "dr-compile.toml").write_text(
        '[[specs]]\npath = "specs/other.yaml"\n[[specs]]\npath = "specs/shop.yaml"\n'
    )
    assert shop.compile()[0] == 0
    assert shop.compile("--strict")[0] == 1
    assert shop.run("specs/other.yaml", "--no-lint", "--strict")[0] == 1, "also where the other spec is not compiled"


def test_costs_are_explained_for_people_and_for_programs(shop: Shop) -> None:
    code, out, err = shop.run("specs/shop.yaml", "--explain", "costs")
    assert (code, err) == (0, "")
    assert out.startswith("US dollars a month at AWS's list prices of us-east-1: idle, and at 10/s day and night\n")
    for words in ("DynamoDB in us-west-2", "items of things: 10/s x 1 x (1KB + 148B)", "Not counted", "Prices"):
        assert words in out
    code, out, err = shop.run("specs/shop.yaml", "--explain", "costs", "--format", "json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["total"]["idle"] == pytest.approx(sum(line["dollars"]["idle"] for line in told["lines"]), rel=1e-4)
    assert {line["price"] for line in told["lines"]} == set(told["facts"])
    assert [each["days"] for each in told["growth"] if each["id"] == "table.things"] == [30]


def test_version_and_help(shop: Shop) -> None:
    code, out, _ = shop.run("--version")
    assert code == 0
    assert out.startswith("dr-compile ")
    code, out, _ = shop.run("--help")
    assert code == 0
    for option in ("--output", "--check", "--diff", "--no-lint", "--format", "--partials", "--explain", "--version"):
        assert option in out


# Writing


def test_a_failing_compile_leaves_the_output_as_it_was(shop: Shop) -> None:
    shop.compile()
    before = shop.written()
    shop.write(GOOD.replace("rto: 15m", "rto: 15"))
    assert shop.compile()[0] == 1
    assert shop.written() == before


def test_a_file_where_the_folder_should_be(shop: Shop) -> None:
    """DR804, before anything is changed."""
    (shop.folder / "templates").write_text("a file", encoding="ascii")
    code, out, err = shop.compile()
    assert (code, out) == (2, "")
    assert "error[DR804]: cannot write to `" in err
    assert (shop.folder / "templates").read_text(encoding="ascii") == "a file"


def test_a_folder_where_a_file_should_be(shop: Shop) -> None:
    shop.compile()
    shop.write(GOOD.replace("tx.example.com", "ty.example.com"))
    (shop.output / "manifest.json").unlink()
    (shop.output / "manifest.json").mkdir()
    before = {name: (shop.output / name).read_bytes() for name in FILES if name != "manifest.json"}
    code, _, err = shop.compile()
    assert code == 2
    assert "`manifest.json` is a folder" in err
    assert sorted(path.name for path in shop.output.iterdir()) == FILES, "a temporary file is left over"
    assert {name: (shop.output / name).read_bytes() for name in before} == before


def test_a_folder_that_may_not_be_written_to(shop: Shop) -> None:
    made = pipeline.compile_spec(shop.folder / "specs" / "shop.yaml", "shop.yaml", lint=False)
    with unprivileged() as folder:
        (folder / "out").mkdir()
        (folder / "out" / "manifest.json").write_text("{}", encoding="ascii")
        (folder / "out").chmod(0o555)
        with pytest.raises(RejectedError) as caught:
            emit.write(made.bundle, folder / "out")
        (found,) = caught.value.diagnostics
        assert found.rule.code == "DR804"
        assert found.message.endswith("Permission denied")
        assert [path.name for path in (folder / "out").iterdir()] == ["manifest.json"]


def test_a_rename_that_fails_leaves_no_temporary_file(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.compile()
    shop.write(GOOD.replace("tx.example.com", "ty.example.com"))
    real = Path.replace

    def fail(path: Path, target: Path) -> Path:
        if target.name == "primary.us-east-1.json":
            raise OSError(5, "Input/output error")
        return real(path, target)

    monkeypatch.setattr(Path, "replace", fail)
    code, _, err = shop.compile()
    assert code == 2
    assert "Input/output error" in err
    assert sorted(shop.written()) == FILES
    monkeypatch.undo()
    monkeypatch.chdir(shop.folder)
    assert shop.compile()[0] == 0
    assert shop.compile("--check")[0] == 0


# Other machines


def process(*arguments: str | bytes, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command as another process, in an environment that says nothing but what is given."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "compiler", *arguments],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
        timeout=60,
    )


ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}


def test_a_terminal_that_knows_ascii_alone(shop: Shop) -> None:
    """Nothing is lost and nothing breaks: what it cannot show is written as an escape."""
    shop.write(GOOD.replace("name: files", 'name: "日本"'))
    done = process("specs/shop.yaml", "--no-lint", cwd=shop.folder, **ASCII)
    assert done.returncode == 1
    assert b"\\u65e5\\u672c" in done.stderr
    assert done.stderr.isascii()
    done = process("--explain", "DR210", cwd=shop.folder, **ASCII)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"{{resolve:\\u2026}}" in done.stdout
    done = process("specs/shop.yaml", "--no-lint", "--format", "json", cwd=shop.folder, **ASCII)
    assert "日本" in json.loads(done.stdout)["diagnostics"][0]["message"]


def test_a_file_name_that_is_no_text(shop: Shop) -> None:
    name = b"specs/\xff\n.yaml"
    for form in ("text", "json"):
        done = process(name, "--format", form, cwd=shop.folder)
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
        assert b"DR101" in (done.stdout if form == "json" else done.stderr)
    shutil.copy(shop.folder / "specs" / "shop.yaml", shop.folder / os.fsdecode(name))
    done = process(name, "--no-lint", "-o", "out", cwd=shop.folder)
    assert done.returncode == 0, done.stderr


def shell(command: str, folder: Path) -> int:
    """Exit code of a command line; `{python}` stands for the interpreter, `{gone}` for a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONUNBUFFERED", None)
    with os.fdopen(writer, "wb"):
        line = command.format(python=sys.executable, gone=writer)
        done = subprocess.run(
            ["bash", "-c", line], cwd=folder, env=environment, pass_fds=[writer],
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
    return done.returncode


CHECK = "{python} -m compiler specs/shop.yaml --check"


@pytest.mark.parametrize(
    "command",
    [
        f"{CHECK} >&{{gone}} 2>&1",
        f"{CHECK} 2>&{{gone}}",
        f"{CHECK} --format json >&{{gone}}",
        f"{CHECK} --format github >&{{gone}}",
        "{python} -m compiler specs/shop.yaml --diff >&{gone}",
        "{python} -m compiler --help >&{gone}",
        "{python} -m compiler.commands.hook --check 2>&{gone}",
    ],
)
def test_a_reader_that_goes_away_never_makes_a_finding_fine(shop: Shop, command: str) -> None:
    """`dr-compile … | head -1` ends quietly, with the code of a program that SIGPIPE ended."""
    shop.compile()
    shop.write(GOOD.replace("tx.example.com", "ty.example.com"))
    subprocess.run(["git", "init", "-q"], cwd=shop.folder, check=True)
    subprocess.run(["git", "add", "--all"], cwd=shop.folder, check=True)
    assert shell(command, shop.folder) == 141


@pytest.mark.parametrize("closed", ["2>&-", "2>&- >&-", "2>&- >&- <&-", "<&-"])
def test_streams_that_were_never_open_change_no_exit_code(shop: Shop, closed: str) -> None:
    compile_shop = "{python} -m compiler specs/shop.yaml --no-lint"
    assert shell(f"{compile_shop} {closed}", shop.folder) == 0
    compiled = {name: content for name, (content, _) in shop.written().items()}
    assert shell(f"{CHECK} {closed}", shop.folder) == 0
    shop.write(GOOD.replace("tx.example.com", "ty.example.com"))
    assert shell(f"{CHECK} {closed}", shop.folder) == 1
    # Nothing that was meant for a person went into a file that was open in the stream's place.
    assert {name: content for name, (content, _) in shop.written().items()} == compiled
    shop.write(GOOD.replace("rto: 15m", "rto: 15"))
    assert shell(f"{compile_shop} {closed}", shop.folder) == 1


DEPLOYS = """
import sys
from pathlib import Path
from compiler.reporting.console import guarded, outlive_reader, say
from compiler.reporting.progress import Progress

def run(arguments):
    outlive_reader()
    progress = Progress()
    for number in range(3):
        progress.say("a wave")
        progress.stack("primary.us-east-1", f"at {number}")
        say("a warning")
        sys.stdout.write("a result")
    Path("done").touch()
    return int(arguments[0])

sys.exit(guarded(run, None, "dr-deploy"))
"""


@pytest.mark.parametrize("lost", [">&{gone} 2>&1", ">/dev/full 2>&1", ">/dev/full 2>/dev/full", "2>&- >&-"])
def test_a_command_that_outlives_its_reader_ends_with_its_own_code(tmp_path: Path, lost: str) -> None:
    (tmp_path / "deploys.py").write_text(DEPLOYS)
    for code in (0, 1):
        (tmp_path / "done").unlink(missing_ok=True)
        assert shell(f"{{python}} deploys.py {code} {lost}", tmp_path) == code
        assert (tmp_path / "done").exists()


@pytest.mark.parametrize("folder", [".", "specs", "..", "nested/repository"])
@pytest.mark.parametrize("mode", [(), ("--check",), ("--diff",)])
def test_a_folder_with_more_than_templates_is_refused(shop: Shop, folder: str, mode: tuple[str, ...]) -> None:
    """Everything that is not a template would be reported with a command that removes it: the spec, or a repository."""
    (shop.folder / "nested" / "repository" / ".git").mkdir(parents=True)
    code, out, err = shop.compile("--output", folder, *mode)
    assert (code, out) == (2, "")
    assert "error[DR152]" in err
    assert "such as `templates/shop`" in err
    assert " rm " not in err
    assert shop.compile("--output", "templates/shop", *mode)[0] == (1 if mode == ("--check",) else 0)


@pytest.mark.parametrize("option", ["--output", "--partials", "--init"])
def test_an_empty_path_is_refused(shop: Shop, option: str) -> None:
    """A variable of a script was empty; `Path("")` would be the working directory."""
    code, _, err = shop.run(*([] if option == "--init" else ["specs/shop.yaml"]), option, "")
    assert code == 2
    assert "the path is empty" in err


def test_many_strange_files_are_not_removed_by_one_command(shop: Shop) -> None:
    shop.compile()
    for number in range(40):
        (shop.output / f"{number}.txt").touch()
    code, _, err = shop.compile("--check")
    assert code == 1
    assert "and 38 other files are not files of this topology" in err
    assert "name another folder" in err
    assert "rm " not in err


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    """A limit of the system on the size of files stands for a disk or a quota that is full."""
    command = f"ulimit -f 0; exec {sys.executable} -B -m compiler --explain DR204 > {tmp_path / 'out'}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, stderr=subprocess.PIPE, check=False, timeout=60
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, b"dr-compile: the output cannot be written: File too large\n")
    # The same with stderr in the same file: there is nobody left to say it to.
    command = f"ulimit -f 0; {sys.executable} -B -m compiler --explain DR204 > {tmp_path / 'both'} 2>&1"
    assert subprocess.run(["bash", "-c", command], cwd=ROOT, check=False, timeout=60).returncode == 2


def test_colour_only_on_a_terminal(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.write(GOOD.replace("rto: 15m", "rto: 15"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for setting, painted in (("", True), ("1", False)):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("NO_COLOR", setting)
        assert main.main(["specs/shop.yaml", "--no-lint"]) == 1
        assert ("\x1b[1;31merror[DR204]" in terminal.getvalue()) is painted
    monkeypatch.undo()
    monkeypatch.chdir(shop.folder)
    assert "\x1b" not in shop.compile()[2]


@pytest.mark.parametrize("arguments", [(), ("--check",), ("--format", "json"), ("--check", "--format", "sarif")])
def test_what_needs_no_rich_does_not_load_it(arguments: tuple[str, ...], shop: Shop) -> None:
    """It takes a while to import, and most runs only write or check files."""
    shop.compile()
    lines = (
        "import sys",
        "from compiler.commands.main import main",
        f"assert main(['specs/shop.yaml', '--no-lint', *{arguments!r}]) == 0",
        "assert not {'rich', 'pygments', 'markdown_it'} & set(sys.modules)",
    )
    subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=shop.folder, check=True, timeout=60)


def test_a_line_says_what_cfn_lint_is_at_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, term, wanted in (
        (Terminal(), "xterm", "\r\x1b[Kcfn-lint: primary.us-east-1, 2 of 3\r\x1b[K"),
        (Terminal(), "dumb", ""),
        (io.StringIO(), "xterm", ""),
    ):
        monkeypatch.setenv("TERM", term)
        monkeypatch.setattr(sys, "stderr", stream)
        with lint_line() as observe:
            observe("primary.us-east-1", 2, 3)
        assert stream.getvalue() == wanted


@pytest.mark.parametrize(
    ("words", "code", "needless"),
    [
        ("--version", 0, "pydantic ruamel jinja2 rich typing importlib.metadata"),
        ("--help", 0, "pydantic ruamel jinja2 rich typing importlib.metadata"),
        ("torn.yaml", 1, "pydantic jinja2 rich compiler.pipeline compiler.services compiler.rules"),
    ],
)
def test_what_a_short_command_loads(words: str, code: int, needless: str, tmp_path: Path) -> None:
    """The libraries take ten times as long to import as Python takes to start."""
    (tmp_path / "torn.yaml").write_text("regions: [us-east-1\n", encoding="utf-8")
    lines = (
        "import atexit, sys",
        f"atexit.register(lambda: print('loaded', *sorted({set(needless.split())!r} & set(sys.modules))))",
        "import compiler.commands.main",
        f"sys.argv = ['dr-compile', {words!r}]",
        "sys.exit(compiler.commands.main.main())",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()[-1]) == (code, "loaded"), done.stderr


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("--version --check", "--check does not go with --version"),
        ("--version SPEC", "a spec does not go with --version"),
        ("--schema SPEC", "a spec does not go with --schema"),
        ("--schema --diff", "--diff does not go with --schema"),
        ("--init x.yaml --check", "--check does not go with --init"),
        ("--init x.yaml --no-lint", "--no-lint does not go with --init"),
        ("--init x.yaml --format json", "--format does not go with --init"),
        ("SPEC --explain objectives --diff", "--diff does not go with --explain"),
        ("SPEC --explain objectives --output x", "--output does not go with --explain"),
        ("SPEC --explain objectives --format sarif", "--format goes with --explain for `objectives` and `costs` only"),
        ("--explain DR210 --format json", "--format goes with --explain for `objectives` and `costs` only"),
        ("SPEC --explain W3005", "a spec does not go with --explain W3005"),
        ("--explain DR210 --partials x", "--partials does not go with --explain DR210"),
        ("SPEC --explain objectives --partials x", "--partials does not go with --explain objectives"),
        ("SPEC --explain costs --sources", "--sources goes with --explain for `objectives` only"),
        ("SPEC --explain objectives --sources --format json", "json always has the sources"),
        ("SPEC --show --format json", "--format does not go with --show"),
        ("SPEC --check --quiet --format json", "--quiet does not go with --format json"),
        ("SPEC --diff --quiet", "--quiet goes with --diff only beside --exit-code"),
        ("--print-completion bash --check", "--check does not go with --print-completion"),
        ("SPEC --show --no-lint", "--no-lint does not go with --show"),
        ("SPEC --show --against HEAD", "--against goes with --diff, not with --show"),
        ("SPEC --diff --format sarif", "--format sarif shows no diff"),
        ("SPEC --diff --format github", "--format github shows no diff"),
        ("SPEC --check --exit-code", "--exit-code goes with --diff"),
        ("SPEC --check --name x", "--name goes with --init"),
        ("SPEC --no-cache --explain costs", "--no-cache does not go with --explain"),
    ],
)
def test_no_option_is_ignored_in_silence(shop: Shop, given: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(given.replace("SPEC", "specs/shop.yaml").split())
    assert ended.value.code == 2
    assert says in capsys.readouterr().err
    assert not (shop.folder / "x.yaml").exists()
