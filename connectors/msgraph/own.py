"""Which events are ours? The hidden mark that an own event carries, written and judged (CAL-11 to CAL-13, GRA-9); pure.

One extended property of ours holds the installation, the session, the generation and the event's own id, which here is
a digest of its iCalUId: that stays when an event moves between calendars, and between Exchange on premises and the
cloud, while a copy gets another. Graph assigns it, so a new event's mark is completed by a second write; until then
the event is known by the `transactionId` that we made it with.
"""

from __future__ import annotations

from base64 import b32decode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from connectors.msgraph.rows import Row
from syncd.ports.keys import Keys

PROPERTY = "String {49421f5b-d09d-4744-a260-fb2b21bc3309} Name syncd"
"""Our property set and name, the same as in EWS (EWS-7)."""

EXPAND = f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')"
REPEATS_MAX = 4
"""Creates of one session and generation, should Graph keep answering with one that staff have deleted (GRA-7)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`event` is empty until the second write of a create."""

    installation: str
    session_id: str
    generation: int
    event: str

    @property
    def value(self) -> str:
        return f"{self.installation}:{self.session_id}:{self.generation}:{self.event}"

    @property
    def whole(self) -> bool:
        return bool(self.event)


def event_digest(ical_uid: str) -> str:
    return sha256(ical_uid.encode()).hexdigest()[:32]


def mark_for(keys: Keys, session_id: str, generation: int, row: Row | None) -> Mark:
    """The mark that this event shall carry; None: it does not exist yet."""
    uid = str(row.get("iCalUId") or "") if row is not None else ""
    return Mark(keys.installation_id, session_id, generation, event_digest(uid) if uid else "")


def mark_in(row: Row) -> Mark | None:
    """The mark as it stands, whosever; None where there is none, or none of our form."""
    for each in row.get("singleValueExtendedProperties") or ():
        if isinstance(each, dict) and str(each.get("id", "")).casefold() == PROPERTY.casefold():
            pieces = str(each.get("value", "")).split(":")
            if len(pieces) == 4 and pieces[2].isascii() and pieces[2].isdigit() and len(pieces[2]) < 9:
                return Mark(pieces[0], pieces[1], int(pieces[2]), pieces[3])
    return None


def own_mark(keys: Keys, row: Row) -> Mark | None:
    """The mark, if it counts: of this installation, and of this very event (CAL-12)."""
    mark = mark_in(row)
    if mark is None or mark.installation != keys.installation_id or not mark.session_id:
        return None
    if mark.whole:
        return mark if mark.event == event_digest(str(row.get("iCalUId") or "")) else None
    made = str(row.get("transactionId") or "")
    ours = (transaction(keys, mark.session_id, mark.generation, attempt) for attempt in range(REPEATS_MAX))
    return mark if made and made in ours else None


def session_of(keys: Keys, row: Row) -> str | None:
    """The session whose event this is; None: foreign."""
    mark = own_mark(keys, row)
    return None if mark is None else mark.session_id


def transaction(keys: Keys, session_id: str, generation: int, attempt: int) -> str:
    """What a create is told apart by (GRA-7): a UUID, as Graph is used to."""
    name = keys.name("graph-transaction", session_id, str(generation), str(attempt))
    return str(UUID(bytes=b32decode(name.upper() + "======"), version=4))


def marked(mark: Mark) -> list[dict[str, Any]]:
    """The property as it is written; others of the event are untouched by it."""
    return [{"id": PROPERTY, "value": mark.value}]


def filter_by(installation: str, session_id: str) -> str:
    """An OData filter for every event that carries this session's mark, of whatever generation."""
    wanted = f"{installation}:{session_id}:".replace("'", "''")
    return f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and startswith(ep/value,'{wanted}'))"
