"""The functions' code: packed, put into every region it runs in, and proved to be what runs there.

Reports DR404, DR416, DR835, DR864 and DR865.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from compiler.aws.values import dig
from compiler.deploy import handlers, packing
from compiler.deploy.artifacts import UNVERSIONED, Put
from compiler.deploy.cloud import DeploymentError
from compiler.deploy.package import Package
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.rollout.deployment import Deployment, Stack
from compiler.services.lambda_ import function_id
from compiler.topology.model import Topology


def gather(
    topology: Topology, deployment: Deployment, folder: Path, chosen: Mapping[str, Path | None]
) -> tuple[tuple[Package, ...], tuple[Finding, ...]]:
    """The archives of the functions, and what is wrong with them; `folder` and `chosen` are those of `packing.read`."""
    packages, findings = packing.read(topology.spec, folder, chosen)
    return packages, (*findings, *check_handlers(topology, deployment, packages))


def check_handlers(topology: Topology, deployment: Deployment, packages: Iterable[Package]) -> Iterator[Finding]:
    """Archives that do not have the handler that the spec names."""
    by_function = {package.function: package for package in packages}
    for position, function in topology.functions():
        stack = deployment.stack(topology.home(topology.primary, function))
        # The handler may be in a layer, which only a custom partial can add.
        if function.name in by_function and not dig(stack.bodies, function_id(function), "Properties", "Layers"):
            yield from handlers.check(function, position, by_function[function.name])


def missing(session: Session) -> Iterator[Finding]:
    """Functions whose code this run does not have, in stacks that have no code of them to keep."""
    given = {*session.packages, *session.digests}
    for stack in session.selected:
        existing = session.existing[stack.id]
        deployed = existing.parameters if existing else {}
        for code in session.deployment.functions:
            kept = deployed.get(code.key) and deployed.get(code.version)
            if kept or code.function in given or code.key not in stack.section("Parameters"):
                continue
            position, name = entry(session.topology, code.function)
            message = (
                f"`{name}` has no code in {stack.region}: the spec has no `source` for it, and none is deployed there"
            )
            help_text = f"add `--code {name}=PATH`, or write `source` into the spec"
            yield Finding(Code.DR865, message, ("functions", position), help=help_text)


def entry(topology: Topology, deployed: str) -> tuple[int, str]:
    """Position and present name of the function that is deployed under a name."""
    entries = enumerate(topology.spec.functions)
    return next((position, entry.title or entry.name) for position, entry in entries if entry.name == deployed)


def upload(session: Session, *, existing_only: bool) -> None:
    """Puts the archives into every region functions run in; with `existing_only` where a bucket exists already.

    Notes in the session what each region's parameters are. A region of which they are noted already is left alone.
    Raises `DeploymentError`.
    """

    def put(region: str) -> list[tuple[Package, Put]]:
        if region in session.code or (existing_only and not session.artifacts.exists(region)):
            return []
        packages = session.packages.values()
        return [(package, session.artifacts.put(region, package.key, package.content)) for package in packages]

    regions = dict.fromkeys(stack.region for stack in session.selected if stack.id.serves)
    parameters = {code.function: code for code in session.deployment.functions}
    for region, done in session.each(regions, put):
        for package, object_ in done:
            if object_.version in UNVERSIONED:
                raise DeploymentError(_unversioned(region, object_))
            code = parameters[package.function]
            session.code.setdefault(region, {}).update({code.key: object_.key, code.version: object_.version})
            if object_.uploaded:
                session.progress.say(f"  code of {region}: {object_.key} to {object_.bucket}")


def _unversioned(region: str, object_: Put) -> Finding:
    message = f"the bucket `{object_.bucket}` in {region} has no versioning"
    command = f"aws s3api put-bucket-versioning --region {region} --bucket {object_.bucket}"
    return Finding(Code.DR864, message, (), help=f"{command} --versioning-configuration Status=Enabled")


def outdated_functions(session: Session, stack: Stack) -> Iterator[Finding]:
    """Functions of a stack that do not run the code of their archive."""
    names = {resource.id: resource.physical for resource in session.read_resources(stack)}
    for number, function in session.topology.functions():
        package = session.packages.get(function.name)
        name = names.get(function_id(function))
        if package is None or name is None:
            continue
        answer = session.api.call("lambda", stack.region, "GetFunctionConfiguration", {"FunctionName": name})
        if answer.get("CodeSha256") != base64.b64encode(bytes.fromhex(package.digest)).decode():
            message = f"`{function.name}` in {stack.region} does not run the code of {package.key}"
            yield Finding(Code.DR835, message, ("functions", number))
