"""BigBlueButton: the suite against a simulator over HTTP, checksums, hostile XML, and snapshots that differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from connectors.bigbluebutton import Settings, manifest, offers
from connectors.bigbluebutton.client import signed
from connectors.bigbluebutton.feed import BigBlueButtonFeed
from connectors.bigbluebutton.translate import snapshot_of
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable
from syncd.ports.feed import Doors
from syncd.ports.source import Batch
from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.calendar_world import ContractKeys
from syncd.testing.contracts.feed import DANA, HOST, ROOM, START, STEP, FeedContract, Guest, customers, seen, window
from tests.simulators.conference.bigbluebutton import BigBlueButton
from tests.simulators.conference.openapi import conformance

MEETINGS = {ROOM: "s-1", "blue": "s-2"}


class BlueWorld:
    def __init__(self, algorithm: str = "sha256", *, own_links: bool = True) -> None:
        self.clock = VirtualClock(START - timedelta(minutes=15))
        self.server = BigBlueButton(self.clock, tuple(MEETINGS.values()), algorithm=algorithm)
        for meeting in MEETINGS.values():
            self.server.create(meeting)
        settings = Settings.model_validate(
            {
                "url": f"{self.server.server.origin}/bigbluebutton/",
                "credential": "bbb",
                "rooms": MEETINGS,
                "hash": algorithm,
                "own_links": own_links,
            }
        )
        secret = self.server.secret
        tools = Tools(self.clock, ContractKeys(), lambda name: secret, Path())
        self.feed: BigBlueButtonFeed = manifest.build("bbb", settings, tools)
        self.offers = offers("bbb", settings)
        self.before: str | None = None
        self.cursor: str | None = None

    def join(self, guest: Guest, room: str = ROOM) -> None:
        self.server.join(MEETINGS[room], guest)

    def leave(self, guest: Guest, room: str = ROOM) -> None:
        self.server.leave(MEETINGS[room], guest)

    def report(self) -> Batch:
        self.before = self.cursor
        batch = self.report_again()
        self.cursor = batch.cursor
        return batch

    def report_again(self) -> Batch:
        return self.feed.poll([window()], self.before, self.clock.now())

    def unbind(self) -> None:
        self.server.end(MEETINGS[ROOM])

    def truncate(self) -> None:
        self.server.withholds = 1

    def refuse(self) -> None:
        self.server.secret = "changed"

    def break_down(self) -> None:
        self.server.fail(502)

    def throttle(self, seconds: int) -> None:
        self.server.fail(429, Retry_After=str(seconds))

    def restart(self) -> None:
        self.server.end(MEETINGS[ROOM])
        self.server.create(MEETINGS[ROOM])

    def skew(self, by: timedelta) -> None:
        self.server.skew = by

    def grow(self) -> None:
        self.server.grown = True


class TestBigBlueButton(FeedContract):
    cannot: ClassVar = {"probe after unbind": "a meeting that does not run now is nothing wrong"}

    @pytest.fixture
    def world(self) -> Iterator[BlueWorld]:
        made = BlueWorld()
        yield made
        made.server.stop()


@pytest.fixture
def world() -> Iterator[BlueWorld]:
    made = BlueWorld()
    yield made
    made.server.stop()


def test_who_comes_back_has_two_stays(world: BlueWorld) -> None:
    world.join(HOST)
    stays: dict[datetime, datetime | None] = {}
    for act in (world.join, world.leave, world.join, world.leave):
        act(DANA)
        stays |= {each.joined_at: each.left_at for each in customers(world.report())}
        world.clock.advance(STEP)
    assert len(stays) == 2
    assert all(left is not None for left in stays.values())


def test_a_meeting_that_was_made_anew_forgets_nobody_into_it(world: BlueWorld) -> None:
    world.join(DANA)
    first = world.report()
    world.restart()
    world.clock.advance(STEP)
    second = world.report()
    assert second.evidence == (), "nobody left: the server forgot them"
    assert first.readings[0].epoch != second.readings[0].epoch


@pytest.mark.parametrize("algorithm", ["sha1", "sha384", "sha512"])
def test_every_hash_that_a_server_may_want(algorithm: str) -> None:
    made = BlueWorld(algorithm)
    try:
        assert made.report().readings
    finally:
        made.server.stop()


@pytest.mark.parametrize(
    "prologue",
    [
        '<!DOCTYPE response [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        "<html>",
    ],
)
def test_hostile_or_foreign_answers_are_no_answers(world: BlueWorld, prologue: str) -> None:
    world.server.prologue = prologue
    with pytest.raises(Retryable):
        world.report()


def test_an_answer_about_another_meeting_is_no_answer(world: BlueWorld) -> None:
    world.server.rooms["s-1"].name = "s-9"
    with pytest.raises(Retryable, match="another meeting"):
        world.report()


def test_own_links_are_the_operators_choice(world: BlueWorld) -> None:
    assert isinstance(world.feed, Doors)
    assert world.feed.opens == set(MEETINGS)
    assert BlueWorld(own_links=False).feed.opens == set()


def test_our_own_way_in_carries_the_token_and_no_secret(world: BlueWorld) -> None:
    url = world.feed.join_url(ROOM, "token.of-dana", "Dana & Söhne")
    query = parse_qs(urlsplit(url).query)
    assert (query["userID"], query["meetingID"], query["role"]) == (["syncd.token.of-dana"], ["s-1"], ["VIEWER"])
    assert query["fullName"] == ["Dana & Söhne"]
    assert world.server.secret not in url
    given = {name: values[0] for name, values in query.items() if name != "checksum"}
    assert url.endswith(signed("join", given, world.server.secret, "sha256"))
    world.join(HOST)
    assert httpx2.get(url).status_code == 302
    assert {each.hints.name: each.hints.token for each in seen(world.report())} == {
        "Dana & Söhne": "token.of-dana",
        HOST.name: "",
    }, "another's id is no token: staff are known by their names then"


def test_a_wrong_address_says_so(world: BlueWorld) -> None:
    world.server.fail(404)
    with pytest.raises(Misconfigured) as caught:
        world.feed.probe()
    assert "bbb-conf" in caught.value.hint


def test_the_checksum_vector_matches() -> None:
    file = conformance("conference", "bbb_checksum_vector.json")
    if file is None:
        pytest.skip("SYNCD_CONFORMANCE has no bbb_checksum_vector.json")
    vector = json.loads(file.read_text("utf-8"))
    for algorithm in ("sha1", "sha256"):
        made = signed(vector["call"], {"meetingID": "s-1"}, vector["secret"], algorithm)
        assert made == f"{vector['call']}?{vector['query']}&checksum={vector[algorithm]}"


def test_the_sample_is_understood() -> None:
    file = conformance("conference", "bbb_getMeetingInfo.xml")
    if file is None:
        pytest.skip("SYNCD_CONFORMANCE has no bbb_getMeetingInfo.xml")
    snapshot = snapshot_of(file.read_bytes())
    assert (snapshot.meeting_id, snapshot.epoch, snapshot.numbers) == (
        "s-1",
        "abc-1795446000000",
        ("613-555-1234", "66052"),
    )
    assert [(each.user_id, each.viewer) for each in snapshot.attendees] == [("host-1", False), ("acme-42", True)]
