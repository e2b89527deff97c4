"""What a proposal binds, held against what is there: place, templates, code and stacks. Reports DR889 to DR892."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace

from compiler.deploy.cloud import Api, CloudError, ExistingStack
from compiler.deploy.desired import desired_stack
from compiler.deploy.options import Options
from compiler.deploy.package import Package
from compiler.deploy.proposal import Archive, Proposal, digest_of, sha256
from compiler.deploy.propose import base
from compiler.deploy.session import PREFIX, Session
from compiler.deploy.stack_states import StackAction, next_action
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.rollout.deployment import Deployment, Stack

_GONE = ("404", "NoSuchKey", "NoSuchVersion", "NoSuchBucket", "405", "MethodNotAllowed")


def options_of(proposal: Proposal, options: Options) -> Options:
    """The options of a run: what is deployed and how is the proposer's, the rest is this run's."""
    choices = proposal.choices
    return replace(
        options,
        environment=proposal.environment,
        suffix=proposal.suffix,
        only=frozenset(choices.only),
        parameters=choices.parameters,
        tags=proposal.tags,
        allow_replace=frozenset(choices.allow_replace),
        code_buckets=choices.code_buckets,
        no_bake=choices.no_bake,
        through_alarm=choices.through_alarm,
    )


def check_place(proposal: Proposal, deployment: Deployment) -> Iterator[Finding]:
    """Where the proposal is for, as far as it is known without AWS."""
    expected = (proposal.system, proposal.partition, proposal.regions)
    found = (deployment.system, deployment.partition, deployment.regions)
    words = ("the system", "the partition", "the regions")
    for what, wanted, is_ in zip(words, expected, found, strict=True):
        if wanted != is_:
            said = [each if isinstance(each, str) else ", ".join(each) for each in (wanted, is_)]
            yield Finding(Code.DR889, f"the proposal is for {what} {said[0]}; the spec has {said[1]}", ())
    if deployment.account not in (None, proposal.account):
        message = f"the proposal is for the account {proposal.account}; the spec is for {deployment.account}"
        yield Finding(Code.DR889, message, ("account",))


def check_account(proposal: Proposal, account: str) -> Iterator[Finding]:
    """The account of the credentials."""
    if account != proposal.account:
        message = f"the proposal is for the account {proposal.account}; these credentials belong to {account}"
        yield Finding(Code.DR889, message, ())


def check_templates(proposal: Proposal, deployment: Deployment, manifest: bytes) -> Iterator[Finding]:
    """The templates and the manifest of the compile, which are those on disk."""
    for stack in deployment.stacks:
        target = proposal.stacks.get(stack.key)
        if target is None or target.template != digest_of(stack.template.body):
            yield Finding(Code.DR890, f"{stack.template.file} is not the template that was proposed", ())
    for key in proposal.stacks.keys() - {stack.key for stack in deployment.stacks}:
        yield Finding(Code.DR890, f"there is no template for {key}, which was proposed", ())
    if proposal.manifest != sha256(manifest.decode()):
        yield Finding(Code.DR890, "manifest.json is not the one that was proposed", ())


def take_code(session: Session, proposal: Proposal) -> tuple[Finding, ...]:
    """Gives the session the code that was proposed, once each version of it is proved; what is wrong with it."""
    findings: list[Finding] = []
    packages: dict[str, Package] = {}
    parameters = {code.function: code for code in session.deployment.functions}
    for archive in proposal.code:
        if archive.function not in parameters or archive.region not in session.deployment.code_regions:
            message = f"there is no function `{archive.function}` in {archive.region}"
            findings.append(Finding(Code.DR891, message, ()))
            continue
        wrong, content = _wrong_code(session.api, proposal.account, archive, read=archive.function not in packages)
        if wrong:
            message = f"{archive.key} in `{archive.bucket}` ({archive.region}), version {archive.version}: {wrong}"
            findings.append(Finding(Code.DR891, message, ()))
            continue
        if content:
            packages[archive.function] = Package(archive.function, content)
        code = parameters[archive.function]
        values = {code.key: archive.key, code.version: archive.version}
        session.code.setdefault(archive.region, {}).update(values)
    session.packages = packages
    return tuple(findings)


def _wrong_code(api: Api, account: str, archive: Archive, *, read: bool) -> tuple[str, bytes]:
    """Why a version of an object is not the code that was proposed, empty where it is; with its content if `read`."""
    asked = {
        "Bucket": archive.bucket, "Key": archive.key, "VersionId": archive.version, "ExpectedBucketOwner": account,
    }  # fmt: skip
    try:
        if read:
            content: bytes = api.call("s3", archive.region, "GetObject", asked)["Body"]
            same = hashlib.sha256(content).hexdigest() == archive.sha256
            return ("" if same else "has other content"), content
        found = api.call("s3", archive.region, "HeadObject", {**asked, "ChecksumMode": "ENABLED"})
    except CloudError as error:
        if error.code in _GONE:
            return "is not there any more", b""
        raise
    same = found.get("ChecksumSHA256") == base64.b64encode(bytes.fromhex(archive.sha256)).decode()
    return ("" if same else "has other content"), b""


# Stacks


def is_ours(proposal: Proposal, existing: ExistingStack | None) -> bool:
    """Whether the last operation on a stack was one of this proposal.

    A stack in review may name the change set that was made for it, and that was not executed.
    """
    if existing is None or next_action(existing) is StackAction.CREATE:
        return False
    return f"/{PREFIX}{proposal.id}-" in existing.change_set


def check_stacks(session: Session, proposal: Proposal) -> Iterator[Finding]:
    """Stacks that somebody else has changed since the proposal was made, and clients that have moved."""
    if session.silent:
        message = f"{' and '.join(sorted(session.silent))} does not answer: what was changed there cannot be seen"
        yield Finding(Code.DR892, message, (), help="run the same command again once the region answers")
        return
    if session.updates and proposal.serving and session.serving != proposal.serving:
        message = f"{session.serving} serves clients now; when the proposal was made, {proposal.serving} did"
        yield Finding(Code.DR892, message, ())
    for stack in session.deployment.stacks:
        if why := _changed(session, proposal, stack):
            yield Finding(Code.DR892, f"{stack.name} {why}", ())


def _changed(session: Session, proposal: Proposal, stack: Stack) -> str:
    existing, target = session.existing[stack.id], proposal.stacks[stack.key]
    ours = is_ours(proposal, existing)
    if existing is None or next_action(existing) is StackAction.CREATE:
        return "is gone since the proposal was made" if target.base else ""
    by = f" (change set `{existing.change_set.rpartition('changeSet/')[2].partition('/')[0]}`)"
    changed = f"was changed after the proposal was made{by if existing.change_set else ''}"
    now = base(session, stack, existing)
    if ours:
        known = {target.template, target.base.template if target.base else target.template}
        return "" if now.template in known else changed
    if target.base is None:
        return f"was created after the proposal was made{by if existing.change_set else ''}"
    differs = [name for name in ("template", "parameters") if getattr(now, name) != getattr(target.base, name)]
    if now == target.base:
        return ""
    return f"{changed}: {' and '.join(differs) or 'it was deployed again'}"


def finished(session: Session, proposal: Proposal) -> bool:
    """Whether all that was proposed has been executed."""
    for stack in session.selected:
        existing, target = session.existing[stack.id], proposal.stacks[stack.key]
        if not proposal.operations(stack.key):
            continue
        if existing is None or not is_ours(proposal, existing) or next_action(existing) is not StackAction.UPDATE:
            return False
        desired = desired_stack(session, stack, (), existing)
        values = {name: value.text for name, value in desired.parameters.items()}
        if values != existing.parameters or base(session, stack, existing).template != target.template:
            return False
    return True
