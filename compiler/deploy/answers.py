"""Which region answers, as the DNS says it, and whether an endpoint answers."""

from __future__ import annotations

from compiler.deploy.resolving import NoAnswerError, authoritative, text_of
from compiler.support.frozen import frozen

_HTTPS_SECONDS = 5.0


@frozen
class Answering:
    """The region that the TXT record names: as resolvers say it, and as each name server of the zone does.

    Values are empty where there is no answer; `problem` says why the resolvers gave none.
    """

    region: str
    servers: tuple[tuple[str, str], ...] = ()
    problem: str = ""

    @property
    def differs(self) -> bool:
        """Whether not all who were asked say the same."""
        return len({self.region, *(said for _, said in self.servers)} - {""}) > 1


def answering(host: str, resolvers: tuple[tuple[str, int], ...]) -> Answering:
    """What the TXT record `host` says now; `resolvers` are asked, those of this machine where none is given."""
    try:
        region = text_of(host, resolvers)
    except NoAnswerError as error:
        return Answering("", problem=str(error))
    servers = []
    for name, addresses in authoritative(host, resolvers):
        try:
            servers.append((name, text_of(host, addresses)))
        except NoAnswerError:
            servers.append((name, ""))
    return Answering(region, tuple(servers))


def endpoint(url: str) -> str:
    """Empty where an endpoint answers as Route 53 wants it, with 2xx or 3xx; else what it says instead."""
    import http.client
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(parts.netloc, timeout=_HTTPS_SECONDS)
    try:
        connection.request("GET", parts.path)
        status = connection.getresponse().status
    except OSError as error:
        return f"{type(error).__name__}: {error}"
    except http.client.HTTPException as error:
        return type(error).__name__
    finally:
        connection.close()
    return "" if 200 <= status < 400 else f"status {status}"
