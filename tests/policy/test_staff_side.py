"""What staff do in their calendar, and what syncd asks of them (K3-K9, C6, CAL-6, 7, 14, 19, 21, N8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest

from syncd.domain.attended import ShiftRequested
from syncd.domain.case import CalendarHealth, Neighbour
from syncd.domain.decision import AnswerCode
from syncd.domain.effect import CalendarPut, CalendarRemove, EffectKind
from syncd.domain.evidence import (
    DeletionJudged,
    DeletionReported,
    EffectParked,
    EffectStale,
    EntryGone,
    EntrySeen,
    Identified,
    LookAnswered,
    MarkedEntrySeen,
    RescheduleRequested,
    SeenAttendee,
    StaffAnswered,
)
from syncd.domain.keys import session_key
from syncd.domain.letters import Cause, Letter, StaffLetter
from syncd.domain.people import Entitlement, Side
from syncd.domain.session import Choice, Door, EntryRef, Session, SessionState, Signature
from syncd.domain.spans import Span
from tests.policy.play import ACME, CARL, NOW, Play, asked, booked, booking, state_of

TOMORROW = NOW + timedelta(days=1)
LATER = TOMORROW + timedelta(hours=3)
MINUTE = timedelta(minutes=1)
CARLS = Identified("acme", "carl", CARL.email, CARL.name)


def seen(
    play: Play,
    starts_at: datetime | None = None,
    version: str = "v9",
    modified_at: datetime | None = None,
    **changes: Any,
) -> EntrySeen:
    ref = EntryRef("cal-dana", "event-1", version)
    return replace(EntrySeen(ref, "s1", play.shown(starts_at), modified_at), **changes)


def marked(
    starts_at: datetime = TOMORROW,
    people: tuple[Identified, ...] = (CARLS,),
    version: str = "v1",
    **changes: Any,
) -> MarkedEntrySeen:
    signature = Signature(starts_at, starts_at + timedelta(minutes=45), "confirmed", "")
    wanted = MarkedEntrySeen(EntryRef("cal-dana", "theirs", version), "uid-1", signature, "Upgrade", people=people)
    return replace(wanted, **changes)


def gone(play: Play, how: Literal["tombstone", "absent"] = "tombstone") -> EntryGone:
    return EntryGone(play.entry.ref, how)


def vanish(play: Play, how: Literal["tombstone", "absent"] = "tombstone") -> None:
    """The event is reported gone, and a direct look confirms it."""
    play.sees(gone(play, how))
    (look,) = [e for e in play.performs() if e.kind is EffectKind.CALENDAR_LOOK]
    play.sees(LookAnswered(look.key, "gone"))


# --- echoes and moves ----------------------------------------------------------------------------------------------


def test_our_own_write_is_no_change() -> None:
    play = booked(TOMORROW)
    play.sees(seen(play, version="v77"))
    assert play.session.revision == 1
    assert play.entry.ref.version == "v77"
    assert not play.kinds()


def test_staff_move_the_event_and_the_customer_is_told_once() -> None:
    play = booked(TOMORROW)
    play.sees(seen(play, LATER))
    play.sees(seen(play, LATER))
    (update,) = play.mails(Letter.UPDATE)
    assert (update.sequence, update.cause, update.former_starts_at) == (1, Cause.MOVED_BY_STAFF, TOMORROW)
    assert play.session.starts_at == LATER


def test_an_event_elsewhere_is_not_this_sessions_entry() -> None:
    play = booked(TOMORROW)
    play.sees(seen(play, LATER, ref=EntryRef("cal-dana", "a-copy", "v1")))
    play.sees(seen(play, LATER, ref=EntryRef("cal-emil", "event-1", "v1")))
    assert play.session.starts_at == TOMORROW


def edited_on_both_sides(staff_after: timedelta | None) -> Play:
    """The customer moved it; staff's edit, so much later (earlier), is met before our write is through."""
    play = booked(TOMORROW)
    play.now = NOW + timedelta(hours=1)
    there = TOMORROW + timedelta(hours=1)
    play.answers(RescheduleRequested("link", Side.CUSTOMER, there, "dana", asked(there), CARL.email))
    modified = None if staff_after is None else play.now + staff_after
    put = next(e for e, _ in play.effects.values() if e.kind is EffectKind.CALENDAR_PUT and e.revision == 2)
    play.now += MINUTE
    play.sees(EffectStale(put.key, put.kind, 2, seen(play, LATER, modified_at=modified)))
    return play


@pytest.mark.parametrize("after", [timedelta(minutes=2), timedelta(seconds=-60), timedelta(0), None])
def test_staffs_edit_wins_when_later_within_a_minute_or_of_unknown_time(after: timedelta | None) -> None:
    play = edited_on_both_sides(after)
    assert (play.session.starts_at, play.session.changed_by) == (LATER, Side.STAFF)
    assert play.mails(Letter.UPDATE)[-1].cause is Cause.MOVED_BY_STAFF


def test_the_customers_later_change_stands_and_the_event_is_written_again() -> None:
    play = edited_on_both_sides(timedelta(seconds=-61))
    assert play.session.starts_at == TOMORROW + timedelta(hours=1)
    assert [m.letter for m in play.staff_mails()] == [StaffLetter.OVERRULED]
    put = [e for e, _ in play.effects.values() if e.kind is EffectKind.CALENDAR_PUT][-1]
    assert put.revision == 2
    assert play.bodies(CalendarPut)[-1].ref == EntryRef("cal-dana", "event-1", "v9")


def test_a_conflict_of_notes_alone_is_written_again() -> None:
    play = booked(TOMORROW)
    there = TOMORROW + timedelta(hours=1)
    play.answers(RescheduleRequested("link", Side.CUSTOMER, there, "dana", asked(there), CARL.email))
    put = next(e for e, _ in play.effects.values() if e.kind is EffectKind.CALENDAR_PUT and e.revision == 2)
    play.sees(EffectStale(put.key, put.kind, 2, seen(play, TOMORROW, version="v5")))
    assert play.session.starts_at == there
    assert play.bodies(CalendarPut)[-1].ref == EntryRef("cal-dana", "event-1", "v5")


def test_a_refused_write_is_never_called_done() -> None:
    play = Play()
    play.answers(booking(TOMORROW))
    put = next(e for e, _ in play.effects.values() if e.kind is EffectKind.CALENDAR_PUT)
    play.sees(EffectParked(put.key, put.kind, 1, "403 no write access", "Share the calendar with syncd."))
    assert play.session.entry is None
    assert [m.letter for m in play.staff_mails()] == [StaffLetter.REFUSED_WRITE]


def test_a_collision_is_told_to_staff_once_and_the_session_stays() -> None:
    play = booked(TOMORROW)
    play.busy = (("dana", Span(TOMORROW, TOMORROW + timedelta(minutes=10))),)
    play.sees()
    play.sees()
    assert [m.letter for m in play.staff_mails()] == [StaffLetter.COLLISION]
    assert play.session.state is SessionState.BOOKED


# --- deletions -----------------------------------------------------------------------------------------------------


def test_staff_delete_the_event_and_the_customer_gets_the_cancellation() -> None:
    play = booked(TOMORROW)
    vanish(play)
    (mail,) = play.mails(Letter.CANCELLATION)
    assert mail.cause is Cause.CANCELLED_BY_STAFF
    assert "calendar.remove" not in play.kinds()


def test_a_reported_deletion_of_a_living_event_cancels_nothing() -> None:
    play = booked(TOMORROW)
    play.sees(gone(play))
    play.performs()
    play.sees(LookAnswered("k", "found", seen(play)))
    assert (play.session.state, play.session.missing) == (SessionState.BOOKED, None)


def test_no_error_is_ever_a_deletion() -> None:
    play = booked(TOMORROW)
    play.sees(gone(play))
    for _ in range(5):
        play.performs()
        play.sees(LookAnswered("k", "unknown"))
        play.wait_until(play.now + timedelta(minutes=5))
    assert play.session.state is SessionState.BOOKED
    assert sum(e.kind is EffectKind.CALENDAR_LOOK for e, _ in play.effects.values()) == 6


def test_many_deletions_at_once_wait_for_a_person() -> None:
    play = booked(TOMORROW, health=CalendarHealth(coming=8, gone_recently=3))
    vanish(play)
    assert play.session.state is SessionState.BOOKED
    assert isinstance(play.decisions[-1].derived[0].payload, DeletionReported)
    play.sees(DeletionJudged(Choice.RESTORE))
    assert play.session.missing is None
    assert play.kinds()[-1] == "calendar.put"


@pytest.mark.parametrize(
    ("health", "how", "state"),
    [
        (CalendarHealth(coming=12, gone_recently=3), "tombstone", SessionState.CANCELLED),  # a quarter, not more
        (CalendarHealth(coming=2, gone_recently=2), "tombstone", SessionState.CANCELLED),
        (CalendarHealth(coming=2, gone_recently=2), "absent", SessionState.BOOKED),  # an emptied calendar
        (CalendarHealth(coming=1, gone_recently=1), "absent", SessionState.BOOKED),
        (CalendarHealth(coming=9, gone_recently=1, failing_since=NOW), "tombstone", SessionState.BOOKED),
    ],
)
def test_an_emptied_calendar_is_held(
    health: CalendarHealth, how: Literal["tombstone", "absent"], state: SessionState
) -> None:
    play = booked(TOMORROW, health=health)
    vanish(play, how)
    assert play.session.state is state


def test_near_the_start_staff_are_asked_and_silence_cancels_after_15_minutes() -> None:
    play = booked(TOMORROW)
    play.now = TOMORROW - timedelta(hours=1)
    vanish(play)
    assert play.session.state is SessionState.BOOKED
    (question,) = [m.question for m in play.staff_mails() if m.letter is StaffLetter.QUESTION]
    assert question is not None
    assert question.choices == (Choice.CANCEL, Choice.RESTORE)
    play.wait_until(TOMORROW - timedelta(minutes=45))
    assert state_of(play.decisions[-1], Session).state is SessionState.CANCELLED
    assert [m.repeated for m in play.staff_mails() if m.letter is StaffLetter.QUESTION] == [False, True]


def test_staff_say_restore_and_the_event_is_written_anew_without_a_word_to_the_customer() -> None:
    play = booked(TOMORROW)
    play.now = TOMORROW - timedelta(hours=1)
    vanish(play)
    question = play.session.questions[0]
    mails = len(play.mails())
    assert play.answers(StaffAnswered(question.id, Choice.RESTORE, "dana")).code is AnswerCode.RECORDED
    assert play.bodies(CalendarPut)[-1].ref is None
    assert len(play.mails()) == mails
    assert play.answers(StaffAnswered(question.id, Choice.CANCEL, "dana")).code is AnswerCode.STALE_QUESTION


def test_a_deletion_after_the_start_cancels_nothing() -> None:
    play = booked(TOMORROW)
    play.now = TOMORROW + MINUTE
    play.sees(gone(play))
    assert (play.session.state, play.session.missing) == (SessionState.BOOKED, None)


# --- staff book (K7) -----------------------------------------------------------------------------------------------


def test_a_marked_event_with_a_contacts_address_becomes_a_session() -> None:
    play = Play()
    play.sees(marked())
    session = play.session
    assert (session.state, session.door) == (SessionState.BOOKED, Door.CALENDAR)
    assert play.booking.entitlement is Entitlement.PLAN
    assert (session.ends_at - session.starts_at) == timedelta(minutes=45)
    assert [m.letter for m in play.mails()] == [Letter.INVITATION]
    put = play.bodies(CalendarPut)[0]
    assert (put.adopted, put.ref) == (True, EntryRef("cal-dana", "theirs", "v1"))


def test_what_staff_set_without_an_entitlement_is_courtesy() -> None:
    play = Play(company=replace(ACME, plan=None))
    play.sees(marked())
    assert play.booking.entitlement is Entitlement.COURTESY


@pytest.mark.parametrize(
    "changes",
    [
        {"people": ()},
        {"people": (CARLS, replace(CARLS, company_id="other"))},
        {"people": (replace(CARLS, email=""),)},
        {"recurring": True},
    ],
)
def test_an_unclear_mark_is_put_before_staff_and_books_nothing(changes: dict[str, Any]) -> None:
    play = Play()
    play.sees(marked(**changes))
    assert play.kept is None
    (told,) = play.staff_mails()
    assert told.letter is StaffLetter.MARK_UNCLEAR
    assert told.hint or changes.get("recurring")


def test_a_blocked_company_is_put_before_staff_first() -> None:
    play = Play(company=replace(ACME, blocked=True))
    play.sees(marked())
    assert (play.session.state, play.mails()) == (SessionState.HELD, [])
    question = play.session.questions[0]
    play.sees(marked(version="v2"))  # an edit in the meantime does not ask again
    assert len(play.staff_mails()) == 1
    play.answers(StaffAnswered(question.id, Choice.BOOK, "dana"))
    assert play.session.state is SessionState.BOOKED
    assert [m.letter for m in play.mails()] == [Letter.INVITATION]


def test_where_the_provider_invited_no_mail_of_ours_goes_out() -> None:
    play = Play()
    people = (SeenAttendee(CARL.email, CARL.name),)
    play.sees(marked(provider_invites=True, attendees=people))
    assert play.mails() == []
    assert play.bodies(CalendarPut)[0].with_attendees


def test_a_decline_in_the_attendee_list_cancels_when_one_was_invited() -> None:
    play = Play()
    play.sees(marked(provider_invites=True, attendees=(SeenAttendee(CARL.email),)))
    put = next(e for e, _ in play.effects.values() if e.kind is EffectKind.CALENDAR_PUT)
    play.sees(play.acknowledged(put))
    written = play.entry.written
    assert written is not None
    declined = (SeenAttendee(CARL.email, partstat="DECLINED"),)
    play.sees(EntrySeen(play.entry.ref, "s1", written, NOW, declined))
    assert (play.session.state, play.session.cancelled_by) == (SessionState.CANCELLED, Side.CUSTOMER)
    assert play.bodies(CalendarRemove)[0].notify


def test_late15_in_the_running_session_tells_the_next_customer_once() -> None:
    """K13: the next of the same staff member, if it begins within an hour of the end; no colleague's, and no hold."""
    play = booked(TOMORROW)
    play.now = TOMORROW + 20 * MINUTE

    def near(number: int, minutes: int, staff_id: str = "dana", *, held: bool = False) -> Neighbour:
        span = Span(TOMORROW + minutes * MINUTE, TOMORROW + (minutes + 30) * MINUTE)
        return Neighbour(f"n{number}", staff_id, None, span, (), held)

    play.neighbours = (near(1, 30, "emil"), near(2, 35, held=True), near(3, 40), near(4, 80))
    tagged = seen(play, tags=("#late15",))
    first, again = play.sees(tagged), play.sees(tagged)
    told = [(e.subject, e.payload) for made in (first, again) for e in made.derived]
    assert told == [(session_key("n3"), ShiftRequested(15 * MINUTE, "dana"))]
    assert play.session.attendance.late_by == timedelta(0), "the running one is not shifted itself"
    play = booked(TOMORROW)
    play.now = TOMORROW + 20 * MINUTE
    play.neighbours = (near(4, 91),)
    assert play.sees(tagged).derived == (), "no overrun reaches it"
