"""GOO-7 to GOO-9: sync tokens by their rules, series with their exceptions, and what a number means where."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncd.domain.evidence import EntryGone
from syncd.domain.spans import Span
from syncd.ports.errors import CursorExpired, Misconfigured, Retryable
from syncd.testing.contracts.calendar_acts import (
    Adds,
    CancelsInstance,
    Deletes,
    LosesCursors,
    Moves,
    MovesInstance,
    SmallPages,
    StaffEntry,
)
from syncd.testing.contracts.calendar_reader import Reader, gone_in, marked_in, window
from syncd.testing.contracts.calendar_setting import entry, hour, own_draft, own_span
from syncd.testing.contracts.calendar_world import NOW
from tests.connectors.cursors import altered, held
from tests.connectors.google_calendar.world import GoogleWorld
from tests.simulators.google.faults import Refusal

HALF_HOUR = timedelta(minutes=30)


def test_goo_7_a_round_in_pages_and_the_next_one_keep_the_rules_of_sync_tokens(google: GoogleWorld) -> None:
    """The simulator refuses a token with any parameter that Google refuses, and a page of another query."""
    google.suffers(SmallPages(2))
    for n in range(5):
        google.staff(Adds(entry(n)))
    reader = Reader(google.calendar())
    reader.reads()
    assert len(reader.batches) == 3
    for n in range(5, 9):
        google.staff(Adds(entry(n)))
    reader.reads()
    assert len(reader.batches) == 5
    assert reader.busy() == tuple(entry(n).span for n in range(9))


def test_goo_7_what_ended_before_the_window_is_not_even_asked_for(google: GoogleWorld) -> None:
    ago = NOW - timedelta(days=30)
    google.staff(Adds(StaffEntry(ago, ago + HALF_HOUR, title="Support: long ago")))
    reader = Reader(google.calendar())
    assert reader.reads() == ()
    assert reader.items == {}


def test_an_expiry_in_the_middle_of_paging_with_changes_in_the_gap_loses_nothing(google: GoogleWorld) -> None:
    """Changes before, between and after the lost pages, twice over."""
    google.suffers(SmallPages(2))
    ids = [google.staff(Adds(entry(n))) for n in range(6)]
    reader = Reader(google.calendar())
    reader.reads()
    for n in range(6, 9):
        google.staff(Adds(entry(n)))
    reader.reads_page()
    for lost in range(2):
        google.suffers(LosesCursors())
        google.staff(Deletes(ids[lost]))
        with pytest.raises(CursorExpired):
            reader.reads_page()
        reader.cursor = None
        reader.reads_page()
    google.suffers(LosesCursors())
    google.staff(Moves(ids[5], entry(12).span))
    with pytest.raises(CursorExpired):
        reader.reads_page()
    reader.cursor = None
    reader.reads()
    assert reader.busy() == tuple(entry(n).span for n in (2, 3, 4, 6, 7, 8, 12))


def test_an_empty_page_in_the_middle_is_not_the_end(google: GoogleWorld) -> None:
    """GOO-7: empty pages are normal; only the token ends a round."""
    google.suffers(SmallPages(1))
    for n in range(3):
        google.staff(Adds(entry(n)))
    reader = Reader(google.calendar())
    reader.reads_page()
    google.google.faults.rewrites = lambda answer: {**answer, "items": []}
    assert not reader.reads_page().last
    google.google.faults.rewrites = None
    reader.reads()
    assert len(reader.busy()) == 2


def test_a_quiet_calendar_keeps_its_cursor_though_google_gives_a_new_token(google: GoogleWorld) -> None:
    """Zero commits: the same text, until it is a day old."""
    reader = Reader(google.calendar())
    reader.reads()
    before = reader.cursor
    google.staff(Deletes(google.staff(Adds(entry(1)))))
    reader.reads()
    after = reader.cursor
    assert after != before
    for minutes in range(1, 30):
        quiet = reader.calendar.observe(after, NOW + timedelta(minutes=minutes))
        assert (quiet.cursor, quiet.evidence, quiet.busy, quiet.last) == (after, (), (), True)
    renewed = reader.calendar.observe(after, NOW + timedelta(days=1, minutes=1))
    assert renewed.cursor != after
    assert (renewed.evidence, renewed.busy, renewed.last) == ((), (), True)


def test_a_token_that_makes_the_address_too_long_is_sent_all_the_same(google: GoogleWorld) -> None:
    """The library then posts the query instead, each time anew."""
    google.google.faults.token_chars = 3000
    google.suffers(SmallPages(1))
    for n in range(3):
        google.staff(Adds(entry(n)))
    reader = Reader(google.calendar())
    reader.reads()
    for _ in range(3):
        assert reader.reads_page().busy == ()
    google.staff(Adds(entry(5)))
    reader.reads()
    assert len(reader.busy()) == 4


def test_a_listing_without_an_end_is_no_round(google: GoogleWorld) -> None:
    """CAL-3: neither a next page nor a token: the answer was not whole."""
    google.google.faults.rewrites = lambda answer: {k: v for k, v in answer.items() if k != "nextSyncToken"}
    with pytest.raises(Retryable):
        google.calendar().observe(None, NOW)


def test_a_page_that_leads_back_to_itself_ends_in_a_new_round(google: GoogleWorld) -> None:
    google.suffers(SmallPages(1))
    for n in range(3):
        google.staff(Adds(entry(n)))
    reader = Reader(google.calendar())
    reader.reads_page()
    assert reader.cursor is not None
    page = held(reader.cursor)["page"]
    google.google.faults.rewrites = lambda answer: {**answer, "nextPageToken": page}
    with pytest.raises(CursorExpired):
        reader.reads_page()


def test_goo_9_a_404_of_the_calendar_is_unreadable_and_no_deletion(google: GoogleWorld) -> None:
    calendar = google.calendar()
    written = calendar.put(own_draft(1), None)
    reader = Reader(calendar)
    reader.reads()
    google.ada.roles.clear()
    with pytest.raises(Misconfigured) as caught:
        reader.reads_page()
    assert "share" in caught.value.hint
    assert calendar.look(own_draft(1).session_id, written.ref).answer == "unknown"
    with pytest.raises(Misconfigured):
        calendar.remove(own_draft(1).session_id, written.ref)
    with pytest.raises(Misconfigured):
        calendar.put(own_draft(1, at=4), written.ref)


@pytest.mark.parametrize(
    "reason", ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "calendarUsageLimitsExceeded"]
)
def test_goo_9_a_403_for_haste_is_repeated_later(google: GoogleWorld, reason: str) -> None:
    calendar = google.calendar()
    calendar.observe(None, NOW)
    google.google.faults.refusal = Refusal(403, reason, retry_after="7")
    with pytest.raises(Retryable) as caught:
        calendar.observe(None, NOW)
    assert caught.value.retry_after == timedelta(seconds=7)
    with pytest.raises(Retryable):
        calendar.put(own_draft(1), None)


def test_goo_9_a_token_of_another_calendar_starts_anew(google: GoogleWorld) -> None:
    reader = Reader(google.calendar())
    reader.reads()
    assert reader.cursor is not None
    with pytest.raises(CursorExpired):
        reader.calendar.observe(altered(reader.cursor, token="CPDAlvWDx70CEPDAlvWDx70CGAU="), NOW)


@pytest.mark.parametrize("changed", ["zone", "staff_email", "marks", "writable"])
def test_a_setting_that_shapes_what_is_reported_starts_anew(google: GoogleWorld, changed: str) -> None:
    reader = Reader(google.calendar())
    reader.reads()
    binding = google.binding()
    other: dict[str, Any] = {
        "zone": "America/New_York",
        "staff_email": "bob@desk.example",
        "marks": replace(binding.marks, tag="#other"),
        "writable": False,
    }
    with pytest.raises(CursorExpired):
        google.account().open(replace(binding, **{changed: other[changed]})).observe(reader.cursor, NOW)


# --- series -------------------------------------------------------------------------------------------------------


def test_goo_8_cancelled_exceptions_stay_while_the_master_lives(google: GoogleWorld) -> None:
    """Bare stubs, in a full re-read and after it."""
    series = google.staff(Adds(entry(1, rule="FREQ=DAILY;COUNT=4")))
    google.staff(CancelsInstance(series, hour(25)))
    reader = Reader(google.calendar())
    reader.reads()
    google.staff(CancelsInstance(series, hour(49)))
    reader.reads()
    assert reader.busy() == (own_span(1), own_span(73))
    again = Reader(google.calendar())
    again.reads()
    assert again.busy() == reader.busy()
    google.staff(Moves(series, own_span(3)))
    reader.reads()
    assert reader.busy()[0] == own_span(3)


def test_goo_8_a_deleted_series_leaves_nothing_behind(google: GoogleWorld) -> None:
    series = google.staff(Adds(entry(1, rule="FREQ=DAILY;COUNT=4")))
    google.staff(MovesInstance(series, hour(25), own_span(29)))
    reader = Reader(google.calendar())
    reader.reads()
    google.staff(Deletes(series))
    reader.reads()
    assert reader.busy() == ()


def test_an_exception_that_becomes_free_frees_its_place(google: GoogleWorld) -> None:
    series = google.staff(Adds(entry(1, rule="FREQ=DAILY;COUNT=2")))
    moved = google.staff(MovesInstance(series, hour(25), own_span(25)))
    google.ada.events[moved].item["transparency"] = "transparent"
    reader = Reader(google.calendar())
    reader.reads()
    assert reader.busy() == (own_span(1),)
    assert google.calendar().busy(window()).spans == (own_span(1),)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_series_of_every_make_are_expanded_as_google_does(google: GoogleWorld, zone: str) -> None:
    """Our expansion and the simulator's own (by another library) agree, clock changes included."""
    google.zone = zone
    local = ZoneInfo(zone)
    rules = (
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=9",
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260401T120000Z",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=15",
        "FREQ=YEARLY",
    )
    for n, rule in enumerate(rules):
        first = datetime(2026, 3, 3, 6 + n, 0, tzinfo=local)
        google.staff(Adds(StaffEntry(first, first + HALF_HOUR, zone=zone, rule=rule)))
        day = datetime(2026, 3, 1 + n, tzinfo=local)
        google.staff(
            Adds(StaffEntry(day, day + timedelta(days=1), zone=zone, all_day=True, rule="FREQ=WEEKLY;INTERVAL=4"))
        )
    reader = Reader(google.calendar())
    reader.reads()
    asked = window()
    polled = [Span(max(s.starts_at, asked.starts_at), min(s.ends_at, asked.ends_at)) for s in reader.busy(asked)]
    assert tuple(polled) == google.calendar().busy(asked).spans
    assert len(polled) > 20


def test_a_marked_instance_is_put_before_staff_like_its_series(google: GoogleWorld) -> None:
    """CAL-13: from an instance alone it is not to be seen whether the mark is its own."""
    series = google.staff(Adds(entry(1, title="Support: weekly", rule="FREQ=DAILY;COUNT=3")))
    google.staff(MovesInstance(series, hour(25), own_span(29)))
    marked = marked_in(Reader(google.calendar()).reads())
    assert [m.recurring for m in marked] == [True, True]
    assert {m.ref.original_start for m in marked} == {None, hour(25)}


def test_a_tombstone_names_the_instance_of_the_series(google: GoogleWorld) -> None:
    series = google.staff(Adds(entry(1, rule="FREQ=DAILY;COUNT=3")))
    reader = Reader(google.calendar())
    reader.reads()
    gone_id = google.staff(CancelsInstance(series, hour(25)))
    (gone,) = gone_in(reader.reads())
    assert gone == EntryGone(replace(gone.ref, event_id=gone_id, original_start=hour(25)), "tombstone")


# --- live busy time -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["notFound", "internalError", "tooManyCalendarsRequested", "somethingNew"])
def test_goo_8_errors_inside_a_success_are_unreadable(google: GoogleWorld, reason: str) -> None:
    google.google.faults.free_busy_error = reason
    with pytest.raises((Retryable, Misconfigured)):
        google.calendar().busy(window())


def test_a_span_longer_than_google_answers_for_is_asked_in_parts(google: GoogleWorld) -> None:
    google.staff(Adds(entry(1)))
    late = NOW + timedelta(days=200)
    google.staff(Adds(StaffEntry(late, late + HALF_HOUR)))
    across = NOW + timedelta(days=80)
    google.staff(Adds(StaffEntry(across - HALF_HOUR, across + HALF_HOUR)))
    spans = google.calendar().busy(Span(NOW, NOW + timedelta(days=240))).spans
    assert spans == (
        entry(1).span,
        Span(across - HALF_HOUR, across + HALF_HOUR),
        Span(late, late + HALF_HOUR),
    )


def test_busy_time_counts_our_own_events_and_says_so(google: GoogleWorld) -> None:
    calendar = google.calendar()
    calendar.put(own_draft(1), None)
    answer = calendar.busy(window())
    assert answer.includes_own
    assert answer.spans == (own_span(1),)
