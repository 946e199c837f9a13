"""How does a session stand on a staff calendar? Our VEVENT built, edited in place, stripped, and read back.

RFC 5545; spec/calendars.md CAL-11 (marks), CAL-12, CAL-14 (signature), CAL-16 (only what differs; our block between
markers; what we do not know survives), CAL-20 (no attendees of ours), CAL-25 (sessions are written in UTC).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from syncd.domain.evidence import SeenAttendee
from syncd.domain.session import Signature
from syncd.ical import lines, read, wire
from syncd.ical.editing import EventLines, event_lines, number
from syncd.ical.lines import Line
from syncd.ical.read import Resource, VEvent
from syncd.ical.values import address_of, attendees, instant, many, times
from syncd.ical.values import text as text_of

PRODID = "-//syncd//staff calendar//EN"
BLOCK_BEGINS = "===== syncd: these lines are kept up to date ====="
BLOCK_ENDS = "===== syncd: your own notes are safe outside ====="
TAGS_MAX = 50

_SESSION, _INSTALLATION, _EVENT = "X-SYNCD-SESSION", "X-SYNCD-INSTALLATION", "X-SYNCD-EVENT"
_BLOCK = re.compile(
    r"[ \t]*=+ syncd: these lines are kept up to date =+.*?=+ syncd: your own notes are safe outside =+[ \t]*",
    re.DOTALL,
)
_MARKER = re.compile(r"=+ (syncd: (?:these lines are kept|your own notes are safe))")
_TAG = re.compile(r"(?<![\w#&/])#[^\W\d_][\w-]{1,30}")


@dataclass(frozen=True, slots=True)
class Mark:
    """By what an own event is known (CAL-11). `event_id` is the event's own id (its UID): a copy has another one, and
    so its mark does not count (CAL-12)."""

    session_id: str
    installation_id: str
    event_id: str


@dataclass(frozen=True, slots=True)
class StaffText:
    """What the event shall say. `title` None keeps the one that staff wrote (adopted events). `block` is our text."""

    title: str | None
    block: str
    place: str
    url: str | None
    starts_at: datetime
    ends_at: datetime
    tentative: bool = False


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """A staff calendar's event as it stands. The three ids are None where the event carries no such mark; whether they
    count is the caller's to judge (CAL-12). `notes` is the description without our block."""

    uid: str
    session_id: str | None
    installation_id: str | None
    event_id_mark: str | None
    signature: Signature
    attendees: tuple[SeenAttendee, ...]
    organizer: str | None
    tags: tuple[str, ...]
    categories: tuple[str, ...]
    summary: str
    notes: str
    block: str | None
    last_modified: datetime | None
    sequence: int
    recurring: bool
    original_start: datetime | None


def build(mark: Mark, text: StaffText, stamp: datetime) -> bytes:
    """A new event without attendees. `stamp`: the instant of the writing."""
    return lines.write(
        [
            lines.line("BEGIN", "VCALENDAR"),
            lines.line("VERSION", "2.0"),
            lines.line("PRODID", PRODID),
            lines.line("BEGIN", "VEVENT"),
            lines.line("UID", wire.escaped(mark.event_id)),
            lines.line("DTSTAMP", wire.utc(stamp)),
            lines.line("CREATED", wire.utc(stamp)),
            lines.line("LAST-MODIFIED", wire.utc(stamp)),
            lines.line("SEQUENCE", "0"),
            *(each for each in _ours(text, "", text.title or "") if each.value),
            *_marks(mark),
            lines.line("END", "VEVENT"),
            lines.line("END", "VCALENDAR"),
        ]
    )


def edit(raw: bytes, mark: Mark, text: StaffText, stamp: datetime, zone: ZoneInfo) -> bytes:
    """The same resource, saying `text`: only what differs is written; where nothing does, `raw` itself comes back.

    All else stays byte for byte: attendees, alarms, notes, properties of other programs. Raises Unreadable.
    """
    resource = read.parse(raw)
    event = _master(resource)
    content, begin, end = event_lines(raw)
    own = EventLines(content[begin + 1 : end])
    wanted = {each.name: each for each in (*_ours(text, own.text("DESCRIPTION"), text.title or ""), *_marks(mark))}
    if text.title is None:
        del wanted["SUMMARY"]
    if times(event, resource, zone) == (text.starts_at.astimezone(UTC), text.ends_at.astimezone(UTC)):
        del wanted["DTSTART"], wanted["DTEND"]
    changed = [each for name, each in wanted.items() if not own.says(each)]
    if not changed:
        return raw
    moved = any(each.name in ("DTSTART", "DTEND", "STATUS") for each in changed)
    for each in (*changed, *_stamps(stamp), *([lines.line("SEQUENCE", str(own.sequence + 1))] if moved else [])):
        own.put(each)
    if any(each.name == "DTEND" for each in changed):
        own.drop("DURATION")
    return lines.write([*content[: begin + 1], *own.lines, *content[end:]])


def strip(raw: bytes) -> bytes:
    """Without our marks and our block: an event that is no longer a session's. Raises Unreadable."""
    content, begin, end = event_lines(raw)
    own = EventLines(content[begin + 1 : end])
    for name in (_SESSION, _INSTALLATION, _EVENT):
        own.drop(name)
    description = own.text("DESCRIPTION")
    if _BLOCK.search(description):
        own.put(lines.line("DESCRIPTION", wire.escaped(_notes(description))))
    if own.lines == content[begin + 1 : end]:
        return raw
    return lines.write([*content[: begin + 1], *own.lines, *content[end:]])


def seen(raw: bytes, zone: ZoneInfo) -> SeenEvent:
    """The event read back. Of a series its master; of a lone exception that one. Raises Unreadable."""
    return seen_in(read.parse(raw), zone)


def seen_in(resource: Resource, zone: ZoneInfo) -> SeenEvent:
    """As `seen`, of a resource that is parsed already."""
    event = _master(resource)
    description = text_of(event, "DESCRIPTION")
    block = _BLOCK.search(description)
    people = attendees(event)
    starts_at, ends_at = times(event, resource, zone)
    summary, notes = text_of(event, "SUMMARY"), _notes(description)
    recurrence = event.get("RECURRENCE-ID")
    return SeenEvent(
        uid=resource.uid,
        session_id=_mark(event, _SESSION),
        installation_id=_mark(event, _INSTALLATION),
        event_id_mark=_mark(event, _EVENT),
        signature=Signature(
            starts_at,
            ends_at,
            {"CANCELLED": "cancelled", "TENTATIVE": "tentative"}.get(text_of(event, "STATUS").upper(), "confirmed"),
            " ".join(text_of(event, "LOCATION").split()),
            tuple(sorted({each.email for each in people})),
        ),
        attendees=people,
        organizer=next((address_of(who) for who in many(event, "ORGANIZER")), None),
        tags=_tags(f"{summary}\n{notes}"),
        categories=_categories(event),
        summary=summary,
        notes=notes,
        block=None if block is None else "\n".join(block[0].strip().split("\n")[1:-1]),
        last_modified=_last_modified(event),
        sequence=number(text_of(event, "SEQUENCE")),
        recurring=resource.recurring,
        original_start=None
        if recurrence is None
        else instant(resource.aware(recurrence.dt, recurrence.params, zone), zone),
    )


def _ours(text: StaffText, description: str, title: str) -> list[Line]:
    """Our lines; an empty one stands for a property that shall not be there."""
    return [
        lines.line("DTSTART", wire.utc(text.starts_at)),
        lines.line("DTEND", wire.utc(text.ends_at)),
        lines.line("SUMMARY", wire.escaped(wire.one_line(title))),
        lines.line("LOCATION", wire.escaped(wire.one_line(text.place))),
        lines.line("STATUS", "TENTATIVE" if text.tentative else "CONFIRMED"),
        lines.line("DESCRIPTION", wire.escaped(_with_block(description, text.block))),
        lines.line("URL", wire.one_line(text.url or "")),
    ]


def _marks(mark: Mark) -> list[Line]:
    pairs = ((_SESSION, mark.session_id), (_INSTALLATION, mark.installation_id), (_EVENT, mark.event_id))
    return [lines.line(name, wire.escaped(wire.one_line(value))) for name, value in pairs]


def _stamps(stamp: datetime) -> list[Line]:
    return [lines.line(name, wire.utc(stamp)) for name in ("DTSTAMP", "LAST-MODIFIED")]


def _master(resource: Resource) -> VEvent:
    return resource.master or resource.events[0]


def _mark(event: VEvent, name: str) -> str | None:
    return text_of(event, name) or None


def _with_block(description: str, block: str) -> str:
    """The description with our block in its old place, or after the notes. What customers typed ends no block: else
    their #tags would be read as staff's."""
    ours = "\n".join([BLOCK_BEGINS, _MARKER.sub(r"\1", block.strip()), BLOCK_ENDS])
    if _BLOCK.search(description):
        return _BLOCK.sub(lambda _: ours, description, count=1)
    return f"{description.rstrip()}\n\n{ours}" if description.strip() else ours


def _notes(description: str) -> str:
    return _BLOCK.sub("", description).strip()


def _tags(words: str) -> tuple[str, ...]:
    """The #tags of staff, in small letters, each once, in order (K8)."""
    return tuple(dict.fromkeys(tag.casefold() for tag in _TAG.findall(words)))[:TAGS_MAX]


def _categories(event: VEvent) -> tuple[str, ...]:
    return tuple(str(each).strip() for listed in many(event, "CATEGORIES") for each in listed.cats)


def _last_modified(event: VEvent) -> datetime | None:
    value = getattr(next(iter(many(event, "LAST-MODIFIED")), None), "dt", None)
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else None
