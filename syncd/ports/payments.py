"""What do we ask of a payment processor? To take one payment, to say what became of it, to take it no more (PAY-1 to
PAY-7). There is no way to pay money back, here or below (PAY-7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from syncd.domain.effect import PaymentOpen
from syncd.domain.paying import PaymentSeen


@dataclass(frozen=True, slots=True)
class Opened:
    """`url` is where the customer pays; empty where nothing is paid online (an invoice)."""

    outside_id: str
    url: str


class Payments(Protocol):
    id: str
    """The connector's name: the method of a payment."""

    lane: str
    online: bool
    """The customer pays before the session is booked; false: it is billed by hand, and booked at once."""

    def open(self, wanted: PaymentOpen, key: str, done_url: str, back_url: str) -> Opened:
        """Take it, until `wanted.expires_at`. `key` is the act's, the same for every retry (PAY-2, REL-5).

        Raises Retryable, OutcomeUnknown (repeat with the same key), Permanent, Misconfigured.
        """
        ...

    def look(self, reference: str, outside_id: str) -> PaymentSeen:
        """As it is now, by the processor's id, or by our reference where that is not known (PAY-2, PAY-4).
        Raises Retryable, Misconfigured."""
        ...

    def expire(self, reference: str, outside_id: str) -> PaymentSeen:
        """Take it no more. Answers what it is then: expired, or paid after all (PAY-5). Raises as `look`."""
        ...

    def probe(self) -> tuple[str, ...]: ...
