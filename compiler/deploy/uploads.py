"""The functions' archives: into every region they run in, and proved to be what runs there. Reports DR835."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from compiler.deploy import artifacts
from compiler.deploy.plan import PlannedStack
from compiler.deploy.progress import Progress
from compiler.deploy.sight import Sight
from compiler.deploy.work import Failed
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.services.lambda_ import function_id


def upload(sight: Sight, progress: Progress, *, existing_only: bool) -> None:
    """The archives of every region functions run in; with `existing_only` where a bucket is there already.

    Raises `Failed`.
    """
    plan = sight.wanted.plan

    def put(region: str) -> list[str]:
        if existing_only and not sight.store.exists(region):
            return []
        puts = [sight.store.put(region, each.key, sight.wanted.archives[each.key]) for each in plan.archives]
        return [f"  code of {region}: {put.key} to {put.bucket}" for put in puts if put.uploaded]

    regions = dict.fromkeys(stack.region for stack in plan.stacks if stack.serves and sight.meant(stack.key))
    try:
        for _, lines in sight.each(regions, put):
            for line in lines:
                progress.say(line)
    except artifacts.Unusable as error:
        raise Failed(unusable(error)) from None


def unusable(error: artifacts.Unusable) -> Finding:
    """A bucket that cannot be used, or an object in it."""
    return Finding(Code.DR835, str(error), ("functions",))


def differing(sight: Sight, stack: PlannedStack) -> Iterator[Finding]:
    """Functions of a stack that do not run the code of their archive."""
    names = {resource.id: resource.physical for resource in sight.resources(stack.key)}
    for number, function in sight.wanted.topology.functions():
        archive = sight.wanted.topology.archive(function)
        name = names.get(function_id(function))
        if name is None:
            continue
        answer = sight.api.call("lambda", stack.region, "GetFunctionConfiguration", {"FunctionName": name})
        if answer.get("CodeSha256") != base64.b64encode(bytes.fromhex(archive.digest)).decode():
            message = f"`{function.name}` in {stack.region} does not run the code of {archive.key}"
            yield Finding(Code.DR835, message, ("functions", number, "source"))
