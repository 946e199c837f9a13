"""May we sign in once more? A wrong password is tried twice, then once an hour, so that no account is locked out.

EWS-8, CAL-27. An overloaded server says 401 too, so one refusal is no proof; after the second the account is parked,
and everything of it is refused here, before the network, until the hour is over.
"""

from __future__ import annotations

from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured

TRIES_MAX = 2
PARKED_SECONDS = 3600


class Gate:
    """One service account's. Callers hold the connection's turn, so it needs no lock of its own."""

    def __init__(self, clock: Clock, who: str) -> None:
        self._clock = clock
        self._who = who
        self._refusals = 0
        self._refused_at = 0.0

    @property
    def parked(self) -> bool:
        return self._refusals >= TRIES_MAX and self._clock.monotonic() - self._refused_at < PARKED_SECONDS

    def check(self) -> None:
        """Raises Misconfigured while the account is parked."""
        if self.parked:
            raise self.hint()

    def accepted(self) -> None:
        self._refusals = 0

    def refused(self) -> None:
        self._refusals += 1
        self._refused_at = self._clock.monotonic()

    def hint(self) -> Misconfigured:
        return Misconfigured(
            f"the server refuses the sign-in of {self._who} (401)",
            hint="Check `username`, the credential and `auth` (the server must offer it for EWS), and that the account "
            "is not locked out. It is tried once an hour from now on; restart after a correction.",
        )
