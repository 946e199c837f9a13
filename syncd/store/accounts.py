"""Who signs in? Users and their sign-ins, as rows (ports/accounts.py)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, select, update

from syncd.domain.accounts import DeskSession, Role, User
from syncd.ports.accounts import Accounts
from syncd.store.columns import AnyRow
from syncd.store.connection import Database
from syncd.store.schema import desk_session, desk_user

KEPT = timedelta(days=30)

_user = select(desk_user).where(desk_user.c.id == bindparam("wanted"))
_of_subject = select(desk_user).where(desk_user.c.subject == bindparam("wanted"), desk_user.c.subject != "")
_users = select(desk_user).order_by(desk_user.c.id)
_session = select(desk_session, desk_user).join_from(desk_session, desk_user, desk_session.c.name == desk_user.c.id)
_session_of = _session.where(desk_session.c.digest == bindparam("wanted"))


class SqlAccounts:
    """Implements `syncd.ports.accounts.Accounts`; see there for the contract."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def user(self, name: str) -> User | None:
        with self._database.read() as connection:
            row = connection.execute(_user, {"wanted": name}).first()
        return _as_user(row) if row is not None else None

    def user_of_subject(self, subject: str) -> User | None:
        with self._database.read() as connection:
            row = connection.execute(_of_subject, {"wanted": subject}).first()
        return _as_user(row) if row is not None else None

    def users(self) -> tuple[User, ...]:
        with self._database.read() as connection:
            return tuple(_as_user(row) for row in connection.execute(_users))

    def keep(self, user: User) -> None:
        row = {
            "id": user.name,
            "role": user.role.value,
            "staff_id": user.staff_id,
            "hash": user.hash,
            "subject": user.subject,
        }
        self._database.write("keep user", lambda c: c.execute(self._database.upsert(desk_user), [row]))

    def remove(self, name: str) -> bool:
        def act(connection: Connection) -> bool:
            connection.execute(delete(desk_session).where(desk_session.c.name == name))
            return bool(connection.execute(delete(desk_user).where(desk_user.c.id == name)).rowcount)

        return self._database.write("remove user", act)

    def open(self, session: DeskSession) -> None:
        row = {
            "digest": session.digest,
            "name": session.user,
            "opened_at": session.opened_at,
            "seen_at": session.seen_at,
        }

        def act(connection: Connection) -> None:
            connection.execute(delete(desk_session).where(desk_session.c.opened_at <= session.opened_at - KEPT))
            connection.execute(desk_session.insert(), [row])

        self._database.write("sign in", act)

    def session(self, digest: str) -> tuple[User, DeskSession] | None:
        with self._database.read() as connection:
            row = connection.execute(_session_of, {"wanted": digest}).first()
        if row is None:
            return None
        return _as_user(row), DeskSession(row.digest, row.name, row.opened_at, row.seen_at)

    def seen(self, digest: str, now: datetime) -> None:
        changed = update(desk_session).where(desk_session.c.digest == digest).values(seen_at=now)
        self._database.write("seen", lambda c: c.execute(changed))

    def close(self, digest: str) -> None:
        self._database.write(
            "sign out", lambda c: c.execute(delete(desk_session).where(desk_session.c.digest == digest))
        )

    def close_all(self, name: str) -> None:
        self._database.write("sign out", lambda c: c.execute(delete(desk_session).where(desk_session.c.name == name)))


def _as_user(row: AnyRow) -> User:
    return User(row.id, Role(row.role), row.staff_id, row.hash, row.subject)


if TYPE_CHECKING:
    _ACCOUNTS: type[Accounts] = SqlAccounts
