"""How does Graph show an event? Rows of the resource types event, calendar and subscription, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulators.graph import series
from tests.simulators.graph.mailbox import Calendar, Event, Instance, Mailbox

NO_TIME = "0001-01-01T00:00:00Z"


def event(row: Event, mailbox: Mailbox) -> dict[str, Any]:
    """The whole resource, but for what only $expand adds."""
    kind = "exception" if row.series else "seriesMaster" if row.rule else "singleInstance"
    shown: dict[str, Any] = {
        "@odata.etag": row.etag,
        "id": row.id,
        "createdDateTime": offset(row.made_at),
        "lastModifiedDateTime": offset(row.changed_at),
        "changeKey": row.etag[3:-1],
        "categories": list(row.categories),
        "transactionId": row.transaction,
        "originalStartTimeZone": row.zone,
        "originalEndTimeZone": row.zone,
        "iCalUId": row.uid,
        "subject": row.subject,
        "bodyPreview": row.html[:255],
        "body": {"contentType": "html", "content": row.html},
        "sensitivity": row.sensitivity,
        "isAllDay": row.all_day,
        "isCancelled": row.cancelled,
        "isOrganizer": row.organizer,
        "seriesMasterId": row.series,
        "showAs": row.show_as,
        "type": kind,
        "responseStatus": {"response": row.response, "time": NO_TIME},
        "start": moment(row.starts_at, row),
        "end": moment(row.ends_at, row),
        "location": {"displayName": row.place},
        "recurrence": series.pattern(row.starts_at, row.rule, row.zone) if row.rule else None,
        "attendees": [
            {
                "type": "required",
                "status": {"response": each.response, "time": NO_TIME},
                "emailAddress": {"name": each.name or each.address, "address": each.address},
            }
            for each in row.attendees
        ],
        "organizer": {"emailAddress": {"name": mailbox.address, "address": mailbox.address}},
    }
    if row.original_start is not None:
        shown["originalStart"] = offset(row.original_start)
    return {**shown, **row.raw}


def instance(found: Instance, mailbox: Mailbox) -> dict[str, Any]:
    """An occurrence in a calendar view: its series' resource at its own time."""
    if found.exception is not None:
        return event(found.exception, mailbox)
    shown = event(found.master, mailbox)
    return shown | {
        "id": found.id,
        "type": "occurrence",
        "seriesMasterId": found.master.id,
        "recurrence": None,
        "start": moment(found.starts_at, found.master),
        "end": moment(found.ends_at, found.master),
    }


def bare(found: Instance, mailbox: Mailbox) -> dict[str, Any]:
    """An occurrence among the changes: nothing but its time and its series (GRA-5)."""
    if found.exception is not None:
        return event(found.exception, mailbox)
    return {
        "id": found.id,
        "type": "occurrence",
        "seriesMasterId": found.master.id,
        "start": moment(found.starts_at, found.master),
        "end": moment(found.ends_at, found.master),
    }


def orphan(row: Event) -> dict[str, Any]:
    return {
        "id": row.id,
        "type": "occurrence",
        "seriesMasterId": row.series,
        "start": moment(row.starts_at, row),
        "end": moment(row.ends_at, row),
    }


def calendar(row: Calendar) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "canEdit": row.can_edit}


def moment(at: datetime, row: Event) -> dict[str, str]:
    """A dateTimeTimeZone in UTC, as was asked for; an all-day event floats, and is midnight in any zone."""
    if row.all_day:
        at = at.astimezone(ZoneInfo(row.zone)).replace(tzinfo=UTC)
    return {"dateTime": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}


def offset(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond:06}0Z"
