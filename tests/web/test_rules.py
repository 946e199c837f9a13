"""The rules in force, in plain words, dated, with earlier versions kept (E13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from syncd.domain.people import Entitlement, Reinstatement
from syncd.domain.terms import Terms
from tests.web import house as h
from tests.web.house import House

DEFAULTS = (
    "until 65 minutes before the start",
    "24 hours and 2 hours before the start",
    "undone without consequence",
    "from 15 minutes before the start",
    "15 minutes after the start if we have your mobile number, 10 minutes if not",
    "2 missed free sessions of one person within 6 months",
    "free sessions for 60 days",
    "ends by itself, or at once by a payment of 100.00 USD",
    "30 minutes long, from 2 hours before the start, up to 30 days ahead",
    "active support or maintenance plan",
)


def test_they_say_the_numbers_of_the_policy(house: House) -> None:
    page = house.get("/rules")
    for said in DEFAULTS:
        assert said in page.words, said
    assert "In force since Monday, 30 November 2026" in page.words


def test_other_terms_are_other_words_and_the_former_ones_stay(house: House) -> None:
    stricter = Terms(
        "terms-2",
        cancel_cutoff=timedelta(minutes=90),
        reinstatement=Reinstatement.PAYMENT,
        reinstatement_cents=12_550,
        no_shows=3,
        counting=(Entitlement.PLAN, Entitlement.PAID),
        reminders=(),
    )
    later = h.NOW + timedelta(days=3)
    house.store.adopt(h.DESK, stricter, later)
    house.store.adopt(h.DESK, Terms(), later + timedelta(days=2))
    house.clock.advance(timedelta(days=6))
    page = house.get("/rules")
    assert "65 minutes" in page.words
    versions = [part.split('"')[0] for part in page.text.split('href="/rules?version=')[1:]]
    assert len(versions) == 2, "A, then B, then A again: three times, of which one is today's"
    middle = house.get(f"/rules?version={versions[0]}")
    for said in (
        "until 90 minutes before",
        "3 missed free or paid sessions",
        "ends by a payment of 125.50",
        "no reminders",
        "were in force from",
    ):
        assert said in middle.words, said
    assert "65 minutes" in house.get(f"/rules?version={versions[1]}").words
    assert house.get("/rules?version=nonsense").status == 404


def test_a_desk_that_suspends_nobody_says_so(house: House) -> None:
    house.store.adopt(h.DESK, replace(Terms(), id="terms-kind", counting=()), h.NOW + timedelta(days=1))
    house.clock.advance(timedelta(days=2))
    kind = [v for since, v in house.store.views.terms_history() if v.id == "terms-kind"]
    assert kind
    found = house.get("/rules").text.split("version=")[1].split('"')[0]
    assert "suspends nobody" in house.get(f"/rules?version={found}").words
