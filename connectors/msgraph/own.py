"""Which events are ours? The hidden mark that an own event carries, written and judged (CAL-11 to CAL-13, GRA-9); pure.

Two extended properties, the same as in EWS (EWS-7): one says whose installation and which session, the other names the
event itself by its iCalUId, so that a session survives the mailbox's move to the cloud. A copy may keep even that; here
a digest of Graph's immutable id stands beside it, which no copy has. Graph assigns both ids, so a new event's mark is
completed by a second write; until then the event is known by the `transactionId` that we made it with.
"""

from __future__ import annotations

from base64 import b32decode
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from uuid import UUID

from connectors.msgraph import rows
from connectors.msgraph.rows import Row
from syncd.ports.keys import Keys

PROPERTY_SET = "1b8c6f0e-5d1b-4f0b-9c35-7a4be07c52d1"
SESSION_PROPERTY = f"String {{{PROPERTY_SET}}} Name SyncdSession"
EVENT_PROPERTY = f"String {{{PROPERTY_SET}}} Name SyncdEvent"
EXPAND = f"singleValueExtendedProperties($filter=id eq '{SESSION_PROPERTY}' or id eq '{EVENT_PROPERTY}')"

REPEATS_MAX = 4
"""Creates of one session and generation, should Graph keep answering with one that staff have deleted (GRA-7)."""

GENERATIONS_MAX = 20
UID_CHARS_MAX = 220


@dataclass(frozen=True, slots=True)
class Mark:
    """`event` is empty until the second write of a create."""

    session: str
    event: str


class Claim(Enum):
    """What an event's mark is worth by itself (CAL-12)."""

    NONE = "none"  # no mark, another installation's, or another event's
    SURE = "sure"  # this very event's
    DOUBTFUL = "doubtful"  # this event's by its UID alone: moved here from EWS, or copied


def session_value(keys: Keys, session_id: str) -> str:
    return f"{keys.installation_id}:{session_id}"


def event_value(row: Row) -> str:
    """How this event is named in its own mark; empty before it exists."""
    uid = rows.text(row, "iCalUId")
    if len(uid) > UID_CHARS_MAX:
        uid = sha256(uid.encode()).hexdigest()
    return f"{uid} {sha256(rows.text(row, 'id').encode()).hexdigest()[:20]}" if uid else ""


def mark_for(keys: Keys, session_id: str, row: Row) -> Mark:
    """The mark that this event shall carry."""
    return Mark(session_value(keys, session_id), event_value(row))


def mark_in(row: Row) -> Mark | None:
    """The mark as it stands, whosever; None where there is none."""
    listed = row.get("singleValueExtendedProperties")
    found = {
        rows.text(each, "id").casefold(): rows.text(each, "value")
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict)
    }
    session = found.get(SESSION_PROPERTY.casefold(), "")
    return Mark(session, found.get(EVENT_PROPERTY.casefold(), "")) if session else None


def claimed_session(keys: Keys, row: Row) -> str | None:
    """The session that the mark names, if it is of this installation."""
    mark = mark_in(row)
    installation, _, session_id = mark.session.partition(":") if mark is not None else ("", "", "")
    return session_id if session_id and installation == keys.installation_id else None


def claim(keys: Keys, row: Row) -> Claim:
    """Does the mark count?"""
    mark, session_id = mark_in(row), claimed_session(keys, row)
    if mark is None or session_id is None:
        return Claim.NONE
    named = event_value(row)
    if not mark.event:
        made = rows.text(row, "transactionId")
        return Claim.SURE if made and made in _transactions(keys, session_id) else Claim.NONE
    if mark.event == named:
        return Claim.SURE
    return Claim.DOUBTFUL if named and mark.event.split(" ")[0] == named.split(" ")[0] else Claim.NONE


def original(keys: Keys, bearers: Iterable[Row]) -> Row | None:
    """Of the events in one calendar that bear one session's mark, the one that it belongs to: the one it names, else
    the one that was made first."""
    ranked = [
        (claim(keys, row) is not Claim.SURE, not (mark_in(row) or Mark("", "")).event, _made(row), row)
        for row in bearers
        if claim(keys, row) is not Claim.NONE
    ]
    return min(ranked, key=lambda each: each[:3])[3] if ranked else None


def transaction(keys: Keys, session_id: str, generation: int, attempt: int) -> str:
    """What a create is told apart by (GRA-7): a UUID, as Graph is used to."""
    name = keys.name("graph-transaction", session_id, str(generation), str(attempt))
    return str(UUID(bytes=b32decode(name.upper() + "======"), version=4))


def properties(mark: Mark) -> list[dict[str, str]]:
    """The mark as it is written; other properties of the event are untouched by it."""
    pairs = ((SESSION_PROPERTY, mark.session), (EVENT_PROPERTY, mark.event))
    return [{"id": name, "value": value} for name, value in pairs if value]


def filter_by(keys: Keys, session_id: str) -> str:
    """An OData filter for every event that carries this session's mark."""
    wanted = session_value(keys, session_id).replace("'", "''")
    return f"singleValueExtendedProperties/Any(ep: ep/id eq '{SESSION_PROPERTY}' and ep/value eq '{wanted}')"


def _transactions(keys: Keys, session_id: str) -> frozenset[str]:
    numbers = ((g, a) for g in range(GENERATIONS_MAX) for a in range(REPEATS_MAX))
    return frozenset(transaction(keys, session_id, generation, attempt) for generation, attempt in numbers)


def _made(row: Row) -> tuple[str, str]:
    return rows.text(row, "createdDateTime"), rows.text(row, "id")
