"""How does the server show an item? As CalendarItem elements, with what the shape asks for, in schema order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lxml import html

from tests.simulators.ews.series import Instance
from tests.simulators.ews.soap import Refused, T, element
from tests.simulators.ews.state import Attendee, Item

NOT_IN_LISTS = frozenset(
    {"item:Body", "item:TextBody", "calendar:RequiredAttendees", "calendar:OptionalAttendees", "calendar:Recurrence"}
)
"""What FindItem and SyncFolderItems do not bring."""


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def said_in(body: str, kind: str) -> str:
    """The text of a body, with the line ends that the server gives."""
    if kind == "HTML" and body.strip():
        root = html.document_fromstring(body)
        for each in root.iter("br", "p", "div", "tr", "li"):
            each.tail = "\n" + (each.tail or "")
        body = str(root.xpath("string()"))
    return body.replace("\r\n", "\n").replace("\n", "\r\n")


def _true(value: bool) -> str:
    return "true" if value else "false"


def _one(name: str, text: Callable[[Instance], str | None]) -> Callable[[Instance], Any]:
    def make(shown: Instance) -> Any:
        said = text(shown)
        return None if said is None else element(f"t:{name}", said)

    return make


def _people(name: str, required: bool) -> Callable[[Instance], Any]:
    def make(shown: Instance) -> Any:
        people = [a for a in shown.item.attendees if a.required is required]
        return element(f"t:{name}", None, *(_person(a) for a in people)) if people else None

    return make


def _person(attendee: Attendee) -> Any:
    mailbox = element(
        "t:Mailbox",
        None,
        element("t:Name", attendee.name or attendee.email),
        element("t:EmailAddress", attendee.email),
        element("t:RoutingType", "SMTP" if "@" in attendee.email else "EX"),
    )
    return element("t:Attendee", None, mailbox, element("t:ResponseType", attendee.response))


def _body(name: str, kind: str | None) -> Callable[[Instance], Any]:
    def make(shown: Instance) -> Any:
        item = shown.item
        text = item.body if kind is None else said_in(item.body, item.body_kind)
        if kind is None and item.body_kind == "Text":
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        return element(f"t:{name}", text, BodyType=kind or item.body_kind)

    return make


def _zone(name: str) -> Callable[[Instance], Any]:
    return lambda shown: element(f"t:{name}", None, Id=shown.item.zone, Name=shown.item.zone)


def _categories(shown: Instance) -> Any:
    if not shown.item.categories:
        return None
    return element("t:Categories", None, *(element("t:String", each) for each in shown.item.categories))


def _recurrence(shown: Instance) -> Any:
    """Of a master: its pattern and range ([MS-OXWSMTGS] 2.2.4.41)."""
    pattern, item = shown.item.pattern, shown.item
    if pattern is None or shown.kind != "RecurringMaster":
        return None
    interval, begins = (
        element("t:Interval", str(pattern.interval)),
        element("t:StartDate", f"{item.starts_at:%Y-%m-%d}Z"),
    )
    days = [element("t:DaysOfWeek", f"{item.starts_at:%A}")] if pattern.frequency == "weekly" else []
    how = element(f"t:{pattern.frequency.capitalize()}Recurrence", None, interval, *days)
    if pattern.count is None:
        return element("t:Recurrence", None, how, element("t:NoEndRecurrence", None, begins))
    count = element("t:NumberOfOccurrences", str(pattern.count))
    return element("t:Recurrence", None, how, element("t:NumberedRecurrence", None, begins, count))


# Field URI → what makes its element, in the order that the schema has them.
PROPERTIES: dict[str, Callable[[Instance], Any]] = {
    "item:ParentFolderId": lambda shown: element(
        "t:ParentFolderId", None, Id=shown.item.folder_id, ChangeKey="AQAAAA=="
    ),
    "item:ItemClass": _one("ItemClass", lambda shown: "IPM.Appointment"),
    "item:Subject": _one("Subject", lambda shown: shown.item.subject),
    "item:Sensitivity": _one("Sensitivity", lambda shown: shown.item.sensitivity),
    "item:Body": _body("Body", None),
    "item:Categories": _categories,
    "item:DateTimeCreated": _one("DateTimeCreated", lambda shown: instant(shown.item.created_at)),
    "item:ReminderIsSet": _one("ReminderIsSet", lambda shown: _true(shown.item.reminder_minutes is not None)),
    "extended": lambda shown: None,
    "item:LastModifiedTime": _one("LastModifiedTime", lambda shown: instant(shown.item.modified_at)),
    "item:TextBody": _body("TextBody", "Text"),
    "calendar:UID": _one("UID", lambda shown: shown.item.uid),
    "calendar:RecurrenceId": _one("RecurrenceId", lambda s: instant(s.original_start) if s.original_start else None),
    "calendar:Start": _one("Start", lambda s: instant(s.ends_at if s.item.corrupt else s.starts_at)),
    "calendar:End": _one("End", lambda s: instant(s.starts_at if s.item.corrupt else s.ends_at)),
    "calendar:OriginalStart": _one("OriginalStart", lambda s: instant(s.original_start) if s.original_start else None),
    "calendar:IsAllDayEvent": _one("IsAllDayEvent", lambda shown: _true(shown.item.all_day)),
    "calendar:LegacyFreeBusyStatus": _one("LegacyFreeBusyStatus", lambda shown: shown.item.free_busy),
    "calendar:Location": _one("Location", lambda shown: shown.item.place or None),
    "calendar:IsMeeting": _one("IsMeeting", lambda shown: _true(bool(shown.item.attendees))),
    "calendar:IsCancelled": _one("IsCancelled", lambda shown: _true(shown.item.cancelled)),
    "calendar:IsRecurring": _one("IsRecurring", lambda shown: _true(shown.kind in ("Occurrence", "Exception"))),
    "calendar:MeetingRequestWasSent": _one("MeetingRequestWasSent", lambda shown: _true(shown.item.request_sent)),
    "calendar:CalendarItemType": _one("CalendarItemType", lambda shown: shown.kind),
    "calendar:MyResponseType": _one("MyResponseType", lambda shown: shown.item.response),
    "calendar:RequiredAttendees": _people("RequiredAttendees", True),
    "calendar:OptionalAttendees": _people("OptionalAttendees", False),
    "calendar:Recurrence": _recurrence,
    "calendar:StartTimeZone": _zone("StartTimeZone"),
    "calendar:EndTimeZone": _zone("EndTimeZone"),
}


def asked_for(shape: Any, *, listing: bool) -> tuple[set[str], list[tuple[str, str]]]:
    """The field URIs and extended properties of a shape. Raises Refused for what this operation does not bring."""
    uris = {each.get("FieldURI") for each in shape.iterfind(f"{T}AdditionalProperties/{T}FieldURI")}
    uris -= {"item:ItemId"}
    extended = [name_of(each) for each in shape.iterfind(f"{T}AdditionalProperties/{T}ExtendedFieldURI")]
    if listing and uris & NOT_IN_LISTS:
        raise Refused("ErrorInvalidPropertyRequest", f"not in a listing: {sorted(uris & NOT_IN_LISTS)}")
    if uris - PROPERTIES.keys():
        raise AssertionError(f"the simulated server does not know {sorted(uris - PROPERTIES.keys())}")
    return uris, extended


def name_of(field: Any) -> tuple[str, str]:
    if field.get("DistinguishedPropertySetId"):
        return field.get("DistinguishedPropertySetId"), field.get("PropertyId")
    return (field.get("PropertySetId") or "").casefold(), field.get("PropertyName") or ""


def _field(name: tuple[str, str]) -> Any:
    if name[1].isdigit():
        about = {"DistinguishedPropertySetId": name[0], "PropertyId": name[1], "PropertyType": "Binary"}
    else:
        about = {"PropertySetId": name[0], "PropertyName": name[1], "PropertyType": "String"}
    return element("t:ExtendedFieldURI", None, **about)


def calendar_item(shown: Instance, uris: set[str], extended: list[tuple[str, str]]) -> Any:
    made = element("t:CalendarItem", None, element("t:ItemId", None, Id=shown.item_id, ChangeKey=shown.item.change_key))
    for uri, make in PROPERTIES.items():
        if uri == "extended":
            made.extend(_extended(shown.item, extended))
        elif uri in uris:
            part = make(shown)
            if part is not None:
                made.append(part)
    return made


def _extended(item: Item, names: list[tuple[str, str]]) -> list[Any]:
    return [
        element("t:ExtendedProperty", None, _field(name), element("t:Value", item.props[name]))
        for name in names
        if name in item.props
    ]
