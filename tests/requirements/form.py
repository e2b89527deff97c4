"""The form of the templates: JSON, names, parameters, outputs, policies, descriptions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.helpers import Topology, tags
from tests.waves_oracle import deploy

SECTIONS = {
    "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Conditions", "Resources",
    "Outputs",
}  # fmt: skip
NAMED = {
    "ApiGatewayV2::Api": ("Name", "api"),
    "ApiGatewayV2::Authorizer": ("Name", "authorizer"),
    "CloudWatch::Alarm": ("AlarmName", "alarm"),
    "CloudWatch::CompositeAlarm": ("AlarmName", "alarm"),
    "CloudWatch::Dashboard": ("DashboardName", "dashboard"),
    "DynamoDB::GlobalTable": ("TableName", "table"),
    "EC2::SecurityGroup": ("GroupName", "security-group"),
    "IAM::Role": ("RoleName", "role"),
    "Kinesis::Stream": ("Name", "stream"),
    "KinesisFirehose::DeliveryStream": ("DeliveryStreamName", "delivery"),
    "KMS::Alias": ("AliasName", "alias/transaction-encryption"),
    "Lambda::Function": ("FunctionName", "function"),
    "Logs::Destination": ("DestinationName", "destination"),
    "Logs::LogGroup": ("LogGroupName", "log-group"),
    "Logs::LogStream": ("LogStreamName", "log-stream"),
    "Logs::SubscriptionFilter": ("FilterName", "subscription"),
    "S3::Bucket": ("BucketName", "bucket"),
    "SNS::Topic": ("TopicName", "topic"),
}
"""Types that take a name of our choice: the property, and the word for the resource type it begins with."""
TAGGED = {
    "EC2::VPC": "vpc",
    "EC2::Subnet": "subnet",
    "EC2::RouteTable": "route-table",
    "EC2::VPCEndpoint": "endpoint",
    "EC2::VPCPeeringConnection": "peering",
    "EC2::FlowLog": "flow-log",
    "CertificateManager::Certificate": "certificate",
    "Route53::HealthCheck": "health-check",
}
"""Types whose name is a tag."""
NAMED_BY_AWS = {"KMS::Key", "ApiGatewayV2::Stage", "ApiGatewayV2::DomainName", "Route53::HostedZone"}
"""Types whose name AWS or the domain gives; the suffix is in their tags."""
NAMELESS = {
    "ApiGatewayV2::ApiMapping", "ApiGatewayV2::Integration", "ApiGatewayV2::Route", "EC2::Route",
    "EC2::SubnetRouteTableAssociation", "Lambda::Permission", "Route53::RecordSet", "S3::BucketPolicy",
    "SNS::Subscription", "SNS::TopicPolicy",
}  # fmt: skip
"""Types that have neither name nor tags: parts of another resource, and DNS records."""
SHARED_ALIAS = "KeySharedAlias"
"""The alias that was asked for letter by letter, so that it cannot carry a suffix; its twin does."""
_TAGS = {"Route53::HealthCheck": "HealthCheckTags", "Route53::HostedZone": "HostedZoneTags"}
"""Types that call their tags otherwise."""
_MARKS = {"environment": "envmark", "environmentSuffix": "sfxmark"}


def valid_json(topology: Topology) -> None:
    """Every file is one JSON object of known sections with a description, and every resource a type of AWS's own;
    cfn-lint and AWS's native validator go over them in tests of their own.
    """
    assert len(topology.templates) == 3
    for file, template in topology.templates.items():
        assert json.loads(json.dumps(template)) == template
        assert template.get("AWSTemplateFormatVersion") == "2010-09-09", file
        assert set(template) <= SECTIONS
        assert template["Resources"]
        for id_, body in template["Resources"].items():
            assert re.fullmatch("[A-Za-z0-9]{1,255}", id_)
            assert body.get("Type", "").startswith("AWS::"), id_
            assert not body["Type"].startswith(("AWS::CloudFormation::CustomResource", "Custom::"))


def multi_region(topology: Topology) -> None:
    """A stack for each region and one for DNS, in waves that fill every parameter from a stack of an earlier wave."""
    kinds = sorted(about["kind"] for about in topology.manifest["stacks"])
    assert kinds == ["global", "primary", "secondary"]
    for about in topology.manifest["stacks"]:
        assert about["template"] in topology.templates
        last = [step for wave in topology.manifest["waves"] for step in wave if step["stack"] == about["stack"]][-1]
        assert sorted(last["parameters"]) == sorted(about["parameters"])
    assert len(topology.waves) == len(topology.manifest["waves"])


def _marked(topology: Topology) -> list[tuple[str, str, str, Mapping[str, str]]]:
    """Type, id, name (or "") and tags of every resource, with marks for environment and suffix."""
    final = deploy(topology.manifest, topology.templates, _MARKS, strict=False)[-1]
    found: list[tuple[str, str, str, Mapping[str, str]]] = []
    for stack in final.values():
        for resource in stack.resources.values():
            kind = resource.type.removeprefix("AWS::")
            tagged = tags(resource, _TAGS.get(kind, "Tags"))
            name = str(resource.properties.get(NAMED[kind][0], "")) if kind in NAMED else tagged.get("Name", "")
            found.append((kind, resource.id, name, tagged))
    assert found
    return found


def suffix_everywhere(topology: Topology) -> None:
    """Every name that AWS lets us choose holds environmentSuffix, role and policy names included; what has tags only
    carries it in a tag; the alias asked for letter by letter has a twin that does.
    """
    for kind, id_, name, tagged in _marked(topology):
        if id_ == SHARED_ALIAS or kind in NAMELESS:
            continue
        if kind in NAMED or kind in TAGGED:
            assert _MARKS["environmentSuffix"] in name, f"{kind} {id_}: {name}"
        else:
            assert kind in NAMED_BY_AWS, f"{kind} is not known here"
            assert _MARKS["environmentSuffix"] in tagged.values(), f"{kind} {id_} has no tag with the suffix"
    final = deploy(topology.manifest, topology.templates, _MARKS, strict=False)[-1]
    for stack in final.values():
        for role in stack.of("IAM::Role"):
            for policy in role.properties["Policies"]:
                assert _MARKS["environmentSuffix"] in policy["PolicyName"], role.id


def naming_convention(topology: Topology) -> None:
    """Names read <resource-type>[-<entry>]-<environment>-<suffix>, with account and region behind where a name is
    unique beyond its region, and below /aws/vendedlogs/ where AWS delivers a log.
    """
    for kind, id_, name, _ in _marked(topology):
        if id_ == SHARED_ALIAS or not (kind in NAMED or kind in TAGGED):
            continue
        word = NAMED[kind][1] if kind in NAMED else TAGGED[kind]
        tail = r"(-[a-z]{2}(-[a-z]+)+-\d)?"
        if kind == "S3::Bucket":
            tail = r"-\d{12}-[a-z]{2}(-[a-z]+)+-\d"
        name = name.removeprefix("/aws/vendedlogs/")
        assert re.fullmatch(rf"{re.escape(word)}(-[a-z0-9-]+)?-envmark-sfxmark{tail}", name), f"{kind} {id_}: {name}"


def retained(topology: Topology) -> None:
    """DeletionPolicy and UpdateReplacePolicy are Retain on every resource of every template."""
    for file, template in topology.templates.items():
        for id_, body in template["Resources"].items():
            for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
                assert body.get(policy) == "Retain", f"{file} {id_}"


def parameters(topology: Topology) -> None:
    """Every stack takes environment and environmentSuffix; every parameter is described; each that a person sets is
    constrained and has a default, but for the token and the code.
    """
    for file, template in topology.templates.items():
        wired = next(about["parameters"] for about in topology.manifest["stacks"] if about["template"] == file)
        declared: Mapping[str, Any] = template["Parameters"]
        assert {"environment", "environmentSuffix"} <= set(declared), file
        for name, body in declared.items():
            assert len(body.get("Description", "")) > 10, f"{file} {name}"
            # A token in a template would be no secret, and no code is right for every deployment.
            assert "Default" in body or name == "healthToken" or name.startswith(("codeKey", "codeVersion"))
            if name in wired:
                assert body["Default"] == "", "empty until another stack has the value"
            else:
                assert body.keys() & {"AllowedPattern", "AllowedValues", "MinValue"}, (
                    f"{file} {name} is not constrained"
                )


def regional_parameters(topology: Topology) -> None:
    """The stacks of both regions take the suffix, the code bucket, each function's reservation, the shared alias and
    the address for alerts.
    """
    parameters(topology)
    for stack in topology.serving:
        declared = topology.template(stack)["Parameters"]
        assert {"codeBucket", "createSharedAlias"} <= set(declared)
        assert any(name.startswith("reservedConcurrency") for name in declared)


def endpoints(topology: Topology, kind: str) -> None:
    stack = topology.kind(kind)
    template = topology.template(stack)
    host = stack.resources["RegionalDomain"]
    assert stack.outputs.get("Endpoint") == f"https://{host.ref}"
    assert stack.outputs.get("ApiId") == stack.resources["Api"].ref
    assert stack.outputs.get("FailoverTarget") == f"<{stack.name}/FailoverDomain.RegionalDomainName>"
    for name in ("Endpoint", "ApiId", "FailoverTarget"):
        assert template["Outputs"][name]["Description"]


def primary_endpoints(topology: Topology) -> None:
    """The primary stack tells its own endpoint's URL, its API's id and the host behind the failover name."""
    endpoints(topology, "primary")


def secondary_endpoints(topology: Topology) -> None:
    """The secondary stack tells its own endpoint's URL, its API's id and the host behind the failover name."""
    endpoints(topology, "secondary")


def both_endpoints(topology: Topology) -> None:
    """Both regional stacks tell their endpoint, and the global stack the URL that clients use."""
    endpoints(topology, "primary")
    endpoints(topology, "secondary")
    assert topology.global_.outputs.get("ServiceUrl", "").startswith("https://")


def exports(topology: Topology) -> None:
    """Every output is described and exported under a name that holds environment, suffix, stack and output; ARNs and
    ids of keys, topics, functions, tables, buckets, networks, roles and zone are among them.
    """
    for stack in topology.stacks.values():
        template = topology.template(stack)
        for name, body in template["Outputs"].items():
            assert len(body.get("Description", "")) > 10, name
            assert body.get("Export"), name
        assert len(stack.exports) == len(stack.outputs)
        for name in stack.exports:
            assert name.startswith(f"{topology.manifest['name']}-prod-a1-")
        assert {"KeyArn", "AlertTopicArn"} <= set(stack.outputs)
    assert "HostedZoneId" in topology.global_.outputs
    for stack in topology.serving:
        wanted = {"VpcId", "PrivateSubnetIds", "FunctionSecurityGroupId", "CertificateArn", "CrossRegionRoleArn",
                  "LogStreamArn", "LogArchiveArn", "RegionUnhealthyAlarmArn"}  # fmt: skip
        wanted |= {f"{f.id}Arn" for f in stack.of("Lambda::Function") if f.id != "FunctionLatch"}
        wanted |= {
            f"{b.id}{part}" for b in stack.of("S3::Bucket") if b.id.startswith("Bucket") for part in ("Arn", "Name")
        }
        wanted |= {
            f"{table.id}{part}" for table in topology.primary.of("DynamoDB::GlobalTable") for part in ("Arn", "Name")
        }
        assert wanted <= set(stack.outputs), wanted - set(stack.outputs)


def documented(topology: Topology) -> None:
    """Templates, parameters and outputs have descriptions, and every resource says in its metadata which entry of the
    spec asked for it.
    """
    for file, template in topology.templates.items():
        assert len(template.get("Description", "")) > 40, file
        for section in ("Parameters", "Outputs"):
            for name, body in template[section].items():
                assert body.get("Description"), f"{file} {name}"
        for id_, body in template["Resources"].items():
            assert body.get("Metadata", {}).get("Spec"), f"{file} {id_}"


def quality(topology: Topology) -> None:
    """Valid JSON in known sections with fixed key order, and a description wherever one may stand."""
    valid_json(topology)
    documented(topology)
    for template in topology.templates.values():
        order = [name for name in SECTIONS_IN_ORDER if name in template]
        assert list(template) == order
        assert list(template["Resources"]) == sorted(template["Resources"])


SECTIONS_IN_ORDER = ("AWSTemplateFormatVersion", "Description", "Parameters", "Conditions", "Resources", "Outputs")
