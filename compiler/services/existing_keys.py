"""Keys that exist already: whether there is one for each region, and what their policies must allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.diagnostics.model import Route, Rule
from compiler.findings.finding import Finding
from compiler.ir.elements import ACCOUNT, PARTITION, Json, Param, StackKind, Text
from compiler.services import kms
from compiler.topology.model import Topology

DR362 = Rule(
    "DR362",
    "keys-existing",
    says="the existing keys are not one for each region",
    why="AWS encrypts with a key of the region only. A replica or a log group without one would not be created.",
    fix="write one key for each region of the spec, and one for us-east-1, where the global stack is",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-properties-dynamodb-globaltable-replicassespecification.html",
)
DR363 = Rule(
    "DR363",
    "key-without-effect",
    says="a field about keys has no effect, because the keys exist",
    why="Aliases, rotation and deletion of a key are decided where it was created.",
    fix="remove the field",
)
DR364 = Rule(
    "DR364",
    "key-account",
    says="an existing key belongs to another account",
    why="Its quotas and its policy are those of the other account, about which this compiler knows nothing.",
    fix="use a key of the account of the spec",
)


def rules(topology: Topology) -> Iterator[Finding]:
    """Keys that exist, one for each region; reports DR362 to DR364."""
    keys = topology.spec.encryption.existing
    at: Route = ("encryption", "existing")
    if not keys:
        return
    needed = {stack.region: stack for stack in topology.stacks}
    for number, key in enumerate(keys):
        _, partition, _, region, account, _ = key.split(":", 5)
        first = next(n for n, other in enumerate(keys) if kms.region_of(other) == region)
        if region not in needed:
            yield Finding(DR362, f"no stack of this topology is in {region}, where this key is", (*at, number))
        elif first != number:
            related = (((*at, first), "first here"),)
            yield Finding(DR362, f"another key of {region} is listed already", (*at, number), related=related)
        elif partition != topology.partition or topology.spec.account not in (None, account):
            spec = f"the account {topology.spec.account}" if topology.spec.account else "another partition"
            message = f"the key belongs to the account {account} in the partition {partition}; the spec is for {spec}"
            yield Finding(DR364, message, (*at, number))
    for region in sorted(needed.keys() - set(map(kms.region_of, keys))):
        why = "the global stack is there" if needed[region].kind is StackKind.GLOBAL else "the region is in the spec"
        yield Finding(DR362, f"no key of {region} is listed: {why}", at, help=f"add the ARN of a key in {region}")
    for name in ("alias", "rotation", "deletion_window"):
        if name in topology.spec.encryption.model_fields_set:
            message = f"`{name}` has no effect: the keys exist, and who owns them decides"
            yield Finding(DR363, message, ("encryption", name), related=((at, "the keys"),))


def key_policies(topology: Topology, account: str) -> dict[str, Json]:
    """What the policy of each key must hold for this topology, by region, with the account as a plain text.

    Administrators of the key are not in it: its owner has those.
    """
    found: dict[str, dict[str, Json]] = {}
    for stack in topology.stacks:
        for item in kms.statements(topology, stack):
            if item.sid != kms.ADMINISTERS:
                found.setdefault(stack.region, {})[item.sid] = _plain(item.body, account, topology.partition)
    return {region: {"Version": "2012-10-17", "Statement": [*by_id.values()]} for region, by_id in found.items()}


def _plain(value: Json, account: str, partition: str) -> Json:
    """A part of a policy without references: those to the account and the partition are filled in."""
    known = {ACCOUNT: account, PARTITION: partition}
    match value:
        case Text():
            return "".join(part if isinstance(part, str) else known[part] for part in value.parts)  # type: ignore[index]
        case Param():
            return known[value]
        case Mapping():
            return {key: _plain(item, account, partition) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item, account, partition) for item in value]
    return value
