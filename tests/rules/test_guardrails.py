"""What an account that others govern asks of roles is asked of every role, whoever wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.diagnostics.model import Diagnostic, RejectedError
from compiler.pipeline import Compiled, compile_spec
from compiler.rules.guardrails import DR510
from tests.helpers import ROOT
from tests.rules.changes import Bodies, codes, judged, resources, variant

IAM = "iam: {permissions_boundary: platform/workload-boundary, path: /workloads/payments/}\n"
BOUNDARY = "arn:aws:iam::123456789012:policy/platform/workload-boundary"


def governed() -> Compiled:
    return variant(lines=IAM)


def nothing(bodies: Bodies) -> None:
    """No change."""


def test_every_role_has_the_boundary_and_the_path() -> None:
    made = governed()
    roles = [role["Properties"] for template in made.templates for role in resources(template.body, "IAM::Role")]
    assert len(roles) > 10
    assert {role["Path"] for role in roles} == {"/workloads/payments/"}
    boundary = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/platform/workload-boundary"}
    assert all(role["PermissionsBoundary"] == boundary for role in roles)
    assert judged(nothing, made) == []


def test_every_arn_of_a_role_has_its_path() -> None:
    """Trust, endpoints, policies and environments name roles by ARNs that nothing but the name is in otherwise."""
    plain, pathed = ("\n".join(str(template.body) for template in made.templates) for made in (variant(), governed()))
    assert ":role/role-" in plain
    assert ":role/role-" not in pathed
    assert pathed.count(":role/workloads/payments/role-") == plain.count(":role/role-")


def test_without_the_section_nothing_is_asked() -> None:
    roles = [role for template in variant().templates for role in resources(template.body, "IAM::Role")]
    assert not any({"Path", "PermissionsBoundary"} & set(role["Properties"]) for role in roles)


@pytest.mark.parametrize("member", ["PermissionsBoundary", "Path"])
def test_a_role_without_one_of_them_is_found(member: str) -> None:
    def forget(bodies: Bodies) -> None:
        for kind in ("primary", "secondary"):
            del bodies[kind]["Resources"]["FlowLogRole"]["Properties"][member]

    found = judged(forget, governed())
    assert DR510.code in codes(found)
    assert [item.message.partition(",")[0] for item in found if item.rule is DR510] == 2 * [
        "`FlowLogRole` has no boundary" if member == "PermissionsBoundary" else "`FlowLogRole` has the path `/`"
    ]


OWN = """{
  "Resources": {
    "OwnRole": {
      "Type": "AWS::IAM::Role",
      "Properties": {
        %s
        "AssumeRolePolicyDocument": {"Statement": [
          {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ]}
      }
    }
  }
}
"""


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ("", {"`OwnRole` has no boundary", "`OwnRole` has the path `/`"}),
        ('"PermissionsBoundary": {{ boundary }}, "Path": {{ role_path }},', set()),
        ('"PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess", "Path": {{ role_path }},',
         {"`OwnRole` has the boundary `arn:aws:iam::aws:policy/ReadOnlyAccess`"}),
    ],
    ids=["neither", "both", "another"],
)  # fmt: skip
def test_a_role_of_an_added_partial_is_held_to_them(tmp_path: Path, members: str, expected: set[str]) -> None:
    folder = tmp_path / "partials" / "own"
    folder.mkdir(parents=True)
    (folder / "role.json.j2").write_text(OWN % members, encoding="utf-8")
    spec = tmp_path / "spec.yaml"
    shipped = (ROOT / "specs" / "dr-topology.yaml").read_text(encoding="utf-8")
    spec.write_text(shipped.replace("../functions", str(ROOT / "functions")) + IAM, encoding="utf-8")
    assert {item.message.partition(", not")[0] for item in _found(spec, tmp_path / "partials")} == expected


def _found(spec: Path, overlay: Path) -> tuple[Diagnostic, ...]:
    try:
        return compile_spec(spec, "spec.yaml", partials=(overlay,), lint=False).diagnostics
    except RejectedError as error:
        return error.diagnostics
