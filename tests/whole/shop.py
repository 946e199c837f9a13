"""A desk that sells, on real parts: pages, Stripe's own library on a processor that keeps state, Radicale, SMTP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes
from pathlib import Path
from threading import Event
from typing import Any, cast

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


@dataclass
class Shop:
    """`hosted`: the processor's own address, and `app` ours, for a browser to go to."""

    desk: RealDesk
    processor: Processor
    hosted: str

    def __post_init__(self) -> None:
        desk = self.desk
        self.app = app = pages_of(desk.system, Metrics(desk.system.store.views, desk.clock))
        keys = cast("InstallationKeys", desk.system.keys)
        wire = Wire(app, "https://desk.example")
        self.visitor = House(
            cast("Any", app), wire, desk.clock, desk.system.store, desk.system.door, keys, {}, {}, Event()
        )

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
        events = [e for e in self.desk.components() if e.start == session.starts_at]
        return self.state(token) == (SessionState.BOOKED, PaymentState.PAID) and len(events) == 1


@contextmanager
def open_shop(folder: Path, more: str = "") -> Iterator[Shop]:
    conformance = os.environ.get("SYNCD_CONFORMANCE", "")
    document = Path(conformance) / "openapi" / "stripe.json"
    processor = Processor(lambda: NOW)
    with served(processor, Described(document) if conformance and document.is_file() else None) as address:
        secrets = {**CREDENTIALS, "stripe-key": KEY, "stripe-webhook": SECRET}
        with real_desk(folder, STRIPE.format(address=address) + more, secrets) as desk:
            processor.now = desk.clock.now
            door = desk.system.door
            door.set_release(ReleaseSet("r3", "Release 3", ReleaseState.ACTIVE, SINCE, "ada"), "release")
            door.set_fee(FeeSet("online", "", FEE, SINCE, "ada"), "fee")
            made = Shop(desk, processor, address)
            try:
                yield made
            finally:
                made.visitor.client.close()
