"""`dr-compile.toml`: what it may say, and that every command gets the same from it."""

from __future__ import annotations

import json
import re
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.commands import configuration
from compiler.commands import main as compile_command
from compiler.commands.paths import CONFIGURATION, find
from compiler.commands.settings import Entry, Settings
from compiler.commands.targets import Options, target, targets
from compiler.deploy import command as deploy_command
from compiler.deploy import connected
from compiler.deploy.options import Options as DeployOptions
from compiler.diagnostics.model import Diagnostic, RejectedError
from tests import team as teams
from tests.expectations import compare, expected
from tests.team import ROOT, Team
from tests.test_hook import hook

BAD = ROOT / "tests" / "bad_configurations"
SERIES = ".".join(version("dr-compile").split(".")[:2])
OWN = ROOT / "examples" / "partials"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with specs that nobody has compiled."""
    for path in ("specs/prod.yaml", "specs/dev.yaml", "more/prod.yaml"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(teams.SPEC.format(name=Path(path).stem), encoding="utf-8")
    (tmp_path / "specs/base.yaml").write_text("base: true\n", encoding="utf-8")
    (tmp_path / "partials").mkdir()
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(text: str) -> tuple[Diagnostic, ...]:
    Path(CONFIGURATION).write_text(text, encoding="utf-8")
    with pytest.raises(RejectedError) as found:
        configuration.read(Path(CONFIGURATION))
    return found.value.diagnostics


@pytest.mark.parametrize("path", sorted(BAD.glob("*.toml")), ids=lambda path: path.stem)
def test_exactly_what_the_file_expects(path: Path, folder: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert expected(text), "the file expects nothing"
    assert compare(text, refused(text)) == []


def test_what_cannot_be_read(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    Path(CONFIGURATION).write_bytes(b'output = "caf\xe9"\n')
    with pytest.raises(RejectedError) as found:
        configuration.read(Path(CONFIGURATION))
    assert [(item.rule.code, item.span.start.column) for item in found.value.diagnostics] == [("DR140", 14)]
    Path(CONFIGURATION).unlink()
    outside = tmp_path_factory.mktemp("outside") / "secret"
    outside.write_text("password = 1\n")
    Path(CONFIGURATION).symlink_to(outside)
    with pytest.raises(RejectedError) as found:
        configuration.read(Path(CONFIGURATION))
    assert "outside of the repository" in found.value.diagnostics[0].message


def test_the_nearest_one_up_to_the_root_of_the_repository_holds(folder: Path) -> None:
    assert find(folder / "specs") is None
    (folder.parent / CONFIGURATION).write_text("", encoding="utf-8")  # of somebody else, above the repository
    try:
        assert find(folder / "specs") is None
        (folder / CONFIGURATION).write_text('output = "all"\n', encoding="utf-8")
        assert find(folder / "specs") == folder / CONFIGURATION
        (folder / "more" / CONFIGURATION).write_text('output = "mine"\n', encoding="utf-8")
        assert target(Path("more/prod.yaml"), Options()).output == Path("more/mine/prod")
        assert target(Path("specs/prod.yaml"), Options()).output == Path("all/prod")
    finally:
        (folder.parent / CONFIGURATION).unlink()


def test_paths_count_from_the_file_wherever_one_stands(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / CONFIGURATION).write_text(
        'partials = "partials"\n[[specs]]\npath = "specs/prod.yaml"\noutput = "out"\nprofile = "bank"\n'
        '[[specs]]\npath = "specs/dev.yaml"\ntags = {owner = "dev"}\n',
        encoding="utf-8",
    )
    prod, dev = targets((), Options(), Path())
    assert (prod.spec, prod.output, prod.partials) == (Path("specs/prod.yaml"), Path("out"), (Path("partials"),))
    assert (prod.profile, prod.tags, prod.findings) == ("bank", {}, ())
    assert (dev.output, dev.profile, dev.tags) == (Path("templates/dev"), None, {"owner": "dev"})
    monkeypatch.chdir("specs")
    inside = target(Path("prod.yaml"), Options())
    assert (inside.output, inside.partials) == (folder / "out", (folder / "partials",))
    assert [one.spec.name for one in targets((), Options(), Path())] == ["prod.yaml", "dev.yaml"]


def test_an_option_that_says_something_else_is_refused_with_the_line_to_write(folder: Path) -> None:
    text = '[[specs]]\npath = "specs/prod.yaml"\npartials = "partials"\n'
    (folder / CONFIGURATION).write_text(text, encoding="utf-8")
    (folder / "others").mkdir()
    spec = Path("specs/prod.yaml")
    assert target(spec, Options(partials=Path("partials/"))).partials == (Path("partials"),)
    assert target(spec, Options(output=Path("elsewhere"), writes=True)).output == Path("elsewhere")
    assert target(spec, Options(output=Path("templates/prod"))).output == Path("templates/prod")
    with pytest.raises(RejectedError) as found:
        target(spec, Options(partials=Path("others")))
    (item,) = found.value.diagnostics
    assert (item.rule.code, item.span.start.line, item.span.file) == ("DR148", 3, CONFIGURATION)
    assert item.help
    assert 'write `partials = "others"`' in item.help
    with pytest.raises(RejectedError) as found:
        target(spec, Options(output=Path("elsewhere")))
    (item,) = found.value.diagnostics
    assert item.help
    (folder / CONFIGURATION).write_text(text + item.help.split("`")[1] + "\n", encoding="utf-8")
    assert target(spec, Options(output=Path("elsewhere"))).output == Path("elsewhere"), "the remedy works"


def test_a_spec_that_is_not_named_beside_others_is_told_so(folder: Path) -> None:
    (folder / CONFIGURATION).write_text('[[specs]]\npath = "specs/prod.yaml"\n', encoding="utf-8")
    (item,) = target(Path("specs/dev.yaml"), Options()).findings
    assert (item.rule.code, item.span.file, item.labels[1].at.start.line) == ("DR149", "specs/dev.yaml", 1)
    assert item.help
    lines = item.help.split("`")[3:6:2]
    with (folder / CONFIGURATION).open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    assert target(Path("specs/dev.yaml"), Options()).findings == ()


PIECES = [
    "[", "[[", "]]", "{", "}", "=", ",", ".", '"', "'", '"""', "\n", "#", "\\", "1", "true", "1979-05-27", "inf",
    "specs", "requires", "tags", "path", "..", "/", "\0", "\u00e9", "\u202e", "[specs]\n", "[[specs]]\n",
    "specs = []\n", "= [1, 2]",
]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 9), st.sampled_from(PIECES)), min_size=1, max_size=4))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_read_or_refused_at_a_place_in_it(folder: Path, edits: list[tuple[int, int, str]]) -> None:
    text = (
        f'requires = "{SERIES}"\noutput = "out"\npartials = ["partials"]\n\n[[specs]]\npath = "specs/prod.yaml"\n'
        'profile = "bank"\ntags = {CostCenter = "4711"}\n[[specs]]\npath = "specs/dev.yaml"\noutput = "other"\n'
    )
    for begin, length, words in edits:
        at = begin % (len(text) + 1)
        text = text[:at] + words + text[at + length :]
    (folder / CONFIGURATION).write_text(text, encoding="utf-8")
    try:
        targets((), Options(), Path())
    except RejectedError as error:
        lines = text.split("\n")
        for item in error.diagnostics:
            start = item.span.start
            assert item.help or item.rule.fix
            assert start.line <= len(lines)
            assert start.column <= len(lines[start.line - 1]) + 1


# Every command gets the same


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Team:
    """A repository whose configuration says everything: own partials, other outputs, two specs and their base."""
    team = Team(tmp_path_factory.mktemp("agreement") / "team")
    team.top.mkdir()
    team.git("init", "--quiet", "--initial-branch=main")
    naming = "naming: {environment: test, suffix: a1}\n"
    team.write("specs/base.yaml", "base: true\n" + teams.SPEC.format(name="pay").replace(naming, ""))
    domain = "dns: {domain: dev.pay.example.com}\n"
    team.write(
        "specs/prod.yaml", 'extends: base.yaml\naccount: "111111111111"\nnaming: {environment: prod, suffix: a1}\n'
    )
    dev = 'extends: base.yaml\naccount: "222222222222"\nnaming: {environment: dev, suffix: a1}\n'
    team.write("specs/dev.yaml", dev + domain)
    team.write("functions/pay/app.py", teams.CODE)
    team.write("README.md", "# A team\n")
    shutil.copytree(OWN, team.top / "platform/partials")
    team.write(
        CONFIGURATION,
        f'requires = "{SERIES}"\noutput = "deploy"\npartials = "platform/partials"\n'
        '[[specs]]\npath = "specs/prod.yaml"\n[[specs]]\npath = "specs/dev.yaml"\noutput = "sandbox"\n',
    )
    done = team.run(*COMPILE, "--no-lint")
    assert done.code == 0, done.said
    team.git("add", "--all")
    team.git("commit", "--quiet", "-m", "begin")
    return team


COMPILE = (sys.executable, "-m", "compiler")
OUTPUTS = {"specs/prod.yaml": "deploy/prod", "specs/dev.yaml": "sandbox"}


@pytest.fixture
def team(seed: Team, tmp_path: Path) -> Team:
    return teams.copy(seed, tmp_path / "team")


def verdicts(team: Team, spec: str) -> dict[str, bool]:
    """Whether each command finds that the templates of a spec are what it compiles to."""
    deploys = team.run(sys.executable, "-c", DEPLOY, spec, "--plan")
    differs = team.run(*COMPILE, spec, "--diff", "--exit-code")
    assert deploys.code in (0, 1), deploys.said
    assert differs.code in (0, 4, 5), differs.said
    return {
        "--check": team.run(*COMPILE, spec, "--check").code == 0,
        "--check of all": team.run(*COMPILE, "--check").code == 0,
        "--diff": differs.code == 0,
        "hook": hook(team).code == 0,
        "dr-deploy": deploys.code == 0,
    }


DEPLOY = "import sys; from compiler.deploy.command import main; sys.exit(main())"

CHANGES = {
    "nothing": ("README.md", "", "more", True),
    "a spec": ("specs/prod.yaml", "naming:", "logs: {retention: 60d}\nnaming:", False),
    "a base": ("specs/base.yaml", "retention: 30d", "retention: 60d", False),
    "a partial": ("platform/partials/sqs/receipts.json.j2", "345600", "86400", False),
    "a template": ("deploy/prod/primary.us-east-1.json", '"RetentionInDays": 30', '"RetentionInDays": 60', False),
    "the code": ("functions/pay/app.py", "200", "201", True),
}
"""A file, what is replaced in it by what, and whether the templates of prod are still what the spec compiles to."""


@pytest.mark.parametrize("name", CHANGES)
def test_every_command_says_the_same_of_templates(name: str, team: Team) -> None:
    path, old, new, agree = CHANGES[name]
    team.replace(path, old, new)
    team.git("add", "--all")
    found = verdicts(team, "specs/prod.yaml")
    assert set(found.values()) == {agree}, found


def test_the_remedy_of_each_command_makes_all_of_them_agree(team: Team) -> None:
    """What is compiled with own partials stays so, whichever remedy is followed: no queue is lost on the way."""
    team.replace("specs/base.yaml", "retention: 30d", "retention: 60d")
    queues = sum(path.read_text().count("AWS::SQS::Queue") for path in team.top.glob("deploy/prod/*.json"))
    assert queues
    said = team.run(*COMPILE, "specs/prod.yaml", "--check").said
    assert "`dr-compile specs/prod.yaml`" in said
    said = team.run(sys.executable, "-c", DEPLOY, "specs/prod.yaml", "--plan").said
    assert "`dr-compile specs/prod.yaml`" in said
    for spec in OUTPUTS:
        assert team.run(*COMPILE, spec, "--no-lint").code == 0
    team.git("add", "--all")
    assert set(verdicts(team, "specs/prod.yaml").values()) == {True}
    after = sum(path.read_text().count("AWS::SQS::Queue") for path in team.top.glob("deploy/prod/*.json"))
    assert after == queues


def test_a_configuration_of_another_version_stops_every_command(team: Team) -> None:
    team.replace(CONFIGURATION, f'requires = "{SERIES}"', 'requires = "9.9"')
    team.git("add", "--all")
    commands = [
        (*COMPILE, "specs/prod.yaml"), (*COMPILE, "--check"), (*COMPILE, "specs/dev.yaml", "--diff"),
        (sys.executable, "-c", DEPLOY, "specs/prod.yaml", "--plan"),
        (sys.executable, "-m", "compiler.commands.hook", "--check", "README.md"),
    ]  # fmt: skip
    for command in commands:
        done = team.run(*command)
        assert (done.code, "DR144" in done.said, f"{CONFIGURATION}:1:12" in done.said) == (2, True, True), done.said


def test_an_option_cannot_make_the_hook_or_dr_deploy_disagree(team: Team) -> None:
    for done in (
        hook(team, "--output", "templates", "--spec", "specs/*.yaml"),
        hook(team, "--partials", "functions"),
        team.run(*COMPILE, "specs/prod.yaml", "--check", "--partials", "functions"),
        team.run(*COMPILE, "specs/prod.yaml", "--check", "--output", "templates"),
        team.run(sys.executable, "-c", DEPLOY, "specs/prod.yaml", "--plan", "--output", "templates"),
    ):
        assert done.code == 2, done.said


def test_the_hook_looks_at_the_configuration_as_it_is_staged(team: Team) -> None:
    team.write(CONFIGURATION, team.read(CONFIGURATION).replace('output = "sandbox"', 'output = "elsewhere"'))
    assert hook(team, CONFIGURATION).code == 0, "what is staged still agrees"
    team.git("add", CONFIGURATION)
    said = hook(team, CONFIGURATION).said
    assert "DR802" in said
    assert "elsewhere" in said
    team.git("rm", "--quiet", "--cached", CONFIGURATION)
    assert f"`{CONFIGURATION}` is in the working copy but not staged" in hook(team).said


def test_without_a_spec_all_are_compiled_and_each_format_is_one_document(team: Team) -> None:
    done = team.run(*COMPILE, "--check", "--format", "json")
    found = json.loads(done.said)
    assert {stack["spec"] for stack in found["stacks"]} == set(OUTPUTS)
    team.replace("specs/base.yaml", "retention: 30d", "retention: 60d")
    found = json.loads(team.run(*COMPILE, "--diff", "--format", "json").said)
    assert list(found["diffs"]) == list(OUTPUTS)
    found = json.loads(team.run(*COMPILE, "--check", "--format", "sarif").said)
    assert len(found["runs"]) == 1
    files = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in found["runs"][0]["results"]}
    assert {file.rpartition("/")[0] for file in files if file.endswith(".json")} == set(OUTPUTS.values())


def test_several_specs_end_with_the_worst_exit_code(team: Team) -> None:
    assert team.run(*COMPILE, "specs/base.yaml", "specs/prod.yaml", "specs/dev.yaml", "--check").code == 0
    team.replace("specs/dev.yaml", "environment: dev", "environment: DEV")
    done = team.run(*COMPILE, "--no-lint")
    assert done.code == 1
    assert "4 files written to deploy/prod" in done.said
    assert "specs/dev.yaml:3" in done.said
    assert team.run(*COMPILE, "specs/prod.yaml", "specs/none.yaml", "--check").code == 2
    assert team.run(*COMPILE, "specs/prod.yaml", "specs/dev.yaml", "-o", "x").code == 2


def test_the_profile_and_the_tags_of_the_configuration_reach_dr_deploy(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.replace(
        CONFIGURATION,
        'path = "specs/prod.yaml"\n',
        'path = "specs/prod.yaml"\nprofile = "bank"\ntags = {a = "1", b = "1"}\n',
    )
    monkeypatch.chdir(team.top)
    seen = []

    def stop(compiled: object, deployment: object, options: DeployOptions, *_: object) -> int:
        seen.append((options.profile, dict(options.tags)))
        return 0

    monkeypatch.setattr(connected, "run", stop)
    for arguments in ((), ("--profile", "mine", "--tags", "b=2"), ("--profile", "")):
        assert deploy_command.main(["specs/prod.yaml", "--yes", *arguments]) == 0
    assert seen == [("bank", {"a": "1", "b": "1"}), ("mine", {"a": "1", "b": "2"}), (None, {"a": "1", "b": "1"})]


def test_nothing_to_compile_is_a_wrong_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compile_command.main([]) == 2
    assert "no `dr-compile.toml` names one" in capsys.readouterr().err
    (folder / CONFIGURATION).write_text("", encoding="utf-8")
    assert compile_command.main([]) == 2


# Two systems in one account


@pytest.fixture(scope="module")
def seed_of_two(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return teams.start(tmp_path_factory.mktemp("neighbours") / "team", names=("pay", "lend"))


MET = {"DR880", "DR882", "DR883"}


def met(said: str) -> set[str]:
    return {code for code in (*MET, "DR881") if f"[{code}]" in said}


def test_who_looks_at_two_systems_of_one_account_is_told_what_they_share(seed_of_two: Team, tmp_path: Path) -> None:
    team = teams.copy(seed_of_two, tmp_path / "team")
    both = team.run(*COMPILE, "specs/pay.yaml", "specs/lend.yaml", "--check")
    assert (both.code, met(both.said)) == (0, MET)
    assert "--> specs/lend.yaml:3:" in both.said
    assert "::: specs/pay.yaml:3:" in both.said
    # Without a configuration one spec is one spec.
    assert met(team.run(*COMPILE, "specs/lend.yaml", "--check").said) == set()
    team.write(CONFIGURATION, '[[specs]]\npath = "specs/pay.yaml"\n[[specs]]\npath = "specs/lend.yaml"\n')
    for arguments in (("specs/lend.yaml", "--check"), ("specs/pay.yaml", "--check"), ("--check",), ("--diff",)):
        done = team.run(*COMPILE, *arguments)
        assert met(done.said) == MET, arguments
        assert done.said.count("[DR880]") == 1
        assert "--> specs/lend.yaml:3:" in done.said, "always at the second one"
    assert met(team.run(sys.executable, "-c", DEPLOY, "specs/lend.yaml", "--plan").said) == MET
    found = json.loads(team.run(*COMPILE, "specs/pay.yaml", "--check", "--format", "json").said)
    assert {item["code"] for item in found["diagnostics"]} == MET
    assert len(found["stacks"]) == 3


def test_the_hook_compares_all_specs_of_a_repository(seed_of_two: Team, tmp_path: Path) -> None:
    team = teams.copy(seed_of_two, tmp_path / "team")
    done = hook(team, "specs/pay.yaml")
    assert (done.code, met(done.said)) == (0, MET)
    assert hook(team, "README.md").said == ""
    team.replace("specs/lend.yaml", "10.20.0.0", "10.21.0.0")
    team.git("add", "--all")
    assert hook(team, "specs/lend.yaml").said.count("[DR883]") == 1


def test_the_hook_takes_the_nearest_configuration_of_each_folder(seed_of_two: Team, tmp_path: Path) -> None:
    """The one at the top names its spec; that of a team below names none, so its specs are looked for."""
    team = teams.copy(seed_of_two, tmp_path / "team")
    team.write(CONFIGURATION, '[[specs]]\npath = "specs/pay.yaml"\n')
    team.write(f"ours/{CONFIGURATION}", 'output = "built"\n')
    team.write("ours/specs/cards.yaml", teams.SPEC.format(name="cards"))
    team.write("ours/functions/cards/app.py", teams.CODE)
    team.git("add", "--all")
    done = hook(team)
    assert done.code == 1
    assert "`ours/specs/cards.yaml` compiles to" in done.said
    assert "git add --all ours/built/cards" in done.said
    assert team.run(*COMPILE, "ours/specs/cards.yaml", "--no-lint").code == 0
    team.git("add", "--all")
    done = hook(team, "specs/lend.yaml", "ours/specs/cards.yaml")
    assert done.code == 0, done.said
    assert "not checked: `specs/lend.yaml`" in done.said, "the one at the top does not name it"


def test_what_two_systems_share_can_be_accepted_at_the_second_one(seed_of_two: Team, tmp_path: Path) -> None:
    team = teams.copy(seed_of_two, tmp_path / "team")
    team.write(CONFIGURATION, '[[specs]]\npath = "specs/pay.yaml"\n[[specs]]\npath = "specs/lend.yaml"\n')
    entries = "".join(
        f"  - {{finding: {name}, reason: They are never deployed at the same time.}}\n"
        for name in (
            "shared-names",
            "DR882",
            "shared-range, at: 'regions[us-east-1]'",
            "shared-range, at: 'regions[us-west-2]'",
        )
    )
    team.write("specs/lend.yaml", team.read("specs/lend.yaml") + f"accept:\n{entries}")
    for arguments in ((), ("specs/lend.yaml",), ("specs/pay.yaml",)):
        said = team.run(*COMPILE, "--check", *arguments).said
        assert (met(said), "DR341" in said) == (set(), False), said
    (team.top / CONFIGURATION).unlink()
    assert "DR341" not in team.run(*COMPILE, "--check", "specs/lend.yaml").said, "nobody has looked"
    team.replace("specs/lend.yaml", "suffix: a1", "suffix: b1")
    said = team.run(*COMPILE, "--no-lint", "specs/pay.yaml", "specs/lend.yaml").said
    assert "there is no `shared-names` to accept" in said


def test_the_same_spec_by_two_names_is_no_neighbour_of_itself(seed_of_two: Team, tmp_path: Path) -> None:
    team = teams.copy(seed_of_two, tmp_path / "team")
    team.write(CONFIGURATION, '[[specs]]\npath = "specs/pay.yaml"\n')
    (team.top / "specs/link.yaml").symlink_to("pay.yaml")
    for spec in ("./specs/../specs/pay.yaml", str(team.top / "specs/pay.yaml"), "specs/link.yaml"):
        assert met(team.run(*COMPILE, spec, "--check").said) == set()


def test_a_copy_says_what_it_shares_before_it_asks(seed_of_two: Team) -> None:
    for option in (("--suffix", "b2"), ("--environment", "dev")):
        done = seed_of_two.run(sys.executable, "-c", DEPLOY, "specs/pay.yaml", "--plan", *option)
        assert done.code == 0
        said = done.said.split("wave 1")[0]
        assert "[DR884]" in said
        line = 1 + teams.SPEC.split("dns:")[0].count("\n")
        assert f"specs/pay.yaml:{line}:" in said
    assert "DR884" not in seed_of_two.run(sys.executable, "-c", DEPLOY, "specs/pay.yaml", "--plan").said


def test_a_copy_is_compared_with_the_other_specs_under_its_own_names(seed_of_two: Team, tmp_path: Path) -> None:
    team = teams.copy(seed_of_two, tmp_path / "team")
    team.write(CONFIGURATION, '[[specs]]\npath = "specs/lend.yaml"\n[[specs]]\npath = "specs/pay.yaml"\n')
    plan = (sys.executable, "-c", DEPLOY, "specs/pay.yaml", "--plan")
    assert met(team.run(*plan).said) == MET
    said = team.run(*plan, "--suffix", "b2").said
    assert "DR880" not in said
    team.replace("specs/lend.yaml", "suffix: a1", "suffix: b2")
    assert "DR880" not in team.run(*plan).said
    said = team.run(*plan, "--suffix", "b2").said
    assert "all names end with `-test-b2`, and so do those of `specs/lend.yaml`" in said


# The page


def test_the_page_has_every_key_and_its_example_is_read(folder: Path) -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|", page, re.MULTILINE)
    said = {(key, place) for key, places in rows for place in places.split(", ")}
    top = {(key, "top") for key in Settings.model_fields if key != "specs"}
    assert said == top | {(key, "spec") for key in Entry.model_fields}
    (example,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (folder / "platform/partials").mkdir(parents=True)
    (folder / CONFIGURATION).write_text(example, encoding="utf-8")
    found = configuration.read(Path(CONFIGURATION))
    assert [entry.profile for entry in found.says.specs] == ["bank-prod", "bank-dev"]
