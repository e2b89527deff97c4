"""Our replacement verdicts beside those of `@aws-cdk/cloudformation-diff`; each disagreement is one we explain.

It belongs to `make soak`: the package is some thirty megabytes, and only a new version of it changes the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from compiler.aws.types.update_rules import Action
from compiler.diff.compare import compare
from compiler.rollout.deployment import Deployment
from tests.diff import cdk
from tests.diff.edits import EDITS
from tests.diff.worlds import deployment

pytestmark = pytest.mark.soak


def test_every_property_of_the_types_we_emit() -> None:
    cases = list(cdk.cases())
    assert len(cases) > 400
    pairs = [
        ({"Type": case.type, "Properties": case.old}, {"Type": case.type, "Properties": case.new}) for case in cases
    ]
    theirs = cdk.verdicts(pairs, []).resources
    differ = {
        case.key
        for case, their in zip(cases, theirs, strict=True)
        if cdk.letter(str(case.verdict.action), certain=case.verdict.certain) != cdk.letter(their)
    }
    assert differ == set(cdk.PROPERTIES)


def bodies_of(made: Deployment) -> dict[str, Mapping[str, Any]]:
    """The templates of a deployment by stack."""
    return {stack.key: stack.template.body for stack in made.stacks}


def test_every_resource_of_every_edit() -> None:
    found = []
    for edit in EDITS:
        old, new = deployment(edit.base, edit.before), deployment(edit.base, edit.before, edit.change)
        for stack in compare(old, new):
            if stack.action not in (Action.ADDED, Action.REMOVED):
                bodies = bodies_of(old)[stack.stack], bodies_of(new)[stack.stack]
                found.append((edit, stack, bodies))
    theirs = cdk.verdicts([], [bodies for _, _, bodies in found]).templates
    reasons: dict[str, int] = {}
    agreed = 0
    for (_, stack, (old_body, new_body)), their in zip(found, theirs, strict=True):
        ours = {change.id: change for change in stack.changes}
        for name in ours.keys() | their.keys():
            change = ours.get(name)
            our = cdk.letter(str(change.action), certain=change.certain) if change else "-"
            if our == cdk.letter(their.get(name, "")):
                agreed += 1
                continue
            same = old_body["Resources"].get(name) == new_body["Resources"].get(name)
            why = cdk.reason(change, same_text=same)
            reasons[why] = reasons.get(why, 0) + 1
    assert agreed > 1000
    assert reasons.keys() == cdk.WORLD.keys()
