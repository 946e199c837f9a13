"""What now, when the database fails? Driver errors become errors named by what to do next (REL-7, REL-8).

SQLite: result codes of https://www.sqlite.org/rescode.html; PostgreSQL: SQLSTATE classes (appendix A of its manual).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from syncd.ports.errors import Misconfigured, SyncdError, Unavailable

_SQLITE_UNAVAILABLE = {
    5: "another process keeps the database locked; it is written to in short transactions only",
    6: "another process keeps the database locked; it is written to in short transactions only",
    8: "the database is read-only: check the file's owner and mode, and that its folder can be written to",
    10: "the disk answers with errors: check it, and the system's log",
    13: "the disk is full: make room, nothing else is to be done",
    14: "the database cannot be opened: check that its folder exists and can be written to",
}
_SQLITE_BROKEN = frozenset({11, 26})

_POSTGRES_UNAVAILABLE = {
    "08": "the connection to PostgreSQL was lost: check that it runs and can be reached",
    "25": "PostgreSQL is read-only: is it a standby, or told to be?",
    "53": "PostgreSQL is out of a resource (disk, memory or connections): see its log",
    "55": "another session keeps a row locked for too long: see pg_stat_activity",
    "57": "PostgreSQL is shutting down or starting up, or cancelled the statement: see its log",
    "58": "PostgreSQL meets errors of its system: see its log",
}
_POSTGRES_BROKEN = frozenset({"XX001", "XX002"})
_POSTGRES_CONFLICT = frozenset({"40001", "40P01"})


class Refused(SyncdError):
    """The database refused a statement for a reason that is ours. Says which rule, and nothing of the rows."""


class Conflict(Exception):
    """Two transactions were in each other's way: the same act may be tried again at once."""


@contextmanager
def as_port_errors() -> Iterator[None]:
    """Raises Unavailable, Misconfigured (a damaged database: never repaired here) or Conflict for a driver's error."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("no connection is free", hint="too many readers at once; try again") from error
    except DBAPIError as error:
        # The driver's own text may quote rows, and people with them; so it is neither chained nor repeated.
        raise _judged(error) from None


def _judged(error: DBAPIError) -> Exception:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        primary = int(code) & 0xFF  # the extended codes carry the primary one in their low byte
        if primary in _SQLITE_BROKEN:
            return _broken(error)
        hint = _SQLITE_UNAVAILABLE.get(primary)
        return _refused(error) if hint is None else Unavailable(str(error.orig), hint=hint)
    state = getattr(error.orig, "sqlstate", None)
    if state in _POSTGRES_CONFLICT:
        return Conflict(str(error.orig))
    if state in _POSTGRES_BROKEN:
        return _broken(error)
    if state is None:
        unreachable = error.connection_invalidated or type(error.orig).__name__ == "OperationalError"
        return Unavailable(str(error.orig), hint=_POSTGRES_UNAVAILABLE["08"]) if unreachable else _refused(error)
    hint = _POSTGRES_UNAVAILABLE.get(str(state)[:2])
    return _refused(error) if hint is None else Unavailable(str(error.orig), hint=hint)


def _refused(error: DBAPIError) -> Refused:
    diagnosis = getattr(error.orig, "diag", None)  # PostgreSQL's; its DETAIL would quote the row
    what = diagnosis.message_primary if diagnosis is not None else error.orig
    return Refused(f"{type(error.orig).__name__}: {what}", hint="This is a fault of syncd: please report it.")


def _broken(error: DBAPIError) -> Misconfigured:
    return Misconfigured(
        f"the database is damaged: {error.orig}",
        hint="Stop, keep a copy of the files as they are, and restore a backup; nothing repairs it by itself.",
    )
