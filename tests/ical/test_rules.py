"""Series given in pieces are expanded as any calendar resource is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.domain.spans import Span
from syncd.ical import rules
from syncd.ical.read import Unreadable

BERLIN = ZoneInfo("Europe/Berlin")
WINDOW = Span(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 4, 20, tzinfo=UTC))
FIRST = datetime(2026, 3, 3, 14, tzinfo=BERLIN)
HALF_HOUR = timedelta(minutes=30)


def starts(*lines: str) -> list[datetime]:
    found = rules.occurrences(FIRST, FIRST + HALF_HOUR, lines, WINDOW, BERLIN)
    assert all(each.span.length == HALF_HOUR for each in found)
    return [each.span.starts_at.astimezone(BERLIN).replace(tzinfo=None) for each in found]


def test_a_series_keeps_the_wall_clock_of_its_zone() -> None:
    assert starts("RRULE:FREQ=WEEKLY;COUNT=6") == [datetime(2026, 3, 3, 14) + timedelta(weeks=n) for n in range(6)]


def test_dates_are_taken_out_and_added_in_any_zone() -> None:
    assert starts(
        "RRULE:FREQ=WEEKLY;UNTIL=20260325T000000Z",
        "EXDATE;TZID=Europe/Berlin:20260310T140000",
        "EXDATE:20260317T130000Z",
        "RDATE;TZID=America/New_York:20260311T100000",
    ) == [datetime(2026, 3, 3, 14), datetime(2026, 3, 11, 15), datetime(2026, 3, 24, 14)]


def test_days_last_from_midnight_to_midnight_over_a_clock_change() -> None:
    found = rules.occurrences(date(2026, 3, 28), date(2026, 3, 29), ["RRULE:FREQ=DAILY;COUNT=3"], WINDOW, BERLIN)
    assert [each.span.length for each in found] == [timedelta(hours=h) for h in (24, 23, 24)]
    assert found[0].span.starts_at == datetime(2026, 3, 28, tzinfo=BERLIN)


def test_each_occurrence_names_its_original_start() -> None:
    found = rules.occurrences(FIRST, FIRST + HALF_HOUR, ["RRULE:FREQ=DAILY;COUNT=2"], WINDOW, BERLIN)
    assert [each.original_start for each in found] == [FIRST, FIRST + timedelta(days=1)]


@pytest.mark.parametrize(
    "line",
    [
        "RRULE:FREQ=NEVER",
        "RRULE:FREQ=SECONDLY",
        "RRULE",
        "DTSTART:20260303T130000Z",
        "RRULE:FREQ=DAILY\r\nEND:VEVENT",
        "EXDATE:someday",
        "",
        "RRULE:" + "X" * 30_000,
    ],
)
def test_what_is_no_recurrence_line_is_unreadable(line: str) -> None:
    with pytest.raises(Unreadable):
        rules.occurrences(FIRST, FIRST + HALF_HOUR, [line], WINDOW, BERLIN)


def test_there_is_a_limit_on_lines() -> None:
    with pytest.raises(Unreadable):
        rules.occurrences(FIRST, FIRST + HALF_HOUR, ["EXDATE:20260303T130000Z"] * (rules.LINES_MAX + 1), WINDOW, BERLIN)
