"""A suspension lifted by payment, from the link in the notice to the next free booking, on real parts (S4, PAY-6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from syncd.domain.evidence import Evidence, Payload
from syncd.domain.keys import contact_key
from syncd.domain.people import Contact
from syncd.domain.standing import NoShowConfirmed, NoShowReversed
from syncd.policy.decide import decide
from tests.web.house import FORM
from tests.whole.parts import CARL
from tests.whole.shop import LEAD, Shop, open_shop

pytestmark = pytest.mark.slow

FREE = FORM | {"name": CARL.name, "email": CARL.email}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as opened:
        yield opened


def tell(shop: Shop, payload: Payload) -> None:
    now = shop.desk.clock.now()
    key = contact_key(carl(shop).id)
    store = shop.desk.system.store
    store.settle(key, decide, now, (Evidence(f"test/{payload.kind}/{now.isoformat()}", "test", now, payload, key),))
    shop.desk.run_for(0)


def carl(shop: Shop) -> Contact:
    (found,) = shop.desk.system.store.views.contacts_by_email(CARL.email)
    return found


def suspended(shop: Shop) -> str:
    """Two free sessions missed; the path of the link in the notice."""
    for number in (1, 2):
        now = shop.desk.clock.now()
        terms = shop.desk.system.in_force.terms
        tell(shop, NoShowConfirmed(f"s{number}", "acme", now, CARL.zone, counts=True, terms_id=terms.id))
        shop.desk.run_for(60)
    notice = message_from_bytes(shop.desk.inbox.to(CARL.email)[-1], policy=policy.default)
    body = notice.get_body(("plain",))
    assert body is not None
    found = re.search(r"https://desk\.example(/reinstate/\S+)", body.get_content())
    assert found is not None, body.get_content()
    return found[1]


def begun(shop: Shop, link: str) -> str:
    """Pressed, and the processor was asked; its Checkout Session."""
    before = set(shop.processor.sessions)
    done = shop.visitor.get(link).press(method="card")
    assert done.location.startswith("/paying/"), done.text
    shop.desk.run_for(0)
    (made,) = set(shop.processor.sessions) - before
    assert f'href="{shop.processor.get(made)["url"]}"' in done.follow().text
    return made


def told(shop: Shop, checkout: str) -> None:
    assert shop.webhook(shop.processor.event(checkout)) == 200
    shop.desk.run_for(1)


def is_suspended(shop: Shop) -> bool:
    return carl(shop).suspended_at(shop.desk.clock.now()) is not None


def fee_questions(shop: Shop) -> list[str]:
    return [s for s in shop.mails(LEAD) if "fee" in s.lower() or "payment" in s.lower()]


def test_the_link_in_the_notice_shows_is_pressed_is_paid_and_lifts_it_once(shop: Shop) -> None:
    link = suspended(shop)
    refused = shop.visitor.at_details(20).press("details", **FREE)
    assert refused.status == 403, refused.words
    before = shop.visitor.everything()
    page = shop.visitor.get(link)
    assert shop.visitor.everything() == before, "opening a link changes nothing (C7)"
    assert "100.00\u00a0USD" in page.text
    checkout = begun(shop, link)
    assert (shop.processor.get(checkout)["amount_total"], is_suspended(shop)) == (10_000, True)
    assert page.press(method="card").location.startswith("/paying/"), "a second press goes on with the same payment"
    shop.desk.run_for(0)
    assert len(shop.processor.sessions) == 1
    shop.processor.pay(checkout)
    for _ in range(3):
        told(shop, checkout)
    assert not is_suspended(shop)
    assert [fee.lifted for fee in carl(shop).fees] == ["s2"]
    assert "the suspension is lifted" in shop.visitor.get(link).text
    assert sum("free sessions" in s and "again" in s for s in shop.mails(CARL.email)) == 1, shop.mails(CARL.email)
    booked = shop.visitor.at_details(20).press("details", **FREE).press()
    assert booked.location.startswith("/booked/")
    assert fee_questions(shop) == []


def test_a_lost_webhook_or_a_window_that_was_closed(shop: Shop) -> None:
    link = suspended(shop)
    left = begun(shop, link)
    shop.desk.run_for(60)
    payment = carl(shop).payment
    assert payment is not None
    assert (shop.processor.get(left)["status"], payment.state) == ("expired", "expired")
    again = begun(shop, link)
    shop.processor.pay(again)
    shop.desk.run_for(3)
    assert not is_suspended(shop)


def test_paid_twice_or_for_what_was_reversed_is_put_before_a_person(shop: Shop) -> None:
    link = suspended(shop)
    first = begun(shop, link)
    shop.desk.run_for(60)
    second = begun(shop, link)
    for checkout in (second, first):
        shop.processor.sessions[checkout].update(status="complete", payment_status="paid", url=None)
        told(shop, checkout)
    assert sorted(fee.lifted or "" for fee in carl(shop).fees) == ["", "s2"]
    asked = len(fee_questions(shop))
    assert asked == 1, shop.mails(LEAD)
    tell(shop, NoShowReversed("s2", "the provider's report shows them"))
    assert len(fee_questions(shop)) == 2, "S7: a fee whose suspension was reversed"


def test_where_waiting_alone_ends_it_nothing_is_sold(tmp_path: Path) -> None:
    with open_shop(tmp_path, '[terms]\nreinstatement = "wait"\n') as shop:
        with pytest.raises(AssertionError, match="nothing needs to be done"):
            suspended(shop)
        link = f"/reinstate/{shop.visitor.keys.sign('reinstatement', contact_key(carl(shop).id))}"
        page = shop.visitor.get(link)
        assert "<form" not in page.text.split("<main")[1]
        answer = shop.visitor.door.ask_reinstatement(carl(shop).id, "card", "forged")
        assert not answer.accepted
        shop.desk.run_for(1)
        assert shop.processor.sessions == {}


def test_it_ends_while_it_is_being_paid(shop: Shop) -> None:
    link = suspended(shop)
    shop.desk.clock.advance(timedelta(days=60) - timedelta(hours=4))
    while is_suspended(shop) and shop.desk.clock.now() + timedelta(minutes=5) < carl(shop).suspensions[0].ends_at:
        shop.desk.clock.advance(timedelta(minutes=5))
    checkout = begun(shop, link)
    shop.processor.pay(checkout)
    shop.desk.clock.advance(timedelta(minutes=6))
    told(shop, checkout)
    assert [fee.lifted for fee in carl(shop).fees] == [None]
    assert len(fee_questions(shop)) == 1
    assert "looks at it" in shop.visitor.get(link).text
