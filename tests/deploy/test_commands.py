"""The script of `--plan --format commands`, run from nothing to a whole system, and again.

A stand-in takes the place of the AWS CLI; it refuses whatever the CLI would.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.aws_cli import Cli, open_cli
from tests.deploy.gateway import Gateway, Way, none
from tests.deploy.site import Outcome, Site

Json = Any
SMALL = Path(__file__).with_name("small.yaml")
STACKS = ("global.us-east-1", "primary.us-east-1", "secondary.us-west-2")
SHELLS = (("sh", "-eu"), ("bash", "-euo", "pipefail"))


@pytest.fixture
def cli(gateway: Gateway) -> Iterator[Cli]:
    with open_cli(gateway.url) as opened:
        yield opened
        assert opened.faults == [], "the CLI would not take them"


@dataclass
class Script:
    """A script of the plan in a site's folder."""

    site: Site
    cli: Cli

    def write(self, *options: str) -> str:
        done = self.site.run(self.site.spec, "--plan", "--format", "commands", "--archives", "build/code", *options)
        assert done.code == 0, done
        (self.site.folder / "deploy.sh").write_text(done.out)
        return done.out

    def run(self, shell: tuple[str, ...] = SHELLS[0], **environ: str) -> Outcome:
        done = subprocess.run(
            [*shell, "deploy.sh"], cwd=self.site.folder, capture_output=True, text=True, check=False, timeout=120,
            env={"PATH": f"{self.cli.folder}{os.pathsep}{os.environ['PATH']}", **environ},
        )  # fmt: skip
        return Outcome(done.returncode, done.stdout, done.stderr)

    def executed(self) -> int:
        return sum(arguments[1] == "execute-change-set" for arguments in self.cli.calls)


@pytest.fixture
def script(site_of: Callable[[Path], Site], cli: Cli) -> Script:
    return Script(site_of(SMALL), cli)


def parameters(site: Site, key: str) -> dict[str, str]:
    return {each["ParameterKey"]: each["ParameterValue"] for each in site.stack(key)["Parameters"]}


def test_the_script_deploys_from_nothing_changes_nothing_twice_and_then_only_what_is_changed(script: Script) -> None:
    site = script.site
    told = {"alertEmail": "ops@example.com", "reservedConcurrencyWorker": "150", "createSharedAlias": "false"}
    script.write(*(part for name, value in told.items() for part in ("--parameter", f"{name}={value}")))
    for shell in SHELLS:
        subprocess.run([shell[0], "-n", "deploy.sh"], cwd=site.folder, check=True)

    # The zone is made first, and nothing asks for a certificate before it is delegated.
    stopped = script.run()
    assert stopped.code == 1, stopped
    assert site.outputs("global.us-east-1")["NameServers"] in stopped.err
    assert "DELEGATED=yes" in stopped.err
    client = site.gateway.client("cloudformation", "us-east-1")
    assert [stack["StackName"] for stack in client.describe_stacks()["Stacks"]] == ["small-global-prod-a1"]

    done = script.run(DELEGATED="yes")

    assert done.code == 0, done
    for key in STACKS:
        assert site.stack(key)["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        assert site.stack(key)["EnableTerminationProtection"]
    values = {key: parameters(site, key) for key in STACKS}
    assert told.items() <= values["primary.us-east-1"].items()
    assert values["secondary.us-west-2"]["PrimaryKeyArn"] == site.outputs("primary.us-east-1")["KeyArn"]
    assert {name for each in values.values() for name, value in each.items() if not value} == {"codeBucket"}
    executed = script.executed()

    # Not told again, and with values that the first wave does not know: all of them stay.
    script.write()
    again = script.run(SHELLS[1])

    assert again.code == 0, again
    assert script.executed() == executed
    assert again.out.count("nothing to change") == 6

    site.edit(("memory: 128MB", "memory: 256MB"))
    site.compile()
    script.write("--tags", "team=a, \"b\" & 'c'")
    changed = script.run(SHELLS[1])

    assert changed.code == 0, changed
    assert {key: parameters(site, key) for key in STACKS} == values
    assert {"Key": "team", "Value": "a, \"b\" & 'c'"} in site.stack("primary.us-east-1")["Tags"]
    function = site.resources("primary.us-east-1")["FunctionWorker"]
    configuration = site.gateway.client("lambda", "us-east-1").get_function_configuration(FunctionName=function)
    assert configuration["MemorySize"] == 256

    # While the other region fails, nothing is asked of it.
    site.gateway.trouble = lambda call: Way.THROTTLE if call.region == "us-east-1" else Way.PASS
    alone = ("--only", "secondary.us-west-2", "--parameter", "reservedConcurrencyWorker=160")
    script.write(*alone)
    more = script.run()
    site.gateway.trouble = none

    assert more.code == 0, more
    wanted = {**values["secondary.us-west-2"], "reservedConcurrencyWorker": "160"}
    assert parameters(site, "secondary.us-west-2") == wanted
    # What dr-deploy makes of the same spec is the same.
    compared = site.deploy()
    assert compared.code == 0, compared
    assert "nothing had to be changed" in compared.out


def test_an_answer_that_is_lost_ends_the_script_and_is_not_taken_for_nothing(script: Script) -> None:
    """Otherwise a stack would be made anew, or a parameter would lose its value."""
    site = script.site
    script.write("--assume-delegated", "--only", "global.us-east-1")
    first = script.run()
    assert (first.code, site.stack("global.us-east-1")["StackStatus"]) == (0, "CREATE_COMPLETE"), first
    proposed = sum(arguments[1] == "create-change-set" for arguments in script.cli.calls)
    for operation in ("DescribeStacks", "GetTemplateSummary"):
        site.gateway.trouble = lambda call, operation=operation: (
            Way.THROTTLE if call.operation == operation else Way.PASS
        )
        failed = script.run()
        assert failed.code != 0, failed
        assert "Rate exceeded" in failed.err
    assert sum(arguments[1] == "create-change-set" for arguments in script.cli.calls) == proposed


def test_a_bucket_of_ones_own_is_used_as_it_is(script: Script) -> None:
    site = script.site
    client = site.gateway.client("s3", "us-west-2")
    client.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    script.write("--only", "secondary.us-west-2", "--code-bucket", "us-west-2=mine")
    done = script.run()
    assert done.code == 0, done
    assert parameters(site, "secondary.us-west-2")["codeBucket"] == "mine"
    assert [each["Name"] for each in client.list_buckets()["Buckets"] if "-code-" in each["Name"]] == []
    assert {arguments[1] for arguments in script.cli.calls if arguments[0] == "s3api"} == {"put-object"}


def test_a_change_set_that_is_refused_ends_the_script(script: Script) -> None:
    script.write("--assume-delegated", "--parameter", "reservedConcurrencyWorker=1")
    failed = script.run()
    assert failed.code == 254, failed
    assert "Parameter 'reservedConcurrencyWorker' must be a number not less than 100" in failed.err
    assert script.executed() == 1, "that of the stack without functions"


def test_a_first_deployment_that_failed_is_told_and_cleared_by_the_next_run(script: Script) -> None:
    site = script.site
    script.write("--assume-delegated")
    gateway = site.gateway.client("apigatewayv2", "us-east-1")
    gateway.create_domain_name(DomainName="us-east-1.small.example.com")

    failed = script.run()

    assert failed.code == 1, failed
    assert "RegionalDomain\t" in failed.err, "the reason is told"
    assert site.stack("primary.us-east-1")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert site.stack("secondary.us-west-2")["EnableTerminationProtection"]

    gateway.delete_domain_name(DomainName="us-east-1.small.example.com")
    mended = script.run()

    assert mended.code == 0, mended
    assert site.stack("primary.us-east-1")["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("cloudformation describe-stacks --stack-names x", "unrecognized arguments: --stack-names"),
        ("cloudformation describe-stack --stack-name x", "Invalid choice: describe-stack"),
        ("cloudformation execute-change-set --change-set-name x --retain", "unrecognized arguments: --retain"),
        ("cloudformation delete-stack", "required: --stack-name"),
        ("cloudformation wait stack-done --stack-name x", "Invalid choice: stack-done"),
        ("cloudformation create-change-set --stack-name x --change-set-name y --change-set-type NEW", "none of"),
        (
            "cloudformation create-change-set --stack-name x --change-set-name y --parameters Key=a,Value=b",
            "`Key` of `Key=a,Value=b`",
        ),
        ("s3api put-bucket-versioning --bucket x --versioning-configuration Status=On", "none of"),
        ("s3 cp a b", "Invalid choice"),
    ],
)
def test_the_stand_in_takes_what_the_cli_takes(arguments: str, says: str) -> None:
    """Nobody listens at its address: what it refuses, it refuses by the model alone."""
    opened = Cli(Path(), "http://127.0.0.1:9")
    code, out, err = opened.run("/", [*arguments.split(), "--region", "us-east-1"])
    assert (code, out) == (252, "")
    assert says in err
    assert len(opened.faults) == 1
