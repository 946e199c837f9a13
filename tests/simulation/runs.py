"""How is one simulation run? A scenario, a seed, a crash point: into an end that is checked.

One simulation is one seed with one crash point (PRF-1). A failure names both, and repeats with them.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from syncd.store.migrate import migrate
from syncd.testing.chaos import Chaos
from syncd.testing.world import World
from tests.simulation import invariants
from tests.simulation.scenarios import Scenario, play

Result = TypeVar("Result")

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


@contextmanager
def world(make: type[World] = World, **changes: Any) -> Iterator[World]:
    with folder() as place:
        database = place / "syncd.sqlite"
        database.write_bytes(empty())
        made = make(database, **changes)
        try:
            yield made
        finally:
            made.close()
            shutil.rmtree(place, ignore_errors=True)


@dataclass(slots=True)
class Noting(Chaos):
    """Notes at each boundary what a kill would leave: what was committed, the world outside, the hour, and whose act it
    was, for that is done again. All else is in the memory of the process."""

    acts: int = 0
    left: list[object] = field(default_factory=list)
    outside: Callable[[], object] = object  # nothing is known yet: no two are alike

    def cross(self, name: str) -> None:
        self.left.append((self.acts, self.outside()))
        Chaos.cross(self, name)


class Noted(World):
    """A world for Noting: SQLite itself tells whether anything was committed since (`PRAGMA data_version`)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.committed = sqlite3.connect(self.database)
        assert isinstance(self.chaos, Noting)
        self.chaos.outside = self._outside

    def _outside(self) -> object:
        (version,) = self.committed.execute("PRAGMA data_version").fetchone()
        mail = self.mail.delivered, self.mail.down, sorted(self.mail.refused)
        return version, self.clock.now(), repr((self.providers, mail, self.reports))

    def survive(self, act: Callable[[], Result]) -> Result:
        assert isinstance(self.chaos, Noting)
        self.chaos.acts += 1
        return super().survive(act)

    def close(self) -> None:
        self.committed.close()
        super().close()


def unlike_kills(scenario: Scenario) -> tuple[Ended, list[range]]:
    """Its life without a kill, and the boundaries of that; together those at which a kill leaves the very same, from
    where on it is one life."""
    chaos = Noting()
    whole = run(scenario, chaos, make=Noted, replay=False)
    begins = [n for n, left in enumerate(chaos.left) if n == 0 or left != chaos.left[n - 1]]
    return whole, [range(a + 1, b + 1) for a, b in pairwise([*begins, whole.crossings])]


def run(scenario: Scenario, chaos: Chaos | None = None, *, replay: bool = True, **changes: Any) -> Ended:
    """Play it to its end with these faults, then check everything that must hold."""
    chaos = chaos or Chaos()
    with world(chaos=chaos, **changes) as made:
        play(made, scenario)
        if chaos.seed or chaos.rate:
            chaos.calm()
            made.run_for(REST)
        else:
            for form, state in scenario.states:
                assert made.session(form).state is state, f"{form} is {made.session(form).state}"
            scenario.check(made)
        invariants.hold(made, replay=replay)
        return Ended(invariants.final_state(made), chaos.crossings, tuple(chaos.trace))
