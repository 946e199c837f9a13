"""A simulation that finds no planted bug proves nothing (PRF-2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from syncd.domain.case import Case
from syncd.domain.decision import Decision
from syncd.domain.effect import Effect
from syncd.policy.decide import decide
from syncd.ports.source import Batch
from syncd.store.sql_store import SqlStore, open_store
from syncd.testing.chaos import Chaos
from tests.simulation.runs import run
from tests.simulation.scenarios import SCENARIOS, Scenario


def scenario(name: str) -> Scenario:
    return next(s for s in SCENARIOS if s.name == name)


class CursorFirst(SqlStore):
    """Saves a page's cursor before its changes: what a crash between the two swallows is gone for ever."""

    chaos: Chaos

    def absorb(self, source: str, batch: Batch, now: datetime) -> int:
        super().absorb(source, replace(batch, evidence=(), busy=()), now)
        return super().absorb(source, batch, now)


def open_cursor_first(url: str, chaos: Chaos) -> SqlStore:
    store = open_store(url, boundary=chaos.cross)
    store.__class__ = CursorFirst
    return store


def without_revision(case: Case, now: datetime) -> Decision:
    """Effect keys that leave the revision out: a moved session's reminder is taken for one already sent."""
    made = decide(case, now)
    return replace(made, effects=tuple(_keyed_alike(effect) for effect in made.effects))


def _keyed_alike(effect: Effect) -> Effect:
    parts = effect.key.split("/")
    parts[-3] = "0"
    return replace(effect, key="/".join(parts))


def finds(plant: Callable[[Chaos], dict[str, object]], script: Scenario) -> bool:
    """Does a simulation at some boundary of this life come to a wrong end?"""
    whole = run(script, replay=False)
    limit = 2 * whole.crossings
    for point in [None, *range(1, limit)]:
        chaos = Chaos(crash_at=point)
        try:
            if run(script, chaos, replay=False, **plant(chaos)).state != whole.state:
                return True
        except AssertionError:
            return True
        if chaos.crash_at is not None:
            return False
    return False


def test_a_cursor_saved_before_its_changes_is_found() -> None:
    assert finds(lambda chaos: {"open_database": open_cursor_first}, scenario("moved by staff"))


def test_an_effect_key_without_revision_is_found() -> None:
    assert finds(lambda chaos: {"decide": without_revision}, scenario("moved by the customer"))


@pytest.mark.parametrize("name", ["moved by staff", "moved by the customer"])
def test_without_a_plant_nothing_is_found(name: str) -> None:
    script = scenario(name)
    assert run(script).state == run(script).state
