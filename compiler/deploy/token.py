"""The token in the path that Route 53 asks: made once, kept, and changed without a failed check.

Each region serves its current token and, while a rotation is under way, the previous one. The global stack says which
token Route 53 asks. One rule keeps every check answered at every moment: **what is asked is served in every region**.

- A region is given the target token as its current one, and what is asked as its previous one where that differs.
- The global stack is given the target token once every region serves it. Until then it keeps what it has.
- A run takes the previous token away only if it was not asked when the run began, and if the global stack has been as
  it is for ten minutes: checkers get a new path some time after the stack has it, and AWS does not say how soon.

So a rotation takes two runs, and a run that was interrupted anywhere is continued by the next one. `rotation`
says what the stacks have.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

from compiler.support.frozen import frozen

_BYTES = 16
_FORM = re.compile(r"[0-9a-f]{32}")
_HIDDEN = "****"


def new_token() -> str:
    """128 random bits as 32 hexadecimal digits."""
    return secrets.token_hex(_BYTES)


@frozen
class Served:
    """The tokens that a region answers; empty where it has none."""

    current: str = ""
    previous: str = ""

    def __contains__(self, token: str) -> bool:
        return bool(token) and token in (self.current, self.previous)


@frozen
class Tokens:
    """Which tokens are deployed. `regions` holds every region that can be asked by a check, in order of rank.

    `asked` is what the global stack asks; empty before it has one. `complete` is false where the tokens of a stack
    cannot be read now.
    """

    regions: tuple[Served, ...] = ()
    asked: str = ""
    complete: bool = True

    def target(self, fresh: str, *, rotate: bool) -> str:
        """The token that every stack is to come to.

        A region whose current token is not what is asked is in a rotation: its token is the newest.
        """
        newest = [region.current for region in self.regions if region.current and region.current != self.asked]
        if newest:
            return newest[0]
        return fresh if rotate or not self.asked else self.asked

    @property
    def resting(self) -> bool:
        """Whether no rotation is under way, and none has left a previous token: only then may another one begin.

        A region answers each of its two tokens by a route of its own. From here the route of the token that becomes
        the previous one stays as it is; from any other state both routes would change, with a gap between them.
        """
        return bool(self.asked) and all(region == Served(self.asked) for region in self.regions)

    def of_region(self, target: str, asked_before: str) -> Served:
        """What a region is to serve; `asked_before` is what was asked when the run began."""
        others = (token for token in (self.asked, asked_before) if token not in ("", target))
        return Served(target, next(others, ""))

    def of_global(self, target: str) -> str:
        """What the global stack is to ask."""
        ready = self.complete and all(target in region for region in self.regions)
        return target if ready or not self.asked else self.asked


def hidden(text: str, tokens: Iterable[str]) -> str:
    """A text without the tokens in it."""
    for token in tokens:
        if _FORM.fullmatch(token):
            text = text.replace(token, _HIDDEN)
    return text
