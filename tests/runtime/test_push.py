"""Push, whole: the daemon as a process, a vendor's simulator, and its notices on their way through `/hooks/…`.

Polling is set to ten minutes here, so that whatever is read sooner was told of.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from syncd.runtime.clock import SystemClock
from syncd.testing.contracts.calendar_acts import Adds, StaffEntry
from syncd.testing.contracts.calendar_world import STAFF_EMAIL, CalendarWorld
from tests.cli import strangers
from tests.connectors.google_calendar.world import GoogleWorld
from tests.connectors.msgraph.world import GraphWorld
from tests.process import environment
from tests.runtime.daemons import DaemonProcess, get
from tests.simulators.google.simulator import GoogleSimulator
from tests.simulators.google.state import Notification
from tests.simulators.graph import GraphSimulator
from tests.simulators.graph.entra import CLIENT, SECRET, TENANT
from tests.simulators.tls import Authority

pytestmark = pytest.mark.slow

HOOK = "https://desk.example/hooks/calendars"
SECONDS_MAX = 20.0
CLOCK = SystemClock()


@dataclass
class Vendor:
    """One vendor and the way by which its notices reach the desk, as its reverse proxy would send them on."""

    world: CalendarWorld
    connector: str
    credential: str
    readings: Callable[[], int]
    openings: Callable[[], int]
    channels: Callable[[], int]
    forged: tuple[Mapping[str, str], bytes]
    port: int = 0
    lost: bool = False
    told: int = 0

    def forward(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, str]:
        assert url.startswith(HOOK)
        if self.lost or not self.port:
            return 502, "", ""
        self.told += 1
        parts = urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", f"{parts.path}?{parts.query}".rstrip("?"), body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers.get("content-type", ""), answer.read().decode()
        finally:
            connection.close()

    def reads_after(self, act: Callable[[], object], *, within: float = SECONDS_MAX) -> bool:
        before = self.readings()
        act()
        return eventually(lambda: self.readings() > before, within)


def eventually(holds: Callable[[], bool], within: float = SECONDS_MAX) -> bool:
    until = CLOCK.monotonic() + within
    while not holds():
        if CLOCK.monotonic() > until:
            return False
        a_moment(0.05)
    return True


def tomorrow(hour: int) -> Adds:
    """Staff enter something for tomorrow."""
    starts_at = (CLOCK.now() + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0)
    return Adds(StaffEntry(starts_at, starts_at + timedelta(hours=1)))


def a_moment(seconds: float) -> None:
    threading.Event().wait(seconds)


def google(folder: Path) -> Iterator[Vendor]:
    simulator = GoogleSimulator(CLOCK.now)
    world = GoogleWorld(simulator)
    connector = (
        f'kind = "google_calendar"\ncredential = "key"\nendpoint = "{simulator.endpoint}"\n'
        f'token_hosts = ["{simulator.host}"]\n'
    )
    state = simulator.state
    forged = ({"X-Goog-Channel-Token": "guessed", "X-Goog-Resource-State": "exists"}, b"")
    vendor = Vendor(
        world,
        connector,
        world.credential,
        lambda: simulator.requests.count("calendar.events.list"),
        lambda: simulator.requests.count("calendar.events.watch"),
        lambda: len(state.channels),
        forged,
    )

    def deliver(notice: Notification) -> None:
        vendor.forward(notice.address, notice.headers, b"")

    state.deliver = deliver
    yield vendor
    simulator.stop()
    assert simulator.unfit == []


def graph(folder: Path) -> Iterator[Vendor]:
    authority = Authority(folder)
    simulator = GraphSimulator(authority.context)
    world = GraphWorld(simulator, authority.ca_file)
    simulator.graph.now = CLOCK.now()
    connector = (
        f'kind = "msgraph"\ntenant = "{TENANT}"\nclient_id = "{CLIENT}"\ncredential = "key"\n'
        f'ca_file = "{authority.ca_file}"\n'
        f'authority = "{simulator.authority}"\nbase_url = "{simulator.base_url}"\n'
    )
    asked = simulator.graph.record
    vendor = Vendor(
        world,
        connector,
        SECRET,
        lambda: sum("calendarView" in each for each in asked),
        lambda: asked.count("GET /v1.0/subscriptions"),
        lambda: len(simulator.graph.subscriptions.held),
        ({}, b'{"value": [{"clientState": "guessed"}]}'),
    )

    def post(url: str, query: dict[str, str], body: bytes) -> tuple[int, str, str]:
        return vendor.forward(f"{url}&{urlencode(query)}" if query else url, {}, body)

    simulator.graph.subscriptions.post = post
    yield vendor
    simulator.close()
    assert simulator.violations == []


@pytest.fixture(params=[google, graph])
def vendor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vendor]:
    yield from request.param(tmp_path)


def configured(tmp_path: Path, vendor: Vendor, engine: str) -> Path:
    strangers.install(tmp_path / "site")
    path = strangers.desk(tmp_path / "desk")
    text = path.read_text().replace(
        'kind = "caldav"\nurl = "http://127.0.0.1:9/"\n', f"push = true\n{vendor.connector}"
    )
    text = text.replace("/dana/support/", vendor.world.address).replace("dana@desk.example", STAFF_EMAIL)
    text = text.replace("http://127.0.0.1:8000", "https://desk.example")
    path.write_text(f"{text}\n[web]\nport = 0\n\n[engine]\n{engine}\n")
    (path.parent / "credentials").mkdir(mode=0o700)
    credential = path.parent / "credentials" / "key"
    credential.write_text(vendor.credential)
    credential.chmod(0o600)
    return path


def counted(port: int, family: str, **labels: str) -> float:
    families = text_string_to_metric_families(get(port, "/metrics")[1])
    samples = [s for f in families if f.name == family for s in f.samples if s.name.endswith("_total")]
    return sum(s.value for s in samples if all(s.labels.get(k) == v for k, v in labels.items()))


def test_staff_edit_is_told_of_and_read_at_once_and_a_forged_notice_reads_nothing(
    tmp_path: Path, vendor: Vendor
) -> None:
    config = configured(tmp_path, vendor, 'poll = "10 min"')
    with DaemonProcess(config.parent, environment(tmp_path / "site"), "run", "--config", config) as daemon:
        vendor.port = daemon.ready()
        assert eventually(lambda: vendor.channels() == 1), daemon.words()
        assert vendor.reads_after(lambda: vendor.world.staff(tomorrow(9))), daemon.words()
        headers, body = vendor.forged
        assert vendor.forward(HOOK, headers, body)[0] == 401
        assert counted(vendor.port, "syncd_hook_calls", fate="refused") == 1
        assert not vendor.reads_after(lambda: vendor.forward(HOOK, headers, body), within=3)
        daemon.process.kill()
    before = vendor.readings()
    with DaemonProcess(config.parent, environment(tmp_path / "site"), "run", "--config", config) as daemon:
        vendor.port = daemon.ready()
        assert eventually(lambda: vendor.readings() > before), "as after each start"
        assert eventually(lambda: vendor.openings() > 1), "opened again after a kill"
        a_moment(0.5)
        assert vendor.reads_after(lambda: vendor.world.staff(tomorrow(11))), daemon.words()
        assert vendor.channels() == 1, "and nothing was opened twice"


@pytest.mark.parametrize("vendor", [google], indirect=True)
def test_notices_that_are_lost_cost_time_alone(tmp_path: Path, vendor: Vendor) -> None:
    config = configured(tmp_path, vendor, 'poll = "1 s"\nwatched_poll = "3 s"')
    with DaemonProcess(config.parent, environment(tmp_path / "site"), "run", "--config", config) as daemon:
        vendor.port = daemon.ready()
        assert eventually(lambda: vendor.channels() == 1), daemon.words()
        vendor.lost = True
        before = counted(vendor.port, "syncd_readings", outcome="news")
        vendor.world.staff(tomorrow(9))
        assert eventually(lambda: counted(vendor.port, "syncd_readings", outcome="news") > before), daemon.words()


@pytest.mark.parametrize("vendor", [graph], indirect=True)
def test_push_that_cannot_be_had_is_said_once_and_calendars_are_polled(tmp_path: Path, vendor: Vendor) -> None:
    config = configured(tmp_path, vendor, 'poll = "1 s"')
    vendor.lost = True  # the address that is to echo a token does not
    with DaemonProcess(config.parent, environment(tmp_path / "site"), "run", "--config", config) as daemon:
        vendor.port = daemon.ready()
        assert daemon.said('"id": "watch:')
        assert vendor.reads_after(lambda: vendor.world.staff(tomorrow(9)))
        assert daemon.words().count('"id": "watch:') == 1
        assert vendor.channels() == 0
