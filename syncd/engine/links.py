"""Whose link is it? Session links sign identity, not time, and say nothing readable of the person (PRV-2, REL-5)."""

from __future__ import annotations

from syncd.domain.desk import Desk
from syncd.domain.keys import CaseKey
from syncd.domain.people import Attendee, normal_email
from syncd.domain.session import Session
from syncd.ports.keys import Keys

MAILED = "mailed-session"
TAG_LENGTH = 16
"""Hex digits of the keyed digest that stands for an attendee's address: 64 bits, beside the token's own signature."""


def session_token(keys: Keys, session_id: str, email: str, *, mailed: bool = False) -> str:
    """The token of one attendee's link to one session. `mailed`: only a mail to that address carries it, so that a
    press by it proves the address theirs (E11); no page, text, calendar entry or answer of the API may show one."""
    return keys.sign(MAILED if mailed else "session", session_id, _tag(keys, email))


def open_session_token(keys: Keys, token: str) -> tuple[str, str] | None:
    """(session id, the attendee's tag), or None for whatever is not a token of ours."""
    parts = keys.open("session", token) or keys.open(MAILED, token)
    return (parts[0], parts[1]) if parts and len(parts) == 2 else None


def room_token(keys: Keys, session_id: str, email: str) -> str:
    """By which one attendee is known in the room (ATT-12). It opens no page: whoever runs the room can read it."""
    return keys.sign("room", session_id, _tag(keys, email))


def open_attendee_token(keys: Keys, token: str) -> tuple[str, str] | None:
    """As `open_session_token`, of whatever token of ours an attendee came with."""
    parts = keys.open("room", token)
    return (parts[0], parts[1]) if parts and len(parts) == 2 else open_session_token(keys, token)


def is_mailed(keys: Keys, token: str) -> bool:
    return keys.open(MAILED, token) is not None


def attendee_of(keys: Keys, session: Session, tag: str) -> Attendee | None:
    """Whom the tag means; None for one who is not invited (any more)."""
    attendees = session.booking.attendees if session.booking else ()
    return next((a for a in attendees if _tag(keys, a.email) == tag), None)


def _tag(keys: Keys, email: str) -> str:
    return keys.digest("attendee", normal_email(email))[:TAG_LENGTH]


def payment_token(keys: Keys, subject: CaseKey) -> str:
    return keys.sign("payment", subject)


def payment_urls(desk: Desk, keys: Keys, subject: CaseKey) -> tuple[str, str]:
    """(where a payer returns after paying, and after going back); neither proves anything (PAY-1)."""
    token = payment_token(keys, subject)
    base = desk.base_url.rstrip("/")
    return f"{base}/paid/{token}", f"{base}/unpaid/{token}"


def open_payment_token(keys: Keys, token: str) -> CaseKey | None:
    parts = keys.open("payment", token)
    return CaseKey(parts[0]) if parts and len(parts) == 1 else None


def reinstatement_link(desk: Desk, keys: Keys, subject: CaseKey) -> str:
    """Where a suspended contact can pay (S4); it proves who they are, and changes nothing."""
    return f"{desk.base_url.rstrip('/')}/reinstate/{keys.sign('reinstatement', subject)}"


def open_reinstatement_token(keys: Keys, token: str) -> CaseKey | None:
    parts = keys.open("reinstatement", token)
    return CaseKey(parts[0]) if parts and len(parts) == 1 else None
