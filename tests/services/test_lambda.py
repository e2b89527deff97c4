"""Lambda: the same code in both serving regions, each told where it runs and what it may use there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ruamel.yaml import YAML

from compiler.aws.facts import lambda_ as facts
from compiler.aws.facts.model import READ
from compiler.pipeline import compile_document
from compiler.reading.document import load_document
from tests.helpers import (
    ODD,
    SHIPPED,
    Topology,
    compiled,
    each_odd_spec,
    listed,
    made_of,
    odd,
    odd_specs,
    shipped,
    statements,
)
from tests.services.placement import placed
from tests.services.test_dynamodb import alarms
from tests.waves_oracle import deploy
from tests.world import Stack

TYPES = ("Lambda::Function",)
FOUR = {"FunctionApi", "FunctionSearch", "FunctionProbe", "FunctionNightly"}


def placement(*functions: str) -> dict[str, set[str]]:
    """The functions of a spec, those that answer Route 53 beside them; the latch is in the standby."""
    both = {*functions, "FunctionHealth"}
    return {"primary": both, "secondary": both | {"FunctionLatch"}}


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        (shipped, placement("FunctionTransactionProcessor")),
        (lambda: odd("three-regions"), placement("FunctionOrder")),
        (lambda: odd("four-functions"), placement(*FOUR)),
    ],
    ids=["two regions", "three regions", "four functions"],
)
def test_placement(topology: Callable[[], Topology], expected: dict[str, set[str]]) -> None:
    assert placed(topology, TYPES) == expected


def functions(stack: Stack) -> dict[str, dict[str, Any]]:
    """The functions of the spec; that for Route 53 is like one of them, and the latch has no archive."""
    ours = ("FunctionHealth", "FunctionLatch")
    return {f.id: dict(f.properties) for f in stack.of("Lambda::Function") if f.id not in ours}


@pytest.mark.parametrize("name", each_odd_spec())
def test_both_regions_run_the_same_code_from_buckets_of_their_own(name: str) -> None:
    primary, secondary = odd(name).serving
    here, there = functions(primary), functions(secondary)
    assert here.keys() == there.keys()
    for id_ in here:
        for member in ("Runtime", "Handler", "MemorySize", "Timeout", "Architectures", "FunctionName", "Description"):
            assert here[id_][member] == there[id_][member]
        for stack, found in ((primary, here[id_]), (secondary, there[id_])):
            assert found["Code"]["S3Bucket"].endswith(f"-123456789012-{stack.region}")
            assert found["Code"]["S3Bucket"].startswith("bucket-code-")
            assert found["PackageType"] == "Zip"


def code_of(body: dict[str, Any]) -> set[tuple[str, str]]:
    """The parameters of key and version that a template's functions take, those with inline code left out."""
    functions = (item for item in body["Resources"].values() if item["Type"] == "AWS::Lambda::Function")
    codes = [item["Properties"]["Code"] for item in functions if "ZipFile" not in item["Properties"]["Code"]]
    return {(code["S3Key"]["Ref"], code["S3ObjectVersion"]["Ref"]) for code in codes}


@pytest.mark.parametrize("name", each_odd_spec())
def test_the_code_of_every_function_arrives_in_parameters_without_default(name: str) -> None:
    """A missing one fails at once, and an update keeps the one before. Templates change with the topology alone."""
    topology = odd(name)
    told = {(item["keyParameter"], item["versionParameter"]) for item in topology.manifest["functions"]}
    assert len(told) == len(topology.manifest["functions"])
    for region in (stack.region for stack in topology.serving):
        taken = set()
        for about in (each for each in topology.manifest["stacks"] if each["region"] == region):
            body = dict(topology.templates[about["template"]])
            taken |= (own := code_of(body))
            for parameter in (part for pair in own for part in pair):
                assert "Default" not in body["Parameters"][parameter]
            assert {part for pair in own for part in pair} <= set(about["required"])
        assert taken == told


def test_names_of_functions_that_sound_like_parameters_are_no_trouble() -> None:
    """`orders-version` is not the version of `orders`, and `bucket` is not the bucket of the code."""
    tree: Any = load_document((ODD / "minimal.yaml").read_text(encoding="utf-8"), "spec.yaml").value
    (first,) = tree["functions"]
    names = ("orders", "orders-version", "version-orders", "key", "bucket")
    tree["functions"] = [{**first, "name": name} for name in names]
    tree["api"]["routes"][0]["function"] = "orders"
    topology = made_of(tree)
    for stack in topology.serving:
        assert len(code_of(dict(topology.template(stack)))) == len(names)
        assert topology.template(stack)["Parameters"]["codeBucket"]["Default"] == ""


def test_the_health_checks_run_the_code_of_the_function_behind_the_health_path() -> None:
    for stack in shipped().serving:
        resources = shipped().template(stack)["Resources"]
        codes = [resources[id_]["Properties"]["Code"] for id_ in ("FunctionHealth", "FunctionTransactionProcessor")]
        assert codes[0] == codes[1]


def test_a_change_of_code_changes_no_template() -> None:
    """`source` may lead anywhere, or nowhere: only dr-deploy reads it."""
    for source in ("nowhere", None):
        tree: Any = load_document(SHIPPED.read_text(encoding="utf-8"), "spec.yaml").value
        tree["functions"][0]["source"] = source
        made = compile_document(load_document(json.dumps(tree), "spec.yaml"), lint=False)
        assert made.bundle.files == compiled(SHIPPED).bundle.files


def test_another_code_bucket_can_be_given_in_each_region() -> None:
    topology = shipped()
    final = deploy(topology.manifest, topology.templates, {"codeBucket": "builds"})[-1]
    code = [f.properties["Code"] for stack in final.values() for f in stack.of("Lambda::Function")]
    found = {item["S3Bucket"] for item in code if "ZipFile" not in item}
    assert found == {"builds"}


def test_reservations_cover_the_load_and_never_fall_below_a_hundred() -> None:
    """10,000/s: ten requests a second for each environment ask for 1,000; a fifth is added for retries."""
    for stack in shipped().serving:
        (function,) = functions(stack).values()
        assert function["ReservedConcurrentExecutions"] == 1_200
    for name in odd_specs():
        for stack in odd(name).serving:
            for function in functions(stack).values():
                assert function["ReservedConcurrentExecutions"] >= 100
    for template in shipped().templates.values():
        for parameter, body in template["Parameters"].items():
            if parameter.startswith("reservedConcurrency"):
                assert body["MinValue"] == body["Default"], "nobody may set less than the objectives need"


@pytest.mark.parametrize("name", each_odd_spec())
def test_functions_live_in_the_private_subnets(name: str) -> None:
    for stack in odd(name).serving:
        subnets = sorted(subnet.ref for subnet in stack.of("EC2::Subnet"))
        for function in functions(stack).values():
            assert sorted(function["VpcConfig"]["SubnetIds"]) == subnets
            group = f"<{stack.name}/FunctionSecurityGroup.GroupId>"
            assert function["VpcConfig"]["SecurityGroupIds"] == [group]


@pytest.mark.parametrize("name", each_odd_spec())
def test_lambda_logs_nothing_of_its_own_for_a_run_that_succeeds(name: str) -> None:
    for stack in odd(name).serving:
        for function in functions(stack).values():
            assert function["LoggingConfig"]["SystemLogLevel"] == "WARN"


@pytest.mark.parametrize("name", each_odd_spec())
def test_a_patch_of_the_runtime_comes_with_an_update_and_so_to_one_region_first(name: str) -> None:
    for stack in odd(name).serving:
        for function in functions(stack).values():
            assert function["RuntimeManagementConfig"] == {"UpdateRuntimeOn": "FunctionUpdate"}


def logging_(logs: dict[str, str], *, heartbeat: bool = True) -> Topology:
    """The shipped spec with another section `logs`."""
    spec = YAML(typ="safe").load(SHIPPED)
    [function] = spec["functions"]
    function |= {"source": "code/python", "heartbeat": heartbeat}
    return made_of({**spec, "logs": logs})


@pytest.mark.parametrize(
    ("level", "code", "silent", "measuring"),
    [
        ("debug", "DEBUG", "DEBUG", "DEBUG"),
        ("info", "INFO", "INFO", "INFO"),
        # A metric in the log has no level and counts as INFO: above that Lambda would drop it.
        ("warn", "WARN", "WARN", "INFO"),
        ("error", "ERROR", "ERROR", "INFO"),
    ],
)
def test_lambda_lets_through_what_the_code_is_told_to_log(level: str, code: str, silent: str, measuring: str) -> None:
    for heartbeat, expected in ((True, measuring), (False, silent)):
        for stack in logging_({"level": level}, heartbeat=heartbeat).serving:
            for id_, function in functions(stack).items():
                of_route_53 = id_ in ("FunctionLatch", "FunctionHealth")
                assert function["LoggingConfig"]["ApplicationLogLevel"] == (measuring if of_route_53 else expected)
                assert id_ == "FunctionLatch" or function["Environment"]["Variables"]["LOG_LEVEL"] == code


@pytest.mark.parametrize(("sample", "told"), [("1%", "0.01"), ("100%", "1"), ("0%", "0"), ("0.05%", "0.0005")])
def test_code_is_told_which_share_of_successes_to_log(sample: str, told: str) -> None:
    for stack in logging_({"sample": sample}).serving:
        assert stack.resources["FunctionHealth"].properties["Environment"]["Variables"]["LOG_SAMPLE"] == told


@pytest.mark.parametrize("name", each_odd_spec())
def test_logs_go_as_json_to_a_group_that_is_there_and_that_the_role_may_write(name: str) -> None:
    """Else Lambda makes a group of its own, unencrypted and kept for ever."""
    for stack in odd(name).serving:
        for id_, function in functions(stack).items():
            group = stack.resources[f"{id_}Logs"]
            logging = function["LoggingConfig"]
            assert (logging["LogFormat"], logging["LogGroup"]) == ("JSON", group.ref)
            role = stack.resources[f"{id_}Role"]
            assert function["Role"] == role.arn
            by_sid = {item["Sid"]: item for item in statements(role.properties["Policies"][0]["PolicyDocument"])}
            name_ = group.properties["LogGroupName"]
            wanted = f"arn:aws:logs:{stack.region}:123456789012:log-group:{name_}:*"
            # The function for Route 53 has the role of the one behind the health path.
            further = {stack.resources["FunctionHealthLogs"].properties["LogGroupName"]}
            allowed = set(listed(by_sid["WriteLogs"]["Resource"]))
            assert wanted in allowed
            assert {arn.split(":")[-2] for arn in allowed - {wanted}} <= further


def test_the_role_may_manage_interfaces_and_the_code_may_not() -> None:
    for stack in shipped().serving:
        document = stack.resources["FunctionTransactionProcessorRole"].properties["Policies"][0]["PolicyDocument"]
        by_sid = {item["Sid"]: item for item in statements(document)}
        allowed, denied = by_sid["AttachToVpc"], by_sid["CodeMayNotManageInterfaces"]
        assert set(allowed["Action"]) == set(denied["Action"])
        assert (allowed["Effect"], denied["Effect"]) == ("Allow", "Deny")
        arn = f"arn:aws:lambda:{stack.region}:123456789012:function:function-"
        named = [f"{arn}transaction-processor-prod-a1", f"{arn}health-prod-a1"]
        assert denied["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": named}}


@pytest.mark.parametrize("name", each_odd_spec())
def test_a_function_may_use_the_tables_and_buckets_it_is_told_of(name: str) -> None:
    for stack in odd(name).serving:
        for id_, function in functions(stack).items():
            variables = function["Environment"]["Variables"]
            document = stack.resources[f"{id_}Role"].properties["Policies"][0]["PolicyDocument"]
            by_sid = {item["Sid"]: item for item in statements(document)}
            tables = {told["name"] for told in json.loads(variables["TABLES"]).values()}
            allowed = {arn.split("/")[1] for arn in listed(by_sid.get("UseTables", {}).get("Resource", []))}
            assert allowed == tables
            assert all(f":{stack.region}:" in arn for arn in listed(by_sid.get("UseTables", {}).get("Resource", [])))
            buckets = {told["name"] for told in json.loads(variables["BUCKETS"]).values()}
            objects = {arn for arn in listed(by_sid.get("UseObjects", {}).get("Resource", [])) if stack.region in arn}
            assert objects == {f"arn:aws:s3:::{bucket}/*" for bucket in buckets}
            assert by_sid["UseKey"]["Resource"] == stack.one("KMS::Key").arn


def test_what_a_function_uses_is_its_own_choice() -> None:
    """Named tables and buckets only, the one it books in first; nothing at all where the lists are empty."""
    found = functions(odd("four-functions").primary)
    told = {id_: f["Environment"]["Variables"] for id_, f in found.items()}
    assert list(json.loads(told["FunctionApi"]["TABLES"])) == ["orders"]
    assert list(json.loads(told["FunctionSearch"]["TABLES"])) == ["orders", "audit"]
    assert told["FunctionNightly"]["TABLES"] == "{}"
    assert told["FunctionNightly"]["PRIMARY_TABLE"] == ""
    assert told["FunctionNightly"]["DOCUMENT_BUCKET"] == "reports"
    assert told["FunctionApi"]["DOCUMENT_BUCKET"] == ""
    market = functions(odd("many-tables").primary)["FunctionMarket"]["Environment"]["Variables"]
    assert market["PRIMARY_TABLE"] == "sessions"
    assert list(json.loads(market["TABLES"])) == ["sessions", "orders"]
    assert json.loads(market["TABLES"])["orders"]["sort"] == "placed_at"


def test_the_environment_says_which_region_it_is_and_which_is_the_other() -> None:
    primary, secondary = shipped().serving
    for here, there, role in ((primary, secondary, "primary"), (secondary, primary, "secondary")):
        variables = functions(here)["FunctionTransactionProcessor"]["Environment"]["Variables"]
        assert variables["REGION_ROLE"] == role
        assert variables["PEER_REGION"] == there.region
        assert variables["ENVIRONMENT"] == "prod"
        assert variables["ENVIRONMENT_SUFFIX"] == "a1"
        assert variables["CROSS_REGION_ROLE_ARN"].endswith(f":role/role-cross-region-prod-a1-{there.region}")
        name = there.resources["CrossRegionRole"].properties["RoleName"]
        assert variables["CROSS_REGION_ROLE_ARN"] == f"arn:aws:iam::123456789012:role/{name}"


def test_texts_of_the_spec_stay_texts() -> None:
    """Nothing that a spec writes into a variable is taken for a function of CloudFormation."""
    variables = functions(odd("odd-tags").primary)["FunctionSign"]["Environment"]["Variables"]
    assert variables["A1"] == "${Key}"
    assert variables["A2"] == "${!Key} ${ ${}"
    assert variables["B1"] == '{"Fn::GetAtt": ["Key", "Arn"]}'
    assert variables["C1"] == "line one\nline two\ttab \\ backslash ünïcode 漢字"
    description = functions(odd("odd-tags").primary)["FunctionSign"]["Description"]
    assert description == 'Says "${AWS::AccountId}" and {"Ref": "Key"} as they stand; costs 5% of £1'
    api = functions(odd("four-functions").primary)["FunctionApi"]["Environment"]["Variables"]
    assert api["GREETING"] == 'it\'s "${quoted}" & 100%'


@pytest.mark.parametrize("name", each_odd_spec())
def test_runtimes_are_supported_and_variables_fit(name: str) -> None:
    for stack in odd(name).serving:
        for function in functions(stack).values():
            assert facts.RUNTIME_BLOCKED.value[function["Runtime"]] > READ
            size = len(json.dumps(function["Environment"]["Variables"], ensure_ascii=False).encode())
            assert size <= facts.ENVIRONMENT_BYTES.value


def test_what_goes_wrong_is_watched() -> None:
    for stack in shipped().serving:
        id_ = f"<{stack.name}/FunctionTransactionProcessor>"
        for metric in ("Errors", "Throttles", "Duration"):
            (found,) = (a for a in alarms(stack, metric) if "processor" in a["AlarmName"])
            dimensions = found.get("Dimensions") or found["Metrics"][0]["MetricStat"]["Metric"]["Dimensions"]
            assert dimensions == [{"Name": "FunctionName", "Value": id_}]
        (slow,) = alarms(stack, "Duration")
        assert (slow["ExtendedStatistic"], slow["Threshold"]) == ("p99", 500)
        (errors,) = (a for a in alarms(stack, "Errors") if "processor" in a["AlarmName"])
        (judged,) = (query for query in errors["Metrics"] if query["ReturnData"])
        assert "runs > 0" in judged["Expression"], "an idle standby must not divide by nothing"
        assert errors["TreatMissingData"] == "notBreaching"
        (account,) = alarms(stack, "ClaimedAccountConcurrency")
        assert account["Dimensions"] == []
        # So many of the 5,000 are reserved and count as claimed at all times; nine tenths of the rest.
        parameters = shipped().template(stack)["Parameters"]
        reserved = sum(body["Default"] for name, body in parameters.items() if name.startswith("reservedConcurrency"))
        assert account["Threshold"] == reserved + (5_000 - reserved) * 9 // 10


def test_a_reservation_that_runs_out_is_noticed_by_what_runs_out_first() -> None:
    """Ten requests a second for each environment: a short function is refused by its rate, a long one by its number."""
    short = shipped().primary.resources["AlarmFunctionTransactionProcessorNearRate"].properties
    assert (short["MetricName"], short["Statistic"]) == ("Invocations", "Sum")
    assert short["Threshold"] == 1_200 * 10 * 60 * 9 / 10
    assert "AlarmFunctionNightlyNearRate" not in odd("four-functions").primary.resources


@pytest.mark.parametrize(
    ("topology", "name", "reserved"),
    [(shipped, "TransactionProcessor", 1_200), (lambda: odd("four-functions"), "Nightly", 100)],
    ids=["short", "long"],
)
def test_environments_that_a_slow_table_keeps_busy_are_noticed(
    topology: Callable[[], Topology], name: str, reserved: int
) -> None:
    """Ten times the duration needs ten times the environments, at a rate that is still normal."""
    for stack in topology().serving:
        p = stack.resources[f"AlarmFunction{name}NearReservation"].properties
        assert (p["MetricName"], p["Statistic"]) == ("ConcurrentExecutions", "Maximum")
        assert p["Threshold"] == reserved * 9 // 10


def test_sources_are_relative_to_the_spec() -> None:
    assert (ODD / "code" / "python" / "app.py").is_file()
