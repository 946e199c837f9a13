"""Cutoffs, reschedules and reminders to the second, over clock changes too (C1, C4, C6, C9-C12, N2, N5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Invitations
from syncd.domain.effect import CustomerMail, EffectState
from syncd.domain.evidence import CancelRequested, EntrySeen, RescheduleRequested, RestoreRequested
from syncd.domain.letters import Cause, Letter, Method
from syncd.domain.people import Side
from syncd.domain.session import EntryRef, Invited, SessionState
from tests.policy.play import CARL, DESK, NOW, Play, asked, booked, booking

SECOND = timedelta(seconds=1)
TOMORROW = NOW + timedelta(days=1)
BY_LINK = CancelRequested("link", Side.CUSTOMER, CARL.email)


def move(starts_at: datetime, staff_id: str = "dana") -> RescheduleRequested:
    return RescheduleRequested("link", Side.CUSTOMER, starts_at, staff_id, asked(starts_at, staff_id), CARL.email)


def test_cancelling_at_exactly_65_minutes_is_accepted() -> None:
    play = booked(TOMORROW)
    play.now = TOMORROW - timedelta(minutes=65)
    assert play.answers(BY_LINK).code is AnswerCode.CANCELLED
    (mail,) = play.mails(Letter.CANCELLATION)
    assert (mail.method, mail.sequence) == (Method.CANCEL, 1)
    assert "calendar.remove" in play.kinds()


def test_one_second_later_it_is_refused_with_the_deadline() -> None:
    play = booked(TOMORROW)
    play.now = TOMORROW - timedelta(minutes=65) + SECOND
    answer = play.answers(BY_LINK)
    assert (answer.code, answer.until) == (AnswerCode.TOO_LATE, TOMORROW - timedelta(minutes=65))
    assert play.session.state is SessionState.BOOKED


def test_a_request_is_judged_by_its_receipt_not_by_its_processing() -> None:
    play = booked(TOMORROW)
    play.now = TOMORROW - timedelta(minutes=20)
    assert play.answers(BY_LINK, at=TOMORROW - timedelta(minutes=65)).code is AnswerCode.CANCELLED


@pytest.mark.parametrize(
    ("zone", "local_start"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 3, 30)),  # 65 min before lies before the gap
        ("America/New_York", datetime(2026, 11, 1, 1, 30)),  # an hour that occurs twice
        ("Australia/Lord_Howe", datetime(2026, 4, 5, 2, 0)),  # a clock change of half an hour
    ],
)
@pytest.mark.parametrize("fold", [0, 1])
def test_a_clock_change_shortens_no_cutoff(zone: str, local_start: datetime, fold: int) -> None:
    start = local_start.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
    for offset, code in ((timedelta(0), AnswerCode.CANCELLED), (SECOND, AnswerCode.TOO_LATE)):
        play = booked(start, now=start - timedelta(days=2))
        play.now = start - timedelta(minutes=65) + offset
        assert play.answers(BY_LINK).code is code


def test_a_late_decline_by_calendar_is_answered_by_mail() -> None:
    play = booked(TOMORROW)
    play.now = TOMORROW - timedelta(minutes=10)
    assert play.answers(CancelRequested("calendar", Side.CUSTOMER, CARL.email)).code is AnswerCode.TOO_LATE
    (refusal,) = play.mails(Letter.REFUSAL)
    assert refusal.cause is Cause.TOO_LATE


def test_a_reschedule_keeps_the_uid_and_raises_the_sequence() -> None:
    play = booked(TOMORROW)
    play.now += timedelta(minutes=1)
    uid, stamp = play.session.uid, play.dtstamp
    later = TOMORROW + timedelta(hours=3)
    assert play.answers(move(later)).code is AnswerCode.RESCHEDULED
    assert (play.session.uid, play.session.sequence, play.session.starts_at) == (uid, 1, later)
    assert play.dtstamp > stamp
    (mail,) = play.mails(Letter.UPDATE)
    assert mail.former_starts_at == TOMORROW
    assert mail.partstat == "NEEDS-ACTION"


def test_another_staff_member_at_the_same_time_and_place_keeps_sequence_and_the_customers_answer() -> None:
    """INV-34, INV-26: no property changed that raises SEQUENCE, so nobody is asked anew."""
    play = booked(TOMORROW)
    play.session = replace(play.session, invited=(Invited(CARL.email, 0, "ACCEPTED"),))
    for step, staff_id in enumerate(("emil", "dana"), start=1):
        play.now += timedelta(minutes=1)
        stamp = play.dtstamp
        assert play.answers(move(TOMORROW, staff_id)).code is AnswerCode.RESCHEDULED
        mail = play.mails(Letter.UPDATE)[-1]
        assert (mail.sequence, mail.partstat) == (0, "ACCEPTED")
        assert mail.dtstamp is not None
        assert mail.dtstamp > stamp
        assert len({m.ordinal for m in play.mails(Letter.UPDATE)}) == step, "each is a message of its own"
    play.now += timedelta(minutes=1)
    play.answers(move(TOMORROW + timedelta(hours=1)))
    mail = play.mails(Letter.UPDATE)[-1]
    assert (mail.sequence, mail.partstat, mail.ordinal) == (1, "NEEDS-ACTION", 0)


def test_a_booking_keeps_the_organizer_it_was_made_under() -> None:
    play = booked(TOMORROW)
    play.desk = replace(DESK, organizer="new@desk.example", invitations=Invitations(organizer_per_booking=True))
    play.now += timedelta(minutes=1)
    play.answers(move(TOMORROW + timedelta(hours=3)))
    facts = [mail.facts for mail in play.mails() if mail.facts]
    assert {(f.organizer, f.own_organizer) for f in facts} == {(DESK.organizer, False)}
    (later,) = [mail.facts for mail in booked(TOMORROW, desk=play.desk).mails()]
    assert later is not None
    assert later.own_organizer


def test_a_reschedule_to_a_colleague_moves_the_event() -> None:
    play = booked(TOMORROW)
    play.answers(move(TOMORROW, "emil"))
    assert sorted(play.kinds()) == ["calendar.put", "calendar.remove", "mail.customer"]
    lanes = {e.kind: e.lane for e, s in play.effects.values() if s is EffectState.PENDING and e.lane}
    assert lanes == {"calendar.put": "cal-emil", "calendar.remove": "cal-dana"}


def test_dtstamp_rises_even_within_one_second() -> None:
    play = booked(TOMORROW)
    stamps = [play.dtstamp]
    for hours in (1, 2, 3):
        play.answers(move(TOMORROW + timedelta(hours=hours)))
        stamps.append(play.dtstamp)
    assert stamps == sorted(set(stamps))


def test_what_is_pending_for_an_older_revision_is_superseded() -> None:
    play = Play()
    play.answers(booking(TOMORROW))
    play.answers(move(TOMORROW + timedelta(hours=1)))
    states = {e.body.letter: s for e, s in play.effects.values() if isinstance(e.body, CustomerMail)}
    assert states == {Letter.INVITATION: EffectState.DROPPED, Letter.UPDATE: EffectState.PENDING}


def test_a_time_that_staff_set_at_short_notice_can_be_declined_until_its_start() -> None:
    start = NOW + timedelta(hours=5)
    play = booked(NOW + timedelta(days=2))
    entry = play.entry.ref
    play.sees(EntrySeen(EntryRef(entry.calendar_id, entry.event_id, "v9"), "s1", play.shown(start)))
    assert (play.session.starts_at, play.session.changed_by) == (start, Side.STAFF)
    play.now = start - SECOND
    assert play.answers(BY_LINK).code is AnswerCode.CANCELLED


def test_a_cancelled_session_is_restored_while_its_slot_is_free() -> None:
    play = booked(TOMORROW)
    play.answers(BY_LINK)
    play.performs()
    assert play.answers(RestoreRequested("link", Side.CUSTOMER, asked(TOMORROW))).code is AnswerCode.RESTORED
    assert (play.session.state, play.session.sequence) == (SessionState.BOOKED, 2)


def test_every_request_about_a_cancelled_session_is_answered() -> None:
    play = booked(TOMORROW)
    play.answers(BY_LINK)
    assert play.answers(BY_LINK).code is AnswerCode.ALREADY_CANCELLED
    assert play.answers(move(TOMORROW + timedelta(hours=1))).code is AnswerCode.ALREADY_CANCELLED


def test_reminders_go_out_24_and_2_hours_before_once_each() -> None:
    start = NOW + timedelta(days=3)
    play = booked(start)
    play.wait_until(start + timedelta(hours=1))
    sent = [(m.letter, m.issued_at) for m in play.mails() if m.cause is Cause.DUE]
    assert sent == [
        (Letter.REMINDER_FIRST, start - timedelta(hours=24)),
        (Letter.REMINDER_LAST, start - timedelta(hours=2)),
    ]
    assert play.session.state is SessionState.ENDED
    assert play.decisions[-1].review_at is None


def test_a_reminder_whose_moment_had_passed_at_booking_is_not_sent() -> None:
    start = NOW + timedelta(hours=23)
    play = booked(start)
    play.wait_until(start)
    assert [m.letter for m in play.mails() if m.cause is Cause.DUE] == [Letter.REMINDER_LAST]


def test_a_moved_session_is_reminded_of_its_new_time_alone() -> None:
    start, later = NOW + timedelta(days=2), NOW + timedelta(days=4)
    play = booked(start)
    play.wait_until(start - timedelta(hours=23))
    play.performs()
    play.answers(move(later))
    play.performs()
    play.wait_until(later)
    reminded = [(m.letter, m.facts and m.facts.starts_at) for m in play.mails() if m.cause is Cause.DUE]
    assert reminded == [
        (Letter.REMINDER_FIRST, start),
        (Letter.REMINDER_FIRST, later),
        (Letter.REMINDER_LAST, later),
    ]


def test_after_an_outage_only_the_last_reminder_that_is_due_goes_out_and_none_after_the_start() -> None:
    start = NOW + timedelta(days=2)
    play = booked(start)
    play.now = start - timedelta(hours=1)
    play.sees()
    assert [m.letter for m in play.mails() if m.cause is Cause.DUE] == [Letter.REMINDER_LAST]
    asleep = booked(start)
    asleep.now = start
    asleep.sees()
    assert [m for m in asleep.mails() if m.cause is Cause.DUE] == []


def test_a_cancelled_session_is_not_reminded() -> None:
    start = NOW + timedelta(days=2)
    play = booked(start)
    play.answers(BY_LINK)
    play.wait_until(start)
    assert [m for m in play.mails() if m.cause is Cause.DUE] == []
