"""`--destroy`: what may go goes with all that it holds, and what may not is refused before anything is touched."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from compiler import pipeline
from compiler.commands.main import main as compile_main
from compiler.deploy.command import main
from compiler.reading.document import load_document
from tests.deploy.account import error
from tests.deploy.gateway import Call, Way
from tests.deploy.site import ROOT, Killed, Reaper, Site, Within
from tests.deploy.test_baking import SMALL
from tests.deploy.test_codes import EAST, GLOBAL, PRIMARY, SECONDARY, SPEC, WEST, Desk, checkout, compiled, desk

__all__ = ("checkout", "compiled", "desk")
Json = Any
NAME = "small-prod-a1"
DESTROY = ("--destroy", "--confirm", NAME)
MAY_GO = """
deployment: {on_delete: delete, bake: 0s}
accept:
  - {finding: data-deleted, reason: made up}
"""


@pytest.fixture
def doomed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A system that is deployed and may go."""
    assert desk.deploy().code == 0
    spec = desk.spec + MAY_GO
    made = pipeline.compile_document(load_document(spec, SPEC), lint=False)
    for stack in made.deployment.stacks:
        desk.account.stacks[stack.region, stack.name]["template"] = json.loads(json.dumps(stack.template.body))
    monkeypatch.setattr(pipeline, "compile_spec", lambda *_, **__: made)
    return Desk(desk.account, spec)


def bodies(desk: Desk, region: str, stack: str) -> dict[str, Json]:
    found: dict[str, Json] = desk.account.stacks[region, stack]["template"]["Resources"]
    return found


def deleted(desk: Desk) -> list[str]:
    return [given["StackName"] for _, given in desk.account.made("cloudformation:DeleteStack")]


def test_nothing_of_a_system_is_left(doomed: Desk) -> None:
    outcome = doomed.deploy(*DESTROY)
    assert outcome.code == 0, outcome
    assert (doomed.account.stacks, doomed.account.buckets, doomed.account.history) == ({}, {}, {})
    assert deleted(doomed) == [PRIMARY, SECONDARY, GLOBAL], "the table with replicas first, the zone last"
    assert outcome.out.rstrip().endswith(f"{NAME} is deleted")
    again = doomed.deploy(*DESTROY)
    assert (again.code, again.out) == (0, "nothing of small-prod-a1 is in account 123456789012\n")


def test_it_says_first_what_stays_and_what_goes(doomed: Desk) -> None:
    said = doomed.deploy(*DESTROY).out
    stays, goes = said[: said.index("what goes")], said[said.index("what goes") :]
    assert said.startswith(f"destroy {NAME}: account 123456789012")
    assert len(re.findall(r"the key physical-Key\w* for 30 days, at no cost", stays)) == 3
    assert "the delegation of small.example.com at its parent" in stays
    assert "physical-TableOrders (AWS::DynamoDB::GlobalTable): the items" in goes
    for region in (EAST, WEST):
        assert f"bucket-code-prod-a1-123456789012-{region}, with every archive" in goes
    assert said.index("what goes") < said.index("is deleted")


def test_what_validated_certificates_goes_with_the_zone(doomed: Desk) -> None:
    top = [{"Name": "small.example.com.", "Type": kind} for kind in ("NS", "SOA")]
    mail = {"Name": "small.example.com.", "Type": "MX", "ResourceRecords": [{"Value": "10 mail.example.org."}]}
    acm = {"Name": "_1.small.example.com.", "Type": "CNAME", "ResourceRecords": [{"Value": "_2.acm-validations.aws."}]}
    doomed.account.records = [*top, mail, acm]
    assert doomed.deploy(*DESTROY).code == 0
    assert doomed.account.records == [*top, mail], "CloudFormation is asked before anything else is removed"


def test_what_came_into_a_bucket_or_a_zone_meanwhile_is_removed_too(doomed: Desk) -> None:
    """AWS then says that the stack could not be deleted, and is asked again."""
    mail = {"Name": "mail.small.example.com.", "Type": "A", "ResourceRecords": [{"Value": "192.0.2.1"}]}
    doomed.account.records = [mail]
    types = {id_: body["Type"] for id_, body in bodies(doomed, EAST, PRIMARY).items()}
    bucket = next(f"physical-{id_}" for id_, type_ in types.items() if type_ == "AWS::S3::Bucket")
    late = [(bucket, "late"), (bucket, "later")]
    own = doomed.account._cloudformation_DeleteStack

    def delete(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        name, account = given["StackName"], doomed.account
        if name == PRIMARY and late:
            account.history[late.pop()] = [b"logs"]
        if (name == GLOBAL and account.records) or (name == PRIMARY and any(at[0] == bucket for at in account.history)):
            account.stacks[region, name]["StackStatus"] = "DELETE_FAILED"
            return {}
        answer: dict[str, Json] = own(region, given)
        return answer

    doomed.account.says["cloudformation:DeleteStack"] = delete
    assert doomed.deploy(*DESTROY).code == 0
    assert (doomed.account.records, late, doomed.account.history) == ([], [], {})
    assert doomed.account.stacks == {}
    assert deleted(doomed) == [PRIMARY, PRIMARY, PRIMARY, SECONDARY, GLOBAL, GLOBAL]


def test_what_aws_does_not_delete_is_named_and_can_be_tried_again(doomed: Desk) -> None:
    def delete(region: str, given: Mapping[str, Json]) -> dict[str, Json] | None:
        if region == EAST and given["StackName"] == PRIMARY:
            doomed.account.stacks[region, PRIMARY]["StackStatus"] = "DELETE_FAILED"
            return {}
        return None

    reason = "has dependencies and cannot be deleted"
    failed = {"LogicalResourceId": "Vpc", "ResourceType": "AWS::EC2::VPC", "ResourceStatus": "DELETE_FAILED"}
    doomed.account.says["cloudformation:DeleteStack"] = delete
    doomed.account.says["cloudformation:DescribeStackEvents"] = lambda region, _: {
        "StackEvents": [{**failed, "ResourceStatusReason": reason}]
    }
    (told,) = doomed.refused("DR496", *DESTROY)
    assert told.message.startswith(f"{PRIMARY}: AWS::EC2::VPC `Vpc` cannot be deleted: {reason}")
    assert "run `--destroy` again" in told.help
    assert {stack for _, stack in doomed.account.stacks} == {PRIMARY, SECONDARY, GLOBAL}, "later ones are untouched"
    del doomed.account.says["cloudformation:DeleteStack"]
    assert doomed.deploy(*DESTROY).code == 0
    assert doomed.account.stacks == {}


def test_protection_against_deletion_goes_first(doomed: Desk) -> None:
    table = bodies(doomed, EAST, PRIMARY)["TableOrders"] = {**bodies(doomed, EAST, PRIMARY)["TableOrders"]}
    replicas = [{**replica, "DeletionProtectionEnabled": True} for replica in table["Properties"]["Replicas"]]
    table["Properties"] = {**table["Properties"], "Replicas": replicas}
    template: list[Json] = []
    own = doomed.account._cloudformation_DeleteStack

    def delete(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        template.append(doomed.account.stacks[region, given["StackName"]]["template"]["Resources"])
        return own(region, given)

    doomed.account.says["cloudformation:DeleteStack"] = delete
    assert doomed.deploy(*DESTROY).code == 0
    left = template[0]["TableOrders"]["Properties"]["Replicas"]
    assert [replica["DeletionProtectionEnabled"] for replica in left] == [False, False]


# What is refused


def test_a_spec_that_keeps_its_resources_destroys_nothing(desk: Desk) -> None:
    """Their names and what they cost are said; nothing could be created again."""
    assert desk.deploy().code == 0
    outcome = desk.deploy(*DESTROY)
    assert (outcome.code, outcome.codes) == (1, ["DR627"]), outcome
    assert re.search(r"`on_delete` is retain: \d+ resources of small-prod-a1 would stay", outcome.err)
    assert "physical-TableOrders (AWS::DynamoDB::GlobalTable)" in outcome.out
    assert re.search(r"all of it costs about \$\d+ a month without any client", outcome.out)
    assert "write `deployment: {on_delete: delete}` into the spec, accept `data-deleted`" in outcome.err
    assert deleted(desk) == []


def test_what_is_deployed_decides_not_the_spec_alone(doomed: Desk) -> None:
    """As where a spec is pointed at another environment."""
    orders = bodies(doomed, EAST, PRIMARY)
    orders["TableOrders"] = {**orders["TableOrders"], "DeletionPolicy": "Retain"}
    (told,) = doomed.refused("DR627", *DESTROY)
    assert told.message == f"{PRIMARY} was deployed with `on_delete: retain` and would keep `TableOrders`"
    assert told.help.startswith("deploy the spec first")
    assert deleted(doomed) == []


def test_a_stack_that_changes_after_the_question_is_not_touched(
    doomed: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def reply(question: str) -> str:
        doomed.account.stacks[EAST, PRIMARY]["LastUpdatedTime"] = "later"
        return NAME

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", reply)
    assert main([SPEC, "--destroy"]) == 1
    assert f"error[DR838]: {PRIMARY} was changed by another run or a person" in capsys.readouterr().err
    assert deleted(doomed) == []


def test_a_stack_of_another_tool_is_not_deleted(doomed: Desk) -> None:
    stack = doomed.account.stacks[WEST, SECONDARY]
    doomed.account.says["cloudformation:ListStackResources"] = lambda region, given: {
        "StackResourceSummaries": [
            {"LogicalResourceId": "A", "ResourceType": "AWS::S3::Bucket", "ResourceStatus": "CREATE_COMPLETE"}
        ]
    }
    stack["template"] = {"Resources": {"A": 1}}
    told = doomed.refused("DR627", *DESTROY)
    assert f"{SECONDARY} was deployed from a template that dr-compile has not written" in {t.message for t in told}
    assert deleted(doomed) == []


def test_the_account_of_the_spec_counts(doomed: Desk) -> None:
    doomed.account.says["sts:GetCallerIdentity"] = lambda region, _: {"Account": "999999999999"}
    assert doomed.refused("DR821", *DESTROY)
    assert deleted(doomed) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--yes", "--destroy"), f"answer with --yes --confirm {NAME}"),
        (("--yes", "--destroy", "--confirm", "small"), f"answer with --yes --confirm {NAME}"),
        (("--yes", "--confirm", NAME), "--confirm goes with --destroy"),
        (("--yes", *DESTROY, "--plan"), "--plan does not go with --destroy"),
        (("--yes", *DESTROY, "--only", "primary.us-east-1"), "--only does not go with --destroy"),
        (("--yes", *DESTROY, "--only-code"), "--only-code does not go with --destroy"),
    ],
)
def test_yes_alone_is_no_answer(
    doomed: Desk, arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = len(doomed.account.calls)
    with pytest.raises(SystemExit) as ended:
        main([SPEC, *arguments])
    assert ended.value.code == 2
    assert says in capsys.readouterr().err
    assert len(doomed.account.calls) == begun


@pytest.mark.parametrize(("answer", "code"), [("y", 1), ("", 1), ("small-prod", 1), (NAME, 0)])
def test_a_person_types_the_name(
    doomed: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, code: int
) -> None:
    asked: list[str] = []

    def reply(question: str) -> str:
        asked.append(question)
        return answer

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", reply)
    assert main([SPEC, "--destroy"]) == code
    assert asked == [f"Type {NAME} to delete all this in account 123456789012: "]
    assert len(deleted(doomed)) == (0 if code else 3)
    assert ("nothing was deleted" in capsys.readouterr().err) == bool(code)


def test_a_bucket_of_ones_own_stays(doomed: Desk) -> None:
    for region, stack in ((EAST, PRIMARY), (WEST, SECONDARY)):
        found = doomed.account.stacks[region, stack]["Parameters"]
        next(p for p in found if p["ParameterKey"] == "codeBucket")["ParameterValue"] = f"mine-{region}"
        doomed.account.buckets[f"mine-{region}"] = region
    outcome = doomed.deploy(*DESTROY)
    assert outcome.code == 0, outcome
    assert "the bucket mine-us-east-1, which --code-bucket named" in outcome.out
    assert set(doomed.account.buckets) == {"mine-us-east-1", "mine-us-west-2"}


def test_an_object_that_may_not_be_deleted(doomed: Desk) -> None:
    denied = {"Errors": [{"Key": "a", "Code": "AccessDenied", "Message": "Access Denied"}]}
    doomed.account.says["s3:DeleteObjects"] = lambda region, _: denied
    (told,) = doomed.refused("DR496", *DESTROY)
    assert re.fullmatch(r"`a` in bucket-code-\S+ cannot be deleted: Access Denied", told.message)


def test_a_call_that_is_refused_leaves_the_rest_for_the_next_run(doomed: Desk) -> None:
    def refuse(region: str, given: Mapping[str, Json]) -> None:
        if given["StackName"] == SECONDARY:
            raise error("cloudformation:DeleteStack", region, "AccessDenied", "not you")

    doomed.account.says["cloudformation:DeleteStack"] = refuse
    assert doomed.refused("DR837", *DESTROY)
    assert {stack for _, stack in doomed.account.stacks} == {SECONDARY, GLOBAL}
    del doomed.account.says["cloudformation:DeleteStack"]
    assert doomed.deploy(*DESTROY).code == 0
    assert doomed.account.stacks == {}


# In front of the emulator


def inventory(site: Site, regions: tuple[str, ...]) -> set[str]:
    """What there is in an account, but for what the gateway made to stand in for AWS."""
    found: set[str] = set()
    client = site.gateway.client
    for region in regions:
        stacks = client("cloudformation", region).list_stacks()["StackSummaries"]
        aliases = client("kms", region).list_aliases()["Aliases"]
        lists: dict[str, list[str]] = {
            "table": client("dynamodb", region).list_tables()["TableNames"],
            "bucket": [b["Name"] for b in client("s3", region).list_buckets()["Buckets"]],
            "function": [f["FunctionName"] for f in client("lambda", region).list_functions()["Functions"]],
            "group": [g["logGroupName"] for g in client("logs", region).describe_log_groups()["logGroups"]],
            "stack": [s["StackName"] for s in stacks if s["StackStatus"] != "DELETE_COMPLETE"],
            "zone": [z["Name"] for z in client("route53", region).list_hosted_zones()["HostedZones"]],
            "role": [r["RoleName"] for r in client("iam", region).list_roles()["Roles"]],
            "stream": client("kinesis", region).list_streams()["StreamNames"],
            "topic": [t["TopicArn"] for t in client("sns", region).list_topics()["Topics"]],
            "api": [a["Name"] for a in client("apigatewayv2", region).get_apis()["Items"]],
            "vpc": [v["CidrBlock"] for v in client("ec2", region).describe_vpcs()["Vpcs"] if not v["IsDefault"]],
            "alias": [a["AliasName"] for a in aliases if not a["AliasName"].startswith("alias/aws/")],
        }
        found |= {
            f"{kind} {name} {region}" for kind, names in lists.items() for name in names if "complement" not in name
        }
    return found


def fill(site: Site, region: str) -> None:
    """Versions and a delete marker in every bucket of a region."""
    s3 = site.gateway.client("s3", region)
    for bucket in (b["Name"] for b in s3.list_buckets()["Buckets"]):
        if "complement" not in bucket and bucket.endswith(region):
            for number in range(3):
                s3.put_object(Bucket=bucket, Key="a/b", Body=str(number).encode())
            s3.delete_object(Bucket=bucket, Key="a/b")


def filled(site: Site, region: str, stack: str) -> list[str]:
    """Buckets of a stack that hold any version of anything."""
    client, s3 = site.gateway.client("cloudformation", region), site.gateway.client("s3", region)
    listed = client.list_stack_resources(StackName=stack)["StackResourceSummaries"]
    buckets = [each["PhysicalResourceId"] for each in listed if each["ResourceType"] == "AWS::S3::Bucket"]
    return [name for name in buckets if {"Versions", "DeleteMarkers"} & set(s3.list_object_versions(Bucket=name))]


def dev(folder: Path) -> Path:
    """The dev environment of the example in one file, in no account."""
    with redirect_stdout(io.StringIO()) as out:
        assert compile_main(["--show", str(ROOT / "examples" / "environments" / "specs" / "dev.yaml")]) == 0
    text = re.sub(r"(?m)^#.*\n| +#.*$", "", out.getvalue())
    text = re.sub(r"(?m)^account:.*\n", "", text).replace("../../../functions", str(ROOT / "functions"))
    (folder / "dev.yaml").write_text(text)
    return folder / "dev.yaml"


@pytest.mark.slow
def test_dev_is_made_destroyed_and_made_again(
    tmp_path: Path, site_of: Callable[[Path], Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, regions = site_of(dev(tmp_path)), ("us-east-1", "eu-west-1", "eu-central-1")
    before = inventory(site, regions)
    quick = Within(site, monkeypatch)
    assert quick.deploy().code == 0
    there = inventory(site, regions)
    for region in regions:
        fill(site, region)
    full: list[str] = []

    def look(call: Call) -> Way:
        """AWS does not delete a bucket that has objects; the emulator does."""
        if call.name == "cloudformation:DeleteStack":
            full.extend(filled(site, call.region, call.form["StackName"]))
        return Way.PASS

    site.gateway.trouble = look
    gone = quick.deploy("--destroy", "--confirm", "ledger-dev-a1")

    assert gone.code == 0, gone
    assert full == []
    assert inventory(site, regions) == before, gone
    assert len(there) > 50
    again = quick.deploy()
    assert again.code == 0, again
    assert inventory(site, regions) == there


def going(site_of: Callable[[Path], Site], folder: Path) -> Site:
    """A small site that may go."""
    text = SMALL.read_text().replace("../specs/code", str(ROOT / "tests" / "specs" / "code")) + MAY_GO
    (folder / "small.yaml").write_text(text)
    return site_of(folder / "small.yaml")


@pytest.mark.slow
@pytest.mark.parametrize("before", [True, False], ids=["before the call", "after it"])
def test_a_run_that_is_killed_is_completed_by_the_next(
    tmp_path: Path, site_of: Callable[[Path], Site], monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """At the first and the last thing that it deletes, and in the middle."""
    site = going(site_of, tmp_path)
    nothing = inventory(site, (EAST, WEST))
    quick = Within(site, monkeypatch)
    assert quick.deploy().code == 0
    for operation in ("UpdateTermination", "DeleteStack", "DeleteObjects", "DeleteBucket"):
        with pytest.raises(Killed):
            quick.deploy(*DESTROY, reaper=Reaper((operation,), before=before))
    done = quick.deploy(*DESTROY)
    assert done.code == 0, done
    assert inventory(site, (EAST, WEST)) == nothing
