"""Pages of AWS that say what follows from a change, whatever the type of the resource.

Every resource has the policies `Retain`: one that leaves its stack, and the old one of a replacement, stay as they
are. They cost, they go on doing what they do, and their names stay taken.
"""

from __future__ import annotations

_UG = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"

CUSTOM_NAME = _UG + "aws-properties-name.html"
EXPORTS = _UG + "using-cfn-stack-exports.html"
UPDATE_BEHAVIOURS = _UG + "using-cfn-updating-stacks-update-behaviors.html"
RETAIN = _UG + "aws-attribute-deletionpolicy.html"
ALARM_CHECKS = (
    "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-updating-cloudwatch-alarm-settings.html"
)
SUBNETS = "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"
