"""A channel spares polls while it is open and trusted; whatever is lost costs time alone (GOO-11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from syncd.ports.errors import Misconfigured, Retryable
from syncd.runtime.watches import OPENED_AGAIN, RETRY, RETRY_REFUSED, Watches, retry_after
from syncd.testing.clock import VirtualClock

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
POLL, STILL = timedelta(minutes=1), timedelta(minutes=10)


@dataclass(frozen=True)
class Opened:
    renew_at: datetime
    expires_at: datetime


@dataclass
class Watched:
    lasts: timedelta = timedelta(days=4)
    asked: list[tuple[str, datetime]] = field(default_factory=list)

    def watch(self, address: str, now: datetime) -> Opened:
        self.asked.append((address, now))
        return Opened(now + self.lasts / 2, now + self.lasts)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
def watches(clock: VirtualClock) -> Watches:
    return Watches(clock)


def opened(watches: Watches, lasts: timedelta = timedelta(days=4)) -> timedelta:
    again = watches.open("ada", Watched(lasts), "https://desk.example/hooks/google")
    reads(watches)
    return again


def reads(watches: Watches, *, news: bool = False) -> timedelta:
    told = watches.begins("ada")
    watches.ends("ada", told=told, news=news)
    return watches.interval("ada", POLL, STILL)


def test_without_a_channel_the_ordinary_interval_holds(watches: Watches) -> None:
    assert reads(watches, news=True) == POLL
    watches.told("ada")
    assert reads(watches) == POLL


def test_with_a_live_channel_it_is_still_polled_every_ten_minutes(watches: Watches) -> None:
    opened(watches)
    assert reads(watches) == STILL
    assert watches.interval("ada", timedelta(minutes=30), STILL) == timedelta(minutes=30)


def test_a_channel_that_lapsed_is_none(watches: Watches, clock: VirtualClock) -> None:
    opened(watches)
    clock.advance(timedelta(days=4))
    assert reads(watches) == POLL


def test_it_is_opened_again_before_it_lapses_and_within_hours(watches: Watches) -> None:
    assert opened(watches) == OPENED_AGAIN
    assert opened(watches, timedelta(hours=4)) == timedelta(hours=2)


def test_news_that_nobody_told_of_takes_the_trust_away_until_a_notice_comes(watches: Watches) -> None:
    opened(watches)
    assert reads(watches, news=True) == POLL
    assert reads(watches) == POLL
    watches.told("ada")
    assert reads(watches, news=True) == STILL


def test_a_notice_during_the_reading_that_finds_its_news_is_no_lost_one(watches: Watches) -> None:
    opened(watches)
    told = watches.begins("ada")
    watches.told("ada")
    watches.ends("ada", told=told, news=True)
    assert watches.interval("ada", POLL, STILL) == STILL


def test_what_changed_before_the_channel_was_open_is_no_lost_notice(watches: Watches) -> None:
    watches.open("ada", Watched(), "https://desk.example/hooks/google")
    assert reads(watches, news=True) == STILL


def test_opening_it_again_restores_no_trust(watches: Watches) -> None:
    opened(watches)
    reads(watches, news=True)
    assert opened(watches)
    assert reads(watches) == POLL


def test_one_that_cannot_be_opened_is_tried_again_sooner_where_no_person_is_needed() -> None:
    assert retry_after(Retryable("down")) == RETRY
    assert retry_after(Misconfigured("not verified", hint="Verify it.")) == RETRY_REFUSED
