"""A paid session from the press to the calendar, on real parts: pages, Stripe's own library on a processor that keeps
state, signed webhooks, Radicale, SMTP (B2, E4, E7, PAY-1 to PAY-5; issue 6)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from email import message_from_bytes
from pathlib import Path
from typing import Any, cast

import pytest

from syncd.domain.effect import EffectState
from syncd.domain.money import Amount, PaymentState, ReleaseState
from syncd.domain.paying import FeeSet, ReleaseSet
from syncd.domain.session import Session, SessionState
from syncd.runtime.keys import InstallationKeys
from syncd.runtime.metrics import Metrics
from syncd.runtime.pages import pages_of
from tests.simulators.stripe.described import Described
from tests.simulators.stripe.processor import KEY, SECRET, Processor
from tests.simulators.stripe.server import served
from tests.web.house import House, Page
from tests.web.wire import Wire
from tests.whole.parts import CREDENTIALS, NOW, RealDesk, real_desk

pytestmark = pytest.mark.slow

STRIPE = """
[[connector]]
name = "card"
kind = "stripe"
api = "{address}"
credential = "stripe-key"
webhook_credential = "stripe-webhook"
"""
FEE = Amount(9_900)
SINCE = date(2020, 1, 1)
PAYER = "pia@payer.example"
LEAD = "ada@desk.example"
PAYS = {"name": "Pia Payer", "email": PAYER, "how": "pay", "code": "", "company": "Payer Inc", "release": "r3"}
HOOK = "/hooks/card"
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


@dataclass
class Shop:
    desk: RealDesk
    processor: Processor

    def __post_init__(self) -> None:
        desk = self.desk
        app = pages_of(desk.system, Metrics(desk.system.store.views))
        keys = cast("InstallationKeys", desk.system.keys)
        wire = Wire(app, "https://desk.example")
        self.visitor = House(cast("Any", app), wire, desk.clock, desk.system.store, desk.system.door, keys, {}, {})

    def pressed(self, slot: int = 30) -> str:
        """Book as somebody who pays, up to the press; the payment's token."""
        done = self.visitor.at_check(slot, **PAYS).press()
        assert done.location.startswith("/paying/"), done.text
        return done.location.rpartition("/")[2]

    def opened(self, slot: int = 30) -> str:
        """The same, and the processor was asked."""
        token = self.pressed(slot)
        self.desk.run_for(0)
        return token

    def page(self, step: str, token: str) -> Page:
        return self.visitor.get(f"/{step}/{token}")

    def session(self, token: str) -> Session:
        parts = self.visitor.keys.open("payment", token)
        assert parts is not None
        found = self.desk.system.store.views.session(parts[0].partition(":")[2])
        assert found is not None
        return found

    def state(self, token: str) -> tuple[SessionState, PaymentState]:
        session = self.session(token)
        assert session.payment is not None
        return session.state, session.payment.state

    def checkout(self, token: str) -> str:
        payment = self.session(token).payment
        assert payment is not None
        (found,) = [i for i, s in self.processor.sessions.items() if s["client_reference_id"] == payment.reference]
        return found

    def webhook(self, raw: bytes, secret: str = SECRET, age: int = 0) -> int:
        """The processor calls; the status that it is answered."""
        signed = {"stripe-signature": self.processor.signature(raw, secret, age), "content-type": "application/json"}
        return int(self.visitor.client.post(HOOK, content=raw, headers=signed).status_code)

    def mails(self, to: str) -> list[str]:
        return [str(message_from_bytes(raw)["Subject"]) for raw in self.desk.inbox.to(to)]

    def looks(self) -> int:
        return sum(1 for method, path in self.processor.asked if method == "get" and path.count("/") == 4)

    def stands(self, token: str) -> bool:
        """Booked once: the state, one payment, one event, one invitation."""
        session = self.session(token)
        events = [e for e in self.desk.events() if e.icalendar_component.start == session.starts_at]
        return self.state(token) == (SessionState.BOOKED, PaymentState.PAID) and len(events) == 1


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    folder = os.environ.get("SYNCD_CONFORMANCE", "")
    document = Path(folder) / "openapi" / "stripe.json"
    processor = Processor(lambda: NOW)
    with served(processor, Described(document) if folder and document.is_file() else None) as address:
        secrets = {**CREDENTIALS, "stripe-key": KEY, "stripe-webhook": SECRET}
        with real_desk(tmp_path, STRIPE.format(address=address), secrets) as desk:
            processor.now = desk.clock.now
            door = desk.system.door
            door.set_release(ReleaseSet("r3", "Release 3", ReleaseState.ACTIVE, SINCE, "ada"), "release")
            door.set_fee(FeeSet("online", "", FEE, SINCE, "ada"), "fee")
            made = Shop(desk, processor)
            try:
                yield made
            finally:
                made.visitor.client.close()


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
