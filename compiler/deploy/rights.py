"""What a principal that deploys a system must be allowed: policies, narrowed to the names of this system.

CloudFormation acts with the rights of whoever executes a change set, so the policies hold the permissions of the
handlers of every type in the templates, the calls of dr-deploy, and `iam:PassRole` to the services that the roles
trust. Nothing is asked of AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from compiler.aws import actions
from compiler.aws.facts import iam as facts
from compiler.aws.intrinsics import Account, Resolver
from compiler.aws.types import registry
from compiler.aws.types.iam import ROLE
from compiler.aws.values import MARK, listed, members
from compiler.deploy.calls import CALLS, DESTROYS, of_call
from compiler.ir.names import ENVIRONMENT, SUFFIX
from compiler.rollout.deployment import Deployment
from compiler.spec.model import Spec

Json = Any
ANY = "*"

_GLOBAL = ("iam", "route53", "route53-recovery-control-config", "sts")
"""Services whose requests name no region of the topology."""

_BELOW = {"cloudformation": ("/*",), "dynamodb": ("", "/*"), "lambda": ("", ":*"), "logs": ("", ":*"),
          "s3": ("", "/*"), "sns": ("", ":*")}  # fmt: skip
"""What follows the ARN of a named resource for what it holds."""

_BOUNDED = ("AttachRolePolicy", "CreateRole", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary",
            "PutRolePolicy")  # fmt: skip
"""Actions that know the condition key `iam:PermissionsBoundary`:
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html (read 2026-11-26)"""

_MOST_FORMS = 5
"""More kinds of ARNs than these are written as all resources of the service."""


def policies(deployment: Deployment, spec: Spec) -> dict[str, Json]:
    """Policy documents by name, each small enough for a managed policy."""
    names = f"{deployment.system}-{deployment.environment}-{deployment.suffix}-deploy"
    documents = _packed(_statements(deployment, spec))
    return {f"{names}-{n}": document for n, document in enumerate(documents, 1)}


def _wanted(deployment: Deployment, spec: Spec) -> Iterator[str]:
    """Every action: of the handlers, of look-ups of names, and of our own calls."""
    for calls in (CALLS,) if spec.deployment.retains else (CALLS, DESTROYS):
        for service, operations in calls.items():
            if service == "backup" and spec.backup is None:
                continue
            for operation in operations:
                yield from of_call(service, operation)
    for stack in deployment.stacks:
        for kind in dict.fromkeys(body["Type"] for body in stack.bodies.values()):
            yield from actions.needed(kind, stack.region)
            name = registry.of(kind).name
            if name is not None and name.lookup is not None:
                yield from of_call(name.lookup.service, name.lookup.operation)


def _statements(deployment: Deployment, spec: Spec) -> Iterator[Json]:
    boundary = spec.iam.permissions_boundary
    account = deployment.account or ANY
    named = tuple(dict.fromkeys(_named(deployment, account)))
    groups: dict[tuple[tuple[str, ...], bool, bool], set[str]] = {}
    for action in sorted(set(_wanted(deployment, spec))):
        service, _, name = action.partition(":")
        if action == "iam:PassRole" or (boundary and name == "DeleteRolePermissionsBoundary"):
            continue
        bounded = boundary is not None and service == "iam" and name in _BOUNDED
        key = (_resources(action, named, deployment.partition, account), service in _GLOBAL, bounded)
        groups.setdefault(key, set()).add(action)
    for (resources, worldwide, bounded), found in sorted(groups.items()):
        condition: dict[str, Json] = {} if worldwide else {"aws:RequestedRegion": _short(deployment.regions)}
        if bounded and boundary is not None:
            condition["iam:PermissionsBoundary"] = _boundary(boundary, deployment)
        yield _statement(sorted(found), resources, condition)
    # What others own has no place in the templates, from which the rest is narrowed.
    for action, owned in (("sns:GetTopicAttributes", spec.alerts.existing),
                          ("logs:PutSubscriptionFilter", spec.logs.existing)):  # fmt: skip
        if owned:
            yield _statement([action], owned, {"aws:RequestedRegion": _short(deployment.regions)})
    roles = _resources("iam:PassRole", named, deployment.partition, account)
    yield _statement(["iam:PassRole"], roles, {"iam:PassedToService": _short(sorted(set(_trusted(deployment))))})


def _statement(listed_: list[str], resources: Iterable[str], condition: Mapping[str, Json]) -> Json:
    body = {"Effect": "Allow", "Action": _short(listed_), "Resource": _short(resources)}
    return {**body, **({"Condition": {"StringEquals": condition}} if condition else {})}


def _short(values: Iterable[str]) -> Json:
    """A list as policies write it: one value stands alone."""
    found = list(values)
    return found[0] if len(found) == 1 else found


def _boundary(named: str, deployment: Deployment) -> str:
    if named.startswith("arn:"):
        return named
    return f"arn:{deployment.partition}:iam::{deployment.account or '${aws:PrincipalAccount}'}:policy/{named}"


def _named(deployment: Deployment, account: str) -> Iterator[str]:
    """ARNs of everything with a name of its own, with `*` for the entry, the region, and what AWS chooses."""
    mark = f"-{deployment.environment}-{deployment.suffix}"
    for stack in deployment.stacks:
        yield f"arn:{deployment.partition}:cloudformation:*:{account}:stack/{deployment.system}-*{mark}"
        given = {ENVIRONMENT.name: deployment.environment, SUFFIX.name: deployment.suffix}
        resolver = Resolver(stack.template, Account(account, deployment.partition), given, {})
        for id_, body in resolver.bodies.items():
            form = registry.of(body["Type"]).arn
            if form is not None:
                written = resolver.form(id_, form.replace("{id}", ANY).replace("{region}", ANY))
                yield _pattern(MARK.sub(ANY, written), mark)
    for region in deployment.code_regions:
        yield _pattern(f"arn:{deployment.partition}:s3:::{deployment.code_bucket(region, account)}", mark)


def _pattern(arn: str, mark: str) -> str:
    """An ARN without the name of the entry, and without the region at its end."""
    head, found, tail = arn.partition(mark)
    stem = re.sub(r"([:/][a-z]+-)[^:/]*$", r"\1*", head)
    return f"{stem}{mark}{'-*' if tail else ''}" if found else arn


def _resources(action: str, named: tuple[str, ...], partition: str, account: str) -> tuple[str, ...]:
    """What an action is allowed on: resources of ours where it takes such, else all of the kinds that it takes."""
    service = action.partition(":")[0]
    if action == "iam:CreateServiceLinkedRole":
        return (f"arn:{partition}:iam::{account}:role/aws-service-role/*",)
    found = actions.forms(action)
    if found is None:
        return _whole(arn for arn in named if arn.split(":")[2] == service) or (ANY,)
    filled = [form.format(partition=partition, account=account) for form in found]
    matching = [arn for arn in named if any(fnmatchcase(arn, form) for form in filled)]
    if matching:
        return _whole(matching)
    kinds = tuple(sorted({re.sub(r"([:/][a-zA-Z0-9-]+/)[^/].*$", r"\1*", form) for form in filled}))
    if len(kinds) > _MOST_FORMS:
        # Some kinds of a service have an account in their ARN and others have none.
        parts = [set(part) for part in zip(*(kind.split(":")[:5] for kind in kinds), strict=True)]
        return (":".join([*("".join(part) if len(part) == 1 else ANY for part in parts), ANY]),)
    return kinds or (ANY,)


def _whole(arns: Iterable[str]) -> tuple[str, ...]:
    """ARNs with what is below them; a pattern that ends openly covers that already."""
    found = ((arn, ("",) if arn.endswith(ANY) else _BELOW.get(arn.split(":")[2], ("",))) for arn in arns)
    return tuple(sorted({arn + rest for arn, below in found for rest in below}))


def _trusted(deployment: Deployment) -> Iterator[str]:
    """The services that a role of the system is passed to: those that may assume it."""
    for stack in deployment.stacks:
        for body in stack.bodies.values():
            if body["Type"] == ROLE:
                document = members(members(body.get("Properties")).get("AssumeRolePolicyDocument"))
                for statement in listed(document.get("Statement")):
                    principal = members(members(statement).get("Principal"))
                    yield from (name for name in listed(principal.get("Service")) if isinstance(name, str))


def _packed(statements: Iterable[Json]) -> list[Json]:
    """Documents that each fit into a managed policy; a statement that is too large for one is divided."""
    documents: list[list[Json]] = []
    most = facts.MANAGED_POLICY_CHARACTERS.value
    for statement in statements:
        for part in _divided(statement):
            fitting = next((held for held in documents if _size([*held, part]) <= most), None)
            if fitting is None:
                documents.append([part])
            else:
                fitting.append(part)
    return [_document(held) for held in documents]


def _divided(statement: Json) -> Iterator[Json]:
    """A statement in parts that each fit alone: by its actions, then by its resources."""
    for member in ("Action", "Resource"):
        held = statement[member]
        if _size([statement]) > facts.MANAGED_POLICY_CHARACTERS.value and isinstance(held, list):
            middle = len(held) // 2
            for half in (held[:middle], held[middle:]):
                yield from _divided({**statement, member: _short(half)})
            return
    yield statement


def _document(statements: list[Json]) -> Json:
    return {"Version": "2012-10-17", "Statement": statements}


def _size(statements: list[Json]) -> int:
    """Characters of a document without white space, as IAM counts them."""
    return len(re.sub(r"\s", "", json.dumps(_document(statements))))
