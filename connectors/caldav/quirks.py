"""How do the servers differ? One row a server, as data (DAV-7): what the connector meets there, and what an operator
should know. `syncd doctor` finds the row and says where the server differs from it; tests assert each row against the
real server. Nothing branches on a name: the connector acts on what a server announces and answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.caldav.client import Answer
from connectors.caldav.listing import Collection

CLOCKS_APART_MAX = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Quirks:
    """`sign`: what in the Server or DAV header or in a sync token gives it away.

    `expired_status`: how an unknown sync token is refused, always with DAV:valid-sync-token (DAV-2).
    `uid_conflict_status`: how a second resource with the same UID is refused. `etag_on_put`: a write is answered with
    the ETag; `bytes_stand`: and with it exactly what was sent is served (RFC 4791 5.3.4). `etag_by_content`: an event
    changed back to the last byte has its old ETag, so that this change is no news. `auto_schedule`: it announces that
    it invites attendees (RFC 6638).
    """

    server: str
    sign: str
    sync_collection: bool
    ctag: bool
    expired_status: int
    uid_conflict_status: int
    etag_on_put: bool
    bytes_stand: bool
    etag_by_content: bool
    auto_schedule: bool


RADICALE = Quirks(
    server="Radicale",
    sign="http://radicale.org/ns/sync/",
    sync_collection=True,
    ctag=True,
    expired_status=403,
    uid_conflict_status=409,
    etag_on_put=True,
    bytes_stand=False,
    etag_by_content=True,
    auto_schedule=False,
)

XANDIKOS = Quirks(
    server="xandikos",
    sign="add-member, sync-collection",
    sync_collection=True,
    ctag=True,
    expired_status=412,
    uid_conflict_status=412,
    etag_on_put=True,
    bytes_stand=False,
    etag_by_content=True,
    auto_schedule=True,
)

ROWS = (RADICALE, XANDIKOS)


def row_of(options: Answer, about: Collection) -> Quirks | None:
    said = f"{about.said} {options.headers.get('server', '')} {options.headers.get('dav', '')}"
    return next((row for row in ROWS if row.sign in said), None)


def announces_scheduling(options: Answer) -> bool:
    """Does the server say that it mails attendees itself (RFC 6638 2, DAV-6)?"""
    return "calendar-auto-schedule" in (part.strip() for part in options.headers.get("dav", "").split(","))


def facts(options: Answer, about: Collection, now: datetime) -> tuple[str, ...]:
    """What the probe of a calendar found, one sentence each."""
    row = row_of(options, about)
    invites = announces_scheduling(options)
    found = [f"calendar {about.name!r}" if about.name else "a calendar without a name"]
    found.append(f"server: {row.server}" if row else "server: none that the connector is tested with")
    found.append("changes: by sync token" if about.syncs else _without_tokens(about))
    found.append("invitations: the server says that it mails attendees" if invites else "invitations: by syncd alone")
    if about.writable is None:
        found.append("rights: the server does not tell them")
    if about.read_at is not None and abs(about.read_at - now) > CLOCKS_APART_MAX:
        found.append(f"clock: the server's is off by {round((about.read_at - now).total_seconds())} s")
    if row is not None and (row.sync_collection, row.ctag, row.auto_schedule) != (
        about.syncs,
        about.ctag is not None,
        invites,
    ):
        found.append(f"it differs from the {row.server} that the connector is tested with")
    return tuple(found)


def _without_tokens(about: Collection) -> str:
    return "changes: by ctag and ETags" if about.ctag is not None else "changes: by ETags, every 5 minutes"
