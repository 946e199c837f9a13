"""Both servers run once a worker; each test has a new calendar on them and heals the proxy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.connectors.caldav.world import DavWorld
from tests.simulators.caldav_servers import SERVERS, Server, StaffHttp
from tests.simulators.faulty_proxy import Elsewhere, FaultyProxy, Refusal

REFUSALS = {"radicale": Refusal(), "xandikos": Refusal()}
_numbers = count(1)


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Elsewhere]:
    host = Elsewhere()
    yield host
    host.close()


@pytest.fixture(scope="session")
def radicale() -> Iterator[tuple[Server, FaultyProxy, StaffHttp]]:
    yield from _served("radicale")


@pytest.fixture(scope="session")
def xandikos() -> Iterator[tuple[Server, FaultyProxy, StaffHttp]]:
    yield from _served("xandikos")


def _served(kind: str) -> Iterator[tuple[Server, FaultyProxy, StaffHttp]]:
    with SERVERS[kind]() as server:
        proxy = FaultyProxy(server.port, REFUSALS[kind])
        staff = StaffHttp(server)
        yield server, proxy, staff
        staff.http.close()
        proxy.down()


@pytest.fixture
def make_world(request: pytest.FixtureRequest, elsewhere: Elsewhere) -> Iterator[Callable[..., DavWorld]]:
    """`make_world("radicale", …)`: a new calendar on that server."""
    made: list[DavWorld] = []

    def make(kind: str, **more: object) -> DavWorld:
        server, proxy, staff = request.getfixturevalue(kind)
        elsewhere.visits = 0
        path = f"{server.home}calendar-{next(_numbers)}/"
        world = DavWorld(server, proxy, staff, path, elsewhere, **more)
        made.append(world)
        return world

    yield make
    for world in made:
        world.close()
