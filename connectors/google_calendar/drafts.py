"""What must be written so that an event says what the draft says? Bodies for insert, patch and update; pure.

CAL-11 (mark), CAL-16 (only what differs), CAL-20, CAL-21 (attendees are never written), CAL-25 (in UTC), GOO-10.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.google_calendar import moments, words
from connectors.google_calendar.moments import NOT_UNDERSTOOD, Item
from connectors.google_calendar.translate import mark_of, private_of, text_of
from syncd.ports.calendar import CalendarBinding, EventDraft


def body_of(binding: CalendarBinding, draft: EventDraft, event_id: str, description: str = "") -> dict[str, Any]:
    """The whole event; `description`: what staff had written into one that is restored."""
    body: dict[str, Any] = {
        "id": event_id,
        "status": _status(draft),
        "summary": draft.title,
        "location": draft.place,
        "description": words.with_block(description, draft.block),
        "start": _moment(draft.starts_at),
        "end": _moment(draft.ends_at),
        "extendedProperties": {"private": mark_of(binding.keys, draft.session_id, event_id)},
    }
    return body if draft.url is None else {**body, "source": {"title": draft.title, "url": draft.url}}


def changes(binding: CalendarBinding, draft: EventDraft, item: Item) -> dict[str, Any]:
    """What differs, as a patch; empty where the event says it all already. Staff's title of an adopted event stays."""
    patch: dict[str, Any] = {}
    if _times(binding, item) != (draft.starts_at.astimezone(UTC), draft.ends_at.astimezone(UTC)):
        patch |= {"start": {**_moment(draft.starts_at), "date": None}, "end": {**_moment(draft.ends_at), "date": None}}
    if item.get("status") != _status(draft):
        patch["status"] = _status(draft)
    if text_of(item, "location").split() != draft.place.split():
        patch["location"] = draft.place
    if not draft.adopted and text_of(item, "summary").split() != draft.title.split():
        patch["summary"] = draft.title
    if not words.says(text_of(item, "description"), draft.block):
        patch["description"] = words.with_block(text_of(item, "description"), draft.block)
    source = item.get("source")  # shown to the account that made the event, and to no other
    if draft.url is not None and not draft.adopted and isinstance(source, dict) and source.get("url") != draft.url:
        patch["source"] = {"title": draft.title, "url": draft.url}
    mark = mark_of(binding.keys, draft.session_id, item["id"])
    if any(private_of(item).get(name) != value for name, value in mark.items()):
        patch["extendedProperties"] = {"private": mark}
    return patch


def _status(draft: EventDraft) -> str:
    return "tentative" if draft.tentative else "confirmed"


def _moment(at: datetime) -> dict[str, Any]:
    return {"dateTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "timeZone": "UTC"}


def _times(binding: CalendarBinding, item: Item) -> tuple[datetime, datetime] | None:
    if item.get("recurrence"):
        return None
    try:
        return moments.times(item, ZoneInfo(binding.zone))
    except NOT_UNDERSTOOD:
        return None
