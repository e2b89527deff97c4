"""`dr-compile --show`: the spec with everything that it extends, and where each value was said."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from compiler.diagnostics.model import RejectedError
from compiler.reading import yaml_text
from compiler.reporting.console import FINE, FOUND, report
from compiler.spec.compose import open_spec
from compiler.spec.parse import parse


def run(arguments: argparse.Namespace) -> int:
    """Prints the spec as one YAML file, also where it has errors; these are reported. Returns the exit code."""
    try:
        document = open_spec(Path(arguments.spec), arguments.spec)
    except RejectedError as error:
        report(error.diagnostics)
        return FOUND
    sys.stdout.write(f"# What {arguments.spec} says, with the place of each value. Paths are relative to its folder.\n")
    sys.stdout.writelines(f"{line}\n" for line in yaml_text.lines(document))
    try:
        parse(document)
    except RejectedError as error:
        report(error.diagnostics, document.texts)
        return FOUND
    return FINE
