"""Whole specs that are legal: every one must compile without an error.

They come as plain mappings; `text` writes one as YAML (JSON is YAML too). Quotas are granted generously and the
recovery point is long where there are buckets, so that no objective stands in the way of what is tested here.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from compiler.ir.elements import pascal
from tests.helpers import ODD

FOLDER = ODD
"""Where the specs' relative paths begin: the functions' code lies in `code` below it."""

Spec = dict[str, Any]
_REGIONS = (
    "us-east-1", "us-east-2", "us-west-2", "ca-central-1", "eu-west-1", "eu-central-1", "eu-north-1", "ap-northeast-1",
    "ap-southeast-2", "sa-east-1",
)  # fmt: skip
_ACCELERATED = {"us-east-1", "us-east-2", "us-west-2", "ca-central-1", "eu-west-1", "eu-central-1", "ap-northeast-1",
                "ap-southeast-2", "sa-east-1"}  # fmt: skip
_ATTRIBUTES: tuple[str, ...] = ("id", "account_id", "placed_at", "amount", "_x", "a.b-c", "shard")
_ENDPOINTS = ("kms", "sns", "sts", "logs", "lambda", "monitoring", "secretsmanager", "ssm", "sqs", "events")
_OWN_BUCKETS = {"access-log", "log-copies", "code"}


def names(most: int) -> st.SearchStrategy[str]:
    """Entry names of at most so many characters."""
    return st.from_regex(rf"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){{0,{most - 1}}}", fullmatch=True)


def _unique(most: int, low: int, high: int) -> st.SearchStrategy[list[str]]:
    """Names that stay apart as logical ids."""
    return st.lists(names(most), min_size=low, max_size=high, unique_by=pascal)


_amounts = st.sampled_from([0, 0.01, 0.5, 1, 2])


@st.composite
def regions(draw: st.DrawFn) -> list[Spec]:
    """A primary, a secondary and up to three replicas, in any order."""
    chosen = draw(st.permutations(_REGIONS))[: draw(st.integers(2, 5))]
    made: list[Spec] = []
    for number, region in enumerate(chosen):
        role = ("primary", "secondary")[number] if number < 2 else "replica"
        entry: Spec = {"region": region, "role": role}
        if number < 2:
            entry |= {"cidr": f"10.{number}.0.0/16", "zones": draw(st.integers(2, 3))}
        made.append(entry)
    return list(draw(st.permutations(made)))


@st.composite
def tables(draw: st.DrawFn) -> list[Spec]:
    made = []
    for name in draw(_unique(12, 0, 4)):
        partition, sort, *rest = draw(st.permutations(_ATTRIBUTES))
        key = {"partition": partition} | ({"sort": sort} if draw(st.booleans()) else {})
        table: Spec = {
            "name": name,
            "key": key,
            "item_size": draw(st.sampled_from(["1B", "1KB", "3KB", "10KB"])),
            "writes": draw(_amounts),
            "reads": draw(_amounts),
            "consistency": draw(st.sampled_from(["strong", "eventual"])),
            "backup": draw(st.sampled_from(["1d", "35d"])),
        }
        indexes = [
            {"name": f"by-{index}", "key": {"partition": part}, "projection": draw(st.sampled_from(["all", "keys"]))}
            for index, part in zip(draw(_unique(8, 0, 3)), rest, strict=False)
        ]
        if indexes:
            table["indexes"] = indexes
        keys = {*key.values(), *rest[: len(indexes)]}
        table["types"] = {key: draw(st.sampled_from(["string", "number", "binary"])) for key in sorted(keys)}
        if draw(st.booleans()):
            table["ttl"] = "expires_at"
        made.append(table)
    return made


@st.composite
def buckets(draw: st.DrawFn, accelerated: bool) -> list[Spec]:
    made = []
    for name in draw(_unique(9, 0, 3)):
        if name in _OWN_BUCKETS:
            continue
        bucket: Spec = {
            "name": name,
            "objects": draw(st.sampled_from([0, 0.01, 0.1])),
            "object_size": draw(st.sampled_from(["1B", "10KB"])),
            "acceleration": accelerated and draw(st.booleans()),
            "write": draw(st.sampled_from(["replicated", "replicated", "dual-write"])),
        }
        made.append(bucket)
    return made


_parts = st.sampled_from(["a", "b", "orders", "Orders", "by", "by-x", "a_b", "a.b", "~me", "{id}", "{other_id}", "v1"])


_scopes = st.lists(
    st.sampled_from(["read", "orders:write", "https://x.example/all"]), unique=True, min_size=1, max_size=3
)
_credentials = st.one_of(
    st.just({"auth": "none"}),
    st.just({"auth": "iam"}),
    st.fixed_dictionaries({"authorizer": st.sampled_from(["bank", "partners-2"]), "scopes": _scopes}),
    st.fixed_dictionaries({"auth": st.just("jwt"), "authorizer": st.just("bank")}),
)
AUTHORIZERS: list[Spec] = [
    {"name": "bank", "issuer": "https://login.example.com", "audience": ["https://tx.example.com", "tx"]},
    {"name": "partners-2", "issuer": "https://partners.example.net:8443/realms/a/", "audience": ["tx"]},
]


@st.composite
def routes(draw: st.DrawFn, functions: list[str]) -> list[Spec]:
    made: dict[str, Spec] = {}
    for _ in range(draw(st.integers(1, 6))):
        path = "/" + "/".join(draw(st.lists(_parts, max_size=4)))
        if path.count("{") > len({part for part in path.split("/") if part.startswith("{")}):
            continue
        if draw(st.booleans()) and draw(st.booleans()):
            path = f"{path.rstrip('/')}/{{rest+}}"
        method = draw(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "ANY"]))
        shape = "/".join("{}" if part.startswith("{") else part for part in path.split("/"))
        route = {"method": method, "path": path, "function": draw(st.sampled_from(functions))}
        made.setdefault(f"{method} {shape}", route | draw(_credentials))
    return list(made.values()) or [{"method": "GET", "path": "/only", "function": functions[0], "authorizer": "bank"}]


@st.composite
def rest(draw: st.DrawFn, routes: list[Spec], regions: list[Spec], function: str) -> Spec:
    """What makes a REST API of an HTTP API: signatures in place of tokens, and paths that are a tree."""
    kept: list[Spec] = []
    parameters: dict[str, str] = {}
    for route in routes:
        above, known = "", dict(parameters)
        for part in filter(None, route["path"].split("/")):
            if "~" in part or (part.startswith("{") and known.setdefault(above, part) != part):
                break
            above += f"/{part}"
        else:
            parameters = known
            kept.append({**{name: route[name] for name in ("method", "path", "function")},
                         "auth": draw(st.sampled_from(["iam", "none"]))})  # fmt: skip
    made: Spec = {"kind": "rest", "routes": kept or [
        {"method": "GET", "path": "/only", "function": function, "auth": "iam"}]}  # fmt: skip
    if draw(st.booleans()):
        serving = [region["region"] for region in regions if region["role"] != "replica"]
        end = "012345678901:regional/webacl/edge/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f"
        made["web_acl"] = [f"arn:aws:wafv2:{region}:{end}{number}" for number, region in enumerate(serving)]
    return made


@st.composite
def functions(draw: st.DrawFn, tables: list[str], buckets: list[str]) -> list[Spec]:
    made = []
    for name in draw(_unique(16, 1, 4)):
        code = draw(
            st.sampled_from(
                [("code/python", "python3.13", "app.handler"), ("code/node", "nodejs24.x", "index.handler")]
            )
        )
        function: Spec = dict(zip(("source", "runtime", "handler"), code, strict=True)) | {
            "name": name,
            "memory": draw(st.sampled_from(["128MB", "1024MB"])),
            "timeout": draw(st.sampled_from(["3s", "29s"])),
            "duration": draw(st.sampled_from(["5ms", "100ms"])),
            "cold_start": "100ms",
            "share": draw(st.sampled_from([0.01, 0.25, 1])),
        }
        for field, known in (("tables", tables), ("buckets", buckets)):
            if draw(st.booleans()):
                function[field] = draw(st.lists(st.sampled_from(known), unique=True)) if known else []
        if draw(st.booleans()):
            function["environment"] = draw(
                st.dictionaries(
                    st.from_regex(r"[A-Z]{2,8}_X", fullmatch=True), st.text(_letters, max_size=40), max_size=3
                )
            )
        made.append(function)
    return made


# Signs that cannot be seen or that end a line for some readers only are refused in a spec, and so are double braces.
_letters = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn", "Co", "Zl", "Zp"], exclude_characters="{}")


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """A whole legal spec."""
    chosen = draw(regions())
    accelerated = {region["region"] for region in chosen} <= _ACCELERATED
    stored, kept = draw(tables()), draw(buckets(accelerated))
    run = draw(functions([table["name"] for table in stored], [bucket["name"] for bucket in kept]))
    called = [function["name"] for function in run]
    spec: Spec = {
        "version": 1,
        "name": draw(names(20)),
        "naming": {
            "environment": draw(st.from_regex(r"[a-z][a-z0-9]{0,7}", fullmatch=True)),
            "suffix": draw(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)),
            "tags": draw(st.dictionaries(st.sampled_from(["owner", "cost center", "a/b:c"]), st.just("x+y"))),
        },
        "objectives": {
            "rto": "30m",
            "rpo": "1h" if kept else draw(st.sampled_from(["5m", "1h"])),
            "throughput": draw(st.sampled_from(["1/s", "100/s", "1000/s"])),
            "latency": "10s",
        },
        "regions": chosen,
        "quotas": {"lambda_concurrency": 50_000, "api_requests": "100000/s", "log_requests": "100000/s"},
        "network": {"endpoints": [*draw(st.lists(st.sampled_from(_ENDPOINTS), unique=True, max_size=4)), "xray"]},
        "tables": stored,
        "buckets": kept,
        "functions": run,
        "api": {
            "authorizers": AUTHORIZERS,
            "routes": draw(routes(called)),
            "health": "/-/health",
            "health_function": draw(st.sampled_from(called)),
        },
        "dns": {
            "domain": draw(st.sampled_from(["x.example.com", "a.b-c.example.co.uk"])),
            "failback": draw(st.sampled_from(["automatic", "manual"])),
            "health_check": {"interval": draw(st.sampled_from(["10s", "30s"])), "failures": draw(st.integers(1, 3))},
        },
        "alerts": {"subscriptions": draw(st.sampled_from([[], [{"kind": "email", "to": "oncall@example.com"}]]))},
        "logs": {"retention": draw(st.sampled_from(["1d", "90d", "3653d"]))},
        "monitoring": {"dashboard": draw(st.booleans())},
    }
    if draw(st.booleans()):
        spec["dns"]["hosted_zone"] = "Z0123456789ABCDEFGHIJ"
    if draw(st.booleans()):
        del spec["api"]["authorizers"]
        spec["api"] |= draw(rest(spec["api"]["routes"], chosen, called[0]))
    elif any(route.get("auth") == "iam" for route in spec["api"]["routes"]):
        spec["accept"] = [{"finding": "auth-iam-regional", "reason": "Clients sign for the region that answers."}]
    for function in run:
        if function["name"] == spec["api"]["health_function"] and function.get("tables", stored):
            function["heartbeat"] = draw(st.booleans())
    if any(bucket["write"] == "dual-write" for bucket in kept):
        # A function that writes to both regions asks for a role there, through this endpoint.
        spec["network"]["endpoints"] = sorted({*spec["network"]["endpoints"], "sts"})
    return spec


def text(spec: Spec) -> str:
    """The spec as the compiler reads it."""
    return json.dumps(spec, indent=1, ensure_ascii=False)
