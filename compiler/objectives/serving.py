"""What the throughput asks of the services that answer: API Gateway, Lambda, CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from compiler.aws import regions
from compiler.aws.facts import apigateway, lambda_, logs, route53
from compiler.ir.elements import StackId
from compiler.objectives.model import Demand
from compiler.objectives.quotas import granted
from compiler.support.numbers import figure
from compiler.topology.model import Topology


def demands(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """The demands of one serving region."""
    yield from _lambda(topology, stack)
    yield from _api(topology, stack)
    yield from _logs(topology, stack)


def _lambda(topology: Topology, stack: StackId) -> Iterator[Demand]:
    quota, route = granted(topology, stack, "lambda_concurrency")
    allowed = quota if quota is not None else Fraction(lambda_.ACCOUNT_CONCURRENCY.value)
    reserved = {name: capacity.reserved for name, capacity in topology.capacity.functions.items()}
    kept = lambda_.UNRESERVED_CONCURRENCY.value
    parts = " + ".join(figure(value) for value in reserved.values())
    yield Demand(
        id="lambda.concurrency",
        says="execution environments reserved for all functions, and those Lambda keeps back",
        formula=f"{parts} + {kept}",
        region=stack.region,
        needed=Fraction(sum(reserved.values()) + kept),
        allowed=allowed,
        unit="concurrent executions",
        granted=quota is not None,
        facts=(lambda_.ACCOUNT_CONCURRENCY, lambda_.UNRESERVED_CONCURRENCY, lambda_.REQUESTS_PER_CONCURRENCY),
        route=route,
        quota=lambda_.ACCOUNT_CONCURRENCY_QUOTA,
        field="lambda_concurrency: {}",
    )
    rate = sum((capacity.rate for capacity in topology.capacity.functions.values()), Fraction(0))
    per = lambda_.REQUESTS_PER_CONCURRENCY.value
    yield Demand(
        id="lambda.requests",
        says=f"runs of all functions; an account runs {per} times its concurrency",
        formula=" + ".join(f"{figure(capacity.rate)}/s" for capacity in topology.capacity.functions.values()),
        region=stack.region,
        needed=rate,
        allowed=allowed * per,
        unit="runs/s",
        granted=quota is not None,
        facts=(lambda_.REQUESTS_PER_CONCURRENCY, lambda_.ACCOUNT_CONCURRENCY),
        route=route,
        quota=lambda_.ACCOUNT_CONCURRENCY_QUOTA,
        field="lambda_concurrency: {}",
        per=per,
    )


def _api(topology: Topology, stack: StackId) -> Iterator[Demand]:
    quota, route = granted(topology, stack, "api_requests")
    default = regions.api_gateway_default_rate(stack.region)
    yield Demand(
        id="api.requests",
        says="requests of clients with headroom and of Route 53's checkers; all APIs of the account share the quota",
        formula=(
            f"{figure(topology.capacity.api_requests)}/s x {figure(topology.capacity.headroom)} + "
            f"{figure(topology.capacity.api_checks)}/s"
        ),
        region=stack.region,
        needed=topology.capacity.api_requests * topology.capacity.headroom + topology.capacity.api_checks,
        allowed=quota if quota is not None else Fraction(default.value),
        unit="requests/s",
        granted=quota is not None,
        facts=(default, route53.CHECKERS),
        route=route,
        quota=apigateway.ACCOUNT_RATE_QUOTA,
        field="api_requests: {}/s",
    )


def _logs(topology: Topology, stack: StackId) -> Iterator[Demand]:
    quota, route = granted(topology, stack, "log_requests")
    environments = sum(capacity.environments for capacity in topology.capacity.functions.values())
    yield Demand(
        id="logs.requests",
        says="PutLogEvents calls of the execution environments at peak",
        formula=f"{figure(environments)} x {logs.CALLS_PER_ENVIRONMENT.value}",
        region=stack.region,
        needed=Fraction(environments * logs.CALLS_PER_ENVIRONMENT.value),
        allowed=quota if quota is not None else Fraction(logs.PUT_RATE.value),
        unit="calls/s",
        granted=quota is not None,
        facts=(logs.PUT_RATE, logs.CALLS_PER_ENVIRONMENT),
        route=route,
        quota=logs.PUT_RATE_QUOTA,
        field="log_requests: {}/s",
    )
