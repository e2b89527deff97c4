"""The example of a REST API, deployed behind web ACLs that somebody made before."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.deploy.site import ROOT, Site, Within

pytestmark = pytest.mark.slow
EXAMPLE = ROOT / "examples" / "rest-sigv4a" / "specs" / "rest-sigv4a.yaml"
ACCOUNT = "000000000000"
STACKS = {"us-east-1": "primary.us-east-1", "us-west-2": "secondary.us-west-2"}
DOMAIN = "settlements.example.com"


def web_acl(site: Site, region: str) -> str:
    """The ARN of a web ACL that the bank has."""
    made = site.gateway.client("wafv2", region).create_web_acl(
        Name="edge", Scope="REGIONAL", DefaultAction={"Allow": {}},
        VisibilityConfig={"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "edge"},
    )  # fmt: skip
    arn: str = made["Summary"]["ARN"]
    return arn


@pytest.fixture
def prepared(site_of: Callable[[Path], Site]) -> Site:
    site = site_of(EXAMPLE)
    path = site.folder / site.spec
    text = path.read_text(encoding="utf-8")
    for region in STACKS:
        text = re.sub(rf"arn:aws:wafv2:{region}:\S+", web_acl(site, region), text)
    path.write_text(text.replace("012345678901", ACCOUNT), encoding="utf-8")
    site.compile()
    return site


def set_log_role(site: Site) -> None:
    """What the owner of the account does, once in each region."""
    role = f"arn:aws:iam::{ACCOUNT}:role/api-gateway-logs"
    for region in STACKS:
        site.gateway.client("apigateway", region).update_account(
            patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
        )


def ask(site: Site, region: str, method: str, path: str, body: str = "", *, signed: bool = True) -> tuple[int, Any]:
    """Status and answer of the API that is mapped to the domain in a region, over a real connection."""
    (mapping,) = site.gateway.client("apigatewayv2", region).get_api_mappings(DomainName=DOMAIN)["Items"]
    url = f"{site.emulator.endpoint_url}/_aws/execute-api/{mapping['ApiId']}/{mapping['Stage']}{path}"
    request = AWSRequest(method, url, data=body or None)
    if signed:
        # The emulator asks for a signature and does not check it; SigV4a needs a library that is not installed here.
        SigV4Auth(Credentials("emulated", "emulated-secret"), "execute-api", region).add_auth(request)
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request(method, urlsplit(url).path, body or None, dict(request.headers.items()))
    answer = connection.getresponse()
    found = json.loads(answer.read() or b"{}")
    connection.close()
    return answer.status, found


def book(site: Site, region: str, stage: str = "live") -> None:
    """A transaction is booked and read in a region, by whoever signs."""
    (mapping,) = site.gateway.client("apigatewayv2", region).get_api_mappings(DomainName=DOMAIN)["Items"]
    assert mapping["Stage"] == stage
    wanted = {"transaction_id": f"tx-{region}", "amount": "12.50", "currency": "EUR"}
    status, booked = ask(site, region, "POST", "/transactions", json.dumps(wanted))
    assert (status, booked.get("booked_in")) == (201, region), booked
    assert ask(site, region, "GET", f"/transactions/tx-{region}")[0] == 200
    assert ask(site, region, "POST", "/transactions", json.dumps(wanted), signed=False)[0] == 403
    assert ask(site, region, "GET", "/health", signed=False)[1]["region"] == region


def deployments(site: Site, key: str) -> list[str]:
    return [name for name in site.template(key) if name.startswith("RestDeployment")]


def test_a_transaction_in_each_region_and_a_second_run_that_changes_nothing(
    prepared: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Within(prepared, monkeypatch)
    refused = run.deploy()
    assert set(refused.codes) == {"DR858"}, "the role for logs is a setting of the account, and others own it"
    set_log_role(prepared)
    first = run.deploy()
    assert first.code == 0, first
    for region, key in STACKS.items():
        book(prepared, region)
        made = prepared.resources(key)
        stage = f"arn:aws:apigateway:{region}::/restapis/{made['RestApi']}/stages/live"
        acl = prepared.gateway.client("wafv2", region).get_web_acl_for_resource(ResourceArn=stage)["WebACL"]
        assert acl["ARN"] in (prepared.folder / prepared.spec).read_text()
    policy = json.loads(prepared.outputs("global.us-east-1")["CallerPolicy"])
    apis = {region: prepared.outputs(key)["ApiId"] for region, key in STACKS.items()}
    assert policy["Statement"][0]["Resource"] == [
        f"arn:aws:execute-api:{region}:{ACCOUNT}:{api}/live/*" for region, api in apis.items()
    ]
    second = run.deploy()
    assert second.code == 0, second
    assert "nothing had to be changed" in second.out

    before = deployments(prepared, "primary.us-east-1")
    prepared.edit(
        (
            "    - {method: GET, path:",
            "    - {method: PUT, path: /transactions, function: booking, auth: iam}\n    - {method: GET, path:",
        )
    )
    prepared.compile()
    third = run.deploy()
    assert third.code == 0, third
    assert deployments(prepared, "primary.us-east-1") != before
    for region in STACKS:
        assert ask(prepared, region, "PUT", "/transactions", "{}")[0] == 405, "the new route reaches the function"
        assert ask(prepared, region, "GET", f"/transactions/tx-{region}")[0] == 200


def test_a_running_system_moves_from_an_http_api_to_a_rest_api(prepared: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The domains, the log and the bookings stay; only what the domains lead to is another API."""
    path = prepared.folder / prepared.spec
    rest = path.read_text(encoding="utf-8")
    lines = [line for line in rest.splitlines(keepends=True) if ":wafv2:" not in line and "web_acl:" not in line]
    http = "".join(lines).replace("kind: rest", "kind: http")
    path.write_text(http + "  - {finding: auth-iam-regional, reason: Clients learn the region.}\n", encoding="utf-8")
    prepared.compile()
    run = Within(prepared, monkeypatch)
    done = run.deploy()
    assert done.code == 0, done
    before = {region: prepared.outputs(key)["ApiId"] for region, key in STACKS.items()}
    kept = {region: prepared.resources(key) for region, key in STACKS.items()}
    for region in STACKS:
        book(prepared, region, stage="$default")

    set_log_role(prepared)
    path.write_text(rest, encoding="utf-8")
    prepared.compile()
    done = run.deploy()
    assert done.code == 0, done
    for region, key in STACKS.items():
        assert prepared.outputs(key)["ApiId"] != before[region]
        for name in ("FailoverDomain", "FailoverDomainMapping", "RegionalDomain", "ApiLogs"):
            assert prepared.resources(key)[name] == kept[region][name], name
        assert ask(prepared, region, "GET", f"/transactions/tx-{region}")[0] == 200
    assert "nothing had to be changed" in run.deploy().out
