"""DNS clients: how long they keep an old answer, from published measurements, and what AWS says of connections.

None of these figures bounds anything: they were measured on other systems, with other lifetimes of records.
"""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_DAY = "2026-11-26"
_STALE = Source(
    "Flavel, Mani, Maltz: Re-evaluating the responsiveness of DNS-based network control, IEEE LANMAN 2014, abstract",
    "https://doi.org/10.1109/LANMAN.2014.7028641",
)

STALE_EARLY_SECONDS: Final = Fact(
    "dns_clients.stale_early_seconds",
    60,
    "seconds",
    Grade.MEASURED,
    "After 60 seconds 90 % of the requests had moved to a new answer, with a record that lived for 20 seconds.",
    _STALE,
    read=_DAY,
)
STALE_EARLY_PERCENT: Final = Fact(
    "dns_clients.stale_early_percent",
    10,
    "percent of requests",
    Grade.MEASURED,
    "After 60 seconds 10 % of the requests still went to the old answer.",
    _STALE,
    read=_DAY,
)
STALE_LATE_SECONDS: Final = Fact(
    "dns_clients.stale_late_seconds",
    900,
    "seconds",
    Grade.MEASURED,
    "After 15 minutes some users still used the old answer; nobody measured longer, so the curve is drawn on.",
    _STALE,
    read=_DAY,
)
STALE_LATE_PERCENT: Final = Fact(
    "dns_clients.stale_late_percent",
    2,
    "percent of users",
    Grade.MEASURED,
    "After 15 minutes 2 % of the users still used the old answer.",
    _STALE,
    read=_DAY,
)
STALE_EXPONENT: Final = Fact(
    "dns_clients.stale_exponent",
    0.594,
    "exponent of a power law",
    Grade.ASSUMED,
    "The share that still uses the old answer is taken to fall as a power law through the two measured points, "
    "ln(10/2) / ln(900/60); one counts requests, the other users, and both had a record of 20 seconds.",
    _STALE,
    verified=False,
    read=_DAY,
)
