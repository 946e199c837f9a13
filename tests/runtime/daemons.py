"""How do tests run the daemon? As systemd does: a process with a notify socket, ended by signals and its own id."""

from __future__ import annotations

import contextlib
import http.client
import re
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.process import COMMAND

SECONDS_MAX = 60
STOP_SECONDS_MAX = 10
"""The promise (SIGTERM), for the test that is about it; the others only end what they started."""


class DaemonProcess:
    """`syncd` with these arguments; killed at the end if nothing else ended it. Its log lies in `folder`."""

    def __init__(self, folder: Path, env: Mapping[str, str], *arguments: str | Path) -> None:
        self._folder = folder
        self._command = [*COMMAND, *map(str, arguments)]
        self._env = dict(env)
        self.log = folder / "daemon.log"

    def __enter__(self) -> Self:
        path = self._folder / "notify"
        path.unlink(missing_ok=True)
        self._ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ear.bind(str(path))
        self._ear.settimeout(1)
        env = self._env | {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "60000000"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._command, cwd=self._folder, env=env, stdout=log, stderr=log)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._ear.close()

    def heard(self, wanted: str) -> str:
        """The first message that holds `wanted`; fails if none comes in time, or the daemon ends before."""
        for _ in range(SECONDS_MAX):
            ended = self.process.poll() is not None
            try:
                text = self._ear.recv(4096).decode()
            except TimeoutError:
                if ended:
                    break
            else:
                if wanted in text:
                    return text
        raise AssertionError(f"never heard {wanted}; the log:\n{self.words()}")

    def ready(self) -> int:
        """Wait until it is; the port of its pages."""
        found = re.search(r"port (\d+)", self.heard("READY=1"))
        return int(found[1]) if found else 0

    def words(self) -> str:
        return self.log.read_text()

    def said(self, words: str) -> bool:
        """Whether the log holds these words, now or within the time that anything may take."""
        for _ in range(SECONDS_MAX * 20):
            if words in self.words():
                return True
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)
                return words in self.words()
        return False

    def hang_up(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Its exit code."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS_MAX)


def get(port: int, path: str) -> tuple[int, str]:
    """Status and body; a redirect is followed, as a browser does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_MAX)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        onward = answer.headers.get("Location")
    finally:
        connection.close()
    return get(port, onward) if onward is not None else (answer.status, body)
