"""Who may not book is told what it means and what can be done, and learns nothing else (E3, E5, E6, PAGE-6)."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncd.domain.decision import AnswerCode
from syncd.messages.catalogue import locale
from syncd.messages.when import When
from syncd.web.app import build_app
from syncd.web.services import Limits, Services
from syncd.web.words import say
from tests.web.house import DESK, FORM, House, Page, open_house
from tests.web.wire import Wire

WRONG_CODES = ("ACME-2027", "LAPSED-01", "x", "'; DROP TABLE case_; --")


def said(page: Page) -> str:
    """The page less what differs from visit to visit: tokens, times, the typed code."""
    text = re.sub(r'(name="(form|press)" value=|form=)"?[^"&]+', "", page.text)
    text = re.sub(r'data-(now|until)="[^"]+"|value="[^"]*"|\d\d:\d\d', "", text)
    return " ".join(text.split())


@pytest.mark.parametrize("code", WRONG_CODES)
def test_a_code_that_opens_nothing_says_where_the_right_one_is_found(house: House, code: str) -> None:
    again = house.at_check(code=code, issue="Keep me.")
    assert again.status == 403
    assert "This code does not open a booking" in again.words
    assert "portal.example.com, under Profile" in again.words
    assert again.fields("details")["issue"] == "Keep me."
    assert again.press("details", code="ACME2026").heading == "Is everything right?"


def test_unknown_and_lapsed_codes_are_told_the_same(house: House) -> None:
    details = house.at_details()
    answers = {said(details.press("details", **(FORM | {"code": code}))) for code in WRONG_CODES}
    assert len(answers) == 1


def test_guessing_is_stopped_and_says_when_to_try_again(own_database: Path) -> None:
    with open_house(own_database, limits=Limits(codes_per_network_max=3)) as house:
        details = house.at_details()
        for n in range(3):
            assert details.press("details", **(FORM | {"code": f"GUESS{n}"})).status == 403
        stopped = details.press("details", **FORM)
        assert stopped.status == 429, "the right code too, or guessing would go on"
        assert "04:00 EST" in stopped.words
        assert stopped.headers["retry-after"] == "Mon, 30 Nov 2026 09:00:00 GMT"
        assert stopped.fields()["name"] == "Carl Customer", "what was typed is kept"
        house.advance(timedelta(hours=1))
        assert stopped.press().heading == "Is everything right?"


def test_guessing_from_many_networks_is_stopped_in_total(own_database: Path) -> None:
    with open_house(own_database, limits=Limits(codes_total_max=3)) as house:
        details = house.at_details()
        for n in range(3):
            house.enter_from(f"198.51.100.{n}")
            assert details.press("details", **(FORM | {"code": f"GUESS{n}"})).status == 403
        house.enter_from("192.0.2.1")
        assert details.press("details", **FORM).status == 429


def test_a_right_code_is_no_guess(own_database: Path) -> None:
    with open_house(own_database, limits=Limits(codes_per_network_max=2)) as house:
        details = house.at_details()
        for _ in range(5):
            assert details.press("details", **FORM).heading == "Is everything right?"


def test_a_check_page_is_no_way_around_the_limit(own_database: Path) -> None:
    with open_house(own_database, limits=Limits(codes_per_network_max=2)) as house:
        check = house.at_check()
        for n in range(2):
            assert check.press(code=f"GUESS{n}").status == 403
        assert check.press().status == 429


def test_a_blocked_company_is_told_whom_to_write_to(house: House) -> None:
    again = house.at_check(code="BLOCKED-9")
    assert again.status == 403
    assert "help@desk.example.com" in again.words
    assert "does not open a booking" not in again.words


def test_a_store_that_cannot_write_says_not_recorded_and_keeps_everything(house: House) -> None:
    check = house.at_check(issue="Keep me.")
    with house.disk_full():
        failed = check.press()
    assert failed.status == 503
    assert failed.heading == "This has not been recorded"
    assert failed.fields()["issue"] == "Keep me."
    assert failed.headers["retry-after"]
    assert failed.press().status == 303, "the same press, once it can be recorded"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"name": "json"}', "application/json"),
        (b"name=%ff%fe", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(200)), "application/x-www-form-urlencoded"),
        (b"", ""),
    ],
)
def test_what_is_no_form_is_not_understood_and_changes_nothing(house: House, content: bytes, kind: str) -> None:
    answer = house.client.post("/links", content=content, headers={"content-type": kind})
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text


def test_control_characters_are_refused_with_the_form_kept(house: House) -> None:
    again = house.at_check(name="Carl\r\nBcc: all@example.com", issue="It says \x07")
    assert again.status == 422
    assert 'href="#name"' in again.text
    assert 'href="#issue"' in again.text
    assert again.fields("details")["email"] == FORM["email"]


def test_a_fault_of_ours_promises_nothing_and_asks_to_press_again(house: House) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("a bug")

    broken: Any = Broken()
    services = Services(
        house.door,
        broken,
        house.keys,
        house.clock,
        house.door.desk,
        house.door.terms,
    )
    token, other = house.booked(), house.booked(8)
    with closing(Wire(build_app(services), DESK.base_url, raises=False)) as wire:
        page = wire.get(f"/s/{token}")
        problem = wire.get(f"/api/v1/sessions/{other}")
    assert page.status_code == 500
    assert "it counts once" in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert problem.status_code == 500
    assert problem.headers["content-type"] == "application/problem+json"


def test_a_suspended_contact_is_told_until_when_and_that_colleagues_can_book() -> None:
    """E5; the rules that suspend come with attendance, the words are here."""
    when = When(locale("en"), ZoneInfo("America/New_York"))
    said = say(DESK, when, AnswerCode.SUSPENDED, datetime(2027, 1, 29, 5, tzinfo=UTC))
    assert said.status == 403
    assert "until Fri 29 Jan, 00:00 EST" in said.means
    assert "Colleagues of yours can book" in said.means
