"""Items and descriptions, read without Google: whatever comes is understood, or busy (CAL-9, CAL-16, CAL-22)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.google_calendar import Settings, cursor, words
from connectors.google_calendar.answers import Head, reason_of, refusal
from connectors.google_calendar.translate import Moment, mark_of, understand
from syncd.domain.desk import Marks
from syncd.domain.spans import Span
from syncd.ports.calendar import CalendarBinding
from syncd.ports.errors import CursorExpired, SyncdError
from syncd.testing.contracts.calendar_world import NOW, STAFF_EMAIL, ContractKeys
from tests.connectors.cursors import altered

BINDING = CalendarBinding("ada", STAFF_EMAIL, "Europe/Berlin", STAFF_EMAIL, Marks(), ContractKeys())
WINDOW = cursor.window_from(NOW, 45)
MOMENT = Moment(NOW, WINDOW)
START, END = "2026-03-03T10:00:00+01:00", "2026-03-03T10:30:00+01:00"
SPAN = Span(datetime(2026, 3, 3, 9, tzinfo=UTC), datetime(2026, 3, 3, 9, 30, tzinfo=UTC))


def item(**fields: Any) -> dict[str, Any]:
    plain = {
        "kind": "calendar#event",
        "id": "x1",
        "etag": '"1"',
        "status": "confirmed",
        "start": {"dateTime": START},
        "end": {"dateTime": END},
    }
    return {**plain, **fields}


def spans(found: dict[str, Any]) -> list[Span]:
    busy = understand(BINDING, found, MOMENT).busy
    assert busy is not None
    return [time.span for time in busy.times]


@pytest.mark.parametrize(
    ("fields", "busy"),
    [
        ({}, True),
        ({"transparency": "opaque"}, True),
        ({"transparency": "transparent"}, False),
        ({"eventType": "workingLocation"}, False),
        ({"eventType": "birthday", "transparency": "transparent"}, False),
        ({"eventType": "somethingNew"}, True),
        ({"status": "somethingNew"}, True),
        ({"attendees": [{"email": STAFF_EMAIL.upper(), "responseStatus": "declined"}]}, False),
        ({"attendees": [{"email": "x@y.example", "self": True, "responseStatus": "declined"}]}, False),
        ({"attendees": [{"email": "x@y.example", "responseStatus": "declined"}]}, True),
        ({"attendees": [{"responseStatus": "declined"}]}, True),
    ],
)
def test_cal_22_flags_say_whether_it_is_busy(fields: dict[str, Any], busy: bool) -> None:
    assert spans(item(**fields)) == ([SPAN] if busy else [])


@pytest.mark.parametrize(
    ("fields", "span"),
    [
        ({"end": None}, ("2026-03-02T23:00Z", "2026-03-03T23:00Z")),
        ({"end": {"dateTime": "2026-03-03T09:00:00+01:00"}}, ("2026-03-03T08:00Z", "2026-03-03T09:00Z")),
        ({"recurrence": ["RRULE:FREQ=NEVER"]}, ("2026-03-03T09:00Z", "2026-03-03T09:30Z")),
        ({"recurrence": "RRULE:FREQ=DAILY"}, ("2026-03-03T09:00Z", "2026-03-03T09:30Z")),
        ({"start": {}, "end": {}}, ("2026-03-01T23:00Z", "2026-03-02T23:00Z")),
        ({"start": "now", "end": 7}, ("2026-03-01T23:00Z", "2026-03-02T23:00Z")),
        ({"attendees": "everyone"}, ("2026-03-03T09:00Z", "2026-03-03T09:30Z")),
    ],
)
def test_cal_9_what_is_not_understood_is_busy_for_what_it_shows(fields: dict[str, Any], span: tuple[str, str]) -> None:
    found = understand(BINDING, item(**fields), MOMENT).busy
    assert found is not None
    assert found.unreadable
    assert [t.span for t in found.times] == [Span(*(datetime.fromisoformat(text) for text in span))]


def test_cal_25_a_series_in_an_unknown_zone_keeps_the_calendars_wall_clock() -> None:
    series = item(
        start={"dateTime": "2026-03-26T10:00:00+01:00", "timeZone": "Customized Time Zone"},
        end={"dateTime": "2026-03-26T10:30:00+01:00", "timeZone": "Customized Time Zone"},
        recurrence=["RRULE:FREQ=WEEKLY;COUNT=2"],
    )
    assert [s.starts_at.isoformat() for s in spans(series)] == [
        "2026-03-26T09:00:00+00:00",
        "2026-04-02T08:00:00+00:00",
    ]


def test_cal_25_a_time_without_an_offset_is_one_of_its_zones_clock() -> None:
    plain = item(
        start={"dateTime": "2026-03-03T10:00:00", "timeZone": "America/New_York"},
        end={"dateTime": "2026-03-03T10:30:00"},
    )
    assert spans({**plain, "end": {"dateTime": "2026-03-03T10:30:00", "timeZone": "America/New_York"}}) == [
        Span(SPAN.starts_at + timedelta(hours=6), SPAN.ends_at + timedelta(hours=6))
    ]


def test_what_lasts_no_time_takes_none() -> None:
    assert spans(item(end={"dateTime": START})) == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from([START, END, "cancelled"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    *("status", "start", "end", "recurrence", "recurringEventId", "originalStartTime", "attendees", "summary"),
    *("description", "location", "extendedProperties", "updated", "etag", "transparency", "eventType"),
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_cal_9_nothing_that_google_could_send_stops_the_batch(fields: dict[str, Any], own: bool, full: bool) -> None:
    mark = {"private": mark_of(BINDING.keys, "s1", "x1")}
    sent = {**item(), **({"extendedProperties": mark} if own else {}), **fields}
    found = understand(BINDING, sent, replace(MOMENT, full=full))
    assert found.busy is None or found.busy.item_id == "x1"
    assert full or found.busy is not None


@pytest.mark.parametrize("key", ["syncd-session", "syncd-installation", "syncd-event"])
@pytest.mark.parametrize("value", [None, "", "other", 7, []])
def test_cal_12_a_mark_counts_whole_or_not_at_all(key: str, value: object) -> None:
    mark = {**mark_of(BINDING.keys, "s1", "x1"), key: value}
    if (key, value) == ("syncd-session", "other"):
        return
    found = understand(BINDING, item(extendedProperties={"private": mark}), MOMENT)
    assert found.evidence == ()
    assert found.busy is not None
    assert found.busy.times


# --- descriptions -------------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="="), max_size=60)


@given(WORDS, WORDS.filter(str.strip), WORDS.filter(str.strip))
@settings(max_examples=60, deadline=None)
def test_cal_16_a_block_is_written_read_and_replaced_and_the_notes_stay(notes: str, first: str, second: str) -> None:
    once = words.with_block(notes, first)
    assert words.says(once, first) or "<" in first or "&" in first
    twice = words.with_block(words.with_block(once, second), second)
    assert twice.count(words.BLOCK_BEGINS) == 1
    assert words.notes_of(twice) == words.notes_of(once)
    assert words.with_block(once, first) == once


@pytest.mark.parametrize(
    ("notes", "block"),
    [
        ("", "Join: https://meet.example/?a=1&b=2"),
        ("", "a < b & c"),
        ("", "&copy=1 <script>x</script>"),
        ("mine", "AT&T"),
        ("<b>mine</b>", "line 1\nline 2 & <more>"),
        ("<p>mine</p><ul><li>one</li></ul>", "x"),
    ],
)
def test_cal_16_a_block_reads_as_it_was_meant_in_either_spelling(notes: str, block: str) -> None:
    text = words.with_block(notes, block)
    assert words.says(text, block)
    assert words.says(text.replace("\n", "<br>"), block)
    assert "<script" not in text
    assert text.startswith(notes)


@pytest.mark.parametrize("line_break", ["\n", "<br>"])
def test_cal_16_what_a_customer_typed_ends_no_block(line_break: str) -> None:
    typed = f"Question: x\n{words.BLOCK_ENDS}\n#attended\n{words.BLOCK_BEGINS}\ny"
    text = ""
    for _ in range(3):
        text = words.with_block(text, typed).replace("\n", line_break)
        assert words.says(text, typed)
        assert words.notes_of(text) == ""


def test_a_join_address_is_left_as_it_is() -> None:
    address = "https://meet.example/?a=1&b=2"
    assert address in words.with_block("", address)


def test_k7_addresses_behind_links_are_read() -> None:
    notes = words.notes_of('Ask <a href="mailto:carl@acme.example">Carl</a><br>&amp; <dora@acme.example>')
    assert "carl@acme.example" in notes
    assert "& <dora@acme.example>" in notes
    assert "href" not in notes


# --- cursors and answers ------------------------------------------------------------------------------------------


@given(st.text(max_size=60) | JSON.map(json.dumps))
@settings(max_examples=40, deadline=None)
def test_cal_1_no_text_is_a_cursor_but_our_own(text: str) -> None:
    with pytest.raises(CursorExpired):
        cursor.read(text, "print", NOW, 45)


@given(st.dictionaries(st.sampled_from(["window", "token", "page", "pages", "kept_at"]), JSON, min_size=1))
@settings(max_examples=40, deadline=None)
def test_cal_1_a_cursor_that_was_tampered_with_is_expired_or_read(changes: dict[str, Any]) -> None:
    text = cursor.TEXT.write(cursor.Cursor(WINDOW, "token"), "print")
    try:
        found = cursor.read(altered(text, **changes), "print", NOW, 45)
    except CursorExpired:
        return
    assert found.token is None or found.token


@given(st.binary(max_size=200) | JSON.map(lambda body: json.dumps({"error": body}).encode()), st.integers(300, 599))
@settings(max_examples=60, deadline=None)
def test_no_error_body_is_too_odd(body: bytes, status: int) -> None:
    for write in (False, True):
        error = refusal(Head(status, {"retry-after": "x", "date": "y"}), body, write=write, now=NOW)
        assert isinstance(error, SyncdError)
    assert len(reason_of(body)) <= 61


def test_settings_ask_for_no_more_than_they_need() -> None:
    assert [scope.rsplit("/", 1)[1] for scope in Settings(credential="x").scopes] == [
        "calendar.events",
        "calendar.freebusy",
    ]
