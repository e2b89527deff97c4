"""Resource types of AWS Resilience Hub."""

from __future__ import annotations

from compiler.aws.types.record import ResourceType

APP = "AWS::ResilienceHub::App"
RESILIENCY_POLICY = "AWS::ResilienceHub::ResiliencyPolicy"

TYPES = (
    # The API knows both by ARNs that AWS chooses, so that no call tells whether a name is taken.
    ResourceType(APP, name=None, holds=None, identity=("Name",)),
    ResourceType(RESILIENCY_POLICY, name=None, holds=None, identity=("PolicyName",)),
)
