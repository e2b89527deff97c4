"""`--diff` as people run it: against the folder, against revisions of git, with what is missing or broken there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compiler.commands import main
from compiler.reporting import markdown
from tests.team import Team, copy, start

SPEC, FOLDER = "specs/pay.yaml", "templates/pay"
RETENTION = ("retention: 30d", "retention: 7d")
ROTATION = ("rotation: 365d", "rotation: 180d")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return start(tmp_path_factory.mktemp("team") / "repository")


@pytest.fixture
def team(begun: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    """A team's repository, in which the test stands."""
    made = copy(begun, tmp_path / "here")
    monkeypatch.chdir(made.top)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "120")
    return made


Run = Callable[..., tuple[int, str, str]]
Edit = tuple[str, str]
"""A text of a file and what replaces it; an empty one is the whole file."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process: exit code, stdout and stderr."""

    def called(*arguments: str) -> tuple[int, str, str]:
        code = main.main([SPEC, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


def changes(value: Any, stack: str) -> dict[str, Any]:
    (found,) = (item for item in value["diff"]["stacks"] if item["stack"] == stack)
    return {change["id"]: change for change in found["changes"]}


def test_nothing_changed(team: Team, run: Run) -> None:
    assert run("--diff") == (0, f"Nothing that is deployed changes, compared with {FOLDER}.\n", "")


def test_a_change_against_the_folder_writes_nothing(team: Team, run: Run) -> None:
    team.replace(SPEC, *RETENTION)
    code, out, err = run("--diff")
    assert (code, err) == (0, "")
    assert "FunctionWorkerLogs" in out
    assert "RetentionInDays: 30 -> 7" in out
    assert "DATA LOST" in out
    assert "by logs.retention: 30d -> 7d (specs/pay.yaml:22)" in out
    assert team.git("status", "--porcelain").split() == ["M", SPEC]


def test_a_folder_with_nothing_in_it_yet(team: Team, run: Run) -> None:
    code, out, _ = run("--diff", "--output", "elsewhere")
    assert code == 0
    assert "nothing is committed in elsewhere yet: everything is new" in out
    assert "a new stack, pay-primary-test-a1, with" in out
    assert not (team.top / "elsewhere").exists()


def test_against_a_revision(team: Team, run: Run) -> None:
    team.replace(SPEC, *RETENTION)
    team.compile("pay")
    team.git("add", "--all")
    team.git("commit", "--quiet", "-m", "shorter")
    assert run("--diff")[1].startswith("Nothing that is deployed changes")
    code, out, _ = run("--diff", "--against", "HEAD~1")
    assert code == 0
    assert f"compared with {FOLDER} at HEAD~1" in out
    assert "by logs.retention: 30d -> 7d" in out
    assert run("--diff", "--against", "main")[1].startswith("Nothing that is deployed changes")


def test_a_change_of_a_base_is_named_in_the_base(team: Team, run: Run) -> None:
    """The bases of what was committed are read at the same revision."""
    team.divide("pay")
    assert run("--diff") == (0, f"Nothing that is deployed changes, compared with {FOLDER}.\n", "")
    team.git("add", "--all")
    team.git("commit", "--quiet", "-m", "a base")
    team.replace("specs/base.yaml", *RETENTION)
    line = team.read("specs/base.yaml").split("retention")[0].count("\n") + 1
    for more in ((), ("--against", "HEAD"), ("--against", "HEAD~1")):
        out = run("--diff", *more)[1]
        assert f"by logs.retention: 30d -> 7d (specs/base.yaml:{line})" in out
    team.write(SPEC, team.read(SPEC) + "logs: null\n")
    _, out, _ = run("--diff", "--format", "json")
    (cause,) = changes(json.loads(out), "primary.us-east-1")["FunctionWorkerLogs"]["causes"]
    assert (cause["route"], cause["old"], cause["new"]) == ("logs", "{retention: 30d}", None)
    assert (cause["file"], cause["line"], cause["column"]) == (SPEC, 3, 7)


@pytest.mark.parametrize("text", ["", "base.yaml", "[1, 2]"])
def test_a_committed_spec_that_is_no_spec_names_no_causes(team: Team, run: Run, text: str) -> None:
    """As where a link to another file was committed in its place."""
    spec = team.read(SPEC)
    team.write(SPEC, text)
    team.git("commit", "--quiet", "-am", "no spec")
    team.write(SPEC, spec)
    team.replace(SPEC, *RETENTION)
    code, out, err = run("--diff")
    assert (code, err) == (0, "")
    assert "RetentionInDays: 30 -> 7" in out
    assert "by logs" not in out


def test_against_a_revision_from_a_subfolder(team: Team, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    team.replace(SPEC, *RETENTION)
    monkeypatch.chdir(team.top / "functions")
    monkeypatch.setattr("tests.diff.test_run.SPEC", "../" + SPEC)
    code, out, _ = run("--diff", "--against", "HEAD")
    assert code == 0
    assert "RetentionInDays: 30 -> 7" in out


def test_stacks_and_files_that_a_revision_does_not_share(team: Team, run: Run) -> None:
    team.replace(SPEC, "us-west-2", "us-east-2")
    code, out, _ = run("--diff", "--against", "HEAD")
    assert code == 0
    assert "secondary.us-west-2  no longer in the spec; the stack pay-secondary-test-a1 stays" in out
    assert "secondary.us-east-2  a new stack, pay-secondary-test-a1" in out


def test_a_folder_that_is_gone_is_read_from_git(team: Team, run: Run) -> None:
    team.git("rm", "--quiet", "-r", FOLDER)
    assert run("--diff", "--against", "HEAD")[1].startswith("Nothing that is deployed changes")


@pytest.mark.parametrize(
    ("revision", "code", "says"),
    [
        ("nowhere", "DR852", "git does not know the revision `nowhere`"),
        ("--all", "DR852", "git does not know the revision `--all`"),
        ("HEAD:specs", "DR852", "git does not know the revision"),
        ("", "DR852", "git does not know the revision"),
    ],
)
def test_revisions_that_are_none(team: Team, run: Run, revision: str, code: str, says: str) -> None:
    result, out, err = run("--diff", f"--against={revision}")
    assert (result, out) == (2, "")
    assert f"error[{code}]" in err
    assert says in err


def test_before_the_first_commit(team: Team, run: Run) -> None:
    team.git("checkout", "--quiet", "--orphan", "fresh")
    result, out, err = run("--diff", "--against", "HEAD")
    assert (result, out) == (2, "")
    assert "error[DR852]: git does not know the revision `HEAD`: nothing is committed yet" in err
    assert "leave `--against` out" in err
    assert run("--diff")[0] == 0


def test_a_revision_without_templates_is_that_of_a_first_pull_request(team: Team, run: Run) -> None:
    team.git("rm", "--quiet", "-r", "--cached", FOLDER)
    team.git("commit", "--quiet", "-m", "without")
    result, out, err = run("--diff", "--against", "HEAD")
    assert (result, err) == (0, "")
    assert f"nothing is committed in {FOLDER} yet: everything is new" in out
    team.git("reset", "--quiet", "--hard", "HEAD~1")
    team.git("rm", "--quiet", f"{FOLDER}/manifest.json")
    team.git("commit", "--quiet", "-m", "half")
    result, out, err = run("--diff", "--against", "HEAD")
    assert (result, out) == (2, "")
    assert "error[DR853]" in err


def test_no_repository(team: Team, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = tmp_path / "plain"
    subprocess.run(["cp", "-r", str(team.top), str(plain)], check=True)
    subprocess.run(["rm", "-rf", str(plain / ".git")], check=True)
    monkeypatch.chdir(plain)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    Team(plain).replace(SPEC, *RETENTION)
    result, _, err = run("--diff", "--against", "HEAD")
    assert result == 2
    assert "error[DR851]" in err
    # Against the folder nothing needs git; only the causes are missing, and the spec's entry stands in for them.
    result, out, err = run("--diff")
    assert (result, err) == (0, "")
    assert "requested by " in out
    assert "functions[worker]" in out
    assert "by logs.retention" not in out


def test_no_git(team: Team, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(team.top))
    result, _, err = run("--diff", "--against", "HEAD")
    assert result == 2
    assert "error[DR851]: git cannot be run" in err
    assert run("--diff")[0] == 0


@pytest.mark.parametrize(
    ("file", "change", "code", "place"),
    [
        ("manifest.json", None, "DR853", "manifest.json:1:1"),
        ("primary.us-east-1.json", None, "DR853", "primary.us-east-1.json:1:1"),
        ("primary.us-east-1.json", ('"Resources": {', '"Resources": {,'), "DR854", "primary.us-east-1.json:"),
        ("primary.us-east-1.json", ("", "[]"), "DR854", "primary.us-east-1.json:1:1"),
        ("primary.us-east-1.json", ("", "{}"), "DR854", "primary.us-east-1.json:1:1"),
        ("primary.us-east-1.json", ("", "[" * 9999), "DR854", "primary.us-east-1.json:1:1"),
        ("primary.us-east-1.json", ("", '{"Resources": {"A": {"Type": 1}}}'), "DR854", "us-east-1.json:1:1"),
        ("primary.us-east-1.json", ("", '{"Resources": {}, "Outputs": []}'), "DR854", "us-east-1.json:1:1"),
        ("manifest.json", ('"stacks": [', '"stacks": ['[:-1]), "DR854", "manifest.json:"),
        ("manifest.json", ('"manifest": 1', '"manifest": 9'), "DR854", "manifest.json:1:1"),
        ("manifest.json", ('"kind": "global"', '"kind": "moon"'), "DR854", "manifest.json:1:1"),
        ("manifest.json", ('"waves"', '"weaves"'), "DR854", "manifest.json:1:1"),
    ],
)
def test_files_that_no_compile_wrote(
    team: Team, run: Run, file: str, change: Edit | None, code: str, place: str
) -> None:
    path = f"{FOLDER}/{file}"
    if change is None:
        (team.top / path).unlink()
    elif change[0]:
        team.replace(path, *change)
    else:
        team.write(path, change[1])
    result, out, err = run("--diff")
    assert (result, out) == (2, "")
    assert f"error[{code}]" in err
    assert place in err
    # A check reports the drift, and has nothing to compare with.
    result, _, err = run("--check")
    assert result == 1
    assert code not in err


def test_windows_line_ends_and_a_byte_order_mark(team: Team, run: Run) -> None:
    path = f"{FOLDER}/primary.us-east-1.json"
    team.write(path, "\ufeff" + team.read(path).replace("\n", "\r\n"))
    assert run("--diff")[1].startswith("Nothing that is deployed changes")


def test_a_template_edited_by_hand(team: Team, run: Run) -> None:
    path = f"{FOLDER}/primary.us-east-1.json"
    team.replace(path, '"RetentionInDays": 30', '"RetentionInDays": 14')
    _, out, _ = run("--diff")
    assert "RetentionInDays: 14 -> 30" in out
    assert "no change of the spec: the compiler or a partial changed" in out


def test_a_check_that_fails_says_what_a_deployment_would_change(team: Team, run: Run) -> None:
    team.replace(SPEC, *ROTATION)
    code, out, err = run("--check")
    assert (code, out) == (1, "")
    assert "error[DR801]" in err
    assert "RotationPeriodInDays: 365 -> 180" in err
    assert err.endswith("The templates have drifted from the spec; `dr-compile specs/pay.yaml` fixes them.\n")
    code, out, err = run("--check", "--output", "else where")
    assert "`dr-compile specs/pay.yaml --output 'else where'` fixes them" in err


def test_a_check_and_a_diff_together(team: Team, run: Run) -> None:
    assert run("--check", "--diff")[0] == 0
    team.replace(SPEC, *ROTATION)
    code, out, err = run("--check", "--diff")
    assert code == 1
    assert "RotationPeriodInDays: 365 -> 180" in out
    assert "365 -> 180" not in err


def test_json(team: Team, run: Run) -> None:
    team.replace(SPEC, *RETENTION)
    code, out, err = run("--diff", "--format", "json")
    assert (code, err) == (0, "")
    value = json.loads(out)
    assert value["diff"]["from"] == FOLDER
    assert value["diff"]["summary"]["data lost"] == value["diff"]["summary"]["updated in place"]
    change = changes(value, "primary.us-east-1")["FunctionWorkerLogs"]
    assert change["action"] == "updated in place"
    assert change["data"] == "data lost"
    assert change["properties"] == [
        {"path": "RetentionInDays", "old": 30, "new": 7, "forcesReplacement": False},
    ]
    assert change["causes"] == [
        {"route": "logs.retention", "old": "30d", "new": "7d", "file": SPEC, "line": 22, "column": 8}
    ]
    assert all(remark["source"].startswith("https://") for remark in change["remarks"])
    assert value["diff"]["spec"] == {"compared": True, "changes": change["causes"], "code": [], "withoutEffect": []}


def test_json_of_a_check_that_fails(team: Team, run: Run) -> None:
    team.replace(SPEC, *RETENTION)
    code, out, _ = run("--check", "--format", "json")
    assert code == 1
    assert changes(json.loads(out), "primary.us-east-1")
    assert "diff" not in json.loads(run("--format", "json")[1])


def test_other_formats_have_no_room_for_a_diff(team: Team, run: Run) -> None:
    """They are refused where the diff is all that is asked for; a check has findings for them."""
    team.replace(SPEC, *RETENTION)
    for form in ("sarif", "github"):
        with pytest.raises(SystemExit) as ended:
            run("--diff", "--format", form)
        assert ended.value.code == 2
        assert "RetentionInDays" not in run("--check", "--format", form)[1]


def test_an_exit_code_says_whether_something_changes_and_data_is_lost(team: Team, run: Run) -> None:
    assert run("--diff", "--exit-code")[0] == 0
    team.replace(SPEC, *ROTATION)
    assert run("--diff", "--exit-code")[0] == 4
    assert run("--diff", "--exit-code", "--format", "json")[0] == 4
    assert run("--diff")[0] == 0
    team.replace(SPEC, *RETENTION)
    code, out, _ = run("--diff", "--exit-code")
    assert (code, "DATA LOST" in out) == (5, True)


def test_a_spec_with_errors_keeps_its_exit_code(team: Team, run: Run) -> None:
    team.replace(SPEC, "rto: 15m", "rto: 1s")
    assert run("--diff", "--exit-code")[0] == 1


def test_an_exit_code_goes_with_a_diff(team: Team, run: Run) -> None:
    with pytest.raises(SystemExit) as ended:
        run("--check", "--exit-code")
    assert ended.value.code == 2


def test_a_comment_has_the_dangerous_first(team: Team, run: Run) -> None:
    """Each stack can be unfolded, and what it says is what a terminal shows."""
    team.replace(SPEC, *RETENTION)
    team.replace(SPEC, *ROTATION)
    code, out, _ = run("--diff", "--format", "markdown")
    assert code == 0
    summary, first = out.index("DATA LOST"), out.index("<details>")
    assert summary < first
    assert out.count("<details>") == out.count("</details>") == out.count("<summary>")
    plain = run("--diff")[1].replace("\n", " ")
    for line in re.findall(r"(?s)```text\n(.*?)\n```", out)[0].splitlines()[:5]:
        assert " ".join(line.split())[:60] in " ".join(plain.split())


def test_a_comment_that_changes_nothing_says_so(team: Team, run: Run) -> None:
    out = run("--diff", "--format", "markdown")[1]
    assert "Nothing that is deployed changes" in out
    assert "<details>" not in out


@pytest.mark.parametrize("most", [1_100, 1_500, 1_900, 2_300, 10_000])
def test_a_comment_is_never_too_long(team: Team, run: Run, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(markdown, "MOST_BYTES", most)
    team.replace(SPEC, *RETENTION)
    team.replace(SPEC, *ROTATION)
    out = run("--diff", "--format", "markdown")[1]
    assert len(out.encode()) <= most
    assert "DATA LOST" in out
    assert out.count("<details>") == out.count("</details>")
    assert out.count("```") % 2 == 0
    assert "more lines" in out or "too long for a comment" in out or most > 2_000


def test_what_a_partial_of_the_users_makes_has_causes_too(team: Team, run: Run) -> None:
    folder = str(Path(__file__).resolve().parents[2] / "examples" / "partials")
    team.compile("pay", "--partials", folder)
    team.git("add", "--all")
    team.git("commit", "--quiet", "-m", "with a queue")
    team.replace(SPEC, "suffix: a1", "suffix: a1, tags: {owner: payments}")
    value = json.loads(run("--diff", "--format", "json", "--partials", folder)[1])
    (stack,) = (item for item in value["diff"]["stacks"] if item["stack"] == "primary.us-east-1")
    causes = {change["id"]: [cause["route"] for cause in change["causes"]] for change in stack["changes"]}
    assert causes["Receipts"] == causes["Vpc"] == ["naming.tags"]
    # Without the folder its resources leave the stack, and no line of the spec is behind that.
    value = json.loads(run("--diff", "--format", "json")[1])
    queue = changes(value, "primary.us-east-1")["Receipts"]
    assert (queue["action"], queue["data"], queue["causes"]) == ("removed", "data lost", [])


def test_a_spec_with_errors(team: Team, run: Run) -> None:
    team.replace(SPEC, "retention: 30d", "retention: 31")
    code, out, err = run("--diff")
    assert (code, out) == (1, "")
    assert "error[DR204]" in err


def test_the_old_spec_may_be_none(team: Team, run: Run) -> None:
    good = team.read(SPEC)
    for broken in ("a: [", "\u0000", ""):
        team.write(SPEC, broken)
        team.git("commit", "--quiet", "-a", "--allow-empty", "-m", "broken")
        team.write(SPEC, good.replace(*RETENTION))
        code, out, _ = run("--diff")
        assert code == 0
        assert "RetentionInDays: 30 -> 7" in out


def test_a_revision_goes_with_a_diff(team: Team, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main.main([SPEC, "--against", "HEAD"])
    assert stopped.value.code == 2
    assert "--against goes with --diff" in capsys.readouterr().err


def test_an_output_that_takes_ascii_only(team: Team) -> None:
    team.replace(SPEC, *RETENTION)
    done = subprocess.run(
        [sys.executable, "-m", "compiler", SPEC, "--diff"],
        capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "60",
                                               "PYTHONPATH": str(Path(main.__file__).parents[1])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"RetentionInDays: 30 -> 7" in done.stdout
