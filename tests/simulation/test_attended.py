"""Killed or troubled at any instant, nobody is struck for it, no text goes twice, every text is answered (PRF-3)."""

from __future__ import annotations

from random import Random

import pytest

from syncd.testing.chaos import Chaos
from tests.simulation.attended import ATTENDED, check_attended
from tests.simulation.scenarios import Scenario

BY_NAME = pytest.mark.parametrize("scenario", ATTENDED, ids=lambda s: s.name.replace(" ", "-"))
KILLS = 3


@BY_NAME
def test_a_watched_life_comes_to_its_right_end_killed_or_not(scenario: Scenario) -> None:
    trace = check_attended(scenario, Chaos())
    sharp = [n for n, name in enumerate(trace, 1) if name.startswith(("text.send", "feed.poll.after"))]
    for point in {*sharp[-3:], *Random(scenario.name).sample(range(1, len(trace) + 1), KILLS)}:
        check_attended(scenario, Chaos(crash_at=point))


@pytest.mark.slow
@BY_NAME
def test_a_troubled_watched_life_keeps_what_is_promised(scenario: Scenario) -> None:
    for seed in range(1, 7):
        check_attended(scenario, Chaos(seed=seed, rate=0.15, crash_at=seed * 37))
