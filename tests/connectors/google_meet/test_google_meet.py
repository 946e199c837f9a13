"""Google Meet: the suite against a simulator over HTTP, emptiness that must be proved, both ways to sign in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from connectors.google_meet import Settings, manifest, offers
from connectors.google_meet.feed import MeetFeed
from connectors.google_meet.translate import join_data_of, of_participant
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable
from syncd.ports.source import Batch
from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.calendar_world import ContractKeys
from syncd.testing.contracts.feed import DANA, HOST, ROOM, START, STEP, FeedContract, Guest, customers, window
from tests.simulators.conference.meet import Meet
from tests.simulators.conference.openapi import conformance

SPACES = {ROOM: "abc-mnop-xyz", "blue": "bcd-mnop-xyz"}


class MeetWorld:
    def __init__(self) -> None:
        self.clock = VirtualClock(START - timedelta(minutes=15))
        self.meet = Meet(self.clock, tuple(SPACES.values()))
        self.settings = Settings(
            credential="meet",
            subject="desk@example.com",
            client_credential="client",
            rooms=SPACES,
            lag_seconds=0,
            api=self.meet.api,
            token_url=self.meet.token_url,
        )
        self.secrets = {
            "meet": self.meet.key_file(),
            "client": '{"installed": {"client_id": "c", "client_secret": "s"}}',
        }
        self.tools = Tools(self.clock, ContractKeys(), self.secrets.__getitem__, Path())
        self.feed: MeetFeed = manifest.build("meet", self.settings, self.tools)
        self.offers = offers("meet", self.settings)
        self.before: str | None = None
        self.cursor: str | None = None

    def join(self, guest: Guest, room: str = ROOM) -> None:
        self.meet.join(SPACES[room], guest)

    def leave(self, guest: Guest, room: str = ROOM) -> None:
        self.meet.leave(SPACES[room], guest)

    def report(self) -> Batch:
        self.before = self.cursor
        batch = self.report_again()
        self.cursor = batch.cursor
        return batch

    def report_again(self) -> Batch:
        return self.feed.poll([window()], self.before, self.clock.now())

    def unbind(self) -> None:
        self.meet.rooms[SPACES[ROOM]].known = False

    def truncate(self) -> None:
        self.meet.page_items = 1
        self.meet.fail(500, within="pageToken")

    def refuse(self) -> None:
        self.meet.delegated = False
        self.meet.tokens.clear()

    def break_down(self) -> None:
        self.meet.fail(503)

    def throttle(self, seconds: int) -> None:
        self.meet.fail(429, within="/v2/", Retry_After=str(seconds))

    def restart(self) -> None:
        raise AssertionError

    def skew(self, by: timedelta) -> None:
        self.meet.skew = by

    def grow(self) -> None:
        self.meet.grown = True

    def opens(self, address: str) -> str:
        return self.meet.browser(address)

    def types(self, address: str, code: str) -> None:
        raise AssertionError("nothing is typed")


@pytest.fixture
def world() -> Iterator[MeetWorld]:
    made = MeetWorld()
    yield made
    made.meet.stop()
    assert made.meet.unfit == [], "requests or answers that Google's description does not allow"


class TestGoogleMeet(FeedContract):
    cannot: ClassVar = {"restart": "every conference of a space is listed, with all who left; nothing is forgotten"}

    @pytest.fixture
    def world(self) -> Iterator[MeetWorld]:
        made = MeetWorld()
        yield made
        made.meet.stop()
        assert made.meet.unfit == [], "requests or answers that Google's description does not allow"


def test_an_empty_space_counts_only_once_the_list_of_conferences_was_answered(world: MeetWorld) -> None:
    world.meet.fail(503, within="conferenceRecords", times=1)
    with pytest.raises(Retryable):
        world.report()
    assert len(world.report().readings) == 1


def test_a_conference_that_is_not_listed_yet_covers_nothing(world: MeetWorld) -> None:
    world.join(DANA)
    world.meet.record_lost = True
    assert world.report().readings == ()


def test_each_conference_since_the_window_opened_is_read_and_an_ended_one_once(world: MeetWorld) -> None:
    for _ in range(2):
        world.join(DANA)
        world.clock.advance(STEP)
        world.leave(DANA)
        world.clock.advance(STEP)
    batch = world.report()
    assert len(customers(batch)) == 2
    (reading,) = batch.readings
    assert reading.since == START - timedelta(minutes=15), "and a daemon that was down has missed nothing"
    calls = len(world.meet.calls)
    assert world.report().evidence == ()
    assert not any("participants" in call for call in world.meet.calls[calls:])


def test_pages_are_read_to_the_end(world: MeetWorld) -> None:
    world.meet.page_items = 2
    for number in range(5):
        world.join(Guest(f"Guest {number}"))
    assert len(customers(world.report())) == 5


def test_a_rejoin_is_a_stay_of_its_own(world: MeetWorld) -> None:
    world.join(HOST)
    for act in (world.join, world.leave, world.join):
        act(DANA)
        world.clock.advance(STEP)
    assert [each.left_at is None for each in customers(world.report())] == [False, True]


def test_a_person_can_sign_in_instead_of_a_service_account(world: MeetWorld) -> None:
    world.meet.delegated = False
    with pytest.raises(Misconfigured) as caught:
        world.feed.probe()
    assert "subject" in caught.value.hint
    assert manifest.sign_in is not None
    granted = manifest.sign_in(world.settings, world.tools, world)
    world.secrets[granted.credential] = granted.text
    assert world.feed.probe()[0] == "signed in"
    world.secrets["meet"] = "{}"
    world.meet.tokens.clear()
    with pytest.raises(Misconfigured, match="neither"):
        world.feed.probe()
    world.secrets["client"] = "{}"
    with pytest.raises(Misconfigured, match="no OAuth client"):
        manifest.sign_in(world.settings, world.tools, world)


def test_the_join_data_is_what_meet_tells(world: MeetWorld) -> None:
    join = world.feed.join_data()[ROOM]
    assert (join.join_url, join.conference_id, join.conference_digits) == (
        "https://meet.google.com/abc-mnop-xyz",
        "500554260#",
        "500554260",
    )
    assert [(number.e164, number.region) for number in join.numbers] == [("+14845550123", "US")]


def test_the_samples_are_understood() -> None:
    files = [conformance("conference", f"meet_{name}.json") for name in ("participants_live", "space")]
    if None in files:
        pytest.skip("SYNCD_CONFORMANCE has no meet samples")
    people, space = (json.loads(file.read_text("utf-8"))["body"] for file in files if file)
    told = [each.payload for row in people["participants"] for each in of_participant("m", ROOM, "c1", row, (), START)]
    shown = [(t.channel, t.left_at is None, t.hints.phone_masked) for t in told if isinstance(t, AttendanceSeen)]
    assert shown == [
        (Channel.ONLINE, True, ""),
        (Channel.ONLINE, True, ""),
        (Channel.PHONE, False, "+1386*****42"),
    ]
    assert [number.region for number in join_data_of(space).numbers] == ["US", "GB"]
