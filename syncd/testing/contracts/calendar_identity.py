"""Whose event is it? CAL-11 to CAL-14, and staff's own bookings (K7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.domain.keys import session_key
from syncd.ports.errors import Stale
from syncd.testing.contracts.calendar_acts import (
    CATEGORIES,
    PROVIDER_INVITES,
    Adds,
    Duplicates,
    Moves,
    StaffEntry,
    Writes,
)
from syncd.testing.contracts.calendar_reader import Reader, marked_in, seen_in
from syncd.testing.contracts.calendar_setting import Setting, entry, own_draft, own_span, session_id
from syncd.testing.contracts.calendar_world import CalendarWorld, ContractKeys

CARL = "carl@acme.example"

MARKED = {
    "category": {"category": "support SESSION", "title": "Upgrade"},
    "prefix": {"title": "SUPPORT: Upgrade"},
    "tag-in-title": {"title": "Upgrade #Session"},
    "tag-in-notes": {"title": "Upgrade", "notes": "please\n#session"},
}


class Identity(Setting):
    def test_cal_11_a_lost_database_finds_its_sessions_again(self, world: CalendarWorld) -> None:
        written = [world.calendar().put(own_draft(n), None) for n in (1, 2)]
        evidence = Reader(world.calendar()).reads()
        assert {(e.subject, s.session_id) for e, s in zip(evidence, seen_in(evidence), strict=True)} == {
            (session_key(session_id(n)), session_id(n)) for n in (1, 2)
        }
        assert {s.ref.event_id for s in seen_in(evidence)} == {w.ref.event_id for w in written}

    def test_cal_12_a_copy_is_foreign(self, world: CalendarWorld) -> None:
        written = world.calendar().put(own_draft(1), None)
        copy = world.staff(Duplicates(written.ref.event_id, own_span(5)))
        reader = Reader(world.calendar())
        evidence = reader.reads()
        assert [s.ref.event_id for s in seen_in(evidence)] == [written.ref.event_id]
        assert copy in reader.items
        assert reader.busy() == (own_span(5),)

    def test_cal_12_a_copy_with_the_original_deleted_is_not_the_session(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.staff(Duplicates(written.ref.event_id, own_span(5)))
        calendar.remove(session_id(1), written.ref)
        assert calendar.look(session_id(1), written.ref).answer != "found"
        assert seen_in(Reader(world.calendar()).reads()) == ()

    def test_cal_12_another_installations_event_is_foreign(self, world: CalendarWorld) -> None:
        others = ContractKeys("inst-b", b"other")
        world.calendar(keys=others).put(own_draft(1), None)
        reader = Reader(world.calendar())
        assert seen_in(reader.reads()) == ()
        assert reader.busy() == (own_span(1),)

    def test_cal_13_an_event_is_never_matched_by_time_or_title(self, world: CalendarWorld) -> None:
        draft = own_draft(1)
        world.calendar().put(draft, None)
        twin = world.staff(Adds(StaffEntry(draft.starts_at, draft.ends_at, title=draft.title, notes=draft.block)))
        reader = Reader(world.calendar())
        assert len(seen_in(reader.reads())) == 1
        assert [i for i, item in reader.items.items() if item.times] == [twin]

    def test_cal_14_our_own_write_is_no_change(self, world: CalendarWorld) -> None:
        """sync-multiple-google-calendars #36; calcurse #232: it returns with the signature we were told."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        (seen,) = seen_in(Reader(calendar).reads())
        assert seen.signature == written.signature == own_draft(1).signature()
        changed = calendar.put(own_draft(1, at=4, place="Room  2"), written.ref)
        (seen,) = seen_in(Reader(calendar).reads())
        assert seen.signature == changed.signature == own_draft(1, at=4, place="Room 2").signature()
        assert seen.ref.version == changed.ref.version

    def test_cal_14_staffs_notes_are_no_change(self, world: CalendarWorld) -> None:
        written = world.calendar().put(own_draft(1), None)
        world.staff(Writes(written.ref.event_id, "bring the cable"))
        (seen,) = seen_in(Reader(world.calendar()).reads())
        assert seen.signature == written.signature

    def test_what_staff_do_in_their_calendar_is_seen(self, world: CalendarWorld) -> None:
        """cal #1919, #5124."""
        written = world.calendar().put(own_draft(1), None)
        reader = Reader(world.calendar())
        reader.reads()
        world.staff(Moves(written.ref.event_id, own_span(5)))
        (seen,) = seen_in(reader.reads())
        assert (seen.signature.starts_at, seen.signature.ends_at) == (own_span(5).starts_at, own_span(5).ends_at)
        assert seen.ref.version != written.ref.version

    def test_a_hold_is_tentative_until_it_is_booked(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        held = calendar.put(own_draft(1, tentative=True), None)
        (seen,) = seen_in(Reader(calendar).reads())
        assert seen.signature.status == "tentative"
        calendar.put(own_draft(1), held.ref)
        (seen,) = seen_in(Reader(calendar).reads())
        assert seen.signature.status == "confirmed"


class StaffBook(Setting):
    @pytest.mark.parametrize("how", sorted(MARKED))
    def test_k7_a_marked_event_is_reported_and_stays_busy(self, world: CalendarWorld, how: str) -> None:
        world.needs(*([CATEGORIES] if "category" in MARKED[how] else []))
        event_id = world.staff(Adds(entry(1, **MARKED[how])))
        reader = Reader(world.calendar())
        evidence = reader.reads()
        (marked,) = marked_in(evidence)
        assert marked.ref.event_id == event_id
        assert marked.title == "Upgrade"
        assert (marked.signature.starts_at, marked.signature.ends_at) == (entry(1).starts_at, entry(1).ends_at)
        assert not marked.recurring
        assert reader.busy() == (entry(1).span,)

    def test_k7_addresses_and_words_that_may_be_codes_are_found(self, world: CalendarWorld) -> None:
        world.staff(
            Adds(
                entry(1, title="Support: upgrade for ACME-4711", notes="Ask <Dora@Acme.Example> or carl@acme.example.")
            )
        )
        (marked,) = marked_in(Reader(world.calendar()).reads())
        assert [e.casefold() for e in marked.emails] == ["dora@acme.example", "carl@acme.example"]
        assert "ACME-4711" in {c.upper() for c in marked.codes}

    def test_k7_an_attendee_is_found_and_the_staff_member_is_none(self, world: CalendarWorld) -> None:
        world.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL,))))
        (marked,) = marked_in(Reader(world.calendar()).reads())
        assert marked.emails == (CARL,)
        assert [a.email for a in marked.attendees] == [CARL]
        assert marked.provider_invites is (PROVIDER_INVITES not in world.cannot)

    def test_cal_13_a_marked_series_says_that_it_is_one(self, world: CalendarWorld) -> None:
        world.staff(Adds(entry(1, title="Support: weekly", rule="FREQ=WEEKLY;COUNT=3")))
        marked = marked_in(Reader(world.calendar()).reads())
        assert marked
        assert all(m.recurring for m in marked)

    def test_k7_the_uid_of_a_marked_event_never_changes(self, world: CalendarWorld) -> None:
        event_id = world.staff(Adds(entry(1, title="Support: upgrade")))
        (first,) = marked_in(Reader(world.calendar()).reads())
        world.staff(Moves(event_id, own_span(4)))
        (then,) = marked_in(Reader(world.calendar()).reads())
        assert first.uid == then.uid
        assert first.ref.version != then.ref.version

    def test_k7_an_unmarked_event_with_an_address_is_no_session(self, world: CalendarWorld) -> None:
        world.staff(Adds(entry(1, title="Unsupported: lunch", notes=CARL, attendees=(CARL,))))
        assert Reader(world.calendar()).reads() == ()

    def test_k7_an_adopted_event_is_ours_and_keeps_what_staff_wrote(self, world: CalendarWorld) -> None:
        event_id = world.staff(Adds(entry(1, title="Support: upgrade", notes="my notes")))
        calendar = world.calendar()
        reader = Reader(calendar)
        (marked,) = marked_in(reader.reads())
        written = calendar.put(own_draft(1, adopted=True), marked.ref)
        assert written.ref.event_id == event_id
        evidence = reader.reads()
        assert marked_in(evidence) == ()
        (seen,) = seen_in(evidence)
        assert (seen.session_id, seen.ref.event_id) == (session_id(1), event_id)
        assert reader.busy() == ()
        standing = world.stands(event_id)
        assert standing is not None
        assert standing.title == "Support: upgrade"
        assert "my notes" in standing.text
        assert "500 554 261#" in standing.text
        assert len(world.standing()) == 1

    def test_cal_13_an_event_that_changed_before_it_was_adopted_is_decided_again(self, world: CalendarWorld) -> None:
        event_id = world.staff(Adds(entry(1, title="Support: upgrade")))
        calendar = world.calendar()
        (marked,) = marked_in(Reader(calendar).reads())
        world.staff(Moves(event_id, own_span(5)))
        with pytest.raises(Stale):
            calendar.put(own_draft(1, adopted=True), marked.ref)
        standing = world.stands(event_id)
        assert standing is not None
        assert standing.span == own_span(5)

    def test_cal_21_nobody_is_added_to_or_taken_from_an_adopted_event(self, world: CalendarWorld) -> None:
        event_id = world.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL, "dora@acme.example"))))
        before = world.stands(event_id)
        calendar = world.calendar()
        (marked,) = marked_in(Reader(calendar).reads())
        written = calendar.put(own_draft(1, adopted=True, notify=marked.provider_invites), marked.ref)
        calendar.put(replace(own_draft(1, at=3, adopted=True), notify=marked.provider_invites), written.ref)
        after = world.stands(event_id)
        assert before is not None
        assert after is not None
        assert [a for a, _ in after.attendees] == [a for a, _ in before.attendees]
        assert written.signature is not None
        assert written.signature.attendees == (CARL, "dora@acme.example")

    def test_cal_21_the_customer_gets_one_invitation(self, world: CalendarWorld) -> None:
        """calrs #141; cal #9485, #10431: the provider's own update, once a change, where it had invited them."""
        world.needs(PROVIDER_INVITES)
        world.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL,))))
        calendar = world.calendar()
        (marked,) = marked_in(Reader(calendar).reads())
        before = world.mails()
        calendar.put(own_draft(1, adopted=True, notify=True), marked.ref)
        assert world.mails()[len(before) :] == (CARL,)

    def test_cal_21_without_notify_nobody_is_mailed_about_an_adopted_event(self, world: CalendarWorld) -> None:
        world.staff(Adds(entry(1, title="Support: upgrade", notes=CARL)))
        calendar = world.calendar()
        (marked,) = marked_in(Reader(calendar).reads())
        before = world.mails()
        calendar.put(own_draft(1, adopted=True), marked.ref)
        assert world.mails() == before
