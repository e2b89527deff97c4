"""The plan stage: a spec and the sources of its functions to a topology, without a look at the disk."""

from __future__ import annotations

import builtins
import io
import os
from pathlib import Path

import pytest

from compiler import planning
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.objectives.evaluate import evaluate
from compiler.reading.document import load_document
from compiler.spec.model import Spec
from compiler.spec.parse import parse
from compiler.topology import sources
from compiler.topology.sources import Archive, Sources
from tests.helpers import SHIPPED


def spec() -> Spec:
    return parse(load_document(SHIPPED.read_text(encoding="utf-8"), "spec.yaml"))


def test_it_reads_no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = spec()
    read = Sources(tuple(Archive(function.name, "0" * 64) for function in asked.functions), ())

    def refused(*arguments: object, **named: object) -> None:
        raise AssertionError(f"the disk is asked for {arguments}")

    # What a process reads once, such as tables of AWS, is read before.
    planning.topology(asked, read)
    with monkeypatch.context() as patch:
        for module, name in ((builtins, "open"), (io, "open"), (os, "open"), (os, "scandir"), (os, "stat")):
            patch.setattr(module, name, refused)
        topology, findings = planning.topology(asked, read)
        assert topology
        elements = planning.declare(topology)
        judged = tuple(evaluate(topology, planning.objectives(topology)))
    assert elements
    assert {item.rule for item in (*findings, *judged)} == {Code.DR325}
    assert topology.archive(asked.functions[0]).digest == "0" * 64


def test_what_is_wrong_with_sources_is_found_with_the_rest() -> None:
    asked = spec()
    missing = Finding(Code.DR404, "cannot be packed", ("functions", 0, "source"))
    topology, findings = planning.topology(asked, Sources((), (missing,)))
    assert topology is None
    assert missing in findings


def test_sources_have_an_archive_for_each_function_or_say_why_not(tmp_path: Path) -> None:
    asked = spec()
    found = sources.read(asked, SHIPPED.parent)
    assert [archive.function for archive in found.archives] == [function.name for function in asked.functions]
    assert found.findings == ()
    nothing = sources.read(asked, tmp_path)
    assert nothing.archives == ()
    assert {finding.rule for finding in nothing.findings} == {Code.DR404}
