"""Killed at any instant, syncd loses nothing and doubles nothing (PRF-1, PRF-3). Every boundary of twenty lives."""

from __future__ import annotations

from random import Random

import pytest

from syncd.testing.chaos import Chaos
from tests.simulation.kills import resume, unlike_kills
from tests.simulation.runs import Ended, run
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
    """Each life that can follow a kill, from there on; the next test holds that to what a kill in mid-life does."""
    whole, lives = unlike_kills(scenario)
    for n, (kills, left) in enumerate(lives[part::PARTS]):
        try:
            ended = resume(scenario, left, replay=n % REPLAYED == 0)
            assert ended.state == whole.state, "another end than without the crash"
        except AssertionError as error:
            raise AssertionError(f"{scenario.name}: crash at one of the boundaries {kills}: {error}") from error


@pytest.mark.slow
@BY_NAME
def test_kills_that_leave_the_same_lead_to_one_life(scenario: Scenario) -> None:
    whole, lives = unlike_kills(scenario)
    listed = [point for kills, _ in lives for point in kills]
    assert listed == list(range(listed[0], whole.crossings + 1))
    for point in range(1, listed[0]):
        crashed_at(scenario, point, whole, replay=False)
    kills, left = Random(scenario.name).choice([life for life in lives if len(life[0]) > 1])
    resumed = resume(scenario, left, replay=False)
    for point in (kills[0], kills[-1]):
        killed = run(scenario, Chaos(crash_at=point), replay=False)
        assert (killed.state, killed.trace[point:]) == (resumed.state, resumed.trace)
