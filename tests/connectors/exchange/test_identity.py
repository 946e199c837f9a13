"""Which event is the session's, wherever it is moved and whoever copies it? EWS-7; CAL-6, CAL-12."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncd.ports.errors import Stale
from syncd.testing.contracts.calendar_acts import (
    Deletes,
    Duplicates,
    MovesToOtherCalendar,
)
from syncd.testing.contracts.calendar_reader import Reader, gone_in, seen_in, window
from syncd.testing.contracts.calendar_setting import own_draft, own_span, session_id
from tests.connectors.exchange.world import ExchangeWorld
from tests.simulators.ews.state import CALENDAR, DELETED

Make = Callable[..., ExchangeWorld]


# --- ids change on move -------------------------------------------------------------------------------------------


def test_an_event_moved_away_and_back_is_found_by_its_mark(world: ExchangeWorld) -> None:
    """EWS-7: its id is another one by then."""
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    elsewhere = world.act(MovesToOtherCalendar(written.ref.event_id))
    home = world.mailbox.folder(CALENDAR).folder_id
    back = world.world.move(world.mailbox, world.item(elsewhere), home).item_id
    assert back != written.ref.event_id
    look = calendar.look(session_id(1), written.ref)
    assert look.seen is not None
    assert look.seen.ref.event_id == back
    with pytest.raises(Stale) as caught:
        calendar.put(own_draft(1, at=4), written.ref)
    assert caught.value.seen is not None
    moved = calendar.put(own_draft(1, at=4), caught.value.seen.ref)
    calendar.remove(session_id(1), moved.ref)
    assert world.standing() == ()


def test_a_delete_of_an_event_with_a_new_id_is_decided_again(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    elsewhere = world.act(MovesToOtherCalendar(written.ref.event_id))
    world.world.move(world.mailbox, world.item(elsewhere), world.mailbox.folder(CALENDAR).folder_id)
    with pytest.raises(Stale) as caught:
        calendar.remove(session_id(1), written.ref)
    assert caught.value.seen is not None
    calendar.remove(session_id(1), caught.value.seen.ref)
    assert world.standing() == ()


def test_an_event_in_another_calendar_of_the_person_is_found_there(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    elsewhere = world.act(MovesToOtherCalendar(written.ref.event_id))
    look = calendar.look(session_id(1), written.ref)
    assert look.answer == "found"
    assert look.seen is not None
    assert look.seen.ref.event_id == elsewhere


@pytest.mark.parametrize("inside", [False, True], ids=["in-deleted-items", "in-a-calendar-in-deleted-items"])
def test_an_event_outside_the_persons_calendars_is_gone(world: ExchangeWorld, inside: bool) -> None:
    """EWS-7: what was thrown away keeps its mark."""
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    mailbox = world.mailbox
    thrown = mailbox.add_calendar("Old", parent=DELETED) if inside else mailbox.folder(DELETED)
    world.world.move(mailbox, world.item(written.ref.event_id), thrown.folder_id)
    assert calendar.look(session_id(1), written.ref).answer == "gone"


def test_an_event_brought_back_from_deleted_items_lives(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    reader = Reader(calendar)
    reader.reads()
    world.staff(Deletes(written.ref.event_id))
    (thrown,) = world.mailbox.in_folder(world.mailbox.folder(DELETED).folder_id)
    back = world.world.move(world.mailbox, thrown, world.mailbox.folder(CALENDAR).folder_id)
    evidence = reader.reads()
    assert [g.ref.event_id for g in gone_in(evidence)] == [written.ref.event_id]
    assert [s.ref.event_id for s in seen_in(evidence)] == [back.item_id]
    look = calendar.look(session_id(1), written.ref)
    assert look.seen is not None
    assert look.seen.ref.event_id == back.item_id


def test_a_missing_property_is_not_a_missing_event(world: ExchangeWorld) -> None:
    """calrs #107: some program drops the marks; the event in its place lives, and gets them again."""
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    world.item(written.ref.event_id).props.clear()
    world.world.touch(world.item(written.ref.event_id), world.mailbox)
    assert gone_in(Reader(calendar).reads()) == ()
    look = calendar.look(session_id(1), written.ref)
    assert look.seen is not None
    calendar.put(own_draft(1), look.seen.ref)
    (seen,) = seen_in(Reader(calendar).reads())
    assert seen.ref.event_id == written.ref.event_id


# --- copies -------------------------------------------------------------------------------------------------------


def test_a_copy_that_keeps_even_the_uid_is_foreign(make_world: Make) -> None:
    """CAL-12: copied within the server, it differs in its age alone."""
    world = make_world(copies_keep_uid=True)
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    reader = Reader(calendar)
    reader.reads()
    copy = world.staff(Duplicates(written.ref.event_id, own_span(5)))
    assert seen_in(reader.reads()) == ()
    assert reader.busy() == (own_span(5),)
    assert calendar.busy(window()).spans == (own_span(5),)
    assert calendar.put(own_draft(1), None).ref.event_id == written.ref.event_id
    calendar.remove(session_id(1), written.ref)
    assert [s.event_id for s in world.standing()] == [copy]


def test_an_id_that_another_session_bears_is_not_deleted(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    other = calendar.put(own_draft(2), None)
    calendar.remove(session_id(1), other.ref)
    assert len(world.standing()) == 1
