"""The spec as stacks: which there are, in which regions, and what services ask about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from compiler.aws import regions
from compiler.diagnostics.model import Route
from compiler.ir.elements import StackId, StackKind, pascal
from compiler.spec.backup import Where
from compiler.spec.base import PlacedEntry
from compiler.spec.compute import Failback, Function
from compiler.spec.data import Bucket, Table
from compiler.spec.model import Spec
from compiler.spec.regions import Region, Role
from compiler.support.frozen import frozen
from compiler.topology.capacity import Capacity

# Route 53 publishes its metrics in us-east-1 only, so the alarms on health checks must be there.
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html (read 2026-11-22)
GLOBAL_REGION = "us-east-1"

_KINDS = {Role.PRIMARY: StackKind.PRIMARY, Role.SECONDARY: StackKind.SECONDARY, Role.REPLICA: StackKind.REPLICA}


@frozen
class CodeParameters:
    """The parameters of a serving stack that say which archive a function runs: an object's key, and its version.

    Both begin with a word of their own, so that those of `orders` and of a function `orders-version` differ.
    """

    function: str

    @property
    def key(self) -> str:
        return f"codeKey{pascal(self.function)}"

    @property
    def version(self) -> str:
        return f"codeVersion{pascal(self.function)}"


@frozen
class Topology:
    """A parsed spec with everything computed from it: the only input of the services."""

    spec: Spec
    capacity: Capacity

    @cached_property
    def global_(self) -> StackId:
        return StackId(StackKind.GLOBAL, GLOBAL_REGION)

    @cached_property
    def primary(self) -> StackId:
        return StackId(StackKind.PRIMARY, self.spec.primary.region)

    @cached_property
    def secondary(self) -> StackId:
        return StackId(StackKind.SECONDARY, self.spec.secondary.region)

    @property
    def serving(self) -> tuple[StackId, StackId]:
        """The two stacks that run functions, primary first."""
        return (self.primary, self.secondary)

    @cached_property
    def regional(self) -> tuple[StackId, ...]:
        """All stacks that hold data, in order of rank."""
        stacks = (StackId(_KINDS[r.role], r.region) for r in self.spec.regions)
        return tuple(sorted(stacks, key=lambda stack: stack.rank))

    @property
    def stacks(self) -> tuple[StackId, ...]:
        """The first stack of each region and the global one, in order of rank."""
        return (self.global_, *self.regional)

    def part(self, at: Route) -> str:
        """The part that the resources of a place in the spec are in; empty for the first stack of the region.

        A route of the API goes with its function, so that the first stack needs no value of a part, which comes later.
        """
        match at:
            case ("api", "routes", int(position)):
                called = self._functions.get(self.spec.api.routes[position].function)
                return (called and called.stack) or ""
            case (("tables" | "buckets" | "functions") as section, int(position)):
                return getattr(self.spec, section)[position].stack or ""
        return ""

    @cached_property
    def _functions(self) -> Mapping[str, Function]:
        return {function.name: function for function in self.spec.functions}

    def home(self, stack: StackId, entry: PlacedEntry) -> StackId:
        """The stack that an entry is in, in the region of `stack`."""
        return StackId(stack.kind, stack.region, entry.stack or "")

    @cached_property
    def parts(self) -> tuple[StackId, ...]:
        """The further stacks of all regions, in order of rank. Where no functions run there are those of data alone."""
        data = {entry.stack for entry in (*self.spec.tables, *self.spec.buckets) if entry.stack}
        running = data | {function.stack for function in self.spec.functions if function.stack}
        found = (
            StackId(stack.kind, stack.region, part)
            for stack in self.regional
            for part in (running if stack.serves else data)
        )
        return tuple(sorted(found, key=lambda stack: stack.rank))

    @property
    def twins(self) -> tuple[tuple[StackId, StackId], ...]:
        """Each stack of the primary region with its twin in the standby."""
        return tuple((one, replace(self.secondary, part=one.part)) for one in self.within(self.primary))

    @cached_property
    def all_stacks(self) -> tuple[StackId, ...]:
        """Every stack with the parts of each region, in order of rank."""
        return (self.global_, *sorted((*self.regional, *self.parts), key=lambda stack: stack.rank))

    def within(self, stack: StackId) -> tuple[StackId, ...]:
        """A stack and its parts."""
        return (stack, *(part for part in self.parts if part.base == stack))

    def others(self, stack: StackId) -> tuple[StackId, ...]:
        """The other stacks that hold data."""
        return tuple(other for other in self.regional if other != stack)

    def peer(self, stack: StackId) -> StackId:
        """The other serving stack."""
        return self.secondary if stack == self.primary else self.primary

    def position(self, stack: StackId) -> int:
        """Index of a stack's region in the section `regions`."""
        return next(n for n, r in enumerate(self.spec.regions) if r.region == stack.region)

    @property
    def backing_up(self) -> tuple[StackId, ...]:
        """The serving stacks whose regions make backups, primary first."""
        asked = self.spec.backup
        return () if asked is None else (self.primary,) if asked.regions is Where.PRIMARY else self.serving

    def region(self, stack: StackId) -> Region:
        return self.spec.regions[self.position(stack)]

    def tables_of(self, function: Function) -> tuple[Table, ...]:
        """Tables a function may use, the one it books in first."""
        if function.tables is None:
            return self.spec.tables
        return tuple(self._tables[name] for name in function.tables if name in self._tables)

    @cached_property
    def _tables(self) -> Mapping[str, Table]:
        return {table.name: table for table in self.spec.tables}

    def buckets_of(self, function: Function) -> tuple[Bucket, ...]:
        """Buckets a function may use, the one for documents first."""
        if function.buckets is None:
            return self.spec.buckets
        return tuple(self._buckets[name] for name in function.buckets if name in self._buckets)

    @cached_property
    def _buckets(self) -> Mapping[str, Bucket]:
        return {bucket.name: bucket for bucket in self.spec.buckets}

    def place(self, section: str, entry: PlacedEntry) -> Route:
        """The place of a table, a bucket or a function in the spec."""
        return (section, self._positions[section, entry.name])

    @cached_property
    def _positions(self) -> Mapping[tuple[str, str], int]:
        sections: dict[str, tuple[PlacedEntry, ...]] = {
            "tables": self.spec.tables, "buckets": self.spec.buckets, "functions": self.spec.functions,
        }  # fmt: skip
        return {(section, entry.name): n for section, entries in sections.items() for n, entry in enumerate(entries)}

    @property
    def health_function(self) -> Function:
        """The function that answers the health path."""
        name = self.spec.api.health_function or self.spec.api.routes[0].function
        return next(function for function in self.spec.functions if function.name == name)

    @property
    def heartbeat_table(self) -> Table | None:
        """The table that the function behind the health path writes to in every serving region all the time.

        The only one whose silence means something: the first table of that function, if it declares a heartbeat.
        """
        tables = self.tables_of(self.health_function) if self.health_function.heartbeat else ()
        return tables[0] if tables else None

    def host(self, stack: StackId) -> str:
        """Host name of one region's API, which people call directly."""
        return f"{stack.region}.{self.spec.dns.domain}"

    def health_host(self, stack: StackId) -> str:
        """Host name of the API that Route 53 checks in one region."""
        return f"health-{stack.region}.{self.spec.dns.domain}"

    @property
    def region_host(self) -> str:
        """Name of the TXT records that say which region answers."""
        return f"region.{self.spec.dns.domain}"

    @property
    def latched(self) -> bool:
        """Whether clients stay in the standby until an operator releases them."""
        return self.spec.dns.failback is Failback.MANUAL

    @property
    def strong(self) -> bool:
        """Whether tables are strongly consistent across regions: that is what losing nothing asks for."""
        return self.spec.objectives.rpo.amount == 0 and bool(self.spec.tables)

    @property
    def partition(self) -> str:
        return regions.partition(self.primary.region)

    def tags(self, stack: StackId) -> dict[str, object]:
        """Tags of every resource of a stack."""
        from compiler.ir.names import ENVIRONMENT, SUFFIX

        return {
            **dict(sorted(self.spec.naming.tags.items())),
            "dr:system": self.spec.name,
            "dr:stack": str(stack.kind),
            "dr:environment": ENVIRONMENT,
            "dr:suffix": SUFFIX,
        }

    def tag_list(self, stack: StackId) -> tuple[dict[str, object], ...]:
        """The same as a list of keys and values, the form most resource types take."""
        return self._tag_lists[stack.kind]

    @cached_property
    def _tag_lists(self) -> Mapping[StackKind, tuple[dict[str, object], ...]]:
        return {
            stack.kind: tuple({"Key": key, "Value": value} for key, value in self.tags(stack).items())
            for stack in (self.global_, *self.regional)
        }

    def functions(self) -> Iterator[tuple[int, Function]]:
        return iter(enumerate(self.spec.functions))
