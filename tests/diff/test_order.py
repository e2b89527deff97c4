"""What `--diff` says about the order of an update: exports, what Route 53 asks, and the waves."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from compiler.aws.values import ResourceId
from compiler.diff.compare import Comparison, compare
from compiler.rollout.endpoints import checks
from compiler.rollout.inventory import Inventory
from compiler.rollout.manifest import read
from compiler.rollout.simulation import simulate
from compiler.rollout.updates import unanswered
from tests.diff.edits import EDITS, Edit
from tests.diff.test_compare import changed, encoded, tree
from tests.diff.worlds import deployment, files
from tests.terminal import diff_text
from tests.tiers import one_of

PRIMARY, SECONDARY, GLOBAL = "primary.us-east-1", "secondary.us-west-2", "global.us-east-1"
ZONE = ("domain: tx.example.com", "domain: tx.example.com\n  hosted_zone: Z0123456789ABCDEFGHIJ")


def test_an_export_that_goes_is_no_longer_imported_by_then() -> None:
    """The spec is the one in which nobody imports it, so the order is all that there is to say."""
    old, new = deployment("shipped"), deployment("shipped", (ZONE,))
    (output,) = (output for stack in compare(old, new) for output in stack.outputs if output.imported_by)
    assert (output.id, output.imported_by, output.blockers) == ("HostedZoneId", (PRIMARY,), ())
    says = f"{PRIMARY} imports it until now: first {PRIMARY} and a bake of 15 min, then {GLOBAL}"
    assert output.notes[0].message == says
    text = " ".join(diff_text(Comparison(old, new).diff("old", "new")).split())
    assert says in text
    assert text.endswith(
        f"Order while the primary region serves clients: first {SECONDARY}, then a bake of 15 min "
        f"then {PRIMARY}, then a bake of 15 min then {GLOBAL}"
    )


def test_an_export_that_changes_while_it_is_imported_is_refused_in_every_order() -> None:
    """The zone is another one, and its id goes on being imported."""
    old, new = deployment("shipped"), deployment("shipped", (("tx.example.com", "pay.example.com"),))
    (output,) = (output for stack in compare(old, new) for output in stack.outputs if output.imported_by)
    assert "goes on importing it, and no order helps" in output.blockers[0].message
    assert output.notes == ()


def with_another_path(value: Any, *, kept: bool) -> Any:
    """The files where checks, and the route they ask, have another path; with `kept`, the old route stays beside it."""
    new = "/alive/${healthToken}"
    for key in (PRIMARY, SECONDARY):
        resources = value[f"{key}.json"]["Resources"]
        if kept:
            resources["HealthRouteNew"] = copy.deepcopy(resources["HealthRoute"])
        else:
            # It has the old path as well.
            resources.pop("HealthRoutePrevious")
        resources["HealthRouteNew" if kept else "HealthRoute"]["Properties"]["RouteKey"] = {"Fn::Sub": f"GET {new}"}
    for id_ in ("HealthCheckPrimary", "HealthCheckSecondary"):
        check = value[f"{GLOBAL}.json"]["Resources"][id_]
        check["Properties"]["HealthCheckConfig"]["ResourcePath"] = {"Fn::Sub": new}
    return value


def test_a_check_that_asks_what_its_region_does_not_answer_yet_is_found() -> None:
    """A partial gives the checks another path: no order of the stacks changes both at once."""
    old = deployment("shipped")
    new = read(encoded(with_another_path(tree(files("shipped")), kept=False)), "edited")
    found = {(item.rule.code, item.at.id) for item in simulate(old, new).findings if isinstance(item.at, ResourceId)}
    assert found == {("DR625", "HealthCheckPrimary"), ("DR625", "HealthCheckSecondary")}
    (note,) = changed(old, new)[f"{GLOBAL}/HealthCheckSecondary"].notes
    assert note.message == (
        "`HealthCheckSecondary` calls `/health/`, which `HealthApi` in us-west-2 does not answer from wave 1 to wave "
        "3: until then Route 53 takes us-west-2 as lost"
    )


def test_a_new_path_beside_the_old_one_is_asked_once_it_is_answered() -> None:
    old, new = deployment("shipped"), read(encoded(with_another_path(tree(files("shipped")), kept=True)), "edited")
    assert simulate(old, new).findings == ()
    (note,) = changed(old, new)[f"{GLOBAL}/HealthCheckSecondary"].notes
    assert note.message == (
        f"the new path is asked once it is answered: first {SECONDARY} and a bake of 15 min, "
        f"then {PRIMARY} and a bake of 15 min, then {GLOBAL}"
    )


@pytest.mark.parametrize("serving", [None, "us-west-2"])
@pytest.mark.parametrize("edit", one_of(4, EDITS), ids=lambda edit: edit.name)
def test_every_path_that_is_asked_is_answered_between_two_operations(edit: Edit, serving: str | None) -> None:
    """Whatever the edit and whichever region serves: no check fails because one stack is ahead of another."""
    old, new = deployment(edit.base, edit.before), deployment(edit.base, edit.before, edit.change)
    rollout = simulate(old, new, serving=serving)
    for snapshot in rollout.snapshots if rollout.updates else ():
        inventory = Inventory(snapshot, rollout.index)
        assert any(checks(inventory))
        assert unanswered(inventory) == {}


def test_a_function_that_route_53_asks_says_in_which_order_it_changes() -> None:
    changes = changed(deployment("shipped"), deployment("shipped", (("memory: 1024MB", "memory: 2048MB"),)))
    for key in (PRIMARY, SECONDARY):
        (note,) = changes[f"{key}/FunctionHealth"].notes
        assert note.message == f"Route 53 asks it: first {SECONDARY} and a bake of 15 min, then {PRIMARY}"
        assert changes[f"{key}/FunctionTransactionProcessor"].notes == ()


def test_who_uses_a_value_of_what_is_replaced_has_an_operation_more() -> None:
    """The peering is another one with the network of the standby, and the standby's routes lead through it."""
    (edit,) = (edit for edit in EDITS if edit.name.startswith("other addresses of the standby"))
    waves = Comparison(deployment(edit.base), deployment(edit.base, edit.change)).order.waves
    assert [wave.stacks for wave in waves if GLOBAL not in wave.stacks] == [(SECONDARY,), (PRIMARY,), (SECONDARY,)]
    assert all(wave.bakes for wave in waves if GLOBAL not in wave.stacks)
