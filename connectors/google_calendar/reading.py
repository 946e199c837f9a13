"""What changed, what is busy, what is there? Requests that read one calendar (GOO-7 to GOO-9, CAL-1 to CAL-6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.google_calendar import Settings, cursor, moments
from connectors.google_calendar.answers import Refused, not_understood, unreadable
from connectors.google_calendar.client import Answer, Client
from connectors.google_calendar.cursor import Cursor
from connectors.google_calendar.moments import Item
from connectors.google_calendar.translate import INSTALLATION, SESSION, Moment, Understood, session_of, understand
from syncd.domain.spans import Span, merged
from syncd.ports.calendar import BusyAnswer, CalendarBinding
from syncd.ports.clock import Clock
from syncd.ports.errors import CursorExpired, Retryable
from syncd.ports.source import Batch

TOKEN_KEPT = timedelta(days=1)  # a quiet calendar's token is exchanged no sooner: a new one would be a commit
FREEBUSY_SPAN_MAX = timedelta(days=80)  # Google refuses more than about 90 days at once
SEARCH_PAGES_MAX = 20
_NOT_ALLOWED = frozenset({"notFound", "forbidden", "insufficientPermissions", "requiredAccessLevel"})


@dataclass(frozen=True, slots=True)
class Reader:
    """One calendar, in its holder's name."""

    client: Client
    settings: Settings
    binding: CalendarBinding
    clock: Clock
    fingerprint: str
    kept: dict[tuple[tuple[str, str], ...], Any] = field(default_factory=dict)

    # -- changes ---------------------------------------------------------------------------------------------------

    def observe(self, text: str | None, now: datetime) -> Batch:
        """ports.source.Source.observe."""
        if text is None:
            at = Cursor(cursor.window_from(now, self.binding.horizon_days))
        else:
            at = cursor.read(text, self.fingerprint, now, self.binding.horizon_days)
        answer = self._page(at)
        items = _items(answer)
        following, last = _following(at, answer.body, now)
        quiet = last and not items and at.pages == 0 and at.token is not None
        if quiet and at.kept_at is not None and now - at.kept_at < TOKEN_KEPT:
            return Batch(cursor=text, read_at=answer.read_at)
        moment = Moment(answer.read_at or self.clock.now(), at.window, at.full)
        found = [understand(self.binding, item, moment) for item in items]
        return _batch(found, cursor.TEXT.write(following, self.fingerprint), last, answer.read_at)

    def _page(self, at: Cursor) -> Answer:
        """The same query each time, but that the first round says from when on (GOO-7)."""
        place: dict[str, str] = {"syncToken": at.token} if at.token else {"timeMin": rfc3339(at.window.starts_at)}
        if at.page is not None:
            place["pageToken"] = at.page
        try:
            return self.client.read(self.binding.staff_email, self._asked(place))
        except Refused as refused:
            said = refused
        if said.status == 410 or (said.status == 400 and (at.token or at.page)):
            raise CursorExpired(f"Google no longer knows this place in the changes ({said.status})")
        raise unreadable(said)

    def _asked(self, place: dict[str, str]) -> Any:
        """The request for this place. A quiet calendar asks the same each time, and making it anew is a third of a
        poll's cost: so the last one is kept."""
        key = tuple(place.items())
        if key not in self.kept:
            self.kept.clear()
            self.kept[key] = self.client.ask.events.list(
                calendarId=self.binding.address,
                singleEvents=False,
                showDeleted=True,
                maxResults=self.settings.page_items_max,
                **place,
            )
        return self.kept[key]

    # -- busy time -------------------------------------------------------------------------------------------------

    def busy(self, span: Span) -> BusyAnswer:
        """ports.calendar.Calendar.busy. Google merges all busy time and cannot tell our own from others'."""
        found: list[Span] = []
        for part in _parts(span):
            found += self._busy(part)
        return BusyAnswer(merged(found), includes_own=True)

    def _busy(self, span: Span) -> list[Span]:
        address = self.binding.address
        body = {"timeMin": rfc3339(span.starts_at), "timeMax": rfc3339(span.ends_at), "items": [{"id": address}]}
        try:
            answer = self.client.read(self.binding.staff_email, self.client.ask.freebusy.query(body=body))
        except Refused as refused:
            said = refused
        else:
            return _busy_of(answer.body, address)
        raise unreadable(said)

    # -- single events ---------------------------------------------------------------------------------------------

    def event(self, event_id: str) -> Item | None:
        """The event as it stands, cancelled ones included (GOO-5); None: the calendar answers, and it is not there.

        Raises Refused, Retryable, Misconfigured.
        """
        request = self.client.ask.events.get(calendarId=self.binding.address, eventId=event_id)
        try:
            found = self.client.read(self.binding.staff_email, request).body
        except Refused as refused:
            if refused.status not in (404, 410):
                raise
        else:
            if found.get("id") != event_id:
                raise not_understood(write=False)
            return found
        self.answers()  # 404 may mean the calendar as well (GOO-9)
        return None

    def answers(self) -> Answer:
        """Does the calendar answer at all? The head of its listing. Raises NotReadable, Misconfigured, Retryable."""
        request = self.client.ask.events.list(
            calendarId=self.binding.address, maxResults=1, timeMin=rfc3339(self.clock.now())
        )
        try:
            answer = self.client.read(self.binding.staff_email, request)
        except Refused as refused:
            said = refused
        else:
            _items(answer)
            return answer
        raise unreadable(said)

    def living(self, session_id: str, address: str) -> list[Item]:
        """The session's own events that stand in a calendar of this person: a search of its own (GOO-10).

        Raises Refused, Retryable, Misconfigured.
        """
        mark = [f"{SESSION}={session_id}", f"{INSTALLATION}={self.binding.keys.installation_id}"]
        found: list[Item] = []
        page: dict[str, str] = {}
        for _ in range(SEARCH_PAGES_MAX):
            request = self.client.ask.events.list(
                calendarId=address, privateExtendedProperty=mark, singleEvents=False, maxResults=250, **page
            )
            answer = self.client.read(self.binding.staff_email, request)
            found += [i for i in _items(answer) if session_of(self.binding.keys, i) == session_id and not is_gone(i)]
            if not answer.body.get("nextPageToken"):
                return found
            page = {"pageToken": str(answer.body["nextPageToken"])}
        raise Retryable(f"a search of more than {SEARCH_PAGES_MAX} pages")


def is_gone(item: Item) -> bool:
    return item.get("status") == "cancelled"


def rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _items(answer: Answer) -> list[Item]:
    """The items of a listing, each once. Raises Retryable where it is not a whole page (CAL-3)."""
    items = answer.body.get("items", [])
    whole = answer.body.get("kind") == "calendar#events" and isinstance(items, list)
    if not whole or not all(isinstance(i, dict) and isinstance(i.get("id"), str) and i["id"] for i in items):
        raise not_understood(write=False)
    return list({(item["id"], item.get("etag"), item.get("status")): item for item in items}.values())


def _following(at: Cursor, body: dict[str, Any], now: datetime) -> tuple[Cursor, bool]:
    """The cursor after this page, and whether it was the last. Raises CursorExpired, Retryable."""
    page, token = body.get("nextPageToken"), body.get("nextSyncToken")
    if isinstance(page, str) and page:
        if page == at.page:
            raise CursorExpired("the page leads back to itself")
        return replace(at, page=page, pages=at.pages + 1), False
    if isinstance(token, str) and token:
        return Cursor(at.window, token=token, kept_at=now), True
    raise not_understood(write=False)  # neither a next page nor the end of the round


def _batch(found: list[Understood], text: str, last: bool, read_at: datetime | None) -> Batch:
    busy = {each.busy.item_id: each.busy for each in found if each.busy is not None}  # of two versions the later one
    return Batch(
        evidence=tuple(each for understood in found for each in understood.evidence),
        busy=tuple(busy.values()),
        cursor=text,
        last=last,
        read_at=read_at,
    )


def _parts(span: Span) -> Iterator[Span]:
    starts_at = span.starts_at
    while starts_at < span.ends_at:
        ends_at = min(starts_at + FREEBUSY_SPAN_MAX, span.ends_at)
        yield Span(starts_at, ends_at)
        starts_at = ends_at


def _busy_of(body: dict[str, Any], address: str) -> list[Span]:
    """`errors` inside a success, and a calendar that is not answered for, are unreadable (GOO-8, CAL-26)."""
    calendars = body.get("calendars")
    answer = calendars.get(address) if isinstance(calendars, dict) else None
    if not isinstance(answer, dict):
        raise not_understood(write=False)
    errors = answer.get("errors")
    if errors:
        reason = str(errors[0].get("reason", "")) if isinstance(errors, list) and isinstance(errors[0], dict) else ""
        if reason in _NOT_ALLOWED:
            raise unreadable(Refused(404 if reason == "notFound" else 403, reason))
        raise Retryable("Google cannot say when this calendar is busy")
    found: list[Span] = []
    for each in answer.get("busy") or ():
        starts_at, ends_at = moments.instant_of(each.get("start")), moments.instant_of(each.get("end"))
        if starts_at is None or ends_at is None or ends_at < starts_at:
            raise not_understood(write=False)
        if ends_at > starts_at:
            found.append(Span(starts_at, ends_at))
    return found
