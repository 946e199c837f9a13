"""A world that loses requests, loses replies, throttles, forgets cursors and reports phantoms: nobody pays for it."""

from __future__ import annotations

import pytest

from syncd.testing.chaos import Chaos
from tests.simulation.runs import run
from tests.simulation.scenarios import SCENARIOS

SEEDS_FAST, SEEDS_SLOW, PARTS = 10, 240, 6


def troubled(seed: int) -> None:
    scenario = SCENARIOS[seed % len(SCENARIOS)]
    chaos = Chaos(seed=seed + 1, rate=(0.05, 0.15, 0.3)[seed % 3], crash_at=(seed * 37) % 400 + 1)
    try:
        run(scenario, chaos, replay=seed % 4 == 0)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}, {scenario.name}: {error}") from error


@pytest.mark.parametrize("seed", range(SEEDS_FAST))
def test_a_troubled_life_keeps_what_is_promised(seed: int) -> None:
    troubled(seed)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_many_troubled_lives_keep_what_is_promised(part: int) -> None:
    for seed in range(SEEDS_FAST + part, SEEDS_FAST + SEEDS_SLOW, PARTS):
        troubled(seed)
