"""Where are we in a calendar's changes? Rounds, links and cursors: CAL-1, CAL-3, CAL-30, GRA-3, GRA-6."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.msgraph.cursor import PAGES_MAX
from syncd.ports.errors import CursorExpired, Misconfigured, Retryable
from syncd.testing.contracts.calendar_acts import Adds, Deletes, LosesCursors
from syncd.testing.contracts.calendar_reader import Reader
from syncd.testing.contracts.calendar_setting import entry, own_draft, own_span
from syncd.testing.contracts.calendar_world import NOW
from tests.connectors.cursors import altered, held
from tests.connectors.msgraph.world import GraphWorld, asked


def test_gra_3_a_round_begins_anew_each_day(world: GraphWorld) -> None:
    reader = Reader(world.calendar())
    reader.reads()
    reader.calendar.observe(reader.cursor, NOW + timedelta(hours=23))
    with pytest.raises(CursorExpired):
        reader.calendar.observe(reader.cursor, NOW + timedelta(hours=24))


def test_gra_3_the_changes_are_asked_for_without_any_option(world: GraphWorld) -> None:
    """Graph supports none there; the simulator refuses them, and a refusal would fail this test at its end."""
    world.staff(Adds(entry(1)))
    Reader(world.calendar()).reads()
    assert any("calendarView/delta" in each for each in asked(world))


def test_gra_3_a_quiet_calendar_costs_one_request_and_outlives_old_links(world: GraphWorld) -> None:
    """Graph forgets older links soon: the newest is used, though the stored cursor stays as it is."""
    world.graph.knobs.tokens_kept = 2
    world.staff(Adds(entry(1)))
    reader = Reader(world.calendar())
    reader.reads()
    before = world.requests()
    for _ in range(5):
        assert reader.reads_page().busy == ()
    assert world.requests() - before == 5
    world.staff(Adds(entry(2)))
    reader.reads()
    assert reader.busy() == (own_span(1), own_span(2))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (410, "SyncStateNotFound"),
        (410, "resyncRequired"),
        (410, "fullSyncRequired"),
        (410, ""),
        (400, "SyncStateInvalid"),
        (404, "SyncStateNotFound"),
    ],
)
def test_gra_6_in_whatever_words_graph_forgot_the_cursor_is_expired(world: GraphWorld, status: int, code: str) -> None:
    reader = Reader(world.calendar())
    reader.reads()
    world.suffers(LosesCursors())
    world.graph.knobs.lost_cursor = (status, code)
    with pytest.raises(CursorExpired):
        reader.reads_page()


def test_gra_6_an_expired_cursor_is_no_success(world: GraphWorld) -> None:
    """twentyhq/twenty #24095: it raises, twice in a row too, and the re-read finds what happened meanwhile."""
    deleted = world.staff(Adds(entry(1)))
    reader = Reader(world.calendar())
    reader.reads()
    for n in (2, 3):
        world.suffers(LosesCursors())
        world.staff(Adds(entry(n)))
        with pytest.raises(CursorExpired):
            reader.reads_page()
    world.staff(Deletes(deleted))
    reader.cursor = None
    reader.reads()
    assert reader.busy() == (own_span(2), own_span(3))


def test_cal_3_pages_that_lead_in_circles_end_in_a_new_round(world: GraphWorld) -> None:
    """A page without end under ever new links, as Graph has been seen to give."""
    world.staff(Adds(entry(1)))
    world.graph.knobs.circles = True
    reader = Reader(world.calendar())
    cursors = [reader.reads_page().cursor for _ in range(3)]
    assert len(set(cursors)) == 3
    assert held(cursors[-1])["pages"] == 3
    with pytest.raises(CursorExpired):
        reader.calendar.observe(altered(cursors[-1], pages=PAGES_MAX + 1), NOW)


@pytest.mark.parametrize(("events", "asked_one_by_one"), [(3, 3), (25, 0)])
def test_cal_3_changes_that_the_view_does_not_show_yet_are_not_taken_in_half(
    world: GraphWorld, events: int, asked_one_by_one: int
) -> None:
    """A few are fetched by themselves; more of them mean that a replica lags, and the page is read again."""
    world.calendar().put(own_draft(60), None)
    reader = Reader(world.calendar())
    reader.reads()
    world.graph.view_lags()
    for n in range(events):
        world.staff(Adds(entry(n)))
    before = world.requests()
    if asked_one_by_one:
        reader.reads()
        assert len(reader.busy()) == events
        assert sum("/events/" in each for each in asked(world, before)) == asked_one_by_one
    else:
        with pytest.raises(Retryable):
            reader.reads_page()
        assert reader.busy() == ()


def test_cal_30_a_cursor_of_another_cloud_is_expired_and_asks_nobody(world: GraphWorld) -> None:
    reader = Reader(world.calendar())
    reader.reads()
    assert reader.cursor is not None
    elsewhere = reader.cursor.replace(world.simulator.base_url, "https://graph.example/v1.0")
    before = world.requests()
    with pytest.raises(CursorExpired):
        reader.calendar.observe(elsewhere, NOW)
    assert world.requests() == before


def test_cal_30_a_page_link_off_the_host_is_never_stored(world: GraphWorld) -> None:
    world.staff(Adds(entry(1)))
    world.graph.knobs.elsewhere = True
    with pytest.raises(Misconfigured) as caught:
        world.calendar().observe(None, NOW)
    assert "base_url" in caught.value.hint
