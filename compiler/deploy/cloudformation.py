"""CloudFormation in every region, through `Api`. Every call raises `CloudError`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from compiler.deploy.cloud import (
    Api,
    Change,
    ChangeSetState,
    CloudError,
    Event,
    ExistingStack,
    Request,
    Resource,
    pages,
)

Json = Any
_SERVICE = "cloudformation"
_EVENT_PAGES = 10
"""Pages of events looked at, latest first: more than one operation of ours ever writes."""


def _absent(error: CloudError) -> bool:
    """Whether a stack is not there: CloudFormation says so in words only."""
    return error.code == "ValidationError" and "does not exist" in error.message


class CloudFormation:
    """The operations of CloudFormation that a run needs; a stack is named by its region and its name."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def _call(self, region: str, operation: str, parameters: Mapping[str, Json]) -> dict[str, Json]:
        return self._api.call(_SERVICE, region, operation, parameters)

    def describe(self, region: str, name: str) -> ExistingStack | None:
        """The stack as it is now; None where there is none. Raises `CloudError`."""
        try:
            found = self._call(region, "DescribeStacks", {"StackName": name})["Stacks"]
        except CloudError as error:
            if _absent(error):
                return None
            raise
        return _stack(found[0]) if found else None

    def template(self, region: str, name: str, change_set: str = "") -> Mapping[str, Json]:
        """The deployed template, or that of a change set by name or id; empty for a stack that has none yet."""
        asked = {"StackName": name, **({"ChangeSetName": change_set} if change_set else {})}
        try:
            body = self._call(region, "GetTemplate", asked).get("TemplateBody") or {}
        except CloudError as error:
            # A stack in review has no template yet.
            if error.code == "ValidationError":
                return {}
            raise
        if isinstance(body, str):
            try:
                body = json.loads(body)
            except ValueError:
                return {}  # deployed from YAML by somebody else
        return dict(body)

    def create_change_set(self, region: str, request: Request) -> None:
        """Makes a change set, or finds the one that an earlier attempt made. Raises `CloudError`."""
        source: dict[str, Json] = {"UsePreviousTemplate": True}
        if request.url or request.body:
            source = {"TemplateURL": request.url} if request.url else {"TemplateBody": request.body}
        parameters = {
            "StackName": request.stack,
            "ChangeSetName": request.name,
            "ChangeSetType": "CREATE" if request.create else "UPDATE",
            "Capabilities": list(request.capabilities),
            "Parameters": [_parameter(name, value) for name, value in request.parameters.items()],
            "RollbackConfiguration": request.watch.configuration,
            "Description": "made by dr-deploy",
            **source,
            **({"Tags": [{"Key": k, "Value": v} for k, v in request.tags.items()]} if request.tags else {}),
        }
        try:
            self._call(region, "CreateChangeSet", parameters)
        except CloudError as error:
            # The name is this run's own: the answer to an earlier attempt was lost on the way.
            if error.code != "AlreadyExistsException" or request.name not in error.message:
                raise

    def change_set(self, region: str, stack: str, name: str) -> ChangeSetState | None:
        """A change set by its name or id, with all its changes; None where there is none. Raises `CloudError`."""
        changes: list[Change] = []
        asked = {"StackName": stack, "ChangeSetName": name}
        last: dict[str, Json] = {}
        try:
            for page in pages(self._api, _SERVICE, region, "DescribeChangeSet", asked):
                last = page
                changes += [_change(c["ResourceChange"]) for c in page.get("Changes", []) if "ResourceChange" in c]
        except CloudError as error:
            if error.code.startswith("ChangeSetNotFound") or _absent(error):
                return None
            raise
        return ChangeSetState(
            last.get("Status", ""), last.get("ExecutionStatus", ""), last.get("StatusReason", ""), tuple(changes),
            last.get("ChangeSetId", ""), last,
        )  # fmt: skip

    def delete_change_set(self, region: str, stack: str, name: str) -> None:
        """Deletes a change set, by its name or id. Raises `CloudError`."""
        self._call(region, "DeleteChangeSet", {"StackName": stack, "ChangeSetName": name})

    def execute(self, region: str, stack: str, name: str, token: str) -> None:
        """Executes a change set; the events of the operation carry `token`. Raises `CloudError`."""
        parameters = {
            "StackName": stack,
            "ChangeSetName": name,
            "ClientRequestToken": token,
            # A failed first deployment takes back what it made, so that nothing is left to block its own name.
            "RetainExceptOnCreate": True,
        }
        self._call(region, "ExecuteChangeSet", parameters)

    def events(self, region: str, stack: str) -> tuple[Event, ...]:
        """Latest first, those of one operation at least."""
        found: list[Event] = []
        asked = {"StackName": stack}
        for number, page in enumerate(pages(self._api, _SERVICE, region, "DescribeStackEvents", asked), 1):
            found += [_event(event) for event in page["StackEvents"]]
            if number == _EVENT_PAGES:
                break
        return tuple(found)

    def resources(self, region: str, stack: str) -> tuple[Resource, ...]:
        """Every resource of a stack; none where there is no stack. Raises `CloudError`."""
        asked = {"StackName": stack}
        try:
            return tuple(
                Resource(
                    r["LogicalResourceId"], r.get("PhysicalResourceId", ""), r["ResourceType"], r["ResourceStatus"]
                )
                for page in pages(self._api, _SERVICE, region, "ListStackResources", asked)
                for r in page["StackResourceSummaries"]
            )
        except CloudError as error:
            if _absent(error):
                return ()
            raise

    def names(self, region: str) -> tuple[str, ...]:
        """The stacks of a region that are there, of whatever system."""
        found = pages(self._api, _SERVICE, region, "ListStacks", {})
        listed = (stack for page in found for stack in page["StackSummaries"])
        return tuple(stack["StackName"] for stack in listed if stack["StackStatus"] != "DELETE_COMPLETE")

    def protect(self, region: str, stack: str, *, on: bool) -> None:
        """Turns termination protection on or off."""
        parameters = {"StackName": stack, "EnableTerminationProtection": on}
        self._call(region, "UpdateTerminationProtection", parameters)

    def delete(self, region: str, stack: str) -> None:
        """Begins to delete a stack. Raises `CloudError`."""
        self._call(region, "DeleteStack", {"StackName": stack})

    def validation_errors(self, region: str, stack: str, change_set: str) -> tuple[tuple[str, str], ...]:
        """What validation before deployment rejected in a change set, or in the last operation where none is named.

        Pairs of logical id and reason.
        """
        parameters = {"StackName": stack, "Filters": {"FailedEvents": True}}
        if change_set:
            parameters["ChangeSetName"] = change_set
        try:
            found = [
                (event.get("LogicalResourceId", ""), event["ValidationStatusReason"])
                for page in pages(self._api, _SERVICE, region, "DescribeEvents", parameters)
                for event in page.get("OperationEvents", [])
                if event.get("ValidationStatusReason")
            ]
        except CloudError:
            return ()  # only an explanation is missing then
        return tuple(dict.fromkeys(found))


def _parameter(name: str, value: str | None) -> dict[str, Json]:
    if value is None:
        return {"ParameterKey": name, "UsePreviousValue": True}
    return {"ParameterKey": name, "ParameterValue": value}


def _stack(found: Mapping[str, Json]) -> ExistingStack:
    changed = found.get("LastUpdatedTime") or found.get("CreationTime") or ""
    return ExistingStack(
        id=found["StackId"],
        name=found["StackName"],
        status=found["StackStatus"],
        reason=found.get("StackStatusReason", ""),
        changed=str(changed),
        protected=bool(found.get("EnableTerminationProtection")),
        parameters={p["ParameterKey"]: p.get("ParameterValue", "") for p in found.get("Parameters", [])},
        outputs={o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])},
        change_set=found.get("ChangeSetId", ""),
    )


def _change(change: Mapping[str, Json]) -> Change:
    names = tuple(
        dict.fromkeys(
            detail["Target"].get("Name") or detail["Target"].get("Attribute", "")
            for detail in change.get("Details", [])
            if "Target" in detail
        )
    )
    # Adds and removals have no word for replacement.
    replacement = change.get("Replacement") or "False"
    return Change(change["Action"], change["LogicalResourceId"], change["ResourceType"], replacement, names)


def _event(event: Mapping[str, Json]) -> Event:
    return Event(
        at=str(event.get("Timestamp", "")),
        id=event.get("LogicalResourceId", ""),
        type=event.get("ResourceType", ""),
        status=event.get("ResourceStatus", ""),
        reason=event.get("ResourceStatusReason", ""),
        token=event.get("ClientRequestToken", ""),
    )
