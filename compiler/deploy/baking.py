"""The bake: after a change, the alarms of a region are watched before the change goes to the next one.

CloudFormation watches them: it takes the operation back where one rings during it, or within the monitoring time
after. A trigger must exist when the operation begins, or the operation fails. And triggers are kept for later
operations of the stack, so each operation says which it wants, also that it wants none.

Each stack of a region has a composite alarm of its own, and a change of one can break what another one has: an
operation watches all of them. CloudFormation takes five. Where there are more, it watches that of the stack, that of
the first stack, and the next ones, and dr-deploy looks at all of them before it goes to another region. Reports DR860
and DR861.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html (read 2026-11-26)
"""

from __future__ import annotations

from compiler.aws.facts import cloudformation
from compiler.aws.values import Json
from compiler.deploy import change_sets
from compiler.deploy.change_sets import ChangeSet
from compiler.deploy.cloud import NO_WATCH, Alarm, DeploymentError, ExistingStack, Watch
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.linking.waves import Step
from compiler.rollout.deployment import Stack
from compiler.services.cloudwatch import UNHEALTHY_ARN

_AT = ("deployment", "bake")
_AT_ONCE = 100
"""Names that CloudWatch takes in one question.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html (read 2026-11-27)
"""
_TYPES = {"CompositeAlarms": "AWS::CloudWatch::CompositeAlarm", "MetricAlarms": "AWS::CloudWatch::Alarm"}


def minutes(session: Session) -> int:
    """How long a region is watched; 0 for not at all."""
    return 0 if session.options.no_bake else session.deployment.bake_minutes


def watch(session: Session, step: Step, existing: ExistingStack | None) -> Watch:
    """What CloudFormation watches during and after an operation on a stack, which is now `existing`.

    An operation that creates the alarms has the time without a trigger. Raises `CloudError`.
    """
    time = minutes(session)
    if not (step.bakes and time and existing):
        return NO_WATCH
    found = () if session.options.through_alarm else alarms(session, step.stack)
    return Watch(found[: cloudformation.ROLLBACK_TRIGGERS.value], time)


def alarms(session: Session, stack: StackId) -> tuple[Alarm, ...]:
    """The alarms that sum up the health of a stack's region, as they are now; its own first. Raises `CloudError`.

    An alarm that the templates do not have any more is left out: it may be gone before the operation has ended.
    """
    homes = (item for item in session.deployment.stacks if item.region == stack.region and item.id.serves)
    arns = [
        arn
        for item in sorted(homes, key=lambda item: item.id != stack)
        if UNHEALTHY_ARN in item.section("Outputs") and (arn := session.outputs(item.id).get(UNHEALTHY_ARN))
    ]
    found: dict[str, tuple[str, Json]] = {}
    for start in range(0, len(arns), _AT_ONCE):
        names = [_name(arn) for arn in arns[start : start + _AT_ONCE]]
        asked = {"AlarmNames": names, "AlarmTypes": ["CompositeAlarm", "MetricAlarm"], "MaxRecords": _AT_ONCE}
        answer = session.api.call("cloudwatch", stack.region, "DescribeAlarms", asked)
        found |= {item["AlarmName"]: (kind, item) for member, kind in _TYPES.items() for item in answer.get(member, ())}
    return tuple(
        Alarm(arn, kind, item.get("StateValue") == "ALARM", item.get("StateReason", ""))
        for arn in arns
        for kind, item in [found.get(_name(arn), ("", {}))]
        if kind
    )


def _name(arn: str) -> str:
    return arn.partition(":alarm:")[2]


def refuse_ringing(session: Session, stack: Stack, change_set: ChangeSet) -> None:
    """Takes a change set back where an alarm rings in its region, or in one that this run has changed already.

    Raises `DeploymentError`, and `CloudError`.
    """
    if not (session.updates and stack.id.serves and minutes(session)) or session.options.through_alarm:
        return
    changed = {id_.region: id_.base for id_ in session.changed if id_.serves and id_.region != stack.region}
    for home in (stack.id, *changed.values()):
        ringing = [found for found in alarms(session, home) if found.rings]
        if ringing:
            change_sets.discard(session, stack, change_set)
            there = "" if home.region == stack.region else ", which has the change already"
            says = "; ".join(f"`{found.name}` rings: {found.reason}" for found in ringing)
            raise DeploymentError(Finding(Code.DR860, f"{home.region}{there}: {says}", _AT))


def taken_back(session: Session, stack: Stack, watched: Watch) -> Finding:
    """The finding for an operation without a failure of its own that CloudFormation took back."""
    arns = {alarm.arn for alarm in watched.alarms}
    ringing = [alarm for alarm in alarms(session, stack.id) if alarm.rings and alarm.arn in arns]
    names = " or ".join(f"`{alarm.name}`" for alarm in ringing or watched.alarms)
    why = "".join(f"; {alarm.reason}" for alarm in ringing)
    message = (
        f"{stack.name} was taken back, because {names} rang during the update or within {watched.minutes} min "
        f"after it{why.replace(';', ':', 1)}"
    )
    homes = (other for other in session.deployment.stacks if other.id.serves and other.region != stack.region)
    regions = dict.fromkeys(other.region for other in homes)
    changed = {id_.region for id_ in session.changed if id_.serves}
    states = [f"{region} {'keeps the change' if region in changed else 'is untouched'}" for region in regions]
    remedy = f"{', '.join(states)}; correct what made the alarm ring, then run dr-deploy again"
    return Finding(Code.DR861, message, _AT, help=remedy)
