"""Two systems of one account: what they must not have in common, and what two environments may."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.findings.finding import located
from compiler.reading.chain import Files
from compiler.reading.document import load_document
from compiler.reading.textfile import UnreadableError
from compiler.spec.compose import compose
from compiler.spec.parse import parse
from compiler.topology.neighbours import Neighbour, free_range, free_suffix, in_common, of_copy
from tests.team import SPEC

PAY = SPEC.format(name="pay")
LEND = SPEC.format(name="lend")


class Memory(Files):
    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def read(self, path: str) -> bytes:
        if path not in self._files:
            raise UnreadableError("does not exist")
        return self._files[path].encode()

    def names(self, folder: str) -> tuple[str, ...]:
        del folder
        return ()


def neighbour(name: str, text: str, base: str = "", profile: str | None = None) -> Neighbour:
    document = compose(load_document(text, f"specs/{name}.yaml"), Memory({"base.yaml": base}))
    return Neighbour(document, parse(document), profile)


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def codes(first: Neighbour, second: Neighbour) -> list[str]:
    return [finding.rule.code for finding in in_common([first], second)]


OTHER_NAMES = ("suffix: a1", "suffix: b1")
OTHER_ALIAS = ("{rotation: 365d}", "{alias: alias/lend}")
OTHER_RANGES = ("10.10.0.0", "10.30.0.0"), ("10.20.0.0", "10.40.0.0")
ACCOUNTS = ('account: "111111111111"\n', 'account: "222222222222"\n')


def test_two_starters_of_one_account_have_all_but_their_domain_in_common() -> None:
    found = located(in_common([neighbour("pay", PAY)], neighbour("lend", LEND)), neighbour("lend", LEND).document)
    assert [item.rule.code for item in found] == ["DR880", "DR882", "DR883", "DR883"]
    lines = LEND.split("\n")
    for item in found:
        assert item.span.file == "specs/lend.yaml"
        assert item.labels[1].at.file == "specs/pay.yaml"
        assert item.help
        assert item.severity == "warning"
    assert [lines[item.span.start.line - 1].split(":")[0] for item in found] == [
        "naming", "encryption", "  - {region", "  - {region"
    ]  # fmt: skip
    assert found[2].labels[1].at.start.line == PAY.split("10.10.0.0", maxsplit=1)[0].count("\n") + 1


def test_what_the_remedies_say_ends_all_of_it() -> None:
    pay, text = neighbour("pay", PAY), LEND
    while found := list(in_common([pay], neighbour("lend", text))):
        item = found[0]
        assert item.help
        written = item.help.split("`")[1]
        key, value = written.split(": ", 1)
        if key == "encryption":
            text = text.replace("encryption: {rotation: 365d}", written)
        elif key == "cidr":
            text = text.replace(item.message.split("`")[1], value)
        else:
            text = text.replace("suffix: a1", written)
    assert "cidr: 10.10.0.0/16" not in text


def test_what_many_systems_share_is_one_finding_and_the_remedy_avoids_them_all() -> None:
    others = [neighbour(f"pay-{number}", changed(PAY, ("name: pay", f"name: pay-{number}"))) for number in range(5)]
    first = list(in_common(others, neighbour("lend", LEND)))
    assert [item.rule.code for item in first] == ["DR880", "DR882", "DR883", "DR883"]
    assert all(item.message.endswith("; 4 more specs have it too") for item in first)
    assert [label.at.file for label in first[0].places] == [
        "specs/lend.yaml", "specs/pay-0.yaml", "specs/pay-1.yaml", "specs/pay-2.yaml"
    ]  # fmt: skip
    proposed = str(first[0].help).split("`")[1]
    others.append(neighbour("taken", changed(PAY, ("suffix: a1", proposed))))
    again = next(in_common(others, neighbour("lend", LEND)))
    assert str(again.help).split("`")[1] != proposed


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ((OTHER_NAMES,), ["DR882", "DR883", "DR883"]),
        ((OTHER_NAMES, OTHER_ALIAS), ["DR883", "DR883"]),
        ((OTHER_NAMES, OTHER_ALIAS, OTHER_RANGES[0]), ["DR883"]),
        ((OTHER_NAMES, OTHER_ALIAS, *OTHER_RANGES), []),
        (
            (("domain: lend.example.com", "domain: PAY.example.com".lower()),),
            ["DR880", "DR881", "DR882", "DR883", "DR883"],
        ),
        # A part of a range is enough.
        ((OTHER_NAMES, OTHER_ALIAS, ("10.10.0.0/16", "10.10.128.0/17"), OTHER_RANGES[1]), ["DR883"]),
        # The same range in another region is none of its business, and neither is the alias there.
        ((OTHER_NAMES, ("us-east-1", "eu-west-1"), ("us-west-2", "eu-central-1")), []),
        # Names meet in us-east-1, whatever the regions are, since every global stack is there.
        ((("us-east-1", "eu-west-1"), ("us-west-2", "eu-central-1")), ["DR880"]),
        # One of two regions in common.
        ((OTHER_NAMES, ("us-east-1", "eu-west-1")), ["DR882", "DR883"]),
    ],
)
def test_each_is_found_by_itself(changes: tuple[tuple[str, str], ...], left: list[str]) -> None:
    assert codes(neighbour("pay", PAY), neighbour("lend", changed(LEND, *changes))) == left


def test_a_system_with_keys_that_exist_makes_no_alias() -> None:
    keys = ", ".join(f"arn:aws:kms:{region}:111111111111:key/{KEY}" for region in ("us-east-1", "us-west-2"))
    text = changed(LEND, ("{rotation: 365d}", f"{{existing: [{keys}]}}"))
    assert codes(neighbour("pay", PAY), neighbour("lend", text)) == ["DR880", "DR883", "DR883"]


KEY = "11111111-2222-3333-4444-555555555555"
BASE = "base: true\n" + PAY.replace("naming: {environment: test, suffix: a1}\n", "").replace(
    "dns: {domain: pay.example.com}\n", ""
)


def environment(name: str, more: str = "", profile: str | None = None) -> Neighbour:
    text = (
        f"extends: base.yaml\n{more}naming: {{environment: {name}, suffix: a1}}\ndns: {{domain: {name}.example.com}}\n"
    )
    return neighbour(name, text, BASE, profile)


def test_one_base_and_two_environments_is_the_normal_case() -> None:
    assert codes(environment("prod"), environment("staging")) == []
    assert codes(environment("prod", ACCOUNTS[0]), environment("staging", ACCOUNTS[1])) == []
    assert codes(environment("prod", profile="a"), environment("staging", profile="b")) == []


def test_environments_of_one_account_must_not_share_what_their_base_says() -> None:
    for both in (
        (environment("prod", ACCOUNTS[0]), environment("staging", ACCOUNTS[0])),
        (environment("prod", profile="a"), environment("staging", profile="a")),
    ):
        assert codes(*both) == ["DR882", "DR883", "DR883"]
        for item in located(in_common(both[:1], both[1]), both[1].document):
            # Each at its own file, though the value is in the base.
            assert [label.at.file for label in item.labels] == [
                "specs/staging.yaml",
                "specs/prod.yaml",
                "specs/base.yaml",
            ]


def test_one_account_by_number_whatever_the_profiles_are_called() -> None:
    prod, staging = (environment(name, ACCOUNTS[0], profile=name) for name in ("prod", "staging"))
    assert codes(prod, staging) == ["DR882", "DR883", "DR883"]


def test_a_domain_is_one_of_the_world() -> None:
    text = PAY.replace("environment: test", "environment: prod") + ACCOUNTS[1]
    (found,) = in_common([neighbour("pay", PAY + ACCOUNTS[0])], neighbour("other", text))
    assert found.rule.code == "DR881"


def test_a_system_with_the_same_name_has_the_same_stacks() -> None:
    found = next(in_common([neighbour("pay", PAY)], neighbour("copy", PAY)))
    assert "the same stacks" in found.message


def test_what_a_copy_shares_with_the_system_of_the_spec() -> None:
    pay = neighbour("pay", PAY)
    assert of_copy(pay.spec, "test", "a1", alias=True) is None
    found = of_copy(pay.spec, "test", "b2", alias=True)
    assert found
    (item,) = located((found,), pay.document)
    assert (item.rule.code, item.severity) == ("DR884", "warning")
    assert "`test-b2`" in item.message
    said = " ".join(label.text for label in item.labels)
    for words in ("pay.example.com", "makes a zone", "alias/transaction-encryption", "10.10.0.0/16", "10.20.0.0/16"):
        assert words in said
    found = of_copy(pay.spec, "test", "b2", alias=False)
    assert found
    assert "alias" not in str(found.related)
    zone = neighbour("pay", PAY.replace("pay.example.com}", "pay.example.com, hosted_zone: Z0123456789ABCDEFGHIJ}"))
    found = of_copy(zone.spec, "dev", "a1", alias=True)
    assert found
    assert "Z0123456789ABCDEFGHIJ" in found.label


NAMES = st.from_regex(r"[a-z]{1,12}", fullmatch=True)


@given(NAMES, st.integers(16, 24), st.lists(st.integers(0, 255), max_size=30))
def test_a_free_range_is_free_and_the_same_on_every_machine(name: str, prefix: int, used: list[int]) -> None:
    taken = [IPv4Network(f"10.{number}.0.0/16") for number in used]
    found = free_range(name, taken, prefix)
    assert found.prefixlen == prefix
    assert not any(found.overlaps(other) for other in taken)
    assert found == free_range(name, taken, prefix)


@given(NAMES)
def test_a_free_suffix_is_legal_and_free(name: str) -> None:
    first = free_suffix(name, ())
    second = free_suffix(name, {first})
    assert first != second
    for suffix in (first, second):
        neighbour("pay", PAY.replace("suffix: a1", f"suffix: {suffix}"))


def test_names_lead_to_different_ranges() -> None:
    names = [f"system-{number}" for number in range(100)]
    assert len({free_suffix(name, ()) for name in names}) == 100
    assert len({free_range(name, (), 18) for name in names}) > 80
