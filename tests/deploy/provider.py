"""Runs inside the emulator, as a Lambda function: creates through its APIs what its CloudFormation does not.

`complement` turns each such resource of a template into a custom resource of the same properties, so that order,
references, updates and rollbacks are CloudFormation's own. This file is all of the function's code.
"""

import http.client
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3

Json = Any
Properties = dict[str, Json]
Made = tuple[str, dict[str, str]]
"""Physical id and attributes."""


def handler(event: Properties, context: object) -> None:
    """Answers one event of CloudFormation."""
    kind = event["ResourceType"].removeprefix("Custom::").replace("-", "::")
    properties = {key: value for key, value in event["ResourceProperties"].items() if key != "ServiceToken"}
    known = event.get("PhysicalResourceId", "")
    answer: Properties = {"Status": "SUCCESS", "PhysicalResourceId": known or event["LogicalResourceId"]}
    try:
        made, remove = KINDS[kind]
        if event["RequestType"] == "Delete":
            remove(known, properties)
        else:
            before = event.get("OldResourceProperties", {})
            answer["PhysicalResourceId"], answer["Data"] = made(event, known, properties, before)
    except Exception as error:  # noqa: BLE001 - whatever it is, CloudFormation is owed an answer
        answer |= {"Status": "FAILED", "Reason": f"{type(error).__name__}: {error}"}
    body = json.dumps(answer).encode()
    url = urlsplit(event["ResponseURL"])
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    connection.request("PUT", url.path, body)
    connection.getresponse().read()
    connection.close()


def client(service: str, region: str | None = None) -> Any:
    key = f"{service} {region}"
    if key not in _CLIENTS:
        _CLIENTS[key] = boto3.client(service, region_name=region)
    return _CLIENTS[key]


_CLIENTS: dict[str, Any] = {}


def request(service: str, operation: str, wanted: Mapping[str, Json]) -> Properties:
    """What an operation takes of `wanted`, with numbers and truth values turned back from the texts they came as."""
    shape = client(service).meta.service_model.operation_model(operation).input_shape
    return {name: typed(shape.members[name], value) for name, value in wanted.items() if name in shape.members}


def typed(shape: Any, value: Json) -> Json:
    """`value` in the types of an API's shape; members it does not have are left out."""
    match shape.type_name:
        case "structure":
            return {name: typed(shape.members[name], value[name]) for name in value if name in shape.members}
        case "list":
            return [typed(shape.member, item) for item in value]
        case "map":
            return {name: typed(shape.value, item) for name, item in value.items()}
        case "boolean":
            return value in (True, "true")
        case "integer" | "long":
            return int(float(value))
        case "double" | "float":
            return float(value)
    return value


# One pair of functions for each kind: make or change, remove.


def peering(event: Properties, known: str, wanted: Properties, before: Properties) -> Made:
    made = client("ec2").create_vpc_peering_connection(**request("ec2", "CreateVpcPeeringConnection", wanted))
    id_ = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    client("ec2", wanted.get("PeerRegion")).accept_vpc_peering_connection(VpcPeeringConnectionId=id_)
    return id_, {"Id": id_}


def no_peering(known: str, properties: Properties) -> None:
    client("ec2").delete_vpc_peering_connection(VpcPeeringConnectionId=known)


def flow_log(event: Properties, known: str, wanted: Properties, before: Properties) -> Made:
    asked = {**wanted, "ResourceIds": [wanted["ResourceId"]]}
    asked.pop("Tags", None)
    made = client("ec2").create_flow_logs(**request("ec2", "CreateFlowLogs", asked))
    return made["FlowLogIds"][0], {"Id": made["FlowLogIds"][0]}


def no_flow_log(known: str, properties: Properties) -> None:
    client("ec2").delete_flow_logs(FlowLogIds=[known])


def destination(event: Properties, known: str, wanted: Properties, before: Properties) -> Made:
    name = wanted["DestinationName"]
    made = client("logs").put_destination(
        destinationName=name, targetArn=wanted["TargetArn"], roleArn=wanted["RoleArn"]
    )
    if wanted.get("DestinationPolicy"):
        client("logs").put_destination_policy(destinationName=name, accessPolicy=wanted["DestinationPolicy"])
    return name, {"Arn": made["destination"]["arn"]}


def no_destination(known: str, properties: Properties) -> None:
    client("logs").delete_destination(destinationName=known)


def alarm(event: Properties, known: str, wanted: Properties, before: Properties) -> Made:
    client("cloudwatch").put_metric_alarm(**request("cloudwatch", "PutMetricAlarm", wanted))
    return wanted["AlarmName"], {"Arn": alarm_arn(wanted["AlarmName"])}


def composite(event: Properties, known: str, wanted: Properties, before: Properties) -> Made:
    client("cloudwatch").put_composite_alarm(**request("cloudwatch", "PutCompositeAlarm", wanted))
    return wanted["AlarmName"], {"Arn": alarm_arn(wanted["AlarmName"])}


def alarm_arn(name: str) -> str:
    found = client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    arn: str = (found["MetricAlarms"] + found.get("CompositeAlarms", []))[0]["AlarmArn"]
    return arn


def no_alarm(known: str, properties: Properties) -> None:
    client("cloudwatch").delete_alarms(AlarmNames=[known])


def health_check(event: Properties, known: str, wanted: Properties, before: Properties) -> Made:
    asked = request("route53", "CreateHealthCheck", {"HealthCheckConfig": wanted["HealthCheckConfig"]})
    if known and all(
        wanted["HealthCheckConfig"].get(name) == before.get("HealthCheckConfig", {}).get(name)
        for name in ("Type", "RequestInterval", "MeasureLatency")
    ):
        changed = request("route53", "UpdateHealthCheck", asked["HealthCheckConfig"])
        client("route53").update_health_check(HealthCheckId=known, **changed)
        id_ = known
    else:
        made = client("route53").create_health_check(CallerReference=event["RequestId"], **asked)
        id_ = made["HealthCheck"]["Id"]
    # The emulator loses these two members; a tag keeps them for the stand-in of Route 53.
    lost = {name: wanted["HealthCheckConfig"].get(name) for name in ("Inverted", "ChildHealthChecks")}
    tag = {"Key": "emulated", "Value": json.dumps(lost)}
    client("route53").change_tags_for_resource(ResourceType="healthcheck", ResourceId=id_, AddTags=[tag])
    return id_, {"HealthCheckId": id_}


def no_health_check(known: str, properties: Properties) -> None:
    client("route53").delete_health_check(HealthCheckId=known)


def replicas(event: Properties, known: str, wanted: Properties, before: Properties) -> Made:
    """The replicas of a global table, one call for each, as CloudFormation does it."""
    table, here = wanted["TableName"], client("dynamodb").meta.region_name
    there = client("dynamodb").describe_table(TableName=table)["Table"].get("Replicas", [])
    have = {replica["RegionName"] for replica in there} - {here}
    want = {replica["Region"]: replica for replica in wanted["Replicas"]}
    for region in sorted(set(want) - have - {here}):
        client("dynamodb").update_table(TableName=table, ReplicaUpdates=[{"Create": {"RegionName": region}}])
    for region in sorted(have - set(want)):
        client("dynamodb").update_table(TableName=table, ReplicaUpdates=[{"Delete": {"RegionName": region}}])
    for region, replica in want.items():
        recovery = replica.get("PointInTimeRecoverySpecification")
        if recovery:
            asked = {"PointInTimeRecoverySpecification": recovery, "TableName": table}
            client("dynamodb", region).update_continuous_backups(
                **request("dynamodb", "UpdateContinuousBackups", asked)
            )
    return f"{table}-replicas", {}


def no_replicas(known: str, properties: Properties) -> None:
    table, here = properties["TableName"], client("dynamodb").meta.region_name
    for replica in properties["Replicas"]:
        if replica["Region"] != here:
            update = [{"Delete": {"RegionName": replica["Region"]}}]
            client("dynamodb").update_table(TableName=table, ReplicaUpdates=update)


def replication(event: Properties, known: str, wanted: Properties, before: Properties) -> Made:
    """The replication rules of a bucket; CloudFormation spells three members otherwise than S3."""
    bucket, rules = wanted["Bucket"], wanted.get("ReplicationConfiguration")
    if rules:
        asked = request("s3", "PutBucketReplication", {"ReplicationConfiguration": {
            "Role": rules["Role"], "Rules": [{**rule, "ID": rule["Id"]} for rule in rules["Rules"]],
        }})  # fmt: skip
        client("s3").put_bucket_replication(Bucket=bucket, **asked)
    elif known:
        client("s3").delete_bucket_replication(Bucket=bucket)
    return f"{bucket}-replication", {}


def no_replication(known: str, properties: Properties) -> None:
    client("s3").delete_bucket_replication(Bucket=properties["Bucket"])


Maker = Callable[[Properties, str, Properties, Properties], Made]
Remover = Callable[[str, Properties], None]
KINDS: dict[str, tuple[Maker, Remover]] = {
    "AWS::CloudWatch::Alarm": (alarm, no_alarm),
    "AWS::CloudWatch::CompositeAlarm": (composite, no_alarm),
    "AWS::EC2::FlowLog": (flow_log, no_flow_log),
    "AWS::EC2::VPCPeeringConnection": (peering, no_peering),
    "AWS::Logs::Destination": (destination, no_destination),
    "AWS::Route53::HealthCheck": (health_check, no_health_check),
    "AWS::DynamoDB::GlobalTable::Replicas": (replicas, no_replicas),
    "AWS::S3::Bucket::ReplicationConfiguration": (replication, no_replication),
}
