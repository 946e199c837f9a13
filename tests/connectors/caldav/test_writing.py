"""What is CalDAV's own in writing and looking: ETags, attendees, names, other calendars (DAV-4 to DAV-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest

from syncd.domain.session import EntryRef
from syncd.ports.errors import Permanent, Retryable, Stale
from syncd.testing.contracts.calendar_acts import Adds, Deletes, Kind, Moves
from syncd.testing.contracts.calendar_reader import Reader, gone_in, window
from syncd.testing.contracts.calendar_setting import entry, hour, own_draft, own_span, session_id
from tests.connectors.caldav import staff_ics
from tests.connectors.caldav.staff_ics import edited
from tests.connectors.caldav.world import DavWorld
from tests.simulators.faulty_listing import Faults

MakeWorld = Callable[..., DavWorld]


@pytest.fixture
def world(make_world: MakeWorld) -> DavWorld:
    return make_world("radicale")


def methods(world: DavWorld) -> list[str]:
    return [seen.method for seen in world.proxy.seen]


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


@pytest.mark.slow
class TestLooking:
    def test_cal_6_nothing_is_gone_from_a_calendar_that_is_not_there(self, world: DavWorld) -> None:
        """The right account, the right calendar: a 404 of everything is no deletion."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.proxy.faults.status = 404
        assert calendar.look(session_id(1), written.ref).answer == "unknown"

    @pytest.mark.parametrize("kind", ["radicale", "xandikos"])
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


@pytest.mark.slow
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


@pytest.mark.slow
class TestNames:
    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            *(("radicale", name) for name in ("with blank", "ümläut", "a@b", "a+b", "100%25")),
            *(("xandikos", name) for name in ("ü @+%41", "semi;colon,comma", "(x)'!*~")),
        ],
    )
    def test_whatever_staffs_program_calls_a_resource_it_is_read_and_its_end_is_seen(
        self, make_world: MakeWorld, kind: str, name: str
    ) -> None:
        world = make_world(kind)
        path = f"{world.path}{quote(name)}.ics"
        world.staff_http.put(path, staff_ics.event("odd-name", entry(1)))
        reader = Reader(world.calendar())
        reader.reads()
        assert list(reader.items) == [f"{name}.ics"]
        world.staff_http.delete(path)
        assert [g.ref.event_id for g in gone_in(reader.reads())] == [f"{name}.ics"]
        assert reader.items == {}


class TestSomebodyElsesEvent:
    @pytest.mark.slow
    def test_cal_19_a_server_that_minds_our_change_refuses_it_for_good(self, make_world: MakeWorld) -> None:
        """xandikos lets an attendee change nothing but the answer (RFC 6638 3.1), and says so with the same status as
        for a conflict; asking again would go on for ever."""
        world = make_world("xandikos")
        event_id = world.add(lambda uid: edited(staff_ics.event(uid, entry(1, kind=Kind.UNANSWERED)), {}))
        calendar = world.calendar()
        etag = world.staff_http.ask("GET", world.path + event_id).headers["etag"]
        with pytest.raises(Permanent) as caught:
            calendar.put(own_draft(1, adopted=True), EntryRef("ada", event_id, etag))
        assert "attendee-allowed" in str(caught.value)

    def test_a_calendar_that_is_gone_takes_no_session(self, world: DavWorld) -> None:
        world.address = f"{world.path.rstrip('/')}-gone/"
        with pytest.raises(Permanent):
            world.calendar().put(own_draft(1), None)
