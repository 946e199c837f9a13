"""Zoom: the suite against a simulator over HTTP, its traps one by one, and webhooks forged, late or doubled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.zoom import Settings, manifest, offers
from connectors.zoom.feed import ZoomFeed
from connectors.zoom.hook import ZoomHook, signed_by
from connectors.zoom.translate import Where, of_event, of_row
from syncd.domain.attendance import Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable
from syncd.ports.hook import Call
from syncd.ports.source import Batch
from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.calendar_world import ContractKeys
from syncd.testing.contracts.feed import DANA, HOST, ROOM, START, STEP, FeedContract, Guest, customers, seen, window
from tests.simulators.conference.openapi import conformance
from tests.simulators.conference.zoom import Zoom

MEETINGS = {ROOM: "50055426000", "blue": "50055426001"}
SECRET = "zoom-secret-token"


class ZoomWorld:
    def __init__(self, **changes: object) -> None:
        self.clock = VirtualClock(START - timedelta(minutes=15))
        self.zoom = Zoom(self.clock, tuple(MEETINGS.values()))
        self.settings = Settings(
            account_id="acc",
            client_id="client",
            credential="zoom",
            webhook_credential="zoom-webhook",
            rooms=MEETINGS,
            lag_seconds=0,
            api=self.zoom.api,
            token_url=self.zoom.server.origin + "/oauth/token",
        ).model_copy(update=changes)
        secrets = {"zoom": "client secret", "zoom-webhook": SECRET}
        tools = Tools(self.clock, ContractKeys(), secrets.__getitem__, Path())
        self.feed: ZoomFeed = manifest.build("zoom", self.settings, tools)
        self.offers = offers("zoom", self.settings)
        self.before: str | None = None
        self.cursor: str | None = None

    def join(self, guest: Guest, room: str = ROOM) -> None:
        self.zoom.join(MEETINGS[room], guest)

    def leave(self, guest: Guest, room: str = ROOM) -> None:
        self.zoom.leave(MEETINGS[room], guest)

    def report(self) -> Batch:
        self.before = self.cursor
        batch = self.report_again()
        self.cursor = batch.cursor
        return batch

    def report_again(self) -> Batch:
        return self.feed.poll([window()], self.before, self.clock.now())

    def unbind(self) -> None:
        self.zoom.rooms[MEETINGS[ROOM]].known = False

    def truncate(self) -> None:
        self.zoom.page_items = 1
        self.zoom.fail(502, within="next_page_token")

    def refuse(self) -> None:
        self.zoom.secret = "changed"
        self.zoom.tokens.clear()

    def break_down(self) -> None:
        self.zoom.fail(503)

    def throttle(self, seconds: int) -> None:
        self.zoom.fail(429, within="/v2/", Retry_After=str(seconds))

    def restart(self) -> None:
        self.zoom.end(MEETINGS[ROOM])

    def skew(self, by: timedelta) -> None:
        self.zoom.skew = by

    def grow(self) -> None:
        self.zoom.grown = True

    def call(self, event: str, guest: Guest = DANA, **given: bool) -> Call:
        stay = self.zoom.join(MEETINGS[ROOM], guest, **given)
        return self.zoom.webhook(MEETINGS[ROOM], event, stay, SECRET, self.clock.now())

    @property
    def hook(self) -> ZoomHook:
        (hook,) = self.feed.hooks()
        assert isinstance(hook, ZoomHook)
        return hook


@pytest.fixture
def world() -> Iterator[ZoomWorld]:
    made = ZoomWorld()
    yield made
    made.zoom.stop()
    assert made.zoom.unfit == [], "requests or answers that Zoom's description does not allow"


class TestZoom(FeedContract):
    cannot: ClassVar = {}

    @pytest.fixture
    def world(self) -> Iterator[ZoomWorld]:
        made = ZoomWorld()
        yield made
        made.zoom.stop()
        assert made.zoom.unfit == [], "requests or answers that Zoom's description does not allow"


# -- the traps of CON-9 ------------------------------------------------------------------------------------------------


def test_every_page_is_read_and_one_missing_by_the_count_is_noticed(world: ZoomWorld) -> None:
    world.zoom.page_items = 2
    for number in range(5):
        world.join(Guest(f"Guest {number}"))
    assert len(customers(world.report())) == 5
    world.zoom.hides_total = True
    with pytest.raises(Retryable, match="5 of 6"):
        world.report()


def test_a_restarted_meeting_keeps_who_was_in_the_first_one(world: ZoomWorld) -> None:
    for guest in (HOST, DANA):
        world.join(guest)
    world.clock.advance(STEP)
    world.zoom.end(MEETINGS[ROOM])  # nobody polled meanwhile
    world.join(HOST)
    world.clock.advance(STEP)
    batch = world.report()
    (dana,) = customers(batch)
    assert dana.left_at is not None
    assert len({reading.epoch for reading in batch.readings}) == 2
    calls = len(world.zoom.calls)
    again = world.report()
    assert customers(again) == []
    assert not any("report" in call for call in world.zoom.calls[calls:]), "each report is read once"
    assert not any("instances" in call for call in world.zoom.calls[calls:]), "and nothing is looked for in vain"


def test_a_report_that_is_not_written_yet_is_asked_for_again(world: ZoomWorld) -> None:
    world.zoom.report_delay = timedelta(minutes=3)
    world.join(DANA)  # alone: there is no report of one person (pastOne)
    world.clock.advance(STEP)
    world.leave(DANA)
    assert customers(world.report()) == []
    world.clock.advance(timedelta(minutes=3))
    (dana,) = customers(world.report())
    assert dana.left_at is not None


def test_uuids_with_slashes_are_encoded_twice(world: ZoomWorld) -> None:
    world.join(HOST)
    world.report()
    (live,) = [call for call in world.zoom.calls if "/metrics/" in call]
    assert "/metrics/meetings/%252Fa%252F%252F" in live


def test_before_the_host_a_closed_door_covers_nothing(world: ZoomWorld) -> None:
    world.zoom.door_open = False
    assert world.report().readings == ()
    assert any("before the host" in fact for fact in world.feed.probe())
    world.zoom.door_open = True
    assert len(world.report().readings) == 1


def test_a_scope_that_was_taken_away_darkens_the_feed(world: ZoomWorld) -> None:
    world.join(HOST)
    world.zoom.scopes = "meeting:read:admin report:read:admin"
    for ask in (world.report, world.feed.probe):
        with pytest.raises(Misconfigured) as caught:
            ask()
        assert "dashboard_meetings:read:admin" in str(caught.value) + caught.value.hint


def test_a_token_that_lapses_early_is_renewed_once(world: ZoomWorld) -> None:
    world.report()
    world.zoom.tokens.clear()
    assert len(world.report().readings) == 1


def test_the_lag_is_taken_off_and_gaps_of_one_meeting_are_closed(world: ZoomWorld) -> None:
    world.settings = world.settings.model_copy(update={"lag_seconds": 60})
    tools = Tools(world.clock, ContractKeys(), lambda name: "client secret", Path())
    world.feed = manifest.build("zoom", world.settings, tools)
    world.zoom.lag = timedelta(seconds=60)
    (waiting,) = world.report().readings
    world.clock.advance(timedelta(minutes=4))
    world.join(HOST)
    world.clock.advance(timedelta(minutes=2))
    (running,) = world.report().readings
    assert running.upto == world.clock.now() - timedelta(seconds=60)
    assert running.since == waiting.upto, "the meeting's list has all who were there"
    assert running.epoch == waiting.epoch


def test_one_room_in_trouble_leaves_the_other_covered(world: ZoomWorld) -> None:
    world.zoom.fail(502, within=MEETINGS[ROOM])
    batch = world.feed.poll([window(), window("blue")], None, world.clock.now())
    assert [reading.room_id for reading in batch.readings] == ["blue"]


# -- webhooks ----------------------------------------------------------------------------------------------------------


def test_a_webhook_is_evidence_wakes_the_poll_and_covers_nothing(world: ZoomWorld) -> None:
    answer = world.hook.receive(world.call("meeting.participant_joined"))
    assert (answer.status, answer.wakes) == (200, ("zoom",))
    assert answer.batch is not None
    assert answer.batch.readings == ()
    (told,) = answer.batch.evidence
    (polled,) = world.report().evidence
    assert told.key == polled.key, "the poll's own record is no news then"


@pytest.mark.parametrize(
    ("event", "stage"),
    [
        ("meeting.participant_jbh_waiting", Stage.WAITING),
        ("meeting.participant_joined_waiting_room", Stage.WAITING),
        ("meeting.participant_admitted", Stage.JOINED),
    ],
)
def test_the_lobby_is_told_as_a_lobby(world: ZoomWorld, event: str, stage: Stage) -> None:
    batch = world.hook.receive(world.call(event)).batch
    assert batch is not None
    assert [each.stage for each in seen(batch)] == [stage]


def test_a_webhook_85_minutes_late_is_taken_with_its_own_time(world: ZoomWorld) -> None:
    call = world.call("meeting.participant_joined")
    joined = world.clock.now()
    world.clock.advance(timedelta(minutes=85))
    batch = world.hook.receive(replace(call, at=world.clock.now())).batch
    assert batch is not None
    assert [each.joined_at for each in seen(batch)] == [joined]
    assert world.hook.receive(replace(call, at=call.at + timedelta(minutes=96))).status == 401


def test_forged_reordered_doubled_and_oversize_calls_change_nothing(world: ZoomWorld) -> None:
    joined = world.call("meeting.participant_joined")
    forged = [
        replace(joined, headers={}),
        replace(joined, headers={**joined.headers, "x-zm-signature": "v0=" + "0" * 64}),
        replace(joined, headers={**joined.headers, "x-zm-signature": "v0=é"}),
        replace(joined, headers={**joined.headers, "x-zm-request-timestamp": "1"}),
        replace(joined, raw=joined.raw.replace(b"Dana", b"Dona")),
        replace(joined, at=joined.at - timedelta(minutes=6)),
    ]
    assert [world.hook.receive(call).status for call in forged] == [401] * len(forged)
    assert world.hook.receive(replace(joined, raw=b"x" * 300_000)).status == 413
    first, again = world.hook.receive(joined).batch, world.hook.receive(joined).batch
    assert first == again
    unknown = world.zoom.webhook(MEETINGS["blue"], "meeting.sneezed", None, SECRET, world.clock.now())
    assert world.hook.receive(unknown).batch is None
    foreign = world.hook.receive(world.zoom.webhook(MEETINGS["blue"], "user.created", None, SECRET, world.clock.now()))
    assert (foreign.status, foreign.batch, foreign.wakes) == (200, None, ())


def test_who_leaves_after_a_lost_join_was_there_all_the_same(world: ZoomWorld) -> None:
    where = Where("zoom", ROOM, "u", world.clock.now())
    left = of_event(where, "participant_left", {"user_id": "7", "leave_time": "2026-11-23T15:04:11Z"})
    assert left is not None
    assert isinstance(left.payload, AttendanceSeen)
    assert left.payload.left_at == datetime(2026, 11, 23, 15, 4, 11, tzinfo=UTC)


def test_a_challenge_never_signs_what_a_call_would_need(world: ZoomWorld) -> None:
    for plain in ("v0:1795446251:{}", "a b", "", 7):
        raw = json.dumps({"event": "endpoint.url_validation", "payload": {"plainToken": plain}}).encode()
        assert world.hook.receive(Call("POST", "", {}, raw, world.clock.now())).status == 401


# -- conformance (TST-2) -----------------------------------------------------------------------------------------------


def sample(name: str) -> dict[str, Any]:
    file = conformance("conference", name)
    if file is None:
        pytest.skip(f"SYNCD_CONFORMANCE has no {name}")
    return dict(json.loads(file.read_text("utf-8")))


def test_the_signature_vector_matches(world: ZoomWorld) -> None:
    vector = sample("zoom_signature_vector.json")
    at = datetime.fromtimestamp(int(str(vector["x-zm-request-timestamp"])), UTC)
    headers = {name: str(vector[name]) for name in ("x-zm-request-timestamp", "x-zm-signature")}
    call = Call("POST", "", headers, str(vector["raw_body"]).encode(), at)
    assert signed_by(str(vector["secret"]), call)
    validation = dict(vector["url_validation"])
    hook = ZoomHook("zoom", {}, lambda: str(vector["secret"]))
    answer = hook.receive(Call("POST", "", {}, json.dumps(validation["request"]).encode(), at))
    assert json.loads(answer.body) == validation["response"]


def test_the_samples_are_understood() -> None:
    where = Where("zoom", ROOM, "u", START, "x1yCzABCDEfg23HiJKl4mN")
    body = dict(sample("zoom_metrics_live_participants.json")["body"])
    rows = [of_row(where, row).payload for row in body["participants"]]
    told = [(r.channel, r.stage, r.presence, r.hints.phone_masked) for r in rows if isinstance(r, AttendanceSeen)]
    assert told == [
        (Channel.ONLINE, Stage.JOINED, Presence.HOST, ""),
        (Channel.ONLINE, Stage.WAITING, Presence.GUEST, ""),
        (Channel.PHONE, Stage.JOINED, Presence.UNKNOWN, "+1386****242"),
    ]
    for name, number in (("guest", ""), ("phone", "+13864578242")):
        event = dict(sample(f"zoom_webhook_participant_joined_{name}.json")["body"])
        found = of_event(where, "participant_joined", event["payload"]["object"]["participant"])
        assert found is not None
        assert isinstance(found.payload, AttendanceSeen)
        assert found.payload.hints.phone_e164 == number
