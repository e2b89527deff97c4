"""`--init`: the starter compiles for every region, asks on a terminal, and never writes over anything."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
import types
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from compiler.aws import regions
from compiler.commands import init
from compiler.commands.paths import CONFIGURATION
from compiler.diagnostics.model import RejectedError
from compiler.pipeline import compile_spec
from compiler.reading.document import load_document
from tests.team import ROOT, Done, Team
from tools import schema

FLAGS = ("--name", "pay", "--primary", "eu-west-1", "--secondary", "eu-central-1", "--domain", "pay.example.com")


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def compile_(team: Team, *arguments: str, cwd: str = ".") -> Done:
    return team.run(sys.executable, "-m", "compiler", *arguments, cwd=cwd)


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.slow
def test_from_an_empty_folder_to_templates_that_pass_the_check(team: Team) -> None:
    done = compile_(team, "--init", ".", *FLAGS)
    assert done.code == 0, done.said
    made = files(team.top)
    code, schema_, spec = "functions/processor/app.py", "schema/dr-topology.schema.json", "specs/pay.yaml"
    assert list(made) == [CONFIGURATION, code, schema_, spec]
    done = compile_(team, "specs/pay.yaml")  # with cfn-lint
    assert done.code == 0, done.said
    assert "warning" not in done.said
    assert compile_(team, "specs/pay.yaml", "--check").code == 0


def test_the_spec_fits_the_schema_that_its_first_line_names(team: Team) -> None:
    assert compile_(team, "--init", ".", *FLAGS).code == 0
    text = team.read("specs/pay.yaml")
    first = text.split("\n", 1)[0]
    assert first == "# yaml-language-server: $schema=../schema/dr-topology.schema.json"
    named = json.loads(team.read("schema/dr-topology.schema.json"))
    assert named == schema.for_editors()
    jsonschema.Draft7Validator(named).validate(load_document(text, "pay.yaml").value)


def test_what_is_to_be_pasted_is_yaml_that_names_the_hook_and_the_spec(team: Team) -> None:
    said = compile_(team, "--init", ".", *FLAGS, "--issuer", "https://login.example.com").said
    hook, workflow = said[said.index("# .pre-commit-config.yaml") :].split("# .github/workflows/dr-compile.yml")
    hook = hook[: hook.index("# .gitattributes")]
    yaml = YAML(typ="safe", pure=True)
    (repo,) = yaml.load(hook)["repos"]
    offered = {item["id"] for item in yaml.load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert {item["id"] for item in repo["hooks"]} <= offered
    assert yaml.load(hook)["default_install_hook_types"] == ["pre-commit", "pre-merge-commit"]
    assert list(yaml.load(workflow)["on"]) == ["pull_request", "push"]
    steps = yaml.load(workflow)["jobs"]["templates"]["steps"]
    assert steps[-1]["run"] == "dr-compile --check --lint --format github"


def test_what_nobody_could_be_asked_is_said(team: Team) -> None:
    said = compile_(team, "--init", "x.yaml", "--name", "pay", "--primary", "eu-west-1").said
    assert "--secondary us-west-2 --domain pay.example.com --issuer https://login.example.com`" in said
    assert "--name" not in said.splitlines()[-1]
    flags = (
        "--primary",
        "eu-west-1",
        "--secondary",
        "eu-west-3",
        "--domain",
        "a.example.com",
        "--issuer",
        "https://a.example",
    )
    assert "nobody could be asked" not in compile_(team, "--init", "y.yaml", "--name", "two", *flags).said


def test_everything_has_a_default(team: Team) -> None:
    done = compile_(team, "--init", "specs/ledger.yaml")
    assert done.code == 0, done.said
    spec = team.read("specs/ledger.yaml")
    for words in (
        "name: ledger",
        "region: us-east-1",
        "region: us-west-2",
        "domain: ledger.example.com",
        "issuer: https://login.example.com",
    ):
        assert words in spec


def test_a_spec_outside_a_folder_specs_has_its_code_beside_it(team: Team) -> None:
    assert compile_(team, "--init", "infra/pay.yml", *FLAGS).code == 0
    assert list(files(team.top / "infra")) == [
        CONFIGURATION,
        "functions/processor/app.py",
        "pay.yml",
        "schema/dr-topology.schema.json",
    ]
    done = compile_(team, "infra/pay.yml", "--no-lint")
    assert done.code == 0, done.said


def test_nothing_is_written_over(team: Team) -> None:
    team.write("specs/pay.yaml", "mine\n")
    before = files(team.top)
    done = compile_(team, "--init", ".", *FLAGS)
    assert (done.code, done.said) == (2, "dr-compile: `specs/pay.yaml` exists; nothing was written\n")
    assert files(team.top) == before


def test_code_and_schema_that_are_there_stay(team: Team) -> None:
    team.write("functions/processor/mine.py", "def handler(event, context): ...\n")
    team.write("schema/dr-topology.schema.json", "{}\n")
    done = compile_(team, "--init", ".", *FLAGS)
    assert done.code == 0, done.said
    assert "functions/processor already existed and was not changed" in done.said
    made = files(team.top)
    assert list(made) == [
        CONFIGURATION,
        "functions/processor/mine.py",
        "schema/dr-topology.schema.json",
        "specs/pay.yaml",
    ]
    assert made["schema/dr-topology.schema.json"] == b"{}\n"


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--primary", "us-est-1"), "--primary: `us-est-1` is not an AWS region; did you mean `us-east-1`?"),
        (("--secondary", "sa-west-1"), "--secondary: the zones of `sa-west-1` are not known yet"),
        (("--primary", "cn-north-1"), "--primary: `cn-north-1` is in the partition aws-cn"),
        (("--primary", "us-east-1", "--secondary", "us-east-1"), "--secondary: `us-east-1` is the primary region"),
        (("--name", "My System"), "--name: `My System` is not allowed here"),
        (("--domain", "nodots"), "--domain: `nodots` is not allowed here"),
        (("--issuer", "http://login.example.com"), "must be a URL that begins with `https://`"),
        (("--issuer", "https://login.example.com?a=b"), "without a query and a fragment"),
        (("--domain", f"{'a' * 60}.example.com"), "has 72 characters"),
    ],
)
def test_answers_that_cannot_be_used(team: Team, flags: tuple[str, ...], says: str) -> None:
    done = compile_(team, "--init", ".", *flags)
    assert done.code == 2
    assert done.said.startswith("dr-compile: ")
    assert says in done.said
    assert files(team.top) == {}


def test_a_folder_that_cannot_be_written_is_named(team: Team) -> None:
    team.write("specs", "a file\n")
    done = compile_(team, "--init", ".", *FLAGS)
    assert done.code == 2
    assert "cannot be written" in done.said
    assert list(files(team.top)) == ["specs"]


@pytest.mark.parametrize("words", [("--init", *FLAGS), (*FLAGS, "--init")])
def test_without_a_path_it_is_the_working_directory(team: Team, words: tuple[str, ...]) -> None:
    done = compile_(team, *words)
    assert done.code == 0, done.said
    assert (team.top / "specs").is_dir()
    assert (team.top / "dr-compile.toml").is_file()


@pytest.mark.parametrize("path", ["specs", "specs/", "./infra/specs"])
def test_a_folder_of_specs_gets_the_spec_itself(team: Team, path: str) -> None:
    done = compile_(team, "--init", path, "--name", "ledger")
    assert done.code == 0, done.said
    assert (team.top / path / "ledger.yaml").is_file()
    assert (team.top / path / ".." / "functions").is_dir()


def test_the_flags_go_with_init_only(team: Team) -> None:
    done = compile_(team, "specs/pay.yaml", "--domain", "pay.example.com")
    assert done.code == 2
    assert "--domain goes with --init" in done.said


KNOWN = [name for name in regions.COMMERCIAL if regions.zone_ids(name)]
PAIRS = [(name, KNOWN[(n + 1) % len(KNOWN)]) for n, name in enumerate(KNOWN) if regions.surveyed(name)]


@pytest.mark.parametrize(("primary", "secondary"), PAIRS)
def test_every_region_can_be_begun_with(tmp_path: Path, primary: str, secondary: str) -> None:
    """It compiles without a warning, or says at once which region lacks what."""
    answers = init.Answers("pay", primary, secondary, "pay.example.com", "https://login.example.com")
    path = tmp_path / "specs/pay.yaml"
    # Resilience Hub is left out where a region lacks it.
    lacking = [
        kind for region in (primary, secondary) for kind in regions.lacking(region) if "ResilienceHub" not in kind
    ]
    if lacking:
        with pytest.raises(RejectedError) as refused:
            init.plan(path, answers)
        assert {d.rule.code for d in refused.value.diagnostics} == {"DR306"}
        return
    assert len(list(init.write(init.plan(path, answers)))) == 4
    compiled = compile_spec(path, "specs/pay.yaml", lint=False)
    assert compiled.diagnostics == ()
    both = all(regions.supports_acceleration(region) for region in (primary, secondary))
    text = path.read_text(encoding="utf-8")
    assert ("acceleration: true" in text) is both


# Next to other systems


def met(team: Team) -> str:
    """What the specs of the configuration have in common, and whether each is what it compiles to."""
    done = compile_(team, "--no-lint")
    assert done.code == 0, done.said
    return done.said


def test_systems_of_one_repository_have_nothing_in_common(team: Team) -> None:
    """Five teams in a repository, two of them with one name for their system."""
    team.git("init", "--quiet")
    for folder in ("a", "b", "c", "d"):
        assert compile_(team, "--init", folder, "--name", f"team-{folder}").code == 0
    assert compile_(team, "--init", "e/specs/e.yaml", "--name", "team-a", "--domain", "e.example.com").code == 0
    assert "warning" not in met(team)
    text = team.read(CONFIGURATION)
    assert text.count("[[specs]]") == 5
    assert 'path = "e/specs/e.yaml"' in text
    assert "alias: alias/team-a\n" in team.read("a/specs/team-a.yaml")
    assert "alias: alias/team-a-" in team.read("e/specs/e.yaml")


def test_a_name_leads_to_the_same_spec_on_every_machine(tmp_path: Path) -> None:
    made = []
    for number in (1, 2):
        team = Team(tmp_path / str(number))
        team.top.mkdir()
        assert compile_(team, "--init", ".", *FLAGS).code == 0
        made.append(files(team.top))
    assert made[0] == made[1]


def test_a_spec_beside_is_avoided_without_a_configuration(team: Team) -> None:
    assert compile_(team, "--init", ".", *FLAGS).code == 0
    first = team.read("specs/pay.yaml")
    (team.top / CONFIGURATION).unlink()
    assert compile_(team, "--init", "specs/more.yaml", *FLAGS[:-1], "more.example.com").code == 0
    team.replace(CONFIGURATION, "[[specs]]", '[[specs]]\npath = "specs/pay.yaml"\n[[specs]]')
    assert "warning" not in met(team)
    assert team.read("specs/pay.yaml") == first


def test_what_people_wrote_into_the_configuration_stays_and_the_spec_comes_after_it(team: Team) -> None:
    team.git("init", "--quiet")
    mine = '# Ours.\noutput = "deploy"   # not templates'
    team.write(CONFIGURATION, mine)
    done = compile_(team, "--init", "teams/pay", *FLAGS)
    assert done.code == 0, done.said
    assert f"added the spec to {CONFIGURATION}" in done.said
    text = team.read(CONFIGURATION)
    assert text == f'{mine}\n\n[[specs]]\npath = "teams/pay/specs/pay.yaml"\n'
    assert "written to deploy/pay" in met(team)


@pytest.mark.parametrize("mine", ['specs = [{path = "specs/other.yaml"}]\n', "output: yaml\n", 'colour = "blue"\n'])
def test_what_cannot_be_added_to_is_left_alone_and_the_lines_are_said(team: Team, mine: str) -> None:
    team.write(CONFIGURATION, mine)
    done = compile_(team, "--init", ".", *FLAGS)
    assert done.code == 0, done.said
    assert team.read(CONFIGURATION) == mine
    assert (
        f'{CONFIGURATION} could not be added to; write these lines at its end:\n\n[[specs]]\npath = "specs/pay.yaml"\n'
        in done.said
    )


def test_a_spec_that_is_named_before_it_exists_is_not_named_again(team: Team) -> None:
    text = '[[specs]]\npath = "specs/pay.yaml"\nprofile = "bank"\n'
    team.write(CONFIGURATION, text)
    assert compile_(team, "--init", ".", *FLAGS).code == 0
    assert team.read(CONFIGURATION) == text
    assert "4 files written" in met(team)


def test_a_configuration_of_another_version_is_the_end(team: Team) -> None:
    team.write(CONFIGURATION, 'requires = "9.9"\n')
    done = compile_(team, "--init", ".", *FLAGS)
    assert done.code == 2
    assert "requires 9.9" in done.said
    assert list(files(team.top)) == [CONFIGURATION]


# On a terminal


def talk(folder: Path, lines: list[str]) -> tuple[int, str]:
    """Runs `--init .` on a terminal, answers each question, and returns the exit code and what was seen."""
    parent, child = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "compiler", "--init", "."]
    process = subprocess.Popen(command, cwd=folder, stdin=child, stdout=child, stderr=child, env=environment)
    os.close(child)
    seen = b""
    answers = iter(lines)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        ready, _, _ = select.select([parent], [], [], 0.2)
        if ready:
            try:
                got = os.read(parent, 4096)
            except OSError:
                break
            if not got:
                break
            seen += got
            if got.rstrip().endswith(b"]:"):
                os.write(parent, next(answers).encode())
        elif process.poll() is not None:
            break
    os.close(parent)
    return process.wait(timeout=60), seen.decode()


def test_questions_on_a_terminal_with_a_second_try(tmp_path: Path) -> None:
    code, seen = talk(tmp_path, ["pay\n", "us-est-1\n", "us-east-1\n", "eu-west-1\n", "\n", "\n"])
    assert code == 0, seen
    assert "did you mean `us-east-1`?" in seen
    spec = (tmp_path / "specs/pay.yaml").read_text(encoding="utf-8")
    for words in (
        "name: pay",
        "region: us-east-1",
        "region: eu-west-1",
        "domain: pay.example.com",
        "issuer: https://login.example.com",
    ):
        assert words in spec


def test_the_end_of_input_writes_nothing(tmp_path: Path) -> None:
    code, seen = talk(tmp_path, ["pay\n", "\x04"])
    assert code == 2, seen
    assert files(tmp_path) == {}


# The code


class Conflict(Exception):  # noqa: N818 - stands for an exception of the SDK
    """A condition that does not hold."""


class Table:
    """What the starter uses of a DynamoDB client."""

    exceptions = types.SimpleNamespace(ConditionalCheckFailedException=Conflict)

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}
        self.broken: Exception | None = None

    def get_item(self, *, TableName: str, Key: Any, ConsistentRead: bool) -> Any:  # noqa: N803 - the SDK's names
        assert (TableName, ConsistentRead) == ("table-records-prod-a1", True)
        if self.broken:
            raise self.broken
        return {"Item": item} if (item := self.items.get(Key["id"]["S"])) else {}

    def put_item(self, *, TableName: str, Item: Any, **condition: Any) -> None:  # noqa: N803
        assert TableName == "table-records-prod-a1"
        there = self.items.get(Item["id"]["S"])
        same = "(#record = :record AND #caller = :caller)"
        assert condition["ConditionExpression"] == f"attribute_not_exists(#id) OR {same}"
        values = condition["ExpressionAttributeValues"]
        if there and (there["record"], there["caller"]) != (values[":record"], values[":caller"]):
            raise Conflict
        self.items[Item["id"]["S"]] = Item


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Table]:
    """The starter's handler and the table it talks to."""
    table = Table()
    fake = types.ModuleType("boto3")
    monkeypatch.setattr(fake, "client", lambda _, **__: table, raising=False)
    monkeypatch.setitem(sys.modules, "boto3", fake)
    kept = {"expires": "expires_at", "retention_seconds": 86_400}
    records = {"name": "table-records-prod-a1", "partition": "id", **kept}
    monkeypatch.setenv("TABLES", json.dumps({"records": records}))
    monkeypatch.setenv("PRIMARY_TABLE", "records")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("REGION_ROLE", "primary")
    monkeypatch.setenv("LOG_SAMPLE", "0.01")
    monkeypatch.setenv("HEALTH_PATH", "/health")
    module: dict[str, Any] = {}
    code = (ROOT / "compiler/commands/starter/app.py.txt").read_text(encoding="utf-8")
    exec(compile(code, "app.py", "exec"), module)  # noqa: S102 - the file under test
    return module["handler"], table


def call(
    handler: Any, route: str, body: object = None, identifier: str = "", claims: dict[str, str] | None = None
) -> tuple[int, Any]:
    context = {"authorizer": {"jwt": {"claims": claims}}} if claims else {}
    event = {
        "routeKey": route, "body": json.dumps(body), "pathParameters": {"id": identifier}, "requestContext": context
    }  # fmt: skip
    found = handler(event, None)
    return found["statusCode"], json.loads(found["body"])


def test_the_starter_answers_a_rest_api_too(service: tuple[Any, Table]) -> None:
    handler, _ = service
    event = {"httpMethod": "POST", "resource": "/records", "body": '{"id": "r"}', "requestContext": {}}
    assert handler(event, None)["statusCode"] == 201
    read = {**event, "httpMethod": "GET", "resource": "/records/{id}", "pathParameters": {"id": "r"}}
    assert json.loads(handler(read, None)["body"]) == {"id": "r"}


def test_the_starter_stores_once_and_reads_back(service: tuple[Any, Table]) -> None:
    handler, _ = service
    assert call(handler, "POST /records", {"id": "a", "n": 1})[0] == 201
    assert call(handler, "POST /records", {"n": 1, "id": "a"})[0] == 201
    assert call(handler, "POST /records", {"id": "a", "n": 2})[0] == 409
    assert call(handler, "GET /records/{id}", identifier="a") == (200, {"id": "a", "n": 1})
    assert call(handler, "GET /records/{id}", identifier="b")[0] == 404


def test_a_record_of_the_starter_expires(service: tuple[Any, Table]) -> None:
    handler, table = service
    before = int(time.time())
    assert call(handler, "POST /records", {"id": "a"})[0] == 201
    assert before + 86_400 <= int(table.items["a"]["expires_at"]["N"]) <= time.time() + 86_400


def test_a_record_of_the_starter_belongs_to_its_caller(service: tuple[Any, Table]) -> None:
    handler, _ = service
    ada, bob = ({"iss": "https://login.example.com", "sub": name} for name in ("ada", "bob"))
    assert call(handler, "POST /records", {"id": "a"}, claims=ada)[0] == 201
    assert call(handler, "POST /records", {"id": "a"}, claims=ada)[0] == 201
    assert call(handler, "POST /records", {"id": "a"}, claims=bob)[0] == 409
    assert call(handler, "GET /records/{id}", identifier="a", claims=ada) == (200, {"id": "a"})
    assert call(handler, "GET /records/{id}", identifier="a", claims=bob)[0] == 404
    assert call(handler, "GET /records/{id}", identifier="a")[0] == 404


@pytest.mark.parametrize("body", [None, [], "x", {}, {"id": 1}, {"id": ""}, {"id": "#health"}])
def test_the_starter_refuses_what_is_no_record(service: tuple[Any, Table], body: object) -> None:
    assert call(service[0], "POST /records", body)[0] == 400


def test_the_starter_answers_route_53_below_its_health_path(service: tuple[Any, Table]) -> None:
    for method in ("GET", "ANY"):
        assert call(service[0], f"{method} /health/{'0123456789abcdef' * 2}")[0] == 200


def test_the_starter_logs_what_fails_and_a_share_of_the_rest(
    service: tuple[Any, Table], capsys: pytest.CaptureFixture[str]
) -> None:
    from botocore.exceptions import EndpointConnectionError

    handler, table = service
    for kept in (0, 1):
        handler.__globals__["SAMPLE"] = kept
        call(handler, "POST /records", {"id": "a"})
        logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [(line["level"], line["status"]) for line in logged] == [("INFO", 201)] * kept
    handler.__globals__["SAMPLE"] = 0
    call(handler, "POST /records", None)
    table.broken = EndpointConnectionError(endpoint_url="x")
    call(handler, f"GET /health/{'0123456789abcdef' * 2}")
    text = capsys.readouterr().out
    logged = [json.loads(line) for line in text.splitlines()]
    assert [(line["level"], line["status"]) for line in logged] == [("WARN", 400), ("ERROR", 503)]
    assert all(datetime.fromisoformat(line["timestamp"]).tzinfo for line in logged), "Lambda reads it"
    assert "0123456789abcdef" not in text, "the token is nobody's business"


def test_the_starter_says_that_a_dead_table_is_unhealthy(service: tuple[Any, Table]) -> None:
    from botocore.exceptions import EndpointConnectionError

    handler, table = service
    assert call(handler, "GET /health") == (200, {"region": "eu-west-1", "role": "primary"})
    table.broken = EndpointConnectionError(endpoint_url="x")
    assert call(handler, "GET /health") == (503, {"error": "EndpointConnectionError"})
