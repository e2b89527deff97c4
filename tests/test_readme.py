"""What the documents tell people to type does what they say it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import console
from tests.team import ROOT
from tests.tiers import slow_unless

DOCUMENTS = sorted(
    path for path in (ROOT / "README.md", *ROOT.glob("docs/*.md")) if "```console" in path.read_text("utf-8")
)
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize(
    "document", slow_unless(lambda path: path.name == "README.md", DOCUMENTS), ids=lambda path: path.name
)
def test_commands_do_what_is_shown(document: Path, tmp_path: Path) -> None:
    assert console.check(document, tmp_path) > 0


def test_every_page_can_be_found() -> None:
    text = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([\w-]+\.md)", text))
    assert linked == {path.name for path in ROOT.glob("docs/*.md")} - {"README.md"}


def write(folder: Path, text: str) -> Path:
    document = folder / "page.md"
    document.write_text(text, encoding="utf-8")
    return document


def test_output_that_differs_is_noticed(tmp_path: Path) -> None:
    page = write(tmp_path, "```console\n$ echo one; echo two; echo three\none\n...\nthree\n```\n")
    assert console.check(page, tmp_path / "a") == 1
    page = write(tmp_path, "```console\n$ echo one; echo two; echo three\none\n...\ntwo\n```\n")
    with pytest.raises(AssertionError, match=r"page.md:2: \$ echo one"):
        console.check(page, tmp_path / "b")
    page = write(tmp_path, "```console\n$ false\n```\n")
    with pytest.raises(AssertionError, match="exit code 1"):
        console.check(page, tmp_path / "c")


def test_a_document_can_be_brought_up_to_date(tmp_path: Path) -> None:
    page = write(
        tmp_path, "Before.\n\n```console\n$ echo one\n$ echo two; \\\n  echo three\nold\n$ echo x\n...\n```\nAfter.\n"
    )
    assert console.refresh(page, tmp_path / "a") == 1
    text = "Before.\n\n```console\n$ echo one\n$ echo two; \\\n  echo three\ntwo\nthree\n$ echo x\n...\n```\nAfter.\n"
    assert page.read_text(encoding="utf-8") == text
    assert console.refresh(page, tmp_path / "b") == 0


def test_blocks_share_a_folder_and_commands_may_go_on(tmp_path: Path) -> None:
    page = write(
        tmp_path,
        "```console empty\n$ mkdir here && cd here\n```\n"
        "```console empty\n$ basename \\\n  $PWD\nhere\n```\n```sh\nfalse\n```\n",
    )
    assert console.check(page, tmp_path / "a") == 2


def anchors(text: str) -> set[str]:
    """What links may point at: headings as GitHub slugs them, and anchors set by hand."""
    headings = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), f"{document.name} links to {target}"
        if anchor and path.suffix == ".md":
            assert anchor in anchors(path.read_text(encoding="utf-8")), f"{document.name} links to {target}"
