"""Physical names with the longest parameter values: none is longer than AWS allows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.aws.facts import cloudformation, iam, s3
from compiler.aws.intrinsics import Resolver
from compiler.aws.types import registry
from compiler.aws.types.iam import ROLE
from compiler.aws.types.s3 import BUCKET
from compiler.aws.values import ResourceId, dig, listed, marked, members, text
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.names import ENVIRONMENT, ENVIRONMENT_MAX, SUFFIX, SUFFIX_MAX
from compiler.rollout.state import Resource, State
from compiler.rules.deployed import Deployed, reports

_FILL = "x"


@reports(Code.DR401, Code.DR402)
def lengths(deployed: Deployed) -> Iterator[Finding]:
    """Names of resources, policies and exports, with the longest environment and suffix that the parameters allow."""
    longest = {ENVIRONMENT.name: _FILL * ENVIRONMENT_MAX, SUFFIX.name: _FILL * SUFFIX_MAX}
    for state in deployed.states.values():
        before = state.resolver
        given = {**before.parameters, **{key: value for key, value in longest.items() if key in before.parameters}}
        yield from _names(state, Resolver(state.template, before.account, given, before.imports))


def _names(state: State, resolver: Resolver) -> Iterator[Finding]:
    for resource in state.resources.values():
        named = registry.of(resource.type).name
        name = resolver.name(resource.id)
        if named is None or named.limit is None or marked(name):
            continue
        if resource.type == BUCKET:
            for fault in bucket_name(resource, name):
                yield Finding(Code.DR402, f"the name {fault}", resource.owner)
        elif len(name) > named.limit.value:
            yield _too_long(resource.owner, named.member, name, named.limit.value)
        yield from _policy_names(resource, resolver)
    most = cloudformation.EXPORT_NAME_CHARACTERS.value
    for output in state.outputs:
        exported = resolver.resolved(dig(state.template.body["Outputs"][output], "Export", "Name"))[0]
        for written in listed(exported):
            if len(text(written)) > most:
                yield _too_long(ResourceId(state.template.stack.name, output), "export", text(written), most)


def bucket_name(bucket: Resource, name: str) -> Iterator[str]:
    """What is wrong with a bucket's name; completes "the name …"."""
    low, high = s3.NAME_CHARACTERS_MIN.value, s3.NAME_CHARACTERS.value
    if marked(name):
        return
    if not low <= len(name) <= high:
        yield f"`{name}` has {len(name)} characters; S3 allows {low} to {high}"
    if not re.fullmatch(s3.NAME_PATTERN.value, name):
        yield f"`{name}` has a form that S3 does not allow"
    for prefix in s3.FORBIDDEN_PREFIXES.value:
        if name.startswith(prefix):
            yield f"`{name}` starts with `{prefix}`, which S3 reserves"
    ours = bucket.get("BucketNamespace") == "account-regional"
    for suffix in (*s3.FORBIDDEN_SUFFIXES.value, *(() if ours else (s3.NAMESPACE_SUFFIX.value,))):
        if name.endswith(suffix):
            yield f"`{name}` ends with `{suffix}`, which S3 reserves"
    if "." in name and bucket.get("AccelerateConfiguration", "AccelerationStatus") == "Enabled":
        yield f"`{name}` contains dots, which Transfer Acceleration does not support"


def _policy_names(resource: Resource, resolver: Resolver) -> Iterator[Finding]:
    """Names of the inline policies of a role."""
    most = iam.POLICY_NAME_CHARACTERS.value
    written = dig(resource.body, "Properties", "Policies") if resource.type == ROLE else None
    for policy in listed(written):
        name = text(resolver.resolved(members(policy).get("PolicyName"))[0])
        if len(name) > most:
            yield _too_long(resource.owner, "PolicyName", name, most)


def _too_long(owner: ResourceId, what: str, name: str, limit: int) -> Finding:
    message = (
        f"the {what} of `{owner.id}` would have {len(name)} characters, but AWS allows {limit}: `{name}` with the "
        "longest environment and suffix"
    )
    over = len(name) - limit
    shorter = f"choose a name for the entry that is shorter by {over} character{'s' if over > 1 else ''}"
    return Finding(Code.DR401, message, owner, help=shorter)
