"""One account at each provider of calendars, for tests over all of them: its world, and how a desk is configured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from connectors.caldav import quirks
from syncd.testing.contracts.calendar_world import CalendarWorld
from tests.connectors.caldav.world import DavWorld
from tests.connectors.exchange.world import PASSWORD, SERVICE, new_world
from tests.connectors.google_calendar.world import GoogleWorld
from tests.connectors.msgraph.world import GraphWorld
from tests.simulators.caldav_servers import MailSink, StaffHttp, radicale, xandikos
from tests.simulators.faulty_listing import Refusal
from tests.simulators.faulty_proxy import Elsewhere, FaultyProxy
from tests.simulators.google.simulator import GoogleSimulator
from tests.simulators.graph import GraphSimulator
from tests.simulators.graph.entra import CLIENT, SECRET, TENANT
from tests.simulators.tls import Authority

Now = Callable[[], datetime]
_numbers = count(1)


@dataclass
class Account:
    """`settings`: the connector's own, as the configuration has them; `credentials` by name."""

    kind: str
    world: CalendarWorld
    settings: dict[str, object]
    credentials: dict[str, str] = field(default_factory=dict)

    def table(self, name: str) -> str:
        """Its `[[connector]]`."""
        lines = [f"{key} = {_toml(value)}" for key, value in self.settings.items()]
        return "\n".join(["[[connector]]", f'name = "{name}"', f'kind = "{self.kind}"', *lines, ""])


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return str(value) if isinstance(value, int) else f"'{value}'"


@contextmanager
def google_calendar(folder: Path, now: Now) -> Iterator[Account]:
    with closing(_Stopped(GoogleSimulator(now))) as stopped:
        simulator = stopped.simulator
        world = GoogleWorld(simulator)
        settings: dict[str, object] = {
            "credential": "google",
            "endpoint": simulator.endpoint,
            "token_hosts": [simulator.host],
        }
        yield Account("google_calendar", world, settings, {"google": world.credential})
        assert simulator.unfit == []
        assert simulator.methods.silent == []


class _Stopped:
    def __init__(self, simulator: GoogleSimulator) -> None:
        self.simulator = simulator

    def close(self) -> None:
        self.simulator.stop()


@contextmanager
def exchange(folder: Path, now: Now) -> Iterator[Account]:
    authority = Authority(folder)
    with (
        closing(Elsewhere()) as elsewhere,
        closing(new_world(authority.context, authority.ca_file, elsewhere)) as world,
    ):
        settings: dict[str, object] = {
            "endpoint": world.server.endpoint,
            "auth": "basic",
            "username": SERVICE,
            "credential": "exchange",
            "ca_file": str(authority.ca_file),
        }
        yield Account("exchange", world, settings, {"exchange": PASSWORD})


@contextmanager
def msgraph(folder: Path, now: Now) -> Iterator[Account]:
    authority = Authority(folder)
    with closing(GraphSimulator(authority.context)) as simulator:
        world = GraphWorld(simulator, authority.ca_file)
        simulator.graph.now = now()
        settings: dict[str, object] = {
            "tenant": TENANT,
            "client_id": CLIENT,
            "credential": "graph",
            "authority": simulator.authority,
            "base_url": simulator.base_url,
            "ca_file": str(authority.ca_file),
        }
        yield Account("msgraph", world, settings, {"graph": SECRET})
        assert simulator.violations == []


@contextmanager
def caldav(folder: Path, now: Now, server: str = "radicale") -> Iterator[Account]:
    sink = MailSink()
    running = xandikos(smtp_port=sink.port) if server == "xandikos" else radicale()
    with running as served, closing(Elsewhere()) as elsewhere:
        quirk = quirks.XANDIKOS if server == "xandikos" else quirks.RADICALE
        proxy, staff = FaultyProxy(served.port, Refusal(quirk.expired_status)), StaffHttp(served)
        world = DavWorld(
            served, proxy, staff, f"{served.home}calendar-{next(_numbers)}/", elsewhere, sent=sink.recipients
        )
        signs_in = {"username": "ada", "credential": "caldav"} if server == "radicale" else {}
        try:
            yield Account("caldav", world, {"url": proxy.url, **signs_in}, {"caldav": "secret"} if signs_in else {})
        finally:
            world.close()
            staff.http.close()
            proxy.down()
            sink.close()


ACCOUNTS: dict[str, Callable[[Path, Now], AbstractContextManager[Account]]] = {
    "caldav": lambda folder, now: caldav(folder, now, "xandikos"),
    "google_calendar": google_calendar,
    "exchange": exchange,
    "msgraph": msgraph,
}
