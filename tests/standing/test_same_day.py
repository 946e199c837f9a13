"""Changes on the day itself, and undoing a booking: counted, told, put up for review; only a person blocks (B4, C8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd.domain.decision import AnswerCode
from syncd.domain.evidence import CancelRequested, CompanyListed, RescheduleRequested
from syncd.domain.letters import Letter
from syncd.domain.people import Entitlement, Plan, Side
from syncd.domain.session import Choice, SessionState
from syncd.domain.standing import BlockDecided, SameDayChanged, StrikeGiven, StrikeWithdrawn
from syncd.domain.terms import Terms
from syncd.policy.eligibility import judge
from syncd.policy.ledger import counting_strikes
from tests.policy.play import ACME, CARL, CARLS, NOW, Play, asked, booked
from tests.standing.play import Ledger, company_ledger

CANCEL = CancelRequested("link", Side.CUSTOMER)
SOON = NOW + timedelta(hours=6)  # 10:00 in New York, as it is 04:00 there now
TOMORROW = NOW + timedelta(days=1)


def told(play: Play) -> list[SameDayChanged]:
    return [e.payload for d in play.decisions for e in d.derived if isinstance(e.payload, SameDayChanged)]


def changed(number: int, at: datetime) -> SameDayChanged:
    return SameDayChanged(f"s{number}", "carl", at, replace(CARL, email=f"c{number % 2}@acme.example"))


def test_a_cancel_on_the_day_is_a_same_day_change() -> None:
    play = booked(SOON)
    play.now = NOW + timedelta(minutes=11)
    assert play.answers(CANCEL).accepted
    assert [(t.session_id, t.changed_at, t.who.email) for t in told(play)] == [("s1", play.now, CARL.email)]


@pytest.mark.parametrize(("starts_at", "counts"), [(datetime(2026, 3, 3, 4, 30, tzinfo=UTC), 1), (TOMORROW, 0)])
def test_the_day_is_that_of_the_contact(starts_at: datetime, counts: int) -> None:
    """04:30 UTC on Tuesday is still Monday in New York."""
    play = booked(starts_at)
    play.now = NOW + timedelta(minutes=11)
    play.answers(CANCEL)
    assert len(told(play)) == counts


def test_a_move_on_the_day_counts_once_also_if_it_is_cancelled_on_another_day() -> None:
    play = booked(SOON)
    play.now = NOW + timedelta(minutes=30)
    assert play.answers(RescheduleRequested("link", Side.CUSTOMER, TOMORROW, "dana", asked(TOMORROW))).accepted
    play.answers(CANCEL)
    assert len(told(play)) == 1


def test_what_staff_set_can_be_changed_without_consequence() -> None:
    play = booked(SOON)
    play.session = replace(play.session, staff_set_at=NOW)
    play.now = NOW + timedelta(minutes=30)
    assert play.answers(CANCEL).accepted
    assert told(play) == []


@pytest.mark.parametrize(
    ("after", "accepted"), [(timedelta(minutes=10), True), (timedelta(minutes=10, seconds=1), False)]
)
def test_a_booking_can_be_undone_for_ten_minutes_whatever_the_cutoff(after: timedelta, accepted: bool) -> None:
    play = booked(SOON)
    play.session = replace(play.session, booking=replace(play.booking, booked_at=SOON - timedelta(minutes=20)))
    play.now = SOON - timedelta(minutes=20) + after
    answer = play.answers(CANCEL)
    assert (answer.accepted, answer.rule) == (accepted, "B4" if accepted else "C1")
    assert told(play) == []


def test_a_paid_booking_that_is_undone_leaves_one_session_owed() -> None:
    play = booked(SOON)
    play.session = replace(play.session, booking=replace(play.booking, entitlement=Entitlement.PAID))
    play.answers(CANCEL)
    assert (play.session.state, play.session.owed_at) == (SessionState.CANCELLED, NOW)


def test_the_third_in_thirty_days_tells_the_company_and_the_fourth_asks_for_a_review() -> None:
    ledger = company_ledger()
    for number, days in enumerate((0, 10, 29)):
        ledger.sees(changed(number, NOW + timedelta(days=days)), at=NOW + timedelta(days=days))
    assert sorted(m.to.email for m in ledger.letters(Letter.SAME_DAY)) == ["c0@acme.example", "c1@acme.example"]
    assert [matter.about for matter in ledger.matters] == []
    ledger.sees(changed(3, NOW + timedelta(days=29, hours=1)))
    assert (len(ledger.letters(Letter.SAME_DAY)), ledger.matters[0].about) == (2, "review")
    assert not ledger.company.barred, "only a person blocks"


def test_changes_thirty_days_apart_are_not_together() -> None:
    ledger = company_ledger()
    for number, days in enumerate((0, 10, 30, 39, 60)):
        ledger.sees(changed(number, NOW + timedelta(days=days)))
    assert [len(m.sessions) for m in ledger.letters(Letter.SAME_DAY)] == [3, 3]
    assert ledger.matters == ()


def test_the_same_change_told_twice_is_one() -> None:
    ledger = company_ledger()
    ledger.sees(changed(0, NOW), changed(0, NOW))
    assert len(ledger.company.same_day) == 1


@pytest.mark.parametrize(("choice", "barred"), [(Choice.BLOCK, True), (Choice.LEAVE, False)])
def test_a_person_blocks_or_leaves_it(choice: Choice, barred: bool) -> None:
    ledger = company_ledger()
    ledger.sees(*(changed(number, NOW) for number in range(4)))
    assert ledger.says(choice).code is AnswerCode.RECORDED
    assert (ledger.company.barred, ledger.matters) == (barred, ())
    refused = judge(ledger.company, CARLS, Terms(), TOMORROW, "UTC", NOW)
    assert (refused is not None and refused.code is AnswerCode.BLOCKED) is barred


def test_a_block_by_the_desk_outlives_the_directorys_word_and_is_lifted_by_a_person() -> None:
    ledger = company_ledger()
    assert ledger.answers(BlockDecided(True, "dana", "no")).code is AnswerCode.RECORDED
    ledger.sees(CompanyListed("Acme Ltd", "ACME2026", Plan.SUPPORT, None))
    assert ledger.company.barred
    assert ledger.answers(BlockDecided(True, "dana", "no")).code is AnswerCode.UNCHANGED
    ledger.answers(BlockDecided(False, "dana", "they called"))
    assert (ledger.company.barred, ledger.company.block_reason) == (False, "")


def test_a_strike_stays_on_the_record_and_counts_for_24_months() -> None:
    ledger = Ledger(owner=ACME)
    ledger.sees(StrikeGiven("s1", "carl"), StrikeGiven("s2", "carl"))
    ledger.sees(StrikeWithdrawn("s2", "carl"), at=NOW + timedelta(days=1))
    assert [s.withdrawn_at is None for s in ledger.company.strikes] == [True, False]
    last, after = datetime(2028, 3, 2, 22, tzinfo=UTC), datetime(2028, 3, 3, 0, tzinfo=UTC)
    assert len(counting_strikes(ledger.company.strikes, last, "UTC", Terms())) == 1
    assert counting_strikes(ledger.company.strikes, after, "UTC", Terms()) == ()
