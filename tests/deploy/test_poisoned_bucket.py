"""Whoever may write to a code bucket decides nothing: neither what CloudFormation reads nor what a function runs."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compiler.deploy import artifacts
from compiler.deploy.packing import pack
from compiler.ir.template import compact
from tests.deploy.gateway import Call, Way
from tests.deploy.site import Site, Within

Json = Any
SMALL = Path(__file__).with_name("small.yaml")
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
PRIMARY, SECONDARY = "primary.us-east-1", "secondary.us-west-2"


@pytest.fixture
def small(site_of: Callable[[Path], Site]) -> Site:
    return site_of(SMALL)


def _bucket(site: Site, region: str) -> str:
    account = site.gateway.client("sts", region).get_caller_identity()["Account"]
    return f"bucket-code-prod-a1-{account}-{region}"


def _template_of(site: Site, key: str) -> dict[str, Json]:
    path = site.folder / "templates" / Path(site.spec).stem / f"{key}.json"
    whole: dict[str, Json] = json.loads(path.read_text())
    return whole


def _poisoned(template: dict[str, Json]) -> bytes:
    """The template with every right for the roles of its functions."""
    changed: dict[str, Json] = json.loads(json.dumps(template))
    roles = [body for body in changed["Resources"].values() if body["Type"] == "AWS::IAM::Role"]
    assert roles
    for body in roles:
        body["Properties"]["ManagedPolicyArns"] = [ADMINISTRATOR]
    return compact(changed).encode()


def _evil_code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return 'somebody else'\n")
    return packed.getvalue()


def _key_of_template(site: Site, key: str) -> str:
    digest = hashlib.sha256(compact(_template_of(site, key)).encode()).hexdigest()
    stack = f"{_system(site)}-{key.partition('.')[0]}-prod-a1"
    return f"templates/{stack}/{digest}.json"


def _system(site: Site) -> str:
    manifest = json.loads((site.folder / "templates" / Path(site.spec).stem / "manifest.json").read_text())
    return str(manifest["name"])


def _code(site: Site) -> bytes:
    (folder,) = (site.folder / "functions").iterdir()
    return pack(folder)


def _put(site: Site, region: str, key: str, content: bytes, pretended: bytes) -> None:
    """An object as an attacker writes it: with a checksum of another kind, and metadata that say what is wished for."""
    digest = base64.b64encode(hashlib.sha256(pretended).digest()).decode()
    site.gateway.client("s3", region).put_object(
        Bucket=_bucket(site, region), Key=key, Body=content, ChecksumAlgorithm="CRC32", Metadata={"sha256": digest}
    )


def _nothing_foreign(site: Site) -> None:
    """No role has rights that the template does not name, and each function runs our code."""
    ours = base64.b64encode(hashlib.sha256(_code(site)).digest()).decode()
    for key in (PRIMARY, SECONDARY):
        region = key.partition(".")[2]
        resources = site.resources(key)
        iam = site.gateway.client("iam", region)
        for id_, body in site.template(key).items():
            if body["Type"] == "AWS::IAM::Role" and id_ in resources:
                attached = iam.list_attached_role_policies(RoleName=resources[id_])["AttachedPolicies"]
                assert ADMINISTRATOR not in [policy["PolicyArn"] for policy in attached], id_
            if body["Type"] == "AWS::Lambda::Function" and "S3Key" in body["Properties"]["Code"]:
                found = site.gateway.client("lambda", region).get_function_configuration(FunctionName=resources[id_])
                assert found["CodeSha256"] == ours, id_


@pytest.mark.slow
def test_objects_that_were_there_first_are_not_believed(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the very keys that dr-deploy uses, with the digest that it looks for in the metadata."""
    monkeypatch.setattr(artifacts, "fits_request", lambda body: False)
    code = _code(small)
    for key in (PRIMARY, SECONDARY):
        region = key.partition(".")[2]
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        client = small.gateway.client("s3", region)
        client.create_bucket(Bucket=_bucket(small, region), **place)
        template = _template_of(small, key)
        _put(small, region, _key_of_template(small, key), _poisoned(template), compact(template).encode())
        (name,) = (path.name for path in (small.folder / "functions").iterdir())
        archive = f"functions/{name}/{hashlib.sha256(code).hexdigest()}.zip"
        _put(small, region, archive, _evil_code(), code)

    done = Within(small, monkeypatch).deploy()

    assert done.code == 0, done
    for region in ("us-east-1", "us-west-2"):
        versions = small.gateway.client("s3", region).list_object_versions(Bucket=_bucket(small, region))["Versions"]
        assert len(versions) > len({version["Key"] for version in versions}), "the poisoned keys are those in use"
    _nothing_foreign(small)
    assert "nothing had to be changed" in Within(small, monkeypatch).deploy().out


@pytest.mark.slow
def test_objects_that_are_replaced_during_a_run_are_not_used(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was uploaded is read by its version, whatever has the key by then."""
    monkeypatch.setattr(artifacts, "fits_request", lambda body: False)
    replaced: set[str] = set()

    def replace(call: Call) -> Way:
        if call.name != "cloudformation:CreateChangeSet" or call.region in replaced:
            return Way.PASS
        bucket = _bucket(small, call.region)
        client = small.gateway.client("s3", call.region)
        names = [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
        for name in names:
            content = client.get_object(Bucket=bucket, Key=name)["Body"].read()
            evil = (
                _poisoned(json.loads(content)) if name.endswith(".json") and b"IAM::Role" in content else _evil_code()
            )
            _put(small, call.region, name, evil, content)
        if names:
            replaced.add(call.region)
        return Way.PASS

    small.gateway.trouble = replace
    done = Within(small, monkeypatch).deploy()

    assert done.code == 0, done
    assert replaced == {"us-east-1", "us-west-2"}
    _nothing_foreign(small)


@pytest.mark.slow
def test_a_change_set_of_another_template_is_deleted(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where CloudFormation reads something else than what was sent, nothing of it is executed."""
    quick = Within(small, monkeypatch)
    monkeypatch.setattr(artifacts, "UNVERSIONED", _Everything())
    monkeypatch.setattr(artifacts, "fits_request", lambda body: False)

    def replace(call: Call) -> Way:
        if call.name == "cloudformation:CreateChangeSet" and "primary" in call.form["StackName"]:
            template = _template_of(small, PRIMARY)
            _put(small, "us-east-1", _key_of_template(small, PRIMARY), _poisoned(template), b"")
        return Way.PASS

    small.gateway.trouble = replace
    refused = quick.deploy()

    assert refused.code == 1
    assert "DR895" in refused.codes
    executed = [call for call in small.gateway.calls if call.operation == "ExecuteChangeSet"]
    assert not [call for call in executed if "primary" in call.form["StackName"]]

    small.gateway.trouble = lambda call: Way.PASS
    monkeypatch.setattr(artifacts, "UNVERSIONED", ("", "null"))
    assert quick.deploy().code == 0
    _nothing_foreign(small)


class _Everything:
    """As if no bucket had versions."""

    def __contains__(self, version: str) -> bool:
        return True
