"""What follows from an answer, a counter-proposal, a bounce, and words (INV-41, INV-42, C4, C6, C10, C11, A7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd.domain.correspondence import (
    AutoReplyReceived,
    BounceReceived,
    CounterReceived,
    RefreshReceived,
    ReplyReceived,
    WordsReceived,
)
from syncd.domain.evidence import RescheduleRequested, StaffAnswered
from syncd.domain.letters import Cause, Letter, Method, StaffLetter
from syncd.domain.people import Attendee, Side
from syncd.domain.session import Choice, Invited, SessionState
from syncd.domain.standing import AddressProved
from tests.policy.play import CARL, NOW, Play, asked, booked, booking

HOUR = timedelta(hours=1)
START = NOW + 24 * HOUR
COLLEAGUE = Attendee("Cleo Colleague", "cleo@acme.example", "America/New_York")


def reply(partstat: str = "DECLINED", at: datetime = NOW, **changed: Any) -> ReplyReceived:
    base = ReplyReceived(CARL.email, partstat, "uid", 0, at, authentic=True)
    return replace(base, **changed)


@pytest.fixture
def play() -> Play:
    made = booked(START)
    made.performs()
    return made


def invited(play: Play) -> Invited:
    return play.session.invited[0]


def test_an_acceptance_is_recorded_and_proves_the_address(play: Play) -> None:
    decision = play.sees(reply("ACCEPTED"))
    assert invited(play).partstat == "ACCEPTED"
    assert [e.payload for e in decision.derived] == [AddressProved("an accepted invitation")]
    assert play.sees(reply("TENTATIVE", NOW + HOUR / 60), at=NOW + HOUR / 60).derived == ()
    assert invited(play).partstat == "TENTATIVE"
    assert play.session.state is SessionState.BOOKED


def test_the_only_one_invited_declines_and_it_is_a_cancel_request_with_a_way_back(play: Play) -> None:
    play.sees(reply())
    assert (play.session.state, play.session.cancelled_by) == (SessionState.CANCELLED, Side.CUSTOMER)
    (mail,) = play.mails(Letter.CANCELLATION)
    assert (mail.cause, mail.method, mail.sequence) == (Cause.DECLINED, Method.CANCEL, 1)
    assert mail.facts is not None
    assert mail.facts.rebook_until == START


def test_a_decline_is_judged_by_its_receipt_at_the_second(play: Play) -> None:
    play.now = START - HOUR  # processed too late; received in time
    play.sees(reply(), at=START - 65 * HOUR / 60)
    assert play.session.state is SessionState.CANCELLED


def test_a_late_decline_is_answered_and_the_session_stands(play: Play) -> None:
    play.now = START - 64 * HOUR / 60
    play.sees(reply())
    assert play.session.state is SessionState.BOOKED
    assert [mail.refused for mail in play.mails(Letter.REFUSAL)] == ["too-late"]


def test_what_staff_set_at_short_notice_can_be_declined_until_its_start(play: Play) -> None:
    play.session = replace(play.session, staff_set_at=START - 2 * HOUR)
    play.now = START - HOUR / 60
    play.sees(reply())
    assert play.session.state is SessionState.CANCELLED
    assert play.mails(Letter.REFUSAL) == []


def test_one_of_several_declines_and_it_is_recorded_alone() -> None:
    play = Play()
    assert play.answers(booking(START, colleagues=(COLLEAGUE,))).accepted
    play.performs()
    play.sees(reply(email=COLLEAGUE.email), reply())
    assert play.session.state is SessionState.BOOKED
    assert [i.partstat for i in play.session.invited] == ["DECLINED", "DECLINED"]


@pytest.mark.parametrize(
    "changed",
    [{"authentic": False}, {"email": "mallory@evil.example"}, {"delegated": True}, {"partstat": "DELEGATED"}],
)
def test_what_is_not_proved_not_invited_or_delegated_cancels_nothing_and_is_shown(
    play: Play, changed: dict[str, Any]
) -> None:
    play.sees(reply(**changed))
    assert play.session.state is SessionState.BOOKED
    assert [m.letter for m in play.staff_mails()] == [StaffLetter.CLAIM]


def test_an_answer_to_the_time_before_a_move_is_refused_with_what_can_be_done(play: Play) -> None:
    play.sees(RescheduleRequested("link", Side.CUSTOMER, START + 2 * HOUR, "dana", asked(START + 2 * HOUR), CARL.email))
    play.sees(reply())
    assert (play.session.state, invited(play).partstat) == (SessionState.BOOKED, "NEEDS-ACTION")
    assert len(play.mails(Letter.REFUSAL)) == 1
    play.sees(reply("ACCEPTED", NOW + HOUR / 60))
    assert invited(play).partstat == "NEEDS-ACTION", "an old acceptance is none of the new time"
    assert len(play.mails(Letter.REFUSAL)) == 1, "and needs no answer"
    play.sees(reply(sequence=1, dtstamp=NOW + HOUR / 30), at=NOW + HOUR / 30)
    assert play.session.state is SessionState.CANCELLED


def test_answers_out_of_order_and_twice_have_the_effect_of_the_latest_once(play: Play) -> None:
    later = NOW + HOUR
    play.now = later
    play.sees(reply("ACCEPTED", later))
    play.sees(reply("DECLINED", NOW))
    assert (invited(play).partstat, len(play.mails(Letter.REFUSAL))) == ("ACCEPTED", 1)
    before = len(play.effects)
    play.sees(reply("ACCEPTED", later))
    assert len(play.effects) == before


def test_a_clock_that_is_ahead_does_not_outlive_later_answers(play: Play) -> None:
    play.sees(reply("ACCEPTED", NOW + 10 * HOUR))
    play.now = NOW + HOUR
    play.sees(reply("DECLINED", NOW + HOUR / 2), at=NOW + HOUR)
    assert play.session.state is SessionState.CANCELLED


def test_answers_to_one_address_have_an_end(play: Play) -> None:
    play.now = START - HOUR / 60
    for number in range(20):
        play.sees(reply(dtstamp=START - HOUR / 2 + timedelta(seconds=number)))
    assert len(play.mails(Letter.REFUSAL)) == play.terms.answers_per_day


def counter(start: datetime = START + 2 * HOUR, **changed: Any) -> CounterReceived:
    base = CounterReceived(CARL.email, "uid", 0, start, start + HOUR / 2, authentic=True)
    return replace(base, **changed)


def test_a_counter_proposal_moves_nothing_and_staff_answer_it_with_a_request(play: Play) -> None:
    play.sees(counter())
    assert play.session.starts_at == START
    (question,) = play.session.questions
    assert play.answers(StaffAnswered(question.id, Choice.MOVE, "dana")).accepted
    assert (play.session.starts_at, play.session.sequence) == (START + 2 * HOUR, 1)
    assert play.session.staff_set_at == play.now, "it never counts against them (C10)"
    assert [(m.method, m.sequence) for m in play.mails(Letter.UPDATE)] == [(Method.REQUEST, 1)]


def test_or_with_declinecounter_under_a_later_dtstamp_each_time(play: Play) -> None:
    stamps = []
    for hours in (2, 3):
        play.sees(counter(START + hours * HOUR))
        (question,) = play.session.questions
        play.sees(StaffAnswered(question.id, Choice.LEAVE, "dana"))
        stamps.append(play.dtstamp)
    mails = play.mails(Letter.COUNTER_DECLINED)
    assert [(m.method, m.sequence) for m in mails] == [(Method.DECLINECOUNTER, 0)] * 2
    assert len({m.ordinal for m in mails}) == 2
    assert stamps[0] < stamps[1]
    assert (play.session.starts_at, play.session.sequence) == (START, 0)


@pytest.mark.parametrize("changed", [{"authentic": False}, {"starts_at": None}, {"email": "mallory@evil.example"}])
def test_a_counter_that_proves_or_proposes_nothing_asks_nothing(play: Play, changed: dict[str, Any]) -> None:
    play.sees(counter(**changed))
    assert play.session.questions == ()
    assert [m.letter for m in play.staff_mails()] == [StaffLetter.CLAIM]


def test_a_copy_goes_to_the_invited_alone_with_a_later_dtstamp_and_not_too_often(play: Play) -> None:
    play.sees(reply("ACCEPTED"))
    before = play.dtstamp
    play.sees(RefreshReceived("mallory@evil.example", "uid", authentic=False))
    assert len(play.mails(Letter.INVITATION)) == 1
    for _ in range(3):
        play.sees(RefreshReceived(CARL.email, "uid", authentic=False))
    _, copy = play.mails(Letter.INVITATION)
    assert (copy.cause, copy.sequence, copy.partstat, copy.to) == (Cause.ASKED, 0, "ACCEPTED", CARL)
    assert copy.dtstamp is not None
    assert copy.dtstamp > before
    play.now += play.terms.resend_after
    play.sees(RefreshReceived(CARL.email, "uid", authentic=False))
    assert len(play.mails(Letter.INVITATION)) == 3


def test_after_a_cancellation_the_copy_is_the_cancellation(play: Play) -> None:
    play.sees(reply())
    play.sees(RefreshReceived(CARL.email, "uid", authentic=True))
    first, copy = play.mails(Letter.CANCELLATION)
    assert (copy.method, copy.sequence) == (Method.CANCEL, first.sequence)
    assert copy.ordinal != first.ordinal


@pytest.mark.parametrize("action", ["failed", "unstructured"])
def test_a_bounce_marks_the_address_for_good_and_tells_staff(play: Play, action: str) -> None:
    play.sees(BounceReceived(CARL.email, action, "5.1.1", "no such user"), at=NOW - HOUR / 60)
    assert invited(play).bounced_at == NOW - HOUR / 60
    (mail,) = play.staff_mails()
    assert mail.letter is StaffLetter.MAIL_REFUSED
    assert "5.1.1" in mail.detail
    play.sees(BounceReceived(CARL.email, action))
    assert invited(play).bounced_at == NOW - HOUR / 60
    play.sees(RescheduleRequested("link", Side.CUSTOMER, START + 2 * HOUR, "dana", asked(START + 2 * HOUR), CARL.email))
    assert invited(play).bounced_at == NOW - HOUR / 60


def test_a_delay_and_an_absence_notice_are_noted_alone(play: Play) -> None:
    before = len(play.effects)
    play.sees(BounceReceived(CARL.email, "delayed", "4.2.0"), AutoReplyReceived(CARL.email, "Away"))
    assert invited(play).bounced_at is None
    assert len(play.effects) == before


def test_words_are_shown_and_nothing_follows(play: Play) -> None:
    play.sees(WordsReceived(CARL.email, "Re: Invitation", "Please cancel this session."))
    assert play.session.state is SessionState.BOOKED
    (mail,) = play.staff_mails()
    assert mail.letter is StaffLetter.WORDS
    assert "Please cancel" in mail.detail
    play.sees(WordsReceived("dana@desk.example", "Re: Invitation", "We will see."))
    assert len(play.staff_mails()) == 1, "staff need not be told of their own words"
