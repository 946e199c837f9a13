"""`replay_spared`: other terms over a past, where sessions that they cannot touch are left as they were; against the
same with every session decided again. Both sides come to the same, or there is no number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey
from syncd.domain.session import Session
from syncd.domain.terms import Terms
from syncd.engine.whatif import what_if
from syncd.policy.decide import decide
from syncd.ports.past import Course, Outline, Past, Redecided, Wanted
from syncd.ports.store import Decide
from syncd.store.sql_store import open_store
from tests.bench.harness import Goal
from tests.bench.year import NOW, SINCE, write

COPIES = 6
TERMS = replace(Terms(), id="other", no_shows=3, close_without_mobile=timedelta(minutes=8))


@dataclass(frozen=True)
class Everything:
    """A past of which every session is wanted."""

    past: Past

    def courses(self, since: datetime, kinds: Collection[str], wanted: Wanted) -> Iterator[Course]:
        return self.past.courses(since, kinds, lambda outline, told: True)

    def known(self, key: CaseKey) -> tuple[tuple[datetime, Evidence], ...]:
        return self.past.known(key)

    def redecided(self, key: CaseKey, again: Decide) -> Iterator[Redecided]:
        return self.past.redecided(key, again)

    def sessions(self, since: datetime | None, until: datetime | None = None) -> Iterator[Session]:
        return self.past.sessions(since, until)

    def outlines(self, since: datetime) -> Iterator[Outline]:
        return self.past.outlines(since)

    def count_sessions(self, since: datetime) -> int:
        return self.past.count_sessions(since)

    def terms(self, terms_id: str) -> Terms:
        return self.past.terms(terms_id)


def replayed(size: int, of: Callable[[Past], Past]) -> tuple[str, Callable[[], object]]:
    folder = TemporaryDirectory()
    file = Path(folder.name) / "past.db"
    write(file, size, COPIES)
    store = open_store(f"sqlite:///{file}")

    def work() -> object:
        assert folder.name  # which goes when this does
        return what_if(of(store.past), store.views, TERMS, Terms(), SINCE, NOW, decide)

    return hashlib.sha256(repr(work()).encode()).hexdigest(), work


def ours(size: int) -> tuple[str, Callable[[], object]]:
    return replayed(size, lambda past: past)


def theirs(size: int) -> tuple[str, Callable[[], object]]:
    return replayed(size, Everything)


GOALS = {"replay_spared": Goal(ours, theirs, size=100, smoke=12, target=1.5, unit="x CPU", at_most=False)}
