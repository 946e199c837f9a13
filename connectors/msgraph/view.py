"""What stands in a calendar at some time? The calendar view of Graph, read to its end, without a word of any text.

`calendarView` answers with single events and expanded occurrences alike, their flags, and our mark, which the changes
(calendarView/delta) cannot carry. It is `busy()`, and the second opinion on what the changes say (GRA-3 to GRA-5).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.msgraph import own, rows
from connectors.msgraph.client import Place, Reply, Wire
from connectors.msgraph.own import Claim
from connectors.msgraph.refusals import NOT_FOUND
from connectors.msgraph.rows import Row
from syncd.domain.spans import Span
from syncd.ports.errors import Retryable
from syncd.ports.keys import Keys

PAGES_MAX = 60
PAGE_ITEMS = 500
CALENDARS_MAX = 100
MARGIN = timedelta(days=1)  # all-day events float: on either side of the window one may reach into it


class View:
    """One person's calendar, and the others of theirs."""

    def __init__(self, wire: Wire, place: Place, keys: Keys) -> None:
        self._keys = keys
        self._wire = wire
        self._place = place

    def within(self, span: Span, place: Place | None = None) -> tuple[Row, ...]:
        """Every row that may overlap the span. Raises Retryable, Misconfigured: never a part for the whole."""
        query = {
            "startDateTime": stamp(span.starts_at - MARGIN),
            "endDateTime": stamp(span.ends_at + MARGIN),
            "$select": rows.SELECT,
            "$expand": own.EXPAND,
            "$top": str(PAGE_ITEMS),
        }
        return to_the_end(self._wire, self._wire.url((place or self._place).view, query))

    def event(self, event_id: str, select: str | None = None) -> Row | None:
        """One event with its mark, wherever in the mailbox it is; None: Graph says that there is none. Without
        `select` with its text too."""
        query = {"$expand": own.EXPAND} if select is None else {"$select": select, "$expand": own.EXPAND}
        answer = self._wire.get(self._wire.url(self._place.event(event_id), query), ok=(200, 404, 410))
        return None if is_gone(answer) else answer.data

    def stands(self, row: Row, span: Span) -> bool:
        """Is this event in this calendar, and not in Deleted Items, where Graph finds it just as well? (GRA-4)"""
        return any(each.get("id") == row.get("id") for each in self.within(span))

    def of_session(self, session_id: str, place: Place | None = None) -> Row | None:
        """The event of this session in one calendar, whole, by its mark (CAL-17)."""
        query = {"$filter": own.filter_by(self._keys, session_id), "$expand": own.EXPAND}
        found = to_the_end(self._wire, self._wire.url((place or self._place).events, query))
        return own.original(self._keys, (row for row in found if own.claimed_session(self._keys, row) == session_id))

    def session_of(self, row: Row) -> str | None:
        """The session whose event this is; None: foreign. A copy that kept the UID is told from its original by a
        search (CAL-12)."""
        worth = own.claim(self._keys, row)
        session_id = own.claimed_session(self._keys, row)
        if worth is Claim.NONE or session_id is None:
            return None
        if worth is Claim.DOUBTFUL and rows.kind(row) == "singleInstance":
            first = self.of_session(session_id)
            return session_id if first is not None and first.get("id") == row.get("id") else None
        return session_id

    def other_calendars(self) -> tuple[Place, ...]:
        """The person's calendars, this one perhaps among them (CAL-6)."""
        found = to_the_end(
            self._wire, self._wire.url(f"{self._place.root}/calendars", {"$select": "id", "$top": "100"})
        )
        if len(found) > CALENDARS_MAX:
            raise Retryable(f"more than {CALENDARS_MAX} calendars")
        return tuple(self._place.within(rows.text(each, "id")) for each in found if rows.text(each, "id"))


def to_the_end(wire: Wire, url: str) -> tuple[Row, ...]:
    """Every item of a listing, each once; raises Retryable for one that does not end (CAL-3)."""
    found: dict[str, Row] = {}
    for _ in range(PAGES_MAX):
        answer = wire.get(url)
        for number, row in enumerate(rows_of(answer)):
            found[rows.text(row, "id") or f"{url} {number}"] = row
        further = wire.link(answer.data.get("@odata.nextLink"))
        if further is None:
            return tuple(found.values())
        if further == url:
            break
        url = further
    raise Retryable(f"a listing of more than {PAGES_MAX} pages")


def rows_of(answer: Reply) -> list[dict[str, Any]]:
    """The items of a page. Raises Retryable for an answer that is none: half an answer is no answer (CAL-3)."""
    listed = answer.data.get("value")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Retryable("a page of Graph's holds no list of items")
    return listed


def is_gone(answer: Reply) -> bool:
    """Does Graph say that this very item is not there? A 404 of the mailbox, or of a proxy, does not (CAL-6)."""
    if answer.status == 410 or (answer.status == 404 and answer.code == NOT_FOUND):
        return True
    if answer.status == 404:
        raise Retryable(f"Graph answered with 404 {answer.code or 'and no reason'}")
    return False


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
