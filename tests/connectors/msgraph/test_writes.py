"""What of Graph's own ways of writing is met? GRA-7 to GRA-10, and what CAL-11 to CAL-21 mean here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.exchange import items
from connectors.exchange import translate as ews
from connectors.msgraph import own
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable, Stale
from syncd.testing.contracts.calendar_acts import (
    Adds,
    Answers,
    Deletes,
    DropsNextWriteAnswer,
    Duplicates,
    Moves,
    MovesToOtherCalendar,
    Writes,
)
from syncd.testing.contracts.calendar_reader import Reader, gone_in, seen_in
from syncd.testing.contracts.calendar_setting import entry, hour, own_draft, own_span, session_id
from syncd.testing.contracts.calendar_world import ContractKeys
from tests.connectors.msgraph.world import GraphWorld
from tests.simulators.graph.mailbox import Event

CARL = "carl@acme.example"


def event_of(world: GraphWorld, event_id: str) -> Event:
    return world.mailbox.events[event_id]


class TestCreating:
    def test_gra_7_a_create_carries_a_transaction_and_comes_after_a_search(self, world: GraphWorld) -> None:
        world.calendar().put(own_draft(1), None)
        asked = [(each.split(" ")[0], each.rsplit("/", 1)[1]) for each in world.graph.record]
        assert asked[:2] == [("GET", "events"), ("POST", "events")]
        first = world.graph.written[0]["transactionId"]
        assert first == own.transaction(ContractKeys(), session_id(1), 0, 0)
        assert first != own.transaction(ContractKeys(), session_id(1), 1, 0)

    def test_gra_7_a_create_whose_search_saw_nothing_yet_makes_no_second_event(self, world: GraphWorld) -> None:
        """The answer was lost and the search lags: the transaction remembers."""
        calendar = world.calendar()
        world.graph.lag()
        world.graph.knobs.drops_next_write = True
        with pytest.raises(OutcomeUnknown):
            calendar.put(own_draft(1), None)
        with pytest.raises(OutcomeUnknown):
            calendar.put(own_draft(1), None)
        world.heal()
        written = calendar.put(own_draft(1), None)
        (standing,) = world.standing()
        assert standing.event_id == written.ref.event_id

    def test_gra_7_a_create_that_was_done_long_ago_and_is_seen_late_makes_no_second_event(
        self, world: GraphWorld
    ) -> None:
        """The engine asks again minutes later, and the search lags still: what is not whole was never acknowledged."""
        calendar = world.calendar()
        world.graph.lag()
        world.suffers(DropsNextWriteAnswer())
        for _ in range(3):
            with pytest.raises(OutcomeUnknown):
                calendar.put(own_draft(1), None)
            world.graph.now += timedelta(minutes=5)
            (made,) = world.mailbox.events.values()
            unseen = replace(made, calendar="in no listing yet")
            world.graph.replica = {world.mailbox.address: replace(world.mailbox, events={made.id: unseen})}
        world.heal()
        assert calendar.put(own_draft(1), None).ref.event_id == made.id

    @pytest.mark.parametrize("conflicts", [False, True], ids=["answered-with-the-old-one", "refused-with-409"])
    def test_a_restored_session_reuses_its_deleted_id(self, world: GraphWorld, conflicts: bool) -> None:
        """google-api-ruby-client #1811; nextcloud/server #30096: Graph gives its own ids, and may remember the deleted
        event by its transaction; the session stands again all the same, once."""
        world.graph.knobs.conflicts_on_repeat = conflicts
        calendar = world.calendar()
        for _ in range(2):
            written = calendar.put(own_draft(1), None)
            world.staff(Deletes(written.ref.event_id))
        written = calendar.put(own_draft(1), None)
        (standing,) = world.standing()
        assert standing.event_id == written.ref.event_id
        assert len(world.trashed()) == 2

    def test_graph_that_remembers_only_deleted_events_is_asked_a_few_times_alone(self, world: GraphWorld) -> None:
        calendar = world.calendar()
        for _ in range(own.REPEATS_MAX):
            world.staff(Deletes(calendar.put(own_draft(1), None).ref.event_id))
        with pytest.raises(Retryable):
            calendar.put(own_draft(1), None)
        assert world.standing() == ()

    def test_a_create_that_is_killed_before_its_mark_is_whole_is_completed(self, world: GraphWorld) -> None:
        """The event is known by its transaction meanwhile (CAL-11)."""
        made_in_half(world)
        (seen,) = seen_in(Reader(world.calendar()).reads())
        assert seen.session_id == session_id(1)
        written = world.calendar().put(own_draft(1), None)
        (standing,) = world.standing()
        assert standing.event_id == written.ref.event_id == seen.ref.event_id
        assert own.EVENT_PROPERTY.casefold() in event_of(world, standing.event_id).properties

    def test_a_copy_of_an_event_whose_mark_is_not_whole_is_foreign(self, world: GraphWorld) -> None:
        made_in_half(world)
        (made,) = world.standing()
        copy = world.staff(Duplicates(made.event_id, own_span(5)))
        reader = Reader(world.calendar())
        assert [s.ref.event_id for s in seen_in(reader.reads())] == [made.event_id]
        assert reader.items[copy].times


class TestMarks:
    def test_gra_9_the_mark_is_that_of_ews_and_names_the_uid(self, world: GraphWorld) -> None:
        written = world.calendar().put(own_draft(1), None)
        event = event_of(world, written.ref.event_id)
        assert own.PROPERTY_SET == items.PROPERTY_SET
        assert own.SESSION_PROPERTY.endswith(f"Name {items.SESSION_PROPERTY}")
        assert own.EVENT_PROPERTY.endswith(f"Name {items.EVENT_PROPERTY}")
        assert own.session_value(ContractKeys(), session_id(1)) == ews.session_mark(ContractKeys(), session_id(1))
        assert event.properties[own.SESSION_PROPERTY.casefold()] == f"inst-a:{session_id(1)}"
        assert event.properties[own.EVENT_PROPERTY.casefold()].split(" ")[0] == event.uid

    def test_gra_9_a_session_that_moved_here_from_ews_is_ours(self, world: GraphWorld) -> None:
        """Its mark names the UID alone, and its ids are new."""
        event_id = world.staff(Adds(entry(1)))
        event = event_of(world, event_id)
        event.properties[own.SESSION_PROPERTY.casefold()] = f"inst-a:{session_id(1)}"
        event.properties[own.EVENT_PROPERTY.casefold()] = event.uid
        calendar = world.calendar()
        (seen,) = seen_in(Reader(calendar).reads())
        assert (seen.session_id, seen.ref.event_id) == (session_id(1), event_id)
        assert calendar.put(own_draft(1), None).ref.event_id == event_id
        assert len(world.standing()) == 1

    def test_cal_12_a_copy_that_keeps_even_the_uid_is_foreign(self, world: GraphWorld) -> None:
        written = world.calendar().put(own_draft(1), None)
        copy = world.staff(Duplicates(written.ref.event_id, own_span(5)))
        event_of(world, copy).uid = event_of(world, written.ref.event_id).uid
        reader = Reader(world.calendar())
        assert [s.ref.event_id for s in seen_in(reader.reads())] == [written.ref.event_id]
        assert reader.busy() == world.calendar().busy(own_span(5)).spans == (own_span(5),)

    def test_cal_13_an_event_of_one_session_never_becomes_anothers(self, world: GraphWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        with pytest.raises(Permanent):
            calendar.put(own_draft(2), written.ref)
        (seen,) = seen_in(Reader(calendar).reads())
        assert seen.session_id == session_id(1)


class TestChanging:
    def test_gra_8_every_change_and_deletion_names_the_version(self, world: GraphWorld) -> None:
        """The simulator refuses those that do not, and a refusal would fail this test at its end."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        written = calendar.put(own_draft(1, at=3), written.ref)
        calendar.remove(session_id(1), written.ref)
        assert [each.split(" ")[0] for each in world.graph.record].count("PATCH") == 2
        assert [each.split(" ")[0] for each in world.graph.record].count("DELETE") == 1

    def test_cal_16_only_what_differs_is_written(self, world: GraphWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        for change, names in (
            ({"at": 3}, {"start", "end"}),
            ({"at": 3, "place": "Room 2"}, {"location"}),
            ({"at": 3, "place": "Room 2", "tentative": True}, {"showAs"}),
            ({"at": 3, "place": "Room 2", "tentative": True, "block": "New"}, {"body"}),
        ):
            written = calendar.put(own_draft(1, **change), written.ref)
            assert set(world.graph.written[-1]) == names
        before = len(world.graph.written)
        assert calendar.put(own_draft(1, **change), written.ref) == written
        assert len(world.graph.written) == before

    def test_what_staff_show_the_time_as_stays(self, world: GraphWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        event_of(world, written.ref.event_id).show_as = "oof"
        calendar.put(own_draft(1, at=3), written.ref)
        assert event_of(world, written.ref.event_id).show_as == "oof"

    def test_an_event_that_staff_made_all_day_gets_its_hours_back(self, world: GraphWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        event = event_of(world, written.ref.event_id)
        event.all_day, event.zone = True, world.zone
        calendar.put(own_draft(1, at=3), written.ref)
        assert (event.all_day, event.starts_at) == (False, hour(3))

    def test_an_event_in_deleted_items_is_not_written_to(self, world: GraphWorld) -> None:
        """Graph would take it, and nobody would ever see it (GRA-4)."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.staff(Deletes(written.ref.event_id))
        trashed = event_of(world, written.ref.event_id)
        with pytest.raises(Stale) as caught:
            calendar.put(own_draft(1, at=3), replace(written.ref, version=trashed.etag))
        assert caught.value.seen is None
        assert trashed.starts_at == hour(1)

    def test_an_event_that_staff_moved_to_another_calendar_is_still_the_sessions(self, world: GraphWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        reader = Reader(calendar)
        reader.reads()
        world.staff(MovesToOtherCalendar(written.ref.event_id))
        assert gone_in(reader.reads())
        look = calendar.look(session_id(1), written.ref)
        assert look.answer == "found"
        assert look.seen is not None
        calendar.put(own_draft(1, at=3), look.seen.ref)
        assert event_of(world, written.ref.event_id).starts_at == hour(3)

    def test_a_conflict_that_comes_between_reading_and_writing_is_stale_too(self, world: GraphWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.graph.lag()
        world.staff(Moves(written.ref.event_id, own_span(5)))
        with pytest.raises(Stale):
            calendar.put(own_draft(1, at=3), written.ref)
        assert event_of(world, written.ref.event_id).starts_at == hour(5)

    def test_a_deletion_that_graph_refuses_since_it_is_done_is_done(self, world: GraphWorld) -> None:
        """msgraph-sdk-dotnet #3047: with immutable ids the second deletion is refused with 403."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.graph.lag()
        world.graph.mailboxes[world.mailbox.address].events[written.ref.event_id].calendar = "deleted-items"
        calendar.remove(session_id(1), written.ref)

    def test_cal_18_a_lost_answer_is_never_a_conflict_with_a_deletion(self, world: GraphWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.suffers(DropsNextWriteAnswer())
        with pytest.raises(OutcomeUnknown):
            calendar.remove(session_id(1), written.ref)
        calendar.remove(session_id(1), written.ref)
        assert (world.standing(), len(world.trashed())) == ((), 1)

    @pytest.mark.parametrize(
        ("code", "error"),
        [("ErrorQuotaExceeded", Permanent), ("ErrorAccessDenied", Permanent), ("ErrorInternalServerTransientError", 0)],
    )
    def test_cal_19_a_refused_write_tells_what_to_do(self, world: GraphWorld, code: str, error: object) -> None:
        calendar = world.calendar()
        world.suffers(Answers(507 if code == "ErrorQuotaExceeded" else 403 if error else 503, writes_only=True))
        world.graph.knobs.code = code
        with pytest.raises((Permanent, OutcomeUnknown)) as caught:
            calendar.put(own_draft(1), None)
        assert isinstance(caught.value, Permanent) is bool(error)
        assert bool(caught.value.hint) is bool(error)


def test_outcome_tags_are_read_and_our_block_is_not_searched_for_them(world: GraphWorld) -> None:
    """K8: staff's words count, ours do not."""
    calendar = world.calendar()
    written = calendar.put(own_draft(1, block="See #ticket-7"), None)
    world.staff(Writes(written.ref.event_id, "went well #Attended"))
    (seen,) = seen_in(Reader(calendar).reads())
    assert seen.tags == ("#attended",)


def test_an_application_that_may_not_write_is_told_so_when_it_looks(world: GraphWorld) -> None:
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    world.graph.denied.add(world.mailbox.address)
    with pytest.raises(Misconfigured) as caught:
        calendar.look(session_id(1), written.ref)
    assert "Calendars.ReadWrite" in caught.value.hint


def made_in_half(world: GraphWorld) -> None:
    """A create that ends between its two writes: Graph fails, or the daemon is killed."""
    world.graph.knobs.writes_left = 1
    with pytest.raises(OutcomeUnknown):
        world.calendar().put(own_draft(1), None)
    world.heal()
