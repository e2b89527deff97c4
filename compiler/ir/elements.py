"""Values that stand for something another stage resolves, and the pieces a plan consists of.

A service puts these into its views and never writes an export, an import or a parameter itself: `link` decides
for each consumer how a value reaches it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

from compiler.diagnostics.model import Route
from compiler.support.frozen import frozen

Json = Any
"""A JSON value in which references, texts, gates and parameters may stand anywhere."""


class StackKind(StrEnum):
    """Stacks by what they are for; the order is the rank in which stacks of one region may import."""

    GLOBAL = "global"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    REPLICA = "replica"


_RANKS = {kind: rank for rank, kind in enumerate(StackKind)}


@frozen
class StackId:
    """One template in one region.

    `part` tells further stacks of one kind in one region apart; it is empty for the first one, whose names hold no
    trace of it.
    """

    kind: StackKind
    region: str
    part: str = ""

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Nearly everything is looked up by its stack, and an enumeration has no quick hash.
        return hash((str(self.kind), self.region, self.part))

    @property
    def label(self) -> str:
        """Kind and part, such as `primary` or `primary-data`: what names of AWS use."""
        return f"{self.kind}-{self.part}" if self.part else str(self.kind)

    @property
    def name(self) -> str:
        """File stem and manifest key, such as `primary.us-east-1` or `primary-data.us-east-1`."""
        return f"{self.label}.{self.region}"

    @property
    def token(self) -> str:
        """Prefix of parameters that carry its values; replicas are told apart by their region.

        The part stands first: `Primary` followed by it could be the start of one of the first stack's ids.
        """
        region = pascal(self.region) if self.kind is StackKind.REPLICA else ""
        return pascal(self.part) + pascal(str(self.kind)) + region

    @property
    def rank(self) -> tuple[int, str, str]:
        """Order in which stacks of one region may import: only from those with a lower rank."""
        return (_RANKS[self.kind], self.region, self.part)

    @property
    def base(self) -> StackId:
        """The first stack of its kind in its region, with what all parts share; itself where it is no part."""
        return StackId(self.kind, self.region)

    @property
    def serves(self) -> bool:
        """Whether clients' traffic can reach it."""
        return self.kind in (StackKind.PRIMARY, StackKind.SECONDARY)


def pascal(*names: str) -> str:
    """`transaction-processor` as `TransactionProcessor`: logical ids take letters and digits only."""
    words = " ".join(names).replace("-", " ").replace("_", " ").replace("/", " ").replace(".", " ").split()
    return "".join(word[:1].upper() + word[1:] for word in words)


@frozen
class Ref:
    """A value of one resource: its `Ref` where `attr` is None, else that attribute."""

    stack: StackId
    resource: str
    attr: str | None = None
    later: ClassVar[bool] = False

    def att(self, name: str) -> Ref:
        """An attribute of the same resource."""
        return Ref(self.stack, self.resource, name)

    @property
    def output(self) -> str:
        """Name of the output that carries the value to other stacks."""
        return self.resource + (self.attr or "Id").replace(".", "")

    def within(self, stack: StackId) -> bool:
        """Whether `stack` refers to it directly; any other way leads through an output."""
        return self.stack == stack and not self.later

    def direct(self) -> Ref:
        """The reference as the resource's own stack writes it in the output that carries the value."""
        return Ref(self.stack, self.resource, self.attr)


@frozen
class Later(Ref):
    """A value that reaches also its own stack by an output and a parameter, so one wave after it is there.

    It is for what must not begin to use a resource in the operation that creates it.
    """

    later: ClassVar[bool] = True


def later(ref: Ref) -> Later:
    """The same value, used no earlier than a wave after its resource is there."""
    return Later(ref.stack, ref.resource, ref.attr)


@frozen
class OptionalRef:
    """A reference that the resource can do without for now; stands inside an `Fn::If` on a `Gate` of it."""

    ref: Ref


@frozen
class Gate:
    """Rendered as the name of the condition that holds once all of `refs` are known."""

    refs: tuple[Ref, ...]


@frozen
class AnyGate:
    """Rendered as the name of the condition that holds once one of `gates` is open."""

    gates: tuple[Gate, ...]


@frozen
class Param:
    """The value of a parameter or pseudo-parameter of the consumer's own template."""

    name: str


NO_VALUE = Param("AWS::NoValue")


@frozen
class If:
    """`then` once all references of the gate are known, `other` until then: nothing at all unless it says what.

    With it a value that comes late makes no resource wait, and one that is there already never leaves its stack for
    a wave. Inside a text both are texts.
    """

    gate: Gate
    then: Json
    other: Json = NO_VALUE


Part = str | Param | Ref | OptionalRef | If
"""What a text may be put together from."""


@frozen
class Text:
    """Pieces put together to one text; plain text can never become an intrinsic."""

    parts: tuple[Part, ...]


def join(*parts: Part | Text) -> Text:
    """One `Text` of all the parts, nested ones taken apart.

    Plain texts that meet become one: `$` and `{x}` are to be escaped together.
    """
    flat: list[Part] = []
    for part in (inner for outer in parts for inner in (outer.parts if isinstance(outer, Text) else (outer,))):
        if flat and isinstance(part, str) and isinstance(flat[-1], str):
            flat[-1] += part
        else:
            flat.append(part)
    return Text(tuple(flat))


ACCOUNT = Param("AWS::AccountId")
PARTITION = Param("AWS::Partition")


@frozen
class Parameter:
    """A parameter that is given at a deployment; `body` is its definition as CloudFormation spells it."""

    stack: StackId
    name: str
    body: Mapping[str, Json]
    at: Route = ()


@frozen
class Condition:
    """A named condition of one stack."""

    stack: StackId
    name: str
    body: Json


@frozen
class Output:
    """A value for people and other stacks, exported under a name built from `name`."""

    stack: StackId
    name: str
    value: Json
    description: str
    at: Route


@frozen
class Block:
    """One partial to be rendered once with one frozen view, in one stack.

    `view` is a `View`, which names the partial. `after` lists resources that must exist first though no value of them
    is used; `at` is the spec entry that asks for it.
    """

    stack: StackId
    view: Any
    at: Route
    after: tuple[Ref, ...] = ()
    condition: str | None = None
    derived_from: tuple[str, ...] = ()
    """Ids of the objectives, terms and demands whose figures stand in it, for `--explain`."""
    added: str | None = None
    """The name of a partial that a user adds: its ids are known only once it is rendered."""

    @property
    def partial(self) -> str:
        return self.added or self.view.partial

    @cached_property
    def provides(self) -> tuple[str, ...]:
        """Logical ids that the partial must define, the block's own first."""
        return (f"({self.added})",) if self.added else self.view.provides

    @property
    def id(self) -> str:
        return self.provides[0]

    @cached_property
    def key(self) -> tuple[StackId, str]:
        return (self.stack, self.id)


@frozen
class Given:
    """A resource that others own: what references to it come to, by attribute, with None for its `Ref`."""

    stack: StackId
    resource: str
    values: Mapping[str | None, str]


Element = Block | Parameter | Condition | Output | Given


def references_in(value: Json) -> Iterator[Ref | OptionalRef | Gate | Param]:
    """Every reference, gate and parameter in a view or JSON value, in order."""
    found: list[Ref | OptionalRef | Gate | Param] = []
    _collect(value, found)
    return iter(found)


def _collect(value: Json, found: list[Ref | OptionalRef | Gate | Param]) -> None:
    # By exact type, the commonest first: this walks every value of every view.
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind in _WANTED:
        found.append(value)
        return
    for part in _parts(value):
        if type(part) not in _PLAIN:
            _collect(part, found)


def _parts(value: Json) -> Iterable[Json]:
    """What a container or view holds."""
    kind = type(value)
    if kind is tuple or kind is list:
        return tuple(value)
    if kind is Text:
        return tuple(value.parts)
    if kind is If:
        return (value.gate, value.then, value.other)
    if kind is dict:
        return tuple(value.values())
    if is_dataclass(value):
        return tuple(getattr(value, name) for name in kind.__match_args__)
    return ()


_PLAIN = frozenset((str, int, float, bool, type(None)))
_WANTED = frozenset((Ref, Later, OptionalRef, Gate, Param))
