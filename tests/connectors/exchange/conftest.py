"""One server a test, with authorities made once; what it found wrong with a message fails the test."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.connectors.exchange.world import ExchangeWorld, new_world
from tests.simulators.faulty_proxy import Elsewhere


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", key_type=trustme.KeyType.ECDSA).configure_cert(context)
    return context


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    host = Elsewhere()
    yield host
    host.close()


@pytest.fixture
def make_world(tls: ssl.SSLContext, ca_file: Path, elsewhere: Elsewhere) -> Iterator[Callable[..., ExchangeWorld]]:
    made: list[ExchangeWorld] = []

    def make(**more: Any) -> ExchangeWorld:
        made.append(new_world(tls, ca_file, elsewhere, **more))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: Callable[..., ExchangeWorld]) -> ExchangeWorld:
    return make_world()
