"""`--only-code` releases code into what is deployed: it cannot deploy topology, whatever the spec says by now."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler import pipeline
from compiler.deploy.command import main
from compiler.deploy.packing import pack
from compiler.reading.document import load_document
from tests.deploy.gateway import Call, unwatched
from tests.deploy.site import Killed, Reaper, Site, Within
from tests.deploy.test_baking import SMALL, executed, memory, ring
from tests.deploy.test_codes import (
    EAST,
    PRIMARY,
    SECONDARY,
    SPEC,
    WEST,
    Desk,
    checkout,
    code,
    compiled,
    desk,
    parameters,
)

__all__ = ("checkout", "compiled", "desk")
Json = Any
STANDBY, SERVING = "secondary.us-west-2", "primary.us-east-1"
SECOND = """
  - name: later
    source: ../code
    runtime: python3.13
    handler: app.handler
    memory: 128MB
    timeout: 3s
    duration: 10ms
api:
"""


def only(folder: Path, name: str = "worker") -> tuple[str, ...]:
    return ("--assume-delegated", "--only-code", "--code", f"{name}={folder}")


def given(calls: list[tuple[str, Mapping[str, Json]]]) -> set[str]:
    """Parameters that requests gave a value."""
    return {p["ParameterKey"] for _, request in calls for p in request["Parameters"] if "ParameterValue" in p}


def spec(monkeypatch: pytest.MonkeyPatch, desk: Desk, *changes: tuple[str, str]) -> Desk:
    """The spec as somebody has changed it meanwhile, with nothing compiled."""
    text = desk.spec
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    made = pipeline.compile_document(load_document(text, SPEC), lint=False)
    monkeypatch.setattr(pipeline, "compile_spec", lambda *_, **__: made)
    return Desk(desk.account, text)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return code(tmp_path / "new", "def handler(event, context): return 2")


def digests(desk: Desk) -> set[str]:
    return {
        parameters(desk.account, stack, region)["codeKeyWorker"].split("/")[2].removesuffix(".zip")
        for region, stack in ((EAST, PRIMARY), (WEST, SECONDARY))
    }


def test_only_the_values_of_the_code_change(desk: Desk, new: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the spec says more by now, and the committed templates are not what it compiles to."""
    assert desk.deploy().code == 0
    before = {where: dict(stack["template"]) for where, stack in desk.account.stacks.items()}
    values = {stack: parameters(desk.account, stack, region) for region, stack in ((EAST, PRIMARY), (WEST, SECONDARY))}
    begun = len(desk.account.made("cloudformation:CreateChangeSet"))
    changed = spec(
        monkeypatch, desk, ("memory: 128MB", "memory: 512MB"), ("writes: 1, reads: 1", "writes: 2, reads: 1")
    )

    outcome = changed.deploy(*only(new))

    assert outcome.code == 0, outcome
    assert "only code: the templates and all other values stay as they are" in outcome.out
    assert digests(desk) == {hashlib.sha256(pack(new)).hexdigest()}
    assert {where: stack["template"] for where, stack in desk.account.stacks.items()} == before
    for region, stack in ((EAST, PRIMARY), (WEST, SECONDARY)):
        now = parameters(desk.account, stack, region)
        assert {name for name in now if now[name] != values[stack][name]} == {"codeKeyWorker"}
    asked = desk.account.made("cloudformation:CreateChangeSet")[begun:]
    assert all(request["UsePreviousTemplate"] for _, request in asked)
    assert not any("TemplateBody" in request or "TemplateURL" in request or "Tags" in request for _, request in asked)
    assert given(asked) == {"codeKeyWorker", "codeVersionWorker"}
    ended = [region for region, _ in desk.account.made("cloudformation:ExecuteChangeSet")[-2:]]
    assert ended == [WEST, EAST], "the region that serves comes last"
    assert changed.deploy(*only(new)).out.count("nothing had to be changed") == 1


def test_back_by_digest_and_nothing_else(desk: Desk, new: Path) -> None:
    assert desk.deploy().code == 0
    (first,) = digests(desk)
    assert desk.deploy(*only(new)).code == 0
    back = ("--assume-delegated", "--only-code", "--code", f"worker=sha256:{first[:12]}")
    assert desk.deploy(*back).code == 0
    assert digests(desk) == {first}


@pytest.mark.parametrize(
    "more",
    [
        {"Action": "Modify", "LogicalResourceId": "TableOrders", "ResourceType": "T", "Replacement": "False"},
        {"Action": "Remove", "LogicalResourceId": "FunctionWorker", "ResourceType": "T"},
        {"Action": "Modify", "LogicalResourceId": "FunctionWorker", "ResourceType": "T", "Replacement": "True"},
        {"Action": "Add", "LogicalResourceId": "Surprise", "ResourceType": "T"},
    ],
    ids=lambda change: f"{change['Action']} {change['LogicalResourceId']}",
)
def test_a_change_set_that_changes_more_is_taken_back(desk: Desk, new: Path, more: dict[str, Json]) -> None:
    assert desk.deploy().code == 0
    (first,) = digests(desk)
    own = desk.account._cloudformation_DescribeChangeSet

    def surprising(region: str, asked: Mapping[str, Json]) -> dict[str, Json]:
        found = own(region, asked)
        return {**found, "Changes": [*found["Changes"], {"ResourceChange": more}]} if region == EAST else found

    desk.account.says["cloudformation:DescribeChangeSet"] = surprising
    begun = desk.account.made("cloudformation:ExecuteChangeSet")
    (told,) = desk.refused("DR626", *only(new))
    assert told.message.startswith(f"{PRIMARY}: the change set would also {more['Action'].lower()} `")
    assert desk.account.made("cloudformation:ExecuteChangeSet") == begun
    assert desk.account.change_sets == {}
    assert digests(desk) == {first}


def test_what_refers_to_a_function_may_follow_it(desk: Desk, new: Path) -> None:
    """CloudFormation cannot know that the ARN of a function stays, so it lists whatever takes it."""
    assert desk.deploy().code == 0
    own = desk.account._cloudformation_DescribeChangeSet
    change = {"Action": "Modify", "ResourceType": "T", "Replacement": "Conditional"}

    def dynamic(region: str, asked: Mapping[str, Json]) -> dict[str, Json]:
        found = own(region, asked)
        template = desk.account.stacks[region, asked["StackName"]]["template"]["Resources"]
        (permission,) = (id_ for id_, body in template.items() if id_.startswith("ApiMayCall"))
        more = {"ResourceChange": {**change, "LogicalResourceId": permission}}
        return {**found, "Changes": [*found["Changes"], more]} if "Changes" in found else found

    desk.account.says["cloudformation:DescribeChangeSet"] = dynamic
    assert desk.deploy(*only(new)).code == 0


# What is deployed does not fit


def test_nothing_is_deployed_yet(desk: Desk, new: Path) -> None:
    told = desk.refused("DR869", *only(new))
    assert {each.message for each in told} == {f"{stack} is not deployed" for stack in (PRIMARY, SECONDARY)}
    assert {each.help for each in told} == {"run dr-deploy without `--only-code` first"}
    assert desk.account.stacks == {}
    assert desk.deploy().code == 0, "the remedy works"
    assert desk.deploy(*only(new)).code == 0


def test_a_function_that_is_not_deployed_yet(desk: Desk, new: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left out, unless its code was asked for."""
    assert desk.deploy().code == 0
    more = spec(monkeypatch, desk, ("\napi:\n", SECOND))
    outcome = more.deploy(*only(new))
    assert outcome.code == 0, outcome
    assert "`later` is not deployed yet: its code is left out" in outcome.out
    assert digests(desk) == {hashlib.sha256(pack(new)).hexdigest()}
    told = more.refused("DR869", *only(new, "later"))
    assert {each.message for each in told} == {
        f"the template that {stack} is deployed from takes no code of `later`" for stack in (PRIMARY, SECONDARY)
    }


@pytest.mark.parametrize(
    ("old", "new_", "says"),
    [
        ("handler: app.handler", "handler: app.main", "has the handler `app.handler`; the spec says `app.main`"),
        ("runtime: python3.13", "runtime: python3.12", "has the runtime `python3.13`; the spec says `python3.12`"),
    ],
)
def test_code_for_another_handler_or_runtime(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new_: str, says: str
) -> None:
    assert desk.deploy().code == 0
    both = code(tmp_path / "both", "def main(event, context): ...\ndef handler(event, context): ...")
    told = spec(monkeypatch, desk, (old, new_)).refused("DR869", *only(both))
    assert {each.message for each in told} == {f"`worker` in {region} {says}" for region in (EAST, WEST)}
    assert {each.place for each in told} == {new_.split(": ")[1]}


@pytest.mark.parametrize(
    "option",
    ["--parameter=createSharedAlias=false", "--tags=a=b", "--code-bucket=us-east-1=mine", "--allow-replace=TableOrders",
     "--rotate-token", "--plan", "--status"],
)  # fmt: skip
def test_options_that_change_more_than_code(desk: Desk, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([SPEC, "--yes", "--only-code", option])
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert option.partition("=")[0] in said
    assert "not go with" in said or "not with" in said
    assert desk.account.calls == []


# In front of the emulator


def runs(site: Site, key: str) -> str:
    """Digest of the code that a region runs."""
    client = site.gateway.client("lambda", key.partition(".")[2])
    found = client.get_function_configuration(FunctionName=site.resources(key)["FunctionWorker"])["CodeSha256"]
    return base64.b64decode(found).hex()


def write(site: Site, text: str) -> str:
    """Changes the code of the function; its digest."""
    folder = site.folder / "functions" / "python"
    (folder / "app.py").write_text(
        f"def handler(event, context):\n    return {{'statusCode': 200, 'body': '{text}'}}\n"
    )
    return hashlib.sha256(pack(folder)).hexdigest()


@pytest.fixture
def small(site_of: Callable[[Path], Site]) -> Site:
    return site_of(SMALL)


@pytest.mark.slow
def test_code_alone_goes_through_one_region_first(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a change of the topology committed and waiting, a rollback, and a run that is killed."""
    quick, gateway = Within(small, monkeypatch), small.gateway
    assert quick.deploy().code == 0
    first = runs(small, SERVING)
    small.edit(("memory: 128MB", "memory: 256MB"))
    small.compile()
    second = write(small, "second")
    gateway.minute_seconds = 0.2
    gateway.baking = lambda region, _: ring(small, STANDBY) if region == WEST else None

    failed = quick.deploy("--only-code")
    assert failed.codes == ["DR861"], failed
    assert (runs(small, STANDBY), runs(small, SERVING)) == (first, first)

    gateway.baking = unwatched
    ring(small, STANDBY, "OK")
    gateway.minute_seconds = 0.01
    begun = len(gateway.calls)
    with pytest.raises(Killed):
        quick.deploy("--only-code", reaper=Reaper(("Execute",), before=False))
    assert executed(gateway.calls[begun:]) == [("secondary", "watched", "15")]
    assert runs(small, SERVING) == first

    begun = len(gateway.calls)
    done = quick.deploy("--only-code")
    assert done.code == 0, done
    assert executed(gateway.calls[begun:]) == [("primary", "watched", "15")]
    assert (runs(small, STANDBY), runs(small, SERVING)) == (second, second)
    assert (memory(small, STANDBY), memory(small, SERVING)) == (128, 128)

    begun = len(gateway.calls)
    back = quick.deploy("--only-code", "--code", f"worker=sha256:{first[:8]}")
    assert back.code == 0, back
    assert f"worker: {second[:12]} -> {first[:12]}" in back.out
    assert [stack for stack, _, _ in executed(gateway.calls[begun:])] == ["secondary", "primary"]
    assert (runs(small, STANDBY), runs(small, SERVING)) == (first, first)
    assert not [call for call in gateway.calls[begun:] if _asks_for_a_template(call)]
    assert (memory(small, STANDBY), memory(small, SERVING)) == (128, 128)


def _asks_for_a_template(call: Call) -> bool:
    return call.operation == "CreateChangeSet" and not {"TemplateBody", "TemplateURL"}.isdisjoint(call.form)
