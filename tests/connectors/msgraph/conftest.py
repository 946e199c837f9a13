"""One simulator a worker; each test has a tenant of its own on it, and must leave no violation behind."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.connectors.msgraph.world import GraphWorld
from tests.simulators.graph import GraphSimulator


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture(scope="session")
def running(authority: trustme.CA) -> Iterator[GraphSimulator]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    simulator = GraphSimulator(context)
    yield simulator
    simulator.close()


@pytest.fixture
def simulator(running: GraphSimulator) -> Iterator[GraphSimulator]:
    running.reset()
    yield running
    assert running.violations == []


@pytest.fixture
def exchange_online(simulator: GraphSimulator, ca_file: Path) -> GraphWorld:
    return GraphWorld(simulator, ca_file)


@pytest.fixture
def world(exchange_online: GraphWorld) -> GraphWorld:
    return exchange_online
