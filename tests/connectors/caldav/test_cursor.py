"""The cursor's text: what goes in comes out, and whatever else is expired, never an error (CAL-1)."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from string import ascii_letters

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.caldav.cursor import TEXT, Cursor, window_from
from syncd.domain.desk import Marks
from syncd.ports.calendar import CalendarBinding
from syncd.ports.cursors import fingerprint
from syncd.ports.errors import CursorExpired
from syncd.testing.contracts.calendar_world import NOW, STAFF_EMAIL, ContractKeys

BINDING = CalendarBinding("ada", "/ada/work/", "Europe/Berlin", STAFF_EMAIL, Marks(), ContractKeys())
PRINT = fingerprint(BINDING, "caldav", "/ada/work/")
WINDOW = window_from(NOW, 45)

names = st.text(max_size=30)
maybe = st.none() | names
cursors = st.builds(
    Cursor,
    window=st.just(WINDOW),
    seen_at=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    by_token=st.booleans(),
    token=maybe,
    next_token=maybe,
    place=maybe,
    full=st.booleans(),
    pages=st.integers(0, 1000),
    ctag=maybe,
    etags=st.dictionaries(names, names, max_size=5),
)


@settings(max_examples=40)
@given(cursors)
def test_a_cursor_comes_back_as_it_was_written(cursor: Cursor) -> None:
    text = TEXT.write(cursor, PRINT)
    assert TEXT.read(text, PRINT, NOW, 45) == cursor
    assert TEXT.write(TEXT.read(text, PRINT, NOW, 45), PRINT) == text


@settings(max_examples=40)
@given(st.text(max_size=200) | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(repr))
def test_no_text_whatever_is_worse_than_expired(text: str) -> None:
    with pytest.raises(CursorExpired):
        TEXT.read(text, PRINT, NOW, 45)


@settings(max_examples=60)
@given(st.data())
def test_no_damaged_cursor_is_worse_than_expired(data: st.DataObject) -> None:
    text = TEXT.write(Cursor(WINDOW, NOW, token="t", etags={"a.ics": '"1"'}), PRINT)
    at = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:at] + data.draw(st.sampled_from(["", "9", '"', "}", "é", ascii_letters])) + text[at + 1 :]
    with contextlib.suppress(CursorExpired):
        TEXT.read(damaged, PRINT, NOW, 45)


@pytest.mark.parametrize(
    "other",
    [
        replace(BINDING, calendar_id="bob"),
        replace(BINDING, zone="Europe/London"),
        replace(BINDING, staff_email="bob@desk.example"),
        replace(BINDING, marks=Marks(tag="#desk")),
        replace(BINDING, keys=ContractKeys("inst-b", b"other")),
    ],
)
def test_a_cursor_of_another_calendar_zone_mark_or_installation_is_expired(other: CalendarBinding) -> None:
    text = TEXT.write(Cursor(WINDOW, NOW), PRINT)
    with pytest.raises(CursorExpired):
        TEXT.read(text, fingerprint(other, "caldav", "/ada/work/"), NOW, 45)
    with pytest.raises(CursorExpired):
        TEXT.read(text, fingerprint(BINDING, "caldav", "/ada/home/"), NOW, 45)


def test_a_full_reading_a_week_keeps_the_horizon() -> None:
    text = TEXT.write(Cursor(WINDOW, NOW), PRINT)
    TEXT.read(text, PRINT, NOW + timedelta(days=7), 45)
    with pytest.raises(CursorExpired):
        TEXT.read(text, PRINT, NOW + timedelta(days=7, seconds=1), 45)


def test_five_thousand_etags_fit_into_a_cursor_of_a_few_hundred_kilobytes() -> None:
    keys = ContractKeys()
    etags = {f"{keys.name('n', str(n))}.ics": f'"{keys.name("e", str(n))}"' for n in range(5000)}
    assert len(TEXT.write(Cursor(WINDOW, NOW, by_token=False, etags=etags), PRINT)) < 400_000
