"""Writes every committed file that is made from something else; `tests/test_generated.py` fails where one is stale.

`python -m tests.generate` is `make goldens`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import tests.generated

ROOT = Path(__file__).resolve().parent.parent


def modules() -> Iterator[str]:
    """Names of the modules that make files."""
    yield from sorted(module.name for module in pkgutil.iter_modules(tests.generated.__path__))


def files(module: str) -> dict[str, bytes]:
    """What one module makes: path in the repository to bytes."""
    made: dict[str, bytes] = importlib.import_module(f"tests.generated.{module}").files()
    return made


def main() -> None:
    for module in modules():
        for name, data in files(module).items():
            path = ROOT / name
            if not path.is_file() or path.read_bytes() != data:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                print(f"wrote {name}")


if __name__ == "__main__":
    main()
