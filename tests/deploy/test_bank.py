"""The path of a bank from the wheel: a base, two environments, an own partial, the hook, two principals, and back."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests import wheels
from tests.deploy.gateway import Gateway
from tests.deploy.site import ROOT, Outcome, Site
from tests.deploy.test_end_to_end import _comes_back, _lose_the_primary, clients, operators
from tests.emulator import Emulator
from tests.issuer import Issuer
from tests.team import Done, Team

pytestmark = pytest.mark.slow
FUNCTION = "transaction-processor"
CONFIGURATION = """
requires = "0.2"
partials = "platform/partials"
[[specs]]
path = "specs/prod.yaml"
tags = {CostCenter = "4711"}
[[specs]]
path = "specs/dev.yaml"
"""
PROD = "extends: base.yaml\nnaming: {environment: prod}\n"
DEV = """\
extends: base.yaml
naming: {environment: dev, suffix: d1}
objectives: {throughput: 5/s, reserved_minimum: 1}
regions:
  - {region: us-east-1, cidr: 10.110.0.0/16}
  - {region: us-west-2, cidr: 10.120.0.0/16}
encryption: {alias: alias/transaction-dev}
dns: {domain: dev.tx.example.com}
deployment: {bake: 0s, on_delete: delete}
accept:
  - {finding: data-deleted, reason: Developers book made-up transactions.}
"""


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a new environment that holds the wheel."""
    wheel = wheels.build(tmp_path_factory.mktemp("wheel"))
    return wheels.environment(tmp_path_factory.mktemp("environment") / "venv", wheel)


@pytest.fixture
def prod(tmp_path: Path, commands: Path, emulator: Emulator, gateway: Gateway, issuer: Issuer) -> Site:
    """A repository as the bank has it, with nothing compiled."""
    top = tmp_path / "bank"
    shutil.copytree(ROOT / "functions" / FUNCTION, top / "functions" / FUNCTION)
    shutil.copytree(ROOT / "examples" / "partials", top / "platform" / "partials")
    shipped = (ROOT / "specs" / "dr-topology.yaml").read_text(encoding="utf-8")
    base = "base: true\n" + re.sub(r"issuer: https://[^\s,}]+", f"issuer: {issuer.url}", shipped)
    (top / "specs").mkdir()
    for name, text in (("specs/base.yaml", base), ("specs/prod.yaml", PROD), ("specs/dev.yaml", DEV),
                       ("dr-compile.toml", CONFIGURATION)):  # fmt: skip
        (top / name).write_text(text, encoding="utf-8")
    return Site(top, "specs/prod.yaml", emulator, gateway, issuer, commands=commands)


def done(outcome: Outcome | Done) -> str:
    """What a command said that was to succeed."""
    said = f"{outcome.out}\n{outcome.err}" if isinstance(outcome, Outcome) else outcome.said
    assert outcome.code == 0, said
    return said


def code_keys(site: Site) -> set[str]:
    """The key of the archive that each serving region runs."""
    return {
        parameter["ParameterValue"]
        for key in ("primary.us-east-1", "secondary.us-west-2")
        for parameter in site.stack(key)["Parameters"]
        if parameter["ParameterKey"] == "codeKeyTransactionProcessor"
    }


def _through_the_hook(site: Site) -> None:
    """A change of the base is stopped in both environments until it is compiled."""
    team = Team(site.folder)
    hook, compile_all = site.commands / "dr-compile-hook", site.commands / "dr-compile"
    team.git("init", "--quiet")
    done(team.run(str(compile_all), "--no-lint"))
    team.git("add", "--all")
    done(team.run(str(hook), "--check"))
    base = site.folder / "specs" / "base.yaml"
    base.write_text(base.read_text().replace("retention: 90d", "retention: 60d"))
    team.git("add", "--all")
    stopped = team.run(str(hook), "--check", "specs/base.yaml")
    assert stopped.code == 1
    assert all(f"dr-compile specs/{name}.yaml" in stopped.said for name in ("prod", "dev"))
    done(team.run(str(compile_all), "--no-lint"))
    team.git("add", "--all")
    done(team.run(str(hook), "--check", "specs/base.yaml"))
    assert "Receipts" in (site.folder / "templates/dev/primary.us-east-1.json").read_text(), "the bank's own partial"


def _made_and_destroyed(dev: Site) -> None:
    """A system for development comes and goes, and leaves nothing."""
    done(dev.deploy())
    assert "queue-receipts-dev-d1" in json.dumps(dev.resources("primary.us-east-1"))
    refused = dev.deploy("--destroy")
    assert refused.code != 0
    said = done(dev.deploy("--destroy", "--confirm", "transactions-dev-d1"))
    assert said.index("what goes") < said.index("is deleted")
    for region in ("us-east-1", "us-west-2"):
        assert not dev.gateway.client("cloudformation", region).describe_stacks()["Stacks"]
        assert not dev.gateway.client("dynamodb", region).list_tables()["TableNames"]


def _released_and_back(site: Site, first: str) -> None:
    """Another line of code reaches both regions, and the digest brings the first one back; no template changes."""
    (before,) = code_keys(site)
    assert first in before
    handler = site.folder / "functions" / FUNCTION / "app.py"
    handler.write_text(handler.read_text() + "\n# Another release.\n")
    done(site.deploy("--only-code"))
    (released,) = code_keys(site)
    assert released != before
    done(site.deploy("--only-code", "--code", f"{FUNCTION}=sha256:{first[:12]}"))
    assert code_keys(site) == {before}


def test_the_path_of_a_bank(prod: Site) -> None:
    _through_the_hook(prod)
    _made_and_destroyed(replace(prod, spec="specs/dev.yaml"))

    proposer, approver = (replace(prod, principal=name) for name in ("proposer", "approver"))
    done(proposer.deploy("--propose", "proposal.json"))
    proposal = json.loads((prod.folder / "proposal.json").read_text())
    (digest,) = {found for archive in proposal["code"] for found in re.findall(r"[0-9a-f]{64}", archive["key"])}
    done(approver.deploy("--execute", "proposal.json"))
    executed = {call.key_id for call in prod.gateway.calls if call.operation == "ExecuteChangeSet"}
    assert "proposer" not in executed
    tags = {tag["Key"]: tag["Value"] for tag in prod.stack("primary.us-east-1")["Tags"]}
    assert tags["CostCenter"] == "4711", "from the configuration"

    _released_and_back(prod, digest)
    with clients(prod) as client, operators(prod, client) as operator:
        _lose_the_primary(prod, client, client.standin)
        _comes_back(prod, client, operator)
