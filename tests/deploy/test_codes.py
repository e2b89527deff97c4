"""Every code of dr-deploy, provoked through its own command in front of an account in memory.

Each test holds the code, the place in the spec where there is one, and the remedy.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from compiler import pipeline
from compiler.commands import main as compile_command
from compiler.deploy import aws, session
from compiler.deploy.command import main
from compiler.deploy.packing import pack
from compiler.deploy.uploads import gather
from compiler.reading.document import load_document
from compiler.rules.registry import RULES
from tests.deploy.account import ACCOUNT, NAME_SERVERS, Account, error
from tests.deploy.resolver import Resolver
from tests.deploy.site import ROOT, Outcome

Json = Any
SPEC = "specs/small.yaml"
GLOBAL, PRIMARY, SECONDARY = (f"small-{kind}-prod-a1" for kind in ("global", "primary", "secondary"))
EAST, WEST = "us-east-1", "us-west-2"
_TOLD = re.compile(
    r"^(error|warning|info)\[(DR\d+)\]: (.*)\n +--> (\S+):(\d+):(\d+)\n(?:.*\n)*? += help: (.*)", re.MULTILINE
)


@dataclass(frozen=True)
class Told:
    """One diagnostic as a person reads it; `place` is what the spec says there."""

    severity: str
    code: str
    message: str
    place: str
    help: str


@dataclass
class Desk:
    """A person with a compiled topology in front of an account."""

    account: Account
    spec: str

    def deploy(self, *arguments: str) -> Outcome:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main([SPEC, "--yes", *(arguments or ("--assume-delegated",))])
        assert code in (0, 1), f"{out.getvalue()}\n{err.getvalue()}"
        return Outcome(code, out.getvalue(), err.getvalue())

    def told(self, outcome: Outcome, code: str) -> list[Told]:
        """The diagnostics of one code."""
        lines = self.spec.splitlines()
        return [
            Told(severity, found, message, lines[int(line) - 1][int(column) - 1 :], help_text)
            for severity, found, message, _, line, column, help_text in _TOLD.findall(outcome.err)
            if found == code
        ]

    def refused(self, code: str, *arguments: str) -> list[Told]:
        """What a run is refused for; nothing else may be an error."""
        outcome = self.deploy(*arguments)
        assert (outcome.code, set(outcome.codes)) == (1, {code}), outcome
        return self.told(outcome, code)

    def remarked(self, code: str, *arguments: str) -> list[Told]:
        """What a run says and does not end for."""
        outcome = self.deploy(*arguments)
        assert (outcome.code, outcome.codes) == (0, []), outcome
        found = self.told(outcome, code)
        assert {told.severity for told in found} <= {"warning", "info"}
        return found


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest topology with an account, ranges and quotas, compiled once."""
    folder = tmp_path_factory.mktemp("codes")
    text = (ROOT / "tests" / "deploy" / "small.yaml").read_text()
    changes = (
        ("source: ../specs/code/python", "source: ../code"),
        ("cidr: 10.20.0.0/16, zones: 2}", "cidr: 10.20.0.0/16, zones: 2, quotas: {lambda_concurrency: 1500}}"),
    )
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    text += f'account: "{ACCOUNT}"\nquotas: {{lambda_concurrency: 1000, table_writes: 50000/s}}\n'
    shutil.copytree(ROOT / "tests" / "specs" / "code" / "python", folder / "code")
    (folder / "specs").mkdir()
    (folder / SPEC).write_text(text)
    with pytest.MonkeyPatch.context() as patch, redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
        patch.chdir(folder)
        assert compile_command.main(["--no-lint", SPEC]) == 0
    return folder


@pytest.fixture(scope="module")
def compiled(checkout: Path) -> pipeline.Compiled:
    return pipeline.compile_spec(checkout / SPEC, SPEC, lint=False)


@pytest.fixture
def desk(checkout: Path, compiled: pipeline.Compiled, monkeypatch: pytest.MonkeyPatch) -> Desk:
    account = Account()
    monkeypatch.chdir(checkout)
    monkeypatch.setattr(pipeline, "compile_spec", lambda *_, **__: compiled)
    monkeypatch.setattr(aws, "Aws", lambda *_: account)
    account.patience_seconds = 0.0  # type: ignore[attr-defined]
    return Desk(account, (checkout / SPEC).read_text())


def fix(code: str) -> str:
    return RULES[code].fix


def template(stack: str) -> dict[str, Json]:
    found: dict[str, Json] = json.loads((Path("templates/small") / f"{stack}.json").read_text())
    return found


def test_without_trouble_it_deploys_and_a_second_run_finds_nothing(desk: Desk) -> None:
    """What the tests below disturb."""
    first, second = desk.deploy(), desk.deploy()
    assert (first.code, second.code) == (0, 0), (first, second)
    assert {name for _, name in desk.account.stacks} == {GLOBAL, PRIMARY, SECONDARY}
    assert all(stack["EnableTerminationProtection"] for stack in desk.account.stacks.values())
    assert "nothing had to be changed" in second.out
    assert not re.search(r"\[DR8\d\d\]", first.err + second.err)


def test_without_a_terminal_and_without_yes_nothing_is_asked(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([SPEC, "--assume-delegated"]) == 2
    assert "use --yes" in capsys.readouterr().err
    assert desk.account.calls == []


@pytest.mark.parametrize(
    ("aliases", "named"), [(["bank-prod"], f"{ACCOUNT} (bank-prod)"), ([], ACCOUNT), (None, ACCOUNT)]
)
def test_the_question_names_the_account(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, aliases: list[str] | None, named: str
) -> None:
    """With its alias, if it has one and this principal may read it."""
    if aliases is not None:
        desk.account.says["iam:ListAccountAliases"] = lambda region, given: {"AccountAliases": aliases}
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    def answer(question: str) -> str:
        asked.append(question)
        return "n"

    monkeypatch.setattr("builtins.input", answer)
    assert main([SPEC, "--assume-delegated"]) == 1
    assert asked == [f"Deploy to account {named}? [y/N] "]


def test_whoever_says_no_leaves_no_change_set_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.deploy().code == 0
    executed = desk.account.made("cloudformation:ExecuteChangeSet")
    stack = desk.account.stacks[WEST, SECONDARY]
    stack["template"] = {**stack["template"], "Description": "changed by hand"}
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert main([SPEC, "--assume-delegated"]) == 1
    assert "nothing was deployed" in capsys.readouterr().err
    assert desk.account.made("cloudformation:ExecuteChangeSet") == executed
    assert desk.account.change_sets == {}


@pytest.mark.parametrize(("module", "library"), [("boto3", "boto3"), ("dns", "dnspython")])
def test_without_the_extra_it_says_what_to_install(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], module: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert main([SPEC, "--yes"]) == 2
    assert f"{library} is not installed; `pip install 'dr-compile[deploy]'` installs it" in capsys.readouterr().err
    assert desk.account.calls == []


# Before anything is changed

REFUSED_NAMES = ("A", "-x", "a b", "../x", "$(id)", "x\ny", "a" * 300, "", "a\n", "ü")


@pytest.mark.parametrize("purpose", ["--yes", "--plan", "--status", "--hold", "--release"])
def test_an_environment_or_a_suffix_that_the_spec_could_not_have(
    desk: Desk, capsys: pytest.CaptureFixture[str], purpose: str
) -> None:
    for option in ("--environment", "--suffix"):
        for name in REFUSED_NAMES:
            assert main([SPEC, purpose, f"{option}={name}"]) == 2
            said = capsys.readouterr().err
            assert f"error[DR870]: {option}: `" in said
            assert "must be 1 to 8 lower-case letters and digits" in said
            assert said.endswith(f"  = help: {fix('DR870')}\n\n")
    assert desk.account.calls == []


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--environment=9", "first a letter"),
        ("--parameter=reservedConcurrencyWorker=many", "must be a number"),
        ("--parameter=reservedConcurrencyWorker=1", "must be at least "),
        ("--parameter=createSharedAlias=perhaps", "must be one of true, false"),
        ("--code-bucket=us-east-1=b/$(id)", "must be empty or a bucket name"),
        ("--tags=aws:owner=payments", "not beginning with `aws:`"),
        ("--tags=owner=a\nb", "must be 1 to 256 letters"),
        ("--tags=owner=", "must be 1 to 256 letters"),
    ],
)
def test_other_values_that_cloudformation_would_refuse(
    desk: Desk, capsys: pytest.CaptureFixture[str], option: str, says: str
) -> None:
    assert main([SPEC, "--plan", option]) == 2
    said = capsys.readouterr().err
    assert f"error[DR870]: {option.partition('=')[0]}: `" in said
    assert says in said
    assert re.search(r"^error\[DR870\]: .*\n  = help: .*\n\n$", said, re.MULTILINE), "a value breaks no line"
    assert desk.account.calls == []


def test_values_that_the_templates_take(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    named = ("--environment=e2345678", "--suffix=9", "--code-bucket=us-east-1=my.code-bucket", "--tags=a b=c/d@e")
    assert main([SPEC, "--plan", *named, "--parameter=createSharedAlias=false"]) == 0
    assert "small-primary-e2345678-9" in capsys.readouterr().out


def test_credentials_that_tell_no_account(desk: Desk) -> None:
    desk.account.refuse("sts:GetCallerIdentity", "ExpiredToken", "the token has expired")
    (told,) = desk.refused("DR820")
    assert "ExpiredToken: the token has expired" in told.message
    assert "--profile" in told.help
    assert [name for name, _, _ in desk.account.calls] == ["sts:GetCallerIdentity"]


def test_credentials_of_another_account(desk: Desk) -> None:
    desk.account.says["sts:GetCallerIdentity"] = lambda region, _: {"Account": "999999999999"}
    (told,) = desk.refused("DR821")
    assert told.place == f'"{ACCOUNT}"'
    assert "999999999999" in told.message
    assert "change `account` in the spec" in told.help
    assert [name for name, _, _ in desk.account.calls] == ["sts:GetCallerIdentity"]


def test_a_region_that_is_not_enabled(desk: Desk) -> None:
    desk.account.refuse("cloudformation:ListStacks", "OptInRequired", "not subscribed", region=WEST)
    (told,) = desk.refused("DR822")
    assert told.message == "us-west-2 cannot be used: cloudformation says OptInRequired: not subscribed"
    assert told.place.startswith("us-west-2, role: secondary")
    assert "enable the region" in told.help


def opt_in(status: str) -> Callable[[str, Mapping[str, Json]], dict[str, Json]]:
    """What EC2 of a region says of another one."""

    def answer(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        assert (region, given["RegionNames"], given["AllRegions"]) == (EAST, [WEST], True)
        return {"Regions": [{"RegionName": WEST, "OptInStatus": status}]}

    return answer


def test_a_region_that_the_account_has_to_enable_first(desk: Desk) -> None:
    desk.account.refuse("sts:GetCallerIdentity", "InvalidClientTokenId", "no such token", region=WEST)
    desk.account.says["ec2:DescribeRegions"] = opt_in("not-opted-in")
    (told,) = desk.refused("DR857")
    assert told.message == "the account has not enabled us-west-2"
    assert told.place.startswith("us-west-2, role: secondary")
    assert told.help == fix("DR857")


def test_credentials_that_a_region_does_not_know(desk: Desk) -> None:
    desk.account.refuse("sts:GetCallerIdentity", "InvalidClientTokenId", "no such token", region=WEST)
    desk.account.says["ec2:DescribeRegions"] = opt_in("opted-in")
    (told,) = desk.refused("DR822")
    assert "AWS_STS_REGIONAL_ENDPOINTS=regional" in told.help
    desk.account.says["ec2:DescribeRegions"] = opt_in("opt-in-not-required")
    (told,) = desk.refused("DR822")
    assert told.help == fix("DR822")


def test_a_quota_that_was_not_granted(desk: Desk) -> None:
    def granted(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"Quota": {"Value": 1200.0 if given["ServiceCode"] == "lambda" else 49_999.0}}

    desk.account.says["service-quotas:GetServiceQuota"] = granted
    told = desk.refused("DR823")
    # The primary's 1,000 are granted; the standby's own figure is not, nor are the writes of either region.
    assert {
        (each.message.split(" grants ")[0], each.message.split("`")[1], each.place.split("}")[0]) for each in told
    } == {
        ("us-west-2", "lambda_concurrency", "1500"),
        ("us-east-1", "table_writes", "50000/s"),
        ("us-west-2", "table_writes", "50000/s"),
    }
    assert "us-west-2 grants 1,200, but the spec states 1,500" in "\n".join(t.message for t in told)
    assert {each.help for each in told} == {fix("DR823")}
    assert desk.account.made("cloudformation:CreateChangeSet") == []


def test_a_name_that_is_taken(desk: Desk) -> None:
    def tables(region: str, given: Mapping[str, Json]) -> dict[str, Json] | None:
        return {"Table": {}} if region == WEST and "orders" in given["TableName"] else None

    desk.account.says["dynamodb:DescribeTable"] = tables
    (told,) = desk.refused("DR824")
    assert "AWS::DynamoDB::GlobalTable is taken in us-west-2" in told.message
    assert told.place.startswith("{name: orders")
    assert "--suffix" in told.help


def test_names_that_a_service_lists(desk: Desk) -> None:
    """Alarms and log destinations are asked for by name and come in lists; a dashboard is there or is not."""

    def alarms(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        (name,) = given["AlarmNames"]
        composite = [{"AlarmName": name}] if "unhealthy" in name and region == WEST else []
        return {"MetricAlarms": [], "CompositeAlarms": composite}

    def destinations(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        longer = given["DestinationNamePrefix"] + "-of-another"
        return {"destinations": [{"destinationName": longer}]}

    desk.account.says["cloudwatch:DescribeAlarms"] = alarms
    desk.account.says["cloudwatch:GetDashboard"] = lambda region, _: {"DashboardBody": "{}"}
    desk.account.says["logs:DescribeDestinations"] = destinations
    taken = {told.message.split("`")[2].split()[1] for told in desk.refused("DR824")}
    assert taken == {"AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::Dashboard"}


def test_an_address_range_that_is_used(desk: Desk) -> None:
    def vpcs(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.10.128.0/20"}]}

    desk.account.says["ec2:DescribeVpcs"] = vpcs
    (told,) = desk.remarked("DR826")
    assert told.message == "10.10.0.0/16 overlaps 10.10.128.0/20 of vpc-1 in us-east-1"
    assert told.place.startswith("10.10.0.0/16")
    assert "choose a free range" in told.help


def test_a_range_of_our_own_is_no_overlap(desk: Desk) -> None:
    assert desk.deploy().code == 0

    def vpcs(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        (own,) = (
            id_ for id_, body in template(f"primary.{EAST}")["Resources"].items() if body["Type"] == "AWS::EC2::VPC"
        )
        return {"Vpcs": [{"VpcId": f"physical-{own}", "CidrBlock": "10.10.0.0/16"}]}

    desk.account.says["ec2:DescribeVpcs"] = vpcs
    assert desk.remarked("DR826") == []
    assert desk.account.made("ec2:DescribeVpcs")


def test_a_second_zone_of_the_same_name(desk: Desk) -> None:
    zones = [
        {"Id": "/hostedzone/Z1", "Name": "small.example.com.", "Config": {"PrivateZone": False}},
        {"Id": "/hostedzone/Z2", "Name": "small.example.com.", "Config": {"PrivateZone": True}},
        {"Id": "/hostedzone/Z3", "Name": "small.example.com.br.", "Config": {}},
    ]
    desk.account.says["route53:ListHostedZonesByName"] = lambda region, _: {"HostedZones": zones}
    (told,) = desk.remarked("DR827")
    assert "(Z1)" in told.message
    assert told.place.startswith("small.example.com")
    assert "`dns.hosted_zone`" in told.help


def test_what_could_not_be_checked_is_said_and_not_assumed(desk: Desk) -> None:
    desk.account.refuse("service-quotas:GetServiceQuota", "UnknownOperation", missing=True)
    desk.account.refuse("route53:ListHostedZonesByName", "AccessDenied", "not you")
    desk.account.refuse("kinesis:DescribeStreamSummary", "AccessDeniedException", "nor you", region=EAST)
    desk.account.refuse("iam:GetRole", "InvalidAction", region=WEST, missing=True)
    told = desk.remarked("DR828")
    messages = {each.message for each in told}
    assert "not checked: quotas in us-east-1: there is no Service Quotas API" in messages
    assert "not checked: quotas in us-west-2: there is no Service Quotas API" in messages
    assert "not checked: whether a zone of `small.example.com` exists already: not you" in messages
    assert "not checked: whether names of iam are free in us-west-2: the API does not exist there" in messages
    assert any(re.search(r"whether `\S+` is free in us-east-1: nor you", message) for message in messages)
    assert len(messages) == len(told) == 5
    assert {each.help for each in told} == {fix("DR828")}


def test_a_stack_that_somebody_else_deployed(desk: Desk) -> None:
    assert desk.deploy().code == 0
    desk.account.stacks[EAST, PRIMARY]["ChangeSetId"] = "arn:aws:cloudformation:us-east-1:1:changeSet/manual-7/x"
    (told,) = desk.remarked("DR842")
    assert told.message == f"{PRIMARY} was last changed by another tool (change set `manual-7`)"
    assert told.help == fix("DR842")


def test_a_stack_that_takes_no_update(desk: Desk) -> None:
    assert desk.deploy().code == 0
    desk.account.stacks[WEST, SECONDARY] |= {"StackStatus": "UPDATE_ROLLBACK_FAILED", "StackStatusReason": "no rights"}
    (told,) = desk.refused("DR830")
    assert told.message == f"{SECONDARY} is UPDATE_ROLLBACK_FAILED: no rights; it cannot be updated in this state"
    assert f"aws cloudformation continue-update-rollback --region us-west-2 --stack-name {SECONDARY}" in told.help
    # Whoever deploys another stack alone is not kept from it.
    assert desk.deploy("--only", "global.us-east-1").code == 0


def test_in_the_night_that_a_region_fails_the_other_can_be_deployed_to(desk: Desk) -> None:
    """More is reserved for the standby's function, with nothing asked of the region that is gone."""
    assert desk.deploy().code == 0
    stack = desk.account.stacks[WEST, SECONDARY]
    before = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
    reserved = "reservedConcurrencyWorker"
    more = str(int(before[reserved]) + 7)
    desk.account.dead.add(EAST)

    (told,) = desk.refused("DR820")
    assert "EndpointConnectionError" in told.message
    only = ("--only", "secondary.us-west-2", "--parameter", f"{reserved}={more}", "--assume-delegated")
    begun = len(desk.account.calls)
    (told,) = desk.remarked("DR828", *only)

    assert told.message.startswith("not checked: us-east-1 does not answer (sts: EndpointConnectionError)")
    after = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
    assert after == before | {reserved: more}, "values of the region that is gone are kept"
    assert {name for name, region, _ in desk.account.calls[begun:] if region == EAST} == {"sts:GetCallerIdentity"}

    desk.account.dead.clear()
    assert desk.deploy().code == 0
    after = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
    assert after[reserved] == more, "what a person set stays set"


# The waves


def test_a_zone_that_nobody_delegated(desk: Desk, resolver: Resolver) -> None:
    asked = ("--no-wait-delegation", "--resolver", f"127.0.0.1:{resolver.address[1]}")
    (told,) = desk.refused("DR825", *asked)
    assert told.message == "`small.example.com` is not delegated: the DNS returns no name servers for it"
    assert told.place.startswith("small.example.com")
    assert told.help.startswith(f"enter {NAME_SERVERS[0]}, {NAME_SERVERS[1]} at the parent of `small.example.com`")
    assert (EAST, PRIMARY) not in desk.account.stacks, "its certificate would hang"

    resolver.servers = [NAME_SERVERS[0], "ns.of-somebody.else"]
    (told,) = desk.refused("DR825", *asked)
    assert "delegated to ns-1.example.org, ns.of-somebody.else; some of them do not belong to this zone" in told.message

    resolver.servers = list(NAME_SERVERS)
    assert desk.deploy(*asked).code == 0
    assert desk.account.stacks[EAST, PRIMARY]["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def _replacing(
    stack: str, id_: str, kind: str, certainty: str = "True", *properties: str
) -> Callable[[str, Mapping[str, Json]], dict[str, Json] | None]:
    details = [{"Target": {"Attribute": "Properties", "Name": name}} for name in properties]
    change = {"Action": "Modify", "LogicalResourceId": id_, "ResourceType": kind, "Replacement": certainty,
              "Details": details}  # fmt: skip

    def answer(region: str, given: Mapping[str, Json]) -> dict[str, Json] | None:
        if given["StackName"] != stack:
            return None
        return {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "Changes": [{"ResourceChange": change}]}

    return answer


def test_a_change_set_that_would_replace_what_holds_data(desk: Desk) -> None:
    assert desk.deploy().code == 0
    executed = len(desk.account.made("cloudformation:ExecuteChangeSet"))
    desk.account.says["cloudformation:DescribeChangeSet"] = _replacing(
        PRIMARY, "TableOrders", "AWS::DynamoDB::GlobalTable"
    )
    (told,) = desk.refused("DR831")
    assert "`TableOrders` (AWS::DynamoDB::GlobalTable) would be replaced" in told.message
    assert told.place.startswith("{name: orders")
    assert told.help.startswith("CloudFormation cannot replace it, because the name stays: give it another name")
    assert "--allow-replace" not in told.help, "it would be allowed, and fail"
    assert len(desk.account.made("cloudformation:ExecuteChangeSet")) == executed
    assert desk.account.change_sets == {}


@pytest.mark.parametrize(
    ("properties", "place", "label"),
    [
        (("KeySchema", "AttributeDefinitions"), "order_id}", "asks for it"),
        (("SSESpecification",), "{name: orders", "creates `TableOrders`"),
    ],
)
def test_a_replacement_is_shown_at_the_key_that_asks_for_it(
    desk: Desk, properties: tuple[str, ...], place: str, label: str
) -> None:
    """Where no text of the spec is new in what changes, it is shown at the entry."""
    # Given: a table that was deployed with another partition key
    assert desk.deploy().code == 0
    deployed = desk.account.stacks[EAST, PRIMARY]
    deployed["template"] = json.loads(json.dumps(deployed["template"]).replace("order_id", "customer"))
    table = "AWS::DynamoDB::GlobalTable"
    desk.account.says["cloudformation:DescribeChangeSet"] = _replacing(
        PRIMARY, "TableOrders", table, "True", *properties
    )

    # When
    outcome = desk.deploy()

    # Then
    (told,) = desk.told(outcome, "DR831")
    assert told.place.startswith(place)
    assert label in outcome.err


def test_only_the_diff_knows_whether_a_change_set_replaces_under_the_same_name(desk: Desk) -> None:
    assert desk.deploy().code == 0
    table = "AWS::DynamoDB::GlobalTable"
    desk.account.says["cloudformation:DescribeChangeSet"] = _replacing(PRIMARY, "TableOrders", table, "Conditional")
    (told,) = desk.refused("DR831")
    assert "might be replaced" in told.message
    assert f"`dr-compile {SPEC} --diff`" in told.help
    assert told.help.endswith("else add --allow-replace TableOrders")


def test_what_a_person_allows_to_be_replaced_is_shown_as_serious_as_it_is(desk: Desk) -> None:
    assert desk.deploy().code == 0
    table = "AWS::DynamoDB::GlobalTable"
    desk.account.says["cloudformation:DescribeChangeSet"] = _replacing(PRIMARY, "TableOrders", table)
    allowed = desk.deploy("--assume-delegated", "--allow-replace", "TableOrders")
    assert allowed.code == 0, allowed
    assert f"      replace    TableOrders ({table}) of primary.us-east-1\n" in allowed.out
    assert "                 DATA AT STAKE: the items; `TableOrders` would be replaced\n" in allowed.out


def test_a_change_set_that_cannot_be_made(desk: Desk) -> None:
    desk.account.refuse("cloudformation:CreateChangeSet", "ValidationError", "Template format error", region=WEST)
    (told,) = desk.refused("DR832")
    assert told.message == f"CloudFormation refuses {SECONDARY}: Template format error"
    assert "run dr-deploy again" in told.help


@pytest.mark.parametrize("detailed", [True, False])
def test_a_change_set_that_cannot_be_executed(desk: Desk, detailed: bool) -> None:
    def failed(region: str, given: Mapping[str, Json]) -> dict[str, Json] | None:
        reason = "The following hook(s)/validation failed"
        return (
            {"Status": "FAILED", "ExecutionStatus": "UNAVAILABLE", "StatusReason": reason} if region == WEST else None
        )

    def events(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        event = {"LogicalResourceId": "FunctionWorker", "ValidationStatusReason": "Runtime is not a runtime"}
        return {"OperationEvents": [event, event, {"LogicalResourceId": "Vpc"}] if detailed else []}

    desk.account.says |= {"cloudformation:DescribeChangeSet": failed, "cloudformation:DescribeEvents": events}
    (told,) = desk.refused("DR832")
    if detailed:
        assert told.message == f"{SECONDARY}: FunctionWorker: Runtime is not a runtime (secondary.us-west-2.json)"
        assert told.place.startswith("name: worker")
    else:
        assert "The following hook(s)/validation failed" in told.message


def test_an_operation_that_fails_points_at_the_spec(desk: Desk) -> None:
    execute = desk.account._cloudformation_ExecuteChangeSet

    def fail(region: str, given: Mapping[str, Json]) -> dict[str, Json] | None:
        if given["StackName"] != PRIMARY:
            return None
        execute(region, given)
        desk.account.stacks[region, given["StackName"]]["StackStatus"] = "ROLLBACK_COMPLETE"
        return {}

    def events(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        def event(id_: str, status: str, reason: str) -> dict[str, str]:
            return {
                "LogicalResourceId": id_,
                "ResourceType": "T",
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
            }

        cancelled = event("Api", "CREATE_FAILED", "Resource creation cancelled")
        return {"StackEvents": [cancelled, event("TableOrders", "CREATE_FAILED", "limit exceeded")]}

    desk.account.says |= {"cloudformation:ExecuteChangeSet": fail, "cloudformation:DescribeStackEvents": events}
    (told,) = desk.refused("DR833")
    assert told.message == f"{PRIMARY}: T `TableOrders`: limit exceeded (primary.us-east-1.json)"
    assert told.place.startswith("{name: orders")
    assert "run dr-deploy again; nothing of the stack is left" in told.help
    # The other stack of the wave is carried to its end; the next wave is not begun.
    assert desk.account.stacks[WEST, SECONDARY]["LastUpdatedTime"] == "2"
    assert desk.account.stacks[EAST, GLOBAL]["LastUpdatedTime"] == "2"


def test_a_stack_that_is_deleted_while_it_is_deployed(desk: Desk) -> None:
    def vanish(region: str, given: Mapping[str, Json]) -> dict[str, Json] | None:
        if region == WEST:
            del desk.account.stacks[region, given["StackName"]]
            return {}
        return None

    desk.account.says["cloudformation:ExecuteChangeSet"] = vanish
    (told,) = desk.refused("DR833")
    assert told.message == f"{SECONDARY} was deleted during the deployment"
    assert told.help == fix("DR833")


def test_a_stack_without_an_output_that_another_needs(desk: Desk) -> None:
    execute = desk.account._cloudformation_ExecuteChangeSet

    def lose(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        execute(region, given)
        stack = desk.account.stacks[region, given["StackName"]]
        stack["Outputs"] = [output for output in stack["Outputs"] if output["OutputKey"] != "LogStreamArn"]
        return {}

    desk.account.says["cloudformation:ExecuteChangeSet"] = lose
    (told,) = desk.refused("DR834")
    assert told.message == (
        f"{PRIMARY} needs LogStreamArn of secondary.us-west-2 in this wave, but that stack has no such output"
    )
    assert told.help == fix("DR834")
    assert (EAST, PRIMARY) not in desk.account.stacks


@pytest.mark.parametrize(
    ("says", "arguments", "message"),
    [
        ({"s3:HeadBucket": "403"}, (), "exists, but this account has no access to it in us-"),
        ({"s3:CreateBucket": "BucketAlreadyExists"}, (), "is taken by another account"),
        ({}, ("--code-bucket", "us-east-1=mine"), "there is no bucket `mine` in us-east-1"),
        ({}, ("--code-bucket", "us-east-1=elsewhere"), "the bucket `elsewhere` is in eu-west-1"),
        ({"s3:PutObject": ""}, (), "is not what was uploaded"),
    ],
)
def test_a_code_bucket_that_cannot_be_used(
    desk: Desk, says: Mapping[str, str], arguments: tuple[str, ...], message: str
) -> None:
    desk.account.buckets["elsewhere"] = "eu-west-1"

    def refuse(name: str, region: str, given: Mapping[str, Json]) -> dict[str, Json] | None:
        if "-code-" not in given["Bucket"]:
            return None
        if says[name]:
            raise error(name, region, says[name])
        return {}

    for name in says:
        desk.account.says[name] = partial(refuse, name)
    (told,) = desk.refused("DR835", "--assume-delegated", *arguments)
    assert message in told.message
    assert told.place.startswith("- name: worker")
    assert "--code-bucket REGION=NAME" in told.help
    assert desk.account.stacks == {}


def test_a_function_that_runs_other_code(desk: Desk) -> None:
    assert desk.deploy().code == 0
    own = desk.account._lambda_GetFunctionConfiguration

    def other(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return {"CodeSha256": "b3RoZXI="} if region == WEST else own(region, given)

    desk.account.says["lambda:GetFunctionConfiguration"] = other
    (told,) = desk.refused("DR835")
    assert told.message.startswith("`worker` in us-west-2 does not run the code of functions/worker/")
    assert told.place.startswith("name: worker")


# Code


def parameters(account: Account, stack: str, region: str) -> dict[str, str]:
    return {item["ParameterKey"]: item["ParameterValue"] for item in account.stacks[region, stack]["Parameters"]}


def code(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "app.py").write_text(text)
    return folder


@pytest.fixture
def elsewhere(desk: Desk, compiled: pipeline.Compiled, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The same topology, whose spec does not say where the code is."""
    spec = desk.spec.replace("    source: ../code\n", "")
    made = pipeline.compile_document(load_document(spec, SPEC), lint=False)
    assert made.bundle == compiled.bundle
    monkeypatch.setattr(pipeline, "compile_spec", lambda *_, **__: made)
    return Desk(desk.account, spec)


def test_each_region_is_given_the_version_that_was_uploaded_there(desk: Desk) -> None:
    assert desk.deploy().code == 0
    for region, stack in ((EAST, PRIMARY), (WEST, SECONDARY)):
        given = parameters(desk.account, stack, region)
        assert given["codeKeyWorker"].startswith("functions/worker/")
        assert given["codeVersionWorker"] == "v1"


def test_an_object_that_somebody_replaced_is_uploaded_again(desk: Desk) -> None:
    """Only S3 computes checksums. What the object says of itself is what its writer wants it to say."""
    assert desk.deploy().code == 0
    (where,) = (key for key in desk.account.digests if "functions/" in key[1] and desk.account.buckets[key[0]] == WEST)
    truth, desk.account.digests[where] = desk.account.digests[where], "other"
    desk.account.versions[where] += 1
    assert desk.deploy().code == 0
    assert desk.account.digests[where] == truth
    assert parameters(desk.account, SECONDARY, WEST)["codeVersionWorker"] == "v3"
    assert parameters(desk.account, PRIMARY, EAST)["codeVersionWorker"] == "v1"


def test_another_code_is_given_by_path_and_changes_parameters_alone(desk: Desk, tmp_path: Path) -> None:
    assert desk.deploy().code == 0
    before = {where: dict(stack["template"]) for where, stack in desk.account.stacks.items()}
    new = code(tmp_path / "new", "def handler(event, context): return 2")
    assert desk.deploy("--assume-delegated", "--code", f"worker={new}").code == 0
    keys = {parameters(desk.account, *where[::-1])["codeKeyWorker"] for where in ((EAST, PRIMARY), (WEST, SECONDARY))}
    assert keys == {f"functions/worker/{hashlib.sha256(pack(new)).hexdigest()}.zip"}
    assert {where: stack["template"] for where, stack in desk.account.stacks.items()} == before


def test_code_that_is_released_elsewhere_stays_what_it_is(elsewhere: Desk, tmp_path: Path) -> None:
    first = code(tmp_path / "first", "def handler(event, context): return 1")
    assert elsewhere.deploy("--assume-delegated", "--code", f"worker={first}").code == 0
    before = parameters(elsewhere.account, SECONDARY, WEST)
    outcome = elsewhere.deploy()
    assert outcome.code == 0
    assert "nothing had to be changed" in outcome.out + outcome.err
    assert parameters(elsewhere.account, SECONDARY, WEST) == before


def test_code_that_nobody_gives_and_nobody_has(elsewhere: Desk) -> None:
    east, west = elsewhere.refused("DR865")
    assert "`worker` has no code in us-east-1" in east.message
    assert "`worker` has no code in us-west-2" in west.message
    assert "add `--code worker=PATH`" in east.help
    assert elsewhere.account.stacks == {}


def test_code_that_cannot_be_packed(desk: Desk, tmp_path: Path) -> None:
    (told,) = desk.refused("DR404", "--code", f"worker={tmp_path / 'nothing'}")
    assert "it does not exist" in told.message
    assert told.place == "../code"
    assert desk.account.calls == []


def test_code_without_its_handler(desk: Desk, tmp_path: Path) -> None:
    (told,) = desk.refused("DR416", "--code", f"worker={code(tmp_path / 'new', 'def handlr(): ...')}")
    assert told.place == "app.handler"
    assert told.help == "did you mean `app.handlr`?"
    assert desk.account.calls == []


def test_a_handler_in_a_layer_is_not_looked_for(
    desk: Desk, compiled: pipeline.Compiled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a partial of one's own adds layers; what they hold cannot be seen."""
    bodies = compiled.deployment.stack(compiled.topology.primary).bodies
    properties = {**bodies["FunctionWorker"]["Properties"], "Layers": ["arn:aws:lambda:::layer"]}
    monkeypatch.setitem(bodies, "FunctionWorker", {**bodies["FunctionWorker"], "Properties": properties})
    packages, findings = gather(
        compiled.topology, compiled.deployment, Path("specs"), {"worker": code(tmp_path / "new", "")}
    )
    assert (len(packages), findings) == (1, ())


@pytest.mark.parametrize("version", [None, "null"])
def test_a_bucket_without_versions(desk: Desk, version: str | None) -> None:
    put = desk.account._s3_PutObject

    def forget(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        put(region, given)
        return {"VersionId": version} if version else {}

    desk.account.says["s3:PutObject"] = forget
    (told,) = desk.refused("DR864")
    assert re.fullmatch(r"the bucket `.*-code-.*` in us-(east-1|west-2) has no versioning", told.message)
    assert "aws s3api put-bucket-versioning" in told.help
    assert desk.account.stacks == {}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--code", "wroker=x"), "there is no function wroker; did you mean worker?"),
        (("--parameter", "codeKeyWorker=x"), "codeKeyWorker differs from region to region"),
        (("--parameter", "codeVersionWorker=x"), "give the code with --code NAME=PATH"),
    ],
)
def test_options_for_code_that_mean_nothing(desk: Desk, arguments: tuple[str, ...], says: str) -> None:
    err = io.StringIO()
    with redirect_stderr(err), pytest.raises(SystemExit):
        main([SPEC, "--yes", *arguments])
    assert says in err.getvalue()


def test_a_call_that_is_refused(desk: Desk) -> None:
    desk.account.refuse("cloudformation:ExecuteChangeSet", "AccessDenied", "not authorized", region=WEST)
    (told,) = desk.refused("DR837")
    assert told.message == "cloudformation in us-west-2 refuses ExecuteChangeSet: AccessDenied: not authorized"
    assert told.help == fix("DR837")
    assert desk.account.stacks[EAST, GLOBAL]["StackStatus"] == "CREATE_COMPLETE"
    assert (EAST, PRIMARY) not in desk.account.stacks


def test_a_check_that_is_refused(desk: Desk) -> None:
    desk.account.refuse("ec2:DescribeVpcs", "RequestExpired", "clock skew")
    told = desk.refused("DR837")
    assert {each.message.partition(" refuses ")[2] for each in told} == {"DescribeVpcs: RequestExpired: clock skew"}


def _pending(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
    return {"Status": "CREATE_IN_PROGRESS", "ExecutionStatus": "UNAVAILABLE"}


@pytest.mark.parametrize("what", ["a change set", "an operation of ours", "an operation of somebody else"])
def test_what_never_ends(desk: Desk, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(session, "TIMEOUT_SECONDS", 0.3)
    execute = desk.account._cloudformation_ExecuteChangeSet

    def hang(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        execute(region, given)
        desk.account.stacks[region, given["StackName"]]["StackStatus"] = "CREATE_IN_PROGRESS"
        return {}

    match what:
        case "a change set":
            desk.account.says["cloudformation:DescribeChangeSet"] = _pending
        case "an operation of ours":
            desk.account.says["cloudformation:ExecuteChangeSet"] = hang
        case _:
            assert desk.deploy().code == 0
            for stack in desk.account.stacks.values():
                stack["StackStatus"] = "UPDATE_IN_PROGRESS"
    told = desk.refused("DR838")
    ends = {"a change set": "its change set is not ready", "an operation of ours": "its operation has not ended"}
    wanted = ends.get(what, "an operation on the stack has not ended")
    # Those of the first wave; before anything is done, all.
    names = (GLOBAL, SECONDARY) if what in ends else (GLOBAL, PRIMARY, SECONDARY)
    assert {each.message for each in told} == {f"{name}: {wanted}; gave up after 0 min" for name in names}
    assert {each.help for each in told} == {fix("DR838")}


def test_a_stack_that_somebody_else_keeps_changing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session.Session, "backoff", lambda self: None)
    desk.account.says["cloudformation:ExecuteChangeSet"] = lambda region, given: _raise(region)
    told = desk.refused("DR838")
    assert {each.message for each in told} == {
        f"{name}: another run or a person changed it before each of 5 attempts to deploy it"
        for name in (GLOBAL, SECONDARY)
    }


def _raise(region: str) -> dict[str, Json]:
    raise error("cloudformation:ExecuteChangeSet", region, "InvalidChangeSetStatus", "[OBSOLETE]")
