"""Is there something to do? Wakes the main loop, from any thread and from a signal handler.

A byte through a socket pair: a `threading.Event` may not be set in a signal handler, since the interrupted thread may
hold its lock.
"""

from __future__ import annotations

import contextlib
import select
import socket


class Alarm:
    def __init__(self) -> None:
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)

    def ring(self) -> None:
        """Never waits and never fails: a full pipe rings already, a closed one is past ringing."""
        with contextlib.suppress(OSError):
            self._bell.send(b"!")

    def wait(self, seconds: float) -> bool:
        """Until it rings (True), or the time is over. Rings that came before are heard."""
        heard, _, _ = select.select([self._ear], [], [], max(0.0, seconds))
        if heard:
            with contextlib.suppress(BlockingIOError):
                while self._ear.recv(4096):
                    pass
        return bool(heard)

    def close(self) -> None:
        self._bell.close()
        self._ear.close()
