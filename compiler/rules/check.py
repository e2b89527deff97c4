"""A check: one function over the deployed templates, and the rules that it reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rules.deployed import Deployed
from compiler.support.frozen import frozen

DOCS = "https://docs.aws.amazon.com/"

Function = Callable[[Deployed], Iterator[Finding]]


@frozen
class Check:
    """A function that yields findings of `rules`."""

    function: Function
    rules: tuple[Rule, ...]

    def __call__(self, deployed: Deployed) -> Iterator[Finding]:
        return self.function(deployed)


def reports(*rules: Rule) -> Callable[[Function], Check]:
    """Makes a check of a function; `registry` collects the checks of a module in their order."""

    def made(function: Function) -> Check:
        return Check(function, rules)

    return made
