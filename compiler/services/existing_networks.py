"""Networks that exist already: what the spec says of them, and whether it is enough."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws import regions
from compiler.diagnostics.model import Route, Rule, Severity
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.services import networks
from compiler.spec.regions import Between, ExistingNetwork
from compiler.topology.model import Topology

_DOCS = "https://docs.aws.amazon.com/"

DR365 = Rule(
    "DR365",
    "networks-existing",
    says="the existing networks are not those of the two serving regions",
    why="Functions run in both serving regions, and only there. A network of ours in one of them and of others in the "
    "other could not be connected.",
    fix="write one entry for the primary region and one for the secondary, with subnets in zones of that region",
    source=_DOCS + "vpc/latest/userguide/configure-subnets.html",
)
DR366 = Rule(
    "DR366",
    "endpoint-unknown",
    says="functions call a service, and the existing network is not said to have an endpoint of it",
    why="A private subnet reaches a service through an endpoint or through a gateway of the network. Without either, "
    "calls time out.",
    fix="write the service into `endpoints` of the network if there is an endpoint; if calls leave the network in "
    "another way, accept the finding with that reason",
    source=_DOCS + "vpc/latest/privatelink/vpc-endpoints-access.html",
    severity=Severity.WARNING,
    traps=(72,),
)
DR367 = Rule(
    "DR367",
    "no-way-across",
    says="functions have no way to the bucket of the other region",
    why="Each function writes a bucket with `write: dual-write` in both regions, through an endpoint of the other "
    "region. No such way is stated.",
    fix="say how the networks are connected (`network.between`) and write `s3_host` of each network; or leave out "
    "`write: dual-write`",
    source=_DOCS + "AmazonS3/latest/userguide/privatelink-interface-endpoints.html",
)
DR368 = Rule(
    "DR368",
    "network-without-effect",
    says="a field about networks has no effect, because the networks exist",
    why="Ranges and zones are those of the subnets that exist.",
    fix="remove the field",
)


def existing(topology: Topology, stack: StackId) -> ExistingNetwork | None:
    """The network that exists in the region of a serving stack; None where the topology makes one."""
    found = (entry for entry in topology.spec.network.existing if entry.region == stack.region)
    return next(found, None) if stack.serves else None


def zones(topology: Topology, stack: StackId) -> tuple[str, ...]:
    """Zones of the private subnets, by the position of the subnets."""
    known = existing(topology, stack)
    return tuple(subnet.zone for subnet in known.subnets) if known else topology.region(stack).zone_ids


def rules(topology: Topology) -> Iterator[Finding]:
    """What is wrong with the networks of a spec; reports DR365 to DR368, or what `networks` does."""
    entries = topology.spec.network.existing
    if not entries:
        yield from networks.made_here(topology)
        return
    serving = [stack.region for stack in topology.serving]
    for name in serving:
        if name not in [entry.region for entry in entries]:
            yield Finding(DR365, f"`{name}` has no network here", ("network", "existing"))
    for number, entry in enumerate(entries):
        at: Route = ("network", "existing", number)
        if entry.region in serving:
            yield from _entry(topology, entry, at)
        else:
            yield Finding(DR365, f"no functions run in `{entry.region}`", (*at, "region"))
    for position, region in enumerate(topology.spec.regions):
        for field in {"cidr", "zones"} & region.model_fields_set if region.region in serving else ():
            yield Finding(DR368, f"`{field}` has no effect: the network exists", ("regions", position, field))


def _entry(topology: Topology, entry: ExistingNetwork, at: Route) -> Iterator[Finding]:
    """What one network lacks."""
    for place, subnet in enumerate(entry.subnets):
        if regions.region_of_zone(subnet.zone) not in (None, entry.region):
            message = f"`{subnet.zone}` is not a zone of `{entry.region}`"
            yield Finding(DR365, message, (*at, "subnets", place, "zone"))
    for service in _called(topology):
        if service not in entry.endpoints:
            message = f"functions in `{entry.region}` call `{service}`, and no endpoint of it is stated"
            yield Finding(DR366, message, at, id=f"endpoint-unknown-{entry.region}-{service}")
    if networks.dual(topology) and (entry.s3_host is None or topology.spec.network.between is Between.NONE):
        what = "no `s3_host`" if entry.s3_host is None else "no connection to the other (`between: none`)"
        yield Finding(DR367, f"the network of `{entry.region}` has {what}", at)


def _called(topology: Topology) -> tuple[str, ...]:
    """Services that the topology's functions call, and those that the spec says its code calls."""
    # The latch is a table as well.
    stores = (("dynamodb", topology.spec.tables or topology.latched), ("s3", topology.spec.buckets))
    ours = [name for name, needed in stores if needed]
    return tuple(dict.fromkeys((*ours, *(str(service) for service, _ in networks.called(topology)))))
