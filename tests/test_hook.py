"""The pre-commit hooks in the hard cases, with the real git and the real pre-commit in repositories of another team."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests import team as teams
from tests.team import ROOT, Team

CHECK = "dr-compile-check"
WRITE = "dr-compile"
PRIMARY = "templates/pay/primary.us-east-1.json"


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One folder for all that pre-commit installs and remembers in this session."""
    return {"PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("pre-commit"))}


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory, store: dict[str, str]) -> Team:
    return teams.start(tmp_path_factory.mktemp("seed") / "one", store)


@pytest.fixture(scope="session")
def seed_of_two(tmp_path_factory: pytest.TempPathFactory, store: dict[str, str]) -> Team:
    return teams.start(tmp_path_factory.mktemp("seed") / "two", store, names=("pay", "lend"))


@pytest.fixture
def team(seed: Team, tmp_path: Path) -> Team:
    """A repository whose commits are checked."""
    made = teams.copy(seed, tmp_path / "team")
    teams.use_local(made, CHECK)
    return made


@pytest.fixture
def writing(seed: Team, tmp_path: Path) -> Team:
    """A repository whose commits compile again."""
    made = teams.copy(seed, tmp_path / "team")
    teams.use_local(made, WRITE)
    return made


def passes(team: Team, cwd: str = ".") -> str:
    done = team.commit(cwd=cwd)
    assert done.code == 0, done.said
    return done.said


def fails(team: Team, *says: str, cwd: str = ".") -> str:
    before = team.git("rev-parse", "HEAD")
    done = team.commit(cwd=cwd)
    assert done.code == 1, done.said
    assert team.git("rev-parse", "HEAD") == before
    for words in says:
        assert words in done.said
    return done.said


# What changes together


def test_a_spec_and_its_templates_pass_together(team: Team) -> None:
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.compile("pay")
    team.git("add", "--all")
    passes(team)


def test_a_spec_alone_fails_and_the_commands_it_names_mend_it(team: Team) -> None:
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.git("add", "--all")
    said = fails(team, "DR801", f"{PRIMARY}:", "dr-compile specs/pay.yaml", "git add --all templates/pay")
    # What deploying it would do, and the line of the spec that does it.
    assert "RetentionInDays: 30 -> 60" in said
    line = 1 + team.read("specs/pay.yaml").split("retention:")[0].count("\n")
    assert f"by logs.retention: 30d -> 60d (specs/pay.yaml:{line})" in said
    for words in said.splitlines():
        if words.startswith("  dr-compile "):
            team.compile(words.split()[1].removeprefix("specs/").removesuffix(".yaml"))
        elif words.startswith("  git "):
            team.git(*words.split()[1:])
    passes(team)


@pytest.mark.slow
def test_a_spec_that_does_not_compile_fails(team: Team) -> None:
    team.replace("specs/pay.yaml", "rto: 15m", "rto: 15")
    team.git("add", "--all")
    fails(team, "DR204", "specs/pay.yaml:4:", "rto: 15,")


@pytest.mark.slow
def test_the_code_of_functions_is_no_part_of_what_is_compiled(team: Team) -> None:
    """It is released, not compiled: a commit of code needs no compile, wherever the code is and whether git has it."""
    team.replace("functions/pay/app.py", "200", "201")
    team.git("add", "--all")
    passes(team)
    team.write(".gitignore", "node_modules/\n")
    team.write("functions/pay/node_modules/sdk/index.js", "x\n")
    team.git("rm", "--quiet", "functions/pay/app.py")
    team.git("add", "--all")
    passes(team)
    team.replace("specs/pay.yaml", "../functions/pay", "../build/pay.zip")
    team.git("add", "--all")
    passes(team)


# Only part of a change is staged


@pytest.mark.slow
def test_templates_compiled_but_not_staged_fail(team: Team) -> None:
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.compile("pay")
    team.git("add", "specs")
    fails(team, "DR801")
    assert '"RetentionInDays": 60' in team.read(PRIMARY)


def test_templates_staged_without_their_spec_fail(team: Team) -> None:
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.compile("pay")
    team.git("add", "templates")
    fails(team, "DR801")


@pytest.mark.slow
def test_templates_of_more_than_is_staged_fail_and_of_what_is_staged_pass(team: Team) -> None:
    whole = teams.SPEC.format(name="pay").replace("30d", "60d").replace("rotation: 365d", "rotation: 400d")
    part = teams.SPEC.format(name="pay").replace("30d", "60d")
    team.write("specs/pay.yaml", part)
    team.git("add", "specs")
    team.write("specs/pay.yaml", whole)
    team.compile("pay")
    team.git("add", "templates")
    fails(team, "DR801")
    team.write("specs/pay.yaml", part)
    team.compile("pay")
    team.git("add", "templates")
    team.write("specs/pay.yaml", whole)
    passes(team)
    assert "rotation: 400d" in team.read("specs/pay.yaml")


@pytest.mark.slow
def test_a_new_template_that_was_never_added_fails(team: Team) -> None:
    team.replace("specs/pay.yaml", "functions:", "  - {region: eu-west-1, role: replica}\nfunctions:")
    team.compile("pay")
    team.git("add", "--update")
    fails(team, "DR802", "replica.eu-west-1.json")
    team.git("add", "--all")
    passes(team)


@pytest.mark.slow
def test_git_commit_with_paths_is_judged_by_those_paths(team: Team) -> None:
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.compile("pay")
    done = team.run("git", "commit", "-m", "only the spec", "specs/pay.yaml")
    assert done.code == 1, done.said
    assert "DR801" in done.said
    done = team.run("git", "commit", "-m", "both", "specs/pay.yaml", "templates/pay")
    assert done.code == 0, done.said


# Hands in the templates


def test_a_template_edited_by_hand_fails_at_the_line(team: Team) -> None:
    team.replace(PRIMARY, '"RetentionInDays": 30', '"RetentionInDays": 31')
    line = 1 + team.read(PRIMARY)[: team.read(PRIMARY).index('"RetentionInDays": 31')].count("\n")
    team.git("add", "--all")
    fails(team, "DR801", f"{PRIMARY}:{line}:")


@pytest.mark.slow
def test_the_same_edit_by_hand_in_spec_and_template_fails_unless_it_is_what_compiles(team: Team) -> None:
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.replace(PRIMARY, '"RetentionInDays": 30', '"RetentionInDays": 60')
    team.git("add", "--all")
    fails(team, "DR801", "secondary.us-west-2.json")


def test_a_removed_template_fails_though_no_file_is_handed_over(team: Team) -> None:
    team.git("rm", "--quiet", PRIMARY)
    fails(team, "DR802", PRIMARY)


@pytest.mark.slow
def test_all_templates_removed_fails(team: Team) -> None:
    team.git("rm", "--quiet", "-r", "templates")
    fails(team, "DR802", "global.us-east-1.json")


@pytest.mark.slow
def test_a_left_over_template_fails_and_the_command_it_names_mends_it(team: Team) -> None:
    team.write("templates/pay/replica.eu-west-1.json", "{}\n")
    team.git("add", "--all")
    said = fails(team, "DR803", "replica.eu-west-1.json")
    team.git(*next(line for line in said.splitlines() if line.startswith("  git rm")).split()[1:])
    team.write("README.md", "# Changed\n")
    team.git("add", "--all")
    passes(team)


@pytest.mark.slow
def test_templates_left_by_a_removed_spec_fail(team: Team) -> None:
    team.git("rm", "--quiet", "specs/pay.yaml")
    fails(team, "DR803", "no spec compiles to `templates/pay` any more")
    team.git("rm", "--quiet", "-r", "templates/pay")
    passes(team)


@pytest.mark.slow
def test_a_renamed_spec_fails_until_its_templates_move_too(team: Team) -> None:
    team.git("mv", "specs/pay.yaml", "specs/money.yaml")
    fails(team, "DR802", "templates/money/global.us-east-1.json", "no spec compiles to `templates/pay`")
    team.git("mv", "templates/pay", "templates/money")
    passes(team)


# Several specs, partials, folders, line ends


@pytest.mark.slow
def test_of_several_specs_only_those_touched_are_compiled(seed_of_two: Team, tmp_path: Path) -> None:
    team = teams.copy(seed_of_two, tmp_path / "team")
    team.replace("templates/lend/manifest.json", '"name": "lend"', '"name": "lent"')
    team.git("commit", "--quiet", "--all", "-m", "somebody passed by the hook")
    teams.use_local(team, CHECK)
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.git("add", "--all")
    said = fails(team, "templates/pay/")
    assert "templates/lend" not in said
    team.compile("pay")
    team.git("add", "--all")
    passes(team)
    everything = team.run(sys.executable, "-m", "pre_commit", "run", "--all-files")
    assert everything.code == 1
    assert "templates/lend/manifest.json" in everything.said
    assert "templates/pay" not in everything.said


def test_a_commit_that_touches_no_spec_passes_at_once(team: Team) -> None:
    team.write("README.md", "# Changed\n")
    team.git("add", "--all")
    passes(team)


@pytest.mark.slow
def test_yaml_of_others_in_a_folder_called_specs_is_left_alone(team: Team) -> None:
    team.write("specs/openapi.yaml", "openapi: 3.1.0\ninfo: {title: Payments}\npaths: {}\n")
    team.git("add", "--all")
    passes(team)


@pytest.mark.slow
def test_specs_elsewhere_can_be_named(seed: Team, tmp_path: Path) -> None:
    team = teams.copy(seed, tmp_path / "team")
    teams.use_local(team, CHECK, "--spec", "infra/*.yaml", "--output", "infra/out")
    team.write("infra/pay.yaml", teams.SPEC.format(name="pay"))
    team.git("add", "--all")
    fails(team, "infra/out/global.us-east-1.json", "dr-compile infra/pay.yaml --output infra/out")


@pytest.mark.slow
def test_a_changed_partial_is_part_of_what_is_compiled(seed: Team, tmp_path: Path) -> None:
    team = teams.copy(seed, tmp_path / "team")
    original = (ROOT / "partials/logs/group.json.j2").read_text(encoding="utf-8")
    team.write("partials/logs/group.json.j2", original)
    teams.use_local(team, CHECK, "--partials", "partials")
    team.git("add", "--all")
    passes(team)
    team.write(
        "partials/logs/group.json.j2",
        original.replace('"Properties": {', '"Properties": {"LogGroupClass": "STANDARD",'),
    )
    team.git("add", "--all")
    fails(team, "DR801", "dr-compile specs/pay.yaml --partials partials")
    team.compile("pay", "--partials", "partials")
    team.git("add", "--all")
    passes(team)
    team.write("partials/logs/group.json.j2", "{{ nonsense }}")
    team.git("add", "--all")
    fails(team, "DR503", "partials/logs/group.json.j2:1:")


@pytest.mark.slow
def test_an_added_partial_that_is_not_staged_is_named(seed: Team, tmp_path: Path) -> None:
    team = teams.copy(seed, tmp_path / "team")
    team.write("partials/README.md", "# Ours\n")
    teams.use_local(team, CHECK, "--partials", "partials")
    team.write(
        "partials/sqs/queue.json.j2",
        '{"Resources": {"OurQueue": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": {{ key_arn }}}}}}\n',
    )
    team.compile("pay", "--partials", "partials")
    team.git("add", "templates", "partials/README.md")
    fails(team, "note: `partials/sqs/queue.json.j2`")


@pytest.mark.slow
def test_from_a_folder_below(team: Team) -> None:
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.git("add", "--all", cwd="functions/pay")
    fails(team, "DR801", PRIMARY, cwd="functions/pay")
    done = team.run(
        sys.executable, "-m", "compiler.commands.hook", "--check", "../../specs/pay.yaml", cwd="functions/pay"
    )
    assert done.code == 1
    assert PRIMARY in done.said
    team.compile("pay")
    team.git("add", "--all")
    passes(team, cwd="functions/pay")


@pytest.mark.slow
def test_windows_line_ends_are_no_drift(team: Team) -> None:
    for path in ("specs/pay.yaml", "functions/pay/app.py", PRIMARY, "templates/pay/manifest.json"):
        team.write(path, team.read(path).replace("\n", "\r\n"))
    team.git("add", "--all")
    passes(team)
    assert team.git("ls-files", "--eol", PRIMARY).startswith("i/crlf")


@pytest.mark.slow
def test_a_checkout_with_windows_line_ends_compiles_to_the_same(seed: Team, tmp_path: Path) -> None:
    first = teams.copy(seed, tmp_path / "first")
    first.write("functions/pay/data.json", '{"a": 1,\n "b": 2}\n')
    first.compile("pay")
    first.git("add", "--all")
    first.git("commit", "--quiet", "-m", "data")
    team = Team(tmp_path / "windows", seed.environment)
    first.git("clone", "--quiet", "-c", "core.autocrlf=true", str(first.top), str(team.top))
    assert "\r\n" in team.read("functions/pay/data.json")
    teams.use_local(team, CHECK)
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.compile("pay")
    team.git("add", "--all")
    passes(team)


# The hook that compiles again


@pytest.mark.slow
def test_the_writing_hook_compiles_and_the_next_commit_passes(writing: Team) -> None:
    writing.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    writing.git("add", "--all")
    fails(writing, "Compiled again", "git add --all templates/pay")
    assert '"RetentionInDays": 60' in writing.read(PRIMARY)
    writing.git("add", "--all", "templates/pay")
    passes(writing)


@pytest.mark.slow
def test_the_writing_hook_stops_a_commit_for_a_file_that_git_does_not_know_yet(writing: Team) -> None:
    # pre-commit sees only changes of tracked files, and would let this commit pass.
    writing.replace("specs/pay.yaml", "functions:", "  - {region: eu-west-1, role: replica}\nfunctions:")
    writing.compile("pay")
    writing.git("add", "--update")
    fails(writing, "DR802", "replica.eu-west-1.json")
    writing.git("add", "--all", "templates/pay")
    passes(writing)


@pytest.mark.slow
def test_the_writing_hook_puts_back_what_hands_changed(writing: Team) -> None:
    before = writing.read(PRIMARY)
    writing.replace(PRIMARY, '"RetentionInDays": 30', '"RetentionInDays": 31')
    writing.write("templates/pay/replica.eu-west-1.json", "{}\n")
    writing.git("add", "--all")
    said = fails(writing, "DR801", "DR803")
    assert writing.read(PRIMARY) == before
    for line in said.splitlines():
        if line.startswith("  git "):
            writing.git(*line.split()[1:], *(["--force"] if " rm " in line else []))
    assert writing.git("status", "--short") == ""


@pytest.mark.slow
def test_the_writing_hook_writes_nothing_for_a_spec_with_errors(writing: Team) -> None:
    before = writing.read(PRIMARY)
    writing.replace("specs/pay.yaml", "rto: 15m", "rto: 15")
    writing.git("add", "--all")
    fails(writing, "DR204")
    assert writing.read(PRIMARY) == before


def test_the_writing_hook_compiles_what_is_staged_not_what_lies_around(writing: Team) -> None:
    writing.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    writing.git("add", "--all")
    writing.replace("specs/pay.yaml", "rotation: 365d", "rotation: 400d")
    fails(writing, "Compiled again")
    assert '"RotationPeriodInDays": 365' in writing.read(PRIMARY)
    assert "rotation: 400d" in writing.read("specs/pay.yaml")


# Everything else


@pytest.mark.slow
def test_ranges_of_commits_are_checked_too(team: Team) -> None:
    team.git("rm", "--quiet", PRIMARY)
    team.git("commit", "--quiet", "--no-verify", "-m", "a template goes")
    done = team.run(sys.executable, "-m", "pre_commit", "run", "--from-ref", "HEAD~1", "--to-ref", "HEAD")
    assert done.code == 1, done.said
    assert "DR802" in done.said


@pytest.mark.slow
def test_in_a_second_work_tree(team: Team, tmp_path: Path) -> None:
    team.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    side = Team(tmp_path / "side", team.environment)
    side.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    side.git("add", "--all")
    fails(side, "DR801", PRIMARY)
    side.compile("pay")
    side.git("add", "--all")
    passes(side)


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    done = Team(tmp_path, {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}).run(
        sys.executable, "-m", "compiler.commands.hook", "--check"
    )
    assert done.code == 2
    assert "not a git repository" in done.said
    assert "Traceback" not in done.said


# A gate that checks nothing says so


def hook(team: Team, *arguments: str, **environment: str) -> teams.Done:
    """The hook by itself, as pre-commit runs it."""
    asked = Team(team.top, {**team.environment, **environment})
    return asked.run(sys.executable, "-m", "compiler.commands.hook", "--check", *arguments)


@pytest.mark.parametrize("pattern", ["infra/*.yaml", "specs/pya.yaml", "specs/*.yml", "/specs/*.yaml"])
def test_a_pattern_that_matches_nothing_is_an_error(seed: Team, pattern: str) -> None:
    for patterns in (("--spec", pattern), ("--spec", "specs/*.yaml", "--spec", pattern)):
        done = hook(seed, *patterns)
        assert done.code == 2, done.said
        assert f"error[DR878]: --spec: no staged spec matches `{pattern}`" in done.said


def test_a_pattern_may_begin_at_the_folder(seed: Team) -> None:
    assert hook(seed, "--spec", "./specs/*.yaml").code == 0


def test_a_pattern_decides_whatever_the_file_is_called(seed: Team, tmp_path: Path) -> None:
    team = teams.copy(seed, tmp_path / "team")
    team.git("mv", "specs/pay.yaml", "specs/pay.topology")
    assert hook(team, "--spec", "specs/*.topology").code == 0


def test_a_repository_without_a_spec_where_they_are_looked_for_gets_one_note(seed: Team, tmp_path: Path) -> None:
    team = teams.copy(seed, tmp_path / "team")
    assert hook(team).said == ""
    team.git("mv", "specs", "spec")
    team.git("rm", "-r", "--quiet", "templates")
    done = hook(team)
    assert done.code == 0
    assert done.said == ("note: not checked: `spec/pay.yaml`; name it in `dr-compile.toml`, or with --spec\n")
    team.git("rm", "-rf", "--quiet", "spec")
    done = hook(team)
    assert (done.code, done.said.count("\n")) == (0, 1)
    assert "nothing is checked" in done.said


def test_a_changed_spec_that_nobody_checks_is_named_beside_others(seed: Team, tmp_path: Path) -> None:
    team = teams.copy(seed, tmp_path / "team")
    team.write("infra/lend.yaml", teams.SPEC.format(name="lend"))
    team.write("infra/other.yaml", "openapi: 3.1.0\n")
    team.git("add", "--all")
    done = hook(team, "infra/lend.yaml", "infra/other.yaml", "specs/pay.yaml")
    assert done.code == 0, done.said
    assert done.said.startswith("note: not checked: `infra/lend.yaml`;")


def test_an_index_that_does_not_exist_is_an_error(seed: Team, tmp_path: Path) -> None:
    for name in (str(tmp_path / "nowhere"), "nowhere"):
        done = hook(seed, GIT_INDEX_FILE=name)
        assert done.code == 2
        assert f"GIT_INDEX_FILE names `{name}`, which does not exist" in done.said
    assert hook(seed, GIT_INDEX_FILE=".git/index").code == 0


def test_templates_in_a_named_folder_whose_spec_is_gone_fail(seed: Team, tmp_path: Path) -> None:
    team = teams.copy(seed, tmp_path / "team")
    team.git("mv", "templates/pay", "out")
    team.git("rm", "--quiet", "specs/pay.yaml")
    done = hook(team, "--output", "out")
    assert done.code == 1
    assert "error[DR803]: no spec compiles to `out` any more" in done.said


# What others can put into a commit or the environment


@pytest.mark.parametrize(("linked", "target"), [
    ("specs/pay.yaml", "../credentials"), ("templates/pay", "/elsewhere"), ("templates", "elsewhere"),
    ("templates/pay/manifest.json", "/dev/zero"), ("partials/own/x.json.j2", "../../credentials"),
])  # fmt: skip
def test_a_staged_link_is_refused_and_never_followed(seed: Team, tmp_path: Path, linked: str, target: str) -> None:
    team = teams.copy(seed, tmp_path / "team")
    team.write("credentials", "aws_secret_access_key = x\n")
    team.git("rm", "-r", "--quiet", "--ignore-unmatch", linked)
    (team.top / linked).parent.mkdir(parents=True, exist_ok=True)
    (team.top / linked).symlink_to(target)
    team.git("add", "--all")
    partials = ("--partials", "partials") if linked.startswith("partials") else ()
    done = hook(team, "--spec", "specs/*.yaml", *partials)
    assert done.code == 1, done.said
    assert f"error[DR879]: `{linked}` is a link" in done.said
    assert "secret" not in done.said


def test_the_writing_hook_does_not_write_through_a_link(seed: Team, tmp_path: Path) -> None:
    """The commit has a folder, the working copy a link in its place."""
    team = teams.copy(seed, tmp_path / "team")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (team.top / "templates" / "pay").rename(tmp_path / "kept")
    (team.top / "templates" / "pay").symlink_to(elsewhere)
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.git("add", "specs")
    done = team.run(sys.executable, "-m", "compiler.commands.hook")
    assert done.code == 1
    assert "DR879" in done.said
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("revision", ["--output=WRITTEN", "-o WRITTEN", "--no-index"])
def test_a_revision_of_the_environment_is_no_option(seed: Team, tmp_path: Path, revision: str) -> None:
    team = teams.copy(seed, tmp_path / "team")
    done = hook(team, "specs/pay.yaml", PRE_COMMIT_FROM_REF=revision, PRE_COMMIT_TO_REF="HEAD")
    assert done.code == 2
    assert "Traceback" not in done.said
    assert not list(team.top.glob("*WRITTEN*"))


@pytest.mark.parametrize("name", ["$(touch PWNED)", ";touch PWNED;", "a b", "-rf", "it's", "`touch PWNED`"])
def test_commands_to_paste_do_what_they_say_whatever_a_file_is_called(seed: Team, tmp_path: Path, name: str) -> None:
    team = teams.copy(seed, tmp_path / "team")
    team.git("mv", "specs/pay.yaml", f"specs/{name}.yaml")
    team.git("rm", "-r", "--quiet", "templates/pay")
    failed = hook(team)
    assert failed.code == 1, failed.said
    commands = [line.strip() for line in failed.said.splitlines() if line.startswith(("  dr-compile ", "  git "))]
    assert len(commands) == 2, failed.said
    script = "\n".join(commands).replace("dr-compile ", f"{sys.executable} -m compiler --no-lint ", 1)
    done = team.run("bash", "-ec", script)
    assert done.code == 0, done.said
    assert hook(team).code == 0
    assert not (team.top / "PWNED").exists()


def test_one_output_folder_for_several_specs_is_refused(seed_of_two: Team) -> None:
    done = seed_of_two.run(sys.executable, "-m", "compiler.commands.hook", "--check", "--output", "out")
    assert done.code == 2
    assert "--output is for one spec" in done.said


def test_this_repository_uses_its_own_hook() -> None:
    config = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert "compiler.commands.hook --check" in config
    done = Team(ROOT).run(sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml")
    assert done.code == 0, done.said
    done = Team(ROOT).run(sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml")
    assert done.code == 0, done.said


# Bases


def test_a_change_of_a_base_alone_is_a_change_of_every_spec_that_extends_it(team: Team) -> None:
    team.divide("pay")
    team.git("add", "--all")
    passes(team)
    team.replace("specs/base.yaml", "retention: 30d", "retention: 60d")
    team.git("add", "specs/base.yaml")
    said = fails(team, "DR801", "dr-compile specs/pay.yaml", "by logs.retention: 30d -> 60d (specs/base.yaml:")
    assert "base.yaml` is a base" not in said, "a base is no spec"
    team.compile("pay")
    team.git("add", "--all")
    passes(team)


@pytest.mark.slow
def test_a_base_is_read_as_it_is_staged(team: Team) -> None:
    team.divide("pay")
    team.git("add", "--all")
    team.replace("specs/base.yaml", "rto: 15m", "rto: 15")
    passes(team)
    team.git("add", "--all")
    fails(team, "DR204", "specs/base.yaml:4:")


@pytest.mark.slow
def test_a_base_that_is_not_staged_is_missing(team: Team) -> None:
    team.divide("pay")
    team.git("add", "specs/pay.yaml")
    fails(team, "DR121", "the base `specs/base.yaml` does not exist", "specs/pay.yaml:1:10",
          "note: `specs/base.yaml` is in the working copy but not staged")  # fmt: skip
    team.git("add", "--all")
    passes(team)
    team.git("rm", "--quiet", "specs/base.yaml")
    fails(team, "DR121", "specs/pay.yaml:1:10")


@pytest.mark.slow
def test_a_base_is_looked_for_among_its_neighbours_in_the_index(team: Team) -> None:
    team.divide("pay")
    team.replace("specs/pay.yaml", "base.yaml", "bsae.yaml")
    team.git("add", "--all")
    fails(team, "DR121", "did you mean `base.yaml`?")


# Merges


def two_branches(team: Team) -> None:
    """Two commits that are what their spec compiles to: `main` rotates keys later, `side` adds a region with a key."""
    team.git("checkout", "--quiet", "-b", "side")
    team.replace("specs/pay.yaml", "functions:", "  - {region: eu-west-1, role: replica}\nfunctions:")
    team.compile("pay")
    team.git("add", "--all")
    passes(team)
    team.git("checkout", "--quiet", "main")
    team.replace("specs/pay.yaml", "rotation: 365d", "rotation: 400d")
    team.compile("pay")
    team.git("add", "--all")
    passes(team)


def test_two_green_branches_that_drift_together_do_not_merge(team: Team) -> None:
    done = team.run(sys.executable, "-m", "pre_commit", "install", "-t", "pre-commit", "-t", "pre-merge-commit")
    assert done.code == 0, done.said
    two_branches(team)
    done = team.run("git", "merge", "--no-edit", "side")
    assert done.code == 1, done.said
    assert "error[DR801]" in done.said
    assert "CONFLICT" not in done.said
    team.compile("pay")
    team.git("add", "--all")
    passes(team)


def test_the_end_of_a_merge_is_judged_whole(team: Team) -> None:
    """pre-commit hands over what had a conflict and what neither side has; the drift is in files of one side."""
    two_branches(team)
    for branch in ("side", "main"):
        team.git("checkout", "--quiet", branch)
        team.write("README.md", f"# The team of {branch}\n")
        team.git("commit", "--quiet", "--no-verify", "-am", branch)
    assert "CONFLICT (content): Merge conflict in README.md" in team.run("git", "merge", "side").said
    team.write("README.md", "# The team\n")
    team.git("add", "README.md")
    assert "error[DR801]" in hook(team, "README.md").said
    fails(team, "error[DR801]")
    team.compile("pay")
    team.git("add", "--all")
    passes(team)


@pytest.mark.parametrize("name", ["specs/pay.yaml", "README.md"])
def test_a_merge_that_is_not_finished_is_told(team: Team, name: str) -> None:
    other = {"specs/pay.yaml": ("retention: 30d", "retention: 90d"), "README.md": ("# A team", "# The team")}[name]
    team.git("checkout", "--quiet", "-b", "side")
    team.replace(name, *other)
    team.git("commit", "--quiet", "--no-verify", "-am", "side")
    team.git("checkout", "--quiet", "main")
    team.replace(name, other[0], other[0] + "0")
    team.git("commit", "--quiet", "--no-verify", "-am", "main")
    assert team.run("git", "merge", "side").code == 1
    done = hook(team)
    assert done.code == 1
    assert done.said.startswith(f"error[DR150]: a merge is not finished: there are conflicts in `{name}`\n")


# Submodules


@pytest.mark.parametrize("uses", ["partials", "base"])
def test_what_is_in_a_submodule_is_not_in_the_commit(seed: Team, tmp_path: Path, uses: str) -> None:
    shared = Team(tmp_path / "shared", seed.environment)
    shared.top.mkdir()
    shared.git("init", "--quiet")
    shared.write("partials/README.md", "# Shared\n")
    shared.write("base.yaml", "base: true\nlogs: {retention: 30d}\n")
    shared.git("add", "--all")
    shared.git("commit", "--quiet", "-m", "shared")
    team = teams.copy(seed, tmp_path / "team")
    team.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(shared.top), "shared")
    if uses == "base":
        team.replace("specs/pay.yaml", "logs: {retention: 30d}\n", "")
        team.write("specs/pay.yaml", "extends: ../shared/base.yaml\n" + team.read("specs/pay.yaml"))
    team.compile("pay", *(["--partials", "shared/partials"] if uses == "partials" else []))
    team.git("add", "--all")
    done = hook(team, *(["--partials", "shared/partials"] if uses == "partials" else []))
    assert done.code == 1
    assert "error[DR151]: `shared` is a submodule, and a spec needs files in it" in done.said


# Files that git stores in another form


STORED = """
import hashlib, pathlib, sys

data, way = sys.stdin.buffer.read(), sys.argv[1]
folder = pathlib.Path(__file__).parent
if way == "clean":
    name = hashlib.sha256(data).hexdigest()
    (folder / name).write_bytes(data)
    sys.stdout.write(f"version https://git-lfs.github.com/spec/v1\\noid sha256:{name}\\nsize {len(data)}\\n")
else:
    sys.stdout.buffer.write((folder / data.split(b"sha256:")[1].split()[0].decode()).read_bytes())
"""
"""A filter that stores files as Git LFS does, in a folder of its own."""


def test_what_git_lfs_stores_is_read_as_it_is_checked_out(seed: Team, tmp_path: Path) -> None:
    """The index has pointers only: the spec and its templates are those that everybody else will see."""
    team, store = teams.copy(seed, tmp_path / "team"), tmp_path / "store"
    store.mkdir()
    (store / "filter.py").write_text(STORED)
    for way in ("clean", "smudge"):
        team.git("config", f"filter.lfs.{way}", f"{sys.executable} {store / 'filter.py'} {way}")
    team.write(".gitattributes", "*.yaml filter=lfs\n*.json filter=lfs\n")
    team.git("add", "--all", "--renormalize", ".")
    assert "oid sha256:" in team.git("show", ":specs/pay.yaml")
    assert "oid sha256:" in team.git("show", f":{PRIMARY}")
    done = hook(team)
    assert (done.code, done.said) == (0, "")
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.git("add", "specs")
    done = hook(team)
    assert done.code == 1
    assert "RetentionInDays: 30 -> 60" in done.said


# Warnings


def test_warnings_stop_a_commit_where_they_are_asked_to(seed: Team, tmp_path: Path) -> None:
    team = teams.copy(seed, tmp_path / "team")
    team.replace("specs/pay.yaml", "alerts:", "accept: [{finding: rpo-nothing, reason: long gone}]\nalerts:")
    team.compile("pay")
    team.git("add", "--all")
    assert (warned := hook(team)).code == 0
    assert "warning[DR341]" in warned.said
    assert (hook(team, "--quiet").code, hook(team, "--quiet").said) == (0, "")
    for options in (("--strict",), ("--strict", "-q")):
        done = hook(team, *options)
        assert done.code == 1
        assert "warning[DR341]" in done.said
    team.replace("specs/pay.yaml", "retention: 30d", "retention: 60d")
    team.git("add", "specs")
    done = hook(team, "--quiet")
    assert done.code == 1
    assert "DR341" not in done.said
    assert "error[DR801]" in done.said


# What cfn-lint finds


@pytest.mark.slow
def test_what_the_author_did_not_lint_the_hook_and_the_check_do(seed: Team, tmp_path: Path) -> None:
    team = teams.copy(seed, tmp_path / "team")
    team.write(
        "partials/sqs/queue.json.j2",
        '{"Resources": {"OurQueue": {"Type": "AWS::SQS::Queue", '
        '"Properties": {"KmsMasterKeyId": {{ key_arn }}, "VisibilityTimeout": 99999999}}}}\n',
    )
    team.compile("pay", "--partials", "partials")
    team.git("add", "--all")
    compiler = (sys.executable, "-m", "compiler", "specs/pay.yaml", "--partials", "partials")
    assert hook(team, "--partials", "partials").code == 0
    assert team.run(*compiler, "--check").code == 0
    for done in (hook(team, "--partials", "partials", "--lint"), team.run(*compiler, "--check", "--lint")):
        assert done.code == 1
        assert "error[DR701 E3034]" in done.said
    assert team.run(*compiler, "--lint").code == 2
