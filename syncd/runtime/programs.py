"""Which programs may act for the desk? What the operator does about their keys (`syncd key`)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from syncd.config.problems import did_you_mean
from syncd.domain.programs import PREFIX, ProgramKey, Scope, digest_of_key
from syncd.ports.errors import Permanent
from syncd.runtime.bootstrap import System

NAME_MAX = 100
KEY_BYTES = 32


def add(system: System, name: str, scopes: Sequence[Scope], staff_id: str) -> str:
    """The key, which is kept nowhere. Raises Permanent for a name that was used, an unknown member, no scope."""
    wanted = name.strip()
    if not wanted or len(wanted) > NAME_MAX or not wanted.isprintable():
        raise Permanent("this is no name for a key", hint=f"say what it is for, in up to {NAME_MAX} characters")
    if not scopes:
        raise Permanent("a key without a scope opens nothing", hint=f"--scope, of {', '.join(Scope)}")
    members = [member.id for member in system.configuration.desk.staff]
    if staff_id not in members:
        raise Permanent(
            f"there is no staff member “{staff_id:.80}”", hint=did_you_mean(staff_id, members) or "[[staff]]"
        )
    key = PREFIX + secrets.token_urlsafe(KEY_BYTES)
    ordered = tuple(scope for scope in Scope if scope in scopes)
    made = ProgramKey(wanted, digest_of_key(key), ordered, staff_id, system.clock.now())
    if not system.store.accounts.keep_program(made):
        raise Permanent(f"there is, or was, a key “{wanted}”", hint="a revoked name stays taken: choose another one")
    return key


def revoke(system: System, name: str) -> None:
    """Raises Permanent where no such key stands."""
    if not system.store.accounts.revoke_program(name.strip(), system.clock.now()):
        known = [key.name for key in keys(system) if key.revoked_at is None]
        raise Permanent(f"no key “{name:.80}” stands", hint=did_you_mean(name, known) or "`syncd key list`")


def keys(system: System) -> tuple[ProgramKey, ...]:
    return system.store.accounts.programs()
