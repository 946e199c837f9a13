"""The widest span that an unreadable object shows, and whom a server has invited (CAL-9, RFC 6638)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.domain.spans import Span
from syncd.ical.salvage import is_no_event, widest_span

BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int, day: int = 3) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def event(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]).encode()


@pytest.mark.parametrize(
    ("lines", "span"),
    [
        (["DTSTART:20260303T090000Z", "DTEND:20260303T110000Z"], Span(at(9), at(11))),
        (["DTEND:20260303T110000Z", "DTSTART:20260303T090000Z"], Span(at(9), at(11))),
        (["DTSTART:20260303T090000Z"], Span(at(9), at(10))),
        (["DTSTART;TZID=Europe/Berlin:20260303T100000"], Span(at(9), at(10))),
        (["DTSTART;TZID=Nowhere/Land:20260303T100000"], Span(at(9), at(10))),
        (["DTSTART:20260303T100000"], Span(at(9), at(10))),
        (["DTSTART;VALUE=DATE:20260303"], Span(at(23, 2), at(23, 3))),
        (["DTSTART:20260303T090000Z", "RDATE:20260304T090000Z,20260305T090000Z"], Span(at(9), at(9, 5))),
        (["dtstart:20260303T090000Z", "dtend:garbage"], Span(at(9), at(10))),
        (["DTSTART:20260399T090000Z", "DTEND:20260303T110000Z"], Span(at(11), at(12))),
    ],
)
def test_the_widest_span_that_is_shown(lines: list[str], span: Span) -> None:
    assert widest_span(event(*lines), BERLIN) == span


@pytest.mark.parametrize(
    "lines", [[], ["DTSTART:soon"], ["SUMMARY:20260303T090000Z"], ["DTSTART:99999999T999999Z"], ["DTSTART:99991231"]]
)
def test_what_shows_no_time_has_none(lines: list[str]) -> None:
    assert widest_span(event(*lines), BERLIN) is None


def test_the_times_of_zone_definitions_are_no_times_of_the_event() -> None:
    zone = "BEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE"
    raw = event("DTSTART:20260303T090000Z").replace(b"BEGIN:VEVENT", zone.encode() + b"\r\nBEGIN:VEVENT")
    assert widest_span(raw, BERLIN) == Span(at(9), at(10))


@pytest.mark.parametrize(("component", "other"), [("VTODO", True), ("VJOURNAL", True), ("VEVENT", False), ("X", False)])
def test_tasks_and_journals_are_no_events(component: str, other: bool) -> None:
    assert is_no_event(f"BEGIN:VCALENDAR\r\nBEGIN:{component}\r\nEND:{component}\r\n".encode()) is other


@given(st.dates().map(lambda day: event(f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{day:%Y%m%d}")))
def test_no_date_whatever_breaks_it(raw: bytes) -> None:
    span = widest_span(raw, BERLIN)
    assert span is None or span.length >= timedelta(hours=23)


@given(st.binary(max_size=400) | st.text(alphabet="DTSENARZ:;=0123456789\r\n,", max_size=200).map(str.encode))
def test_no_bytes_whatever_break_it(raw: bytes) -> None:
    span = widest_span(raw, BERLIN)
    assert span is None or span.length >= timedelta(hours=1)
