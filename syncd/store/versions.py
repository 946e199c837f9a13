"""Which desk and which terms? Every version that was ever in force is kept; a decision names those it was made under
(S10, replay). A desk is known by the digest of its text, terms by their own id."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import Connection, bindparam, select, true, update

from syncd.domain.desk import Desk
from syncd.domain.terms import Terms
from syncd.ports.errors import Misconfigured
from syncd.store.codec import DESK, TERMS, UnreadableRow
from syncd.store.connection import Database
from syncd.store.schema import desk_version, terms_adopted, terms_version

HISTORY_MAX = 100

_in_force = select(
    select(desk_version.c.digest).where(desk_version.c.current == true()).scalar_subquery(),
    select(terms_version.c.id).where(terms_version.c.current == true()).scalar_subquery(),
)
_desk_text = select(desk_version.c.desk).where(desk_version.c.digest == bindparam("digest"))
_terms_text = select(terms_version.c.terms).where(terms_version.c.id == bindparam("terms_id"))

_history = select(terms_adopted.c.at, terms_adopted.c.terms_id).order_by(terms_adopted.c.at.desc()).limit(HISTORY_MAX)


@dataclass(slots=True)
class Versions:
    """Reads them, and remembers what it read: a version never changes."""

    desks: dict[str, Desk] = field(default_factory=dict)
    terms: dict[str, Terms] = field(default_factory=dict)

    def in_force(self, connection: Connection) -> tuple[str, Desk, Terms]:
        """(the desk's digest, desk, terms). Raises Misconfigured where none was adopted."""
        digest, terms_id = connection.execute(_in_force).one()
        if digest is None or terms_id is None:
            raise Misconfigured("no desk is in force", hint="`syncd run` adopts the configured desk; start it once.")
        return digest, self.desk(connection, digest), self.terms_of(connection, terms_id)

    def desk_in_force(self, connection: Connection) -> Desk | None:
        digest, _ = connection.execute(_in_force).one()
        return None if digest is None else self.desk(connection, digest)

    def desk(self, connection: Connection, digest: str) -> Desk:
        if digest not in self.desks:
            self.desks[digest] = DESK.load(connection.execute(_desk_text, {"digest": digest}).scalar_one())
        return self.desks[digest]

    def terms_of(self, connection: Connection, terms_id: str) -> Terms:
        """Raises UnreadableRow: a session names terms that were never adopted."""
        if terms_id not in self.terms:
            text = connection.execute(_terms_text, {"terms_id": terms_id}).scalar()
            if text is None:
                raise UnreadableRow(f"terms {terms_id} were never adopted")
            self.terms[terms_id] = TERMS.load(text)
        return self.terms[terms_id]

    def history(self, connection: Connection) -> tuple[tuple[datetime, Terms], ...]:
        """Since when which terms were in force, the latest first (E13)."""
        rows = connection.execute(_history).all()
        return tuple((row.at, self.terms_of(connection, row.terms_id)) for row in rows)

    def adopt(self, database: Database, connection: Connection, desk: Desk, terms: Terms, now: datetime) -> None:
        """Raises Misconfigured: these terms' id is that of others (S10)."""
        text = DESK.dump(desk)
        digest = blake2b(text.encode(), digest_size=16).hexdigest()
        row = connection.execute(_in_force).one()
        if tuple(row) == (digest, terms.id) and self.terms_of(connection, terms.id) == terms:
            return
        connection.execute(
            database.insert_new(desk_version, "digest"),
            [{"digest": digest, "desk": text, "adopted_at": now, "current": False}],
        )
        connection.execute(
            database.insert_new(terms_version, "id"),
            [{"id": terms.id, "terms": TERMS.dump(terms), "adopted_at": now, "current": False}],
        )
        kept = TERMS.load(connection.execute(_terms_text, {"terms_id": terms.id}).scalar_one())
        if kept != terms:
            raise Misconfigured(
                f"terms {terms.id!r} are kept already, with other numbers",
                hint="Changed terms need an id of their own: bookings are judged by those they were made under (S10).",
            )
        if row[1] != terms.id:
            connection.execute(database.insert_new(terms_adopted, "at"), [{"at": now, "terms_id": terms.id}])
        connection.execute(update(desk_version).values(current=desk_version.c.digest == digest))
        connection.execute(update(terms_version).values(current=terms_version.c.id == terms.id))
