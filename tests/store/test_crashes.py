"""A crash before or after any commit loses nothing and doubles nothing (REL-2, REL-3, PRF-1).

One short story is run to its end with a crash at each commit in turn; who crashed opens the store again and repeats the
step, as the loops do. The tables must tell the same in the end.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.domain.case import Case
from syncd.domain.decision import Decision, Finding
from syncd.domain.evidence import ContactBooked
from syncd.domain.keys import contact_key
from syncd.ports.source import Batch, BusyItem, BusyTime
from syncd.store.sql_store import SqlStore, open_store
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import LEASE, S1, booking_of, receipt_of, request_for

TOLD = make.evidence(
    ContactBooked("s1", "acme", "Carol", "carol@acme.example", None, "UTC", "en"), "told", subject=contact_key("carol")
)
MEETING = BusyItem("x", "1", (BusyTime(make.span()),))


class Crash(BaseException):
    """The process died here."""


@dataclass(slots=True)
class Machine:
    """Runs steps; dies at the n-th boundary, and is started again."""

    url: str
    crash_at: int | None = None
    passed: list[str] = field(default_factory=list)
    now: datetime = make.NOW
    store: SqlStore = field(init=False)

    def __post_init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self.store = open_store(self.url, boundary=self._boundary)

    def _boundary(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) - 1 == self.crash_at:
            raise Crash

    def run(self, step: Callable[[Machine], object]) -> None:
        try:
            step(self)
        except Crash:
            self.store.close()
            self._start()
            self.now += LEASE  # a lost lease is waited for
            step(self)


def decide(case: Case, now: datetime) -> Decision:
    """Books s1 once; else notes what is fresh."""
    if case.key == S1 and not any(status.letter for status in case.effects):
        made = make.session()
        effects = (make.put_effect(expire_at=None), make.mail_effect(expire_at=None))
        return booking_of(made, *effects, derived=(TOLD,), review_at=make.at(600))(case, now)
    if not case.fresh:
        return Decision(case.key, now)
    return Decision(case.key, now, (Finding("SEEN", ",".join(item.key for item in case.fresh)),))


def adopt(machine: Machine) -> None:
    machine.store.adopt(make.desk(), make.terms(), make.NOW)


def book(machine: Machine) -> None:
    settled = machine.store.settle(S1, decide, machine.now, (request_for("s1"),))
    assert [answer.evidence_key for answer in settled.answers] == ["test/s1/book"]


def poll(machine: Machine) -> None:
    store = machine.store
    if store.source("cal-ann").cursor is None:
        store.begin_round("cal-ann", machine.now)
        store.absorb(
            "cal-ann", Batch((make.evidence(make.entry_seen()),), (MEETING,), "page-2", last=False), machine.now
        )
    store.absorb("cal-ann", Batch((make.evidence(make.entry_seen(), "e2"),), cursor="token"), machine.now)


def settle(machine: Machine) -> None:
    while keys := machine.store.due(machine.now, 10):
        for key in keys:
            machine.store.settle(key, decide, machine.now)


def act(machine: Machine) -> None:
    while claimed := machine.store.claim(machine.now, LEASE, 10):
        for each in claimed:
            if each.frozen is None:
                machine.store.freeze(each, f"bytes of {each.effect.key}".encode())
            machine.store.finish(each, receipt_of(each, "receipt"), machine.now)
        settle(machine)


STORY = (adopt, book, poll, settle, act, settle)


def told(store: SqlStore) -> dict[str, Any]:
    """What must be the same however often it crashed."""
    views = store.views
    explained = {key: views.explain(key) for key in (S1, contact_key("carol"))}
    return {
        "session": views.session("s1"),
        "evidence": {key: sorted(item.key for item, _ in e.evidence) for key, e in explained.items() if e},
        "booked": [
            row.decision.findings[0].says
            for e in explained.values()
            if e
            for row in e.decisions
            if row.decision.findings[0].rule == "B1"
        ],
        "outbox": sorted((row.effect.key, row.state) for row in views.outbox()),
        "source": (store.source("cal-ann").cursor, store.source("cal-ann").rereading),
        "busy": views.busy("ann", make.span()).spans,
        "due": store.due(make.NOW + timedelta(hours=9), 10),
    }


def play(url: str, crash_at: int | None = None) -> tuple[Machine, dict[str, Any]]:
    machine = Machine(url, crash_at)
    for step in STORY:
        machine.run(step)
    found = told(machine.store)
    machine.store.close()
    return machine, found


@pytest.fixture(scope="module")
def copies(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    folder = tmp_path_factory.mktemp("crashes")

    def another() -> str:
        path = folder / f"{len(list(folder.glob('*.db')))}.db"
        shutil.copy(template, path)
        return f"sqlite:///{path}"

    return another


def test_a_crash_before_or_after_any_commit_changes_nothing_in_the_end(copies: Callable[[], str]) -> None:
    machine, expected = play(copies())
    boundaries = len(machine.passed)
    assert expected["due"] == []
    assert {state.value for _, state in expected["outbox"]} == {"done"}
    assert boundaries >= 20
    for crash_at in range(boundaries):
        crashed, found = play(copies(), crash_at)
        assert found == expected, f"after a crash at boundary {crash_at}, {crashed.passed[crash_at]}"


def test_every_commit_is_announced_before_and_after(copies: Callable[[], str]) -> None:
    machine, _ = play(copies())
    pairs = list(zip(machine.passed[::2], machine.passed[1::2], strict=True))
    assert all(before == f"before {name}" for before, after in pairs for name in [after.removeprefix("after ")])
    assert {after.removeprefix("after ") for _, after in pairs} >= {
        "adopt",
        "settle",
        "absorb",
        "claim",
        "freeze",
        "finish",
    }


def test_a_crash_in_decide_leaves_nothing_behind(copies: Callable[[], str]) -> None:
    def dies(case: Case, now: datetime) -> Decision:
        raise Crash

    machine = Machine(copies())
    machine.run(adopt)
    with pytest.raises(Crash):
        machine.store.settle(S1, dies, make.NOW, (request_for("s1"),))
    assert machine.store.views.explain(S1) is None
    machine.run(book)
    assert machine.store.views.session("s1") == make.session()
    machine.store.close()
