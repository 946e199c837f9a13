"""Two no-shows within six calendar months, and what follows: right to the day, once each (S1-S11, E11, A9, A15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.domain.decision import AnswerCode
from syncd.domain.evidence import ContactBooked, ContactDelisted, StaffAnswered
from syncd.domain.keys import company_key
from syncd.domain.letters import Letter, StaffLetter
from syncd.domain.people import Entitlement, Reinstatement
from syncd.domain.session import Choice
from syncd.domain.standing import (
    AddressProved,
    NoShowContested,
    Reinstated,
    StrikeGiven,
    StrikeWithdrawn,
)
from syncd.domain.terms import Terms
from tests.policy.play import CARLS, NOW
from tests.standing.play import ZONE, Ledger, no_show, reversed_, suspended

NEW_YORK = ZoneInfo(ZONE)
FIRST = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
SECOND = FIRST + timedelta(days=30)


def paid(reference: str = "r-1", cents: int = 10_000, currency: str = "USD") -> Reinstated:
    return Reinstated("payment", reference, cents, currency)


def local(year: int, month: int, day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=NEW_YORK)


# -- S1, S3: the edges of six calendar months --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (local(2026, 1, 15, 0, 0), local(2026, 7, 15, 23, 30), True),  # the day reached still counts
        (local(2026, 1, 14, 23, 59), local(2026, 7, 15, 9, 0), False),
        (local(2026, 2, 28, 9, 0), local(2026, 8, 31, 9, 0), True),  # February has no 31st: its last day
        (local(2026, 2, 27, 9, 0), local(2026, 8, 31, 9, 0), False),
        (local(2028, 2, 29, 9, 0), local(2028, 8, 31, 9, 0), True),  # a leap day is February's last
        (local(2028, 2, 28, 9, 0), local(2028, 8, 31, 9, 0), False),
        (local(2028, 2, 29, 9, 0), local(2028, 8, 29, 9, 0), True),
        (local(2027, 9, 30, 9, 0), local(2028, 3, 31, 9, 0), True),  # September has 30 days
        (local(2027, 8, 29, 9, 0), local(2028, 2, 29, 9, 0), True),
        (local(2027, 8, 28, 9, 0), local(2028, 2, 29, 9, 0), False),
        (local(2025, 8, 28, 9, 0), local(2026, 2, 28, 9, 0), True),
        (local(2026, 10, 31, 23, 0), local(2027, 4, 30, 9, 0), True),
        (local(2026, 10, 29, 23, 30), local(2027, 4, 30, 0, 30), False),
    ],
)
def test_two_within_six_calendar_months_suspend(first: datetime, second: datetime, counts: bool) -> None:
    ledger = suspended(first, second)
    assert bool(ledger.contact.suspensions) is counts
    assert len(ledger.letters(Letter.WARNING)) == (1 if counts else 2)
    assert len(ledger.reckoned()) == int(counts)


def test_months_are_those_of_the_contacts_zone() -> None:
    """In UTC the first is a day too early; in Kolkata it is on the day that is reached."""
    first, second = datetime(2026, 1, 14, 19, 0, tzinfo=UTC), datetime(2026, 7, 15, 3, 0, tzinfo=UTC)
    for zone, counts in (("Asia/Kolkata", True), ("UTC", False)):
        ledger = Ledger()
        ledger.misses("s1", first, zone=zone)
        ledger.hand_over()
        ledger.misses("s2", second, zone=zone)
        assert bool(ledger.contact.suspensions) is counts


def test_it_lasts_to_the_end_of_the_sixtieth_day_after_the_day_of_the_notice() -> None:
    ledger = suspended(local(2026, 1, 5, 10), local(2026, 1, 20, 10))
    (made,) = ledger.contact.suspensions
    assert made.started_at == local(2026, 1, 20, 12)
    assert made.ends_at == local(2026, 3, 22, 0)  # 20 January + 60 days is 21 March; summer time has begun meanwhile
    assert made.stands_at(local(2026, 3, 21, 23, 59))
    assert not made.stands_at(local(2026, 3, 22, 0))
    (notice,) = ledger.letters(Letter.SUSPENSION)
    assert (notice.suspended_until, notice.fee_cents, notice.currency) == (made.ends_at, 10_000, "USD")
    assert [past.session_id for past in notice.sessions] == ["s1", "s2"]


def test_a_no_show_counts_toward_one_suspension_only() -> None:
    ledger = suspended(FIRST, SECOND)
    ledger.misses("s3", SECOND + timedelta(days=5))
    assert len(ledger.contact.suspensions) == 1
    ledger.hand_over()
    ledger.misses("s4", SECOND + timedelta(days=10))
    assert [s.session_ids for s in ledger.contact.suspensions] == [("s1", "s2"), ("s3", "s4")]


def test_the_same_event_puts_one_strike_on_the_companys_account() -> None:
    ledger = suspended(FIRST, SECOND)
    strikes = [e for d in ledger.decisions for e in d.derived]
    assert [(e.subject, e.payload) for e in strikes] == [(company_key("acme"), StrikeGiven("s2", "carl"))]


def test_the_same_no_show_told_twice_is_one() -> None:
    ledger = Ledger()
    ledger.misses("s1", FIRST)
    ledger.hand_over()
    assert ledger.sees(no_show("s1", FIRST)).effects == ()
    assert len(ledger.contact.no_shows) == 1


# -- S6, S9, S10, E11 --------------------------------------------------------------------------------------------------


def test_a_second_before_the_warning_was_handed_over_is_put_before_staff() -> None:
    ledger = Ledger()
    ledger.misses("s1", FIRST)
    ledger.misses("s2", SECOND)
    assert [*ledger.contact.suspensions] == []
    assert [m.question.kind for m in ledger.staff_mails() if m.question] == ["second-no-show"]
    assert ledger.says(Choice.SUSPEND).code is AnswerCode.RECORDED
    assert [s.session_ids for s in ledger.contact.suspensions] == [("s1", "s2")]
    assert ledger.matters == ()
    assert len(ledger.reckoned()) == 1


def test_staff_may_leave_it_and_the_contact_is_warned_once_more() -> None:
    ledger = Ledger()
    ledger.misses("s1", FIRST)
    ledger.misses("s2", SECOND)
    ledger.says(Choice.LEAVE)
    assert (ledger.contact.suspensions, len(ledger.letters(Letter.WARNING))) == ((), 2)
    late = ledger.answers(StaffAnswered("second-no-show/s2", Choice.SUSPEND, "dana"))
    assert late.code is AnswerCode.STALE_QUESTION
    assert ledger.reckoned() == ()


def test_a_warning_that_arrives_while_the_second_session_runs_comes_too_late() -> None:
    ledger = Ledger()
    ledger.misses("s1", FIRST)
    ledger.hand_over(at=SECOND)
    ledger.misses("s2", SECOND)
    assert ledger.contact.suspensions == ()
    assert len(ledger.matters) == 1


def test_an_unanswered_question_is_asked_once_more_and_never_again() -> None:
    ledger = Ledger()
    ledger.misses("s1", FIRST)
    decision = ledger.misses("s2", SECOND)
    assert decision.review_at == ledger.now + Terms().question_repeat
    ledger.sees(at=decision.review_at)
    again = ledger.sees(at=ledger.now + timedelta(days=9))
    assert [m.repeated for m in ledger.staff_mails()] == [False, True]
    assert again.review_at is None


@pytest.mark.parametrize("entitlement", [Entitlement.PAID, Entitlement.COURTESY])
def test_paid_ones_between_are_marked_and_count_for_nothing(entitlement: Entitlement) -> None:
    ledger = Ledger()
    ledger.misses("s1", FIRST)
    ledger.hand_over()
    ledger.misses("paid", FIRST + timedelta(days=3), counts=entitlement in Terms().counting)
    assert (len(ledger.contact.no_shows), ledger.contact.suspensions) == (2, ())
    ledger.misses("s2", SECOND)
    assert [s.session_ids for s in ledger.contact.suspensions] == [("s1", "s2")]
    assert len(ledger.reckoned()) == 1


def test_an_address_that_was_never_proved_theirs_counts_for_nothing() -> None:
    ledger = Ledger()
    ledger.sees(ContactDelisted())
    ledger.misses("s1", FIRST)
    assert not ledger.contact.no_shows[0].counts
    assert ledger.hand_over() == []
    ledger.sees(AddressProved("an accepted invitation"))
    ledger.misses("s2", SECOND)
    assert (ledger.contact.no_shows[1].counts, ledger.contact.suspensions) == (True, ())
    assert ledger.reckoned() == ()


def test_the_terms_of_the_session_that_triggers_it_are_the_rules() -> None:
    old = Terms(id="old", suspension_days=14, no_show_months=12, reinstatement_cents=5_000)
    ledger = Ledger(terms=Terms(id="new"), others=(old,))
    ledger.misses("s1", FIRST, terms_id="new")
    ledger.hand_over()
    ledger.misses("s2", FIRST + timedelta(days=300), terms_id="old")
    (made,) = ledger.contact.suspensions
    assert made.ends_at - made.started_at < timedelta(days=15)
    assert ledger.letters(Letter.SUSPENSION)[0].fee_cents == 5_000
    assert ledger.reckoned()[0].ends_at == made.ends_at


def test_a_new_face_beside_somebody_suspended_is_shown_to_staff_and_not_refused() -> None:
    fellow = replace(suspended(FIRST, SECOND).contact, id="carla", mobile="+12025550143")
    ledger = Ledger(owner=None, fellows=(fellow,))
    booked = ContactBooked("s9", "acme", "New", "new@acme.example", "+12025550143", ZONE, "en")
    ledger.sees(booked, at=SECOND + timedelta(days=1))
    assert [m.letter for m in ledger.staff_mails()] == [StaffLetter.NEW_FACE]
    assert ledger.contact.email == "new@acme.example"


# -- S4, PAY-6, S7 -----------------------------------------------------------------------------------------------------


def test_a_payment_lifts_it_at_once_and_once() -> None:
    ledger = suspended(FIRST, SECOND)
    assert ledger.answers(paid(), at=SECOND + timedelta(days=3)).code is AnswerCode.RECORDED
    (made,) = ledger.contact.suspensions
    assert (made.lifted_by, made.fee, made.lifted_at) == ("payment", "r-1", ledger.now)
    assert ledger.contact.suspended_at(ledger.now) is None
    assert ledger.letters(Letter.REINSTATED)[0].by == "payment"
    assert ledger.answers(paid()).code is AnswerCode.UNCHANGED
    assert (len(ledger.contact.fees), ledger.matters) == (1, ())
    ledger.answers(paid("r-2"))
    assert [m.detail for m in ledger.matters] == ["100.00 USD, reference r-2: it was paid for already"]
    assert ledger.reckoned()[0].lifted_at == made.lifted_at


@pytest.mark.parametrize(
    ("payment", "setting", "detail"),
    [
        (paid(cents=9_999), Reinstatement.EITHER, "another amount than the terms ask for"),
        (paid(currency="EUR"), Reinstatement.EITHER, "another amount than the terms ask for"),
        (paid(), Reinstatement.WAIT, "the terms know no reinstatement by payment"),
    ],
)
def test_another_payment_lifts_nothing_and_is_put_before_a_person(
    payment: Reinstated, setting: Reinstatement, detail: str
) -> None:
    ledger = suspended(FIRST, SECOND, terms=Terms(reinstatement=setting))
    ledger.answers(payment)
    assert ledger.contact.suspended_at(ledger.now) is not None
    assert detail in ledger.matters[0].detail
    assert ledger.says(Choice.REINSTATE).code is AnswerCode.RECORDED
    assert ledger.contact.suspended_at(ledger.now) is None
    assert ledger.reckoned()[0].lifted_at == ledger.now


def test_a_payment_for_what_has_ended_is_put_before_a_person() -> None:
    ledger = suspended(FIRST, SECOND)
    ledger.answers(paid(), at=SECOND + timedelta(days=90))
    assert "the suspension had ended" in ledger.matters[0].detail
    assert ledger.says(Choice.LEAVE).code is AnswerCode.RECORDED
    assert ledger.contact.suspensions[0].lifted_at is None


def test_where_only_a_payment_ends_it_waiting_does_not() -> None:
    ledger = suspended(FIRST, SECOND, terms=Terms(reinstatement=Reinstatement.PAYMENT))
    later = SECOND + timedelta(days=900)
    assert ledger.contact.suspended_at(later) is not None
    assert ledger.letters(Letter.SUSPENSION)[0].suspended_until is None
    ledger.answers(paid(), at=later)
    assert ledger.contact.suspended_at(later) is None
    assert ledger.reckoned()[0].lifted_at == later


def test_staff_lift_it_whatever_the_setting_and_only_what_stands() -> None:
    ledger = suspended(FIRST, SECOND, terms=Terms(reinstatement=Reinstatement.PAYMENT))
    lift = Reinstated("staff", staff_id="dana", reason="a storm")
    assert ledger.answers(lift).code is AnswerCode.RECORDED
    assert ledger.answers(lift).code is AnswerCode.UNCHANGED
    assert ledger.contact.suspensions[0].lifted_by == "staff"


# -- A9, A15 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", ["s1", "s2"])
def test_a_reversal_undoes_suspension_and_strike_and_tells_who_was_told(gone: str) -> None:
    ledger = suspended(FIRST, SECOND)
    ledger.hand_over()
    decision = ledger.sees(reversed_(gone), at=SECOND + timedelta(days=2))
    assert ledger.contact.suspended_at(ledger.now) is None
    assert [e.payload for e in decision.derived] == [StrikeWithdrawn("s2", "carl")]
    (told,) = ledger.letters(Letter.REVERSAL)
    assert (told.lifts, [past.session_id for past in told.sessions]) == (True, [gone])
    assert ledger.reckoned()[0].reversed_at == ledger.now


def test_the_reversal_never_overtakes_the_notice() -> None:
    ledger = suspended(FIRST, SECOND)
    ledger.sees(reversed_("s2"))
    lanes = {
        e.lane
        for e, _ in ledger.effects.values()
        if getattr(e.body, "letter", "") in (Letter.SUSPENSION, Letter.REVERSAL)
    }
    assert lanes == {"contact:carl"}


def test_what_a_reversal_frees_begins_nothing_by_itself_but_counts_with_the_next() -> None:
    ledger = suspended(FIRST, SECOND)
    ledger.misses("s3", SECOND + timedelta(days=1))
    ledger.hand_over()
    ledger.sees(reversed_("s2"), at=SECOND + timedelta(days=2))
    assert [s.reversed_at is None for s in ledger.contact.suspensions] == [False]
    ledger.misses("s4", SECOND + timedelta(days=9))
    assert [s.session_ids for s in ledger.contact.suspensions] == [("s1", "s2"), ("s3", "s4")]
    assert len(ledger.reckoned()) == 2


def test_a_fee_for_a_suspension_that_is_reversed_is_put_before_a_person_and_none_goes_back() -> None:
    ledger = suspended(FIRST, SECOND)
    ledger.answers(paid())
    ledger.hand_over()
    ledger.sees(reversed_("s1"))
    (matter,) = ledger.matters
    assert (matter.about, matter.reference, matter.choices) == ("fee", "r-1", ("leave",))
    assert ledger.letters(Letter.REVERSAL)[0].lifts is False
    ledger.answers(paid("r-2"))
    assert "the suspension was reversed" in ledger.matters[1].detail


def test_who_was_asked_about_it_is_told_that_it_is_none() -> None:
    ledger = Ledger()
    ledger.misses("s1", FIRST)
    ledger.misses("s2", SECOND)
    ledger.sees(reversed_("s1"))
    assert [m.letter for m in ledger.staff_mails()] == [StaffLetter.QUESTION, StaffLetter.OUTCOME_REVERSED]
    assert ledger.matters == ()


def test_while_an_objection_is_open_the_penalty_waits_and_it_ends_no_later() -> None:
    ledger = suspended(FIRST, SECOND)
    until = ledger.contact.suspensions[0].ends_at
    ledger.sees(NoShowContested("s2"))
    assert ledger.contact.suspended_at(ledger.now) is None
    ledger.sees(NoShowContested("s2", settled=True), at=ledger.now + timedelta(days=4))
    standing = ledger.contact.suspended_at(ledger.now)
    assert standing is not None
    assert standing.ends_at == until
    assert ledger.reckoned()[0].held_at is None


def test_a_second_no_show_under_objection_suspends_only_when_the_objection_fails() -> None:
    ledger = Ledger()
    ledger.misses("s1", FIRST)
    ledger.hand_over()
    ledger.sees(NoShowContested("s1"))
    ledger.misses("s2", SECOND)
    assert [*ledger.contact.suspensions] == []
    ledger.sees(NoShowContested("s1", settled=True), at=SECOND + timedelta(days=2))
    assert [s.session_ids for s in ledger.contact.suspensions] == [("s1", "s2")]
    assert ledger.reckoned()[0].started_at == ledger.now


def test_nothing_is_known_of_a_stranger_and_a_request_is_still_answered() -> None:
    ledger = Ledger(owner=None)
    assert ledger.misses("s1", FIRST).state is None
    assert ledger.answers(paid()).code is AnswerCode.UNCHANGED
    assert CARLS.listed
    assert ledger.now > NOW
