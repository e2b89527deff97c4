"""Objectives decided: throughput, latency, recovery time and recovery point as terms, sums and verdicts.

`model` holds the values, one module per objective computes them, `judge` puts them together and says what the
spec promises and cannot keep.
"""
