"""Which sessions of who is out of office wait for a word? As the sheet, the inbox and the link show them (K12)."""

from __future__ import annotations

from datetime import datetime

from syncd.domain.absence import Absence
from syncd.domain.session import Session
from syncd.policy.absences import open_sessions
from syncd.ports.views import Views


def waiting_of(views: Views, absence: Absence, now: datetime) -> tuple[Session, ...]:
    """Those of its sheet as they are now, by start; what was given away, moved or cancelled since waits no more."""
    named = (views.session(session_id) for session_id in absence.sheet)
    return open_sessions(absence, tuple(session for session in named if session is not None), now)
