"""What does Graph let one read? Calendars, views, events by their mark, one event, and the changes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.simulators.graph import query, render, schemas
from tests.simulators.graph.changes import Lost, Round
from tests.simulators.graph.mailbox import Calendar, Event, Instance, Mailbox
from tests.simulators.graph.query import Asked, Refused
from tests.simulators.graph.server import Request
from tests.simulators.graph.tenant import Problem, Tenant, selected, shown

PAGE_ITEMS = 50
_VIEW = frozenset({"startDateTime", "endDateTime", "$select", "$expand", "$top", "$skip"})
_LIST = frozenset({"$filter", "$select", "$expand", "$top", "$skip"})
_ONE = frozenset({"$select", "$expand"})


def calendars(tenant: Tenant, mailbox: Mailbox, request: Request) -> dict[str, Any]:
    asked = query.read(request.query, frozenset({"$select", "$top"}), schemas.CALENDAR["properties"])
    if tenant.knobs.emptied:
        return {"value": []}
    return {"value": [selected(render.calendar(each), asked) for each in mailbox.calendars.values()]}


def about(calendar: Calendar, request: Request) -> dict[str, Any]:
    asked = query.read(request.query, frozenset({"$select"}), schemas.CALENDAR["properties"])
    return selected(render.calendar(calendar), asked)


def view(tenant: Tenant, mailbox: Mailbox, calendar: str, request: Request) -> dict[str, Any]:
    asked = query.read(request.query, _VIEW, schemas.EVENT["properties"])
    if asked.starts_at is None or asked.ends_at is None:
        raise Refused("a calendar view needs startDateTime and endDateTime")
    if tenant.view_replica is not None:
        mailbox = tenant.view_replica[mailbox.address]
    found: list[Event | Instance] = []
    for event in [] if tenant.knobs.emptied else mailbox.in_calendar(calendar):
        if event.rule is not None:
            found += mailbox.instances(event, asked.starts_at, asked.ends_at)
        elif event.overlaps(asked.starts_at, asked.ends_at):
            found.append(event)
    return _page_of(tenant, found, mailbox, asked, request)


def by_mark(tenant: Tenant, mailbox: Mailbox, calendar: str, request: Request) -> dict[str, Any]:
    asked = query.read(request.query, _LIST, schemas.EVENT["properties"])
    if asked.property is None:
        raise Refused("a listing of all events: nothing of ours needs it")
    found: list[Event | Instance] = [
        each
        for each in ([] if tenant.knobs.emptied else mailbox.in_calendar(calendar))
        if each.properties.get(asked.property.casefold(), "").casefold() == asked.value.casefold() != ""
    ]
    return _page_of(tenant, found, mailbox, asked, request)


def one(tenant: Tenant, mailbox: Mailbox, event_id: str, request: Request) -> dict[str, Any]:
    asked = query.read(request.query, _ONE, schemas.EVENT["properties"])
    found: Event | Instance | None = mailbox.events.get(event_id) or mailbox.occurrence(event_id)
    if found is None or tenant.knobs.emptied:
        raise Problem(404, "ErrorItemNotFound")
    return shown(found, mailbox, asked)


def changes(tenant: Tenant, mailbox: Mailbox, calendar: str, request: Request) -> dict[str, Any]:
    size = _page_size(tenant, request)
    token = request.query.get("$skiptoken") or request.query.get("$deltatoken")
    if token is not None:
        query.read(request.query, frozenset({"$skiptoken", "$deltatoken"}), {})
        held = tenant.replica if tenant.replica is not None else tenant.mailboxes
        try:
            found = tenant.changes.go_on(token, held, size)
        except Lost:
            raise Problem(*tenant.knobs.lost_cursor) from None
        if (found.mailbox, found.calendar) != (mailbox.address, calendar):
            raise Refused("a token of another calendar")
    else:
        asked = query.read(request.query, frozenset({"startDateTime", "endDateTime"}), {})
        if asked.starts_at is None or asked.ends_at is None:
            raise Refused("a calendar view needs startDateTime and endDateTime")
        found = tenant.changes.begin(mailbox, calendar, asked.starts_at, asked.ends_at, size)
    if tenant.knobs.emptied:
        found = Round(found.mailbox, found.calendar, found.starts_at, found.ends_at, found.since, [])
    link = tenant.elsewhere if tenant.knobs.elsewhere else _link(tenant, request)
    told = tenant.changes.answer(found, link)
    if tenant.knobs.circles:
        told.pop("@odata.deltaLink", None)
        told["@odata.nextLink"] = f"{link}?$skiptoken={_circle(tenant, found)}"
    return told


def _circle(tenant: Tenant, found: Round) -> str:
    """A page whose further link leads to the same page again, under a new name each time."""
    tenant.changes.turned += 1
    tenant.changes.rounds[f"c{tenant.changes.turned}"] = Round(
        found.mailbox, found.calendar, found.starts_at, found.ends_at, found.since, found.pages or [[]]
    )
    return f"c{tenant.changes.turned}"


def _page_size(tenant: Tenant, request: Request) -> int:
    for part in request.headers.get("prefer", "").split(","):
        name, _, value = part.strip().partition("=")
        if name == "odata.maxpagesize":
            return min(int(value), tenant.knobs.page_items or 1000)
    return tenant.knobs.page_items or PAGE_ITEMS


def _page_of(
    tenant: Tenant, found: list[Event | Instance], mailbox: Mailbox, asked: Asked, request: Request
) -> dict[str, Any]:
    size = min(asked.top or 10, tenant.knobs.page_items or 1000)
    page = [shown(each, mailbox, asked) for each in found[asked.skip : asked.skip + size]]
    told: dict[str, Any] = {"value": page * 2 if tenant.knobs.repeats else page}
    if tenant.knobs.elsewhere:
        return told | {"@odata.nextLink": f"{tenant.elsewhere}?$skip=1"}
    if asked.skip + size < len(found):
        more = {**request.query, "$skip": str(asked.skip + size)}
        told["@odata.nextLink"] = f"{_link(tenant, request)}?" + "&".join(f"{k}={_quoted(v)}" for k, v in more.items())
    return told


def _link(tenant: Tenant, request: Request) -> str:
    return f"{tenant.base}/" + "/".join(_quoted(each) for each in request.path[1:])


def _quoted(text: str) -> str:
    return quote(text, safe="")
