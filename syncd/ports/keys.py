"""What is it called, and who says so? Names and tokens by HMAC over the installation's secret."""

from __future__ import annotations

from typing import Protocol


class Keys(Protocol):
    installation_id: str
    """Public, short, stable: it marks our events (CAL-11)."""

    def name(self, purpose: str, *parts: str) -> str:
        """A stable name: 26 lower-case base32 characters (128 bits). Same input, same name, for ever."""
        ...

    def uid(self, session_id: str) -> str:
        """The iCalendar UID: a UUID-shaped digest; no personal data, no row id (spec/invitations.md 1)."""
        ...

    def sign(self, purpose: str, *parts: str) -> str:
        """A token that carries `parts` readable and proves them; URL-safe. It signs identity, not time."""
        ...

    def open(self, purpose: str, token: str) -> tuple[str, ...] | None:
        """The parts, or None: unknown, broken, truncated, another purpose, a revoked secret; constant time."""
        ...

    def digest(self, purpose: str, value: str) -> str:
        """A keyed digest for comparing what must not be kept readable (network addresses)."""
        ...
