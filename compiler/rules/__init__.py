"""Rules over the merged templates of all stacks together: traps of AWS that no single template shows."""

from compiler.rules.stage import judge

__all__ = ["judge"]
