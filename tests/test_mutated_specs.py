"""Every slip of the pen in the shipped spec is told at its line; what is legal is no slip, and is named by `--diff`.

tests/mutations.py makes the slips. Unless a table below says otherwise, each is refused with an error at its line.
Those of the tables compile, and none of them silently to something else: the templates are what they were
(`DEFAULTS`), or a warning stands at the line (`WARNED`), or the diff of the two names the line (`CHANGES`).
"""

from __future__ import annotations

import pytest

from compiler.diagnostics.model import Diagnostic, RejectedError, Severity
from compiler.diff.causes import Causes, explained
from compiler.diff.change import Diff
from compiler.diff.compare import Comparison
from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import load_document
from tests.helpers import SHIPPED, compiled
from tests.mutations import Mutation, Mutator, swapped
from tests.tiers import one_of

TEXT = SHIPPED.read_text(encoding="utf-8")
MUTATIONS = {mutation.id: mutation for mutation in Mutator(TEXT)}

DEFAULTS = frozenset(
    {
        "remove regions[0].zones", "remove regions[1].zones", "remove encryption", "remove encryption.alias",
        "remove encryption.rotation", "remove network", "remove functions[0].cold_start",
        "remove api.health", "remove dns.health_check",
        "remove dns.health_check.interval", "remove dns.health_check.failures", "remove dns.failback",
        "remove logs", "remove monitoring",
        "remove monitoring.error_rate", "remove monitoring.dashboard",
        # Only dr-deploy reads the code.
        "misspell text functions[0].source", "remove functions[0].source",
        # For the auditor; no template has it.
        "misspell text accept[0].reason",
    }
)  # fmt: skip
"""What may be left out because the same is the default, and what templates do not depend on."""

CHANGES = frozenset(
    {
        "misspell text name", "misspell text naming.environment", "misspell text naming.suffix",
        "remove naming.tags", "remove naming.tags.owner", "misspell key naming.tags.owner",
        "misspell text naming.tags.owner", "remove naming.tags.cost-center", "misspell key naming.tags.cost-center",
        "misspell text naming.tags.cost-center",
        "remove tables", "remove buckets", "misspell text tables[0].name",
        "misspell text buckets[0].name",
        "misspell text tables[0].key.partition",
        "misspell text api.authorizers[0].audience[0]",
        "misspell text api.routes[0].scopes[0]", "misspell text api.routes[1].scopes[0]",
        "remove api.routes[0].scopes", "remove api.routes[1].scopes", "misspell text api.authorizers[0].name",
        "remove api.routes[0]", "remove api.routes[1]", "misspell text api.routes[0].path", "misspell text api.health",
        "misspell text dns.domain", "misspell text functions[0].handler",
        "remove functions[0].heartbeat", "misspell text alerts.subscriptions[0].to",
        "remove regions[0].zones[0]", "remove regions[0].zones[1]", "remove regions[0].zones[2]",
        "remove regions[1].zones[0]", "remove regions[1].zones[1]", "remove regions[1].zones[2]",
    }
)  # fmt: skip
"""Names that the author chooses, and parts that a topology may be without: another spec, not a wrong one."""

WARNED = {
    "duplicate accept[0]": "DR341",
    "remove tables[0].retention": "DR334",
    "remove buckets[0].retention": "DR334",
}
"""Legal as far as the spec goes, and the line is warned about: it has no effect, or the code does not fit it."""

ELSEWHERE = {
    "remove quotas": ("DR311", "throughput: 10000/s"),
    "remove quotas.lambda_concurrency": ("DR311", "throughput: 10000/s"),
    "remove quotas.api_requests": ("DR311", "throughput: 10000/s"),
    "misspell text functions[0].name": ("DR307", "method: POST"),
    "remove accept": ("DR325", "rpo: 5m"),
    "remove alerts": ("DR478", "version: 1"),
    "remove api.authorizers": ("DR417", "method: POST"),
    "misspell text accept[0].finding": ("DR325", "rpo: 5m"),
}
"""What leaves a line in the wrong that was right before: told there, by this code and at the line with these words."""


def outcome(name: str) -> tuple[Compiled | None, tuple[Diagnostic, ...]]:
    """What a mutated spec compiles to, if it does, and what is said of it."""
    try:
        document = load_document(MUTATIONS[name].text, "specs/dr-topology.yaml")
        done = compile_document(document, lint=False)
    except RejectedError as error:
        return None, error.diagnostics
    return done, done.diagnostics


def shown(found: tuple[Diagnostic, ...], mutation: Mutation) -> list[Diagnostic]:
    """What is said where a slip shows."""
    return [item for item in found if item.span.start.line in (mutation.line, mutation.key)]


def told(found: tuple[Diagnostic, ...]) -> list[str]:
    return [f"{item.rule.code} at line {item.span.start.line}: {item.message}" for item in found]


def test_there_are_many_and_no_two_are_alike() -> None:
    assert len(MUTATIONS) >= 200
    assert len({mutation.text for mutation in MUTATIONS.values()}) == len(MUTATIONS)
    assert TEXT not in {mutation.text for mutation in MUTATIONS.values()}
    assert MUTATIONS.keys() >= DEFAULTS | CHANGES | WARNED.keys() | ELSEWHERE.keys()
    kinds = [mutation.kind for mutation in MUTATIONS.values()]
    assert min(kinds.count(kind) for kind in set(kinds)) >= 50


REFUSED = [name for name in MUTATIONS if name not in DEFAULTS | CHANGES | WARNED.keys() | ELSEWHERE.keys()]


@pytest.mark.parametrize("name", one_of(5, REFUSED))
def test_a_slip_is_refused_at_its_line(name: str) -> None:
    mutation = MUTATIONS[name]
    done, found = outcome(name)
    assert done is None, "it compiles"
    errors = [item for item in shown(found, mutation) if item.severity is Severity.ERROR]
    assert errors, (mutation.line, told(found))
    assert all(item.message and (item.help or item.rule.fix) for item in found)
    if mutation.kind == "duplicate":
        assert mutation.first in {label.at.start.line for item in errors for label in item.labels[1:]}, told(found)
    if name.startswith("misspell key"):
        assert any(f"`{mutation.route[-1]}`" in f"{item.message} {item.help}" for item in errors), "no guess"


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_it_leaves_in_the_wrong_is_told(name: str) -> None:
    code, words = ELSEWHERE[name]
    _, found = outcome(name)
    lines = MUTATIONS[name].text.split("\n")
    assert any(item.rule.code == code and words in lines[item.span.start.line - 1] for item in found), told(found)


@pytest.mark.parametrize("name", WARNED)
def test_what_is_likely_a_slip_is_warned_about(name: str) -> None:
    mutation = MUTATIONS[name]
    _, found = outcome(name)
    warnings = [item for item in shown(found, mutation) if item.rule.code == WARNED[name]]
    assert warnings, told(found)
    if mutation.kind == "duplicate":
        assert mutation.first in {label.at.start.line for item in warnings for label in item.labels[1:]}, told(found)


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_what_is_the_default_anyway_changes_nothing(name: str) -> None:
    done, found = outcome(name)
    assert done is not None, told(found)
    assert done.bundle.files == compiled(SHIPPED).bundle.files


def diff(done: Compiled) -> Diff:
    """What `--diff` says of a mutated spec beside the shipped one."""
    old, new = compiled(SHIPPED).deployment, done.deployment
    comparison = Comparison(old, new)
    found = comparison.diff("templates", "templates")
    causes = Causes(compiled(SHIPPED).document.value, done.document, done.topology)
    return explained(found, causes, comparison.old, comparison.new)


@pytest.mark.parametrize("name", one_of(5, sorted(CHANGES)))
def test_what_is_another_spec_is_named_by_the_diff(name: str) -> None:
    mutation = MUTATIONS[name]
    done, found = outcome(name)
    assert done is not None, told(found)
    assert done.bundle.files != compiled(SHIPPED).bundle.files
    said = diff(done)
    causes = [cause for change in said.changes for cause in change.causes]
    causes += [cause for stack in said.stacks for cause in stack.causes]
    behind = {cause.at.start.line for cause in causes if cause.at}
    assert {mutation.line, mutation.key} & behind, (mutation.line, said.spec, said.silent)


def test_letters_change_places() -> None:
    assert [swapped(word) for word in ("rto", "a1", "app.x", "ab")] == ["rot", "1a", "ap.x", "ba"]
