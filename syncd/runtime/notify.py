"""Does systemd know how we are? The sd_notify(3) protocol: datagrams to the socket that $NOTIFY_SOCKET names.

Without that variable nobody asks, and nothing is sent.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Mapping

STATUS_MAX = 300


class Notifier:
    """`watchdog_seconds`: how often systemd wants to hear of us; None: it does not (sd_watchdog_enabled(3))."""

    def __init__(self, environment: Mapping[str, str], pid: int) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        for_us = environment.get("WATCHDOG_PID", str(pid)) == str(pid)
        usec = environment.get("WATCHDOG_USEC", "")
        self.watchdog_seconds = int(usec) / 1_000_000 if usec.isdigit() and for_us else None

    def ready(self, status: str) -> None:
        self._send("READY=1", f"STATUS={status[:STATUS_MAX]}")

    def reloading(self) -> None:
        """Type=notify-reload wants the monotonic instant as well."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def watchdog(self) -> None:
        """Never waits: one that is not heard is followed by the next."""
        if self.watchdog_seconds is not None:
            self._send("WATCHDOG=1", wait_seconds=0)

    def status(self, status: str) -> None:
        self._send(f"STATUS={status[:STATUS_MAX]}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def _send(self, *lines: str, wait_seconds: float = 1.0) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        text = "\n".join(line.replace("\n", " ") for line in lines)
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out,
        ):
            out.settimeout(wait_seconds)
            out.sendto(text.encode("utf-8"), address)
