"""What does a calendar answer? REPLY, COUNTER, REFRESH and whatever else comes as an iTIP object (RFC 5546 3.2).

Lenient: ORGANIZER, SEQUENCE or DTSTAMP may be missing, zones may be Windows' or the vendor's own (INV-43, CAL-25). A
time without a zone is no instant and stays unread. Outlook keeps the old time of a COUNTER in X-MS-OLK-ORIGINALSTART;
DTSTART is the proposal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from syncd.ical import values
from syncd.ical.read import Resource, Unreadable, VEvent, parse
from syncd.ical.values import address_of, many, text

COMMENT_MAX = 2_000
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Answering:
    """One ATTENDEE: its normalised address and PARTSTAT. `delegated`: somebody else answers for them, or they for
    somebody else (SENT-BY, DELEGATED-TO, DELEGATED-FROM)."""

    email: str
    partstat: str
    delegated: bool


@dataclass(frozen=True, slots=True)
class Scheduling:
    """An iTIP object about one event. `recurring`: about a series or one instance of it, which no session is."""

    method: str
    uid: str
    sequence: int
    dtstamp: datetime | None
    attendees: tuple[Answering, ...]
    starts_at: datetime | None
    ends_at: datetime | None
    comment: str
    recurring: bool = False


def scheduling(raw: bytes) -> Scheduling:
    """Raises Unreadable. A METHOD that is missing is empty."""
    resource = parse(raw)
    event = resource.master or resource.events[0]
    if len({str(e.get("UID", "")) for e in resource.events}) > 1:
        raise Unreadable("more than one event")
    starts_at, ends_at = _times(event, resource)
    return Scheduling(
        method=(resource.method or "").upper(),
        uid=resource.uid,
        sequence=_sequence(event),
        dtstamp=_stamp(event),
        attendees=tuple(_answering(who) for who in many(event, "ATTENDEE") if address_of(who)),
        starts_at=starts_at,
        ends_at=ends_at,
        comment=_comment(event),
        recurring=resource.recurring,
    )


def _answering(who: object) -> Answering:
    parameters = {str(name).upper(): str(value) for name, value in who.params.items()}  # type: ignore[attr-defined]
    partstat = parameters.get("PARTSTAT", "NEEDS-ACTION").upper()
    sent_by = parameters.get("SENT-BY", "").strip('"').casefold().removeprefix("mailto:").strip()
    email = address_of(who)
    delegated = partstat == "DELEGATED" or "DELEGATED-FROM" in parameters or "DELEGATED-TO" in parameters
    return Answering(email, partstat, delegated or sent_by not in ("", email))


def _sequence(event: VEvent) -> int:
    """No SEQUENCE means 0 (section 4, Order)."""
    try:
        return int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        return 0


def _stamp(event: VEvent) -> datetime | None:
    when = next(iter(many(event, "DTSTAMP")), None)
    at = getattr(when, "dt", None)
    return at.astimezone(UTC) if isinstance(at, datetime) and at.tzinfo is not None else None


def _times(event: VEvent, resource: Resource) -> tuple[datetime | None, datetime | None]:
    """Both, or neither: floating times and whole days propose nothing that could be booked."""
    begins: date | None = event["DTSTART"].dt if "DTSTART" in event else None
    if not isinstance(begins, datetime) or resource.unknown_zones:
        return None, None
    if begins.tzinfo is None and str(event["DTSTART"].params.get("TZID", "")) not in resource.zones:
        return None, None
    starts_at, ends_at = values.times(event, resource, _UTC)
    return starts_at, ends_at


def _comment(event: VEvent) -> str:
    said = text(event, "COMMENT")
    return said[:COMMENT_MAX]
