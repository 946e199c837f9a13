"""What happened, and on what was it decided? Bulk reads of the record for commands; nothing is written.

Each read is short and sees what the tables say then; a daemon may run beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syncd.domain.attendance import Outcome
from syncd.domain.case import SessionCase
from syncd.domain.decision import Decision
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey
from syncd.domain.session import Session, SessionState
from syncd.domain.terms import Terms
from syncd.ports.store import Decide


@dataclass(frozen=True, slots=True)
class Redecided:
    """When a decision was made, and what the same case gives now. `same`: what was stored, byte for byte."""

    decided_at: datetime
    again: Decision
    same: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one recorded decision about a session was made on. Both are read only when they are called: `load` gives the
    case, with that state and those terms in place of its own; `state_before` what the decision before it left."""

    decided_at: datetime
    load: Callable[[Session | None, Terms], SessionCase]
    state_before: Callable[[], Session | None]


@dataclass(frozen=True, slots=True)
class Outline:
    """A session in a few words, as its index tells it. `outcome`: what it came to, as far as that is known; `by_word`:
    by the word or the silence of staff."""

    session_id: str
    starts_at: datetime
    state: SessionState
    outcome: Outcome | None
    by_word: bool


@dataclass(frozen=True, slots=True)
class Course:
    """A session, and what its decisions were made on, in order. `told`: what was settled of the kinds of evidence that
    were asked for; `cases` is None where nobody wants them."""

    outline: Outline
    told: tuple[Evidence, ...]
    cases: tuple[Recorded, ...] | None


Wanted = Callable[[Outline, tuple[Evidence, ...]], bool]
"""Are the cases of this session, of which that was told, wanted?"""


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

    def outlines(self, since: datetime) -> Iterator[Outline]:
        """Of the same sessions."""
        ...

    def count_sessions(self, since: datetime) -> int: ...

    def courses(self, since: datetime, kinds: Collection[str], wanted: Wanted) -> Iterator[Course]:
        """Of every session that starts at or after `since`, by start. Most of a year is not wanted, and not read."""
        ...

    def terms(self, terms_id: str) -> Terms: ...
