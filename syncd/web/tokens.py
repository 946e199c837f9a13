"""What does a link or a form prove? Session links, booking forms and presses, all signed, none kept (REL-5, C7).

A press is one act: whoever sends the same press twice has pressed once. It is bound to the act and to its subject, so
that no other page of ours (or of anyone's) can spend it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from syncd.engine.links import is_mailed, open_session_token
from syncd.ports.keys import Keys

TOKEN_CHARS_MAX = 600
SLOT_CHARS_MAX = 100
SLOT_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Link:
    """Who holds the link of which session: the attendee's tag names nobody (PRV-2). `mailed`: it came by mail, to that
    attendee's address (E11)."""

    session_id: str
    tag: str
    mailed: bool


def open_session(keys: Keys, token: str) -> Link | None:
    parts = open_session_token(keys, token) if 0 < len(token) <= TOKEN_CHARS_MAX else None
    return Link(*parts, mailed=is_mailed(keys, token)) if parts else None


def new_form(keys: Keys) -> str:
    """A booking form: from its id the session's id is derived, so one form books once (B2)."""
    return keys.sign("form", secrets.token_hex(12))


def open_form(keys: Keys, token: str) -> str | None:
    parts = _open(keys, "form", token)
    return parts[0] if parts and len(parts) == 1 else None


def new_press(keys: Keys, act: str, subject: str) -> str:
    return keys.sign("press", act, subject, secrets.token_hex(8))


def open_press(keys: Keys, token: str, act: str, subject: str) -> str | None:
    """The press's own id, or None where it was signed for another act or subject."""
    parts = _open(keys, "press", token)
    if parts is None or len(parts) != 3 or parts[:2] != (act, subject):
        return None
    return parts[2]


def slot_value(starts_at: datetime, staff_id: str) -> str:
    return f"{starts_at.astimezone(UTC).strftime(SLOT_FORMAT)}~{staff_id}"


def read_slot(value: str) -> tuple[datetime, str] | None:
    """(start, staff id) of a slot as our own buttons name it, or None."""
    instant, tilde, staff_id = value.partition("~")
    if len(value) > SLOT_CHARS_MAX or not tilde or not staff_id:
        return None
    try:
        return datetime.strptime(instant, SLOT_FORMAT).replace(tzinfo=UTC), staff_id
    except ValueError:
        return None


def _open(keys: Keys, purpose: str, token: str) -> tuple[str, ...] | None:
    return keys.open(purpose, token) if 0 < len(token) <= TOKEN_CHARS_MAX else None
