"""Partials that a user puts over ours, or adds, are held to the same rules, at their own lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.diagnostics.model import Diagnostic, RejectedError
from compiler.pipeline import compile_spec
from tests.helpers import ROOT, SHIPPED


def _compile(folder: Path) -> tuple[Diagnostic, ...]:
    try:
        return compile_spec(SHIPPED, "specs/dr-topology.yaml", partials=(folder,), lint=False).diagnostics
    except RejectedError as error:
        return error.diagnostics


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _bundled(name: str) -> str:
    return (ROOT / "partials" / name).read_text(encoding="utf-8")


def test_a_partial_over_ours(tmp_path: Path) -> None:
    text = _bundled("dynamodb/table.json.j2").replace(
        '"StreamViewType": "NEW_AND_OLD_IMAGES"', '"StreamViewType": "KEYS_ONLY"'
    )
    path = _write(tmp_path, "dynamodb/table.json.j2", text)
    (found,) = _compile(tmp_path)
    assert found.rule.code == "DR421"
    spec_line, partial_line = found.labels
    assert "transactions" in SHIPPED.read_text(encoding="utf-8").split("\n")[spec_line.at.start.line - 1]
    assert partial_line.at.file == path.as_posix()
    assert text.split("\n")[partial_line.at.start.line - 1] == "    {{ id }}: {"


ALARM = """{
  "Resources": {
    "OwnAlarm": {
      "Type": "AWS::CloudWatch::Alarm",
      "Properties": {
        "AlarmName": "own",
        "Namespace": "AWS/Lambda",
        "MetricName": "errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [{{ topic_arn }}]
      }
    }
  }
}
"""


def test_an_added_partial(tmp_path: Path) -> None:
    _write(tmp_path, "own/alarm.json.j2", ALARM)
    found = _compile(tmp_path)
    assert [item.rule.code for item in found] == ["DR461", "DR461"]
    assert found[0].labels[1].at.start.line == 3
    assert found[0].help == "did you mean `Errors`?"


def test_a_partial_that_is_a_link_out_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("{{ secret }}")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    folder = tmp_path / "repository" / "partials"
    (folder / "own").mkdir(parents=True)
    (folder / "own" / "x.json.j2").symlink_to(tmp_path / "secret")
    (found,) = _compile(folder)
    assert found.message == "the partial is outside of the repository, which begins at `repository`"
    (folder / "own" / "x.json.j2").unlink()
    _write(folder, "_shared/alarm.json.j2", ALARM.replace('"errors"', '"Errors"'))
    (folder / "own" / "alarm.json.j2").symlink_to("../_shared/alarm.json.j2")
    assert _compile(folder) == ()


@pytest.mark.parametrize("kind", ["primary", "secondary"])
def test_an_added_partial_for_one_region(tmp_path: Path, kind: str) -> None:
    _write(tmp_path, f"own/alarm.{kind}.json.j2", ALARM.replace('"errors"', '"Errors"'))
    assert _compile(tmp_path) == ()


def test_an_added_partial_for_both_regions(tmp_path: Path) -> None:
    _write(tmp_path, "own/alarm.json.j2", ALARM.replace('"errors"', '"Errors"'))
    assert _compile(tmp_path) == ()


def test_one_role_name_in_both_regions(tmp_path: Path) -> None:
    role = """{
  "Resources": {
    "OwnRole": {
      "Type": "AWS::IAM::Role",
      "Properties": {
        "RoleName": "own",
        "AssumeRolePolicyDocument": {"Statement": [
          {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ]}
      }
    }
  }
}
"""
    path = _write(tmp_path, "own/role.json.j2", role)
    (found,) = _compile(tmp_path)
    assert found.rule.code == "DR615"
    assert [(label.at.file, label.at.start.line) for label in found.labels if label.text == "defined here"] == [
        (path.as_posix(), 3),
        (path.as_posix(), 3),
    ]


def test_a_partial_over_ours_that_lets_nothing_expire(tmp_path: Path) -> None:
    text = _bundled("dynamodb/table.json.j2")
    ends = '{"AttributeName": {{ ttl }}, "Enabled": true}'
    assert ends in text
    _write(tmp_path, "dynamodb/table.json.j2", text.replace(ends, ends.replace("true", "false")))
    (found,) = _compile(tmp_path)
    assert found.rule.code == "DR337"
    assert "expires_at" in found.message


BUCKET = """{
  "Resources": {
    "Drafts": {
      "Type": "AWS::S3::Bucket",
      "Properties": {
        "BucketEncryption": {
          "ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {{ key_arn }}}}
          ]
        }%s
      }
    }
  }
}
"""
EXPIRY = ', "LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 30}]}'


def test_an_added_bucket_that_grows(tmp_path: Path) -> None:
    _write(tmp_path, "own/drafts.json.j2", BUCKET % "")
    grows = [item for item in _compile(tmp_path) if item.rule.code == "DR334"]
    assert [(item.id, item.message.partition(" (")[0]) for item in grows] == [
        ("Drafts-grows", "`Drafts` keeps what it stores for ever")
    ]
    _write(tmp_path, "own/drafts.json.j2", BUCKET % EXPIRY)
    assert [item for item in _compile(tmp_path) if item.rule.code == "DR334"] == []
