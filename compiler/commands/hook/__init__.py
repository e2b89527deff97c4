"""The pre-commit hook: which specs a commit touches, and what is staged of them."""
