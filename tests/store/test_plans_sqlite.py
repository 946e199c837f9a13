"""What is open is found by its partial index; what is settled costs nothing (performance.md 3, `due_flat`,
`sweep_flat`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.domain.attendance import FeedReading
from syncd.domain.keys import calendar_key, company_key, contact_key, staff_key
from syncd.ports.source import Batch, BusyItem, BusyTime
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import S1, nothing, request_for
from tests.store.history import add_ended_sessions
from tests.store.opening import Opened, opened
from tests.store.watching import sqlite_plan, watched

SMALL = {"desk_version", "terms_version", "CONSTANT", "(subquery-1)"}
"""What stays small: a few rows for the whole installation, and rows of constants."""

OPEN = ("effect_parked", "request_open", "session_waits", "evidence_words", "evidence_persons")
"""Partial indexes: to walk over one, up to a limit, is to walk over what waits for a person, or what one pressed."""

SWEEP: dict[str, tuple[Callable[[Opened], object], list[str]]] = {
    "due": (lambda world: world.store.due(make.NOW, 10), ["case_due"]),
    "claim": (lambda world: world.claim(), ["effect_claimed", "effect_claimed", "effect_pending"]),
    "next_due": (lambda world: world.store.next_due(make.NOW), ["case_due", "effect_pending", "effect_claimed"]),
}

EVERYDAY: dict[str, Callable[[Opened], object]] = {
    "settle": lambda world: world.store.settle(S1, nothing, make.at(1), (request_for("s1", "again"),)),
    "settle a contact": lambda world: world.store.settle(contact_key("carol"), nothing, make.NOW),
    "settle a company": lambda world: world.store.settle(company_key("acme"), nothing, make.NOW),
    "settle a calendar": lambda world: world.store.settle(calendar_key("cal-ann"), nothing, make.NOW),
    "settle a staff member": lambda world: world.store.settle(staff_key("ann"), nothing, make.NOW),
    "who is away": lambda world: world.views.absences(["ann"]),
    "absorb an absence": lambda world: _absence(world),
    "texts of a day": lambda world: world.store.texts_sent("+12025550143", S1, make.NOW),
    "absorb": lambda world: _reread(world),
    "claim what is due": lambda world: world.claim(make.at(1)),
    "whose event": lambda world: world.store.session_of_entry(make.entry_ref()),
    "whose instance": lambda world: world.store.session_of_entry(make.entry_ref(original_start=make.START)),
    "busy": lambda world: world.views.busy("ann", make.span()),
    "neighbours": lambda world: world.views.neighbours(make.span(), make.NOW),
    "sessions between": lambda world: world.views.sessions_between(make.span(), "ann"),
    "sessions of a contact": lambda world: world.views.sessions_of_contact("carol", make.NOW),
    "mail accepted": lambda world: world.views.mail_accepted("s1"),
    "company by code": lambda world: world.views.company_by_code("acme-1234"),
    "new companies": lambda world: world.views.knows_companies(make.NOW),
    "contacts by address": lambda world: world.views.contacts_by_email("carol@acme.example"),
    "absorb a reading": lambda world: _reading(world),
    "settle while it is watched": lambda world: world.store.settle(S1, nothing, make.START),
    "sessions in a room": lambda world: world.views.sessions_in_room("room-1", make.span()),
    "open windows": lambda world: world.views.open_windows(make.START),
    "source case": lambda world: world.views.source_case("feed"),
    "explain": lambda world: world.views.explain(S1),
    "the day": lambda world: world.views.sessions_starting(make.span()),
    "who was seen": lambda world: world.views.seen_in(["s1"]),
    "changes": lambda world: world.views.changes(),
    "what waits": lambda world: world.views.waiting(10),
    "open requests": lambda world: world.views.requests_open(10),
    "plain words": lambda world: world.views.words(10),
    "what persons did": lambda world: world.views.pressed_by_persons(10),
    "figures": lambda world: world.views.figures(make.at(-30 * 24 * 60), make.at(1)),
    "set aside": lambda world: world.views.set_aside(),
}


def _reread(world: Opened) -> None:
    world.store.begin_round("cal-ann", make.NOW)
    item = BusyItem("x", "1", (BusyTime(make.span()),))
    world.store.absorb("cal-ann", Batch((make.evidence(make.entry_seen()),), (item,), "1"), make.NOW)


def _absence(world: Opened) -> None:
    item = BusyItem("x", "1", (BusyTime(make.span(), away=True),))
    world.store.absorb("cal-ann", Batch(busy=(item,), cursor="1"), make.NOW)


def _reading(world: Opened) -> None:
    reading = FeedReading("feed", "room-1", make.START, timedelta(seconds=30))
    world.store.absorb("feed", Batch(readings=(reading,)), make.START)


@pytest.fixture
def lively(world: Opened) -> Opened:
    world.book(make.session(entry=make.calendar_entry()), make.put_effect(), make.mail_effect())
    world.decide(company_key("acme"), state=make.company())
    return world


@pytest.mark.parametrize("call", SWEEP)
def test_the_sweep_uses_the_partial_index_by_name(lively: Opened, call: str) -> None:
    act, indexes = SWEEP[call]
    engine = lively.sql.database.engine
    with watched(engine) as statements:
        act(lively)
    for statement, index in zip(statements, indexes, strict=False):
        first = sqlite_plan(engine, statement)[0]
        assert first.startswith("SEARCH")
        assert f"INDEX {index}" in first
        assert not any("TEMP B-TREE" in line for line in sqlite_plan(engine, statement)), statement
    assert len(statements) >= len(indexes)


@pytest.mark.parametrize("call", [*SWEEP, *EVERYDAY])
def test_no_call_of_every_day_walks_over_a_table(lively: Opened, call: str) -> None:
    engine = lively.sql.database.engine
    act = EVERYDAY[call] if call in EVERYDAY else SWEEP[call][0]
    with watched(engine) as statements:
        act(lively)
    assert statements
    for statement in statements:
        scans = [line for line in sqlite_plan(engine, statement) if line.startswith("SCAN") and not line.endswith(OPEN)]
        assert not [line for line in scans if line.split()[1] not in SMALL], (scans, statement)


def test_a_past_of_ended_sessions_adds_no_step_to_the_sweep(template: Path, tmp_path: Path) -> None:
    few, many = (
        _steps_of_a_sweep(template, tmp_path / "few.db", 20),
        _steps_of_a_sweep(template, tmp_path / "many.db", 5_000),
    )
    assert few > 0
    assert many == few


def _steps_of_a_sweep(template: Path, path: Path, ended: int) -> int:
    """SQLite's own count of the steps of its machine: exact, unlike time."""
    path.write_bytes(template.read_bytes())
    with opened(f"sqlite:///{path}") as opens:
        world = opens()
        world.book(None, make.put_effect(due_at=make.at(60)))
        world.sql.database.write("history", lambda connection: add_ended_sessions(connection, ended))
        steps = [0]

        def count() -> int:
            steps[0] += 1
            return 0

        with world.sql.database.read() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.set_progress_handler(count, 1)
        for act, _ in SWEEP.values():
            act(world)
        return steps[0]
