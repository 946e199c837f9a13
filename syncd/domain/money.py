"""What does it cost, and was it paid? Amounts, the catalogue of releases and fees, and one payment (E4, E7, E8,
PAY-1 to PAY-7). No path pays money back (S7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Amount:
    """Whole hundredths of a currency (ISO 4217), never a float."""

    cents: int
    currency: str = "USD"

    def __post_init__(self) -> None:
        if self.cents < 0:
            raise ValueError("an amount is never negative: money is never paid back (S7)")


class ReleaseState(StrEnum):
    """Of a product version (E4)."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    END_OF_LIFE = "end-of-life"


@dataclass(frozen=True, slots=True)
class Release:
    """A product version: its state from each day on, oldest first; every change keeps its date (E8)."""

    id: str
    name: str
    states: tuple[tuple[date, ReleaseState], ...]

    def state_on(self, day: date) -> ReleaseState | None:
        """None: not released yet on that day."""
        return next((state for since, state in reversed(self.states) if since <= day), None)


@dataclass(frozen=True, slots=True)
class Fee:
    """What one session of a type costs from a day on. `plan` "" for those without one; `maintenance` or `support` for a
    discounted fee (E7)."""

    type_id: str
    since: date
    amount: Amount
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the desk sells, as its staff keep it: data with dates, and a public page (E8). Fees by `since`."""

    releases: tuple[Release, ...] = ()
    fees: tuple[Fee, ...] = ()

    def release(self, release_id: str) -> Release | None:
        return next((r for r in self.releases if r.id == release_id), None)

    def fee_on(self, type_id: str, plan: str, day: date) -> Amount | None:
        """The fee in force on that day: that of the plan, else the plain one; None: not sold."""
        for wanted in dict.fromkeys((plan, "")):
            rows = [f for f in self.fees if (f.type_id, f.plan) == (type_id, wanted) and f.since <= day]
            if rows:
                return max(rows, key=lambda fee: fee.since).amount
        return None


@dataclass(frozen=True, slots=True)
class Clearance:
    """A staff member's yes for a company and a release (E4)."""

    release_id: str
    granted_at: datetime
    staff_id: str


class PaymentState(StrEnum):
    ASKED = "asked"  # the processor is being asked to take it
    OPEN = "open"  # the customer can pay at `url`
    PAID = "paid"
    EXPIRING = "expiring"  # the processor is being asked to take it no more (PAY-5)
    EXPIRED = "expired"  # the processor says so: nothing can be paid any more
    INVOICED = "invoiced"  # billed by hand


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment for one thing. `reference` is ours and stands at the processor (PAY-1); `outside_id` the processor's.
    `expires_at`: until when it can be paid. `looks`: how often the processor was asked what became of it."""

    reference: str
    method: str
    amount: Amount
    state: PaymentState
    asked_at: datetime
    expires_at: datetime
    outside_id: str = ""
    url: str = ""
    paid_at: datetime | None = None
    looks: int = 0
