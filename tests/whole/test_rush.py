"""Fifty bookers at once for ten slots: ten bookings, forty clear refusals, no double, and the calendars agree (B2)."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import httpx2
import pytest

from syncd.domain.effect import EffectState
from syncd.domain.spans import Span
from syncd.runtime.metrics import Metrics
from syncd.runtime.pages import pages_of
from tests.web.wire import Wire
from tests.whole.parts import real_desk, start_of

pytestmark = pytest.mark.slow

SLOTS, BOOKERS = 10, 50
FIRST = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


def start(number: int) -> datetime:
    return FIRST + timedelta(hours=number % SLOTS)


def test_fifty_bookers_at_once_for_ten_slots(tmp_path: Path) -> None:
    with real_desk(tmp_path) as desk:
        system = desk.system
        wire = Wire(pages_of(system, Metrics(system.store.views, system.clock)), "https://desk.example")
        gate = threading.Barrier(BOOKERS)
        took: list[float] = []

        def book(number: int) -> httpx2.Response:
            body = {
                "type": "online",
                "staff": "ada",
                "starts_at": start(number).isoformat(),
                "zone": "Europe/Berlin",
                "company_code": "ACME-2026",
                "name": f"Customer {number}",
                "email": f"customer-{number}@acme.example",
            }
            gate.wait(30)
            began = perf_counter()
            answer = wire.post("/api/v1/bookings", json=body, headers={"Idempotency-Key": f"rush-{number}"})
            took.append(perf_counter() - began)
            return answer

        try:
            with ThreadPoolExecutor(BOOKERS) as pool:
                began = perf_counter()
                answers = list(pool.map(book, range(BOOKERS)))
                whole = perf_counter() - began
        finally:
            wire.close()
        assert Counter(a.status_code for a in answers) == {201: SLOTS, 409: BOOKERS - SLOTS}
        for refused in (a.json() for a in answers if a.status_code == 409):
            assert refused["type"].rpartition("/")[2] in ("slot-taken", "not-offered"), refused
            assert refused["detail"]
            assert refused["nearest"], "whoever loses is offered the nearest (B2)"
        desk.run_for(1)
        booked = system.store.views.sessions_between(Span(FIRST, FIRST + timedelta(days=1)))
        starts = [start(n) for n in range(SLOTS)]
        assert sorted(s.starts_at for s in booked) == starts
        assert sorted(map(start_of, desk.events())) == starts
        winners = {f"customer-{n}@acme.example" for n, a in enumerate(answers) if a.status_code == 201}
        assert Counter(to for to, _ in desk.inbox.messages) == dict.fromkeys(winners, 1)
        assert system.store.views.outbox((EffectState.PARKED,)) == ()
        slowest, median = max(took), sorted(took)[BOOKERS // 2]
        print(
            f"{SLOTS} booked, {BOOKERS - SLOTS} refused in {whole:.2f} s; median {median:.2f} s, slowest {slowest:.2f}"
        )
