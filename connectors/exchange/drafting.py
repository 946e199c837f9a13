"""What is to be written? The fields of a new event, and those by which an event differs from its draft (CAL-16); pure.

Values are plain: instants in UTC, `Words` for a body; mailbox.py gives them to the library in its own types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.exchange.body import says, with_block
from connectors.exchange.items import Item
from connectors.exchange.translate import one_line
from syncd.ports.calendar import EventDraft

SUBJECT_CHARACTERS_MAX = 255
REMINDER_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Words:
    """A body: `kind` is Text or HTML."""

    text: str
    kind: str


def new_event(draft: EventDraft, session_mark: str) -> dict[str, Any]:
    """Without attendees (CAL-20), in UTC (CAL-25), reminding the staff member as Outlook does. Its ids are the
    server's, for a UID of ours might not last; so the mark that names the event is written when it has them."""
    return {
        "subject": _subject(draft),
        "location": one_line(draft.place),
        "body": Words(with_block("", "Text", draft.block), "Text"),
        "start": draft.starts_at,
        "end": draft.ends_at,
        "legacy_free_busy_status": _shown(draft),
        "reminder_is_set": True,
        "reminder_minutes_before_start": REMINDER_MINUTES,
        "syncd_session": session_mark,
    }


def differences(item: Item, draft: EventDraft, session_mark: str) -> dict[str, Any]:
    """What staff have changed beside the draft stays: their notes, their title on an event of theirs, their free."""
    changed: dict[str, Any] = {}
    if not draft.adopted and one_line(item.subject) != _subject(draft):
        changed["subject"] = _subject(draft)
    if one_line(item.place) != one_line(draft.place):
        changed["location"] = one_line(draft.place)
    if not says(item.text, draft.block):
        changed["body"] = Words(with_block(item.body, item.body_kind, draft.block), item.body_kind or "Text")
    if (item.starts_at, item.ends_at) != (draft.starts_at, draft.ends_at):
        changed |= {"start": draft.starts_at, "end": draft.ends_at}
        if item.all_day:
            changed["is_all_day"] = False
    if draft.tentative != (item.free_busy == "Tentative"):
        changed["legacy_free_busy_status"] = _shown(draft)
    if item.session_mark != session_mark:
        changed["syncd_session"] = session_mark
    if item.own_id and item.event_mark not in (item.global_id, item.uid):
        changed["syncd_event"] = item.own_id
    return changed


def _subject(draft: EventDraft) -> str:
    return one_line(draft.title)[:SUBJECT_CHARACTERS_MAX]


def _shown(draft: EventDraft) -> str:
    return "Tentative" if draft.tentative else "Busy"
