"""The sample desk as one tries it out: a booking reaches calendar and mailbox, and the next run finds it again."""

from __future__ import annotations

import base64
import json
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.ports.errors import Misconfigured
from syncd.runtime.demo.children import Child, end_left_behind, free_port
from syncd.runtime.demo.sample import CODES, COMPANIES_CSV, CONTACTS_CSV, STAFF
from tests.process import environment, syncd
from tests.runtime.daemons import DaemonProcess, get

pytestmark = pytest.mark.slow
SECONDS_MAX = 30
SUBJECTS = len(COMPANIES_CSV.splitlines()) + len(CONTACTS_CSV.splitlines()) - 2
"""Companies and contacts that a first run takes from its directory."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the desk lies; whatever becomes of it, its servers end with the test."""
    yield tmp_path / "var"
    end_children(tmp_path / "var")


@pytest.fixture
def desk(folder: Path, tmp_path: Path) -> Iterator[DaemonProcess]:
    with sample_desk(folder, tmp_path) as running:
        yield running


def sample_desk(folder: Path, outside: Path, port: int | None = None) -> DaemonProcess:
    port = port if port is not None else free_port(None)
    return DaemonProcess(outside, environment(), "run", "--demo", "--port", str(port), "--state", folder)


def end_children(folder: Path) -> None:
    """Those of a desk that was killed."""
    radicale = folder / "radicale"
    end_left_behind(radicale / "radicale.pid", str(radicale / "radicale.conf"))
    end_left_behind(folder / "mail-sink.pid", str(folder / "mailbox"))


def call(url: str, body: dict[str, Any] | None = None, login: str = "") -> tuple[int, str]:
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if login:
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    data = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=SECONDS_MAX) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def eventually(desk: DaemonProcess, asked: Callable[[], str], wanted: str) -> str:
    """What `asked` answers once it holds `wanted`; each try waits for the daemon's next settle pass."""
    for _ in range(SECONDS_MAX):
        answer = asked()
        if wanted in answer:
            return answer
        desk.heard("WATCHDOG=1")
    raise AssertionError(f"{wanted} never came; the log:\n{desk.words()}")


def book(desk: DaemonProcess, port: int) -> dict[str, Any]:
    """The first free time, and what came of booking it."""
    slot = first_slot(desk, port)
    wish = {
        "type": "screen",
        "staff": slot["staff"],
        "starts_at": slot["starts_at"],
        "zone": "America/Chicago",
        "company_code": CODES[0][0],
        "name": "Maria Lopez",
        "email": "maria@harborlane.example",
        "issue": "The printer is on fire",
    }
    status, answer = call(f"http://127.0.0.1:{port}/api/v1/bookings", wish)
    assert status == 201, answer
    return dict(json.loads(answer))


def first_slot(desk: DaemonProcess, port: int) -> dict[str, str]:
    """The first free time from the day after tomorrow, once all was read."""
    day = (datetime.now(UTC) + timedelta(days=2)).date()  # noqa: TID251 -- a real daemon on the real clock
    eventually(desk, lambda: get(port, "/metrics")[1], f"\nsyncd_cases_settled_total {SUBJECTS}.0\n")
    offered = f"http://127.0.0.1:{port}/api/v1/slots?type=screen&from={day}&days=7&zone=America/Chicago"
    return dict(json.loads(eventually(desk, lambda: call(offered)[1], "starts_at"))["slots"][0])


def events_of(folder: Path, staff: str) -> str:
    """That calendar as one downloads it, signed in as the staff member."""
    memory = json.loads((folder / "sample.json").read_text())
    login = f"{staff}:{memory['passwords'][staff]}"
    return call(f"http://127.0.0.1:{memory['calendars_port']}/{staff}/support/", login=login)[1]


def test_a_booking_reaches_the_staff_calendar_and_the_mailbox(desk: DaemonProcess, folder: Path) -> None:
    port = desk.ready()
    booked = book(desk, port)
    staff = booked["staff"]["id"]
    eventually(desk, lambda: events_of(folder, staff).replace("\r\n ", ""), "The printer is on fire")
    mails = eventually(desk, lambda: get(port, "/mailbox/")[1], "maria@harborlane.example")
    key = re.search(r'<li><a href="/mailbox/([^"/]+)"', mails)
    assert key is not None
    assert "METHOD:REQUEST" in get(port, f"/mailbox/{key[1]}?part=calendar")[1]
    told = syncd("explain", "maria@harborlane.example", "-c", folder / "syncd.toml", cwd=folder)
    assert "E2" in told.out


def test_a_stranger_can_pay_for_a_session(desk: DaemonProcess, folder: Path) -> None:
    port = desk.ready()
    fees = get(port, "/fees")[1]
    for said in ("99.00", "59.00", "Lantern 2026", "Limited support"):
        assert said in fees
    slot = first_slot(desk, port)
    wish = {
        "type": "screen",
        "staff": slot["staff"],
        "starts_at": slot["starts_at"],
        "zone": "America/Chicago",
        "name": "Sam Stranger",
        "email": "sam@stranger.example",
        "payment": {"company": "Stranger Ltd", "release": "2026", "fee_cents": 9900, "currency": "USD"},
    }
    status, answer = call(f"http://127.0.0.1:{port}/api/v1/bookings", wish)
    assert status == 201, answer
    eventually(desk, lambda: call(f"http://127.0.0.1:{port}/mailbox/")[1], "sam@stranger.example")
    assert "Stranger Ltd" in eventually(desk, lambda: read(folder / "invoices.csv"), "99.00")


def read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def test_it_prints_what_to_open_stops_cleanly_and_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    web = free_port(None)
    with sample_desk(folder, tmp_path, web) as first:
        port = first.ready()
        assert port == web
        token = book(first, port)["token"]
        printed = first.words()
        for words in (
            f"http://127.0.0.1:{port}/book",
            f"http://127.0.0.1:{port}/mailbox/",
            *(code for code, *_ in CODES),
        ):
            assert words in printed
        for member in STAFF:
            assert f"/{member.id}/support/" in printed
        assert first.stop(signal.SIGINT) == 0
    assert list(folder.rglob("*.pid")) == []
    memory = json.loads((folder / "sample.json").read_text())
    with pytest.raises(OSError, match="refused"):
        call(f"http://127.0.0.1:{memory['calendars_port']}/")
    with sample_desk(folder, tmp_path, web) as second:
        assert get(second.ready(), f"/s/{token}")[0] == 200
        assert json.loads((folder / "sample.json").read_text())["passwords"] == memory["passwords"]
        assert second.stop() == 0


def test_a_second_one_in_the_same_folder_is_refused_and_harms_nothing(desk: DaemonProcess, folder: Path) -> None:
    port = desk.ready()
    second = syncd("run", "--demo", "--state", folder, "--port", str(free_port(None)), cwd=folder)
    assert second.code == 4
    assert "another syncd" in second.err
    assert get(port, "/book")[0] == 200
    assert "VCALENDAR" in events_of(folder, STAFF[0].id)


def test_a_killed_desks_servers_are_ended_by_the_next_run(folder: Path, tmp_path: Path) -> None:
    with sample_desk(folder, tmp_path) as first:
        first.ready()
        first.process.kill()
        first.process.wait()
    orphan = int((folder / "radicale" / "radicale.pid").read_text())
    with sample_desk(folder, tmp_path) as second:
        second.ready()
        assert int((folder / "radicale" / "radicale.pid").read_text()) != orphan
        assert second.stop() == 0


def test_what_a_person_wrote_into_the_configuration_is_kept(folder: Path, tmp_path: Path) -> None:
    with sample_desk(folder, tmp_path) as first:
        first.ready()
        first.stop()
    config = folder / "syncd.toml"
    config.write_text(config.read_text().replace("Lantern Software Support", "My own desk"))
    with sample_desk(folder, tmp_path) as second:
        port = second.ready()
        assert "My own desk" in get(port, "/book")[1]
        assert f"http://127.0.0.1:{port}/book" in second.words()
        second.stop()


def test_a_server_that_does_not_start_says_where_its_words_are(tmp_path: Path) -> None:
    broken = Child("broken", ["python3", "-c", "raise SystemExit('no')"], free_port(None), tmp_path)
    with pytest.raises(Misconfigured, match="did not start") as caught:
        broken.start()
    assert "broken.log" in caught.value.hint
    assert list(tmp_path.glob("*.pid")) == []
