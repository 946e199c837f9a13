"""Who notices that mail has come? A thread for each mailbox, which idles and says so; reading is the pool's work.

A watch that cannot idle, or whose connection fails, leaves it to the poll, and tries again after a while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from syncd.ports.errors import SyncdError
from syncd.ports.mail import MailIn

IDLE = timedelta(minutes=1)
PAUSE_SECONDS = 60.0
"""After a failure, or where the server cannot tell; then it is asked once more."""


class MailWatch:
    """Watches one mailbox until it is stopped. `came` is called from its thread."""

    def __init__(self, source: MailIn, came: Callable[[], None], report: Callable[[str, str, Exception], None]) -> None:
        self._source = source
        self._came = came
        self._report = report
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"syncd-watch-{source.id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """It ends by itself, after its present wait at the latest; nothing that it does then has any effect."""
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.is_set():
            try:
                came = self._source.wait(IDLE)
            except SyncdError:  # reading meets it too, and tells
                came = None
            except Exception as error:  # noqa: BLE001 -- a connector's surprise ends no mail: the poll goes on
                self._report("watch.broke", self._source.id, error)
                came = None
            if self._stopped.is_set():
                break
            if came:
                self._came()
            elif came is None:
                self._stopped.wait(PAUSE_SECONDS)
        self._source.close()
