"""Killed at any instant, syncd loses nothing and doubles nothing (PRF-1, PRF-3). Every boundary of twenty lives."""

from __future__ import annotations

from random import Random

import pytest

from syncd.testing.chaos import Chaos
from tests.simulation.runs import Ended, run, unlike_kills
from tests.simulation.scenarios import SCENARIOS, Scenario

PARTS = 2
REPLAYED = 8
BY_NAME = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name.replace(" ", "-"))


def crashed_at(scenario: Scenario, point: int, whole: Ended, *, replay: bool) -> None:
    """One kill, at that boundary: the end is the crash-free run's."""
    try:
        ended = run(scenario, Chaos(crash_at=point), replay=replay)
        assert ended.state == whole.state, "another end than without the crash"
    except AssertionError as error:
        where = whole.trace[point - 1] if point <= len(whole.trace) else "past the end"
        raise AssertionError(f"{scenario.name}: crash at boundary {point} ({where}): {error}") from error


@BY_NAME
def test_a_life_comes_to_its_right_end(scenario: Scenario) -> None:
    once, again = run(scenario), run(scenario)
    assert once == again, "the same seed gives the same trace"


@BY_NAME
def test_a_kill_at_some_boundary_changes_nothing(scenario: Scenario) -> None:
    whole = run(scenario, replay=False)
    for point in Random(scenario.name).sample(range(1, whole.crossings + 1), 3):
        crashed_at(scenario, point, whole, replay=True)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
@BY_NAME
def test_a_kill_at_every_boundary_changes_nothing(scenario: Scenario, part: int) -> None:
    """At one of those boundaries at which it leaves the same; the next test holds that to it."""
    whole, unlike = unlike_kills(scenario)
    for n, kills in enumerate(unlike[part::PARTS]):
        crashed_at(scenario, kills[n % len(kills)], whole, replay=n % REPLAYED == 0)


@pytest.mark.slow
@BY_NAME
def test_kills_that_leave_the_same_lead_to_one_life(scenario: Scenario) -> None:
    whole, unlike = unlike_kills(scenario)
    assert [point for kills in unlike for point in kills] == list(range(1, whole.crossings + 1))
    kills = Random(scenario.name).choice([kills for kills in unlike if len(kills) > 1])
    first, last = (run(scenario, Chaos(crash_at=point), replay=False) for point in (kills[0], kills[-1]))
    assert (first.state, first.trace[kills[0] :]) == (last.state, last.trace[kills[-1] :])
