"""Which mails do we know? Their bytes as they came, and the names by which answers to ours find their subject.

`raw` keeps every mail that was taken in, so that a later version can read again what this one could not (INV-43);
`mail_name` knows what we sent, by Message-ID and by reply tag, for as long as there may be an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text, update

from syncd.domain.attendance import InboxHealth
from syncd.domain.keys import CaseKey
from syncd.ports.source import Raw
from syncd.ports.store import SentMail
from syncd.store import inbox, sources
from syncd.store.connection import Database
from syncd.store.schema import mail_name, raw, request_index, session
from syncd.store.sources import Readings

UNREADABLE_MAX = 1_000
NAMES_MAX = 500

_put_aside = text("unreadable <> ''")
_understood = (
    update(raw).where(raw.c.key == bindparam("wanted"), raw.c.unreadable != "").values(unreadable=bindparam("why"))
)
_unseen = inbox.unseen(raw.c.key)
_unreadable = select(raw).where(raw.c.source == bindparam("box"), _put_aside, _unseen).order_by(raw.c.received_at)
_unread = select(func.count()).where(
    raw.c.source == bindparam("box"), _put_aside, raw.c.received_at >= bindparam("at"), _unseen
)
_named = select(mail_name).where(mail_name.c.name.in_(bindparam("names", expanding=True)))
_of_uid = select(session.c.id).where(session.c.uid == bindparam("uid"))
_lately = select(func.count()).where(
    request_index.c.sender == bindparam("sender"),
    request_index.c.received_at > bindparam("since"),
    request_index.c.received_at <= bindparam("at"),
    request_index.c.id != bindparam("mine"),
)


def keep(database: Database, connection: Connection, source_id: str, raws: Sequence[Raw]) -> None:
    """Each once. What was put aside before and is understood now is put aside no longer; never the other way round."""
    if not raws:
        return
    rows: list[dict[str, Any]] = [
        {"key": r.key, "source": source_id, "received_at": r.received_at, "body": r.body, "unreadable": r.unreadable}
        for r in raws
    ]
    connection.execute(database.insert_new(raw, "key"), rows)
    connection.execute(_understood, [{"wanted": each.key, "why": each.unreadable} for each in raws])


def unreadable(connection: Connection, source_id: str) -> tuple[Raw, ...]:
    rows = connection.execute(_unreadable.limit(UNREADABLE_MAX), {"box": source_id})
    return tuple(Raw(row.key, row.received_at, row.body, row.unreadable) for row in rows)


def health(
    connection: Connection, readings: Readings, inboxes: Sequence[str], since: datetime
) -> tuple[InboxHealth, ...]:
    """How far each source of customers' words has been read, and what of it, received since, could not be (ATT-7.6)."""
    found = []
    for name in inboxes:
        row = sources.row_of(connection, name)
        upto = readings.latest(name, row.read_at) if row is not None else None
        unread = int(connection.execute(_unread, {"box": name, "at": since}).scalar_one())
        found.append(InboxHealth(name, upto, unread))
    return tuple(found)


def note_names(
    database: Database, connection: Connection, names: Sequence[str], subject: CaseKey, recipient: str
) -> None:
    if names:
        rows = [{"name": name, "subject": subject, "recipient": recipient} for name in names]
        connection.execute(database.insert_new(mail_name, "name"), rows)


def named(connection: Connection, names: Sequence[str]) -> tuple[SentMail, ...]:
    """In the order asked."""
    wanted = list(dict.fromkeys(names))[:NAMES_MAX]
    if not wanted:
        return ()
    rows = {row.name: row for row in connection.execute(_named, {"names": wanted})}
    return tuple(SentMail(n, CaseKey(rows[n].subject), rows[n].recipient) for n in wanted if n in rows)


def session_of_uid(connection: Connection, uid: str) -> str | None:
    found: str | None = connection.execute(_of_uid, {"uid": uid}).scalar() if uid else None
    return found


def lately(connection: Connection, request_id: str, sender: str, at: datetime) -> int:
    """How many other requests came from that address in the day before (spec/invitations.md 4, Loops)."""
    bound = {"sender": sender, "since": at - timedelta(days=1), "at": at, "mine": request_id}
    return int(connection.execute(_lately, bound).scalar_one())
