"""Topics and log destinations that exist, as AWS describes them. Only reads. Reports DR855, DR856 and DR828."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler.deploy.cloud import CloudError, unchecked, unread
from compiler.deploy.existing import absent, key_policy, lacking
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.rules.policy import statements
from compiler.services import existing_receivers
from compiler.services.existing import region_of

Json = Any
_MANAGED = "alias/aws/sns"
"""The key of AWS for topics, which CloudWatch may not use:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html (read 2026-11-22)"""


def topics(session: Session, region: str) -> Iterator[Finding]:
    """A topic of a region that alarms cannot report to. Raises `CloudError`."""
    for number, arn in enumerate(session.topology.spec.alerts.existing):
        if region_of(arn) == region:
            yield from _topic(session, region, arn, ("alerts", "existing", number))


def _topic(session: Session, region: str, arn: str, at: Route) -> Iterator[Finding]:
    try:
        found = session.api.call("sns", region, "GetTopicAttributes", {"TopicArn": arn})["Attributes"]
    except CloudError as error:
        if absent(error):
            yield Finding(Code.DR855, f"there is no such topic in {region}", at)
        else:
            yield unread(error, f"whether alarms can report to the topic `{arn}`")
        return
    wanted = existing_receivers.topic_policies(session.topology, session.account)[region]
    alarm = f"alarm-any-{session.deployment.environment}-{session.deployment.suffix}"
    asks = {
        # The policy that SNS makes by itself knows the account of the request by this key.
        "aws:SourceOwner": session.account,
        "aws:SourceArn": f"arn:{session.topology.partition}:cloudwatch:{region}:{session.account}:alarm:{alarm}",
    }
    for says in lacking(statements(found.get("Policy")), wanted["topic"], region, asks):
        yield Finding(Code.DR856, f"the policy of the topic does not allow what {says}", at)
    key = found.get("KmsMasterKeyId")
    if key == _MANAGED or str(key).endswith(f":{_MANAGED}"):
        yield Finding(Code.DR855, f"the topic is under `{_MANAGED}`, which alarms cannot use", at)
    elif key:
        yield from _key(session, region, key, wanted["key"], at)


def _key(session: Session, region: str, key: str, wanted: Json, at: Route) -> Iterator[Finding]:
    """What the policy of a topic's key does not allow."""
    try:
        arn = session.api.call("kms", region, "DescribeKey", {"KeyId": key})["KeyMetadata"]["Arn"]
        held = key_policy(session, region, arn)
    except CloudError as error:
        yield unread(error, f"the policy of the key `{key}` of a topic in {region}")
        return
    for says in lacking(held, wanted, region):
        yield Finding(Code.DR856, f"the policy of the topic's key does not allow what {says}", at)


def destinations(session: Session, region: str) -> Iterator[Finding]:
    """A log destination of a region that log groups cannot send to. Raises `CloudError`."""
    for number, arn in enumerate(session.topology.spec.logs.existing):
        if region_of(arn) == region:
            yield from _destination(session, region, arn, ("logs", "existing", number))


def _destination(session: Session, region: str, arn: str, at: Route) -> Iterator[Finding]:
    *_, account, _, name = arn.split(":")
    if account != session.account:
        yield unchecked(f"the log destination `{arn}`: only the account {account} can read it")
        return
    try:
        asked = {"DestinationNamePrefix": name}
        answer = session.api.call("logs", region, "DescribeDestinations", asked).get("destinations", [])
    except CloudError as error:
        yield unread(error, f"the log destination `{arn}`")
        return
    found = next((item for item in answer if item.get("destinationName") == name), None)
    if found is None:
        yield Finding(Code.DR855, f"there is no such log destination in {region}", at)
        return
    wanted = existing_receivers.log_policies(session.topology, session.account)[region]
    for says in lacking(statements(found.get("accessPolicy")), wanted, region):
        yield Finding(Code.DR856, f"the policy of the log destination does not allow what {says}", at)
