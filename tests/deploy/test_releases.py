"""Code is released: an archive that was deployed before is released again by its digest, and regions do not differ."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler.deploy.command import main
from compiler.deploy.packing import pack
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
    elsewhere,
    parameters,
)

__all__ = ["checkout", "compiled", "desk", "elsewhere"]


def release(desk: Desk, folder: Path, number: int) -> str:
    """Deploys one more code; its digest."""
    made = code(folder / f"code-{number}", f"def handler(event, context): return {number}")
    assert desk.deploy("--assume-delegated", "--code", f"worker={made}").code == 0
    return hashlib.sha256(pack(made)).hexdigest()


def running(desk: Desk) -> dict[str, tuple[str, str]]:
    """The digest and the version of the code by region, as the stacks are given them."""
    found = {}
    for region, stack in ((EAST, PRIMARY), (WEST, SECONDARY)):
        given = parameters(desk.account, stack, region)
        found[region] = (given["codeKeyWorker"].split("/")[2].removesuffix(".zip"), given["codeVersionWorker"])
    return found


def where(desk: Desk, region: str, digest: str) -> tuple[str, str]:
    """Bucket and key of an archive in a region."""
    (found,) = (at for at in desk.account.history if digest in at[1] and desk.account.buckets[at[0]] == region)
    return found


def by_digest(digest: str, *more: str) -> tuple[str, ...]:
    return ("--assume-delegated", "--code", f"worker=sha256:{digest}", *more)


@pytest.mark.parametrize("digits", [64, 12, 5])
def test_an_earlier_archive_is_released_by_its_digest(desk: Desk, tmp_path: Path, digits: int) -> None:
    first, second = release(desk, tmp_path, 1), release(desk, tmp_path, 2)
    assert {digest for digest, _ in running(desk).values()} == {second}
    uploads = len(desk.account.made("s3:PutObject"))
    assert desk.deploy(*by_digest(first[:digits])).code == 0
    assert running(desk) == {EAST: (first, "v1"), WEST: (first, "v1")}
    assert len(desk.account.made("s3:PutObject")) == uploads, "what is there is not uploaded again"


def test_of_two_uploads_at_once_both_get_the_first_version(desk: Desk, tmp_path: Path) -> None:
    """Else the slower run would leave a version that no stack has, and the next run would deploy it once more."""
    put = desk.account._s3_PutObject
    faster: list[str] = []

    def overtaken(region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        if region not in faster:
            faster.append(region)
            put(region, given)
        return put(region, given)

    desk.account.says["s3:PutObject"] = overtaken
    digest = release(desk, tmp_path, 1)
    assert sorted(faster) == [EAST, WEST]
    assert running(desk) == {EAST: (digest, "v1"), WEST: (digest, "v1")}
    assert {len(contents) for contents in desk.account.history.values()} == {1}


def test_the_code_of_a_function_without_source_is_taken_back_too(elsewhere: Desk, tmp_path: Path) -> None:
    first, _ = release(elsewhere, tmp_path, 1), release(elsewhere, tmp_path, 2)
    assert elsewhere.deploy(*by_digest(first[:12])).code == 0
    assert {digest for digest, _ in running(elsewhere).values()} == {first}


def test_a_region_without_the_archive_is_given_it_by_the_one_that_has_it(desk: Desk, tmp_path: Path) -> None:
    first, _ = release(desk, tmp_path, 1), release(desk, tmp_path, 2)
    lost = where(desk, WEST, first)
    content = desk.account.history[lost]
    del desk.account.history[lost], desk.account.digests[lost]
    assert desk.deploy(*by_digest(first[:12])).code == 0
    assert desk.account.history[lost] == content
    assert {digest for digest, _ in running(desk).values()} == {first}


def test_what_somebody_put_under_the_key_is_not_released(desk: Desk, tmp_path: Path) -> None:
    """An earlier version that is right is used; the region is given the right content again where it has none."""
    first, _ = release(desk, tmp_path, 1), release(desk, tmp_path, 2)
    for region in (EAST, WEST):
        at = where(desk, region, first)
        desk.account.history[at].append(b"evil")
        desk.account.digests[at], desk.account.versions[at] = "other", 2
    assert desk.deploy(*by_digest(first[:12])).code == 0
    assert running(desk) == {EAST: (first, "v3"), WEST: (first, "v3")}
    for region in (EAST, WEST):
        (good, evil, again) = desk.account.history[where(desk, region, first)]
        assert good == again != evil


def test_an_archive_of_which_no_version_is_right(desk: Desk, tmp_path: Path) -> None:
    first, second = release(desk, tmp_path, 1), release(desk, tmp_path, 2)
    for region in (EAST, WEST):
        desk.account.history[where(desk, region, first)] = [b"evil"]
    (told,) = desk.refused("DR868", *by_digest(first[:12]))
    assert f"no version of functions/worker/{first}.zip in us-east-1 and us-west-2" in told.message
    assert told.place.startswith("name: worker")
    assert "--code NAME=PATH" in told.help
    assert {digest for digest, _ in running(desk).values()} == {second}


def test_a_digest_that_no_archive_has(desk: Desk, tmp_path: Path) -> None:
    first, second = release(desk, tmp_path, 1), release(desk, tmp_path, 2)
    (told,) = desk.refused("DR866", *by_digest("0" * 64))
    assert told.message.startswith("there is no archive of `worker` in bucket-code-prod-a1-")
    for digest in (first, second):
        option = f"worker=sha256:{digest[:12]}"
        assert f"`--code {option}`" in told.help
        assert desk.deploy("--assume-delegated", "--code", option).code == 0, "the remedy works"


def test_a_digest_where_nothing_was_ever_deployed(desk: Desk) -> None:
    (told,) = desk.refused("DR866", *by_digest("0123"))
    assert "give the code with `--code worker=PATH`" in told.help
    assert desk.account.stacks == {}


def test_a_start_that_several_archives_have(desk: Desk, tmp_path: Path) -> None:
    release(desk, tmp_path, 1)
    (bucket, _), content = next(item for item in desk.account.history.items() if "functions/" in item[0][1])
    digests = ["abcd" + letter * 60 for letter in "01"]
    for digest in digests:
        desk.account.history[bucket, f"functions/worker/{digest}.zip"] = content
    (told,) = desk.refused("DR867", *by_digest("abcd"))
    assert told.message == "2 archives of `worker` have a digest that begins with abcd"
    assert all(f"`--code worker=sha256:{digest[:12]}`" in told.help for digest in digests)


def test_an_archive_that_is_older_than_the_handler(desk: Desk, tmp_path: Path) -> None:
    release(desk, tmp_path, 1)
    (bucket, _), _ = next(item for item in desk.account.history.items() if "functions/" in item[0][1])
    old = pack(code(tmp_path / "old", "def main(event, context): return 0"))
    digest = hashlib.sha256(old).hexdigest()
    desk.account.history[bucket, f"functions/worker/{digest}.zip"] = [old]
    (told,) = desk.refused("DR416", *by_digest(digest[:12]))
    assert told.place == "app.handler"


@pytest.mark.parametrize("value", ["sha256:", "sha256:abc", "sha256:ABCDEF12", "sha256:xyz12345", "sha256:" + "a" * 65])
def test_what_is_no_digest(desk: Desk, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([SPEC, "--plan", "--code", f"worker={value}"])
    assert ended.value.code == 2
    assert f"--code worker: `{value}` is not of the form sha256:DIGEST" in capsys.readouterr().err


def test_the_plan_says_what_is_taken_from_the_buckets(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([SPEC, "--plan", "--code", "worker=sha256:0123abcd"]) == 0
    assert "sha256 0123abcd, as it is in the code buckets" in capsys.readouterr().out


# The review


def reviewed(desk: Desk, *arguments: str) -> list[str]:
    """What the review says about code, without the width of its column."""
    outcome = desk.deploy(*arguments)
    assert outcome.code == 0, outcome
    return [line.split("code", 1)[1].strip() for line in outcome.out.splitlines() if line.startswith("      code ")]


def test_the_review_shows_old_and_new_code_of_each_region(elsewhere: Desk, tmp_path: Path) -> None:
    folders = [code(tmp_path / str(n), f"def handler(event, context): return {n}") for n in range(2)]
    first, second = (hashlib.sha256(pack(folder)).hexdigest()[:12] for folder in folders)
    given = [("--assume-delegated", "--code", f"worker={folder}") for folder in folders]
    assert reviewed(elsewhere, *given[0]) == [f"worker: new, {first}"] * 2
    assert reviewed(elsewhere, *given[0]) == [f"worker: unchanged, {first}"] * 2
    assert reviewed(elsewhere, *given[1]) == [f"worker: {first} -> {second}"] * 2
    assert reviewed(elsewhere) == [f"worker: released elsewhere, stays {second}"] * 2
    assert reviewed(elsewhere, *given[0], "--only", "global.us-east-1") == []
    assert reviewed(elsewhere, *by_digest(first)) == [f"worker: {second} -> {first}"] * 2


def test_code_under_a_key_of_another_tool_is_shown_by_its_key(elsewhere: Desk, tmp_path: Path) -> None:
    release(elsewhere, tmp_path, 1)
    for where_ in ((EAST, PRIMARY), (WEST, SECONDARY)):
        for item in elsewhere.account.stacks[where_]["Parameters"]:
            if item["ParameterKey"] == "codeKeyWorker":
                item["ParameterValue"] = "builds/17/worker.zip"
    assert reviewed(elsewhere) == ["worker: released elsewhere, stays builds/17/worker.zip"] * 2


# Regions that differ

WEST_ALONE = ("--only", "secondary.us-west-2")


def differ(desk: Desk, folder: Path) -> tuple[str, str]:
    """A release that reached the standby alone: the code of the primary, and that of the standby."""
    first = release(desk, folder, 1)
    made = code(folder / "half", "def handler(event, context): return 2")
    (told,) = desk.remarked("DR629", "--assume-delegated", "--code", f"worker={made}", *WEST_ALONE)
    second = hashlib.sha256(pack(made)).hexdigest()
    runs = f"{first[:12]} in us-east-1 and {second[:12]} in us-west-2"
    assert told.message == f"this run leaves `worker` with different code: {runs}"
    assert {region: digest for region, (digest, _) in running(desk).items()} == {EAST: first, WEST: second}
    return first, second


@pytest.mark.parametrize("chosen", [0, 1])
def test_regions_that_differ_are_an_error_until_one_code_is_released(
    elsewhere: Desk, tmp_path: Path, chosen: int
) -> None:
    digests = differ(elsewhere, tmp_path)
    (told,) = elsewhere.refused("DR628")
    assert told.message.startswith("`worker` runs different code: ")
    assert told.place.startswith("name: worker")
    option = f"worker=sha256:{digests[chosen][:12]}"
    assert f"`--code {option}`" in told.help
    assert elsewhere.deploy("--assume-delegated", "--code", option).code == 0
    assert {digest for digest, _ in running(elsewhere).values()} == {digests[chosen]}
    assert elsewhere.deploy().code == 0


def test_a_run_that_has_the_code_makes_the_regions_equal(desk: Desk, tmp_path: Path) -> None:
    differ(desk, tmp_path)
    assert desk.remarked("DR628") == desk.remarked("DR629") == []
    assert len({digest for digest, _ in running(desk).values()}) == 1


def test_one_region_can_be_mended_alone(elsewhere: Desk, tmp_path: Path) -> None:
    first, second = differ(elsewhere, tmp_path)
    assert len(elsewhere.remarked("DR629", "--assume-delegated", *WEST_ALONE)) == 1, "it stays as it is"
    assert elsewhere.remarked("DR629", *by_digest(first, *WEST_ALONE)) == []
    assert {digest for digest, _ in running(elsewhere).values()} == {first} != {second}


def test_a_region_that_does_not_answer_is_not_compared(elsewhere: Desk, tmp_path: Path) -> None:
    differ(elsewhere, tmp_path)
    elsewhere.account.dead.add(EAST)
    assert elsewhere.remarked("DR629", "--assume-delegated", *WEST_ALONE) == []
