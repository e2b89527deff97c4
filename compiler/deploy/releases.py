"""Which code each region runs and is to run, as the parameters of its stack say it. Reports DR628 and DR629.

While a release goes from one region to the other, they run different code. It must not stay like that: a failover would
be a change of code as well. A release that was interrupted leaves it so, and a run of all stacks must mend it.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.deploy.package import digest_of, short
from compiler.deploy.session import Session
from compiler.deploy.uploads import entry
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.rollout.deployment import Stack
from compiler.support.frozen import frozen


@frozen
class Archive:
    """An object in a code bucket, as a stack names it; `version` is empty where it is not known yet."""

    key: str
    version: str = ""

    def __str__(self) -> str:
        return short(digest_of(self.key)) or self.key or "no code"

    @property
    def content(self) -> str:
        """What is equal for equal code: the digest, or the key where another tool chose that."""
        return digest_of(self.key) or self.key


@frozen
class Release:
    """The code of one function in one region; `given` says that this run has code for it."""

    function: str
    stack: Stack
    before: Archive
    after: Archive
    given: bool

    def __str__(self) -> str:
        if not self.given:
            return f"released elsewhere, stays {self.before}"
        if not self.before.key:
            return f"new, {self.after}"
        if self.before.content != self.after.content:
            return f"{self.before} -> {self.after}"
        moved = self.after.version not in ("", self.before.version)
        return f"unchanged, {self.after}" + (" (uploaded again)" if moved else "")


def releases(session: Session, function: str) -> tuple[Release, ...]:
    """A function in every region that answers and has its code, or is given it by this run."""
    code = next(code for code in session.deployment.functions if code.function == function)
    found = []
    for stack in session.deployment.stacks:
        if not stack.id.serves or stack.region in session.silent:
            continue
        existing = session.existing.get(stack.id)
        deployed = existing.parameters if existing else {}
        if code.key not in {*deployed, *stack.section("Parameters")}:
            continue  # it is in another part of the region
        before = Archive(deployed.get(code.key, ""), deployed.get(code.version, ""))
        package = session.packages.get(function) if session.selects(stack) else None
        version = session.code.get(stack.region, {}).get(code.version, "")
        after = Archive(package.key, version) if package else before
        if after.key:
            found.append(Release(function, stack, before, after, package is not None))
    return tuple(found)


def notes(session: Session, stack: Stack) -> Iterator[tuple[str, str]]:
    """What becomes of the code of each function in a stack: a word and a sentence."""
    for code in session.deployment.functions if stack.id.serves else ():
        for release in releases(session, code.function):
            if release.stack.id == stack.id:
                _, name = entry(session.topology, code.function)
                yield "code", f"{name}: {release}"


def differing(session: Session) -> Iterator[Finding]:
    """Functions whose code differs between regions, and would still do so after this run.

    An error where this run could mend it and is not told how; a warning where it does not touch every region.
    """
    for code in session.deployment.functions:
        found = releases(session, code.function)
        after = {release.after.content: release for release in found}
        if len(after) < 2:
            continue
        position, name = entry(session.topology, code.function)
        at = ("functions", position)
        runs = " and ".join(f"{release.after} in {release.stack.region}" for release in found)
        ways = [f"`--code {name}=sha256:{short(content)}`" for content in after if digest_of(after[content].after.key)]
        one = " or ".join((*ways, f"`--code {name}=PATH`"))
        if all(session.selects(release.stack) for release in found):
            message = f"`{name}` runs different code: {runs}"
            yield Finding(Code.DR628, message, at, help=f"release one code in all regions: add {one}")
        else:
            message = f"this run leaves `{name}` with different code: {runs}"
            yield Finding(Code.DR629, message, at, help=f"then run dr-deploy without `--only`, with {one}")
