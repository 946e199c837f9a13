"""Until when? Cutoffs as instants; elapsed time, so that no clock change shortens one (C1, C2, C9, C11)."""

from __future__ import annotations

from datetime import datetime

from syncd.domain.session import Session
from syncd.domain.terms import Terms


def set_at_short_notice(session: Session, terms: Terms) -> bool:
    """Did staff set this time less than a day ahead (C11, A16)?"""
    set_at = session.staff_set_at
    return set_at is not None and session.starts_at - set_at < terms.short_notice


def cancel_until(session: Session, terms: Terms) -> datetime:
    """The last instant at which cancel and reschedule are accepted, that instant included (C1); a time that staff
    set at short notice can be declined until its start (C11), and any booking be undone shortly after it (B4)."""
    if set_at_short_notice(session, terms):
        return session.starts_at
    cutoff = session.starts_at - terms.cancel_cutoff
    return max(cutoff, undo_until(session, terms) or cutoff)


def undo_until(session: Session, terms: Terms) -> datetime | None:
    """The last instant at which a booking is undone without consequence (B4), not beyond its start."""
    return min(session.booking.booked_at + terms.undo, session.starts_at) if session.booking is not None else None


def may_undo(session: Session, at: datetime, terms: Terms) -> bool:
    last = undo_until(session, terms)
    return last is not None and at <= last


def text_until(session: Session, terms: Terms) -> datetime:
    """The last instant for a text (C2)."""
    return session.starts_at - terms.text_cutoff
