"""Timings, by hand: `python -m tests.bench.compile_time`. Never part of a test run, never a verdict."""
