"""What costs money, from the press to the calendar: our pages, the processor's page, its word, our mail (S4, PAY-1 to
PAY-6). The desk stands on real parts; the browser goes to the processor and back, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route

from syncd.domain.money import PaymentState
from syncd.domain.session import SessionState
from tests.browser.serving import served
from tests.browser.visitor import Street, Visitor
from tests.simulators.stripe.server import HOSTED
from tests.whole.parts import CARL
from tests.whole.shop import PAYER, Shop, open_shop
from tests.whole.test_reinstating import is_suspended, suspended

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture
def visitor(shop: Shop, chromium: Browser) -> Iterator[Visitor]:
    """What is published at the desk's and at the processor's address is served on loopback here."""
    with served(shop.app) as base:
        found = Street(shop.visitor, base, chromium).visitor("Europe/Berlin", by_keyboard=True)

        def to(address: str) -> object:
            def lead(route: Route) -> None:
                where = urlsplit(route.request.url)
                route.fulfill(status=303, headers={"location": f"{address}{where.path}"})

            return lead

        found.context.route("https://desk.example/**", to(base))  # type: ignore[arg-type]
        found.context.route("https://checkout.example/**", to(shop.hosted + HOSTED.rstrip("/")))  # type: ignore[arg-type]
        yield found
        found.context.close()


def last_checkout(shop: Shop) -> str:
    return list(shop.processor.sessions)[-1]


def processor_calls(shop: Shop) -> None:
    """Its webhook, and what follows at the desk."""
    assert shop.webhook(shop.processor.event(last_checkout(shop))) == 200
    shop.desk.run_for(0)


def chosen(visitor: Visitor) -> str:
    """As far as the payment, which is being prepared; its token."""
    visitor.open("/book")
    visitor.follow("Later days")
    visitor.take("10:00")
    visitor.fill(name="Pia Payer", email=PAYER)
    visitor.tick("We pay for this session")
    visitor.fill(company="Payer Inc")
    visitor.choose("release", "r3")
    visitor.press("Continue")
    assert "99.00 USD" in visitor.words
    assert "Release 3" in visitor.words
    visitor.press("Keep this time and pay")
    assert visitor.heading == "Your payment is being prepared"
    return visitor.page.url.rpartition("/")[2]


def test_a_person_pays_for_a_session(shop: Shop, visitor: Visitor) -> None:
    token = chosen(visitor)
    shop.desk.run_for(0)
    visitor.page.get_by_role("heading", name="One step left: pay 99.00 USD").wait_for()  # the page goes on by itself
    visitor.follow("Pay 99.00 USD")
    assert visitor.heading == "Pay 99.00 USD"
    visitor.page.get_by_role("button", name="Pay").press("Enter")
    visitor.page.get_by_role("heading", name="Thank you. We are waiting for the processor's word").wait_for()
    assert shop.state(token) == (SessionState.HELD, PaymentState.OPEN), "coming back proves nothing (PAY-1)"
    assert shop.mails(PAYER) == []
    processor_calls(shop)
    visitor.page.wait_for_url("**/booked/**")
    assert visitor.heading.startswith("See you on")
    assert shop.stands(token)
    assert [subject.partition(":")[0] for subject in shop.mails(PAYER)] == ["Invitation"]
    visitor.follow("Open the session’s page")
    assert "Booked by Pia Payer, Payer Inc" in visitor.words
    assert not visitor.complaints


def test_a_person_turns_back_from_paying_and_gives_the_time_back(shop: Shop, visitor: Visitor) -> None:
    token = chosen(visitor)
    shop.desk.run_for(0)
    visitor.page.get_by_role("heading", name="One step left: pay 99.00 USD").wait_for()
    visitor.follow("Pay 99.00 USD")
    visitor.page.get_by_role("button", name="Back").press("Enter")
    visitor.page.get_by_role("heading", name="You have not paid yet").wait_for()
    visitor.press("Give the time back")
    shop.desk.run_for(1)
    assert shop.state(token) == (SessionState.LAPSED, PaymentState.EXPIRED)
    visitor.page.reload()
    assert visitor.heading == "The time has been given back"
    assert not visitor.complaints


def test_a_suspended_person_pays_and_books_again(shop: Shop, visitor: Visitor) -> None:
    link = suspended(shop)

    def book() -> None:
        visitor.open("/book")
        visitor.follow("Later days")
        visitor.take("11:00")
        visitor.fill(name=CARL.name, email=CARL.email, code="ACME-2026")
        visitor.press("Continue")

    book()
    assert "suspended" in visitor.words
    visitor.complaints.clear()  # a browser notes that a form was refused
    visitor.open(link)
    assert visitor.heading == "Free sessions are suspended"
    visitor.press("Pay 100.00 USD")
    shop.desk.run_for(0)
    visitor.page.get_by_role("heading", name="One step left: pay 100.00 USD").wait_for()
    visitor.follow("Pay 100.00 USD")
    visitor.page.get_by_role("button", name="Pay").press("Enter")
    visitor.page.get_by_role("heading", name="Thank you. We are waiting for the processor's word").wait_for()
    assert is_suspended(shop)
    processor_calls(shop)
    visitor.page.get_by_role("heading", name="You can book free sessions").wait_for()
    assert "the suspension is lifted" in visitor.words
    assert not is_suspended(shop)
    book()
    visitor.press("Book this session")
    assert visitor.heading.startswith("See you on")
    shop.desk.run_for(0)
    assert [s.partition(":")[0] for s in shop.mails(CARL.email)].count("Invitation") == 1
    assert not visitor.complaints
