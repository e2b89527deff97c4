"""Specs with many entries, for what only shows where limits of AWS come near."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.helpers import Topology, made_of


@cache
def many(
    functions: int, tables: int, stem: str = "number", regions: tuple[str, str] = ("us-east-1", "us-west-2")
) -> Topology:
    """A topology of so many functions, called `function-<n>`, and tables, called `<stem>-<n>`."""
    spec: dict[str, Any] = {
        "version": 1,
        "name": "many",
        "naming": {"environment": "e2345678", "suffix": "s2345678"},
        "objectives": {"rto": "30m", "rpo": "1h", "throughput": "10/s", "latency": "10s"},
        "regions": [
            {"region": regions[0], "role": "primary", "cidr": "10.0.0.0/16"},
            {"region": regions[1], "role": "secondary", "cidr": "10.1.0.0/16"},
        ],
        "quotas": {"lambda_concurrency": 50_000, "api_requests": "100000/s"},
        "tables": [
            {"name": f"{stem}-{n}", "key": {"partition": "id"}, "item_size": "1KB", "writes": 1, "reads": 1}
            for n in range(tables)
        ],
        "functions": [
            {
                "name": f"function-{n}", "source": "code/python", "runtime": "python3.13", "handler": "app.handler",
                "memory": "128MB", "timeout": "10s", "duration": "10ms", "tables": [], "buckets": [],
            }
            for n in range(functions)
        ],
        "api": {"routes": [{"method": "GET", "path": "/x", "function": "function-0", "auth": "none"}]},
        "dns": {"domain": "x.example.com"},
    }  # fmt: skip
    return made_of(spec)
