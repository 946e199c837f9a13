"""What holds for every page alike (PAGE-1 to PAGE-8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from syncd.domain.decision import ACCEPTED, AnswerCode
from syncd.web.words import WORDS
from tests.web import desk
from tests.web.house import FORM, House, Page
from tests.web.test_questions import vanished

STYLESHEET_MAX = 20_000
PAGE_MAX = 60_000

PAGES: dict[str, Callable[[House], Page]] = {
    "front": lambda h: h.get("/"),
    "when": lambda h: h.get("/book").follow(),
    "details": lambda h: h.at_details(),
    "mistakes": lambda h: h.at_details().press("details", colleague_email_1="x"),
    "code": lambda h: h.at_check(code="X"),
    "mobile": lambda h: h.at_check(mobile=""),
    "check": lambda h: h.at_check(topic="fleet", issue="<script>alert(1)</script>"),
    "lost": lambda h: _lost(h),
    "booked": lambda h: h.get("/booked/" + h.booked()),
    "session": lambda h: h.get("/s/" + h.booked(topic="fleet", issue="<b>")),
    "cancel": lambda h: h.get(f"/s/{h.booked()}/cancel"),
    "cancelled": lambda h: h.get(f"/s/{h.booked()}/cancel").press().follow(),
    "restore": lambda h: h.get(h.get(f"/s/{h.booked()}/cancel").press().location + "/restore"),
    "reschedule": lambda h: h.get(f"/s/{h.booked()}/reschedule"),
    "move": lambda h: h.get(f"/s/{h.booked()}/reschedule?slot=2026-12-01T16:00:00Z~emil"),
    "question": lambda h: h.get(vanished(h, h.booked())),
    "fees": lambda h: h.get("/fees"),
    "rules": lambda h: h.get("/rules"),
    "forgot": lambda h: h.get("/code"),
    "forgot sent": lambda h: h.get("/code?asked=yes"),
    "links": lambda h: h.get("/links"),
    "links sent": lambda h: h.get("/links?asked=yes"),
    "waiting": lambda h: h.get("/s/" + desk.due(h)[0]),
    "room": lambda h: _room(h),
    "missed": lambda h: h.get("/s/" + desk.contested(h)[0]),
    "sign in": lambda h: h.get("/desk/sign-in"),
    "not signed in": lambda h: h.sign_in("dana", "wrong"),
    "sign out": desk.page("/desk/sign-out"),
    "desk today": desk.page("/desk"),
    "desk nobody": desk.page("/desk?day=2026-12-06"),
    "desk session": desk.session_sheet,
    "desk sure": desk.ask_twice,
    "desk inbox": desk.full_inbox,
    "call back": lambda h: h.get("/call-back"),
    "call back refused": lambda h: h.get("/call-back").press("call", **FORM),
    "call back mistakes": lambda h: h.get("/call-back").press("call"),
    "call back asked": lambda h: h.get("/call-back").press("call", **(FORM | {"code": "others 77"})).follow(),
    "desk request": desk.request_sheet,
    "desk return call": lambda h: desk.request_sheet(h, "return-call"),
    "desk call entered": desk.page("/desk/requests"),
    "desk absences": desk.sheet_of_absences,
    "desk companies": desk.page("/desk/companies"),
    "desk company": desk.page("/desk/companies/acme"),
    "desk contact": desk.suspended_contact,
    "desk health": desk.failing,
    "desk reports": desk.figures,
    "desk audit": desk.page("/desk/audit"),
    "missing": lambda h: h.get("/s/x"),
    "foreign": lambda h: h.post("/links", {"press": "x"}),
}


def _room(house: House) -> Page:
    path = "/s/" + desk.due(house)[0]
    return house.get(path).press(to=f"{path}/say", says="here").follow()


def _lost(house: House) -> Page:
    when = house.get("/book").follow()
    return when.press("pick", slot="2026-11-27T15:00:00Z~dana")


class Outline(HTMLParser):
    """Landmarks, headings, labels and controls of a page, as a screen reader counts them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_well_made(house: House, name: str) -> None:
    page = PAGES[name](house)
    outline = Outline(page.text)
    assert page.text.startswith("<!doctype html>")
    assert outline.all("html")[0]["lang"] == "en"
    assert [len(outline.all(tag)) for tag in ("h1", "main", "header", "footer")] == [1, 1, 1, 1]
    assert page.text.partition("</head>")[0].count("<title>") == 1
    ids = [a["id"] for _, a in outline.tags if "id" in a]
    assert len(ids) == len(set(ids)), "an id names one thing"
    labelled = {a.get("for") for a in outline.all("label")}
    for control in outline.all("input", "select", "textarea"):
        assert control.get("type") == "hidden" or control["id"] in labelled
    for _, attributes in outline.tags:
        for described in (attributes.get("aria-describedby") or "").split():
            assert described in ids
        if (attributes.get("href") or "").startswith("#"):
            assert attributes["href"][1:] in ids  # type: ignore[index]
    _assert_strict(outline)
    assert len(page.text.encode()) < PAGE_MAX
    assert ">None<" not in page.text
    assert "{{" not in page.text
    for address in set(re.findall(r'(?:href|src)="(/[^"]*)"', page.text)):
        assert house.get(address.replace("&amp;", "&")).status in (200, 303), f"a dead link: {address}"


def _assert_strict(outline: Outline) -> None:
    """Nothing inline, nothing from elsewhere (PAGE-1)."""
    for tag, attributes in outline.tags:
        assert tag not in ("style", "iframe", "object", "embed", "img")
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        if tag in ("script", "link"):
            assert (attributes.get("src") or attributes.get("href") or "").startswith("/static/")


def test_static_files_are_kept_for_ever_under_an_address_that_changes_with_them(house: House) -> None:
    addresses = set(re.findall(r'"(/static/[^"]+)"', house.get("/book").follow().text))
    assert len(addresses) == 4
    for address in addresses:
        answer = house.client.get(address)
        assert "immutable" in answer.headers["cache-control"]
        _, _, digest, name = address.split("/")
        assert house.get(f"/static/{digest[::-1]}/{name}").status == 404
    assert house.get("/static/x/../app.py").status == 404


def test_pages_are_never_kept_by_anyone_else(house: House) -> None:
    assert house.get("/book").follow().headers["cache-control"] == "no-store"
    assert house.at_details().headers["cache-control"] == "private, no-cache", "so that Back finds what was typed"
    assert house.get("/s/" + house.booked()).headers["cache-control"] == "no-store"


def test_the_stylesheet_is_one_and_small(house: House) -> None:
    sheets = [entry.name for entry in files("syncd.web").joinpath("static").iterdir() if entry.name.endswith(".css")]
    assert sheets == ["syncd.css"]
    address = re.search(r'"(/static/[^"]+css)"', house.get("/").text)
    assert address is not None
    text = house.client.get(address.group(1)).text
    assert len(text.encode()) < STYLESHEET_MAX
    assert "prefers-color-scheme" in text
    assert "prefers-reduced-motion" in text
    assert "url(" not in text


def test_scripts_and_texts_never_say_that_something_went_wrong() -> None:
    for folder in ("templates", "static"):
        for entry in files("syncd.web").joinpath(folder).iterdir():
            text = entry.read_text("utf-8").lower()
            assert "went wrong" not in text
            assert "oops" not in text


def test_every_answer_of_the_engine_has_its_words() -> None:
    assert set(WORDS) == set(AnswerCode) - ACCEPTED
    assert all(400 <= words.status < 600 for words in WORDS.values())


def test_health_is_told_without_a_word_about_anyone(house: House) -> None:
    answer = house.client.get("/healthz")
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "version"}


def test_a_page_in_another_language_is_still_english(house: House) -> None:
    """Only English is written so far; what a browser asks for never breaks a page."""
    for accepted in ("de-DE,de;q=0.9", "en-US", "x" * 500, "*;q=0.1", "en-\x7f", ",,;;--", ""):
        page = house.get("/", **{"accept-language": accepted})
        assert page.status == 200
        assert 'lang="en' in page.text


def test_what_is_typed_never_becomes_markup(house: House) -> None:
    nasty = '"><script>alert(1)</script>{{ 7*7 }}'
    for page in (
        house.at_check(name=nasty, issue=nasty),
        house.at_details(8).press("details", **(FORM | dict.fromkeys(("name", "code", "mobile", "topic"), nasty))),
    ):
        assert "<script>alert" not in page.text
        assert "{{ 7*7 }}" in page.words or nasty in page.fields("details").values()
