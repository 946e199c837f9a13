"""What does Graph answer? The paths that the connector uses, each checked on the way in and on the way out.

A request that Graph does not document, or that the connector's own rules forbid (a missing preference, a write without
a version), is refused and put on record: `violations` must be empty at the end of every test.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from tests.simulators.graph import query, render, schemas
from tests.simulators.graph.changes import Changes, Lost, Round
from tests.simulators.graph.entra import Entra
from tests.simulators.graph.faults import Knobs
from tests.simulators.graph.mailbox import DELETED_ITEMS, Calendar, Event, Instance, Mailbox
from tests.simulators.graph.notify import Subscriptions
from tests.simulators.graph.query import Asked, Refused
from tests.simulators.graph.server import Request, Response

PAGE_ITEMS = 50
_PREFERENCES = ('IdType="ImmutableId"', 'outlook.timezone="UTC"')
_VIEW = frozenset({"startDateTime", "endDateTime", "$select", "$expand", "$top", "$skip"})
_LIST = frozenset({"$filter", "$select", "$expand", "$top", "$skip"})
_ONE = frozenset({"$select", "$expand"})


class Problem(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass
class Graph:
    """One tenant's mailboxes.

    `mailed`: the recipients of every mail that Exchange has sent. `unlicensed` and `denied` are addresses: of mailboxes
    that are not in the cloud, and of those the application is kept out of. `record`: every request; `written`: every
    body that was taken in. `replica`, `view_replica`: what lagging reads are answered from.
    """

    entra: Entra
    knobs: Knobs = field(default_factory=Knobs)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    unlicensed: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    base: str = ""
    elsewhere: str = ""
    mailed: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    requests: int = 0
    record: list[str] = field(default_factory=list)
    written: list[dict[str, Any]] = field(default_factory=list)
    transactions: dict[str, str] = field(default_factory=dict)
    made: int = 0
    replica: dict[str, Mailbox] | None = None
    view_replica: dict[str, Mailbox] | None = None

    def __post_init__(self) -> None:
        self.changes = Changes(self.knobs)
        self.subscriptions = Subscriptions()

    # -- in and out ------------------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        self.requests += 1
        self.record.append(f"{request.method} /{'/'.join(request.path)}")
        writes = request.method != "GET"
        status = self.knobs.takes_status(writes=writes)
        if status is not None:
            return self._refusal(status, self.knobs.code or _CODES.get(status, "serviceNotAvailable"))
        try:
            self._let_in(request)
            if self.knobs.elsewhere and not self._pages(request):
                return Response(307, b"", {"Location": self.elsewhere, **self._headers()})
            status, schema, told = self._routed(request)
        except Problem as problem:
            return self._refusal(problem.status, problem.code)
        except Refused as refused:
            self.violations.append(str(refused))
            return self._refusal(400, "ErrorInvalidRequest")
        if writes:
            self.now += timedelta(seconds=1)
        if writes and self.knobs.drops_next_write:
            self.knobs.drops_next_write = False
            return Response(500, drops=True)
        return self._told(status, schema, told)

    def _told(self, status: int, schema: dict[str, Any] | None, told: dict[str, Any] | None) -> Response:
        if schema is None or told is None:
            return Response(status, b"", self._headers())
        self.violations += [f"our own answer: {fault}" for fault in schemas.faults(schema, told)]
        headers = {"Content-Type": "application/json", **self._headers()}
        return Response(status, json.dumps(told).encode(), headers, cuts=self.knobs.cuts)

    def _refusal(self, status: int, code: str) -> Response:
        told = {"error": {"code": code, "message": "as it was asked of the simulator", "innerError": {}}}
        more = {"Retry-After": self.knobs.retry_after} if self.knobs.retry_after is not None else {}
        headers = {"Content-Type": "application/json", **self._headers(), **more}
        return Response(status, json.dumps(told).encode(), headers)

    def _headers(self) -> dict[str, str]:
        return {
            "Date": format_datetime((self.now + self.knobs.skew).astimezone(UTC), usegmt=True),
            "Preference-Applied": ", ".join(_PREFERENCES),
        }

    def _let_in(self, request: Request) -> None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.entra.tokens:
            raise Problem(401, "InvalidAuthenticationToken")
        prefer = request.headers.get("prefer", "")
        missing = [each for each in _PREFERENCES if each not in prefer]
        if missing:
            raise Refused(f"a request without the preferences {missing} (GRA-2)")

    def _pages(self, request: Request) -> bool:
        return "calendarView" in request.path

    # -- paths -----------------------------------------------------------------------------------------------------

    def _routed(self, request: Request) -> tuple[int, dict[str, Any] | None, dict[str, Any] | None]:
        match (request.method, *request.path[1:]):
            case (method, "subscriptions", *rest):
                return self._subscription(method, rest, request)
            case (method, "users", address, *rest):
                return self._of_mailbox(method, self._mailbox(address, reads=method == "GET"), rest, request)
            case _:
                raise Refused(f"no such path: {request.method} {'/'.join(request.path)}")

    def _mailbox(self, address: str, *, reads: bool) -> Mailbox:
        held = self.replica if reads and self.replica is not None else self.mailboxes
        if address in self.denied:
            raise Problem(403, "ErrorAccessDenied")
        if address in self.unlicensed:
            raise Problem(404, "MailboxNotEnabledForRESTAPI")
        if address not in held:
            raise Problem(404, "ErrorInvalidUser")
        return held[address]

    def _of_mailbox(
        self, method: str, mailbox: Mailbox, rest: list[str], request: Request
    ) -> tuple[int, dict[str, Any] | None, dict[str, Any] | None]:
        match (method, *rest):
            case ("GET", "calendars"):
                return 200, schemas.CALENDARS, self._calendars(mailbox, request)
            case ("GET", "calendar"):
                return 200, schemas.CALENDAR, self._about(mailbox.calendars[mailbox.default], request)
            case ("GET", "calendars", name):
                return 200, schemas.CALENDAR, self._about(_calendar(mailbox, name), request)
            case ("GET", "calendarView"):
                return 200, schemas.EVENTS, self._view(mailbox, mailbox.default, request)
            case ("GET", "calendars", name, "calendarView"):
                return 200, schemas.EVENTS, self._view(mailbox, _calendar(mailbox, name).id, request)
            case ("GET", "calendarView", "delta"):
                return 200, schemas.CHANGES, self._delta(mailbox, mailbox.default, request)
            case ("GET", "calendars", name, "calendarView", "delta"):
                return 200, schemas.CHANGES, self._delta(mailbox, _calendar(mailbox, name).id, request)
            case (_, "calendar", "events"):
                return self._events(method, mailbox, mailbox.default, request)
            case (_, "calendars", name, "events"):
                return self._events(method, mailbox, _calendar(mailbox, name).id, request)
            case (_, "events", event_id):
                return self._event(method, mailbox, event_id, request)
            case _:
                raise Refused(f"no such path: {method} {'/'.join(rest)}")

    def _calendars(self, mailbox: Mailbox, request: Request) -> dict[str, Any]:
        asked = query.read(request.query, frozenset({"$select", "$top"}), schemas.CALENDAR["properties"])
        if self.knobs.emptied:
            return {"value": []}
        return {"value": [_selected(render.calendar(each), asked) for each in mailbox.calendars.values()]}

    def _about(self, calendar: Calendar, request: Request) -> dict[str, Any]:
        asked = query.read(request.query, frozenset({"$select"}), schemas.CALENDAR["properties"])
        return _selected(render.calendar(calendar), asked)

    def _view(self, mailbox: Mailbox, calendar: str, request: Request) -> dict[str, Any]:
        asked = query.read(request.query, _VIEW, schemas.EVENT["properties"])
        if asked.starts_at is None or asked.ends_at is None:
            raise Refused("a calendar view needs startDateTime and endDateTime")
        if self.view_replica is not None:
            mailbox = self.view_replica[mailbox.address]
        found: list[Event | Instance] = []
        for event in [] if self.knobs.emptied else mailbox.in_calendar(calendar):
            if event.rule is not None:
                found += mailbox.instances(event, asked.starts_at, asked.ends_at)
            elif event.overlaps(asked.starts_at, asked.ends_at):
                found.append(event)
        return self._page_of(found, mailbox, asked, request)

    def _events(
        self, method: str, mailbox: Mailbox, calendar: str, request: Request
    ) -> tuple[int, dict[str, Any] | None, dict[str, Any] | None]:
        if method == "POST":
            return self._create(mailbox, calendar, request)
        if method != "GET":
            raise Refused(f"{method} of a list of events")
        asked = query.read(request.query, _LIST, schemas.EVENT["properties"])
        if asked.property is None:
            raise Refused("a listing of all events: nothing of ours needs it")
        found: list[Event | Instance] = [
            each
            for each in ([] if self.knobs.emptied else mailbox.in_calendar(calendar))
            if each.properties.get(asked.property.casefold(), "").casefold() == asked.value.casefold() != ""
        ]
        return 200, schemas.EVENTS, self._page_of(found, mailbox, asked, request)

    def _page_of(
        self, found: list[Event | Instance], mailbox: Mailbox, asked: Asked, request: Request
    ) -> dict[str, Any]:
        size = min(asked.top or 10, self.knobs.page_items or 1000)
        shown = [self._shown(each, mailbox, asked) for each in found[asked.skip : asked.skip + size]]
        told: dict[str, Any] = {"value": shown * 2 if self.knobs.repeats else shown}
        if self.knobs.elsewhere:
            return told | {"@odata.nextLink": f"{self.elsewhere}?$skip=1"}
        if asked.skip + size < len(found):
            more = {**request.query, "$skip": str(asked.skip + size)}
            told["@odata.nextLink"] = f"{self._link(request)}?" + "&".join(f"{k}={_quoted(v)}" for k, v in more.items())
        return told

    def _link(self, request: Request) -> str:
        return f"{self.base}/" + "/".join(_quoted(each) for each in request.path[1:])

    def _delta(self, mailbox: Mailbox, calendar: str, request: Request) -> dict[str, Any]:
        size = self._page_size(request)
        token = request.query.get("$skiptoken") or request.query.get("$deltatoken")
        if token is not None:
            query.read(request.query, frozenset({"$skiptoken", "$deltatoken"}), {})
            held = self.replica if self.replica is not None else self.mailboxes
            try:
                found = self.changes.go_on(token, held, size)
            except Lost:
                raise Problem(*self.knobs.lost_cursor) from None
            if (found.mailbox, found.calendar) != (mailbox.address, calendar):
                raise Refused("a token of another calendar")
        else:
            asked = query.read(request.query, frozenset({"startDateTime", "endDateTime"}), {})
            if asked.starts_at is None or asked.ends_at is None:
                raise Refused("a calendar view needs startDateTime and endDateTime")
            found = self.changes.begin(mailbox, calendar, asked.starts_at, asked.ends_at, size)
        if self.knobs.emptied:
            found = Round(found.mailbox, found.calendar, found.starts_at, found.ends_at, found.since, [])
        link = self.elsewhere if self.knobs.elsewhere else self._link(request)
        told = self.changes.answer(found, link)
        if self.knobs.circles:
            told.pop("@odata.deltaLink", None)
            told["@odata.nextLink"] = f"{link}?$skiptoken={self._circle(found)}"
        return told

    def _circle(self, found: Round) -> str:
        """A page whose further link leads to the same page again, under a new name each time."""
        self.changes.turned += 1
        self.changes.rounds[f"c{self.changes.turned}"] = Round(
            found.mailbox, found.calendar, found.starts_at, found.ends_at, found.since, found.pages or [[]]
        )
        return f"c{self.changes.turned}"

    def _page_size(self, request: Request) -> int:
        for part in request.headers.get("prefer", "").split(","):
            name, _, value = part.strip().partition("=")
            if name == "odata.maxpagesize":
                return min(int(value), self.knobs.page_items or 1000)
        return self.knobs.page_items or PAGE_ITEMS

    # -- one event -------------------------------------------------------------------------------------------------

    def _event(
        self, method: str, mailbox: Mailbox, event_id: str, request: Request
    ) -> tuple[int, dict[str, Any] | None, dict[str, Any] | None]:
        event = mailbox.events.get(event_id)
        if method == "GET":
            asked = query.read(request.query, _ONE, schemas.EVENT["properties"])
            found: Event | Instance | None = event or mailbox.occurrence(event_id)
            if found is None or self.knobs.emptied:
                raise Problem(404, "ErrorItemNotFound")
            return 200, schemas.EVENT, self._shown(found, mailbox, asked)
        query.read(request.query, frozenset(), {})
        if event is None:
            raise Problem(404, "ErrorItemNotFound")
        self._may_write(mailbox, event.calendar)
        version = request.headers.get("if-match")
        if not version or version == "*":
            raise Refused(f"{method} of an event without its version (GRA-8)")
        if version != event.etag:
            raise Problem(412, "ErrorIrresolvableConflict")
        if method == "PATCH":
            return 200, schemas.EVENT, self._change(mailbox, event, self._body(request, schemas.CHANGED_EVENT))
        if method != "DELETE":
            raise Refused(f"{method} of an event")
        if event.calendar == DELETED_ITEMS:
            raise Problem(403, "ErrorCannotDeleteObject")
        self._mail(event)
        mailbox.trashed(event, self.now + self.knobs.skew)
        self.subscriptions.changed(mailbox, event, "deleted")
        return 204, None, None

    def _may_write(self, mailbox: Mailbox, calendar: str) -> None:
        held = mailbox.calendars.get(calendar)
        if held is not None and not held.can_edit:
            raise Problem(403, "ErrorAccessDenied")

    def _body(self, request: Request, schema: dict[str, Any]) -> dict[str, Any]:
        if request.headers.get("content-type") != "application/json":
            raise Refused("a body that is not application/json")
        body: dict[str, Any] = json.loads(request.body)
        if found := schemas.faults(schema, body):
            raise Refused(f"a body that is not as documented: {found[:3]}")
        self.written.append(body)
        return body

    def _create(
        self, mailbox: Mailbox, calendar: str, request: Request
    ) -> tuple[int, dict[str, Any] | None, dict[str, Any] | None]:
        query.read(request.query, frozenset(), {})
        self._may_write(mailbox, calendar)
        body = self._body(request, schemas.NEW_EVENT)
        before = mailbox.events.get(self.transactions.get(body.get("transactionId", ""), ""))
        if before is not None and (before.calendar == calendar or self.knobs.remembers_deleted):
            if self.knobs.conflicts_on_repeat:
                raise Problem(409, "ErrorDuplicateTransactionId")
            return 201, schemas.EVENT, self._shown(before, mailbox, Asked())
        event = self.new_event(mailbox, calendar, _instant(body["start"]), _instant(body["end"]))
        event.transaction = body.get("transactionId")
        if event.transaction:
            self.transactions[event.transaction] = event.id
        return 201, schemas.EVENT, self._change(mailbox, event, body)

    def new_event(self, mailbox: Mailbox, calendar: str, starts_at: datetime, ends_at: datetime) -> Event:
        """An empty event with ids of its own; whoever makes it fills it in."""
        self.made += 1
        at = self.now + self.knobs.skew
        event = Event(f"AAkALg-{self.made:06d}", f"0400{self.made:060x}", calendar, starts_at, ends_at, made_at=at)
        mailbox.events[event.id] = event
        return event

    def _change(self, mailbox: Mailbox, event: Event, body: dict[str, Any]) -> dict[str, Any]:
        """Whatever is in the body is put in; Exchange mails every attendee of the organizer's event, whatever it is."""
        simple: dict[str, Callable[[Any], None]] = {
            "subject": lambda v: setattr(event, "subject", v),
            "body": lambda v: setattr(event, "html", kept_html(v)),
            "start": lambda v: setattr(event, "starts_at", _instant(v)),
            "end": lambda v: setattr(event, "ends_at", _instant(v)),
            "location": lambda v: setattr(event, "place", v["displayName"]),
            "showAs": lambda v: setattr(event, "show_as", v),
            "isAllDay": lambda v: setattr(event, "all_day", v),
        }
        for name, value in body.items():
            if name in simple:
                simple[name](value)
        for each in body.get("singleValueExtendedProperties", ()):
            event.properties[each["id"].casefold()] = each["value"]
        if event.ends_at < event.starts_at:
            raise Problem(400, "ErrorPropertyValidationFailure")
        self._mail(event)
        mailbox.touched(event, self.now + self.knobs.skew)
        self.subscriptions.changed(mailbox, event, "updated")
        return self._shown(event, mailbox, Asked())

    def _mail(self, event: Event) -> None:
        if event.organizer:
            self.mailed += [each.address for each in event.attendees]

    def _shown(self, found: Event | Instance, mailbox: Mailbox, asked: Asked) -> dict[str, Any]:
        held = (found.exception or found.master) if isinstance(found, Instance) else found
        if isinstance(found, Instance):
            row = render.instance(found, mailbox)
        elif found.series is not None and not mailbox.is_exception(found):
            row = render.event(found, mailbox) | {"type": "occurrence"}
        else:
            row = render.event(found, mailbox)
        row = _selected(row, asked)
        shown = [each for each in asked.expand if each.casefold() in held.properties]
        if shown:
            row["singleValueExtendedProperties"] = [
                {"id": each, "value": held.properties[each.casefold()]} for each in shown
            ]
        return row

    # -- subscriptions ---------------------------------------------------------------------------------------------

    def _subscription(
        self, method: str, rest: list[str], request: Request
    ) -> tuple[int, dict[str, Any] | None, dict[str, Any] | None]:
        query.read(request.query, frozenset(), {})
        match (method, *rest):
            case ("GET",):
                return 200, schemas.SUBSCRIPTIONS, {"value": self.subscriptions.listed(self.now)}
            case ("POST",):
                body = self._body(request, schemas.NEW_SUBSCRIPTION)
                self._mailbox(body["resource"].split("/")[2], reads=True)
                made = self.subscriptions.create(body, self.now)
                if made is None:
                    raise Problem(400, "ValidationError")
                return 201, schemas.SUBSCRIPTION, made
            case ("PATCH", name):
                body = self._body(request, schemas.CHANGED_SUBSCRIPTION)
                renewed = self.subscriptions.renew(name, body["expirationDateTime"], self.now)
                if renewed is None:
                    raise Problem(404, "ResourceNotFound")
                return 200, schemas.SUBSCRIPTION, renewed
            case ("DELETE", name):
                if not self.subscriptions.drop(name):
                    raise Problem(404, "ResourceNotFound")
                return 204, None, None
            case _:
                raise Refused(f"no such path: {method} subscriptions")

    # -- what tests do ---------------------------------------------------------------------------------------------

    def lag(self) -> None:
        """From now on reads are answered from a replica that learns nothing more."""
        self.replica = deepcopy(self.mailboxes)

    def view_lags(self) -> None:
        """From now on calendar views are; all else is not."""
        self.view_replica = deepcopy(self.mailboxes)

    def lose_cursors(self) -> None:
        self.changes.rounds.clear()


def kept_html(body: dict[str, Any]) -> str:
    """A body as Exchange keeps it: always HTML, in a document of its own making, with its own line ends."""
    content: str = body["content"]
    if body["contentType"] == "text":
        lines = content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").split("\n")
        content = f"<html><body>{'<br>'.join(lines)}</body></html>"
    head = '<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>\r\n'
    if "<head>" not in content:
        content = content.replace("<html>", f"<html>\r\n{head}", 1)
    return content.replace("<br>", "<br>\r\n") if "<br>\r\n" not in content else content


def _calendar(mailbox: Mailbox, name: str) -> Calendar:
    if name not in mailbox.calendars:
        raise Problem(404, "ErrorItemNotFound")
    return mailbox.calendars[name]


def _selected(row: dict[str, Any], asked: Asked) -> dict[str, Any]:
    if asked.select is None:
        return row
    return {name: value for name, value in row.items() if name in {*asked.select, "id", "type", "@odata.etag"}}


def _instant(moment: dict[str, str]) -> datetime:
    if moment["timeZone"] != "UTC":
        raise Refused("a session is written in UTC (CAL-25)")
    return datetime.fromisoformat(moment["dateTime"][:19]).replace(tzinfo=UTC)


def _quoted(text: str) -> str:
    return quote(text, safe="")


_CODES = {
    400: "ErrorInvalidRequest",
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    404: "ErrorItemNotFound",
    409: "ErrorIrresolvableConflict",
    410: "SyncStateNotFound",
    429: "ApplicationThrottled",
    500: "ErrorInternalServerError",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
