"""The command `dr-compile` and its parts."""
