"""A session changes hands or time by staff, or is cancelled by them: nothing counts against anybody (K3, K11, K12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd.domain.case import Neighbour
from syncd.domain.correspondence import SeenByStaff, WordsReceived
from syncd.domain.decision import AnswerCode
from syncd.domain.evidence import CancelRequested, ReassignRequested
from syncd.domain.letters import Cause
from syncd.domain.people import Side
from syncd.domain.session import SessionState
from syncd.domain.spans import Span
from tests.policy.play import CARL, NOW, asked, booked

TOMORROW = NOW + timedelta(days=1)
LATER = TOMORROW + timedelta(hours=3)
HALF = timedelta(minutes=30)


def give(to: str = "emil", at: datetime = TOMORROW, **changes: Any) -> ReassignRequested:
    return replace(ReassignRequested(to, at, "dana", asked(at, to)), **changes)


def test_a_colleague_takes_it_under_the_same_uid_and_time() -> None:
    play = booked(TOMORROW)
    before = play.session
    assert play.answers(give()).code is AnswerCode.RESCHEDULED
    after = play.session
    assert (after.staff_id, after.uid, after.span, after.room_id) == ("emil", before.uid, before.span, before.room_id)
    assert (after.changed_by, after.staff_set_at) == (Side.STAFF, before.staff_set_at)
    assert {mail.cause for mail in play.mails()} >= {Cause.GIVEN_TO_COLLEAGUE}
    assert play.answers(give()).code is AnswerCode.UNCHANGED, "that is how it is already"


def test_a_new_time_by_staff_can_be_declined_as_such() -> None:
    play = booked(TOMORROW)
    assert play.answers(give(at=LATER)).accepted
    after = play.session
    assert (after.starts_at, after.staff_set_at, after.arranged_at) == (LATER, play.now, play.now)
    assert play.mails()[-1].cause is Cause.MOVED_BY_STAFF


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (give("olga"), AnswerCode.NOT_OFFERED),
        (give(at=NOW - HALF), AnswerCode.SLOT_PAST),
        (give(asked=asked(TOMORROW, "dana")), AnswerCode.UNREADABLE),
        (give(asked=replace(asked(TOMORROW, "emil"), unreadable=("cal-emil",))), AnswerCode.UNREADABLE),
        (give(asked=replace(asked(TOMORROW, "emil"), busy=(Span(TOMORROW, TOMORROW + HALF),))), AnswerCode.SLOT_TAKEN),
    ],
    ids=["no-colleague", "past", "another-was-asked", "unreadable", "busy"],
)
def test_what_is_in_the_way_is_said_and_nothing_changes(wanted: ReassignRequested, code: AnswerCode) -> None:
    play = booked(TOMORROW)
    before = play.session
    assert play.answers(wanted).code is code
    assert play.session == before


def test_a_session_of_the_colleagues_own_is_in_the_way() -> None:
    span = Span(TOMORROW, TOMORROW + HALF)
    play = booked(TOMORROW, neighbours=(Neighbour("s2", "emil", "room-2", span, ()),))
    assert play.answers(give()).code is AnswerCode.SLOT_TAKEN


def test_a_running_session_changes_hands_and_no_longer_its_time_and_an_ended_one_neither() -> None:
    play = booked(TOMORROW)
    play.wait_until(TOMORROW + timedelta(minutes=5))
    assert play.answers(give(at=LATER)).code is AnswerCode.ALREADY_OVER
    assert play.answers(give()).accepted
    play.wait_until(TOMORROW + timedelta(hours=1))
    assert play.answers(give("dana")).code is AnswerCode.ALREADY_OVER


def test_staff_cancel_without_a_cutoff_and_the_customer_is_told_by_whom() -> None:
    play = booked(TOMORROW)
    play.wait_until(TOMORROW + timedelta(minutes=5))
    wanted = CancelRequested("desk", Side.STAFF, "dana")
    assert play.answers(wanted).code is AnswerCode.CANCELLED
    assert (play.session.state, play.session.cancelled_by) == (SessionState.CANCELLED, Side.STAFF)
    assert play.mails()[-1].cause is Cause.CANCELLED_BY_STAFF
    assert play.answers(wanted).code is AnswerCode.ALREADY_CANCELLED


def test_to_have_seen_words_changes_nothing() -> None:
    play = booked(TOMORROW)
    play.sees(WordsReceived(CARL.email, "Re: Session", "I look forward to it."))
    before = play.session
    assert play.answers(SeenByStaff("e9", "dana")).code is AnswerCode.RECORDED
    assert play.session == before
