"""The JSON feed: signed posts, what they cover, and what forged, old, large and repeated ones do (CON-7)."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.json_feed import Settings, manifest, offers
from connectors.json_feed.client import BODY_BYTES_MAX, OFF_MAX, ToldFeed
from connectors.json_feed.translate import PostedReport
from syncd.domain.attendance import Presence, Stage
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured
from syncd.ports.hook import Answer, Call
from syncd.ports.source import Batch
from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.calendar_world import ContractKeys
from syncd.testing.contracts.feed import DANA, HOST, ROOM, START, FeedContract, Guest, seen

ROOT = Path(__file__).resolve().parents[3]
SECRET = "known to both of us"
SETTINGS = Settings(credential="pbx", rooms={ROOM: "conf/500554260", "blue": "conf/2"})


class PostingWorld:
    """A telephone system that posts what it knows of a room, whole, signed."""

    def __init__(self) -> None:
        self.clock = VirtualClock(START - timedelta(minutes=15))
        self.secret = SECRET
        tools = Tools(self.clock, ContractKeys(), lambda name: SECRET, ROOT)
        self.feed: ToldFeed = manifest.build("pbx", SETTINGS, tools)
        self.offers = offers("pbx", SETTINGS)
        self.people: dict[str, list[dict[str, Any]]] = {ROOM: [], "blue": []}
        self.extra: dict[str, Any] = {}
        self.off = timedelta(0)
        self.name = SETTINGS.rooms[ROOM]
        self.last = b""

    @property
    def theirs(self) -> datetime:
        return self.clock.now() + self.off

    def join(self, guest: Guest, room: str = ROOM) -> None:
        self.people[room].append(
            {
                "channel": "phone" if guest.number else "online",
                "stage": "joined",
                "role": "host" if guest.host else "guest",
                "joined_at": self.theirs.isoformat(),
                "hints": {
                    "name": guest.name,
                    "phone_e164": guest.number,
                    "participant_id": f"{len(self.people[room])}",
                },
                **self.extra,
            }
        )

    def leave(self, guest: Guest, room: str = ROOM) -> None:
        for person in self.people[room]:
            if person["hints"]["name"] == guest.name:
                person["left_at"] = self.theirs.isoformat()

    def report(self) -> Batch:
        body = {
            "room": self.name,
            "epoch": "boot-1",
            "watermark": self.theirs.isoformat(),
            "complete": True,
            "records": self.people[ROOM],
            **self.extra,
        }
        self.last = json.dumps(body).encode()
        return self.report_again()

    def report_again(self) -> Batch:
        answer = self.post(self.last)
        if answer.status == 401:
            raise Misconfigured("refused", hint="the answer's status says so")
        return answer.batch or Batch()

    def post(self, raw: bytes, *, at: datetime | None = None, signature: str | None = None) -> Answer:
        stamp = str(int((at or self.theirs).timestamp()))
        mark = hmac.new(self.secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
        headers = {"x-syncd-timestamp": stamp, "x-syncd-signature": mark if signature is None else signature}
        return self.feed.receive(Call("POST", "https://desk.example.com/hooks/pbx", headers, raw, self.clock.now()))

    def unbind(self) -> None:
        self.name = "conf/elsewhere"

    def refuse(self) -> None:
        self.secret = "another"

    def restart(self) -> None:
        self.people[ROOM] = []
        self.off -= timedelta(minutes=1)

    def skew(self, by: timedelta) -> None:
        self.off = by

    def grow(self) -> None:
        self.extra = {"mood": "fine", "version": 9, "role": "co-host-of-honour", "stage": "hovering"}


class TestJsonFeed(FeedContract):
    cannot: ClassVar = {
        "truncate": "a post is signed whole",
        "break_down": "it is told, not asked",
        "throttle": "it is told, not asked",
        "probe": "nobody is asked",
    }

    @pytest.fixture
    def world(self) -> PostingWorld:
        return PostingWorld()


@pytest.fixture
def world() -> PostingWorld:
    return PostingWorld()


def test_without_a_watermark_or_completeness_it_is_evidence_and_covers_nothing(world: PostingWorld) -> None:
    world.join(DANA)
    for missing in ({"watermark": None}, {"complete": False}):
        world.extra = missing
        batch = world.report()
        assert len(batch.evidence) == 1
        assert batch.readings == ()


def test_a_falling_watermark_is_another_epoch_and_the_next_ones_go_on_in_it(world: PostingWorld) -> None:
    (first,) = world.report().readings
    world.off = -timedelta(minutes=1)
    (fallen,) = world.report().readings
    world.clock.advance(timedelta(seconds=10))
    (next_one,) = world.report().readings
    assert first.epoch == "boot-1"
    assert fallen.epoch == next_one.epoch != first.epoch
    assert next_one.upto > fallen.upto


def test_an_older_post_that_comes_again_breaks_nothing(world: PostingWorld) -> None:
    first, old = world.report(), world.last
    world.clock.advance(timedelta(seconds=10))
    later = world.report()
    again = world.post(old).batch
    assert again is not None
    assert again.readings == first.readings
    world.clock.advance(timedelta(seconds=10))
    assert world.report().readings[0].epoch == later.readings[0].epoch


@pytest.mark.parametrize("signature", ["", "guessed", "é", "0" * 64])
def test_a_forged_post_is_refused_without_a_word(world: PostingWorld, signature: str) -> None:
    world.join(DANA)
    world.report()
    assert world.post(world.last, signature=signature) == Answer(401)


@pytest.mark.parametrize("off", [-1, 1])
def test_five_minutes_are_taken_and_a_second_more_is_not(world: PostingWorld, off: int) -> None:
    body = b'{"room": "conf/2"}'
    assert world.post(body, at=world.clock.now() + off * OFF_MAX).status == 200
    assert world.post(body, at=world.clock.now() + off * (OFF_MAX + timedelta(seconds=1))).status == 401
    headers = {"x-syncd-timestamp": "9" * 400, "x-syncd-signature": "x"}
    assert world.feed.receive(Call("POST", "", headers, body, world.clock.now())).status == 401


def test_what_is_wrong_is_said_at_once_and_shows_nobody(world: PostingWorld) -> None:
    people = [
        {"joined_at": "2026-11-23T15:00:00", "hints": {"participant_id": "1", "name": "Dana"}},
        {"joined_at": "2026-11-23T15:00:00Z", "left_at": "2026-11-23T14:00:00Z", "hints": {"participant_id": "2"}},
        {"joined_at": "2026-11-23T15:00:00Z", "hints": {}},
    ]
    answer = world.post(json.dumps({"room": "conf/2", "records": people}).encode())
    assert (answer.status, answer.batch) == (422, None)
    lines = answer.body.decode().splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "records.0.joined_at",
        "records.1",
        "records.2.hints.participant_id",
    ]
    assert "Dana" not in answer.body.decode()
    for raw in (b"{", b"[]", b"\xff", b'{"room": "elsewhere"}', b"[" * 100_000):
        assert world.post(raw).status == 422
    assert world.post(b"x" * (BODY_BYTES_MAX + 1)).status == 413


def test_unknown_words_count_for_the_customer(world: PostingWorld) -> None:
    world.grow()
    world.join(DANA)
    (dana,) = seen(world.report())
    assert (dana.stage, dana.presence) == (Stage.JOINED, Presence.UNKNOWN)


def test_the_documented_schema_is_the_one_in_force() -> None:
    written = json.loads((ROOT / "docs/json_feed.schema.json").read_text("utf-8"))
    assert written == PostedReport.model_json_schema()


def test_the_example_script_posts_what_is_taken(world: PostingWorld) -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "docs/json_feed_example.py", "--print", "conf/500554260", HOST.name],
        input=SECRET,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    stamp, mark, body = made.stdout.splitlines()
    at = datetime.fromtimestamp(int(stamp), START.tzinfo)
    answer = world.feed.receive(
        Call("POST", "", {"x-syncd-timestamp": stamp, "x-syncd-signature": mark}, body.encode(), at)
    )
    assert answer.status == 200
    assert answer.batch is not None
    assert [each.hints.name for each in seen(answer.batch)] == [HOST.name]
    assert len(answer.batch.readings) == 1
