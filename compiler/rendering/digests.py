"""Logical ids that follow the content of another resource: deployments of REST APIs.

A deployment is a copy of its API at the time when it is created, and CloudFormation creates it once. So its id ends
with the digest of the API, and another API makes another deployment. An API is its document, or methods and paths that
are resources of their own. A partial writes the word `Digest` in its place,
because only the rendered API is known to be the one that is deployed.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html
(read 2026-11-26)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from compiler.aws.types.apigateway import API_PARTS, DEPLOYMENT, PLACEHOLDER, REST_API

_WORDS = re.compile(r"\$\{([A-Za-z0-9]+)(\.[A-Za-z0-9.]+)?\}")
_NOT_DEPLOYED = ("Name", "Description", "Tags")
_DIGITS = 12  # not a figure: of a digest that only tells versions of one API apart


def named_by_digest(resources: Mapping[str, Any]) -> dict[str, str]:
    """The ids that get a digest, with what they become."""
    found = {}
    for name, body in resources.items():
        properties = body.get("Properties")
        if body["Type"] == DEPLOYMENT and name.endswith(PLACEHOLDER) and isinstance(properties, dict):
            reference = properties.get("RestApiId")
            api = reference.get("Ref", "") if isinstance(reference, dict) else ""
            if api in resources and resources[api]["Type"] == REST_API:
                found[name] = name.removesuffix(PLACEHOLDER) + digest(api, resources)
    return found


def digest(api: str, resources: Mapping[str, Any]) -> str:
    """The digest of everything that a deployment of the API with this id copies; `resources` are all of its stack."""
    properties = dict(resources[api].get("Properties") or {})
    kept = {key: value for key, value in properties.items() if key not in _NOT_DEPLOYED}
    content = [kept, dict(parts)] if (parts := tuple(api_parts(api, resources))) else kept
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:_DIGITS]


def api_parts(api: str, resources: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The methods, paths and other parts of an API that are resources of their own, with their properties."""
    for name, body in resources.items():
        properties = body.get("Properties")
        if body["Type"] in API_PARTS and isinstance(properties, dict) and properties.get("RestApiId") == {"Ref": api}:
            yield name, properties


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A part of a template with other logical ids in all references."""
    if isinstance(value, dict):
        return {key: _argument(key, item, names) for key, item in value.items()}
    return [renamed(item, names) for item in value] if isinstance(value, list) else value


def _argument(key: str, value: Any, names: Mapping[str, str]) -> Any:
    if key in ("Ref", "DependsOn") and isinstance(value, str):
        return names.get(value, value)
    if key == "DependsOn" and isinstance(value, list):
        return [names.get(item, item) if isinstance(item, str) else item for item in value]
    if key == "Fn::GetAtt" and isinstance(value, list) and value:
        return [names.get(value[0], value[0]) if isinstance(value[0], str) else value[0], *value[1:]]
    if key == "Fn::Sub":
        text, *rest = value if isinstance(value, list) and value else [value]
        if isinstance(text, str):
            text = _WORDS.sub(lambda found: f"${{{names.get(found[1], found[1])}{found[2] or ''}}}", text)
        return [text, *renamed(rest, names)] if isinstance(value, list) else text
    return renamed(value, names)
