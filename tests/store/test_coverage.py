"""What was covered comes to the same in whatever order, and however often, it was told (ATT-3, ATT-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from syncd.domain.attendance import FeedHealth, FeedReading, OpenWindow, Outcome, Verdict
from syncd.domain.case import Case, SessionCase
from syncd.domain.decision import Decision
from syncd.domain.people import Side
from syncd.domain.session import SessionState
from syncd.domain.spans import Span
from syncd.ports.source import Batch
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import S1
from tests.store.opening import Opened

GAP = timedelta(seconds=30)
EARLY = timedelta(minutes=15)


def snapshot(seconds: float, epoch: str = "a", **changes: Any) -> FeedReading:
    return replace(FeedReading("feed", "room-1", make.at(seconds / 60, make.START), GAP, epoch=epoch), **changes)


def told(world: Opened, readings: Sequence[FeedReading]) -> FeedHealth:
    """Absorbed one by one; the health that a decision at the start sees."""
    for reading in readings:
        world.store.absorb("feed", Batch(readings=(reading,)), make.at(20, make.START))
    seen: list[FeedHealth] = []

    def look(case: Case, now: object) -> Decision:
        assert isinstance(case, SessionCase)
        seen.extend(case.consulted.feeds)
        return Decision(case.key, make.START)

    world.store.settle(S1, look, make.START)
    return next(health for health in seen if health.feed == "feed")


@pytest.mark.parametrize("seed", range(4))
def test_snapshots_in_any_order_and_twice_make_one_stretch_without_gaps(world: Opened, seed: int) -> None:
    world.book(make.session())
    readings = [snapshot(seconds) for seconds in range(0, 600, 30)] * 2
    Random(seed).shuffle(readings)
    assert told(world, readings).covered == (Span(make.START, make.at(9.5, make.START)),)


def test_a_gap_a_restart_and_a_room_that_was_not_found_cover_nothing(world: Opened) -> None:
    world.book(make.session())
    readings = [snapshot(0), snapshot(31), snapshot(60), snapshot(80, "b"), snapshot(70, bound=False)]
    health = told(world, readings)
    assert [
        (span.length > timedelta(seconds=1), epoch) for span, epoch in zip(health.covered, health.epochs, strict=True)
    ] == [
        (False, "a"),
        (True, "a"),
        (False, "b"),
    ]


def test_a_history_closes_the_gap_that_it_says_it_does(world: Opened) -> None:
    world.book(make.session())
    readings = [snapshot(0), snapshot(300, since=make.at(-1, make.START))]
    assert told(world, readings).covered == (Span(make.at(-1, make.START), make.at(5, make.START)),)


def test_a_provider_that_speaks_of_our_future_is_ahead_of_us(world: Opened) -> None:
    world.book(make.session())
    assert told(world, [snapshot(21 * 60)]).skew == timedelta(minutes=-1)


def test_a_room_is_watched_from_a_minute_before_its_window_until_the_verdict(world: Opened) -> None:
    session = make.session()
    world.book(session)
    since = make.START - EARLY - timedelta(minutes=1)
    assert not world.views.open_windows(since - timedelta(seconds=1))
    watched = (OpenWindow("s1", "room-1", "ann", Span(since, session.ends_at)),)
    assert world.views.open_windows(since) == watched
    over = replace(session, state=SessionState.ENDED)
    world.store.settle(S1, lambda case, now: Decision(case.key, now, state=over), session.ends_at)
    assert world.views.open_windows(make.at(100, make.START)) == watched
    verdict = Verdict(Outcome.ATTENDED, make.START, Side.SYNCD, "A1")
    done = replace(over, attendance=replace(over.attendance, verdict=verdict))
    world.store.settle(S1, lambda case, now: Decision(case.key, now, state=done), make.at(101, make.START))
    assert not world.views.open_windows(make.at(102, make.START))
    assert world.views.sessions_in_room("room-1", make.span()) == (done,)
