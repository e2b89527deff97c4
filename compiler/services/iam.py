"""IAM: how a role is laid out, and the role of each serving region that the other region's functions may assume.

Role names are unique in the account, not in the region, so each carries its region. Trust policies name the
account and narrow it to a caller's ARN by a condition: a role that does not exist yet could not be named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.aws.facts import iam as facts
from compiler.diagnostics.model import Route, Rule
from compiler.findings.finding import Finding
from compiler.ir import policies
from compiler.ir.elements import ACCOUNT, PARTITION, Block, Element, Json, Output, Ref, StackId, Text, join
from compiler.ir.names import arn, bucket, longest, physical
from compiler.ir.policies import Statement
from compiler.ir.template import View
from compiler.services import kms
from compiler.spec.compute import Function
from compiler.topology.model import Topology

_AT = ("functions",)
_FUNCTION_ROLE = "fn-"
# A trust policy without the callers it names, generously counted.
_TRUST_FRAME = 300


DR360 = Rule(
    "DR360",
    "boundary-elsewhere",
    says="the permissions boundary is a policy that the account cannot use",
    why="A boundary is a policy of the account in which the role is, or one that AWS manages. IAM rejects every role "
    "that names another one.",
    fix="write the name of a policy of this account, or the ARN of one",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
)


class RoleView(View, partial="iam/role.json.j2"):
    id: str
    name: Json
    path: str | None
    boundary: Json
    description: str
    trust: Json
    session_seconds: int
    policy_name: Json
    policy: Json
    reasons: Json
    tags: Json


def role(
    topology: Topology,
    ref: Ref,
    entry: str,
    description: str,
    trust: Statement,
    statements: Iterable[Statement],
    at: Route,
) -> Block:
    """The role `ref` with one inline policy, which is effective as soon as the role exists."""
    stack = ref.stack
    listed = tuple(statements)
    view = RoleView(
        id=ref.resource,
        name=role_name(entry, stack),
        path=topology.spec.iam.path if topology.spec.iam.path != "/" else None,
        boundary=boundary(topology),
        description=description,
        trust=policies.document((trust,)),
        session_seconds=facts.SESSION_SECONDS_MIN.value,
        policy_name=physical("policy", entry),
        policy=policies.document(listed),
        reasons=policies.reasons((trust, *listed)),
        tags=topology.tag_list(stack),
    )
    return Block(stack, view, at)


def role_name(entry: str, stack: StackId) -> Text:
    """Name of a role; unique in the account by its region."""
    return physical("role", entry, region=stack.region)


def role_arn(topology: Topology, entry: str, stack: StackId) -> Text:
    """ARN of a role, from its path and name."""
    return join("arn:", PARTITION, ":iam::", ACCOUNT, f":role{topology.spec.iam.path}", role_name(entry, stack))


def boundary(topology: Topology) -> Text | str | None:
    """ARN of the permissions boundary that every role must have; None where the spec asks for none."""
    named = topology.spec.iam.permissions_boundary
    if named is None or named.startswith("arn:"):
        return named
    return join("arn:", PARTITION, ":iam::", ACCOUNT, f":policy/{named}")


def rules(topology: Topology) -> Iterator[Finding]:
    """A boundary that the account cannot use; reports DR360."""
    named = topology.spec.iam.permissions_boundary or ""
    if not named.startswith("arn:"):
        return
    _, partition, _, _, account, _ = named.split(":", 5)
    at: Route = ("iam", "permissions_boundary")
    if partition != topology.partition:
        message = (
            f"the policy is in the partition `{partition}`; the regions are in the partition `{topology.partition}`"
        )
        yield Finding(
            DR360, message, at, help=f"write `{named.rpartition('/')[2]}`, the name of a policy of the account"
        )
    elif topology.spec.account and account not in (topology.spec.account, "aws"):
        message = f"the policy belongs to the account {account}; the spec is for the account {topology.spec.account}"
        related = ((("account",), "the account"),)
        yield Finding(DR360, message, at, related=related)


def assumed_by(service: str, source: Json = None) -> Statement:
    """Trust in an AWS service that acts for this account."""
    condition: dict[str, Json] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    if source is not None:
        condition["ArnLike"] = {"aws:SourceArn": source}
    return trust(policies.service(service), condition)


def trust(principal: Json, condition: dict[str, Json] | None = None) -> Statement:
    """A trust statement; those have no resource."""
    body: dict[str, Json] = {"Sid": "Trust", "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition:
        body["Condition"] = condition
    return Statement(body)


def function_role_entry(function: Function) -> str:
    """Entry name of a function's execution role."""
    return _FUNCTION_ROLE + function.name


_LISTS = 3
"""A list of ARNs takes a third of the policy of a role, which may have one of tables and one of objects."""
CROSS_REGION = "cross-region"


def declare(topology: Topology) -> Iterator[Element]:
    """The role that functions of the other region assume to use the data of a region."""
    for stack in topology.serving:
        statements = tuple(_cross_region(topology, stack))
        if not statements:
            continue
        cross_region = Ref(stack, "CrossRegionRole")
        yield role(
            topology,
            cross_region,
            CROSS_REGION,
            f"Allows functions in {topology.peer(stack).region} to use the data in {stack.region}.",
            trust(policies.ROOT, _callers(topology, stack)),
            statements,
            _AT,
        )
        says = f"ARN of the role that functions of {topology.peer(stack).region} assume to use the data in this region."
        yield Output(stack, "CrossRegionRoleArn", cross_region.att("Arn"), says, _AT)


def _callers(topology: Topology, stack: StackId) -> dict[str, Json]:
    """What narrows trust to the other region's functions: their roles one by one, as long as a trust policy holds them.

    Beyond that, the pattern of their roles' names, which nothing else of the topology follows.
    """
    peer = topology.peer(stack)
    arns = tuple(role_arn(topology, function_role_entry(function), peer) for function in topology.spec.functions)
    characters = _TRUST_FRAME + sum(len(longest(arn)) + len('"",') for arn in arns)
    if characters <= facts.TRUST_POLICY_CHARACTERS.value:
        return {"ArnEquals": {"aws:PrincipalArn": arns}}
    return {"ArnLike": {"aws:PrincipalArn": role_arn(topology, _FUNCTION_ROLE + "*", peer)}}


def _listed(arns: tuple[Text, ...], pattern: Text) -> tuple[Text, ...]:
    """The ARNs one by one, as long as they leave room in the policy of a role; beyond that the pattern of their names.

    Names end in environment and suffix, so nothing but this copy of the system follows the pattern.
    """
    characters = sum(len(longest(arn)) + len('"",') for arn in arns)
    return arns if characters <= facts.INLINE_POLICY_CHARACTERS.value // _LISTS else (pattern,)


def _cross_region(topology: Topology, stack: StackId) -> Iterator[Statement]:
    """What a caller from the other region may do here: the same as the region's own functions, nowhere else."""
    here = {"StringEquals": {"aws:RequestedRegion": stack.region}}
    tables = _listed(
        tuple(arn("dynamodb", stack.region, join("table/", physical("table", t.name))) for t in topology.spec.tables),
        arn("dynamodb", stack.region, join("table/", physical("table", "*"))),
    )
    objects = _listed(
        tuple(
            join("arn:", PARTITION, ":s3:::", bucket("bucket", b.name, stack.region), "/*")
            for b in topology.spec.buckets
        ),
        join("arn:", PARTITION, ":s3:::", bucket("bucket", "*", stack.region), "/*"),
    )
    if tables:
        reason = "`*` stands for the tables of this system" if len(tables) < len(topology.spec.tables) else None
        yield policies.statement("UseTables", TABLE_ACTIONS, tables, condition=here, reason=reason)
    if objects:
        yield policies.statement(
            "UseObjects",
            OBJECT_ACTIONS,
            objects,
            condition=here,
            reason="`*` stands for the objects of one bucket"
            if len(objects) == len(topology.spec.buckets)
            else "`*` stands for the buckets of this system and their objects",
        )
    if tables or objects:
        yield policies.statement(
            "UseKey", KEY_ACTIONS, kms.key_arn(stack), condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}}
        )


TABLE_ACTIONS = (
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
)
OBJECT_ACTIONS = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom",
               "kms:ReEncryptTo")  # fmt: skip
