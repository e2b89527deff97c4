"""The plan stage: a spec to a topology, without a look at the disk."""

from __future__ import annotations

import builtins
import io
import os

import pytest

from compiler import planning
from compiler.diagnostics.codes import Code
from compiler.objectives.evaluate import evaluate
from compiler.reading.document import load_document
from compiler.spec.model import Spec
from compiler.spec.parse import parse
from tests.helpers import SHIPPED


def spec() -> Spec:
    return parse(load_document(SHIPPED.read_text(encoding="utf-8"), "spec.yaml"))


def test_it_reads_no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = spec()

    def refused(*arguments: object, **named: object) -> None:
        raise AssertionError(f"the disk is asked for {arguments}")

    # What a process reads once, such as tables of AWS, is read before.
    first, _ = planning.topology(asked)
    assert first
    planning.declare(first)
    with monkeypatch.context() as patch:
        for module, name in ((builtins, "open"), (io, "open"), (os, "open"), (os, "scandir"), (os, "stat")):
            patch.setattr(module, name, refused)
        topology, findings = planning.topology(asked)
        assert topology
        elements = planning.declare(topology)
        judged = tuple(evaluate(topology, planning.objectives(topology)))
    assert elements
    assert {item.rule for item in (*findings, *judged)} == {Code.DR325}
