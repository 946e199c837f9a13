"""When is the customer reminded? 24 and 2 hours before, once each, and never of what is over (N2, N5, C9)."""

from __future__ import annotations

from syncd.domain.effect import CustomerMail, EffectState
from syncd.domain.letters import Cause, Letter
from syncd.domain.session import SessionState
from syncd.policy.draft import Draft
from syncd.policy.publish import mail_customer


def remind(draft: Draft) -> None:
    """Send the reminder that is due. Of several that an outage left due, only the last: the earlier ones say nothing
    that it does not. A reminder whose moment had passed when the time was set is not sent at all."""
    session = draft.session
    if session is None or session.state is not SessionState.BOOKED or session.booking is None:
        return
    leads = sorted(draft.case.terms.reminders, reverse=True)
    due: Letter | None = None
    for place, lead in enumerate(leads):
        moment = session.starts_at - lead
        if session.arranged_at is not None and moment <= session.arranged_at:
            continue
        if moment > draft.now:
            draft.review(moment)
        else:
            due = Letter.REMINDER_LAST if place == len(leads) - 1 else Letter.REMINDER_FIRST
    if due is None or draft.now >= session.starts_at:
        return
    for attendee in session.booking.attendees:
        if not _given(draft, due, attendee.email):
            draft.found("N2", f"{due} is due", starts_at=session.starts_at)
            mail_customer(draft, due, Cause.DUE, attendee, expire_at=session.starts_at, guarded=True)


def _given(draft: Draft, letter: Letter, recipient: str) -> bool:
    """Was this hour's reminder of this start already put into the outbox (and not superseded there)?"""
    start = draft.live.starts_at
    stored = any(
        (e.letter, e.recipient, e.starts_at) == (letter, recipient, start)
        and e.state is not EffectState.DROPPED
        and (e.revision == draft.live.revision or e.state is not EffectState.PENDING)
        for e in draft.case.effects
    )
    return stored or any(
        isinstance(e.body, CustomerMail) and e.body.letter is letter and e.recipient == recipient for e in draft.effects
    )
