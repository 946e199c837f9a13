"""Both servers run once a worker; each test has a new calendar on them and heals the proxy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from connectors.caldav import quirks
from tests.connectors.caldav.world import DavWorld
from tests.simulators import caldav_servers
from tests.simulators.caldav_servers import MailSink, Server, StaffHttp
from tests.simulators.faulty_listing import Refusal
from tests.simulators.faulty_proxy import Elsewhere, FaultyProxy

REFUSALS = {
    "radicale": Refusal(quirks.RADICALE.expired_status),
    "xandikos": Refusal(quirks.XANDIKOS.expired_status),
}
_numbers = count(1)


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Elsewhere]:
    host = Elsewhere()
    yield host
    host.close()


@dataclass
class Served:
    server: Server
    proxy: FaultyProxy
    staff: StaffHttp
    mails: list[str]


@pytest.fixture(scope="session")
def radicale() -> Iterator[Served]:
    with caldav_servers.radicale() as server, _between(server) as (proxy, staff):
        yield Served(server, proxy, staff, [])


@pytest.fixture(scope="session")
def xandikos() -> Iterator[Served]:
    """The one of the two that invites: its mails go into a sink (CAL-21)."""
    sink = MailSink()
    with caldav_servers.xandikos(smtp_port=sink.port) as server, _between(server) as (proxy, staff):
        yield Served(server, proxy, staff, sink.recipients)
    sink.close()


@contextmanager
def _between(server: Server) -> Iterator[tuple[FaultyProxy, StaffHttp]]:
    proxy, staff = FaultyProxy(server.port, REFUSALS[server.kind]), StaffHttp(server)
    yield proxy, staff
    staff.http.close()
    proxy.down()


@pytest.fixture
def make_world(request: pytest.FixtureRequest, elsewhere: Elsewhere) -> Iterator[Callable[..., DavWorld]]:
    """`make_world("radicale", …)`: a new calendar on that server."""
    made: list[DavWorld] = []

    def make(kind: str, **more: Any) -> DavWorld:
        served: Served = request.getfixturevalue(kind)
        server, proxy, staff = served.server, served.proxy, served.staff
        served.mails.clear()
        elsewhere.visits = 0
        path = f"{server.home}calendar-{next(_numbers)}/"
        world = DavWorld(server, proxy, staff, path, elsewhere, sent=served.mails, **more)
        made.append(world)
        return world

    yield make
    for world in made:
        world.close()
