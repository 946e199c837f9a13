"""Eligibility, slots and holds, rule by rule (E, B, K2, K10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from syncd.domain.case import Neighbour
from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Desk
from syncd.domain.effect import CalendarPut, EffectKind
from syncd.domain.evidence import ContactBooked, HoldRequested
from syncd.domain.letters import Letter, Method
from syncd.domain.people import Company, Plan, Suspension
from syncd.domain.session import SessionState
from syncd.domain.spans import Span
from syncd.policy.slots import claims_for
from tests.policy.play import ACME, CARL, CARLS, DESK, NOW, ONLINE, Play, asked, booking

TOMORROW = NOW + timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)


def hold(starts_at: datetime = TOMORROW, staff_id: str = "dana") -> HoldRequested:
    return HoldRequested("uid-1", "online", staff_id, starts_at, "net-1", asked(starts_at, staff_id))


def neighbour(starts_at: datetime, staff_id: str = "dana", desk: Desk = DESK) -> Neighbour:
    span = Span(starts_at, starts_at + HALF_HOUR)
    claims = claims_for(ONLINE, staff_id, desk.rooms[0], span, may_overlap=False)
    return Neighbour("s2", staff_id, desk.rooms[0].id, span, claims)


def test_a_valid_code_books_a_free_session_with_invitation_and_event() -> None:
    play = Play()
    answer = play.answers(booking(TOMORROW))
    assert (answer.code, play.session.state) == (AnswerCode.BOOKED, SessionState.BOOKED)
    (invitation,) = play.mails()
    assert (invitation.letter, invitation.method, invitation.sequence) == (Letter.INVITATION, Method.REQUEST, 0)
    (put,) = [e for e, _ in play.effects.values() if e.kind is EffectKind.CALENDAR_PUT]
    assert isinstance(put.body, CalendarPut)
    assert put.lane == "cal-dana"
    (derived,) = play.decisions[-1].derived
    assert isinstance(derived.payload, ContactBooked)


@pytest.mark.parametrize(
    ("company", "code"),
    [
        (None, AnswerCode.UNKNOWN_CODE),
        (replace(ACME, listed=False), AnswerCode.UNKNOWN_CODE),
        (replace(ACME, plan=None), AnswerCode.PLAN_LAPSED),
        (replace(ACME, plan_until=date(2026, 3, 2)), AnswerCode.PLAN_LAPSED),
        (replace(ACME, blocked=True), AnswerCode.BLOCKED),
    ],
)
def test_without_entitlement_nothing_is_booked(company: Company | None, code: AnswerCode) -> None:
    play = Play(company=company)
    answer = play.answers(booking(TOMORROW, company_id="acme" if company else None))
    assert answer.code is code
    assert play.kept is None
    assert not play.effects


def test_the_plan_must_be_active_on_the_sessions_day_in_the_contacts_zone() -> None:
    late = NOW.replace(hour=4) + timedelta(days=1)  # 3 March 04:00 UTC is still the 2nd in New York
    play = Play(company=replace(ACME, plan_until=date(2026, 3, 2)))
    assert play.answers(booking(late)).code is AnswerCode.BOOKED


def test_both_plans_bring_free_sessions_by_default() -> None:
    for plan in Plan:
        assert Play(company=replace(ACME, plan=plan)).answers(booking(TOMORROW)).accepted


def test_a_suspended_contact_is_refused_until_the_suspension_ends() -> None:
    until = NOW + timedelta(days=30)
    play = Play(contact=replace(CARLS, suspensions=(Suspension(NOW - timedelta(days=1), until),)))
    answer = play.answers(booking(TOMORROW))
    assert (answer.code, answer.until) == (AnswerCode.SUSPENDED, until)
    play.now = until
    assert play.answers(booking(until + timedelta(days=1))).accepted


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        (NOW + timedelta(hours=2), AnswerCode.BOOKED),
        (NOW + timedelta(hours=1, minutes=45), AnswerCode.NOT_OFFERED),  # notice
        (NOW, AnswerCode.SLOT_PAST),
        (NOW + timedelta(days=31), AnswerCode.NOT_OFFERED),  # horizon
        (TOMORROW + timedelta(minutes=7), AnswerCode.NOT_OFFERED),  # off the grid
    ],
)
def test_only_offered_times_are_booked(starts_at: datetime, code: AnswerCode) -> None:
    assert Play().answers(booking(starts_at)).code is code


def test_busy_time_is_not_booked_over_whether_stored_or_live() -> None:
    span = Span(TOMORROW + timedelta(minutes=20), TOMORROW + timedelta(minutes=40))
    assert Play(busy=(("dana", span),)).answers(booking(TOMORROW)).code is AnswerCode.SLOT_TAKEN
    live = booking(TOMORROW, asked=asked(TOMORROW, busy=(span,)))
    assert Play().answers(live).code is AnswerCode.SLOT_TAKEN
    assert Play(busy=(("emil", span),)).answers(booking(TOMORROW)).accepted


def test_an_unreadable_calendar_is_never_free() -> None:
    blind = booking(TOMORROW, asked=asked(TOMORROW, unreadable=("cal-dana",)))
    assert Play().answers(blind).code is AnswerCode.UNREADABLE


@pytest.mark.parametrize(
    ("gap", "code"), [(9, AnswerCode.SLOT_TAKEN), (10, AnswerCode.BOOKED), (15, AnswerCode.BOOKED)]
)
def test_ten_minutes_lie_between_sessions(gap: int, code: AnswerCode) -> None:
    other = neighbour(TOMORROW - HALF_HOUR - timedelta(minutes=gap))
    desk = replace(DESK, rooms=(DESK.rooms[0], DESK.rooms[1]))
    wanted = Play(desk=desk, neighbours=(other,)).answers(booking(TOMORROW))
    assert wanted.code is code


def test_a_permanent_room_holds_one_session_at_a_time() -> None:
    one_room = replace(DESK, rooms=DESK.rooms[:1])
    other = neighbour(TOMORROW, "emil", one_room)
    assert Play(desk=one_room, neighbours=(other,)).answers(booking(TOMORROW)).code is AnswerCode.SLOT_TAKEN
    play = Play(neighbours=(other,))
    assert play.answers(booking(TOMORROW)).accepted
    assert play.session.room_id == "room-2"


def test_a_hold_keeps_the_slot_for_ten_minutes_and_lapses() -> None:
    play = Play()
    answer = play.answers(hold())
    assert (answer.code, answer.until) == (AnswerCode.HELD, NOW + timedelta(minutes=10))
    play.wait_until(NOW + timedelta(minutes=10))
    assert play.session.state is SessionState.LAPSED
    assert play.decisions[-1].claims == ()
    assert not play.effects


def test_picking_another_slot_moves_the_forms_hold() -> None:
    play = Play()
    play.answers(hold())
    play.answers(hold(TOMORROW + HALF_HOUR))
    assert play.session.starts_at == TOMORROW + HALF_HOUR
    assert play.session.state is SessionState.HELD


def test_notice_is_judged_when_the_slot_was_held() -> None:
    start = NOW + timedelta(hours=2)
    play = Play()
    assert play.answers(hold(start)).accepted
    play.now = NOW + timedelta(minutes=5)
    assert play.answers(booking(start)).accepted
    late = Play()
    late.now = NOW + timedelta(minutes=5)
    assert late.answers(booking(start)).code is AnswerCode.NOT_OFFERED


def test_a_network_address_holds_three_slots_at_most() -> None:
    assert Play(network_holds=3).answers(hold()).code is AnswerCode.TOO_MANY_HOLDS
    assert Play(network_holds=2).answers(hold()).accepted


def test_a_form_books_once() -> None:
    play = Play()
    assert play.answers(booking(TOMORROW)).accepted
    assert play.answers(booking(TOMORROW + HALF_HOUR)).code is AnswerCode.ALREADY_BOOKED
    assert play.session.starts_at == TOMORROW


def test_colleagues_get_their_own_invitations() -> None:
    colleague = replace(CARL, name="Cora", email="cora@acme.example")
    play = Play()
    play.answers(booking(TOMORROW, colleagues=(colleague,)))
    assert {m.to.email for m in play.mails(Letter.INVITATION)} == {CARL.email, colleague.email}


@pytest.mark.parametrize(
    ("on_file", "disputed"),
    [("Europe/Berlin", "Europe/Berlin"), ("America/Toronto", None), ("America/New_York", None), (None, None)],
)
def test_a_zone_on_file_that_shows_another_time_is_put_into_the_message(
    on_file: str | None, disputed: str | None
) -> None:
    play = Play(contact=replace(CARLS, zone=on_file))
    play.answers(booking(TOMORROW))
    assert play.mails()[0].other_zone == disputed
