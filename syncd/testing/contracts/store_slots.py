"""Is no slot sold twice? Claims under locks, holds that run out, and what a decision is shown (B2, K6, K10)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.domain.decision import Claim
from syncd.domain.evidence import EntryGone, Identified, MarkedEntrySeen
from syncd.domain.keys import company_key, contact_key, session_key
from syncd.domain.session import Session, SessionState
from syncd.domain.spans import Span
from syncd.ports.errors import SlotTaken
from syncd.ports.source import Batch, BusyItem, BusyTime
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

S2 = session_key("s2")


class SlotsContract(StoreSuite):
    def test_a_slot_is_sold_once_and_the_second_leaves_nothing(self, world: StoreWorld) -> None:
        world.book()
        before = world.commits()
        with pytest.raises(SlotTaken):
            world.book(make.session("s2"))
        assert world.commits() == before
        assert world.views.session("s2") is None
        assert world.views.explain(S2) is None

    def test_two_threads_that_want_one_slot_give_one_booking_and_one_refusal(self, world: StoreWorld) -> None:
        together = threading.Barrier(2, timeout=20)

        def book(session_id: str) -> str:
            together.wait()
            try:
                return world.book(make.session(session_id)).id
            except SlotTaken:
                return "taken"

        with ThreadPoolExecutor(2) as pool:
            came = list(pool.map(book, ["s1", "s2"]))
        assert sorted(came)[1] == "taken"
        assert [held.id for held in world.views.sessions_between(make.span())] == [sorted(came)[0]]

    @pytest.mark.parametrize("minutes", [30, -30])
    def test_sessions_that_touch_do_not_overlap(self, world: StoreWorld, minutes: int) -> None:
        world.book()
        world.book(make.session("s2", span=make.span(make.at(minutes, make.START))))
        assert len(world.views.sessions_between(make.span().widened(make.LENGTH, make.LENGTH))) == 2

    def test_another_room_and_another_person_are_free(self, world: StoreWorld) -> None:
        world.book()
        with pytest.raises(SlotTaken, match="room:room-1"):
            world.book(make.session("s2", staff_id="ben"))
        world.book(make.session("s2", staff_id="ben", room_id="room-2"))

    def test_what_staff_set_may_overlap_on_either_side(self, world: StoreWorld) -> None:
        world.book()
        theirs = make.session("s2")
        world.book(theirs, claims=make.claims_of(theirs, may_overlap=True))
        moved = make.session(revision=1)
        world.book(moved, claims=make.claims_of(moved))

    def test_what_was_cancelled_or_ended_claims_nothing(self, world: StoreWorld) -> None:
        world.book()
        world.decide(S1, state=make.session(state=SessionState.CANCELLED))
        world.book(make.session("s2"))

    def test_a_move_gives_up_the_old_time(self, world: StoreWorld) -> None:
        world.book()
        moved = make.session(span=make.span(make.at(120, make.START)), revision=1)
        world.decide(S1, state=moved, claims=make.claims_of(moved))
        world.book(make.session("s2"))
        with pytest.raises(SlotTaken):
            world.book(make.session("s3", span=moved.span))

    def test_a_decision_that_says_nothing_of_claims_keeps_them(self, world: StoreWorld) -> None:
        world.book()
        world.decide(S1, state=make.session(revision=1))
        with pytest.raises(SlotTaken):
            world.book(make.session("s2"))

    def test_a_hold_keeps_a_slot_until_it_runs_out(self, world: StoreWorld) -> None:
        world.book(make.session(state=SessionState.HELD))
        tick = timedelta(microseconds=1)
        with pytest.raises(SlotTaken):
            world.book(make.session("s2"), now=make.at(10) - tick)
        world.book(make.session("s2"), now=make.at(10))

    def test_a_hold_that_ran_out_and_was_booked_over_cannot_become_a_booking(self, world: StoreWorld) -> None:
        world.book(make.session(state=SessionState.HELD))
        world.book(make.session("s2"), now=make.at(11))
        with pytest.raises(SlotTaken):
            world.decide(S1, make.at(12), state=make.session())  # claims None: those of the hold

    def test_a_hold_that_ran_out_may_still_be_booked_while_the_slot_is_free(self, world: StoreWorld) -> None:
        world.book(make.session(state=SessionState.HELD))
        world.decide(S1, make.at(12), state=make.session())
        with pytest.raises(SlotTaken):
            world.book(make.session("s2"), now=make.at(13))

    # -- what a decision is shown --------------------------------------------------------------------------------------

    def test_a_request_is_shown_what_is_near_and_what_it_claims(self, world: StoreWorld) -> None:
        near = make.session("near", span=make.span(make.at(60, make.START)))
        padded = Claim("staff:ann", near.span.widened(timedelta(0), timedelta(minutes=10)))
        world.book(near, claims=(padded,))
        world.book(make.session("far", span=make.span(make.START + timedelta(days=2))))
        world.book(make.session("stranger", staff_id="ben", room_id=None))
        watching = self._ask(world)
        (neighbour,) = watching.session_case.consulted.neighbours
        assert (neighbour.session_id, neighbour.span, neighbour.claims) == ("near", near.span, (padded,))
        assert not neighbour.held

    def test_a_colleagues_session_in_a_room_in_question_is_near(self, world: StoreWorld) -> None:
        world.book(make.session("colleague", staff_id="ben", room_id="room-2"))
        watching = self._ask(world)
        assert [n.room_id for n in watching.session_case.consulted.neighbours] == ["room-2"]

    def test_holds_that_ran_out_are_no_neighbours_and_count_for_no_network(self, world: StoreWorld) -> None:
        old = make.session("old", state=SessionState.HELD, hold_until=make.NOW)
        new = make.session("new", state=SessionState.HELD, staff_id="ben", room_id="room-2", hold_until=make.at(1))
        other = make.session("other", state=SessionState.HELD, span=make.span(make.at(60, make.START)), network="n2")
        for hold in (old, new, other):
            world.book(hold, now=make.at(-5))
        request = make.evidence(make.hold_requested(), "hold")
        watching = Watching(deciding())
        world.store.settle(S1, watching, make.NOW, (request,))
        consulted = watching.session_case.consulted
        assert [(n.session_id, n.held) for n in consulted.neighbours] == [("new", True), ("other", True)]
        assert consulted.network_holds == 1

    def test_a_session_is_not_its_own_neighbour_and_its_hold_counts_for_no_other(self, world: StoreWorld) -> None:
        world.book(make.session(state=SessionState.HELD))
        watching = self._ask(world)
        assert watching.session_case.consulted.neighbours == ()
        assert watching.session_case.consulted.network_holds == 0

    def test_busy_time_around_the_spans_in_question_is_shown_by_staff_member(self, world: StoreWorld) -> None:
        day = timedelta(days=1)
        spans = [make.span(), make.span(make.START + day), make.span(make.START + 2 * day)]
        times = tuple(BusyTime(span) for span in spans)
        world.store.absorb("cal-ann", Batch(busy=(BusyItem("x", "1", times),), cursor="c"), make.NOW)
        world.store.absorb("cal-ben", Batch(busy=(BusyItem("x", "1", times),), cursor="c"), make.NOW)
        watching = self._ask(world)
        assert watching.session_case.consulted.busy == (("ann", spans[0]), ("ann", spans[1]))

    def test_a_request_is_shown_its_company_and_contact(self, world: StoreWorld) -> None:
        world.decide(company_key("acme"), state=make.company())
        watching = self._ask(world)
        assert watching.session_case.consulted.company == make.company()
        assert watching.session_case.consulted.contact is None
        world.decide(contact_key("carol"), state=make.contact())
        world.store.settle(S1, watching, make.NOW, (request_for("s1", "again"),))
        assert watching.session_case.consulted.contact == make.contact()

    def test_a_marked_event_is_shown_whom_it_names(self, world: StoreWorld) -> None:
        world.decide(company_key("acme"), state=make.company())
        people = (Identified("acme", "carol", "carol@acme.example"),)
        marked = MarkedEntrySeen(make.entry_ref(), "their-uid", make.signature(), "Acme", people=people)
        watching = Watching(deciding())
        world.store.settle(S1, watching, make.NOW, (make.evidence(marked),))
        assert watching.session_case.consulted.company == make.company()

    def test_the_calendars_health_counts_what_is_coming_and_what_was_reported_gone(self, world: StoreWorld) -> None:
        for made in self._written(4):
            world.book(made)
        world.store.begin_round("cal-ann", make.NOW)
        world.store.absorb("cal-ann", Batch(cursor="c"), make.NOW)  # nothing was listed: all four are hints
        world.store.source_failed("cal-ann", make.at(3), "503", "wait", paused=False)
        watching = Watching(deciding())
        world.store.settle(session_key("s0"), watching, make.at(5))
        health = watching.session_case.consulted.calendar
        assert (health.read_at, health.failing_since) == (make.NOW, make.at(3))
        assert (health.coming, health.gone_recently) == (4, 4)
        world.store.settle(session_key("s0"), watching, make.at(11))
        assert watching.session_case.consulted.calendar.gone_recently == 0

    def test_a_tombstone_of_a_session_that_was_cancelled_is_not_counted(self, world: StoreWorld) -> None:
        sessions = list(self._written(2))
        for made in sessions:
            world.book(made)
        world.decide(session_key("s1"), state=replace(sessions[1], state=SessionState.CANCELLED))
        gone = EntryGone(make.entry_ref("event-1"), "tombstone")
        world.store.record((make.evidence(gone, "gone", subject=session_key("s1")),), make.NOW)
        watching = Watching(deciding())
        world.store.settle(session_key("s0"), watching, make.at(1))
        health = watching.session_case.consulted.calendar
        assert (health.coming, health.gone_recently) == (1, 0)

    @staticmethod
    def _written(count: int) -> Iterator[Session]:
        for number in range(count):
            span = make.span(make.START + timedelta(hours=number))
            entry = make.calendar_entry(make.entry_ref(f"event-{number}"))
            yield make.session(f"s{number}", span=span, entry=entry)

    @staticmethod
    def _ask(world: StoreWorld) -> Watching:
        """A request for s1 that is recorded and left undecided but for a finding."""
        watching = Watching(deciding())
        world.store.settle(S1, watching, make.NOW, (request_for("s1"),))
        return watching

    def test_the_neighbours_of_slot_pages_leave_out_holds_that_ran_out(self, world: StoreWorld) -> None:
        world.book()
        held = make.session("s2", state=SessionState.HELD, staff_id="ben", room_id=None)
        world.store.settle(S2, booking_of(held), make.NOW, (request_for("s2"),))
        around = Span(make.START, make.START + timedelta(days=1))
        shown = world.views.neighbours(around, make.at(9))
        assert [(n.session_id, n.held, n.claims) for n in shown] == [
            ("s1", False, make.claims_of(make.session())),
            ("s2", True, make.claims_of(held)),
        ]
        assert [n.session_id for n in world.views.neighbours(around, make.at(10))] == ["s1"]
