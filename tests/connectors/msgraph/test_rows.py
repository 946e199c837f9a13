"""When is an event, by the JSON that Graph sends? Times, zones, all-day events and what cannot be understood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.msgraph import rows
from connectors.msgraph.rows import Unreadable
from syncd.domain.spans import Span

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def moment(said: str, zone: str | None = "UTC") -> dict[str, Any]:
    return {"dateTime": said} if zone is None else {"dateTime": said, "timeZone": zone}


def row(start: object, end: object, **more: object) -> dict[str, Any]:
    return {"start": start, "end": end, **more}


@pytest.mark.parametrize(
    ("said", "zone", "meant"),
    [
        ("2026-03-03T12:00:00.0000000", "UTC", NOON),
        ("2026-03-03T12:00:00", "UTC", NOON),
        ("2026-03-03T13:00:00.0000000", "W. Europe Standard Time", NOON),
        ("2026-03-03T13:00:00", "Europe/Berlin", NOON),
        ("2026-03-03T12:00:00Z", "tzone://Microsoft/Custom", NOON),
        ("2026-03-03T14:00:00+02:00", "UTC", NOON),
        ("2026-03-03T12:00:00.1234567", "UTC", NOON.replace(microsecond=123456)),
        ("2026-03-29T02:30:00", "Europe/Berlin", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-10-25T02:30:00", "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_cal_25_an_instant_is_read_in_the_zone_it_names(said: str, zone: str, meant: datetime) -> None:
    """Skipped and doubled times by RFC 5545 3.3.5."""
    end = moment("2026-12-01T00:00:00")
    assert rows.times(row(moment(said, zone), end), BERLIN)[0] == meant


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (None, moment("2026-03-03T13:00:00")),
        ("2026-03-03", "2026-03-04"),
        (moment("2026-03-03T12:00:00", None), moment("2026-03-03T13:00:00")),
        (moment("2026-03-03T12:00:00", "Somewhere Standard Time"), moment("2026-03-03T13:00:00")),
        (moment("2026-03-03T13:00:00"), moment("2026-03-03T12:00:00")),
        (moment("2026-02-30T12:00:00"), moment("2026-03-03T13:00:00")),
        (moment("0000-00-00T00:00:00"), moment("2026-03-03T13:00:00")),
        (moment("noon"), moment("2026-03-03T13:00:00")),
        (moment("0001-01-01T00:00:00+14:00"), moment("2026-03-03T13:00:00")),
        ({"dateTime": 7, "timeZone": []}, {}),
    ],
    ids=range(10),
)
def test_cal_9_what_is_not_understood_says_so_and_shows_a_span(start: object, end: object) -> None:
    with pytest.raises(Unreadable):
        rows.times(row(start, end), BERLIN)
    span = rows.widest_span(row(start, end), BERLIN, NOON)
    assert span.starts_at <= NOON < span.ends_at


def test_cal_9_a_span_that_stands_the_wrong_way_round_is_the_span() -> None:
    swapped = row(moment("2026-03-03T13:00:00"), moment("2026-03-03T12:00:00"))
    assert rows.widest_span(swapped, BERLIN, NOON) == Span(NOON, NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("start", "end", "more"),
    [
        ("2026-03-05T00:00:00.0000000", "2026-03-06T00:00:00.0000000", {}),
        ("2026-03-04T23:00:00", "2026-03-05T23:00:00", {"originalStartTimeZone": "W. Europe Standard Time"}),
        ("2026-03-05T05:00:00", "2026-03-06T05:00:00", {"originalStartTimeZone": "Eastern Standard Time"}),
        ("2026-03-04T23:00:00", "2026-03-05T23:00:00", {"originalStartTimeZone": "tzone://Microsoft/Custom"}),
        ("2026-03-05T00:00:00", "2026-03-05T00:00:00", {}),
    ],
    ids=["floating", "shifted", "from-another-zone", "from-no-known-zone", "no-end"],
)
def test_cal_23_an_all_day_event_is_a_day_of_the_calendars_zone(start: str, end: str, more: dict[str, str]) -> None:
    found = rows.times(row(moment(start), moment(end), isAllDay=True, **more), BERLIN)
    assert found == (datetime(2026, 3, 4, 23, tzinfo=UTC), datetime(2026, 3, 5, 23, tzinfo=UTC))


def test_cal_23_a_day_of_a_clock_change_has_its_hours() -> None:
    day = row(moment("2026-03-29T00:00:00"), moment("2026-03-30T00:00:00"), isAllDay=True)
    starts_at, ends_at = rows.times(day, BERLIN)
    assert ends_at - starts_at == timedelta(hours=23)


def test_what_takes_no_time_is_no_span() -> None:
    assert rows.span(row(moment("2026-03-03T12:00:00"), moment("2026-03-03T12:00:00")), BERLIN) is None


@pytest.mark.parametrize(
    ("said", "busy"),
    [
        ({}, True),
        ({"showAs": None, "isCancelled": None, "responseStatus": None}, True),
        ({"showAs": "somethingNew"}, True),
        ({"showAs": "free"}, False),
        ({"showAs": "workingElsewhere"}, False),
        ({"showAs": "oof"}, True),
        ({"showAs": "busy", "isCancelled": True}, False),
        ({"showAs": "busy", "responseStatus": {"response": "declined"}}, False),
        ({"showAs": "tentative", "responseStatus": {"response": "notResponded"}}, True),
    ],
    ids=str,
)
def test_cal_22_the_flags_decide(said: dict[str, Any], busy: bool) -> None:
    assert rows.is_busy(said, tentative_is_busy=True) is busy


def test_gra_5_an_occurrences_own_state_wins_over_its_masters() -> None:
    master = {"showAs": "free", "isCancelled": False, "subject": "secret"}
    assert rows.hydrated({"id": "x"}, master)["showAs"] == "free"
    assert rows.hydrated({"id": "x", "showAs": "busy"}, master)["showAs"] == "busy"
    assert "subject" not in rows.hydrated({"id": "x"}, master)


_JSON = st.sampled_from(
    [None, True, 7, "", "free", "2026-03-03", [], [{}], {}, {"dateTime": None}, {"response": 7}]
    + [moment(said, zone) for said in ("2026-03-03T12:00:00", "9999-12-31T23:59:59", "x") for zone in ("UTC", "", "?")]
)
_NAMES = ["start", "end", "isAllDay", "isCancelled", "showAs", "responseStatus", "originalStartTimeZone"]


@given(st.dictionaries(st.sampled_from(_NAMES), _JSON))
def test_cal_9_no_row_breaks_the_reading(said: dict[str, Any]) -> None:
    rows.is_busy(said, tentative_is_busy=False)
    try:
        starts_at, ends_at = rows.times(said, BERLIN)
        assert starts_at <= ends_at
    except Unreadable:
        assert rows.widest_span(said, BERLIN, NOON).length > timedelta()
