"""What does Graph answer? The paths that the connector uses, each checked on the way in and on the way out.

A request that Graph does not document, or that the connector's own rules forbid (a missing preference, a write without
a version), is refused and put on record: `violations` must be empty at the end of every test.
"""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import Any

from tests.simulators.graph import query, reads, schemas, writes
from tests.simulators.graph.mailbox import Mailbox
from tests.simulators.graph.query import Refused
from tests.simulators.graph.server import Request, Response
from tests.simulators.graph.tenant import Problem, Tenant, Told, calendar_of

_PREFERENCES = ('IdType="ImmutableId"', 'outlook.timezone="UTC"')


class Graph(Tenant):
    """The service over the tenant's data."""

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

    def _routed(self, request: Request) -> Told:
        match (request.method, *request.path[1:]):
            case (method, "subscriptions", *rest):
                return self._subscription(method, rest, request)
            case (method, "users", address, *rest):
                return self._of_mailbox(method, self.mailbox(address, reads=method == "GET"), rest, request)
            case _:
                raise Refused(f"no such path: {request.method} {'/'.join(request.path)}")

    def _of_mailbox(self, method: str, mailbox: Mailbox, rest: list[str], request: Request) -> Told:
        match (method, *rest):
            case ("GET", "calendars"):
                return 200, schemas.CALENDARS, reads.calendars(self, mailbox, request)
            case ("GET", "calendar"):
                return 200, schemas.CALENDAR, reads.about(mailbox.calendars[mailbox.default], request)
            case ("GET", "calendars", name):
                return 200, schemas.CALENDAR, reads.about(calendar_of(mailbox, name), request)
            case ("GET", "calendarView"):
                return 200, schemas.EVENTS, reads.view(self, mailbox, mailbox.default, request)
            case ("GET", "calendars", name, "calendarView"):
                return 200, schemas.EVENTS, reads.view(self, mailbox, calendar_of(mailbox, name).id, request)
            case ("GET", "calendarView", "delta"):
                return 200, schemas.CHANGES, reads.changes(self, mailbox, mailbox.default, request)
            case ("GET", "calendars", name, "calendarView", "delta"):
                return 200, schemas.CHANGES, reads.changes(self, mailbox, calendar_of(mailbox, name).id, request)
            case ("GET", "calendar", "events"):
                return 200, schemas.EVENTS, reads.by_mark(self, mailbox, mailbox.default, request)
            case ("GET", "calendars", name, "events"):
                return 200, schemas.EVENTS, reads.by_mark(self, mailbox, calendar_of(mailbox, name).id, request)
            case ("GET", "events", event_id):
                return 200, schemas.EVENT, reads.one(self, mailbox, event_id, request)
            case ("POST", "calendar", "events"):
                return writes.create(self, mailbox, mailbox.default, request)
            case ("POST", "calendars", name, "events"):
                return writes.create(self, mailbox, calendar_of(mailbox, name).id, request)
            case ("PATCH" | "DELETE", "events", event_id):
                return writes.write(self, method, mailbox, event_id, request)
            case _:
                raise Refused(f"no such path: {method} {'/'.join(rest)}")

    # -- subscriptions ---------------------------------------------------------------------------------------------

    def _subscription(self, method: str, rest: list[str], request: Request) -> Told:
        query.read(request.query, frozenset(), {})
        match (method, *rest):
            case ("GET",):
                return 200, schemas.SUBSCRIPTIONS, {"value": self.subscriptions.listed(self.now)}
            case ("POST",):
                body = self.body(request, schemas.NEW_SUBSCRIPTION)
                self.mailbox(body["resource"].split("/")[2], reads=True)
                made = self.subscriptions.create(body, self.now)
                if made is None:
                    raise Problem(400, "ValidationError")
                return 201, schemas.SUBSCRIPTION, made
            case ("PATCH", name):
                body = self.body(request, schemas.CHANGED_SUBSCRIPTION)
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
