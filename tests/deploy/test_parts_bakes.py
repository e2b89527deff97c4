"""What a bake watches where a region has parts: the alarms of all its stacks, as many as CloudFormation takes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from compiler.aws.facts import cloudformation
from compiler.deploy import baking
from compiler.deploy.change_sets import ChangeSet
from compiler.deploy.cloud import DeploymentError
from compiler.deploy.review import Counts
from compiler.deploy.session import Session
from compiler.ir.elements import StackId, StackKind
from compiler.linking.waves import Step
from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import Document, load_document
from compiler.services.cloudwatch import UNHEALTHY_ARN
from tests.deploy.account import Account
from tests.deploy.gateway import unwatched
from tests.deploy.site import Site, Within
from tests.deploy.test_baking import EAST, WEST, change, of_session, ring, with_alarm
from tests.deploy.test_baking import alarm as unhealthy
from tests.helpers import ODD, compiled

Json = Any
PARTS = Path(__file__).with_name("parts.yaml")
MOST = cloudformation.ROLLBACK_TRIGGERS.value


def many(parts: int) -> Compiled:
    """A system with a function in each of some parts."""
    tree: Json = copy.deepcopy(load_document((ODD / "minimal.yaml").read_text(encoding="utf-8"), "spec.yaml").value)
    (first,), (route,) = tree["functions"], tree["api"]["routes"]
    for number in range(parts):
        tree["functions"].append({**first, "name": f"f{number}", "stack": f"p{number}", "share": 0.001})
        tree["api"]["routes"].append({**route, "path": f"/{number}", "function": f"f{number}"})
    tree["quotas"] = {"lambda_concurrency": 20_000}
    return compile_document(Document("spec.yaml", "", tree, {}), lint=False)


def alarm(stack: StackId) -> str:
    return f"arn:aws:cloudwatch:{stack.region}:1:alarm:unhealthy-{stack.label}"


def watched(session: Session, stack: StackId) -> list[str]:
    found = baking.watch(session, Step(stack, (), bakes=True), session.existing[stack])
    return [str(trigger["Arn"]) for trigger in found.configuration["RollbackTriggers"]]


@pytest.mark.parametrize("part", ["", "work", "data"])
def test_an_operation_watches_the_alarms_of_all_stacks_of_its_region(part: str) -> None:
    made = compiled(ODD / "parts.yaml")
    session = of_session(with_alarm("OK"), made=made)
    stack = StackId(StackKind.SECONDARY, WEST, part)
    homes = [item for item in made.deployment.stacks if item.id.base == made.topology.secondary]
    region = {alarm(home.id) for home in homes if UNHEALTHY_ARN in home.section("Outputs")}
    own, *others = watched(session, stack)
    assert own == alarm(stack)
    assert {own, *others} == region, "a change of the network is seen by the functions of a part"


def test_of_more_alarms_than_cloudformation_takes_it_watches_those_that_are_nearest() -> None:
    session = of_session(with_alarm("OK"), made=many(12))
    stack = StackId(StackKind.SECONDARY, WEST, "p9")
    found = watched(session, stack)
    assert len(found) == len(set(found)) == MOST
    assert found[:2] == [alarm(stack), alarm(session.topology.secondary)]


def only_ringing(name: str) -> Account:
    """An account in which one alarm rings."""

    def answer(region: str, given: Json) -> Json:
        states = {True: "ALARM", False: "OK"}
        names = given["AlarmNames"]
        return {
            "CompositeAlarms": [{"AlarmName": n, "StateValue": states[n == name], "StateReason": "why"} for n in names]
        }

    return Account(says={"cloudwatch:DescribeAlarms": answer})


def test_what_cloudformation_does_not_watch_keeps_the_change_from_the_next_region() -> None:
    made = many(12)
    far = StackId(StackKind.SECONDARY, WEST, "p9")
    session = of_session(only_ringing(f"unhealthy-{far.label}"), made=made)
    session.updates = True
    first, next_ = (made.deployment.stack(stack) for stack in (session.topology.secondary, session.topology.primary))
    assert alarm(far) not in watched(session, first.id)
    baking.refuse_ringing(session, next_, ChangeSet("", False, (), None))
    session.changed[first.id] = Counts(change=1)
    with pytest.raises(DeploymentError) as refused:
        baking.refuse_ringing(session, next_, ChangeSet("", False, (), None))
    (finding,) = refused.value.findings
    assert finding.message.startswith("us-west-2, which has the change already: `unhealthy-secondary-p9` rings: why")


def test_an_alarm_that_leaves_its_stack_is_no_trigger() -> None:
    """It would be missing before the operation has ended, and a missing trigger takes the operation back."""
    made = compiled(ODD / "parts.yaml")
    session = of_session(with_alarm("OK"), made=made)
    part = made.deployment.stack(StackId(StackKind.SECONDARY, WEST, "data"))
    assert alarm(part.id) in watched(session, session.topology.secondary)
    without = {name: body for name, body in part.section("Outputs").items() if name != UNHEALTHY_ARN}
    template = replace(part.template, body={**part.template.body, "Outputs": without})
    stacks = [replace(stack, template=template) if stack == part else stack for stack in session.deployment.stacks]
    session.deployment = replace(session.deployment, stacks=tuple(stacks))
    assert alarm(part.id) not in watched(session, session.topology.secondary)


BOOK, REPORT = ("    duration: 10ms\n    tables: [accounts]", "    duration: 10ms\n    share: 0.1")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "rings", "changed"),
    [(BOOK, "secondary-work.us-west-2", "secondary"), (REPORT, "secondary.us-west-2", "secondary-work")],
    ids=["the first stack changes", "a part changes"],
)
def test_an_alarm_of_another_stack_takes_the_change_back(
    site_of: Callable[[Path], Site], monkeypatch: pytest.MonkeyPatch, entry: str, rings: str, changed: str
) -> None:
    """The functions of a part need the network of the first stack, and clients of one part may call the other."""
    split = site_of(PARTS)
    quick, gateway = Within(split, monkeypatch), split.gateway
    assert quick.deploy().code == 0
    untouched = {stack: split.events(stack) for stack in ("primary.us-east-1", "primary-work.us-east-1")}
    change(split, f"timeout: 3s\n{entry}", f"timeout: 4s\n{entry}")
    gateway.minute_seconds = 0.2
    gateway.baking = lambda region, _: ring(split, rings) if region == WEST else None
    begun = len(gateway.calls)

    failed = quick.deploy()

    assert (failed.code, failed.codes) == (1, ["DR861"]), failed
    assert f"split-{changed}-prod-a1 was taken back, because `{unhealthy(split, rings)}` rang" in failed.err
    assert f"{EAST} is untouched" in failed.err
    assert {stack: split.events(stack) for stack in untouched} == untouched
    gateway.baking = unwatched
    ring(split, rings, "OK")
    done = quick.deploy()
    assert done.code == 0, done
    names = {call.form["StackName"] for call in gateway.calls[begun:] if call.operation == "ExecuteChangeSet"}
    assert names == {f"split-{changed}-prod-a1", f"split-{changed.replace('secondary', 'primary')}-prod-a1"}
