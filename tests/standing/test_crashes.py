"""Killed at any commit, the ledgers come to the same: one suspension, one strike, one payment, one reversal, each told
once (PRF-1, S1-S4, A9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from syncd.domain.effect import EffectState, StandingMail
from syncd.domain.evidence import Evidence, Payload
from syncd.domain.keys import CaseKey, contact_key
from syncd.domain.people import Company, Contact
from syncd.domain.standing import NoShowConfirmed, NoShowReversed
from syncd.engine.accounts import Accounts
from syncd.testing.chaos import Chaos
from syncd.testing.world import START, World
from tests.simulation.runs import world

DAY = timedelta(days=1)


def told(made: World, key: CaseKey, payload: Payload, name: str) -> None:
    """As a session's decision would tell it: recorded, then settled by the loop."""
    item = Evidence(name, "decision", made.clock.now(), payload, key)
    made.survive(lambda: made.store.record((item,), item.received_at))


def live(made: World) -> tuple[Contact, Company, list[tuple[str, str]], int]:
    """Two no-shows, a payment, a second payment, and the provider's late report."""
    made.list_company()
    contact_id = made.list_contact()
    key = contact_key(contact_id)

    def missed(session_id: str) -> None:
        starts_at = made.clock.now() - timedelta(hours=2)
        told(made, key, NoShowConfirmed(session_id, "acme", starts_at, "America/New_York", True, "default"), session_id)
        made.run_for(timedelta(minutes=30))

    def pays(reference: str) -> None:
        made.survive(
            lambda: Accounts(made.store, made.clock, made.decide).reinstate(
                contact_id, reference, 10_000, "USD", "dana"
            )
        )
        made.run_for(timedelta(minutes=30))

    for step, act in enumerate((lambda: missed("s1"), lambda: missed("s2"), lambda: pays("r-1"), lambda: pays("r-2"))):
        made.run_until(START + (step + 1) * 3 * DAY)
        act()
    made.run_until(START + 20 * DAY)
    told(made, key, NoShowReversed("s1", "the provider's report shows them"), "late")
    made.run_for(timedelta(hours=12))
    contact, company = made.views.contact(contact_id), made.views.company("acme")
    assert contact is not None
    assert company is not None
    rows = made.views.outbox()
    assert {row.state for row in rows} == {EffectState.DONE}
    letters = [(str(r.effect.body.letter), r.effect.key) for r in rows if isinstance(r.effect.body, StandingMail)]
    questions = sum(1 for row in rows if ":question" in row.effect.key)
    return contact, company, sorted(letters), questions


def in_short(ended: tuple[Contact, Company, list[tuple[str, str]], int]) -> object:
    """Without the instants, which a restart may move by a moment."""
    contact, company, letters, questions = ended
    (made,) = contact.suspensions
    (strike,) = company.strikes
    return (
        (made.session_ids, made.lifted_by, made.fee, made.reversed_at is not None, made.ends_at),
        [(n.session_id, n.spent_on, n.reversed_at is not None, n.warned_at is not None) for n in contact.no_shows],
        [(fee.reference, fee.lifted) for fee in contact.fees],
        sorted((m.id, m.detail) for m in contact.matters),
        (strike.session_id, strike.withdrawn_at is not None),
        letters,
        questions,
    )


def run(point: int | None = None) -> tuple[object, int]:
    with world(chaos=Chaos(crash_at=point)) as made:
        ended = in_short(live(made))
        assert made.crashes == (point is not None)
        assert made.reports == []
        return ended, made.chaos.crossings


@pytest.fixture(scope="module")
def whole() -> tuple[object, int]:
    return run()


def test_without_a_crash_each_is_there_once(whole: tuple[object, int]) -> None:
    (suspension, _, fees, matters, strike, letters, _), crossings = whole  # type: ignore[misc]
    assert suspension[:4] == (("s1", "s2"), "payment", "r-1", True)
    assert fees == [("r-1", "s2"), ("r-2", None)]
    assert [one for one, _ in matters] == ["fee-1-reversed", "fee-2"]
    assert strike == ("s2", True)
    assert [letter for letter, _ in letters] == ["reinstated", "reversal", "suspension", "warning"]
    assert crossings > 60


def at(points: Callable[[int], list[int]], whole: tuple[object, int]) -> None:
    expected, crossings = whole
    for point in points(crossings):
        ended, _ = run(point)
        assert ended == expected, f"after a crash at boundary {point}"


def test_a_kill_at_some_commit_changes_nothing(whole: tuple[object, int]) -> None:
    at(lambda n: Random("ledgers").sample(range(1, n + 1), 3), whole)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_kill_at_every_commit_changes_nothing(whole: tuple[object, int]) -> None:
    at(lambda n: list(range(1, n + 1)), whole)
