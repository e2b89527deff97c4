"""Proposals: made by one run and executed by another, in front of an account in memory.

`test_approval.py` has two principals in front of the emulator.
"""

from __future__ import annotations

import fnmatch
import io
import json
import random
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from compiler.deploy.command import main
from compiler.deploy.proposal import digest_of
from tests.deploy.account import error
from tests.deploy.site import ROOT, Outcome
from tests.deploy.test_codes import EAST, GLOBAL, PRIMARY, SECONDARY, SPEC, WEST, Desk, checkout, compiled, desk

__all__ = ("checkout", "compiled", "desk")
Json = Any
ASSUMED = "--assume-delegated"
CREATE, EXECUTE = "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "proposal.json"


@pytest.fixture
def proposal(desk: Desk, file: Path) -> dict[str, Json]:
    """The proposal of a first deployment, in its file."""
    return propose(desk, file)


def propose(desk: Desk, file: Path, *more: str) -> dict[str, Json]:
    done = desk.deploy(ASSUMED, "--propose", str(file), *more)
    assert done.code == 0, done
    found: dict[str, Json] = json.loads(file.read_text())
    return found


def execute(desk: Desk, file: Path) -> Outcome:
    return desk.deploy(ASSUMED, "--execute", str(file))


def command(*arguments: str) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([SPEC, *arguments])
    return Outcome(code, out.getvalue(), err.getvalue())


def seal(file: Path, **changes: Json) -> None:
    """Changes a proposal as somebody does who knows the digest."""
    value = {**json.loads(file.read_text()), **changes}
    value.pop("digest")
    file.write_text(json.dumps({**value, "digest": digest_of(value)}))


def made(desk: Desk, operation: str) -> list[str]:
    """The stacks of the calls of an operation, in their order."""
    return [given["StackName"] for _, given in desk.account.made(operation)]


# The usual way


def test_a_proposal_deploys_nothing_and_makes_the_change_sets_of_the_first_wave(
    desk: Desk, proposal: Mapping[str, Json], file: Path
) -> None:
    assert made(desk, EXECUTE) == []
    assert sorted(made(desk, CREATE)) == [GLOBAL, SECONDARY]
    assert {stack["StackStatus"] for stack in desk.account.stacks.values()} == {"REVIEW_IN_PROGRESS"}
    assert all(f"-{proposal['id']}-" in name for _, _, name in desk.account.change_sets)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name], "no temporary file is left"


def test_no_secret_is_in_the_file(desk: Desk, proposal: Mapping[str, Json], file: Path) -> None:
    (token,) = {
        change_set["values"]["healthToken"]
        for change_set in desk.account.change_sets.values()
        if "healthToken" in change_set["values"]
    }
    assert token not in file.read_text()
    assert proposal["stacks"]["secondary.us-west-2"]["parameters"]["healthToken"]["sha256"]


def test_its_execution_makes_no_change_set_for_the_first_wave_and_deploys_every_wave(
    desk: Desk, proposal: Mapping[str, Json], file: Path
) -> None:
    begun = len(desk.account.calls)
    done = execute(desk, file)
    assert done.code == 0, done
    calls = [(name, given["StackName"]) for name, _, given in desk.account.calls[begun:] if "ChangeSet" in name]
    for stack in (GLOBAL, SECONDARY):
        assert next(name for name, of in calls if of == stack and name in (CREATE, EXECUTE)) == EXECUTE
    assert {name for _, name in desk.account.stacks} == {GLOBAL, PRIMARY, SECONDARY}
    assert all(stack["EnableTerminationProtection"] for stack in desk.account.stacks.values())
    assert "nothing had to be changed" in desk.deploy().out, "an ordinary run finds nothing left"


def test_a_proposal_that_was_executed_says_so_and_does_nothing(
    desk: Desk, proposal: Mapping[str, Json], file: Path
) -> None:
    again = execute(desk, file)
    assert again.code == 0, again
    before = made(desk, CREATE), made(desk, EXECUTE)
    again = execute(desk, file)
    assert again.code == 0
    assert f"the proposal {proposal['id']} has been executed already" in again.out
    assert (made(desk, CREATE), made(desk, EXECUTE)) == before


def test_where_nothing_is_to_be_done_there_is_no_file(desk: Desk, file: Path) -> None:
    assert desk.deploy().code == 0
    done = desk.deploy(ASSUMED, "--propose", str(file))
    assert done.code == 0
    assert "nothing to propose" in done.out
    assert not file.exists()
    assert desk.account.change_sets == {}


@pytest.mark.parametrize("stack", [GLOBAL, PRIMARY])
def test_an_execution_that_was_interrupted_goes_on(
    desk: Desk, proposal: Mapping[str, Json], file: Path, stack: str
) -> None:
    """In the first wave or in the second: what runs again knows more than what was proposed, and does the same."""
    own = desk.account._cloudformation_ExecuteChangeSet

    def fail(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        if given["StackName"] == stack:
            raise error(EXECUTE, region, "AccessDenied", "not now")
        return own(region, given)

    desk.account.says[EXECUTE] = fail
    assert execute(desk, file).codes == ["DR837"]
    del desk.account.says[EXECUTE]
    done = execute(desk, file)
    assert done.code == 0, done
    assert "nothing had to be changed" in desk.deploy().out


def test_change_sets_that_are_gone_are_made_again(desk: Desk, proposal: Mapping[str, Json], file: Path) -> None:
    """AWS deletes them with their stack, and people tidy up."""
    desk.account.change_sets.clear()
    desk.account.stacks.clear()
    done = execute(desk, file)
    assert done.code == 0, done
    assert "its change set is gone; it is made again and compared" in done.out
    assert "nothing had to be changed" in desk.deploy().out


def test_options_of_the_proposer_hold_for_the_approver(desk: Desk, file: Path) -> None:
    propose(desk, file, "--tags", "team=payments", "--parameter", "reservedConcurrencyWorker=120")
    again = execute(desk, file)
    assert again.code == 0, again
    asked = [given for _, given in desk.account.made(CREATE)]
    assert {json.dumps(given.get("Tags")) for given in asked} == {'[{"Key": "team", "Value": "payments"}]'}
    values = {
        item["ParameterValue"]
        for stack in desk.account.stacks.values()
        for item in stack["Parameters"]
        if item["ParameterKey"] == "reservedConcurrencyWorker"
    }
    assert values == {"120"}


def test_the_approver_is_asked_with_the_account(
    desk: Desk, proposal: Mapping[str, Json], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "n"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answer)
    done = command(ASSUMED, "--execute", str(file))
    assert done.code == 1
    assert asked == [f"Deploy to account {proposal['account']}? [y/N] "]
    assert "the proposal can still be executed" in done.err
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert command(ASSUMED, "--execute", str(file)).code == 0


def test_a_proposal_is_shown_without_aws(desk: Desk, proposal: Mapping[str, Json], file: Path) -> None:
    begun = len(desk.account.calls)
    shown = {form: command("--execute", str(file), "--plan", "--format", form) for form in ("text", "json", "markdown")}
    assert {outcome.code for outcome in shown.values()} == {0}
    assert json.loads(shown["json"].out) == proposal
    assert "small-primary-prod-a1" in shown["text"].out
    assert "<details><summary>primary.us-east-1  small-primary-prod-a1" in shown["markdown"].out
    assert len(shown["markdown"].out.encode()) < 60_001
    assert len(desk.account.calls) == begun


_ACTIONS = {
    "HeadBucket": "ListBucket", "HeadObject": "GetObjectVersion", "GetObject": "GetObjectVersion",
    "GetBucketEncryption": "GetEncryptionConfiguration", "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock", "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "ListObjectVersions": "ListBucketVersions",
}  # fmt: skip
"""Operations of S3 that IAM calls otherwise."""
_SERVICES = {"service-quotas": "servicequotas"}


def action(called: str) -> str:
    """The action of IAM behind a call."""
    service, _, operation = called.partition(":")
    if service == "apigatewayv2":
        return "apigateway:GET"
    return f"{_SERVICES.get(service, service)}:{_ACTIONS.get(operation, operation) if service == 's3' else operation}"


def test_the_policies_of_the_page_allow_what_each_principal_calls(desk: Desk, file: Path) -> None:
    """And the proposer's denies what only the approver may do."""
    page = (ROOT / "docs" / "approval.md").read_text()
    first, second = (json.loads(text)["Statement"] for text in re.findall(r"```json\n(.*?)```", page, re.DOTALL))
    statements = {each["Sid"]: each["Action"] for each in (*first, *second)}
    proposer = [*statements["Look"], *statements["Propose"], *statements["CodeBuckets"]]

    def allows(patterns: list[str], called: str) -> bool:
        return any(fnmatch.fnmatchcase(action(called), pattern) for pattern in patterns)

    desk.account.says["iam:ListAccountAliases"] = lambda region, given: {"AccountAliases": []}
    for more in ((), ("--parameter", "reservedConcurrencyWorker=120")):
        begun = len(desk.account.calls)
        propose(desk, file, *more)
        middle = len(desk.account.calls)
        assert execute(desk, file).code == 0
        made_by = {"proposer": desk.account.calls[begun:middle], "approver": desk.account.calls[middle:]}
        calls = {who: {name for name, _, _ in found} for who, found in made_by.items()}
        assert [name for name in calls["proposer"] if not allows(proposer, name)] == []
        assert [name for name in calls["proposer"] if allows(statements["NeverDeploy"], name)] == []
        assert [name for name in calls["approver"] if not allows([*proposer, *statements["Execute"]], name)] == []
    assert set(statements["Execute"]) - {"cloudformation:UpdateTerminationProtection"} <= set(statements["NeverDeploy"])


# Files


FILES: dict[str, tuple[Callable[[str], str], str, str]] = {
    "empty": (lambda text: "", "DR886", "is not JSON"),
    "not JSON": (lambda text: "proposal: yes", "DR886", "is not JSON"),
    "cut off": (lambda text: text[: len(text) // 2], "DR886", "is not JSON"),
    "a list": (lambda text: "[]", "DR886", "is not a JSON object"),
    "another object": (lambda text: '{"format": 1, "stacks": {}}', "DR886", "is not a proposal"),
    "deep": (lambda text: "[" * 100_000, "DR886", "nested too deeply"),
    "another format": (lambda text: text.replace('"format": 1', '"format": 2'), "DR887", "has format 2"),
    "edited": (lambda text: text.replace("functions/worker/", "functions/w0rker/"), "DR888", "another digest"),
    "another member": (lambda text: text.replace('"format": 1,', '"format": 1, "more": 1,'), "DR886", "more"),
    "a member that is gone": (lambda text: text.replace('"id":', '"ids":', 1), "DR886", "id"),
    "binary": (lambda text: "\udcff", "DR886", "UTF-8"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_proposal(desk: Desk, proposal: Mapping[str, Json], file: Path, name: str) -> None:
    change, code, says = FILES[name]
    file.write_bytes(change(file.read_text()).encode(errors="surrogateescape"))
    begun = len(desk.account.calls)
    for more in ((ASSUMED, "--yes"), ("--plan",)):
        done = command("--execute", str(file), *more)
        assert (done.code, done.codes) == (2, [code]), done
        assert says in done.err
        assert "proposal.json:" in done.err
    assert len(desk.account.calls) == begun


def leaves(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value of a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from leaves(item, (*path, key))


@pytest.mark.slow
@pytest.mark.parametrize("other", [None, "", "x", 7, [], {}, True, "\x1b[31m\n"])
def test_whatever_is_in_a_file_with_a_right_digest_is_no_fault(
    desk: Desk, proposal: Mapping[str, Json], file: Path, other: Json
) -> None:
    """Somebody who knows the digest can write anything."""
    ways = [way for way in leaves(dict(proposal)) if way and way[0] != "digest"]
    for way in random.Random(1).sample(ways, 60):
        value = json.loads(json.dumps(proposal))
        place = value
        for step in way[:-1]:
            place = place[step]
        place[way[-1]] = other
        file.write_text(json.dumps(value))
        seal(file)
        for more in (("--plan", "--format", "markdown"), ("--plan",), (ASSUMED, "--yes")):
            done = command("--execute", str(file), *more)
            assert done.code in (0, 1, 2), (way, done)
            assert "\x1b" not in done.out, way
        desk.account.stacks.clear()


def test_a_file_that_is_not_there(desk: Desk, file: Path) -> None:
    for path in (file, file.parent):
        done = command(ASSUMED, "--execute", str(path), "--yes")
        assert (done.code, done.codes) == (2, ["DR886"]), done


def test_a_proposal_of_another_version(desk: Desk, proposal: Mapping[str, Json], file: Path) -> None:
    seal(file, compiler="9.9.9")
    done = command(ASSUMED, "--execute", str(file), "--yes")
    assert (done.code, done.codes) == (2, ["DR887"])
    assert "install dr-compile 9.9.9" in done.err


def test_a_file_that_cannot_be_written_leaves_no_change_set(desk: Desk, file: Path) -> None:
    begun = len(desk.account.made(CREATE))
    for path in (file.parent, file.parent / "absent" / "p.json"):
        done = command(ASSUMED, "--propose", str(path))
        assert (done.code, done.codes) == (2, ["DR804"]), done
    assert len(desk.account.made(CREATE)) == begun


# Something else than what was proposed


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"account": "999999999999"}, "for the account 999999999999"),
        ({"regions": ["us-east-1", "eu-west-1"]}, "us-east-1, eu-west-1; the spec has us-east-1, us-west-2"),
        ({"system": "other"}, "for the system other; the spec has small"),
        ({"partition": "aws-cn"}, "for the partition aws-cn"),
    ],
)  # fmt: skip
def test_a_proposal_for_another_place(
    desk: Desk, proposal: Mapping[str, Json], file: Path, change: Mapping[str, Json], says: str
) -> None:
    seal(file, **change)
    (told,) = desk.refused("DR889", ASSUMED, "--execute", str(file))
    assert says in told.message
    assert made(desk, EXECUTE) == []


def test_credentials_of_another_account_than_the_proposal(
    desk: Desk, proposal: Mapping[str, Json], file: Path, compiled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the spec names no account, the proposal does."""
    from dataclasses import replace

    from compiler import pipeline

    spec = compiled.topology.spec.model_copy(update={"account": None})
    other = replace(
        compiled,
        topology=replace(compiled.topology, spec=spec),
        deployment=replace(compiled.deployment, account=None),
    )
    monkeypatch.setattr(pipeline, "compile_spec", lambda *_, **__: other)
    desk.account.says["sts:GetCallerIdentity"] = lambda region, _: {"Account": "999999999999"}
    (told,) = desk.refused("DR889", ASSUMED, "--execute", str(file))
    assert "these credentials belong to 999999999999" in told.message


def test_other_templates_than_those_that_were_proposed(desk: Desk, proposal: Mapping[str, Json], file: Path) -> None:
    stacks = json.loads(json.dumps(proposal["stacks"]))
    stacks["primary.us-east-1"]["template"] = "0" * 64
    seal(file, stacks=stacks, manifest="0" * 64)
    told = desk.refused("DR890", ASSUMED, "--execute", str(file))
    assert {each.message for each in told} == {
        "primary.us-east-1.json is not the template that was proposed",
        "manifest.json is not the one that was proposed",
    }
    assert made(desk, EXECUTE) == []


@pytest.mark.parametrize("operation", ["s3:GetObject", "s3:HeadObject"])
@pytest.mark.parametrize("gone", [True, False])
def test_code_that_is_gone_or_is_other_code(
    desk: Desk, proposal: Mapping[str, Json], file: Path, operation: str, gone: bool
) -> None:
    def answer(region: str, given: Mapping[str, Json]) -> dict[str, Json] | None:
        if "functions/" not in given["Key"]:
            return None
        assert given["VersionId"] == "v1"
        if gone:
            raise error(operation, region, "NoSuchVersion" if operation == "s3:GetObject" else "404")
        return {"Body": b"other", "ChecksumSHA256": "other"}

    desk.account.says[operation] = answer
    told = desk.refused("DR891", ASSUMED, "--execute", str(file))
    assert all(each.message.endswith("is not there any more" if gone else "has other content") for each in told)
    assert made(desk, EXECUTE) == []


def test_code_that_somebody_put_under_the_same_key_is_not_taken(
    desk: Desk, proposal: Mapping[str, Json], file: Path
) -> None:
    """The version that was proposed is deployed, whatever came after it."""
    for where in desk.account.digests:
        if "functions/" in where[1]:
            desk.account.versions[where] += 1
    again = execute(desk, file)
    assert again.code == 0, again
    versions = {
        item["ParameterValue"]
        for stack in desk.account.stacks.values()
        for item in stack["Parameters"]
        if item["ParameterKey"] == "codeVersionWorker"
    }
    assert versions == {"v1"}


def test_a_stack_that_was_created_since(desk: Desk, proposal: Mapping[str, Json], file: Path) -> None:
    assert desk.deploy().code == 0
    executed = made(desk, EXECUTE)
    told = desk.refused("DR892", ASSUMED, "--execute", str(file))
    assert {each.message.partition(" was created after the proposal was made")[0] for each in told} == {
        GLOBAL, PRIMARY, SECONDARY,
    }  # fmt: skip
    assert made(desk, EXECUTE) == executed


def change_worker(desk: Desk, file: Path) -> dict[str, Json]:
    """A proposal that changes a deployed system."""
    assert desk.deploy().code == 0
    return propose(desk, file, "--parameter", "reservedConcurrencyWorker=120")


def test_a_change_of_a_running_system_goes_one_region_first(desk: Desk, file: Path) -> None:
    found = change_worker(desk, file)
    assert [[operation["stack"] for operation in wave] for wave in found["waves"]] == [
        ["secondary.us-west-2"], ["primary.us-east-1"],
    ]  # fmt: skip
    assert [wave[0]["bakes"] for wave in found["waves"]] == [True, True]
    assert {name for _, name, _ in desk.account.change_sets} == {SECONDARY}, "of the first wave alone"
    executed = len(made(desk, EXECUTE))
    done = execute(desk, file)
    assert done.code == 0, done
    assert made(desk, EXECUTE)[executed:] == [SECONDARY, PRIMARY]


@pytest.mark.parametrize("what", ["template", "parameters", "again"])
def test_a_stack_that_was_changed_since(desk: Desk, file: Path, what: str) -> None:
    change_worker(desk, file)
    stack = desk.account.stacks[EAST, PRIMARY]
    if what == "template":
        stack["template"] = {**stack["template"], "Description": "changed by hand"}
    elif what == "parameters":
        stack["Parameters"][0]["ParameterValue"] = "x"
    stack["LastUpdatedTime"] = "99"
    (told,) = desk.refused("DR892", ASSUMED, "--execute", str(file))
    assert told.message.startswith(f"{PRIMARY} was changed after the proposal was made (change set `dr-deploy-")
    assert told.message.endswith("it was deployed again" if what == "again" else what)
    assert "propose again" in told.help


def test_a_region_that_does_not_answer(desk: Desk, file: Path) -> None:
    assert desk.deploy().code == 0
    only = ("--only", "secondary.us-west-2", "--parameter", "reservedConcurrencyWorker=120")
    propose(desk, file, *only)
    desk.account.dead.add(EAST)
    (told,) = desk.refused("DR892", ASSUMED, "--execute", str(file))
    assert "us-east-1 does not answer" in told.message
    (told,) = desk.refused("DR885", ASSUMED, "--propose", str(file), *only)
    assert told.message == "us-east-1 does not answer"


def _poison(change_set: dict[str, Json], what: str) -> None:
    match what:
        case "a parameter":
            change_set["values"]["environment"] = "evil"
        case "the token":
            change_set["values"]["healthToken"] = "0" * 32
        case "tags":
            change_set["asked"] = {**change_set["asked"], "Tags": [{"Key": "owner", "Value": "evil"}]}
        case "a setting":
            change_set["asked"] = {**change_set["asked"], "NotificationARNs": ["arn:aws:sns:us-west-2:1:evil"]}
        case "the bake":
            watch = {"RollbackTriggers": [], "MonitoringTimeInMinutes": 99}
            change_set["asked"] = {**change_set["asked"], "RollbackConfiguration": watch}


@pytest.mark.parametrize("what", ["a parameter", "the token", "tags", "a setting", "the bake"])
def test_a_change_set_that_is_another_one(desk: Desk, proposal: Mapping[str, Json], file: Path, what: str) -> None:
    """As if somebody had put it there before the proposal was written, and so under the ARN that it names."""
    (where,) = (key for key in desk.account.change_sets if key[1] == SECONDARY)
    _poison(desk.account.change_sets[where], what)
    told = desk.refused("DR893", ASSUMED, "--execute", str(file))
    assert {each.message.partition(":")[0] for each in told} == {SECONDARY}
    assert where not in desk.account.change_sets
    assert made(desk, EXECUTE) == []
    assert execute(desk, file).code == 0, "the next run makes it again and compares it"


def test_a_change_set_with_another_template(desk: Desk, proposal: Mapping[str, Json], file: Path) -> None:
    (where,) = (key for key in desk.account.change_sets if key[1] == SECONDARY)
    template = desk.account.change_sets[where]["template"]
    desk.account.change_sets[where]["template"] = {**template, "Outputs": {}}
    desk.refused("DR895", ASSUMED, "--execute", str(file))
    assert made(desk, EXECUTE) == []


def test_a_change_set_under_the_same_name_is_not_looked_at(
    desk: Desk, proposal: Mapping[str, Json], file: Path
) -> None:
    """Change sets are named by their ARN: another one under the name is as good as none."""
    (where,) = (key for key in desk.account.change_sets if key[1] == SECONDARY)
    desk.account.change_sets[where] |= {"id": "arn:aws:cloudformation:us-west-2:1:changeSet/other/1"}
    done = execute(desk, file)
    assert done.code == 0, done
    assert "secondary.us-west-2: its change set is gone" in done.out


def test_changes_of_the_first_wave_that_are_others(desk: Desk, proposal: Mapping[str, Json], file: Path) -> None:
    """What the file says is what is held against AWS: a change that is left out of it is found."""
    waves = json.loads(json.dumps(proposal["waves"]))
    first = next(operation for operation in waves[0] if operation["stack"] == "secondary.us-west-2")
    hidden = first["changes"].pop()
    seal(file, waves=waves)
    (told,) = desk.refused("DR893", ASSUMED, "--execute", str(file))
    assert told.message.startswith(f"{SECONDARY}: adds `{hidden['id']}` ({hidden['type']}), which was not proposed")


@pytest.mark.parametrize("how", ["one more", "one less", "removed", "replaced"])
def test_a_later_wave_that_does_something_else(desk: Desk, proposal: Mapping[str, Json], file: Path, how: str) -> None:
    own = desk.account._cloudformation_DescribeChangeSet

    def answer(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        found = own(region, given)
        if (
            given["StackName"] == SECONDARY
            and desk.account.stacks[region, SECONDARY]["StackStatus"] != "REVIEW_IN_PROGRESS"
        ):
            other = {"LogicalResourceId": "KeyPolicy", "ResourceType": "AWS::KMS::Key"}
            added = {"one more": {"Action": "Add"}, "removed": {"Action": "Remove"},
                     "replaced": {"Action": "Modify", "Replacement": "True"}}.get(how)  # fmt: skip
            changes = found["Changes"] if added else found["Changes"][1:]
            found["Changes"] = [*changes, *([{"ResourceChange": {**other, **added}}] if added else ())]
        return found

    desk.account.says["cloudformation:DescribeChangeSet"] = answer
    outcome = execute(desk, file)
    (code,) = set(outcome.codes)
    assert code == ("DR831" if how in ("removed", "replaced") else "DR894"), outcome
    assert made(desk, EXECUTE).count(SECONDARY) == 1, "the first wave stays, the second one is not executed"
    del desk.account.says["cloudformation:DescribeChangeSet"]
    again = execute(desk, file)
    assert again.code == 0, again


# What cannot be proposed


def test_a_rotation_is_finished_before_a_proposal(desk: Desk, file: Path) -> None:
    assert desk.deploy().code == 0
    assert desk.deploy(ASSUMED, "--rotate-token").code == 0
    (told,) = desk.refused("DR885", ASSUMED, "--propose", str(file))
    assert told.message == "a rotation of the token of the health checks is under way"
    assert not file.exists()


def test_a_stack_that_a_failed_creation_left_is_not_deleted_by_a_proposal(desk: Desk, file: Path) -> None:
    assert desk.deploy().code == 0
    desk.account.stacks[WEST, SECONDARY]["StackStatus"] = "ROLLBACK_COMPLETE"
    (told,) = desk.refused("DR885", ASSUMED, "--propose", str(file))
    assert "aws cloudformation delete-stack --region us-west-2" in told.help
    assert desk.account.made("cloudformation:DeleteStack") == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--propose", "x", "--execute", "x"), "--propose and --execute"),
        (("--propose", "x", "--plan"), "--propose and --plan"),
        (("--propose", "x", "--rotate-token"), "--propose and --rotate-token"),
        (("--propose", "x", "--only-code"), "--propose and --only-code"),
        (("--execute", "x", "--suffix", "b2"), "--execute and --suffix"),
        (("--execute", "x", "--tags", "a=b"), "--execute and --tags"),
        (("--execute", "x", "--allow-replace", "T"), "--execute and --allow-replace"),
        (("--execute", "x", "--no-bake"), "--execute and --no-bake"),
        (("--execute", "x", "--status"), "--execute and --status"),
    ],
)
def test_options_that_mean_nothing_for_a_proposal(arguments: tuple[str, ...], says: str) -> None:
    err = io.StringIO()
    with redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main([SPEC, *arguments])
    assert ended.value.code == 2
    said = err.getvalue().splitlines()[-1]
    assert all(option in said for option in says.split(" and "))
    assert "not go with" in said or "not with" in said
