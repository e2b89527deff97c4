"""What keeps AWS from deleting a resource by its content: objects in a bucket, records in a hosted zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.deploy.cloud import Api, CloudError, DeploymentError
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding

Json = Any
_BATCH = 1000  # not a figure: what one call of DeleteObjects takes, and one page lists
_RECORDS = 100
"""Records deleted by one call: our own choice, well below what a call takes."""
_ABSENT = ("NoSuchBucket", "404", "NoSuchHostedZone")
_VALIDATION = ".acm-validations.aws."
"""How the values of the records end by which ACM validates a certificate. CloudFormation makes and leaves them.

https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html (read 2026-11-26)
"""


def empty_bucket(api: Api, account: str, region: str, bucket: str) -> None:
    """Deletes every version of every object, and every delete marker; raises `CloudError` and `DeploymentError`.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/empty-bucket.html (read 2026-11-26)
    """
    owned = {"Bucket": bucket, "ExpectedBucketOwner": account}
    try:
        while True:
            page = api.call("s3", region, "ListObjectVersions", {**owned, "MaxKeys": _BATCH})
            entries = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            if not entries:
                return
            objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
            answer = api.call("s3", region, "DeleteObjects", {**owned, "Delete": {"Objects": objects, "Quiet": True}})
            for refused in answer.get("Errors", ()):
                message = f"`{refused.get('Key')}` in {bucket} cannot be deleted: {refused.get('Message')}"
                raise DeploymentError(Finding(Code.DR496, message, ()))
    except CloudError as error:
        if error.code not in _ABSENT:
            raise


def empty_zone(api: Api, region: str, zone: str, *, whole: bool) -> None:
    """Deletes the records by which certificates were validated, or the `whole` content of a zone.

    The name servers and the start of authority at the top go with the zone itself. Raises `CloudError`.
    """
    try:
        found = [record for record in _records(api, region, zone) if whole or _validates(record)]
    except CloudError as error:
        if error.code in _ABSENT:
            return
        raise
    for start in range(0, len(found), _RECORDS):
        changes = [{"Action": "DELETE", "ResourceRecordSet": record} for record in found[start : start + _RECORDS]]
        given = {"HostedZoneId": zone, "ChangeBatch": {"Changes": changes}}
        api.call("route53", region, "ChangeResourceRecordSets", given)


def _validates(record: Mapping[str, Json]) -> bool:
    values = [item["Value"] for item in record.get("ResourceRecords", ())]
    return record["Type"] == "CNAME" and any(f"{value.rstrip('.')}.".endswith(_VALIDATION) for value in values)


def _records(api: Api, region: str, zone: str) -> Iterator[Mapping[str, Json]]:
    """Every record of a zone but the two that it was made with."""
    top = api.call("route53", region, "GetHostedZone", {"Id": zone})["HostedZone"]["Name"]
    asked: dict[str, Json] = {"HostedZoneId": zone}
    while True:
        page = api.call("route53", region, "ListResourceRecordSets", asked)
        for record in page["ResourceRecordSets"]:
            if record["Name"] != top or record["Type"] not in ("NS", "SOA"):
                yield record
        if not page.get("IsTruncated"):
            return
        names = {"NextRecordName": "StartRecordName", "NextRecordType": "StartRecordType",
                 "NextRecordIdentifier": "StartRecordIdentifier"}  # fmt: skip
        asked = {"HostedZoneId": zone, **{to: page[from_] for from_, to in names.items() if page.get(from_)}}
