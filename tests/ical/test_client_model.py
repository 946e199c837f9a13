"""Does every customer's calendar end up right? A client that knows only UID, SEQUENCE, DTSTAMP and METHOD, and mails
that arrive in any order, some twice (RFC 5546 2.1.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.domain.effect import CustomerMail, SessionFacts
from syncd.domain.letters import Cause, Letter, Method
from syncd.ical import read
from syncd.ical.values import times
from tests.ical import inv
from tests.ical.calendars import BERLIN
from tests.messages import samples
from tests.messages.composing import composed


@dataclass
class Client:
    """What a calendar program does with what it is sent."""

    newest: tuple[int, datetime] | None = None
    shows: datetime | None = None

    def receive(self, raw: bytes) -> None:
        resource = read.parse(inv.ics_of(raw))
        event = resource.events[0]
        version = (int(event["SEQUENCE"]), event["DTSTAMP"].dt)
        if self.newest is not None and version <= self.newest:
            return
        self.newest = version
        self.shows = None if resource.method == "CANCEL" else times(event, resource, BERLIN)[0]


@dataclass
class Desk:
    """The stored state, and the mail that follows each change (INV-34 to 38)."""

    facts: SessionFacts
    cancelled: bool = False
    sequence: int = -1
    ordinal: int = 0
    clock: datetime = samples.ISSUED_AT

    def change(self, act: str, hours: int) -> CustomerMail | None:
        self.clock += timedelta(seconds=1)
        moved = self.facts.starts_at + timedelta(hours=hours)
        match act:
            case "move" if not self.cancelled and hours:
                self.facts = replace(self.facts, starts_at=moved, ends_at=moved + timedelta(minutes=30))
                return self._mail(Letter.UPDATE, Cause.MOVED_BY_CUSTOMER, 1)
            case "cancel" if not self.cancelled:
                self.cancelled = True
                return self._mail(Letter.CANCELLATION, Cause.CANCELLED_BY_CUSTOMER, 1)
            case "restore" if self.cancelled:
                self.cancelled = False
                return self._mail(Letter.UPDATE, Cause.RESTORED, 1)
            case "resend" if not self.cancelled:
                return self._mail(Letter.INVITATION, Cause.BOOKED, 0)
        return None

    def book(self) -> CustomerMail:
        return self._mail(Letter.INVITATION, Cause.BOOKED, 1)

    def _mail(self, letter: Letter, cause: Cause, step: int) -> CustomerMail:
        self.sequence += step
        self.ordinal = 0 if step else self.ordinal + 1
        method = Method.CANCEL if letter is Letter.CANCELLATION else Method.REQUEST
        return CustomerMail(
            letter, cause, samples.ADA, self.facts, self.clock, method, self.sequence, self.clock, ordinal=self.ordinal
        )


ACTS = st.lists(st.tuples(st.sampled_from(["move", "cancel", "restore", "resend"]), st.integers(-3, 3)), max_size=6)


@given(ACTS, st.data())
@settings(max_examples=25, deadline=None)
def test_in_any_order_and_twice_the_calendar_ends_as_the_database_says(
    acts: list[tuple[str, int]], data: st.DataObject
) -> None:
    desk = Desk(samples.FACTS)
    sent = [composed(desk.book())]
    sent += [composed(mail) for mail in (desk.change(*act) for act in acts) if mail is not None]
    assert inv.check_life(sent) == []
    arriving = data.draw(st.permutations(sent)) + data.draw(st.lists(st.sampled_from(sent), max_size=4))
    client = Client()
    for raw in arriving:
        client.receive(raw)
    assert client.shows == (None if desk.cancelled else desk.facts.starts_at)
