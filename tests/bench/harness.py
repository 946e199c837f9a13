"""How is a goal measured? Two sides by turns, each in a process of its own; the value is the median of pairwise ratios.

A goal's module has `GOALS`: name -> Goal. A side is a function `size -> digest of its result`: both sides must give the
same digest, or there is no number (PERF-5).
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5
SIDE_SECONDS_MAX = 300
Side = Callable[[int], tuple[str, Callable[[], object]]]


@dataclass(frozen=True)
class Goal:
    """`ours` and `theirs` prepare their work and give (digest of the result, what to time). `at_most` true: the ratio
    ours / theirs must not exceed the target; false: theirs / ours must reach it."""

    ours: Side
    theirs: Side
    size: int
    smoke: int
    target: float
    unit: str
    at_most: bool = True
    repeat: int = 1


def measure(module: str, name: str, *, smoke: bool) -> dict[str, object]:
    """One goal's JSON line."""
    goal: Goal = import_module(module).GOALS[name]
    size = goal.smoke if smoke else goal.size
    rounds = 1 if smoke else ROUNDS
    runs = [{side: _side(module, name, side, size) for side in ("ours", "theirs")} for _ in range(rounds)]
    digests = {run[side]["digest"] for run in runs for side in run}
    detail: dict[str, object] = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "size": size,
        "rounds": rounds,
        "calibration_us": round(_calibration() * 1e6),
    }
    line: dict[str, object] = {"goal": name, "value": None, "target": goal.target, "unit": goal.unit, "ok": None}
    if len(digests) != 1:
        return line | {"ok": False, "detail": detail | {"error": "the two sides give different results"}}
    for side in ("ours", "theirs"):
        seconds = sorted(run[side]["cpu"] for run in runs)
        detail[f"{side}_ms"] = [round(1000 * s, 3) for s in (seconds[0], statistics.median(seconds), seconds[-1])]
    upper, lower = ("ours", "theirs") if goal.at_most else ("theirs", "ours")
    value = statistics.median(run[upper]["cpu"] / run[lower]["cpu"] for run in runs)
    ok = value <= goal.target if goal.at_most else value >= goal.target
    return line | {"value": round(value, 3), "ok": None if smoke else ok, "detail": detail}


def run_side(module: str, name: str, side: str, size: int) -> None:
    """In the fresh process: prepare, warm up, time CPU, print."""
    goal: Goal = import_module(module).GOALS[name]
    digest, work = getattr(goal, side)(size)
    work()
    started = time.process_time()
    for _ in range(goal.repeat):
        work()
    print(json.dumps({"digest": digest, "cpu": (time.process_time() - started) / goal.repeat}))


def _side(module: str, name: str, side: str, size: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench", "--side", module, name, side, str(size)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    out = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SIDE_SECONDS_MAX, check=True
    )
    answer: dict[str, float] = json.loads(out.stdout.splitlines()[-1])
    return answer


def _calibration() -> float:
    """Seconds of CPU for a fixed loop: how fast this machine is today."""
    started = time.process_time()
    total = 0
    for n in range(100_000):
        total += n * n % 7
    assert total
    return time.process_time() - started
