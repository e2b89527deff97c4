"""What an editor shows on a spec, asked of the real yaml-language-server with nothing set but the spec's first line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from compiler.aws import regions
from compiler.spec.model import Spec
from tests import lsp, node
from tests.lsp import Editor

pytestmark = [node.needed, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = (ROOT / "specs/dr-topology.yaml").read_text(encoding="utf-8")
_NUMBERS = count()


@pytest.fixture(scope="module")
def server() -> Iterator[Editor]:
    with lsp.editor(ROOT) as made:
        yield made


class Opened:
    """A text in the editor, under a name of its own in the folder of the shipped spec."""

    def __init__(self, server: Editor, text: str) -> None:
        self.server, self.text = server, text
        self.path = ROOT / f"specs/opened-{next(_NUMBERS)}.yaml"
        self.found: list[Mapping[str, Any]] = server.open(self.path, text)

    def hover(self, words: str) -> str:
        shown: str = self.server.at("hover", self.path, *place(self.text, words, 1))["contents"]["value"]
        return shown

    def offered(self, line: int, column: int) -> set[str]:
        found = self.server.at("completion", self.path, line, column)
        return {item["label"] for item in (found["items"] if isinstance(found, dict) else found)}


def place(text: str, words: str, offset: int = 0) -> tuple[int, int]:
    """Line and column of the first `words`, `offset` characters into them."""
    position = text.index(words) + offset
    before = text[:position]
    return before.count("\n"), position - (before.rfind("\n") + 1)


def test_the_shipped_spec_has_no_error(server: Editor) -> None:
    assert Opened(server, SHIPPED).found == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*/specs/*.yaml")), ids=lambda path: path.stem)
def test_examples_have_no_error(server: Editor, path: Path) -> None:
    assert server.open(path, path.read_text(encoding="utf-8")) == []


def test_hover_on_rto_explains_it_with_its_unit_and_an_example(server: Editor) -> None:
    shown = Opened(server, SHIPPED).hover("rto: 15m")
    for words in ("rto (duration)", "Recovery time objective", "a number followed by ms, s, m, h or d", "15m"):
        assert words in shown


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("consistency: x", "strong read costs twice"),
        ("backup: x", "point-in-time recovery"),
        ("item_size: 1KB", "KB, MB, GB, TB or B"),
        ("health_check:", "How Route 53 detects that a region has failed"),
    ],
)
def test_hover_inside_lists_and_sections(server: Editor, field: str, words: str) -> None:
    text = SHIPPED.replace("    reads: 1\n", "    reads: 1\n    consistency: x\n    backup: x\n", 1)
    assert words in Opened(server, text).hover(field)


def test_completion_at_a_region_offers_every_region(server: Editor) -> None:
    text = SHIPPED.replace("region: us-west-2,", "region: ,")
    assert set(regions.COMMERCIAL) <= Opened(server, text).offered(*place(text, "region: ,", len("region: ")))


def test_completion_at_a_key_offers_the_fields_that_are_not_there_yet(server: Editor) -> None:
    text = SHIPPED.replace("  latency: 1s\n", "  \n")
    line, _ = place(text, "  throughput:")
    offered = Opened(server, text).offered(line + 1, 2)
    assert "latency" in offered
    assert not {"rto", "rpo", "throughput"} & offered


def test_completion_at_the_top_offers_every_section(server: Editor) -> None:
    text = "# yaml-language-server: $schema=../schema/dr-topology.schema.json\n\n"
    assert set(Spec.model_fields) <= Opened(server, text).offered(1, 0)


@pytest.mark.parametrize(
    ("old", "new", "offered"),
    [
        ("role: secondary,", "role: ,", {"primary", "secondary", "replica"}),
        ("runtime: python3.13", "runtime: ", {"python3.13", "nodejs22.x"}),
        ("logs:\n  retention: 90d", "logs:\n  retention: ", {"30d", "90d", "365d"}),
        ("rotation: 365d", "rotation: ", {"365d"}),
        ("dashboard: true", "dashboard: ", {"true", "false"}),
    ],
)
def test_completion_of_values(server: Editor, old: str, new: str, offered: set[str]) -> None:
    text = SHIPPED.replace(old, new, 1)
    assert offered <= Opened(server, text).offered(*place(text, new, len(new.rstrip(","))))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rto: 15m", "rto: 15 parsecs", "A duration is a number with a unit, such as 15m"),
        ("rto: 15m", "rto: 15", "A duration is a number with a unit, such as 15m"),
        ("item_size: 1KB", "item_size: 1kb", "A size is a number with a unit"),
        ("throughput: 10000/s", "throughput: 10000", "A rate is a number with a unit"),
        ("region: us-west-2", "region: us-wst-2", "us-west-2"),
        ("role: secondary", "role: standby", "secondary"),
        ("name: transactions", "name: My Transactions", "It must be lower-case letters"),
        ("zones: [use1-az1, use1-az2, use1-az4]", "zones: 9", "maximum of 8"),
        ("  latency: 1s\n", "", "latency"),
        ("  latency: 1s\n", "  latency: 1s\n  latncy: 1s\n", "latncy is not allowed"),
        ("version: 1", "version: 2", "1"),
        ("to: oncall@example.com", "to: nobody", "It must be an e-mail address"),
    ],
)
def test_errors_at_their_line(server: Editor, old: str, new: str, words: str) -> None:
    text = SHIPPED.replace(old, new, 1)
    found = Opened(server, text).found
    assert len(found) == 1, found
    assert words in found[0]["message"]
    line, _ = place(text, new) if new else place(text, "objectives:")
    lines = {line, line + 1} if new.startswith("  latency") else {line}
    assert found[0]["range"]["start"]["line"] in lines


BASE = SHIPPED.replace("\nversion: 1\n", "\nversion: 1\nbase: true\n")
ENVIRONMENT = """\
# yaml-language-server: $schema=../schema/dr-topology.schema.json
extends: base.yaml
naming: {environment: dev}
tables:
  - {name: transactions, writes: 2, ttl: null}
buckets:
  - {name: documents, remove: true}
objectives:
  throughput: 5/s
"""


def test_a_base_and_a_file_that_extends_it_may_be_incomplete(server: Editor) -> None:
    incomplete = BASE.replace("  throughput: 10000/s\n", "").replace("\nname: transactions\n", "\n")
    assert Opened(server, incomplete).found == []
    assert Opened(server, ENVIRONMENT).found == []
    assert Opened(server, incomplete.replace("base: true", "base: false")).found != []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("environment: dev", "enviroment: dev", "enviroment is not allowed"),
        ("environment: dev", "environment: null", "string"),
        ("writes: 2", "writes: two", "number"),
        ("name: transactions, ", "", "name"),
        ("remove: true", "remove: false", "true"),
        ("extends: base.yaml", "extends: base.json", "It must be the path of a YAML file"),
        ("throughput: 5/s", "throughput: 5", "A rate is a number with a unit"),
    ],
)
def test_what_is_wrong_in_a_file_that_extends_a_base_is_said(server: Editor, old: str, new: str, words: str) -> None:
    (found,) = Opened(server, ENVIRONMENT.replace(old, new, 1)).found
    assert words in found["message"]


def test_hover_and_completion_in_a_file_that_extends_a_base(server: Editor) -> None:
    opened = Opened(server, ENVIRONMENT + "  \n")
    assert "Transactions per second at peak" in opened.hover("throughput: 5/s")
    line, _ = place(ENVIRONMENT, "  throughput:")
    assert {"rto", "rpo", "latency"} <= opened.offered(line + 1, 2)
