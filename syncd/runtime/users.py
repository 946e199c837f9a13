"""Who may sign in to the desk? What the operator does about it, beside the daemon (`syncd user`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from syncd.config.problems import did_you_mean
from syncd.domain.accounts import Role, User, sign_in_name
from syncd.ports.errors import Permanent
from syncd.runtime.bootstrap import System
from syncd.runtime.passwords import PASSWORD_MAX, PASSWORD_MIN, Argon2Passwords

NAME_MAX = 100


Ask = Callable[[], str]
"""Where a password comes from: asked for once all else is known to be right."""


def add(system: System, name: str, role: Role, staff_id: str | None, password: Ask | None) -> User:
    """`password` None: by the identity provider alone. Raises Permanent for a name that is taken, an unknown member, a
    password that is too short."""
    wanted = sign_in_name(name)
    if not wanted or len(wanted) > NAME_MAX or not wanted.isprintable():
        raise Permanent("this is no name to sign in by", hint=f"use up to {NAME_MAX} characters, or an address")
    if system.store.accounts.user(wanted) is not None:
        raise Permanent(f"there is a user {wanted} already", hint="`syncd user password` sets a new password")
    if staff_id is not None:
        staff_member(system, staff_id)
    user = User(wanted, role, staff_id, _hash(password()) if password is not None else "")
    system.store.accounts.keep(user)
    return user


def set_password(system: System, name: str, password: Ask) -> None:
    """Whoever is signed in under that name is signed out. Raises Permanent for an unknown name, a password that is too
    short."""
    user = _known(system, name)
    system.store.accounts.keep(replace(user, hash=_hash(password())))
    system.store.accounts.close_all(user.name)


def remove(system: System, name: str) -> None:
    """Raises Permanent for an unknown name."""
    system.store.accounts.remove(_known(system, name).name)


def users(system: System) -> tuple[User, ...]:
    return system.store.accounts.users()


def staff_member(system: System, staff_id: str) -> str:
    """The id, where there is such a member of the desk. Raises Permanent."""
    known = [member.id for member in system.configuration.desk.staff]
    if staff_id not in known:
        hint = did_you_mean(staff_id, known) or f"there are {', '.join(known)}"
        raise Permanent(f"there is no staff member “{staff_id:.80}”", hint=hint)
    return staff_id


def _known(system: System, name: str) -> User:
    user = system.store.accounts.user(sign_in_name(name))
    if user is None:
        known = [one.name for one in users(system)]
        raise Permanent(f"there is no user “{name:.80}”", hint=did_you_mean(name, known) or "`syncd user list`")
    return user


def _hash(password: str) -> str:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Permanent("the password is too short", hint=f"it takes {PASSWORD_MIN} characters; a sentence is good")
    return Argon2Passwords().hash(password)
