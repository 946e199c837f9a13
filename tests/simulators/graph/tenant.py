"""What does the simulated tenant hold? Mailboxes, time, what was mailed and asked, and what has gone wrong with it."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.simulators.graph import render, schemas
from tests.simulators.graph.changes import Changes
from tests.simulators.graph.entra import Entra
from tests.simulators.graph.faults import Knobs
from tests.simulators.graph.mailbox import Calendar, Event, Instance, Mailbox
from tests.simulators.graph.notify import Subscriptions
from tests.simulators.graph.query import Asked, Refused
from tests.simulators.graph.server import Request

Told = tuple[int, dict[str, Any] | None, dict[str, Any] | None]
"""Status, schema and body of an answer."""


class Problem(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass
class Tenant:
    """`mailed`: the recipients of every mail that Exchange has sent. `unlicensed` and `denied` are addresses: of
    mailboxes that are not in the cloud, and of those the application is kept out of. `record`: every request;
    `written`: every body that was taken in. `replica`, `view_replica`: what lagging reads are answered from.
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

    def mailbox(self, address: str, *, reads: bool) -> Mailbox:
        held = self.replica if reads and self.replica is not None else self.mailboxes
        if address in self.denied:
            raise Problem(403, "ErrorAccessDenied")
        if address in self.unlicensed:
            raise Problem(404, "MailboxNotEnabledForRESTAPI")
        if address not in held:
            raise Problem(404, "ErrorInvalidUser")
        return held[address]

    def new_event(self, mailbox: Mailbox, calendar: str, starts_at: datetime, ends_at: datetime) -> Event:
        """An empty event with ids of its own; whoever makes it fills it in."""
        self.made += 1
        at = self.now + self.knobs.skew
        event = Event(f"AAkALg-{self.made:06d}", f"0400{self.made:060x}", calendar, starts_at, ends_at, made_at=at)
        mailbox.events[event.id] = event
        return event

    def mail(self, event: Event) -> None:
        if event.organizer:
            self.mailed += [each.address for each in event.attendees]

    def may_write(self, mailbox: Mailbox, calendar: str) -> None:
        held = mailbox.calendars.get(calendar)
        if held is not None and not held.can_edit:
            raise Problem(403, "ErrorAccessDenied")

    def body(self, request: Request, schema: dict[str, Any]) -> dict[str, Any]:
        if request.headers.get("content-type") != "application/json":
            raise Refused("a body that is not application/json")
        body: dict[str, Any] = json.loads(request.body)
        if found := schemas.faults(schema, body):
            raise Refused(f"a body that is not as documented: {found[:3]}")
        self.written.append(body)
        return body

    # -- what tests do ---------------------------------------------------------------------------------------------

    def lag(self) -> None:
        """From now on reads are answered from a replica that learns nothing more."""
        self.replica = deepcopy(self.mailboxes)

    def view_lags(self) -> None:
        """From now on calendar views are; all else is not."""
        self.view_replica = deepcopy(self.mailboxes)

    def lose_cursors(self) -> None:
        self.changes.rounds.clear()


def calendar_of(mailbox: Mailbox, name: str) -> Calendar:
    if name not in mailbox.calendars:
        raise Problem(404, "ErrorItemNotFound")
    return mailbox.calendars[name]


def selected(row: dict[str, Any], asked: Asked) -> dict[str, Any]:
    if asked.select is None:
        return row
    return {name: value for name, value in row.items() if name in {*asked.select, "id", "type", "@odata.etag"}}


def shown(found: Event | Instance, mailbox: Mailbox, asked: Asked) -> dict[str, Any]:
    held = (found.exception or found.master) if isinstance(found, Instance) else found
    if isinstance(found, Instance):
        row = render.instance(found, mailbox)
    elif found.series is not None and not mailbox.is_exception(found):
        row = render.event(found, mailbox) | {"type": "occurrence"}
    else:
        row = render.event(found, mailbox)
    row = selected(row, asked)
    expanded = [each for each in asked.expand if each.casefold() in held.properties]
    if expanded:
        row["singleValueExtendedProperties"] = [
            {"id": each, "value": held.properties[each.casefold()]} for each in expanded
        ]
    return row
