"""`python -m compiler` is `dr-compile`."""

from compiler.commands.main import run

run()
