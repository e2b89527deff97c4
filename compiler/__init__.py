"""Compile a disaster-recovery spec into CloudFormation templates and computed objectives."""
