"""GoTo: the suite against a simulator over HTTP, its traps one by one, the sign-in and its renewal, join data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from connectors.goto import Settings, manifest, offers
from connectors.goto.feed import GoToFeed
from connectors.goto.translate import instances, join_data_of, of_instance
from syncd.domain.attendance import Presence
from syncd.domain.attended import AttendanceSeen
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable
from syncd.ports.feed import Describing
from syncd.ports.source import Batch
from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.calendar_world import ContractKeys
from syncd.testing.contracts.feed import DANA, HOST, ROOM, START, STEP, FeedContract, Guest, customers, seen, window
from tests.simulators.conference.goto import GoTo
from tests.simulators.conference.openapi import conformance
from tests.simulators.conference.rooms import Fault
from tests.simulators.google.server import Response

MEETINGS = {ROOM: "500554260", "blue": "500554261"}


class GoToWorld:
    def __init__(self) -> None:
        self.clock = VirtualClock(START - timedelta(minutes=15))
        self.goto = GoTo(self.clock, tuple(MEETINGS.values()))
        self.secrets = {"client": "client secret", "goto": '{"refresh_token": "refresh-0"}'}
        self.settings = Settings(
            client_id="client",
            client_credential="client",
            credential="goto",
            rooms=MEETINGS,
            report_minutes=0,
            api=self.goto.api,
            oauth=self.goto.server.origin + "/oauth",
        )
        self.tools = Tools(self.clock, ContractKeys(), self.secrets.__getitem__, Path(), keep=self.secrets.__setitem__)
        self.feed: GoToFeed = manifest.build("goto", self.settings, self.tools)
        self.offers = offers("goto", self.settings)
        self.before: str | None = None
        self.cursor: str | None = None

    def join(self, guest: Guest, room: str = ROOM) -> None:
        self.goto.join(MEETINGS[room], guest)

    def leave(self, guest: Guest, room: str = ROOM) -> None:
        self.goto.leave(MEETINGS[room], guest)

    def report(self) -> Batch:
        """It tells afterwards: the meeting ends now."""
        self.clock.advance(timedelta(seconds=1))
        self.goto.end(MEETINGS[ROOM])
        return self.poll()

    def poll(self) -> Batch:
        self.before = self.cursor
        batch = self.report_again()
        self.cursor = batch.cursor
        return batch

    def report_again(self) -> Batch:
        return self.feed.poll([window()], self.before, self.clock.now())

    def unbind(self) -> None:
        self.goto.rooms[MEETINGS[ROOM]].known = False

    def truncate(self) -> None:
        self.goto.withholds = 1

    def refuse(self) -> None:
        self.goto.refresh_tokens.clear()
        self.goto.tokens.clear()

    def break_down(self) -> None:
        self.goto.fail(503)

    def throttle(self, seconds: int) -> None:
        self.goto.fail(429, within="/G2M/", Retry_After=str(seconds))

    def restart(self) -> None:
        self.goto.end(MEETINGS[ROOM])

    def skew(self, by: timedelta) -> None:
        self.goto.skew = by

    def grow(self) -> None:
        self.goto.grown = True

    # -- a person at a terminal

    def opens(self, address: str) -> str:
        return self.goto.browser(address)

    def types(self, address: str, code: str) -> None:
        raise AssertionError("nothing is typed")


@pytest.fixture
def world() -> Iterator[GoToWorld]:
    made = GoToWorld()
    yield made
    made.goto.stop()
    assert made.goto.unfit == [], "requests or answers that GoTo's description does not allow"


class TestGoTo(FeedContract):
    cannot: ClassVar = {"be empty": "only meetings that somebody started are told of, and only afterwards"}

    @pytest.fixture
    def world(self) -> Iterator[GoToWorld]:
        made = GoToWorld()
        yield made
        made.goto.stop()
        assert made.goto.unfit == [], "requests or answers that GoTo's description does not allow"


def test_a_meeting_that_nobody_started_is_no_empty_room(world: GoToWorld) -> None:
    batch = world.poll()
    assert (batch.evidence, batch.readings) == ((), ()), "who waits at its door is told by nobody"


def test_a_running_meeting_says_that_its_organizer_started_it_and_covers_nothing(world: GoToWorld) -> None:
    world.join(HOST)
    first = world.poll()
    (host,) = seen(first)
    assert (host.presence, host.hints.name, host.left_at) == (Presence.HOST, "", None)
    assert first.readings == ()
    world.clock.advance(timedelta(minutes=1))
    assert [each.key for each in world.poll().evidence] == [each.key for each in first.evidence]


def test_a_list_is_taken_for_whole_only_after_a_while(world: GoToWorld) -> None:
    settings = world.settings.model_copy(update={"report_minutes": 30})
    world.feed = manifest.build("goto", settings, world.tools)
    for guest in (HOST, DANA):
        world.join(guest)
    early = world.report()
    assert len(customers(early)) == 1
    assert early.readings == (), "evidence at once, coverage later"
    world.clock.advance(timedelta(minutes=30))
    (reading,) = world.poll().readings
    assert reading.since == START - timedelta(minutes=15)
    assert world.poll().evidence == (), "each list is read to its end once"


def test_instances_are_told_apart_and_a_rejoin_is_a_stay_of_its_own(world: GoToWorld) -> None:
    for _ in range(2):
        world.join(HOST)
        world.join(DANA)
        world.clock.advance(STEP)
        world.leave(DANA)
        world.clock.advance(STEP)
        world.join(DANA)
        world.clock.advance(STEP)
        world.goto.end(MEETINGS[ROOM])
    batch = world.poll()
    assert len(customers(batch)) == 4
    assert len({reading.epoch for reading in batch.readings}) == 2


def test_the_organizers_address_in_every_row_makes_nobody_the_organizer(world: GoToWorld) -> None:
    world.join(DANA)
    (dana,) = seen(world.report())
    assert (dana.presence, dana.hints.email) == (Presence.UNKNOWN, "")


def test_numbers_may_be_texts(world: GoToWorld) -> None:
    world.goto.texts = True
    world.join(DANA)
    batch = world.report()
    assert len(customers(batch)) == len(batch.readings) == 1


def test_signing_in_stores_what_the_feed_then_lives_on(world: GoToWorld) -> None:
    assert manifest.sign_in is not None
    world.goto.refresh_tokens.clear()
    with pytest.raises(Misconfigured) as caught:
        world.feed.probe()
    assert "syncd connect" in caught.value.hint
    granted = manifest.sign_in(world.settings, world.tools, world)
    world.secrets[granted.credential] = granted.text
    assert world.feed.probe()[0] == "signed in"
    world.goto.codes.clear()

    class Elsewhere(GoToWorld):
        def __init__(self) -> None:
            pass

        def opens(self, address: str) -> str:
            return "http://127.0.0.1:8765/?code=x&state=another"

    with pytest.raises(Misconfigured, match="another sign-in"):
        manifest.sign_in(world.settings, world.tools, Elsewhere())


def test_a_renewed_refresh_token_is_kept_at_once(world: GoToWorld) -> None:
    world.goto.rotates = True
    world.poll()
    kept = json.loads(world.secrets["goto"])["refresh_token"]
    assert {kept} == world.goto.refresh_tokens
    world.goto.tokens.clear()
    world.poll()
    assert json.loads(world.secrets["goto"])["refresh_token"] != kept


def test_a_renewal_whose_answer_is_lost_is_tried_again_and_then_told(world: GoToWorld) -> None:
    world.goto.rotates = True
    world.goto.faults.append(Fault(Response(200, drop=True), within="/oauth/token", times=1, commits=True))
    with pytest.raises(Retryable):
        world.poll()
    with pytest.raises(Misconfigured) as caught:
        world.poll()
    assert "syncd connect" in caught.value.hint


def test_one_string_tells_numbers_and_code(world: GoToWorld) -> None:
    assert isinstance(world.feed, Describing)
    join = world.feed.join_data()[ROOM]
    assert join.conference_digits == "500554260"
    assert [(n.e164, n.region, n.kind, n.label) for n in join.numbers] == [
        ("+15713173122", "US", "toll", "United States"),
        ("+18668994679", "US", "tollfree", "United States (toll-free)"),
        ("+4930901820", "DE", "toll", "Germany"),
    ]
    world.goto.info = "Hybrid"
    nothing = world.feed.join_data()[ROOM]
    assert (nothing.conference_digits, nothing.numbers) == ("", ())
    assert "no access code told" in " ".join(world.feed.probe())


def test_the_samples_are_understood() -> None:
    files = [conformance("conference", f"goto_{n}.json") for n in ("attendees_after_meeting", "create_meeting_201")]
    if None in files:
        pytest.skip("SYNCD_CONFORMANCE has no goto samples")
    rows, (created,) = (json.loads(file.read_text("utf-8"))["body"] for file in files if file)
    (instance,) = instances(rows, "500554260")
    assert instance.whole
    people = [each.payload for each in of_instance("goto", ROOM, instance, START)]
    assert [(p.presence, p.hints.name) for p in people if isinstance(p, AttendanceSeen)] == [
        (Presence.UNKNOWN, "Dana (ACME Crates)"),
        (Presence.HOST, "Jo Host"),
    ]
    join = join_data_of("500554260", created["conferenceCallInfo"])
    assert (join.conference_digits, [n.e164 for n in join.numbers]) == ("500554260", ["+15713173122"])
