"""How is one simulation run? A scenario, a seed, a crash point: into an end that is checked.

One simulation is one seed with one crash point (PRF-1). A failure names both, and repeats with them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from syncd.store.migrate import migrate
from syncd.testing.chaos import Chaos
from syncd.testing.world import World
from tests.simulation import invariants
from tests.simulation.scenarios import Scenario, play

Made = TypeVar("Made", bound=World)

SHM = Path("/dev/shm")
REST = timedelta(hours=12)
"""After this long without faults, everything has come to its end: parked work has been given up by then."""


@dataclass(frozen=True)
class Ended:
    """What a run came to: its final state, how many boundaries it crossed, and the trace of them."""

    state: object
    crossings: int
    trace: tuple[str, ...]


@cache
def empty() -> bytes:
    """A migrated database without rows, made once a process."""
    with folder() as place:
        database = place / "empty.sqlite"
        migrate(f"sqlite:///{database}")
        return database.read_bytes()


@contextmanager
def folder() -> Iterator[Path]:
    """A folder in memory where there is one: commits then cost what they compute."""
    with TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as name:
        yield Path(name)


def world(make: type[World] = World, **changes: Any) -> AbstractContextManager[World]:
    """On an empty database."""
    return living(make, empty(), **changes)


@contextmanager
def living(make: type[Made], database: bytes, **changes: Any) -> Iterator[Made]:
    with folder() as place:
        path = place / "syncd.sqlite"
        path.write_bytes(database)
        made = make(path, **changes)
        try:
            yield made
        finally:
            made.close()
            shutil.rmtree(place, ignore_errors=True)


def run(scenario: Scenario, chaos: Chaos | None = None, *, replay: bool = True, **changes: Any) -> Ended:
    """Play it to its end with these faults, then check everything that must hold."""
    chaos = chaos or Chaos()
    with world(chaos=chaos, **changes) as made:
        play(made, scenario)
        return end(made, scenario, replay=replay)


def end(made: World, scenario: Scenario, *, replay: bool) -> Ended:
    """What it came to, with all that must hold."""
    chaos = made.chaos
    if chaos.seed or chaos.rate:
        chaos.calm()
        made.run_for(REST)
    else:
        for form, state in scenario.states:
            assert made.session(form).state is state, f"{form} is {made.session(form).state}"
        scenario.check(made)
    invariants.hold(made, replay=replay)
    return Ended(invariants.final_state(made), chaos.crossings, tuple(chaos.trace))
