"""Send me my links again; forgot your code: one answer for any address (B5, E9)."""

from __future__ import annotations

from pathlib import Path

from syncd.domain.effect import CustomerMail
from syncd.domain.letters import Letter
from syncd.web.services import Limits
from tests.web.house import CARL, House, Page, open_house


def ask(house: House, email: str, path: str = "/links") -> Page:
    return house.get(path).press(email=email)


def letters(house: House, letter: Letter = Letter.LINKS) -> list[str]:
    return [mail.to.email for mail in mails(house, letter)]


def mails(house: House, letter: Letter) -> list[CustomerMail]:
    bodies = [row.effect.body for row in house.store.views.outbox(limit=500)]
    return [b for b in bodies if isinstance(b, CustomerMail) and b.letter is letter]


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


def test_a_forgotten_code_goes_to_the_address_on_file_and_the_page_says_the_same_to_all(house: House) -> None:
    known, unknown = ask(house, CARL.email.upper(), "/code"), ask(house, "nobody@acme.example.com", "/code")
    assert known.location == unknown.location == "/code?asked=yes"
    assert known.follow().text == unknown.follow().text
    (mail,) = mails(house, Letter.CODE)
    assert (mail.to.email, mail.company_code, mail.about) == (CARL.email, "ACME-2026", "Acme Ltd")
    assert "ACME" not in known.follow().text


def test_a_code_is_not_sent_to_who_only_booked_once(house: House) -> None:
    """E9: on file means by the portal; a former colleague's own address is none."""
    house.booked(email="former@acme.example.com", name="Fred Former")
    ask(house, "former@acme.example.com", "/code")
    assert letters(house, Letter.CODE) == []


def test_codes_and_links_are_asked_for_out_of_one_allowance(own_database: Path) -> None:
    with open_house(own_database, limits=Limits(links_per_network_max=2)) as house:
        assert ask(house, "a@x.example.com").status == 303
        assert ask(house, "a@x.example.com", "/code").status == 303
        assert ask(house, CARL.email, "/code").status == 429
        assert letters(house, Letter.CODE) == []


def test_the_form_and_its_refusals_lead_to_it(house: House) -> None:
    assert 'href="/code"' in house.at_details().text
    refused = house.at_check(code="NONSENSE")
    assert refused.status == 403
    assert refused.text.count('href="/code"') == 2
