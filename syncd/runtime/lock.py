"""Is another daemon at work? One engine per database: a lock on a file *beside* it (REL-10).

Never on the database itself: closing any descriptor of that file drops SQLite's own locks (sqlite.org/howtocorrupt.html
2.2). The kernel drops this one with the process, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from pathlib import Path
from typing import Self

from syncd.ports.errors import Misconfigured, SyncdError

_PID_MAX = 20
_TRIES = 5
_PAUSE_SECONDS = 0.05


class AlreadyRunning(SyncdError):
    """Another daemon holds this database."""


class EngineLock:
    """Held from `acquire` until `release`, or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self) -> Self:
        """Raises AlreadyRunning, naming the process that holds it; Misconfigured for a place that cannot be written."""
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            hint = "the folder must be there, and syncd must be allowed to write to it"
            raise Misconfigured(f"{self.path} cannot be written: {error.strerror}", hint=hint) from None
        for _ in range(_TRIES):
            if _locked(file, fcntl.LOCK_EX):
                os.ftruncate(file, 0)
                os.write(file, f"{os.getpid()}\n".encode("ascii"))
                self._file = file
                return self
            threading.Event().wait(_PAUSE_SECONDS)  # `holder` of another process looks for a moment
        holder = _pid_in(file)
        os.close(file)
        raise AlreadyRunning(
            f"another syncd works on this database{f' (process {holder})' if holder else ''}",
            hint=f"stop it first, or give this one a folder of its own; the lock is {self.path}",
        )

    def holder(self) -> str | None:
        """The process that holds it, "?" if it does not say; None: nobody does."""
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            return None if _locked(file, fcntl.LOCK_SH) else _pid_in(file) or "?"
        finally:
            os.close(file)

    def release(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self.acquire() if self._file is None else self

    def __exit__(self, *_: object) -> None:
        self.release()


def _locked(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _pid_in(file: int) -> str:
    return os.pread(file, _PID_MAX, 0).decode("ascii", "replace").strip()
