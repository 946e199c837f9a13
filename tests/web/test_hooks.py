"""`/hooks/{id}`: stored, then acknowledged. Forged, oversized, slow, repeated calls; a store that cannot write."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Message, Scope

from syncd.domain.evidence import Evidence, SourceRecovered
from syncd.domain.keys import calendar_key
from syncd.engine.hooks import Hooks
from syncd.ports.errors import Unavailable
from syncd.ports.hook import Answer, Call
from syncd.ports.source import Batch
from syncd.runtime.metrics import Metrics
from syncd.runtime.pages import receiver
from syncd.store.sql_store import SqlStore
from syncd.web.services import Limits
from tests.web.house import DESK, NOW, House, open_house
from tests.web.wire import Wire, run_apart

SECRET = "between us"


@dataclass
class Doorbell:
    """A vendor's hook as a connector would write it: signed over address and body, once a call."""

    id: str = "bell"
    calls: list[Call] = field(default_factory=list)
    breaks: bool = False

    def receive(self, call: Call) -> Answer:
        self.calls.append(call)
        if self.breaks:
            raise RuntimeError("our fault")
        if call.method == "GET":
            return Answer(200, call.url.rpartition("challenge=")[2].encode())
        if call.headers.get("x-signature") != signed(call.url, call.raw):
            return Answer(401)
        if call.raw == b"news":
            return Answer(200, wakes=("cal-dana",))
        recovered = SourceRecovered("cal-dana")
        evidence = Evidence(f"bell/{call.raw.decode()}", "bell", call.at, recovered, calendar_key("cal-dana"))
        return Answer(202, b"{}", "application/json", Batch((evidence,)), ("cal-dana",))


def signed(url: str, raw: bytes) -> str:
    return sha256(SECRET.encode() + url.encode() + raw).hexdigest()


class FullDisk(SqlStore):
    """A store that reads, and cannot write."""

    def keep_read(self, source: str, batch: Batch, now: datetime) -> int:
        raise Unavailable("the disk is full")


@dataclass
class Ringing:
    """A house whose door has a bell; `woken` is what its calls woke."""

    house: House
    bell: Doorbell
    hooks: Hooks
    metrics: Metrics
    woken: list[tuple[str, ...]]

    def ring(self, raw: bytes, path: str = "/hooks/bell", *, signature: str | None = None, **headers: str) -> int:
        mark = signed(DESK.base_url + path, raw) if signature is None else signature
        sent = {"x-signature": mark, **{name.replace("_", "-"): text for name, text in headers.items()}}
        return self.house.client.post(path, content=raw, headers=sent).status_code

    def fates(self) -> dict[str, float]:
        """What the metrics say of the calls."""
        families = text_string_to_metric_families(self.metrics.text().decode())
        (calls,) = [family for family in families if family.name == "syncd_hook_calls"]
        return {s.labels["fate"]: s.value for s in calls.samples if s.name.endswith("_total")}

    def due(self) -> bool:
        return calendar_key("cal-dana") in self.house.store.due(self.house.clock.now(), 10)


@pytest.fixture
def ringing(own_database: Path) -> Iterator[Ringing]:
    bell, woken = Doorbell(), list[tuple[str, ...]]()
    made: list[Hooks] = []
    metrics: list[Metrics] = []

    def receive(hook_id: str, call: Call) -> Answer:
        return receiver(made[0], metrics[0])(hook_id, call)

    with open_house(own_database, limits=Limits(body_seconds_max=0.2), receive=receive) as house:
        hooks = Hooks(house.store, house.store.views, house.clock, house.keys, {"bell": bell}, frozenset())
        hooks.wake = woken.append
        made.append(hooks)
        metrics.append(Metrics(house.store.views, house.clock))
        yield Ringing(house, bell, hooks, metrics[0], woken)


def test_a_call_is_stored_then_acknowledged_and_wakes_who_shall_read(ringing: Ringing) -> None:
    answer = ringing.house.client.post(
        "/hooks/bell", content=b"first", headers={"x-signature": signed(f"{DESK.base_url}/hooks/bell", b"first")}
    )
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (202, b"{}", "application/json")
    assert answer.headers["cache-control"] == "no-store"
    assert ringing.due()
    assert ringing.woken == [("cal-dana",)]
    assert ringing.fates() == {"taken": 1}


def test_a_repeated_call_is_acknowledged_again_and_changes_nothing(ringing: Ringing) -> None:
    ringing.ring(b"first")
    ringing.house.tell(calendar_key("cal-dana"), SourceRecovered("cal-dana"))  # settles what the first brought
    assert not ringing.due()
    assert ringing.ring(b"first") == 202
    assert not ringing.due()
    assert ringing.fates() == {"taken": 1, "repeated": 1}


def test_a_notice_without_evidence_only_wakes(ringing: Ringing) -> None:
    assert ringing.ring(b"news") == 200
    assert ringing.woken == [("cal-dana",)]
    assert not ringing.due()


@pytest.mark.parametrize("signature", ["", "guessed", signed("https://other.example/hooks/bell", b"first")])
def test_a_forged_call_is_refused_without_a_reason_and_stores_nothing(ringing: Ringing, signature: str) -> None:
    answer = ringing.house.client.post("/hooks/bell", content=b"first", headers={"x-signature": signature})
    assert (answer.status_code, answer.content) == (401, b"")
    assert not ringing.due()
    assert ringing.woken == []
    assert ringing.fates() == {"refused": 1}


def test_the_address_is_the_configured_one_whatever_host_the_call_names(ringing: Ringing) -> None:
    path = "/hooks/bell?a=%2B+1&b=%C3%A4"
    assert ringing.ring(b"first", path, host="evil.example", x_forwarded_host="evil.example") == 202
    assert ringing.bell.calls[-1].url == DESK.base_url + path


def test_a_vendor_needs_no_origin_no_form_and_no_cookie(ringing: Ringing) -> None:
    strange = {"origin": "https://vendor.example", "sec_fetch_site": "cross-site", "content_type": "application/json"}
    assert ringing.ring(b"first", **strange) == 202
    assert ringing.bell.calls[-1].headers["content-type"] == "application/json"
    assert ringing.bell.calls[-1].at == NOW


def test_a_challenge_is_answered(ringing: Ringing) -> None:
    answer = ringing.house.client.get("/hooks/bell?challenge=echo-me")
    assert (answer.status_code, answer.text) == (200, "echo-me")


def test_an_unknown_hook_is_not_there_and_says_so_in_a_word(ringing: Ringing) -> None:
    answer = ringing.house.client.post("/hooks/nobody", content=b"first")
    assert (answer.status_code, answer.text) == (404, "nobody listens here\n")
    assert ringing.house.client.get("/hooks/").status_code == 404
    assert ringing.house.client.request("DELETE", "/hooks/bell").status_code == 405
    assert ringing.bell.calls == []
    assert ringing.fates() == {"unknown": 1}


def test_a_megabyte_is_taken_and_more_is_refused_unread(ringing: Ringing) -> None:
    largest = Limits().hook_bytes_max
    assert ringing.ring(b"x" * largest, signature="guessed") == 401
    assert ringing.ring(b"x" * (largest + 1)) == 413
    assert len(ringing.bell.calls) == 1
    form = "x" * (Limits().body_bytes_max + 1)
    assert ringing.house.client.post("/links", content=form).status_code == 413


def test_a_slow_call_is_cut_off(ringing: Ringing) -> None:
    assert run_apart(dripped(ringing.house)) == 408
    assert ringing.bell.calls == []


def test_a_store_that_cannot_write_acknowledges_nothing_and_the_vendor_comes_again(ringing: Ringing) -> None:
    whole = ringing.hooks.store
    ringing.hooks.store = FullDisk(ringing.house.store.database)
    answer = ringing.house.client.post(
        "/hooks/bell", content=b"first", headers={"x-signature": signed(f"{DESK.base_url}/hooks/bell", b"first")}
    )
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert ringing.woken == []
    ringing.hooks.store = whole
    assert ringing.ring(b"first") == 202
    assert ringing.due()
    assert ringing.fates() == {"not-recorded": 1, "taken": 1}


def test_a_fault_of_ours_is_no_acknowledgement_and_shows_no_page(ringing: Ringing) -> None:
    ringing.bell.breaks = True
    client = Wire(ringing.house.app, DESK.base_url, raises=False)
    answer = client.post("/hooks/bell", content=b"first")
    client.close()
    assert (answer.status_code, answer.text) == (500, "not taken\n")


def test_a_body_of_a_get_is_not_read(ringing: Ringing) -> None:
    answer = ringing.house.client.request("GET", "/hooks/bell?challenge=x", content=b"y" * 5_000_000)
    assert answer.status_code == 200
    assert ringing.bell.calls[-1].raw == b""


async def dripped(house: House) -> int:
    """A body that begins and never ends."""
    statuses: list[int] = []
    began = False

    async def receive() -> Message:
        nonlocal began
        if began:
            await asyncio.sleep(10)
        began = True
        return {"type": "http.request", "body": b"f", "more_body": True}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": "/hooks/bell",
        "raw_path": b"/hooks/bell",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"desk.example.com")],
        "client": ("203.0.113.7", 1),
        "server": ("desk.example.com", 443),
    }
    await house.app(scope, receive, send)
    return statuses[0]
