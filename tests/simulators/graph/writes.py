"""What does Graph let one write? Events: made, changed and deleted, under conditions, and at the price of mails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.simulators.graph import query, schemas
from tests.simulators.graph.mailbox import DELETED_ITEMS, Event, Mailbox
from tests.simulators.graph.query import Asked, Refused
from tests.simulators.graph.server import Request
from tests.simulators.graph.tenant import Problem, Tenant, Told, shown


def create(tenant: Tenant, mailbox: Mailbox, calendar: str, request: Request) -> Told:
    query.read(request.query, frozenset(), {})
    tenant.may_write(mailbox, calendar)
    body = tenant.body(request, schemas.NEW_EVENT)
    before = mailbox.events.get(tenant.transactions.get(body.get("transactionId", ""), ""))
    if before is not None and (before.calendar == calendar or tenant.knobs.remembers_deleted):
        if tenant.knobs.conflicts_on_repeat:
            raise Problem(409, "ErrorDuplicateTransactionId")
        return 201, schemas.EVENT, shown(before, mailbox, Asked())
    event = tenant.new_event(mailbox, calendar, _instant(body["start"]), _instant(body["end"]))
    event.transaction = body.get("transactionId")
    if event.transaction:
        tenant.transactions[event.transaction] = event.id
    return 201, schemas.EVENT, _change(tenant, mailbox, event, body)


def write(tenant: Tenant, method: str, mailbox: Mailbox, event_id: str, request: Request) -> Told:
    event = mailbox.events.get(event_id)
    query.read(request.query, frozenset(), {})
    if event is None:
        raise Problem(404, "ErrorItemNotFound")
    tenant.may_write(mailbox, event.calendar)
    version = request.headers.get("if-match")
    if not version or version == "*":
        raise Refused(f"{method} of an event without its version (GRA-8)")
    if version != event.etag:
        raise Problem(412, "ErrorIrresolvableConflict")
    if method == "PATCH":
        return 200, schemas.EVENT, _change(tenant, mailbox, event, tenant.body(request, schemas.CHANGED_EVENT))
    if method != "DELETE":
        raise Refused(f"{method} of an event")
    if event.calendar == DELETED_ITEMS:
        raise Problem(403, "ErrorCannotDeleteObject")
    tenant.mail(event)
    mailbox.trashed(event, tenant.now + tenant.knobs.skew)
    tenant.subscriptions.changed(mailbox, event, "deleted")
    return 204, None, None


def _change(tenant: Tenant, mailbox: Mailbox, event: Event, body: dict[str, Any]) -> dict[str, Any]:
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
    tenant.mail(event)
    mailbox.touched(event, tenant.now + tenant.knobs.skew)
    tenant.subscriptions.changed(mailbox, event, "updated")
    return shown(event, mailbox, Asked())


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


def _instant(moment: dict[str, str]) -> datetime:
    if moment["timeZone"] != "UTC":
        raise Refused("a session is written in UTC (CAL-25)")
    return datetime.fromisoformat(moment["dateTime"][:19]).replace(tzinfo=UTC)
