"""Who else runs? Child processes of the sample: started, waited for until they answer, ended by their own id.

A run that was killed leaves its children behind; their ids lie in files, and the next run ends them first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from syncd.ports.errors import Misconfigured

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 5
_STEP_SECONDS = 0.05
LOOPBACK = "127.0.0.1"


class Child:
    """One process that serves a port on loopback."""

    def __init__(self, name: str, command: Sequence[str], port: int, folder: Path) -> None:
        self.name = name
        self.port = port
        self._command = list(command)
        self._pid_file = folder / f"{name}.pid"
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Raises Misconfigured if it ends, or does not answer in time; its own words are in its log."""
        end_left_behind(self._pid_file, self._command[-1])
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we end the children in order
            )
        self._pid_file.write_text(f"{self._process.pid}\n", encoding="ascii")
        for _ in range(int(START_SECONDS_MAX / _STEP_SECONDS)):
            with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), timeout=1):
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STEP_SECONDS)
                break
        self.stop()
        raise Misconfigured(f"the sample's {self.name} did not start", hint=f"its own words: {self._log}")

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._pid_file.unlink(missing_ok=True)


def end_left_behind(pid_file: Path, argument: str) -> bool:
    """End the process of an earlier run, if the one with that id is still it: its last argument tells."""
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
        command = _command_of(pid)
    except (OSError, ValueError):
        return False
    pid_file.unlink(missing_ok=True)
    if not command.endswith(argument):
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        for _ in range(int(STOP_SECONDS_MAX / _STEP_SECONDS)):
            os.kill(pid, 0)
            threading.Event().wait(_STEP_SECONDS)
    return True


def _command_of(pid: int) -> str:
    """The command line of a process: by /proc where there is one, else by ps. Empty: there is no such process."""
    if Path("/proc/self").exists():
        place = Path(f"/proc/{pid}/cmdline")
        return place.read_bytes().decode("utf-8", "replace").rstrip("\0").replace("\0", " ") if place.exists() else ""
    told = subprocess.run(["ps", "-ww", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False)
    return told.stdout.strip()


def free_port(wanted: int | None) -> int:
    """`wanted` if it can be had, else any that is free."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as trial:
            if port is not None:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind((LOOPBACK, port))
                return int(trial.getsockname()[1])
    raise Misconfigured("there is no free port on this machine", hint="close a program that listens")
