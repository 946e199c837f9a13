"""Every answer is strict, every body has its limit (spec/reliability.md 5, PAGE-1)."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import Message, Scope

from syncd.ports.errors import Misconfigured
from syncd.web.services import Limits, Look
from syncd.web.visible import contrast
from tests.web.house import DESK, FORM, House, open_house
from tests.web.wire import Wire, run_apart

ADDRESSES = (
    "/",
    "/book",
    "/links",
    "/s/broken",
    "/q/broken",
    "/nothing",
    "/healthz",
    "/api/v1/types",
    "/api/v1/nothing",
)


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_answer_forbids_what_is_not_ours(house: House, path: str) -> None:
    headers = house.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers


def test_only_booking_may_be_framed_and_only_by_whom_the_operator_names(own_database: Path) -> None:
    with open_house(own_database, embedders=("https://www.example.com",)) as house:
        assert "frame-ancestors https://www.example.com" in house.get("/book").headers["content-security-policy"]
        assert "x-frame-options" not in house.get("/book/online").headers
        assert "x-frame-options" not in house.get(f"/booked/{house.booked()}").headers, "booking ends in the frame"
        for path in ("/", "/s/broken", "/bookings"):
            assert "frame-ancestors 'none'" in house.get(path).headers["content-security-policy"]


def test_too_large_a_form_is_refused_before_it_is_read(house: House) -> None:
    answer = house.post("/book/online/check", FORM | {"issue": "x" * 70_000})
    assert answer.status == 413
    assert "Nothing was changed" in answer.words
    problem = house.client.post("/api/v1/bookings", content=b"[" * 70_000)
    assert problem.status_code == 413
    assert problem.json()["type"].endswith("/problems/too-large")


def test_a_form_as_large_as_allowed_is_read(house: House) -> None:
    answer = house.post("/links", {"email": "x" * 60_000})
    assert answer.status == 403, "read, and found to be unsigned"


def test_a_slow_body_is_given_up(own_database: Path) -> None:
    with open_house(own_database, limits=Limits(body_seconds_max=0.05)) as house:
        assert _send(house, "/links", [b"email=a"], then=None) == 408


def test_a_body_that_grows_beyond_the_limit_is_cut_off_while_it_comes(own_database: Path) -> None:
    with open_house(own_database) as house:
        assert _send(house, "/links", [b"x" * 1000] * 100, then={"type": "http.disconnect"}) == 413


def test_half_a_form_is_no_form(own_database: Path) -> None:
    with open_house(own_database) as house:
        assert _send(house, "/links", [b"email=a"], then={"type": "http.disconnect"}) is None


@pytest.mark.parametrize("path", ADDRESSES)
def test_head_is_get_without_the_body(house: House, path: str) -> None:
    got, head = house.client.get(path), house.client.request("HEAD", path)
    assert head.status_code == got.status_code
    assert head.content == b""
    assert head.headers["content-security-policy"] == got.headers["content-security-policy"]


def test_a_method_that_an_address_does_not_take_is_told_so(house: House) -> None:
    page = house.client.request("PUT", "/links")
    assert page.status_code == 405
    assert "text/html" in page.headers["content-type"]
    problem = house.client.request("DELETE", "/api/v1/types")
    assert problem.status_code == 405
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.headers["allow"]


def test_the_operator_sets_one_colour_that_can_be_read(own_database: Path) -> None:
    with open_house(own_database, look=Look("#0a6b4f", "#8fd9bd")) as house:
        address = next(part for part in house.get("/").text.split('"') if part.endswith("syncd.css"))
        assert "--accent:#0a6b4f" in house.client.get(address).text
    for look in (Look("#ffdd00"), Look(accent_dark="#222222"), Look("red"), Look("#fff;}body{display:none")):
        with pytest.raises(Misconfigured), open_house(own_database, look=look):
            pass


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_application_can_be_mounted_beside_others(house: House) -> None:
    beside = Starlette(routes=[Route("/metrics", lambda request: PlainTextResponse("metrics")), Mount("/", house.app)])
    with closing(Wire(beside, DESK.base_url)) as wire:
        assert wire.get("/metrics").text == "metrics"
        assert wire.get("/api/v1/types").status_code == 200
        assert wire.get("/book").headers["location"].startswith("/book/online")
        assert "Nothing here" in wire.get("/nothing").text
        assert wire.get("/healthz").json()["status"] == "ok"


def _send(house: House, path: str, chunks: list[bytes], then: Message | None) -> int | None:
    """The status of a POST whose body comes in pieces and then breaks off (`then`), or hangs (None)."""
    started: list[int] = []
    waiting: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]

    async def receive() -> Message:
        if waiting:
            return waiting.pop(0)
        if then is None:
            await asyncio.Event().wait()
        assert then is not None
        return then

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message["status"])

    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/x-www-form-urlencoded"), (b"host", b"desk.example.com")],
        "client": ("203.0.113.7", 1),
        "server": ("desk.example.com", 443),
    }

    async def call() -> None:
        await house.app(scope, receive, send)

    run_apart(call())
    return started[0] if started else None
