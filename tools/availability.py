"""Write `_availability.py`: which regions exist and which resource types each of them lacks.

Run `python -m tools.availability` after an upgrade of cfn-lint, whose bundled schemas are the source;
with `--check` nothing is written and the exit code says whether the file is current.
"""

from __future__ import annotations

import ast
import json
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import Final

TARGET: Final = Path(__file__).resolve().parent.parent / "compiler" / "aws" / "_availability.py"

TYPES: Final = (
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CertificateManager::Certificate",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::GlobalTable",
    "AWS::EC2::FlowLog",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::Destination",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::SubscriptionFilter",
    "AWS::ResilienceHub::App",
    "AWS::ResilienceHub::ResiliencyPolicy",
    "AWS::Route53::HealthCheck",
    "AWS::Route53::HostedZone",
    "AWS::Route53::RecordSet",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
)
"""Resource types whose availability is recorded, in alphabetical order."""

USUAL_ZONES = 3
"""Availability zones of most regions."""


def _cfn_lint() -> Path:
    """Folder of the installed cfn-lint, found without importing it (which takes most of a second)."""
    spec = find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("cfn-lint is not installed; its schemas are the source of this table")
    return Path(spec.submodule_search_locations[0])


def _zones(folder: Path) -> dict[str, int]:
    """Every region cfn-lint knows with the number of its availability zones, read without running it."""
    for node in ast.parse((folder / "helpers.py").read_text(encoding="utf-8")).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "AVAILABILITY_ZONES"
        ):
            return {region: len(zones) for region, zones in sorted(ast.literal_eval(node.value).items())}
    raise LookupError(f"cfn-lint's list of regions has moved: no AVAILABILITY_ZONES in {folder.name}/helpers.py")


def survey_date() -> str:
    """Day of the schemas that the installed cfn-lint bundles."""
    version = _cfn_lint() / "data" / "schemas" / "version.json"
    return str(json.loads(version.read_text(encoding="utf-8"))["schema_date"])[:10]


def _surveys(folder: Path, regions: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Resource types per region, without the regions of which cfn-lint knows nothing.

    For a region that nobody surveyed cfn-lint bundles no file, or a mere copy of the one of us-east-1.
    """
    providers = folder / "data" / "schemas" / "providers"
    texts = {region: path.read_bytes() for region in regions if (path := providers / f"{region}.json").exists()}
    model = texts["us-east-1"]
    return {
        region: frozenset(json.loads(text)) for region, text in texts.items() if region == "us-east-1" or text != model
    }


def _tuple(head: str, values: tuple[str, ...], indent: str = "") -> list[str]:
    """Lines of `head (values...)` within the line length."""
    items = " ".join(f'"{value}",' for value in values)
    margin = indent + "    "
    inner = textwrap.wrap(items, 100, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False)
    return [f"{indent}{head} (", *inner, f"{indent})"]


def _zone_lines(zones: dict[str, int]) -> list[str]:
    """The number of zones where it is not the usual one."""
    others = [f'    "{region}": {count},' for region, count in zones.items() if count != USUAL_ZONES]
    return [f"USUAL_ZONES = {USUAL_ZONES}", "ZONES: dict[str, int] = {", *others, "}"]


def render() -> str:
    """Text of the generated module, the same for the same cfn-lint."""
    folder = _cfn_lint()
    zones = _zones(folder)
    regions = tuple(zones)
    surveys = _surveys(folder, regions)
    lines = [
        '"""Regions and the resource types they lack. Generated by `python -m tools.availability`."""',
        "",
        "# fmt: off",
        "",
        f'SURVEYED = "{survey_date()}"',
        *_tuple("REGIONS =", regions),
        *_zone_lines(zones),
        *_tuple("UNSURVEYED =", tuple(region for region in regions if region not in surveys)),
        *_tuple("TYPES =", TYPES),
        "LACKED_BY: dict[str, tuple[str, ...]] = {",
    ]
    for kind in TYPES:
        where = tuple(region for region, present in surveys.items() if kind not in present)
        if where:
            head, *rest = _tuple(f'"{kind}":', where, "    ")
            lines += [head, *rest[:-1], "    ),"]
    lines.append("}")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the module, or with `--check` only compare; 1 if it is not current."""
    text = render()
    current = TARGET.exists() and TARGET.read_text(encoding="utf-8") == text
    if "--check" in arguments:
        sys.stdout.write(f"{TARGET.name} is {'current' if current else 'stale'}\n")
        return 0 if current else 1
    if not current:
        TARGET.write_text(text, encoding="utf-8", newline="\n")
    sys.stdout.write(f"{TARGET.name} {'was current' if current else 'written'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
