"""The paid way of booking, as a visitor goes it: chosen, shown, kept, paid, booked (E4, E7, PAY-1, PAY-5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from syncd.domain.desk import PaymentMethod
from syncd.domain.keys import session_key
from syncd.domain.money import Amount, Payment, ReleaseState
from syncd.domain.paying import FeeSet, PaymentOpened, PaymentSeen, ReleaseSet
from syncd.domain.session import Session, SessionState
from tests.web import house as h
from tests.web.house import House, Page

FEE = Amount(9_900)
SINCE = date(2020, 1, 1)
PAYS = {"how": "pay", "code": "", "company": "Payer Inc", "release": "r3"}


METHODS = (PaymentMethod("card", online=True), PaymentMethod("bill", online=False))


@pytest.fixture
def shop(own_database: Path) -> Iterator[House]:
    with h.open_house(own_database, replace(h.DESK, payments=METHODS)) as house:
        yield stocked(house)


def stocked(house: House) -> House:
    for release, state in (("r3", ReleaseState.ACTIVE), ("r2", ReleaseState.DEPRECATED)):
        house.door.set_release(ReleaseSet(release, f"Release {release[1]}", state, SINCE, "dana"), release)
    house.door.set_fee(FeeSet("online", "", FEE, SINCE, "dana"), "fee")
    return house


def payment_of(page: Page) -> Payment:
    payment = session_of(page).payment
    assert payment is not None
    return payment


def session_of(page: Page) -> Session:
    house = page.house
    parts = house.keys.open("payment", page.location.rpartition("/")[2])
    assert parts is not None
    return house.stored(parts[0].partition(":")[2])


def test_a_desk_that_sells_nothing_asks_for_a_code_alone(house: House) -> None:
    assert "We pay for this session" not in house.at_details().text


def test_bought_shown_paid_booked(shop: House) -> None:
    check = shop.at_check(**PAYS)
    assert "99.00\u00a0USD" in check.text
    assert "Keep this time and pay" in check.text
    done = check.press()
    session = session_of(done)
    assert session.state is SessionState.HELD
    waits = done.follow()
    assert "being prepared" in waits.text
    assert waits.headers["refresh"] == "3"
    payment = session.payment
    assert payment is not None
    shop.tell(session_key(session.id), PaymentOpened("e", payment.reference, "cs_1", "https://pay.example/cs_1"))
    assert 'href="https://pay.example/cs_1"' in done.follow().text
    back = done.location.replace("/paying/", "/paid/")
    assert "waiting for the processor" in shop.get(back).text
    shop.tell(session_key(session.id), PaymentSeen(payment.reference, "cs_1", "paid", FEE))
    assert shop.get(back).location.startswith("/booked/")
    assert shop.get(done.location).location.startswith("/booked/")


def test_giving_the_time_back_is_a_press_and_looking_is_none(shop: House) -> None:
    done = shop.at_check(**PAYS).press()
    session = session_of(done)
    assert session.payment is not None
    opened = PaymentOpened("e", session.payment.reference, "cs_1", "https://pay.example/cs_1")
    shop.tell(session_key(session.id), opened)
    before = shop.everything()
    page = shop.get(done.location.replace("/paying/", "/unpaid/"))
    assert shop.everything() == before
    assert "Give the time back" in page.text
    assert page.press().status == 303
    assert payment_of(done).state == "expiring"


def test_by_invoice_it_is_booked_at_once(shop: House) -> None:
    check = shop.at_check(**PAYS, method="bill")
    assert "by invoice" in check.text
    assert check.press().location.startswith("/booked/")


def test_limited_support_says_whom_to_write_to(shop: House) -> None:
    refused = shop.at_details().press("details", **(h.FORM | PAYS | {"release": "r2"}))
    assert refused.status == 403
    assert "we have to say yes first" in refused.text
    assert "Payer Inc" in refused.text


def test_a_fee_that_the_form_did_not_show_is_shown_before_it_counts(shop: House) -> None:
    check = shop.at_check(**PAYS)
    shown = check.fields()["fee"]
    for forged in ("", shown[:-4] + "AAAA", shop.keys.sign("fee", "other", "100", "USD")):
        again = shop.post("/book/online/book", check.fields() | {"fee": forged})
        assert again.status in (200, 409)
        assert "99.00\u00a0USD" in again.text
    assert again.press().location.startswith("/paying/")


def test_a_mistyped_code_offers_the_paid_way(shop: House) -> None:
    refused = shop.at_details().press("details", **(h.FORM | {"code": "NONSENSE"}))
    assert "pay for this session" in refused.text


def test_fees_and_releases_are_public_and_dated(shop: House) -> None:
    page = shop.get("/fees")
    for said in ("99.00\u00a0USD", "Release 3", "Limited support", "2020"):
        assert said in page.text


def test_a_fee_of_the_desks_today_is_shown_where_it_is_yesterday_still(shop: House) -> None:
    zone, today = "Pacific/Pago_Pago", h.DESK.day_of(shop.clock.now())
    shop.door.set_fee(FeeSet("online", "", Amount(11_100), today, "dana"), "today")
    shop.door.set_fee(FeeSet("online", "", Amount(22_200), today + timedelta(days=1), "dana"), "tomorrow")
    fees = shop.get(f"/fees?zone={zone}").text
    assert "111.00\u00a0USD" in fees
    assert "222.00\u00a0USD" in fees
    assert fees.index("111.00") < fees.index("222.00")
    check = shop.at_check(**PAYS, zone=zone)
    assert "111.00\u00a0USD" in check.text
    assert "222.00" not in check.text
    assert check.press().location.startswith("/paying/")


def test_a_payments_page_is_found_by_its_token_alone(shop: House) -> None:
    token = shop.at_check(**PAYS).press().location.rpartition("/")[2]
    for wrong in ("x", token[:-2], shop.keys.sign("payment", "session:none"), shop.keys.sign("payment", "contact:c1")):
        assert shop.get(f"/paying/{wrong}").status == 404
