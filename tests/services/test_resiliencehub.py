"""Resilience Hub: the objectives as a policy of AWS's own, and the application that is assessed by it."""

from __future__ import annotations

import json

from tests.helpers import odd, shipped
from tests.services.placement import placed
from tests.world import ACCOUNT

TYPES = ("ResilienceHub::ResiliencyPolicy", "ResilienceHub::App")

OURS = ("FunctionHealth", "FunctionLatch")


def test_placement() -> None:
    assert placed(shipped, TYPES) == {}
    assert placed(lambda: odd("manual-failback"), TYPES) == {"primary": {"ResiliencyPolicy", "ResilienceApp"}}


def test_the_policy_asks_for_the_objectives_of_the_spec() -> None:
    topology = odd("manual-failback")
    policy = topology.primary.one("ResilienceHub::ResiliencyPolicy").properties
    told = {o["id"]: o["asked"] for o in topology.manifest["objectives"]["objectives"]}
    recovery_point = next(asked for name, asked in told.items() if name.startswith("rpo."))
    assert policy["Policy"].keys() == {"AZ", "Hardware", "Software", "Region"}
    for failure in policy["Policy"].values():
        assert failure == {"RtoInSecs": told["rto"], "RpoInSecs": recovery_point}


def test_the_application_has_what_both_serving_regions_run() -> None:
    topology = odd("manual-failback")
    app = topology.primary.one("ResilienceHub::App").properties
    places = [mapping["PhysicalResourceId"] for mapping in app["ResourceMappings"]]
    members = {(place["AwsRegion"], place["Identifier"]) for place in places}
    for stack in topology.serving:
        (name,) = (f.properties["FunctionName"] for f in stack.of("Lambda::Function") if f.id not in OURS)
        assert (stack.region, f"arn:aws:lambda:{stack.region}:{ACCOUNT}:function:{name}") in members
        buckets = (r for r in stack.resources.values() if r.type == "AWS::S3::Bucket" and r.id.startswith("Bucket"))
        assert {(stack.region, bucket.properties["BucketName"]) for bucket in buckets} <= members
    template = json.loads(app["AppTemplateBody"])
    assert {r["name"] for r in template["resources"]} == {m["ResourceName"] for m in app["ResourceMappings"]}
