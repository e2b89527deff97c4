"""Archives that are released again: `--code NAME=sha256:DIGEST` names one by its digest, or by the start of it.

The key of an archive in the code bucket holds its digest, and the bucket keeps every version that anybody has put
there. Content decides: a version is used only if it has the digest of its key. It then goes the way of every other
archive, so a region that does not have it is given it. Reports DR866, DR867 and DR868.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from compiler.aws.facts import lambda_
from compiler.deploy.artifacts import ObjectVersion
from compiler.deploy.package import Package, digest_of, key_prefix, short
from compiler.deploy.session import Session
from compiler.deploy.uploads import check_handlers, entry
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.support.frozen import frozen

_NAMED = 5
"""How many archives a remedy names."""


@frozen
class _Stored:
    """One version of an archive in the code bucket of a region."""

    region: str
    object_: ObjectVersion

    @property
    def digest(self) -> str:
        return digest_of(self.object_.key)


def read_named(session: Session) -> tuple[Finding, ...]:
    """Reads the archives that are named by digest into the session; what is wrong with them.

    Regions that do not answer are not asked. Raises `CloudError` and `DeploymentError`.
    """
    asked = [(function, digits) for function, digits in session.digests.items() if function not in session.packages]
    results = [_read(session, function, digits) for function, digits in asked]
    packages = [result for result in results if isinstance(result, Package)]
    session.packages = {**session.packages, **{package.function: package for package in packages}}
    findings = (result for result in results if isinstance(result, Finding))
    # The archive may be older than the handler that the spec names.
    return (*findings, *check_handlers(session.topology, session.deployment, packages))


def _read(session: Session, function: str, digits: str) -> Package | Finding:
    position, name = entry(session.topology, function)
    at = ("functions", position)
    stored = sorted(_stored(session, function), key=lambda each: each.object_.modified, reverse=True)
    fitting = [each for each in stored if each.digest.startswith(digits)]
    digests = tuple(dict.fromkeys(each.digest for each in fitting))
    if not digests:
        buckets = " or ".join(session.artifacts.name(region) for region in _regions(session))
        message = f"there is no archive of `{name}` in {buckets} with a digest that begins with {digits}"
        return Finding(Code.DR866, message, at, help=_others(name, tuple(dict.fromkeys(e.digest for e in stored))))
    if len(digests) > 1:
        message = f"{len(digests)} archives of `{name}` have a digest that begins with {digits}"
        return Finding(Code.DR867, message, at, help=f"write more digits: {_named(name, digests)}")
    for each in fitting:
        if each.object_.size > lambda_.UNZIPPED_BYTES.value:
            continue  # no archive for Lambda
        content = session.artifacts.read(each.region, each.object_)
        if hashlib.sha256(content).hexdigest() == each.digest:
            return Package(function, content)
    regions = " and ".join(dict.fromkeys(each.region for each in fitting))
    message = f"no version of {fitting[0].object_.key} in {regions} has the content that this digest stands for"
    return Finding(Code.DR868, message, at)


def _regions(session: Session) -> tuple[str, ...]:
    """Regions whose code buckets are looked at."""
    return tuple(region for region in session.deployment.code_regions if region not in session.silent)


def _stored(session: Session, function: str) -> Iterator[_Stored]:
    """Every version of every archive of a function."""
    for region in _regions(session):
        for object_ in session.artifacts.versions(region, key_prefix(function)):
            if digest_of(object_.key):
                yield _Stored(region, object_)


def _others(name: str, newest: tuple[str, ...]) -> str:
    if not newest:
        return f"no archive of `{name}` was ever uploaded: give the code with `--code {name}=PATH`"
    return f"correct the digest; the newest are {_named(name, newest)}"


def _named(name: str, digests: tuple[str, ...]) -> str:
    """Options that name some archives, each with as many digits as it takes to tell it from the others."""

    def distinct(digest: str) -> str:
        starts = (digest[:length] for length in range(len(short(digest)), len(digest) + 1))
        return next(start for start in starts if sum(other.startswith(start) for other in digests) == 1)

    more = len(digests) - _NAMED
    named = ", ".join(f"`--code {name}=sha256:{distinct(digest)}`" for digest in digests[:_NAMED])
    return f"{named} and {more} more" if more > 0 else named
