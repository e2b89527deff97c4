"""How a deployment ends early, and what it says of calls that fail. Reports DR828 and DR837."""

from __future__ import annotations

from compiler.deploy.cloud import CloudError
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding


class DeploymentError(Exception):
    """The deployment cannot go on; `findings` say why."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__("; ".join(finding.message for finding in findings))


class StoppedError(Exception):
    """The run was told to stop."""


def call_failed(error: CloudError) -> Finding:
    """A call to AWS that failed after all its retries."""
    message = f"{error.service} in {error.region} refuses {error.operation}: {error.code}: {error.message}"
    return Finding(Code.DR837, message, ())


def unchecked(what: str) -> Finding:
    """Something that could not be checked, and why."""
    return Finding(Code.DR828, f"not checked: {what}", ())
