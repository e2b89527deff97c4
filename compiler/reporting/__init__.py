"""Diagnostics and results as text and in machine formats."""
