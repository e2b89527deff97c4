"""docs/architecture.md and tests/README.md name every folder that they are about, and what they name exists."""

from __future__ import annotations

import re

import pytest

from tests.generated.layers import LAYERS
from tests.helpers import ROOT

PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("docs/architecture.md", "tests/README.md")}
NAMED = [
    (page, name)
    for page, text in PAGES.items()
    for name in sorted(set(re.findall(r"`([\w./*<>-]*(?:/[\w./*<>-]*|\.(?:py|md|toml)))`", text)))
]
FOLDERS = [
    *(("docs/architecture.md", path.parent.name) for path in sorted((ROOT / "compiler").glob("*/__init__.py"))),
    *(("tests/README.md", f"tests/{path.name}") for path in sorted((ROOT / "tests").glob("[a-z]*/"))),
]


@pytest.mark.parametrize(("page", "name"), NAMED)
def test_what_is_named_exists(page: str, name: str) -> None:
    """Paths begin at the top, in compiler/ or in the folder that the line is about; `<kind>` stands for any name."""
    pattern = re.sub(r"<\w+>", "*", name).rstrip("/")
    tops = (ROOT, ROOT / "compiler", ROOT / "tests/deploy", ROOT / "tests/rules", ROOT / "tests/diff")
    assert name.startswith(".venv/") or any(any(top.glob(pattern)) for top in tops), f"{page} names `{name}`"


@pytest.mark.parametrize(("page", "folder"), FOLDERS)
def test_every_folder_is_named(page: str, folder: str) -> None:
    assert re.search(rf"`(?:compiler/)?{folder}/", PAGES[page]), f"{page} does not say what is in `{folder}/`"


def test_the_table_has_the_folders_in_their_order() -> None:
    named = re.findall(r"^\| `(\w+)/` \|", PAGES["docs/architecture.md"], re.MULTILINE)
    assert named == [layer for layer in LAYERS if (ROOT / "compiler" / layer).is_dir()]
