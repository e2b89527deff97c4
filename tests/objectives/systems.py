"""Specs drawn at random, as far as their capacities, objectives and alarms: nothing is laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from compiler import planning
from compiler.findings.finding import Finding
from compiler.objectives.evaluate import evaluate
from compiler.objectives.model import Computation
from compiler.reading.document import load_document
from compiler.services import SERVICES
from compiler.services.base import Alarm
from compiler.spec.model import Spec
from compiler.topology import capacity
from compiler.topology.model import Topology
from tests.objectives.bench import SHOWN, shipped_text

Plain = Any


@dataclass(frozen=True)
class System:
    """What a person could change in the shipped spec; sizes in bytes, times in milliseconds."""

    tps: int = 10_000
    duration: int = 40
    cold_start: int = 500
    share: float = 1.0
    item: int = 1024
    writes: float = 1.0
    reads: float = 1.0
    eventual: bool = False
    transactions: bool = False
    index_writes: float = 1.0
    index_reads: float = 0.0
    objects: float = 0.01
    object_size: int = 102_400
    prefixes: int = 1
    dual: bool = False
    interval: int = 10
    failures: int = 3
    rto: int = 900_000
    rpo: int = 300_000
    latency: int = 1_000
    concurrency: int = 5_000
    requests: int = 20_000
    replica: bool = False


_PARTS = st.integers(0, 4000).map(lambda thousandths: thousandths / 1000)
_STRATEGIES: Mapping[str, st.SearchStrategy[Any]] = {
    "tps": st.integers(1, 100_000),
    "duration": st.integers(1, 10_000),
    "cold_start": st.integers(1, 20_000),
    "share": st.integers(1, 3000).map(lambda thousandths: thousandths / 1000),
    "item": st.integers(1, 409_600),
    "writes": _PARTS,
    "reads": _PARTS,
    "eventual": st.booleans(),
    "transactions": st.booleans(),
    "index_writes": _PARTS,
    "index_reads": _PARTS,
    "objects": _PARTS,
    "object_size": st.integers(1, 5_000_000),
    "prefixes": st.integers(1, 50),
    "dual": st.booleans(),
    "interval": st.sampled_from((10, 30)),
    "failures": st.integers(1, 10),
    "rto": st.integers(1, 1_800_000),
    "rpo": st.integers(1, 1_800_000),
    "latency": st.integers(1, 20_000),
    "concurrency": st.integers(1, 50_000),
    "requests": st.integers(1, 150_000),
    "replica": st.booleans(),
}
assert set(_STRATEGIES) == {field.name for field in fields(System)}

systems = st.builds(System, **_STRATEGIES)


@st.composite
def pairs(draw: st.DrawFn, name: str, low: int | float | None = None) -> tuple[System, System]:
    """Two systems that differ in one figure, which is not smaller in the second."""
    system = draw(systems)
    values = sorted((draw(_STRATEGIES[name]), draw(_STRATEGIES[name])))
    if low is not None:
        values = [max(low, value) for value in values]
    return replace(system, **{name: values[0]}), replace(system, **{name: values[1]})


@cache
def _shipped() -> tuple[Plain, Topology]:
    from compiler.pipeline import plan_document

    document = load_document(shipped_text(), SHOWN)
    _, topology, _ = plan_document(document)
    return document.value, topology


def _tuples(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def spec_of(system: System) -> Spec:
    plain = _tuples(_shipped()[0])
    plain["objectives"] = {
        "rto": f"{system.rto}ms", "rpo": f"{system.rpo}ms", "throughput": f"{system.tps}/s",
        "latency": f"{system.latency}ms",
    }  # fmt: skip
    plain["quotas"] = {"lambda_concurrency": system.concurrency, "api_requests": f"{system.requests}/s"}
    index = {"name": "by-account", "key": {"partition": "account"}, "writes": system.index_writes,
             "reads": system.index_reads}  # fmt: skip
    plain["tables"] = (
        plain["tables"][0]
        | {
            "item_size": f"{system.item}B", "writes": system.writes, "reads": system.reads,
            "consistency": "eventual" if system.eventual else "strong", "transactions": system.transactions,
            "indexes": (index,),
        },
    )  # fmt: skip
    plain["buckets"] = (
        plain["buckets"][0]
        | {
            "objects": system.objects, "object_size": f"{system.object_size}B", "prefixes": system.prefixes,
            "write": "dual-write" if system.dual else "replicated",
        },
    )  # fmt: skip
    plain["functions"] = (
        plain["functions"][0]
        | {"duration": f"{system.duration}ms", "cold_start": f"{system.cold_start}ms", "share": system.share},
    )
    check = {"interval": f"{system.interval}s", "failures": system.failures}
    plain["dns"] = plain["dns"] | {"health_check": check}
    if system.replica:
        plain["regions"] = (*plain["regions"], {"region": "us-east-2", "role": "replica"})
    spec: Spec = Spec.model_validate(plain)
    return spec


def topology_of(system: System) -> Topology:
    spec = spec_of(system)
    return Topology(spec, capacity.compute(spec))


@dataclass(frozen=True)
class Outcome:
    """What a system comes to."""

    computation: Computation
    findings: tuple[Finding, ...]
    alarms: Mapping[tuple[str, str], Alarm]
    """By region and id."""

    @property
    def codes(self) -> set[str]:
        return {finding.rule.code for finding in self.findings}

    def needed(self) -> dict[tuple[str, str], Any]:
        return {(demand.region, demand.id): demand.needed for demand in self.computation.demands}

    def provided(self) -> dict[str, int]:
        return {provision.id: provision.value for provision in self.computation.provided}


def outcome(system: System) -> Outcome:
    topology = topology_of(system)
    computation = planning.objectives(topology)
    alarms = [alarm for service in SERVICES for alarm in service.alarms(topology)]
    by_id = {(alarm.stack.name, alarm.id): alarm for alarm in alarms}
    assert len(by_id) == len(alarms)
    return Outcome(computation, tuple(evaluate(topology, computation)), by_id)
