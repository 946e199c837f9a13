"""What happened, and on what was it decided? Bulk reads of the record for commands; nothing is written.

Each read is short and sees what the tables say then; a daemon may run beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syncd.domain.case import SessionCase
from syncd.domain.decision import Decision
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey
from syncd.domain.session import Session
from syncd.domain.terms import Terms
from syncd.ports.store import Decide


@dataclass(frozen=True, slots=True)
class Redecided:
    """One stored decision and what the same case gives now. `same`: byte for byte."""

    decided_at: datetime
    stored: Decision
    again: Decision
    same: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one recorded decision about a session was made on. Both are read only when they are called: `load` gives the
    case, without the state that it had; `state_before` what the decision before it left."""

    decided_at: datetime
    fresh: tuple[Evidence, ...]
    load: Callable[[], SessionCase]
    state_before: Callable[[], Session | None]


@dataclass(frozen=True, slots=True)
class Course:
    """A session as it is now, and what its decisions were made on, in order."""

    session: Session
    cases: tuple[Recorded, ...]


class Past(Protocol):
    def known(self, key: CaseKey) -> tuple[tuple[datetime, Evidence], ...]:
        """All evidence of a subject in the store's order, each with the instant of the decision that settled it; where
        it changed nothing, with that of its recording."""
        ...

    def redecided(self, key: CaseKey, decide: Decide) -> Iterator[Redecided]:
        """Raises UnreadableRow, and whatever `decide` raises."""
        ...

    def sessions(self, since: datetime | None, until: datetime | None = None) -> Iterator[Session]:
        """Every session that starts in [since, until), booked at some time, by start."""
        ...

    def count_sessions(self, since: datetime) -> int: ...

    def courses(self, since: datetime) -> Iterator[Course]:
        """Of every session that starts at or after `since`, by start."""
        ...

    def terms(self, terms_id: str) -> Terms: ...
