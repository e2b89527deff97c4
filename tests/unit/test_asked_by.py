"""Which key of a spec asks for a change, by the texts that the change brings."""

from __future__ import annotations

import pytest

from compiler.deploy.asked_by import key_of
from compiler.diagnostics.model import Route
from compiler.reading.document import load_document
from compiler.spec.parse import parse
from tests.diff.worlds import text

KEY = "arn:aws:kms:{}:012345678901:key/1234abcd-12ab-34cd-56ef-1234567890ab"
EXISTING = "encryption:\n  existing:\n" + "".join(
    f"    - {KEY.format(region)}\n" for region in ("eu-central-1", "eu-west-1", "eu-north-1")
)
CHANGED = (("{partition: entry_id}", "{partition: entry_id, sort: day}"), ("dns:", f"{EXISTING}dns:"))
SPEC = parse(load_document(text("rest", CHANGED), "spec.yaml"))
TABLE: Route = ("tables", 0)


@pytest.mark.parametrize(
    ("texts", "key"),
    [
        ({"day", "RANGE"}, ("tables", 0, "key", "sort")),
        ({KEY.format("eu-west-1")}, ("encryption", "existing", 1)),
        ({"day", KEY.format("eu-west-1")}, ("tables", 0, "key", "sort")),
        ({"day", "entry_id"}, None),
        ({"python3.13"}, None),
        ({"PAY_PER_REQUEST"}, None),
        (set(), None),
    ],
    ids=["in the entry", "elsewhere", "the entry first", "two of the entry", "two elsewhere", "no key", "no text"],
)
def test_the_key_is_the_only_one_with_such_a_text(texts: set[str], key: Route | None) -> None:
    assert key_of(SPEC, TABLE, texts) == key
