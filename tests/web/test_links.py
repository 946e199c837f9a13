"""Send me my links again: one answer for any address (B5)."""

from __future__ import annotations

from pathlib import Path

from syncd.domain.effect import CustomerMail
from syncd.domain.letters import Letter
from syncd.web.services import Limits
from tests.web.house import CARL, House, Page, open_house


def ask(house: House, email: str) -> Page:
    return house.get("/links").press(email=email)


def letters(house: House) -> list[str]:
    bodies = [row.effect.body for row in house.store.views.outbox(limit=500)]
    return [b.to.email for b in bodies if isinstance(b, CustomerMail) and b.letter is Letter.LINKS]


def test_the_answer_is_the_same_for_any_address_and_only_one_gets_a_mail(house: House) -> None:
    house.booked()
    known, unknown = ask(house, CARL.email.upper()), ask(house, "nobody@acme.example.com")
    assert known.location == unknown.location == "/links?asked=yes"
    assert known.follow().text == unknown.follow().text
    assert letters(house) == [CARL.email]


def test_a_double_press_is_one_mail(house: House) -> None:
    house.booked()
    page = house.get("/links")
    page.press(email=CARL.email)
    page.press(email=CARL.email)
    assert letters(house) == [CARL.email]


def test_a_mistyped_address_is_told_and_kept(house: House) -> None:
    again = ask(house, "carl@acme")
    assert again.status == 422
    assert again.fields()["email"] == "carl@acme"
    assert 'href="#email"' in again.text


def test_asking_too_often_waits(own_database: Path) -> None:
    with open_house(own_database, limits=Limits(links_per_network_max=2)) as house:
        for _ in range(2):
            assert ask(house, "a@x.example.com").status == 303
        late = ask(house, CARL.email)
        assert late.status == 429
        assert late.fields()["email"] == CARL.email


def test_a_form_that_is_not_ours_sends_nothing(house: House) -> None:
    house.booked()
    assert house.post("/links", {"email": CARL.email, "press": "forged"}).status == 403
    assert not letters(house)
