"""Forms for other programs: SARIF holds against the official schema, GitHub's commands unescape to what was meant."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from compiler.commands import main
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, Rule, Severity, Span, in_order
from compiler.findings.report import Suppressed
from compiler.reading.document import load_document
from compiler.reporting import github, markdown
from compiler.reporting import sarif as sarif_format
from compiler.reporting.formats import FORMATS
from compiler.reporting.result import Result
from compiler.rules.registry import RULES
from compiler.spec.parse import parse
from tests import node
from tests.team import SPEC, Team

ROOT = Path(__file__).resolve().parent.parent


def span(file: str, line: int, column: int, end: int | None = None) -> Span:
    return Span(file, Position(line, column), Position(line, end or column))


def finding(rule: Rule, **given: Any) -> Diagnostic:
    given = {"message": "said", "labels": (Label(span("specs/a.yaml", 3, 5, 9), "here"),), **given}
    return Diagnostic(rule, **given)


WARNING = RULES["DR702"]
EVERY_KIND = (
    *(finding(rule) for rule in RULES.values()),
    finding(WARNING, lint="W3005", at=("tables", 0, "key")),
    finding(Code.DR105, labels=(Label(span("a.yaml", 2, 1, 4)), Label(span("a.yaml", 1, 1, 4), "first here"))),
    finding(Code.DR101, labels=(Label(span("/elsewhere/ä b%.yaml", 1, 1)),)),
    finding(Code.DR203, message='50% of "x",\r\nünïcode: 😀', help="write:\n  a, b"),
)


@pytest.fixture(scope="session")
def official() -> jsonschema.Draft4Validator:
    """The official schema of SARIF 2.1.0, with the one rule that its published form adds to the copy in the package."""
    folder = node.package("@microsoft/jest-sarif")
    schema = json.loads((folder / "lib/schemas/sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    schema["definitions"]["region"]["anyOf"] = [
        {"required": [one]} for one in ("startLine", "charOffset", "byteOffset")
    ]
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def sarif(*found: Diagnostic) -> Any:
    return json.loads(sarif_format.render(Result(found)))


@pytest.mark.slow
@node.needed
def test_sarif_holds_against_the_official_schema(official: jsonschema.Draft4Validator) -> None:
    assert list(official.iter_errors(sarif(*EVERY_KIND))) == []
    assert list(official.iter_errors(sarif())) == []


@pytest.mark.slow
@node.needed
def test_the_official_schema_would_notice(official: jsonschema.Draft4Validator) -> None:
    log = sarif(*EVERY_KIND)
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"] = {}
    log["runs"][0]["results"][1]["level"] = "fatal"
    log["runs"][0]["results"][2].pop("message")
    assert len(list(official.iter_errors(log))) >= 3


def test_sarif_says_what_was_found_and_where() -> None:
    found = finding(
        Code.DR105,
        message="the key `rto` occurs twice",
        labels=(Label(span("specs/a.yaml", 7, 3, 6), "again here"), Label(span("specs/a.yaml", 6, 3, 6), "first here")),
        at=("objectives", "rto"),
    )
    log = sarif(found)
    (run,) = log["runs"]
    (result,) = run["results"]
    assert (log["version"], result["ruleId"], result["ruleIndex"], result["level"]) == ("2.1.0", "DR105", 0, "error")
    assert result["message"]["text"] == "The key `rto` occurs twice. Remedy: remove one of the two keys."
    (place,) = result["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "specs/a.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 3, "endLine": 7, "endColumn": 6},
    }
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "objectives.rto"
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["region"]["startLine"] == 6
    assert related["message"]["text"] == "first here"
    (rule,) = run["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"], rule["helpUri"]) == ("DR105", "DuplicateKey", "https://yaml.org/spec/1.2.2/")


def test_every_result_points_at_its_rule() -> None:
    (run,) = sarif(*EVERY_KIND)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len(rules) == len({rule["id"] for rule in rules}) == len(RULES)
    for result in run["results"]:
        assert result["ruleId"].split("/")[0] == rules[result["ruleIndex"]]["id"]


def test_a_finding_of_cfn_lint_keeps_its_id() -> None:
    (run,) = sarif(finding(WARNING, lint="W3005"))["runs"]
    assert run["results"][0]["ruleId"] == "DR702/W3005"


def test_odd_file_names_are_valid_urls() -> None:
    (run,) = sarif(finding(Code.DR101, labels=(Label(span("sp ec/ä%.yaml", 1, 1)),)))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "sp%20ec/%C3%A4%25.yaml"
    assert place["region"] == {"startLine": 1, "startColumn": 1}


def test_fingerprints_do_not_move_with_lines_and_tell_findings_apart() -> None:
    def prints(line: int) -> list[str]:
        here = (Label(span("specs/a.yaml", line, 1, 2)),)
        found = (finding(WARNING, labels=here, at=("tables", n), lint=lint) for n in (0, 1) for lint in ("W1", "W2"))
        return [item["partialFingerprints"]["finding/v1"] for item in sarif(*found)["runs"][0]["results"]]

    assert prints(1) == prints(50)
    assert len(set(prints(1))) == 4


def test_what_the_spec_accepts_is_suppressed_with_its_reason() -> None:
    text = SPEC.format(name="pay") + "accept: [{finding: W3005, reason: minutes of May, expires: 2099-01-31}]\n"
    (entry,) = parse(load_document(text, "a.yaml")).accept
    suppressed = Suppressed(finding(WARNING, lint="W3005"), entry, span("a.yaml", 9, 1, 2))
    (run,) = json.loads(sarif_format.render(Result((), (suppressed,))))["runs"]
    (result,) = run["results"]
    assert result["suppressions"] == [{"kind": "inSource", "justification": "minutes of May (until 2099-01-31)"}]


# GitHub's annotations, read back as the runner reads them


def unescaped(text: str, *more: tuple[str, str]) -> str:
    for escape, character in (*more, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Command, properties and message of each line, by the runner's own rules."""
    read = []
    for line in text.split("\n"):
        assert line.startswith("::")
        head, _, data = line[2:].partition("::")
        command, _, pairs = head.partition(" ")
        properties = dict(pair.split("=", 1) for pair in pairs.split(","))
        more = (("%3A", ":"), ("%2C", ","))
        read.append((command, {k: unescaped(v, *more) for k, v in properties.items()}, unescaped(data)))
    return read


def test_annotations_read_back_as_what_was_found() -> None:
    read = commands(github.render(Result(EVERY_KIND)))
    assert len(read) == len(in_order(EVERY_KIND))
    words = [message for _, _, message in read]
    assert '50% of "x",\r\nünïcode: 😀\nwrite:\n  a, b' in words
    files = {properties["file"] for _, properties, _ in read}
    assert "/elsewhere/ä b%.yaml" in files


def test_an_annotation_marks_the_columns_and_names_the_rule() -> None:
    ((command, properties, _),) = commands(github.render(Result((finding(WARNING, lint="W3005"),))))
    assert command == "warning"
    assert properties == {
        "file": "specs/a.yaml", "line": "3", "endLine": "3", "col": "5", "endColumn": "8",
        "title": "DR702 cfn-lint-warning (W3005)",
    }  # fmt: skip


def test_annotations_begin_with_the_errors() -> None:
    kinds = [command for command, _, _ in commands(github.render(Result(EVERY_KIND)))]
    assert kinds == sorted(kinds, key=["error", "warning", "notice"].index)
    assert {rule.severity for rule in RULES.values()} >= {Severity.ERROR, Severity.WARNING}


# Markdown, read as GitHub reads a table


def test_a_comment_has_a_row_for_each_finding_and_counts_them() -> None:
    title, _, head, bars, *rows = markdown.render(Result(EVERY_KIND)).split("\n")
    assert title.startswith("**dr-compile: ")
    assert " errors, " in title
    assert len(rows) == len(in_order(EVERY_KIND))
    assert {len(re.split(r"(?<!\\)\|", row)) for row in (head, bars, *rows)} == {6}
    assert markdown.render(Result(())) == "**dr-compile: no findings**"


def test_nothing_in_a_comment_is_markup_but_code() -> None:
    found = finding(Code.DR203, message="`a|b` is <b>not</b> @team's [x](y) | `c", help="write *this*\n")
    (row,) = markdown.render(Result((found,))).split("\n")[4:]
    assert "`a\\|b` is &#60;b&#62;not&#60;/b&#62; &#64;team's &#91;x&#93;(y) \\| &#96;c" in row
    assert "&#42;this&#42;\\n" in row or "&#42;this&#42;&#92;n" in row


# The command


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main.main(arguments)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    team = Team(tmp_path)
    team.write("specs/pay.yaml", SPEC.format(name="pay"))
    team.write("functions/pay/app.py", "def handler(event, context):\n    return {}\n")
    monkeypatch.chdir(tmp_path)
    return team


@pytest.mark.parametrize("form", FORMATS)
def test_the_form_changes_no_exit_code(project: Team, form: str) -> None:
    assert run("specs/pay.yaml", "--no-lint", "--format", form)[0] == 0
    assert run("specs/pay.yaml", "--check", "--format", form)[0] == 0
    project.replace("specs/pay.yaml", "30d", "60d")
    assert run("specs/pay.yaml", "--check", "--format", form)[0] == 1
    project.replace("specs/pay.yaml", "rto: 15m", "rto: 15")
    assert run("specs/pay.yaml", "--no-lint", "--format", form)[0] == 1
    assert run("specs/none.yaml", "--no-lint", "--format", form)[0] == 2


def test_sarif_of_a_run_is_one_log_on_stdout(project: Team) -> None:
    code, out, err = run("specs/pay.yaml", "--check", "--format", "sarif")
    results = json.loads(out)["runs"][0]["results"]
    assert (code, err) == (1, "")
    assert {result["ruleId"] for result in results} == {"DR802"}
    code, out, err = run("specs/pay.yaml", "--no-lint", "--format", "sarif")
    assert (code, err, json.loads(out)["runs"][0]["results"]) == (0, "", [])


def test_annotations_of_a_run_are_on_stdout_and_nothing_else_is(project: Team) -> None:
    project.replace("specs/pay.yaml", "rto: 15m", "rto: 15")
    code, out, err = run("specs/pay.yaml", "--check", "--format", "github")
    ((command, properties, message),) = commands(out.rstrip("\n"))
    assert (code, err, command) == (1, "", "error")
    assert (properties["file"], properties["line"], properties["col"]) == ("specs/pay.yaml", "4", "19")
    assert message.startswith("`15` has no unit")
    project.replace("specs/pay.yaml", "rto: 15,", "rto: 15m,")
    assert run("specs/pay.yaml", "--no-lint", "--format", "github") == (0, "", "")
