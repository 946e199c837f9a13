"""Who signs in to the desk? Users with their role, and the sessions of their browsers (spec/reliability.md 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """What somebody may press: staff their own sessions, leads everybody's and what goes against a customer's word,
    operators what keeps syncd itself running."""

    STAFF = "staff"
    LEAD = "lead"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class User:
    """`name`: what is typed to sign in, as `sign_in_name` makes it. `staff_id`: which member of the desk it is; None
    for one who holds no sessions. `hash`: of the local password, empty where there is none. `subject`: who they are at
    the identity provider, as `<issuer> <sub>` (OpenID Connect Core 1.0, 2), empty until they came from there once."""

    name: str
    role: Role
    staff_id: str | None = None
    hash: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class DeskSession:
    """One browser's sign-in. `digest` of its id: the id itself is in the browser's cookie alone."""

    digest: str
    user: str
    opened_at: datetime
    seen_at: datetime

    def stands_at(self, now: datetime, idle: timedelta, total: timedelta) -> bool:
        """Not left alone for `idle`, and not older than `total`."""
        return now < self.seen_at + idle and now < self.opened_at + total


def sign_in_name(typed: str) -> str:
    """How sign-in names are compared: trimmed, without case."""
    return typed.strip().casefold()
