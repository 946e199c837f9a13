"""What of Graph's own ways of telling changes is met? GRA-2 to GRA-6, and the incidents behind them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.domain.spans import Span
from syncd.testing.contracts.calendar_acts import (
    Adds,
    AddsOrphan,
    Answers,
    CancelsInstance,
    Deletes,
    Kind,
    Moves,
    MovesInstance,
    SmallPages,
    StaffEntry,
)
from syncd.testing.contracts.calendar_reader import Reader, gone_in, marked_in, seen_in, window
from syncd.testing.contracts.calendar_setting import entry, hour, own_draft, own_span, session_id
from syncd.testing.contracts.calendar_world import NOW
from tests.connectors.msgraph.world import GraphWorld, asked

FAR = Span(NOW + timedelta(days=200), NOW + timedelta(days=200, minutes=30))
DAILY = "FREQ=DAILY;COUNT=3"


class TestRemovals:
    def test_removed_outside_the_window_is_no_deletion(self, world: GraphWorld) -> None:
        """contrib #4258: the event was moved half a year ahead, and stands."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        reader = Reader(calendar)
        reader.reads()
        world.staff(Moves(written.ref.event_id, FAR))
        assert [g.how for g in gone_in(reader.reads())] == ["tombstone"]
        look = calendar.look(session_id(1), written.ref)
        assert look.answer == "found"
        assert look.seen is not None
        assert look.seen.signature.starts_at == FAR.starts_at

    def test_gra_4_an_event_that_is_new_outside_the_window_disturbs_nobody(self, world: GraphWorld) -> None:
        """microsoft-graph-docs #6599: it is told as removed."""
        calendar = world.calendar()
        calendar.put(own_draft(1), None)
        reader = Reader(calendar)
        reader.reads()
        before = dict(reader.items)
        world.staff(Adds(StaffEntry(FAR.starts_at, FAR.ends_at)))
        reader.reads()
        assert {i: item.times for i, item in reader.items.items()} == {i: item.times for i, item in before.items()}
        assert reader.busy() == ()

    def test_gra_4_an_event_in_deleted_items_is_gone_though_graph_still_finds_it(self, world: GraphWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.staff(Deletes(written.ref.event_id))
        assert written.ref.event_id in world.trashed()
        assert calendar.look(session_id(1), written.ref).answer == "gone"

    def test_gra_4_a_phantom_deletion_frees_no_foreign_time(self, world: GraphWorld) -> None:
        single, series = world.staff(Adds(entry(1))), world.staff(Adds(entry(3, rule=DAILY)))
        reader = Reader(world.calendar())
        reader.reads()
        before = reader.busy()
        world.graph.knobs.phantoms += [single, series]
        reader.reads()
        assert reader.busy() == before
        assert len(before) == 4

    @pytest.mark.parametrize("each_is_told", [False, True], ids=["the-master-alone", "each-occurrence"])
    def test_gra_4_a_deleted_series_stops_being_busy(self, world: GraphWorld, each_is_told: bool) -> None:
        world.graph.knobs.tells_removed_occurrences = each_is_told
        series = world.staff(Adds(entry(1, rule=DAILY)))
        world.staff(Adds(entry(3, rule=DAILY)))
        reader = Reader(world.calendar())
        reader.reads()
        world.staff(Deletes(series))
        reader.reads()
        assert reader.busy() == (own_span(3), own_span(27), own_span(51))


class TestSeries:
    @pytest.mark.parametrize("kind", [Kind.FREE, Kind.CANCELLED, Kind.DECLINED, Kind.WORKING_LOCATION], ids=str)
    def test_bare_occurrences_take_their_state_from_the_master(self, world: GraphWorld, kind: Kind) -> None:
        """contrib #34; ridafkih/keeper.sh PR #409."""
        world.staff(Adds(entry(1, kind=kind, rule=DAILY)))
        world.staff(Adds(entry(3, rule=DAILY)))
        reader = Reader(world.calendar())
        reader.reads()
        assert reader.busy() == (own_span(3), own_span(27), own_span(51))

    def test_gra_5_the_masters_own_row_is_no_busy_time(self, world: GraphWorld) -> None:
        """It began last year, when Graph still shows it."""
        began = hour(1) - timedelta(days=364)
        series = world.staff(Adds(StaffEntry(began, began + timedelta(minutes=30), rule="FREQ=WEEKLY")))
        reader = Reader(world.calendar())
        reader.reads()
        assert min(time.span.starts_at for time in reader.items[series].times) >= NOW - timedelta(days=1)

    def test_gra_5_a_master_that_the_page_does_not_hold_is_fetched_once_a_round(self, world: GraphWorld) -> None:
        world.graph.knobs.splits_series = True
        world.suffers(SmallPages(2))
        series = world.staff(Adds(entry(1, rule="FREQ=DAILY;COUNT=9")))
        reader = Reader(world.calendar())
        reader.reads()
        assert len(reader.batches) == 5
        assert asked(world).count(f"GET /events/{series}") <= 1
        assert len(reader.busy()) == 9

    @pytest.mark.parametrize("items", [1, 2, 3, 5])
    @pytest.mark.parametrize("masters_last", [False, True])
    def test_gra_5_a_series_that_is_split_over_pages_stays_whole(
        self, world: GraphWorld, items: int, masters_last: bool
    ) -> None:
        """Graph is said never to do it; if it does, a later page must not replace what an earlier one told."""
        world.graph.knobs.splits_series, world.graph.knobs.masters_last = True, masters_last
        series = world.staff(Adds(entry(1, rule="FREQ=DAILY;COUNT=4")))
        world.staff(MovesInstance(series, hour(25), own_span(29)))
        world.staff(Adds(entry(3, kind=Kind.FREE, rule=DAILY)))
        world.suffers(SmallPages(items))
        reader = Reader(world.calendar())
        reader.reads()
        assert reader.busy() == (own_span(1), own_span(29), own_span(49), own_span(73))

    def test_gra_5_a_deleted_occurrence_of_which_nothing_is_said_frees_its_place(self, world: GraphWorld) -> None:
        """Graph tells the rest of the series, and no word of the one that is gone."""
        series = world.staff(Adds(entry(1, rule=DAILY)))
        reader = Reader(world.calendar())
        reader.reads()
        world.staff(CancelsInstance(series, hour(25)))
        batch = reader.reads_page()
        assert [item.gone for item in batch.busy] == [False]
        assert reader.busy() == (own_span(1), own_span(49))

    def test_gra_5_a_moved_series_leaves_no_old_occurrence_behind(self, world: GraphWorld) -> None:
        """AvengeMedia/dankcalendar #95."""
        series = world.staff(Adds(entry(1, rule=DAILY)))
        reader = Reader(world.calendar())
        reader.reads()
        world.staff(Moves(series, own_span(4)))
        reader.reads()
        assert reader.busy() == (own_span(4), own_span(28), own_span(52))

    def test_cal_24_an_orphan_that_is_deleted_stops_being_busy(self, world: GraphWorld) -> None:
        orphan = world.staff(AddsOrphan(hour(1), own_span(3)))
        reader = Reader(world.calendar())
        reader.reads()
        world.staff(Deletes(orphan))
        reader.reads()
        assert reader.busy() == ()

    def test_a_marked_occurrence_is_told_as_its_series(self, world: GraphWorld) -> None:
        """CAL-13: sessions do not recur; staff are asked once, not for each occurrence."""
        series = world.staff(Adds(entry(1, rule=DAILY)))
        reader = Reader(world.calendar())
        reader.reads()
        for n in (1, 25):
            world.staff(MovesInstance(series, hour(n), own_span(n + 2)))
        for each in world.mailbox.events.values():
            if each.series == series:
                each.subject = "Support: upgrade"
        (marked,) = marked_in(reader.reads())
        assert (marked.ref.event_id, marked.recurring) == (series, True)

    def test_a_session_that_staff_make_a_series_is_seen_and_is_no_foreign_time(self, world: GraphWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        reader = Reader(calendar)
        reader.reads()
        world.mailbox.events[written.ref.event_id].rule = DAILY
        world.staff(Moves(written.ref.event_id, own_span(5)))
        (seen,) = seen_in(reader.reads())
        assert (seen.session_id, seen.signature.starts_at) == (session_id(1), hour(5))
        assert reader.busy() == ()


def test_a_missing_property_is_not_a_missing_event(world: GraphWorld) -> None:
    """calrs #107: some program dropped our mark; the event stands, and a look says so."""
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    reader = Reader(calendar)
    reader.reads()
    event = world.mailbox.events[written.ref.event_id]
    event.properties.clear()
    world.mailbox.touched(event, world.graph.now)
    assert gone_in(reader.reads()) == ()
    assert calendar.look(session_id(1), written.ref).answer == "found"
    calendar.put(own_draft(1), replace(written.ref, version=event.etag))
    assert [s.session_id for s in seen_in(reader.reads())] == [session_id(1)]


@pytest.mark.parametrize("code", ["ErrorInvalidUser", "MailboxNotEnabledForRESTAPI", "ResourceNotFound", "x"])
def test_cal_6_a_404_that_speaks_of_something_else_is_no_deletion(world: GraphWorld, code: str) -> None:
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    world.suffers(Answers(404))
    world.graph.knobs.code = code
    assert calendar.look(session_id(1), written.ref).answer == "unknown"


def test_what_is_declined_or_unsure_blocks_by_the_setting(world: GraphWorld) -> None:
    """CAL-22: tentative and unanswered entries are busy unless the operator says otherwise."""
    world.settings = {"tentative_is_busy": False}
    for n, kind in enumerate((Kind.TENTATIVE, Kind.UNANSWERED, Kind.PLAIN)):
        world.staff(Adds(entry(n, kind=kind)))
    reader = Reader(world.calendar())
    reader.reads()
    assert reader.busy() == world.calendar().busy(window()).spans == (own_span(2),)
