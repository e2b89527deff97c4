"""The bake: after a change, the alarm of a region is watched before the change goes to the next one.

CloudFormation watches it: it takes the operation back where the alarm rings during it, or within the monitoring time
after. A trigger must exist when the operation begins, or the operation fails. And triggers are kept for later
operations of the stack, so each operation says which it wants, also that it wants none. Reports DR860 and DR861.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html (read 2026-11-26)
"""

from __future__ import annotations

from compiler.deploy import change_sets
from compiler.deploy.change_sets import ChangeSet
from compiler.deploy.cloud import NO_WATCH, Alarm, DeploymentError, ExistingStack, Watch
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.linking.waves import Step
from compiler.rollout.deployment import Stack
from compiler.services.cloudwatch import UNHEALTHY_ARN

_AT = ("deployment", "bake")
_TYPES = {"CompositeAlarms": "AWS::CloudWatch::CompositeAlarm", "MetricAlarms": "AWS::CloudWatch::Alarm"}


def minutes(session: Session) -> int:
    """How long a region is watched; 0 for not at all."""
    return 0 if session.options.no_bake else session.deployment.bake_minutes


def watch(session: Session, step: Step, existing: ExistingStack | None) -> Watch:
    """What CloudFormation watches during and after an operation on a stack, which is now `existing`.

    An operation that creates the alarm has the time without a trigger. Raises `CloudError`.
    """
    time = minutes(session)
    if not (step.bakes and time and existing):
        return NO_WATCH
    found = None if session.options.through_alarm else alarm(session, step.stack.region)
    return Watch(found, time)


def alarm(session: Session, region: str) -> Alarm | None:
    """The alarm that sums up a region's health, as it is now; None where there is none yet. Raises `CloudError`."""
    stacks = (stack for stack in session.deployment.stacks if stack.region == region and stack.id.serves)
    arn = next((arn for stack in stacks if (arn := session.outputs(stack.id).get(UNHEALTHY_ARN))), "")
    if not arn:
        return None
    asked = {"AlarmNames": [arn.partition(":alarm:")[2]], "AlarmTypes": ["CompositeAlarm", "MetricAlarm"]}
    answer = session.api.call("cloudwatch", region, "DescribeAlarms", asked)
    for member, kind in _TYPES.items():
        for found in answer.get(member, []):
            return Alarm(arn, kind, found.get("StateValue") == "ALARM", found.get("StateReason", ""))
    return None


def refuse_ringing(session: Session, stack: Stack, change_set: ChangeSet) -> None:
    """Takes a change set back where the alarm of its region rings already.

    Raises `DeploymentError`, and `CloudError`.
    """
    if not (session.updates and stack.id.serves and minutes(session)) or session.options.through_alarm:
        return
    found = alarm(session, stack.region)
    if found and found.rings:
        change_sets.discard(session, stack, change_set)
        message = f"{stack.name}: `{found.name}` rings: {found.reason}"
        raise DeploymentError(Finding(Code.DR860, message, _AT))


def taken_back(session: Session, stack: Stack, watched: Watch) -> Finding:
    """The finding for an operation without a failure of its own that CloudFormation took back."""
    now = alarm(session, stack.region)
    name = watched.alarm.name if watched.alarm else ""
    why = f": {now.reason}" if now and now.rings else ""
    message = (
        f"{stack.name} was taken back, because `{name}` rang during the update or within {watched.minutes} min "
        f"after it{why}"
    )
    regions = [other.region for other in session.deployment.stacks if other.id.serves and other.region != stack.region]
    changed = {id_.region for id_ in session.changed if id_.serves}
    states = [f"{region} {'keeps the change' if region in changed else 'is untouched'}" for region in regions]
    remedy = f"{', '.join(states)}; correct what made the alarm ring, then run dr-deploy again"
    return Finding(Code.DR861, message, _AT, help=remedy)
