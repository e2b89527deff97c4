"""Whatever the regions and however many entries: the waves bring everything there in order, and no rule objects."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from compiler.aws import regions
from compiler.diagnostics.model import Severity
from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import load_document
from compiler.rules.registry import inspect
from tests.tiers import examples

PLACES = [
    "ap-northeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "sa-east-1",
    "us-east-1", "us-east-2", "us-west-2",
]  # fmt: skip


@st.composite
def specs(draw: st.DrawFn) -> dict[str, object]:
    """Specs of two to four regions with a few tables, buckets and functions."""
    places = draw(st.lists(st.sampled_from(PLACES), min_size=2, max_size=4, unique=True))
    roles = ["primary", "secondary", "replica", "replica"]
    functions = [f"f{n}" for n in range(draw(st.integers(1, 3)))]
    sorted_keys = draw(st.booleans())
    return {
        "version": 1,
        "name": "drawn",
        "naming": {"environment": "prod", "suffix": "a1"},
        "objectives": {"rto": "15m", "rpo": "30m", "throughput": "100/s", "latency": "1s"},
        "regions": [
            {"region": place, "role": role, "zones": draw(st.integers(2, 3))}
            | ({"cidr": f"10.{n}.0.0/16"} if role != "replica" else {})
            for n, (place, role) in enumerate(zip(places, roles, strict=False))
        ],
        "tables": [
            {"name": f"t{n}", "key": {"partition": "entry_id", **({"sort": "at"} if sorted_keys else {})},
             "item_size": "1KB", "writes": 1, "reads": 1}
            for n in range(draw(st.integers(0, 3)))
        ],
        "buckets": [
            {"name": f"b{n}", "objects": 0.1, "object_size": "10KB",
             "acceleration": all(regions.supports_acceleration(place) for place in places)}
            for n in range(draw(st.integers(0, 2)))
        ],
        "functions": [
            {"name": name, "source": "code/python", "runtime": "python3.13", "handler": "app.handler",
             "memory": "512MB", "timeout": "5s", "duration": "20ms", "cold_start": "200ms"}
            for name in functions
        ],
        "api": {
            "authorizers": [{"name": "bank", "issuer": "https://login.example.com", "audience": ["tx"]}],
            "routes": [{"method": "POST", "path": f"/{name}", "function": name} for name in functions],
        },
        "dns": {"domain": "drawn.example.com"},
    }  # fmt: skip


def _compiled(spec: dict[str, object]) -> Compiled:
    return compile_document(load_document(json.dumps(spec), "drawn.yaml"), lint=False)


@given(spec=specs())
@examples(5)
def test_in_the_end_everything_is_there(spec: dict[str, object]) -> None:
    made = _compiled(spec)
    assert made.simulation.findings == ()
    for template in made.templates:
        there = made.simulation.final.states[template.stack].resources
        assert set(template.body["Resources"]) == set(there)
    found = inspect(made.simulation, made.topology)
    assert [item.message for item in found if item.rule.severity is Severity.ERROR] == []
