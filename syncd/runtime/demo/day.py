"""What is there to play with? Sign-ins for the sample's staff, and a session or two today, set by staff in their own
calendars (K7), as they would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from syncd.domain.accounts import Role, User
from syncd.domain.spans import Span
from syncd.runtime.bootstrap import System
from syncd.runtime.demo.calendar_server import put_event
from syncd.runtime.demo.sample import STAFF
from syncd.runtime.passwords import Argon2Passwords

AHEAD = timedelta(hours=12)
TODAY = (
    ("dana", timedelta(minutes=8), "Maria Lopez", "maria@harborlane.example", "Reports print twice"),
    ("jonas", timedelta(minutes=45), "Tomas Birke", "tomas@birke.example", "The import stops at line 400"),
)
LENGTH = timedelta(minutes=30)
STEP = timedelta(minutes=5)
STAMP = "%Y%m%dT%H%M%SZ"
EVENT = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//syncd//sample desk//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:{stamp}
DTSTART:{start}
DTEND:{end}
SUMMARY:Support: {about}
DESCRIPTION:{name} {email}
END:VEVENT
END:VCALENDAR
"""

log = structlog.get_logger()


def prepare(system: System, port: int, passwords: Mapping[str, str]) -> None:
    """Before the daemon runs: users that are not there yet, the directory read once, and today's sessions where the
    next hours have none."""
    _users(system, passwords)
    system.adopt()
    for directory in system.outside.directories:
        system.reader.read(directory)
    now = system.clock.now()
    if system.store.views.sessions_between(Span(now, now + AHEAD)):
        return
    for member, ahead, name, email, about in TODAY:
        start = _rounded(now + ahead)
        uid = f"sample-{member}-{start.strftime(STAMP)}"
        text = EVENT.format(
            uid=uid,
            stamp=now.strftime(STAMP),
            start=start.strftime(STAMP),
            end=(start + LENGTH).strftime(STAMP),
            about=about,
            name=name,
            email=email,
        )
        status = put_event(port, f"/{member}/support/{uid}.ics", member, passwords[member], text.replace("\n", "\r\n"))
        if status not in (201, 204):
            log.warning("sample.event_refused", staff=member, status=status)


def _users(system: System, passwords: Mapping[str, str]) -> None:
    """With the passwords of their calendars: one login a person."""
    hasher = Argon2Passwords()
    for member in STAFF:
        if system.store.accounts.user(member.id) is None:
            role = Role.LEAD if member.lead else Role.STAFF
            system.store.accounts.keep(User(member.id, role, member.id, hasher.hash(passwords[member.id])))


def _rounded(instant: datetime) -> datetime:
    whole = instant.replace(second=0, microsecond=0)
    return whole + (STEP - timedelta(minutes=whole.minute % 5) if whole.minute % 5 else timedelta(0))
