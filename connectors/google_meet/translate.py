"""What do Meet's participants say? Participants and their stays to evidence, a space to join data; pure (CON-9).

No e-mail is told; who is signed in has an account id, a telephone's number is mostly hidden behind dots.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import phonenumbers

from syncd.domain.attendance import Hints, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel, DialIn, JoinData
from syncd.domain.evidence import Evidence
from syncd.ports.feed import sighting

TEXT_MAX = 200
NUMBERS_MAX = 200


def of_participant(
    feed: str,
    room_id: str,
    epoch: str,
    participant: Mapping[str, Any],
    sessions: Iterable[Mapping[str, Any]],
    read_at: datetime,
) -> list[Evidence]:
    """One record a stay; where no stay is told, one from first to last."""
    stays = [(str(s.get("name") or ""), instant(s.get("startTime")), instant(s.get("endTime"))) for s in sessions]
    first, last = instant(participant.get("earliestStartTime")), instant(participant.get("latestEndTime"))
    name = str(participant.get("name") or "")
    known = [(who, start, end) for who, start, end in stays if start is not None]
    return [
        _seen(feed, room_id, epoch, participant, who or name, start, end, read_at)
        for who, start, end in known or [(name, first or read_at, last)]
    ]


def _seen(
    feed: str,
    room_id: str,
    epoch: str,
    participant: Mapping[str, Any],
    who: str,
    joined: datetime,
    left: datetime | None,
    read_at: datetime,
) -> Evidence:
    person = next(
        (p for k in ("signedinUser", "anonymousUser", "phoneUser") if isinstance(p := participant.get(k), dict)), {}
    )
    by_phone = isinstance(participant.get("phoneUser"), dict)
    shown = str(person.get("displayName") or "")[:TEXT_MAX]
    e164, masked = _number(shown) if by_phone else ("", "")
    account = str(person.get("user") or "")[:TEXT_MAX]
    record = AttendanceSeen(
        feed=feed,
        room_id=room_id,
        channel=Channel.PHONE if by_phone else Channel.ONLINE,
        stage=Stage.JOINED,
        presence=Presence.UNKNOWN,
        joined_at=joined,
        observed_at=read_at,
        left_at=left if left is None or left >= joined else joined,
        hints=Hints(phone_e164=e164, phone_masked=masked, name=shown, participant_id=account or who),
    )
    return sighting(record, epoch, who)


def join_data_of(space: Mapping[str, Any]) -> JoinData:
    """`phoneAccess`: a number a region, all with the same PIN."""
    listed = space.get("phoneAccess")
    access = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    pin = next((str(each["pin"]) for each in access if each.get("pin")), "")
    numbers = tuple(
        DialIn(str(each["phoneNumber"]), str(each.get("regionCode") or ""), label=str(each.get("languageCode") or ""))
        for each in access[:NUMBERS_MAX]
        if each.get("phoneNumber")
    )
    digits = "".join(c for c in pin if c.isdigit())
    return JoinData(str(space.get("meetingUri") or ""), f"{pin}#" if pin else "", digits, numbers)


def _number(shown: str) -> tuple[str, str]:
    """(E.164, masked with stars); a hidden digit first, since parsers overlook it (SMS-10)."""
    text = "".join("*" if c in "•*xX" else c for c in shown if c.isdigit() or c in "+•*xX")
    if not any(c.isdigit() for c in text):
        return "", ""
    if "*" in text:
        return "", text
    try:
        parsed = phonenumbers.parse(text if text.startswith("+") else f"+{text}", None)
    except phonenumbers.NumberParseException:
        return "", text
    if not phonenumbers.is_possible_number(parsed):
        return "", text
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), ""


def instant(value: Any) -> datetime | None:
    if not isinstance(value, str) or not value:
        return None
    whole, _, fraction = value.partition(".")  # nanoseconds, where Google has them
    try:
        at = datetime.fromisoformat(whole + "Z" if fraction else value)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
