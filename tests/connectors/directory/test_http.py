"""An HTTP endpoint keeps the contract of a directory, whatever its mood (D1, D2)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.directory.endpoint import HttpDirectory
from connectors.directory.json_rows import listing_of_pages, page_of
from connectors.directory.settings import HttpSettings
from syncd.ports.errors import Misconfigured, Retryable
from syncd.runtime.clock import SystemClock
from syncd.testing.contracts.directory import COMPANIES, CONTACTS, DirectoryContract, PortalWorld
from tests.connectors.directory.portal import PASSWORD, TOKEN, USER, Portal, served


class HttpWorld:
    def __init__(self, portal: Portal, secret: str | None = None, **settings: Any) -> None:
        self.portal = portal
        self.fill, self.spoil, self.take_away = portal.fill, portal.spoil, portal.take_away
        self.directory = directory(portal, secret, **settings)


def directory(portal: Portal, secret: str | None = None, **settings: Any) -> HttpDirectory:
    return HttpDirectory("portal", HttpSettings.model_validate({"url": portal.url, **settings}), SystemClock(), secret)


@pytest.fixture
def portal() -> Iterator[Portal]:
    with served(Portal()) as portal:
        yield portal


class TestHttpInOneAnswer(DirectoryContract):
    @pytest.fixture
    def world(self, portal: Portal) -> PortalWorld:
        portal.etags = True
        return HttpWorld(portal)


class TestHttpInPages(DirectoryContract):
    @pytest.fixture
    def world(self, portal: Portal) -> PortalWorld:
        portal.page = 1
        return HttpWorld(portal)


@pytest.mark.parametrize(
    ("sign_in", "secret", "settings"),
    [
        ("bearer", TOKEN, {}),
        ("basic", PASSWORD, {"username": USER}),
        ("header", TOKEN, {"header": "X-Portal-Key"}),
    ],
)
def test_every_way_to_sign_in_works_and_a_wrong_secret_says_so(
    portal: Portal, sign_in: str, secret: str, settings: dict[str, str]
) -> None:
    portal.sign_in = sign_in
    portal.fill(COMPANIES, CONTACTS)
    assert len(directory(portal, secret, sign_in=sign_in, **settings).read().companies) == 3
    with pytest.raises(Misconfigured, match="401") as caught:
        directory(portal, "wrong", sign_in=sign_in, **settings).read()
    assert "credential" in caught.value.hint


def test_a_secret_without_a_way_to_use_it_is_told_at_once(portal: Portal) -> None:
    for secret, sign_in in ((TOKEN, "none"), (None, "bearer")):
        with pytest.raises(Misconfigured, match="sign_in"):
            directory(portal, secret, sign_in=sign_in)


def test_an_unchanged_directory_is_not_sent_again(portal: Portal) -> None:
    portal.etags = True
    portal.fill(COMPANIES, CONTACTS)
    reader = directory(portal)
    assert reader.read() == reader.read()
    assert [status for _, status in portal.asked] == [200, 304]
    portal.fill(COMPANIES[:2], CONTACTS)
    assert len(reader.read().companies) == 2


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "says"),
    [
        (503, {"retry-after": "7"}, b"", Retryable, "503"),
        (429, {}, b"", Retryable, "429"),
        (302, {"location": "https://elsewhere.example/"}, b"", Misconfigured, "302"),
        (404, {}, b"", Misconfigured, "404"),
        (200, {}, b"<html>sign in</html>", Misconfigured, "no JSON"),
        (200, {}, b"[]", Misconfigured, "no directory"),
        (200, {}, b"{}", Misconfigured, "no directory"),
        (200, {}, b'{"companies": {"id": 1}}', Misconfigured, "no list of objects"),
        (200, {}, b'{"companies": [], "next": "https://elsewhere.example/2"}', Misconfigured, "another server"),
        (200, {}, b'{"companies": [], "next": "/directory"}', Misconfigured, "pages"),
        (200, {"content-length": "1000"}, b'{"companies": []}', Retryable, "did not answer"),
    ],
)
def test_whatever_is_no_directory_is_never_an_empty_one(
    portal: Portal, status: int, headers: dict[str, str], body: bytes, error: type[Exception], says: str
) -> None:
    portal.answer = (status, headers, body)
    with pytest.raises(error, match=says) as caught:
        directory(portal).read()
    if status == 503:
        assert isinstance(caught.value, Retryable)
        assert caught.value.retry_after == timedelta(seconds=7)


def test_a_place_is_page_and_index(portal: Portal) -> None:
    portal.page = 2
    portal.fill(COMPANIES, ())
    portal.spoil("c3")
    (problem,) = directory(portal).read().problems
    assert problem.where == "page 2, companies[0]"


@pytest.mark.parametrize("url", ["http://portal.example/d", "https://u:p@portal.example/d", "file:///etc/passwd", "x"])
def test_only_encrypted_addresses_without_secrets_are_taken(url: str) -> None:
    with pytest.raises(ValidationError):
        HttpSettings.model_validate({"url": url})


rows = st.dictionaries(
    st.sampled_from(["id", "name", "code", "plan", "blocked", "what"]),
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.none(), max_size=1),
)


@given(st.lists(rows, max_size=5) | st.text(max_size=20))
def test_no_json_breaks_the_reading(value: object) -> None:
    with contextlib.suppress(Misconfigured):
        page = page_of(json.dumps({"companies": value}).encode(), 1)
        listing = listing_of_pages([page], HttpSettings.model_validate({"url": "https://portal.example/"}))
        assert len(listing.companies) + len(listing.problems) <= len(page.companies)
