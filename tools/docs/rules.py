"""docs/rules.md: every diagnostic code, from the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.diagnostics.rules import RULES, Rule, Severity

_INTRO = """\
# Diagnostic codes

<!-- Made of compiler/diagnostics/rules.py by `make goldens`; edit the registry. -->

Codes never change their meaning. `dr-compile --explain CODE` prints the same. A warning or a note can be accepted in
the spec's section [`accept`](spec.md#accept), and so can an error marked "acceptable"; every other error has to be
mended.
"""
_BLOCKS = {
    "1": "Reading the file",
    "2": "Shape of the spec",
    "3": "Topology and objectives",
    "4": "Services",
    "5": "Partials",
    "6": "Links and limits",
    "7": "Template checks",
    "8": "Output, drift and deployment",
    "9": "Faults of the compiler",
}
_URL = re.compile(r"https?://[^\s)]+")


def page() -> str:
    """The whole page."""
    lines = [_INTRO]
    for digit, title in _BLOCKS.items():
        rules = [rule for code, rule in RULES.items() if code[2] == digit]
        lines += [f"## DR{digit}xx: {title}", "", "| code | finding | |", "|---|---|---|"]
        lines += [f"| [{rule.code}](#{rule.code.lower()}) | {_cell(rule.says)} | {_grade(rule)} |" for rule in rules]
        for rule in rules:
            lines += ["", *_entry(rule)]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _entry(rule: Rule) -> Iterator[str]:
    yield f"### {rule.code}"
    yield ""
    yield f"`{rule.slug}`, {_grade(rule) or 'error'}: {rule.says}."
    yield ""
    yield f"- Why: {rule.why}"
    yield f"- Remedy: {rule.fix}{'' if rule.fix.endswith('.') else '.'}"
    if rule.source:
        yield f"- Source: {_URL.sub(lambda found: f'<{found.group()}>', rule.source)}"


def _grade(rule: Rule) -> str:
    if rule.severity is not Severity.ERROR:
        return str(rule.severity)
    return "acceptable" if rule.acceptable else ""


def _cell(words: str) -> str:
    return words.replace("|", "\\|")
