"""A region as seen from itself, so that two regions can be compared value by value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from compiler.aws.values import Json
from compiler.ir.elements import StackId, StackKind, pascal
from compiler.services import existing_networks, existing_receivers, kms
from compiler.topology.model import Topology


class RegionView:
    """One of the two regions, as seen from itself: values with the two regions exchanged for words.

    `words` replace texts wherever they stand, `roles` only texts that are nothing else. `written` are the texts that
    the author of the spec wrote once for both regions: they may name a region and mean it in both.
    """

    def __init__(self, words: Mapping[str, str], roles: Mapping[str, str], written: frozenset[str]) -> None:
        self._words = {**{text: text for text in written if any(word in text for word in words)}, **words}
        # The longest first: a domain may contain the name of a region.
        longest = sorted(self._words, key=len, reverse=True)
        self._find = re.compile("|".join(re.escape(word) for word in longest) or r"(?!)")
        self._known = dict(roles)
        self._written = written

    def is_written(self, value: Json) -> bool:
        """Whether the spec says this very text for both regions."""
        return isinstance(value, str) and value in self._written

    def plain(self, value: Json) -> Json:
        """A value as seen from this side."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        return value

    def text(self, text: str) -> str:
        """A text as seen from this side."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._find.sub(lambda match: self._words[match[0]], text)
        return known


AS_IT_IS = RegionView({}, {}, frozenset())
"""For what must be the same text in both regions."""


def views(topology: Topology, part: str = "") -> tuple[RegionView, RegionView]:
    """The primary region and the standby, each as seen from itself; those of a `part` know its names too."""
    primary, secondary = topology.serving
    written = frozenset(_written(topology))
    return _view(topology, primary, secondary, written, part), _view(topology, secondary, primary, written, part)


def _view(topology: Topology, own: StackId, peer: StackId, written: frozenset[str], part: str) -> RegionView:
    words = {
        **({replace(own, part=part).name: "{own part}", replace(peer, part=part).name: "{peer part}"} if part else {}),
        own.name: "{own}",
        peer.name: "{peer}",
        # The global stack is in one of the regions, but belongs to neither.
        f"{StackKind.GLOBAL}.{own.region}": "{global}",
        f"{StackKind.GLOBAL}.{peer.region}": "{global}",
        own.region: "{here}",
        peer.region: "{there}",
        pascal(own.region): "{Here}",
        pascal(peer.region): "{There}",
    }
    for stack, word in ((own, "{range here}"), (peer, "{range there}")):
        if cidr := topology.region(stack).cidr:
            words[cidr] = word
    for stack, word in ((own, "here"), (peer, "there")):
        if known := existing_networks.existing(topology, stack):
            words[known.vpc] = f"{{vpc {word}}}"
            words.update({subnet.id: f"{{subnet {word} {n}}}" for n, subnet in enumerate(known.subnets)})
            words.update({known.s3_host: f"{{endpoint {word}}}"} if known.s3_host else {})
        if receiver := existing_receivers.topic(topology, stack):
            words[receiver] = f"{{topic {word}}}"
        if receiver := existing_receivers.destination(topology, stack):
            words[receiver] = f"{{destination {word}}}"
    for stack, word in ((own, "{key here}"), (peer, "{key there}")):
        if key := kms.existing(topology, stack):
            # A multi-Region key has one id in all regions, and then no word is needed.
            words.setdefault(key.rpartition("/")[2], word)
    return RegionView(words, {str(own.kind): "{role here}", str(peer.kind): "{role there}"}, written)


def _written(topology: Topology) -> Iterator[str]:
    spec = topology.spec
    yield spec.dns.domain
    yield from spec.naming.tags.values()
    yield from spec.backup.copy_to if spec.backup else ()
    for function in spec.functions:
        yield from function.environment.values()
