"""The latch of a manual failback, read and written in its table: the data plane of the standby's region, nothing else.

The table's name comes from the template, so no stack is asked for it. `functions/latch` says what the item means.
"""

from __future__ import annotations

import time
from typing import Any

from compiler.aws.intrinsics import Account, Resolver
from compiler.deploy.cloud import Api
from compiler.ir.names import ENVIRONMENT, SUFFIX
from compiler.rollout.deployment import Deployment, Stack
from compiler.services import latch as service
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

Json = Any
RELEASE_SECONDS = 15 * 60
"""How long a release keeps the latch clear at most; `functions/latch` takes no more."""
_KEY = {"id": {"S": "latch"}}
_NAMES = {"#by": "by", "#at": "at"}


@frozen
class Latch:
    """The latch: whether clients are held in the standby, since when (seconds since 1970) and by whom."""

    held: bool = False
    by: str = ""
    at: float = 0.0
    released_until: float = 0.0

    def is_released(self, now: float) -> bool:
        """Whether a release is running."""
        return not self.held and now < self.released_until


@frozen
class LatchTable:
    """The table of the latch: its name and its region."""

    name: str
    region: str

    def read(self, api: Api) -> Latch:
        """The latch now; raises `CloudError`."""
        asked = {"TableName": self.name, "Key": _KEY, "ConsistentRead": True}
        item = api.call("dynamodb", self.region, "GetItem", asked).get("Item", {})
        return Latch(
            bool(item.get("held", {}).get("BOOL")),
            str(item.get("by", {}).get("S", "")),
            float(item.get("at", {}).get("N", 0)),
            float(item.get("released_until", {}).get("N", 0)),
        )

    def hold(self, api: Api, by: str) -> None:
        """Holds clients in the standby, and moves those there that are not; raises `CloudError`."""
        update = "SET held = :yes, #by = :by, #at = :now REMOVE released_until"
        self._update(api, update, {":yes": {"BOOL": True}, ":by": {"S": by}, ":now": _number(time.time())})

    def release(self, api: Api, by: str) -> None:
        """Lets clients go to the primary if that answers; raises `CloudError`."""
        now = time.time()
        values = {
            ":no": {"BOOL": False},
            ":until": _number(now + RELEASE_SECONDS),
            ":by": {"S": by},
            ":now": _number(now),
        }
        self._update(api, "SET held = :no, released_until = :until, #by = :by, #at = :now", values)

    def _update(self, api: Api, update: str, values: dict[str, Json]) -> None:
        given = {
            "TableName": self.name,
            "Key": _KEY,
            "UpdateExpression": update,
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": values,
        }
        api.call("dynamodb", self.region, "UpdateItem", given)


def _number(seconds: float) -> dict[str, str]:
    return {"N": f"{seconds:.0f}"}


def table(topology: Topology, deployment: Deployment) -> LatchTable | None:
    """The latch's table; None where clients return by themselves."""
    if not topology.latched:
        return None
    stack = deployment.stack(topology.secondary)
    name = physical_name(topology, deployment, stack, service.table(topology).resource)
    return LatchTable(name, stack.region)


def physical_name(topology: Topology, deployment: Deployment, stack: Stack, id_: str) -> str:
    """The name that a template gives to a resource, by the names of the deployment alone."""
    given = {ENVIRONMENT.name: deployment.environment, SUFFIX.name: deployment.suffix}
    return Resolver(stack.template, Account("", topology.partition), given, {}).name(id_)
