"""References between stacks: which way a value travels, how it is spelt, and the waves that follow."""
