"""Does this connector keep the contract of `Feed` (ports/feed.py; spec/attendance.md ATT-1 to ATT-5, ATT-11, CON-10)?

Subclass `FeedContract` and give it a fixture `world`: a feed, and the conference behind it, with what people do there
and its fault knobs. What the provider cannot express is declared in `cannot`, by the act's name, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import ClassVar, Protocol

import pytest

from syncd.domain.attendance import OpenWindow, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel, FeedAbilities
from syncd.domain.spans import Span
from syncd.ports.errors import Misconfigured, Retryable
from syncd.ports.feed import Feed
from syncd.ports.source import Batch
from syncd.testing.clock import VirtualClock

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""The session's start; its window opens a quarter of an hour before, and the suite's clock stands there."""

ROOM = "red"
"""The room that the feed is bound to; `blue` is its other one."""

STEP = timedelta(seconds=10)
UNTIL = START + timedelta(days=1)


@dataclass(frozen=True)
class Guest:
    """Somebody who comes. `number`: by phone, from there."""

    name: str
    host: bool = False
    email: str = ""
    number: str = ""


HOST = Guest("Jo Host", host=True, email="host@example.com")
DANA = Guest("Dana (ACME Crates)")
CALLER = Guest("caller", number="+13864578242")


class FeedWorld(Protocol):
    """The conference behind a feed. Its clock is the test's; its own may be wrong by `skew`."""

    feed: Feed
    clock: VirtualClock
    offers: Mapping[str, FeedAbilities]

    def join(self, guest: Guest, room: str = ROOM) -> None: ...

    def leave(self, guest: Guest, room: str = ROOM) -> None: ...

    def report(self) -> Batch:
        """All that the feed tells by now, from where it stood: polled, or posted to it. A provider that tells only
        afterwards ends the meeting first."""
        ...

    def report_again(self) -> Batch:
        """The very same, told once more, from where it stood before."""
        ...

    def unbind(self) -> None:
        """The provider knows no such room any more."""
        ...

    def truncate(self) -> None:
        """From now on a part of each answer is missing."""
        ...

    def refuse(self) -> None:
        """Our sign-in, or our signature, is not accepted from now on."""
        ...

    def break_down(self) -> None:
        """Errors of the provider's own."""
        ...

    def throttle(self, seconds: int) -> None: ...

    def restart(self) -> None:
        """The provider begins anew, and has forgotten who is there."""
        ...

    def skew(self, by: timedelta) -> None: ...

    def grow(self) -> None:
        """Answers hold fields, and words, that nobody knows."""
        ...


def window(room: str = ROOM) -> OpenWindow:
    return OpenWindow("s1", room, "jo", Span(START - timedelta(minutes=15), START + timedelta(minutes=15)))


def seen(batch: Batch) -> list[AttendanceSeen]:
    assert all(each.subject is None for each in batch.evidence), "correlate finds the sessions, not the feed"
    return [each.payload for each in batch.evidence if isinstance(each.payload, AttendanceSeen)]


def customers(batch: Batch) -> list[AttendanceSeen]:
    return [each for each in seen(batch) if each.presence not in (Presence.HOST, Presence.BOT) and not _is_host(each)]


def _is_host(each: AttendanceSeen) -> bool:
    """Some providers tell nobody's role: then the host is known by name, as correlate does by the staff's accounts."""
    return HOST.name in each.hints.name


class FeedContract:
    cannot: ClassVar[Mapping[str, str]] = {}
    """Acts of the world that this provider cannot express, each with the reason."""

    @pytest.fixture
    def world(self) -> FeedWorld:
        raise TypeError("give the suite your conference: override the fixture `world`")

    def able(self, *acts: str) -> None:
        for act in acts:
            if act in self.cannot:
                pytest.skip(f"{act}: {self.cannot[act]}")

    def test_whoever_came_is_told_with_room_channel_and_time(self, world: FeedWorld) -> None:
        world.join(HOST)
        world.clock.advance(STEP)
        world.join(DANA)
        world.clock.advance(STEP)
        batch = world.report()
        (dana,) = customers(batch)
        assert (dana.feed, dana.room_id, dana.channel, dana.stage) == (
            world.feed.id,
            ROOM,
            Channel.ONLINE,
            Stage.JOINED,
        )
        assert dana.hints.name == DANA.name
        assert dana.hints.participant_id
        assert abs(dana.joined_at - world.clock.now()) <= STEP + timedelta(seconds=1)
        assert any(_is_host(each) for each in seen(batch)), "the canary: our own staff member is told too"
        assert [(r.room_id, r.feed, r.bound) for r in batch.readings] == [(ROOM, world.feed.id, True)]

    def test_keys_name_nobody(self, world: FeedWorld) -> None:
        for guest in (HOST, DANA):
            world.join(guest)
        told = " ".join(each.key for each in world.report().evidence)
        assert told
        assert not any(word in told for word in ("Jo", "Host", "Dana", "ACME", "example.com"))

    def test_the_same_answer_twice_is_no_news(self, world: FeedWorld) -> None:
        world.join(HOST)
        world.join(DANA)
        first, again = world.report(), world.report_again()
        assert {each.key for each in again.evidence} == {each.key for each in first.evidence}
        assert first.evidence
        world.clock.advance(STEP)
        assert {each.key for each in world.report().evidence} <= {each.key for each in first.evidence}

    def test_an_empty_room_is_a_reading_without_records(self, world: FeedWorld) -> None:
        self.able("be empty")
        batch = world.report()
        assert batch.evidence == ()
        (reading,) = batch.readings
        assert reading.upto <= world.clock.now()
        world.clock.advance(STEP)
        (later,) = world.report().readings
        assert later.upto == reading.upto + STEP
        assert later.epoch == reading.epoch, "nothing broke"

    def test_a_room_that_is_not_found_is_no_empty_room(self, world: FeedWorld) -> None:
        self.able("unbind")
        world.join(HOST)
        world.unbind()
        try:
            batch = world.report()
        except (Retryable, Misconfigured):
            return
        assert batch.readings == ()

    def test_an_answer_with_a_part_missing_covers_nothing(self, world: FeedWorld) -> None:
        self.able("truncate")
        for guest in (HOST, DANA):
            world.join(guest)
        world.truncate()
        try:
            batch = world.report()
        except (Retryable, Misconfigured):
            return
        assert batch.readings == ()

    @pytest.mark.parametrize("fault", ["refuse", "break_down"])
    def test_an_error_is_never_an_empty_room(self, world: FeedWorld, fault: str) -> None:
        self.able(fault)
        world.join(HOST)
        getattr(world, fault)()
        with pytest.raises((Retryable, Misconfigured)) as caught:
            world.report()
        assert isinstance(caught.value, Misconfigured if fault == "refuse" else Retryable)
        assert caught.value.hint or fault == "break_down"
        assert HOST.name not in str(caught.value)

    def test_a_throttled_feed_waits_as_long_as_it_is_told(self, world: FeedWorld) -> None:
        self.able("throttle")
        world.throttle(17)
        with pytest.raises(Retryable) as caught:
            world.report()
        assert caught.value.retry_after == timedelta(seconds=17)

    def test_who_has_left_is_told_to_have_left(self, world: FeedWorld) -> None:
        world.join(HOST)
        world.join(DANA)
        world.clock.advance(STEP)
        self.also_meanwhile(world)
        world.leave(DANA)
        left = world.clock.now()
        world.clock.advance(STEP)
        (stay,) = [each for each in customers(world.report()) if each.left_at is not None]
        assert stay.left_at is not None
        assert left - timedelta(seconds=1) <= stay.left_at <= world.clock.now()
        assert stay.joined_at <= stay.left_at

    def also_meanwhile(self, world: FeedWorld) -> None:
        """A snapshot sees only whom it meets: it is taken while they are there."""
        if not world.offers[ROOM].history:
            world.report()

    def test_who_came_and_went_between_two_polls_is_told_by_a_feed_of_history(self, world: FeedWorld) -> None:
        if not world.offers[ROOM].history:
            pytest.skip("a snapshot cannot; it covers only what its gap allows (ATT-4)")
        world.join(HOST)
        world.clock.advance(STEP)
        world.join(DANA)
        world.clock.advance(STEP)
        world.leave(DANA)
        world.clock.advance(STEP)
        batch = world.report()
        (dana,) = customers(batch)
        assert dana.left_at is not None
        (reading,) = batch.readings
        assert reading.since is not None
        assert reading.since <= dana.joined_at

    @pytest.mark.parametrize("seed", range(3))
    def test_nobody_was_there_unseen_in_a_time_that_counts_as_covered(self, world: FeedWorld, seed: int) -> None:
        """The law, feed by feed: whoever was in the room within what a reading covers has been told by then."""
        chance = Random(seed)  # noqa: S311 - a scenario, no secret
        stays: dict[Guest, tuple[datetime, datetime | None]] = {}
        told: set[str] = set()
        world.join(HOST)
        covered = 0
        for number in range(30):
            present = [guest for guest, (_, left) in stays.items() if left is None]
            act = chance.choice(["join", "leave", "report", "wait"])
            if act == "join":
                stays[Guest(f"Guest {number}")] = (world.clock.now(), None)
                world.join(Guest(f"Guest {number}"))
            elif act == "leave" and present:
                gone = chance.choice(present)
                stays[gone] = (stays[gone][0], world.clock.now())
                world.leave(gone)
            elif act == "report":
                batch = world.report()
                told |= {each.hints.name for each in seen(batch)}
                for reading in batch.readings:
                    covered += 1
                    since = reading.since or reading.upto
                    there = [g for g, (came, left) in stays.items() if came <= reading.upto and (left or UNTIL) > since]
                    assert {guest.name for guest in there} <= told
                if not world.offers[ROOM].live:
                    return  # it told all that it will
            world.clock.advance(timedelta(seconds=chance.randint(1, 20)))
        assert covered

    def test_a_caller_is_on_the_phone(self, world: FeedWorld) -> None:
        self.able("call")
        world.join(HOST)
        world.join(CALLER)
        (caller,) = customers(world.report())
        assert caller.channel is Channel.PHONE
        hints = caller.hints
        assert (
            hints.phone_e164 == CALLER.number
            or "*" in hints.phone_masked
            or not (hints.phone_e164 or hints.phone_masked)
        )

    def test_a_provider_that_begins_anew_is_another_epoch(self, world: FeedWorld) -> None:
        self.able("restart")
        world.join(HOST)
        world.join(DANA)
        before = world.report().readings[-1].epoch
        world.clock.advance(STEP)
        world.restart()
        world.join(HOST)
        world.clock.advance(STEP)
        after = {reading.epoch for reading in world.report().readings}
        assert after - {before}, "who was there before cannot be known, so continuity is broken"

    @pytest.mark.parametrize("minutes", [-3, 3])
    def test_a_wrong_clock_covers_nothing_that_has_not_been_seen(self, world: FeedWorld, minutes: int) -> None:
        self.able("skew")
        world.skew(timedelta(minutes=minutes))
        world.join(HOST)
        world.join(DANA)
        now = world.clock.now()
        batch = world.report()
        assert batch.read_at is not None
        assert abs(batch.read_at - now - timedelta(minutes=minutes)) <= timedelta(seconds=1)
        assert all(reading.upto <= min(now, batch.read_at) for reading in batch.readings)
        told = [reading.skew for reading in batch.readings if reading.skew is not None]
        assert all(abs(skew + timedelta(minutes=minutes)) <= timedelta(seconds=2) for skew in told)
        assert told or not batch.readings
        assert customers(batch), "and nobody is lost"

    def test_what_nobody_knows_yet_is_no_trouble(self, world: FeedWorld) -> None:
        self.able("grow")
        world.grow()
        world.join(HOST)
        world.join(DANA)
        batch = world.report()
        assert len(customers(batch)) == 1
        assert batch.readings

    def test_other_rooms_are_not_told(self, world: FeedWorld) -> None:
        world.join(HOST)
        world.join(DANA, "blue")
        batch = world.report()
        assert {each.room_id for each in seen(batch)} == {ROOM}
        assert {reading.room_id for reading in batch.readings} <= {ROOM}

    def test_it_offers_what_it_is_bound_to(self, world: FeedWorld) -> None:
        assert set(world.offers) == set(world.feed.rooms) == {ROOM, "blue"}
        assert {abilities.feed for abilities in world.offers.values()} == {world.feed.id}
        assert all(abilities.live or abilities.history for abilities in world.offers.values())
        world.join(HOST)
        batch = world.report()
        lag = world.offers[ROOM].lag
        assert all(reading.upto <= world.clock.now() - lag for reading in batch.readings if world.offers[ROOM].live)

    def test_a_probe_tells_short_facts_and_shows_nobody(self, world: FeedWorld) -> None:
        world.join(DANA)
        facts = world.feed.probe()
        assert facts
        assert DANA.name not in " ".join(facts)

    @pytest.mark.parametrize("fault", ["refuse", "break_down", "unbind"])
    def test_a_probe_says_what_is_wrong_and_what_to_do(self, world: FeedWorld, fault: str) -> None:
        self.able(fault, "probe", f"probe after {fault}")
        getattr(world, fault)()
        with pytest.raises((Misconfigured, Retryable)) as caught:
            world.feed.probe()
        assert isinstance(caught.value, Retryable) if fault == "break_down" else caught.value.hint
