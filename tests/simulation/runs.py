"""How is one simulation run? A scenario, a seed, a crash point: into an end that is checked.

One simulation is one seed with one crash point (PRF-1). A failure names both, and repeats with them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from syncd.store.migrate import migrate
from syncd.testing.chaos import Chaos
from syncd.testing.world import World
from tests.simulation import invariants
from tests.simulation.scenarios import Scenario, play

SHM = Path("/dev/shm")
REST = timedelta(hours=12)
"""After this long without faults, everything has come to its end: parked work has been given up by then."""


@dataclass(frozen=True)
class Ended:
    """What a run came to: its final state, how many boundaries it crossed, and the trace of them. `left`: what a crash
    at each would have left behind, where that was asked."""

    state: object
    crossings: int
    trace: tuple[str, ...]
    left: tuple[str, ...] = ()

    def crashes(self) -> list[int]:
        """The boundaries at which a crash leaves something new: in memory is nothing that a crash would not lose, so
        those that leave the same are one. Of each such run of boundaries, the last."""
        return sorted({remains: point for point, remains in enumerate(self.left, 1)}.values())


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


@contextmanager
def world(make: type[World] = World, **changes: object) -> Iterator[World]:
    with folder() as place:
        database = place / "syncd.sqlite"
        database.write_bytes(empty())
        made = make(database, **changes)  # type: ignore[arg-type]
        try:
            yield made
        finally:
            made.close()
            shutil.rmtree(place, ignore_errors=True)


def run(
    scenario: Scenario, chaos: Chaos | None = None, *, replay: bool = True, remains: bool = False, **changes: object
) -> Ended:
    """Play it to its end with these faults, then check everything that must hold."""
    chaos = chaos or Chaos()
    with world(chaos=chaos, **changes) as made:  # type: ignore[arg-type]
        if remains:
            chaos.remains = made.remains
        play(made, scenario)
        if chaos.seed or chaos.rate:
            chaos.calm()
            made.run_for(REST)
        else:
            for form, state in scenario.states:
                assert made.session(form).state is state, f"{form} is {made.session(form).state}"
            scenario.check(made)
        invariants.hold(made, replay=replay)
        return Ended(invariants.final_state(made), chaos.crossings, tuple(chaos.trace), tuple(chaos.left))
