"""What the rows of `tests/requirements_table.py` assert, by subject.

Each function takes the topology as compiled and raises `AssertionError` where a requirement is not met. The first
line of its docstring is what docs/requirements.md says about how a requirement is checked.
"""
