"""What do Zoom's rows and webhooks say? Rows of the dashboard, of reports and of webhooks to evidence; pure (CON-9).

A guest has neither id nor e-mail; a telephone's name is its number, often masked. A word or a time that is not
understood counts for the customer: somebody was there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import phonenumbers

from syncd.domain.attendance import Hints, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel
from syncd.domain.evidence import Evidence
from syncd.ports.feed import sighting

TEXT_MAX = 200
_NUMBER = re.compile(r"\+?[0-9][0-9* ()-]{5,24}")
_ANONYMOUS = frozenset({"anonymous", "restricted", "266696687"})

JOINED = ("participant_joined", "participant_admitted")
WAITING = ("participant_joined_waiting_room", "participant_jbh_waiting", "participant_jbh_joined")
LEFT = ("participant_left", "participant_left_waiting_room", "participant_jbh_waiting_left")


@dataclass(frozen=True, slots=True)
class Where:
    """Whose record it becomes. `host_id` and `host_email`: the meeting's host, where known; `read_at`: the answer's.
    `registrants`: by Zoom's id, the address under which somebody was registered."""

    feed: str
    room_id: str
    uuid: str
    read_at: datetime
    host_id: str = ""
    host_email: str = ""
    registrants: Mapping[str, str] = field(default_factory=dict)


def of_row(where: Where, row: Mapping[str, Any]) -> Evidence:
    """A participant of the dashboard or of a report; their keys agree where Zoom's ids and times do."""
    joined = instant(row.get("join_time")) or instant(row.get("leave_time")) or where.read_at
    left = instant(row.get("leave_time"))
    stage = Stage.WAITING if row.get("status") == "in_waiting_room" else Stage.JOINED
    return _evidence(where, row, stage, joined, left)


def of_event(where: Where, event: str, row: Mapping[str, Any]) -> Evidence | None:
    """A participant of a webhook; None: it tells of nobody. Who leaves was there until then: since when is not said."""
    at = next((t for name in ("join_time", "leave_time", "date_time") if (t := instant(row.get(name)))), where.read_at)
    if event in LEFT:
        at = instant(row.get("leave_time")) or at
        return _evidence(where, row, Stage.WAITING if "waiting" in event else Stage.JOINED, at, at)
    if event in JOINED or event in WAITING:
        return _evidence(where, row, Stage.WAITING if event in WAITING else Stage.JOINED, at, None)
    return None


def _evidence(where: Where, row: Mapping[str, Any], stage: Stage, joined: datetime, left: datetime | None) -> Evidence:
    name = _text(row, "user_name") or _text(row, "name")
    number = _text(row, "phone_number") or (name if _NUMBER.fullmatch(name) else "")
    by_phone = _text(row, "device").casefold().startswith("phone") or bool(number)
    e164, masked = _number(number) if by_phone else ("", "")
    registered = where.registrants.get(registrant_of(row), "")
    email = registered or _text(row, "email") or _text(row, "user_email")
    who = _text(row, "user_id") or _text(row, "participant_uuid") or _text(row, "id") or joined.isoformat()
    hosts = bool(where.host_id) and _text(row, "id") == where.host_id
    hosts = hosts or (bool(where.host_email) and email.casefold() == where.host_email.casefold())
    return sighting(
        AttendanceSeen(
            feed=where.feed,
            room_id=where.room_id,
            channel=Channel.PHONE if by_phone else Channel.ONLINE,
            stage=stage,
            presence=Presence.HOST if hosts else Presence.UNKNOWN if by_phone else Presence.GUEST,
            joined_at=joined,
            observed_at=where.read_at,
            left_at=left if left is None or left >= joined else joined,
            hints=Hints(email=email, phone_e164=e164, phone_masked=masked, name=name, participant_id=who),
        ),
        where.uuid,
        who,
    )


def registrant_of(row: Mapping[str, Any]) -> str:
    """The id under which somebody was registered; empty: they were not."""
    return _text(row, "registrant_id")


def _number(shown: str) -> tuple[str, str]:
    """(E.164, masked): a star first, since `1386****242` parses (SMS-10); Zoom leaves the + out."""
    digits = "".join(c for c in shown if c.isdigit() or c == "*")
    if not digits or digits in _ANONYMOUS:
        return "", ""
    if "*" in digits:
        return "", f"+{digits}"
    try:
        parsed = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        return "", f"+{digits}"
    if not phonenumbers.is_possible_number(parsed):
        return "", f"+{digits}"
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), ""


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return str(value).strip()[:TEXT_MAX] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def instant(value: Any) -> datetime | None:
    if not isinstance(value, str) or not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
