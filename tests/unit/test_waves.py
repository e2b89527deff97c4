"""The order of deployment, on needs made by hand."""

from __future__ import annotations

from compiler.ir.elements import StackId, StackKind
from compiler.linking.waves import Need, waves

G = StackId(StackKind.GLOBAL, "us-east-1")
P = StackId(StackKind.PRIMARY, "us-east-1")
S = StackId(StackKind.SECONDARY, "us-west-2")
R = StackId(StackKind.REPLICA, "eu-west-1")


def need(
    stack: StackId,
    takes: dict[str, tuple[StackId, str]] | None = None,
    gives: dict[str, set[str]] | None = None,
    imports: set[tuple[StackId, str]] | None = None,
) -> Need:
    given = {name: frozenset(gates) for name, gates in (gives or {}).items()}
    return Need(stack, takes or {}, frozenset(imports or ()), given)


def order(*needs: Need) -> list[dict[str, tuple[str, ...]]]:
    """The waves as stack name to parameters known; fails where anything is stuck."""
    made, stuck = waves(needs)
    assert stuck == ()
    return [{step.stack.name: step.parameters for step in wave} for wave in made]


def test_stacks_that_need_nothing_run_at_once() -> None:
    assert order(need(P), need(S), need(R)) == [{P.name: (), S.name: (), R.name: ()}]


def test_a_chain_takes_a_wave_for_each_link() -> None:
    found = order(
        need(P, gives={"A": set()}),
        need(S, {"PrimaryA": (P, "A")}, {"B": {"PrimaryA"}}),
        need(R, {"SecondaryB": (S, "B")}),
    )
    assert found == [
        {P.name: (), S.name: (), R.name: ()},
        {S.name: ("PrimaryA",)},
        {R.name: ("SecondaryB",)},
    ]


def test_a_diamond_waits_for_both_sides_only_where_it_must() -> None:
    """The global stack is updated once with both values, since both arrive in the same wave."""
    found = order(
        need(R, gives={"Root": set()}),
        need(P, {"Root": (R, "Root")}, {"Left": {"Root"}}),
        need(S, {"Root": (R, "Root")}, {"Right": {"Root"}}),
        need(G, {"Left": (P, "Left"), "Right": (S, "Right")}),
    )
    assert found[1] == {P.name: ("Root",), S.name: ("Root",)}
    assert found[2] == {G.name: ("Left", "Right")}
    assert len(found) == 3


def test_a_lopsided_diamond_is_updated_as_values_arrive() -> None:
    found = order(
        need(P, gives={"Early": set()}),
        need(S, {"E": (P, "Early")}, {"Late": {"E"}}),
        need(G, {"E": (P, "Early"), "L": (S, "Late")}),
    )
    assert found == [{P.name: (), S.name: (), G.name: ()}, {S.name: ("E",), G.name: ("E",)}, {G.name: ("E", "L")}]


def test_two_stacks_that_need_each_other_grow_together() -> None:
    """A value that is there from the first wave on breaks what looks like a circle."""
    found = order(
        need(P, {"SKey": (S, "Key")}, {"Key": set(), "Table": {"SKey"}}),
        need(S, {"PKey": (P, "Key"), "PTable": (P, "Table")}, {"Key": set()}),
    )
    assert found == [
        {P.name: (), S.name: ()},
        {P.name: ("SKey",), S.name: ("PKey",)},
        {S.name: ("PKey", "PTable")},
    ]


def test_an_import_holds_the_whole_stack_back() -> None:
    found = order(need(G, gives={"Zone": set()}), need(P, imports={(G, "Zone")}))
    assert found == [{G.name: ()}, {P.name: ()}]


def test_an_import_is_not_met_by_the_same_wave() -> None:
    found = order(need(P, imports={(G, "Zone")}), need(G, gives={"Zone": set()}))
    assert found == [{G.name: ()}, {P.name: ()}]


def test_nothing_is_updated_that_learns_nothing_new() -> None:
    found = order(need(P, gives={"A": set()}), need(S, {"A": (P, "A")}), need(R))
    assert [sorted(wave) for wave in found] == [[P.name, R.name, S.name], [S.name]]


def test_a_circle_is_told_as_the_path_that_leads_back() -> None:
    made, stuck = waves(
        (
            need(P, {"FromS": (S, "B")}, {"A": {"FromS"}}),
            need(S, {"FromP": (P, "A")}, {"B": {"FromP"}}),
        )
    )
    assert made == waves((need(P), need(S)))[0], "both stacks can be made, and never completed"
    assert stuck == ((P, "FromS"), (S, "FromP"))


def test_what_only_leads_into_a_circle_is_no_part_of_its_path() -> None:
    _, stuck = waves(
        (
            need(G, {"FromP": (P, "A")}),
            need(P, {"FromS": (S, "B")}, {"A": {"FromS"}}),
            need(S, {"FromP": (P, "A")}, {"B": {"FromP"}}),
        )
    )
    assert set(stuck) == {(P, "FromS"), (S, "FromP")}


def test_a_circle_of_imports_is_told_too() -> None:
    made, stuck = waves(
        (need(G, gives={"A": set()}, imports={(P, "B")}), need(P, gives={"B": set()}, imports={(G, "A")}))
    )
    assert made == ()
    assert set(stuck) == {(G, "B"), (P, "A")}


def test_a_value_that_nobody_gives_is_told() -> None:
    _, stuck = waves((need(P, {"X": (S, "Nothing")}), need(S)))
    assert stuck == ((P, "X"),)
