"""GOO-4, GOO-5, GOO-10, CAL-15 to CAL-21: what is written, under which condition, and who hears of it."""

from __future__ import annotations

import re

import pytest

from connectors.google_calendar import words
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Stale
from syncd.testing.contracts.calendar_acts import Adds, Deletes, MovesToOtherCalendar, Writes
from syncd.testing.contracts.calendar_reader import Reader, marked_in, seen_in
from syncd.testing.contracts.calendar_setting import entry, own_draft, own_span, session_id
from syncd.testing.contracts.calendar_world import ContractKeys
from tests.connectors.google_calendar.world import STRANGER, TEAM, GoogleWorld
from tests.simulators.google.faults import Refusal

CARL = "carl@acme.example"


def asked(google: GoogleWorld, since: int = 0) -> list[str]:
    return [name.removeprefix("calendar.events.") for name in google.google.requests[since:]]


def test_goo_4_the_id_of_an_own_event_is_one_that_google_takes(google: GoogleWorld) -> None:
    written = google.calendar().put(own_draft(1), None)
    assert re.fullmatch(r"[0-9a-v]{26}", written.ref.event_id)
    assert google.ada.events[written.ref.event_id].item["iCalUID"] == f"{written.ref.event_id}@google.com"


def test_goo_4_a_create_sent_twice_by_the_library_makes_one_event(google: GoogleWorld) -> None:
    """The connection drops after Google has done it; httplib2 sends it again by itself, and meets 409."""
    google.google.faults.drops_write_answers, google.google.faults.drops_politely = 1, True
    written = google.calendar().put(own_draft(1), None)
    assert asked(google) == ["insert", "insert", "get"]
    assert [s.event_id for s in google.standing()] == [written.ref.event_id]


def test_cal_18_a_create_whose_answers_all_get_lost_is_unknown_then_found(google: GoogleWorld) -> None:
    google.google.faults.drops_write_answers = 5
    calendar = google.calendar()
    with pytest.raises(OutcomeUnknown):
        calendar.put(own_draft(1), None)
    google.heal()
    written = calendar.put(own_draft(1), None)
    assert [s.event_id for s in google.standing()] == [written.ref.event_id]
    assert written.signature == own_draft(1).signature()


def test_cal_18_a_write_that_gets_no_answer_in_time_is_unknown(google: GoogleWorld) -> None:
    calendar = google.account(timeout_seconds=0.2).open(google.binding())
    calendar.probe()
    google.google.faults.stalls = True
    with pytest.raises(OutcomeUnknown):
        calendar.put(own_draft(1), None)
    google.heal()
    calendar.put(own_draft(1), None)
    assert len(google.standing()) == 1


def test_goo_5_a_restored_session_reuses_its_deleted_id(google: GoogleWorld) -> None:
    """googleapis/google-api-ruby-client #1811; nextcloud/server #30096."""
    calendar = google.calendar()
    first = calendar.put(own_draft(1), None)
    google.staff(Writes(first.ref.event_id, "bring the cable"))
    google.staff(Deletes(first.ref.event_id))
    again = calendar.put(own_draft(1, at=4), None)
    assert again.ref.event_id == first.ref.event_id
    (standing,) = google.standing()
    assert standing.span == own_span(4)
    assert "bring the cable" in standing.text
    assert standing.text.count(words.BLOCK_BEGINS) == 1


def test_goo_5_an_id_that_google_does_not_give_back_is_followed_by_the_next_generation(google: GoogleWorld) -> None:
    calendar = google.calendar()
    first = calendar.put(own_draft(1), None)
    google.staff(Deletes(first.ref.event_id))
    google.ada.purged.add(first.ref.event_id)
    second = calendar.put(own_draft(1), None)
    assert second.ref.event_id != first.ref.event_id
    assert calendar.put(own_draft(1), None).ref == second.ref
    calendar.remove(session_id(1), None)
    assert google.standing() == ()


def test_goo_5_ids_are_not_tried_without_end(google: GoogleWorld) -> None:
    calendar = google.calendar()
    for _ in range(5):
        written = calendar.put(own_draft(1), None)
        google.staff(Deletes(written.ref.event_id))
        google.ada.purged.add(written.ref.event_id)
    with pytest.raises(Permanent):
        calendar.put(own_draft(1), None)


def test_goo_10_a_patch_names_what_changed_and_nothing_else(google: GoogleWorld) -> None:
    event_id = google.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL,), notes="mine")))
    before = dict(google.ada.events[event_id].item)
    calendar = google.calendar()
    (marked,) = marked_in(Reader(calendar).reads())
    draft = own_draft(1, adopted=True, place="")
    calendar.put(draft, marked.ref)
    after = google.ada.events[event_id].item
    differing = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert differing == {"description", "extendedProperties", "updated"}


def test_a_change_that_says_nothing_new_is_not_written(google: GoogleWorld) -> None:
    calendar = google.calendar()
    first = calendar.put(own_draft(1), None)
    since = len(google.google.requests)
    again = calendar.put(own_draft(1), first.ref)
    assert asked(google, since) == ["get"]
    assert again == first


def test_cal_15_a_change_by_staff_between_our_reading_and_our_writing_is_a_conflict(google: GoogleWorld) -> None:
    """The replica that we read from does not know of it yet: only If-Match does."""
    calendar = google.calendar()
    first = calendar.put(own_draft(1), None)
    google.google.faults.replica = google.google.state.replica()
    google.staff(Writes(first.ref.event_id, "bring the cable"))
    with pytest.raises(Stale):
        calendar.put(own_draft(1, at=4), first.ref)
    google.heal()
    (standing,) = google.standing()
    assert standing.span == own_span(1)
    assert "bring the cable" in standing.text


def test_cal_15_a_delete_meets_the_condition_too(google: GoogleWorld) -> None:
    calendar = google.calendar()
    first = calendar.put(own_draft(1), None)
    google.staff(Writes(first.ref.event_id, "bring the cable"))
    with pytest.raises(Stale) as caught:
        calendar.remove(session_id(1), first.ref)
    assert caught.value.seen is not None
    calendar.remove(session_id(1), caught.value.seen.ref)
    assert google.standing() == ()


def test_cal_16_staffs_notes_stay_as_googles_editor_leaves_them(google: GoogleWorld) -> None:
    """The web editor turns line breaks into <br>, and our block with them."""
    calendar = google.calendar()
    first = calendar.put(own_draft(1), None)
    event = google.ada.events[first.ref.event_id]
    edited = "<b>Bring</b> the cable &amp; the key #late15<br>" + event.item["description"].replace("\n", "<br>")
    event.item["description"] = edited
    google.google.state.touch(google.ada, event)
    (seen,) = seen_in(Reader(calendar).reads())
    assert seen.tags == ("#late15",)
    unchanged = calendar.put(own_draft(1), seen.ref)
    assert google.ada.events[first.ref.event_id].item["description"] == edited
    calendar.put(own_draft(1, block="New <data> & more"), unchanged.ref)
    text = google.ada.events[first.ref.event_id].item["description"]
    assert text.startswith("<b>Bring</b> the cable &amp; the key #late15<br>")
    assert "New &lt;data&gt; &amp; more" in text
    assert "Acme" not in text
    assert text.count(words.BLOCK_BEGINS) == 1


def test_cal_19_what_somebody_else_organizes_cannot_be_changed_and_is_said_so(google: GoogleWorld) -> None:
    event_id = google.staff(Adds(entry(1, title="Support: theirs")))
    google.ada.events[event_id].item["organizer"] = {"email": STRANGER}
    calendar = google.calendar()
    (marked,) = marked_in(Reader(calendar).reads())
    with pytest.raises(Permanent) as caught:
        calendar.put(own_draft(1, adopted=True), marked.ref)
    assert "organizes" in caught.value.hint


@pytest.mark.parametrize("status", [404, 410])
def test_goo_9_a_delete_of_what_is_gone_is_done(google: GoogleWorld, status: int) -> None:
    calendar = google.calendar()
    first = calendar.put(own_draft(1), None)
    if status == 404:
        del google.ada.events[first.ref.event_id]
    else:
        google.staff(Deletes(first.ref.event_id))
    calendar.remove(session_id(1), first.ref)
    assert google.standing() == ()


def test_goo_9_a_404_that_is_no_statement_about_the_event_is_not_taken_for_done(google: GoogleWorld) -> None:
    calendar = google.calendar()
    first = calendar.put(own_draft(1), None)
    google.google.faults.refusal = Refusal(404, "notFound", writes_only=True)
    with pytest.raises((Stale, Permanent, Misconfigured)):
        calendar.remove(session_id(1), first.ref)
    assert len(google.standing()) == 1


@pytest.mark.parametrize("notify", [False, True])
def test_cal_21_the_provider_writes_to_guests_only_where_it_is_told_to(google: GoogleWorld, notify: bool) -> None:
    google.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL,))))
    calendar = google.calendar()
    (marked,) = marked_in(Reader(calendar).reads())
    before = len(google.mails())
    written = calendar.put(own_draft(1, adopted=True, notify=notify), marked.ref)
    calendar.remove(session_id(1), written.ref, notify=notify)
    kinds = [mail.kind for mail in google.google.state.mails[before:]]
    assert kinds == (["update", "cancellation"] if notify else [])


def test_cal_6_an_event_dragged_to_another_configured_calendar_is_found_there(google: GoogleWorld) -> None:
    google.settings["search_all_calendars"] = False
    account = google.account()
    binding = google.binding()
    fields = {name: getattr(binding, name) for name in binding.__slots__}
    account.open(type(binding)(**{**fields, "calendar_id": "team", "address": TEAM, "writable": False}))
    calendar = account.open(binding)
    written = calendar.put(own_draft(1), None)
    google.staff(MovesToOtherCalendar(written.ref.event_id))
    look = calendar.look(session_id(1), written.ref)
    assert look.answer == "found"
    assert look.seen is not None
    assert look.seen.ref.calendar_id == "team"


def test_cal_6_an_event_dragged_to_a_calendar_that_nobody_configured_is_not_gone(google: GoogleWorld) -> None:
    calendar = google.calendar()
    written = calendar.put(own_draft(1), None)
    google.staff(MovesToOtherCalendar(written.ref.event_id))
    assert calendar.look(session_id(1), written.ref).answer == "unknown"


def test_cal_6_a_calendar_that_cannot_be_searched_leaves_a_doubt(google: GoogleWorld) -> None:
    account = google.account()
    binding = google.binding()
    fields = {name: getattr(binding, name) for name in binding.__slots__}
    account.open(type(binding)(**{**fields, "calendar_id": "lost", "address": "lost@group.calendar.example"}))
    calendar = account.open(binding)
    written = calendar.put(own_draft(1), None)
    google.staff(Deletes(written.ref.event_id))
    assert calendar.look(session_id(1), written.ref).answer == "unknown"


def test_cal_12_a_session_is_searched_by_our_mark_alone(google: GoogleWorld) -> None:
    """Another installation's event of the same session id is neither found nor removed."""
    theirs = google.calendar(keys=ContractKeys("inst-b", b"other")).put(own_draft(1), None)
    calendar = google.calendar()
    ours = calendar.put(own_draft(1), None)
    calendar.remove(session_id(1), None)
    assert [s.event_id for s in google.standing()] == [theirs.ref.event_id]
    assert calendar.look(session_id(1), ours.ref).answer == "gone"
