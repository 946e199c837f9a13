"""Stripe Checkout by the unmodified library, on a simulator held to Stripe's own description (PAY-1 to PAY-7)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.stripe import Settings
from connectors.stripe.client import StripePayments
from connectors.stripe.hook import StripeHook
from connectors.stripe.translate import asked
from syncd.domain.effect import PaymentOpen
from syncd.domain.keys import contact_key, session_key
from syncd.domain.money import Amount
from syncd.domain.paying import PaymentNudged
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable
from syncd.ports.hook import Call
from syncd.testing.clock import VirtualClock
from tests.simulators.stripe.described import Described
from tests.simulators.stripe.processor import KEY, SECRET, Processor
from tests.simulators.stripe.server import served

CLOCK = VirtualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))  # it stands: a late test is not a late payment
LASTS = CLOCK.now() + timedelta(minutes=35)
URLS = ("https://desk.example/paid/t", "https://desk.example/unpaid/t")


@pytest.fixture
def processor() -> Processor:
    return Processor(CLOCK.now)


@pytest.fixture
def address(processor: Processor) -> Iterator[str]:
    folder = os.environ.get("SYNCD_CONFORMANCE", "")
    document = Path(folder) / "openapi" / "stripe.json"
    with served(processor, Described(document) if folder and document.is_file() else None) as url:
        yield url


@pytest.fixture
def payments(address: str) -> StripePayments:
    return connector(address)


def connector(address: str, key: str = KEY) -> StripePayments:
    return StripePayments("card", Settings(credential="stripe-key", api=address), key, SECRET, CLOCK)


def wanted(**changes: Any) -> PaymentOpen:
    given: dict[str, Any] = {
        "method": "card",
        "reference": "s1-1",
        "amount": Amount(9_900),
        "description": "Screen sharing session",
        "email": "carl@acme.example",
        "locale": "de",
        "expires_at": LASTS,
        "subject": session_key("s1"),
    }
    return PaymentOpen(**(given | changes))


def test_the_simulator_is_held_to_stripes_own_description() -> None:
    if not os.environ.get("SYNCD_CONFORMANCE"):
        pytest.skip("SYNCD_CONFORMANCE is not set: requests and answers are not judged")
    assert (Path(os.environ["SYNCD_CONFORMANCE"]) / "openapi" / "stripe.json").is_file()


def test_opened_paid_and_seen(payments: StripePayments, processor: Processor) -> None:
    opened = payments.open(wanted(), "key-1", *URLS)
    assert opened.url.startswith("https://checkout.example/")
    assert payments.look("s1-1", opened.outside_id).status == "open"
    processor.pay(opened.outside_id)
    found = payments.look("s1-1", opened.outside_id)
    assert (found.status, found.amount, found.reference) == ("paid", Amount(9_900), "s1-1")


@pytest.mark.parametrize("fault", ["drop-after", "500"])
def test_an_ambiguous_opening_repeated_with_its_key_is_one_payment(
    payments: StripePayments, processor: Processor, fault: str
) -> None:
    processor.faults = [fault]
    with pytest.raises(OutcomeUnknown):
        payments.open(wanted(), "key-1", *URLS)
    again = payments.open(wanted(), "key-1", *URLS)
    assert list(processor.sessions) == [again.outside_id]


def test_what_is_paid_cannot_be_expired_and_what_is_expired_stays_so(
    payments: StripePayments, processor: Processor
) -> None:
    first, second = (payments.open(wanted(reference=f"s{n}-1"), f"key-{n}", *URLS) for n in (1, 2))
    processor.pay(first.outside_id)
    assert payments.expire("s1-1", first.outside_id).status == "paid"
    assert payments.expire("s2-1", second.outside_id).status == "expired"
    assert payments.expire("s2-1", second.outside_id).status == "expired"


def test_a_payment_whose_id_was_never_learnt_is_found_by_its_reference(
    payments: StripePayments, processor: Processor
) -> None:
    for n in range(130):
        processor.create(_form(f"other-{n}"), "")
    processor.faults = ["drop-after"]
    with pytest.raises(OutcomeUnknown):
        payments.open(wanted(), "key-1", *URLS)
    for n in range(130):
        processor.create(_form(f"later-{n}"), "")
    assert payments.look("s1-1", "").status == "open"
    assert payments.expire("s1-1", "").status == "expired"
    assert payments.look("nobody-1", "").status == "unknown"


def _form(reference: str) -> dict[str, object]:
    item = {"quantity": "1", "price_data": {"unit_amount": "100", "currency": "usd"}}
    lasts = str(int(LASTS.timestamp()))
    return {
        "mode": "payment",
        "client_reference_id": reference,
        "expires_at": lasts,
        "success_url": "https://x.example/",
        "line_items": {"0": item},
    }


@pytest.mark.parametrize(
    ("fault", "error"), [("429", Retryable), ("500", Retryable), ("401", Misconfigured), ("drop-after", Retryable)]
)
def test_a_look_says_what_to_do_next(
    payments: StripePayments, processor: Processor, fault: str, error: type[Exception]
) -> None:
    opened = payments.open(wanted(), "key-1", *URLS)
    processor.faults = [fault]
    with pytest.raises(error):
        payments.look("s1-1", opened.outside_id)


def test_refusals_are_for_a_person(address: str, payments: StripePayments) -> None:
    with pytest.raises(Misconfigured, match="Invalid API Key") as caught:
        connector(address, "rk_test_other").probe()
    assert "restricted key" in caught.value.hint
    with pytest.raises(Permanent, match="minimum"):
        payments.open(wanted(amount=Amount(1)), "key-1", *URLS)


def test_amounts_are_in_the_currencys_own_units() -> None:
    item = asked(wanted(amount=Amount(150_000, "JPY")), *URLS)["line_items"][0]
    assert item["price_data"] | {} == {
        "currency": "jpy",
        "unit_amount": 1_500,
        "product_data": {"name": "Screen sharing session"},
    }


def call(raw: bytes, signature: str, method: str = "POST") -> Call:
    return Call(method, "https://desk.example/hooks/card", {"stripe-signature": signature}, raw, CLOCK.now())


def test_a_signed_event_makes_us_look_and_says_nothing_else(payments: StripePayments, processor: Processor) -> None:
    (hook,) = payments.hooks()
    opened = payments.open(wanted(subject=contact_key("c1")), "key-1", *URLS)
    raw = processor.event(opened.outside_id)
    answer = hook.receive(call(raw, processor.signature(raw)))
    assert answer.status == 200
    assert answer.batch is not None
    (evidence,) = answer.batch.evidence
    assert evidence.subject == contact_key("c1")
    assert isinstance(evidence.payload, PaymentNudged)
    again = hook.receive(call(raw, processor.signature(raw)))
    assert again.batch is not None
    assert again.batch.evidence[0].key == evidence.key


def test_forged_old_and_senseless_events_do_nothing(processor: Processor) -> None:
    hook = StripeHook("card", SECRET)
    raw = b'{"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {"id": "cs_1"}}}'
    forged = [
        processor.signature(raw, "whsec_other"),
        processor.signature(raw, age=301),
        processor.signature(raw, age=-301),
        processor.signature(raw).replace("v1", "v0"),
        "",
        "t=,v1=",
        "t=9999999999999999999,v1=a",
        "t=1,t=2,v1=é",
    ]
    for signature in forged:
        assert hook.receive(call(raw, signature)).status == 401
    assert hook.receive(call(raw, processor.signature(raw), method="GET")).status == 401
    about = {"id": "cs_1", "metadata": {"subject": "nonsense"}}
    for senseless in (b"", b"[]", b"{", b"\xff", raw, json.dumps({"id": "e", "type": "x", "data": about}).encode()):
        answer = hook.receive(call(senseless, processor.signature(senseless)))
        assert (answer.status, answer.batch) == (200, None)
