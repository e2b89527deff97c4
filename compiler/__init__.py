"""Compile a disaster-recovery spec into CloudFormation templates and computed objectives."""

__version__ = "0.2.0"
