"""Signing in by an OpenID provider: the whole way there and back, and what does not hold on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx2
import pytest

from syncd.domain.accounts import Role, User
from syncd.runtime.sign_on import OpenIdConnect
from syncd.testing.clock import VirtualClock
from tests.simulators.openid import Provider, served
from tests.web.house import NOW, House, Page, open_house

BROWSER = httpx2.Client(verify=False)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with served(Provider(NOW)) as running:
        yield running


@pytest.fixture
def desk(own_database: Path, provider: Provider) -> Iterator[House]:
    provider.faults.clear()
    provider.person = {"sub": "u-1", "email": "dana", "email_verified": True}
    sign_on = OpenIdConnect(
        provider.issuer, provider.client_id, provider.secret, "email", "Example ID", VirtualClock(NOW)
    )
    with open_house(own_database, sign_on=sign_on) as house:
        yield house


def away(house: House) -> str:
    """Off to the provider and back: the path that the browser comes back to."""
    page = house.get("/desk/sign-in?next=/desk/audit")
    assert "Sign in with Example ID" in page.words
    there = page.press(to="/desk/sign-on/go")
    assert there.status == 200, there.words
    (url,) = re.findall(r'content="0;url=([^"]+)"', there.text)
    back = BROWSER.get(unescape(url)).headers["location"]
    assert back.startswith("https://desk.example.com/desk/sign-on?")
    return str(back.removeprefix("https://desk.example.com"))


def come_in(house: House) -> Page:
    return house.get(away(house))


def test_who_is_vouched_for_comes_in_where_they_wanted_to_go(desk: House) -> None:
    arrived = come_in(desk)
    assert arrived.status == 200
    assert 'content="0;url=/desk/audit"' in arrived.text
    kept = arrived.headers.get_list("set-cookie")
    assert any("__Host-syncd-desk=" in each and "SameSite=strict" in each for each in kept)
    assert desk.get("/desk").status == 200
    dana = desk.store.accounts.user("dana")
    assert dana is not None
    assert dana.subject is not None
    assert dana.subject.endswith(" u-1")


def test_from_then_on_the_subject_counts_and_no_name(desk: House, provider: Provider) -> None:
    come_in(desk)
    desk.client._client.cookies.clear()
    provider.person = {"sub": "u-1", "email": "emil", "email_verified": True}
    come_in(desk)
    assert "Dana Doe, lead" in desk.get("/desk").words, "a changed address makes nobody somebody else"
    desk.client._client.cookies.clear()
    provider.person = {"sub": "u-2", "email": "dana", "email_verified": True}
    assert come_in(desk).status == 403, "nor does a taken name"


@pytest.mark.parametrize("fault", ["iss", "aud", "nonce", "exp", "signature", "issuer"])
def test_a_word_that_does_not_hold_lets_nobody_in(desk: House, provider: Provider, fault: str) -> None:
    back = away(desk)
    provider.faults.add(fault)
    answer = desk.get(back)
    assert answer.status == 502
    assert desk.get("/desk").status == 303


@pytest.mark.parametrize(
    "person",
    [{"sub": "u-9", "email": "stranger", "email_verified": True}, {"sub": "u-9", "email": "dana"}],
    ids=["nobody-of-the-desk", "address-not-verified"],
)
def test_who_is_not_of_the_desk_stays_outside(desk: House, provider: Provider, person: dict[str, object]) -> None:
    provider.person = person
    assert come_in(desk).status == 403
    assert desk.get("/desk").status == 303


def test_an_answer_counts_once_in_its_own_browser_and_with_its_own_state(desk: House) -> None:
    back = away(desk)
    assert desk.get(re.sub(r"state=[^&]+", "state=other", back)).status == 502
    back = away(desk)
    desk.client._client.cookies.clear()
    assert desk.get(back).status == 404, "another browser was not sent off"
    back = away(desk)
    assert desk.get(back).status == 200
    desk.client._client.cookies.clear()
    assert desk.get(back).status == 404
    assert desk.get("/desk/sign-on?error=access_denied&state=x").status == 404


def test_a_user_without_a_password_has_no_other_way_in(desk: House) -> None:
    desk.store.accounts.keep(User("ida", Role.STAFF))
    assert desk.sign_in("ida", "").status == 403
    assert desk.sign_in("ida", "x" * 20).status == 403
