"""GOO-1 to GOO-3 by count, and bounded, unfollowing, quiet connections (CAL-10, CAL-28, CAL-30)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from connectors.google_calendar.client import built
from connectors.google_calendar.transport import ANSWER_BYTES_MAX
from syncd.ports.calendar import Calendar
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable
from syncd.ports.source import Batch
from syncd.testing.contracts.calendar_acts import Adds
from syncd.testing.contracts.calendar_reader import Reader, window
from syncd.testing.contracts.calendar_setting import entry, own_draft, secretive
from syncd.testing.contracts.calendar_world import CANARY, NOW, STAFF_EMAIL
from tests.connectors.google_calendar.world import GoogleWorld
from tests.simulators.google.faults import Refusal

CALENDARS, WORKERS = 50, 4


def cycle(calendars: list[Calendar], cursors: list[str | None], workers: ThreadPoolExecutor) -> list[Batch]:
    """All calendars once, by all workers: each takes its first only when every one has one."""
    together = threading.Barrier(WORKERS)

    def observe(n: int) -> Batch:
        if n < WORKERS:
            together.wait(timeout=30)
        return calendars[n].observe(cursors[n], NOW)

    return list(workers.map(observe, range(len(calendars))))


def test_a_cycle_over_50_calendars_makes_one_connection_a_worker_and_builds_no_service_twice(
    google: GoogleWorld,
) -> None:
    account, plain = google.account(), google.binding()
    calendars: list[Calendar] = []
    for n in range(CALENDARS):
        address = f"c{n}@group.calendar.example"
        google.google.state.calendar(address, STAFF_EMAIL)
        calendars.append(account.open(replace(plain, calendar_id=f"c{n}", address=address)))
    connections, before = google.google.server.connections, built.cache_info().misses
    with ThreadPoolExecutor(WORKERS) as workers:
        first = cycle(calendars, [None] * CALENDARS, workers)
        cursors = [batch.cursor for batch in first]
        for _ in range(3):
            quiet = cycle(calendars, cursors, workers)
            assert [b.cursor for b in quiet] == cursors
            assert all((b.evidence, b.busy, b.last) == ((), (), True) for b in quiet)
    assert google.google.server.connections - connections == WORKERS
    assert built.cache_info().misses - before <= 1
    assert google.google.requests == ["calendar.events.list"] * (4 * CALENDARS)
    assert google.google.sign_in.asked <= WORKERS


def test_goo_1_the_resources_are_kept(google: GoogleWorld) -> None:
    client = google.account().client
    assert client.ask.events is client.ask.events
    assert client.ask.freebusy is google.account().client.ask.freebusy


def test_goo_3_the_endpoint_has_its_path(google: GoogleWorld) -> None:
    with pytest.raises(ValueError, match="calendar/v3"):
        google.account(endpoint=google.google.server.origin)
    with pytest.raises(ValueError, match="https"):
        google.account(endpoint="http://www.googleapis.com/calendar/v3/")


def ask_busy(calendar: Calendar) -> object:
    return calendar.busy(window())


def observe(calendar: Calendar) -> object:
    return calendar.observe(None, NOW)


@pytest.mark.parametrize("compresses", [True, False])
@pytest.mark.parametrize("ask", [ask_busy, observe])
def test_an_answer_without_an_end_is_given_up(
    google: GoogleWorld, compresses: bool, ask: Callable[[Calendar], object]
) -> None:
    google.google.faults.floods, google.google.faults.compresses = ANSWER_BYTES_MAX + 1, compresses
    calendar = google.calendar()
    with pytest.raises(Retryable):
        ask(calendar)
    google.heal()
    assert ask(calendar)


def test_a_large_answer_within_bounds_is_read(google: GoogleWorld) -> None:
    """Spaces compress a thousandfold: a lawful listing never does, and is not taken for a bomb."""
    for n in range(30):
        google.staff(Adds(entry(n, notes="".join(chr(0x4E00 + (i * 7 + n) % 5000) for i in range(8000)))))
    reader = Reader(google.calendar())
    reader.reads()
    assert len(reader.items) == 30


def test_an_answer_that_breaks_off_is_none(google: GoogleWorld) -> None:
    google.staff(Adds(entry(1)))
    google.google.faults.breaks_answers = True
    calendar = google.calendar()
    with pytest.raises(Retryable):
        calendar.observe(None, NOW)
    with pytest.raises(OutcomeUnknown):
        calendar.put(own_draft(1), None)


def test_a_late_answer_is_not_taken_for_the_next_one(google: GoogleWorld) -> None:
    google.staff(Adds(entry(1)))
    calendar = google.account(timeout_seconds=0.2).open(google.binding())
    calendar.probe()
    google.google.faults.stalls = True
    with pytest.raises(Retryable):
        calendar.observe(None, NOW)
    google.heal()
    assert calendar.busy(window()).spans == (entry(1).span,)
    assert len(calendar.observe(None, NOW).busy) == 1


def test_a_connection_that_google_has_closed_meanwhile_is_made_anew(google: GoogleWorld) -> None:
    calendar = google.calendar()
    calendar.observe(None, NOW)
    google.google.server.down()
    google.google.server.up()
    assert calendar.observe(None, NOW).last


@pytest.mark.parametrize("status", [403, 404, 500, 502])
def test_cal_10_what_a_proxy_says_is_neither_logged_nor_quoted(
    google: GoogleWorld, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    google.google.faults.refusal = Refusal(status, raw=f"<html>{CANARY}</html>".encode())
    calendar = google.calendar()
    with pytest.raises((Retryable, Misconfigured)) as caught:
        calendar.observe(None, NOW)
    with pytest.raises((Permanent, OutcomeUnknown, Misconfigured)):
        calendar.put(own_draft(1), None)
    assert CANARY not in repr(caught.value)
    assert CANARY not in caplog.text


def test_cal_10_nothing_of_an_event_reaches_the_log(google: GoogleWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    google.staff(Adds(secretive(entry(1))))
    google.google.faults.cuts_answers = True
    calendar = google.calendar()
    with pytest.raises(Retryable):
        calendar.observe(None, NOW)
    google.heal()
    calendar.observe(None, NOW)
    assert CANARY not in caplog.text


def test_an_access_token_reaches_no_log(google: GoogleWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    google.by_delegation()
    google.calendar().observe(None, NOW)
    (token,) = google.google.sign_in.granted
    assert token not in caplog.text
    assert "PRIVATE KEY" not in caplog.text
