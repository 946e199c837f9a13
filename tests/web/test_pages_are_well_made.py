"""What holds for every page alike (PAGE-1 to PAGE-8)."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from starlette.routing import Route

from syncd.domain.decision import ACCEPTED, AnswerCode
from syncd.web.words import KINDS
from tests.web.every_page import NO_PAGE, PAGES, opened, route_of
from tests.web.house import FORM, House, Page

STYLESHEET_MAX = 20_000
PAGE_MAX = 60_000


class Outline(HTMLParser):
    """Landmarks, headings, labels and controls of a page, as a screen reader counts them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.labelled: set[str | None] = set()
        self._in_label = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._in_label = self._in_label or tag == "label"
        if self._in_label:
            found.setdefault("id", f"{tag} {len(self.tags)}")
            self.labelled.add(found.get("for", found["id"]))
        self.tags.append((tag, found))

    def handle_endtag(self, tag: str) -> None:
        self._in_label = self._in_label and tag != "label"

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]


def test_every_page_that_there_is_is_looked_at(house: House) -> None:
    shown = {route.path for route in house.app.routes if isinstance(route, Route) and "GET" in (route.methods or ())}
    ours = {path for path in shown if not path.startswith(("/api/", "/hooks/"))}
    assert ours == set(NO_PAGE) | {look.route for look in PAGES.values() if look.route in shown}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_well_made(own_database: Path, name: str) -> None:
    with opened(own_database, PAGES[name]) as house:
        page = PAGES[name].make(house)
        assert route_of(page) == PAGES[name].route
        _assert_well_made(page, PAGES[name].desk.locale)


def _assert_well_made(page: Page, lang: str) -> None:
    house = page.house
    outline = Outline(page.text)
    assert page.text.startswith("<!doctype html>")
    assert outline.all("html")[0]["lang"] == lang
    assert [len(outline.all(tag)) for tag in ("h1", "main", "header", "footer")] == [1, 1, 1, 1]
    assert page.text.partition("</head>")[0].count("<title>") == 1
    ids = [a["id"] for _, a in outline.tags if "id" in a]
    assert len(ids) == len(set(ids)), "an id names one thing"
    for control in outline.all("input", "select", "textarea"):
        assert control.get("type") == "hidden" or control["id"] in outline.labelled
    for _, attributes in outline.tags:
        for described in (attributes.get("aria-describedby") or "").split():
            assert described in ids
        href = attributes.get("href") or ""
        if href.startswith("#"):
            assert href[1:] in ids
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
    assert set(KINDS) == set(AnswerCode) - ACCEPTED
    assert all(400 <= kind.status < 600 for kind in KINDS.values())


def test_health_is_told_without_a_word_about_anyone(house: House) -> None:
    answer = house.client.get("/healthz")
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "version"}


def test_a_page_that_belongs_to_no_booking_is_english(house: House) -> None:
    """Whatever a browser asks for, it never breaks a page."""
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
