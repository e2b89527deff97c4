"""Generators of docs and facts, for those who work on the compiler; not part of the wheel."""
