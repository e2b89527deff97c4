"""A checkout in a temporary folder, and dr-deploy run from it: as a process of its own, or within this one."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from compiler import pipeline
from compiler.deploy.aws import Aws
from compiler.deploy.command import main
from tests.deploy.gateway import Gateway
from tests.emulator import Emulator
from tests.issuer import Issuer

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
Json = Any
_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"exit code {self.code}\n{self.out}\n{self.err}"

    @property
    def codes(self) -> list[str]:
        """Codes of the errors that were told."""
        return re.findall(r"^error\[(DR\d+)", self.err, re.MULTILINE)


@dataclass(frozen=True)
class Site:
    """A folder with a spec, the functions' code and compiled templates, in front of an emulator."""

    folder: Path
    spec: str
    emulator: Emulator
    gateway: Gateway
    issuer: Issuer
    principal: str = "emulated"
    """The access key id that dr-deploy signs with: all of them are in one account."""
    commands: Path = BIN
    """The folder of the installed commands."""

    def edit(self, *changes: tuple[str, str]) -> None:
        """Replaces texts of the spec, each there exactly once."""
        path = self.folder / self.spec
        text = path.read_text()
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} is in the spec {text.count(old)} times"
            text = text.replace(old, new)
        path.write_text(text)

    def compile(self) -> None:
        done = subprocess.run(
            [self.commands / "dr-compile", "--no-lint", self.spec],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def arguments(self, *more: str) -> list[str]:
        return [self.spec, "--yes", "--assume-delegated", "--endpoint-url", self.gateway.url, *more]

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        given = self.emulator.environ("us-east-1")
        given.pop("AWS_ENDPOINT_URL")  # the option is what is tried
        return {**kept, **given, **self.issuer.environ, "AWS_ACCESS_KEY_ID": self.principal}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """dr-deploy as a process; whoever starts it waits for it."""
        return subprocess.Popen(
            [self.commands / "dr-deploy", *arguments], cwd=self.folder, env=self.environ, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *arguments: str) -> Outcome:
        """dr-deploy as a process, to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=_TIMEOUT_SECONDS)
        return Outcome(process.returncode, out, err)

    def deploy(self, *more: str) -> Outcome:
        return self.run(*self.arguments(*more))

    def stack(self, key: str) -> Mapping[str, Json]:
        """A stack of the emulator, by kind and region such as `primary.us-east-1`."""
        kind, _, region = key.partition(".")
        client = self.gateway.client("cloudformation", region)
        (found,) = (
            stack for stack in client.describe_stacks()["Stacks"]
            if stack["StackName"].rsplit("-", 2)[0].endswith(f"-{kind}")
        )  # fmt: skip
        result: Mapping[str, Json] = found
        return result

    def outputs(self, key: str) -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self.stack(key)["Outputs"]}

    def resources(self, key: str) -> dict[str, str]:
        """Physical ids by logical id."""
        stack, region = self.stack(key), key.partition(".")[2]
        pages = self.gateway.client("cloudformation", region).get_paginator("list_stack_resources")
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages.paginate(StackName=stack["StackName"])
            for resource in page["StackResourceSummaries"]
        }

    def events(self, key: str) -> list[tuple[str, str]]:
        """Everything that ever happened to a stack: logical id and status."""
        stack, region = self.stack(key), key.partition(".")[2]
        pages = self.gateway.client("cloudformation", region).get_paginator("describe_stack_events")
        return [
            (event["LogicalResourceId"], event["ResourceStatus"])
            for page in pages.paginate(StackName=stack["StackName"])
            for event in page["StackEvents"]
        ]

    def template(self, key: str) -> dict[str, Json]:
        """Resources of a compiled template."""
        name = Path(self.spec).stem
        text = (self.folder / "templates" / name / f"{key}.json").read_text()
        found: dict[str, Json] = json.loads(text)["Resources"]
        return found


def make(folder: Path, spec: Path, emulator: Emulator, gateway: Gateway, issuer: Issuer) -> Site:
    """A compiled site of a copy of `spec`, whose issuers are the stand-in."""
    (folder / "specs").mkdir(parents=True)
    text = spec.read_text()
    for source in set(re.findall(r"source: ([^\s,}]+)", text)):
        name = Path(source).name
        target = folder / "functions" / name
        if not target.exists():
            shutil.copytree((spec.parent / source).resolve(), target, ignore=shutil.ignore_patterns("__pycache__"))
        text = text.replace(f"source: {source}", f"source: ../functions/{name}")
    text = re.sub(r"issuer: https://[^\s,}]+", f"issuer: {issuer.url}", text)
    (folder / "specs" / spec.name).write_text(text)
    site = Site(folder, f"specs/{spec.name}", emulator, gateway, issuer)
    site.compile()
    return site


class Killed(BaseException):
    """The process would be gone by now."""


@dataclass
class Reaper:
    """Ends a run within this process at its first call of some operations, before or after it arrives.

    What is in memory is lost with the run, as it would be with the process; what is in AWS stays.
    """

    operations: tuple[str, ...]
    before: bool
    last: str = ""
    dead: bool = False

    def call(self, made: Callable[[], dict[str, Json]], name: str) -> dict[str, Json]:
        fatal = not self.last and name.partition(":")[2].startswith(self.operations)
        if fatal:
            self.last = name
            self.dead = self.before
        if self.dead:
            raise Killed
        answer = made()
        if fatal:
            self.dead = True
            raise Killed
        return answer


class Within:
    """dr-deploy run within this process, from a site's folder: much quicker, and as good where no process matters.

    The spec is compiled once for each text of it, and the SDK's clients are made once for each gateway.
    """

    def __init__(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in site.environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(site.folder)
        self._site = site
        self._reaper: Reaper | None = None
        compiled: dict[str, pipeline.Compiled] = {}
        compile_spec, init, call = pipeline.compile_spec, Aws.__init__, Aws.call

        def once(path: Path, shown: str, **more: Any) -> pipeline.Compiled:
            text = path.read_text()
            if text not in compiled:
                compiled[text] = compile_spec(path, shown, **more)
            return compiled[text]

        def shared(aws: Aws, profile: str | None, endpoint_url: str | None, stop: threading.Event) -> None:
            init(aws, profile, endpoint_url, stop)
            aws._clients = _CLIENTS.setdefault(endpoint_url or "", {})

        def mortal(
            aws: Aws, service: str, region: str, operation: str, parameters: Mapping[str, Json]
        ) -> dict[str, Json]:
            made = partial(call, aws, service, region, operation, parameters)
            return self._reaper.call(made, f"{service}:{operation}") if self._reaper else made()

        monkeypatch.setattr(pipeline, "compile_spec", once)
        monkeypatch.setattr(Aws, "__init__", shared)
        monkeypatch.setattr(Aws, "call", mortal)

    def deploy(self, *more: str, reaper: Reaper | None = None) -> Outcome:
        """One run; raises `Killed` where the reaper ends it."""
        self._reaper = reaper
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main(self._site.arguments(*more))
        return Outcome(code, out.getvalue(), err.getvalue())


_CLIENTS: dict[str, dict[tuple[str, str], Any]] = {}
