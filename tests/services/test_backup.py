"""AWS Backup: what replication would spread is kept apart, in a locked vault of each region."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache

import pytest

from compiler import planning
from compiler.diagnostics.model import Severity
from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import load_document
from compiler.services.existing_keys import key_policies
from tests.helpers import ODD, Topology, shipped, topology_of
from tests.rules.changes import Bodies, Json, both, codes, judged, of, variant
from tests.services.placement import placed

TYPES = ("Backup::BackupVault", "Backup::BackupPlan", "Backup::BackupSelection")
DAILY = "\nbackup:\n  rules: [{name: daily, every: day, retention: 35d}]\n"
CENTRAL = "arn:aws:backup:us-east-1:210987654321:backup-vault:central"
COPIED = DAILY + "  regions: each-copied\n"
ALONE = DAILY + "  regions: primary-copied\n"
ELSEWHERE = DAILY + f"  copy_to: [{CENTRAL}]\n"
EAST, WEST = (
    f"arn:aws:kms:{region}:123456789012:key/mrk-0123456789abcdef0123456789abcdef"
    for region in ("us-east-1", "us-west-2")
)
KEYS = (
    "  alias: alias/transaction-encryption\n  rotation: 365d\n",
    f"  existing: ['{EAST}', '{WEST}']\n",
)
IN_EUROPE = (
    ("region: us-east-1, role: primary", "region: eu-west-1, role: primary"),
    ("region: us-west-2, role: secondary", "region: eu-central-1, role: secondary"),
    ("[use1-az1, use1-az2, use1-az4]", "3"),
    ("[usw2-az1, usw2-az2, usw2-az3]", "3"),
)


def nothing(bodies: Bodies) -> None:
    """No change."""


@cache
def deployed(lines: str, *edits: tuple[str, str]) -> Topology:
    return topology_of(variant(*edits, lines=lines).bundle.files)


def plan(topology: Topology, kind: str = "primary") -> Json:
    return topology.kind(kind).one("Backup::BackupPlan").properties["BackupPlan"]


def test_placement() -> None:
    assert placed(shipped, TYPES) == {}
    selections = {"BackupTableTransactions", "BackupBucketDocuments"}
    both_ = {"BackupVault", "BackupPlan", *selections}
    assert placed(lambda: deployed(DAILY), TYPES) == {"primary": both_, "secondary": both_}
    assert placed(lambda: deployed(ALONE), TYPES) == {"primary": both_, "secondary": {"BackupVault"}}


@pytest.mark.parametrize("lines", [DAILY, COPIED, ALONE, ELSEWHERE])
@pytest.mark.parametrize("edits", [(), (KEYS,), IN_EUROPE], ids=["shipped", "existing keys", "europe"])
def test_no_rule_has_anything_against_it(lines: str, edits: tuple[tuple[str, str], ...]) -> None:
    assert judged(nothing, variant(*edits, lines=lines)) == []


@pytest.mark.parametrize("name", ["three-regions", "no-bucket", "strong", "dual-write", "two-buckets"])
def test_other_topologies_are_backed_up_in_the_regions_that_serve(name: str) -> None:
    path = ODD / f"{name}.yaml"
    made = compile_document(load_document(path.read_text(encoding="utf-8") + DAILY, str(path)), lint=False)
    topology = topology_of(made.bundle.files)
    spec = made.topology.spec
    for stack in topology.serving:
        selected = {selection.id for selection in stack.of("Backup::BackupSelection")}
        assert len(selected) == len(spec.tables) + len(spec.buckets)
    assert set(placed(lambda: topology, TYPES)) == {"primary", "secondary"}


def test_a_renamed_table_keeps_its_selection() -> None:
    named = DAILY + "  tables: [%s]\n"
    before = deployed(named % "transactions")
    after = deployed(named % "ledger", ("- name: transactions", "- name: ledger\n    was: transactions"))
    assert [s.id for s in after.all("Backup::BackupSelection")] == [s.id for s in before.all("Backup::BackupSelection")]


def test_a_vault_has_the_key_of_its_region_and_a_lock_that_can_be_undone() -> None:
    topology = deployed(DAILY)
    for stack in topology.serving:
        vault = stack.one("Backup::BackupVault").properties
        assert vault["EncryptionKeyArn"] == stack.outputs["KeyArn"]
        assert vault["LockConfiguration"] == {"MinRetentionDays": 35, "MaxRetentionDays": 35}


def test_the_lock_spans_the_rules_unless_the_spec_says_more() -> None:
    rules = DAILY.replace("35d}", "35d}, {name: monthly, every: month, retention: 400d}")
    (vault,) = {str(v.properties["LockConfiguration"]) for v in deployed(rules).all("Backup::BackupVault")}
    assert vault == "{'MinRetentionDays': 35, 'MaxRetentionDays': 400}"
    wider = deployed(rules + "  lock: {shortest: 7d, longest: 3650d}\n")
    (vault,) = {str(v.properties["LockConfiguration"]) for v in wider.all("Backup::BackupVault")}
    assert vault == "{'MinRetentionDays': 7, 'MaxRetentionDays': 3650}"


@pytest.mark.parametrize(
    ("rule", "schedule"),
    [
        ("every: hour, at: '09:20'", "cron(20 * * * ? *)"),
        ("every: day, at: '09:20'", "cron(20 9 * * ? *)"),
        ("every: week", "cron(0 3 ? * SUN *)"),
        ("every: month", "cron(0 3 1 * ? *)"),
    ],
)
def test_a_schedule_is_written_as_aws_reads_it(rule: str, schedule: str) -> None:
    lines = DAILY.replace("every: day", rule)
    assert plan(deployed(lines))["BackupPlanRule"][0]["ScheduleExpression"] == schedule


def test_each_selection_names_one_thing_of_its_region() -> None:
    """AWS cannot change a selection: one for all would be replaced with every new table, and the old one retained."""
    for stack in deployed(DAILY).serving:
        for selection in stack.of("Backup::BackupSelection"):
            (arn,) = selection.properties["BackupSelection"]["Resources"]
            assert stack.region in arn
            assert "*" not in arn
            assert "ListOfTags" not in selection.properties["BackupSelection"]


def test_a_role_is_there_before_a_selection_tries_it_out() -> None:
    for stack in ("primary", "secondary"):
        made = [number for number, wave in enumerate(deployed(DAILY).waves) for state in wave.values()
                if state.name.startswith(stack) and "BackupTableTransactions" in state.resources]  # fmt: skip
        role = [number for number, wave in enumerate(deployed(DAILY).waves) for state in wave.values()
                if state.name.startswith(stack) and "BackupRole" in state.resources]  # fmt: skip
        assert min(role) < min(made)


def test_copies_go_to_the_vault_of_the_other_region() -> None:
    topology = deployed(COPIED)
    for stack, peer in zip(topology.serving, reversed(topology.serving), strict=True):
        (rule,) = stack.one("Backup::BackupPlan").properties["BackupPlan"]["BackupPlanRule"]
        (copy,) = rule["CopyActions"]
        assert copy["DestinationBackupVaultArn"].split(":")[3] == peer.region
        assert copy["Lifecycle"] == rule["Lifecycle"]
        name = peer.one("Backup::BackupVault").properties["BackupVaultName"]
        assert copy["DestinationBackupVaultArn"].endswith(f":backup-vault:{name}")


def test_another_account_is_let_in_where_its_vault_is_named_and_nowhere_else() -> None:
    stranger = "arn:aws:iam::210987654321:root"
    assert stranger not in json.dumps(dict(deployed(COPIED).templates))
    made = deployed(ELSEWHERE)
    for stack in made.serving:
        (back,) = stack.one("Backup::BackupVault").properties["AccessPolicy"]["Statement"]
        assert (back["Principal"], back["Action"]) == ({"AWS": stranger}, "backup:CopyIntoBackupVault")
        statements = stack.resources["Key"].properties["KeyPolicy"]["Statement"]
        (shared,) = [item for item in statements if item["Principal"] == {"AWS": stranger}]
        assert shared["Condition"] == {"StringLike": {"kms:ViaService": "backup.*.amazonaws.com"}}
    assert stranger not in json.dumps(dict(made.templates)[f"{made.global_.name}.json"])


def test_the_owner_of_a_key_is_told_what_backups_need() -> None:
    account = "123456789012"
    without = json.dumps(key_policies(variant(KEYS).topology, account))
    assert "backup." not in without
    policies = key_policies(variant(KEYS, lines=ELSEWHERE).topology, account)
    for region in ("us-east-1", "us-west-2"):
        text = json.dumps(policies[region])
        assert "backup.*.amazonaws.com" in text
        assert "arn:aws:iam::210987654321:root" in text


def test_the_keys_of_a_system_without_backups_know_nothing_of_them() -> None:
    assert "backup" not in json.dumps(dict(shipped().templates))


def test_only_what_is_backed_up_tells_of_its_changes() -> None:
    told = deployed(DAILY)
    assert all("NotificationConfiguration" in s.resources["BucketDocuments"].properties for s in told.serving)
    left_out = deployed(DAILY + "  buckets: []\n")
    assert all("NotificationConfiguration" not in s.resources["BucketDocuments"].properties for s in left_out.serving)
    assert not [s.id for s in left_out.all("Backup::BackupSelection") if "Bucket" in s.id]


def test_backups_that_fail_or_are_not_made_ring() -> None:
    topology = deployed(COPIED)
    for stack in topology.serving:
        alarms = {alarm.id: alarm.properties for alarm in stack.of("CloudWatch::Alarm") if "Backup" in alarm.id}
        assert set(alarms) == {"AlarmBackupsFailed", "AlarmBackupCopiesFailed", "AlarmBackupsMissing"}
        missing = alarms["AlarmBackupsMissing"]
        assert missing["TreatMissingData"] == "breaching"
        assert missing["EvaluationPeriods"] * missing["Period"] == 2 * 86400
    assert "AlarmBackupCopiesFailed" not in deployed(DAILY).primary.resources


def test_backups_every_week_are_missed_by_the_calendar_and_those_every_month_by_nobody() -> None:
    """An alarm looks back for seven days at most, and over any seven days it would ring for each later backup."""
    weekly = deployed(DAILY.replace("every: day", "every: week"))
    for stack in weekly.serving:
        missing = stack.resources["AlarmBackupsMissing"].properties
        assert missing["EvaluationWindow"] == {"WallClockWindow": {"Timezone": "UTC"}}
        assert (missing["MetricName"], missing["TreatMissingData"]) == ("NumberOfBackupJobsCreated", "breaching")
        assert (missing["EvaluationPeriods"], missing["Period"]) == (1, 7 * 86400)
        others = [alarm for alarm in stack.of("CloudWatch::Alarm") if alarm.id != "AlarmBackupsMissing"]
        assert not [alarm.id for alarm in others if "EvaluationWindow" in alarm.properties]
    monthly = deployed(DAILY.replace("every: day", "every: month"))
    assert "AlarmBackupsMissing" not in monthly.primary.resources


@pytest.mark.parametrize("lines", [DAILY, COPIED])
def test_a_table_more_replaces_nothing_of_the_backups(lines: str) -> None:
    table = "tables:\n"
    more = "tables:\n  - {name: more, key: {partition: id}, item_size: 1KB, writes: 1, reads: 1, retention: 30d}\n"
    before, after = deployed(lines), deployed(lines, (table, more))
    for old in before.all("Backup::BackupSelection"):
        new = next(r for r in after.all("Backup::BackupSelection") if (r.id, r.stack) == (old.id, old.stack))
        assert new.properties == old.properties


def test_the_costs_count_every_backup_and_every_copy() -> None:
    lines = {cost.id: amounts for cost, amounts in planning.bill(variant(lines=COPIED).topology).lines}
    copied = lines["backup.us-east-1.daily.transactions"].load
    alone = {c.id: a for c, a in planning.bill(variant(lines=DAILY).topology).lines}
    # A month has less than the 35 days, and the first backup is not there before its first day.
    assert copied == 2 * alone["backup.us-east-1.daily.transactions"].load
    stored = alone["table.transactions.storage"].load
    price = Fraction("0.10") / Fraction("0.25")
    assert alone["backup.us-east-1.daily.transactions"].load == stored * price * Fraction(730, 24)
    assert alone["backup.us-east-1.daily.transactions"].year == alone["table.transactions.storage"].year * price * 35
    assert not [id_ for id_ in alone if id_.startswith("backup.") and id_.endswith("copies") and alone[id_].load]


def test_what_is_left_after_a_bad_write() -> None:
    without, with_ = ({each.id: each for each in planning.objectives(variant(lines=lines).topology).remains}
                      for lines in ("", DAILY))  # fmt: skip
    assert set(with_) - set(without) == {"backup.daily"}
    assert without["table.transactions.recovery"].kept == 35 * 86400
    assert without["bucket.documents.versions"].step == 0
    assert with_["backup.daily"].step == 25 * 3600


def _vault(bodies: Bodies, **lock: int) -> None:
    both(lambda body: of(body, "BackupVault").update(LockConfiguration=lock))(bodies)


def found(lines: str, change: Json) -> list[str]:
    """Codes of the errors after a change."""
    made: Compiled = variant(lines=lines)
    return codes([item for item in judged(change, made) if item.severity is Severity.ERROR])


def test_a_lock_for_good_is_an_error_that_can_be_accepted() -> None:
    def change(bodies: Bodies) -> None:
        _vault(bodies, MinRetentionDays=35, MaxRetentionDays=35, ChangeableForDays=3)

    assert found(DAILY, change) == ["DR518"]


@pytest.mark.parametrize("lock", [(36, 400), (1, 34)])
def test_a_plan_that_its_vault_refuses(lock: tuple[int, int]) -> None:
    def change(bodies: Bodies) -> None:
        _vault(bodies, MinRetentionDays=lock[0], MaxRetentionDays=lock[1])

    assert found(COPIED, change) == ["DR519"]


def test_backups_for_ever_do_not_fit_a_lock_with_an_end() -> None:
    def change(body: Json) -> None:
        for rule in of(body, "BackupPlan")["BackupPlan"]["BackupPlanRule"]:
            del rule["Lifecycle"]

    assert found(DAILY, both(change)) == ["DR519"]


@pytest.mark.parametrize(
    "selected",
    [
        {"ListOfTags": [{"ConditionType": "STRINGEQUALS", "ConditionKey": "owner", "ConditionValue": "payments"}]},
        {"Resources": ["arn:aws:s3:::*"]},
        {"Resources": [{"Fn::Sub": "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/another"}]},
    ],
    ids=["tags", "pattern", "another table"],
)
def test_a_selection_that_nobody_can_review(selected: Json) -> None:
    def change(body: Json) -> None:
        of(body, "BackupTableTransactions")["BackupSelection"].update(selected)

    assert "DR520" in found(DAILY, both(change))


def test_a_bucket_without_versions_is_not_backed_up() -> None:
    def change(body: Json) -> None:
        del of(body, "BucketDocuments")["VersioningConfiguration"]

    assert "DR520" in found(DAILY, both(change))


def test_a_role_that_cannot_back_up_is_found() -> None:
    def change(body: Json) -> None:
        for item in of(body, "BackupRole")["Policies"][0]["PolicyDocument"]["Statement"]:
            if item["Sid"] == "BackUpTables":
                item["Action"] = ["dynamodb:DescribeTable"]

    assert found(DAILY, both(change)) == ["DR898"]


def test_a_key_that_backups_cannot_use_is_found() -> None:
    def change(body: Json) -> None:
        text = json.dumps(of(body, "Key")["KeyPolicy"]).replace('"backup.*.amazonaws.com", ', "")
        of(body, "Key")["KeyPolicy"] = json.loads(text)

    assert found(DAILY, both(change)) == ["DR899"]


def test_an_account_that_the_spec_does_not_name_is_still_an_outsider() -> None:
    def change(body: Json) -> None:
        stranger = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
                    "Action": "backup:CopyIntoBackupVault", "Resource": "*"}  # fmt: skip
        of(body, "BackupVault")["AccessPolicy"] = {"Version": "2012-10-17", "Statement": [stranger]}

    assert "DR872" in found(ELSEWHERE, both(change))


def test_a_standby_without_backups_is_a_difference_unless_the_spec_says_so() -> None:
    def change(bodies: Bodies) -> None:
        for name in ("BackupTableTransactions", "AlarmBackupsMissing"):
            del bodies["secondary"]["Resources"][name]

    assert "DR470" in found(DAILY, change)
