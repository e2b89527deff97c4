"""What cfn-lint says about the templates, as findings on the resources.

Templates without a verdict are checked in processes on all cores. Each process keeps its verdict at once, so that a run
that is stopped goes on where it was.
"""

from __future__ import annotations

import gc
import json
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, Protocol, cast

from compiler.aws.values import ResourceId
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.template import Template
from compiler.support.frozen import frozen
from compiler.support.processes import can_fork, cores

OF_THE_CLOCK = ("W2531", "E2531", "E2533")
"""Rules on the age of a runtime: they ask what day it is. DR403 and DR495 look at the same functions and do not."""

Observe = Callable[[str, int, int], None]
"""Called while cfn-lint works: the name of a stack, its number from 1 among those that are checked, and their count."""


Said = tuple[str, str, tuple[str, ...], str]
"""One match: the id of its rule, what it says, the path in the template, and what the rule says of itself."""


class Memory(Protocol):
    """What was said before, by the name of a template's verdict.

    `compiler.recall.verdicts` has the one that lasts. It is not imported here: it comes with what answers a command in
    place of a compile, and a stage writes nothing to the terminal.
    """

    def name(self, region: str, body: bytes) -> str:
        """The name of the verdict on a template."""

    def known(self, name: str) -> tuple[Said, ...] | None:
        """What cfn-lint said; None where it has to be asked."""

    def watched(self) -> AbstractContextManager[None]:
        """Notes what cfn-lint reads meanwhile; to be there when it is imported."""

    def keep(self, name: str, said: tuple[Said, ...]) -> None:
        """Stores what cfn-lint just said in this process."""

    def join(self, names: Sequence[str]) -> None:
        """Says that these verdicts, of several processes, are all there."""


def lint(
    templates: Sequence[Template],
    memory: Memory | None = None,
    *,
    encoded: Mapping[str, bytes] | None = None,
    observe: Observe | None = None,
) -> Iterator[Finding]:
    """Runs cfn-lint on each template for its region; reports DR701 and DR702 with the id of the cfn-lint rule.

    `encoded` are the templates as they are written, by file. What `memory` knows is said again.
    """
    tasks = [_task(template, memory, encoded or {}) for template in templates]
    said = [memory.known(task.name) if memory else None for task in tasks]
    open_ = [number for number, what in enumerate(said) if what is None]
    if open_:
        checked = _checked([tasks[number] for number in open_], memory, observe)
        for number, what in zip(open_, checked, strict=True):
            said[number] = what
        if memory:
            memory.join([task.name for task in tasks])
    for template, found in zip(templates, said, strict=True):
        yield from (_finding(what, template) for what in found or ())


@frozen
class _Task:
    """A template to check: the name of its verdict, its stack and region, and its text."""

    name: str
    stack: str
    region: str
    body: bytes


def _task(template: Template, memory: Memory | None, encoded: Mapping[str, bytes]) -> _Task:
    body = encoded.get(template.file) or json.dumps(template.body, indent=2).encode()
    region = template.stack.region
    return _Task(memory.name(region, body) if memory else "", template.stack.name, region, body)


def _checked(tasks: Sequence[_Task], memory: Memory | None, observe: Observe | None) -> Iterator[tuple[Said, ...]]:
    """What cfn-lint says now, in the order of the templates."""
    show = observe or (lambda *_: None)
    workers = min(len(tasks), cores()) if can_fork() else 1
    said = _in_processes(tasks, memory, show, workers) if workers > 1 else {}
    for number, task in enumerate(tasks):
        if number not in said:
            show(task.stack, number + 1, len(tasks))
        yield said[number] if number in said else _check(task, memory)


def _check(task: _Task, memory: Memory | None) -> tuple[Said, ...]:
    with memory.watched() if memory else nullcontext():
        said = tuple(map(_said, _matches(task.body.decode(), task.region)))
    if memory:
        memory.keep(task.name, said)
    return said


def _in_processes(
    tasks: Sequence[_Task], memory: Memory | None, show: Observe, workers: int
) -> Mapping[int, tuple[Said, ...]]:
    """What cfn-lint says, by number; without what a process did not say that failed, or was killed for want of memory.

    Each template has a process of its own, because cfn-lint keeps some 50 MB of each that has 500 resources.
    """
    from multiprocessing import get_context
    from multiprocessing.connection import wait

    said: dict[int, tuple[Said, ...]] = {}
    running: dict[Any, tuple[Any, int]] = {}
    context, waiting = get_context("fork"), list(range(len(tasks)))
    # Rules and data are loaded once. What a process only reads, it shares with this one.
    with memory.watched() if memory else nullcontext():
        list(_matches('{"Resources": {}}', tasks[0].region))
    gc.freeze()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                number = waiting.pop(0)
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_answer, args=(tasks[number], memory, theirs))
                process.start()
                theirs.close()
                running[ours] = process, number
                show(tasks[number].stack, number + 1, len(tasks))
            for ours in cast("list[Any]", wait(list(running))):
                process, number = running.pop(ours)
                with suppress(EOFError):
                    said[number] = ours.recv()
                ours.close()
                process.join()
    finally:
        for process, _ in running.values():
            process.kill()
        gc.unfreeze()
    return said


def _answer(task: _Task, memory: Memory | None, to: Any) -> None:
    """What a process does: it checks one template, and ends with all that cfn-lint keeps in memory."""
    # Ctrl-C reaches all processes of a terminal.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        to.send(_check(task, memory))
    except Exception:  # noqa: BLE001 - the process that started this one checks the template itself, and says so
        os._exit(1)


def _matches(body: str, region: str) -> Iterable[Any]:
    from cfnlint.api import lint as run
    from cfnlint.config import ManualArgs

    arguments = ManualArgs(regions=[region], ignore_checks=list(OF_THE_CLOCK), configure_rules={})
    matches: Iterable[Any] = run(body, config=arguments)
    return matches


def _said(match: Any) -> Said:
    return str(match.rule.id), str(match.message), tuple(map(str, match.path or ())), str(match.rule.description)


def _finding(said: Said, template: Template) -> Finding:
    identifier, message, path, about = said
    name = path[1] if len(path) > 1 and path[0] in ("Resources", "Outputs") else ""
    where = f" at {'/'.join(path[2:])}" if len(path) > 2 else ""
    rule = Code.DR701 if identifier.startswith("E") else Code.DR702
    at = ResourceId(template.stack.name, name)
    return Finding(rule, f"{message}{where}", at, help=about, lint=identifier)
