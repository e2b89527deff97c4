"""Compiled templates for tests of the diff: the stages that make them, without those that only judge a spec."""

from __future__ import annotations

from functools import cache

from compiler import planning
from compiler.linking import link
from compiler.objectives.record import record
from compiler.output import emit
from compiler.pipeline import plan_document
from compiler.reading.document import Document, load_document
from compiler.rendering import partials
from compiler.rendering.merge import render
from compiler.rollout import manifest
from compiler.rollout.deployment import Deployment, build
from compiler.support.data_files import bundled_partials
from compiler.topology.model import Topology
from tests.diff.edits import Texts
from tests.helpers import ODD, SHIPPED

SHOWN = "specs/dr-topology.yaml"


def text(base: str, *changes: Texts) -> str:
    """A spec's text after some changes; a text that is not there any more is a fault of the table."""
    path = SHIPPED if base == "shipped" else ODD / f"{base}.yaml"
    found = path.read_text(encoding="utf-8")
    for change in changes:
        for old, new in change:
            assert old in found, f"{path.name} has no {old!r}"
            found = found.replace(old, new)
    return found


def laid_out(spec: str) -> tuple[Document, Topology, dict[str, bytes]]:
    """A spec's document, topology and files; raises `RejectedError` where it has none."""
    document = load_document(spec, SHOWN)
    report, topology, computation = plan_document(document)
    library = partials.open_partials(bundled_partials(), ())
    linked = report.require(link.link(topology.spec.name, topology.all_stacks, planning.declare(topology)))
    templates = render(topology, linked, library)
    made = build(topology, linked, templates, record(computation))
    return document, topology, dict(emit.bundle(made).files)


@cache
def files(base: str, *changes: Texts) -> dict[str, bytes]:
    """The files of a spec after some changes, made once per process."""
    return laid_out(text(base, *changes))[2]


def deployment(base: str, *changes: Texts) -> Deployment:
    """What a spec compiles to after some changes, read from its files."""
    return manifest.read(files(base, *changes), "templates")
