"""Who of the staff is away while sessions are booked with them? What calendars say of it, and the sheet before the lead
(K12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from syncd.domain.session import Question
from syncd.domain.spans import Span


@dataclass(frozen=True, slots=True)
class AwaySeen:
    """The out-of-office time of one calendar, as it stands now, all of it; empty: none any more. Only that it is
    out-of-office is known of these entries (K5)."""

    calendar_id: str
    away: tuple[Span, ...]
    kind: Literal["away-seen"] = "away-seen"


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A session that a person has said what becomes of, at this time; moved, it is asked about anew."""

    session_id: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Absence:
    """One staff member's out-of-office time, by calendar id. `sheet`: the sessions that the lead was told of;
    `decided`: those of which the lead said what becomes, by the question's link; `asked`: how many questions there
    were."""

    staff_id: str
    away: tuple[tuple[str, Span], ...] = ()
    sheet: tuple[str, ...] = ()
    decided: tuple[LeftAlone, ...] = ()
    question: Question | None = None
    asked: int = 0
