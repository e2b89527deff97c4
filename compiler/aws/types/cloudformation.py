"""Resource types of CloudFormation itself."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.record import ResourceType
from compiler.aws.types.update_rules import Update, update_rule

CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"
STACK = "AWS::CloudFormation::Stack"
_REFERENCE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-cloudformation-customresource.html"
)


@update_rule(
    "its service token changes", _REFERENCE, remedy="keep the token, or make a resource with another logical id"
)
def _token(update: Update) -> Iterator[str]:
    if update.changed("ServiceToken"):
        yield "the service token of a custom resource cannot be changed"


TYPES = (ResourceType(CUSTOM_RESOURCE, name=None, holds=None, updates=(_token,)),)
"""`Custom::…` is a custom resource too."""
