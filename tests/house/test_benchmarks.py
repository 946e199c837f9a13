"""No benchmark rots: each runs, tiny and unjudged, and both its sides give the same result (PERF-5, PERF-7)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.process import ROOT, SECONDS_MAX


@pytest.mark.slow
def test_every_benchmark_runs_and_compares_like_with_like() -> None:
    command = [sys.executable, "-m", "tests.bench", "--smoke"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS_MAX)
    assert run.returncode == 0, run.stdout + run.stderr
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert {line["goal"] for line in lines} >= {"slots_vs_sweep", "slots_vs_naive", "invitation_cpu", "replay_spared"}
    assert {line["ok"] for line in lines} == {None}


@pytest.mark.slow
def test_a_small_year_is_verified_and_replayed() -> None:
    command = [sys.executable, "-m", "tests.bench.year", "--smoke"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS_MAX)
    assert run.returncode == 0, run.stdout + run.stderr
    lines = {line["goal"]: line for line in map(json.loads, run.stdout.splitlines())}
    assert set(lines) == {"verify_year", "replay_year_quick", "replay_year_slow"}
    assert lines["verify_year"]["suspensions"] > 0
