"""A simulation that finds no planted bug proves nothing (PRF-2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from syncd.domain.case import Case
from syncd.domain.decision import Claim, Decision
from syncd.domain.effect import CustomerMail, Effect
from syncd.domain.evidence import EffectDone, Evidence
from syncd.domain.keys import CaseKey, derived_key
from syncd.domain.session import EntryRef, SessionState
from syncd.policy.decide import decide
from syncd.ports.calendar import Look
from syncd.ports.errors import Retryable
from syncd.ports.source import Batch
from syncd.ports.store import Claimed, Decide, Settled
from syncd.store import claims
from syncd.store.sql_store import SqlStore, open_store
from syncd.testing.chaos import Chaos
from syncd.testing.sim_calendar import SimCalendar, SimProvider
from syncd.testing.world import World
from tests.simulation.attended import NOBODY_COMES, boundaries, check_attended
from tests.simulation.runs import run
from tests.simulation.scenarios import CORA, MINUTE, SCENARIOS, TUE, Scenario, at


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


def finds(plant: Callable[[Chaos], dict[str, Any]], script: Scenario, at: str = "") -> bool:
    """Does this life come to a wrong end, by itself or killed at some boundary whose name holds `at`?"""
    whole = run(script, replay=False)
    unharmed = Chaos()
    try:
        if run(script, unharmed, replay=False, **plant(unharmed)).state != whole.state:
            return True
    except AssertionError:
        return True
    for point in [n for n, name in enumerate(unharmed.trace, 1) if at in name]:
        chaos = Chaos(crash_at=point)
        try:
            if run(script, chaos, replay=False, **plant(chaos)).state != whole.state:
                return True
        except AssertionError:
            return True
    return False


def test_a_cursor_saved_before_its_changes_is_found() -> None:
    assert finds(lambda chaos: {"open_database": open_cursor_first}, scenario("moved by staff"), "absorb")


def test_an_effect_key_without_revision_is_found() -> None:
    assert finds(lambda chaos: {"decide": without_revision}, scenario("moved by the customer"))


class DoneFirst(SqlStore):
    """Records that an effect is done before it is: what a crash between the two swallows was never sent."""

    def freeze(self, claimed: Claimed, composed: bytes, names: Sequence[str] = ()) -> None:
        super().freeze(claimed, composed, names)
        effect = claimed.effect
        done = EffectDone(effect.key, effect.kind, effect.revision, recipient=effect.recipient)
        key = derived_key("receipt", effect.key, claimed.fence)
        if isinstance(effect.body, CustomerMail):
            receipt = Evidence(key, "receipt", effect.body.issued_at, done, effect.subject)
            super().finish(claimed, receipt, effect.body.issued_at)


class ClaimsLater(SqlStore):
    """Writes a decision, and what it claims in a second transaction: what a crash between the two swallows leaves the
    slot free."""

    chaos: Chaos

    def settle(self, key: CaseKey, decide: Decide, now: datetime, evidence: Sequence[Evidence] = ()) -> Settled:
        wanted: list[tuple[Claim, ...] | None] = []

        def unclaimed(case: Case, at: datetime) -> Decision:
            made = decide(case, at)
            wanted.append(made.claims)
            return replace(made, claims=None)

        settled = super().settle(key, unclaimed, now, evidence)
        later = wanted[-1]
        if later is not None:
            self.database.write("claims", lambda c: self._claim(c, key.partition(":")[2], later))
        return settled

    def _claim(self, connection: Connection, session_id: str, wanted: tuple[Claim, ...]) -> None:
        claims.forget(connection, session_id)
        if wanted:
            claims.insert(connection, session_id, wanted)


class BlindRetry(SqlStore):
    """Forgets that a lease was lost: a text that may have been taken is sent once more (N5, REL-4)."""

    def claim(self, now: datetime, lease: timedelta, limit: int, busy_lanes: Sequence[str] = ()) -> list[Claimed]:
        return [replace(one, lost_lease=False) for one in super().claim(now, lease, limit, busy_lanes)]


def opening(kind: type[SqlStore]) -> Callable[[Chaos], dict[str, Any]]:
    def open_planted(url: str, chaos: Chaos) -> SqlStore:
        store = open_store(url, boundary=chaos.cross)
        store.__class__ = kind
        return store

    return lambda chaos: {"open_database": open_planted}


class ErrorIsGone(SimCalendar):
    """A calendar that cannot be read says that everything on it is gone."""

    def observe(self, cursor: str | None, now: datetime) -> Batch:
        try:
            return super().observe(cursor, now)
        except Retryable:
            gone = tuple(self._gone(event_id, -1) for event_id in self.provider.events)
            return Batch(gone, cursor=cursor, read_at=now)

    def look(self, session_id: str, ref: EntryRef) -> Look:
        found = super().look(session_id, ref)
        return Look("gone") if found.answer == "unknown" else found


class Gullible(World):
    def _calendar(self, provider: SimProvider) -> SimCalendar:
        made = super()._calendar(provider)
        return ErrorIsGone(made.binding, made.provider, made.chaos)


TWICE = Scenario(
    "two book one slot",
    (
        at(5 * MINUTE, lambda w: w.book(TUE)),
        at(6 * MINUTE, lambda w: w.book(TUE, form="form-2", who=CORA)),
    ),
    (("form-1", SessionState.ENDED),),
)


def test_an_effect_that_is_done_before_it_is_sent_is_found() -> None:
    assert finds(opening(DoneFirst), scenario("booked, reminded twice, over"), "mail.send.before")


def test_a_slot_that_is_claimed_outside_its_transaction_is_found() -> None:
    assert finds(opening(ClaimsLater), TWICE, "claims")


def test_an_error_that_is_taken_for_a_deletion_is_found() -> None:
    assert finds(lambda chaos: {"make": Gullible}, scenario("an outage is told once"), "nowhere")


def test_a_text_that_is_sent_again_blindly_is_found() -> None:
    chaos = Chaos(crash_at=boundaries(NOBODY_COMES, "text.send.after")[0])
    with pytest.raises(AssertionError, match="a text went out twice"):
        check_attended(NOBODY_COMES, chaos, **opening(BlindRetry)(chaos))


@pytest.mark.parametrize("name", ["moved by staff", "moved by the customer"])
def test_without_a_plant_nothing_is_found(name: str) -> None:
    script = scenario(name)
    assert run(script).state == run(script).state
