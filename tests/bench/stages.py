"""The stages of a compile one by one, with what is imported first: where the time of a run goes."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path


def _now() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


class _Clock:
    def __init__(self) -> None:
        self.last = _now()

    def lap(self) -> float:
        before, self.last = self.last, _now()
        return self.last - before


def imports() -> Iterator[tuple[str, float]]:
    """Milliseconds of the imports, in this process; they count once."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    clock = _Clock()
    import jinja2
    import pydantic
    import ruamel.yaml

    del jinja2, ruamel
    _ = pydantic.BaseModel
    yield "import the libraries", clock.lap()
    from compiler.spec import model

    del model
    yield "import the models of the spec", clock.lap()
    from compiler import pipeline
    from compiler.commands import compile as command

    del pipeline, command
    yield "import the other stages", clock.lap()


def stages(spec: Path) -> Iterator[tuple[str, float]]:
    """Milliseconds of each stage of one compile; the last item is the number of resources."""
    from compiler import planning
    from compiler.linking import link
    from compiler.objectives.evaluate import evaluate
    from compiler.objectives.record import record
    from compiler.output import emit
    from compiler.pipeline import plan_document
    from compiler.rendering.limits import overfull
    from compiler.rendering.merge import render
    from compiler.rendering.partials import open_partials
    from compiler.rollout import deployment as deployments
    from compiler.rollout.simulation import simulate
    from compiler.rules import registry
    from compiler.spec.compose import open_spec
    from compiler.support.data_files import bundled_partials

    clock = _Clock()
    document = open_spec(spec, spec.name)
    yield "read the YAML", clock.lap()
    report, topology, computation = plan_document(document)
    yield "models, topology, objectives", clock.lap()
    report.check(evaluate(topology, computation))
    library = open_partials(bundled_partials(), ())
    elements = planning.declare(topology, library.added())
    yield "views of the services", clock.lap()
    linked = report.require(link.link(topology.spec.name, topology.all_stacks, elements))
    del elements
    yield "linking", clock.lap()
    templates = render(topology, linked, library)
    yield "rendering", clock.lap()
    report.check((*overfull(templates), *registry.undefined(templates)), templates)
    deployment = deployments.build(topology, linked, templates, record(computation))
    simulation = simulate(None, deployment)
    yield "references, simulation", clock.lap()
    report.check(registry.inspect(simulation, topology), templates)
    yield "rules", clock.lap()
    emit.bundle(deployment)
    yield "JSON", clock.lap()
    yield "resources", sum(len(template.body["Resources"]) for template in templates)


if __name__ == "__main__":
    import gc
    import json
    import sys

    # The commands put collections off too (`compiler.reporting.console`): one would count for the stage it meets.
    gc.disable()
    imported = dict(imports())
    # The first compile of a process fills caches of its own.
    first = dict(stages(Path(sys.argv[1])))
    again = dict(stages(Path(sys.argv[1])))
    print(json.dumps({**imported, **{name: first[name] for name in again}}))
