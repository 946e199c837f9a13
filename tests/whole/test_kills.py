"""`kill -9` at any moment of a run with 200 sessions (PRF-4): real process, real servers; nothing missing, nothing
doubled that the promises forbid (REL-1)."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import httpx2
import pytest

from syncd.runtime.clock import SystemClock
from tests.process import environment
from tests.runtime.daemons import DaemonProcess
from tests.simulators.caldav_servers import Server, StaffHttp, free_port, radicale
from tests.whole.parts import CONFIG, Inbox, events_of, start_of, write_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

BERLIN = ZoneInfo("Europe/Berlin")
SESSIONS = 200
KILLS = 8
TRIES_MAX = 400
WAIT = threading.Event()
"""Never set: waiting on it is a bounded pause between two looks."""


def test_two_hundred_sessions_survive_kills_at_any_moment(tmp_path: Path) -> None:
    inbox = Inbox()
    web = free_port()
    with radicale() as server:
        StaffHttp(server).make_calendar(f"{server.home}sessions/")
        config = configured(tmp_path, server, inbox, web)
        with ExitStack() as ends:
            ends.callback(inbox.close)
            book_all(ends, config, f"http://127.0.0.1:{web}/api/v1")
            await_mails(inbox)
            check_mails(inbox)
            check_calendar(server)


def started(ends: ExitStack, config: Path) -> DaemonProcess:
    """A daemon that is ready; whatever happens, its process is ended with the test."""
    daemon = ends.enter_context(DaemonProcess(config.parent, environment(), "run", "--config", config))
    daemon.heard("READY=1")
    return daemon


def book_all(ends: ExitStack, config: Path, api: str) -> None:
    """Two hundred bookings, each pressed until it is answered; the daemon is killed at random moments in between."""
    daemon = started(ends, config)
    random = Random(20260302)
    doomed = set(random.sample(range(SESSIONS), KILLS))
    for number in range(SESSIONS):
        if number in doomed:
            killer = threading.Timer(random.uniform(0.0, 0.3), daemon.process.kill)
            killer.start()
            press(api, number, once=True)
            killer.join()
            daemon.process.wait()
            daemon = started(ends, config)
        press(api, number)


def press(api: str, number: int, *, once: bool = False) -> None:
    """Book under the number's own key: however often it is sent, it is one act."""
    body = {
        "type": "online",
        "starts_at": slot(number).isoformat(),
        "staff": "ada",
        "company_code": "ACME-2026",
        "name": f"Customer {number}",
        "email": f"customer-{number}@acme.example",
        "zone": "Europe/Berlin",
        "mobile": "",
        "issue": "",
    }
    for _ in range(1 if once else TRIES_MAX):
        try:
            answer = httpx2.post(f"{api}/bookings", json=body, headers={"Idempotency-Key": f"key-{number}"}, timeout=30)
        except httpx2.TransportError:
            WAIT.wait(0.05)
            continue
        if answer.status_code == 201 or once:
            return
        assert answer.status_code == 503, f"{number}: {answer.status_code} {answer.text}"
        WAIT.wait(0.2)
    assert once, f"booking {number} was never answered"


def slot(number: int) -> datetime:
    """One every 45 minutes from midnight, 28 a day, from the day after tomorrow."""
    day = SystemClock().now().astimezone(BERLIN).date() + timedelta(days=2 + number // 28)
    midnight = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    return midnight.astimezone(UTC) + (number % 28) * timedelta(minutes=45)


def await_mails(inbox: Inbox) -> None:
    """Until every customer has a mail; leases of what a kill interrupted run out after two minutes."""
    for _ in range(1_000):
        if len({who for who, _ in list(inbox.messages)}) >= SESSIONS:
            return
        WAIT.wait(0.2)
    missing = SESSIONS - len({who for who, _ in inbox.messages})
    raise AssertionError(f"{missing} invitations never came")


def check_mails(inbox: Inbox) -> None:
    by_customer: dict[str, dict[str, set[bytes]]] = defaultdict(lambda: defaultdict(set))
    for who, raw in inbox.messages:
        by_customer[who][str(message_from_bytes(raw)["Message-ID"])].add(raw)
    assert set(by_customer) == {f"customer-{n}@acme.example" for n in range(SESSIONS)}
    for who, messages in by_customer.items():
        assert len(messages) == 1, f"{who} got {len(messages)} different messages"
        assert all(len(versions) == 1 for versions in messages.values()), f"{who}: a repeat with other bytes"


def check_calendar(server: Server) -> None:
    """Every session stands once; the last writes may still be on their way."""
    wanted = sorted(slot(number) for number in range(SESSIONS))
    for _ in range(1_000):
        stands = sorted(map(start_of, events_of(server, f"{server.home}sessions/")))
        if stands == wanted:
            return
        assert len(stands) <= SESSIONS, f"{len(stands)} events for {SESSIONS} sessions"
        WAIT.wait(0.5)
    raise AssertionError(f"{len(wanted) - len(stands)} events are missing")


def configured(folder: Path, server: Server, inbox: Inbox, web: int) -> Path:
    text = CONFIG.format(calendars=server.url, smtp=inbox.port, address=f"{server.home}sessions/")
    text = text.replace('{ mon-fri = "08:00-20:00" }', '{ mon-sun = "00:00-23:59" }')
    return write_folder(folder, f'{text}\n[web]\nport = {web}\n\n[engine]\nlease = "45 s"\n')
