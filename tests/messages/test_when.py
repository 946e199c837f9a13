"""When is that, for this reader? (N4, C9, PAGE-5)"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.messages.catalogue import locale
from syncd.messages.when import When, zone_of


def when(tag: str = "en", zone: str = "America/New_York") -> When:
    return When(locale(tag), zone_of(zone))


ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "UTC"]
AT = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tag", "zone", "said"),
    [
        ("en", "America/New_York", "Tuesday, 1 December 2026, 10:00 EST"),
        ("en-US", "America/New_York", "Tuesday, December 1, 2026, 10:00 AM EST"),
        ("en-GB", "Europe/London", "Tuesday, 1 December 2026, 15:00 GMT"),
        ("de", "Europe/Berlin", "Dienstag, 1. Dezember 2026, 16:00 Uhr MEZ"),
        ("de-AT", "Europe/Vienna", "Dienstag, 1. Dezember 2026, 16:00 Uhr MEZ"),
        ("fr", "Europe/Paris", "mardi 1er décembre 2026, 16:00 CET"),
        ("fr-CA", "America/Toronto", "mardi 1er décembre 2026, 10:00 EST"),
        ("es-MX", "America/Mexico_City", "martes, 1 de diciembre de 2026, 09:00 CST"),
        ("en", "Asia/Kolkata", "Tuesday, 1 December 2026, 20:30 IST"),
        ("en", "America/Sao_Paulo", "Tuesday, 1 December 2026, 12:00 UTC−3"),
        ("en", "Asia/Kathmandu", "Tuesday, 1 December 2026, 20:45 UTC+5:45"),
        ("en", "UTC", "Tuesday, 1 December 2026, 15:00 UTC"),
        ("xx", "no/such/zone", "Tuesday, 1 December 2026, 15:00 UTC"),
    ],
)
def test_a_moment_has_weekday_date_time_and_zone(tag: str, zone: str, said: str) -> None:
    assert when(tag, zone).moment(AT) == said


@pytest.mark.parametrize(
    ("zone", "place"),
    [
        ("America/New_York", "New York time, UTC−5"),
        ("Asia/Kolkata", "Kolkata time, UTC+5:30"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires time, UTC−3"),
        ("UTC", "UTC"),
        ("Etc/GMT+5", "UTC−5"),
    ],
)
def test_the_place_says_where_the_clock_hangs(zone: str, place: str) -> None:
    assert when(zone=zone).place(AT) == place


def test_a_time_that_the_clock_shows_twice_has_its_offset() -> None:
    first, second = datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert when().moment(first) == "Sunday, 1 November 2026, 01:30 EDT (UTC−4)"
    assert when().moment(second) == "Sunday, 1 November 2026, 01:30 EST (UTC−5)"
    assert when().deadline(second, second) == "01:30 EST (UTC−5)"


def test_a_span_over_the_clock_change_names_both_zones() -> None:
    assert when().span(datetime(2026, 11, 1, 4, 50, tzinfo=UTC), datetime(2026, 11, 1, 7, 20, tzinfo=UTC)) == (
        "00:50 EDT–02:20 EST"
    )


def test_a_span_over_midnight_names_the_later_day() -> None:
    late = datetime(2026, 12, 2, 4, 45, tzinfo=UTC)
    assert when().span(late, late.replace(hour=5, minute=15)) == "23:45–Wed 2 Dec, 00:15 EST"


def test_a_deadline_on_another_day_has_its_date() -> None:
    session = datetime(2026, 12, 2, 5, 30, tzinfo=UTC)
    assert when().deadline(datetime(2026, 12, 2, 5, 5, tzinfo=UTC), session) == "00:05 EST"
    assert when().deadline(datetime(2026, 12, 2, 4, 25, tzinfo=UTC), session) == "Tue 1 Dec, 23:25 EST"


@pytest.mark.parametrize(("hour", "said"), [(5, "12:00 AM"), (6, "1:00 AM"), (17, "12:00 PM"), (18, "1:00 PM")])
def test_who_counts_to_twelve_is_told_which_half(hour: int, said: str) -> None:
    assert when("en-US").time(datetime(2026, 12, 1, hour, 0, tzinfo=UTC)) == said


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
    st.sampled_from(["en", "en-US", "de"]),
)
def test_two_instants_are_never_told_alike(at: datetime, zone: str, tag: str) -> None:
    reader = when(tag, zone)
    minute = at.replace(second=0, microsecond=0)
    for other in (
        minute.replace(minute=(minute.minute + 30) % 60),
        datetime.fromtimestamp(minute.timestamp() + 3600, UTC),
    ):
        assert (reader.moment(minute) == reader.moment(other)) == (minute == other)
