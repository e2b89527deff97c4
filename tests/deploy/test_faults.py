"""What goes wrong in a deployment, and how running it again completes it. docs/deploy.md has the table."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from compiler.deploy import aws
from tests.deploy.gateway import Call, Gateway, Way, none
from tests.deploy.site import Killed, Reaper, Site, Within

Json = Any
SMALL = Path(__file__).with_name("small.yaml")
PRIMARY, SECONDARY, GLOBAL = "primary.us-east-1", "secondary.us-west-2", "global.us-east-1"
STACKS = (GLOBAL, PRIMARY, SECONDARY)


@pytest.fixture
def small(site_of: Callable[[Path], Site]) -> Site:
    """The smallest topology there is: the steps of a run are the same, with less in them."""
    return site_of(SMALL)


@pytest.fixture
def quick(small: Site, monkeypatch: pytest.MonkeyPatch) -> Within:
    """Runs of dr-deploy for it within this process."""
    return Within(small, monkeypatch)


def whole(site: Site, quick: Within) -> dict[str, Any]:
    """What the stacks hold, once all are complete and nothing is left to do; fails where they are not."""
    again = quick.deploy()
    assert again.code == 0, again
    assert "nothing had to be changed" in again.out, again
    for key in STACKS:
        found = site.stack(key)
        assert found["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        assert found["EnableTerminationProtection"]
    return {key: sorted(site.resources(key)) for key in STACKS}


def twins(gateway: Gateway) -> list[str]:
    """Physical things of which there are two though the topology makes one: what an orphan leaves."""
    found = []
    for region in ("us-east-1", "us-west-2"):
        ec2 = gateway.client("ec2", region)
        vpcs = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]
        apis = gateway.client("apigatewayv2", region).get_apis()["Items"]
        names = [api["Name"] for api in apis]
        found += vpcs[1:] + [name for name in set(names) if names.count(name) > 1]
    zones = gateway.client("route53", "us-east-1").list_hosted_zones()["HostedZones"]
    return found + [zone["Id"] for zone in zones[1:]]


def named(*names: str) -> Callable[[Call], bool]:
    return lambda call: call.name in names


def nth(number: int, which: Callable[[Call], bool], way: Way) -> Callable[[Call], Way]:
    """Trouble at the n-th call of a kind only."""
    seen = iter(range(1, 10_000))
    return lambda call: way if which(call) and next(seen) == number else Way.PASS


ADVANCES = ("CreateBucket", "Put", "Execute", "UpdateTermination")


@pytest.mark.slow
def test_a_run_that_is_killed_at_each_step_is_completed_by_the_next(small: Site, quick: Within) -> None:
    """One run after the other is killed: when its first step has been taken, or just before its first execution.

    So every boundary between two steps is one that a run is killed at, and another goes on from.
    """
    steps: list[str] = []
    for _ in range(80):
        deployed = bool(steps) and steps[-1].startswith("after cloudformation")
        reaper = Reaper(("Execute",), before=True) if deployed else Reaper(ADVANCES, before=False)
        try:
            done = quick.deploy(reaper=reaper)
        except Killed:
            steps.append(f"{'before' if reaper.before else 'after'} {reaper.last}")
            continue
        assert done.code == 0, done
        break
    else:
        pytest.fail(f"it never came to an end: {steps}")
    whole(small, quick)
    assert steps.count("after cloudformation:ExecuteChangeSet") >= 4, steps
    assert steps.count("before cloudformation:ExecuteChangeSet") >= 4, steps
    assert {"after s3:CreateBucket", "after s3:PutObject", "after s3:PutBucketVersioning"} <= set(steps)
    assert twins(small.gateway) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "operation", "way"),
    [
        (4, "CreateChangeSet", Way.KILL_AFTER),
        (4, "ExecuteChangeSet", Way.KILL_AFTER),
    ],
)
def test_a_process_that_is_killed_is_completed_by_the_next(
    small: Site, quick: Within, number: int, operation: str, way: Way
) -> None:
    small.gateway.trouble = nth(number, named(f"cloudformation:{operation}"), way)
    process = small.start(*small.arguments())
    small.gateway.victim = process.pid
    process.communicate(timeout=60)
    assert process.returncode == -9
    small.gateway.trouble = none

    done = quick.deploy()

    assert done.code == 0, done
    whole(small, quick)
    assert twins(small.gateway) == []


def test_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice(small: Site, quick: Within) -> None:
    lost = {"cloudformation:ExecuteChangeSet", "cloudformation:CreateChangeSet", "s3:CreateBucket"}

    def lose(call: Call) -> Way:
        if call.name in lost:
            lost.remove(call.name)
            return Way.LOSE
        return Way.PASS

    small.gateway.trouble = lose
    done = quick.deploy()
    small.gateway.trouble = none

    assert done.code == 0, done
    assert lost == {"s3:CreateBucket"} or not lost
    whole(small, quick)
    assert twins(small.gateway) == []


@pytest.mark.slow
def test_a_run_goes_on_without_its_reader(small: Site, quick: Within) -> None:
    """A pipe to a log collector breaks after one line: the stacks are complete and the exit code is theirs."""
    process = small.start(*small.arguments())
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    process.stderr.close()
    assert process.wait() == 0
    whole(small, quick)


IN_BETWEEN = (Way.PAGE, Way.SIGN_IN, Way.EMPTY)


@pytest.mark.slow
@pytest.mark.parametrize("way", IN_BETWEEN)
def test_an_answer_of_somebody_in_between_is_asked_for_again(small: Site, quick: Within, way: Way) -> None:
    """Once for every service, in the middle of the run where the service is called there."""
    seen: dict[str, int] = {}

    def trouble(call: Call) -> Way:
        seen[call.service] = seen.get(call.service, 0) + 1
        return way if seen[call.service] == 3 else Way.PASS

    small.gateway.trouble = trouble
    done = quick.deploy()
    assert done.code == 0, done
    small.gateway.trouble = none
    whole(small, quick)


@pytest.mark.slow
@pytest.mark.parametrize("way", IN_BETWEEN)
def test_somebody_in_between_for_ever_is_named_and_the_next_run_completes(
    small: Site, quick: Within, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    monkeypatch.setattr(aws, "PATIENT_SECONDS", 0.0)
    monkeypatch.setattr(aws, "IMPATIENT_SECONDS", 0.0)
    small.gateway.trouble = lambda call: way if call.operation == "DescribeChangeSet" else Way.PASS
    done = quick.deploy()
    assert (done.code, set(done.codes)) == (1, {"DR871"}), done
    assert "DescribeChangeSet of cloudformation in " in done.err
    assert "HTTPS_PROXY" in done.err
    small.gateway.trouble = none
    assert quick.deploy().code == 0
    whole(small, quick)


@pytest.mark.slow
def test_throttled_and_slow_apis_only_take_longer(small: Site, quick: Within) -> None:
    small.gateway.trouble = lambda call: Way.THROTTLE if call.number % 12 == 0 else Way.PASS
    small.gateway.delay_seconds = 0.02

    done = quick.deploy()

    small.gateway.trouble, small.gateway.delay_seconds = none, 0.0
    assert done.code == 0, done
    whole(small, quick)


@pytest.mark.slow
def test_a_stack_that_fails_in_the_second_wave_is_told_rolled_back_and_deployed_once_mended(
    small: Site, quick: Within
) -> None:
    """A domain name of the primary is taken only once the checks have passed."""
    gateway = small.gateway.client("apigatewayv2", "us-east-1")
    id_, name = "RegionalDomain", "us-east-1.small.example.com"
    assert small.template(PRIMARY)[id_]["Properties"]["DomainName"] == name

    def take(call: Call) -> Way:
        if call.name == "cloudformation:ExecuteChangeSet" and call.region == "us-west-2" and not taken:
            gateway.create_domain_name(DomainName=name)
            taken.append(name)
        return Way.PASS

    taken: list[str] = []
    small.gateway.trouble = take
    failed = quick.deploy()
    small.gateway.trouble = none

    assert (failed.code, failed.codes) == (1, ["DR833"]), failed
    assert f"`{id_}`" in failed.err
    assert re.search(r"--> specs/small\.yaml:\d+:\d+\n", failed.err)
    assert small.stack(PRIMARY)["StackStatus"] == "ROLLBACK_COMPLETE"
    # What was made for it is gone: nothing blocks the names of the next try.
    assert small.gateway.client("dynamodb", "us-east-1").list_tables()["TableNames"] == []
    still = quick.deploy()
    assert (still.code, still.codes) == (1, ["DR824"]), still

    gateway.delete_domain_name(DomainName=name)
    mended = quick.deploy()

    assert mended.code == 0, mended
    whole(small, quick)
    assert twins(small.gateway) == []


@pytest.mark.slow
def test_a_change_by_hand_is_shown_and_put_back(small: Site, quick: Within) -> None:
    assert quick.deploy().code == 0
    client = small.gateway.client("cloudformation", "us-west-2")
    stack = small.stack(SECONDARY)
    template = client.get_template(StackName=stack["StackName"])["TemplateBody"]
    id_ = "FunctionWorkerLogs"
    template["Resources"][id_]["Properties"]["RetentionInDays"] = 1
    small.gateway.client("s3", "us-east-1").create_bucket(Bucket="by-hand")
    small.gateway.client("s3", "us-east-1").put_object(Bucket="by-hand", Key="t", Body=json.dumps(template).encode())
    client.update_stack(
        StackName=stack["StackName"],
        TemplateURL="https://s3.us-east-1.amazonaws.com/by-hand/t",
        Parameters=[{"ParameterKey": p["ParameterKey"], "UsePreviousValue": True} for p in stack["Parameters"]],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    client.get_waiter("stack_update_complete").wait(StackName=stack["StackName"], WaiterConfig={"Delay": 0.2})

    done = quick.deploy()

    assert done.code == 0, done
    assert re.search(rf"change +{id_} \(AWS::Logs::LogGroup\)", done.out), done
    assert (
        client.get_template(StackName=stack["StackName"])["TemplateBody"]["Resources"][id_]["Properties"][
            "RetentionInDays"
        ]
        == small.template(SECONDARY)[id_]["Properties"]["RetentionInDays"]
    )
    whole(small, quick)


@pytest.mark.slow
def test_a_change_set_that_would_replace_or_drop_the_table_is_refused_unless_told_so(
    small: Site, quick: Within
) -> None:
    assert quick.deploy().code == 0
    before = whole(small, quick)
    text = (small.folder / small.spec).read_text()
    (name,) = re.findall(r"^  - \{name: ([a-z-]+), key:", text, re.MULTILINE)
    (table,) = (id_ for id_, body in small.template(PRIMARY).items() if body["Type"] == "AWS::DynamoDB::GlobalTable")
    small.edit((f"name: {name}, key:", "name: renamed, key:"))
    small.compile()
    calls = len(small.gateway.calls)

    refused = quick.deploy()

    assert (refused.code, set(refused.codes)) == (1, {"DR831"}), refused
    assert f"--allow-replace {table}" in refused.err
    assert not any(call.operation == "ExecuteChangeSet" for call in small.gateway.calls[calls:])
    for stack in STACKS:
        region = stack.partition(".")[2]
        name = small.stack(stack)["StackName"]
        left = small.gateway.client("cloudformation", region).list_change_sets(StackName=name)["Summaries"]
        assert [summary for summary in left if summary["ExecutionStatus"] == "AVAILABLE"] == []
    assert {key: sorted(small.resources(key)) for key in STACKS} == before

    told = quick.deploy("--allow-replace", table)
    assert told.code == 0, told
    assert "TableRenamed" in small.resources(PRIMARY)
    # The old one is no part of the stack any more and still there, with what it holds.
    assert len(small.gateway.client("dynamodb", "us-east-1").list_tables()["TableNames"]) == 2


@pytest.mark.slow
def test_two_runs_at_once_end_as_one(small: Site, quick: Within) -> None:
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda _: small.deploy(), range(2)))

    assert 0 in [outcome.code for outcome in outcomes], outcomes
    whole(small, quick)
    assert twins(small.gateway) == []
