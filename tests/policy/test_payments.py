"""A paid session: sold or not, held while it is paid, booked once it is, freed when nothing can be paid any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from syncd.domain.case import CatalogueCase
from syncd.domain.decision import AnswerCode
from syncd.domain.desk import PaymentMethod
from syncd.domain.effect import EffectKind, PaymentLook, PaymentOpen
from syncd.domain.evidence import BookingRequested, EffectParked, Evidence
from syncd.domain.keys import CATALOGUE_KEY
from syncd.domain.letters import Letter, StaffLetter
from syncd.domain.money import Amount, Catalogue, Clearance, Fee, PaymentState, Release, ReleaseState
from syncd.domain.paying import FeeSet, PaymentAbandoned, PaymentNudged, PaymentOpened, PaymentSeen, ReleaseSet
from syncd.domain.people import Entitlement, Plan
from syncd.domain.session import SessionState
from syncd.domain.terms import Terms
from syncd.policy.decide import decide
from tests.policy.play import ACME, CARL, DESK, NOW, ONLINE, Play, booking

FEE, DISCOUNTED = Amount(9_900), Amount(4_900)
LONG_AGO = date(2025, 1, 1)
STATES = {"r3": ReleaseState.ACTIVE, "r2": ReleaseState.DEPRECATED, "r1": ReleaseState.END_OF_LIFE}
CATALOGUE = Catalogue(
    tuple(Release(i, f"Release {i[1]}", ((LONG_AGO, state),)) for i, state in STATES.items()),
    (Fee("online", LONG_AGO, FEE), Fee("online", LONG_AGO, DISCOUNTED, "maintenance")),
)
SHOP = replace(DESK, payments=(PaymentMethod("card", online=True), PaymentMethod("bill", online=False)))
START = NOW + timedelta(days=3)
TERMS = Terms()


def wanted(**changes: Any) -> BookingRequested:
    given: dict[str, Any] = {"pays_by": "card", "shown": FEE, "release": "r3"}
    given |= {"company_id": "payer", "company_name": "Payer Inc"}
    return booking(START, **(given | changes))


def shop(**changes: Any) -> Play:
    return Play(**({"desk": SHOP, "company": None, "contact": None, "catalogue": CATALOGUE} | changes))


def paying() -> Play:
    """Held, and the processor takes the payment."""
    play = shop()
    assert play.answers(wanted()).code is AnswerCode.PAYMENT_DUE
    play.sees(PaymentOpened("e", reference(play), "cs_1", "https://pay.example/cs_1"))
    return play


def reference(play: Play) -> str:
    assert play.session.payment is not None
    return play.session.payment.reference


def state(play: Play) -> tuple[SessionState, PaymentState]:
    assert play.session.payment is not None
    return play.session.state, play.session.payment.state


def looks(play: Play) -> list[PaymentLook]:
    return [e.body for e, _ in play.effects.values() if isinstance(e.body, PaymentLook)]


def paid(play: Play, amount: Amount = FEE) -> PaymentSeen:
    return PaymentSeen(reference(play), "cs_1", "paid", amount)


@pytest.mark.parametrize(
    ("changes", "company", "code"),
    [
        ({"release": "r3"}, None, AnswerCode.PAYMENT_DUE),
        ({"release": "r2"}, None, AnswerCode.CLEARANCE_NEEDED),
        ({"release": "r1"}, ACME, AnswerCode.CLEARANCE_NEEDED),
        ({"release": "r2"}, replace(ACME, clearances=(Clearance("r2", NOW, "dana"),)), AnswerCode.PAYMENT_DUE),
        ({"release": "r1"}, replace(ACME, clearances=(Clearance("r2", NOW, "dana"),)), AnswerCode.CLEARANCE_NEEDED),
        ({"release": "r9"}, None, AnswerCode.NOT_SOLD),
        ({"pays_by": "shells"}, None, AnswerCode.NOT_SOLD),
        ({"shown": Amount(1)}, None, AnswerCode.FEE_CHANGED),
        ({"shown": None}, None, AnswerCode.FEE_CHANGED),
        ({}, replace(ACME, blocked=True), AnswerCode.BLOCKED),
    ],
)
def test_what_is_sold_to_whom(changes: dict[str, object], company: object, code: AnswerCode) -> None:
    play = shop(company=company)
    answer = play.answers(wanted(**changes))
    assert answer.code is code
    assert bool(play.effects) == (code is AnswerCode.PAYMENT_DUE)


def test_a_company_with_maintenance_pays_its_own_fee_for_what_is_not_free() -> None:
    maintained = replace(ACME, plan=Plan.MAINTENANCE)
    sold = replace(SHOP, types=(replace(ONLINE, free=False),))
    play = shop(desk=sold, company=maintained)
    assert play.answers(booking(START)).code is AnswerCode.NOT_FREE
    assert play.answers(wanted(company_id="acme", shown=DISCOUNTED)).code is AnswerCode.PAYMENT_DUE


def test_a_form_that_was_open_over_midnight_keeps_its_fee_and_an_older_one_does_not() -> None:
    today = NOW.date()
    for since, code in ((today, AnswerCode.PAYMENT_DUE), (today - timedelta(days=1), AnswerCode.FEE_CHANGED)):
        risen = replace(CATALOGUE, fees=(*CATALOGUE.fees, Fee("online", since, Amount(12_900))))
        assert shop(catalogue=risen).answers(wanted()).code is code


def test_what_is_sold_from_the_desks_today_on_is_sold_where_it_is_yesterday_still() -> None:
    today = SHOP.day_of(NOW)
    fresh = Catalogue((Release("r3", "Release 3", ((today, ReleaseState.ACTIVE),)),), (Fee("online", today, FEE),))
    soon = replace(fresh, fees=(Fee("online", today + timedelta(days=1), FEE),))
    asked = wanted(booker=replace(wanted().booker, zone="Pacific/Pago_Pago"))
    assert shop(catalogue=fresh).answers(asked).code is AnswerCode.PAYMENT_DUE
    assert shop(catalogue=soon).answers(asked).code is AnswerCode.NOT_SOLD


def test_nothing_is_booked_and_nobody_invited_before_it_is_paid() -> None:
    play = paying()
    assert state(play) == (SessionState.HELD, PaymentState.OPEN)
    assert play.mails() == []
    play.sees(paid(play))
    assert state(play) == (SessionState.BOOKED, PaymentState.PAID)
    assert (play.booking.entitlement, play.booking.fee) == (Entitlement.PAID, FEE)
    assert [mail.to for mail in play.mails(Letter.INVITATION)] == [CARL]
    assert "company-declared" in [e.payload.kind for d in play.decisions for e in d.derived]


def test_the_processors_word_twice_books_once() -> None:
    play = paying()
    play.sees(paid(play))
    revision = play.session.revision
    play.sees(paid(play))
    assert play.session.revision == revision
    assert len(play.mails(Letter.INVITATION)) == 1


def test_a_webhook_only_makes_us_look() -> None:
    play = paying()
    play.sees(PaymentNudged("cs_1", "evt_1", "checkout.session.completed"))
    assert state(play) == (SessionState.HELD, PaymentState.OPEN)
    (look,) = looks(play)
    assert (look.outside_id, look.expire) == ("cs_1", False)


def test_an_open_payment_is_looked_at_since_webhooks_get_lost() -> None:
    play = paying()
    play.wait_until(NOW + TERMS.payment_look)
    assert len(looks(play)) == 1


def test_at_its_end_nothing_is_freed_until_the_processor_says_expired() -> None:
    play = paying()
    end = NOW + TERMS.payment_within
    play.wait_until(end + timedelta(minutes=30))
    assert state(play) == (SessionState.HELD, PaymentState.EXPIRING)
    assert play.session.hold_until is not None
    assert play.session.hold_until > play.now
    assert looks(play)[-1].expire
    play.sees(PaymentSeen(reference(play), "cs_1", "expired"))
    assert state(play) == (SessionState.LAPSED, PaymentState.EXPIRED)
    assert play.decisions[-1].claims == ()


def test_paid_at_the_last_moment_is_booked() -> None:
    play = paying()
    play.wait_until(NOW + TERMS.payment_within + timedelta(minutes=1))
    play.sees(paid(play))
    assert state(play) == (SessionState.BOOKED, PaymentState.PAID)


def test_a_payment_after_the_slot_went_is_not_lost_staff_are_asked() -> None:
    play = paying()
    play.sees(PaymentAbandoned())
    play.sees(PaymentSeen(reference(play), "cs_1", "expired"))
    play.sees(paid(play))
    assert state(play) == (SessionState.LAPSED, PaymentState.PAID)
    assert [mail.letter for mail in play.staff_mails()] == [StaffLetter.PAYMENT]


def test_another_amount_than_was_asked_books_nothing() -> None:
    play = paying()
    play.sees(paid(play, Amount(100)))
    assert state(play) == (SessionState.HELD, PaymentState.PAID)
    assert [mail.letter for mail in play.staff_mails()] == [StaffLetter.PAYMENT]


def test_going_back_frees_the_slot_once_nothing_can_be_paid_and_another_try_is_another_payment() -> None:
    play = paying()
    first = reference(play)
    play.sees(PaymentAbandoned())
    assert state(play) == (SessionState.HELD, PaymentState.EXPIRING)
    play.sees(PaymentSeen(first, "cs_1", "expired"))
    assert play.answers(wanted()).code is AnswerCode.PAYMENT_DUE
    assert reference(play) != first
    play.sees(PaymentSeen(first, "cs_1", "paid", FEE))
    assert state(play) == (SessionState.HELD, PaymentState.ASKED)


def test_a_processor_that_refuses_frees_the_slot() -> None:
    play = shop()
    play.sees(wanted())
    (effect,) = [e for e, _ in play.effects.values() if isinstance(e.body, PaymentOpen)]
    play.sees(EffectParked(effect.key, EffectKind.PAYMENT_OPEN, effect.revision, "no such currency"))
    assert state(play) == (SessionState.LAPSED, PaymentState.EXPIRED)


def test_what_is_billed_by_hand_is_booked_at_once() -> None:
    play = shop()
    assert play.answers(wanted(pays_by="bill")).code is AnswerCode.BOOKED
    assert state(play) == (SessionState.BOOKED, PaymentState.INVOICED)
    assert EffectKind.PAYMENT_OPEN in play.kinds()


def test_every_change_of_the_catalogue_keeps_its_day() -> None:
    def settled(catalogue: Catalogue | None, *payloads: FeeSet | ReleaseSet) -> Catalogue:
        fresh = tuple(Evidence(f"e{n}", "test", NOW, payload, CATALOGUE_KEY) for n, payload in enumerate(payloads))
        decision = decide(CatalogueCase(CATALOGUE_KEY, "desk", DESK, TERMS, catalogue, fresh, (), ()), NOW)
        assert [answer.code for answer in decision.answers] == [AnswerCode.RECORDED] * len(fresh)
        assert isinstance(decision.state, Catalogue)
        return decision.state

    spring, summer = date(2026, 3, 1), date(2026, 6, 1)
    made = settled(
        None,
        ReleaseSet("r3", "Release 3", ReleaseState.ACTIVE, spring, "dana"),
        FeeSet("online", "", FEE, spring, "dana"),
    )
    made = settled(
        made,
        ReleaseSet("r3", "", ReleaseState.DEPRECATED, summer, "dana"),
        FeeSet("online", "", Amount(12_900), summer, "dana"),
    )
    release = made.release("r3")
    assert release is not None
    assert release.name == "Release 3"
    days = (date(2026, 2, 28), spring, date(2026, 5, 31), summer)
    assert [release.state_on(day) for day in days] == [None, "active", "active", "deprecated"]
    assert [made.fee_on("online", "support", day) for day in days] == [None, FEE, FEE, Amount(12_900)]
