"""Is it really gone, is it news, and what is it at all? CAL-6, CAL-8, CAL-9."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.ports.errors import Misconfigured, SyncdError
from syncd.testing.contracts.calendar_acts import (
    SERVER_TIME,
    Adds,
    AddsUnreadable,
    Answers,
    Cancels,
    CutsAnswers,
    Deletes,
    Down,
    Emptied,
    Lags,
    Moves,
    MovesToOtherCalendar,
    PhantomDeletion,
    Skewed,
)
from syncd.testing.contracts.calendar_reader import Reader, gone_in, keys_of, seen_in
from syncd.testing.contracts.calendar_setting import Setting, entry, own_draft, own_span
from syncd.testing.contracts.calendar_world import NOW, CalendarWorld


class Looking(Setting):
    def test_cal_6_a_deleted_own_event_leaves_a_tombstone_and_a_look_says_gone(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        reader = Reader(calendar)
        reader.reads()
        world.staff(Deletes(written.ref.event_id))
        gone = gone_in(reader.reads())
        assert written.ref.event_id in {g.ref.event_id for g in gone}
        assert {g.how for g in gone} == {"tombstone"}
        assert calendar.look(own_draft(1).session_id, written.ref).answer == "gone"

    def test_cal_6_a_look_finds_the_event_as_it_stands(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.staff(Moves(written.ref.event_id, own_span(6)))
        look = calendar.look(own_draft(1).session_id, written.ref)
        assert look.answer == "found"
        assert look.seen is not None
        assert look.seen.session_id == own_draft(1).session_id
        assert (look.seen.signature.starts_at, look.seen.signature.ends_at) == (
            own_span(6).starts_at,
            own_span(6).ends_at,
        )

    def test_cal_6_a_cancelled_event_is_gone(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        reader = Reader(calendar)
        reader.reads()
        world.staff(Cancels(written.ref.event_id))
        evidence = reader.reads()
        assert gone_in(evidence) or [s.signature.status for s in seen_in(evidence)] == ["cancelled"]
        assert calendar.look(own_draft(1).session_id, written.ref).answer == "gone"

    def test_cal_6_a_reported_deletion_of_a_living_event_cancels_nothing(self, world: CalendarWorld) -> None:
        """calrs #105: the report is a hint, and the look finds the event."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        reader = Reader(calendar)
        reader.reads()
        world.suffers(PhantomDeletion(written.ref.event_id))
        assert [g.how for g in gone_in(reader.reads())] == ["tombstone"]
        assert calendar.look(own_draft(1).session_id, written.ref).answer == "found"

    def test_cal_6_an_event_in_another_calendar_of_the_person_is_found(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.staff(MovesToOtherCalendar(written.ref.event_id))
        assert calendar.look(own_draft(1).session_id, written.ref).answer != "gone"

    @pytest.mark.parametrize(
        "fault", [Down(), Answers(500), Answers(503), Answers(403), Answers(429), CutsAnswers()], ids=str
    )
    def test_cal_6_no_error_is_ever_a_deletion(self, world: CalendarWorld, fault: Down | Answers | CutsAnswers) -> None:
        """EA Google.php; ridafkih/keeper.sh PR #199."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        reader = Reader(calendar)
        reader.reads()
        world.suffers(fault)
        with pytest.raises(SyncdError):
            reader.reads_page()
        try:
            answer = calendar.look(own_draft(1).session_id, written.ref).answer
        except Misconfigured as error:
            assert error.hint  # noqa: PT017 (either way of not knowing is right)
        else:
            assert answer == "unknown"

    def test_cal_6_an_emptied_calendar_is_no_tombstone(self, world: CalendarWorld) -> None:
        """OGCS #2022; EA #1702: what is missing from a full listing is not reported as deleted."""
        world.calendar().put(own_draft(1), None)
        world.suffers(Emptied())
        assert gone_in(Reader(world.calendar()).reads()) == ()

    def test_cal_6_a_deletion_in_one_calendar_never_touches_another(self, world: CalendarWorld) -> None:
        """calrs #106: what is gone is named with its calendar."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        reader = Reader(calendar)
        reader.reads()
        world.staff(Deletes(written.ref.event_id))
        assert {g.ref.calendar_id for g in gone_in(reader.reads())} == {world.calendar_id}

    def test_cal_8_a_lagging_replica_brings_no_news(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        reader = Reader(calendar)
        known = set(keys_of(reader.reads()))
        world.suffers(Lags())
        calendar.put(own_draft(1, at=7), written.ref)
        again = Reader(world.calendar())
        assert set(keys_of(again.reads())) <= known

    def test_cal_9_an_item_that_is_not_understood_is_busy_and_stops_nothing(self, world: CalendarWorld) -> None:
        bad = world.staff(AddsUnreadable(entry(1).span))
        world.staff(Adds(entry(3)))
        reader = Reader(world.calendar())
        reader.reads()
        assert reader.items[bad].unreadable
        assert any(t.span.starts_at <= entry(1).starts_at for t in reader.items[bad].times)
        assert any(t.span.ends_at >= entry(1).ends_at for t in reader.items[bad].times)
        assert entry(3).span in reader.busy()

    def test_read_at_is_the_providers_time(self, world: CalendarWorld) -> None:
        world.needs(SERVER_TIME)
        world.suffers(Skewed(timedelta(hours=3)))
        read_at = world.calendar().observe(None, NOW).read_at
        assert read_at is not None
        assert abs(read_at - world.server_time()) < timedelta(minutes=2)
