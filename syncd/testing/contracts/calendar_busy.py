"""When is the staff member busy? CAL-22 to CAL-26, as polled and as asked live."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.domain.spans import Span, merged
from syncd.ports.errors import Misconfigured, Retryable
from syncd.testing.contracts.calendar_acts import (
    BUSY_BY_KIND,
    Adds,
    AddsCustomZone,
    AddsOrphan,
    AddsUnreadable,
    Answers,
    CancelsInstance,
    CutsAnswers,
    Down,
    Fault,
    Kind,
    MovesInstance,
    StaffEntry,
)
from syncd.testing.contracts.calendar_reader import Reader, window
from syncd.testing.contracts.calendar_setting import Setting, entry, hour, own_draft, own_span, secretive
from syncd.testing.contracts.calendar_world import CANARY, NOW, CalendarWorld

HALF_HOUR = timedelta(minutes=30)


def busy_both_ways(world: CalendarWorld, within: Span | None = None) -> tuple[Span, ...]:
    """Polled and asked live, which must agree."""
    within = within or window()
    reader = Reader(world.calendar())
    reader.reads()
    polled = merged(clipped(reader.busy(within), within))
    answer = world.calendar().busy(within)  # no own event stands, so that it matters not whether it includes them
    assert merged(clipped(answer.spans, within)) == polled
    return polled


def clipped(spans: tuple[Span, ...], within: Span) -> list[Span]:
    return [
        Span(max(s.starts_at, within.starts_at), min(s.ends_at, within.ends_at)) for s in spans if s.overlaps(within)
    ]


class BusyTimes(Setting):
    @pytest.mark.parametrize("kind", list(Kind), ids=str)
    def test_cal_22_entries_block_as_their_own_flags_say(self, world: CalendarWorld, kind: Kind) -> None:
        """cal #2240, #29410, #30173; TB #884."""
        world.staff(Adds(entry(1, kind=kind)))
        assert busy_both_ways(world) == ((entry(1).span,) if BUSY_BY_KIND[kind] else ())

    @pytest.mark.parametrize("kind", [Kind.PLAIN, Kind.FREE, Kind.TENTATIVE, Kind.OUT_OF_OFFICE], ids=str)
    def test_cal_22_a_whole_day_blocks_as_its_own_flag_says(self, world: CalendarWorld, kind: Kind) -> None:
        day = datetime(2026, 3, 5, tzinfo=ZoneInfo(world.zone))
        whole = StaffEntry(day, day + timedelta(days=1), kind, zone=world.zone, all_day=True)
        world.staff(Adds(whole))
        assert busy_both_ways(world) == ((whole.span,) if BUSY_BY_KIND[kind] else ())

    @pytest.mark.parametrize("kind", [Kind.PLAIN, Kind.OUT_OF_OFFICE], ids=str)
    def test_k12_an_out_of_office_entry_is_told_as_one_and_nothing_else_of_it(
        self, world: CalendarWorld, kind: Kind
    ) -> None:
        world.staff(Adds(secretive(entry(1, kind=kind))))
        reader = Reader(world.calendar())
        reader.reads()
        assert reader.away() == ((own_span(1),) if kind is Kind.OUT_OF_OFFICE else ())
        assert CANARY not in repr(reader.batches)

    def test_k12_a_series_of_absences_is_away_at_each_and_only_where_it_still_is(self, world: CalendarWorld) -> None:
        series = world.staff(Adds(entry(1, kind=Kind.OUT_OF_OFFICE, rule="FREQ=DAILY;COUNT=3")))
        reader = Reader(world.calendar())
        reader.reads()
        assert reader.away() == (own_span(1), own_span(25), own_span(49))
        world.staff(CancelsInstance(series, hour(25)))
        reader.reads()
        assert reader.away() == (own_span(1), own_span(49))

    def test_cal_22_own_events_never_collide_with_themselves(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        calendar.put(own_draft(1), None)
        reader = Reader(calendar)
        reader.reads()
        assert reader.busy() == ()
        answer = calendar.busy(window())
        assert answer.includes_own or answer.spans == ()

    @pytest.mark.parametrize(
        ("zone", "day", "hours"),
        [
            ("Europe/Berlin", (2026, 3, 5), 24),
            ("Europe/Berlin", (2026, 3, 29), 23),
            ("America/New_York", (2026, 3, 8), 23),
            ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
            ("America/Santiago", (2026, 4, 4), 25),
        ],
    )
    def test_cal_23_all_day_is_from_midnight_to_midnight(
        self, world: CalendarWorld, zone: str, day: tuple[int, int, int], hours: float
    ) -> None:
        world.zone = zone
        starts = datetime(*day, tzinfo=ZoneInfo(zone))
        world.staff(Adds(StaffEntry(starts, starts + timedelta(days=1), zone=zone, all_day=True)))
        (span,) = busy_both_ways(world)
        assert span.starts_at == starts
        assert span.length == timedelta(hours=hours)

    def test_cal_24_a_series_is_expanded_to_the_windows_end(self, world: CalendarWorld) -> None:
        world.staff(Adds(entry(1, rule="FREQ=DAILY")))
        spans = busy_both_ways(world)
        assert spans[0] == entry(1).span
        assert len(spans) == 44
        assert {s.length for s in spans} == {HALF_HOUR}

    def test_cal_24_a_series_that_began_long_ago_is_busy_now(self, world: CalendarWorld) -> None:
        began = hour(1) - timedelta(days=700)
        world.staff(Adds(StaffEntry(began, began + HALF_HOUR, rule="FREQ=WEEKLY")))
        assert entry(1).span in busy_both_ways(world)

    def test_cal_24_a_moved_instance_frees_its_old_place(self, world: CalendarWorld) -> None:
        """cal #8516, #18114; nc #5537."""
        series = world.staff(Adds(entry(1, rule="FREQ=DAILY;COUNT=3")))
        world.staff(MovesInstance(series, hour(25), own_span(29)))
        assert busy_both_ways(world) == (own_span(1), own_span(29), own_span(49))

    def test_cal_24_a_cancelled_instance_frees_its_place(self, world: CalendarWorld) -> None:
        series = world.staff(Adds(entry(1, rule="FREQ=DAILY;COUNT=3")))
        world.staff(CancelsInstance(series, hour(25)))
        assert busy_both_ways(world) == (own_span(1), own_span(49))

    def test_cal_24_an_exception_made_after_the_first_round_is_taken_in(self, world: CalendarWorld) -> None:
        series = world.staff(Adds(entry(1, rule="FREQ=DAILY;COUNT=3")))
        reader = Reader(world.calendar())
        reader.reads()
        world.staff(MovesInstance(series, hour(25), own_span(29)))
        world.staff(CancelsInstance(series, hour(49)))
        reader.reads()
        assert reader.busy() == (own_span(1), own_span(29))

    def test_cal_24_an_instance_without_its_master_is_busy(self, world: CalendarWorld) -> None:
        """SergeyMosin/Appointments #631."""
        world.staff(AddsOrphan(hour(1), own_span(3)))
        assert busy_both_ways(world) == (own_span(3),)

    @pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
    def test_cal_25_clock_changes_shift_nothing(self, world: CalendarWorld, zone: str) -> None:
        """cal #1092; calrs #33; nc #4429: a series keeps its wall clock, a session its instant."""
        first = datetime(2026, 3, 3, 14, 0, tzinfo=ZoneInfo(zone))
        world.staff(Adds(StaffEntry(first, first + HALF_HOUR, zone=zone, rule="FREQ=WEEKLY;COUNT=6")))
        spans = busy_both_ways(world)
        assert [s.starts_at.astimezone(ZoneInfo(zone)).hour for s in spans] == [14] * 6
        assert {s.length for s in spans} == {HALF_HOUR}

    def test_cal_25_one_bad_time_zone_never_blocks_a_mailbox(self, world: CalendarWorld) -> None:
        """allenporter/ical #595; home-assistant/core #165674."""
        world.staff(AddsCustomZone(own_span(1)))
        world.staff(Adds(entry(3)))
        assert busy_both_ways(world) == (own_span(1), own_span(3))

    def test_cal_26_an_item_that_is_not_understood_is_busy_live_too(self, world: CalendarWorld) -> None:
        world.staff(AddsUnreadable(own_span(1)))
        spans = world.calendar().busy(window()).spans
        assert any(s.starts_at <= own_span(1).starts_at and own_span(1).ends_at <= s.ends_at for s in spans)

    @pytest.mark.parametrize(
        "fault",
        [Down(), Answers(500), Answers(503), Answers(401), Answers(403), Answers(404), Answers(429), CutsAnswers()],
        ids=str,
    )
    def test_cal_26_an_unreadable_calendar_is_never_free(self, world: CalendarWorld, fault: Fault) -> None:
        """cal #29896, #12473."""
        world.staff(Adds(entry(1)))
        calendar = world.calendar()
        world.suffers(fault)
        with pytest.raises((Retryable, Misconfigured)):
            calendar.busy(window())
        world.heal()
        assert calendar.busy(window()).spans == (own_span(1),)

    def test_busy_time_is_asked_for_a_span_and_answered_for_it(self, world: CalendarWorld) -> None:
        for n in (1, 3, 5):
            world.staff(Adds(entry(n)))
        spans = world.calendar().busy(Span(hour(2), hour(4))).spans
        assert spans == (own_span(3),)

    def test_busy_time_reaches_back_to_what_began_before_the_span(self, world: CalendarWorld) -> None:
        world.staff(Adds(StaffEntry(NOW - timedelta(days=3), hour(5))))
        (span,) = clipped(world.calendar().busy(Span(hour(2), hour(4))).spans, Span(hour(2), hour(4)))
        assert span == Span(hour(2), hour(4))
