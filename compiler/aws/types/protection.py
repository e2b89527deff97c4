"""Which property makes AWS refuse to delete a resource, for every type whose schema has such a property.

An operation that fails deletes what it created. What refuses to be deleted then stays behind with its name, and the
stack ends in ROLLBACK_FAILED. Sources: the descriptions in the resource schemas that cfn-lint bundles (read
2026-11-26), and the pages that the table names where a schema says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from compiler.aws.schemas import select
from compiler.aws.values import UNKNOWN, Json, members, text
from compiler.support.frozen import frozen


@frozen
class Protection:
    """A property that refuses deletion.

    `path` leads to it, `*` being every entry of a list. `off` are the values that refuse nothing; `default` is what a
    property that is left out stands for. Where entries are told apart by a member, `entry` names that; each of them is
    created and deleted by itself. `named` is the entry of a list of keys and values that is meant.
    """

    path: tuple[str, ...]
    off: tuple[Json, ...] = (False, "false")
    default: Json = False
    entry: str = ""
    named: str = ""

    def entries(self, properties: Mapping[str, Json]) -> Iterator[tuple[str, bool]]:
        """Each thing that is deleted by itself, with whether it refuses: the resource, called `""`, or its entries."""
        place, rest = self.path[: self._depth], self.path[self._depth :]
        for holder in select(properties, place):
            if self.named and members(holder).get("Key") != self.named:
                continue
            value = next(select(holder, rest), self.default)
            refuses = value not in (*self.off, UNKNOWN)
            yield text(members(holder).get(self.entry)) if self.entry else "", refuses

    def lift(self, properties: dict[str, Json]) -> None:
        """Changes properties so that nothing refuses deletion by this one."""
        for holder in select(properties, self.path[:-1]):
            if isinstance(holder, dict) and (not self.named or holder.get("Key") == self.named):
                holder[self.path[-1]] = self.off[0]

    @property
    def member(self) -> str:
        """What the property is called."""
        return self.named or ".".join(step for step in self.path if step != "*")

    @property
    def _depth(self) -> int:
        """How much of the path leads to the entries."""
        return self.path.index("*") + 1 if "*" in self.path else 0


_PLAIN = Protection(("DeletionProtection",))
_ENABLED = Protection(("DeletionProtectionEnabled",))
_TERMINATION = Protection(("TerminationProtectionEnabled",))

PROTECTIONS: Mapping[str, Protection] = MappingProxyType(
    {
        # Only the strictest value refuses a group without force.
        # https://docs.aws.amazon.com/autoscaling/ec2/userguide/resource-deletion-protection.html (read 2026-11-26)
        "AWS::AutoScaling::AutoScalingGroup": Protection(
            ("DeletionProtection",), off=("none", "prevent-force-deletion"), default="none"
        ),
        "AWS::CloudTrail::Dashboard": _TERMINATION,
        # https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteEventDataStore.html (read 2026-11-26)
        "AWS::CloudTrail::EventDataStore": _TERMINATION,
        "AWS::Cognito::UserPool": Protection(("DeletionProtection",), off=("INACTIVE",), default="INACTIVE"),
        "AWS::DSQL::Cluster": _ENABLED,
        "AWS::DocDB::DBCluster": _PLAIN,
        "AWS::DocDB::GlobalCluster": _PLAIN,
        # Never copied from one replica to another. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/
        # globaltables-bestpractices.html (read 2026-11-26)
        "AWS::DynamoDB::GlobalTable": Protection(("Replicas", "*", "DeletionProtectionEnabled"), entry="Region"),
        "AWS::DynamoDB::Table": _ENABLED,
        "AWS::EC2::Instance": Protection(("DisableApiTermination",)),
        "AWS::ECS::Gateway": Protection(("DeletionProtection",), default=True),
        "AWS::EKS::Cluster": _PLAIN,
        "AWS::EMR::Cluster": Protection(("Instances", "TerminationProtected")),
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
        # (read 2026-11-26)
        "AWS::ElasticLoadBalancingV2::LoadBalancer": Protection(
            ("LoadBalancerAttributes", "*", "Value"), named="deletion_protection.enabled"
        ),
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html
        # (read 2026-11-26)
        "AWS::Logs::LogGroup": _ENABLED,
        "AWS::Neptune::DBCluster": _PLAIN,
        "AWS::Neptune::GlobalCluster": _PLAIN,
        "AWS::NeptuneGraph::Graph": Protection(("DeletionProtection",), default=True),
        "AWS::NetworkFirewall::Firewall": Protection(("DeleteProtection",)),
        "AWS::OpenSearchServerless::Collection": Protection(
            ("DeletionProtection",), off=("DISABLED",), default="DISABLED"
        ),
        # A ledger is protected unless it says otherwise.
        # https://docs.aws.amazon.com/qldb/latest/developerguide/API_CreateLedger.html (read 2026-11-26)
        "AWS::QLDB::Ledger": Protection(("DeletionProtection",), default=True),
        "AWS::RDS::DBCluster": _PLAIN,
        "AWS::RDS::DBInstance": _PLAIN,
        "AWS::RDS::GlobalCluster": _PLAIN,
        # A zone with accelerated recovery cannot be deleted.
        # https://github.com/hashicorp/terraform-provider-aws/pull/45302 (read 2026-11-26)
        "AWS::Route53::HostedZone": Protection(("HostedZoneFeatures", "EnableAcceleratedRecovery")),
        "AWS::SMSVOICE::NotifyConfiguration": _ENABLED,
        "AWS::SMSVOICE::PhoneNumber": _ENABLED,
        "AWS::SMSVOICE::Pool": _ENABLED,
        "AWS::SMSVOICE::ProtectConfiguration": _ENABLED,
        "AWS::SMSVOICE::RcsAgent": _ENABLED,
        "AWS::SMSVOICE::SenderId": _ENABLED,
        "AWS::SSMIncidents::ReplicationSet": Protection(("DeletionProtected",)),
        "AWS::VerifiedPermissions::PolicyStore": Protection(
            ("DeletionProtection", "Mode"), off=("DISABLED",), default="DISABLED"
        ),
        "AWS::WellArchitected::AgentProfile": _PLAIN,
    }
)
"""By type. Not in it: settings that refuse the deletion of what is in use or holds data (`DeletionProtectionCheck` of
AppConfig, the locks of a backup vault and of a bucket), which a resource that was just created does not."""
