"""Is a source's page taken in whole, and is its difference found? (CAL-1 to CAL-6, CAL-24, CAL-26, K6, REL-2)"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from syncd.domain.absence import AwaySeen
from syncd.domain.evidence import EffectDone, EntryGone
from syncd.domain.keys import session_key, staff_key
from syncd.domain.session import Session, SessionState
from syncd.domain.spans import Span
from syncd.ports.source import Batch, BusyItem, BusyTime
from syncd.ports.store import SourceState
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import (
    S1,
    StoreSuite,
    StoreWorld,
    Watching,
    booking_of,
    deciding,
    request_for,
)

DAY = timedelta(days=1)
AROUND = Span(make.START - 30 * DAY, make.START + 30 * DAY)
CAL = "cal-ann"


def item(item_id: str, *starts: datetime, version: str = "1", **changes: object) -> BusyItem:
    """A foreign item, busy for half an hour from each start; an occurrence is known by its start."""
    times = tuple(BusyTime(make.span(start), start) for start in starts)
    return BusyItem(item_id, version, times, **changes)  # type: ignore[arg-type]


class AbsorbingContract(StoreSuite):
    def test_a_page_is_one_commit_with_its_cursor(self, world: StoreWorld) -> None:
        world.book()
        before = world.commits()
        batch = Batch((make.evidence(make.entry_seen()),), (item("x", make.START),), "token-1")
        assert world.store.absorb(CAL, batch, make.NOW) == 1
        assert world.commits() == before + 1
        assert world.store.source(CAL) == SourceState(CAL, "token-1", read_at=make.NOW)
        assert world.store.due(make.NOW, 10) == [S1]

    def test_a_page_read_twice_is_no_news(self, world: StoreWorld) -> None:
        world.book()
        batch = Batch((make.evidence(make.entry_seen()),), (item("x", make.START),), "token-1")
        assert world.store.absorb(CAL, batch, make.NOW) == 1
        world.decide(S1)
        assert world.store.absorb(CAL, batch, make.at(1)) == 0
        assert world.store.due(make.at(1), 10) == []
        assert self._busy(world) == (make.span(),)

    def test_an_empty_page_commits_nothing_and_still_tells_when_the_source_was_read(self, world: StoreWorld) -> None:
        world.store.absorb(CAL, Batch(cursor="token-1"), make.NOW)
        before = world.commits()
        for minute in range(1, 5):
            assert world.store.absorb(CAL, Batch(cursor="token-1"), make.at(minute)) == 0
        assert world.commits() == before
        assert world.store.source(CAL).read_at == make.at(4)
        assert world.views.busy("ann", AROUND).read_at == make.at(4)
        world.store.absorb(CAL, Batch(cursor="token-2"), make.at(5))
        assert world.commits() == before + 1

    def test_evidence_that_nobody_correlated_is_refused_whole(self, world: StoreWorld) -> None:
        stray = make.evidence(make.entry_seen(), subject=None)
        with pytest.raises(ValueError, match="no subject"):
            world.store.absorb(CAL, Batch((stray,), (item("x", make.START),), "token-1"), make.NOW)
        assert world.store.source(CAL).cursor is None
        assert self._busy(world) == ()

    # -- busy time -----------------------------------------------------------------------------------------------------

    def test_an_item_replaces_what_was_kept_of_it_and_leaves_the_others(self, world: StoreWorld) -> None:
        world.store.absorb(CAL, Batch(busy=(item("x", make.START), item("y", make.START + DAY)), cursor="1"), make.NOW)
        world.store.absorb(CAL, Batch(busy=(item("x", make.START + 2 * DAY, version="2"),), cursor="2"), make.NOW)
        assert self._busy(world) == (make.span(make.START + DAY), make.span(make.START + 2 * DAY))

    @pytest.mark.parametrize("away", [BusyItem("x", "2", gone=True), BusyItem("x", "2")])
    def test_an_item_that_is_gone_or_free_is_not_busy(self, world: StoreWorld, away: BusyItem) -> None:
        world.store.absorb(CAL, Batch(busy=(item("x", make.START),), cursor="1"), make.NOW)
        world.store.absorb(CAL, Batch(busy=(away,), cursor="2"), make.NOW)
        assert self._busy(world) == ()

    # -- out of office (K12) -------------------------------------------------------------------------------------------

    def test_out_of_office_time_is_evidence_about_its_staff_member(self, world: StoreWorld) -> None:
        away = BusyItem("x", "1", (BusyTime(make.span(), away=True),))
        assert world.store.absorb(CAL, Batch(busy=(away, item("y", make.START + DAY)), cursor="1"), make.NOW) == 1
        assert self._away(world) == [AwaySeen(CAL, (make.span(),))]
        assert world.store.absorb(CAL, Batch(busy=(replace(away, version="2"),), cursor="2"), make.at(1)) == 0
        assert world.store.absorb(CAL, Batch(busy=(BusyItem("x", "3", gone=True),), cursor="3"), make.at(2)) == 1
        assert self._away(world) == [AwaySeen(CAL, (make.span(),)), AwaySeen(CAL, ())]

    def test_what_is_out_of_office_no_more_is_told_by_a_full_reread_too(self, world: StoreWorld) -> None:
        away = BusyItem("x", "1", (BusyTime(make.span(), away=True),))
        world.store.absorb(CAL, Batch(busy=(away,), cursor="1"), make.NOW)
        world.store.begin_round(CAL, make.at(1))
        assert world.store.absorb(CAL, Batch(cursor="2", last=False), make.at(1)) == 0
        assert world.store.absorb(CAL, Batch(cursor="3"), make.at(2)) == 1
        assert self._away(world)[-1] == AwaySeen(CAL, ())

    def test_an_instance_that_is_worked_after_all_is_not_away(self, world: StoreWorld) -> None:
        times = tuple(BusyTime(make.span(start), start, away=True) for start in (make.START, make.START + DAY))
        worked = item("moved", make.START + DAY, series_id="series", original_start=make.START + DAY)
        world.store.absorb(CAL, Batch(busy=(BusyItem("series", "1", times), worked), cursor="1"), make.NOW)
        assert self._away(world) == [AwaySeen(CAL, (make.span(),))]

    def _away(self, world: StoreWorld) -> list[AwaySeen]:
        story = world.views.explain(staff_key("ann"))
        found = [item.payload for item, _ in story.evidence] if story else []
        return [payload for payload in found if isinstance(payload, AwaySeen)]

    def test_a_moved_instance_frees_its_old_place(self, world: StoreWorld) -> None:
        series = item("series", make.START, make.START + DAY)
        moved = item("moved", make.START + 3 * DAY, series_id="series", original_start=make.START + DAY)
        world.store.absorb(CAL, Batch(busy=(series, moved), cursor="1"), make.NOW)
        assert self._busy(world) == (make.span(), make.span(make.START + 3 * DAY))

    def test_a_cancelled_instance_frees_its_place_while_the_exception_stands(self, world: StoreWorld) -> None:
        series = item("series", make.START, make.START + DAY)
        cancelled = BusyItem("c", "1", series_id="series", original_start=make.START + DAY)
        world.store.absorb(CAL, Batch(busy=(cancelled, series), cursor="1"), make.NOW)
        assert self._busy(world) == (make.span(),)
        world.store.absorb(CAL, Batch(busy=(BusyItem("c", "2", gone=True),), cursor="2"), make.NOW)
        assert self._busy(world) == (make.span(), make.span(make.START + DAY))

    def test_an_instance_without_its_master_is_busy(self, world: StoreWorld) -> None:
        orphan = item("orphan", make.START, series_id="series", original_start=make.START + DAY)
        world.store.absorb(CAL, Batch(busy=(orphan,), cursor="1"), make.NOW)
        assert self._busy(world) == (make.span(),)

    def test_an_exception_of_one_calendar_frees_nothing_in_another(self, world: StoreWorld) -> None:
        both = world.store
        both.adopt(make.desk(staff=(make.member(reads=("other",)),)), make.terms(), make.NOW)
        both.absorb(CAL, Batch(busy=(item("series", make.START),), cursor="1"), make.NOW)
        cancelled = BusyItem("c", "1", series_id="series", original_start=make.START)
        both.absorb("other", Batch(busy=(cancelled,), cursor="1"), make.NOW)
        assert self._busy(world) == (make.span(),)

    def test_an_exception_that_was_moved_into_the_past_goes_on_to_free_its_place(self, world: StoreWorld) -> None:
        series = item("series", make.START)
        moved = item("moved", make.NOW, series_id="series", original_start=make.START)
        world.store.absorb(CAL, Batch(busy=(series, moved), cursor="1"), make.NOW)
        later = Batch(busy=(item("y", make.START + DAY),), cursor="2")
        world.store.absorb(CAL, later, make.NOW + 5 * DAY)
        ahead = Span(make.START, make.START + 7 * DAY)
        assert world.views.busy("ann", ahead).spans == (make.span(make.START + DAY),)

    def test_the_event_of_a_living_session_is_not_busy_time_too(self, world: StoreWorld) -> None:
        adopted = make.session(entry=make.calendar_entry(make.entry_ref("theirs"), adopted=True))
        instance = make.calendar_entry(make.entry_ref("series", original_start=make.START + DAY), adopted=True)
        world.book(adopted)
        world.book(make.session("s2", span=make.span(make.START + DAY), entry=instance))
        items = (item("theirs", make.START), item("series", make.START + DAY, make.START + 2 * DAY))
        world.store.absorb(CAL, Batch(busy=items, cursor="1"), make.NOW)
        assert self._busy(world) == (make.span(make.START + 2 * DAY),)
        world.decide(S1, state=make.session(state=SessionState.CANCELLED, entry=adopted.entry))
        assert self._busy(world) == (make.span(), make.span(make.START + 2 * DAY))

    def test_busy_time_is_merged_over_all_calendars_of_a_member(self, world: StoreWorld) -> None:
        world.store.adopt(make.desk(staff=(make.member(reads=("other",)),)), make.terms(), make.NOW)
        world.store.absorb(CAL, Batch(busy=(item("x", make.START),), cursor="1"), make.at(1))
        world.store.absorb("other", Batch(busy=(item("x", make.at(15, make.START)),), cursor="1"), make.at(2))
        view = world.views.busy("ann", AROUND)
        assert view.spans == (Span(make.START, make.at(45, make.START)),)
        assert view.read_at == make.at(1)

    def test_busy_time_that_is_long_over_is_forgotten(self, world: StoreWorld) -> None:
        world.store.absorb(CAL, Batch(busy=(item("x", make.START),), cursor="1"), make.NOW)
        world.store.absorb(CAL, Batch(busy=(item("y", make.START + 9 * DAY),), cursor="2"), make.START + 8 * DAY)
        assert self._busy(world) == (make.span(make.START + 9 * DAY),)

    # -- unreadable is never free --------------------------------------------------------------------------------------

    def test_a_calendar_that_was_never_read_is_not_bookable(self, world: StoreWorld) -> None:
        assert world.views.busy("ann", AROUND).read_at is None
        assert world.views.busy("nobody", AROUND).read_at is None

    def test_a_failing_calendar_is_not_bookable_until_it_recovers(self, world: StoreWorld) -> None:
        world.store.absorb(CAL, Batch(busy=(item("x", make.START),), cursor="1"), make.NOW)
        world.store.source_failed(CAL, make.at(1), "503", "wait", paused=False)
        again = world.store.source_failed(CAL, make.at(2), "401", "check the password", paused=True)
        assert (again.failing_since, again.failures, again.paused) == (make.at(1), 2, True)
        assert (again.error, again.hint, again.cursor) == ("401", "check the password", "1")
        assert world.views.busy("ann", AROUND).read_at is None
        assert self._busy(world) == (make.span(),)  # what was known stays known
        world.store.source_recovered(CAL, make.at(3))
        assert world.store.source(CAL) == SourceState(CAL, "1", read_at=make.NOW)
        before = world.commits()
        world.store.source_recovered(CAL, make.at(4))
        assert world.commits() == before

    def test_a_first_reading_counts_only_when_it_is_whole(self, world: StoreWorld) -> None:
        world.store.begin_round(CAL, make.NOW)
        world.store.absorb(CAL, Batch(busy=(item("x", make.START),), cursor="page-2", last=False), make.NOW)
        assert world.views.busy("ann", AROUND).read_at is None
        world.store.absorb(CAL, Batch(cursor="token"), make.at(1))
        assert world.views.busy("ann", AROUND).read_at == make.at(1)

    def test_a_providers_clock_ahead_of_ours_makes_no_reading_younger(self, world: StoreWorld) -> None:
        world.store.absorb(CAL, Batch(cursor="1", read_at=make.at(60)), make.NOW)
        assert world.store.source(CAL).read_at == make.NOW

    # -- the difference of a full re-read ------------------------------------------------------------------------------

    def test_what_a_full_re_read_did_not_show_is_busy_no_more(self, world: StoreWorld) -> None:
        world.store.absorb(CAL, Batch(busy=(item("x", make.START), item("y", make.START + DAY)), cursor="1"), make.NOW)
        state = world.store.begin_round(CAL, make.at(1))
        assert (state.cursor, state.generation, state.rereading) == (None, 1, True)
        world.store.absorb(CAL, Batch(busy=(item("y", make.START + DAY),), cursor="p2", last=False), make.at(1))
        assert len(self._busy(world)) == 2  # a page is not the whole (CAL-3)
        world.store.absorb(CAL, Batch(cursor="2"), make.at(1))
        assert self._busy(world) == (make.span(make.START + DAY),)
        assert not world.store.source(CAL).rereading

    def test_a_re_read_that_expires_starts_again(self, world: StoreWorld) -> None:
        world.store.absorb(CAL, Batch(busy=(item("x", make.START),), cursor="1"), make.NOW)
        world.store.begin_round(CAL, make.at(1))
        world.store.absorb(CAL, Batch(busy=(item("x", make.START),), cursor="p2", last=False), make.at(1))
        assert world.store.begin_round(CAL, make.at(2)).generation == 2
        world.store.absorb(CAL, Batch(cursor="2"), make.at(2))
        assert self._busy(world) == ()

    def test_an_own_entry_that_was_not_shown_is_a_hint_and_cancels_nothing(self, world: StoreWorld) -> None:
        self._book_written(world, "s1", "seen")
        self._book_written(world, "s2", "absent")
        world.store.begin_round(CAL, make.at(1))
        seen = make.evidence(make.entry_seen(ref=make.entry_ref("seen")), "seen")
        assert world.store.absorb(CAL, Batch((seen,), cursor="p2", last=False), make.at(1)) == 1
        assert world.store.absorb(CAL, Batch(cursor="2"), make.at(1)) == 1
        watching = Watching(deciding())
        world.store.settle(session_key("s2"), watching, make.at(1))
        (hint,) = watching.session_case.fresh
        assert hint.payload == EntryGone(make.entry_ref("absent", version=None), "absent")
        assert watching.session_case.session is not None
        assert watching.session_case.session.live
        world.store.settle(S1, watching, make.at(1))
        assert [item.payload.kind for item in watching.session_case.fresh] == ["entry-seen"]

    def test_an_entry_that_was_shown_again_as_known_counts_as_seen(self, world: StoreWorld) -> None:
        self._book_written(world, "s1", "mine")
        seen = make.evidence(make.entry_seen(ref=make.entry_ref("mine")), "seen")
        world.store.absorb(CAL, Batch((seen,), cursor="1"), make.NOW)
        world.store.begin_round(CAL, make.at(1))
        assert world.store.absorb(CAL, Batch((seen,), cursor="2"), make.at(1)) == 0

    def test_what_is_over_or_was_never_acknowledged_is_not_missed(self, world: StoreWorld) -> None:
        past = make.span(make.at(-60))
        self._book_written(world, "past", "old", span=past)
        ahead = make.calendar_entry(make.entry_ref("unwritten"), written=None, written_at=None)
        world.book(make.session("ahead", entry=ahead))
        world.store.begin_round(CAL, make.NOW)
        assert world.store.absorb(CAL, Batch(cursor="1"), make.NOW) == 0

    def test_a_write_that_is_acknowledged_during_a_re_read_counts_as_seen(self, world: StoreWorld) -> None:
        world.book()
        world.store.begin_round(CAL, make.NOW)
        world.store.absorb(CAL, Batch(cursor="p2", last=False), make.NOW)
        done = EffectDone("put", "calendar.put", 0, make.entry_ref("mine"), make.signature())
        written = make.session(entry=make.calendar_entry(make.entry_ref("mine")))
        world.store.settle(S1, deciding(state=written), make.NOW, (make.evidence(done, "done"),))
        assert world.store.absorb(CAL, Batch(cursor="2"), make.NOW) == 0
        world.store.begin_round(CAL, make.at(1))
        assert world.store.absorb(CAL, Batch(cursor="3"), make.at(1)) == 1

    # -- whose event it is, and collisions -----------------------------------------------------------------------------

    def test_an_event_is_found_by_calendar_id_and_original_start(self, world: StoreWorld) -> None:
        self._book_written(world, "s1", "mine")
        instance = make.entry_ref("series", original_start=make.START)
        world.book(make.session("s2", span=make.span(make.START + DAY), entry=make.calendar_entry(instance)))
        assert world.store.session_of_entry(make.entry_ref("mine", version="other")) == "s1"
        assert world.store.session_of_entry(instance) == "s2"
        assert world.store.session_of_entry(make.entry_ref("series")) is None
        assert world.store.session_of_entry(make.entry_ref("mine", calendar_id="cal-ben")) is None
        assert world.store.session_of_entry(make.entry_ref("mine", original_start=make.START)) is None

    def test_a_booked_session_that_newly_collides_becomes_due_once(self, world: StoreWorld) -> None:
        world.book()
        meeting = item("meeting", make.at(15, make.START))
        world.store.absorb(CAL, Batch(busy=(meeting,), cursor="1"), make.NOW)
        assert world.store.due(make.NOW, 10) == [S1]
        watching = Watching(deciding())
        world.store.settle(S1, watching, make.NOW)
        assert watching.session_case.consulted.busy == (("ann", make.span(make.at(15, make.START))),)
        world.store.absorb(CAL, Batch(busy=(meeting,), cursor="2"), make.at(1))
        assert world.store.due(make.at(1), 10) == []

    def test_what_is_no_collision_wakes_nobody(self, world: StoreWorld) -> None:
        mine = self._book_written(world, "s1", "mine")
        hold = make.session("s2", state=SessionState.HELD, span=make.span(make.START + DAY))
        world.store.settle(session_key("s2"), booking_of(hold), make.NOW, (request_for("s2"),))
        items = (item("mine", mine.starts_at), item("beside", mine.ends_at), item("hold", make.START + DAY))
        world.store.absorb(CAL, Batch(busy=items, cursor="1"), make.NOW)
        world.store.absorb("cal-ben", Batch(busy=(item("x", mine.starts_at),), cursor="1"), make.NOW)
        assert world.store.due(make.NOW, 10) == []

    def test_sources_are_listed_with_their_latest_reading(self, world: StoreWorld) -> None:
        world.store.absorb("cal-ben", Batch(cursor="1"), make.NOW)
        world.store.absorb(CAL, Batch(cursor="1"), make.NOW)
        world.store.absorb(CAL, Batch(cursor="1"), make.at(1))
        assert [(state.source, state.read_at) for state in world.views.sources()] == [
            (CAL, make.at(1)),
            ("cal-ben", make.NOW),
        ]

    @staticmethod
    def _busy(world: StoreWorld) -> tuple[Span, ...]:
        return world.views.busy("ann", AROUND).spans

    @staticmethod
    def _book_written(world: StoreWorld, session_id: str, event_id: str, **changes: object) -> Session:
        """Each at its own hour, so that none is in another's way."""
        hour = sum(map(ord, session_id)) % 5
        fields = {"span": make.span(make.START + timedelta(hours=hour)), **changes}
        return world.book(make.session(session_id, entry=make.calendar_entry(make.entry_ref(event_id)), **fields))
