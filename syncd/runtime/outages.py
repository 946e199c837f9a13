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

    def noted(self, what: str, where: str, error: Exception) -> None:
        """What broke or waits at one place: told once, and again when it changes; with a traceback where we are
        wrong."""
        if self._news(f"{what}/{where}", str(error)):
            ours = what.endswith(".broke")
            log.warning(
                what, id=where, error=str(error), hint=getattr(error, "hint", ""), exc_info=error if ours else None
            )

    def _news(self, what: str, error: str) -> bool:
        with self._lock:
            if self._told.get(what) == error:
                return False
            if what not in self._told and len(self._told) >= TOLD_MAX:
                self._told.clear()  # better twice than never
            self._told[what] = error
            return True
