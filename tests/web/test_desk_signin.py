"""Who gets in to the desk, for how long, and what a stranger gets (spec/reliability.md 5)."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.web.desk_person import digest_of
from syncd.web.services import Limits
from syncd.web.tokens import new_press
from tests.web import desk
from tests.web.house import DESK, PASSWORD, House, open_house

GETS = (
    "",
    "/board",
    "/inbox",
    "/absences",
    "/companies",
    "/companies/acme",
    "/health",
    "/audit",
    "/reports",
    "/reports.csv",
    "/sign-out",
)
POSTS = (
    "/press",
    "/inbox/sort",
    "/inbox/answer",
    "/inbox/seen",
    "/absences/act",
    "/companies/acme/block",
    "/health/parked",
    "/sign-out",
)
ON_A_SESSION = ("/outcome", "/shift", "/give", "/cancel", "/note")


def posts(house: House) -> list[str]:
    session = house.session(house.booked_quickly())
    contact = session.booking.contact_id if session.booking else ""
    return [
        *(f"/desk{path}" for path in POSTS),
        f"/desk/contacts/{contact}/reinstate",
        f"/desk/contacts/{contact}/paid",
        *(f"/desk/s/{session.id}{path}" for path in ON_A_SESSION),
    ]


def test_nobody_sees_a_page_of_the_desk_without_signing_in(house: House) -> None:
    session = house.session(house.booked_quickly())
    for path in (*(f"/desk{each}" for each in GETS), f"/desk/s/{session.id}"):
        answer = house.get(path)
        assert (answer.status, answer.location.partition("?")[0]) == (303, "/desk/sign-in"), path
        assert "Acme" not in answer.text
    assert house.client.get("/desk/live").status_code == 204


def test_nobody_presses_anything_without_signing_in(house: House) -> None:
    addresses = posts(house)
    before = house.everything()
    for path in addresses:
        assert house.post(path, {"press": "x", "what": "x"}).location == "/desk/sign-in", path
    assert house.everything() == before


def test_no_form_of_another_sign_in_page_or_act_does_anything(house: House) -> None:
    """CSRF: the press is bound to the act, its subject and this very sign-in; another site's page gets no further."""
    addresses = posts(house)
    house.sign_in("emil")
    emils = house.get("/desk").fields("presses")["press"]
    house.enter_from("203.0.113.8")
    house.sign_in("dana")
    before = house.everything()
    for path in addresses:
        for stolen in ("", "x", emils, house.get("/desk/sign-out").fields()["press"]):
            if path == "/desk/sign-out" and stolen not in ("", "x", emils):
                continue
            assert house.post(path, {"press": stolen}).status == 403, path
        assert house.post(path, {"press": emils}, **{"sec-fetch-site": "cross-site"}).status == 403
    assert house.everything() == before
    assert house.get("/desk").status == 200


def test_a_customers_link_opens_nothing_of_the_desk(house: House) -> None:
    token = house.booked_quickly()
    assert house.get(f"/desk/s/{token}").status == 303
    house.client._client.cookies.set("__Host-syncd-desk", token, domain="desk.example.com")
    assert house.get("/desk").status == 303


def test_a_sign_in_is_a_new_strict_cookie_every_time_and_only_its_digest_is_kept(
    house: House, own_database: Path
) -> None:
    seen: list[str] = []
    for _ in range(2):
        answer = house.sign_in()
        assert (answer.status, answer.location) == (303, "/desk")
        kept = answer.headers["set-cookie"]
        assert all(part in kept for part in ("__Host-syncd-desk=", "HttpOnly", "Secure", "SameSite=strict", "Path=/"))
        seen += re.findall(r"^__Host-syncd-desk=([^;]+)", kept)
        house.client._client.cookies.clear()
    assert len(set(seen)) == 2
    with closing(sqlite3.connect(own_database)) as database:
        rows = str(database.execute("SELECT * FROM desk_session").fetchall())
        users = str(database.execute("SELECT * FROM desk_user").fetchall())
    assert not any(value in rows for value in seen)
    assert PASSWORD not in users
    assert "$argon2id$" in users


def test_who_signs_in_again_ends_the_former_sign_in(house: House) -> None:
    """No fixation: an id from before is worth nothing after."""
    house.sign_in()
    jar = house.client._client.cookies
    before = jar.get("__Host-syncd-desk")
    page = house.get("/desk/sign-in")
    assert page.location == "/desk", "who is signed in needs no form"
    press = House.get(house, "/desk/sign-out").fields()["press"]
    assert house.post("/desk/sign-in", {"press": press, "name": "dana", "password": PASSWORD}).status == 403
    house.post("/desk/sign-out", {"press": press})
    jar.set("__Host-syncd-desk", before or "", domain="desk.example.com")
    assert house.get("/desk").status == 303


def test_it_ends_when_left_alone_and_after_its_time_in_any_case(own_database: Path) -> None:
    with open_house(own_database, idle=timedelta(hours=1), total=timedelta(hours=3)) as house:
        house.sign_in()
        for _ in range(5):
            house.clock.advance(timedelta(minutes=35))
            assert house.get("/desk").status == 200
        house.clock.advance(timedelta(minutes=6))
        assert house.get("/desk").status == 303, "three hours are over"
        house.sign_in()
        house.clock.advance(timedelta(minutes=61))
        assert house.get("/desk").status == 303, "left alone for an hour"


@pytest.mark.parametrize("name", ["dana", "nobody at all", "olga'; --", ""])
def test_a_wrong_name_and_a_wrong_password_get_the_same_words(house: House, name: str) -> None:
    answer = house.sign_in(name, "not the password")
    assert answer.status == 403
    assert "do not belong together" in answer.words
    assert "set-cookie" not in answer.headers


def test_guessing_is_slowed_down_by_network_and_by_name(own_database: Path) -> None:
    limits = Limits(sign_ins_per_network_max=3, sign_ins_per_name_max=5)
    with open_house(own_database, limits=limits) as house:
        for _ in range(3):
            assert house.sign_in("dana", "guess").status == 403
        assert house.sign_in().status == 429, "the right one, too: nothing is learned"
        house.enter_from("203.0.113.99")
        assert house.sign_in("dana", "guess").status == 403
        assert house.sign_in("dana", "guess").status == 403
        house.enter_from("203.0.113.100")
        assert house.sign_in().status == 429, "five wrong ones under this name"
        assert house.sign_in("emil").status == 303, "others come in meanwhile"
        house.clock.advance(timedelta(hours=1))
        house.enter_from("203.0.113.7")
        assert house.sign_in().status == 303


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/desk//evil.example", "/book", "/desk\r\nX: y"],
)
def test_a_sign_in_leads_nowhere_but_to_the_desk(house: House, wanted: str) -> None:
    page = house.get("/desk/sign-in")
    done = house.post("/desk/sign-in", page.fields() | {"name": "dana", "password": PASSWORD, "next": wanted})
    assert done.location == "/desk"


def test_a_sign_in_leads_on_to_the_page_that_was_wanted(house: House) -> None:
    wanted = house.get("/desk/companies/acme")
    page = house.get(wanted.location)
    assert page.press(name="dana", password=PASSWORD).location == "/desk/companies/acme"


def test_on_plain_http_only_this_machine_keeps_a_sign_in(own_database: Path) -> None:
    with open_house(own_database, replace(DESK, base_url="http://desk.example.com")) as house:
        assert "cannot keep a sign-in" in house.get("/desk/sign-in").words
    with open_house(own_database, replace(DESK, base_url="http://127.0.0.1:8000")) as house:
        kept = house.sign_in().headers["set-cookie"]
        assert kept.startswith("syncd-desk=")
        assert "Secure" not in kept


def test_a_user_who_is_removed_is_out_at_once(house: House) -> None:
    house.sign_in("emil")
    assert house.get("/desk").status == 200
    house.store.accounts.remove("emil")
    assert house.get("/desk").status == 303


def test_staff_press_what_is_theirs_and_no_more(house: House) -> None:
    """Another's session takes a lead; blocking, reinstating and parked effects are not for staff."""
    _, session = desk.due(house, 20)
    assert session.staff_id == "dana"
    house.sign_in("emil")
    sheet = house.get(f"/desk/s/{session.id}")
    assert "It came to" not in sheet.words
    assert "Give it away" not in sheet.words
    before = house.everything()
    # No page of his holds these presses; they are signed here, for his own sign-in.
    cookie = house.client._client.cookies.get("__Host-syncd-desk")
    bound = digest_of(cookie or "")[:32]

    def signed(act: str, subject: str) -> str:
        return new_press(house.keys, act, f"{subject} {bound}")

    contact = session.booking.contact_id if session.booking else ""
    for path, act, subject, fields in (
        (f"/desk/s/{session.id}/outcome", "outcome", session.id, {"outcome": "excused", "reason": "x"}),
        (f"/desk/s/{session.id}/shift", "shift", session.id, {"minutes": "15"}),
        (f"/desk/s/{session.id}/give", "give", session.id, {"staff": "emil"}),
        (f"/desk/s/{session.id}/cancel", "cancel", session.id, {}),
        ("/desk/absences/act", "absence", "", {"staff": "dana", "do": "all cancel"}),
        ("/desk/companies/acme/block", "block", "acme", {"reason": "x", "blocked": "yes"}),
        (f"/desk/contacts/{contact}/reinstate", "reinstate", contact, {"reason": "x"}),
        ("/desk/health/parked", "parked", "", {"do": "retry", "key": "x"}),
    ):
        answer = house.post(path, {"press": signed(act, subject), **fields})
        assert answer.status == 403, (path, answer.words[:200])
    assert house.everything() == before
