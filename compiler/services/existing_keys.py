"""Keys that exist already: whether there is one for each region, and what their policies must allow."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.findings.finding import Finding
from compiler.ir.elements import Json
from compiler.services import existing, kms
from compiler.topology.model import Topology


def rules(topology: Topology) -> Iterator[Finding]:
    """Keys that exist, one for each region; reports DR362 to DR364."""
    encryption = topology.spec.encryption
    if not encryption.existing:
        return
    at = ("encryption", "existing")
    yield from existing.one_each(topology, encryption.existing, at, topology.stacks, "key", foreign=False)
    fields = ("alias", "rotation", "deletion_window")
    yield from existing.without_effect("encryption", encryption, fields, "keys")


def key_policies(topology: Topology, account: str) -> dict[str, Json]:
    """What the policy of each key must hold for this topology, by region, with the account as a plain text.

    Administrators of the key are not in it: its owner has those. Nor are alarms where no topic is under the key.
    """
    left_out = {kms.ADMINISTERS, *([kms.alarms_publish().sid] if topology.spec.alerts.existing else [])}
    found: dict[str, dict[str, Json]] = {}
    for stack in topology.stacks:
        for item in kms.statements(topology, stack):
            if item.sid not in left_out:
                found.setdefault(stack.region, {})[item.sid] = existing.plain(item.body, account, topology.partition)
    return {region: {"Version": "2012-10-17", "Statement": [*by_id.values()]} for region, by_id in found.items()}
