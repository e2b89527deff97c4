"""Proposals in front of the emulator: one principal proposes, another one executes.

The emulator grants everything to everybody. So what each principal called is held against what it may call.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from compiler.deploy.proposal import digest_of
from tests.deploy.site import ROOT, Killed, Reaper, Site, Within
from tests.deploy.test_poisoned_bucket import _bucket as bucket
from tests.deploy.test_poisoned_bucket import _evil_code as evil_code
from tests.deploy.test_poisoned_bucket import _nothing_foreign as nothing_foreign
from tests.deploy.test_poisoned_bucket import _put as put

pytestmark = pytest.mark.slow
Json = Any
SMALL = Path(__file__).with_name("small.yaml")
FILE = "proposal.json"
PRIMARY, SECONDARY = "primary.us-east-1", "secondary.us-west-2"
CHANGES = {"ExecuteChangeSet", "CreateStack", "UpdateStack", "DeleteStack", "UpdateTerminationProtection"}


@pytest.fixture
def small(site_of: Callable[[Path], Site]) -> Site:
    return site_of(SMALL)


def called(site: Site, principal: str) -> list[tuple[str, str]]:
    """Operations of CloudFormation by a principal, each with its stack."""
    return [
        (call.operation, call.form.get("StackName", ""))
        for call in site.gateway.calls
        if call.key_id == principal and call.service == "cloudformation"
    ]


def proposal(site: Site) -> dict[str, Json]:
    found: dict[str, Json] = json.loads((site.folder / FILE).read_text())
    return found


def functions_key(site: Site) -> str:
    """Key of the archive in the code buckets."""
    return str(proposal(site)["code"][0]["key"])


def test_two_principals_from_nothing_and_then_a_change(small: Site) -> None:
    proposer, approver = (replace(small, principal=name) for name in ("proposer", "approver"))

    done = proposer.deploy("--propose", FILE)
    assert done.code == 0, done
    assert not {operation for operation, _ in called(small, "proposer")} & CHANGES
    done = approver.deploy("--execute", FILE)
    assert done.code == 0, done
    first = {small.stack(operation["stack"])["StackName"] for operation in proposal(small)["waves"][0]}
    for stack in first:
        made = (
            o for o, of in called(small, "approver") if of == stack and o in ("CreateChangeSet", "ExecuteChangeSet")
        )
        assert next(made) == "ExecuteChangeSet", "it makes none for the first wave"
    assert "nothing had to be changed" in small.deploy().out

    small.edit(("memory: 128MB", "memory: 256MB"))
    small.compile()
    done = proposer.deploy("--propose", FILE)
    assert done.code == 0, done
    waves = [[operation["stack"] for operation in wave] for wave in proposal(small)["waves"]]
    assert waves[:2] == [[SECONDARY], [PRIMARY]], "one region first"
    before = len(called(small, "approver"))
    done = approver.deploy("--execute", FILE)
    assert done.code == 0, done
    later = [call for call in called(small, "approver")[before:] if call[0] in ("CreateChangeSet", "ExecuteChangeSet")]
    assert later[0] == ("ExecuteChangeSet", small.stack(SECONDARY)["StackName"])
    assert not {operation for operation, _ in called(small, "proposer")} & CHANGES
    for key in (SECONDARY, PRIMARY):
        function = small.resources(key)["FunctionWorker"]
        client = small.gateway.client("lambda", key.partition(".")[2])
        assert client.get_function_configuration(FunctionName=function)["MemorySize"] == 256

    again = approver.deploy("--execute", FILE)
    assert again.code == 0, again
    assert "has been executed already" in again.out
    nothing_foreign(small)


def test_a_region_that_is_added_to_a_running_system(
    site_of: Callable[[Path], Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four waves, in which values come from stacks of earlier ones: each does just what was predicted."""
    site = site_of(ROOT / "tests" / "specs" / "west-first.yaml")
    quick = Within(site, monkeypatch)
    assert quick.deploy().code == 0
    site.edit(("tables:", "  - {region: eu-west-1, role: replica}\ntables:"))
    site.compile()
    assert quick.deploy("--propose", FILE).code == 0
    waves = [{operation["stack"] for operation in wave} for wave in proposal(site)["waves"]]
    assert waves[0] == {"replica.eu-west-1", "secondary.us-east-1"}
    assert waves[-1] == {"primary.us-west-2"}, "the region that serves comes last"
    done = quick.deploy("--execute", FILE)
    assert done.code == 0, done
    assert "nothing had to be changed" in quick.deploy().out


def test_what_changed_between_proposal_and_execution(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates on disk, a stack, and objects in the code bucket."""
    quick = Within(small, monkeypatch)
    assert quick.deploy().code == 0
    small.edit(("memory: 128MB", "memory: 256MB"))
    small.compile()
    assert quick.deploy("--propose", FILE).code == 0

    small.edit(("memory: 256MB", "memory: 512MB"))
    small.compile()
    refused = quick.deploy("--execute", FILE)
    assert (refused.code, set(refused.codes)) == (1, {"DR890"}), refused
    small.edit(("memory: 512MB", "memory: 256MB"))
    small.compile()

    # Another version under the key of the code is not what was proposed; the proposed one is still there.
    for region in ("us-east-1", "us-west-2"):
        put(small, region, functions_key(small), evil_code(), b"")
    assert quick.deploy("--execute", FILE).code == 0
    nothing_foreign(small)

    assert quick.deploy("--propose", FILE, "--parameter", "reservedConcurrencyWorker=110").code == 0
    assert quick.deploy("--parameter", "reservedConcurrencyWorker=120").code == 0
    refused = quick.deploy("--execute", FILE)
    assert (refused.code, set(refused.codes)) == (1, {"DR892"}), refused

    assert quick.deploy("--propose", FILE, "--parameter", "reservedConcurrencyWorker=110").code == 0
    gone = next(archive for archive in proposal(small)["code"] if archive["region"] == "us-west-2")
    client = small.gateway.client("s3", "us-west-2")
    client.delete_object(Bucket=bucket(small, "us-west-2"), Key=gone["key"], VersionId=gone["version"])
    refused = quick.deploy("--execute", FILE)
    assert (refused.code, set(refused.codes)) == (1, {"DR891"}), refused


def test_a_later_wave_that_was_not_predicted_is_not_executed(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change set is CloudFormation's; the proposal is one that does not say all of it."""
    quick = Within(small, monkeypatch)
    assert quick.deploy("--propose", FILE).code == 0
    found = proposal(small)
    whole = json.dumps(found)
    later = next(operation for operation in found["waves"][1] if operation["stack"] == PRIMARY)
    hidden = later["changes"].pop()
    del found["digest"]
    (small.folder / FILE).write_text(json.dumps({**found, "digest": digest_of(found)}))

    refused = quick.deploy("--execute", FILE)
    assert (refused.code, set(refused.codes)) == (1, {"DR894"}), refused
    assert f"adds `{hidden['id']}` ({hidden['type']}), which was not proposed" in refused.err
    executed = [call.form["StackName"] for call in small.gateway.calls if call.operation == "ExecuteChangeSet"]
    assert not [name for name in executed if "-primary-" in name]

    (small.folder / FILE).write_text(whole)
    done = quick.deploy("--execute", FILE)
    assert done.code == 0, done
    assert "nothing had to be changed" in quick.deploy().out


@pytest.mark.parametrize("before", [True, False])
def test_an_execution_that_is_killed_again_and_again_ends_as_proposed(
    small: Site, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    quick = Within(small, monkeypatch)
    assert quick.deploy("--propose", FILE).code == 0
    kills = 0
    while True:
        try:
            done = quick.deploy("--execute", FILE, reaper=Reaper(("ExecuteChangeSet",), before) if kills < 4 else None)
        except Killed:
            kills += 1
            continue
        break
    assert kills
    assert done.code == 0, done
    assert "has been executed already" in quick.deploy("--execute", FILE).out
    assert "nothing had to be changed" in quick.deploy().out
    nothing_foreign(small)
