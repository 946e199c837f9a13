"""A year looked back on: 20,000 sessions verified, and decided again under other terms. `python -m tests.bench.year
[FILE] [--smoke]`: the past in FILE is used, and written first if it is not there (minutes; else into a temporary one).

Prints one JSON line a measurement, wall and CPU seconds; exit status 1 where a replay takes more than a minute of CPU
or the year does not verify. `quick` changes what ledgers alone decide by, `slow` what every session is decided by.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from syncd.domain.terms import Terms
from syncd.engine.verify import verify
from syncd.engine.whatif import what_if
from syncd.policy.decide import decide
from syncd.store.migrate import migrate
from syncd.store.sql_store import SqlStore, open_store
from tests.standing.history import FIRST, Past, multiply

BOOKED, COPIES = 441, 52
"""Of 441 who try to book, 388 find their slot free: 20,176 sessions."""
SMOKE_BOOKED, SMOKE_COPIES = 24, 2
REPLAY_CPU_SECONDS_MAX = 60
SINCE = FIRST - timedelta(days=2)
NOW = FIRST + timedelta(days=500)


def write(file: Path, booked: int, copies: int) -> None:
    migrate(f"sqlite:///{file}")
    store = open_store(f"sqlite:///{file}")
    Past(store, booked).write()
    store.close()
    multiply(file, copies)


@contextmanager
def a_year(file: Path | None, *, smoke: bool) -> Iterator[SqlStore]:
    with TemporaryDirectory() as folder:
        path = file or Path(folder) / "year.db"
        if not path.exists():
            write(path, *((SMOKE_BOOKED, SMOKE_COPIES) if smoke else (BOOKED, COPIES)))
        store = open_store(f"sqlite:///{path}")
        try:
            yield store
        finally:
            store.close()


def measured(goal: str, act: Callable[[], dict[str, int]], cpu_seconds_max: float | None) -> bool:
    began, cpu = time.perf_counter(), time.process_time()
    found = act()
    took = time.process_time() - cpu
    ok = found.get("differences", 0) == 0 and (cpu_seconds_max is None or took < cpu_seconds_max)
    line = {"goal": goal, "cpu_seconds": round(took, 1), "seconds": round(time.perf_counter() - began, 1)}
    print(json.dumps(line | found | {"ok": ok}), flush=True)
    return ok


def verified(store: SqlStore) -> dict[str, int]:
    found = verify(store.past, store.views, decide)
    counted = {"sessions": found.sessions, "suspensions": found.suspensions, "strikes": found.strikes}
    return counted | {"of": store.past.count_sessions(SINCE), "differences": len(found.differences)}


def replayed(store: SqlStore, terms: Terms) -> dict[str, int]:
    found = what_if(store.past, store.views, terms, Terms(), SINCE, NOW, decide)
    return {"sessions": found.sessions, "before": found.before.suspensions, "after": found.after.suspensions}


def main(arguments: list[str]) -> int:
    smoke, files = "--smoke" in arguments, [Path(a) for a in arguments if not a.startswith("--")]
    milder = replace(Terms(), id="other", no_shows=3)
    with a_year(files[0] if files else None, smoke=smoke) as store:
        good = [
            measured("verify_year", lambda: verified(store), None),
            measured("replay_year_quick", lambda: replayed(store, milder), REPLAY_CPU_SECONDS_MAX),
            measured(
                "replay_year_slow",
                lambda: replayed(store, replace(milder, close_without_mobile=timedelta(minutes=8))),
                REPLAY_CPU_SECONDS_MAX,
            ),
        ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
