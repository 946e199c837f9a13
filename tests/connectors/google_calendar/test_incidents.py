"""Incidents of others that can happen to us at Google and that the shared suite does not tell alone
(spec/calendars.md 7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.domain.spans import Span
from syncd.ports.errors import CursorExpired
from syncd.testing.contracts.calendar_acts import Adds, Deletes, LosesCursors, Moves
from syncd.testing.contracts.calendar_reader import Reader, gone_in, keys_of, seen_in
from syncd.testing.contracts.calendar_setting import entry, own_draft, own_span, session_id
from syncd.testing.contracts.calendar_world import NOW
from tests.connectors.google_calendar.world import GoogleWorld


def test_an_expired_cursor_is_no_success(google: GoogleWorld) -> None:
    """twentyhq/twenty #24095: 410 is told, again and again, until the cursor is given up."""
    google.staff(Adds(entry(1)))
    reader = Reader(google.calendar())
    reader.reads()
    google.suffers(LosesCursors())
    for _ in range(3):
        with pytest.raises(CursorExpired):
            reader.calendar.observe(reader.cursor, NOW)
    assert reader.busy() == (entry(1).span,)


def test_a_crash_before_recording_loses_no_change(google: GoogleWorld) -> None:
    """TB tasks/google.py: what was read and not recorded is read again, under the same keys."""
    calendar = google.calendar()
    written = calendar.put(own_draft(1), None)
    reader = Reader(calendar)
    reader.reads()
    google.staff(Moves(written.ref.event_id, own_span(4)))
    google.staff(Adds(entry(6)))
    lost = calendar.observe(reader.cursor, NOW)
    evidence = reader.reads()
    assert keys_of(evidence) == keys_of(lost.evidence) != []
    assert reader.batches[-1].busy == lost.busy
    assert reader.busy() == (entry(6).span,)


def test_removed_outside_the_window_is_no_deletion(google: GoogleWorld) -> None:
    """contrib #4258: an event that left the window is moved, not deleted."""
    calendar = google.calendar()
    written = calendar.put(own_draft(1), None)
    foreign = google.staff(Adds(entry(3)))
    reader = Reader(calendar)
    reader.reads()
    far = Span(NOW + timedelta(days=300), NOW + timedelta(days=300, minutes=30))
    google.staff(Moves(written.ref.event_id, far))
    google.staff(Moves(foreign, far))
    evidence = reader.reads()
    assert gone_in(evidence) == ()
    assert [s.signature.starts_at for s in seen_in(evidence)] == [far.starts_at]
    assert reader.busy() == ()


def test_a_missing_property_is_not_a_missing_event(google: GoogleWorld) -> None:
    """calrs #107: a program of staff's that strips what it does not know takes our mark, not our event."""
    calendar = google.calendar()
    written = calendar.put(own_draft(1), None)
    reader = Reader(calendar)
    reader.reads()
    event = google.ada.events[written.ref.event_id]
    del event.item["extendedProperties"]
    google.google.state.touch(google.ada, event)
    assert gone_in(reader.reads()) == ()
    look = calendar.look(session_id(1), written.ref)
    assert look.answer == "found"
    assert look.seen is not None
    calendar.put(own_draft(1), look.seen.ref)
    assert [s.session_id for s in seen_in(reader.reads())] == [session_id(1)]
    assert reader.busy() == ()


def test_an_emptied_calendar_is_told_one_tombstone_at_a_time_and_each_is_looked_at(google: GoogleWorld) -> None:
    """OGCS #2022; EA #1702: holding them is the engine's (CAL-7); we tell nothing that the calendar did not say."""
    calendar = google.calendar()
    written = [calendar.put(own_draft(n), None) for n in range(4)]
    reader = Reader(calendar)
    reader.reads()
    for each in written[:3]:
        google.staff(Deletes(each.ref.event_id))
    gone = gone_in(reader.reads())
    assert {g.ref.event_id for g in gone} == {w.ref.event_id for w in written[:3]}
    looks = [calendar.look(session_id(n), written[n].ref).answer for n in range(4)]
    assert looks == ["gone", "gone", "gone", "found"]
