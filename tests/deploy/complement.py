"""What the emulator's CloudFormation lacks, made up for on the way to it: see `gateway`, which carries requests.

Six things, and nothing else is touched or left out:

- A type that it refuses, and an alarm on a metric expression, becomes a custom resource whose provider (`provider`)
  creates it through the emulator's own API.
- A property that it ignores (`ReplicationConfiguration` of a bucket) stays and gets a custom resource beside it that
  applies it through the emulator's own API. Of a global table it ignores so much, the protection of each replica
  included, that the provider makes the whole table.
- Its change sets list resources whose condition is false, and call every change of some types a possible replacement,
  which spreads to whatever refers to them. The list is put right by the template's conditions and by the create-only
  properties of AWS's resource schemas.

- A change set that only opens gates has no changes for it. A handle whose id says which conditions hold makes one.

- A change set that creates a stack another one has created meanwhile is gone, as it is on AWS; the emulator would
  execute it a second time.

- Its zones of us-east-1 are called 1 to 3, where AWS has functions in 1, 2 and 4.

A type that it has in no API at all is left out and recorded as not covered.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.deploy.provider import KINDS

Json = Any
Template = dict[str, Json]

REFUSED = tuple(kind for kind in KINDS if kind.count("::") == 2 and kind != "AWS::CloudWatch::Alarm")
IGNORED = {
    "AWS::S3::Bucket": ("ReplicationConfiguration", "Bucket"),
}
"""Property that is ignored, and the member by which its provider is told the resource."""
NOT_COVERED = frozenset({"AWS::ResilienceHub::App", "AWS::ResilienceHub::ResiliencyPolicy"})
"""Types of which the emulator has no API either."""
ADDED = "Emulated"
"""How the logical ids of added resources end."""
_CUSTOM = re.compile(rb"Custom::(AWS(?:-[A-Za-z0-9]+){2})")


@dataclass
class Record:
    """What was made of the templates, by type."""

    created: set[str] = field(default_factory=set)
    complemented: dict[str, str] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)


def custom(kind: str) -> str:
    """The custom type that stands for a type of AWS."""
    return "Custom::" + kind.replace("::", "-")


def completed(template: Template, provider: str, record: Record) -> Template:
    """The template as the emulator takes it; `provider` is the ARN of the function that creates the rest."""
    resources: dict[str, Json] = {}
    for id_, body in template["Resources"].items():
        kind, properties = body["Type"], body.get("Properties", {})
        if kind in NOT_COVERED:
            record.absent.add(kind)
            continue
        expression = kind == "AWS::CloudWatch::Alarm" and "Metrics" in properties
        if kind in REFUSED or expression:
            resources[id_] = {**body, "Type": custom(kind), "Properties": {"ServiceToken": provider, **properties}}
            why = "alarms on a metric expression" if expression else "the type"
            record.complemented[kind] = why
            if not expression:
                continue
        else:
            resources[id_] = body
        record.created.add(kind)
        ignored, named = IGNORED.get(kind, ("", ""))
        if ignored in properties:
            record.complemented[kind] = f"`{ignored}`"
            extra = {key: body[key] for key in ("Condition", "DeletionPolicy", "UpdateReplacePolicy") if key in body}
            value = {"ServiceToken": provider, named: {"Ref": id_}, ignored: properties[ignored]}
            resources[f"{id_}{ADDED}"] = {"Type": custom(f"{kind}::{ignored}"), **extra, "Properties": value}
    dropped = set(template["Resources"]) - set(resources)
    outputs = {name: body for name, body in template.get("Outputs", {}).items() if not mentions(body, dropped)}
    return {**template, "Resources": resources, "Outputs": outputs}


def mentions(value: Json, ids: set[str]) -> bool:
    """Whether a value refers to one of the resources."""
    if isinstance(value, dict):
        if value.get("Ref") in ids or (value.get("Fn::GetAtt") or [None])[0] in ids:
            return True
        return any(mentions(item, ids) for item in value.values())
    if isinstance(value, list):
        return any(mentions(item, ids) for item in value)
    return isinstance(value, str) and any(f"${{{id_}}}" in value or f"${{{id_}." in value for id_ in ids)


def original(answer: bytes) -> bytes:
    """An answer with the types that were sent, not those that stood for them."""
    return _CUSTOM.sub(lambda found: found[1].replace(b"-", b"::"), answer)


# Change sets


@dataclass(frozen=True)
class Deployed:
    """A template with the values of its parameters: as it is, or as a change set would make it."""

    template: Template
    values: Mapping[str, str]

    def there(self, id_: str) -> bool:
        """Whether a resource exists, its condition given."""
        body = self.template.get("Resources", {}).get(id_)
        return body is not None and self.holds(body)

    def holds(self, body: Mapping[str, Json]) -> bool:
        """Whether the condition of a resource or an output holds."""
        return "Condition" not in body or self._holds({"Condition": body["Condition"]})

    @property
    def gates(self) -> str:
        """Equal for two in which the same conditions hold."""
        holding = [name for name in self.template.get("Conditions", {}) if self._holds({"Condition": name})]
        return hashlib.sha256(" ".join(sorted(holding)).encode()).hexdigest()[:8]

    def _holds(self, expression: Json) -> bool:
        ((function, argument),) = expression.items()
        match function:
            case "Condition":
                return self._holds(self.template["Conditions"][argument])
            case "Fn::Not":
                return not self._holds(argument[0])
            case "Fn::And":
                return all(self._holds(each) for each in argument)
            case "Fn::Or":
                return any(self._holds(each) for each in argument)
            case "Fn::Equals":
                left, right = (self.values[v["Ref"]] if isinstance(v, dict) else v for v in argument)
                return bool(left == right)
        raise AssertionError(f"a condition may not hold {function}")


NOTHING = Deployed({}, {})


def corrected(answer: bytes, before: Deployed, after: Deployed) -> bytes:
    """The answer to DescribeChangeSet with the changes that AWS would list."""
    root = ElementTree.fromstring(answer)  # noqa: S314 - what our own emulator says
    namespace = root.tag.partition("}")[0] + "}"
    ElementTree.register_namespace("", namespace[1:-1])

    def text(element: ElementTree.Element, name: str) -> str:
        return element.findtext(f"{namespace}{name}", "")

    for listed in root.iter(f"{namespace}Changes"):
        replaced = {
            text(change, "LogicalResourceId") for change in root.iter(f"{namespace}ResourceChange")
            if _replacement(change, namespace) == "True"
        }  # fmt: skip
        seen = set()
        for member in list(listed):
            change = member.find(f"{namespace}ResourceChange")
            assert change is not None
            id_ = text(change, "LogicalResourceId")
            seen.add(id_)
            # What was added changes only with the resource beside it.
            action = None if id_.endswith(ADDED) else _action(id_, before, after)
            if action == text(change, "Action") == "Modify":
                if _without_idle_references(change, namespace, replaced):
                    _set(change, f"{namespace}Replacement", _replacement(change, namespace))
                else:
                    listed.remove(member)
            elif action is None:
                listed.remove(member)
            elif action != text(change, "Action"):
                for name in ("Replacement", "Scope", "Details"):
                    for part in change.findall(f"{namespace}{name}"):
                        change.remove(part)
                _set(change, f"{namespace}Action", action)
        _without_what_follows_nothing(listed, namespace)
        for id_, action, kind in _unlisted(before, after, seen):
            change = ElementTree.SubElement(ElementTree.SubElement(listed, f"{namespace}member"),
                                            f"{namespace}ResourceChange")  # fmt: skip
            for name, value in (("Action", action), ("LogicalResourceId", id_), ("ResourceType", kind)):
                _set(change, f"{namespace}{name}", value)
    return original(ElementTree.tostring(root))


def _action(id_: str, before: Deployed, after: Deployed) -> str | None:
    """What really happens to a resource, conditions given."""
    match before.there(id_), after.there(id_):
        case False, True:
            return "Add"
        case True, False:
            return "Remove"
        case True, True:
            return "Modify"
    return None


def _unlisted(before: Deployed, after: Deployed, seen: set[str]) -> Iterator[tuple[str, str, str]]:
    """Resources whose gate alone opened or closed: the emulator compares properties only."""
    ids = {**before.template.get("Resources", {}), **after.template["Resources"]}
    for id_, body in ids.items():
        action = _action(id_, before, after)
        if id_ not in seen and not id_.endswith(ADDED) and action in ("Add", "Remove"):
            yield id_, action, body["Type"]


def _set(parent: ElementTree.Element, tag: str, value: str) -> None:
    found = parent.find(tag)
    if found is None:
        found = ElementTree.SubElement(parent, tag)
    found.text = value


def _without_idle_references(change: ElementTree.Element, namespace: str, replaced: set[str]) -> bool:
    """Takes out the references to resources that stay what they are; whether anything is left of the change."""
    left = 0
    for details in change.findall(f"{namespace}Details"):
        for detail in list(details):
            entity = detail.findtext(f"{namespace}CausingEntity", "")
            source = detail.findtext(f"{namespace}ChangeSource", "")
            if source == "ResourceReference" and entity not in replaced:
                details.remove(detail)
        left += len(details)
    return left > 0


def _without_what_follows_nothing(listed: ElementTree.Element, namespace: str) -> None:
    """Takes out what is listed only for an attribute of a resource that is not in the list itself."""
    path = f"{namespace}ResourceChange/{namespace}LogicalResourceId"
    gone = True
    while gone:
        there = {member.findtext(path, "") for member in listed}
        gone = False
        for member in list(listed):
            details = [detail for part in member.iter(f"{namespace}Details") for detail in part]
            idle = [
                detail for detail in details
                if detail.findtext(f"{namespace}ChangeSource", "") == "ResourceAttribute"
                and detail.findtext(f"{namespace}CausingEntity", "").partition(".")[0] not in there
            ]  # fmt: skip
            if idle and len(idle) == len(details):
                listed.remove(member)
                gone = True


def _replacement(change: ElementTree.Element, namespace: str) -> str:
    """Whether a change replaces, by the schema of its type: AWS's answer to each changed property."""
    always, maybe = _create_only(original(change.findtext(f"{namespace}ResourceType", "").encode()).decode())
    found = "False"
    for detail in change.iter(f"{namespace}Details"):
        for member in detail:
            name = member.findtext(f"{namespace}Target/{namespace}Name", "")
            static = member.findtext(f"{namespace}Evaluation") == "Static"
            if name in always and static:
                return "True"
            if name in maybe or name in always:
                found = "Conditional"
    return found


@cache
def _create_only(kind: str) -> tuple[frozenset[str], frozenset[str]]:
    """Properties whose change replaces a resource of this type, and those whose change may."""
    package = importlib.util.find_spec("cfnlint")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / "data" / "schemas"
    digests = json.loads((folder / "providers" / "us-east-1.json").read_text())
    if kind not in digests:
        return frozenset(), frozenset()  # one of ours
    schema = json.loads((folder / "resources" / f"{digests[kind]}.json").read_text())

    def names(key: str) -> frozenset[str]:
        # A nested property counts only where it is create-only as a whole.
        paths = (path.removeprefix("/properties/") for path in schema.get(key, []))
        return frozenset(path for path in paths if "/" not in path)

    return names("createOnlyProperties"), names("conditionalCreateOnlyProperties")
