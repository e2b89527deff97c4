"""The functions' archives: into every region they run in, and proved to be what runs there. Reports DR835."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.rollout.deployment import Stack
from compiler.services.lambda_ import function_id


def upload(session: Session, *, existing_only: bool) -> None:
    """The archives of every region functions run in; with `existing_only` where a bucket exists already.

    Raises `DeploymentError`.
    """

    def put(region: str) -> list[str]:
        if existing_only and not session.artifacts.exists(region):
            return []
        puts = [session.artifacts.put(region, key, content) for key, content in session.archives.items()]
        return [f"  code of {region}: {put.key} to {put.bucket}" for put in puts if put.uploaded]

    regions = dict.fromkeys(stack.region for stack in session.selected if stack.id.serves)
    for _, lines in session.each(regions, put):
        for line in lines:
            session.progress.say(line)


def outdated_functions(session: Session, stack: Stack) -> Iterator[Finding]:
    """Functions of a stack that do not run the code of their archive."""
    names = {resource.id: resource.physical for resource in session.read_resources(stack)}
    for number, function in session.topology.functions():
        archive = session.topology.archive(function)
        name = names.get(function_id(function))
        if name is None:
            continue
        answer = session.api.call("lambda", stack.region, "GetFunctionConfiguration", {"FunctionName": name})
        if answer.get("CodeSha256") != base64.b64encode(bytes.fromhex(archive.digest)).decode():
            message = f"`{function.name}` in {stack.region} does not run the code of {archive.key}"
            yield Finding(Code.DR835, message, ("functions", number, "source"))
