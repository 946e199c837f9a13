"""What does a store's behaviour suite work with? A world around one store, and scripted decisions.

Policy is not under test here: `decide` is what each test says, and looks at the Case it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd.domain.case import Case, SessionCase
from syncd.domain.decision import Answer, AnswerCode, Decision, Finding
from syncd.domain.effect import Effect
from syncd.domain.evidence import EffectDone, Evidence
from syncd.domain.keys import CaseKey, session_key
from syncd.domain.session import Session
from syncd.ports.store import Claimed, Decide, Store
from syncd.ports.views import Views
from syncd.testing import builders as make

S1 = session_key("s1")
LEASE = timedelta(minutes=2)


@dataclass(slots=True)
class StoreWorld:
    """`commits` counts the transactions that were made durable so far. `reopen` gives a second store on the same data,
    as after a restart."""

    store: Store
    views: Views
    commits: Callable[[], int]
    reopen: Callable[[], StoreWorld]

    def book(self, made: Session | None = None, *effects: Effect, now: datetime = make.NOW, **request: Any) -> Session:
        """Settle one booking of `made` with its claims and effects."""
        made = made or make.session()
        self.store.settle(session_key(made.id), booking_of(made, *effects, **request), now, (request_for(made.id),))
        return made

    def decide(self, key: CaseKey, now: datetime = make.NOW, **fields: Any) -> Decision:
        settled = self.store.settle(key, deciding(**fields), now)
        assert settled.decision is not None
        return settled.decision

    def claim(self, now: datetime = make.NOW, limit: int = 100, busy_lanes: tuple[str, ...] = ()) -> list[Claimed]:
        return self.store.claim(now, LEASE, limit, busy_lanes)


class StoreSuite:
    """The base of all suites: a subclass gives the world."""

    @pytest.fixture
    def world(self) -> Any:
        raise NotImplementedError("a subclass gives a StoreWorld whose store has adopted make.desk() and make.terms()")


def request_for(session_id: str, key: str = "book") -> Evidence:
    return make.evidence(make.booking_requested(), f"{session_id}/{key}", subject=session_key(session_id))


def deciding(**fields: Any) -> Decide:
    """Decide exactly this, whatever the case says; a finding makes it more than nothing."""
    fields = {"findings": (Finding("TEST", "as the test says"),), **fields}

    def decide(case: Case, now: datetime) -> Decision:
        return Decision(case.key, now, **fields)

    return decide


def booking_of(made: Session, *effects: Effect, **fields: Any) -> Decide:
    """Book it, with its claims, and answer every fresh request."""
    fields = {"claims": make.claims_of(made), **fields}

    def decide(case: Case, now: datetime) -> Decision:
        assert isinstance(case, SessionCase)
        answers = tuple(Answer(item.key, AnswerCode.BOOKED, "B1") for item in case.fresh)
        return Decision(case.key, now, (Finding("B1", "booked"),), made, effects=effects, answers=answers, **fields)

    return decide


def nothing(case: Case, now: datetime) -> Decision:
    """Nothing follows."""
    return Decision(case.key, now)


def receipt_of(claimed: Claimed, key: str = "") -> Evidence:
    effect = claimed.effect
    done = EffectDone(effect.key, effect.kind, effect.revision, recipient=effect.recipient)
    return make.evidence(done, f"receipt/{effect.key}/{key or claimed.fence}", subject=effect.subject)


@dataclass(slots=True)
class Watching:
    """Wraps a decide and keeps the cases that it was shown."""

    decide: Decide = nothing
    cases: list[Case] = field(default_factory=list)

    def __call__(self, case: Case, now: datetime) -> Decision:
        self.cases.append(case)
        return self.decide(case, now)

    @property
    def session_case(self) -> SessionCase:
        case = self.cases[-1]
        assert isinstance(case, SessionCase)
        return case
