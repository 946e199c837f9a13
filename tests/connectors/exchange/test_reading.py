"""What is read, and what stops nothing? EWS-5, EWS-6, EWS-8; CAL-4, CAL-9, CAL-23 to CAL-25."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.domain.spans import Span
from syncd.ports.errors import CursorExpired, Retryable
from syncd.testing.contracts.calendar_acts import (
    Adds,
    AddsCustomZone,
    AddsUnreadable,
    Deletes,
    Kind,
    LosesCursors,
    Moves,
    StaffEntry,
)
from syncd.testing.contracts.calendar_reader import Reader, marked_in, seen_in, window
from syncd.testing.contracts.calendar_setting import entry, own_draft, own_span, session_id
from syncd.testing.contracts.calendar_world import NOW
from tests.connectors.exchange.world import PASSWORD, SERVICE, ExchangeWorld, reads_over
from tests.simulators.ews.access import User
from tests.simulators.ews.server import NOT_XML

Make = Callable[..., ExchangeWorld]


def operations(world: ExchangeWorld) -> list[str]:
    return [asked.operation for asked in world.server.service.asked]


# --- the sync and its state ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("bare", [False, True], ids=["with-state", "without-state"])
def test_an_expired_sync_state_is_an_expired_cursor(world: ExchangeWorld, bare: bool) -> None:
    """EWS-8: without the state the library itself stumbles."""
    world.server.service.faults.bare_sync_errors = bare
    reader = Reader(world.calendar())
    reader.reads()
    world.suffers(LosesCursors())
    with pytest.raises(CursorExpired):
        reader.reads_page()


def test_a_full_reread_asks_from_the_beginning_though_the_library_has_a_state(world: ExchangeWorld) -> None:
    """EWS-6."""
    world.staff(Adds(entry(1)))
    calendar = world.calendar()
    first, again = Reader(calendar), Reader(calendar)
    first.reads()
    again.reads()
    assert first.items == again.items != {}


def test_a_state_is_saved_with_the_page_that_it_covers(make_world: Make) -> None:
    world = make_world(settings={"sync_items_max": 2})
    for n in range(5):
        world.staff(Adds(entry(n)))
    reader = Reader(world.calendar())
    cursors = [reader.reads_page().cursor for _ in range(3)]
    assert len(set(cursors)) == 3
    assert operations(world).count("SyncFolderItems") == 3
    assert operations(world).count("FindItem") == 1


def test_a_quiet_poll_is_one_request_and_changes_nothing(world: ExchangeWorld) -> None:
    world.calendar().put(own_draft(1), None)
    world.staff(Adds(entry(2)))
    reader = Reader(world.calendar())
    reader.reads()
    before, cursor = world.requests(), reader.cursor
    for minutes in (1, 2, 30, 58, 59):
        reader.now = NOW + timedelta(minutes=minutes)
        reader.reads()
    assert reader.cursor == cursor
    assert world.requests() - before == 5


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (timedelta(0), timedelta(hours=1)),
        (timedelta(hours=13, minutes=45), timedelta(hours=14, minutes=5)),
        (timedelta(0), timedelta(minutes=-30)),
    ],
    ids=["an-hour-has-passed", "midnight-has-passed", "the-clock-went-back"],
)
def test_the_view_is_read_again_every_hour_and_at_midnight(
    world: ExchangeWorld, first: timedelta, then: timedelta
) -> None:
    """EWS-5: whatever the sync says. What the server shows otherwise by then is taken in."""
    event_id = world.staff(Adds(entry(30)))
    reader = Reader(world.calendar(), now=NOW + first)
    reader.reads()
    item = world.item(event_id)
    item.starts_at, item.ends_at = own_span(40).starts_at, own_span(40).ends_at  # no line in the log tells of it
    reader.now = NOW + then
    reader.reads()
    assert reader.busy() == (own_span(40),)


def test_the_window_moves_with_the_days(world: ExchangeWorld) -> None:
    far = Span(NOW + timedelta(days=49, hours=3), NOW + timedelta(days=49, hours=4))
    near = world.staff(Adds(entry(1)))
    world.staff(Adds(StaffEntry(far.starts_at, far.ends_at)))
    reader = Reader(world.calendar())
    reader.reads()
    assert set(reader.items) == {near}
    reads_over(reader, 0.2)
    assert [b.last for b in reader.batches].count(True) == len(reader.batches), "no re-read is needed for that"
    reads_over(reader, 2.2)
    assert near not in reader.items
    assert reader.busy() == (far,)


def test_a_full_reread_is_due_every_six_hours(world: ExchangeWorld) -> None:
    reader = Reader(world.calendar())
    reader.reads()
    for hours in range(1, 6):
        reader.now = NOW + timedelta(hours=hours)
        reader.reads()
    reader.now = NOW + timedelta(hours=6)
    with pytest.raises(CursorExpired):
        reader.reads()


def test_what_was_made_and_deleted_between_two_polls_is_missed_by_the_next_full_reread(world: ExchangeWorld) -> None:
    """The sync never tells of it: an event that it never named leaves no tombstone."""
    calendar = world.calendar()
    reader = Reader(calendar)
    reader.reads()
    written = calendar.put(own_draft(1), None)
    world.staff(Deletes(written.ref.event_id))
    assert reader.reads() == ()
    batches = len(reader.batches)
    evidence = reads_over(reader, 0.3)
    assert any(batch.last for batch in reader.batches[batches:])
    assert seen_in(tuple(evidence)) == (), "so the store's difference finds it missing (CAL-4)"
    assert calendar.look(session_id(1), written.ref).answer == "gone"


def test_a_crowded_calendar_is_read_in_pieces(make_world: Make) -> None:
    """EWS-5: split when full."""
    world = make_world(settings={"view_items_max": 5})
    for n in range(9):
        world.staff(Adds(entry(n)))
    world.staff(Adds(entry(24, rule="FREQ=WEEKLY")))
    reader = Reader(world.calendar())
    reader.reads()
    assert len(reader.busy(window())) == 9 + 7
    assert world.calendar().busy(window()).spans == reader.busy(window())


def test_a_limit_of_the_servers_own_is_kept_too(world: ExchangeWorld) -> None:
    """Its throttling policy may allow less than was asked for."""
    for n in range(9):
        world.staff(Adds(entry(n)))
    world.server.service.faults.find_count_limit = 4
    assert len(world.calendar().busy(window()).spans) == 9


def test_more_than_can_be_split_is_unreadable_and_never_free(make_world: Make) -> None:
    world = make_world(settings={"view_items_max": 3})
    for _ in range(5):
        world.staff(Adds(entry(1)))
    with pytest.raises(Retryable):
        world.calendar().busy(window())


def test_a_series_that_ends_leaves_nothing_behind(world: ExchangeWorld) -> None:
    event_id = world.staff(Adds(entry(1, rule="FREQ=DAILY")))
    reader = Reader(world.calendar())
    reader.reads()
    assert len(reader.items) == 1
    world.staff(Deletes(event_id))
    reader.reads()
    assert reader.items == {}


# --- what is hard to understand -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "zone", ["tzone://Microsoft/Custom", "Customized Time Zone", "", "Not A Zone", "Europe/Nowhere"]
)
def test_one_bad_time_zone_never_blocks_a_mailbox(world: ExchangeWorld, zone: str) -> None:
    """EWS-8: the poison of exchangelib; the other items are read, and this one by its own instants."""
    bad = world.staff(AddsCustomZone(own_span(1)))
    world.item(bad).zone = zone
    world.calendar().put(own_draft(2), None)
    world.staff(Adds(entry(3)))
    reader = Reader(world.calendar())
    assert len(seen_in(reader.reads())) == 1
    assert reader.busy() == (own_span(1), own_span(3))
    assert not reader.items[bad].unreadable


@pytest.mark.parametrize("zone", ["Customized Time Zone", "tzone://Microsoft/Custom"])
def test_a_day_in_a_custom_zone_is_the_day_of_its_instants(world: ExchangeWorld, zone: str) -> None:
    """EWS-8: the library takes its days in the zone of this machine."""
    day = datetime(2026, 3, 5, tzinfo=ZoneInfo(world.zone))
    event_id = world.staff(Adds(StaffEntry(day, day + timedelta(days=1), zone=world.zone, all_day=True)))
    world.item(event_id).zone = zone
    reader = Reader(world.calendar())
    reader.reads()
    assert reader.busy() == (Span(day, day + timedelta(days=1)),)


def test_a_day_entered_abroad_is_the_calendars_day(world: ExchangeWorld) -> None:
    """CAL-23: an all-day event has days, not hours."""
    abroad = datetime(2026, 3, 5, tzinfo=ZoneInfo("America/New_York"))
    entered = StaffEntry(abroad, abroad + timedelta(days=1), zone="America/New_York", all_day=True)
    world.staff(Adds(entered))
    reader = Reader(world.calendar())
    reader.reads()
    here = datetime(2026, 3, 5, tzinfo=ZoneInfo(world.zone))
    assert reader.busy() == (Span(here, here + timedelta(days=1)),)


def test_an_item_that_cannot_be_got_is_busy_where_it_shows_and_is_reported(world: ExchangeWorld) -> None:
    """CAL-9: its words cannot be looked at, the others' can."""
    bad = world.staff(AddsUnreadable(own_span(1)))
    world.staff(Adds(entry(2, title="Support: carl@acme.example")))
    reader = Reader(world.calendar())
    assert len(marked_in(reader.reads())) == 1
    assert reader.items[bad].unreadable
    assert reader.busy() == (own_span(1), own_span(2))


def test_a_private_event_is_busy_for_a_delegate_who_may_not_open_it(world: ExchangeWorld) -> None:
    """It would be read with the others, and refused: the others' words are looked at all the same (CAL-9)."""
    world.settings = {"access": "delegate"}
    world.server.service.doors.users[SERVICE] = User(SERVICE, PASSWORD, mailbox="svc@desk.example")
    world.world.mailbox("svc@desk.example")
    world.mailbox.rights[SERVICE] = "Editor"
    world.staff(Adds(entry(1, kind=Kind.PRIVATE, title="Support: secret")))
    world.staff(Adds(entry(2, title="Support: carl@acme.example")))
    reader = Reader(world.calendar())
    assert [marked.emails for marked in marked_in(reader.reads())] == [("carl@acme.example",)]
    assert reader.busy() == (own_span(1), own_span(2))


def test_a_control_character_in_a_title_stops_nothing(world: ExchangeWorld) -> None:
    world.staff(Adds(entry(1, title=f"Support: {NOT_XML.decode()} carl@acme.example")))
    world.staff(Adds(entry(2, title=NOT_XML.decode())))
    reader = Reader(world.calendar())
    (marked,) = marked_in(reader.reads())
    assert marked.emails == ("carl@acme.example",)
    assert len(reader.busy()) == 2


def test_an_attendee_without_an_address_is_nobody(world: ExchangeWorld) -> None:
    """Colleagues of the same organisation may come as X.500 names."""
    people = ("/o=Desk/ou=People/cn=bob", "carl@acme.example")
    world.staff(Adds(entry(1, title="Support: upgrade", attendees=people)))
    (marked,) = marked_in(Reader(world.calendar()).reads())
    assert [each.email for each in marked.attendees] == ["carl@acme.example"]


# --- own events beyond the window ---------------------------------------------------------------------------------


def test_removed_outside_the_window_is_no_deletion(world: ExchangeWorld) -> None:
    """contrib #4258: a session that staff move beyond the window is seen there."""
    written = world.calendar().put(own_draft(1), None)
    reader = Reader(world.calendar())
    reader.reads()
    far = Span(NOW + timedelta(days=200), NOW + timedelta(days=200, hours=1))
    world.staff(Moves(written.ref.event_id, far))
    (seen,) = seen_in(reader.reads())
    assert seen.signature.starts_at == far.starts_at
    (again,) = seen_in(Reader(world.calendar()).reads())
    assert again.signature.starts_at == far.starts_at


def test_sessions_long_over_are_not_told_again_by_a_full_reread(world: ExchangeWorld) -> None:
    past = datetime(2026, 1, 5, 10, tzinfo=UTC)
    draft = own_draft(1)
    world.calendar().put(draft, None)
    (item,) = world.mailbox.items.values()
    item.starts_at, item.ends_at = past, past + timedelta(minutes=30)
    assert Reader(world.calendar()).reads() == ()
