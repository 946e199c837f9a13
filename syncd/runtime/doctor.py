"""Does everything work, really? Every connector tried, the database looked into; a hint for each failure.

What `syncd check` judges offline is tried here for real. Nothing is written, save what signing in leaves behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from syncd.domain.effect import EffectState
from syncd.ports.errors import SyncdError
from syncd.runtime.bootstrap import System
from syncd.runtime.lock import EngineLock

PROBES_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Examined:
    """One part: well or not, what was found, and what to do."""

    part: str
    well: bool
    facts: tuple[str, ...]
    hint: str = ""


def examine(system: System) -> tuple[Examined, ...]:
    """All parts, in the order in which one would mend them."""
    return (*_tables(system), *_probes(system), *_sources(system), *_left_over(system))


def _tables(system: System) -> Iterator[Examined]:
    counts = system.store.views.directory_counts()
    yield Examined("store", True, (f"{counts.companies} companies, {counts.contacts} contacts",))
    holder = EngineLock(system.place.lock).holder()
    yield Examined("daemon", True, ("does not run" if holder is None else f"runs as process {holder}",))


def _probes(system: System) -> Iterator[Examined]:
    outside = system.outside
    probes: list[tuple[str, Callable[[], tuple[str, ...]]]] = [
        *((f"calendar {calendar_id}", calendar.probe) for calendar_id, calendar in outside.calendars.items()),
        ("mail", outside.mail.probe),
        *((f"directory {directory.id}", directory.probe) for directory in outside.directories),
    ]
    with ThreadPoolExecutor(PROBES_AT_ONCE, thread_name_prefix="syncd-probe") as pool:
        yield from pool.map(lambda probe: tried(*probe), probes)


def tried(part: str, probe: Callable[[], tuple[str, ...]]) -> Examined:
    try:
        return Examined(part, True, probe())
    except SyncdError as error:
        return Examined(part, False, (str(error),), error.hint)
    except Exception as error:  # noqa: BLE001 -- one connector's surprise must not hide the others' state
        return Examined(
            part, False, (f"{type(error).__name__}: {error}",), "this is a fault of the connector; report it"
        )


def _sources(system: System) -> Iterator[Examined]:
    known = {*system.outside.calendars, *(directory.id for directory in system.outside.directories)}
    for state in system.store.views.sources():
        if state.failing_since is not None and state.source in known:
            since = f"failing since {state.failing_since:%Y-%m-%d %H:%M} UTC: {state.error}"
            yield Examined(f"source {state.source}", False, (since,), state.hint)


def _left_over(system: System) -> Iterator[Examined]:
    parked = system.store.views.outbox((EffectState.PARKED,))
    if parked:
        facts = tuple(f"{row.effect.kind}: {row.reason}" for row in parked[:5])
        yield Examined("outbox", False, (f"{len(parked)} set aside", *facts), "see `syncd outbox list --state parked`")
    for key, until, reason in system.store.views.set_aside():
        facts = (f"waits until {until:%Y-%m-%d %H:%M} UTC: {reason}",)
        yield Examined(f"case {key}", False, facts, "deciding it failed: this is a fault of syncd; report it")
