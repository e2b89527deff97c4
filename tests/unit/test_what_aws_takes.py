"""The spec takes what AWS takes: names, tags, numbers of entries. What only sounds alike is refused with the reason."""

from __future__ import annotations

import re

import pytest

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, RejectedError
from compiler.ir.template import compact
from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import load_document
from compiler.rules.cfn_lint import lint
from tests.helpers import SHIPPED

TEXT = SHIPPED.read_text(encoding="utf-8")
TABLE = "    retention: 3650d\n\n# objects"


def compiled(text: str) -> Compiled:
    return compile_document(load_document(text, "spec.yaml"), lint=False)


def refused(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(RejectedError) as caught:
        compiled(text)
    return caught.value.diagnostics


def table(*lines: str) -> str:
    """The shipped spec with more lines in its table."""
    assert TEXT.count(TABLE) == 1
    return TEXT.replace(TABLE, "".join(f"    {line}\n" for line in ("retention: 3650d", *lines)) + "\n# objects")


def entries(section: str, *names: str) -> str:
    """The shipped spec with more functions, tables or buckets."""
    fields = {
        "functions": "source: ../functions/transaction-processor, runtime: python3.13, handler: app.handler, "
        "memory: 512MB, timeout: 10s, duration: 1ms, share: 0.01",
        "tables": "key: {partition: id}, item_size: 1KB, writes: 0.01, reads: 0.01, retention: 30d",
        "buckets": "objects: 0.01, object_size: 1KB, retention: 400d",
    }[section]
    more = "".join(f"  - {{name: {name}, {fields}}}\n" for name in names)
    return TEXT.replace(f"{section}:\n", f"{section}:\n{more}", 1)


INDEXES = ("GSI1", "by_account.v2", "idx", "-.-", "_9", "A" * 255, "gsi1-pk-gsi1-sk-index")
ATTRIBUTES = ("PK", "#pk", "konto nr", "größe", "顧客", "pk:type/1", "$x", "a" * 255, "it's")


@pytest.mark.parametrize("name", [name if len(name) > 2 else f"{name}x" for name in INDEXES])
def test_an_index_is_called_as_code_calls_it(name: str) -> None:
    made = compiled(table(f"indexes: [{{name: '{name}', key: {{partition: account}}}}]"))
    (template,) = (item for item in made.templates if item.stack.kind == "primary")
    (index,) = template.body["Resources"]["TableTransactions"]["Properties"]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == name
    dimensions = [
        {item["Name"]: item["Value"] for item in query["MetricStat"]["Metric"]["Dimensions"]}
        for alarm in template.body["Resources"].values()
        for query in alarm["Properties"].get("Metrics", ())
        if "MetricStat" in query
    ]
    assert [found["GlobalSecondaryIndexName"] for found in dimensions if "GlobalSecondaryIndexName" in found] == [
        name
    ] * 2


@pytest.mark.parametrize("name", ["ab", "a b", "B" * 256, "größe", "a/b"])
def test_an_index_that_aws_does_not_take(name: str) -> None:
    (found,) = refused(table(f"indexes: [{{name: '{name}', key: {{partition: account}}}}]"))
    assert (found.rule, found.message.partition("must be ")[2]) == (
        Code.DR206, "an index name: 3 to 255 letters, digits, `_`, `.` and `-`",
    )  # fmt: skip


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_attribute_is_called_as_code_calls_it(name: str) -> None:
    quoted = "'" + name.replace("'", "''") + "'"
    lines = (f"indexes: [{{name: by-it, key: {{partition: account, sort: {quoted}}}}}]", f"types: {{{quoted}: number}}")
    made = compiled(table(*lines))
    template = next(item for item in made.templates if item.stack.kind == "primary")
    attributes = template.body["Resources"]["TableTransactions"]["Properties"]["AttributeDefinitions"]
    assert {"AttributeName": name, "AttributeType": "N"} in attributes


@pytest.mark.slow
def test_cfn_lint_takes_such_names() -> None:
    index = "{name: GSI1_by.it, key: {partition: '#größe', sort: 'pk:type/1'}}"
    text = table(f"indexes: [{index}]").replace("owner: payments", 'owner: "Zahlungen Süd", "部門": "支払い"')
    assert list(lint(compiled(text).templates)) == []


@pytest.mark.parametrize(
    ("one", "other", "id_"),
    [("by_account", "by-account", "ByAccount"), ("GSI.1", "GSI1", "GSI1"), ("a-b", "AB-", "AB"), ("x_1_", "x1-", "X1")],
)
def test_indexes_that_sound_alike(one: str, other: str, id_: str) -> None:
    one, other = (name if len(name) > 2 else f"{name}x" for name in (one, other))
    both = ", ".join(f"{{name: {name}, key: {{partition: account}}}}" for name in (one, other))
    (found,) = refused(table(f"indexes: [{both}]"))
    assert (found.rule, found.message) == (
        Code.DR209,
        f"`{other}` and `{one}` would have the same logical ids, with `{id_}` in `tables[0].indexes`",
    )


def test_what_has_no_logical_id_may_sound_alike() -> None:
    text = TEXT.replace("scopes: [transactions:write]", "scopes: [read-1, read1]")
    assert compiled(text).diagnostics == ()


def test_the_expiry_time_may_be_the_key_of_an_index() -> None:
    index = "indexes: [{name: by-expiry, key: {partition: tenant_and_day, sort: expires}}]"
    made = compiled(
        table("ttl: expires", "types: {expires: number}", index, "writes: 1").replace("    writes: 1\n", "", 1)
    )
    assert not [item for item in made.diagnostics if item.rule is Code.DR407]
    (found,) = refused(table("ttl: expires", index))
    assert (found.rule, found.help) == (Code.DR407, "add `types: {expires: number}`")
    (found,) = refused(table("ttl: expires", "types: {expires: binary}", index))
    assert found.rule is Code.DR407
    (found,) = refused(table("indexes: [{name: by-expiry, key: {partition: tenant, sort: expires_at}}]"))
    assert "`expires_at` holds the expiry time" in found.message
    (found,) = refused(table("ttl: transaction_id"))
    assert found.help == "choose an attribute that is not a key of the table"


@pytest.mark.parametrize(
    "tags",
    [
        '"Straße": "Zürich Süd"', '"部門": "支払い"', "équipe: paiements", 'owner: "١٢٣"', 'owner: "Ⅷ"',
        'team: "a+b=c@d/e:f.g_h-i j"', f"{'k' * 128}: {'ü' * 256}", 'owner: "not aws:x"', "awsome: aws",
    ],
)  # fmt: skip
def test_tags_of_every_script(tags: str) -> None:
    compiled(TEXT.replace("owner: payments", tags))


@pytest.mark.parametrize(
    ("tags", "column"),
    [
        ('owner: "a (b)"', 17), ('owner: "100 %"', 17), ('owner: "😀"', 17), ('owner: "a„b"', 17), ('"o*": x', 10),
        (f"{'k' * 129}: x", 10), (f"owner: {'ü' * 257}", 17), ('"Aws:x": y', 10), ('owner: "AWS:x"', 17),
        ('owner: ""', 17),
    ],
)  # fmt: skip
def test_tags_that_aws_does_not_take(tags: str, column: int) -> None:
    (found,) = refused(TEXT.replace("owner: payments", tags))
    assert (found.rule, found.span.start.line, found.span.start.column) == (Code.DR206, 13, column)


PARTS = {
    "functions": ("role", "logs", "live", "permission"),
    "tables": ("key", "replica", "recovery"),
    "buckets": ("policy", "replication", "logs"),
}


@pytest.mark.parametrize(("section", "ending"), [(section, end) for section, ends in PARTS.items() for end in ends])
def test_a_name_that_is_that_of_a_part(section: str, ending: str) -> None:
    """Either nothing meets, or both entries are named, with a remedy that works."""
    try:
        compiled(entries(section, "u", f"u-{ending}"))
    except RejectedError as error:
        found = [item for item in error.diagnostics if item.severity == "error"]
    else:
        assert (section, ending) not in {("functions", "role"), ("functions", "logs"), ("buckets", "policy")}
        return
    for clash in found:
        assert clash.rule is Code.DR502
        assert f"it is also that of the {ending} of an entry" in clash.message
        assert (clash.help or "").endswith(f"that of another entry with `-{ending}` behind it")
        assert len(clash.labels) == 2
    compiled(entries(section, "u", f"u-{ending}s"))


def large(functions: int, *pair: str) -> str:
    """The shipped spec in two regions, with more functions."""
    text = entries("functions", *(f"worker-of-kind-{n}" for n in range(functions)))
    text = re.sub(r", zones: \[[^]]*\]", ", zones: 2", text).replace("throughput: 10000/s", "throughput: 1000/s")
    text = text.replace("lambda_concurrency: 5000", "lambda_concurrency: 50000")
    return text.replace("region: us-east-1", f"region: {pair[0]}").replace("region: us-west-2", f"region: {pair[1]}")


def test_forty_functions_with_regions_of_any_length() -> None:
    """The parts of the composite alarm are the same wherever they are, and the templates fit as they are sent."""
    seen = set()
    for pair in (("eu-west-1", "eu-central-1"), ("us-east-1", "ap-northeast-1")):
        made = compiled(large(39, *pair))
        for kind in ("primary", "secondary"):
            (template,) = (item for item in made.templates if item.stack.kind == kind)
            assert len(made.bundle.files[template.file]) > 1_000_000 >= len(compact(template.body))
            resources = template.body["Resources"]
            parts = [str(body) for name, body in resources.items() if name.startswith("RegionUnhealthyPart")]
            seen.add(tuple(part.count("ALARM(") for part in parts))
    (only,) = seen
    assert len(only) > 1
