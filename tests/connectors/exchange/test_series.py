"""What becomes of series, and of one instance of them? K7, CAL-13, CAL-24."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncd.testing.contracts.calendar_acts import (
    BUSY_BY_KIND,
    Adds,
    CancelsInstance,
    Kind,
    MovesInstance,
)
from syncd.testing.contracts.calendar_reader import Reader, gone_in, marked_in, seen_in
from syncd.testing.contracts.calendar_setting import entry, hour, own_draft, own_span, session_id
from tests.connectors.exchange.world import ExchangeWorld, reads_over
from tests.simulators.ews import series

Make = Callable[..., ExchangeWorld]


def operations(world: ExchangeWorld) -> list[str]:
    return [asked.operation for asked in world.server.service.asked]


def test_a_marked_series_is_told_once_and_not_with_every_day_that_passes(world: ExchangeWorld) -> None:
    event_id = world.staff(Adds(entry(1, title="Support: weekly", rule="FREQ=DAILY")))
    reader = Reader(world.calendar())
    keys = {e.key for e in (*reader.reads(), *reads_over(reader, 1.5))}
    assert len(keys) == 1
    (marked,) = marked_in(Reader(world.calendar()).reads())
    assert (marked.ref.event_id, marked.recurring) == (event_id, True)


def marked_instance(world: ExchangeWorld) -> str:
    """Staff book a customer into one of their weekly hours."""
    master = world.staff(Adds(entry(1, title="Office hour", rule="FREQ=DAILY;COUNT=5")))
    with world.server.service.lock:
        own = series.exception(world.item(master), hour(25))
        own.subject = "Support: carl@acme.example"
        world.world.touch(world.item(master), world.mailbox)
    return master


def test_one_marked_instance_of_a_series_becomes_a_session_and_the_rest_stays_busy(world: ExchangeWorld) -> None:
    marked_instance(world)
    calendar = world.calendar()
    reader = Reader(calendar)
    (marked,) = marked_in(reader.reads())
    assert (marked.ref.original_start, marked.recurring) == (hour(25), False)
    assert len(reader.busy()) == 5
    written = calendar.put(own_draft(1, at=25, adopted=True), marked.ref)
    assert written.ref.original_start == hour(25)
    (seen,) = seen_in(reader.reads())
    assert (seen.session_id, seen.ref.original_start) == (session_id(1), hour(25))
    assert own_span(25) not in reader.busy()
    assert len(reader.busy()) == 4
    assert calendar.look(session_id(1), seen.ref).answer == "found"


def test_an_adopted_instance_that_staff_cancel_is_missed(world: ExchangeWorld) -> None:
    """Instances leave no tombstone: the view is all that tells."""
    master = marked_instance(world)
    calendar = world.calendar()
    reader = Reader(calendar)
    (marked,) = marked_in(reader.reads())
    calendar.put(own_draft(1, at=25, adopted=True), marked.ref)
    reader.reads()
    world.staff(CancelsInstance(master, hour(25)))
    (gone,) = gone_in(reader.reads())
    assert (gone.how, gone.ref.original_start) == ("absent", hour(25))
    assert calendar.look(session_id(1), gone.ref).answer == "gone"


def test_an_adopted_instance_that_staff_move_is_seen_moved(world: ExchangeWorld) -> None:
    master = marked_instance(world)
    calendar = world.calendar()
    reader = Reader(calendar)
    (marked,) = marked_in(reader.reads())
    calendar.put(own_draft(1, at=25, adopted=True), marked.ref)
    reader.reads()
    world.staff(MovesInstance(master, hour(25), own_span(29)))
    (seen,) = seen_in(reader.reads())
    assert (seen.signature.starts_at, seen.ref.original_start) == (hour(29), hour(25))
    assert len(reader.busy()) == 4


@pytest.mark.parametrize(
    "kind", [Kind.FREE, Kind.TENTATIVE, Kind.CANCELLED, Kind.DECLINED, Kind.OUT_OF_OFFICE], ids=str
)
def test_bare_occurrences_take_their_state_from_the_master(world: ExchangeWorld, kind: Kind) -> None:
    """contrib #34; keeper.sh PR #409."""
    world.staff(Adds(entry(1, kind=kind, rule="FREQ=DAILY;COUNT=2")))
    reader = Reader(world.calendar())
    reader.reads()
    assert reader.busy() == ((own_span(1), own_span(25)) if BUSY_BY_KIND[kind] else ())
