"""The services that this compiler knows: a table of what each declares, and tables of what they say to the objectives.

A service may import those above it in `SERVICES`, to refer to their resources.
"""

from __future__ import annotations

from compiler.services import (
    acm,
    apigateway,
    backup,
    backup_alarms,
    backup_costs,
    backup_rules,
    dynamodb,
    existing_keys,
    existing_networks,
    health,
    health_checks,
    iam,
    kms,
    lambda_,
    latch,
    log_copies,
    log_costs,
    logs,
    networks,
    resiliencehub,
    rest,
    rest_findings,
    route53,
    s3,
    sns,
    vpc,
)
from compiler.services.base import Service

SERVICES: tuple[Service, ...] = (
    Service(kms.declare, rules=existing_keys.rules),
    Service(sns.declare, alarms=sns.alarms, rules=sns.rules),
    Service(iam.declare, rules=iam.rules),
    Service(s3.declare, alarms=s3.alarms, rules=s3.rules),
    Service(log_copies.declare, alarms=log_copies.alarms, rules=logs.rules),
    Service(vpc.declare, rules=existing_networks.rules),
    Service(dynamodb.declare, alarms=dynamodb.alarms, rules=dynamodb.rules),
    Service(backup.declare, alarms=backup_alarms.alarms, rules=backup_rules.rules),
    Service(lambda_.declare, alarms=lambda_.alarms, rules=lambda_.rules),
    Service(acm.declare, alarms=acm.alarms, rules=acm.rules),
    Service(rest.declare, rules=rest_findings.rules),
    Service(apigateway.declare, alarms=apigateway.alarms, rules=apigateway.rules),
    Service(health.declare, alarms=health.alarms),
    Service(latch.declare, alarms=latch.alarms),
    Service(health_checks.declare, alarms=health_checks.alarms, rules=health_checks.rules),
    Service(route53.declare),
    Service(resiliencehub.declare, rules=resiliencehub.rules),
)

# What services say to the objectives, in the order of reports: first what answers a request, then what stores it.
DEMANDS = (
    lambda_.demands,
    health.demands,
    logs.demands,
    dynamodb.demands,
    kms.demands,
    s3.demands,
    networks.demands,
)
PROVISIONS = (lambda_.provisions, apigateway.provisions, health.provisions, dynamodb.provisions, log_copies.provisions)
RECOVERY = (dynamodb.recovery, s3.recovery, log_copies.recovery)
LATENCY = (apigateway.latency, lambda_.latency, kms.latency, s3.latency, dynamodb.latency)
REMAINS = (dynamodb.remains, s3.remains, backup_costs.remains)
GROWTH = (dynamodb.growth, s3.growth, log_costs.growth)
COSTS = (
    apigateway.costs,
    lambda_.costs,
    dynamodb.costs,
    s3.costs,
    backup_costs.costs,
    log_costs.costs,
    vpc.costs,
    kms.costs,
    health_checks.costs,
    route53.costs,
    resiliencehub.costs,
)
