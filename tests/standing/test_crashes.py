"""Killed at any commit, the whole chain comes to the same: verdicts, one suspension, one strike, one payment, one
reversal, each told once (PRF-1, A7, A9, A15, S1-S4)."""

from __future__ import annotations

import pytest

from tests.standing.chain import kill_at, run

KILLS = 24
"""Spread evenly over the chain; all of them: `python -m tests.standing.chain`."""


@pytest.fixture(scope="module")
def uncut() -> tuple[object, int]:
    return run()


def test_a_kill_at_some_commits_changes_nothing(uncut: tuple[object, int]) -> None:
    expected, crossings = uncut
    assert crossings > 500
    kill_at((crossings // 3,), expected)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_kill_at_any_commit_of_the_chain_changes_nothing(uncut: tuple[object, int]) -> None:
    expected, crossings = uncut
    kill_at(range(7, crossings + 1, crossings // KILLS), expected)
