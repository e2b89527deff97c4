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


def table(event: Properties, known: str, wanted: Properties, before: Properties) -> Made:
    """A global table with its replicas, each change by a call of its own, as CloudFormation does it."""
    name, here = wanted["TableName"], client("dynamodb")
    if name != known:
        here.create_table(**request("dynamodb", "CreateTable", as_asked(wanted)))
        before = {}
    else:
        indexes(name, wanted, before)
    replicas(name, wanted["Replicas"])
    expiry = wanted.get("TimeToLiveSpecification")
    if expiry and expiry != before.get("TimeToLiveSpecification"):
        here.update_time_to_live(**request("dynamodb", "UpdateTimeToLive", wanted))
    found = here.describe_table(TableName=name)["Table"]
    return name, {"Arn": found["TableArn"], "StreamArn": found.get("LatestStreamArn", "")}


def as_asked(wanted: Properties) -> Properties:
    """What CreateTable is asked for; each region has its own key and protection."""
    mine = {name: value for name, value in wanted.items() if name not in ("SSESpecification", "StreamSpecification")}
    if "StreamSpecification" in wanted:
        mine["StreamSpecification"] = {"StreamEnabled": True, **wanted["StreamSpecification"]}
    return mine


def indexes(name: str, wanted: Properties, before: Properties) -> None:
    """The indexes of a table that exists, one call for each that comes or goes."""
    new, old = (
        {index["IndexName"]: index for index in properties.get("GlobalSecondaryIndexes", [])}
        for properties in (wanted, before)
    )
    for gone in sorted(set(old) - set(new)):
        changes = [{"Delete": {"IndexName": gone}}]
        client("dynamodb").update_table(TableName=name, GlobalSecondaryIndexUpdates=changes)
    for added in sorted(set(new) - set(old)):
        asked = {**wanted, "GlobalSecondaryIndexUpdates": [{"Create": new[added]}]}
        wanted_ = request("dynamodb", "UpdateTable", asked)
        names = ("TableName", "AttributeDefinitions", "GlobalSecondaryIndexUpdates")
        client("dynamodb").update_table(**{name: wanted_[name] for name in names})


def replicas(name: str, wanted: list[Properties]) -> None:
    """The table in each region, with the recovery and the protection of that region."""
    home = client("dynamodb").meta.region_name
    there = client("dynamodb").describe_table(TableName=name)["Table"].get("Replicas", [])
    have = {replica["RegionName"] for replica in there} - {home}
    want = {replica["Region"]: replica for replica in wanted}
    for region in sorted(set(want) - have - {home}):
        client("dynamodb").update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": region}}])
    for region in sorted(have - set(want)):
        delete_table(name, region)
    for region, replica in want.items():
        recovery = replica.get("PointInTimeRecoverySpecification")
        if recovery:
            asked = {"PointInTimeRecoverySpecification": recovery, "TableName": name}
            client("dynamodb", region).update_continuous_backups(
                **request("dynamodb", "UpdateContinuousBackups", asked)
            )
        asked = {"TableName": name, "DeletionProtectionEnabled": replica.get("DeletionProtectionEnabled", False)}
        client("dynamodb", region).update_table(**request("dynamodb", "UpdateTable", asked))


def delete_table(name: str, region: str) -> None:
    """Deletes the table in one region, unless it is protected: then with the words of DynamoDB.

    https://github.com/aws-bench/aws-bench/pull/41 (read 2026-11-26)
    """
    found = client("dynamodb", region).describe_table(TableName=name)["Table"]
    if found.get("DeletionProtectionEnabled"):
        raise ValueError(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection "
            f"first. (Table: {name}, region: {region})"
        )
    client("dynamodb", region).delete_table(TableName=name)


def no_table(known: str, properties: Properties) -> None:
    """Every replica, that of the stack's own region last."""
    home = client("dynamodb").meta.region_name
    regions = {replica["Region"] for replica in properties["Replicas"]}
    for region in (*sorted(regions - {home}), home):
        delete_table(known, region)


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


def refuse(event: Properties, known: str, wanted: Properties, before: Properties) -> Made:
    raise ValueError("refused, as a test wants it")


def nothing(known: str, properties: Properties) -> None:
    """What was refused is not there."""


Maker = Callable[[Properties, str, Properties, Properties], Made]
Remover = Callable[[str, Properties], None]


def association(event: Properties, known: str, wanted: Properties, before: Properties) -> Made:
    client("wafv2").associate_web_acl(**wanted)
    return f"{wanted['WebACLArn']}|{wanted['ResourceArn']}", {}


def no_association(known: str, properties: Properties) -> None:
    client("wafv2").disassociate_web_acl(ResourceArn=properties["ResourceArn"])


def selection(event: Properties, known: str, wanted: Properties, before: Properties) -> Made:
    made = client("backup").create_backup_selection(**request("backup", "CreateBackupSelection", wanted))
    return made["SelectionId"], {}


def no_selection(known: str, properties: Properties) -> None:
    client("backup").delete_backup_selection(BackupPlanId=properties["BackupPlanId"], SelectionId=known)


KINDS: dict[str, tuple[Maker, Remover]] = {
    "AWS::Backup::BackupSelection": (selection, no_selection),
    "AWS::CloudWatch::Alarm": (alarm, no_alarm),
    "AWS::CloudWatch::CompositeAlarm": (composite, no_alarm),
    "AWS::EC2::FlowLog": (flow_log, no_flow_log),
    "AWS::EC2::VPCPeeringConnection": (peering, no_peering),
    "AWS::Logs::Destination": (destination, no_destination),
    "AWS::Route53::HealthCheck": (health_check, no_health_check),
    "AWS::DynamoDB::GlobalTable": (table, no_table),
    "AWS::WAFv2::WebACLAssociation": (association, no_association),
    "AWS::Test::Refused": (refuse, nothing),
    "AWS::S3::Bucket::ReplicationConfiguration": (replication, no_replication),
}
