"""Registrants: each attendee has a join link of their own, and is known by it (CON-9, ATT-12)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.zoom.feed import ZoomFeed
from syncd.domain.attended import AttendanceSeen
from syncd.ports.errors import Misconfigured, Permanent, Retryable
from syncd.ports.feed import Registering
from syncd.ports.source import Batch
from syncd.testing.contracts.feed import ROOM, Guest, window
from tests.connectors.zoom.test_zoom import MEETINGS, SECRET, ZoomWorld

EMAIL = "dana@customer.example"
UNSAID = Guest("Dana", email="")
"""Zoom says neither an address nor an id of a guest."""


@contextmanager
def registering(**changes: object) -> Iterator[ZoomWorld]:
    made = ZoomWorld(registrants=True, **changes)
    made.zoom.scopes += " meeting:write:admin"
    made.zoom.approval = 0
    try:
        yield made
    finally:
        made.zoom.stop()
    assert made.zoom.unfit == [], "requests or answers that Zoom's description does not allow"


@pytest.fixture
def world() -> Iterator[ZoomWorld]:
    with registering() as made:
        yield made


def comes_by(world: ZoomWorld, url: str, guest: Guest = UNSAID) -> int:
    """Somebody uses that link."""
    stay = world.zoom.join(MEETINGS[ROOM], guest)
    (world.zoom.came_by[stay.number],) = parse_qs(urlsplit(url).query)["tk"]
    return stay.number


def addresses(batch: Batch) -> list[str]:
    return [e.payload.hints.email for e in batch.evidence if isinstance(e.payload, AttendanceSeen)]


def test_one_address_has_one_way_however_often_it_is_asked_for(world: ZoomWorld) -> None:
    assert isinstance(world.feed, Registering)
    assert world.feed.registers == frozenset(MEETINGS)
    first = world.feed.register(ROOM, EMAIL, "Dana Customer")
    assert world.feed.register(ROOM, EMAIL, "Dana Customer") == first
    assert world.feed.register(ROOM, "ben@customer.example", "Ben") != first
    assert world.feed.register("blue", EMAIL, "Dana") != first


def test_who_comes_by_a_link_is_known_where_zoom_names_nobody(world: ZoomWorld) -> None:
    url = world.feed.register(ROOM, EMAIL, "Dana Customer")
    comes_by(world, url)
    world.join(UNSAID)
    assert sorted(addresses(world.report())) == ["", EMAIL]


def test_the_link_counts_for_more_than_the_account_that_it_was_opened_with(world: ZoomWorld) -> None:
    comes_by(world, world.feed.register(ROOM, EMAIL, "Dana"), Guest("Dana", email="dana.private@mail.example"))
    assert addresses(world.report()) == [EMAIL]


def test_a_new_process_asks_who_is_registered_once(world: ZoomWorld) -> None:
    comes_by(world, world.feed.register(ROOM, EMAIL, "Dana"))
    for n in range(5):
        world.feed.register(ROOM, f"colleague-{n}@customer.example", "Colleague")
    again = ZoomFeed("zoom", world.settings, world.feed._tools)
    world.zoom.page_items = 2
    for _ in range(3):
        world.clock.advance(timedelta(seconds=15))
        assert addresses(again.poll([window()], None, world.clock.now())) == [EMAIL]
    asked = [call for call in world.zoom.calls if call.startswith("GET") and "/registrants" in call]
    assert len(asked) == 3, "its three pages, once"


def test_a_poll_that_cannot_tell_who_it_was_fails_and_tells_later(world: ZoomWorld) -> None:
    """What was told once of somebody is not told again with their address."""
    comes_by(world, world.feed.register(ROOM, EMAIL, "Dana"))
    again = ZoomFeed("zoom", world.settings, world.feed._tools)
    world.zoom.fail(503, within="/registrants", times=1)
    with pytest.raises(Retryable):
        again.poll([window()], None, world.clock.now())
    assert addresses(again.poll([window()], None, world.clock.now())) == [EMAIL]


def test_who_was_taken_off_the_list_is_somebody_unexplained(world: ZoomWorld) -> None:
    url = world.feed.register(ROOM, EMAIL, "Dana")
    world.zoom.registrants.clear()
    comes_by(world, url)
    again = ZoomFeed("zoom", world.settings, world.feed._tools)
    assert addresses(again.poll([window()], None, world.clock.now())) == [""]


def test_a_report_names_registrants_too(world: ZoomWorld) -> None:
    comes_by(world, world.feed.register(ROOM, EMAIL, "Dana"))
    world.join(Guest("Host", email="host@example.com"))
    world.zoom.end(MEETINGS[ROOM])
    world.clock.advance(timedelta(hours=2))
    found = addresses(world.feed.poll([window()], None, world.clock.now()))
    assert EMAIL in found


def test_a_webhook_of_somebody_not_known_yet_wakes_the_poll_and_says_nothing(world: ZoomWorld) -> None:
    url = world.feed.register(ROOM, EMAIL, "Dana")
    stay = world.zoom.join(MEETINGS[ROOM], UNSAID)
    (world.zoom.came_by[stay.number],) = parse_qs(urlsplit(url).query)["tk"]
    call = world.zoom.webhook(MEETINGS[ROOM], "meeting.participant_joined", stay, SECRET, world.clock.now())
    told = world.hook.receive(call)
    assert told.batch is not None
    assert addresses(told.batch) == [EMAIL]
    (hook,) = ZoomFeed("zoom", world.settings, world.feed._tools).hooks()
    strange = hook.receive(call)
    assert (strange.status, strange.batch, strange.wakes) == (200, None, ("zoom",))


def test_refusals_say_what_to_do(world: ZoomWorld) -> None:
    with pytest.raises(Permanent):
        world.feed.register(ROOM, "no address", "Dana")
    world.zoom.fail(503, within="/registrants", times=1)
    with pytest.raises(Retryable):
        world.feed.register(ROOM, EMAIL, "Dana")
    world.zoom.approval = 1
    with pytest.raises(Misconfigured, match="no join link") as refused:
        world.feed.register(ROOM, EMAIL, "Dana")
    assert "automatically" in refused.value.hint
    world.unbind()
    with pytest.raises(Misconfigured, match="knows no meeting"):
        world.feed.register(ROOM, EMAIL, "Dana")


@pytest.mark.parametrize("approval", [1, 2])
def test_the_doctor_tells_that_a_meeting_registers_nobody(world: ZoomWorld, approval: int) -> None:
    assert "signed in" in world.feed.probe()
    world.zoom.approval = approval
    with pytest.raises(Misconfigured, match="registers nobody"):
        world.feed.probe()


def test_the_doctor_tells_that_the_right_to_register_is_lacking() -> None:
    with registering() as world:
        world.zoom.scopes = world.zoom.scopes.replace(" meeting:write:admin", "")
        with pytest.raises(Misconfigured, match="meeting:write"):
            world.feed.probe()


def test_without_the_setting_nobody_is_registered() -> None:
    plain = ZoomWorld()
    assert plain.feed.registers == frozenset()
    plain.join(UNSAID)
    plain.report()
    plain.zoom.stop()
    assert not any("registrant" in call for call in plain.zoom.calls)
