"""Emergencies squeezed in, return calls, and the gaps for both (O1-O4, C10, C11, S9, K6, A16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from syncd.domain.calling import CallPlanned, CallResulted, RequestMissed, RequestServed, SqueezedIn
from syncd.domain.case import Neighbour
from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Slot
from syncd.domain.effect import CalendarPut, EffectKind
from syncd.domain.evidence import CancelRequested, EntrySeen, RestoreRequested, StaffAnswered
from syncd.domain.letters import Cause, Letter
from syncd.domain.people import Company, Entitlement, OpenHours, Plan, Side
from syncd.domain.session import CallOutcome, Choice, Door, QuestionKind, SessionState
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.policy.deadlines import cancel_until
from syncd.policy.gaps import call_gaps, emergency_gaps
from syncd.policy.slots import InTheWay, claims_for
from tests.policy.play import ACME, CARL, DANA, DESK, EMIL, NOW, ONLINE, Play, asked

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MAINTAINED = replace(ACME, plan=Plan.MAINTENANCE)
SOON = NOW + 20 * MINUTE
CALL = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)  # 9:00 in New York
FREE = InTheWay((), ())
CALLING = replace(DESK, calling_number="+15713173122")


def squeezed(starts_at: datetime = SOON, **changes: Any) -> SqueezedIn:
    wanted = SqueezedIn("uid-1", "online", "dana", starts_at, "r1", "acme", "carl", "Carl", CARL.email, "emil", "Acme")
    return replace(wanted, **changes)


def planned(starts_at: datetime = CALL, **changes: Any) -> CallPlanned:
    plan = CallPlanned(
        "uid-1", "dana", starts_at, "r1", "acme", "carl", "Carl", CARL.email, "+12025550143", asked(starts_at)
    )
    return replace(plan, **changes)


def called(**changes: Any) -> Play:
    play = Play(company=MAINTAINED, desk=CALLING, **changes)
    assert play.answers(planned()).code is AnswerCode.BOOKED
    play.performs()
    return play


def told_the_request(play: Play) -> list[object]:
    return [e.payload for d in play.decisions for e in d.derived if e.subject == "request:r1"]


# -- emergencies -------------------------------------------------------------------------------------------------------


def test_an_emergency_is_booked_at_once_over_whatever_stands_there_and_told_in_the_customers_zone() -> None:
    there = Neighbour("s2", "dana", "room-1", Span(SOON, SOON + HOUR), claims_for(ONLINE, "dana", DESK.rooms[0],
                      Span(SOON, SOON + HOUR), may_overlap=False))  # fmt: skip
    play = Play(company=MAINTAINED, neighbours=(there,), busy=(("dana", Span(SOON, SOON + HOUR)),))
    assert play.answers(squeezed()).code is AnswerCode.BOOKED
    assert (play.session.door, play.session.room_id, play.session.staff_set_at) == (Door.EMERGENCY, "room-2", NOW)
    assert play.booking.entitlement is Entitlement.PLAN
    assert all(claim.may_overlap for claim in play.decisions[-1].claims or ())
    (mail,) = play.mails()
    assert (mail.letter, mail.cause, mail.to.zone) == (Letter.INVITATION, Cause.BOOKED_BY_STAFF, "America/New_York")
    assert mail.facts is not None
    assert (mail.facts.cancel_until, mail.facts.no_show_months) == (SOON, None), "C11, S9"
    assert told_the_request(play) == [RequestServed("s1")]
    assert play.kinds() == ["mail.customer", "calendar.put"], "and nobody is told of a collision that they made"
    assert play.answers(squeezed(SOON + HOUR, staff_id="emil")).code is AnswerCode.ALREADY_BOOKED


def test_its_decline_frees_the_slot_until_the_start_and_nothing_counts() -> None:
    play = Play(company=MAINTAINED)
    play.sees(squeezed())
    play.performs()
    assert cancel_until(play.session, play.terms) == SOON
    answer = play.answers(CancelRequested("link", Side.CUSTOMER, CARL.email), at=SOON - MINUTE)
    assert answer.code is AnswerCode.CANCELLED
    decision = play.decisions[-1]
    assert decision.claims == ()
    assert {e.payload.kind for e in decision.derived} == {"request-missed"}, "no same-day change (C10)"
    assert told_the_request(play)[-1] == RequestMissed("s1", "declined")
    assert play.answers(RestoreRequested("link", Side.CUSTOMER, asked(SOON))).code is AnswerCode.RESTORED
    assert told_the_request(play)[-1] == RequestServed("s1")


@pytest.mark.parametrize(("company", "name"), [(ACME, "Acme Ltd"), (None, "Acme")])
def test_without_maintenance_it_is_a_courtesy(company: Company | None, name: str) -> None:
    play = Play(company=company)
    assert play.answers(squeezed()).accepted
    assert (play.booking.entitlement, play.booking.company_name) == (Entitlement.COURTESY, name)


def test_a_blocked_company_goes_before_staff_first_and_may_be_pressed_again_when_they_left_it() -> None:
    play = Play(company=replace(MAINTAINED, blocked_by_desk=True))
    assert play.answers(squeezed()).code is AnswerCode.RECORDED
    (question,) = play.session.questions
    assert (question.kind, play.session.state, play.mails()) == (QuestionKind.BLOCKED_COMPANY, SessionState.HELD, [])
    play.sees(StaffAnswered(question.id, Choice.LEAVE, "emil"))
    assert (play.session.state, told_the_request(play)) == (SessionState.LAPSED, [])
    play.sees(squeezed())
    (question,) = play.session.questions
    play.sees(StaffAnswered(question.id, Choice.BOOK, "emil"))
    assert (play.session.state, told_the_request(play)) == (SessionState.BOOKED, [RequestServed("s1")])


def test_what_cannot_be_is_answered() -> None:
    for wanted in (squeezed(NOW), squeezed(type_id="other"), squeezed(staff_id="nobody")):
        answer = Play(company=MAINTAINED).answers(wanted)
        assert answer.code in (AnswerCode.SLOT_PAST, AnswerCode.NOT_OFFERED)


# -- gaps --------------------------------------------------------------------------------------------------------------


def at_nine(slots: tuple[Slot, ...]) -> list[tuple[str, str]]:
    return [(slot.starts_at.strftime("%a %H:%M"), slot.staff_id) for slot in slots]


def test_gaps_are_nearest_first_today_then_tomorrow_with_buffers_kept() -> None:
    hours = tuple(OpenHours(day, time(9), time(12))
                  for day in range(5))  # fmt: skip
    desk = replace(DESK, staff=(replace(DANA, hours=hours), replace(EMIL, hours=hours)))  # 8 to 11 UTC
    session = Span(NOW + HOUR / 2, NOW + HOUR)
    mine = Neighbour("s2", "dana", None, session, claims_for(ONLINE, "dana", None, session, may_overlap=False))
    ways = {"dana": InTheWay((), (mine,)), "emil": InTheWay((Span(NOW - HOUR, NOW + 2 * HOUR),), (mine,))}
    found = emergency_gaps(desk, ONLINE, ways, Terms(), NOW + MINUTE)
    assert at_nine(found) == [("Mon 10:10", "dana"), ("Tue 08:00", "dana"), ("Tue 08:00", "emil")]
    assert emergency_gaps(desk, ONLINE, {}, Terms(), NOW) == (), "who cannot be read has none (CAL-26)"


def test_a_call_rings_between_eight_and_twenty_of_theirs_only() -> None:
    desk = replace(DESK, staff=(replace(DANA, zone="America/New_York"),))
    assert at_nine(call_gaps(desk, {"dana": FREE}, "America/New_York", Terms(), NOW)) == [
        ("Mon 13:00", "dana"),
        ("Tue 13:00", "dana"),
    ]
    until = InTheWay((Span(NOW, datetime(2026, 3, 3, 0, 45, tzinfo=UTC)),), ())  # 19:45 there
    (last, _) = call_gaps(desk, {"dana": until}, "America/New_York", Terms(), NOW)
    assert last.starts_at == until.busy[0].ends_at
    full = InTheWay((Span(NOW, datetime(2026, 3, 3, 0, 55, tzinfo=UTC)),), ())  # ten minutes no longer end by eight
    assert at_nine(call_gaps(desk, {"dana": full}, "America/New_York", Terms(), NOW)) == [("Tue 13:00", "dana")]


# -- return calls ------------------------------------------------------------------------------------------------------


def test_a_call_is_held_with_its_number_and_told_without_an_invitation() -> None:
    play = called()
    session = play.session
    assert (session.door, session.room_id, session.span.length) == (Door.RETURN_CALL, None, 10 * MINUTE)
    (mail,) = play.mails()
    assert (mail.letter, mail.method) == (Letter.RETURN_CALL, None)
    assert mail.facts is not None
    assert (mail.facts.call_number, mail.facts.calls_from) == ("+12025550143", "+15713173122")
    (put,) = [e.body for e, _ in play.effects.values() if isinstance(e.body, CalendarPut)]
    assert put.facts.outcome == ""
    assert told_the_request(play) == [RequestServed("s1")]
    play.wait_until(session.ends_at)
    assert session.attendance == play.session.attendance, "no attendance, no reminder"
    assert len(play.mails()) == 1


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (planned(NOW + HOUR, asked=asked(NOW + HOUR)), AnswerCode.NOT_OFFERED),  # 5 o'clock there
        (planned(asked=asked(CALL, busy=(Span(CALL, CALL + HOUR),))), AnswerCode.SLOT_TAKEN),
        (planned(asked=asked(CALL, unreadable=("cal-dana",))), AnswerCode.UNREADABLE),
    ],
)
def test_a_gap_that_is_none_is_not_held(wanted: CallPlanned, code: AnswerCode) -> None:
    play = Play(company=MAINTAINED)
    assert play.answers(wanted).code is code
    assert play.kept is None


def test_a_tag_in_the_event_says_the_outcome_and_the_customer_is_sent_to_the_booking_page() -> None:
    play = called()
    play.wait_until(CALL + 5 * MINUTE)
    seen = EntrySeen(play.entry.ref, "s1", play.shown(), tags=("#notreached",))
    play.sees(seen)
    assert play.session.call is not None
    assert (play.session.call.outcome, play.session.state) == (CallOutcome.NOT_REACHED, SessionState.ENDED)
    assert play.decisions[-1].claims == (), "the time is free again"
    assert [(m.letter, m.cause) for m in play.mails()][1:] == [(Letter.CALL_OVER, Cause.NOT_REACHED)]
    assert "calendar.put" in play.kinds(), "the event says what it came to"
    before = len(play.effects)
    play.sees(seen)
    assert len(play.effects) == before, "the tag is read once"
    assert play.answers(CallResulted(CallOutcome.DONE, "dana")).code is AnswerCode.ALREADY_OVER


def test_done_before_its_time_takes_the_event_away_and_needs_no_mail() -> None:
    play = called()
    assert play.answers(CallResulted(CallOutcome.DONE, "dana")).code is AnswerCode.RECORDED
    assert play.kinds() == ["calendar.remove"]
    assert len(play.mails()) == 1


def test_a_call_that_takes_a_session_opens_the_request_again() -> None:
    play = called()
    play.wait_until(CALL + MINUTE)
    play.sees(CallResulted(CallOutcome.SESSION, "dana"))
    assert told_the_request(play)[-1] == RequestMissed("s1", "needs-session")
    assert play.mails()[-1].cause is Cause.NEEDS_SESSION


def test_staff_are_asked_what_it_came_to_and_nothing_follows_until_they_say() -> None:
    play = called()
    play.wait_until(CALL + 10 * MINUTE + Terms().call_asked_after)
    (question,) = play.session.questions
    assert (question.kind, len(play.staff_mails()), len(play.mails())) == (QuestionKind.CALL_OUTCOME, 1, 1)
    assert play.answers(StaffAnswered(question.id, Choice.NOT_REACHED, "dana")).code is AnswerCode.RECORDED
    assert play.session.call is not None
    assert play.session.call.outcome is CallOutcome.NOT_REACHED


def test_staff_move_or_drop_the_call_in_their_calendar_and_the_customer_is_told() -> None:
    play = called()
    later = replace(play.shown(), starts_at=CALL + HOUR, ends_at=CALL + HOUR + 10 * MINUTE)
    play.sees(EntrySeen(replace(play.entry.ref, version="v9"), "s1", later))
    assert (play.session.starts_at, play.mails()[-1].cause) == (CALL + HOUR, Cause.MOVED_BY_STAFF)
    assert [c.span.starts_at for c in play.decisions[-1].claims or ()] == [CALL + HOUR]
    assert play.answers(CancelRequested("desk", Side.STAFF, "dana")).code is AnswerCode.CANCELLED
    assert (play.mails()[-1].letter, play.mails()[-1].cause) == (Letter.CALL_OVER, Cause.CANCELLED_BY_STAFF)
    assert told_the_request(play)[-1] == RequestMissed("s1", "cancelled")
    assert EffectKind.CALENDAR_REMOVE in play.kinds()
