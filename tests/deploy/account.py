"""An AWS account in memory behind `compiler.deploy.cloud.Api`: stacks, buckets, and what a test says besides.

It answers at once and runs nothing, so it is for what dr-deploy says and asks, not for what CloudFormation does with
it: that is tried against the emulator.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from compiler.aws.regions import zone_ids
from compiler.aws.types.registry import RECORDS
from compiler.deploy.calls import CALLS, DESTROYS
from compiler.deploy.cloud import CloudError
from compiler.deploy.options import Options
from compiler.deploy.session import Session
from compiler.pipeline import Compiled
from compiler.reporting.progress import Progress
from tests.deploy.complement import Deployed, mentions

Json = Any
ACCOUNT = "123456789012"
NAME_SERVERS = ("ns-1.example.org", "ns-2.example.net")
LOOKUPS = {f"{record.name.lookup.service}:{record.name.lookup.operation}" for record in RECORDS.values()
           if record.name and record.name.lookup}  # fmt: skip
"""Calls by which dr-deploy finds out whether a name is taken."""

Answer = Callable[[str, Mapping[str, Json]], dict[str, Json] | None]
"""Answers one operation by region and parameters; None where the account itself is to answer."""


def error(name: str, region: str, code: str, message: str = "", *, missing: bool = False) -> CloudError:
    service, _, operation = name.partition(":")
    return CloudError(service, operation, region, code, message or code, missing=missing)


def session_of(compiled: Compiled, account: Account, options: Options | None = None) -> Session:
    """A run of dr-deploy for a compiled topology in front of an account, with nothing read yet."""
    return Session(
        topology=compiled.topology,
        deployment=compiled.deployment,
        packages={},
        options=options or Options(),
        api=account,
        account=ACCOUNT,
        progress=Progress(io.StringIO()),
        stop=threading.Event(),
    )


@dataclass
class Account:
    """The account. `says` overrides operations, named as in `cloudformation:CreateChangeSet`."""

    says: dict[str, Answer] = field(default_factory=dict)
    calls: list[tuple[str, str, Mapping[str, Json]]] = field(default_factory=list)
    stacks: dict[tuple[str, str], dict[str, Json]] = field(default_factory=dict)
    change_sets: dict[tuple[str, str, str], dict[str, Json]] = field(default_factory=dict)
    buckets: dict[str, str] = field(default_factory=dict)
    """Region by name."""
    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    digests: dict[tuple[str, str], str] = field(default_factory=dict)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    """How often each object was written: its latest version."""
    history: dict[tuple[str, str], list[bytes]] = field(default_factory=dict)
    """What each version of an object holds, oldest first."""
    records: list[dict[str, Json]] = field(default_factory=list)
    """What is in the zone."""
    items: dict[tuple[str, str], dict[str, Json]] = field(default_factory=dict)
    """The one item of a table, by region and name."""
    dead: set[str] = field(default_factory=set)
    """Regions that do not answer at all."""
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def refuse(self, name: str, code: str, message: str = "", *, region: str = "", missing: bool = False) -> None:
        """Lets an operation fail, in one region or in all."""

        def answer(where: str, parameters: Mapping[str, Json]) -> None:
            if region in ("", where):
                raise error(name, where, code, message, missing=missing)

        self.says[name] = answer

    def made(self, name: str) -> list[tuple[str, Mapping[str, Json]]]:
        """Calls of one operation: region and parameters."""
        return [(region, parameters) for called, region, parameters in self.calls if called == name]

    def call(self, service: str, region: str, operation: str, parameters: Mapping[str, Json]) -> dict[str, Json]:
        name = f"{service}:{operation}"
        known = (*CALLS.get(service, ()), *DESTROYS.get(service, ()))
        assert operation in known or name in LOOKUPS, f"{name} is missing in compiler/deploy/calls.py"
        if parameters.get("ChangeSetName", "").startswith("arn:"):
            parameters = {**parameters, "ChangeSetName": self._named(parameters["ChangeSetName"])}
        with self._lock:
            self.calls.append((name, region, parameters))
            if region in self.dead:
                raise error(name, region, "EndpointConnectionError", f"Could not connect to {service}")
            answer = self.says[name](region, parameters) if name in self.says else None
            if answer is not None:
                return answer
            method = getattr(self, f"_{service}_{operation}".replace("-", "_"), None)
            if method is not None:
                found: dict[str, Json] = method(region, parameters)
                return found
        raise error(name, region, "ResourceNotFoundException")

    def _sts_GetCallerIdentity(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"Account": ACCOUNT}

    def _route53_ListHostedZonesByName(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"HostedZones": []}

    def _ec2_DescribeVpcs(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"Vpcs": []}

    def _ec2_DescribeAvailabilityZones(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        zones = zip("abcdefgh", zone_ids(region), strict=False)
        return {
            "AvailabilityZones": [
                {"ZoneId": id_, "ZoneName": f"{region}{letter}", "State": "available"} for letter, id_ in zones
            ]
        }

    def _ec2_DescribeVpcEndpointServices(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        names = given["Filters"][0]["Values"]
        return {"ServiceDetails": [{"ServiceName": name, "AvailabilityZoneIds": [*zone_ids(region)]} for name in names]}

    def _logs_DescribeLogGroups(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"logGroups": []}

    def _logs_DescribeResourcePolicies(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"resourcePolicies": []}

    def _service_quotas_GetServiceQuota(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"Quota": {"Value": 1e9}}

    def _lambda_GetFunctionConfiguration(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        # A function is the archive that the parameters of its stack name.
        parameter = given["FunctionName"].replace("physical-Function", "codeKey")
        keys = [
            item["ParameterValue"]
            for (where, _), stack in self.stacks.items()
            for item in stack["Parameters"]
            if where == region and item["ParameterKey"] == parameter
        ]
        for (bucket, key), digest in self.digests.items():
            if self.buckets[bucket] == region and key in keys:
                return {"CodeSha256": digest}
        raise error("lambda:GetFunctionConfiguration", region, "ResourceNotFoundException")

    def _cloudwatch_DescribeAlarms(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"MetricAlarms": [], "CompositeAlarms": []}

    def _cloudwatch_GetMetricStatistics(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"Datapoints": []}

    def _dynamodb_GetItem(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        item = self.items.get((region, given["TableName"]))
        return {"Item": dict(item)} if item else {}

    def _dynamodb_UpdateItem(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        item = self.items.setdefault((region, given["TableName"]), dict(given["Key"]))
        names, values = given.get("ExpressionAttributeNames", {}), given["ExpressionAttributeValues"]
        made, _, gone = given["UpdateExpression"].partition(" REMOVE ")
        for part in made.removeprefix("SET ").split(", "):
            name, _, value = part.partition(" = ")
            item[names.get(name, name)] = values[value]
        for name in filter(None, gone.split(", ")):
            item.pop(names.get(name, name), None)
        return {}

    # Buckets

    def _s3_HeadBucket(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        if given["Bucket"] not in self.buckets:
            raise error("s3:HeadBucket", region, "404")
        return {"BucketRegion": self.buckets[given["Bucket"]]}

    def _s3_CreateBucket(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        self.buckets[given["Bucket"]] = region
        return {}

    def _setting(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {}

    _s3_GetBucketVersioning = _s3_GetBucketEncryption = _s3_GetPublicAccessBlock = _s3_GetBucketPolicy = _setting
    _s3_PutBucketVersioning = _s3_PutBucketEncryption = _s3_PutPublicAccessBlock = _s3_PutBucketPolicy = _setting

    def _s3_HeadObject(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        where = (given["Bucket"], given["Key"])
        if where not in self.digests:
            raise error("s3:HeadObject", region, "404")
        return {"ChecksumSHA256": self.digests[where], "VersionId": f"v{self.versions[where]}"}

    def _s3_PutObject(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        where = (given["Bucket"], given["Key"])
        if where in self.digests and given.get("IfNoneMatch") == "*":
            raise error("s3:PutObject", region, "PreconditionFailed")
        self.objects[where], self.digests[where] = given["Body"], given["ChecksumSHA256"]
        self.versions[where] = self.versions.get(where, 0) + 1
        self.history.setdefault(where, []).append(given["Body"])
        return {"VersionId": f"v{self.versions[where]}"}

    def _s3_ListObjectVersions(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        """One version in each page, the latest first."""
        found = [
            {"Key": key, "VersionId": f"v{number}", "LastModified": number, "Size": len(content)}
            for (bucket, key), contents in sorted(self.history.items())
            for number, content in reversed([*enumerate(contents, 1)])
            if bucket == given["Bucket"] and key.startswith(given.get("Prefix", ""))
        ]
        marks = [(entry["Key"], entry["VersionId"]) for entry in found]
        begin = marks.index((given["KeyMarker"], given["VersionIdMarker"])) + 1 if "KeyMarker" in given else 0
        page = found[begin : begin + 1]
        if begin + 1 >= len(found):
            return {"Versions": page, "IsTruncated": False}
        key, version = marks[begin]
        return {"Versions": page, "IsTruncated": True, "NextKeyMarker": key, "NextVersionIdMarker": version}

    def _s3_DeleteObjects(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        for entry in given["Delete"]["Objects"]:
            self.history.pop((given["Bucket"], entry["Key"]), None)
        return {}

    def _s3_DeleteBucket(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        if any(bucket == given["Bucket"] for bucket, _ in self.history):
            raise error("s3:DeleteBucket", region, "BucketNotEmpty")
        del self.buckets[given["Bucket"]]
        return {}

    def _s3_GetObject(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"Body": self.history[given["Bucket"], given["Key"]][int(given["VersionId"].removeprefix("v")) - 1]}

    # Stacks

    def _cloudformation_ListStacks(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"StackSummaries": []}

    def _stack(self, operation: str, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        found = self.stacks.get((region, given["StackName"]))
        if found is None:
            message = f"Stack with id {given['StackName']} does not exist"
            raise error(f"cloudformation:{operation}", region, "ValidationError", message)
        return found

    def _cloudformation_DescribeStacks(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"Stacks": [dict(self._stack("DescribeStacks", region, given))]}

    def _cloudformation_GetTemplate(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        if "ChangeSetName" in given:
            return {"TemplateBody": self.change_sets[region, given["StackName"], given["ChangeSetName"]]["template"]}
        return {"TemplateBody": self._stack("GetTemplate", region, given)["template"]}

    def _cloudformation_ListStackResources(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        resources = self._stack("ListStackResources", region, given)["template"].get("Resources", {})
        # Certificates are behind a gate until the zone is known, and so count as not there.
        return {
            "StackResourceSummaries": [
                {
                    "LogicalResourceId": id_,
                    "PhysicalResourceId": f"physical-{id_}",
                    "ResourceType": body["Type"],
                    "ResourceStatus": "CREATE_COMPLETE",
                }
                for id_, body in resources.items()
                if body["Type"] != "AWS::CertificateManager::Certificate"
            ]
        }

    def _cloudformation_DescribeStackEvents(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"StackEvents": []}

    def _cloudformation_DescribeEvents(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"OperationEvents": []}

    def _cloudformation_CreateChangeSet(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        stack = self.stacks.setdefault(
            (region, given["StackName"]),
            {
                "StackId": f"arn:stack/{given['StackName']}",
                "StackName": given["StackName"],
                "StackStatus": "REVIEW_IN_PROGRESS",
                "CreationTime": "0",
                "Parameters": [],
                "template": {},
            },
        )
        before = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
        values = {
            p["ParameterKey"]: before[p["ParameterKey"]] if p.get("UsePreviousValue") else p["ParameterValue"]
            for p in given["Parameters"]
        }
        if "TemplateURL" in given:
            bucket, _, key = urlsplit(given["TemplateURL"]).path.lstrip("/").partition("/")
            body = self.objects[bucket, key].decode()
        else:
            body = given["TemplateBody"] if "TemplateBody" in given else json.dumps(stack["template"])
        number = next(self._numbers)
        change_set = {
            "template": json.loads(body),
            "values": values,
            "create": given["ChangeSetType"] == "CREATE",
            "id": f"arn:aws:cloudformation:{region}:{ACCOUNT}:changeSet/{given['ChangeSetName']}/{number}",
            "asked": given,
        }
        self.change_sets[region, given["StackName"], given["ChangeSetName"]] = change_set
        if stack["StackStatus"] == "REVIEW_IN_PROGRESS":
            stack["ChangeSetId"] = change_set["id"]
        return {"Id": change_set["id"]}

    def _named(self, id_: str) -> str:
        """The name of the change set with an ARN; one that nothing has where there is none."""
        found = (key[2] for key, made in tuple(self.change_sets.items()) if made["id"] == id_)
        return next(found, "of-another")

    def _cloudformation_DescribeChangeSet(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        made = self.change_sets.get((region, given["StackName"], given["ChangeSetName"]))
        if made is None:
            raise error("cloudformation:DescribeChangeSet", region, "ChangeSetNotFoundException")
        stack = self._stack("DescribeChangeSet", region, given)
        before = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
        told = {
            "ChangeSetId": made["id"],
            "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in made["values"].items()],
            **{name: made["asked"].get(name, []) for name in ("Tags", "Capabilities", "NotificationARNs")},
            "RollbackConfiguration": made["asked"]["RollbackConfiguration"],
        }
        if (made["template"], made["values"]) == (stack["template"], before):
            reason = "The submitted information didn't contain changes."
            return {**told, "Status": "FAILED", "ExecutionStatus": "UNAVAILABLE", "StatusReason": reason}
        changes = [
            {"ResourceChange": {"Action": action, "LogicalResourceId": id_, "ResourceType": kind}}
            for id_, kind, action in _changes(
                Deployed(stack["template"], before), Deployed(made["template"], made["values"])
            )
        ]
        return {**told, "Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "Changes": changes}

    def _cloudformation_DeleteChangeSet(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        self.change_sets.pop((region, given["StackName"], given["ChangeSetName"]), None)
        return {}

    def _cloudformation_ExecuteChangeSet(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        name = given["StackName"]
        made = self.change_sets[region, name, given["ChangeSetName"]]
        stack = self._stack("ExecuteChangeSet", region, given)
        stack |= {
            "StackStatus": "CREATE_COMPLETE" if made["create"] else "UPDATE_COMPLETE",
            "LastUpdatedTime": str(int(stack.get("LastUpdatedTime", "0")) + 1),
            "ChangeSetId": made["id"],
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in made["values"].items()],
            "Outputs": [
                {"OutputKey": id_, "OutputValue": _output(id_, body.get("Value"), name)}
                for id_, body in made["template"].get("Outputs", {}).items()
                if Deployed(made["template"], made["values"]).holds(body)
            ],
            "template": made["template"],
        }
        self.change_sets = {key: value for key, value in self.change_sets.items() if key[:2] != (region, name)}
        return {}

    def _cloudformation_UpdateTerminationProtection(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        stack = self._stack("UpdateTerminationProtection", region, given)
        stack["EnableTerminationProtection"] = given["EnableTerminationProtection"]
        return {}

    def _cloudformation_DeleteStack(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        assert not self._stack("DeleteStack", region, given).get("EnableTerminationProtection")
        del self.stacks[region, given["StackName"]]
        return {}

    # What is in a zone

    def _route53_GetHostedZone(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"HostedZone": {"Name": "small.example.com."}}

    def _route53_ListResourceRecordSets(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        """One record in each page."""
        names = [record["Name"] + record["Type"] for record in self.records]
        begin = names.index(given["StartRecordName"] + given["StartRecordType"]) if "StartRecordName" in given else 0
        page: dict[str, Json] = {"ResourceRecordSets": self.records[begin : begin + 1], "IsTruncated": False}
        if begin + 1 < len(self.records):
            following = self.records[begin + 1]
            page |= {"IsTruncated": True, "NextRecordName": following["Name"], "NextRecordType": following["Type"]}
        return page

    def _route53_ChangeResourceRecordSets(self, region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        for change in given["ChangeBatch"]["Changes"]:
            assert change["Action"] == "DELETE"
            self.records.remove(change["ResourceRecordSet"])
        return {}


def _changes(before: Deployed, after: Deployed) -> Iterator[tuple[str, str, str]]:
    """Id, type and action of what an operation does: conditions are looked at, references only to parameters."""
    moved = {name for name, value in after.values.items() if before.values.get(name) != value}
    bodies = {**before.template.get("Resources", {}), **after.template["Resources"]}
    for id_, body in sorted(bodies.items()):
        was, is_ = before.there(id_), after.there(id_)
        if was != is_:
            yield id_, body["Type"], "Add" if is_ else "Remove"
        elif was and (body != before.template["Resources"][id_] or mentions(body, moved)):
            yield id_, body["Type"], "Modify"


def _output(id_: str, value: Json, stack: str) -> str:
    """What an output comes to: a text stays as it is, what AWS would choose is told apart by its stack."""
    if id_ == "NameServers":
        return ",".join(NAME_SERVERS)
    return value if isinstance(value, str) else f"{id_}-of-{stack}"
