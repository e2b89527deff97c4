"""The order of deployment, on interfaces made by hand."""

from __future__ import annotations

from compiler.ir.elements import StackId, StackKind
from compiler.linking.waves import Interface, Source, waves

G = StackId(StackKind.GLOBAL, "us-east-1")
P = StackId(StackKind.PRIMARY, "us-east-1")
S = StackId(StackKind.SECONDARY, "us-west-2")
R = StackId(StackKind.REPLICA, "eu-west-1")


def interface(
    stack: StackId,
    takes: dict[str, tuple[StackId, str]] | None = None,
    gives: dict[str, set[str]] | None = None,
    imports: set[tuple[StackId, str]] | None = None,
) -> Interface:
    given = {name: frozenset(gates) for name, gates in (gives or {}).items()}
    filled = {name: Source(*source) for name, source in (takes or {}).items()}
    return Interface(stack, filled, frozenset(Source(*item) for item in imports or ()), given)


def order(*interfaces: Interface) -> list[dict[str, tuple[str, ...]]]:
    """The waves as stack name to parameters known; fails where anything is stuck."""
    made, stuck = waves(interfaces)
    assert stuck == ()
    return [{step.stack.name: step.parameters for step in wave} for wave in made]


def test_stacks_that_need_nothing_run_at_once() -> None:
    assert order(interface(P), interface(S), interface(R)) == [{P.name: (), S.name: (), R.name: ()}]


def test_a_chain_takes_a_wave_for_each_link() -> None:
    found = order(
        interface(P, gives={"A": set()}),
        interface(S, {"PrimaryA": (P, "A")}, {"B": {"PrimaryA"}}),
        interface(R, {"SecondaryB": (S, "B")}),
    )
    assert found == [
        {P.name: (), S.name: (), R.name: ()},
        {S.name: ("PrimaryA",)},
        {R.name: ("SecondaryB",)},
    ]


def test_a_diamond_waits_for_both_sides_only_where_it_must() -> None:
    """The global stack is updated once with both values, since both arrive in the same wave."""
    found = order(
        interface(R, gives={"Root": set()}),
        interface(P, {"Root": (R, "Root")}, {"Left": {"Root"}}),
        interface(S, {"Root": (R, "Root")}, {"Right": {"Root"}}),
        interface(G, {"Left": (P, "Left"), "Right": (S, "Right")}),
    )
    assert found[1] == {P.name: ("Root",), S.name: ("Root",)}
    assert found[2] == {G.name: ("Left", "Right")}
    assert len(found) == 3


def test_a_lopsided_diamond_is_updated_as_values_arrive() -> None:
    found = order(
        interface(P, gives={"Early": set()}),
        interface(S, {"E": (P, "Early")}, {"Late": {"E"}}),
        interface(G, {"E": (P, "Early"), "L": (S, "Late")}),
    )
    assert found == [{P.name: (), S.name: (), G.name: ()}, {S.name: ("E",), G.name: ("E",)}, {G.name: ("E", "L")}]


def test_two_stacks_that_need_each_other_grow_together() -> None:
    """A value that is there from the first wave on breaks what looks like a circle."""
    found = order(
        interface(P, {"SKey": (S, "Key")}, {"Key": set(), "Table": {"SKey"}}),
        interface(S, {"PKey": (P, "Key"), "PTable": (P, "Table")}, {"Key": set()}),
    )
    assert found == [
        {P.name: (), S.name: ()},
        {P.name: ("SKey",), S.name: ("PKey",)},
        {S.name: ("PKey", "PTable")},
    ]


def test_an_import_holds_the_whole_stack_back() -> None:
    found = order(interface(G, gives={"Zone": set()}), interface(P, imports={(G, "Zone")}))
    assert found == [{G.name: ()}, {P.name: ()}]


def test_an_import_is_not_met_by_the_same_wave() -> None:
    found = order(interface(P, imports={(G, "Zone")}), interface(G, gives={"Zone": set()}))
    assert found == [{G.name: ()}, {P.name: ()}]


def test_nothing_is_updated_that_learns_nothing_new() -> None:
    found = order(interface(P, gives={"A": set()}), interface(S, {"A": (P, "A")}), interface(R))
    assert [sorted(wave) for wave in found] == [[P.name, R.name, S.name], [S.name]]


def test_a_circle_is_told_as_the_path_that_leads_back() -> None:
    made, stuck = waves(
        (
            interface(P, {"FromS": (S, "B")}, {"A": {"FromS"}}),
            interface(S, {"FromP": (P, "A")}, {"B": {"FromP"}}),
        )
    )
    assert made == waves((interface(P), interface(S)))[0], "both stacks can be made, and never completed"
    assert stuck == ((P, "FromS"), (S, "FromP"))


def test_what_only_leads_into_a_circle_is_no_part_of_its_path() -> None:
    _, stuck = waves(
        (
            interface(G, {"FromP": (P, "A")}),
            interface(P, {"FromS": (S, "B")}, {"A": {"FromS"}}),
            interface(S, {"FromP": (P, "A")}, {"B": {"FromP"}}),
        )
    )
    assert set(stuck) == {(P, "FromS"), (S, "FromP")}


def test_a_circle_of_imports_is_told_too() -> None:
    made, stuck = waves(
        (interface(G, gives={"A": set()}, imports={(P, "B")}), interface(P, gives={"B": set()}, imports={(G, "A")}))
    )
    assert made == ()
    assert set(stuck) == {(G, "B"), (P, "A")}


def test_a_value_that_nobody_gives_is_told() -> None:
    _, stuck = waves((interface(P, {"X": (S, "Nothing")}), interface(S)))
    assert stuck == ((P, "X"),)
