"""Is every act tried when it may be, by one at a time, and never when it is too late? (REL-4, REL-5, REL-6)"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.domain.effect import CalendarPut, Effect, EffectState
from syncd.domain.evidence import EffectParked
from syncd.domain.keys import session_key
from syncd.domain.letters import Letter
from syncd.domain.session import SessionState
from syncd.ports.errors import Retryable
from syncd.ports.store import Claimed
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import (
    LEASE,
    S1,
    StoreSuite,
    StoreWorld,
    Watching,
    deciding,
    receipt_of,
    request_for,
)

REMINDER = make.mail_effect(letter=Letter.REMINDER_LAST, due_at=make.at(60), guarded=True)


class OutboxContract(StoreSuite):
    def test_an_effect_is_claimed_once_and_done_with_its_receipt(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect())
        (claimed,) = world.claim()
        assert claimed == Claimed(make.mail_effect(), 1, 1, make.NOW + LEASE)
        assert world.claim(make.at(1)) == []
        assert world.store.finish(claimed, receipt_of(claimed), make.at(1))
        assert world.claim(make.at(60)) == []
        assert self._states(world) == {make.mail_effect().key: EffectState.DONE}
        watching = Watching(deciding())
        assert world.store.due(make.at(1), 10) == [S1]
        world.store.settle(S1, watching, make.at(1))
        assert [item.payload.kind for item in watching.session_case.fresh] == ["effect-done"]
        assert [status.state for status in watching.session_case.effects] == [EffectState.DONE]

    def test_an_effects_key_is_an_act_and_is_never_added_twice(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect())
        (claimed,) = world.claim()
        world.store.finish(claimed, receipt_of(claimed), make.NOW)
        world.decide(S1, effects=(replace(make.mail_effect(), due_at=make.at(5)),))
        assert world.claim(make.at(10)) == []
        assert len(world.views.outbox()) == 1

    def test_a_batch_is_one_commit_and_an_idle_claim_none(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect(), make.mail_effect(letter=Letter.UPDATE), make.put_effect())
        before = world.commits()
        assert len(world.claim()) == 3
        assert world.commits() == before + 1
        assert world.claim() == []
        assert world.commits() == before + 1

    def test_what_is_not_due_yet_is_left(self, world: StoreWorld) -> None:
        world.book(None, REMINDER)
        tick = timedelta(microseconds=1)
        assert world.claim(make.at(60) - tick) == []
        assert world.store.next_due(make.NOW) == make.at(60)
        assert len(world.claim(make.at(60))) == 1

    def test_what_has_expired_is_dropped_visibly(self, world: StoreWorld) -> None:
        world.book(None, replace(REMINDER, expire_at=make.at(90)))
        assert world.claim(make.at(90)) == []
        (row,) = world.views.outbox()
        assert (row.state, row.done_at) == (EffectState.DROPPED, make.at(90))
        assert row.reason.startswith("expired")

    def test_a_later_revision_drops_what_is_guarded_and_keeps_the_rest(self, world: StoreWorld) -> None:
        world.book(None, REMINDER, make.mail_effect())
        world.decide(S1, state=make.session(revision=1))
        states = self._states(world)
        assert states == {REMINDER.key: EffectState.DROPPED, make.mail_effect().key: EffectState.PENDING}
        (dropped,) = world.views.outbox((EffectState.DROPPED,))
        assert dropped.reason.startswith("superseded")

    def test_what_was_superseded_in_flight_is_not_tried_again(self, world: StoreWorld) -> None:
        put = make.put_effect()
        world.book(None, put)
        (claimed,) = world.claim()
        world.decide(S1, state=make.session(revision=1))
        assert self._states(world) == {put.key: EffectState.CLAIMED}
        world.store.postpone(claimed, make.at(1), "timeout", unknown=True, now=make.NOW)
        assert world.claim(make.at(1)) == []
        assert self._states(world) == {put.key: EffectState.DROPPED}

    def test_a_lease_that_ran_out_is_an_unknown_outcome_with_a_new_fence(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect())
        (first,) = world.claim()
        world.store.freeze(first, b"what every attempt sends")
        tick = timedelta(microseconds=1)
        assert world.claim(first.lease_until - tick) == []
        assert world.store.next_due(make.NOW) == first.lease_until
        (second,) = world.claim(first.lease_until)
        assert (second.lost_lease, second.fence, second.attempts) == (True, 2, 2)
        assert second.frozen == b"what every attempt sends"

    def test_a_zombies_late_receipt_is_kept_and_changes_no_state(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect())
        (zombie,) = world.claim()
        (heir,) = world.claim(zombie.lease_until)
        assert not world.store.finish(zombie, receipt_of(zombie), zombie.lease_until)
        assert self._states(world) == {make.mail_effect().key: EffectState.CLAIMED}
        told = world.views.explain(S1)
        assert told is not None
        assert [item.payload.kind for item, _ in told.evidence] == ["booking-requested", "effect-done"]
        world.store.postpone(zombie, make.at(90), "late", unknown=False, now=make.at(5))
        with pytest.raises(Retryable):
            world.store.freeze(zombie, b"late")
        assert world.store.finish(heir, receipt_of(heir), heir.lease_until)

    def test_what_was_frozen_first_is_what_every_attempt_sends(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect())
        (claimed,) = world.claim()
        assert claimed.frozen is None
        world.store.freeze(claimed, b"first")
        world.store.freeze(claimed, b"second")
        world.store.postpone(claimed, make.at(1), "421", unknown=False, now=make.NOW)
        (again,) = world.claim(make.at(1))
        assert again.frozen == b"first"

    @pytest.mark.parametrize("unknown", [True, False])
    def test_a_postponed_effect_comes_again_at_its_time(self, world: StoreWorld, unknown: bool) -> None:
        world.book(None, make.mail_effect())
        (claimed,) = world.claim()
        world.store.postpone(claimed, make.at(5), "421 later", unknown=unknown, now=make.NOW)
        assert world.claim(make.at(4)) == []
        (again,) = world.claim(make.at(5))
        assert (again.attempts, again.fence, again.lost_lease) == (2, 2, unknown)

    def test_an_outcome_once_unknown_stays_unknown(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect())
        for minute, unknown in ((0, True), (1, False)):
            (claimed,) = world.claim(make.at(minute))
            world.store.postpone(claimed, make.at(minute + 1), "odd", unknown=unknown, now=make.at(minute))
        (again,) = world.claim(make.at(2))
        assert again.lost_lease

    def test_what_is_postponed_beyond_its_end_is_dropped_at_its_end(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect(expire_at=make.at(10)))
        (claimed,) = world.claim()
        world.store.postpone(claimed, make.at(60), "421", unknown=False, now=make.NOW)
        assert world.store.next_due(make.NOW) == make.at(10)
        assert world.claim(make.at(10)) == []
        assert self._states(world) == {make.mail_effect().key: EffectState.DROPPED}

    def test_a_parked_effect_waits_for_a_person(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect())
        (claimed,) = world.claim()
        receipt = make.evidence(EffectParked(claimed.effect.key, claimed.effect.kind, 0, "550"), "parked")
        world.store.park(claimed, "550 no such user", "Check the address.", receipt, make.NOW)
        assert world.claim(make.at(60)) == []
        (row,) = world.views.outbox((EffectState.PARKED,))
        assert (row.reason, row.hint) == ("550 no such user", "Check the address.")
        assert world.store.due(make.NOW, 10) == [S1]
        assert world.store.retry_parked(claimed.effect.key, make.at(61))
        assert not world.store.retry_parked(claimed.effect.key, make.at(61))
        (again,) = world.claim(make.at(61))
        assert (again.attempts, again.lost_lease) == (1, False)

    def test_a_parked_or_pending_effect_can_be_discarded_a_claimed_one_cannot(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect(), REMINDER)
        (claimed,) = world.claim()
        assert not world.store.discard(claimed.effect.key, "by hand", make.NOW)
        assert world.store.discard(REMINDER.key, "by hand", make.NOW)
        assert not world.store.discard("no such effect", "by hand", make.NOW)
        assert self._states(world)[REMINDER.key] is EffectState.DROPPED

    # -- lanes and order -----------------------------------------------------------------------------------------------

    def test_one_lane_has_one_act_at_a_time(self, world: StoreWorld) -> None:
        self._book_two_on_one_calendar(world)
        (first,) = world.claim()
        assert world.claim(make.at(1)) == []  # the lane is in flight
        world.store.finish(first, receipt_of(first), make.at(1))
        (second,) = world.claim(make.at(1))
        assert {first.effect.subject, second.effect.subject} == {S1, session_key("s2")}

    def test_busy_lanes_are_left_and_mail_goes_on(self, world: StoreWorld) -> None:
        world.book(None, make.put_effect(), make.mail_effect())
        assert [claimed.effect.lane for claimed in world.claim(busy_lanes=("cal-ann",))] == [""]

    def test_a_full_lane_does_not_hide_what_stands_behind_it(self, world: StoreWorld) -> None:
        puts = [replace(make.put_effect(), key=f"put-{number}", subject=S1) for number in range(7)]
        world.book(None, *puts, make.mail_effect())
        found = world.claim(limit=2)
        assert [claimed.effect.lane for claimed in found] == ["cal-ann", ""]

    def test_one_subjects_acts_in_a_lane_keep_their_order(self, world: StoreWorld) -> None:
        first, second = self._put("first"), self._put("second")
        world.book(None, first, second)
        (claimed,) = world.claim()
        assert claimed.effect.key == "first"
        world.store.postpone(claimed, make.at(5), "503", unknown=False, now=make.NOW)
        assert world.claim(make.at(1)) == []  # the second waits for the first, which waits for its time
        (again,) = world.claim(make.at(5))
        assert again.effect.key == "first"
        world.store.finish(again, receipt_of(again), make.at(5))
        world.decide(S1, make.at(5))
        assert [claimed.effect.key for claimed in world.claim(make.at(5))] == ["second"]

    def test_an_act_that_is_planned_for_later_holds_back_nothing(self, world: StoreWorld) -> None:
        world.book(None, replace(self._put("later"), due_at=make.at(30)), self._put("now"))
        assert [claimed.effect.key for claimed in world.claim()] == ["now"]

    def test_a_laned_act_waits_while_its_subject_has_news_that_no_decision_settled(self, world: StoreWorld) -> None:
        world.book(None, make.put_effect(), make.mail_effect())
        world.store.record((make.evidence(make.cancel_requested(), "cancel"),), make.NOW)
        assert [claimed.effect.lane for claimed in world.claim()] == [""]
        world.decide(S1)
        assert [claimed.effect.lane for claimed in world.claim()] == ["cal-ann"]

    def test_what_comes_after_another_waits_for_it_but_not_for_long(self, world: StoreWorld) -> None:
        put, mail = make.put_effect(), make.mail_effect(after=make.put_effect().key)
        world.book(None, put, mail)
        (first,) = world.claim()
        assert first.effect.key == put.key
        assert world.claim(make.at(0.4)) == []
        assert [claimed.effect.key for claimed in world.claim(make.at(0.5))] == [mail.key]

    def test_what_comes_after_another_goes_as_soon_as_that_is_done(self, world: StoreWorld) -> None:
        put, mail = make.put_effect(), make.mail_effect(after=make.put_effect().key)
        world.book(None, put, mail)
        (first,) = world.claim()
        world.store.finish(first, receipt_of(first), make.NOW)
        assert [claimed.effect.key for claimed in world.claim()] == [mail.key]

    def test_what_comes_after_something_that_was_dropped_does_not_wait(self, world: StoreWorld) -> None:
        world.book(None, make.put_effect(), make.mail_effect(after=make.put_effect().key))
        world.decide(S1, state=make.session(revision=1))
        assert [claimed.effect.kind for claimed in world.claim()] == [make.mail_effect().kind]

    def test_a_conditional_write_is_given_the_entry_as_it_stands_now(self, world: StoreWorld) -> None:
        world.book(None, make.put_effect())
        entry = make.calendar_entry(make.entry_ref(version="v7", original_start=make.START))
        world.decide(S1, state=make.session(entry=entry))
        (claimed,) = world.claim()
        assert claimed.ref == entry.ref
        assert isinstance(claimed.effect.body, CalendarPut)
        assert claimed.effect.body.ref is None

    def test_a_cancelled_session_is_not_reminded(self, world: StoreWorld) -> None:
        world.book(None, REMINDER)
        world.decide(S1, state=make.session(state=SessionState.CANCELLED, revision=1))
        assert world.claim(make.at(60)) == []

    @staticmethod
    def _put(key: str) -> Effect:
        return replace(make.put_effect(), key=key)

    @staticmethod
    def _book_two_on_one_calendar(world: StoreWorld) -> None:
        world.book(None, make.put_effect())
        other = make.session("s2", span=make.span(make.at(60, make.START)))
        world.book(other, make.put_effect(other))

    @staticmethod
    def _states(world: StoreWorld) -> dict[str, EffectState]:
        return {row.effect.key: row.state for row in world.views.outbox()}

    def test_the_outbox_shows_the_latest_first_and_by_state(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect(), REMINDER)
        world.claim()
        assert [row.effect.key for row in world.views.outbox()] == [REMINDER.key, make.mail_effect().key]
        assert [row.effect.key for row in world.views.outbox((EffectState.PENDING,))] == [REMINDER.key]
        both = (EffectState.PENDING, EffectState.CLAIMED)
        assert len(world.views.outbox(both)) == 2
        assert len(world.views.outbox(both, limit=1)) == 1

    def test_the_page_says_on_its_way_until_the_bookers_mail_was_handed_over(self, world: StoreWorld) -> None:
        assert not world.views.mail_accepted("s1")
        world.book(None, make.mail_effect())
        assert not world.views.mail_accepted("s1")
        (claimed,) = world.claim()
        world.store.finish(claimed, receipt_of(claimed), make.NOW)
        assert world.views.mail_accepted("s1")
        update = make.mail_effect(letter=Letter.UPDATE, revision=1)
        world.store.settle(S1, deciding(effects=(update,)), make.at(1), (request_for("s1", "move"),))
        assert not world.views.mail_accepted("s1")
