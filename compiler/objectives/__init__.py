"""Objectives: throughput, latency, recovery time and recovery point as terms, sums and outcomes.

`model` holds the values. What a service demands, takes and may lose is said in its module under `services/`;
`planning.objectives` collects it, `evaluate` reports what the spec asks for and cannot have.
"""
