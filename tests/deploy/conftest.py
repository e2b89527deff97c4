"""One emulator and one gateway for the deploy tests of a worker; each test begins with an empty account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.gateway import Gateway, none, open_gateway, unwatched
from tests.deploy.resolver import Resolver, open_resolver
from tests.deploy.site import ROOT, Site, make
from tests.emulator import Emulator
from tests.issuer import Issuer

SHIPPED = ROOT / "specs" / "dr-topology.yaml"


@pytest.fixture(scope="session")
def shared_gateway(emulator: Emulator) -> Iterator[Gateway]:
    with open_gateway(emulator.endpoint_url) as gateway:
        yield gateway


@pytest.fixture
def gateway(emulator: Emulator, shared_gateway: Gateway) -> Iterator[Gateway]:
    emulator.reset()
    shared_gateway.forget()
    yield shared_gateway
    shared_gateway.trouble = none
    shared_gateway.delay_seconds = 0.0
    shared_gateway.victim = None
    shared_gateway.minute_seconds = 0.002
    shared_gateway.baking = unwatched


@pytest.fixture
def site_of(tmp_path: Path, emulator: Emulator, gateway: Gateway, issuer: Issuer) -> Callable[[Path], Site]:
    """Makes a site of a spec."""
    return lambda spec: make(tmp_path / "site", spec, emulator, gateway, issuer)


@pytest.fixture
def site(site_of: Callable[[Path], Site]) -> Site:
    """The shipped topology, compiled and not deployed."""
    return site_of(SHIPPED)


@pytest.fixture
def resolver() -> Iterator[Resolver]:
    """A DNS server that knows no name servers until it is told."""
    with open_resolver() as opened:
        yield opened
