"""Who may come in? The desk's accounts, their passwords, and an identity provider beside them.

Accounts are kept by the store; passwords and the provider are spoken to by the composition root's choice. Nothing here
ever holds a password or a session's id in the clear for longer than a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syncd.domain.accounts import DeskSession, User
from syncd.domain.programs import ProgramKey


class Accounts(Protocol):
    """Every method is one transaction; raises Unavailable."""

    def user(self, name: str) -> User | None: ...

    def user_of_subject(self, subject: str) -> User | None: ...

    def users(self) -> tuple[User, ...]:
        """By name."""
        ...

    def keep(self, user: User) -> None:
        """Add the user, or replace the one of that name; sessions stay."""
        ...

    def remove(self, name: str) -> bool:
        """The user and all their sessions; False: there was none."""
        ...

    def open(self, session: DeskSession) -> None:
        """A new sign-in; sessions that were opened 30 days ago or more are forgotten by the way."""
        ...

    def session(self, digest: str) -> tuple[User, DeskSession] | None: ...

    def seen(self, digest: str, now: datetime) -> None: ...

    def close(self, digest: str) -> None:
        """Sign out; what is not there is closed already."""
        ...

    def close_all(self, name: str) -> None: ...

    # -- programs ------------------------------------------------------------------------------------------------------

    def program(self, digest: str) -> ProgramKey | None:
        """The key of that digest, revoked or not."""
        ...

    def programs(self) -> tuple[ProgramKey, ...]:
        """By name, revoked ones included."""
        ...

    def keep_program(self, key: ProgramKey) -> bool:
        """False: there is, or was, one of that name; nothing has changed."""
        ...

    def revoke_program(self, name: str, now: datetime) -> bool:
        """From now on it opens nothing; False: there is none that stands."""
        ...


class Passwords(Protocol):
    def hash(self, password: str) -> str: ...

    def check(self, hash_: str, password: str) -> bool:
        """The same work for an empty hash, which no password opens: an unknown name takes as long as a known one."""
        ...


@dataclass(frozen=True, slots=True)
class Journey:
    """One way to the provider and back. `url`: where to send the browser. `state`, `nonce` and `verifier` (RFC 7636)
    must come back to `arrive`, and are kept by that browser alone."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for. `name`: the value of the configured claim, empty where it is missing or, for an
    address, not verified."""

    subject: str
    name: str


class SignOn(Protocol):
    """OpenID Connect: authorization code with PKCE (RFC 6749, RFC 7636; Core 1.0). Raises Retryable, Permanent with a
    hint, Misconfigured."""

    label: str
    """What the button says: the provider's name."""

    def depart(self, come_back_to: str) -> Journey: ...

    def arrive(self, answered: Mapping[str, str], journey: Journey, come_back_to: str) -> Identity:
        """The provider's answer in the address that the browser came back with, checked against its journey."""
        ...
