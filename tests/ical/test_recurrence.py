"""When does a calendar resource take time? (table Busy, CAL-22 to CAL-25)"""

from __future__ import annotations

import pytest

from syncd.ical import recurrence
from syncd.ical.read import Unreadable
from tests.ical.calendars import BERLIN, calendar, custom_zone, expanded, told, window

ONE = "UID:1\nDTSTART:20261110T090000Z\nDTEND:20261110T100000Z\n"
OCTOBER_CHANGE = window("2026-10-23T22:00", "2026-10-27")
MARCH_CHANGE = window("2027-03-27", "2027-03-29T22:00")


@pytest.mark.parametrize(
    ("line", "busy"),
    [
        ("", True),
        ("TRANSP:OPAQUE", True),
        ("TRANSP:TRANSPARENT", False),
        ("transp:transparent", False),
        ("STATUS:CANCELLED", False),
        ("STATUS:TENTATIVE", True),
        ("STATUS:CONFIRMED", True),
        ("STATUS:MAYBE-ONE-DAY", True),
        ("CLASS:PRIVATE", True),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:Dana@Desk.example", False),
        ("ATTENDEE;PARTSTAT=declined:MAILTO:dana@desk.example", False),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:someone@else.example", True),
        ("ATTENDEE;PARTSTAT=TENTATIVE:mailto:dana@desk.example", True),
        ("ATTENDEE:mailto:dana@desk.example", True),
        ("ATTENDEE;EMAIL=dana@desk.example;PARTSTAT=DECLINED:urn:uuid:1", False),
    ],
)
def test_entries_block_as_their_own_flags_say(line: str, busy: bool) -> None:
    (found,) = expanded(calendar(f"{ONE}{line}"), owner="dana@desk.example")
    assert found.busy is busy


@pytest.mark.parametrize(
    ("line", "away"),
    [
        ("", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:OOF", True),
        ("x-microsoft-cdo-busystatus:oof", True),
        ("X-MICROSOFT-CDO-BUSYSTATUS:BUSY", False),
        ("X-MICROSOFT-CDO-INTENDEDSTATUS:OOF", False),
        ("X-NEXTCLOUD-OUT-OF-OFFICE:7", True),
        ("SUMMARY:Out of office", False),
    ],
)
def test_out_of_office_is_what_its_property_says_and_never_its_words(line: str, away: bool) -> None:
    """K12, K5; in a series each occurrence says it."""
    (found,) = expanded(calendar(f"{ONE}{line}"))
    assert (found.away, found.busy) == (away, True)
    series = expanded(calendar(f"{ONE}RRULE:FREQ=HOURLY;INTERVAL=2;COUNT=3\n{line}"))
    assert [each.away for each in series] == [away] * 3


def test_an_all_day_entry_runs_from_midnight_to_midnight_of_the_calendars_zone() -> None:
    days = "UID:1\nDTSTART;VALUE=DATE:20261024\nRRULE:FREQ=DAILY;COUNT=3"
    assert told(expanded(calendar(days), OCTOBER_CHANGE)) == [
        "10-23T22:00/10-24T22:00",
        "10-24T22:00/10-25T23:00",  # 25 hours
        "10-25T23:00/10-26T23:00",
    ]
    one = "UID:1\nDTSTART;VALUE=DATE:20270328\nDTEND;VALUE=DATE:20270329\nTRANSP:TRANSPARENT"
    assert told(expanded(calendar(one), MARCH_CHANGE)) == ["03-27T23:00/03-28T22:00 free"]  # 23 hours


def test_a_series_keeps_its_time_of_day_over_a_clock_change() -> None:
    daily = (
        "UID:1\nDTSTART;TZID=Europe/Berlin:20261020T090000\nDTEND;TZID=Europe/Berlin:20261020T093000\nRRULE:FREQ=DAILY"
    )
    assert told(expanded(calendar(daily), OCTOBER_CHANGE)) == [
        "10-24T07:00/10-24T07:30", "10-25T08:00/10-25T08:30", "10-26T08:00/10-26T08:30",
    ]  # fmt: skip


def test_skipped_and_doubled_times_are_read_by_rfc_5545() -> None:
    nightly = "UID:1\nDTSTART;TZID=Europe/Berlin:20260101T023000\nDURATION:PT30M\nRRULE:FREQ=DAILY"
    assert told(expanded(calendar(nightly), OCTOBER_CHANGE))[1] == "10-25T00:30/10-25T01:00"  # the first of the two
    assert told(expanded(calendar(nightly), MARCH_CHANGE))[1] == "03-28T01:30/03-28T02:00"  # by the offset before
    once = "UID:1\nDTSTART;TZID=Europe/Berlin:20261025T023000\nDTEND;TZID=Europe/Berlin:20261025T033000"
    assert told(expanded(calendar(once), OCTOBER_CHANGE)) == ["10-25T00:30/10-25T02:30"]


def test_a_duration_of_a_day_is_a_day_of_the_clock_and_one_of_hours_has_elapsed() -> None:
    day = "UID:1\nDTSTART;TZID=Europe/Berlin:20261024T120000\nDURATION:P1D"
    hours = "UID:1\nDTSTART;TZID=Europe/Berlin:20261024T120000\nDURATION:PT24H"
    assert told(expanded(calendar(day))) == ["10-24T10:00/10-25T11:00"]
    assert told(expanded(calendar(hours))) == ["10-24T10:00/10-25T11:00"], "24 hours are read as one day (timedelta)"


WEEKLY = "UID:1\nDTSTART:20261102T090000Z\nDTEND:20261102T100000Z\nRRULE:FREQ=WEEKLY;COUNT=4\n"


def test_a_moved_instance_frees_its_old_place() -> None:
    moved = "UID:1\nRECURRENCE-ID:20261109T090000Z\nDTSTART:20261110T140000Z\nDTEND:20261110T150000Z"
    assert told(expanded(calendar(WEEKLY, moved))) == [
        "11-02T09:00/11-02T10:00", "11-10T14:00/11-10T15:00 for 11-09T09:00", "11-16T09:00/11-16T10:00",
        "11-23T09:00/11-23T10:00",
    ]  # fmt: skip


def test_a_cancelled_instance_frees_its_place() -> None:
    gone = "UID:1\nRECURRENCE-ID:20261109T090000Z\nDTSTART:20261109T090000Z\nDTEND:20261109T100000Z\nSTATUS:CANCELLED"
    assert [each for each in told(expanded(calendar(WEEKLY, gone))) if not each.endswith("free")] == [
        "11-02T09:00/11-02T10:00", "11-16T09:00/11-16T10:00", "11-23T09:00/11-23T10:00",
    ]  # fmt: skip
    excluded = calendar(WEEKLY + "EXDATE:20261109T090000Z,20261116T090000Z")
    assert told(expanded(excluded)) == ["11-02T09:00/11-02T10:00", "11-23T09:00/11-23T10:00"]


def test_an_instance_moved_out_of_the_window_and_one_moved_into_it() -> None:
    out = "UID:1\nRECURRENCE-ID:20261109T090000Z\nDTSTART:20270109T090000Z\nDTEND:20270109T100000Z"
    into = "UID:1\nRECURRENCE-ID:20261123T090000Z\nDTSTART:20261105T090000Z\nDTEND:20261105T100000Z"
    assert told(expanded(calendar(WEEKLY, out, into), window("2026-11-01", "2026-11-12"))) == [
        "11-02T09:00/11-02T10:00", "11-05T09:00/11-05T10:00 for 11-23T09:00",
    ]  # fmt: skip


def test_an_instance_without_its_master_is_busy() -> None:
    alone = "UID:1\nRECURRENCE-ID:20261109T090000Z\nDTSTART:20261110T140000Z\nDTEND:20261110T150000Z"
    (found,) = expanded(calendar(alone))
    assert found.busy
    assert found.recurring
    assert told((found,)) == ["11-10T14:00/11-10T15:00 for 11-09T09:00"]


def test_all_that_follow_an_instance_can_move_with_it() -> None:
    later = (
        "UID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261109T090000Z\nDTSTART:20261109T110000Z\nDTEND:20261109T120000Z"
    )
    assert told(expanded(calendar(WEEKLY, later))) == [
        "11-02T09:00/11-02T10:00", "11-09T11:00/11-09T12:00 for 11-09T09:00",
        "11-16T11:00/11-16T12:00 for 11-16T09:00", "11-23T11:00/11-23T12:00 for 11-23T09:00",
    ]  # fmt: skip


def test_further_dates_and_periods_are_occurrences_too() -> None:
    one = "UID:1\nDTSTART:20261102T090000Z\nDTEND:20261102T100000Z"
    more = "RDATE:20261104T120000Z\nRDATE;VALUE=PERIOD:20261105T120000Z/PT2H"
    assert told(expanded(calendar(f"{one}\n{more}"))) == [
        "11-02T09:00/11-02T10:00", "11-04T12:00/11-04T13:00", "11-05T12:00/11-05T14:00",
    ]  # fmt: skip


def test_a_floating_time_is_the_calendars_own_and_never_utc() -> None:
    assert told(expanded(calendar("UID:1\nDTSTART:20261110T090000\nDTEND:20261110T100000"))) == [
        "11-10T08:00/11-10T09:00"
    ]
    series = "UID:1\nDTSTART:20261110T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20261111T090000"
    assert told(expanded(calendar(series))) == ["11-10T08:00/11-10T09:00"]


@pytest.mark.parametrize(
    ("tzid", "start"),
    [
        ("Europe/Berlin", "08:00"),
        ("W. Europe Standard Time", "08:00"),
        ('"Eastern Standard Time"', "14:00"),
        ("/freeassociation.sourceforge.net/America/New_York", "14:00"),
        ("/mozilla.org/20070129_1/Europe/Berlin", "08:00"),
        ("America/Argentina/Buenos_Aires", "12:00"),
        ('"tzone://Microsoft/Utc"', "09:00"),
        ("America/New York", "14:00"),
        ("No/Such", "08:00"),  # the calendar's own zone
        ("../../etc/passwd", "08:00"),
        ("Europe", "08:00"),
        ("", "08:00"),
    ],
)
def test_a_zone_is_known_by_any_of_its_names(tzid: str, start: str) -> None:
    (found,) = expanded(calendar(f"UID:1\nDTSTART;TZID={tzid}:20261110T090000\nDURATION:PT1H"))
    assert f"{found.span.starts_at:%H:%M}" == start


def test_a_custom_zone_is_read_from_what_was_sent_along_and_stays_with_its_resource() -> None:
    event = "UID:1\nDTSTART;TZID=Customized Time Zone:20261110T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2"
    east = calendar(event, zones=custom_zone("Customized Time Zone"))
    west = calendar(event, zones=custom_zone("Customized Time Zone", "-0500", "-0400"))
    for _ in range(2):  # in any order: none remembers the other's
        assert told(expanded(east))[0] == "11-10T06:00/11-10T07:00"
        assert told(expanded(west))[0] == "11-10T14:00/11-10T15:00"
    assert told(expanded(calendar(event)))[0] == "11-10T08:00/11-10T09:00"


def test_a_broken_custom_zone_costs_the_zone_and_not_the_calendar() -> None:
    broken = "BEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nTZOFFSETTO:soon\nEND:STANDARD\nEND:VTIMEZONE"
    event = "UID:1\nDTSTART;TZID=Mine:20261110T090000\nDURATION:PT1H"
    assert told(expanded(calendar(event, zones=broken))) == ["11-10T08:00/11-10T09:00"]


def test_a_zone_whose_onsets_never_end_is_not_walked() -> None:
    endless = custom_zone("Mine").replace("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "FREQ=SECONDLY")
    event = "UID:1\nDTSTART;TZID=Mine:20261110T090000\nDURATION:PT1H"
    assert told(expanded(calendar(event, zones=endless))) == ["11-10T08:00/11-10T09:00"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=MINUTELY;INTERVAL=10",  # 8,784 within the window
        "FREQ=SECONDLY;BYHOUR=9",
    ],
)
def test_a_rule_of_too_many_occurrences_is_unreadable_and_no_loop(rule: str) -> None:
    with pytest.raises(Unreadable, match="more than"):
        expanded(calendar(f"UID:1\nDTSTART:20200101T090000Z\nDURATION:PT1M\nRRULE:{rule}"))


@pytest.mark.parametrize("rule", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=HOURLY;BYMONTH=2,4;BYMONTHDAY=31"])
def test_a_day_that_never_comes_is_seen_without_walking_there(rule: str) -> None:
    assert told(expanded(calendar(f"UID:1\nDTSTART:20261101T090000Z\nDURATION:PT1H\nRRULE:{rule}"))) in (
        [], ["11-01T09:00/11-01T10:00"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "event",
    [
        "UID:1\nDTEND:20261110T100000Z",
        "UID:1\nDTSTART:soon\nDTEND:20261110T100000Z",
        "UID:1\nDTSTART:20261110T090000Z\nDTSTART:20261111T090000Z",
        "UID:1\nDTSTART:20261110T090000Z\nRRULE:FREQ=SOMETIMES",
        "UID:1\nDTSTART:20261110T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=x",
    ],
)
def test_a_time_not_understood_is_unreadable(event: str) -> None:
    with pytest.raises(Unreadable):
        expanded(calendar(event))


def test_what_takes_no_time_is_no_busy_time() -> None:
    assert expanded(calendar("UID:1\nDTSTART:20261110T090000Z")) == ()
    assert expanded(calendar("UID:1\nDTSTART:20261110T090000Z\nDTEND:20261110T080000Z")) == ()


def test_a_long_event_that_began_before_the_window_is_found() -> None:
    long = "UID:1\nDTSTART;VALUE=DATE:20260901\nDTEND;VALUE=DATE:20261003"
    assert len(expanded(calendar(long))) == 1
    series = "UID:1\nDTSTART:20260901T000000Z\nDTEND:20260911T000000Z\nRRULE:FREQ=MONTHLY"
    assert told(expanded(calendar(series), window("2026-10-05", "2026-10-06"))) == ["10-01T00:00/10-11T00:00"]


def test_several_resources_of_other_programs_in_one_are_all_expanded() -> None:
    assert len(expanded(calendar(ONE, ONE.replace("UID:1", "UID:2")))) == 2


def test_the_limits_are_named() -> None:
    assert recurrence.OCCURRENCES_MAX == 5_000
    assert BERLIN.key == "Europe/Berlin"
