"""What foreign requests do to Route 53's verdict: the rule of 18 % over sixteen checkers, at the throttles as emitted.

A checker asks again `interval` after the answer, and changes its mind after `failures` answers of one kind in a row;
a region is lost where at most 18 % of the checkers find it healthy. A throttle is a token bucket; checkers and others
who ask the same bucket get its tokens as they come. Sources: the Route 53 Developer Guide on how the health of an
endpoint is determined, the API Gateway Developer Guide on throttling.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.helpers import HEALTH_TOKEN, Topology, shipped
from tests.world import Stack

CHECKERS, SHARE = 16, 0.18
FAILURES, INTERVAL = 3, 10.0


@dataclass
class Bucket:
    """A token bucket: `rate` tokens a second, at most `burst` of them."""

    rate: float
    burst: float
    tokens: float = 0.0
    at: float = 0.0

    def take(self, now: float, foreign: float, chance: random.Random) -> bool:
        """Whether a request at `now` gets a token, with `foreign` others a second after them as well."""
        # Others come all the time: of what flowed in since, they took what they could.
        flow = self.rate - foreign
        self.tokens = min(self.burst, max(0.0, self.tokens + flow * (now - self.at)))
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return True
        return chance.random() < self.rate / max(foreign, self.rate)


def lost_after(bucket: Bucket, foreign: float, seconds: int = 3600, seed: int = 1) -> float | None:
    """When Route 53 finds the region lost while `foreign` requests a second use the checkers' bucket."""
    chance = random.Random(seed)
    due = [chance.uniform(0, INTERVAL) for _ in range(CHECKERS)]
    healthy, row = [True] * CHECKERS, [0] * CHECKERS
    bucket.tokens = bucket.burst
    while (now := min(due)) < seconds:
        who = due.index(now)
        good = bucket.take(now, foreign, chance)
        row[who] = 0 if good is healthy[who] else row[who] + 1
        if row[who] >= FAILURES:
            healthy[who], row[who] = good, 0
        if sum(healthy) <= SHARE * CHECKERS:
            return now
        due[who] = now + INTERVAL
    return None


def bucket_of(stack: Stack, stage: str, key: str) -> Bucket:
    """The bucket of a route, as its stage has it."""
    properties = stack.resources[stage].properties
    settings: Mapping[str, Any] = properties.get("RouteSettings", {}).get(key, properties["DefaultRouteSettings"])
    return Bucket(settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"])


def in_the_way(topology: Topology, stack: Stack, foreign: float) -> float:
    """Requests a second, of those to paths that clients know, that reach the bucket which the check needs.

    Clients know every route of the clients' API, and every path but those with the token. They reach the bucket of a
    check where its path is one that they know, or where the account's own quota is used up.
    """
    check = topology.global_.resources["HealthCheckPrimary"].properties["HealthCheckConfig"]
    known = HEALTH_TOKEN not in check["ResourcePath"]
    apis = {
        mapping.properties["ApiId"]
        for mapping in stack.of("ApiGatewayV2::ApiMapping")
        if stack.resources["HealthDomain"].ref == mapping.properties["DomainName"]
    }
    assert apis == {stack.resources["HealthApi"].ref}
    return foreign if known else 0.0


# Which load on the route of old failed a healthy region, and how: the closed form and what a run shows.
OLD = (32, 32)


@pytest.mark.parametrize(("foreign", "lost"), [(0, False), (25, False), (150, True), (400, True), (10_000, True)])
def test_a_path_that_clients_know_was_lost_to_a_few_requests(foreign: float, *, lost: bool) -> None:
    """The topology before: Route 53 and clients shared 32 requests a second of `GET /health`."""
    found = lost_after(Bucket(*OLD), foreign)
    assert (found is not None) is lost
    if foreign >= 400:
        assert found is not None
        assert found < 60


def test_the_closed_form() -> None:
    """All of sixteen fail three times in a row within a minute where a request gets through with probability p.

    Of n answers in a row, a checker that gets each with probability p fails three in a row at a rate of about
    (1 - p)^3 a round; at p = 0.08 nearly every checker is unhealthy after a few rounds, at p = 1 none ever is.
    """
    assert lost_after(Bucket(*OLD), 32 / 0.08) is not None
    assert lost_after(Bucket(*OLD), 31) is None


@pytest.mark.parametrize("foreign", [100, 12_000, 1_000_000])
def test_requests_to_what_clients_know_fail_no_checker(foreign: float) -> None:
    """At the throttles as emitted, until the account's quota of the region is used up: then the region is overrun."""
    topology = shipped()
    stack = topology.primary
    bucket = bucket_of(stack, "HealthStage", f"GET /health/{HEALTH_TOKEN}")
    assert lost_after(bucket, in_the_way(topology, stack, foreign)) is None
    routes = [r for r in stack.of("ApiGatewayV2::Route") if r.properties["ApiId"] == stack.resources["HealthApi"].ref]
    clients = bucket_of(stack, "ApiStage", "")
    people = bucket_of(stack, "ApiStage", "GET /health")
    let_through = clients.rate + people.rate + len(routes) * bucket.rate
    granted = 20_000
    assert let_through <= granted, "what the throttles let through leaves the checkers their part of the quota"


def test_the_throttle_carries_all_checkers_at_once() -> None:
    """Checkers do not coordinate: all may ask in one second, for two checks, with two tokens while one is replaced."""
    for stack in shipped().serving:
        bucket = bucket_of(stack, "HealthStage", "")
        assert bucket.burst >= 2 * 2 * CHECKERS
        assert bucket.rate >= CHECKERS / INTERVAL
        reserved = stack.resources["FunctionHealth"].properties["ReservedConcurrentExecutions"]
        assert reserved * 10 >= bucket.rate, "Lambda admits ten requests a second for each environment"
