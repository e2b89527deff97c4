"""What a deployment puts into S3 first: the functions' archives and the templates too large for a request.

Every object lies under its own digest and is written where nothing is yet. So an upload that is repeated, or made by
two runs at once, changes nothing: both get the same version. Reports DR835.

Source of conditional writes: Amazon S3 User Guide, "How to prevent object overwrites with conditional writes",
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html (read 2026-11-27).
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from compiler.aws.facts import cloudformation
from compiler.deploy.cloud import Api, CloudError, DeploymentError
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.support.frozen import frozen

Json = Any
_S3 = "s3"
_HOME = "us-east-1"
"""The one region that CreateBucket takes as the absence of a location."""
UNVERSIONED = ("", "null")
"""What S3 says instead of a version in a bucket without versioning."""


@frozen
class Put:
    """What became of one object: `uploaded` is false where it was there already.

    `version` is that of the very content; it is empty, or `null`, in a bucket without versioning.
    """

    bucket: str
    key: str
    version: str
    uploaded: bool


@frozen
class ObjectVersion:
    """One version of an object; `modified` is when it was written, as AWS tells it, `size` is in bytes."""

    key: str
    version: str
    modified: str
    size: int


def code_sha256(content: bytes) -> str:
    """The digest of an archive as Lambda and S3 state it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def fits_request(body: str) -> bool:
    """Whether CloudFormation takes a template in a request, and not only from a bucket."""
    return len(body.encode()) <= cloudformation.INLINE_TEMPLATE_BYTES.value


class Artifacts:
    """The code bucket of each region. Safe to use from several threads."""

    def __init__(self, api: Api, account: str, named: Mapping[str, str], conventional: Mapping[str, str]) -> None:
        """`named` are buckets a person chose, by region; `conventional` the names looked up otherwise."""
        self._api = api
        self._account = account
        self._named = named
        self._conventional = conventional
        self._ready: dict[str, str] = {}
        self._lock = threading.Lock()

    def name(self, region: str) -> str:
        """The name of a region's bucket, whether it is there or not."""
        return self._named.get(region) or self._conventional[region]

    def given(self, region: str) -> str:
        """The bucket a person chose for a region; empty for the one by convention."""
        return self._named.get(region, "")

    def exists(self, region: str) -> bool:
        """Whether the bucket is there already; raises `DeploymentError` where it is somebody else's."""
        return self._look(region) is not None

    def bucket(self, region: str) -> str:
        """The bucket's name, with the bucket there and as it has to be; raises `DeploymentError`."""
        with self._lock:
            if region not in self._ready:
                self._prepare(region)
                self._ready[region] = self.name(region)
            return self._ready[region]

    def _call(self, region: str, operation: str, parameters: Mapping[str, Json]) -> dict[str, Json]:
        # A bucket of the same name in another account is never written to.
        owned = {"ExpectedBucketOwner": self._account, **parameters}
        return self._api.call(_S3, region, operation, owned)

    def _look(self, region: str) -> str | None:
        """Region of the bucket, or None where there is none."""
        name = self.name(region)
        try:
            found = self._call(region, "HeadBucket", {"Bucket": name})
        except CloudError as error:
            if error.code in ("404", "NoSuchBucket"):
                return None
            if error.code in ("403", "AccessDenied", "301"):
                raise _unusable(
                    f"the bucket `{name}` exists, but this account has no access to it in {region}"
                ) from None
            raise
        return str(found.get("BucketRegion") or region)

    def _prepare(self, region: str) -> None:
        name = self.name(region)
        where = self._look(region)
        if where is not None and where != region:
            raise _unusable(f"the bucket `{name}` is in {where}; the code of a function must be in its region {region}")
        if region in self._named:
            if where is None:
                raise _unusable(f"there is no bucket `{name}` in {region}")
            return
        if where is None:
            self._create(region, name)
        self._harden(region, name)

    def _create(self, region: str, name: str) -> None:
        place = {} if region == _HOME else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            self._api.call(_S3, region, "CreateBucket", {"Bucket": name, **place})
        except CloudError as error:
            if error.code == "BucketAlreadyExists":
                raise _unusable(f"the name `{name}` is taken by another account") from None
            # Another run made it a moment ago.
            if error.code != "BucketAlreadyOwnedByYou":
                raise

    def _harden(self, region: str, name: str) -> None:
        """Versioned, encrypted, private, TLS only; a setting that somebody made already is left as it is.

        S3's own keys encrypt it, not the region's key: a template from this bucket repairs a key whose policy is wrong.
        """
        bucket = {"Bucket": name}
        if self._call(region, "GetBucketVersioning", bucket).get("Status") != "Enabled":
            self._call(region, "PutBucketVersioning", {**bucket, "VersioningConfiguration": {"Status": "Enabled"}})
        if not self._setting(region, "GetBucketEncryption", name):
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            rules = {"Rules": [rule]}
            self._call(region, "PutBucketEncryption", {**bucket, "ServerSideEncryptionConfiguration": rules})
        names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        blocked = self._setting(region, "GetPublicAccessBlock", name).get("PublicAccessBlockConfiguration", {})
        if not all(blocked.get(each) for each in names):
            blocks = dict.fromkeys(names, True)
            self._call(region, "PutPublicAccessBlock", {**bucket, "PublicAccessBlockConfiguration": blocks})
        if not self._setting(region, "GetBucketPolicy", name):
            self._call(region, "PutBucketPolicy", {**bucket, "Policy": json.dumps(_tls_only(name))})

    def _setting(self, region: str, operation: str, name: str) -> dict[str, Json]:
        """A setting, empty where it was never made."""
        try:
            answer = self._call(region, operation, {"Bucket": name})
        except CloudError as error:
            if error.code.startswith(("NoSuch", "ServerSideEncryptionConfigurationNotFound")):
                return {}
            raise
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def put(self, region: str, key: str, content: bytes) -> Put:
        """The object under `key`, uploaded where it is not there with this very content; raises `DeploymentError`."""
        name = self.bucket(region)
        digest = code_sha256(content)
        found = self._head(region, name, key)
        if found.get("ChecksumSHA256") == digest:
            return Put(name, key, found.get("VersionId", ""), False)
        # S3 computes the checksum itself and refuses content that was damaged on the way.
        body = {"Bucket": name, "Key": key, "Body": content, "ChecksumSHA256": digest}
        try:
            version = self._write(region, body if found else {**body, "IfNoneMatch": "*"})
        except CloudError as error:
            if error.code != "PreconditionFailed":
                raise
            # Another run was faster, or it was us and only the answer was lost.
            found = self._head(region, name, key)
            if found.get("ChecksumSHA256") == digest:
                return Put(name, key, found.get("VersionId", ""), False)
            version = self._write(region, body)
        if self._head(region, name, key, version).get("ChecksumSHA256") != digest:
            raise _unusable(f"`{key}` in `{name}` is not what was uploaded")
        return Put(name, key, version, True)

    def _write(self, region: str, body: Mapping[str, Json]) -> str:
        """Writes an object; its version, as in `Put`."""
        version: str = self._call(region, "PutObject", body).get("VersionId", "")
        return version

    def _head(self, region: str, name: str, key: str, version: str = "") -> dict[str, Json]:
        """What S3 knows of an object, empty where there is none.

        Only S3 sets the checksum. The metadata of an object say what whoever wrote it wants them to say.
        """
        asked = {"Bucket": name, "Key": key, "ChecksumMode": "ENABLED", **({"VersionId": version} if version else {})}
        try:
            return self._call(region, "HeadObject", asked)
        except CloudError as error:
            if error.code in ("404", "NoSuchKey"):
                return {}
            raise

    def versions(self, region: str, prefix: str) -> Iterator[ObjectVersion]:
        """Every version of the objects whose keys begin with `prefix`, as S3 lists them; none without a bucket."""
        if not self.exists(region):
            return
        asked: dict[str, Json] = {"Bucket": self.name(region), "Prefix": prefix}
        while True:
            page = self._call(region, "ListObjectVersions", asked)
            for entry in page.get("Versions", ()):
                yield ObjectVersion(entry["Key"], entry["VersionId"], str(entry["LastModified"]), int(entry["Size"]))
            if not page.get("IsTruncated"):
                return
            asked |= {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page.get("NextVersionIdMarker", "")}

    def read(self, region: str, version: ObjectVersion) -> bytes:
        """The content of a version."""
        asked = {"Bucket": self.name(region), "Key": version.key, "VersionId": version.version}
        content: bytes = self._call(region, "GetObject", asked)["Body"]
        return content

    def template_url(self, region: str, stack: str, body: str) -> str:
        """Address of the very version of a template that was uploaded, in the form that CloudFormation reads.

        Raises `DeploymentError`. Without versioning it is that of the object; `change_sets.propose` compares
        what CloudFormation has read.
        """
        content = body.encode()
        put = self.put(region, f"templates/{stack}/{hashlib.sha256(content).hexdigest()}.json", content)
        pinned = f"?versionId={quote(put.version, safe='')}" if put.version not in UNVERSIONED else ""
        return f"https://s3.{region}.amazonaws.com/{put.bucket}/{put.key}{pinned}"


def _unusable(why: str) -> DeploymentError:
    """A bucket cannot be used, or an object in it."""
    return DeploymentError(Finding(Code.DR835, why, ("functions",)))


def _tls_only(name: str) -> dict[str, Json]:
    """A bucket policy that refuses what comes without TLS."""
    arn = f"arn:aws:s3:::{name}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
