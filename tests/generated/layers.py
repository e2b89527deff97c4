"""compiler/<folder>/ruff.toml: the folders above, which ruff lets nothing in this folder import.

`LAYERS` is the order of the folders. tests/test_layers.py holds it as well.
"""

from __future__ import annotations

from tests.helpers import ROOT

LAYERS = (
    "support", "recall", "diagnostics", "reading", "ir", "aws", "spec", "findings", "topology", "objectives",
    "services", "planning", "linking", "rendering", "rollout", "rules", "output", "pipeline", "diff", "reporting",
    "commands", "deploy",
)  # fmt: skip
"""Folders and modules of compiler/ from the ground floor to the top: each imports only from those before it."""


def files() -> dict[str, bytes]:
    return {
        f"compiler/{layer}/ruff.toml": _settings(layer, LAYERS[position + 1 :]).encode()
        for position, layer in enumerate(LAYERS[:-1])
        if (ROOT / "compiler" / layer).is_dir()
    }


def _settings(layer: str, above: tuple[str, ...]) -> str:
    lines = [
        "# Made of tests/generated/layers.py by `make goldens`.",
        'extend = "../../pyproject.toml"',
        "",
        "[lint.flake8-tidy-imports.banned-api]",
        *(f'"compiler.{name}".msg = "`{layer}` is below `{name}`"' for name in above),
    ]
    return "\n".join(lines) + "\n"
