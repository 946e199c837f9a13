"""What is CalDAV's own: tokens, ETags, missing properties, single resources, other names (DAV-1 to DAV-6)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.domain.session import EntryRef
from syncd.ports.errors import CursorExpired, Misconfigured, OutcomeUnknown, Permanent, Retryable, Stale
from syncd.testing.contracts.calendar_acts import Adds, Deletes, LosesCursors, Moves
from syncd.testing.contracts.calendar_reader import Reader, gone_in, seen_in, window
from syncd.testing.contracts.calendar_setting import entry, hour, own_draft, own_span, session_id
from syncd.testing.contracts.calendar_world import NOW
from tests.connectors.caldav import staff_ics
from tests.connectors.caldav.staff_ics import edited
from tests.connectors.caldav.world import DavWorld
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
        assert not json.loads(reader.cursor)["t"].startswith("fake-")
        held = json.loads(reader.cursor) | {"t": "fake-1"}
        with pytest.raises(CursorExpired):
            reader.calendar.observe(json.dumps(held), NOW)

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
        kept = {at[ids[1]].span, at[ids[3]].span, own_span(11), own_span(12), entry(9).span}  # type: ignore[union-attr]
        assert set(reader.busy()) == kept
        assert added in reader.items

    def test_a_full_reading_reports_nothing_as_gone(self, world: DavWorld) -> None:
        for n in range(3):
            world.staff(Adds(entry(n)))
        reader = Reader(world.calendar())
        assert gone_in(reader.reads()) == ()


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

    def test_an_answer_that_leaves_out_most_of_what_was_asked_is_no_answer(self, world: DavWorld) -> None:
        for n in range(25):
            world.add(lambda uid, n=n: staff_ics.event(uid, entry(0)))  # type: ignore[misc]
        world.proxy.faults.edit_body = lambda body: body if b"calendar-data" not in body else EMPTY
        with pytest.raises(Retryable):
            world.calendar().observe(None, NOW)


EMPTY = b'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"/>'


class TestWriting:
    def test_dav_5_without_an_etag_in_the_answer_it_is_read(self, make_world: MakeWorld) -> None:
        world = make_world("radicale", ground=Faults(no_etag_on_put=True))
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        assert written.ref.version
        again = calendar.put(own_draft(1, at=3), written.ref)
        assert again.signature == own_draft(1, at=3).signature()
        calendar.remove(session_id(1), again.ref)
        assert world.standing() == ()

    def test_cal_15_an_etag_weakened_on_its_way_still_guards_our_writes(self, make_world: MakeWorld) -> None:
        world = make_world("radicale", ground=Faults(weak_etags=True))
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        written = calendar.put(own_draft(1, at=3), written.ref)
        world.staff(Moves(written.ref.event_id, own_span(5)))
        with pytest.raises(Stale):
            calendar.put(own_draft(1, at=4), written.ref)

    def test_cal_15_a_change_between_our_reading_and_our_writing_is_a_conflict(self, world: DavWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)

        def staff_are_quicker(body: bytes) -> bytes:
            world.proxy.faults.edit_body = None
            world.staff(Moves(written.ref.event_id, own_span(5)))
            return body

        world.proxy.faults.edit_body = staff_are_quicker
        with pytest.raises(Stale) as caught:
            calendar.put(own_draft(1, at=4), written.ref)
        assert caught.value.seen is not None
        assert caught.value.seen.signature.starts_at == hour(5)

    def test_cal_16_what_says_so_already_is_not_written(self, world: DavWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.proxy.seen.clear()
        assert calendar.put(own_draft(1), written.ref) == written
        assert methods(world) == ["GET"]

    def test_dav_6_we_write_no_attendee_and_no_organizer(self, world: DavWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        calendar.put(own_draft(1, at=3), written.ref)
        bodies = [seen.body for seen in world.proxy.seen if seen.method == "PUT"]
        assert len(bodies) == 2
        assert not any(b"ATTENDEE" in body or b"ORGANIZER" in body for body in bodies)

    def test_every_write_is_conditional(self, world: DavWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        written = calendar.put(own_draft(1, at=3), written.ref)
        calendar.remove(session_id(1), replace(written.ref, version=None))
        writes = [seen for seen in world.proxy.seen if seen.method in ("PUT", "DELETE")]
        conditions = [seen.headers.get("If-None-Match") or seen.headers.get("If-Match") for seen in writes]
        assert conditions == ["*", conditions[1], written.ref.version]
        assert conditions[1] not in ("*", None)

    def test_one_instance_of_a_series_is_not_written_for_the_whole(self, world: DavWorld) -> None:
        series = world.staff(Adds(entry(1, rule="FREQ=DAILY;COUNT=3")))
        ref = EntryRef("ada", series, None, hour(1))
        with pytest.raises(Permanent):
            world.calendar().put(own_draft(1, adopted=True), ref)
        with pytest.raises(Permanent):
            world.calendar().remove(session_id(1), ref)
        assert len(world.standing()) == 1

    def test_an_event_that_cannot_be_read_is_not_written_over(self, world: DavWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.proxy.faults.edit_body = lambda body: body.replace(b"DTSTART", b"X-START")
        with pytest.raises(Permanent) as caught:
            calendar.put(own_draft(1, at=3), written.ref)
        assert caught.value.hint
        assert calendar.look(session_id(1), written.ref).answer == "unknown"


class TestLooking:
    def test_cal_6_nothing_is_gone_from_a_calendar_that_is_not_there(self, world: DavWorld) -> None:
        """The right account, the right calendar: a 404 of everything is no deletion."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.proxy.faults.status = 404
        assert calendar.look(session_id(1), written.ref).answer == "unknown"

    @pytest.mark.parametrize("kind", ["radicale", pytest.param("xandikos", marks=pytest.mark.slow)])
    def test_cal_6_an_event_is_found_by_its_session_under_another_name(self, make_world: MakeWorld, kind: str) -> None:
        world = make_world(kind)
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        renamed(world, written.ref.event_id)
        look = calendar.look(session_id(1), written.ref)
        assert look.seen is not None
        assert (look.answer, look.seen.ref.event_id) == ("found", "renamed.ics")
        again = calendar.put(own_draft(1, at=4), None)
        assert again.ref.event_id == "renamed.ics"
        (standing,) = world.standing()
        assert standing.span == own_span(4)
        calendar.remove(session_id(1), None)
        assert world.standing() == ()

    def test_cal_6_an_event_in_another_calendar_can_be_followed_there(self, world: DavWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        other = f"{world.path.rstrip('/')}-private/"
        world.make_calendar(other)
        text = world.get(written.ref.event_id)
        world.staff_http.delete(world.path + written.ref.event_id)
        world.staff_http.put(f"{other}moved.ics", text)
        look = calendar.look(session_id(1), written.ref)
        assert look.answer == "found"
        assert look.seen is not None
        assert look.seen.ref.event_id == f"{other}moved.ics"
        calendar.put(own_draft(1, at=4), look.seen.ref)
        assert staff_ics.said(world.staff_http.get(f"{other}moved.ics"), "DTSTART") == f":{staff_ics.utc(hour(4))}"

    def test_cal_12_a_copy_in_another_calendar_is_not_it(self, world: DavWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        other = f"{world.path.rstrip('/')}-private/"
        world.make_calendar(other)
        world.staff_http.put(f"{other}copy.ics", edited(world.get(written.ref.event_id), {"UID": ":copy"}))
        world.staff(Deletes(written.ref.event_id))
        assert calendar.look(session_id(1), written.ref).answer == "gone"

    def test_a_search_that_fails_leaves_it_unknown(self, world: DavWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.staff(Deletes(written.ref.event_id))
        world.proxy.faults.edit_body = lambda body: body if b"current-user-principal" not in body else b"<half"
        assert calendar.look(session_id(1), written.ref).answer == "unknown"


def renamed(world: DavWorld, event_id: str) -> None:
    text = world.get(event_id)
    world.staff_http.delete(world.path + event_id)
    world.staff_http.put(f"{world.path}renamed.ics", text)


class TestBusy:
    def test_busy_time_that_comes_in_part_only_is_unreadable(self, world: DavWorld) -> None:
        world.staff(Adds(entry(1)))
        truncated = (
            f'<D:multistatus xmlns:D="DAV:"><D:response><D:href>{world.path}</D:href>'
            "<D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response></D:multistatus>"
        )
        world.proxy.faults.edit_body = lambda _: truncated.encode()
        with pytest.raises(Retryable):
            world.calendar().busy(window())

    def test_busy_time_without_the_events_is_unreadable(self, world: DavWorld) -> None:
        bad = world.staff(Adds(entry(1)))
        world.proxy.faults.items_refused = {bad: 403}
        with pytest.raises(Retryable):
            world.calendar().busy(window())

    @pytest.mark.parametrize("answer", [b"", b"<html>moved</html>", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'])
    def test_what_is_no_multistatus_is_unreadable(self, world: DavWorld, answer: bytes) -> None:
        world.proxy.faults.edit_body = lambda _: answer
        with pytest.raises(Retryable):
            world.calendar().busy(window())


class TestDropped:
    def test_an_answer_that_breaks_off_while_reading_is_repeated_and_while_writing_is_unknown(
        self, world: DavWorld
    ) -> None:
        calendar = world.calendar()
        world.proxy.faults.drop_next_write = True
        with pytest.raises(OutcomeUnknown):
            calendar.put(own_draft(1), None)
        assert len(world.standing()) == 1
