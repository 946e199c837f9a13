"""A paid session from the press to the calendar, on real parts (B2, E4, E7, PAY-1 to PAY-5; issue 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import Any, cast

import pytest

from syncd.domain.effect import EffectState
from syncd.domain.money import PaymentState
from syncd.domain.session import SessionState
from tests.whole.shop import FEE, LEAD, PAYER, Shop, open_shop

pytestmark = pytest.mark.slow

KILLS_MAX = 60


class Killed(BaseException):
    """The process is gone: nothing of ours catches this."""


class Mortal:
    """The store of a process that dies at its call number `at`: before it, or with `after` when it is done."""

    def __init__(self, store: object, at: int, *, after: bool) -> None:
        self._store, self._left, self._after = store, at, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return self._dying(found) if callable(found) else found

    def _dying(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def dying(*given: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise Killed
            done = call(*given, **named)
            if self._left == 0:
                raise Killed
            return done

        return dying


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as opened:
        yield opened


def test_booked_on_the_page_paid_at_the_processor_told_by_webhook(shop: Shop) -> None:
    token = shop.opened()
    assert shop.state(token) == (SessionState.HELD, PaymentState.OPEN)
    asked = shop.processor.get(shop.checkout(token))
    assert f'href="{asked["url"]}"' in shop.page("paying", token).text
    assert (asked["amount_total"], asked["currency"], asked["success_url"]) == (
        9_900,
        "usd",
        f"https://desk.example/paid/{token}",
    )
    assert (shop.desk.events(), shop.mails(PAYER)) == ([], []), "nothing before it is paid"
    shop.processor.pay(shop.checkout(token))
    assert "waiting for the processor" in shop.page("paid", token).text, "coming back proves nothing (PAY-1)"
    assert shop.webhook(shop.processor.event(shop.checkout(token))) == 200
    shop.desk.run_for(0)
    assert shop.page("paid", token).location.startswith("/booked/")
    assert shop.stands(token)
    assert [s.partition(":")[0] for s in shop.mails(PAYER)] == ["Invitation"]
    booking = shop.session(token).booking
    assert booking is not None
    assert (booking.fee, booking.company_name) == (FEE, "Payer Inc")


def test_a_webhook_doubled_reordered_or_forged_changes_nothing_more(shop: Shop) -> None:
    token = shop.opened()
    checkout = shop.checkout(token)
    unpaid = shop.processor.event(checkout, "checkout.session.expired")  # made first, comes last, and is not so
    shop.processor.pay(checkout)
    done = shop.processor.event(checkout)
    before, asked = shop.visitor.everything(), len(shop.processor.asked)
    assert [shop.webhook(done, "whsec_wrong"), shop.webhook(done, age=301)] == [401, 401]
    shop.desk.run_for(0)
    assert (shop.visitor.everything(), len(shop.processor.asked)) == (before, asked), "forged: nobody even looks"
    assert [shop.webhook(raw) for raw in (done, done, unpaid, done)] == [200] * 4
    shop.desk.run_for(1)
    looked = shop.looks()
    assert shop.webhook(done) == 200
    shop.desk.run_for(1)
    assert shop.looks() == looked, "an event that was seen before makes nobody look"
    assert shop.stands(token)
    assert len(shop.mails(PAYER)) == 1


def test_a_lost_webhook_costs_minutes(shop: Shop) -> None:
    token = shop.opened()
    shop.processor.pay(shop.checkout(token))
    shop.desk.run_for(3)
    assert shop.stands(token)
    assert len(shop.mails(PAYER)) == 1


def test_an_ambiguous_opening_is_one_payment(shop: Shop) -> None:
    shop.processor.faults = ["drop-after", "500"]
    token = shop.opened()
    shop.desk.run_for(10)
    assert len(shop.processor.sessions) == 1
    shop.processor.pay(shop.checkout(token))
    shop.desk.run_for(3)
    assert shop.stands(token)


def test_an_abandoned_checkout_frees_its_slot_when_nothing_can_be_paid_any_more(shop: Shop) -> None:
    token = shop.opened()
    start = shop.session(token).starts_at
    assert shop.page("unpaid", token).press().status == 303
    shop.desk.run_for(1)
    assert shop.processor.get(shop.checkout(token))["status"] == "expired"
    assert shop.state(token) == (SessionState.LAPSED, PaymentState.EXPIRED)
    offered = shop.visitor.door.offers("online", start.date(), 2, "Europe/Berlin")
    assert start in [slot.starts_at for slot in offered]
    left = shop.opened(34)  # and one who just closes the window
    shop.desk.run_for(20)
    assert shop.state(left) == (SessionState.HELD, PaymentState.OPEN), "kept while it can be paid (PAY-5)"
    shop.desk.run_for(40)
    assert shop.state(left) == (SessionState.LAPSED, PaymentState.EXPIRED)
    assert (shop.mails(PAYER), shop.desk.events()) == ([], [])


def test_money_that_comes_after_its_slot_went_is_put_before_a_person(shop: Shop) -> None:
    token = shop.opened()
    checkout = shop.checkout(token)
    shop.desk.run_for(60)
    assert shop.state(token) == (SessionState.LAPSED, PaymentState.EXPIRED)
    shop.processor.sessions[checkout].update(status="complete", payment_status="paid")  # it was on its way all the time
    assert shop.webhook(shop.processor.event(checkout, "checkout.session.async_payment_succeeded")) == 200
    shop.desk.run_for(5)
    assert shop.state(token) == (SessionState.LAPSED, PaymentState.PAID)
    assert [s for s in shop.mails(LEAD) if "payment" in s.lower()], shop.mails(LEAD)
    assert (shop.mails(PAYER), shop.desk.events()) == ([], [])
    assert "a person takes it up" in shop.page("paid", token).words


def test_killed_at_any_step_it_is_booked_once_and_paid_once(shop: Shop) -> None:
    """Kills at the calls to the store, before or after one, between the press and the calendar."""
    desk, engine = shop.desk, shop.desk.system.engine
    kills, actor = 0, engine.actor
    for after in (False, True):
        for point in range(2 if after else 1, KILLS_MAX, 2):
            token = shop.pressed(8)
            try:
                mortal = cast("Any", Mortal(desk.system.store, point, after=after))
                engine.store, engine.actor = mortal, replace(actor, store=mortal)
                engine.drain()
                for checkout in [i for i, s in shop.processor.sessions.items() if s["status"] == "open"]:
                    shop.processor.pay(checkout)
                    shop.webhook(shop.processor.event(checkout))
                engine.drain()
                died = False
            except Killed:
                died = True
            engine.store, engine.actor = desk.system.store, actor
            desk.run_for(3)  # leases of the dead run out
            for checkout in [i for i, s in shop.processor.sessions.items() if s["status"] == "open"]:
                shop.processor.pay(checkout)
            desk.run_for(4)
            assert shop.stands(token), (after, point, shop.state(token))
            shop.checkout(token)  # one Checkout Session a payment
            if not died:
                break
            kills += 1
    tokens = kills + 2
    assert kills > 20, kills
    assert len(shop.processor.sessions) == tokens
    mails = [message_from_bytes(raw) for raw in desk.inbox.to(PAYER)]
    messages = {str(mail["Message-ID"]) for mail in mails if str(mail["Subject"]).startswith("Invitation")}
    assert len(messages) == tokens, "an invitation each; a repeat bears the same Message-ID (N5)"
    parked = desk.system.store.views.outbox((EffectState.PARKED,))
    assert [row.effect.kind for row in parked] == []
    print(f"{kills} kills, {tokens} sessions, {len(mails)} mails handed over")
