"""A spec and its bases as one document: which value holds, in which order, and where it was said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.commands.main import main
from compiler.diagnostics.model import RejectedError, Route
from compiler.pipeline import compile_spec
from compiler.reading.chain import Disk
from compiler.reading.document import Document, load_document
from compiler.reading.textfile import UnreadableError, repository
from compiler.spec.compose import compose
from compiler.spec.parse import parse
from compiler.support.frozen import frozen
from tests.helpers import ODD, SHIPPED, odd_specs


@frozen
class Memory:
    """Files that are nowhere but here."""

    texts: dict[str, str]

    def read(self, path: str) -> bytes:
        if path not in self.texts:
            raise UnreadableError("does not exist")
        return self.texts[path].encode()

    def names(self, folder: str) -> Iterable[str]:
        return (name for name in self.texts if folder == ".")


def composed(spec: str, **bases: str) -> Document:
    """A spec over its bases; `one` is the file `one.yaml`."""
    texts = {f"{name}.yaml": f"base: true\n{text}" for name, text in bases.items()}
    return compose(load_document(spec, "specs/spec.yaml"), Memory(texts))


def value(spec: str, **bases: str) -> Any:
    return composed(f"extends: one.yaml\n{spec}", **bases).value


BASE = """\
version: 1
name: shop
naming: {environment: prod, suffix: a1, tags: {owner: payments, tier: gold}}
network: {endpoints: [kms, sns]}
tables:
  - {name: orders, key: {partition: id}, writes: 1}
  - {name: stock, key: {partition: id}, writes: 2}
"""


def test_sections_merge_and_the_spec_wins() -> None:
    merged = value("naming: {environment: dev, tags: {owner: nobody, more: x}}\n", one=BASE)
    assert merged["naming"] == {
        "environment": "dev", "suffix": "a1", "tags": {"owner": "nobody", "tier": "gold", "more": "x"},
    }  # fmt: skip
    assert list(merged) == ["version", "name", "naming", "network", "tables"]


def test_entries_merge_by_their_key_and_new_ones_come_last() -> None:
    merged = value("tables:\n  - {name: fresh, writes: 5}\n  - {name: stock, writes: 7, reads: 1}\n", one=BASE)
    assert [(entry["name"], entry["writes"]) for entry in merged["tables"]] == [
        ("orders", 1),
        ("stock", 7),
        ("fresh", 5),
    ]
    assert merged["tables"][1] == {"name": "stock", "key": {"partition": "id"}, "writes": 7, "reads": 1}


@pytest.mark.parametrize(
    ("section", "base", "over", "merged"),
    [
        ("regions", {"region": "us-east-1", "zones": 2}, {"region": "us-east-1", "zones": 3}, {"zones": 3}),
        ("clients", {"who": "all", "share": "10%"}, {"who": "all", "share": "20%"}, {"share": "20%"}),
        (
            "accept",
            {"finding": "DR1", "at": "x", "reason": "a"},
            {"finding": "DR1", "at": "x", "reason": "b"},
            {"reason": "b"},
        ),
        ("accept", {"finding": "DR1", "reason": "a"}, {"finding": "DR1", "reason": "b"}, {"reason": "b"}),
        ("accept", {"finding": "DR1", "at": "x", "reason": "a"}, {"finding": "DR1", "reason": "b"}, None),
    ],
)
def test_what_an_entry_is_found_by(section: str, base: Any, over: Any, merged: Any) -> None:
    found = value(json.dumps({section: [over]})[1:-1] + "\n", one=json.dumps({section: [base]})[1:-1] + "\n")[section]
    assert found == ([{**base, **merged}] if merged else [base, over])


def test_routes_and_subscriptions_have_keys_of_two_fields() -> None:
    base = "api: {routes: [{method: GET, path: /a, auth: iam}, {method: PUT, path: /a, auth: iam}]}\n"
    merged = value("api: {routes: [{method: PUT, path: /a, auth: none}]}\n", one=base)
    assert [route["auth"] for route in merged["api"]["routes"]] == ["iam", "none"]


def test_plain_lists_and_other_values_replace() -> None:
    assert value("network: {endpoints: [sts]}\n", one=BASE)["network"] == {"endpoints": ["sts"]}
    base = "objectives: {rto: {within: 1m, share: 95%}}\n"
    assert value("objectives: {rto: 5m}\n", one=base)["objectives"] == {"rto": "5m"}


def test_null_restores_the_default() -> None:
    merged = value("naming: {tags: {tier: null}}\nnetwork: null\ntables: [{name: stock, writes: null}]\n", one=BASE)
    assert merged["naming"]["tags"] == {"owner": "payments"}
    assert "network" not in merged
    assert merged["tables"][1] == {"name": "stock", "key": {"partition": "id"}}
    assert value("tables: null\n", one=BASE).get("tables") is None
    assert value("account: null\n", one="name: x\n") == {"name": "x"}


def test_a_file_over_a_null_can_say_it_again() -> None:
    merged = value("network: {endpoints: [kms]}\n", one="extends: two.yaml\nnetwork: null\n", two=BASE)
    assert merged["network"] == {"endpoints": ["kms"]}


def test_an_entry_can_be_removed() -> None:
    (left,) = value("tables: [{name: orders, remove: true}]\n", one=BASE)["tables"]
    assert left["name"] == "stock"


def test_every_value_says_which_file_it_is_from() -> None:
    document = composed(
        "extends: one.yaml\ntables:\n  - {name: stock, reads: 9}\n  - {name: new}\nnaming: {suffix: null}\n",
        one="extends: two.yaml\nnaming: {suffix: b2}\n", two=BASE,
    )  # fmt: skip
    places = {
        ("tables", 0, "writes"): ("specs/two.yaml", 7),
        ("tables", 1, "writes"): ("specs/two.yaml", 8),
        ("tables", 1, "reads"): ("specs/spec.yaml", 3),
        ("tables", 2, "name"): ("specs/spec.yaml", 4),
        ("naming", "environment"): ("specs/two.yaml", 4),
        ("naming", "suffix"): ("specs/spec.yaml", 5),
        ("dns",): ("specs/spec.yaml", 1),
    }
    assert {route: (at.file, at.start.line) for route in places if (at := document.span(route))} == places
    assert list(document.texts) == ["specs/spec.yaml", "specs/one.yaml", "specs/two.yaml"]
    assert document.is_inherited(("tables", 0))
    assert not document.is_inherited(("tables", 1))


def scalars(value: Any, route: Route = ()) -> Iterator[tuple[Route, Any]]:
    """Every plain value with its route."""
    if isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from scalars(item, (*route, step))
    else:
        yield route, value


NAMES = st.sampled_from(["a", "b", "c", "d"])
FIELDS = st.dictionaries(st.sampled_from(["writes", "reads", "backup"]), st.integers(0, 9), max_size=3)
TABLES = st.dictionaries(NAMES, FIELDS, max_size=4).map(lambda found: [{"name": n, **f} for n, f in found.items()])
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["shop", "bank"]),
        "naming": st.dictionaries(st.sampled_from(["environment", "suffix"]), NAMES),
        "network": st.fixed_dictionaries({"endpoints": st.lists(NAMES, max_size=3, unique=True)}),
        "tables": TABLES,
    },
)


def written(part: Any, extends: str = "") -> str:
    """A part of a spec as text; JSON is YAML."""
    return f"{{{f'extends: {extends}, ' if extends else ''}{json.dumps(part)[1:-1]}}}\n".replace(", }", "}")


def over(base: Any, top: Any) -> Any:
    texts = {"one.yaml": "{base: true, " + json.dumps(base)[1:-1] + "}\n"}
    return compose(load_document(written(top, "one.yaml"), "spec.yaml"), Memory(texts)).value


@given(PARTS, PARTS, PARTS)
def test_it_does_not_matter_where_a_chain_is_put_together_first(one: Any, two: Any, three: Any) -> None:
    """As long as nothing is taken away; the order of the entries included."""
    assert over(over(one, two), three) == over(one, over(two, three))
    assert json.dumps(over(over(one, two), three)) == json.dumps(over(one, over(two, three)))


@given(PARTS, PARTS)
def test_what_a_document_says_is_at_the_place_it_names(base: Any, top: Any) -> None:
    texts = {"one.yaml": "{base: true, " + json.dumps(base)[1:-1] + "}\n"}
    document = compose(load_document(written(top, "one.yaml"), "spec.yaml"), Memory(texts))
    for route, found in scalars(document.value):
        assert json.loads(document.cut(document.span(route))) == found


@given(PARTS)
def test_a_spec_over_a_base_that_says_the_same_is_that_spec(part: Any) -> None:
    assert over(part, part) == part
    assert over({}, part) == part
    assert over(part, {}) == part


@pytest.mark.parametrize("name", odd_specs())
def test_a_spec_without_a_base_is_left_alone(name: str) -> None:
    document = load_document((ODD / f"{name}.yaml").read_text(encoding="utf-8"), "spec.yaml")
    assert compose(document, Memory({})) is document


@pytest.mark.parametrize("section", ["tables", "functions", "api", "regions"])
def test_a_spec_divided_in_two_is_the_same_spec(section: str) -> None:
    whole = load_document(SHIPPED.read_text(encoding="utf-8"), "spec.yaml").value
    assert isinstance(whole, dict)
    base = {key: item for key, item in whole.items() if key != section}
    texts = {"one.yaml": "{base: true, " + json.dumps(base)[1:-1] + "}\n"}
    document = compose(load_document(written({section: whole[section]}, "one.yaml"), "spec.yaml"), Memory(texts))
    assert parse(document) == parse(load_document(json.dumps(whole), "spec.yaml"))


def test_paths_are_relative_to_the_file_that_says_them(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "envs" / "specs").mkdir(parents=True)
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text("def handler(event, context): ...\n", encoding="utf-8")
    text = SHIPPED.read_text(encoding="utf-8").replace("../functions/transaction-processor", "../code")
    (tmp_path / "shared" / "base.yaml").write_text(text.replace("version: 1\n", "version: 1\nbase: true\n"), "utf-8")
    (tmp_path / ".git").mkdir()
    spec = tmp_path / "envs" / "specs" / "prod.yaml"
    spec.write_text("extends: ../../shared/base.yaml\n", encoding="utf-8")
    compiled = compile_spec(spec, "envs/specs/prod.yaml", lint=False)
    assert compiled.topology.spec.functions[0].source == "../../code"
    assert {item.span.file for item in compiled.diagnostics} <= {"shared/base.yaml"}


def test_a_base_outside_of_the_repository_is_not_read(tmp_path: Path) -> None:
    """Neither by `..` nor through a link, and nothing of it is shown."""
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: 1234: 5\n", encoding="utf-8")
    top = tmp_path / "repository"
    (top / "specs").mkdir(parents=True)
    (top / ".git").mkdir()
    (top / "specs" / "link.yaml").symlink_to(secret)
    for name in ("../../secret.yaml", "link.yaml"):
        spec = top / "specs" / "spec.yaml"
        spec.write_text(f"extends: {name}\n", encoding="utf-8")
        with pytest.raises(RejectedError) as refused:
            compile_spec(spec, "specs/spec.yaml", lint=False)
        (found,) = refused.value.diagnostics
        assert (found.rule.code, found.span.file, found.span.start.line) == ("DR121", "specs/spec.yaml", 1)
        assert "is outside of the repository, which begins at `repository`" in found.message
        assert "1234" not in found.message
    (top / "base.yaml").write_text("base: true\n", encoding="utf-8")
    assert Disk(top / "specs").read("../base.yaml") == b"base: true\n"


def test_without_a_repository_the_working_directory_or_the_folder_above_is_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a" / "specs"
    folder.mkdir(parents=True)
    assert repository(folder) == tmp_path / "a"
    monkeypatch.chdir(tmp_path)
    assert repository(folder) == tmp_path


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "markdown"])
def test_every_format_points_into_the_file_that_says_it(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    Path("specs/base.yaml").write_text(BASE.replace("version: 1\n", "version: 1\nbase: true\n"), encoding="utf-8")
    Path("specs/prod.yaml").write_text("extends: base.yaml\ntables: [{name: stock, writes: x}]\n", encoding="utf-8")
    assert main(["specs/prod.yaml", "--format", form]) == 1
    said = "".join(capsys.readouterr())
    places = {
        "text": ("specs/base.yaml:7:5", "  - {name: orders, key: {partition: id}, writes: 1}", "specs/prod.yaml:2:32"),
        "json": ('"file": "specs/base.yaml"', '"line": 7', '"file": "specs/prod.yaml"'),
        "sarif": ('"uri": "specs/base.yaml"', '"startLine": 7', '"uri": "specs/prod.yaml"'),
        "github": ("file=specs/base.yaml,line=7,", "file=specs/prod.yaml,line=2,"),
        "markdown": ("`specs/base.yaml:7`", "`specs/prod.yaml:2`"),
    }
    assert [words for words in places[form] if words not in said] == []


def test_a_resource_is_explained_by_the_file_that_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    text = SHIPPED.read_text(encoding="utf-8").replace("version: 1\n", "version: 1\nbase: true\n")
    Path("specs/base.yaml").write_text(text, encoding="utf-8")
    added = "tables:\n  - {name: more, key: {partition: id}, item_size: 1KB, writes: 0, reads: 0, retention: 30d}\n"
    Path("specs/prod.yaml").write_text(f"extends: base.yaml\n{added}", encoding="utf-8")
    line = text.split("  - name: transactions")[0].count("\n") + 1
    for name, place in (("TableTransactions", f"specs/base.yaml:{line}:"), ("TableMore", "specs/prod.yaml:3:")):
        assert main(["--explain", name, "specs/prod.yaml"]) == 0
        assert place in capsys.readouterr().out
