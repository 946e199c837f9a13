"""Whom does Exchange mail because of us? Events with attendees: GRA-10, CAL-20, CAL-21."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.ports.errors import Permanent
from syncd.testing.contracts.calendar_acts import Adds
from syncd.testing.contracts.calendar_reader import Reader, marked_in, seen_in
from syncd.testing.contracts.calendar_setting import entry, hour, own_draft, session_id
from tests.connectors.msgraph.world import GraphWorld
from tests.simulators.graph.mailbox import Attendee

CARL = "carl@acme.example"


def test_gra_10_an_event_with_attendees_is_not_written_to_unless_they_are_the_providers(world: GraphWorld) -> None:
    """Graph cannot be kept from mailing them (CAL-20): staff invited a colleague to our event."""
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    event = world.mailbox.events[written.ref.event_id]
    event.attendees.append(Attendee("bob@desk.example"))
    world.mailbox.touched(event, world.graph.now)
    ref = replace(written.ref, version=event.etag)
    before = world.mails()
    for act in (
        lambda: calendar.put(own_draft(1, at=3), ref),
        lambda: calendar.put(own_draft(1, at=3, adopted=True), ref),
        lambda: calendar.remove(session_id(1), ref),
    ):
        with pytest.raises(Permanent) as caught:
            act()
        assert caught.value.hint
    assert world.mails() == before
    assert event.starts_at == hour(1)


def test_cal_21_the_providers_cancellation_is_sent_once(world: GraphWorld) -> None:
    world.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL,))))
    calendar = world.calendar()
    (marked,) = marked_in(Reader(calendar).reads())
    written = calendar.put(own_draft(1, adopted=True, notify=True), marked.ref)
    before = world.mails()
    calendar.remove(session_id(1), written.ref, notify=True)
    assert world.mails()[len(before) :] == (CARL,)


def test_cal_21_a_change_that_is_there_already_mails_nobody(world: GraphWorld) -> None:
    world.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL,))))
    calendar = world.calendar()
    (marked,) = marked_in(Reader(calendar).reads())
    written = calendar.put(own_draft(1, adopted=True, notify=True), marked.ref)
    before = world.mails()
    calendar.put(own_draft(1, adopted=True, notify=True), written.ref)
    assert world.mails() == before


@pytest.mark.parametrize(
    ("response", "partstat"),
    [
        ("accepted", "ACCEPTED"),
        ("declined", "DECLINED"),
        ("tentativelyAccepted", "TENTATIVE"),
        ("none", "NEEDS-ACTION"),
        ("notResponded", "NEEDS-ACTION"),
    ],
)
def test_cal_21_the_reply_is_read_from_the_attendee_list(world: GraphWorld, response: str, partstat: str) -> None:
    event_id = world.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL,))))
    calendar = world.calendar()
    reader = Reader(calendar)
    (marked,) = marked_in(reader.reads())
    calendar.put(own_draft(1, adopted=True, notify=True), marked.ref)
    event = world.mailbox.events[event_id]
    event.attendees[0].response = response
    world.mailbox.touched(event, world.graph.now)
    (seen,) = seen_in(reader.reads())
    assert [(a.email, a.partstat) for a in seen.attendees] == [(CARL, partstat)]


def test_an_invitation_of_somebody_elses_is_not_the_providers_to_update(world: GraphWorld) -> None:
    event_id = world.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL,))))
    world.mailbox.events[event_id].organizer = False
    (marked,) = marked_in(Reader(world.calendar()).reads())
    assert not marked.provider_invites
    with pytest.raises(Permanent):
        world.calendar().put(own_draft(1, adopted=True), marked.ref)
