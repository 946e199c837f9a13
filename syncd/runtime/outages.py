"""What was told already? An outage is told when it begins, when it changes and when it ends, not at every try."""

from __future__ import annotations

import threading

import structlog

from syncd.ports.errors import SyncdError

TOLD_MAX = 1_000
STORE = "store"
"""The id under which the store itself is told of."""

log = structlog.get_logger()


class Outages:
    """For the log alone: what must be remembered stands in the store. Any thread may call it."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}
        self._lock = threading.Lock()

    def began(self, what: str, error: SyncdError) -> None:
        if self._news(what, str(error)):
            log.warning(
                "store.failed" if what == STORE else "source.failed", id=what, error=str(error), hint=error.hint
            )

    def ended(self, what: str) -> None:
        with self._lock:
            told = self._told.pop(what, None)
        if told is not None:
            log.info("store.recovered" if what == STORE else "source.recovered", id=what)

    def noted(self, what: str, where: str, problem: str, hint: str) -> None:
        """A row or an item that was not understood: told once."""
        if self._news(f"{what}/{where}", problem):
            log.warning("row.unreadable", id=what, where=where, problem=problem, hint=hint)

    def _news(self, what: str, error: str) -> bool:
        with self._lock:
            if self._told.get(what) == error or (what not in self._told and len(self._told) >= TOLD_MAX):
                return False
            self._told[what] = error
            return True
