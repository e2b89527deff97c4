"""Every rule over the merged templates, as a literal table: a new one is a function and a line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from compiler.diagnostics.model import Rule
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.rules import (
    apigateway,
    cloudformation,
    cloudwatch,
    dynamodb,
    iam,
    kms,
    lambda_,
    logs,
    names,
    parity,
    route53,
    s3,
    sns,
    vpc,
)
from compiler.rules.deployed import Deployed
from compiler.support.frozen import frozen


@frozen
class Check:
    """One rule: what it reports, and the traps of `traps` that it is there for."""

    function: Callable[[Deployed], Iterator[Finding]]
    codes: tuple[Rule, ...]
    traps: tuple[int, ...] = ()


CHECKS: tuple[Check, ...] = (
    Check(dynamodb.replicas, (Code.DR420,), (3,)),
    Check(dynamodb.stream, (Code.DR421,), (5,)),
    Check(dynamodb.keys, (Code.DR422,), (4,)),
    Check(dynamodb.attributes, (Code.DR423,)),
    Check(dynamodb.protection, (Code.DR424,)),
    Check(dynamodb.warmth, (Code.DR425,), (8,)),
    Check(dynamodb.hot_key, (Code.DR426,), (47,)),
    Check(dynamodb.strong, (Code.DR427,)),
    Check(s3.destinations, (Code.DR430,), (9,)),
    Check(s3.replica_keys, (Code.DR431,), (10,)),
    Check(s3.context, (Code.DR432,), (11,)),
    Check(s3.rule_form, (Code.DR433,), (12,)),
    Check(s3.log_bucket, (Code.DR434,), (43,)),
    Check(lambda_.reservations, (Code.DR435,), (1,)),
    Check(lambda_.reserved_enough, (Code.DR436,), (2,)),
    Check(lambda_.code_region, (Code.DR437,), (23,)),
    Check(lambda_.idle, (Code.DR438,), (44,)),
    Check(lambda_.dead_letters, (Code.DR439,), (48,)),
    Check(lambda_.timeouts, (Code.DR406,), (49,)),
    Check(apigateway.certificates, (Code.DR440,), (24,)),
    Check(apigateway.tls, (Code.DR441,), (26,)),
    Check(route53.hosts, (Code.DR442,), (27,)),
    Check(route53.paths, (Code.DR443,), (28,)),
    Check(route53.slow, (Code.DR444,), (28,)),
    Check(route53.shallow, (Code.DR445,), (29,)),
    Check(route53.followed_alarms, (Code.DR446,), (30,)),
    Check(route53.pairs, (Code.DR447,), (33,)),
    Check(route53.checked_standby, (Code.DR448,), (33,)),
    Check(kms.unencrypted, (Code.DR449,)),
    Check(kms.topics, (Code.DR450,), (17,)),
    Check(sns.topic_policies, (Code.DR451,), (18,)),
    Check(kms.log_groups, (Code.DR452,), (19,)),
    Check(kms.grants, (Code.DR453,), (20,)),
    Check(kms.principals, (Code.DR454,), (22,)),
    Check(logs.filters, (Code.DR455,), (35,)),
    Check(logs.groups, (Code.DR455,), (35,)),
    Check(logs.destinations, (Code.DR455,), (35,)),
    Check(vpc.peerings, (Code.DR456,), (36,)),
    Check(vpc.group_references, (Code.DR457,), (36,)),
    Check(vpc.far_calls, (Code.DR458,), (37,)),
    Check(cloudwatch.regions, (Code.DR460,), (13, 15)),
    Check(cloudwatch.dimensions, (Code.DR461,), (14,)),
    Check(cloudwatch.stuck, (Code.DR462,), (14,)),
    Check(cloudwatch.actions, (Code.DR463,), (16,)),
    Check(cloudwatch.subjects, (Code.DR464,)),
    Check(iam.wildcards, (Code.DR465,)),
    Check(cloudformation.retained, (Code.DR466,), (25, 40)),
    Check(cloudformation.stack_outputs, (Code.DR467,), (46,)),
    Check(names.lengths, (Code.DR401, Code.DR402), (42,)),
    Check(parity.standby, (Code.DR470, Code.DR471, Code.DR472, Code.DR474)),
    Check(parity.outputs, (Code.DR470,)),
)
"""In the order in which they run; findings are shown in the order of the spec."""
