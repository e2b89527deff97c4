"""`python -m compiler` is `dr-compile`."""

from compiler.cli import run

run()
