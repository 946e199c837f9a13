"""What is CalDAV's own in reading: tokens, pages, ETags, properties, single resources (DAV-1 to DAV-4, CAL-9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from syncd.ports.errors import CursorExpired, Misconfigured, Retryable
from syncd.testing.contracts.calendar_acts import Adds, Deletes, LosesCursors, Moves
from syncd.testing.contracts.calendar_reader import Reader, gone_in, seen_in
from syncd.testing.contracts.calendar_setting import entry, hour, own_draft, own_span
from syncd.testing.contracts.calendar_world import NOW
from tests.connectors.caldav import staff_ics
from tests.connectors.caldav.world import DavWorld
from tests.connectors.cursors import altered, held
from tests.simulators.faulty_listing import Faults, Refusal

MakeWorld = Callable[..., DavWorld]


@pytest.fixture
def world(make_world: MakeWorld) -> DavWorld:
    return make_world("radicale")


@pytest.fixture
def tokenless(make_world: MakeWorld) -> DavWorld:
    return make_world("radicale", ground=Faults(no_sync=True))


def methods(world: DavWorld) -> list[str]:
    return [seen.method for seen in world.proxy.seen]


class TestTokens:
    def test_dav_1_a_quiet_poll_is_one_request(self, world: DavWorld) -> None:
        world.staff(Adds(entry(1)))
        reader = Reader(world.calendar())
        reader.reads()
        world.proxy.seen.clear()
        reader.reads()
        assert methods(world) == ["REPORT"]

    def test_dav_1_a_refused_listing_is_never_replaced_by_a_full_one(self, world: DavWorld) -> None:
        world.staff(Adds(entry(1)))
        reader = Reader(world.calendar())
        reader.reads()
        world.proxy.seen.clear()
        world.proxy.faults.status = 500
        with pytest.raises(Retryable):
            reader.reads()
        assert methods(world) == ["REPORT"]

    def test_dav_1_no_token_of_the_librarys_own_making_is_used(self, world: DavWorld) -> None:
        reader = Reader(world.calendar())
        reader.reads()
        assert reader.cursor is not None
        assert not held(reader.cursor)["token"].startswith("fake-")
        with pytest.raises(CursorExpired):
            reader.calendar.observe(altered(reader.cursor, token="fake-1"), NOW)

    @pytest.mark.parametrize("status", [400, 403, 409, 412])
    def test_dav_2_a_refused_token_is_an_expired_cursor_by_whatever_status(self, world: DavWorld, status: int) -> None:
        reader = Reader(world.calendar())
        reader.reads()
        before, world.proxy.refusal = world.proxy.refusal, Refusal(status)
        world.suffers(LosesCursors())
        try:
            with pytest.raises(CursorExpired):
                reader.reads()
        finally:
            world.proxy.refusal = before

    def test_dav_2_a_refusal_for_another_reason_is_no_expired_cursor(self, world: DavWorld) -> None:
        reader = Reader(world.calendar())
        reader.reads()
        world.proxy.faults.status = 403
        with pytest.raises(Misconfigured):
            reader.reads()

    def test_a_quiet_token_is_renewed_once_a_day(self, world: DavWorld) -> None:
        """So that the server does not forget it, and no more often, so that a quiet poll writes nothing."""
        reader = Reader(world.calendar())
        reader.reads()
        before = reader.cursor
        reader.now = NOW + timedelta(hours=23)
        reader.reads()
        assert reader.cursor == before
        reader.now = NOW + timedelta(hours=25)
        reader.reads()
        assert reader.cursor != before

    def test_dav_4_a_missing_property_is_not_a_missing_event(self, world: DavWorld) -> None:
        """calrs #107."""
        written = world.calendar().put(own_draft(1), None)
        reader = Reader(world.calendar())
        reader.reads()
        world.staff(Moves(written.ref.event_id, own_span(4)))
        world.proxy.faults.no_etag_of = written.ref.event_id
        evidence = reader.reads()
        assert gone_in(evidence) == ()
        assert [s.signature.starts_at for s in seen_in(evidence)] == [hour(4)]


@pytest.mark.slow
class TestPages:
    """Our own pages, cut from a listing that came whole."""

    @pytest.fixture(params=["token", "etags"])
    def world(self, request: pytest.FixtureRequest, make_world: MakeWorld) -> DavWorld:
        ground = Faults(no_sync=request.param == "etags")
        return make_world("radicale", settings={"page_items_max": 2}, ground=ground)

    def test_cal_3_a_restart_between_any_two_pages_loses_nothing(self, world: DavWorld) -> None:
        for n in range(5):
            world.staff(Adds(entry(n)))
        reader = Reader(world.calendar())
        while not reader.reads_page().last:
            reader.calendar = world.calendar()
        assert len(reader.batches) == 3
        assert reader.busy() == tuple(entry(n).span for n in range(5))

    @pytest.mark.parametrize("restarted", [False, True])
    def test_cal_3_what_changes_between_two_pages_is_found_in_the_end(self, world: DavWorld, restarted: bool) -> None:
        ids = sorted(world.staff(Adds(entry(n))) for n in range(5))
        at = {event_id: world.stands(event_id) for event_id in ids}
        reader = Reader(world.calendar())
        reader.reads_page()
        first, later, last = ids[0], ids[2], ids[4]
        world.staff(Moves(first, own_span(11)))
        world.staff(Deletes(later))
        world.staff(Moves(last, own_span(12)))
        added = world.staff(Adds(entry(9)))
        if restarted:
            reader.calendar = world.calendar()
        reader.reads()
        reader.reads()
        kept = {stood.span for stood in (at[ids[1]], at[ids[3]]) if stood is not None}
        kept |= {own_span(11), own_span(12), entry(9).span}
        assert set(reader.busy()) == kept
        assert added in reader.items

    def test_a_full_reading_reports_nothing_as_gone(self, world: DavWorld) -> None:
        for n in range(3):
            world.staff(Adds(entry(n)))
        reader = Reader(world.calendar())
        assert gone_in(reader.reads()) == ()


@pytest.mark.slow
class TestWithoutTokens:
    def test_dav_3_the_same_ctag_is_nothing_new_and_costs_one_request(self, tokenless: DavWorld) -> None:
        tokenless.staff(Adds(entry(1)))
        reader = Reader(tokenless.calendar())
        reader.reads()
        assert "changes: by ctag and ETags" in reader.calendar.probe()
        tokenless.proxy.seen.clear()
        reader.reads()
        assert methods(tokenless) == ["PROPFIND"]

    def test_dav_3_only_what_changed_is_fetched(self, tokenless: DavWorld) -> None:
        ids = [tokenless.staff(Adds(entry(n))) for n in range(3)]
        reader = Reader(tokenless.calendar())
        reader.reads()
        tokenless.staff(Moves(ids[1], own_span(7)))
        reader.reads()
        assert [item.item_id for item in reader.batches[-1].busy] == [ids[1]]

    def test_dav_3_without_a_ctag_it_is_asked_every_five_minutes(self, make_world: MakeWorld) -> None:
        world = make_world("radicale", ground=Faults(no_sync=True, no_ctag=True))
        reader = Reader(world.calendar())
        reader.reads()
        world.staff(Adds(entry(1)))
        world.proxy.seen.clear()
        reader.now = NOW + timedelta(minutes=4)
        reader.reads()
        assert (methods(world), reader.busy()) == ([], ())
        reader.now = NOW + timedelta(minutes=5)
        reader.reads()
        assert reader.busy() == (entry(1).span,)

    def test_dav_4_what_is_missing_from_a_listing_is_gone_only_if_it_says_so_itself(self, tokenless: DavWorld) -> None:
        """calrs PR #99: a short listing removes nothing."""
        kept = tokenless.staff(Adds(entry(1)))
        gone = tokenless.staff(Adds(entry(2)))
        reader = Reader(tokenless.calendar())
        reader.reads()
        tokenless.staff(Deletes(gone))
        tokenless.proxy.faults.edit_body = lambda body: without_part(body, kept) if b"getctag" not in body else body
        reader.reads()
        tokenless.heal()
        reader.reads()
        assert list(reader.items) == [kept]


def without_part(body: bytes, name: str) -> bytes:
    """A multistatus in which one resource is not listed; its own bytes are left alone."""
    if b"calendar-data" in body:
        return body
    before, _, after = body.partition(name.encode())
    start, end = before.rfind(b"<response>"), after.find(b"</response>") + len(b"</response>")
    return before[:start] + after[end:] if start >= 0 else body


@pytest.mark.slow
class TestOneItem:
    """One item blocked whole mailboxes (CAL-9)."""

    @pytest.mark.parametrize("status", [403, 500])
    def test_a_resource_that_the_server_cannot_serve_stops_nothing(self, world: DavWorld, status: int) -> None:
        bad, good = world.staff(Adds(entry(1))), world.staff(Adds(entry(2)))
        world.proxy.faults.items_refused = {bad: status}
        reader = Reader(world.calendar())
        reader.reads()
        assert reader.items[bad].unreadable
        assert reader.items[good].times

    def test_a_resource_that_vanishes_while_it_is_read_stops_nothing(self, world: DavWorld) -> None:
        gone, good = world.staff(Adds(entry(1))), world.staff(Adds(entry(2)))
        world.proxy.faults.items_refused = {gone: 404}
        reader = Reader(world.calendar())
        reader.reads()
        assert list(reader.items) == [good]

    def test_a_character_that_no_xml_may_hold_stops_nothing(self, world: DavWorld) -> None:
        bad = world.staff(Adds(entry(1, title="vertical-tab")))
        good = world.staff(Adds(entry(2)))
        world.proxy.faults.edit_body = lambda body: body.replace(b"vertical-tab", b"\x0b")
        reader = Reader(world.calendar())
        reader.reads()
        assert set(reader.items) == {bad, good}
        assert reader.busy() == (entry(1).span, entry(2).span)

    def test_one_resource_among_many_that_breaks_the_whole_answer_is_found_by_halves(self, world: DavWorld) -> None:
        for n in range(30):
            title = "vertical-tab" if n == 17 else "fine"
            world.add(partial(staff_ics.event, entry=entry(n, title=title)))
        world.proxy.faults.edit_body = lambda body: body.replace(b"vertical-tab", b"\x0b")
        reader = Reader(world.calendar())
        reader.reads()
        assert len(reader.busy()) == 30

    def test_where_every_answer_is_broken_nothing_is_understood(self, world: DavWorld) -> None:
        for n in range(30):
            world.add(partial(staff_ics.event, entry=entry(n)))
        world.proxy.faults.edit_body = lambda body: body if b"calendar-data" not in body else body[:-9]
        with pytest.raises(Retryable):
            world.calendar().observe(None, NOW)

    def test_an_answer_that_leaves_out_most_of_what_was_asked_is_no_answer(self, world: DavWorld) -> None:
        for _ in range(25):
            world.add(partial(staff_ics.event, entry=entry(0)))
        world.proxy.faults.edit_body = lambda body: body if b"calendar-data" not in body else EMPTY
        with pytest.raises(Retryable):
            world.calendar().observe(None, NOW)


EMPTY = b'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"/>'
