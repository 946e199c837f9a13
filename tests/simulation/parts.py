"""What does a calendar mail say? UID, SEQUENCE, DTSTAMP, read as plain text: no reader of ours is a witness."""

from __future__ import annotations

from email import message_from_bytes
from typing import NamedTuple


class CalendarPart(NamedTuple):
    uid: str
    method: str
    sequence: int
    dtstamp: str


def calendar_part(message: bytes) -> CalendarPart | None:
    for part in message_from_bytes(message).walk():
        if part.get_content_type() == "text/calendar":
            raw = part.get_payload(decode=True)
            assert isinstance(raw, bytes)
            lines = raw.replace(b"\r\n ", b"").decode().splitlines()
            said = dict(line.split(":", 1) for line in lines if ":" in line)
            return CalendarPart(said["UID"], said["METHOD"], int(said["SEQUENCE"]), said["DTSTAMP"])
    return None
