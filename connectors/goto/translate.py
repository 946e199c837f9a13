"""What do GoTo's lists say? Rows of attendees to evidence and readings, one string to telephone numbers; pure (CON-9).

`email` is the organizer's in every row, `attendeeEmail` the attendee's, often empty. The host and each rejoin are rows
of their own. `duration` is the meeting's. Ended meetings are told apart by `meetingInstanceKey`.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers

from syncd.domain.attendance import FeedReading, Hints, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel, DialIn, JoinData
from syncd.domain.evidence import Evidence
from syncd.ports.feed import sighting

TEXT_MAX = 200
NUMBERS_MAX = 200
_NUMBER = re.compile(r"\+?[0-9][0-9* ().-]{5,24}")
_CODE = re.compile(r"(?i)\b(?:access code|zugangscode|code d'acc[eè]s|c[oó]digo de acceso)\s*:?\s*([0-9][0-9 -]{4,20})")
_LINE = re.compile(r"(?P<label>[^:\n]{0,80}):?\s*(?P<number>\+[0-9][0-9 ().-]{6,22}[0-9])")
_FREE = re.compile(r"(?i)toll[- ]?free|freephone|gebührenfrei|gratuit")


@dataclass(frozen=True, slots=True)
class Instance:
    """One ended meeting: its key and its rows."""

    key: str
    started_at: datetime
    ended_at: datetime
    rows: tuple[Mapping[str, Any], ...]

    @property
    def whole(self) -> bool:
        """Rejoins are rows too, so there are at least as many rows as attendees."""
        counts = [int(said) for row in self.rows if (said := str(row.get("numAttendees", ""))).isdigit()]
        return bool(counts) and max(counts) <= len(self.rows)


def instances(rows: Iterable[Mapping[str, Any]], meeting_id: str) -> list[Instance]:
    """Those whose begin and end are told, oldest first."""
    by_key: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if str(row.get("meetingId", meeting_id)) == meeting_id:
            by_key[_text(row, "meetingInstanceKey") or _text(row, "startTime")].append(row)
    found = []
    for key, members in by_key.items():
        starts = [at for row in members if (at := instant(row.get("startTime")))]
        ends = [at for row in members if (at := instant(row.get("endTime")))]
        if starts and ends and min(starts) < max(ends):
            found.append(Instance(key, min(starts), max(ends), tuple(members)))
    return sorted(found, key=lambda each: each.started_at)


def of_instance(feed: str, room_id: str, instance: Instance, read_at: datetime) -> tuple[Evidence, ...]:
    return tuple(_seen(feed, room_id, instance, row, read_at) for row in instance.rows)


def reading_of(feed: str, room_id: str, instance: Instance, skew: timedelta) -> FeedReading:
    """From its start to its end; what was before the organizer started it is not told by anybody."""
    return FeedReading(feed, room_id, instance.ended_at, timedelta(0), instance.started_at, instance.key, skew=skew)


def started(feed: str, room_id: str, since: datetime, read_at: datetime) -> Evidence:
    """The meeting runs: its organizer has started it. Neither who is in it is known, nor whether anybody still is."""
    record = AttendanceSeen(
        feed,
        room_id,
        Channel.ONLINE,
        Stage.JOINED,
        Presence.HOST,
        since,
        read_at,
        hints=Hints(participant_id="started"),
    )
    return sighting(record, "running", "started")


def _seen(feed: str, room_id: str, instance: Instance, row: Mapping[str, Any], read_at: datetime) -> Evidence:
    name, email = _text(row, "attendeeName") or _text(row, "name"), _text(row, "attendeeEmail")
    joined = instant(row.get("joinTime")) or instance.started_at
    left = instant(row.get("leaveTime")) or instance.ended_at
    number = name if _NUMBER.fullmatch(name) else ""
    e164, masked = _number(number) if number else ("", "")
    hosts = bool(email) and email.casefold() == _text(row, "email").casefold()
    who = hashlib.sha256(f"{name}\n{email}".encode()).hexdigest()[:26]
    record = AttendanceSeen(
        feed=feed,
        room_id=room_id,
        channel=Channel.PHONE if number else Channel.ONLINE,
        stage=Stage.JOINED,
        presence=Presence.HOST if hosts else Presence.UNKNOWN,
        joined_at=joined,
        observed_at=read_at,
        left_at=max(left, joined),
        hints=Hints(email=email, phone_e164=e164, phone_masked=masked, name=name, participant_id=who),
    )
    return sighting(record, instance.key, who)


def join_data_of(meeting_id: str, info: str) -> JoinData:
    """The numbers and the code in `conferenceCallInfo`; many meetings say `Hybrid` or the like and tell neither."""
    numbers: dict[str, DialIn] = {}
    for hit in _LINE.finditer(info[:20_000]):
        dial_in = _dial_in(hit["number"], " ".join(hit["label"].split()))
        if dial_in is not None and len(numbers) < NUMBERS_MAX:
            numbers.setdefault(dial_in.e164, dial_in)
    code = _CODE.search(info)
    digits = "".join(c for c in code[1] if c.isdigit()) if code else ""
    return JoinData(
        f"https://meet.goto.com/{meeting_id}", code[1].strip() if code else "", digits, tuple(numbers.values())
    )


def _dial_in(text: str, label: str) -> DialIn | None:
    try:
        parsed = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    kind = "tollfree" if _FREE.search(label) else "toll"
    return DialIn(e164, phonenumbers.region_code_for_number(parsed) or "", kind, label)


def _number(shown: str) -> tuple[str, str]:
    """(E.164, masked): a star first, since `1386****242` parses (SMS-10)."""
    digits = "".join(c for c in shown if c.isdigit() or c == "*")
    try:
        parsed = phonenumbers.parse(f"+{digits}", None) if "*" not in digits else None
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
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
