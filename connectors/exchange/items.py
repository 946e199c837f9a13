"""What does one CalendarItem say? An element of an answer becomes a value; pure.

[MS-OXWSMTGS] 2.2.4.12 (CalendarItem), [MS-OXWSXPROP] (extended properties). The library would lose items here: it
raises for unknown zones, drops fractions of a second, and takes days in the zone of this machine (EWS-8). So elements
are read as they came: a time that cannot be read is None, and nothing raises.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from syncd.domain.people import normal_email

TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"

PROPERTY_SET = "1b8c6f0e-5d1b-4f0b-9c35-7a4be07c52d1"
"""Our GUID (EWS-7); Exchange Online carries the same properties, so that sessions survive a move there (GRA-9)."""

SESSION_PROPERTY = "SyncdSession"
EVENT_PROPERTY = "SyncdEvent"

GLOBAL_ID_SET, GLOBAL_ID_NUMBER = "Meeting", 35
"""PidLidCleanGlobalObjectId ([MS-OXOCAL] 2.2.1.28): unlike the UID made of it, no client ever changes it."""

_PARTSTATS = {"Accept": "ACCEPTED", "Organizer": "ACCEPTED", "Decline": "DECLINED", "Tentative": "TENTATIVE"}


@dataclass(frozen=True, slots=True)
class Guest:
    """Whom a meeting invites; `partstat` as RFC 5545 has it."""

    email: str
    name: str
    partstat: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item as the server answered it; what was not asked for is empty. Instants are aware and in UTC.

    `kind` is Single, Occurrence, Exception or RecurringMaster. `global_id` (in hexadecimal, as UIDs are) and `uid` stay
    when the item is moved, `item_id` does not; a client may put another UID on what a phone has made. `session_mark`
    and `event_mark` are our extended properties (CAL-11). `body_kind` is Text or HTML.
    """

    item_id: str
    change_key: str = ""
    uid: str = ""
    global_id: str = ""
    kind: str = "Single"
    folder_id: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    original_start: datetime | None = None
    all_day: bool = False
    zone_name: str = ""
    free_busy: str = ""
    cancelled: bool = False
    request_sent: bool = False
    response: str = ""
    created_at: datetime | None = None
    modified_at: datetime | None = None
    session_mark: str = ""
    event_mark: str = ""
    subject: str = ""
    place: str = ""
    text: str = ""
    body: str = ""
    body_kind: str = ""
    categories: tuple[str, ...] = ()
    guests: tuple[Guest, ...] = ()

    @property
    def readable(self) -> bool:
        return self.starts_at is not None and self.ends_at is not None and self.starts_at <= self.ends_at

    @property
    def own_id(self) -> str:
        """By what an own event names itself in its mark (CAL-11); empty where the item has no such thing."""
        return self.global_id or self.uid

    @property
    def in_series(self) -> bool:
        return self.kind in ("Occurrence", "Exception")

    @property
    def status(self) -> str:
        """As in a scheduling signature (CAL-14)."""
        if self.cancelled:
            return "cancelled"
        return "tentative" if self.free_busy == "Tentative" else "confirmed"


def read_item(element: Any) -> Item | None:
    """The value of an item's element; None for what has no id at all."""
    identity = element.find(f"{TYPES}ItemId")
    if identity is None or not identity.get("Id"):
        return None
    marks, global_id = _marks(element)
    folder = element.find(f"{TYPES}ParentFolderId")
    zone = element.find(f"{TYPES}StartTimeZone")
    body = element.find(f"{TYPES}Body")
    return Item(
        item_id=identity.get("Id"),
        change_key=identity.get("ChangeKey") or "",
        uid=_text(element, "UID"),
        global_id=global_id,
        kind=_text(element, "CalendarItemType") or "Single",
        folder_id="" if folder is None else folder.get("Id") or "",
        starts_at=instant(_text(element, "Start")),
        ends_at=instant(_text(element, "End")),
        original_start=instant(_text(element, "OriginalStart")),
        all_day=_true(element, "IsAllDayEvent"),
        zone_name="" if zone is None else zone.get("Id") or "",
        free_busy=_text(element, "LegacyFreeBusyStatus"),
        cancelled=_true(element, "IsCancelled"),
        request_sent=_true(element, "MeetingRequestWasSent"),
        response=_text(element, "MyResponseType"),
        created_at=instant(_text(element, "DateTimeCreated")),
        modified_at=instant(_text(element, "LastModifiedTime")),
        session_mark=marks.get(SESSION_PROPERTY, ""),
        event_mark=marks.get(EVENT_PROPERTY, ""),
        subject=_text(element, "Subject"),
        place=_text(element, "Location"),
        text=_text(element, "TextBody").replace("\r\n", "\n"),
        body="" if body is None else body.text or "",
        body_kind="" if body is None else body.get("BodyType") or "Text",
        categories=tuple(each.text or "" for each in element.iterfind(f"{TYPES}Categories/{TYPES}String")),
        guests=_guests(element),
    )


def instant(text: str) -> datetime | None:
    """An xs:dateTime. One without a zone is in the zone that we asked with, which is UTC. None: not understood."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    try:
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def _text(element: Any, name: str) -> str:
    found = element.find(f"{TYPES}{name}")
    return "" if found is None else found.text or ""


def _true(element: Any, name: str) -> bool:
    return _text(element, name).strip() in ("true", "1")


def _marks(element: Any) -> tuple[dict[str, str], str]:
    """Our extended properties by name, and the global id; those of other programs are nobody's business here."""
    found, global_id = {}, ""
    for each in element.iterfind(f"{TYPES}ExtendedProperty"):
        field, value = each.find(f"{TYPES}ExtendedFieldURI"), each.findtext(f"{TYPES}Value")
        if field is None or not value:
            continue
        if (field.get("PropertySetId") or "").casefold() == PROPERTY_SET:
            found[field.get("PropertyName") or ""] = value
        elif (
            field.get("DistinguishedPropertySetId") == GLOBAL_ID_SET
            and field.get("PropertyId") == f"{GLOBAL_ID_NUMBER}"
        ):
            global_id = _hexadecimal(value)
    return found, global_id


def _hexadecimal(binary: str) -> str:
    try:
        return b64decode(binary, validate=True).hex().upper()
    except ValueError:
        return ""


def _guests(element: Any) -> tuple[Guest, ...]:
    """Those with an SMTP address; rooms (Resources) are no people."""
    guests: dict[str, Guest] = {}
    for listed in ("RequiredAttendees", "OptionalAttendees"):
        for each in element.iterfind(f"{TYPES}{listed}/{TYPES}Attendee"):
            address = normal_email(_text(each, f"Mailbox/{TYPES}EmailAddress"))
            if "@" in address and address not in guests:
                response = _PARTSTATS.get(_text(each, "ResponseType"), "NEEDS-ACTION")
                guests[address] = Guest(address, _text(each, f"Mailbox/{TYPES}Name"), response)
    return tuple(guests.values())
