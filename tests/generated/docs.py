"""The reference pages under docs/."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

from compiler.commands import options
from compiler.commands.hook import run as hook
from compiler.deploy import arguments as deploy
from compiler.reading.document import load_document
from tools.docs import cli, rules, spec, traps
from tools.docs.costs import added
from tools.docs.effects import effects

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "specs/dr-topology.yaml"
EVERY_FIELD = ROOT / "examples/every-field/specs/every-field.yaml"
CENTRAL = ROOT / "examples/central-account/specs/central-account.yaml"
"""Has the fields for what exists already, which exclude others."""
REST = ROOT / "examples/rest-sigv4a/specs/rest-sigv4a.yaml"
"""Has the fields that only a REST API takes."""


_PARSERS = {
    "dr-compile": options.parser,
    "dr-compile-hook": hook.parser,
    "dr-deploy": deploy.parser,
}


def parsers() -> list[argparse.ArgumentParser]:
    """The parser of every program that the package installs."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    return [_PARSERS[name]() for name in sorted(scripts)]


def files() -> dict[str, bytes]:
    base = load_document(EVERY_FIELD.read_text(encoding="utf-8"), EVERY_FIELD.name).value
    shipped = load_document(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name).value
    changes = effects(base)
    for path in (CENTRAL, REST):
        more = load_document(path.read_text(encoding="utf-8"), path.name).value
        changes = {**effects(more, without=changes), **changes}
    pages = {
        "docs/spec.md": spec.page(changes, added(shipped)),
        "docs/rules.md": rules.page(),
        "docs/traps.md": traps.page(),
        "docs/cli.md": cli.page(parsers()),
    }
    return {name: text.encode() for name, text in pages.items()}
