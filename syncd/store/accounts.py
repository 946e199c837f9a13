"""Who signs in? Users and their sign-ins, as rows (ports/accounts.py)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, select, update

from syncd.domain.accounts import DeskSession, Role, User
from syncd.domain.programs import ProgramKey, Scope
from syncd.ports.accounts import Accounts
from syncd.store.columns import AnyRow
from syncd.store.connection import Database
from syncd.store.schema import desk_session, desk_user, program_key

KEPT = timedelta(days=30)

_user = select(desk_user).where(desk_user.c.id == bindparam("wanted"))
_of_subject = select(desk_user).where(desk_user.c.subject == bindparam("wanted"), desk_user.c.subject != "")
_users = select(desk_user).order_by(desk_user.c.id)
_program = select(program_key).where(program_key.c.digest == bindparam("wanted"))
_programs = select(program_key).order_by(program_key.c.name)
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

    # -- programs ------------------------------------------------------------------------------------------------------

    def program(self, digest: str) -> ProgramKey | None:
        with self._database.read() as connection:
            row = connection.execute(_program, {"wanted": digest}).first()
        return _as_program(row) if row is not None else None

    def programs(self) -> tuple[ProgramKey, ...]:
        with self._database.read() as connection:
            return tuple(_as_program(row) for row in connection.execute(_programs))

    def keep_program(self, key: ProgramKey) -> bool:
        row = {
            "name": key.name,
            "digest": key.digest,
            "scopes": " ".join(key.scopes),
            "staff_id": key.staff_id,
            "made_at": key.made_at,
            "revoked_at": key.revoked_at,
        }

        def act(connection: Connection) -> bool:
            known = connection.execute(select(program_key.c.name).where(program_key.c.name == key.name)).first()
            if known is None:
                connection.execute(program_key.insert(), [row])
            return known is None

        return self._database.write("keep key", act)

    def revoke_program(self, name: str, now: datetime) -> bool:
        standing = (program_key.c.name == name) & program_key.c.revoked_at.is_(None)
        changed = update(program_key).where(standing).values(revoked_at=now)
        return self._database.write("revoke key", lambda c: bool(c.execute(changed).rowcount))


def _as_program(row: AnyRow) -> ProgramKey:
    scopes = tuple(Scope(scope) for scope in row.scopes.split())
    return ProgramKey(row.name, row.digest, scopes, row.staff_id, row.made_at, row.revoked_at)


def _as_user(row: AnyRow) -> User:
    return User(row.id, Role(row.role), row.staff_id, row.hash, row.subject)


if TYPE_CHECKING:
    _ACCOUNTS: type[Accounts] = SqlAccounts
