"""One call to AWS as a value: the seam between what is decided here and the SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

Json = Any
_NEXT = "NextToken"


class Api(Protocol):
    """AWS in every region. Operations and parameters are spelled as in the API reference."""

    def call(self, service: str, region: str, operation: str, parameters: Mapping[str, Json]) -> dict[str, Json]:
        """The answer; raises `CloudError`."""
        ...


def pages(
    api: Api, service: str, region: str, operation: str, parameters: Mapping[str, Json]
) -> Iterator[dict[str, Json]]:
    """Every page of an answer of an operation that pages by `NextToken`."""
    wanted = dict(parameters)
    while True:
        answer = api.call(service, region, operation, wanted)
        yield answer
        following = answer.get(_NEXT)
        if not following or following == wanted.get(_NEXT):
            return
        wanted[_NEXT] = following
