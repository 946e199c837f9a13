"""Does it read changes without losing or inventing any? CAL-1 to CAL-5, CAL-10."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from syncd.domain.spans import Span
from syncd.ports.errors import CursorExpired, Misconfigured, Retryable, SyncdError
from syncd.testing.contracts.calendar_acts import (
    Adds,
    CutsAnswers,
    Deletes,
    Kind,
    LosesCursorMidPaging,
    LosesCursors,
    Moves,
    RepeatsPage,
    SmallPages,
    Writes,
)
from syncd.testing.contracts.calendar_reader import Reader, gone_in, keys_of, seen_in
from syncd.testing.contracts.calendar_setting import Setting, entry, own_draft, own_span, secretive
from syncd.testing.contracts.calendar_world import CANARY, NOW, CalendarWorld


class Reading(Setting):
    def test_cal_1_a_cursor_is_continued_by_another_process(self, world: CalendarWorld) -> None:
        world.staff(Adds(entry(1)))
        first = Reader(world.calendar())
        first.reads()
        world.staff(Adds(entry(2)))
        then = Reader(world.calendar(), cursor=first.cursor)
        then.reads()
        assert then.busy() == (entry(2).span,)

    def test_cal_1_a_crash_before_recording_loses_no_change(self, world: CalendarWorld) -> None:
        """TB tasks/google.py: what was read and not recorded is read again."""
        reader = Reader(world.calendar())
        reader.reads()
        world.calendar().put(own_draft(1), None)
        world.staff(Adds(entry(2)))
        killed = Reader(reader.calendar, cursor=reader.cursor)
        lost = killed.reads()
        after = Reader(world.calendar(), cursor=reader.cursor)
        assert keys_of(after.reads()) == keys_of(lost) != []
        assert after.busy() == (entry(2).span,)

    def test_cal_1_a_quiet_calendar_gives_an_empty_page_and_an_unchanged_cursor(self, world: CalendarWorld) -> None:
        world.staff(Adds(entry(1)))
        reader = Reader(world.calendar())
        reader.reads()
        cursor = reader.cursor
        quiet = reader.reads_page()
        assert (quiet.evidence, quiet.busy, quiet.last, quiet.cursor) == ((), (), True, cursor)

    def test_cal_1_a_cursor_of_another_calendar_is_expired(self, world: CalendarWorld) -> None:
        reader = Reader(world.calendar())
        reader.reads()
        with pytest.raises(CursorExpired):
            world.calendar(calendar_id="bob").observe(reader.cursor, NOW)

    @pytest.mark.parametrize("broken", ["", "?", "{}", "[1]", '{"v": 999}', "null"])
    def test_cal_1_a_cursor_that_is_not_understood_is_expired(self, world: CalendarWorld, broken: str) -> None:
        with pytest.raises(CursorExpired):
            world.calendar().observe(broken, NOW)

    def test_cal_1_a_window_that_no_longer_reaches_far_enough_is_expired(self, world: CalendarWorld) -> None:
        reader = Reader(world.calendar())
        reader.reads()
        reader.calendar.observe(reader.cursor, NOW + timedelta(minutes=10))
        with pytest.raises(CursorExpired):
            reader.calendar.observe(reader.cursor, NOW + timedelta(days=30))
        with pytest.raises(CursorExpired):
            world.calendar(horizon_days=90).observe(reader.cursor, NOW)

    def test_cal_2_reading_twice_from_one_cursor_gives_the_same_evidence_and_busy_time(
        self, world: CalendarWorld
    ) -> None:
        world.calendar().put(own_draft(1), None)
        world.staff(Adds(entry(2)))
        world.staff(Adds(entry(3, title="Support: Acme", attendees=("carl@acme.example",))))
        once, again = Reader(world.calendar()), Reader(world.calendar())
        assert keys_of(once.reads()) == keys_of(again.reads()) != []
        assert once.items == again.items != {}

    def test_cal_2_another_version_of_an_event_has_another_key(self, world: CalendarWorld) -> None:
        written = world.calendar().put(own_draft(1), None)
        reader = Reader(world.calendar())
        before = keys_of(reader.reads())
        world.staff(Moves(written.ref.event_id, own_span(5)))
        after = keys_of(reader.reads())
        assert after
        assert not set(before) & set(after)

    def test_cal_3_pages_are_read_to_the_end(self, world: CalendarWorld) -> None:
        world.suffers(SmallPages(2))
        for n in range(5):
            world.staff(Adds(entry(n)))
        reader = Reader(world.calendar())
        reader.reads()
        assert [b.last for b in reader.batches].count(True) == 1
        assert len(reader.batches) > 1
        assert reader.busy() == tuple(entry(n).span for n in range(5))

    def test_cal_3_a_round_is_continued_by_another_process_in_the_middle(self, world: CalendarWorld) -> None:
        world.suffers(SmallPages(2))
        for n in range(5):
            world.staff(Adds(entry(n)))
        killed = Reader(world.calendar())
        killed.reads_page()
        after = Reader(world.calendar(), cursor=killed.cursor, items=dict(killed.items))
        after.reads()
        assert after.busy() == tuple(entry(n).span for n in range(5))

    def test_cal_3_a_truncated_listing_removes_nothing(self, world: CalendarWorld) -> None:
        """calrs PR #99."""
        for n in range(4):
            world.staff(Adds(entry(n)))
        reader = Reader(world.calendar())
        reader.reads()
        world.staff(Adds(entry(5)))
        world.suffers(CutsAnswers())
        with pytest.raises((Retryable, Misconfigured)):
            reader.reads_page()
        with pytest.raises((Retryable, Misconfigured)):
            world.calendar().observe(None, NOW)
        world.heal()
        reader.reads()
        assert len(reader.busy()) == 5

    def test_cal_3_a_repeated_page_removes_and_doubles_nothing(self, world: CalendarWorld) -> None:
        world.calendar().put(own_draft(1), None)
        world.staff(Adds(entry(2)))
        world.suffers(RepeatsPage())
        reader = Reader(world.calendar())
        evidence = reader.reads()
        assert gone_in(evidence) == ()
        assert len(set(keys_of(evidence))) == 1
        assert reader.busy() == (entry(2).span,)

    def test_cal_4_what_was_deleted_in_the_gap_is_found(self, world: CalendarWorld) -> None:
        """twentyhq/twenty #24095, PR #24096: an expired cursor is no success."""
        own = world.calendar().put(own_draft(1), None)
        kept, deleted = world.staff(Adds(entry(2))), world.staff(Adds(entry(3)))
        reader = Reader(world.calendar())
        reader.reads()
        world.suffers(LosesCursors())
        world.staff(Deletes(deleted))
        with pytest.raises(CursorExpired):
            reader.reads_page()
        reader.cursor = None
        evidence = reader.reads()
        assert [s.ref.event_id for s in seen_in(evidence)] == [own.ref.event_id]
        assert kept in reader.items
        assert reader.busy() == (entry(2).span,)

    def test_cal_4_an_expiry_in_the_middle_of_paging_starts_the_round_again(self, world: CalendarWorld) -> None:
        world.suffers(SmallPages(2))
        for n in range(5):
            world.staff(Adds(entry(n)))
        reader = Reader(world.calendar())
        reader.reads_page()
        world.suffers(LosesCursorMidPaging())
        with pytest.raises(CursorExpired):
            reader.reads_page()
        world.heal()
        world.suffers(SmallPages(2))
        reader.cursor = None
        reader.reads()
        assert len(reader.busy()) == 5

    def test_cal_5_an_incremental_answer_never_replaces_the_whole(self, world: CalendarWorld) -> None:
        """cal PR #22508."""
        world.staff(Adds(entry(1)))
        moved = world.staff(Adds(entry(2)))
        reader = Reader(world.calendar())
        reader.reads()
        world.staff(Moves(moved, entry(4).span))
        reader.reads()
        assert reader.busy() == (entry(1).span, entry(4).span)

    def test_cal_5_a_foreign_event_that_was_deleted_stops_being_busy(self, world: CalendarWorld) -> None:
        deleted = world.staff(Adds(entry(1)))
        world.staff(Adds(entry(2)))
        reader = Reader(world.calendar())
        reader.reads()
        world.staff(Deletes(deleted))
        reader.reads()
        assert reader.busy() == (entry(2).span,)


class Privacy(Setting):
    @pytest.mark.parametrize("rule", [None, "FREQ=DAILY;COUNT=3"], ids=["single", "series"])
    def test_cal_10_nothing_that_foreign_events_say_is_read_out(
        self, world: CalendarWorld, rule: str | None, caplog: pytest.LogCaptureFixture
    ) -> None:
        for n, kind in enumerate(kind for kind in Kind if kind not in world.cannot):
            world.staff(Adds(secretive(entry(n, kind=kind, rule=rule))))
        caplog.set_level(logging.DEBUG)
        caplog.clear()  # what the provider's side wrote when staff added it is not ours
        calendar = world.calendar()
        reader = Reader(calendar)
        reader.reads()
        assert CANARY not in repr(reader.batches)
        assert CANARY not in repr(calendar.busy(Span(NOW, NOW + timedelta(days=7))))
        assert CANARY not in caplog.text

    def test_cal_10_an_error_does_not_tell_what_an_event_says(self, world: CalendarWorld) -> None:
        world.staff(Adds(secretive(entry(1))))
        world.suffers(CutsAnswers())
        with pytest.raises(SyncdError) as caught:
            world.calendar().observe(None, NOW)
        chain: BaseException | None = caught.value
        while chain is not None:
            assert CANARY not in repr(chain)
            chain = chain.__cause__ or chain.__context__

    def test_cal_10_an_own_event_gives_no_more_than_its_signature_and_tags(self, world: CalendarWorld) -> None:
        written = world.calendar().put(own_draft(1), None)
        world.staff(Writes(written.ref.event_id, f"{CANARY} asked for #attended"))
        reader = Reader(world.calendar())
        (seen,) = seen_in(reader.reads())
        assert "#attended" in seen.tags
        assert CANARY not in repr(reader.batches)
