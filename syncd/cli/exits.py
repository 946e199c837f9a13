"""How does a command end? Exit codes, for shells, timers and systemd (README.md lists them)."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    FOUND = 1  # it did its work, and what it looked at is not well: check, doctor, an unknown name
    USAGE = 2  # the command line is wrong (Typer's own)
    MISCONFIGURED = 3  # a person must act: the hint says how; a restart changes nothing
    BUSY = 4  # not now: another daemon runs, the database cannot be written
    OURS = 70  # a fault of syncd's
